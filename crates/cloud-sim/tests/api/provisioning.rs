//! Claiming, commands, rules, and the side of the device.

use cloud_sim::{DeviceAnswer, DeviceCommand, Role, Team, pki::cose::Uuid};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::{
    modem::{Modem, key, signed},
    support::{Answer, Bench, NOW},
};

impl Bench {
    async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.post(path, "application/json", body.to_string()).await
    }

    async fn claim(&self, modem: &Modem) -> Answer {
        self.post_json("/claimed-devices", &json!({"claimToken": modem.attestation_token()})).await
    }

    /// The ID of a command that is taken.
    async fn command(&self, modem: &Modem, request: Value) -> String {
        let path = format!("/claimed-devices/{}/provisioning", modem.uuid);
        let answer = self.post_json(&path, &json!({"description": "test", "request": request})).await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    async fn command_status(&self, modem: &Modem, id: &str) -> Value {
        self.get(&format!("/claimed-devices/{}/provisioning/{id}", modem.uuid)).await.json()
    }

    async fn device_get(&self, token: &str, query: &str) -> Answer {
        let request = self.request(Method::GET, &format!("/provisioning/commands{query}"), token);
        self.send(request.header("accept", "application/cbor")).await
    }

    async fn device_post(&self, token: &str, body: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, "/provisioning/response", token);
        self.send(request.header(CONTENT_TYPE, "application/cbor").body(body)).await
    }
}

fn done(_: &DeviceCommand) -> DeviceAnswer {
    DeviceAnswer::Done(String::new())
}

#[tokio::test]
async fn a_device_is_claimed_once_and_unclaimed_once() {
    let bench = Bench::new().await;
    let modem = Modem::new(1);
    let request = json!({"claimToken": modem.attestation_token(), "tags": ["location=Trondheim,b"]});
    let dry = bench.post_json("/claimed-devices?dryrun=true", &request).await;
    assert_eq!((dry.status, dry.body.len()), (202, 0));

    let claimed = bench.post_json("/identities/claimed-devices", &request).await;
    assert_eq!(claimed.status, 201);
    assert_eq!(
        claimed.json(),
        json!({
            "id": modem.uuid,
            "deviceType": "nrf9151_LACA",
            "firmwareId": "61616161-6161-6161-6161-616161616161",
            "ownerId": bench.sim.tenant_id(),
            "ownershipStatus": "IDENTIFIED",
            "tags": ["location=Trondheim", "b"],
            "status": "READY",
            "claimedAt": "2026-07-03T12:14:43.250Z",
        })
    );
    for path in ["/claimed-devices?dryrun=true", "/claimed-devices"] {
        let again = bench.post_json(path, &request).await;
        let message = format!("Device {} is already claimed by your team.", modem.uuid);
        assert_eq!(again.refusal(), (422, 42200, message));
    }

    let path = format!("/claimed-devices/{}", modem.uuid);
    assert_eq!(bench.delete(&path).await.status, 204);
    assert_eq!(
        bench.delete(&path).await.refusal(),
        (404, 40410, format!("Claimed device {} not found.", modem.uuid))
    );
    assert_eq!(bench.claim(&modem).await.status, 201);
}

#[tokio::test]
async fn what_is_no_token_cannot_be_claimed() {
    let bench = Bench::new().await;
    let good = Modem::new(1).attestation_token();
    let refused = |token: String| {
        let bench = &bench;
        async move { bench.post_json("/claimed-devices", &json!({ "claimToken": token })).await.refusal() }
    };
    assert_eq!(
        refused(format!("%ATTESTTOKEN: \"{good}\"")).await,
        (
            422,
            42200,
            "The claim token is not valid: it is two parts in base64url with a full stop between.".into()
        )
    );
    for token in [String::new(), "a.b".into(), good[..good.len() - 4].into(), good.replace('.', "..")] {
        let (status, code, message) = refused(token).await;
        assert_eq!((status, code), (422, 42200));
        assert!(message.starts_with("The claim token is not valid: "), "{message}");
    }
    for body in [json!({}), json!({"claimToken": 1}), json!([])] {
        assert_eq!(bench.post_json("/claimed-devices", &body).await.status, 422);
    }
    let tagged = json!({"claimToken": good, "tags": ["\n"]});
    assert_eq!(
        bench.post_json("/claimed-devices", &tagged).await.status,
        201,
        "blanks around a tag are no tag"
    );
}

