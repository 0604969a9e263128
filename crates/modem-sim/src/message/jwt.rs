//! The modem's JSON Web Token: fixed order of members, each JSON text padded with spaces to a multiple of three bytes.

use core::fmt::Write as _;

use super::base64url;
use crate::keys::{ModemKey, hex, sha256};
use crate::kit::{Model, Uuid};

/// What goes into a token. An empty `subject` or `audience` is left out.
pub(crate) struct Claims<'a> {
    pub(crate) model: Model,
    pub(crate) device: &'a Uuid,
    pub(crate) firmware: &'a Uuid,
    pub(crate) random: [u8; 16],
    /// `iat` and `exp`, in seconds since 1970.
    pub(crate) times: Option<(u64, u64)>,
    pub(crate) subject: &'a str,
    pub(crate) audience: &'a str,
}

/// A signed token (RFC 7515, section 7.1).
pub(crate) fn sign(claims: &Claims<'_>, key: &ModemKey) -> String {
    let header = format!(r#"{{"typ":"JWT","alg":"ES256","kid":"{}"}}"#, hex(&sha256(&[&key.spki_der()])));
    sign_json(header, claims.to_json(), key)
}

/// The registration token of an nRF93M1, for the team `tenant`.
pub(crate) fn sign_registration(device: &Uuid, tenant: &str, key: &ModemKey) -> String {
    let payload = format!(r#"{{"sub":"{device}","id":"{}"}}"#, escaped(tenant));
    sign_json(r#"{"typ":"JWT","alg":"ES256"}"#.to_owned(), payload, key)
}

fn sign_json(header: String, payload: String, key: &ModemKey) -> String {
    let mut token = format!("{}.{}", base64url(&padded(header)), base64url(&padded(payload)));
    let signature = key.sign_fixed(token.as_bytes());
    token.push('.');
    token.push_str(&base64url(&signature));
    token
}

impl Claims<'_> {
    fn to_json(&self) -> String {
        let chip = self.model.chip();
        let mut json = format!(
            r#"{{"iss":"{chip}.{}","jti":"{chip}.{}.{}""#,
            self.device,
            self.firmware,
            hex(&self.random)
        );
        if let Some((issued, expires)) = self.times {
            push(&mut json, format_args!(r#","iat":{issued},"exp":{expires}"#));
        }
        for (name, value) in [("sub", self.subject), ("aud", self.audience)] {
            if !value.is_empty() {
                push(&mut json, format_args!(r#","{name}":"{}""#, escaped(value)));
            }
        }
        json.push('}');
        json
    }
}

/// Base64 of a multiple of three bytes needs no padding of its own.
fn padded(mut json: String) -> Vec<u8> {
    while !json.len().is_multiple_of(3) {
        json.push(' ');
    }
    json.into_bytes()
}

/// The characters that may not stand bare in a JSON string (RFC 8259, section 7). A quote cannot come this far.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\0'..='\x1f' => push(&mut out, format_args!("\\u{:04x}", u32::from(character))),
            other => out.push(other),
        }
    }
    out
}

fn push(out: &mut String, text: core::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing into a String cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths and order of the two tokens in the facts: 186 bytes without times, 204 with times and a subject.
    #[test]
    fn payloads_have_the_size_of_real_ones() {
        let device = "504e5353-3831-45c8-800a-2719d8ba39f5".parse().unwrap();
        let firmware = "f6e3bd7b-7df3-4b88-b43a-a7a9766a04ad".parse().unwrap();
        let mut claims = Claims {
            model: Model::Nrf9160Sica,
            device: &device,
            firmware: &firmware,
            random: *b"\x2f\x73\x53\xe0\xa7\xd3\x33\x5a\x47\xcf\xb1\xad\x7e\x3e\x9a\xcb",
            times: Some((1_676_930_358, 1_676_930_658)),
            subject: "nrf-352656106108148",
            audience: "",
        };
        assert_eq!(
            String::from_utf8(padded(claims.to_json())).unwrap(),
            concat!(
                r#"{"iss":"nRF9160.504e5353-3831-45c8-800a-2719d8ba39f5","#,
                r#""jti":"nRF9160.f6e3bd7b-7df3-4b88-b43a-a7a9766a04ad.2f7353e0a7d3335a47cfb1ad7e3e9acb","#,
                r#""iat":1676930358,"exp":1676930658,"sub":"nrf-352656106108148"}  "#
            )
        );
        claims.times = None;
        claims.subject = "504e5353-3831-45c8-800a-2719d8ba39f5";
        assert_eq!(padded(claims.to_json()).len(), 186);
    }

    #[test]
    fn awkward_text_stays_json() {
        assert_eq!(escaped("a\\b\u{1}\n"), "a\\\\b\\u0001\\u000a");
    }
}
