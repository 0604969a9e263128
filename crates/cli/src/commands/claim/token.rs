//! Attestation tokens as they come in: from an argument, a file or standard input, with what is around them taken off.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::{self, Debug, Display, Formatter};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use cloud_api::provisioning::{ClaimRow, ClaimTag};
use cloud_api::{DeviceId, Uuid};
use pki::attest::AttestationToken;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;

/// How every token begins: `d9 d9 f7`, the tag of CBOR that describes itself, in base64url.
const BEGIN: &str = "2dn3";

/// Longer than any path that one would type, and shorter than a token, which has 180 characters.
const LONG: usize = 120;

/// Where tokens are.
#[derive(Clone)]
pub(super) enum TokenInput {
    /// In a file or standard input.
    Source(Source),
    /// In the argument itself.
    Here(Zeroizing<String>),
}

impl TokenInput {
    /// The file, where it is one.
    pub(super) fn source(&self) -> Option<&Source> {
        match self {
            Self::Source(source) => Some(source),
            Self::Here(_) => None,
        }
    }

    /// Every device of which there is a token, each once.
    pub(super) fn load(&self, context: &Context) -> Result<Vec<Claim>, Diagnostic> {
        let text = match self {
            Self::Source(source) => context.input.text(source)?,
            Self::Here(text) => text.clone(),
        };
        let Reading { claims, problems } = read(&text);
        match (problems.as_slice(), claims.is_empty()) {
            ([], false) => {}
            ([], true) => return Err(diagnostic::no_attestation_token(self, "there is nothing like one")),
            ([Problem { what, .. }], true) => return Err(diagnostic::no_attestation_token(self, what)),
            (problems, _) => return Err(diagnostic::bad_attestation_tokens(self, problems)),
        }
        let mut lines: HashMap<DeviceId, usize> = HashMap::new();
        let mut once = Vec::with_capacity(claims.len());
        for claim in claims {
            match lines.get(&claim.device_id) {
                Some(line) => context.out.warn(format_args!(
                    "{self}, line {}: device {} is that of line {line} already; left out",
                    claim.line, claim.device_id
                )),
                None => {
                    lines.insert(claim.device_id.clone(), claim.line);
                    once.push(claim);
                }
            }
        }
        Ok(once)
    }
}

impl FromStr for TokenInput {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_path = text == "-" || Path::new(text).exists();
        // What is no path by its look may be a damaged token, and is not to be told as a file that is missing.
        if !is_path && (text.contains(BEGIN) || text.len() > LONG || text.contains(char::is_whitespace)) {
            return Ok(Self::Here(Zeroizing::new(text.to_owned())));
        }
        Ok(Self::Source(if text == "-" { Source::Stdin } else { Source::Path(PathBuf::from(text)) }))
    }
}

impl Display for TokenInput {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => Display::fmt(source, f),
            Self::Here(_) => f.write_str("the argument"),
        }
    }
}

impl Debug for TokenInput {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => f.debug_tuple("Source").field(source).finish(),
            Self::Here(_) => f.write_str("Here([redacted])"),
        }
    }
}

/// A device to claim.
#[derive(Debug)]
pub(super) struct Claim {
    /// Its UUID.
    pub(super) device_id: DeviceId,
    /// What its token says.
    pub(super) content: AttestationToken,
    /// The token, and the tags that stand beside it.
    pub(super) row: ClaimRow,
    /// Counted from 1.
    pub(super) line: usize,
}

/// The UUID as the ID of a device, which it is.
pub(super) fn device_id(uuid: &Uuid) -> Result<DeviceId, Diagnostic> {
    uuid.as_str().parse().map_err(diagnostic::unexpected)
}

/// A line that cannot be used. Nothing of it is told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    line: usize,
    what: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

#[derive(Debug)]
pub(super) struct Reading {
    pub(super) claims: Vec<Claim>,
    pub(super) problems: Vec<Problem>,
}

/// Reads the CSV of `claim gather`, one of tokens and their tags, the answer of a modem, or one token in whatever stands around it.
pub(super) fn read(text: &str) -> Reading {
    let mut reading = Reading { claims: Vec::new(), problems: Vec::new() };
    let lines = || text.lines().map(str::trim).enumerate().filter(|(_, line)| !is_noise(line));
    for (index, line) in lines() {
        let number = index + 1;
        match claim(number, line) {
            Some(Ok(claim)) => reading.claims.push(claim),
            Some(Err(what)) => reading.problems.push(Problem { line: number, what }),
            // The names of columns, an echo of the command.
            None if line.to_ascii_lowercase().contains("attest") => {}
            None => {
                let what = "there is no attestation token in it".to_owned();
                reading.problems.push(Problem { line: number, what });
            }
        }
    }
    // A terminal breaks what is wider than itself.
    if reading.claims.is_empty() && text.matches(BEGIN).count() == 1 {
        let joined: Zeroizing<String> =
            Zeroizing::new(lines().flat_map(|(_, line)| line.split_whitespace()).collect());
        if let Some(Ok(claim)) = claim(1, &joined) {
            return Reading { claims: vec![claim], problems: Vec::new() };
        }
    }
    reading
}