#[tokio::test]
async fn a_device_belongs_to_one_team() {
    let key = "e8be845e816e45d4a9529a6cfcd459c88e3c22b5";
    let bench = Bench::with(|builder| builder.team(Team::new("Other").api_key(key, Role::Owner))).await;
    let modem = Modem::new(1);
    assert_eq!(bench.claim(&modem).await.status, 201);
    let body = json!({"claimToken": modem.attestation_token()}).to_string();
    let other = bench.request(Method::POST, "/claimed-devices", key).header(CONTENT_TYPE, "application/json");
    let (status, code, message) = bench.send(other.body(body)).await.refusal();
    assert_eq!((status, code), (401, 40101));
    assert_eq!(message, format!("Device {} is claimed by another team.", modem.uuid));
    let unclaim = bench.request(Method::DELETE, &format!("/claimed-devices/{}", modem.uuid), key);
    assert_eq!(bench.send(unclaim).await.status, 404);
}

#[tokio::test]
async fn the_identity_key_of_a_device_is_the_one_that_signed_before() {
    let bench = Bench::new().await;
    assert_eq!(bench.claim(&Modem::new(1)).await.status, 201);
    bench.delete(&format!("/claimed-devices/{}", Modem::new(1).uuid)).await;
    let (status, _, message) = bench.claim(&Modem::forged(1)).await.refusal();
    assert_eq!(status, 422);
    assert_eq!(
        message,
        "The claim token is not valid: it is signed by another key than the device's identity key."
    );

    let known = Modem::new(2);
    let bench = Bench::with(|builder| {
        builder.identity(Uuid(known.uuid_bytes()), known.identity_key()).only_known_identities(true)
    })
    .await;
    assert_eq!(bench.claim(&Modem::forged(2)).await.status, 422);
    assert_eq!(
        bench.claim(&Modem::new(3)).await.refusal().2,
        "The claim token is not valid: the device is not known."
    );
    assert_eq!(bench.claim(&known).await.status, 201);
}

#[tokio::test]
async fn many_are_claimed_as_nordics_tool_does_it() {
    let bench = Bench::new().await;
    let (one, two) = (Modem::new(1), Modem::new(2));
    let csv = format!(
        "\"{}\"\n\"{}\",\"a,b\"\n\"{}\"\n",
        one.attestation_token(),
        two.attestation_token(),
        one.attestation_token()
    );
    // No Content-Type, and a header called contentType.
    let request = bench.request(Method::POST, "/claimed-devices", bench.sim.api_key());
    let answer = bench.send(request.header("contentType", "text/csv").body(csv.clone())).await;
    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.json(),
        json!({
            "claimedIds": [one.uuid, two.uuid],
            "failed": [{"row": 2, "message": format!("Device {} is already claimed by your team.", one.uuid)}],
        })
    );
    let again = bench.post("/claimed-devices", "text/csv", csv).await;
    assert_eq!((again.status, again.json()["claimedIds"].clone()), (200, json!([])));

    for (body, message) in [
        ("", "0 rows, but there must be 1 to 1000."),
        ("a,b,c\n", "[0]: a row has one or two columns."),
        ("a\n\nb", "[1]: line 2: blank line."),
    ] {
        assert_eq!(bench.post("/claimed-devices", "text/csv", body).await.refusal().2, message);
    }
    let untyped = bench.request(Method::POST, "/claimed-devices", bench.sim.api_key()).body("x");
    assert_eq!(bench.send(untyped).await.status, 422);
    assert_eq!(bench.post("/claimed-devices", "text/csv", "a\n".repeat(1001)).await.status, 422);
}

#[tokio::test]
async fn the_old_bulk_path_is_a_bulk_operation() {
    let bench = Bench::new().await;
    let (one, two) = (Modem::new(1), Modem::forged(1));
    let csv = format!("{}\n{}\n", one.attestation_token(), two.attestation_token());
    let operation = bench.upload("/claimed-devices/bulk", csv).await;
    assert_eq!(
        (&operation["endpoint"], &operation["status"]),
        (&json!("CLAIM_DEVICE_OWNERSHIP"), &json!("FAILED"))
    );
    assert_eq!(
        bench.errors(&operation).await,
        ["[1]: The claim token is not valid: it is signed by another key than the device's identity key."]
    );
}

