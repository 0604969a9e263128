//! What each command answers, through the modem alone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/modem.rs"]
mod modem;

use modem::{CA, NOW, numeric, refuses, says};
use modem_sim::{Builder, Cell, Device, Model, ModemSim, StartError};
use proptest::prelude::*;

fn modem(builder: Builder) -> Device {
    builder.build_device().unwrap()
}

fn kit() -> Device {
    modem(ModemSim::builder().seed(1))
}

#[test]
fn the_default_kit_names_itself() {
    let mut modem = kit();
    let imei = modem.imei();
    let uuid = modem.device_uuid().to_string();
    for (command, expected) in [
        ("AT", "OK\n".to_owned()),
        ("at", "OK\n".to_owned()),
        ("at AT+CGSN", "OK\n".to_owned()),
        ("AT+CGSN", format!("{imei}\nOK\n")),
        ("at+cgsn", format!("{imei}\nOK\n")),
        ("\nAT+CGSN", format!("{imei}\nOK\n")),
        ("AT+CGSN=0", format!("{imei}\nOK\n")),
        ("AT+CGSN=1", format!("+CGSN: \"{imei}\"\nOK\n")),
        ("AT+CGSN=2", format!("+CGSN: \"{}20\"\nOK\n", &imei.as_str()[..14])),
        ("AT+CGSN=3", "+CGSN: \"20\"\nOK\n".to_owned()),
        ("AT+CGSN=?", "+CGSN: (0-3)\nOK\n".to_owned()),
        ("AT+CGSN?", "ERROR\n".to_owned()),
        ("AT+CGSN=4", "ERROR\n".to_owned()),
        ("AT+CGMI", "Nordic Semiconductor ASA\nOK\n".to_owned()),
        ("AT+CGMI?", "ERROR\n".to_owned()),
        ("AT+CGMM", "nRF9151-LACA\nOK\n".to_owned()),
        ("AT+CGMR", "mfw_nrf91x1_2.0.2\nOK\n".to_owned()),
        ("AT%SHORTSWVER", "%SHORTSWVER: nrf91x1_2.0.2\nOK\n".to_owned()),
        ("AT%HWVERSION", "%HWVERSION: nRF9151 LACA A0A\nOK\n".to_owned()),
        ("AT%HWVERSION?", "ERROR\n".to_owned()),
        ("AT%DEVICEUUID", format!("%DEVICEUUID: {uuid}\nOK\n")),
        ("AT%XMODEMUUID?", "ERROR\n".to_owned()),
        ("AT%XSYSTEMMODE?", "%XSYSTEMMODE: 1,0,1,0\nOK\n".to_owned()),
    ] {
        says(&mut modem, command, &expected);
    }
    assert!(uuid.starts_with("50") && uuid[14..].starts_with('4') && uuid[19..].starts_with("80"), "{uuid}");
}

#[test]
fn the_first_generation_has_no_device_uuid() {
    let mut modem = numeric(ModemSim::builder().model("nRF9160-SICA".parse().unwrap()));
    refuses(&mut modem, "AT%DEVICEUUID", 0);
    says(&mut modem, "AT+CGMR", "mfw_nrf9160_1.3.7\nOK\n");
    says(&mut modem, "AT%HWVERSION", "%HWVERSION: nRF9160 SICA B0A\nOK\n");
    says(&mut modem, "AT+CFUN=?", "+CFUN: (0,1,4,20,21,30,31,40,41,44)\nOK\n");
    refuses(&mut modem, "AT+CFUN=2", 0);
    refuses(&mut modem, &format!("AT%CMNG=0,2147483648,0,\"{CA}\""), 50);
}

#[test]
fn a_firmware_of_the_other_generation_is_refused() {
    let wrong = ModemSim::builder().firmware("mfw_nrf9160_1.3.5".parse().unwrap()).build_device();
    let error = wrong.unwrap_err();
    assert!(matches!(error, StartError::Firmware { .. }));
    assert_eq!(error.to_string(), "firmware mfw_nrf9160_1.3.5 does not run on nRF9151-LACA");
}

