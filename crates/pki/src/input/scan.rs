//! PEM as it is met: the blocks of a text, with what happened to their lines.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::input::{Entry, Form, InputError, Item, Place, Problem, Repair, document};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const HYPHENS: &str = "-----";
const WIDTH: usize = 64;

/// Reads every block of `text`, whose line ends are LF.
pub(super) fn pem(
    text: &str,
    passphrase: Option<&[u8]>,
    repairs: &mut Vec<Repair>,
) -> Result<Vec<Entry>, InputError> {
    let mut entries = Vec::new();
    let mut rest = 0;
    while let Some(block) = Block::next(text, rest, entries.len() + 1)? {
        outside(text, rest..block.start, repairs);
        entries.push(block.read(passphrase, repairs)?);
        rest = block.end;
    }
    outside(text, rest..text.len(), repairs);
    if !text[rest..].contains('\n') {
        repairs.push(Repair::FinalLineBreak);
    }
    Ok(entries)
}

/// A block that was found but not read.
struct Block<'t> {
    text: &'t str,
    label: &'t str,
    start: usize,
    body: std::ops::Range<usize>,
    end: usize,
    place: Place,
}

impl<'t> Block<'t> {
    /// The next block from `from` on; `number` is the one it will have.
    fn next(text: &'t str, from: usize, number: usize) -> Result<Option<Self>, InputError> {
        let place = |offset: usize| Place { block: number, line: Some(line_of(text, offset)), offset };
        let begin = text[from..].find(BEGIN).map(|found| from + found);
        let stray = text[from..].find(END).map(|found| from + found);
        let start = match (begin, stray) {
            (None, None) => return Ok(None),
            (Some(begin), Some(stray)) if begin < stray => begin,
            (Some(begin), None) => begin,
            (_, Some(stray)) => {
                // Most often its BEGIN line is there, but with hyphens that are not five.
                if let Some(damaged) = text[from..stray].find("BEGIN ") {
                    return Err(InputError::at(place(from + damaged), Problem::Hyphens));
                }
                let label = label(&text[stray + END.len()..]).unwrap_or("").to_owned();
                return Err(InputError::at(place(stray), Problem::NoBegin { label }));
            }
        };
        let place = place(start);
        let at = |problem| InputError::at(place, problem);
        let label_start = start + BEGIN.len();
        let label = label(&text[label_start..]).ok_or_else(|| at(Problem::Hyphens))?;
        let body_start = label_start + label.len() + HYPHENS.len();
        let no_end = || at(Problem::NoEnd { label: label.to_owned() });
        let body_end = body_start + text[body_start..].find(END).ok_or_else(no_end)?;
        if text[body_start..body_end].contains(BEGIN) {
            return Err(no_end());
        }
        let end_label_start = body_end + END.len();
        let end_label = self::label(&text[end_label_start..]).ok_or_else(no_end)?;
        if end_label != label {
            return Err(at(Problem::Labels { begin: label.to_owned(), end: end_label.to_owned() }));
        }
        let end = end_label_start + end_label.len() + HYPHENS.len();
        Ok(Some(Self { text, label, start, body: body_start..body_end, end, place }))
    }

    fn read(&self, passphrase: Option<&[u8]>, repairs: &mut Vec<Repair>) -> Result<Entry, InputError> {
        let at = |problem| InputError::at(self.place, problem);
        let body = &self.text[self.body.clone()];
        if body.contains("Proc-Type:") && body.contains("ENCRYPTED") {
            return Err(at(Problem::OldEncryption));
        }
        let characters = self.characters(repairs)?;
        let label = || self.label.to_owned();
        if characters.is_empty() {
            return Err(at(Problem::EmptyBlock { label: label() }));
        }
        if characters.len() % 4 != 0 {
            return Err(at(Problem::Length { label: label(), characters: characters.len() }));
        }
        let der = Zeroizing::new(
            Base64::decode_vec(&characters).map_err(|_| at(Problem::Base64 { label: label() }))?,
        );
        if let Some(what) = foreign_label(self.label) {
            return Err(at(Problem::Foreign(what)));
        }
        let item = match document::identify(&der, passphrase) {
            Err(Problem::UnknownDer) if !KNOWN_LABELS.contains(&self.label) => {
                return Err(at(Problem::ForeignLabel(label())));
            }
            result => result.map_err(at)?,
        };
        let belongs = label_of(&item);
        if !belongs.contains(&self.label) && self.label != ENCRYPTED {
            repairs.push(Repair::Label { block: self.place.block, said: label(), belongs: belongs[0] });
        }
        Ok(Entry { item, form: Form::Pem(label()), place: self.place })
    }

