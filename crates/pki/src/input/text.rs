//! From the octets of a file to the things in it: which encoding, which format.

use base64ct::Base64;
use zeroize::Zeroizing;

use crate::input::lines::Lines;
use crate::input::{Beginning, Form, Input, InputError, Place, Problem, Repair, answer, document, jwk, scan};
use crate::{asn1, base64};

/// Everything that is there, whether it can be used or not.
pub(super) fn survey(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Input, InputError> {
    if bytes.is_empty() {
        return Err(InputError::Empty);
    }
    let mut input = Input::nothing_yet();
    if is_binary(bytes) {
        binary(bytes, passphrase, &mut input);
        return Ok(input);
    }
    let text = decode(bytes, &mut input.repairs)?;
    if text.trim().is_empty() {
        return Err(InputError::Blank);
    }
    if !read(&text, passphrase, &mut input) {
        return Err(InputError::Unrecognised(Beginning::of(bytes)));
    }
    Ok(input)
}

/// DER begins with a SEQUENCE or, for a curve's name, with an OBJECT IDENTIFIER; a bare point with 04.
fn is_binary(bytes: &[u8]) -> bool {
    let whole = asn1::announced_length(bytes) == Some(bytes.len());
    match bytes {
        [0x30 | 0x06, ..] => whole || (std::str::from_utf8(bytes).is_err() && !has_marks(bytes)),
        [0x04, ..] => bytes.len() == 65,
        _ => false,
    }
}

fn binary(bytes: &[u8], passphrase: Option<&[u8]>, input: &mut Input) {
    for (offset, der) in document::split(bytes) {
        let place = input.place(None, offset);
        input.add(Form::Binary, place, document::identify(der, passphrase));
    }
}

/// UTF-8 or UTF-16 to text with LF line ends.
fn decode(bytes: &[u8], repairs: &mut Vec<Repair>) -> Result<Zeroizing<String>, InputError> {
    let unrecognised = || InputError::Unrecognised(Beginning::of(bytes));
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => {
            repairs.push(Repair::Utf16);
            utf16(rest, u16::from_le_bytes).ok_or_else(unrecognised)?
        }
        [0xfe, 0xff, rest @ ..] => {
            repairs.push(Repair::Utf16);
            utf16(rest, u16::from_be_bytes).ok_or_else(unrecognised)?
        }
        _ => {
            let rest = bytes.strip_prefix(b"\xef\xbb\xbf");
            if rest.is_some() {
                repairs.push(Repair::ByteOrderMark);
            }
            let rest = rest.unwrap_or(bytes);
            match std::str::from_utf8(rest) {
                Ok(text) => Zeroizing::new(text.to_owned()),
                // Noise on a serial line, or a text before the block in another character set.
                Err(_) if has_marks(rest) => {
                    repairs.push(Repair::NotUtf8);
                    lossy(rest)
                }
                Err(_) => return Err(foreign(bytes).unwrap_or_else(unrecognised)),
            }
        }
    };
    if !text.contains('\r') {
        return Ok(text);
    }
    repairs.push(Repair::CarriageReturns);
    let mut clean = Zeroizing::new(String::with_capacity(text.len()));
    for (index, line) in text.split('\r').enumerate() {
        if index > 0 && !line.starts_with('\n') {
            clean.push('\n');
        }
        clean.push_str(line);
    }
    Ok(clean)
}

/// Whether something known begins in it, whatever is around that.
fn has_marks(bytes: &[u8]) -> bool {
    const MARKS: [&[u8]; 3] = [b"-----BEGIN ", b"%KEYGEN:", b"%ATTESTTOKEN:"];
    MARKS.iter().any(|mark| bytes.windows(mark.len()).any(|window| window == *mark))
}

/// With a replacement character for what is not UTF-8.
fn lossy(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 3));
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Zeroizing<String>> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 3 / 2));
    for character in char::decode_utf16(units) {
        text.push(character.ok()?);
    }
    Some(text)
}

/// Binary formats that are met instead of keys.
fn foreign(bytes: &[u8]) -> Option<InputError> {
    let what = match bytes {
        [b'P', b'K', 3, 4, ..] => "a ZIP archive",
        [0x1f, 0x8b, ..] => "a gzip archive",
        [0xfe, 0xed, 0xfe, 0xed, ..] => "a Java key store",
        [0x7f, b'E', b'L', b'F', ..] => "a program",
        _ => return None,
    };
    Some(InputError::at(Place { block: 1, line: None, offset: 0 }, Problem::Foreign(what)))
}

/// Adds what the text holds; `false` where that is nothing known.
fn read(text: &str, passphrase: Option<&[u8]>, input: &mut Input) -> bool {
    let lines = Lines::of(text);
    if text.contains("-----BEGIN ") || text.contains("-----END ") {
        scan::pem(text, &lines, passphrase, input);
        return true;
    }
    let trimmed = text.trim();
    let offset = text.len() - text.trim_start().len();
    let line = Some(lines.number(offset));

    if trimmed.starts_with('{') {
        match jwk::read(trimmed) {
            Ok(items) => {
                for item in items {
                    let place = input.place(line, offset);
                    input.add(Form::Jwk, place, item.map_err(Problem::Jwk));
                }
            }
            Err(error) => input.add(Form::Jwk, input.place(line, offset), Err(error.into())),
        }
        return true;
    }
    answer::named(text, 0..text.len(), &lines, input);
    if !input.is_empty() || answer::bare(trimmed, offset, &lines, input) {
        return true;
    }
    if let Some(octets) = bare_base64(trimmed) {
        input.repairs.push(Repair::NoArmour);
        for (_, der) in document::split(&octets) {
            let place = input.place(line, offset);
            input.add(Form::Base64, place, document::identify(der, passphrase));
        }
        return true;
    }
    if let Some(problem) = known_text(trimmed) {
        input.add(Form::Base64, input.place(line, offset), Err(problem));
        return true;
    }
    false
}

/// Base64 of DER or of a point, as the `nrf_cloud_cred` shell and the nRF93M1 print it.
fn bare_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    const PREFIXES: [&str; 3] = ["CSR:", "PUBKEY:", "%CLOUDACCESSKEY:"];
    let text = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    let mut characters = Zeroizing::new(String::with_capacity(text.len()));
    characters.extend(text.chars().filter(|character| !character.is_whitespace()));
    let octets = base64::decode::<Base64>(&characters).ok()?;
    match octets.as_slice() {
        [0x04, ..] if octets.len() == 65 => Some(octets),
        [0x30, ..] if asn1::announced_length(&octets).is_some() => Some(octets),
        _ => None,
    }
}

/// Texts that are met instead of keys.
fn known_text(text: &str) -> Option<Problem> {
    let mut lines = text.lines();
    let begins = |line: &str| {
        line.contains("BEGIN ") && line.chars().any(|character| "-\u{2013}\u{2014}".contains(character))
    };
    if text.starts_with('<') {
        return Some(Problem::Foreign("an HTML or XML document"));
    }
    if text.starts_with("PuTTY-User-Key-File-") {
        return Some(Problem::Foreign("a PuTTY key"));
    }
    if ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"].iter().any(|start| text.starts_with(start)) {
        return Some(Problem::Foreign("an OpenSSH public key"));
    }
    lines.any(begins).then_some(Problem::Hyphens)
}
