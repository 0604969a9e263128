//! Profiles: what they say, and what comes before them.

use crate::support::{API_KEY, CloudSim, ModemSim, Shop, nobody};

/// A directory with a configuration, for `--config`.
fn configured(config: &str) -> Shop {
    let shop = Shop::new();
    shop.write("config.toml", config);
    shop
}

#[cfg(unix)]
fn keep_private(shop: &Shop, name: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(shop.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
#[cfg(unix)]
fn a_profile_says_where_and_by_which_key() {
    let cloud = CloudSim::start();
    let kit = ModemSim::start(&[]);
    let shop = configured(&format!(
        "default-profile = \"bench\"\n\
         [profile.bench]\napi-url = \"{}\"\napi-key-file = \"bench.key\"\nport = \"{}\"\n\
         [profile.vault]\napi-url = \"{}\"\napi-key-command = [\"printf\", \"{API_KEY}\"]\n\
         [profile.nowhere]\napi-url = \"{}\"\n",
        cloud.url,
        kit.port,
        cloud.url,
        nobody()
    ));
    shop.write("bench.key", API_KEY);
    keep_private(&shop, "bench.key");
    let list = ["device", "list", "--config", "config.toml"];
    // The default, by its file.
    let run = shop.run(&list);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:#?}");
    assert_eq!(shop.ok(&["modem", "at", "AT+CGSN", "--config", "config.toml"]), format!("{}\n", kit.imei));
    // By a program, such as that of a keyring.
    let run = shop.run(&[&list[..], &["--profile", "vault", "-v"]].concat());
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(
        run.stderr.contains("trace: API key from `printf`\n") && !run.stderr.contains(API_KEY),
        "{run:#?}"
    );
    // A variable comes before the profile, an option before both.
    let shop = shop.env("NRFCLOUD_API_KEY", API_KEY).env("NRFCLOUD_PROFILE", "nowhere");
    assert_eq!(shop.run(&list).code, 8);
    let shop = shop.env("NRFCLOUD_API_URL", &cloud.url);
    shop.ok(&list);
    assert_eq!(shop.run(&[&list[..], &["--api-url", &nobody()]].concat()).code, 8);
    let run = shop.run(&["doctor", "--config", "config.toml", "--profile", "vault"]);
    assert!(run.stdout.contains("ok[host.profile]: the profile vault holds"), "{run:#?}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_file_is_found_where_the_system_keeps_such_files() {
    let shop = Shop::new();
    std::fs::create_dir(shop.path("nrfcloud")).unwrap();
    shop.write("nrfcloud/config.toml", "[profile.a]\nport = \"/dev/of-a\"\n");
    let place = shop.path("").to_str().unwrap().to_owned();
    let shop = shop.env("XDG_CONFIG_HOME", place);
    let run = shop.run(&["modem", "info", "--profile", "a"]);
    assert!(run.stderr.starts_with("error: port `/dev/of-a` does not exist\n"), "{run:#?}");
    // Without a default no profile holds.
    assert!(shop.run(&["modem", "info"]).stderr.starts_with("error: no port given\n"));
}

#[test]
fn a_profile_that_is_not_there_or_wrong() {
    let shop = configured("[profile.a]\nport = \"auto\"\n[profile.b]\napi-url = \"nowhere\"\n");
    let list = ["device", "list", "--config", "config.toml", "--profile"];
    shop.refused(
        &[&list[..], &["c"]].concat(),
        4,
        "error: config.toml has no profile \"c\"; it has a, b\n\
         help: give another --profile, or leave NRFCLOUD_PROFILE out\n",
    );
    shop.refused(
        &["key", "create", "--config", "missing.toml"],
        4,
        "error: cannot read missing.toml: No such file or directory (os error 2)\n\
         help: give the file: --config FILE\n",
    );
    let shop = shop.env("NRFCLOUD_API_KEY", API_KEY);
    shop.refused(
        &[&list[..], &["b"]].concat(),
        4,
        "error: api-url \"nowhere\" of the profile: relative URL without a base\n\
         help: set it to an address such as https://api.nrfcloud.com, or leave it out\n",
    );
    // A key does not belong there, and is not told.
    let shop = configured(&format!("[profile.a]\napi-key = \"{API_KEY}\"\n"));
    let run = shop.run(&[&list[..], &["a"]].concat());
    assert_eq!(run.code, 4, "{run:#?}");
    assert!(run.stderr.starts_with("error: config.toml, line 2: unknown field `api-key`, "), "{run:#?}");
    assert!(!run.stderr.contains(API_KEY), "{run:#?}");
}

#[test]
#[cfg(unix)]
fn a_program_that_gives_no_key() {
    let shop = configured("[profile.a]\napi-key-command = [\"false\"]\n");
    shop.refused(
        &["device", "list", "--config", "config.toml", "--profile", "a"],
        4,
        "error: `false` gave no API key: exit status: 1\n\
         help: run api-key-command of the profile by hand: it is to print the key and nothing else\n",
    );
    let shop = configured("[profile.a]\napi-key-command = [\"printf\", \"not a s3cret\"]\n");
    let run = shop.run(&["device", "list", "--config", "config.toml", "--profile", "a"]);
    assert_eq!(run.code, 4, "{run:#?}");
    assert!(
        run.stderr.starts_with("error: in what `printf` printed: ") && !run.stderr.contains("s3cret"),
        "{run:#?}"
    );
}