#[tokio::test]
async fn commands_go_to_the_device_and_come_back() {
    let bench = Bench::new().await;
    let modem = Modem::new(1);
    bench.claim(&modem).await;
    let request = json!({"certificateSigningRequest": {"secTag": 16842753, "attributes": "CN=x", "keyUsage": "101010000"}});
    let csr = bench.command(&modem, request).await;
    let certificate = json!({"clientCertificate": {"secTag": 16842753, "content": "-----BEGIN"}});
    let certificate = bench.command(&modem, certificate).await;
    let finished = bench.command(&modem, json!({"finished": {}})).await;
    assert_eq!(
        bench.command_status(&modem, &csr).await,
        json!({"id": csr, "status": "PENDING", "description": "test", "createdAt": "2026-07-03T12:14:43.250Z"})
    );

    let mut told = Vec::new();
    let played = bench.sim.play_commands(&modem.uuid, |command| {
        told.push(command.clone());
        match command {
            DeviceCommand::At { set_command, .. } if set_command == "%KEYGEN" => {
                DeviceAnswer::Done(modem.keygen(16_842_753, 9))
            }
            DeviceCommand::At { parameters, .. } if parameters.starts_with("0,") => {
                DeviceAnswer::Error { cme_error: 514, message: "not allowed".into() }
            }
            _ => DeviceAnswer::Done(String::new()),
        }
    });
    assert_eq!(played, 4);
    let at = |set_command: &str, parameters: &str, ignored: &[u16]| DeviceCommand::At {
        set_command: set_command.into(),
        parameters: parameters.into(),
        ignored_cme_errors: ignored.to_vec(),
    };
    assert_eq!(
        told,
        [
            at("%CMNG", "3,16842753,2", &[513]),
            at("%KEYGEN", "16842753,2,0,\"CN=x\",\"101010000\"", &[]),
            at("%CMNG", "0,16842753,1,\"-----BEGIN\"", &[]),
            DeviceCommand::Finished,
        ]
    );
    // A public key where a CSR was asked for.
    let status = bench.command_status(&modem, &csr).await;
    assert_eq!(status["status"], "FAILED");
    assert_eq!(
        status["response"]["error"]["message"],
        "the answer to AT%KEYGEN is of another device or another kind"
    );
    let status = bench.command_status(&modem, &certificate).await;
    assert_eq!(status["response"], json!({"error": {"cmeError": 514, "message": "not allowed"}}));
    let status = bench.command_status(&modem, &finished).await;
    assert_eq!((&status["status"], status.get("response")), (&json!("SUCCEEDED"), None));
    assert_eq!(bench.sim.play_commands(&modem.uuid, done), 0);
    assert_eq!(bench.sim.play_commands("nobody", done), 0);
}

#[tokio::test]
async fn a_signing_request_comes_back_as_the_modem_gave_it() {
    let bench = Bench::new().await;
    let fixture = |name: &str| crate::support::fixture(&format!("pki/modem/{name}.txt"));
    let quoted = |text: &str| text.split('"').nth(1).unwrap().to_owned();
    let token = quoted(&fixture("attest"));
    let claimed = bench.post_json("/claimed-devices", &json!({ "claimToken": token })).await;
    let mut modem = Modem::new(1);
    modem.uuid = claimed.json()["id"].as_str().unwrap().to_owned();
    let id = bench.command(&modem, json!({"certificateSigningRequest": {"secTag": 17}})).await;
    let answer = fixture("keygen-csr");
    bench.sim.play_commands(&modem.uuid, |_| DeviceAnswer::Done(answer.lines().next().unwrap().into()));
    let status = bench.command_status(&modem, &id).await;
    assert_eq!(status["status"], "SUCCEEDED", "{status}");
    assert_eq!(status["response"], json!({"certificateSigningRequest": {"csr": quoted(&answer)}}));
}

