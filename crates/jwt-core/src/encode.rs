//! Making tokens: JSON, base64url and signature in one pass, into the caller's buffer.

use p256::ecdsa::Signature;
use signature::Signer;

use crate::base64url::{encode_in_place, encoded_len as base64_len};
use crate::claims::{JsonSink, Payload};
use crate::error::SignError;
use crate::header::{Header, MAX_HEADER_LEN, PLAIN_HEADER};
use crate::json::write::{Counter, ObjectWriter, Sink};
use crate::view::ClaimsView;
use crate::{MAX_TOKEN_LEN, SIGNATURE_CHARS, SIGNATURE_LEN, ascii};

/// The exact length in bytes of the token that [`sign`] makes of `header` and `payload`.
///
/// # Errors
/// As [`sign`], save for the key, the buffer, and what only a look at the finished parts shows ([`SignError::Header`], [`SignError::Payload`]).
pub fn encoded_len<P: Payload + ?Sized>(header: &Header<'_>, payload: &P) -> Result<usize, SignError> {
    let mut header_len = Counter(0);
    write_header(header, &mut JsonSink(&mut header_len))?;
    check_header_len(header_len.0)?;
    let mut payload_len = Counter(0);
    payload.write(&mut JsonSink(&mut payload_len))?;
    check_token_len(base64_len(header_len.0) + 1 + base64_len(payload_len.0))
}

/// Signs a token (RFC 7515 section 7.1, compact serialisation) into `buf` and returns it as text.
///
/// The members of the payload stand in the caller's order. With a key that signs deterministically (RFC 6979, as p256's does) the same
/// input gives the same token.
///
/// Whatever is signed can be read: [`UntrustedToken::parse`](crate::UntrustedToken::parse) accepts every token that this function
/// returns, and the header and the claims read back are those given here. So what a reader of this crate refuses is refused here: a
/// header or a token that is too long, a member that stands twice, too many of them, nesting that is too deep, a registered claim of
/// another type, a time that is no whole number of seconds.
///
/// # Errors
/// [`SignError`]; `buf` then holds nothing of use.
pub fn sign<'b, K, P>(
    header: &Header<'_>,
    payload: &P,
    key: &K,
    buf: &'b mut [u8],
) -> Result<&'b str, SignError>
where
    K: Signer<Signature> + ?Sized,
    P: Payload + ?Sized,
{
    let unsigned = prepare(header, payload, buf)?;
    let signature = key.try_sign(unsigned.signing_input().as_bytes()).map_err(|_| SignError::Key)?;
    Ok(unsigned.finish(&signature))
}

/// [`sign`] into a new `String`.
///
/// # Errors
/// As [`sign`], save for the buffer.
#[cfg(feature = "alloc")]
pub fn sign_to_string<K, P>(
    header: &Header<'_>,
    payload: &P,
    key: &K,
) -> Result<alloc::string::String, SignError>
where
    K: Signer<Signature> + ?Sized,
    P: Payload + ?Sized,
{
    let mut buf = alloc::vec![0; encoded_len(header, payload)?];
    Ok(alloc::string::String::from(sign(header, payload, key, &mut buf)?))
}

/// The first of two steps, for a key that signs elsewhere or later (an HSM, a KMS, a secure element, a modem): writes all but the
/// signature into `buf`.
///
/// # Errors
/// As [`sign`], save for the key.
pub fn prepare<'b, P>(
    header: &Header<'_>,
    payload: &P,
    buf: &'b mut [u8],
) -> Result<UnsignedToken<'b>, SignError>
where
    P: Payload + ?Sized,
{
    match write(header, payload, buf) {
        // Writing stops where the buffer ends; what it would have taken is worth a second pass.
        Err(SignError::BufferTooSmall { .. }) => {
            Err(SignError::BufferTooSmall { needed: encoded_len(header, payload)?, available: buf.len() })
        }
        Err(error) => Err(error),
        Ok(len) => Ok(UnsignedToken { buf, len }),
    }
}

/// A token that lacks its signature.
pub struct UnsignedToken<'b> {
    /// Long enough for the whole token: [`prepare`] has seen to it.
    buf: &'b mut [u8],
    /// Length of the signing input at the start of `buf`.
    len: usize,
}

