//! Tokens by `%JWT`, held against a real one. Signatures are judged by aws-lc; the modem makes them with another library.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it left out"
)]

#[path = "support/blob.rs"]
mod blob;
#[path = "support/vectors.rs"]
mod vectors;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED;
use base64ct::{Base64UrlUnpadded, Encoding};
use blob::{Blob, answer, hex, point_in, verifies};
use modem_sim::{Model, ModemSim};
use serde_json::Value;

struct Token {
    signed: String,
    header: String,
    payload: String,
    signature: Vec<u8>,
}

impl Token {
    fn parse(line: &str) -> Self {
        let token = line.strip_prefix("%JWT: \"").unwrap().strip_suffix('"').unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, payload) = signed.split_once('.').unwrap();
        let decode = |part| Base64UrlUnpadded::decode_vec(part).unwrap();
        let text = |part| String::from_utf8(decode(part)).unwrap();
        Self {
            signed: signed.to_owned(),
            header: text(header),
            payload: text(payload),
            signature: decode(signature),
        }
    }

    fn is_signed_by(&self, point: &[u8]) -> bool {
        verifies(&ECDSA_P256_SHA256_FIXED, point, self.signed.as_bytes(), &self.signature)
    }
}

#[test]
fn tokens_are_those_of_real_modems() {
    let Some(folder) = vectors::folder() else { return };
    let index: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("index.json")).unwrap()).unwrap();
    let facts = &index["jwt/with-iat-exp-sub-imei"];
    let uuid = "504e5353-3831-45c8-800a-2719d8ba39f5".parse().unwrap();
    let mut modem = ModemSim::builder().model(Model::Nrf9160Sica).device_uuid(uuid).build_device().unwrap();
    let key = Blob::parse(&answer(&mut modem, "AT%KEYGEN=16842753,2,1")).body;
    let line = answer(&mut modem, "AT%JWT=0,300,\"nrf-352656106108148\",\"\",16842753,2");
    assert_eq!(facts["line_len"], line.len());
    let capture = std::fs::read_to_string(folder.join("jwt/with-iat-exp-sub-imei.txt")).unwrap();
    let real_line = capture.lines().find(|line| line.starts_with("%JWT")).unwrap();
    let [real, ours] = [real_line, &line].map(Token::parse);
    let digits: String = digest(&SHA256, &key).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        ours.header,
        real.header.replace("070375bd24113e8b8338edbf51d8549b28ca0ef202b16044ee8fcca221540bd6", &digits)
    );
    assert_eq!(ours.header.len(), 102);
    let firmware = answer(&mut modem, "AT%XMODEMUUID").replace("%XMODEMUUID: ", "");
    let random = ours.payload.split(['.', '"']).find(|part| part.len() == 32).unwrap();
    let expected = real.payload.replace("f6e3bd7b-7df3-4b88-b43a-a7a9766a04ad", &firmware);
    assert_eq!(ours.payload, expected.replace("2f7353e0a7d3335a47cfb1ad7e3e9acb", random));
    assert_eq!(ours.payload.len(), 204);
    assert!(ours.is_signed_by(point_in(&key)));
    assert!(real.is_signed_by(&hex(&facts["signing_pubkey_sec1"])));
}

#[test]
fn a_token_without_a_tag_is_signed_by_the_identity_key() {
    let mut modem = ModemSim::builder().seed(3).build_device().unwrap();
    let token = Token::parse(&answer(&mut modem, "AT%JWT=0,0,\"\",\"\""));
    let uuid = modem.device_uuid();
    assert!(
        token.payload.starts_with(&format!("{{\"iss\":\"nRF9151.{uuid}\",\"jti\":\"nRF9151.")),
        "{}",
        token.payload
    );
    assert!(
        !token.payload.contains("\"iat\"")
            && !token.payload.contains("\"sub\"")
            && !token.payload.contains("\"aud\"")
    );
    assert!(token.is_signed_by(modem.identity_public_key().sec1_point()));
    let with_audience = Token::parse(&answer(&mut modem, "AT%JWT=,600,\"me\",\"them\""));
    let times = "\"iat\":1676930358,\"exp\":1676930958,\"sub\":\"me\",\"aud\":\"them\"}";
    assert!(with_audience.payload.trim_end().ends_with(times), "{}", with_audience.payload);
    assert_ne!(
        token.payload,
        Token::parse(&answer(&mut modem, "AT%JWT=0,0,\"\",\"\"")).payload,
        "a jti is used once"
    );
    for token in [token, with_audience] {
        assert_eq!((token.header.len() % 3, token.payload.len() % 3), (0, 0));
        serde_json::from_str::<Value>(&token.payload).unwrap();
    }
}

#[test]
fn a_token_without_valid_time_has_no_times() {
    let mut modem = ModemSim::builder().time_valid(false).build_device().unwrap();
    let token = Token::parse(&answer(&mut modem, "AT%JWT=0,600,\"me\",\"\""));
    assert!(
        token.payload.trim_end().ends_with("\"sub\":\"me\"}") && !token.payload.contains("iat"),
        "{}",
        token.payload
    );
    assert_eq!(modem.execute(b"AT+CCLK=\"24/07/04,04:29:34+00\"", 5).result(), "OK");
    let response = String::from_utf8(modem.execute(b"AT%JWT=0,600,\"me\",\"\"", 5).response()).unwrap();
    let token = Token::parse(response.lines().next().unwrap());
    assert!(token.payload.contains("\"iat\":1720067374,\"exp\":1720067974,"), "{}", token.payload);
}

#[test]
fn a_token_can_be_signed_by_a_key_that_the_host_wrote() {
    let pem = include_str!("../../../fixtures/modem-sim/key-sec1.pem");
    let pkcs8 = include_str!("../../../fixtures/modem-sim/key-pkcs8.pem").replace('\n', "\r\n");
    let public = include_str!("../../../fixtures/modem-sim/key-public.pem");
    let body: String = public.lines().filter(|line| !line.starts_with('-')).collect();
    let spki = base64ct::Base64::decode_vec(&body).unwrap();
    let mut modem = ModemSim::builder().build_device().unwrap();
    for key in [pem, pkcs8.as_str(), pkcs8.trim_end(), pem.trim_end()] {
        assert_eq!(modem.execute(format!("AT%CMNG=0,5,2,\"{key}\"").as_bytes(), 0).result(), "OK");
        let token = Token::parse(&answer(&mut modem, "AT%JWT=0,0,\"\",\"\",5,2"));
        assert!(token.is_signed_by(point_in(&spki)));
        assert_eq!(modem.execute(b"AT%CMNG=3,5,2", 0).result(), "OK");
    }
}

#[test]
fn an_endorsement_key_is_made_once_and_shown_again() {
    let mut modem = ModemSim::builder().model(Model::Nrf9160Sica).build_device().unwrap();
    let first = Blob::parse(&answer(&mut modem, "AT%KEYGEN=7,8"));
    let second = Blob::parse(&answer(&mut modem, "AT%KEYGEN=7,8,1"));
    assert_eq!(first.body, second.body);
    assert_eq!(first.body.len(), 91);
    assert_ne!(first.cose, second.cose, "another nonce");
    assert!(second.is_signed_by(modem.identity_public_key().sec1_point()));
    let token = Token::parse(&answer(&mut modem, "AT%JWT=0,0,\"\",\"\",7,8"));
    assert!(token.is_signed_by(point_in(&first.body)));
}
