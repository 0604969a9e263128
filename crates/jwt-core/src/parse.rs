//! Reading tokens: what a text must be before anybody asks whom to trust.

use base64::engine::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::Signature;
use signature::Verifier;

use crate::error::{Base64Defect, ParseError, Part, VerifyError};
use crate::header::{PLAIN_HEADER, ReceivedHeader};
use crate::json::JsonStr;
use crate::validate::{Rules, Violations};
use crate::view::ClaimsView;
use crate::{MAX_TOKEN_LEN, SIGNATURE_CHARS};

/// A token that has the right form. Nobody has said yet that it is genuine.
///
/// It borrows the text and allocates nothing. The claims can be read only after [`verify`](Self::verify), or by a method whose name
/// says that they are unverified.
#[derive(Clone)]
pub struct UntrustedToken<'a> {
    text: &'a str,
    /// Length of `<header>.<payload>`.
    signing_input_len: usize,
    payload: &'a str,
    signature: Signature,
    header: ReceivedHeader,
}

impl<'a> UntrustedToken<'a> {
    /// Reads a token in compact serialisation (RFC 7515 section 7.1).
    ///
    /// Header and signature are checked in full. The payload is decoded by [`verify`](Self::verify), once its signature is known to be
    /// right, so that nobody without a key reaches the reader of claims.
    ///
    /// # Errors
    /// [`ParseError`] for everything that RFC 7515, RFC 7519 and RFC 8725 say to refuse. Text around the token, `Bearer ` or line
    /// breaks say, is refused too: see [`lenient::clean`](crate::lenient::clean).
    pub fn parse(token: &'a str) -> Result<Self, ParseError> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(ParseError::TooLong { len: token.len() });
        }
        let (header, payload, signature) =
            three_parts(token).ok_or_else(|| ParseError::Parts { found: token.split('.').count() })?;
        let signing_input_len = header.len() + 1 + payload.len();
        let mut received = ReceivedHeader::empty();
        parse_header(header, &mut received)?;
        let signature = parse_signature(signature, signing_input_len + 1)?;
        Ok(Self { text: token, signing_input_len, payload, signature, header: received })
    }

    /// `typ` of the header.
    #[must_use]
    pub fn typ(&self) -> Option<JsonStr<'_>> {
        self.header.typ()
    }

    /// `kid` of the header.
    #[must_use]
    pub fn kid(&self) -> Option<JsonStr<'_>> {
        self.header.kid()
    }

    /// The header's JSON.
    #[must_use]
    pub fn header_json(&self) -> &str {
        self.header.json()
    }

    /// The text whose signature the token carries.
    #[must_use]
    pub fn signing_input(&self) -> &'a str {
        &self.text[..self.signing_input_len]
    }

    /// The signature, `r` and `s` in range.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// How many bytes the buffer for [`verify`](Self::verify) needs.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        self.payload.len() * 3 / 4
    }

    /// Verifies the signature, then reads the claims into `buf`.
    ///
    /// # Errors
    /// [`VerifyError::Signature`] if another key or another text was signed, [`VerifyError::Payload`] if the signed payload is no
    /// claims set, or longer than `buf`.
    pub fn verify<'b, V>(&self, key: &V, buf: &'b mut [u8]) -> Result<VerifiedToken<'b>, VerifyError>
    where
        V: Verifier<Signature> + ?Sized,
    {
        key.verify(self.signing_input().as_bytes(), &self.signature).map_err(|_| VerifyError::Signature)?;
        self.verified_claims(buf)
    }

    /// In its own frame, so that the reader of claims does not lie under the key's arithmetic on a small stack.
    #[inline(never)]
    fn verified_claims<'b>(&self, buf: &'b mut [u8]) -> Result<VerifiedToken<'b>, VerifyError> {
        match self.claims_unverified(buf) {
            Ok(claims) => Ok(VerifiedToken { claims }),
            Err(error) => Err(VerifyError::Payload(error)),
        }
    }

    /// Reads the claims although nobody knows who made them: to look up the key, or to show them to a person.
    ///
    /// # Errors
    /// [`ParseError`] if the payload is no claims set or longer than `buf`.
    pub fn claims_unverified<'b>(&self, buf: &'b mut [u8]) -> Result<ClaimsView<'b>, ParseError> {
        let needed = self.payload_len();
        let available = buf.len();
        let buf = buf.get_mut(..needed).ok_or(ParseError::BufferTooSmall { needed, available })?;
        let offset = self.signing_input_len - self.payload.len();
        decode(Part::Payload, self.payload, offset, buf)?;
        ClaimsView::read(buf)
    }
}

