//! A modem's answers to `AT%KEYGEN` and `AT%ATTESTTOKEN`, in whatever a terminal logged around them, or cut out of it.

use std::ops::Range;

use crate::attest::AttestationToken;
use crate::cose::Halves;
use crate::input::lines::Lines;
use crate::input::{Form, Input, Item, Problem};
use crate::keygen::KeygenMessage;

const KEYGEN: &str = "%KEYGEN:";
const ATTESTATION: &str = "%ATTESTTOKEN:";

/// Adds every answer with its name that begins in `range`.
pub(super) fn named(text: &str, range: Range<usize>, lines: &Lines, input: &mut Input) {
    let part = &text[range.clone()];
    let is_name = |at: &usize| part[*at..].starts_with(KEYGEN) || part[*at..].starts_with(ATTESTATION);
    let mut begins = part.match_indices('%').map(|(at, _)| at).filter(is_name).peekable();
    while let Some(at) = begins.next() {
        let answer = &part[at..begins.peek().copied().unwrap_or(part.len())];
        let offset = range.start + at;
        let place = input.place(Some(lines.number(offset)), offset);
        input.add(Form::ModemMessage, place, decode(answer));
    }
}

fn decode(answer: &str) -> Result<Item, Problem> {
    Ok(if answer.starts_with(KEYGEN) {
        Item::Keygen(KeygenMessage::decode(answer)?)
    } else {
        Item::AttestationToken(AttestationToken::decode(answer)?)
    })
}

/// Adds what stood in the quotes of an answer, one or several with a line for each; `false` where the text, which begins at
/// `offset` and has no white space around it, is something else.
pub(super) fn bare(text: &str, offset: usize, lines: &Lines, input: &mut Input) -> bool {
    let allowed = |character: char| {
        character.is_ascii_alphanumeric() || "-_+/=.\"".contains(character) || character.is_whitespace()
    };
    if !text.chars().all(allowed) {
        return false;
    }
    let dots = |text: &str| text.matches('.').count();
    let each_on_its_line = text.lines().all(|line| line.trim().is_empty() || dots(line) == 1);
    let parts: Vec<&str> = match dots(text) {
        0 => return false,
        // A terminal may have wrapped it.
        1 => vec![text],
        _ if each_on_its_line && !text.starts_with("ey") => {
            text.lines().filter(|line| !line.trim().is_empty()).collect()
        }
        2 if text.starts_with("ey") => {
            let place = input.place(Some(lines.number(offset)), offset);
            input.add(Form::ModemMessage, place, Err(Problem::Foreign("a JSON Web Token")));
            return true;
        }
        _ => return false,
    };
    for part in parts {
        let offset = offset + (part.as_ptr() as usize - text.as_ptr() as usize);
        let place = input.place(Some(lines.number(offset)), offset);
        input.add(Form::ModemMessage, place, decode_bare(part));
    }
    true
}

fn decode_bare(blob: &str) -> Result<Item, Problem> {
    let halves = Halves::read(blob, "\0")?;
    Ok(match halves.cose.payload() {
        Some(_) => Item::Keygen(KeygenMessage::from_halves(halves)?),
        None => Item::AttestationToken(AttestationToken::from_halves(halves)?),
    })
}
