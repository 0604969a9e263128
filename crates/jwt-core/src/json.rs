//! JSON as RFC 8259 has it and a token needs it: a writer that streams, a reader that trusts nothing.
//!
//! Neither uses a heap. The writer takes anything that implements serde's `Serialize`; the reader refuses what RFC 8725 warns of:
//! duplicate members, deep nesting, invalid UTF-8.

pub(crate) mod de;
mod error;
pub(crate) mod printable;
pub(crate) mod read;
mod scan;
pub(crate) mod value;
pub(crate) mod write;

pub use de::CustomClaimsError;
pub use error::{JsonError, JsonErrorKind};
pub use read::{MAX_DEPTH, MAX_MEMBERS};
pub use value::{JsonStr, JsonValue};
