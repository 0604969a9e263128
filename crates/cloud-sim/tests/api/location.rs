//! Positions, history, anchors, contributions and predictions.

use cloud_sim::{Role, Team};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, pem, row, token, vectors};

const CELL: &str = r#"{"mcc":242,"mnc":2,"eci":33703712,"tac":2305}"#;

struct Located {
    bench: Bench,
    token: String,
}

impl Located {
    async fn new() -> Self {
        Self::with(Bench::new().await).await
    }

    async fn with(bench: Bench) -> Self {
        bench.upload("/devices", row("dev", &pem("device-1.crt"))).await;
        Self { bench, token: token("device-1", &json!({"sub": "dev"})) }
    }

    async fn post(&self, path: &str, body: impl ToString) -> Answer {
        let request = self.bench.request(Method::POST, path, &self.token);
        self.bench.send(request.header(CONTENT_TYPE, "application/json").body(body.to_string())).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.bench.send(self.bench.request(Method::GET, path, &self.token)).await
    }

    async fn history(&self, query: &str) -> Value {
        let answer = self.bench.get(&format!("/location/history{query}")).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// The services of the history, in its order.
    async fn services(&self, query: &str) -> Vec<String> {
        let page = self.history(query).await;
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["serviceType"].as_str().unwrap().to_owned()).collect()
    }
}

fn lte(cells: &str) -> String {
    format!("{{\"lte\":[{cells}]}}")
}

