//! The environment variables that the command reads. One that is empty counts as unset.

/// The API key itself.
pub(crate) const API_KEY: &str = "NRFCLOUD_API_KEY";
/// A file that holds the API key.
pub(crate) const API_KEY_FILE: &str = "NRFCLOUD_API_KEY_FILE";
/// The base URL of the REST API.
pub(crate) const API_URL: &str = "NRFCLOUD_API_URL";
/// The serial port of the kit.
pub(crate) const PORT: &str = "NRFCLOUD_PORT";
/// No colour, whatever its value, unless that is empty (<https://no-color.org>).
pub(crate) const NO_COLOR: &str = "NO_COLOR";
