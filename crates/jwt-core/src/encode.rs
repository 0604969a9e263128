//! Making tokens: JSON, base64url and signature in one pass, into the caller's buffer.

use base64::engine::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::Signature;
use signature::Signer;

use crate::claims::{JsonSink, Payload};
use crate::error::SignError;
use crate::header::{Header, PLAIN_HEADER};
use crate::json::write::{Counter, ObjectWriter, Sink};
use crate::{MAX_TOKEN_LEN, SIGNATURE_CHARS, ascii};

/// The exact length in bytes of the token that [`sign`] makes of `header` and `payload`.
///
/// # Errors
/// As [`sign`], save for the key and the buffer.
pub fn encoded_len<P: Payload + ?Sized>(header: &Header<'_>, payload: &P) -> Result<usize, SignError> {
    let (header_len, payload_len) = json_lens(header, payload)?;
    let len = base64_len(header_len) + 1 + base64_len(payload_len) + 1 + SIGNATURE_CHARS;
    if len > MAX_TOKEN_LEN { Err(SignError::TooLong { len }) } else { Ok(len) }
}

/// Signs a token (RFC 7515 section 7.1, compact serialisation) into `buf` and returns it as text.
///
/// The members of the payload stand in the caller's order. With a key that signs deterministically (RFC 6979, as p256's does) the same
/// input gives the same token.
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
        Ok(len) if len + 1 + SIGNATURE_CHARS > MAX_TOKEN_LEN => {
            Err(SignError::TooLong { len: len + 1 + SIGNATURE_CHARS })
        }
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
        if URL_SAFE_NO_PAD.encode_slice(signature.to_bytes(), room).is_err() {
            unreachable!("64 octets are 86 characters");
        }
        ascii(&self.buf[..end])
    }
}

impl core::fmt::Debug for UnsignedToken<'_> {
    /// Without the buffer, which may hold an earlier token.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("UnsignedToken").field("len", &self.len).finish_non_exhaustive()
    }
}

/// Length of `len` octets in base64url without padding.
const fn base64_len(len: usize) -> usize {
    (len * 4).div_ceil(3)
}

fn json_lens<P: Payload + ?Sized>(header: &Header<'_>, payload: &P) -> Result<(usize, usize), SignError> {
    let mut header_len = Counter(0);
    write_header(header, &mut JsonSink(&mut header_len))?;
    let mut payload_len = Counter(0);
    payload.write(&mut JsonSink(&mut payload_len))?;
    Ok((header_len.0, payload_len.0))
}

fn write<P: Payload + ?Sized>(header: &Header<'_>, payload: &P, buf: &mut [u8]) -> Result<usize, SignError> {
    let available = buf.len();
    let too_small = SignError::BufferTooSmall { needed: 0, available };
    // Room for the last dot and the signature is taken off first, so that a token that was begun can be ended.
    let room = available.checked_sub(1 + SIGNATURE_CHARS).ok_or(too_small)?;
    let mut sink = Base64Sink { out: &mut buf[..room], len: 0, staged: [0; STAGE], staged_len: 0 };
    if *header == Header::new() {
        sink.put_plain(PLAIN_HEADER.as_bytes())?;
    } else {
        write_header(header, &mut JsonSink(&mut sink))?;
        sink.flush()?;
    }
    sink.put_plain(b".")?;
    payload.write(&mut JsonSink(&mut sink))?;
    sink.flush()?;
    Ok(sink.len)
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
    object.end()
}

/// A multiple of three, so that a full stage becomes whole base64 groups.
const STAGE: usize = 48;

/// Encodes what is put into it.
struct Base64Sink<'b> {
    out: &'b mut [u8],
    len: usize,
    staged: [u8; STAGE],
    staged_len: usize,
}

impl Base64Sink<'_> {
    /// Writes bytes that need no encoding.
    fn put_plain(&mut self, bytes: &[u8]) -> Result<(), SignError> {
        self.room(bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }

    /// Encodes what is staged. Ends a part: a stage that is not full leaves an incomplete group behind.
    fn flush(&mut self) -> Result<(), SignError> {
        let staged = self.staged;
        let staged = &staged[..self.staged_len];
        let out = self.room(base64_len(staged.len()))?;
        if URL_SAFE_NO_PAD.encode_slice(staged, out).is_err() {
            unreachable!("the room has just the right length");
        }
        self.staged_len = 0;
        Ok(())
    }

    fn room(&mut self, len: usize) -> Result<&mut [u8], SignError> {
        let start = self.len;
        let room = self.out.get_mut(start..start + len);
        let room = room.ok_or(SignError::BufferTooSmall { needed: 0, available: 0 })?;
        self.len += len;
        Ok(room)
    }
}

impl Sink for Base64Sink<'_> {
    fn put(&mut self, mut bytes: &[u8]) -> Result<(), SignError> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(STAGE - self.staged_len));
            self.staged[self.staged_len..self.staged_len + now.len()].copy_from_slice(now);
            self.staged_len += now.len();
            bytes = later;
            if self.staged_len == STAGE {
                self.flush()?;
            }
        }
        Ok(())
    }
}