#[tokio::test]
async fn bad_commands_are_refused() {
    let bench = Bench::new().await;
    let modem = Modem::new(1);
    let path = format!("/claimed-devices/{}/provisioning", modem.uuid);
    let body = json!({"request": {"finished": {}}});
    assert_eq!(bench.post_json(&path, &body).await.refusal().0, 404);
    bench.claim(&modem).await;
    for request in [
        json!({}),
        json!({"finished": {}, "config": {"a": "b"}}),
        json!({"preSharedKey": {"secTag": 1}}),
        json!({"config": {}}),
        json!({"clientPrivateKeyGeneration": {}}),
        json!({"clientPrivateKeyGeneration": {"secTag": -1}}),
        json!({"serverCertificate": {"secTag": 1, "content": ""}}),
        json!({"serverCertificate": {"secTag": 1, "content": "a\"b"}}),
        json!({"certificateSigningRequest": {"secTag": 1, "keyUsage": "2"}}),
    ] {
        let answer = bench.post_json(&path, &json!({ "request": request })).await;
        assert_eq!((answer.status, answer.json()["code"].clone()), (422, json!(42200)), "{request}");
    }
    for _ in 0..20 {
        bench.command(&modem, json!({"finished": {}})).await;
    }
    assert_eq!(
        bench.post_json(&path, &body).await.refusal().2,
        "A device has at most 20 commands that are not over."
    );
    assert_eq!(bench.sim.play_commands(&modem.uuid, done), 20);
    assert_eq!(bench.post_json(&path, &body).await.status, 201);
    assert_eq!(bench.get(&format!("{path}/none")).await.refusal().0, 404);
}

#[tokio::test]
async fn a_rule_onboards_every_device_with_its_tag() {
    let bench = Bench::new().await;
    let tag = json!({"tag": "nrf-cloud-onboarding", "description": "x"});
    let created = bench.post_json("/provisioning/tags", &tag).await;
    assert_eq!((created.status, created.json()), (201, tag.clone()));
    assert_eq!(bench.post_json("/provisioning/tags", &tag).await.status, 422);
    assert_eq!(bench.get("/provisioning/tags").await.json(), json!({"total": 1, "items": [tag]}));

    let rule = json!({
        "name": "nRF Cloud Onboarding", "description": "d", "active": true,
        "commands": [
            {"request": {"clientPrivateKeyGeneration": {"secTag": 16842753}}},
            {"request": {"cloudAccessKeyGeneration": {"secTag": 16842753}}},
            {"request": {"serverCertificate": {"secTag": 16842753, "content": "PEM"}}},
        ],
        "tags": ["nrf-cloud-onboarding"],
    });
    let answer = bench.post_json("/provisioning-rules", &rule).await;
    assert_eq!((answer.status, &answer.json()["commands"]), (201, &rule["commands"]));
    let mut off = rule.clone();
    off["active"] = false.into();
    bench.post_json("/provisioning-rules", &off).await;
    let listed = bench.get("/provisioning-rules").await.json();
    assert_eq!(listed["items"][0]["tags"], json!(["nrf-cloud-onboarding"]));
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);

    let modem = Modem::new(1);
    let claim = json!({"claimToken": modem.attestation_token(), "tags": ["nrf-cloud-onboarding"]});
    bench.post_json("/claimed-devices", &claim).await;
    let played = bench.sim.play_commands(&modem.uuid, |command| match command {
        DeviceCommand::At { set_command, .. } if set_command == "%KEYGEN" => {
            DeviceAnswer::Done(modem.keygen(16_842_753, 9))
        }
        _ => DeviceAnswer::Done(String::new()),
    });
    assert_eq!(played, 4);
    let device = bench.get(&format!("/devices/{}", modem.uuid)).await;
    assert_eq!((device.status, &device.json()["id"]), (200, &json!(modem.uuid)));
    let token = signed(&key(9), &json!({"sub": modem.uuid}));
    assert_eq!(bench.agnss(&token, "?types=4", None).await.status, 206);

    // A key that another modem made is none of this device.
    let other = Modem::new(2);
    let claim = json!({"claimToken": other.attestation_token(), "tags": ["nrf-cloud-onboarding"]});
    bench.post_json("/claimed-devices", &claim).await;
    bench.sim.play_commands(&other.uuid, |_| DeviceAnswer::Done(modem.keygen(16_842_753, 9)));
    assert_eq!(bench.get(&format!("/devices/{}", other.uuid)).await.status, 404);

    bench.delete(&format!("/claimed-devices/{}", modem.uuid)).await;
    assert_eq!(bench.get(&format!("/devices/{}", modem.uuid)).await.status, 404);
}

