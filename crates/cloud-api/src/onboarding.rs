//! The CSV bodies of OnboardDevices, RegisterPublicKeys and RegisterCertificates: rows, a writer, and a reader that
//! says all that is wrong.
//!
//! The published form has no header row and no blank line; a PEM text stands in double quotes, and the line
//! break after its END line is inside them. Rules: nRF Cloud's API reference, OnboardDevices and
//! RegisterPublicKeys.
//!
//! The scanner is our own and not the `csv` crate's, since that one skips blank lines and does not tell where
//! in a line a field begins. What the writer writes is read back by the `csv` crate in the tests.

mod base64;
mod body;
mod content;
mod fields;
mod lines;
mod pem;
mod problem;
mod read;
mod repair;
mod row;
mod scan;
mod seen;
mod stream;
mod texts;
mod token;
mod walk;
mod write;

pub use base64::{Base64Error, Base64Problem, decode_base64};
pub use body::{ContentType, CsvBody};
pub use content::{ContentProblem, Contents};
pub use pem::{CertificatePem, Credential, PemError, PemProblem, PublicKeyPem};
pub use problem::{Place, Problem, Problems, Rule};
pub use read::{Located, Part, Reading, read, read_checking};
pub use repair::{Change, LeftOut, Reason, Repair, Repaired, repair};
pub use row::{AttestationTokenRow, CertificateRow, OnboardRow, OnboardingTokenRow, PublicKeyRow, Row};
pub use stream::{PartReader, ReadPart};
pub(crate) use texts::RowTexts;
pub use token::{AttestationToken, OnboardingToken, TokenError, TokenProblem};
pub use walk::LONGEST_ROW;
pub use write::{WriteError, write, write_row};

/// Most rows of one upload.
pub const MAX_ROWS: usize = 1000;
