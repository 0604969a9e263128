//! What of a command or an answer may be shown.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// Commands whose string arguments are secrets: credentials, PINs, passwords.
const SECRET_ARGUMENTS: [&str; 6] = ["%CMNG", "%KEYINJECT", "+CPIN", "+CPWD", "+CLCK", "+CGAUTH"];

/// Those of them whose first arguments are an operation, a security tag and a type.
const NUMBERED_ARGUMENTS: [&str; 2] = ["%CMNG", "%KEYINJECT"];

/// Commands whose answer is a secret, or a token that works like a password while it lasts.
const SECRET_REPLIES: [&str; 5] = ["%ATTESTTOKEN", "%CLAIMTOKEN", "%JWT", "%REGJWT", "%CMNG"];

/// A command without secret arguments; long strings are left out of any command.
pub(crate) fn command(text: &str) -> String {
    let secret = command_names(text).any(|name| is_one_of(&SECRET_ARGUMENTS, name));
    let mut shown = String::new();
    for (index, part) in text.split('"').enumerate() {
        let quoted = index % 2 == 1;
        if index > 0 {
            shown.push('"');
        }
        if quoted && !part.is_empty() && (secret || part.len() > 80 || part.contains(['\r', '\n'])) {
            shown.push_str(&hidden(part));
        } else if secret && !quoted {
            without_bare_arguments(part, index > 0, &mut shown);
        } else {
            shown.push_str(part);
        }
    }
    shown
}

/// A command of a shell without AT; what `cred buf` takes is a piece of a credential.
pub(crate) fn shell_command(text: &str) -> String {
    let mut words = text.split_ascii_whitespace();
    if (words.next(), words.next()) != (Some("cred"), Some("buf")) {
        return text.to_string();
    }
    let shown = words.map(|word| if word == "clear" { word.to_string() } else { hidden(word) });
    ["cred".to_string(), "buf".to_string()].into_iter().chain(shown).collect::<Vec<_>>().join(" ")
}

/// A content that somebody has forgotten to put in quotes is a secret all the same. What may be shown is one digit, and in the first
/// three places of some commands a number, which is a tag. `continued` says that the part begins behind a quoted argument.
fn without_bare_arguments(part: &str, continued: bool, shown: &mut String) {
    for (index, command) in part.split(';').enumerate() {
        if index > 0 {
            shown.push(';');
        }
        let (name, arguments) = match command.split_once('=') {
            Some((name, arguments)) => (Some(name), arguments),
            None if continued && index == 0 => (None, command),
            None => {
                shown.push_str(command);
                continue;
            }
        };
        if let Some(name) = name {
            shown.push_str(name);
            shown.push('=');
        }
        let has_tag =
            name.is_some_and(|name| command_names(name).any(|name| is_one_of(&NUMBERED_ARGUMENTS, name)));
        for (index, argument) in arguments.split(',').enumerate() {
            if index > 0 {
                shown.push(',');
            }
            let is_number = argument.bytes().all(|byte| byte.is_ascii_digit());
            let longest = if has_tag && index < 3 { 10 } else { 1 };
            if is_number && argument.len() <= longest {
                shown.push_str(argument);
            } else {
                shown.push_str(&hidden(argument));
            }
        }
    }
}

fn hidden(part: &str) -> String {
    format!("[{} bytes]", part.len())
}

/// Whether the answer to a raw command must be left out of a transcript.
pub(crate) fn has_secret_reply(text: &str) -> bool {
    command_names(text).any(|name| is_one_of(&SECRET_REPLIES, name))
}

/// A line from the modem without secrets. `secret` says that the line is, or may be, a piece of a secret answer.
pub(crate) fn line(text: &str, secret: bool) -> String {
    let name = prefix(text);
    match name {
        Some("%CMNG") => credential_line(text),
        Some(name) if is_one_of(&SECRET_REPLIES, name) => {
            format!("{name}: [{} bytes]", text.len().saturating_sub(name.len() + 2))
        }
        _ if secret => format!("[{} bytes]", text.len()),
        _ => text.to_string(),
    }
}

/// The name before `: ` of a line such as `+CEREG: 2`.
pub(crate) fn prefix(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(": ").or_else(|| line.strip_suffix(':').map(|name| (name, "")))?;
    let letters = name.strip_prefix(['+', '%', '#'])?;
    let first = letters.bytes().next()?;
    let plain =
        letters.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    (plain && first.is_ascii_alphanumeric()).then_some(name)
}

/// The names of a command line, such as `%CMNG`, outside quotes.
pub(crate) fn command_names(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').step_by(2).flat_map(|part| {
        part.char_indices().filter(|(_, letter)| matches!(letter, '+' | '%' | '#')).filter_map(
            |(start, _)| {
                let name = &part[start..];
                let end = name[1..]
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .map_or(name.len(), |end| end + 1);
                (end > 1).then(|| &name[..end])
            },
        )
    })
}