impl<'b> UnsignedToken<'b> {
    /// What has to be signed: ECDSA with P-256 over SHA-256 of these ASCII bytes (RFC 7515 section 5.1 step 5).
    #[must_use]
    pub fn signing_input(&self) -> &str {
        ascii(&self.buf[..self.len])
    }

    /// Adds the signature. Whether it is right only a verification tells.
    #[must_use]
    pub fn finish(self, signature: &Signature) -> &'b str {
        let end = self.len + 1 + SIGNATURE_CHARS;
        self.buf[self.len] = b'.';
        let room = &mut self.buf[self.len + 1..end];
        room[..SIGNATURE_LEN].copy_from_slice(&signature.to_bytes());
        encode_in_place(room, SIGNATURE_LEN);
        ascii(&self.buf[..end])
    }
}

impl core::fmt::Debug for UnsignedToken<'_> {
    /// Without the buffer, which may hold an earlier token.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("UnsignedToken").field("len", &self.len).finish_non_exhaustive()
    }
}

fn check_header_len(len: usize) -> Result<(), SignError> {
    if len > MAX_HEADER_LEN { Err(SignError::HeaderTooLong { len }) } else { Ok(()) }
}

/// The length of the token with this signing input.
fn check_token_len(input_len: usize) -> Result<usize, SignError> {
    let len = input_len + 1 + SIGNATURE_CHARS;
    if len > MAX_TOKEN_LEN { Err(SignError::TooLong { len }) } else { Ok(len) }
}

/// Writes the signing input, and returns its length.
fn write<P: Payload + ?Sized>(header: &Header<'_>, payload: &P, buf: &mut [u8]) -> Result<usize, SignError> {
    // Room for the last dot and the signature is taken off first, so that a token that was begun can be ended.
    let room = buf.len().checked_sub(1 + SIGNATURE_CHARS).ok_or(FULL)?;
    let mut out = Room { buf: &mut buf[..room], len: 0 };
    if *header == Header::new() {
        out.put(PLAIN_HEADER.as_bytes())?;
    } else {
        write_header(header, &mut JsonSink(&mut out))?;
        check_header_len(out.len)?;
        #[cfg(feature = "alloc")]
        if !header.extra().is_empty() {
            crate::header::ReceivedHeader::read(&out.buf[..out.len]).map_err(SignError::Header)?;
        }
        out.encode_from(0)?;
    }
    out.put(b".")?;
    let start = out.len;
    payload.write(&mut JsonSink(&mut out))?;
    check_token_len(start + base64_len(out.len - start))?;
    if payload.needs_reading() {
        ClaimsView::check(&out.buf[start..out.len]).map_err(SignError::Payload)?;
    }
    out.encode_from(start)?;
    Ok(out.len)
}

fn write_header(header: &Header<'_>, sink: &mut JsonSink<'_>) -> Result<(), SignError> {
    let mut object = ObjectWriter::begin(sink)?;
    object.member("alg", "ES256")?;
    if let Some(typ) = header.typ() {
        object.member("typ", typ)?;
    }
    if let Some(kid) = header.kid() {
        object.member("kid", kid)?;
    }
    #[cfg(feature = "alloc")]
    for (name, value) in header.extra() {
        object.member(name, *value)?;
    }
    object.end()
}

/// A buffer that is filled from its start: with JSON, which is then encoded where it stands.
struct Room<'b> {
    buf: &'b mut [u8],
    len: usize,
}

/// [`prepare`] says how much is needed.
const FULL: SignError = SignError::BufferTooSmall { needed: 0, available: 0 };

impl Sink for Room<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), SignError> {
        let room = self.buf.get_mut(self.len..self.len + bytes.len()).ok_or(FULL)?;
        room.copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(())
    }
}

impl Room<'_> {
    /// Encodes all from `start` on.
    fn encode_from(&mut self, start: usize) -> Result<(), SignError> {
        let plain_len = self.len - start;
        self.len = start + base64_len(plain_len);
        encode_in_place(self.buf.get_mut(start..self.len).ok_or(FULL)?, plain_len);
        Ok(())
    }
}
