//! The CSV bodies of OnboardDevices and RegisterPublicKeys: rows, a writer, and a reader that says all that
//! is wrong.
//!
//! The published form has no header row and no blank line; a PEM text stands in double quotes, and the line
//! break after its END line is inside them. Rules: nRF Cloud's API reference, OnboardDevices and
//! RegisterPublicKeys.
//!
//! The scanner is our own and not the `csv` crate's, since that one skips blank lines and does not tell where
//! in a line a field begins. What the writer writes is read back by the `csv` crate in the tests.

mod base64;
mod body;
mod lines;
mod pem;
mod problem;
mod read;
mod row;
mod scan;
mod write;

pub use base64::{Base64Error, Base64Problem, decode_base64};
pub use body::{ContentType, CsvBody};
pub use pem::{CertificatePem, Credential, PemError, PemProblem, PublicKeyPem};
pub use problem::{Place, Problem, Problems, Rule};
pub use read::{Located, Part, Reading, read};
pub use row::{OnboardRow, PublicKeyRow, Row};
pub use write::{WriteError, write, write_row};

/// Most rows of one upload.
pub const MAX_ROWS: usize = 1000;
