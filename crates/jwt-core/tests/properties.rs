//! Whatever is signed is read back; whatever is changed is refused; whatever comes, the parser returns, and says what another JSON
//! reader says.

#![cfg(any(feature = "p256", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use base64::engine::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_core::{
    Claims, Header, JsonErrorKind, JsonPayload, MAX_HEADER_LEN, ParseError, Payload, SerdePayload, SignError,
    Signature, Signer, UntrustedToken, VerifyError, lenient, nrfcloud,
};
use keys::key;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

#[path = "support/keys.rs"]
mod keys;

/// A token of these two texts, with a right signature.
fn signed(header: &[u8], payload: &[u8]) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature: Signature = key().sign(input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

/// The header's and the payload's JSON of a token that is accepted.
fn read(token: &str) -> Result<(String, String), ParseError> {
    let parsed = UntrustedToken::parse(token)?;
    let mut header = [0; MAX_HEADER_LEN];
    let header = parsed.header_json(&mut header).expect("the longest header fits");
    let mut payload = vec![0; parsed.payload_len()];
    match parsed.verify(key().verifying_key(), &mut payload) {
        Ok(verified) => Ok((header.to_owned(), verified.claims().json().to_owned())),
        Err(VerifyError::Payload(error)) => Err(error),
        Err(error) => panic!("the signature is right: {error}"),
    }
}

#[derive(Debug, serde::Serialize)]
struct Numbers {
    a: u8,
    b: i64,
    c: u64,
    d: i128,
    e: u128,
    f: i8,
    g: f64,
}

/// Members in any order, also twice.
#[derive(Clone, Debug)]
struct Members(Vec<(String, Any)>);

#[derive(Clone, Debug)]
enum Any {
    Value(Value),
    Array(Vec<Any>),
    Object(Members),
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    }
}

impl Serialize for Any {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Array(array) => array.serialize(serializer),
            Self::Object(members) => members.serialize(serializer),
        }
    }
}

fn any_value() -> impl Strategy<Value = Any> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..=jwt_core::MAX_TIME).prop_map(Value::from),
        select(vec![0.5, -1.25, 1_700_000_000.5]).prop_map(Value::from),
        // serde_json has short escapes of its own for two control characters.
        "[^\u{8}\u{c}]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_map(Any::Value).prop_recursive(9, 40, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Any::Array),
            members_of(inner, 0..3).prop_map(Any::Object),
        ]
    })
}