impl core::fmt::Debug for UntrustedToken<'_> {
    /// Without the signature: a token in a log is as good as the device.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("UntrustedToken").field("header", &self.header_json()).finish_non_exhaustive()
    }
}

/// A token whose signature the given key has made. Whether it is valid here and now [`validate`](Self::validate) says.
#[derive(Clone, Debug)]
pub struct VerifiedToken<'b> {
    claims: ClaimsView<'b>,
}

impl<'b> VerifiedToken<'b> {
    /// The claims.
    #[must_use]
    pub fn claims(&self) -> &ClaimsView<'b> {
        &self.claims
    }

    /// Checks times and names.
    ///
    /// # Errors
    /// Every rule that is broken, not only the first.
    #[expect(clippy::result_large_err, reason = "there is no heap to box it on, and the way is cold")]
    pub fn validate<'r>(&self, rules: &Rules<'r>) -> Result<(), Violations<'r>>
    where
        'b: 'r,
    {
        rules.check(&self.claims)
    }
}

fn three_parts(token: &str) -> Option<(&str, &str, &str)> {
    let (header, rest) = token.split_once('.')?;
    // A signature has one length, so the second dot need not be searched for.
    let (payload, signature) = match rest.split_at_checked(rest.len().wrapping_sub(SIGNATURE_CHARS + 1)) {
        Some((payload, tail)) if tail.starts_with('.') => (payload, &tail[1..]),
        _ => rest.split_once('.')?,
    };
    let dots = payload.bytes().chain(signature.bytes()).any(|byte| byte == b'.');
    (!dots).then_some((header, payload, signature))
}

#[inline(never)]
fn parse_header(header: &str, received: &mut ReceivedHeader) -> Result<(), ParseError> {
    if header == PLAIN_HEADER {
        received.plain();
        return Ok(());
    }
    let len = header.len() * 3 / 4;
    let buf = received.room().get_mut(..len).ok_or(ParseError::HeaderTooLong { len })?;
    decode(Part::Header, header, 0, buf)?;
    received.check(len)
}

#[inline(never)]
fn parse_signature(signature: &str, offset: usize) -> Result<Signature, ParseError> {
    let mut octets = [0; 64];
    if signature.len() != SIGNATURE_CHARS {
        // A line break at the end of the token is worth more than a number.
        return Err(match base64_defect(Part::Signature, signature, offset) {
            ParseError::Base64 { defect: Base64Defect::NotCanonical, .. } => {
                ParseError::SignatureLength { found: signature.len() }
            }
            foreign => foreign,
        });
    }
    decode(Part::Signature, signature, offset, &mut octets)?;
    Signature::from_slice(&octets).map_err(|_| ParseError::SignatureRange)
}

/// Decodes `text`, which stands at `offset` in the token, into a buffer of just the right length.
fn decode(part: Part, text: &str, offset: usize, buf: &mut [u8]) -> Result<(), ParseError> {
    match URL_SAFE_NO_PAD.decode_slice(text, buf) {
        Ok(len) if len == buf.len() => Ok(()),
        _ => Err(base64_defect(part, text, offset)),
    }
}

/// Says what is wrong with `text`, which the decoder has refused, and where; `offset` is its place in the token.
#[cold]
fn base64_defect(part: Part, text: &str, offset: usize) -> ParseError {
    let outside = |byte: &u8| !matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let (at, defect) = match text.bytes().enumerate().find(|(_, byte)| outside(byte)) {
        Some((at, b'=')) => (at, Base64Defect::Padding),
        Some((at, b'+' | b'/')) => (at, Base64Defect::StandardAlphabet),
        Some((at, byte)) if byte.is_ascii_whitespace() => (at, Base64Defect::WhiteSpace),
        Some((at, _)) => (at, Base64Defect::Character),
        None => (text.len().saturating_sub(1), Base64Defect::NotCanonical),
    };
    ParseError::Base64 { part, defect, offset: offset + at }
}
