//! Which requests a fault is for.

use std::fmt;

/// Methods and paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requests {
    /// Empty: any.
    methods: Vec<String>,
    path: String,
}

impl Requests {
    pub(super) fn new(methods: Vec<String>, path: String) -> Self {
        Self { methods, path }
    }

    /// `GET`, `GET|POST` or `*`, in capitals.
    pub(super) fn methods(word: &str) -> Option<Vec<String>> {
        if word == "*" {
            return Some(Vec::new());
        }
        let is_method = |method: &str| !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase());
        word.split('|').map(|method| is_method(method).then(|| method.to_owned())).collect()
    }

    pub(super) fn path(word: &str) -> Option<String> {
        word.starts_with(['/', '*']).then(|| word.to_owned())
    }

    pub(super) fn contain(&self, method: &str, path: &str) -> bool {
        let method_fits = self.methods.is_empty() || self.methods.iter().any(|known| known == method);
        method_fits && matches(self.path.as_bytes(), path.as_bytes())
    }
}

/// All of them.
impl Default for Requests {
    fn default() -> Self {
        Self { methods: Vec::new(), path: "*".into() }
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return Ok(());
        }
        let methods = if self.methods.is_empty() { "*" } else { &self.methods.join("|") };
        write!(f, " on {methods} {}", self.path)
    }
}

/// `*` stands for any bytes, none and slashes included. On a mismatch the last star takes one byte more.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == text.get(t) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((star_at, taken)) = star {
            star = Some((star_at, taken + 1));
            (p, t) = (star_at + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        let fits = |pattern: &str, path: &str| matches(pattern.as_bytes(), path.as_bytes());
        for (pattern, path) in [
            ("/v1/devices", "/v1/devices"),
            ("*", "/v1/devices"),
            ("/v1/*", "/v1/"),
            ("/v1/devices/*/state", "/v1/devices/a/b/state"),
            ("*/provisioning*", "/v1/claimed-devices/x/provisioning/y"),
            ("/*a*b*", "/aXbaXb"),
        ] {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in
            [("/v1/devices", "/v1/devices/"), ("/v1", "/v1/x"), ("*x", "/v1/y"), ("/a*b", "/abc"), ("", "/")]
        {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }
}
