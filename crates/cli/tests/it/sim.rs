use rustix::process::Signal;

use crate::support::{API_KEY, Shop, Sim};

#[test]
fn the_cloud_tells_its_address_first_and_the_key_that_it_made_second() {
    let mut sim = Sim::start(&["cloud"], &[]);
    let url = sim.line();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/v1"), "{url}");
    let key = sim.line();
    let key = key.strip_prefix("api-key: ").unwrap();
    assert!(key.len() == 40 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    let shop = Shop::new().env("NRFCLOUD_API_URL", &url).env("NRFCLOUD_API_KEY", key);
    assert_eq!(shop.ok(&["device", "list"]), "");
    assert_eq!(sim.end(Signal::INT), (String::new(), Some(0)));
}

#[test]
fn a_key_that_was_given_is_not_repeated() {
    let mut sim = Sim::start(&["cloud"], &[("NRFCLOUD_API_KEY", API_KEY)]);
    sim.line();
    assert_eq!(sim.end(Signal::TERM), (String::new(), Some(0)));
}

#[test]
fn the_cloud_in_json() {
    let mut sim = Sim::start(&["cloud", "--json"], &[]);
    let document: serde_json::Value = serde_json::from_str(&sim.line()).unwrap();
    assert_eq!(document["schema"], "nrfcloud.sim.cloud");
    assert_eq!(document["api_key"].as_str().unwrap().len(), 40);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let mut sim = Sim::start(&["cloud"], &[]);
    let url = sim.line();
    let address = url.strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap();
    let run = Shop::new().run(&["sim", "cloud", "--listen", address]);
    assert_eq!((run.code, run.stdout.as_str()), (8, ""));
    assert!(run.stderr.starts_with(&format!("error: cannot listen on {address}: ")), "{run:?}");
}

#[test]
fn the_kit_tells_its_port_and_ends_with_zero() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut sim = Sim::start(&["modem", "--imei", "352656106647673"], &[]);
        let port = sim.line();
        let shop = Shop::new().env("NRFCLOUD_PORT", &port);
        assert_eq!(shop.ok(&["modem", "at", "AT+CGSN"]), "352656106647673\n");
        assert_eq!(sim.end(signal), (String::new(), Some(0)));
    }
}

#[test]
fn a_kit_in_every_mode_that_has_at_commands() {
    for mode in ["at", "at-shell", "modem-shell", "at-cmd-mode", "serial-modem", "nrf93"] {
        let mut sim = Sim::start(&["modem", "--imei", "352656106647673", "--mode", mode], &[]);
        let port = sim.line();
        let shop = Shop::new().env("NRFCLOUD_PORT", &port);
        assert_eq!(shop.ok(&["modem", "at", "AT+CGSN"]), "352656106647673\n", "{mode}");
    }
}

#[test]
fn a_kit_with_the_habits_of_another() {
    let habits =
        ["--terminator", "null", "--no-prefix", "--echo", "true", "--no-flow-control", "--boot-banner"];
    let slow = ["--baud", "1000000", "--latency", "1"];
    let mut sim = Sim::start(&[&["modem", "--imei", "352656106647673"], &habits[..], &slow].concat(), &[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", sim.line());
    assert_eq!(shop.ok(&["modem", "at", "AT+CGSN"]), "352656106647673\n");
}

#[test]
fn several_kits_are_several_lines() {
    let args = ["--boards", "3", "--tcp", "127.0.0.1:0", "--rfc2217", "127.0.0.1:0", "--seed", "5"];
    let mut sim = Sim::start(&[&["modem"], &args[..]].concat(), &[]);
    let mut imeis = Vec::new();
    for _ in 0..3 {
        let (port, tcp, rfc2217) = (sim.line(), sim.line(), sim.line());
        let imei = Shop::new().env("NRFCLOUD_PORT", &port).ok(&["modem", "at", "AT+CGSN"]);
        for address in [tcp, rfc2217] {
            let network = Shop::new().env("NRFCLOUD_PORT", address.replace(": ", "://"));
            assert_eq!(network.ok(&["modem", "at", "AT+CGSN"]), imei, "{address}");
        }
        imeis.push(imei);
    }
    imeis.dedup();
    assert_eq!(imeis.len(), 3);
    assert_eq!(sim.end(Signal::TERM), (String::new(), Some(0)));
}

#[test]
fn a_kit_goes_on_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kit.json");
    let link = folder.path().join("port");
    let (file, link) = (file.to_str().unwrap(), link.to_str().unwrap());
    let args = ["modem", "--state", file, "--link", link];
    let shop = Shop::new().env("NRFCLOUD_PORT", link);
    let mut sim = Sim::start(&args, &[]);
    sim.line();
    assert_eq!(shop.ok(&["modem", "at", "AT%CMNG=0,7,4,\"id\""]), "");
    assert_eq!(sim.end(Signal::INT), (String::new(), Some(0)));
    let mut sim = Sim::start(&args, &[]);
    sim.line();
    assert!(shop.ok(&["modem", "at", "AT%CMNG=2,7,4"]).ends_with(",\"id\"\n"));
    drop(sim);
    Shop::new().refused(
        &["sim", "modem", "--state", file, "--seed", "1"],
        3,
        &format!(
            "error: state file {file}: it is of the kit with the seed 0, and not of 1\n\
             help: give the --seed and --mode that the file was made with, or another file\n"
        ),
    );
}

#[test]
fn a_kit_does_wrong_on_demand() {
    let fault = "error 513 on AT+CGSN times 1";
    let mut sim = Sim::start(&["modem", "--imei", "352656106647673", "--fault", fault], &[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", sim.line());
    let run = shop.run(&["modem", "at", "AT+CGSN"]);
    assert_ne!(run.code, 0, "{run:?}");
    assert_eq!(shop.ok(&["modem", "at", "AT+CGSN"]), "352656106647673\n");
    Shop::new().refused(
        &["sim", "modem", "--fault", "urc above"],
        3,
        "error: \"urc above\": `urc` needs a place: before, between, inside or after\n\
         help: the value of `--fault <FAULT>` is refused; --help tells what it takes\n",
    );
}

#[test]
fn a_kit_that_cannot_be_is_refused() {
    let shop = Shop::new();
    shop.refused(
        &["sim", "modem", "--imei", "352656106647674"],
        3,
        "error: IMEI `352656106647674` has a wrong check digit: the last digit must be 3\n\
         help: the value of `--imei <IMEI>` is refused; --help tells what it takes\n",
    );
    shop.refused(
        &["sim", "modem", "--mfw", "mfw_nrf9160_1.3.7"],
        3,
        "error: firmware mfw_nrf9160_1.3.7 does not run on nRF9151-LACA\n\
         help: leave --mfw out, or give one of the same family as --model\n",
    );
}
