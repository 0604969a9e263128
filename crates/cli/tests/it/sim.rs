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