fn members_of(
    value: impl Strategy<Value = Any>,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = Members> {
    let name = prop_oneof![
        select(vec!["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "a", "b"]).prop_map(str::to_owned),
        "[a-e]{1,3}",
        "[^\u{8}\u{c}]{0,4}",
    ];
    proptest::collection::vec((name, value), count).prop_map(Members)
}

/// A payload of many members, or a few with values of any depth.
fn any_payload() -> impl Strategy<Value = Members> {
    let small = any::<u8>().prop_map(|number| Any::Value(number.into()));
    prop_oneof![4 => members_of(any_value(), 0..5), 1 => members_of(small, 55..70)]
}

/// What is signed is read back as it was given; what is refused for its payload, a reader refuses for the same reason.
fn signed_is_read<P: Payload>(header: &Header<'_>, payload: &P, text: &str) -> Result<(), TestCaseError> {
    let mut buf = [0; 8192];
    match jwt_core::sign(header, payload, &key(), &mut buf) {
        Ok(token) => {
            prop_assert_eq!(token.len(), jwt_core::encoded_len(header, payload).unwrap());
            let parsed = UntrustedToken::parse(token);
            prop_assert!(parsed.is_ok(), "{:?}: {}", parsed, text);
            let parsed = parsed.unwrap();
            prop_assert_eq!(parsed.kid().map(|kid| kid.to_string()), header.kid().map(str::to_owned));
            prop_assert_eq!(parsed.typ().map(|typ| typ.to_string()), header.typ().map(str::to_owned));
            let json = read(token).map(|(_, json)| json);
            prop_assert_eq!(json.as_deref(), Ok(text));
        }
        Err(SignError::Payload(error)) => {
            let refused = read(&signed(br#"{"alg":"ES256"}"#, text.as_bytes())).unwrap_err();
            prop_assert_eq!(refused, error, "{}", text);
        }
        Err(SignError::HeaderTooLong { len }) => prop_assert!(len > MAX_HEADER_LEN),
        Err(error) => prop_assert!(matches!(error, SignError::RegisteredClaim(_)), "{}: {}", error, text),
    }
    Ok(())
}

/// One change to a text.
#[derive(Clone, Debug)]
enum Edit {
    Replace(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    /// A character in a string or elsewhere is written as an escape.
    Escape(Index),
    /// Two members, or what stands between commas, change places.
    Swap(Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let octet = || prop_oneof![select(br#"{}[]":,\u0019-.eE tfn"#.to_vec()), any::<u8>()];
    prop_oneof![
        (any::<Index>(), octet()).prop_map(|(at, octet)| Edit::Replace(at, octet)),
        (any::<Index>(), octet()).prop_map(|(at, octet)| Edit::Insert(at, octet)),
        any::<Index>().prop_map(Edit::Remove),
        any::<Index>().prop_map(Edit::Escape),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Edit::Swap(one, other)),
    ]
}

impl Edit {
    fn apply(&self, text: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        match self {
            Self::Replace(at, octet) => *at.get_mut(text) = *octet,
            Self::Insert(at, octet) => text.insert(at.index(text.len()), *octet),
            Self::Remove(at) => drop(text.remove(at.index(text.len()))),
            Self::Escape(at) => {
                let at = at.index(text.len());
                let escape = format!("\\u{:04x}", text[at]).into_bytes();
                text.splice(at..=at, escape);
            }
            Self::Swap(one, other) => {
                let mut parts: Vec<&[u8]> = text.split(|octet| *octet == b',').collect();
                let (one, other) = (one.index(parts.len()), other.index(parts.len()));
                parts.swap(one, other);
                *text = parts.join(&b',');
            }
        }
    }
}

const HEADER: &str = r#"{"typ":"JWT","alg":"ES256","kid":"k-1"}"#;
const PAYLOAD: &str = r#"{"iss":"nRF9160.a-device","sub":"a-device","aud":["a","b"],"iat":1000,"exp":1600,"x":{"y":[1.5e2,true,null]}} "#;

/// Compares the reader's verdict about a header and a payload with serde_json's.
fn same_verdict(header: &[u8], payload: &[u8]) -> Result<(), TestCaseError> {
    let of = |json: &[u8]| serde_json::from_slice::<Map<String, Value>>(json);
    match read(&signed(header, payload)) {
        Ok((header_json, payload_json)) => {
            prop_assert_eq!((header_json.as_bytes(), payload_json.as_bytes()), (header, payload));
            for json in [header, payload] {
                let theirs = of(json);
                prop_assert!(theirs.as_ref().map_or_else(is_range, |_| true), "{:?}", theirs);
            }
        }
        Err(ParseError::Json { part, error }) => {
            let ours_alone = matches!(
                error.kind,
                JsonErrorKind::Duplicate | JsonErrorKind::Depth | JsonErrorKind::Members
            );
            let json = if part == jwt_core::Part::Header { header } else { payload };
            prop_assert!(ours_alone || of(json).is_err(), "{}: {}", error, String::from_utf8_lossy(json));
        }
        Err(_) => {}
    }
    Ok(())
}

/// serde_json alone keeps numbers, and refuses those that are none of its own.
fn is_range(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("number out of range")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn round_trip(
        sub in ".{0,40}", iss in proptest::option::of(".{0,20}"), auds in proptest::collection::vec(".{0,8}", 0..4),
        kid in proptest::option::of(".{0,20}"),
        iat in 0..=jwt_core::MAX_TIME, exp in 0..=jwt_core::MAX_TIME,
        custom in proptest::collection::btree_map("[a-z]{4,8}", ".{0,8}", 0..4),
    ) {
        let auds: Vec<&str> = auds.iter().map(String::as_str).collect();
        let mut claims = Claims::new().sub(&sub).iat(iat).exp(exp).aud_many(&auds);
        if let Some(iss) = &iss {
            claims = claims.iss(iss);
        }
        let claims = claims.custom(&custom);
        let mut header = Header::new();
        if let Some(kid) = &kid {
            header = header.with_kid(kid);
        }
        let mut buf = vec![0; jwt_core::encoded_len(&header, &claims).unwrap()];
        let token = jwt_core::sign(&header, &claims, &key(), &mut buf).unwrap();
        let parsed = UntrustedToken::parse(token).unwrap();
        prop_assert_eq!(parsed.kid().map(|kid| kid.to_string()), kid);
        let mut payload = vec![0; parsed.payload_len()];
        let verified = parsed.verify(key().verifying_key(), &mut payload).unwrap();
        let read = verified.claims();
        prop_assert!(read.sub().unwrap() == sub.as_str());
        prop_assert_eq!(read.iss().map(|iss| iss.to_string()), iss);
        prop_assert_eq!((read.iat(), read.exp()), (Some(iat), Some(exp)));
        let mut found = Vec::new();
        read.aud().unwrap().for_each(|aud| found.push(aud.to_string()));
        prop_assert_eq!(found, auds);
        let json: Value = serde_json::from_str(read.json()).unwrap();
        for (name, value) in &custom {
            prop_assert_eq!(json[name].as_str(), Some(value.as_str()));
        }
    }

    /// The law of `sign`: what it returns, `parse` accepts, and what is read back is what was given.
    #[test]
    fn whatever_is_signed_can_be_read(
        payload in any_payload(), more in any_payload(), kid in proptest::option::of(".{0,20}|[a-z\u{1}]{80,600}"),
        typ in proptest::option::of(".{0,20}"),
    ) {
        let header = Header::new().with_typ(typ.as_deref());
        let header = kid.as_deref().map_or(header, |kid| header.with_kid(kid));
        let text = serde_json::to_string(&payload).unwrap();
        signed_is_read(&header, &SerdePayload(&payload), &text)?;
        match JsonPayload::new(&text) {
            Ok(json) => signed_is_read(&header, &json, &text)?,
            Err(error) => {
                let refused = jwt_core::sign(&Header::new(), &SerdePayload(&payload), &key(), &mut [0; 8192]).unwrap_err();
                prop_assert_eq!(error, refused);
            }
        }
        let both = Members(payload.0.iter().chain(&more.0).cloned().collect());
        let text = serde_json::to_string(&both).unwrap();
        signed_is_read(&header, &Claims::new().custom(&payload).custom(&more), &text)?;
        let claims = Claims::new().sub("s").exp(1).custom(&payload);
        let separator = if payload.0.is_empty() { "" } else { "," };
        let text = format!("{{\"sub\":\"s\",\"exp\":1{separator}{}", &serde_json::to_string(&payload).unwrap()[1..]);
        signed_is_read(&header, &claims, &text)?;
    }

    #[test]
    fn numbers_are_written_as_serde_json_reads_them(
        a: u8, b: i64, c: u64, d: i128, e: u128, f: i8, g in proptest::num::f64::NORMAL | proptest::num::f64::ZERO,
    ) {
        let numbers = Numbers { a, b, c, d, e, f, g };
        let mut buf = [0; 1024];
        let token = jwt_core::sign(&Header::new(), &SerdePayload(&numbers), &key(), &mut buf).unwrap();
        let parsed = UntrustedToken::parse(token).unwrap();
        let mut payload = [0; 768];
        let json = parsed.claims_unverified(&mut payload).unwrap().json().to_owned();
        // serde_json's own float parser rounds; the standard library's does not.
        let found: Vec<&str> = json.trim_matches(['{', '}']).split(',').map(|member| &member[4..]).collect();
        prop_assert_eq!(
            (found[0].parse(), found[1].parse(), found[2].parse(), found[3].parse(), found[4].parse()),
            (Ok(a), Ok(b), Ok(c), Ok(d), Ok(e))
        );
        prop_assert_eq!((found[5].parse(), found[6].parse()), (Ok(f), Ok(g)));
        prop_assert!(serde_json::from_str::<Value>(&json).is_ok());
    }

    #[test]
    fn an_edited_header_is_judged_as_serde_json_judges_it(edits in proptest::collection::vec(edit(), 1..3)) {
        let mut header = HEADER.as_bytes().to_vec();
        edits.iter().for_each(|edit| edit.apply(&mut header));
        same_verdict(&header, PAYLOAD.as_bytes())?;
    }

    #[test]
    fn an_edited_payload_is_judged_as_serde_json_judges_it(edits in proptest::collection::vec(edit(), 1..3)) {
        let mut payload = PAYLOAD.as_bytes().to_vec();
        edits.iter().for_each(|edit| edit.apply(&mut payload));
        same_verdict(HEADER.as_bytes(), &payload)?;
    }

    /// Letters and digits of a JSON text stand in strings, save for those in numbers and words: as escapes they mean the same.
    #[test]
    fn escapes_in_strings_change_nothing(escaped in proptest::collection::vec(any::<bool>(), 1..30)) {
        let spell = |text: &str| {
            let mut escaped = escaped.iter().cycle();
            let mut in_string = false;
            let spell = |c: char| {
                in_string ^= c == '"';
                if in_string && c != '"' && *escaped.next().unwrap() { format!("\\u{:04x}", c as u32) } else { c.into() }
            };
            text.chars().map(spell).collect::<String>()
        };
        let token = signed(spell(HEADER).as_bytes(), spell(PAYLOAD).as_bytes());
        let parsed = UntrustedToken::parse(&token).unwrap();
        prop_assert!(parsed.kid().unwrap() == "k-1" && parsed.typ().unwrap() == "JWT");
        let mut payload = vec![0; parsed.payload_len()];
        let verified = parsed.verify(key().verifying_key(), &mut payload).unwrap();
        for rules in [nrfcloud::device_by_sub(1100, "a-device"), nrfcloud::device_by_iss(1100, "a-device")] {
            prop_assert_eq!(verified.validate(&rules.aud("b")), Ok(()));
        }
    }

    /// There is one text for each token: whatever else is accepted says something else.
    #[test]
    fn an_edited_token_is_refused_or_says_what_stands_there(edits in proptest::collection::vec(edit(), 1..3)) {
        let token = signed(HEADER.as_bytes(), PAYLOAD.as_bytes());
        let mut edited = token.clone().into_bytes();
        edits.iter().for_each(|edit| edit.apply(&mut edited));
        if let Ok(edited) = String::from_utf8(edited)
            && let Ok(parsed) = UntrustedToken::parse(&edited)
        {
            let mut header = [0; MAX_HEADER_LEN];
            let header = parsed.header_json(&mut header).unwrap();
            let mut payload = vec![0; parsed.payload_len()];
            if let Ok(claims) = parsed.claims_unverified(&mut payload) {
                let again = format!(
                    "{}.{}.{}",
                    URL_SAFE_NO_PAD.encode(header),
                    URL_SAFE_NO_PAD.encode(claims.json()),
                    URL_SAFE_NO_PAD.encode(parsed.signature().to_bytes())
                );
                prop_assert_eq!(&again, &edited);
            }
            let verified = parsed.verify(key().verifying_key(), &mut payload).is_ok();
            prop_assert_eq!(verified, edited == token);
        }
    }

    #[test]
    fn mutations_never_verify(at in 0_usize..160, letter in "[A-Za-z0-9_-]") {
        let mut buf = [0; 512];
        let claims = Claims::new().sub("a-device").iat(1);
        let token = jwt_core::sign(&Header::new(), &claims, &key(), &mut buf).unwrap();
        let mut changed = token.to_owned();
        let at = at % token.len();
        changed.replace_range(at..=at, &letter);
        if changed != token {
            let mut payload = [0; 256];
            let verified =
                UntrustedToken::parse(&changed).is_ok_and(|parsed| parsed.verify(key().verifying_key(), &mut payload).is_ok());
            prop_assert!(!verified);
        }
    }

    #[test]
    fn lenience_finds_the_token_in_its_wrapping(
        before in "[ \t\r\n\"']{0,4}", after in "[ \t\r\n\"']{0,4}", scheme in "|[Bb]earer[ \t\r\n]{1,3}\"?", cut in 0_usize..100,
    ) {
        let token = signed(br#"{"alg":"ES256"}"#, br#"{"sub":">>>???"}"#);
        let broken = format!("{}\r\n  {}", &token[..cut], &token[cut..]);
        let wrapped = format!("{before}{scheme}{}{after}", broken.replace('-', "+").replace('_', "/"));
        let mut clean = vec![0; wrapped.len()];
        prop_assert_eq!(lenient::clean(&wrapped, &mut clean), Some(token.as_str()));
    }
}

#[test]
fn only_a_scheme_of_its_own_is_taken_off() {
    let clean = |text: &str| lenient::clean(text, &mut vec![0; text.len()]).map(str::to_owned).unwrap();
    assert_eq!(clean("Bearer\tX"), "X");
    assert_eq!(clean("bearer  \n X"), "X");
    assert_eq!(clean("BearerX"), "BearerX");
    assert_eq!(clean("Bearer"), "Bearer");
    assert_eq!(lenient::clean("Bearer XY", &mut [0; 1]), None);
}
