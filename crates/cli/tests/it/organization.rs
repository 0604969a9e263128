//! Organization auth tokens: what they open, where they come from, and what comes before them.

use std::process::Stdio;

use serde_json::Value;

use crate::support::{API_KEY, DEVICE, Shop, Sim, fixture, nobody};

/// Of our own making.
const AUTH_TOKEN: &str = "oat_5f1e0c3a7b9d2468";

/// A simulated nRF Cloud whose first team takes [`AUTH_TOKEN`], with the names of its organization and project.
struct Organization {
    url: String,
    organization: String,
    project: String,
    _sim: Sim,
}

impl Organization {
    fn start() -> Self {
        let environment = [("NRFCLOUD_API_KEY", API_KEY), ("NRFCLOUD_AUTH_TOKEN", AUTH_TOKEN)];
        let mut sim =
            Sim::logged(&["cloud", "--json", "--bulk-delay", "100"], &environment, Stdio::inherit());
        let line = sim.line();
        assert!(!line.contains(AUTH_TOKEN), "{line}");
        let document: Value = serde_json::from_str(&line).unwrap();
        let field = |name: &str| document[name].as_str().unwrap().to_owned();
        Self { url: field("url"), organization: field("organization"), project: field("project"), _sim: sim }
    }

    /// The options that name the project.
    fn named(&self) -> [&str; 4] {
        ["--org", &self.organization, "--project", &self.project]
    }
}

const AGNSS: [&str; 4] = ["agnss", "fetch", "--types", "1,4"];
const FIX: [&str; 10] =
    ["location", "fix", "--mcc", "242", "--mnc", "02", "--tac", "2305", "--eci", "33703712"];

#[test]
fn a_project_fetches_and_locates_by_its_token() {
    let cloud = Organization::start();
    let shop = Shop::with_device()
        .env("NRFCLOUD_API_URL", &cloud.url)
        .env("NRFCLOUD_API_KEY", API_KEY)
        .env("NRFCLOUD_AUTH_TOKEN", AUTH_TOKEN);
    let named = cloud.named();
    let document = shop.json(&[&AGNSS[..], &named, &["-o", "a.bin"]].concat());
    assert_eq!((&document["schema"], &document["status"]), (&"nrfcloud.agnss.fetch".into(), &206.into()));
    let document = shop.json(&[&["pgps", "fetch", "--count", "1", "-o", "p.bin"][..], &named].concat());
    assert_eq!(document["prediction_count"], 1);
    let document = shop.json(&[&FIX[..], &named, &["--for-device", DEVICE]].concat());
    assert_eq!(document["fulfilledWith"], "SCELL");
    // The position is that of the device that was asked for.
    let history = shop.json(&["location", "history", "--device-id", DEVICE]);
    assert_eq!(history["records"][0]["lat"], document["lat"]);
}

#[test]
fn the_token_is_in_the_environment_a_file_or_standard_input() {
    let cloud = Organization::start();
    let shop = Shop::new().env("NRFCLOUD_API_URL", &cloud.url);
    let fetch = [&AGNSS[..], &cloud.named()].concat();
    shop.write("token", format!("{AUTH_TOKEN}\n"));
    let by_file = [&fetch[..], &["--auth-token-file", "token", "-o", "by-file.bin"]].concat();
    let run = shop.run(&by_file);
    assert_eq!(run.code, 0, "{run:?}");
    let by_stdin = [&fetch[..], &["--auth-token-file", "-", "-o", "by-stdin.bin"]].concat();
    let run = shop.run_with(&by_stdin, format!("Bearer {AUTH_TOKEN}\r\n").as_bytes());
    assert_eq!(run.code, 0, "{run:?}");
    // The option comes before the variable.
    let shop = shop.env("NRFCLOUD_AUTH_TOKEN", "oat_of_somebody_else");
    assert_eq!(shop.run(&[&by_file[..], &["--force"]].concat()).code, 0);
    let run = shop.run(&fetch);
    assert_eq!(run.code, 7, "{run:?}");
    assert!(
        run.stderr.ends_with(
            "help: the organization auth token is not accepted: is it one of this organization, and not revoked?\n"
        ),
        "{run:?}"
    );
}

