//! Reading tokens: what a text must be before anybody asks whom to trust.

use p256::ecdsa::Signature;
use signature::Verifier;

use crate::base64url;
use crate::error::{Base64Defect, ParseError, Part, VerifyError};
use crate::header::{HeaderStr, MAX_HEADER_LEN, PLAIN_HEADER, ReceivedHeader};
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
    /// Length of the header's base64url, and of `<header>.<payload>`; [`MAX_TOKEN_LEN`] bounds them.
    header_len: u16,
    signing_input_len: u16,
    header: ReceivedHeader,
    signature: Signature,
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
        let (header, payload, signature) = three_parts(token).ok_or_else(|| wrong_parts(token))?;
        let signing_input_len = header.len() + 1 + payload.len();
        let (Ok(header_len), Ok(input_len)) = (u16::try_from(header.len()), u16::try_from(signing_input_len))
        else {
            return Err(ParseError::TooLong { len: token.len() });
        };
        let header = if header == PLAIN_HEADER { ReceivedHeader::PLAIN } else { parse_header(header)? };
        let signature = match parse_signature(signature, signing_input_len + 1) {
            Ok(signature) => signature,
            Err(_) if signature.contains('.') => return Err(wrong_parts(token)),
            Err(error) => return Err(error),
        };
        Ok(Self { text: token, header_len, signing_input_len: input_len, header, signature })
    }

    /// `typ` of the header.
    #[must_use]
    pub fn typ(&self) -> Option<HeaderStr<'a>> {
        self.header.typ(self.header_base64())
    }

    /// `kid` of the header.
    #[must_use]
    pub fn kid(&self) -> Option<HeaderStr<'a>> {
        self.header.kid(self.header_base64())
    }

    /// The header's JSON, decoded into `buf`. `None` if that is shorter; [`MAX_HEADER_LEN`] always suffices.
    #[must_use]
    pub fn header_json<'b>(&self, buf: &'b mut [u8]) -> Option<&'b str> {
        let base64 = self.header_base64();
        let json = buf.get_mut(..base64url::decoded_len(base64.len()))?;
        decode(Part::Header, base64, 0, json).ok()?;
        core::str::from_utf8(json).ok()
    }

    /// The text whose signature the token carries.
    #[must_use]
    pub fn signing_input(&self) -> &'a str {
        &self.text[..usize::from(self.signing_input_len)]
    }

    fn header_base64(&self) -> &'a str {
        &self.text[..usize::from(self.header_len)]
    }

    fn payload_base64(&self) -> &'a str {
        &self.text[usize::from(self.header_len) + 1..usize::from(self.signing_input_len)]
    }

    /// The signature, `r` and `s` in range.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// How many bytes the buffer for [`verify`](Self::verify) needs.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        base64url::decoded_len(self.payload_base64().len())
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
        let mut claims = ClaimsView::EMPTY;
        match self.read_claims(buf, &mut claims) {
            Ok(()) => Ok(VerifiedToken { claims }),
            Err(error) => Err(VerifyError::Payload(error)),
        }
    }

    /// Reads the claims although nobody knows who made them: to look up the key, or to show them to a person.
    ///
    /// # Errors
    /// [`ParseError`] if the payload is no claims set or longer than `buf`.
    pub fn claims_unverified<'b>(&self, buf: &'b mut [u8]) -> Result<ClaimsView<'b>, ParseError> {
        let mut claims = ClaimsView::EMPTY;
        self.read_claims(buf, &mut claims)?;
        Ok(claims)
    }

    fn read_claims<'b>(&self, buf: &'b mut [u8], claims: &mut ClaimsView<'b>) -> Result<(), ParseError> {
        let needed = self.payload_len();
        let available = buf.len();
        let buf = buf.get_mut(..needed).ok_or(ParseError::BufferTooSmall { needed, available })?;
        decode(Part::Payload, self.payload_base64(), usize::from(self.header_len) + 1, buf)?;
        claims.read(buf)
    }
}

impl core::fmt::Debug for UntrustedToken<'_> {
    /// Without the signature: a token in a log is as good as the device.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("UntrustedToken")
            .field("typ", &self.typ())
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

/// A token whose signature the given key has made. Whether it is valid here and now [`validate`](Self::validate) says.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    // Nearly every token begins so.
    let header_len = match token.strip_prefix(PLAIN_HEADER) {
        Some(rest) if rest.starts_with('.') => PLAIN_HEADER.len(),
        _ => token.find('.')?,
    };
    let (header, rest) = (&token[..header_len], &token[header_len + 1..]);
    // A signature has one length, so the second dot need not be searched for.
    let (payload, signature) = match rest.split_at_checked(rest.len().wrapping_sub(SIGNATURE_CHARS + 1)) {
        Some((payload, tail)) if tail.starts_with('.') => (payload, &tail[1..]),
        _ => rest.split_once('.')?,
    };
    // A dot in the signature is one of the things that its decoder refuses.
    (!payload.as_bytes().contains(&b'.')).then_some((header, payload, signature))
}

#[cold]
fn wrong_parts(token: &str) -> ParseError {
    ParseError::Parts { found: token.split('.').count() }
}

/// In its own frame: the room for a header is not to lie under the key's arithmetic.
#[inline(never)]
fn parse_header(base64: &str) -> Result<ReceivedHeader, ParseError> {
    let mut json = [0; MAX_HEADER_LEN];
    let len = base64url::decoded_len(base64.len());
    let json = json.get_mut(..len).ok_or(ParseError::HeaderTooLong { len })?;
    decode(Part::Header, base64, 0, json)?;
    ReceivedHeader::read(json)
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
    if base64url::decode(text.as_bytes(), buf) { Ok(()) } else { Err(base64_defect(part, text, offset)) }
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