#[test]
fn one_seed_is_one_kit() {
    let run = |seed| {
        let mut modem = modem(ModemSim::builder().seed(seed));
        ["AT+CGSN", "AT%KEYGEN=1,2,0", "AT%JWT=0,60,\"\",\"\",1,2", "AT%ATTESTTOKEN", "AT%CMNG=1"]
            .map(|command| modem.execute(command.as_bytes(), NOW).response())
    };
    assert_eq!(run(1), run(1));
    for (one, two) in run(1).iter().zip(&run(2)) {
        assert_ne!(one, two);
    }
}

#[test]
fn errors_carry_numbers_only_when_asked() {
    let mut modem = kit();
    says(&mut modem, "AT+CMEE?", "+CMEE: 0\nOK\n");
    for unknown in ["AT%NOSUCH", "AT+", "ATE0", "ATD123", "hello", "AT+CFUN?1", "AT%CMNG=2,1,0"] {
        says(&mut modem, unknown, "ERROR\n");
    }
    says(&mut modem, "AT+CMEE=2", "ERROR\n");
    says(&mut modem, "AT+CMEE=1", "OK\n");
    says(&mut modem, "AT+CMEE?", "+CMEE: 1\nOK\n");
    refuses(&mut modem, "AT%NOSUCH", 0);
    refuses(&mut modem, "AT%CMNG=2,1,0", 513);
    says(&mut modem, "AT+CMEE=0", "OK\n");
    says(&mut modem, "AT%CMNG=2,1,0", "ERROR\n");
}

#[test]
fn the_clock_is_shown_set_or_unknown() {
    let mut modem = numeric(ModemSim::builder());
    says(&mut modem, "AT+CCLK?", "+CCLK: \"23/11/14,22:13:20+00\"\nOK\n");
    says(&mut modem, "AT%CCLK?", "%CCLK: \"23/11/14,22:13:20+00\",0\nOK\n");
    let mut modem = numeric(ModemSim::builder().time_valid(false));
    refuses(&mut modem, "AT+CCLK?", 0);
    refuses(&mut modem, "AT%CCLK?", 0);
    for bad in
        ["AT+CCLK=\"24/02/30,00:00:00+00\"", "AT+CCLK=24", "AT%CCLK=\"24/07/03,21:29:34-28\"", "AT+CCLK"]
    {
        refuses(&mut modem, bad, 0);
    }
    says(&mut modem, "AT%CCLK=\"24/07/03,21:29:34-28\",1", "OK\n");
    says(&mut modem, "AT%CCLK?", "%CCLK: \"24/07/03,21:29:34-28\",1\nOK\n");
    let later = modem.execute(b"AT+CCLK?", NOW + 86_400).response();
    assert_eq!(String::from_utf8(later).unwrap(), "+CCLK: \"24/07/04,21:29:34-28\"\r\nOK\r\n");
}

#[test]
fn registration_follows_the_mode() {
    let mut modem = kit();
    says(&mut modem, "AT+CEREG?", "+CEREG: 0,4\nOK\n");
    says(&mut modem, "AT+CEREG=5", "OK\n");
    says(&mut modem, "AT+CEREG?", "+CEREG: 5,4\nOK\n");
    says(&mut modem, "AT%XMONITOR", "%XMONITOR: 4\nOK\n");
    says(&mut modem, "AT+COPS?", "+COPS: 0\nOK\n");
    let pieces: Vec<_> =
        modem.execute(b"AT+CFUN=1", NOW).pieces().map(|piece| String::from_utf8(piece).unwrap()).collect();
    assert_eq!(pieces, ["OK\r\n", "+CEREG: 5,\"0901\",\"02024720\",7,,,\"11100000\",\"11100000\"\r\n"]);
    says(&mut modem, "AT+CEREG?", "+CEREG: 5,5,\"0901\",\"02024720\",7,,,\"11100000\",\"11100000\"\nOK\n");
    says(&mut modem, "AT+COPS?", "+COPS: 0,2,\"24202\",7\nOK\n");
    says(
        &mut modem,
        "AT%XMONITOR",
        "%XMONITOR: 5,\"Telia N@\",\"Telia N@\",\"24202\",\"0901\",7,20,\"02024720\",428,6300,53,22,\"\",\"11100000\",\"11100000\",\"01001001\"\nOK\n",
    );
    let pieces: Vec<_> =
        modem.execute(b"AT+CFUN=4", NOW).pieces().map(|piece| String::from_utf8(piece).unwrap()).collect();
    assert_eq!(pieces, ["+CEREG: 0\r\n", "OK\r\n"]);
    says(&mut modem, "AT+CEREG?", "+CEREG: 5,0\nOK\n");
}

