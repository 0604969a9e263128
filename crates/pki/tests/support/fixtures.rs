//! Files of the repository.

use std::path::Path;

/// The content of a file below `fixtures/`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The same as text.
pub(crate) fn fixture_text(name: &str) -> String {
    String::from_utf8(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