#[test]
fn the_project_is_named_by_option_variable_or_profile() {
    let cloud = Organization::start();
    let shop = Shop::new().env("NRFCLOUD_API_URL", &cloud.url).env("NRFCLOUD_AUTH_TOKEN", AUTH_TOKEN);
    shop.write(
        "config.toml",
        format!(
            "[profile.right]\norg = \"{}\"\nproject = \"{}\"\n[profile.wrong]\norg = \"{0}\"\nproject = \"other\"\n[profile.bad]\norg = \"a/b\"\n",
            cloud.organization, cloud.project
        ),
    );
    let with = |profile: &str| {
        let config = ["--config", "config.toml", "--profile", profile];
        [&AGNSS[..], &config].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let run = |shop: &Shop, args: &[String]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        shop.run(&args)
    };
    assert_eq!(run(&shop, &with("right")).code, 0);
    let wrong = run(&shop, &with("wrong"));
    assert_eq!(wrong.code, 7, "{wrong:?}");
    assert!(
        wrong
            .stderr
            .ends_with("help: check --org and --project: they are as they stand in the portal's addresses\n"),
        "{wrong:?}"
    );
    let bad = run(&shop, &with("bad"));
    assert_eq!(bad.code, 4, "{bad:?}");
    assert!(bad.stderr.starts_with("error: org of the profile: organization slug \"a/b\": "), "{bad:?}");
    // A variable comes before the profile, and an option before the variable.
    let shop = shop.env("NRFCLOUD_PROJECT", &cloud.project);
    assert_eq!(run(&shop, &with("wrong")).code, 0);
    let named = [with("wrong"), vec!["--project".to_owned(), "third".to_owned()]].concat();
    assert_eq!(run(&shop, &named).code, 7);
    let shop = shop.env("NRFCLOUD_ORG", "").env("NRFCLOUD_PROJECT", "not a slug");
    let run = run(&shop, &with("right"));
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.stderr.starts_with("error: NRFCLOUD_PROJECT: project slug \"not a slug\": "), "{run:?}");
}