/// Of a `%CMNG` line, the tag, the type and the hash; not the content that a read adds. If the line is damaged its
/// parts may have moved, so nothing of it is shown.
fn credential_line(text: &str) -> String {
    let parts: Vec<&str> = text.splitn(4, '"').collect();
    let is_hash = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match parts[..] {
        [head] if !head.contains('\n') => head.to_string(),
        [head, digest, ""] if is_hash(digest) => format!("{head}\"{digest}\""),
        [head, digest, ",", content] if is_hash(digest) => {
            let length = content.strip_suffix('"').unwrap_or(content).len();
            format!("{head}\"{digest}\",\"[{length} bytes]\"")
        }
        _ => format!("%CMNG: [{} bytes]", text.len().saturating_sub("%CMNG: ".len())),
    }
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_pass() {
        let cases = [
            ("AT%CMNG=0,42,2,\"KEY\"", "AT%CMNG=0,42,2,\"[3 bytes]\""),
            ("at%cmng=0,42,3,\"5c2b\",\"pw\"", "at%cmng=0,42,3,\"[4 bytes]\",\"[2 bytes]\""),
            ("AT+CPIN=\"1234\"", "AT+CPIN=\"[4 bytes]\""),
            ("AT%CMNG=0,42,3,5c2b1f9d", "AT%CMNG=0,42,3,[8 bytes]"),
            ("AT%CMNG=0,42,3,12345678", "AT%CMNG=0,42,3,[8 bytes]"),
            ("AT%CMNG=0,42,5c2b1f9d", "AT%CMNG=0,42,[8 bytes]"),
            ("AT%CMNG=0,16842753,3,5c2b,\"pw\"", "AT%CMNG=0,16842753,3,[4 bytes],\"[2 bytes]\""),
            ("AT%CMNG=0,42,3,5c\"2b\"1f", "AT%CMNG=0,42,3,[2 bytes]\"[2 bytes]\"[2 bytes]"),
            ("AT%CMNG=1,16842753,4;+CFUN?", "AT%CMNG=1,16842753,4;+CFUN?"),
            ("AT+CPIN=1234", "AT+CPIN=[4 bytes]"),
            ("AT+CPIN?", "AT+CPIN?"),
            ("AT%KEYGEN=1,2,0,\"CN=a\"", "AT%KEYGEN=1,2,0,\"CN=a\""),
            ("AT%X=\"a\nb\"", "AT%X=\"[3 bytes]\""),
            ("AT%JWT=0,0,\"\",\"\"", "AT%JWT=0,0,\"\",\"\""),
        ];
        for (text, shown) in cases {
            assert_eq!(command(text), shown);
        }
        for (text, shown) in [
            ("cred buf QUJD", "cred buf [4 bytes]"),
            (" cred  buf QUJD REVG", "cred buf [4 bytes] [4 bytes]"),
            ("cred buf clear", "cred buf clear"),
            ("cred list 42 CA", "cred list 42 CA"),
        ] {
            assert_eq!(shell_command(text), shown);
        }
        let cases = [
            ("%JWT: \"eyJ\"", false, "%JWT: [5 bytes]"),
            ("%ATTESTTOKEN: \"2dn3\"", false, "%ATTESTTOKEN: [6 bytes]"),
            ("%CMNG: 42,3,\"AA\",\"5c2b\"", false, "%CMNG: 42,3,\"AA\",\"[4 bytes]\""),
            ("%CMNG: 42,3,\"AA\"", false, "%CMNG: 42,3,\"AA\""),
            ("%CMNG: 42,3,\"AA\",\"5c2b", false, "%CMNG: 42,3,\"AA\",\"[4 bytes]\""),
            ("%CMNG: 42,3,\"AA\n+CEREG: 2\n\",\"5c2b\"", false, "%CMNG: [27 bytes]"),
            ("%CMNG: 42,3,\"A+CEREG: 5,\"09\",7", false, "%CMNG: [23 bytes]"),
            ("eyJ0eXA", true, "[7 bytes]"),
            ("+CEREG: 2", false, "+CEREG: 2"),
        ];
        for (text, secret, shown) in cases {
            assert_eq!(line(text, secret), shown);
        }
    }

    #[test]
    fn names_stand_outside_quotes() {
        let names = |text| command_names(text).collect::<Vec<_>>();
        assert_eq!(names("AT+CGSN=1"), ["+CGSN"]);
        assert_eq!(names("AT%XSUDO=1,\"%JWT\";+CFUN?"), ["%XSUDO", "+CFUN"]);
        assert_eq!(names("AT%2DID"), ["%2DID"]);
        assert_eq!(names("AT+%é"), [] as [&str; 0]);
    }

    #[test]
    fn a_prefix_is_a_name_a_colon_and_a_space() {
        assert_eq!(prefix("+CEREG: 5,\"0901\""), Some("+CEREG"));
        assert_eq!(prefix("#XUUID: x"), Some("#XUUID"));
        for text in ["CEREG: 5", "+: 1", "+CE REG: 1", "+cereg: 1", "352656106647673", "a: b", "+CEREG:1"] {
            assert_eq!(prefix(text), None, "{text}");
        }
    }
}
