//! What comes back for a command, piece by piece, before anyone put it into the frame of a mode.

use crate::fault::Place;

/// One piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Lines of information of the modem, or a part of them, with their line ends.
    Information(Vec<u8>),
    /// The final result with its line end.
    Result(String),
    /// What a command of a shell prints, without the line end.
    Print(Colour, String),
    /// A notification of the modem without its line end.
    Notification(String),
    /// A line of the firmware's log without its line end.
    Log(String),
    /// Bytes that mean nothing.
    Noise(Vec<u8>),
}

/// The colours of a shell: `shell_print`, `shell_error`, `shell_warn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Normal,
    Red,
    Yellow,
}

impl Part {
    /// It belongs to the answer, and was not just said meanwhile.
    pub(crate) const fn is_answer(&self) -> bool {
        matches!(self, Self::Information(_) | Self::Result(_) | Self::Print(..))
    }
}

/// Puts a piece that was not asked for in its place.
pub(crate) fn insert(script: &mut Vec<Part>, place: Place, part: Part) {
    let first = script.iter().position(Part::is_answer);
    let last = script.iter().rposition(Part::is_answer);
    let (Some(first), Some(last)) = (first, last) else {
        script.push(part);
        return;
    };
    match place {
        Place::Before => script.insert(first, part),
        Place::Between => script.insert(last, part),
        Place::After => script.push(part),
        Place::Inside => {
            let (head, tail) = cut(&script[first]);
            script.splice(first..=first, [head, part, tail]);
        }
    }
}

/// Cuts a piece in the middle of its first line.
fn cut(part: &Part) -> (Part, Part) {
    let middle = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
        end.div_ceil(2)
    };
    let halves = |text: &str| {
        let mut at = middle(text.as_bytes());
        while !text.is_char_boundary(at) {
            at += 1;
        }
        let (head, tail) = text.split_at(at);
        (head.to_owned(), tail.to_owned())
    };
    match part {
        Part::Information(bytes) => {
            let (head, tail) = bytes.split_at(middle(bytes));
            (Part::Information(head.to_vec()), Part::Information(tail.to_vec()))
        }
        Part::Result(text) => {
            let (head, tail) = halves(text);
            (Part::Information(head.into_bytes()), Part::Result(tail))
        }
        // The first half has no line end of its own, which `Print` would give it.
        Part::Print(colour, text) => {
            let (head, tail) = halves(text);
            (Part::Noise(head.into_bytes()), Part::Print(*colour, tail))
        }
        Part::Notification(_) | Part::Log(_) | Part::Noise(_) => (part.clone(), Part::Noise(Vec::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_where_it_says() {
        let answer = [Part::Information(b"12345\r\n".to_vec()), Part::Result("OK\r\n".to_owned())];
        let urc = || Part::Notification("URC".to_owned());
        for (place, expected) in [
            (Place::Before, vec![urc(), answer[0].clone(), answer[1].clone()]),
            (Place::Between, vec![answer[0].clone(), urc(), answer[1].clone()]),
            (Place::After, vec![answer[0].clone(), answer[1].clone(), urc()]),
            (
                Place::Inside,
                vec![
                    Part::Information(b"123".to_vec()),
                    urc(),
                    Part::Information(b"45\r\n".to_vec()),
                    answer[1].clone(),
                ],
            ),
        ] {
            let mut script = answer.to_vec();
            insert(&mut script, place, urc());
            assert_eq!(script, expected);
        }
        let mut script = vec![Part::Result("OK\r\n".to_owned())];
        insert(&mut script, Place::Inside, urc());
        assert_eq!(script, [Part::Information(b"O".to_vec()), urc(), Part::Result("K\r\n".to_owned())]);
        let mut nothing = Vec::new();
        insert(&mut nothing, Place::Inside, urc());
        assert_eq!(nothing, [urc()]);
    }
}
