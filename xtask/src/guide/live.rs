//! What `--live` would do, said before it does it.

use std::{
    env,
    io::{self, Write as _},
};

use super::{
    Options,
    kit::{CREDENTIALS_TAG, KEYGEN_TAG},
};

/// Where nRF Cloud is, unless NRFCLOUD_API_URL says otherwise.
pub(crate) const URL: &str = "https://api.nrfcloud.com/v1";

/// Says what will be created, and refuses when that was not asked for.
pub(crate) fn consent(options: &Options) -> Result<(), Refusal> {
    // Without a terminal to say it on, the exit code still tells.
    let _ = write!(io::stdout(), "{}", plan(options));
    decide(options, env::var("NRFCLOUD_API_KEY").is_ok_and(|key| !key.is_empty()))
}

/// The address of the real service.
pub(crate) fn url() -> String {
    let url = env::var("NRFCLOUD_API_URL").ok().filter(|url| !url.is_empty());
    url.map_or_else(|| URL.to_owned(), |url| url.trim_end_matches('/').to_owned())
}

fn plan(options: &Options) -> String {
    let kit = options.port.as_ref().map_or_else(String::new, |port| {
        format!(
            "- write a CA certificate, a device certificate and a private key to security tag {CREDENTIALS_TAG} of the\n  \
             kit on {port}, and make a key in security tag {KEYGEN_TAG}; both must be empty, and stay filled\n"
        )
    });
    format!(
        "With --live, the guide would at {}, in the team of the API key:\n\
         - onboard one device with a random UUID (uploaded twice, as in the guide)\n\
         - register a public key for another random UUID, and one for the kit's own UUID\n\
         - ask for A-GNSS data about ten times\n\
         {kit}\
         Nothing of this is removed afterwards.\n\n",
        url()
    )
}

fn decide(options: &Options, has_key: bool) -> Result<(), Refusal> {
    if !has_key {
        return Err(Refusal::NoKey);
    }
    if !options.yes {
        return Err(Refusal::NotAsked);
    }
    Ok(())
}

/// Why the real service is left alone.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("--live needs the API key of your team in NRFCLOUD_API_KEY; nothing was done")]
    NoKey,
    #[error("nothing was done; say --yes to create this")]
    NotAsked,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(yes: bool, port: Option<&str>) -> Options {
        Options { live: true, yes, port: port.map(Into::into) }
    }

    #[test]
    fn nothing_is_done_without_a_yes() {
        assert_eq!(decide(&options(false, None), true), Err(Refusal::NotAsked));
        assert_eq!(decide(&options(true, None), true), Ok(()));
    }

    #[test]
    fn nothing_is_done_without_a_key() {
        assert_eq!(decide(&options(true, None), false), Err(Refusal::NoKey));
    }

    #[test]
    fn the_plan_names_the_kit_only_where_one_is_touched() {
        assert!(!plan(&options(false, None)).contains("security tag"));
        let plan = plan(&options(false, Some("/dev/ttyACM0")));
        assert!(plan.contains("kit on /dev/ttyACM0") && plan.contains(KEYGEN_TAG), "{plan}");
    }
}