#[test]
fn reporting_levels_give_what_they_should() {
    let cell = Cell::new("310410".parse().unwrap(), 36_874, 84_485_647).unwrap();
    let mut modem = modem(ModemSim::builder().network(Some(cell)));
    assert_eq!(modem.execute(b"AT+CFUN=1", NOW).pieces().count(), 1, "no notification unless subscribed");
    for (level, expected) in [
        (0, "+CEREG: 0,1\nOK\n"),
        (1, "+CEREG: 1,1\nOK\n"),
        (2, "+CEREG: 2,1,\"900A\",\"0509260F\",7\nOK\n"),
        (4, "+CEREG: 4,1,\"900A\",\"0509260F\",7,,,\"11100000\",\"11100000\"\nOK\n"),
    ] {
        says(&mut modem, &format!("AT+CEREG={level}"), "OK\n");
        says(&mut modem, "AT+CEREG?", expected);
    }
    says(&mut modem, "AT+CEREG=6", "ERROR\n");
    says(&mut modem, "AT+COPS?", "+COPS: 0,2,\"310410\",7\nOK\n");
    let monitor = String::from_utf8(modem.execute(b"AT%XMONITOR", NOW).response()).unwrap();
    assert!(
        monitor.starts_with("%XMONITOR: 1,\"\",\"\",\"310410\",\"900A\",7,20,\"0509260F\","),
        "{monitor}"
    );
}

#[test]
fn without_a_network_the_modem_searches() {
    let mut modem = modem(ModemSim::builder().network(None));
    says(&mut modem, "AT+CEREG=5", "OK\n");
    says(&mut modem, "AT+CFUN=1", "OK\n");
    says(&mut modem, "AT+CEREG?", "+CEREG: 5,2\nOK\n");
    says(&mut modem, "AT%XMONITOR", "%XMONITOR: 2\nOK\n");
}

/// What comes of `AT+CFUN=<mode>` besides its answer.
fn told(modem: &mut Device, mode: u8) -> Vec<String> {
    let answer = modem.execute(format!("AT+CFUN={mode}").as_bytes(), NOW);
    answer.pieces().map(|piece| String::from_utf8(piece).unwrap().trim_end().to_owned()).collect()
}

#[test]
fn events_of_the_search_are_told_to_who_subscribed() {
    let found = "+CEREG: 5";
    for (level, network, expected) in [
        (0, true, &["OK", found][..]),
        (1, true, &["OK", "%MDMEV: SEARCH STATUS 2", found]),
        (2, true, &["OK", "%MDMEV: PRACH CE-LEVEL 0", "%MDMEV: SEARCH STATUS 2", found]),
        (1, false, &["OK", "%MDMEV: SEARCH STATUS 1", "%MDMEV: SEARCH STATUS 2", "+CEREG: 2"]),
    ] {
        let builder = ModemSim::builder();
        let mut modem = modem(if network { builder } else { builder.network(None) });
        says(&mut modem, "AT+CEREG=1", "OK\n");
        says(&mut modem, &format!("AT%MDMEV={level}"), "OK\n");
        assert_eq!(told(&mut modem, 1), expected, "{level}");
        assert_eq!(told(&mut modem, 1), ["OK"], "it is on already");
        assert_eq!(told(&mut modem, 4), ["+CEREG: 0", "OK"]);
        assert_eq!(told(&mut modem, 1), expected, "{level}");
    }
    let mut modem = kit();
    for wrong in ["AT%MDMEV", "AT%MDMEV?", "AT%MDMEV=", "AT%MDMEV=3", "AT%MDMEV=1,1"] {
        says(&mut modem, wrong, "ERROR\n");
    }
    assert_eq!(told(&mut modem, 31), ["OK"], "GNSS alone searches for no cell");
}

