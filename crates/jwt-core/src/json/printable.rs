//! Strangers' text on a terminal.

use core::fmt::{self, Write};

/// Shows text so that it can be nothing but text: each character that a terminal obeys, that turns the direction of writing or that
/// cannot be seen is shown as an escape of Rust's, `\u{202e}` say. These are the control and format characters (Cc, Cf), the line
/// and paragraph separators (Zl, Zp), private, unassigned and combining ones and every space but U+0020. A backslash is doubled, so
/// that no text looks like the escape of another.
///
/// [`Violation`](crate::Violation), [`Violations`](crate::Violations) and [`Audience`](crate::Audience) show what stands in a token
/// in this way; for a single string there is [`JsonStr::printable`](crate::JsonStr::printable).
#[derive(Clone, Copy)]
pub(crate) struct Printable<I>(pub(crate) I);

impl<I: Iterator<Item = char> + Clone> fmt::Display for Printable<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.clone().try_for_each(|c| match c {
            '"' | '\'' => f.write_char(c),
            _ => c.escape_debug().try_for_each(|c| f.write_char(c)),
        })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::Printable;
    use std::format;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_what_people_write_is_not() {
        let shown = |text: &str| format!("{}", Printable(text.chars()));
        assert_eq!(shown("nrf-1 \"é\" 'ü' 東京 😀"), "nrf-1 \"é\" 'ü' 東京 😀");
        assert_eq!(shown("\u{1b}[2J\r\n\0\t\u{7f}\u{9b}"), r"\u{1b}[2J\r\n\0\t\u{7f}\u{9b}");
        // Format characters: the soft hyphen, an Arabic mark, zero width, direction, invisible operators, the byte order mark, tags.
        let format = [
            "\u{ad}",
            "\u{61c}",
            "\u{200b}",
            "\u{200e}",
            "\u{200f}",
            "\u{202a}",
            "\u{202e}",
            "\u{2060}",
            "\u{2066}",
            "\u{2069}",
            "\u{feff}",
            "\u{e0001}",
            "\u{e007f}",
        ];
        // Separators of lines and paragraphs, a space that is none, a combining mark, a private character.
        for text in format.into_iter().chain(["\u{2028}", "\u{2029}", "\u{a0}", "\u{301}", "\u{e000}"]) {
            assert_eq!(shown(text), format!("{}", text.escape_unicode()));
        }
        assert_eq!(shown(r"\u{1b}"), r"\\u{1b}", "an escape that stands in the text is no other's");
    }
}
