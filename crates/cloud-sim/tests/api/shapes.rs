//! The shapes of the API's description (facts, appendix A), against which every answer to every test is held: each member
//! that must be there is there and of its type, none is there that is not described, and what is not known is absent,
//! never null.

use reqwest::{Method, Url};
use serde_json::{Map, Value};

/// Method, path, and what a success answers: members with their types (`s`, `n`, `b`, `o` for an object of any members),
/// those with `?` may be absent, an array has items of its one form.
const SHAPES: &str = r#"
GET /account {"mqttEndpoint":"s","mqttTopicPrefix":"s","team":{"tenantId":"s","name?":"s"},"role":"s","userId":"s","tags?":["s"],"plan":{"name":"s","limits?":{"devices":"n","monthlyFOTAJobExecutions":"n","monthlyStoredDeviceMessages":"n","monthlyLocationServiceRequests":"n","messageRoutingServiceDestinations":"n"},"proxyUsageDeclarations?":{"AGPS?":"n","PGPS?":"n","GROUND_FIX?":"n","REVERSE_GEO?":"n"},"serviceKeys?":[{"createdAt":"s","service?":"s","enabled":"b","updatedAt?":"s"}],"overages?":"o","currentMonthCosts?":["o"],"currentMonthTotalCost?":"n"}}
GET /account/usage/summary {"currentDevices":{"generic":"n","gateway":"n","bluetoothLE":"n","total":"n"},"services":[{"date":"s","fotaJobExecutions":"n","locationServices":{"AGPS?":<USE>,"PGPS?":<USE>,"SCELL?":<USE>,"MCELL?":<USE>,"WIFI?":<USE>,"REVERSE_GEO?":<USE>},"storedDeviceMessages":"n","messagesRouted":"n"}]}
GET /account/usage LIST{"date?":"s","service":"s","serviceType?":"s","source?":"s","sum":"n"}
GET /account/invoices LIST"o"
GET /account/tags LIST"s"
POST /account/service-key-and-token {"key":"s","token":"s"}
GET /account/service-token {"createdAt":"s","token":"s"}
POST /account/service-evaluation-token {"expires":"s","token":"s"}
GET /account/service-evaluation-token {"expires":"s","token":"s"}
GET /alerts LIST<ALERT>
PATCH /alerts/*/archive <ALERT>
PATCH /alerts/*/restore <ALERT>
GET /devices LIST<DEVICE>
POST /devices {"bulkOpsRequestId":"s"}
GET /devices/tags LIST"s"
POST /devices/public-keys {"bulkOpsRequestId":"s"}
POST /devices/certificates {"bulkOpsRequestId":"s"}
POST /devices/mqtt-team <TEAM_DEVICE>
GET /devices/mqtt-team/* <TEAM_DEVICE>
PATCH /devices/mqtt-team/* <TEAM_DEVICE>
POST /devices/*/certificates <TEAM_DEVICE>
GET /devices/* <DEVICE>
GET /bulk-ops-requests LIST<BULK>
GET /bulk-ops-requests/* <BULK>
GET /messages LIST{"tenantId":"s","topic":"s","deviceId":"s","receivedAt":"s","message":"any"}
GET /binary-logs/url {"url":"s","contentLength":"n"}
GET /firmwares LIST{"bundleId":"s","version":"s","type":"s","filenames":["s"],"size":"n","name?":"s","description?":"s","lastModified?":"s"}
POST /firmwares {"uris":["s"]}
GET /fota-jobs LIST<JOB>
POST /fota-jobs {"jobId":"s"}
GET /fota-jobs/* <JOB>
GET /fota-job-executions/*/current <EXECUTION>
GET /fota-job-executions/*/* <EXECUTION>
GET /fota-job-executions/* LIST<EXECUTION>
GET /fota-job-execution-statuses/* LIST{"deviceId":"s","status":"s","statusDetail?":"s","lastUpdatedAt?":"s"}
POST /location/ground-fix {"lat":"n","lon":"n","uncertainty":"n","fulfilledWith":"s","anchors?":[<ANCHOR_META>],"alt?":{"loc":{"lat":"n","lon":"n","uncertainty":"n","fulfilledWith":"s"},"dist":"n"}}
POST /location/cell {"lat":"n","lon":"n","uncertainty":"n","fulfilledWith":"s"}
POST /location/wifi {"lat":"n","lon":"n","uncertainty":"n","anchors?":[<ANCHOR_META>]}
GET /location/single-cell {"lat":"n","lon":"n","uncertainty":"n"}
GET /location/geo {"lat":"n","lon":"n","uncertainty":"n","formatted":"s","address":{"country":"s","state":"s","countryCode?":"s","county?":"s","postalCode?":"s","stateCode?":"s","city?":"s","suburb?":"s","street?":"s","streetNumber?":"s"}}
GET /location/pgnss {"path":"s","host":"s"}
GET /location/pgps {"path":"s","host":"s"}
POST /location/contribute {"id":"s"}
GET /location/contribute LIST{"id":"s","contributions":["o"],"device":{"manufacturer?":"s","firmwareVersion?":"s","modemVersion?":"s","id?":"s"},"position":{"lat":"n","lon":"n","uncertainty":"n"},"createdAt":"s"}
GET /location/history LIST{"id":"s","deviceId":"s","serviceType":"s","insertedAt":"s","lat":"s","lon":"s","uncertainty":"s","meta":{"acc?":"n","alt?":"n","spd?":"n","hdg?":"n"},"anchors?":[<ANCHOR_META>]}
GET /location/anchors LIST<ANCHOR>
GET /location/anchors/* <ANCHOR>
GET /status {"status":"s","login":"b"}
"#;

/// Forms that stand in several places.
const NAMED: [(&str, &str); 9] = [
    (
        "ALERT",
        r#"{"id":"s","deviceId":"s","createdAt?":"s","receivedAt":"s","statusChangedAt?":"s","statusChangedBy?":"s","status":"s","originalMessage":"any"}"#,
    ),
    (
        "DEVICE",
        r#"{"id":"s","name":"s","image?":"s","tags":["s"],"tenantId":"s","subType":"s","firmware?":{"supports?":["s"],"app?":{"version?":"s","name?":"s"},"bleSupport?":"b","boot?":"s","modem?":"s","smpDeviceAppVer?":"s"},"$meta":{"createdAt?":"s","updatedAt?":"s","version?":"n"},"cloudMqttEnabled?":"b","type":"s","state?":{"reported?":"any","desired?":"any","delta?":"any","metadata?":"any","version?":"n"}}"#,
    ),
    ("TEAM_DEVICE", r#"{"clientId":"s","caCert":"s","clientCert":"s","privateKey?":"s"}"#),
    (
        "BULK",
        r#"{"bulkOpsRequestId":"s","endpoint":"s","status":"s","requestedAt":"s","completedAt?":"s","uploadedDataUrl":"s","resultDataUrl?":"s","errorSummaryUrl?":"s"}"#,
    ),
    (
        "JOB",
        r#"{"jobId":"s","target":{"firmwareVersions?":["s"],"firmwareType?":"s","tags":["s"],"deviceIds":["s"]},"description?":"s","status":"s","statusDetail?":"s","createdAt?":"s","lastUpdatedAt?":"s","completedAt?":"s","name?":"s","executionStats":{"completedExecutions":"n","executions":"n","devices":"n","timedOut":"n","removed":"n","downloading":"n","inProgress":"n","queued":"n","rejected":"n","failed":"n","succeeded":"n","cancelled":"n"},"firmware":{"bundleId":"s","host":"s","fileSize":"n","firmwareType":"s","version":"s","uris":["s"]},"schedule?":{"startJobAtEpochMs?":"n","lockTargetListAtEpochMs?":"n"},"targetListType?":"s"}"#,
    ),
    (
        "EXECUTION",
        r#"{"tenantId":"s","status":"s","executionId":"s","jobId":"s","statusDetail?":"s","jobDocument":{"firmwareType":"s","fileSize":"n","host":"s","path":"s","version":"s","bundleId":"s"},"createdAt":"s","deviceId":"s","lastUpdatedAt":"s"}"#,
    ),
    ("ANCHOR_META", r#"{"macAddress":"s","name?":"s"}"#),
    ("ANCHOR", r#"{"macAddress":"s","lat":"n","lon":"n","createdAt":"s","updatedAt?":"s","name?":"s"}"#),
    ("USE", r#"{"requests":"n","devicesUsing":"n"}"#),
];

/// Members of anybody's own content.
const FREE: [&str; 5] = ["state", "message", "originalMessage", "schedule", "config"];

pub(crate) fn check(method: &Method, url: &Url, status: u16, body: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    // A transformed answer is what its expression makes of it.
    if url.query().is_some_and(|query| query.contains("transform=")) {
        return;
    }
    // The page's own state is nobody else's.
    let Some(path) = url.path().strip_prefix("/v1") else { return };
    let at = format!("{method} {url}");
    no_null(&value, &at);
    let path = match path.strip_prefix("/organizations/") {
        Some(rest) => rest.splitn(4, '/').nth(3).map_or_else(String::new, |rest| format!("/{rest}")),
        None => path.to_owned(),
    };
    let shape = SHAPES.lines().find_map(|line| {
        let mut words = line.splitn(3, ' ');
        let (of, pattern, shape) = (words.next()?, words.next()?, words.next()?);
        (of == method.as_str() && fits(&path, pattern)).then_some(shape)
    });
    if let Some(shape) = shape.filter(|_| (200..300).contains(&status)) {
        compare(&value, &read(shape), &at);
    }
}

fn fits(path: &str, pattern: &str) -> bool {
    let (parts, patterns): (Vec<_>, Vec<_>) = (path.split('/').collect(), pattern.split('/').collect());
    parts.len() == patterns.len()
        && parts.iter().zip(&patterns).all(|(part, pattern)| *pattern == "*" || part == pattern)
}

fn read(shape: &str) -> Value {
    let (list, item) = shape.strip_prefix("LIST").map_or((false, shape), |item| (true, item));
    let mut text = item.trim().to_owned();
    for (name, form) in NAMED {
        text = text.replace(&format!("<{name}>"), form);
    }
    if list {
        text = format!(r#"{{"items":[{text}],"total?":"n","pageNextToken?":"s"}}"#);
    }
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn compare(value: &Value, shape: &Value, at: &str) {
    match shape {
        Value::Object(members) => {
            let object = value.as_object().unwrap_or_else(|| panic!("{at}: no object: {value}"));
            compare_members(object, members, at);
        }
        Value::Array(items) => {
            let array = value.as_array().unwrap_or_else(|| panic!("{at}: no array: {value}"));
            for item in array {
                compare(item, &items[0], at);
            }
        }
        kind => {
            let is_right = match kind.as_str() {
                Some("s") => value.is_string(),
                Some("n") => value.is_number(),
                Some("b") => value.is_boolean(),
                Some("o") => value.is_object(),
                _ => true,
            };
            assert!(is_right, "{at}: {value} is not of type {kind}");
        }
    }
}

fn compare_members(object: &Map<String, Value>, members: &Map<String, Value>, at: &str) {
    for (name, shape) in members {
        let (name, is_optional) = name.strip_suffix('?').map_or((name.as_str(), false), |name| (name, true));
        match object.get(name) {
            Some(value) => compare(value, shape, &format!("{at} {name}")),
            None => assert!(is_optional, "{at}: {name} is missing in {object:?}"),
        }
    }
    for name in object.keys() {
        let is_known = members.contains_key(name) || members.contains_key(&format!("{name}?"));
        assert!(is_known, "{at}: {name} is not described: {object:?}");
    }
}

fn no_null(value: &Value, at: &str) {
    match value {
        Value::Null => panic!("{at}: null, where it should be absent"),
        Value::Array(items) => items.iter().for_each(|item| no_null(item, at)),
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| !FREE.contains(&name.as_str())) {
                no_null(value, &format!("{at} {name}"));
            }
        }
        _ => {}
    }
}

#[test]
fn every_shape_can_be_read() {
    for line in SHAPES.lines().filter(|line| !line.is_empty()) {
        read(line.splitn(3, ' ').nth(2).unwrap());
    }
}