#[test]
fn no_claim_token_without_an_ownership_key() {
    let mut modem = kit();
    says(&mut modem, "AT+CMEE=1", "OK\n");
    for command in ["AT%CLAIMTOKEN=22", "AT%CLAIMTOKEN=22,\"90115c20ac3f381b520b43c76bd5d99c\""] {
        says(&mut modem, command, "+CME ERROR: 529\n");
    }
    for wrong in ["AT%CLAIMTOKEN", "AT%CLAIMTOKEN=", "AT%CLAIMTOKEN=22,\"90\"", "AT%CLAIMTOKEN=4294967294"] {
        let answer = modem.execute(wrong.as_bytes(), NOW);
        assert!(
            answer.result().starts_with("+CME ERROR: ") && answer.result() != "+CME ERROR: 529",
            "{wrong}"
        );
    }
    let mut old = modem_of("mfw_nrf9160_1.3.3");
    says(&mut old, "AT+CMEE=1", "OK\n");
    says(&mut old, "AT%CLAIMTOKEN=22", "+CME ERROR: 0\n");
}

/// An nRF9160 with this firmware.
fn modem_of(firmware: &str) -> Device {
    modem(ModemSim::builder().model(Model::Nrf9160Sica).firmware(firmware.parse().unwrap()))
}

#[test]
fn the_system_mode_is_set_where_it_makes_sense() {
    let mut modem = kit();
    says(&mut modem, "AT%XSYSTEMMODE=0,1,0,2", "OK\n");
    says(&mut modem, "AT%XSYSTEMMODE?", "%XSYSTEMMODE: 0,1,0,2\nOK\n");
    for bad in ["0,0,0,0", "1,0,1", "1,0,1,5", "2,0,1,0", "1,0,1,0,0"] {
        says(&mut modem, &format!("AT%XSYSTEMMODE={bad}"), "ERROR\n");
    }
}

#[test]
fn any_bytes_get_an_answer() {
    let mut modem = kit();
    for command in
        [&b"AT%CMNG=0,1,4,\"\xff\xfe\""[..], b"AT%JWT=0,0,\"\xff\",\"\"", b"\xff", b"AT\xff", b"AT+\xff=?"]
    {
        let response = modem.execute(command, u64::MAX).response();
        assert!(response.ends_with(b"OK\r\n") || response == b"ERROR\r\n", "{command:?}");
    }
    assert_eq!(modem.execute(b"AT%JWT=0,4294967295,\"a\\b\",\"\"", u64::MAX).result(), "OK");
}

proptest! {
    /// Whatever comes, the answer is whole lines that end in one final result.
    #[test]
    fn no_command_breaks_the_modem(commands in proptest::collection::vec(command(), 1..20), now in any::<u64>()) {
        let mut modem = numeric(ModemSim::builder());
        for command in commands {
            let answer = modem.execute(&command, now);
            let response = answer.response();
            let result = answer.result();
            let last_line = format!("{result}\r\n");
            prop_assert!(response.ends_with(last_line.as_bytes()));
            prop_assert!(result == "OK" || result == "ERROR" || result.starts_with("+CME ERROR: "), "{}", result);
            if result != "OK" {
                prop_assert_eq!(response.len(), result.len() + 2);
            }
        }
    }
}

/// Commands that are nearly right.
fn command() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::sample::select(vec![
        "+CMEE",
        "+CFUN",
        "+CEREG",
        "+COPS",
        "+CGSN",
        "+CGMM",
        "+CCLK",
        "%CCLK",
        "%XMONITOR",
        "%XSYSTEMMODE",
        "%CMNG",
        "%KEYGEN",
        "%JWT",
        "%ATTESTTOKEN",
        "%CLAIMTOKEN",
        "%MDMEV",
        "%DEVICEUUID",
        "+X",
    ]);
    let form = prop::sample::select(vec!["", "?", "=?", "=", "=,"]);
    let parameter = prop_oneof![
        3 => (0_u64..10).prop_map(|number| number.to_string().into_bytes()),
        1 => any::<u64>().prop_map(|number| number.to_string().into_bytes()),
        2 => "\"[ -!#-~\r\n]{0,40}\"".prop_map(String::into_bytes),
        1 => Just(b"\"CN=a,O=b\"".to_vec()),
        1 => Just(b"\"101010000\"".to_vec()),
        1 => Just(format!("\"{CA}\"").into_bytes()),
        1 => Just(Vec::new()),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
    ];
    (name, form, proptest::collection::vec(parameter, 0..7)).prop_map(|(name, form, parameters)| {
        [b"AT", name.as_bytes(), form.as_bytes(), &parameters.join(&b","[..])].concat()
    })
}