fn with_neighbours() -> String {
    lte(&CELL.replace('}', r#","nmr":[{"earfcn":6300,"pci":426,"rsrp":-104,"rsrq":-18}]}"#))
}

#[tokio::test]
async fn cells_have_recorded_places() {
    let sim = Located::new().await;
    let one = sim.post("/location/ground-fix", lte(CELL)).await;
    assert_eq!((one.status, one.header("content-type")), (200, Some("application/json")));
    assert_eq!(
        one.json(),
        json!({"lat": 63.42373967, "lon": 10.38332462, "uncertainty": 2416, "fulfilledWith": "SCELL"})
    );
    let several = sim.post("/location/cell", with_neighbours()).await;
    assert_eq!(
        several.json(),
        json!({"lat": 63.42811704, "lon": 10.33457279, "uncertainty": 2139, "fulfilledWith": "MCELL"})
    );
    let elsewhere = sim.post("/location/cell", r#"{"nbiot":[{"mcc":440,"mnc":"10","eci":5,"tac":1}]}"#).await;
    let (lat, lon) = (elsewhere.json()["lat"].as_f64().unwrap(), elsewhere.json()["lon"].as_f64().unwrap());
    assert!((lat - 35.68).abs() < 0.3 && (lon - 139.69).abs() < 0.3, "{lat} {lon}");
}

#[tokio::test]
async fn nordics_own_requests_have_the_places_that_its_tests_expect() {
    let Some(folder) = vectors("location-services-tests-js") else { return };
    let sim = Located::new().await;
    for (file, lat, lon, uncertainty) in [
        ("mcellpayload1", 63.418807, 10.412916, 2238.0),
        ("mcellpayload2", 63.42811704, 10.33457279, 2139.0),
        ("mcellpayload3", 63.42811704, 10.33457279, 2139.0),
        ("mcellpayload4", 63.42557256, 10.43830085, 440.0),
        ("combined-lte-wifi", 63.42557256, 10.43830085, 440.0),
        ("scellpayload1", 63.42373967, 10.38332462, 2416.0),
        ("wifipayload1", 63.4214305, 10.437707, 60.0),
        ("wifipayload2", 63.4213862, 10.4375898, 14.772),
    ] {
        let body = std::fs::read_to_string(folder.join(format!("{file}.json"))).unwrap();
        let answer = sim.post("/location/ground-fix", body).await;
        assert_eq!(answer.status, 200, "{file}");
        let answer = answer.json();
        let off = |name: &str, value: f64| (answer[name].as_f64().unwrap() - value).abs();
        assert!(
            off("lat", lat) < 0.5 && off("lon", lon) < 0.5 && off("uncertainty", uncertainty) < 5000.0,
            "{file}: {answer}"
        );
    }
}

#[tokio::test]
async fn the_flags_of_a_ground_fix() {
    let sim = Located::new().await;
    for silent in ["false", "0"] {
        let answer = sim.post(&format!("/location/ground-fix?doReply={silent}"), lte(CELL)).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0));
    }
    assert_eq!(sim.services("?deviceId=dev").await, ["SCELL", "SCELL"]);
    let sure = sim.post("/location/ground-fix?hiConf=true&cont=false", lte(CELL)).await.json();
    assert_eq!(sure["uncertainty"], 3918);

    // A cell that nobody knows is somewhere in its tracking area, unless that will not do.
    let unknown = lte(&CELL.replace("33703712", "0"));
    let guess = sim.post("/location/ground-fix", &unknown).await.json();
    assert_eq!((&guess["uncertainty"], &guess["fulfilledWith"]), (&json!(15000), &json!("SCELL")));
    let refused = sim.post("/location/ground-fix?fallback=false", &unknown).await;
    assert_eq!(refused.refusal(), (404, 40410, "Location not found.".into()));
    let nowhere = sim.post("/location/cell", lte(&CELL.replace("242", "999"))).await;
    assert_eq!(nowhere.refusal().0, 404);

    let both = format!(
        r#"{{"lte":[{CELL}],"wifi":[{{"macAddress":"40:01:7a:c9:10:22"}},{{"macAddress":"80-E0-1D-2A-92-F2"}}]}}"#
    );
    let answer = sim.post("/location/ground-fix?alt=true", &both).await.json();
    assert_eq!((&answer["fulfilledWith"], &answer["uncertainty"]), (&json!("WIFI"), &json!(60)));
    assert_eq!(answer["alt"]["loc"]["fulfilledWith"], "SCELL");
    let distance = answer["alt"]["dist"].as_i64().unwrap();
    let farther = format!("/location/ground-fix?alt=true&dist={}", distance + 2);
    assert_eq!(sim.post(&farther, &both).await.json().get("alt"), None);
    assert_eq!(sim.post("/location/ground-fix", &both).await.json().get("alt"), None);
    for query in ["doReply=maybe", "hiConf=2", "dist=far", "more=1"] {
        assert_eq!(sim.post(&format!("/location/ground-fix?{query}"), &both).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn what_breaks_a_rule_has_no_place() {
    let sim = Located::new().await;
    let cell = |change: &str| lte(&CELL.replace('}', &format!(",{change}}}")));
    for (body, message) in [
        ("{}".to_owned(), "The body has neither lte, ltecatm, nbiot nor wifi."),
        (lte(&CELL.replace("242", "42")), "mcc must be 100 to 999."),
        (lte(&CELL.replace("33703712", "268435456")), "eci must be 0 to 268435455."),
        (cell("\"rsrp\":-158"), "rsrp must be -157 to -44."),
        (cell("\"rsrq\":4"), "rsrq must be -34.5 to 3.5."),
        (cell("\"pci\":504"), "pci must be 0 to 503."),
        (cell("\"earfcn\":262144"), "earfcn must be 0 to 262143."),
        (cell("\"adv\":20513"), "adv must be 0 to 20512."),
        (cell("\"nmr\":[{\"earfcn\":1,\"pci\":504}]"), "nmr.pci must be 0 to 503."),
        (
            r#"{"wifi":[{"macAddress":"40:01:7a:c9:10:22"}]}"#.into(),
            "At least two access points are needed whose addresses are universally administered.",
        ),
        (
            r#"{"wifi":{"accessPoints":[{"macAddress":"40:01:7a:c9:10:22"},{"macAddress":"96:15:44:ac:6c:87"}]}}"#.into(),
            "At least two access points are needed whose addresses are universally administered.",
        ),
        (
            r#"{"wifi":[{"macAddress":"40:01:7a:c9:10:22","signalStrength":1},{"macAddress":"40:01:7a:c9:10:23"}]}"#.into(),
            "signalStrength must be -128 to 0.",
        ),
        (
            r#"{"wifi":[{"macAddress":"40:01:7a:c9:10:22","channel":1,"frequency":2412}]}"#.into(),
            "An access point has either channel or frequency.",
        ),
    ] {
        let answer = sim.post("/location/ground-fix", &body).await;
        assert_eq!(answer.refusal(), (422, 42200, message.into()), "{body}");
    }
    assert_eq!(sim.post("/location/ground-fix", cell("\"adv\":65535")).await.status, 200);
    for (path, body) in [
        ("/location/ground-fix", r#"{"wifi":[{"macAddress":"40:01:7a:c9:10"}]}"#),
        ("/location/ground-fix", r#"{"lte":[{"mcc":242}]}"#),
        ("/location/wifi", r#"[]"#),
        ("/location/cell", "{}"),
    ] {
        let answer = sim.post(path, body).await;
        assert_eq!((answer.status, &answer.json()["code"]), (422, &json!(42200)), "{body}");
    }
    let key = sim.bench.post("/location/ground-fix", "application/json", lte(CELL)).await;
    assert_eq!(key.refusal().0, 401);
}

#[tokio::test]
async fn wifi_and_single_cell_have_their_own_answers() {
    let sim = Located::new().await;
    let points = r#"{"accessPoints":[{"macAddress":"40:01:7a:c9:10:22"},{"macAddress":"80:e0:1d:2a:92:f2"},{"macAddress":"7c:10:c9:02:b8:68"}]}"#;
    let wifi = sim.post("/location/wifi", points).await.json();
    let names: Vec<&str> = wifi.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((names, &wifi["uncertainty"]), (vec!["lat", "lon", "uncertainty"], &json!(14.772)));

    let query = "mcc=242&mnc=2&tac=2305&eci=33703712";
    let single = sim.get(&format!("/location/single-cell?{query}&format=json&rsrp=-90")).await;
    assert_eq!(single.json(), json!({"lat": 63.42373967, "lon": 10.38332462, "uncertainty": 2416}));
    let binary = sim.get(&format!("/location/single-cell?{query}")).await;
    assert_eq!((binary.status, binary.header("content-type")), (200, Some("application/octet-stream")));
    assert_eq!((&binary.body[..4], binary.body.len()), ([1, 8, 1, 0].as_slice(), 19));
    assert_eq!(sim.get("/location/single-cell?mcc=242").await.status, 422);
    assert_eq!(sim.get(&format!("/location/single-cell?{query}&format=xml")).await.status, 422);
    assert_eq!(sim.services("?deviceId=dev").await, ["SCELL", "SCELL", "WIFI"]);
}

#[tokio::test]
async fn a_project_asks_with_its_own_token() {
    let bench = Bench::new().await;
    let (path, oat, tenant) = {
        let team = bench.sim.teams().next().unwrap();
        let path = format!("/organizations/{}/projects/{}/location", team.organization(), team.project());
        (path, team.auth_token().to_owned(), team.tenant_id().to_owned())
    };
    let request = bench.request(Method::POST, &format!("{path}/ground-fix"), &oat);
    let request = request.header(CONTENT_TYPE, "application/json").header("x-nrfcloud-tenantid", tenant);
    let answer = bench.send(request.header("x-custom-device-id", "somebody").body(lte(CELL))).await;
    assert_eq!((answer.status, &answer.json()["fulfilledWith"]), (200, &json!("SCELL")));
    let history = bench.get("/location/history?deviceId=somebody").await.json();
    assert_eq!(history["items"][0]["serviceType"], "SCELL");
    let pgps = bench.send(bench.request(Method::GET, &format!("{path}/pgnss"), &oat)).await;
    assert_eq!(pgps.status, 200);
    let without_form = bench.send(bench.request(Method::GET, &format!("{path}/history"), &oat)).await;
    assert_eq!(without_form.status, 404);
}

#[tokio::test]
async fn an_evaluation_says_so() {
    let bench = Bench::new().await;
    let made = bench.post("/account/service-evaluation-token", "application/json", "").await.json();
    let token = made["token"].as_str().unwrap();
    for (path, body, kind) in [
        ("/location/ground-fix", lte(CELL), "SCELL_EVAL"),
        ("/location/cell", with_neighbours(), "MCELL_EVAL"),
        (
            "/location/ground-fix",
            r#"{"wifi":[{"macAddress":"40:01:7a:c9:10:22"},{"macAddress":"80:e0:1d:2a:92:f2"}]}"#.into(),
            "WIFI_EVAL",
        ),
    ] {
        let request = bench.request(Method::POST, path, token).header(CONTENT_TYPE, "application/json");
        assert_eq!(bench.send(request.body(body)).await.json()["fulfilledWith"], kind);
    }
}

#[tokio::test]
async fn the_history_is_filtered_paged_and_deleted_from() {
    let key = "e8be845e816e45d4a9529a6cfcd459c88e3c22b5";
    let sim = Located::with(
        Bench::with(|builder| {
            builder.first_team(Team::new("first").api_key(key, Role::Owner).api_key("viewer", Role::Viewer))
        })
        .await,
    )
    .await;
    sim.post("/location/ground-fix", lte(CELL)).await;
    sim.post("/location/ground-fix", with_neighbours()).await;
    let gnss =
        sim.post("/location/gnss", r#"{"lat":63.5,"lon":-10.25,"acc":3.5,"alt":12,"spd":0,"hdg":90}"#).await;
    assert_eq!((gnss.status, gnss.body.len()), (202, 0));
    sim.bench.agnss(&sim.token, "?types=4&mcc=242&mnc=2&tac=2305&eci=33703712", None).await;

    let page = sim.history("?deviceId=dev&pageLimit=2").await;
    assert_eq!((&page["total"], page["items"].as_array().unwrap().len()), (&json!(2), 2));
    let next = page["pageNextToken"].as_str().unwrap();
    let url = reqwest::Url::parse_with_params("http://x/", [("pageNextToken", next)]).unwrap();
    let rest = sim.history(&format!("?deviceId=dev&pageLimit=2&{}", url.query().unwrap())).await;
    assert_eq!(rest.get("pageNextToken"), None);
    assert_eq!(sim.services("?deviceId=dev").await, ["SCELL", "GNSS", "MCELL", "SCELL"]);
    assert_eq!(sim.services("?deviceId=dev&pageSort=asc").await, ["SCELL", "MCELL", "GNSS", "SCELL"]);
    assert_eq!(sim.services("?latest=true").await, ["SCELL"]);
    assert_eq!(sim.services("?deviceId=other").await, Vec::<String>::new());
    assert_eq!(sim.services("?tags=none").await, Vec::<String>::new());
    assert_eq!(sim.services("?end=2026-07-03T12:00:00Z").await, Vec::<String>::new());
    assert_eq!(
        sim.services("?inclusiveStart=2026-07-03T12:14:43Z&start=2026-07-01T00:00:00Z").await.len(),
        4
    );

    let item = &page["items"][1];
    assert_eq!(
        *item,
        json!({
            "id": item["id"], "deviceId": "dev", "serviceType": "GNSS", "insertedAt": "2026-07-03T12:14:43.250Z",
            "lat": "63.5", "lon": "-10.25", "uncertainty": "3.5",
            "meta": {"acc": 3.5, "alt": 12, "spd": 0, "hdg": 90},
        })
    );
    assert_eq!(rest["items"][0]["meta"], json!({}));
    assert_eq!(rest["items"][0]["lat"], "63.42811704");

    let path = format!("/location/history/dev/{}", item["id"].as_str().unwrap());
    assert_eq!(sim.bench.delete(&path).await.status, 202);
    assert_eq!(sim.bench.delete(&path).await.refusal().0, 404);
    assert_eq!(sim.services("?deviceId=dev").await, ["SCELL", "MCELL", "SCELL"]);

    let viewer = |path: &str| sim.bench.send(sim.bench.request(Method::GET, path, "viewer"));
    assert_eq!(viewer("/location/history?deviceId=dev").await.status, 200);
    assert_eq!(viewer("/location/history").await.status, 401);
}

#[tokio::test]
async fn a_receiver_speaks_nmea_as_well() {
    let sim = Located::new().await;
    let gga = "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47";
    assert_eq!(sim.post("/location/gnss", json!(gga)).await.status, 202);
    let plain =
        sim.bench.request(Method::POST, "/location/gnss", &sim.token).header(CONTENT_TYPE, "text/plain");
    assert_eq!(sim.bench.send(plain.body(gga)).await.status, 202);
    let item = &sim.history("?deviceId=dev").await["items"][0];
    assert_eq!((&item["lat"], &item["meta"]), (&json!("48.1173"), &json!({"alt": 545.4})));
    for body in [
        json!("$GPGGA,1*00"),
        json!({"lat": 91, "lon": 0}),
        json!({"lat": 0, "lon": 181}),
        json!({"lat": 0}),
        json!({"lat": 0, "lon": 0, "hdg": 361}),
        json!({"lat": 0, "lon": 0, "acc": -1}),
    ] {
        assert_eq!(sim.post("/location/gnss", &body).await.status, 422, "{body}");
    }
}

#[tokio::test]
async fn anchors_come_before_all_else() {
    let sim = Located::new().await;
    let create = |body: Value| {
        let bench = &sim.bench;
        async move { bench.post("/location/anchors", "application/json", body.to_string()).await }
    };
    let anchor = json!({"macAddress": "40-01-7A-C9-10-22", "lat": 1.5, "lon": 2, "name": "door"});
    let created = create(anchor.clone()).await;
    assert_eq!((created.status, created.body.len()), (202, 0));
    assert_eq!(create(anchor).await.refusal().2, "Anchor 40:01:7a:c9:10:22 already exists.");
    for (member, value) in [("lat", json!(91)), ("name", json!("x".repeat(33))), ("macAddress", json!("x"))] {
        let mut bad = json!({"macAddress": "40:01:7a:c9:10:99", "lat": 1, "lon": 2});
        bad[member] = value;
        assert_eq!(create(bad).await.status, 422, "{member}");
    }
    let path = "/location/anchors/40:01:7a:c9:10:22";
    let shown = json!({
        "macAddress": "40:01:7a:c9:10:22", "lat": 1.5, "lon": 2, "createdAt": "2026-07-03T12:14:43.250Z", "name": "door",
    });
    assert_eq!(sim.bench.get(path).await.json(), shown);
    assert_eq!(sim.bench.get("/location/anchors").await.json(), json!({"total": 1, "items": [shown]}));

    let points =
        r#"{"accessPoints":[{"macAddress":"40:01:7a:c9:10:22"},{"macAddress":"80:e0:1d:2a:92:f2"}]}"#;
    let meta = json!([{"macAddress": "40:01:7a:c9:10:22", "name": "door"}]);
    let wifi = sim.post("/location/wifi", points).await.json();
    assert_eq!(wifi, json!({"lat": 1.5, "lon": 2, "uncertainty": 30, "anchors": meta}));
    let fix = sim.post("/location/ground-fix", format!("{{\"wifi\":{points}}}")).await.json();
    assert_eq!((&fix["fulfilledWith"], &fix["anchors"]), (&json!("ANCHOR"), &meta));
    let item = &sim.history("?deviceId=dev").await["items"][0];
    assert_eq!((&item["serviceType"], &item["anchors"]), (&json!("ANCHOR"), &meta));

    let patch = |path: &str, body: &'static str| {
        let request = sim.bench.request(Method::PATCH, path, sim.bench.sim.api_key());
        sim.bench.send(request.header(CONTENT_TYPE, "application/json").body(body))
    };
    assert_eq!(patch(path, r#"{"lat":-1,"name":"gate"}"#).await.status, 202);
    let changed = sim.bench.get("/location/anchors/40-01-7A-C9-10-22").await.json();
    assert_eq!((&changed["lat"], &changed["lon"], &changed["name"]), (&json!(-1), &json!(2), &json!("gate")));
    assert!(changed["updatedAt"].is_string());
    assert_eq!(patch(path, r#"{"lon":200}"#).await.status, 422);
    assert_eq!(patch("/location/anchors/00:00:00:00:00:01", "{}").await.refusal().0, 404);
    assert_eq!(sim.bench.delete(path).await.status, 202);
    assert_eq!(sim.bench.delete(path).await.refusal().0, 404);
    assert_eq!(sim.bench.get("/location/anchors/x").await.status, 422);
}

#[tokio::test]
async fn contributions_are_kept_and_deleted() {
    let sim = Located::new().await;
    let cell: Value = serde_json::from_str(CELL).unwrap();
    let contribution = json!({
        "contributions": [{
            "cell": [{"cell": cell, "cellType": "LTE", "observedAt": "2026-07-03T12:00:00Z"}],
            "wifi": [{"macAddress": "40:01:7a:c9:10:22", "observedAt": "2026-07-03T12:00:00Z"}],
        }],
        "position": {"lat": 63.5, "lon": 10, "uncertainty": 5},
    });
    let made = sim.post("/location/contribute", &contribution).await;
    assert_eq!(made.status, 200);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let listed = sim.get("/location/contribute").await.json();
    assert_eq!(
        listed["items"],
        json!([{
            "id": id, "device": {"id": "dev"}, "contributions": contribution["contributions"],
            "position": {"lat": 63.5, "lon": 10, "uncertainty": 5}, "createdAt": "2026-07-03T12:14:43.250Z",
        }])
    );
    for (pointer, value) in [
        ("/contributions", json!([])),
        ("/contributions/0", json!({})),
        ("/contributions/0/cell/0/cellType", json!("GSM")),
        ("/contributions/0/cell/0/observedAt", json!("now")),
        ("/contributions/0/cell/0/cell/mcc", json!(1)),
        ("/contributions/0/wifi/0/macAddress", json!("x")),
        ("/position/lat", json!(91)),
    ] {
        let mut bad = contribution.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert_eq!(sim.post("/location/contribute", &bad).await.status, 422, "{pointer}");
    }
    let delete = || sim.bench.request(Method::DELETE, &format!("/location/contribute/{id}"), &sim.token);
    assert_eq!(sim.bench.send(delete()).await.status, 202);
    assert_eq!(sim.bench.send(delete()).await.refusal().0, 404);
}

#[tokio::test]
async fn an_address_is_that_of_the_nearest_town() {
    let sim = Located::new().await;
    let answer = sim.get("/location/geo?lat=63.43&lon=10.40").await.json();
    assert_eq!(answer["formatted"], "Trondheim, Trøndelag, Norway");
    assert_eq!(
        answer["address"],
        json!({"country": "Norway", "countryCode": "NO", "state": "Trøndelag", "city": "Trondheim"})
    );
    assert_eq!((&answer["lat"], &answer["uncertainty"]), (&json!(63.42), &json!(1492)));
    assert_eq!(
        sim.get("/location/geo?lat=0&lon=-30").await.refusal(),
        (404, 40410, "Location not found.".into())
    );
    for query in ["lat=1", "lon=1", "lat=x&lon=1", "lat=91&lon=0", "lat=1&lon=1&z=1"] {
        assert_eq!(sim.get(&format!("/location/geo?{query}")).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn predictions_are_named_and_then_fetched() {
    let sim = Located::new().await;
    let root = sim.bench.sim.url().replace("/v1", "");
    let named = sim.get("/location/pgps").await;
    assert_eq!(
        named.json(),
        json!({"host": root.replace("http://", ""), "path": "public/16980-43200_16987-43200.bin"})
    );
    let query =
        "predictionCount=3&predictionIntervalMinutes=120&startGpsDay=16981&startGpsTimeOfDaySeconds=7200";
    let named = sim.get(&format!("/location/pgnss?{query}")).await.json();
    assert_eq!(named["path"], "public/16981-7200_16981-28800.bin");
    let url = format!("{root}/{}", named["path"].as_str().unwrap());
    let whole = sim.bench.send(sim.bench.http.get(&url)).await;
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("application/octet-stream")));
    assert_eq!(whole.body.len(), 16 + 3 * 2006);
    assert_eq!(whole.body[..16], [1, 10, 1, 0, 3, 0, 0xd6, 7, 120, 0, 0x55, 0x42, 0x20, 0x1c, 0, 0]);
    let part = sim.bench.send(sim.bench.http.get(&url).header("range", "bytes=1500-2999")).await;
    assert_eq!((part.status, part.header("content-range")), (206, Some("bytes 1500-2999/6034")));
    assert_eq!(part.body, whole.body[1500..3000]);
    let beyond = sim.bench.send(sim.bench.http.get(&url).header("range", "bytes=6034-")).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */6034")));
    let unknown = sim.bench.send(sim.bench.http.get(format!("{root}/public/1-0_2-0.bin"))).await;
    assert_eq!(unknown.refusal().0, 404);

    let accepted = [
        "predictionCount=168&predictionIntervalMinutes=120",
        "startGpsDay=16994",
        "startGpsTimeOfDaySeconds=86400",
    ];
    for query in accepted {
        assert_eq!(sim.get(&format!("/location/pgnss?{query}")).await.status, 200, "{query}");
    }
    for (query, message) in [
        ("predictionCount=0", "predictionCount must be 1 to 84."),
        ("predictionCount=85", "predictionCount must be 1 to 84."),
        ("predictionCount=169&predictionIntervalMinutes=120", "predictionCount must be 1 to 168."),
        ("predictionIntervalMinutes=60", "predictionIntervalMinutes must be 120 to 480, a multiple of 60."),
        ("predictionIntervalMinutes=150", "predictionIntervalMinutes must be 120 to 480, a multiple of 60."),
        ("startGpsDay=16979", "startGpsDay must be 16980 to 16994."),
        ("startGpsDay=16995", "startGpsDay must be 16980 to 16994."),
        ("startGpsTimeOfDaySeconds=86401", "startGpsTimeOfDaySeconds must be 0 to 86400."),
        ("startGpsDay=today", "startGpsDay must be a whole number."),
    ] {
        let answer = sim.get(&format!("/location/pgnss?{query}")).await;
        assert_eq!(answer.refusal(), (422, 42200, message.into()), "{query}");
    }
}