fn is_noise(line: &str) -> bool {
    line.is_empty() || line == "OK" || line == "\u{feff}"
}

/// The token in a line; `None` if there is nothing like one.
fn claim(line: usize, text: &str) -> Option<Result<Claim, String>> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let begin = text.match_indices(BEGIN).map(|(begin, _)| begin).find(|begin| {
        // Not in the middle of something else.
        !text[..*begin].ends_with(is_letter)
    })?;
    let token = &text[begin..];
    let token = token.split(|letter| !is_letter(letter)).next().unwrap_or_default().trim_end_matches('.');
    Some(decode(line, text, token))
}

fn decode(line: usize, text: &str, token: &str) -> Result<Claim, String> {
    let content = AttestationToken::decode(token).map_err(|error| error.to_string())?;
    let device_id =
        content.device_uuid().to_string().parse::<DeviceId>().map_err(|error| error.to_string())?;
    let row =
        ClaimRow { token: token.parse().map_err(|error| format!("{error}"))?, tags: tags(text, token)? };
    Ok(Claim { device_id, content, row, line })
}

/// The tags behind a token that is the first column, as Nordic's tool writes them.
fn tags(text: &str, token: &str) -> Result<Vec<ClaimTag>, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let Some(Ok(record)) = reader.records().next() else { return Ok(Vec::new()) };
    if record.len() != 2 || &record[0] != token {
        return Ok(Vec::new());
    }
    let tags = record[1].split(',').map(str::trim).filter(|tag| !tag.is_empty());
    tags.map(|tag| tag.parse().map_err(|error| format!("{error}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sample of Nordic's own tests would be a copy; this one is made here, and its signature is none.
    fn token(last: u8) -> String {
        use base64ct::{Base64UrlUnpadded, Encoding};
        let mut body = vec![0xd9, 0xd9, 0xf7, 0x85, 0x01, 0x50];
        body.extend([last; 16]);
        body.extend([0x06, 0x50]);
        body.extend([7; 16]);
        body.push(0x50);
        body.extend([8; 16]);
        let mut cose = vec![0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41, 0x21, 0xf6, 0x58, 0x40];
        cose.extend([9; 64]);
        format!("{}.{}", Base64UrlUnpadded::encode_string(&body), Base64UrlUnpadded::encode_string(&cose))
    }

    #[track_caller]
    fn found(text: &str) -> Vec<String> {
        let reading = read(text);
        assert_eq!(reading.problems, []);
        reading.claims.iter().map(|claim| claim.row.token.expose().to_owned()).collect()
    }

    #[test]
    fn a_token_is_found_in_what_stands_around_it() {
        let (one, two) = (token(1), token(2));
        let broken: String = one
            .as_bytes()
            .chunks(80)
            .map(|line| format!("{}\r\n", std::str::from_utf8(line).unwrap()))
            .collect();
        for text in [
            one.clone(),
            format!("  \"{one}\"  \n"),
            format!("at AT%ATTESTTOKEN\r\n%ATTESTTOKEN: \"{one}\"\r\nOK\r\n"),
            format!("the token is '{one}'."),
            broken.clone(),
            format!("%ATTESTTOKEN: \"{broken}\"\r\nOK\r\n"),
            format!("imei,uuid,attestationToken,time\n352656106118683,x,{one},2026-11-24T04:10:00Z\n"),
            format!("\u{feff}{one}\n"),
        ] {
            assert_eq!(found(&text), [one.as_str()], "{text}");
        }
        assert_eq!(found(&format!("{one}\n\n{two}\n")), [one.as_str(), &two]);
    }

    #[test]
    fn tags_stand_behind_a_token() {
        let one = token(1);
        let tags = |text: &str| -> Vec<String> {
            read(text).claims[0].row.tags.iter().map(|tag| tag.as_str().to_owned()).collect()
        };
        assert_eq!(tags(&format!("\"{one}\",\"a, b\"\n")), ["a", "b"]);
        assert_eq!(tags(&format!("{one},a\n")), ["a"]);
        assert_eq!(tags(&format!("352656106118683,x,{one},2026\n")), [""; 0]);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line_and_nothing_of_it() {
        let one = token(1);
        let cut = &one[..one.len() - 3];
        let reading = read(&format!("{one}\nhello\n{cut}\n"));
        let problems: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems[0], "line 2: there is no attestation token in it");
        assert!(problems[1].starts_with("line 3: ") && !problems[1].contains(&cut[..20]), "{problems:?}");
        assert_eq!(reading.claims.len(), 1);
    }

    #[test]
    fn a_damaged_token_is_not_taken_for_a_file() {
        let one = token(1);
        for text in [&one, &one[1..], &format!("a {}", &one[..40])] {
            let input: TokenInput = text.parse().unwrap();
            assert_eq!(
                (format!("{input:?}"), input.to_string()),
                ("Here([redacted])".into(), "the argument".into())
            );
        }
        let input: TokenInput = "tokens.csv".parse().unwrap();
        assert_eq!(input.source(), Some(&Source::Path("tokens.csv".into())));
    }
}