    /// The base64 characters of the block; what else stands there is left out and told, or refused.
    fn characters(&self, repairs: &mut Vec<Repair>) -> Result<Zeroizing<String>, InputError> {
        let block = self.place.block;
        let body = &self.text[self.body.clone()];
        let mut found = Zeroizing::new(String::with_capacity(body.len()));
        let (mut escaped, mut quoted, mut spaced) = (false, false, false);
        let mut widths: Vec<usize> = Vec::new();
        let first_line = line_of(self.text, self.body.start);
        // Blanks at the ends of the body's first and last line belong to the lines BEGIN and END.
        for (index, line) in body.split('\n').enumerate() {
            let before = found.len();
            let mut characters = line.char_indices().peekable();
            while let Some((column, character)) = characters.next() {
                match character {
                    'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' | '=' => found.push(character),
                    '\\' if matches!(characters.peek(), Some((_, 'n' | 'r'))) => {
                        escaped = true;
                        characters.next();
                    }
                    '"' | '\'' | '\\' | ',' | ';' => quoted = true,
                    blank if blank.is_whitespace() => spaced = true,
                    ':' => {
                        let place = Place { line: Some(first_line + index), ..self.place };
                        return Err(InputError::at(place, Problem::Headers { label: self.label.to_owned() }));
                    }
                    other => {
                        // On the line BEGIN itself, columns count from the start of that line.
                        let shift = if index == 0 {
                            self.body.start - line_start(self.text, self.body.start)
                        } else {
                            0
                        };
                        let offset =
                            self.body.start + (line.as_ptr() as usize - body.as_ptr() as usize) + column;
                        let place = Place { block, line: Some(first_line + index), offset };
                        let column = shift + line[..column].chars().count() + 1;
                        let problem =
                            Problem::Character { label: self.label.to_owned(), character: other, column };
                        return Err(InputError::at(place, problem));
                    }
                }
            }
            widths.push(found.len() - before);
        }
        let broken = widths.len() > 1;
        if escaped {
            repairs.push(Repair::EscapedLineBreaks { block });
        } else if !broken {
            repairs.push(Repair::LineBreaksLost { block });
        } else if let Some(width) = odd_width(&widths) {
            repairs.push(Repair::LineWidth { block, width });
        }
        if quoted {
            repairs.push(Repair::Quotes { block });
        }
        // A body begins and ends with a line break, so that its first and last line are empty; none between should be.
        let inner = widths.get(1..widths.len().saturating_sub(1)).unwrap_or(&[]);
        if broken && (spaced || (inner.contains(&0) && !found.is_empty())) {
            repairs.push(Repair::WhiteSpace { block });
        }
        Ok(found)
    }
}

/// The width of the first line, where it or another but the last is not 64 characters.
fn odd_width(widths: &[usize]) -> Option<usize> {
    let mut lines = widths.iter().copied().filter(|width| *width > 0);
    let last = lines.next_back()?;
    lines.chain((last > WIDTH).then_some(last)).find(|width| *width != WIDTH)
}

/// The label up to the five hyphens, which must stand on the same line.
fn label(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let label = &line[..line.find(HYPHENS)?];
    let plain = label.chars().all(|character| {
        character.is_ascii_uppercase() || character.is_ascii_digit() || " #-".contains(character)
    });
    (plain && !label.is_empty()).then_some(label)
}

/// Tells of text between the blocks. Quotes and commas there are those of a C string.
fn outside(text: &str, range: std::ops::Range<usize>, repairs: &mut Vec<Repair>) {
    let between = &text[range.clone()];
    let without = between.replace("\\n", " ").replace("\\r", " ");
    let words =
        without.trim_matches(|character: char| character.is_whitespace() || "\"',;\\".contains(character));
    if !words.is_empty() {
        let lead = between.len() - between.trim_start().len();
        repairs.push(Repair::TextOutside { line: line_of(text, range.start + lead) });
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text[..offset].matches('\n').count()
}

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |found| found + 1)
}

const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// The labels under which a thing may stand; the first is the one it is written with.
fn label_of(item: &Item) -> &'static [&'static str] {
    match item {
        Item::PrivateKey(_) => &["PRIVATE KEY", "EC PRIVATE KEY"],
        Item::EncryptedPrivateKey(_) => &[ENCRYPTED],
        Item::PublicKey(_) => &["PUBLIC KEY"],
        Item::Certificate(_) => &["CERTIFICATE", "X509 CERTIFICATE"],
        Item::CertificateRequest(_) => &["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"],
        Item::EcParameters(_) => &["EC PARAMETERS"],
        Item::Keygen(_) | Item::AttestationToken(_) => &[""],
    }
}

const KNOWN_LABELS: [&str; 9] = [
    "PRIVATE KEY",
    "EC PRIVATE KEY",
    ENCRYPTED,
    "PUBLIC KEY",
    "CERTIFICATE",
    "X509 CERTIFICATE",
    "CERTIFICATE REQUEST",
    "NEW CERTIFICATE REQUEST",
    "EC PARAMETERS",
];

/// Labels of things that are known and of no use here, and whose content DER does not tell.
fn foreign_label(label: &str) -> Option<&'static str> {
    Some(match label {
        "OPENSSH PRIVATE KEY" => "an OpenSSH private key",
        "TRUSTED CERTIFICATE" => "a certificate with openssl's trust settings (TRUSTED CERTIFICATE)",
        "DH PARAMETERS" => "a file of Diffie-Hellman parameters",
        "PGP PUBLIC KEY BLOCK" | "PGP PRIVATE KEY BLOCK" => "a PGP key",
        _ => return None,
    })
}
