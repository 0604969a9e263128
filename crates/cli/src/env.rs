//! The environment variables that the command reads. One that is empty counts as unset.

/// The API key itself.
pub(crate) const API_KEY: &str = "NRFCLOUD_API_KEY";
/// A file that holds the API key.
pub(crate) const API_KEY_FILE: &str = "NRFCLOUD_API_KEY_FILE";
/// The base URL of the REST API.
pub(crate) const API_URL: &str = "NRFCLOUD_API_URL";
/// The base URL of the provisioning service.
pub(crate) const PROVISIONING_URL: &str = "NRFCLOUD_PROVISIONING_URL";
/// An organization auth token.
pub(crate) const AUTH_TOKEN: &str = "NRFCLOUD_AUTH_TOKEN";
/// The name (slug) of an organization.
pub(crate) const ORG: &str = "NRFCLOUD_ORG";
/// The name (slug) of a project.
pub(crate) const PROJECT: &str = "NRFCLOUD_PROJECT";
/// The serial port of the kit.
pub(crate) const PORT: &str = "NRFCLOUD_PORT";
/// The ledger of boards and uploads.
pub(crate) const LEDGER: &str = "NRFCLOUD_LEDGER";
/// The name of a profile.
pub(crate) const PROFILE: &str = "NRFCLOUD_PROFILE";
/// No colour, whatever its value, unless that is empty (<https://no-color.org>).
pub(crate) const NO_COLOR: &str = "NO_COLOR";
/// Where requests are sent through, for `doctor` to name; reqwest obeys them.
pub(crate) const PROXIES: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];
/// All of ours.
pub(crate) const ALL: [&str; 11] = [
    API_KEY,
    API_KEY_FILE,
    API_URL,
    PROVISIONING_URL,
    AUTH_TOKEN,
    ORG,
    PROJECT,
    PORT,
    LEDGER,
    PROFILE,
    NO_COLOR,
];