#[tokio::test]
async fn the_device_speaks_cbor() {
    let bench = Bench::new().await;
    let modem = Modem::new(1);
    let token = modem.jwt(NOW + 300);
    assert_eq!(bench.device_get(&token, "").await.status, 403);
    bench.claim(&modem).await;
    assert_eq!(
        bench
            .device_get(&token, "?after=&rxMaxSize=1024&txMaxSize=1024&mver=2.0.2&cver=1&limit=10")
            .await
            .status,
        204
    );

    let keys = bench.command(&modem, json!({"clientPrivateKeyGeneration": {"secTag": 16842753}})).await;
    let finished = bench.command(&modem, json!({"finished": {}})).await;
    let sent = bench.device_get(&token, "?limit=5").await;
    assert_eq!((sent.status, sent.header("content-type")), (200, Some("application/cbor")));
    // As recorded (SDK test vectors), with other IDs.
    let expected = [
        b"\x83\x85\x78\x28".as_slice(),
        format!("{keys}.e.s\0").as_bytes(),
        b"\x65%CMNG\x6c3,16842753,2\x81\x19\x02\x01\x85\x78\x26",
        format!("{keys}.e\0").as_bytes(),
        b"\x67%KEYGEN\x6c16842753,2,1\x80\x82\x78\x26",
        format!("{finished}.d\x02").as_bytes(),
    ]
    .concat();
    assert_eq!(sent.body, expected);
    assert_eq!(bench.command_status(&modem, &keys).await["status"], "IN_PROGRESS");
    let rest = bench.device_get(&token, &format!("?after={keys}.e")).await;
    assert_eq!(rest.body, [b"\x81\x82\x78\x26".as_slice(), format!("{finished}.d\x02").as_bytes()].concat());
    let first = bench.device_get(&token, "?limit=1").await;
    assert_eq!(bench.device_get(&token, &format!("?rxMaxSize={}", first.body.len())).await.body, first.body);
    assert_eq!(bench.device_get(&token, "?rxMaxSize=20").await.status, 400);
    assert_eq!(bench.device_get(&token, "?limit=21").await.status, 400);

    let failed =
        [b"\x81\x84\x78\x28".as_slice(), format!("{keys}.e.s").as_bytes(), b"\x18\x63\x19\x02\x02\x60"]
            .concat();
    assert_eq!(bench.device_post(&token, failed.clone()).await.status, 201);
    assert_eq!(bench.command_status(&modem, &keys).await["response"]["error"]["cmeError"], 514);
    assert_eq!(bench.device_post(&token, failed).await.status, 400);
    let wrong = [b"\x81\x82\x78\x26".as_slice(), format!("{finished}.d\x18\x65").as_bytes()].concat();
    assert_eq!(bench.device_post(&token, wrong).await.status, 400);
    let over = [b"\x81\x82\x78\x26".as_slice(), format!("{finished}.d\x18\x66").as_bytes()].concat();
    assert_eq!(bench.device_post(&token, over).await.status, 201);
    assert_eq!(bench.command_status(&modem, &finished).await["status"], "SUCCEEDED");
    assert_eq!(bench.device_get(&token, "").await.status, 204);
}

#[tokio::test]
async fn the_device_needs_its_identity_key() {
    let bench = Bench::new().await;
    let modem = Modem::new(1);
    bench.claim(&modem).await;
    let url = format!("{}/provisioning/commands", bench.sim.url());
    assert_eq!(bench.send(bench.http.get(url)).await.status, 401);
    for (token, reason) in [
        ("x.y.z".to_owned(), "JSON Web Token: "),
        (
            signed(&key(9), &json!({"iss": "nRF9151.nobody"})),
            "JSON Web Token: `iss` does not name a device by its UUID",
        ),
        (Modem::forged(1).jwt(NOW + 9), "JSON Web Token: the signature is not by the device's identity key"),
        (modem.jwt(NOW - 9), "JSON Web Token: expired"),
        (Modem::new(2).jwt(NOW + 9), "the device is not claimed"),
    ] {
        let answer = bench.device_get(&token, "").await;
        assert_eq!((answer.status, answer.json()), (403, json!({"message": "Forbidden"})));
        assert!(bench.last_reason().starts_with(reason), "{}", bench.last_reason());
    }
    let token = modem.jwt(NOW + 300);
    let html = bench.request(Method::GET, "/provisioning/commands", &token).header("accept", "text/html");
    assert_eq!(bench.send(html).await.status, 415);
    let json = bench
        .request(Method::POST, "/provisioning/response", &token)
        .header(CONTENT_TYPE, "application/json");
    assert_eq!(bench.send(json.body("[]")).await.status, 415);
    assert_eq!(bench.device_post(&token, vec![0xff]).await.status, 400);
    assert_eq!(bench.device_get(&token, "").await.status, 204);
}
