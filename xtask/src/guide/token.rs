//! The guide's own reading of JSON Web Tokens.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use serde_json::Value;

use super::failure::Failure;

/// A token taken apart, not verified.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    /// What the signature is over.
    pub(crate) signed: &'a str,
    /// The texts of the two JSON objects, trailing spaces of a modem included.
    pub(crate) header: String,
    pub(crate) payload: String,
    signature: Signature,
}

impl<'a> Token<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self, Failure> {
        let unreadable = |why: String| Failure::unreadable("the token", why);
        let (signed, signature) = text.rsplit_once('.').ok_or_else(|| unreadable("no full stop".into()))?;
        let (header, payload) =
            signed.split_once('.').ok_or_else(|| unreadable("only one full stop".into()))?;
        let signature = decoded(signature)?;
        Ok(Self {
            signed,
            header: text_of(header)?,
            payload: text_of(payload)?,
            signature: Signature::from_slice(&signature)
                .map_err(|_| unreadable(format!("a signature of {} bytes", signature.len())))?,
        })
    }

    pub(crate) fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        key.verify(self.signed.as_bytes(), &self.signature).is_ok()
    }

    /// The signature as OpenSSL wants it: a DER sequence of r and s instead of their bytes side by side.
    pub(crate) fn signature_der(&self) -> Vec<u8> {
        self.signature.to_der().as_bytes().to_vec()
    }

    /// A claim that is a text.
    pub(crate) fn claim(&self, name: &str) -> Result<Option<String>, Failure> {
        member(&self.payload, name)
    }

    /// A member of the header that is a text.
    pub(crate) fn header_member(&self, name: &str) -> Result<Option<String>, Failure> {
        member(&self.header, name)
    }
}

/// The token with one bit of its signature turned.
pub(crate) fn with_one_bit_turned(token: &str) -> Result<String, Failure> {
    let (signed, signature) =
        token.rsplit_once('.').ok_or_else(|| Failure::unreadable("the token", "no full stop"))?;
    let mut signature = decoded(signature)?;
    if let Some(last) = signature.last_mut() {
        *last ^= 1;
    }
    Ok(format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature)))
}

pub(crate) fn decoded(text: &str) -> Result<Vec<u8>, Failure> {
    Base64UrlUnpadded::decode_vec(text).map_err(|error| Failure::unreadable("base64url", error))
}

fn text_of(part: &str) -> Result<String, Failure> {
    String::from_utf8(decoded(part)?).map_err(|error| Failure::unreadable("a part of the token", error))
}

fn member(json: &str, name: &str) -> Result<Option<String>, Failure> {
    let object: Value =
        serde_json::from_str(json).map_err(|error| Failure::unreadable("a part of the token", error))?;
    Ok(object[name].as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::{fixture, reading};

    fn guides_token() -> String {
        fixture("token.txt").trim_end().to_owned()
    }

    fn guides_key() -> VerifyingKey {
        let csv = fixture("onboard.csv");
        let certificate = reading::certificate(csv.split('"').nth(1).unwrap().as_bytes()).unwrap();
        reading::key_of(&certificate).unwrap()
    }

    #[test]
    fn the_guides_token_verifies_and_is_what_the_guide_says() {
        let text = guides_token();
        let token = Token::read(&text).unwrap();
        assert!(token.is_signed_by(&guides_key()));
        assert_eq!(token.header, r#"{"alg":"ES256","typ":"JWT"}"#);
        assert_eq!(token.payload, r#"{"sub":"f69c0e45-7f04-4949-8def-bb2215b4223e"}"#);
        assert_eq!(token.claim("sub").unwrap().unwrap(), "f69c0e45-7f04-4949-8def-bb2215b4223e");
        assert_eq!(token.claim("iss").unwrap(), None);
    }

    #[test]
    fn one_bit_makes_it_another_token() {
        let text = with_one_bit_turned(&guides_token()).unwrap();
        assert!(!Token::read(&text).unwrap().is_signed_by(&guides_key()));
    }

    #[test]
    fn a_signature_in_der_is_refused() {
        let text = guides_token();
        let der = Base64UrlUnpadded::encode_string(&Token::read(&text).unwrap().signature_der());
        let signed = text.rsplit_once('.').unwrap().0;
        let failure = Token::read(&format!("{signed}.{der}")).map(|_| ()).unwrap_err().to_string();
        assert!(failure.starts_with("the token cannot be read: a signature of 7"), "{failure}");
    }
}