#[test]
fn what_does_not_go_together_is_refused_with_what_is_missing() {
    let shop = Shop::with_device().env("NRFCLOUD_API_URL", nobody());
    let token = std::fs::read_to_string(fixture("guide/token.txt")).unwrap();
    let fetch = |more: &[&'static str]| [&AGNSS[..], more].concat();
    shop.refused(
        &AGNSS,
        4,
        "error: no device and no project to ask for\n\
         help: give --token, --key with --device-id, --port for a modem that signs, or an organization auth token with --org and --project\n",
    );
    shop.refused(
        &fetch(&["--org", "acme", "--project", "line-1"]),
        4,
        "error: no organization auth token\n\
         help: set NRFCLOUD_AUTH_TOKEN, or give --auth-token-file; an admin of the organization makes it in the portal under Admin, Organization Auth Tokens\n",
    );
    shop.refused(
        &fetch(&["--token", "oat_secret"]),
        2,
        "error: --token takes a JSON Web Token, and this is an organization auth token\n\
         help: put it into NRFCLOUD_AUTH_TOKEN, or into a file for --auth-token-file; arguments stand in the process list\n",
    );
    shop.refused(
        &fetch(&["--token", "a.b.c", "--sec-tag", "5"]),
        2,
        "error: the argument '--sec-tag <TAG>' cannot be used with:\n  --token <TOKEN>\n  --key <FILE>\n\n\
         Usage: nrfcloud agnss fetch --types <TYPES> --sec-tag <TAG>\n\n\
         For more information, try '--help'.\n",
    );
    shop.refused_with(
        &fetch(&["--org", "acme", "--project", "line-1", "--auth-token-file", "-"]),
        token.as_bytes(),
        4,
        "error: in standard input: this is a JSON Web Token, not an organization auth token\n\
         help: give the token of a device with --token, or as `--token -`\n",
    );
    let missing = "help: give --org and --project, set NRFCLOUD_ORG and NRFCLOUD_PROJECT, or keep org and project in a profile\n";
    let shop = shop.env("NRFCLOUD_AUTH_TOKEN", AUTH_TOKEN);
    shop.refused(
        &AGNSS,
        4,
        &format!("error: there is an organization auth token, and no organization is named\n{missing}"),
    );
    shop.refused(
        &fetch(&["--org", "acme"]),
        4,
        &format!("error: there is an organization auth token, and no project is named\n{missing}"),
    );
    shop.refused(
        &fetch(&["--org", "acme", "--project", "line-1", "--sec-tag", "5"]),
        2,
        "error: --sec-tag says which key of a modem signs, and none is to sign\n\
         help: give --port for the modem, or leave it out\n",
    );
    for (option, value) in [("--org", "acme"), ("--project", "line-1"), ("--auth-token-file", "token")] {
        let run = shop.run(&[&AGNSS[..], &["--token", "a.b.c", option, value]].concat());
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("cannot be used with"), "{run:?}");
    }
    let shop = shop.env("NRFCLOUD_AUTH_TOKEN", "oat!secret");
    shop.refused(
        &fetch(&["--org", "acme", "--project", "line-1"]),
        4,
        "error: in NRFCLOUD_AUTH_TOKEN: the organization token has a character at position 4 that a bearer token cannot have (RFC 6750, 2.1)\n\
         help: make another in the portal under Admin, Organization Auth Tokens\n",
    );
    shop.refused(
        &fetch(&["--org", "a/b", "--project", "line-1"]),
        3,
        "error: organization slug \"a/b\": '/' at position 2 is not allowed; the rule is ^[a-zA-Z0-9_-]{1,128}$\n\
         help: the value of `--org <SLUG>` is refused; --help tells what it takes\n",
    );
}

#[test]
fn the_simulated_cloud_makes_a_token_and_tells_it_once() {
    let mut sim = Sim::start(&["cloud", "--json"], &[]);
    let document: Value = serde_json::from_str(&sim.line()).unwrap();
    let token = document["auth_token"].as_str().unwrap();
    assert!(token.starts_with("oat_"), "{document}");
    let shop = Shop::new()
        .env("NRFCLOUD_API_URL", document["url"].as_str().unwrap())
        .env("NRFCLOUD_AUTH_TOKEN", token)
        .env("NRFCLOUD_ORG", document["organization"].as_str().unwrap())
        .env("NRFCLOUD_PROJECT", document["project"].as_str().unwrap());
    assert_eq!(shop.json(&FIX)["fulfilledWith"], "SCELL");
    let run = Shop::new().env("NRFCLOUD_AUTH_TOKEN", "secret").run(&["sim", "cloud"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (
            3,
            "error: an organization auth token begins with `oat_` and has only visible ASCII characters\n\
             help: unset NRFCLOUD_AUTH_TOKEN to have a token made\n"
        )
    );
}

#[test]
#[cfg(unix)]
fn a_token_that_others_can_read_is_told_and_nothing_of_it() {
    use std::os::unix::fs::PermissionsExt;
    let cloud = Organization::start();
    let shop = Shop::new().env("NRFCLOUD_API_URL", &cloud.url);
    shop.write("token", AUTH_TOKEN);
    std::fs::set_permissions(shop.path("token"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let run = shop
        .run(&[&AGNSS[..], &cloud.named(), &["--auth-token-file", "token", "-o", "a.bin", "-v"]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.contains("warning: others can read the organization auth token: chmod 600 token\n"),
        "{run:?}"
    );
    assert!(run.stderr.contains("trace: organization auth token from token\n"), "{run:?}");
    assert!(!run.stderr.contains(AUTH_TOKEN), "{run:?}");
}
