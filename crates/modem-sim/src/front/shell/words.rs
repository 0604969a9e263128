//! How a shell cuts a line into words.

/// The words of a line. `'..'` and `".."` hold a word together; a backslash takes the meaning from the next character, and inside
/// quotes from the same quote only, where `\0ooo` and `\xHH` stand for a byte. Otherwise the quote that is still open.
pub(super) fn split(line: &str) -> Result<Vec<String>, char> {
    let mut words = Vec::new();
    let mut letters = line.chars().peekable();
    loop {
        while letters.next_if_eq(&' ').is_some() {}
        if letters.peek().is_none() {
            return Ok(words);
        }
        let mut word = String::new();
        let mut quote: Option<char> = None;
        while let Some(letter) = letters.next_if(|letter| quote.is_some() || *letter != ' ') {
            match (letter, quote) {
                ('\\', None) => word.extend(letters.next()),
                ('\\', Some(open)) => match letters.peek().copied() {
                    Some(next) if next == open => word.extend(letters.next()),
                    Some('0' | 'x') => {
                        let rest: String = letters.clone().take(4).collect();
                        let (byte, used) =
                            escaped(&rest).map_or(('\\', 0), |(byte, used)| (char::from(byte), used));
                        word.push(byte);
                        letters.by_ref().take(used).for_each(drop);
                    }
                    _ => word.push('\\'),
                },
                ('\'' | '"', None) => quote = Some(letter),
                (letter, Some(open)) if letter == open => quote = None,
                (letter, _) => word.push(letter),
            }
        }
        if let Some(open) = quote {
            return Err(open);
        }
        words.push(word);
    }
}

/// `0ooo` or `xHH`: the byte, and how many characters stood for it.
fn escaped(text: &str) -> Option<(u8, usize)> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', digits @ ..] => (digits.get(..3)?, 8),
        [b'x', digits @ ..] => (digits.get(..2)?, 16),
        _ => return None,
    };
    let digits = core::str::from_utf8(digits).ok()?;
    let byte = u8::from_str_radix(digits, radix).ok().filter(u8::is_ascii)?;
    Some((byte, digits.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes() {
        for (line, words) in [
            ("", vec![]),
            ("  a  bc ", vec!["a", "bc"]),
            ("at 'AT+X=\"a b\"'", vec!["at", "AT+X=\"a b\""]),
            ("at \"it's\"", vec!["at", "it's"]),
            (r"at 'a\nb'", vec!["at", r"a\nb"]),
            (r"at 'it\'s'", vec!["at", "it's"]),
            (r#"at AT+X=\"a\ b\""#, vec!["at", r#"AT+X="a b""#]),
            (r"at 'a\x41\0102\xzz'", vec!["at", r"aAB\xzz"]),
            ("at ''", vec!["at", ""]),
            ("a'b c'd", vec!["ab cd"]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
        assert_eq!(split("at 'AT"), Err('\''));
        assert_eq!(split("at \"AT'"), Err('"'));
    }
}
