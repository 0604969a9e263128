//! From the octets of a file to the things in it: which encoding, which format.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::asn1;
use crate::attest::AttestationToken;
use crate::cose::Halves;
use crate::input::{
    Beginning, Entry, Form, Input, InputError, Item, Place, Problem, Repair, document, jwk, scan,
};
use crate::key::PublicKey;
use crate::keygen::KeygenMessage;

pub(super) fn load(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Input, InputError> {
    if bytes.is_empty() {
        return Err(InputError::Empty);
    }
    if is_binary(bytes) {
        return binary(bytes, passphrase);
    }
    let mut repairs = Vec::new();
    let text = decode(bytes, &mut repairs)?;
    if text.trim().is_empty() {
        return Err(InputError::Blank);
    }
    let entries = read(&text, bytes, passphrase, &mut repairs)?;
    Ok(Input { entries, repairs })
}

/// DER begins with a SEQUENCE or, for a curve's name, with an OBJECT IDENTIFIER; a bare point with 04.
fn is_binary(bytes: &[u8]) -> bool {
    let whole = asn1::announced_length(bytes) == Some(bytes.len());
    match bytes {
        [0x30 | 0x06, ..] => whole || std::str::from_utf8(bytes).is_err(),
        [0x04, ..] => bytes.len() == 65,
        _ => false,
    }
}

fn binary(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Input, InputError> {
    let place = Place { block: 1, line: None, offset: 0 };
    let item = document::identify(bytes, passphrase).map_err(|problem| InputError::at(place, problem))?;
    Ok(Input { entries: vec![Entry { item, form: Form::Binary, place }], repairs: Vec::new() })
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
            let text = std::str::from_utf8(rest.unwrap_or(bytes))
                .map_err(|_| foreign(bytes).unwrap_or_else(unrecognised))?;
            Zeroizing::new(text.to_owned())
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

fn read(
    text: &str,
    bytes: &[u8],
    passphrase: Option<&[u8]>,
    repairs: &mut Vec<Repair>,
) -> Result<Vec<Entry>, InputError> {
    if text.contains("-----BEGIN ") || text.contains("-----END ") {
        return scan::pem(text, passphrase, repairs);
    }
    let offset = text.len() - text.trim_start().len();
    let line = 1 + text[..offset].matches('\n').count();
    let place = Place { block: 1, line: Some(line), offset };
    let at = |problem: Problem| InputError::at(place, problem);
    let trimmed = text.trim();

    if trimmed.starts_with('{') {
        let items = jwk::read(trimmed).map_err(|error| at(error.into()))?;
        let entry =
            |(index, item)| Entry { item, form: Form::Jwk, place: Place { block: index + 1, ..place } };
        return Ok(items.into_iter().enumerate().map(entry).collect());
    }
    if let Some(item) = modem_message(trimmed).map_err(at)? {
        return Ok(vec![Entry { item, form: Form::ModemMessage, place }]);
    }
    if let Some(item) = bare_base64(trimmed, passphrase).map_err(at)? {
        repairs.push(Repair::NoArmour);
        return Ok(vec![Entry { item, form: Form::Base64, place }]);
    }
    Err(known_text(trimmed).map_or_else(|| InputError::Unrecognised(Beginning::of(bytes)), at))
}

/// An answer to `AT%KEYGEN` or `AT%ATTESTTOKEN`, whole or only what stood in its quotes.
fn modem_message(text: &str) -> Result<Option<Item>, Problem> {
    if text.contains("%KEYGEN:") {
        return Ok(Some(Item::Keygen(KeygenMessage::decode(text)?)));
    }
    if text.contains("%ATTESTTOKEN:") {
        return Ok(Some(Item::AttestationToken(AttestationToken::decode(text)?)));
    }
    let blob = text.trim_matches('"');
    let allowed = |character: char| {
        character.is_ascii_alphanumeric() || "-_+/=.".contains(character) || character.is_whitespace()
    };
    if !blob.chars().all(allowed) {
        return Ok(None);
    }
    match blob.matches('.').count() {
        1 => {
            let halves = Halves::read(text, "\0")?;
            Ok(Some(match halves.cose.payload() {
                Some(_) => Item::Keygen(KeygenMessage::from_halves(halves)?),
                None => Item::AttestationToken(AttestationToken::from_halves(halves)?),
            }))
        }
        2 if blob.starts_with("ey") => Err(Problem::Foreign("a JSON Web Token")),
        _ => Ok(None),
    }
}

/// Base64 of DER or of a point, as the `nrf_cloud_cred` shell and the nRF93M1 print it.
fn bare_base64(text: &str, passphrase: Option<&[u8]>) -> Result<Option<Item>, Problem> {
    const PREFIXES: [&str; 3] = ["CSR:", "PUBKEY:", "%CLOUDACCESSKEY:"];
    let text = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text).trim();
    let characters =
        Zeroizing::new(text.chars().filter(|character| !character.is_whitespace()).collect::<String>());
    let Ok(bytes) = Base64::decode_vec(&characters).map(Zeroizing::new) else { return Ok(None) };
    match bytes.as_slice() {
        [0x04, ..] if bytes.len() == 65 => Ok(Some(Item::PublicKey(PublicKey::from_sec1_point(&bytes)?))),
        [0x30, ..] if asn1::announced_length(&bytes).is_some() => {
            Ok(Some(document::identify(&bytes, passphrase)?))
        }
        _ => Ok(None),
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
    if ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"].iter().any(|start| text.starts_with(start)) {
        return Some(Problem::Foreign("an OpenSSH public key"));
    }
    lines.any(begins).then_some(Problem::Hyphens)
}
