//! Tokens as people and modems hand them over.

/// Takes `Bearer` and the white space behind it, quotes, white space and line breaks off a token, and turns the ordinary base64
/// alphabet and padding into base64url, as Nordic's SDK does with a modem's answer before it sends it. Writes the clean token into
/// `buf`.
///
/// What comes out is parsed as strictly as any other token.
///
/// Returns `None` if `buf` is shorter than the clean token; `text.len()` always suffices.
#[must_use]
pub fn clean<'b>(text: &str, buf: &'b mut [u8]) -> Option<&'b str> {
    let text = text.trim_matches(is_wrapping);
    let text = match text.split_at_checked("Bearer".len()) {
        Some((scheme, rest))
            if scheme.eq_ignore_ascii_case("Bearer") && rest.starts_with(char::is_whitespace) =>
        {
            rest.trim_start()
        }
        _ => text,
    };
    let mut len = 0;
    for byte in text.bytes() {
        let byte = match byte {
            b'+' => b'-',
            b'/' => b'_',
            b'=' | b'"' | b'\'' => continue,
            space if space.is_ascii_whitespace() => continue,
            other => other,
        };
        *buf.get_mut(len)? = byte;
        len += 1;
    }
    core::str::from_utf8(&buf[..len]).ok()
}

fn is_wrapping(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'')
}
