//! PEM as it is met: the blocks of a text, with what happened to their lines.

use std::ops::Range;

use base64ct::Base64;
use zeroize::Zeroizing;

use crate::base64;
use crate::input::lines::Lines;
use crate::input::{Form, Input, Item, Place, Problem, Repair, answer, document};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const HYPHENS: &str = "-----";
const WIDTH: usize = 64;

/// Adds every block of `text`, whose line ends are LF, and every modem's answer between them. A block whose frame is damaged
/// is the last.
pub(super) fn pem(text: &str, lines: &Lines, passphrase: Option<&[u8]>, input: &mut Input) {
    let mut rest = 0;
    loop {
        let found = Block::next(text, rest, lines);
        let gap = match &found {
            Ok(Some(block)) => rest..block.start,
            Ok(None) => rest..text.len(),
            Err(damage) => rest..damage.offset,
        };
        answer::named(text, gap.clone(), lines, input);
        outside(text, gap, lines, &mut input.repairs);
        match found {
            Ok(Some(block)) => {
                let mut place = input.place(Some(lines.number(block.start)), block.start);
                let item = block.read(&mut place, passphrase, &mut input.repairs);
                input.add(Form::Pem(block.label.to_owned()), place, item);
                rest = block.end;
            }
            Ok(None) => break,
            Err(damage) => {
                let Damage { offset, label, problem } = *damage;
                let place = input.place(Some(lines.number(offset)), offset);
                return input.add(Form::Pem(label), place, Err(problem));
            }
        }
    }
    if !text[rest..].contains('\n') {
        input.repairs.push(Repair::FinalLineBreak);
    }
}

/// A frame that is not whole.
struct Damage {
    offset: usize,
    label: String,
    problem: Problem,
}

impl Damage {
    fn at(offset: usize, label: &str, problem: Problem) -> Box<Self> {
        Box::new(Self { offset, label: label.to_owned(), problem })
    }
}

/// A block that was found but not read.
struct Block<'t> {
    text: &'t str,
    lines: &'t Lines,
    label: &'t str,
    start: usize,
    body: Range<usize>,
    end: usize,
}

impl<'t> Block<'t> {
    /// The next block from `from` on.
    fn next(text: &'t str, from: usize, lines: &'t Lines) -> Result<Option<Self>, Box<Damage>> {
        let begin = text[from..].find(BEGIN).map(|found| from + found);
        let stray = text[from..].find(END).map(|found| from + found);
        let start = match (begin, stray) {
            (None, None) => return Ok(None),
            (Some(begin), Some(stray)) if begin < stray => begin,
            (Some(begin), None) => begin,
            (_, Some(stray)) => {
                // Most often its BEGIN line is there, but with hyphens that are not five.
                if let Some(damaged) = text[from..stray].find("BEGIN ") {
                    let offset = from + damaged;
                    return Err(Damage::at(offset, "", Problem::Hyphens));
                }
                let label = label(&text[stray + END.len()..]).unwrap_or("");
                let problem = Problem::NoBegin { label: label.to_owned() };
                return Err(Damage::at(stray, label, problem));
            }
        };
        let damage = |label: &str, problem| Damage::at(start, label, problem);
        let label_start = start + BEGIN.len();
        let label = label(&text[label_start..]).ok_or_else(|| damage("", Problem::Hyphens))?;
        let body_start = label_start + label.len() + HYPHENS.len();
        let no_end = || damage(label, Problem::NoEnd { label: label.to_owned() });
        let body_end = body_start + text[body_start..].find(END).ok_or_else(no_end)?;
        if text[body_start..body_end].contains(BEGIN) {
            return Err(no_end());
        }
        let end_label_start = body_end + END.len();
        let end_label = self::label(&text[end_label_start..]).ok_or_else(no_end)?;
        if end_label != label {
            let problem = Problem::Labels { begin: label.to_owned(), end: end_label.to_owned() };
            return Err(damage(label, problem));
        }
        let end = end_label_start + end_label.len() + HYPHENS.len();
        Ok(Some(Self { text, lines, label, start, body: body_start..body_end, end }))
    }

    /// What is in it. Where a character is at fault, `place` becomes that of its line.
    fn read(
        &self,
        place: &mut Place,
        passphrase: Option<&[u8]>,
        repairs: &mut Vec<Repair>,
    ) -> Result<Item, Problem> {
        let body = &self.text[self.body.clone()];
        if body.contains("Proc-Type:") && body.contains("ENCRYPTED") {
            return Err(Problem::OldEncryption);
        }
        let characters = self.characters(place, repairs)?;
        let label = || self.label.to_owned();
        if characters.is_empty() {
            return Err(Problem::EmptyBlock { label: label() });
        }
        if characters.len() % 4 != 0 {
            return Err(Problem::Length { label: label(), characters: characters.len() });
        }
        let der = base64::decode::<Base64>(&characters).map_err(|_| Problem::Base64 { label: label() })?;
        if let Some(what) = foreign_label(self.label) {
            return Err(Problem::Foreign(what));
        }
        let item = match document::identify(&der, passphrase) {
            Err(Problem::UnknownDer) if !KNOWN_LABELS.contains(&self.label) => {
                return Err(Problem::ForeignLabel(label()));
            }
            result => result?,
        };
        let belongs = label_of(&item);
        if !belongs.contains(&self.label) && self.label != ENCRYPTED {
            repairs.push(Repair::Label { block: place.block, said: label(), belongs: belongs[0] });
        }
        Ok(item)
    }

    /// The base64 characters of the block; what else stands there is left out and told, or refused.
    fn characters(&self, place: &mut Place, repairs: &mut Vec<Repair>) -> Result<Zeroizing<String>, Problem> {
        let block = place.block;
        let body = &self.text[self.body.clone()];
        let mut found = Zeroizing::new(String::with_capacity(body.len()));
        let (mut escaped, mut quoted, mut spaced) = (false, false, false);
        let mut widths: Vec<usize> = Vec::new();
        let first_line = self.lines.number(self.body.start);
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
                    other => {
                        place.line = Some(first_line + index);
                        place.offset =
                            self.body.start + (line.as_ptr() as usize - body.as_ptr() as usize) + column;
                        if other == ':' {
                            return Err(Problem::Headers { label: self.label.to_owned() });
                        }
                        // On the line BEGIN itself, columns count from the start of that line.
                        let before =
                            if index == 0 { self.body.start - self.lines.start(self.body.start) } else { 0 };
                        let column = before + line[..column].chars().count() + 1;
                        return Err(Problem::Character {
                            label: self.label.to_owned(),
                            character: other,
                            column,
                        });
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
fn outside(text: &str, range: Range<usize>, lines: &Lines, repairs: &mut Vec<Repair>) {
    let between = &text[range.clone()];
    let without = between.replace("\\n", " ").replace("\\r", " ");
    let words =
        without.trim_matches(|character: char| character.is_whitespace() || "\"',;\\".contains(character));
    if !words.is_empty() {
        let lead = between.len() - between.trim_start().len();
        repairs.push(Repair::TextOutside { line: lines.number(range.start + lead) });
    }
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
