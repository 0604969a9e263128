//! The base URL in one form.

use url::{Host, Url};

/// A URL cannot be the base of a REST API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url:?} cannot be a base URL: {problem}")]
#[non_exhaustive]
pub struct InvalidBaseUrl {
    /// The URL, without user name and password.
    pub url: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Removes slashes at the end; adds `/v1` when no segment of the path is a version.
pub(super) fn normalise(mut url: Url) -> Result<Url, InvalidBaseUrl> {
    let problem = if !matches!(url.scheme(), "http" | "https") {
        Some("the scheme must be https (or http, for a simulator)")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("it must not carry a user name or password")
    } else if url.query().is_some() || url.fragment().is_some() {
        Some("it must not carry a query or fragment")
    } else {
        None
    };
    if let Some(problem) = problem {
        // A password in it must not reach a message; a URL without authority has none to remove.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        return Err(InvalidBaseUrl { url: url.into(), problem });
    }
    let mut path = url.path().trim_end_matches('/').to_owned();
    if !path.split('/').any(is_version) {
        path.push_str("/v1");
    }
    url.set_path(&path);
    Ok(url)
}

/// Where the provisioning service of this API is.
pub(super) fn provisioning_beside(base: &Url) -> Url {
    let mut url = base.clone();
    if let Some(stage) = base.domain().and_then(|host| host.strip_prefix("api."))
        && (stage == "nrfcloud.com" || stage.ends_with(".nrfcloud.com"))
        && !stage.starts_with("provisioning.")
    {
        let host = format!("api.provisioning.{stage}");
        url.set_host(Some(&host)).expect("a host name with one more label is a host name");
        url.set_path("/v1");
    }
    url
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Whether the host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Whether `url` is an address under `base`.
pub(super) fn is_within(url: &Url, base: &Url) -> bool {
    url.origin() == base.origin()
        && url.path().strip_prefix(base.path()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn version_and_final_slash_are_optional() {
        for (given, expected) in [
            ("https://api.nrfcloud.com", "https://api.nrfcloud.com/v1"),
            ("https://api.nrfcloud.com/", "https://api.nrfcloud.com/v1"),
            ("https://api.nrfcloud.com/v1", "https://api.nrfcloud.com/v1"),
            ("https://api.nrfcloud.com/v1//", "https://api.nrfcloud.com/v1"),
            ("http://127.0.0.1:8080/cloud", "http://127.0.0.1:8080/cloud/v1"),
            ("https://h/v2", "https://h/v2"),
            ("https://h/vault", "https://h/vault/v1"),
            ("https://h/v1/organizations/o/projects/p/", "https://h/v1/organizations/o/projects/p"),
        ] {
            assert_eq!(normalise(url(given)).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn what_cannot_be_a_base_is_refused_without_telling_a_password() {
        for (given, message) in [
            (
                "ftp://h/v1",
                "\"ftp://h/v1\" cannot be a base URL: the scheme must be https (or http, for a simulator)",
            ),
            (
                "https://me:secret@h/",
                "\"https://h/\" cannot be a base URL: it must not carry a user name or password",
            ),
            (
                "https://h/v1?a=b",
                "\"https://h/v1?a=b\" cannot be a base URL: it must not carry a query or fragment",
            ),
            (
                "mailto:a@b",
                "\"mailto:a@b\" cannot be a base URL: the scheme must be https (or http, for a simulator)",
            ),
        ] {
            assert_eq!(normalise(url(given)).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn the_provisioning_service_is_beside_the_api() {
        for (base, expected) in [
            ("https://api.nrfcloud.com/v1", "https://api.provisioning.nrfcloud.com/v1"),
            ("https://api.dev.nrfcloud.com/v1", "https://api.provisioning.dev.nrfcloud.com/v1"),
            ("https://api.provisioning.nrfcloud.com/v1", "https://api.provisioning.nrfcloud.com/v1"),
            ("https://api.notnrfcloud.com/v1", "https://api.notnrfcloud.com/v1"),
            ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ] {
            assert_eq!(provisioning_beside(&url(base)).as_str(), expected);
        }
    }

    #[test]
    fn loopback_and_within() {
        assert!(is_loopback(&url("http://127.0.0.9:1/")));
        assert!(is_loopback(&url("http://[::1]:1/")));
        assert!(is_loopback(&url("http://localhost/")));
        assert!(!is_loopback(&url("http://10.0.0.1/")));
        let base = url("http://h/v1");
        assert!(is_within(&url("http://h/v1/devices"), &base));
        assert!(!is_within(&url("http://h/v10"), &base));
        assert!(!is_within(&url("http://h:8/v1/devices"), &base));
    }
}
