use crate::support::{API_KEY, CloudSim, Shop, server};

#[test]
fn the_team_behind_the_key_is_shown_with_plan_and_endpoints() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    shop.ok(&["device", "tag", crate::support::DEVICE, "--set", "roof"]);
    let document = shop.json(&["account", "show"]);
    assert_eq!(document["schema"], "nrfcloud.account.show");
    let team = document["team"]["tenantId"].as_str().unwrap();
    assert_eq!(document["mqttTopicPrefix"], format!("prod/{team}/"));
    assert_eq!((&document["tags"][0], document.get("usage")), (&"roof".into(), None));
    assert!(document["plan"]["name"].is_string() && document["role"].is_string(), "{document}");
    let text = shop.ok(&["account", "show"]);
    for (name, value) in [
        ("team", team),
        ("role", document["role"].as_str().unwrap()),
        ("plan", document["plan"]["name"].as_str().unwrap()),
        ("tags", "roof"),
        ("MQTT", "mqtt.nrfcloud.com"),
        ("REST API", document["api_url"].as_str().unwrap()),
    ] {
        let line = text.lines().find(|line| line.starts_with(&format!("{name}  ")));
        assert!(line.is_some_and(|line| line.ends_with(value)), "{name}: {text}");
    }
}

#[test]
fn what_was_used_is_shown_when_it_is_asked_for() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    shop.ok(&["message", "send", crate::support::DEVICE, "--app-id", "LED", "--data", "1"]);
    let usage = &shop.json(&["account", "show", "--usage"])["usage"];
    assert_eq!(usage["currentDevices"]["total"], 1);
    assert_eq!(usage["services"][0]["storedDeviceMessages"], 1);
    let text = shop.ok(&["account", "show", "--usage"]);
    assert!(text.contains("1 (1 generic)\n") && text.contains("  1 messages stored\n"), "{text}");
}

#[test]
fn limits_stand_beside_what_is_used_of_them() {
    let body = r#"{"team":{"tenantId":"t"},"plan":{"name":"DEVELOPER","limits":{"devices":10,"monthlyStoredDeviceMessages":3000}},"new":[1]}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let url = server(Box::leak(answer.into_boxed_str()));
    let shop = Shop::new().env("NRFCLOUD_API_URL", &url).env("NRFCLOUD_API_KEY", API_KEY);
    let text = shop.ok(&["account", "show"]);
    assert_eq!(
        text,
        format!(
            "team                     t\nplan                     DEVELOPER\ndevices                  at most 10\n\
             stored messages a month  at most 3000\nREST API                 {url}\n"
        )
    );
    assert_eq!(shop.json(&["account", "show"])["new"], serde_json::json!([1]));
}

#[test]
fn a_key_that_is_not_known_has_no_team() {
    let cloud = CloudSim::start();
    let run = Shop::new().at(&cloud).env("NRFCLOUD_API_KEY", "f".repeat(40)).run(&["account", "show"]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    assert!(
        run.stderr
            .ends_with("help: the API key is not accepted: copy it again from the portal, Team Details\n"),
        "{run:?}"
    );
}
