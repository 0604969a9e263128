//! Takes secrets out of what is shown: API keys by their value, private keys and signatures of tokens by their form.

/// Knows the secrets of one run.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    secrets: Vec<String>,
}

const BEGIN: &str = "-----BEGIN ";
const PRIVATE: &str = "PRIVATE KEY-----";
const END: &str = "-----END ";

impl Redactor {
    /// From now on this value is not shown.
    pub(crate) fn hide(&mut self, secret: impl Into<String>) {
        let secret = secret.into();
        if !secret.is_empty() {
            self.secrets.push(secret);
        }
    }

    /// The text without secrets.
    pub(crate) fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in &self.secrets {
            clean = clean.replace(secret.as_str(), "[API key]");
        }
        without_signatures(&without_private_keys(&clean))
    }
}

/// Replaces what is inside a PEM block of any private key. A block without an end loses all that follows.
fn without_private_keys(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some((start, body)) = private_key(rest) {
        clean.push_str(&rest[..body]);
        clean.push_str("[private key]");
        rest = rest[body..].find(END).map_or("", |end| &rest[body + end..]);
        debug_assert!(start < body);
    }
    clean + rest
}

/// Where the first PEM block of a private key starts, and where its body does.
fn private_key(text: &str) -> Option<(usize, usize)> {
    text.match_indices(BEGIN).find_map(|(start, _)| {
        let label = &text[start + BEGIN.len()..];
        let end = label.find("-----")? + "-----".len();
        label[..end].ends_with(PRIVATE).then_some((start, start + BEGIN.len() + end))
    })
}

/// Replaces the third part of everything that looks like a JSON Web Token: without it, it opens nothing.
fn without_signatures(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("eyJ") {
        let token = &rest[start..];
        let end = token.find(|c: char| !is_base64url(c) && c != '.').unwrap_or(token.len());
        let parts: Vec<&str> = token[..end].split('.').collect();
        clean.push_str(&rest[..start]);
        match parts.as_slice() {
            [header, payload, signature, ..] if !payload.is_empty() && signature.len() > 16 => {
                clean.push_str(&format!("{header}.{payload}.[signature]"));
            }
            _ => clean.push_str(&token[..end]),
        }
        rest = &token[end..];
    }
    clean + rest
}

fn is_base64url(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "d8be845e816e45d4a9529a6cfcd459c88e3c22b5";

    #[test]
    fn an_api_key_is_hidden_wherever_it_stands() {
        let mut redactor = Redactor::default();
        redactor.hide(KEY);
        assert_eq!(redactor.clean(&format!("api-key: {KEY}\n{KEY}")), "api-key: [API key]\n[API key]");
    }

    #[test]
    fn an_empty_secret_hides_nothing() {
        let mut redactor = Redactor::default();
        redactor.hide("");
        assert_eq!(redactor.clean("text"), "text");
    }

    #[test]
    fn private_keys_of_every_label_are_hidden_and_public_ones_stay() {
        let text = "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n\
                    -----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n\
                    -----BEGIN PRIVATE KEY-----MIGH-----END PRIVATE KEY-----";
        assert_eq!(
            Redactor::default().clean(text),
            "-----BEGIN EC PRIVATE KEY-----[private key]-----END EC PRIVATE KEY-----\n\
             -----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n\
             -----BEGIN PRIVATE KEY-----[private key]-----END PRIVATE KEY-----"
        );
    }

    #[test]
    fn a_private_key_that_is_cut_off_is_hidden_to_the_end() {
        assert_eq!(
            Redactor::default().clean("-----BEGIN PRIVATE KEY-----\nMIGHAgEA"),
            "-----BEGIN PRIVATE KEY-----[private key]"
        );
    }

    #[test]
    fn a_token_loses_its_signature_and_keeps_its_claims() {
        let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.VRXRvIAxrdNml4zzUHboaE3oSFbjtUwAEa8QN2DuWrQ";
        assert_eq!(
            Redactor::default().clean(&format!("Bearer {token}\n")),
            "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.[signature]\n"
        );
    }

    #[test]
    fn what_is_no_token_stays() {
        let text = "eyJhbGciOiJFUzI1NiJ9 alone, a.b.c, eyJ.x";
        assert_eq!(Redactor::default().clean(text), text);
    }
}
