use serde_json::json;

use crate::support::{API_KEY, CloudSim, DEVICE, Shop, nobody};

fn with_device() -> (CloudSim, Shop) {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    (cloud, shop)
}

#[test]
fn messages_of_every_form_are_sent_and_listed_the_newest_first() {
    let (_cloud, shop) = with_device();
    let send = |args: &[&str]| assert_eq!(shop.ok(&[&["message", "send", DEVICE], args].concat()), "");
    send(&["--data", r#"{"appId":"TEMP","messageType":"DATA","data":"21.5"}"#]);
    send(&["--app-id", "LED", "--data", "true", "--topic", &format!("d/{DEVICE}/d2c")]);
    shop.write("log.bin", [0, 255, 1]);
    send(&["--base64", "log.bin"]);
    let run = shop.run_with(&["message", "send", DEVICE, "--data", "-"], br#"[{"appId":"A"},{"appId":"B"}]"#);
    assert_eq!(run.code, 0, "{run:?}");
    let list = shop.json(&["message", "list"]);
    assert_eq!((&list["schema"], &list["more"]), (&"nrfcloud.message.list".into(), &false.into()));
    let messages: Vec<_> =
        list["messages"].as_array().unwrap().iter().map(|message| message["message"].clone()).collect();
    assert_eq!(
        messages,
        [
            json!({"appId": "B"}),
            json!({"appId": "A"}),
            json!("AP8B"),
            json!({"appId": "LED", "messageType": "DATA", "data": true}),
            json!({"appId": "TEMP", "messageType": "DATA", "data": "21.5"}),
        ]
    );
    let text = shop.ok(&["message", "list", "--app-id", "LED"]);
    assert!(
        text.ends_with(&format!(
            "\t{DEVICE}\td/{DEVICE}/d2c\t{{\"appId\":\"LED\",\"data\":true,\"messageType\":\"DATA\"}}\n"
        )),
        "{text}"
    );
    let count = |args: &[&str]| shop.ok(&[&["message", "list"], args].concat()).lines().count();
    assert_eq!(count(&["--device-id", DEVICE]), 5);
    assert_eq!(count(&["--device-id", DEVICE, "--app-id", "A"]), 1);
    assert_eq!(count(&["--topic", &format!("d/{DEVICE}/d2c/bin")]), 1);
    assert_eq!(count(&["--device-id", "nobody"]), 0);
    assert_eq!(count(&["--since", "2020-01-01T00:00:00Z", "--until", "9999999999"]), 5);
    assert_eq!(count(&["--until", "2020-01-01T00:00:00Z"]), 0);
    let run = shop.run(&["message", "list", "--limit", "2"]);
    assert_eq!((run.code, run.stdout.lines().count()), (0, 2), "{run:?}");
    assert_eq!(run.stderr, "note: there are more than 2: --limit lists more\n");
    assert_eq!(shop.run(&["message", "list", "--limit", "5"]).stderr, "");
}

#[test]
fn a_dry_run_sends_nothing_and_says_what() {
    let shop = Shop::new().env("NRFCLOUD_API_URL", nobody()).env("NRFCLOUD_API_KEY", API_KEY);
    shop.write("log.bin", [0, 255]);
    let run = shop.run(&["message", "send", "d1", "--base64", "log.bin", "--dry-run"]);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", "note: would send on d/d1/d2c/bin for d1: \"AP8=\"\n"),
        "{run:?}"
    );
    let document = shop.json(&["message", "send", "d1", "--app-id", "LED", "--data", "1", "--dry-run"]);
    assert_eq!(
        document,
        json!({
            "schema": "nrfcloud.message.send", "version": 1, "device_id": "d1", "dry_run": true,
            "message": {"appId": "LED", "messageType": "DATA", "data": 1},
        })
    );
}

#[test]
fn what_is_no_message_is_not_sent() {
    let shop = Shop::new().env("NRFCLOUD_API_URL", nobody()).env("NRFCLOUD_API_KEY", API_KEY);
    for data in ["1", "[]", "[1]", "\"AP8=\""] {
        shop.refused(
            &["message", "send", "d1", "--data", data],
            3,
            "error: --data is neither an object nor an array of objects\n\
             help: give an object, or --app-id to make it the data of a message of that application\n",
        );
    }
    let long = "x".repeat(65);
    shop.refused(
        &["message", "send", "d1", "--data", "1", "--app-id", &long],
        3,
        &format!(
            "error: application \"{long}\": the rule is 1 to 64 characters\n\
             help: the value of `--app-id <NAME>` is refused; --help tells what it takes\n"
        ),
    );
    for args in [&[][..], &["--data", "{}", "--base64", "log.bin"], &["--base64", "log.bin", "--app-id", "A"]]
    {
        assert_eq!(shop.run(&[&["message", "send", "d1"], args].concat()).code, 2, "{args:?}");
    }
    assert_eq!(shop.run(&["message", "list", "--app-id", "A", "--topic", "t"]).code, 2);
}

#[test]
fn a_device_that_is_not_there_gets_no_message() {
    let cloud = CloudSim::start();
    let run = Shop::new().at(&cloud).run(&["message", "send", "nobody", "--data", "{}"]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    assert!(run.stderr.starts_with("error: SendDeviceMessage was refused with status 404"), "{run:?}");
}

#[test]
fn a_topic_of_another_device_is_refused() {
    let (_cloud, shop) = with_device();
    let run = shop.run(&["message", "send", DEVICE, "--data", "{}", "--topic", "d/other/d2c"]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    assert!(
        run.stderr
            .ends_with("help: mend what the message names; a topic has the device in it, as d/ID/d2c has\n"),
        "{run:?}"
    );
}

#[test]
fn a_message_whose_answer_is_lost_is_not_sent_twice() {
    let cloud = CloudSim::with_args(&[
        "--bulk-delay",
        "100",
        "--fault",
        "reset after on POST /v1/devices/*/messages",
    ]);
    let shop = Shop::with_device().at(&cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    let run = shop.run(&["message", "send", DEVICE, "--data", "{}"]);
    assert_eq!(run.code, 8, "{run:?}");
    assert!(
        run.stderr.ends_with(
            "help: it may have been taken: look with `nrfcloud message list` before you send it again\n"
        ),
        "{run:?}"
    );
    assert_eq!(shop.ok(&["message", "list"]).lines().count(), 1);
}
