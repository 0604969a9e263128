//! The body of an upload.

use std::fmt;

use base64::engine::{Engine as _, general_purpose::STANDARD};

/// CSV rows on their way to nRF Cloud. Any text or bytes will do: what is in them is the service's to judge,
/// or [`read`](super::read)'s before.
#[derive(Clone, PartialEq, Eq)]
pub struct CsvBody {
    bytes: Vec<u8>,
    content_type: ContentType,
}

/// Types of content that the CSV operations take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContentType {
    /// `text/csv`
    #[default]
    TextCsv,
    /// `text/plain`
    TextPlain,
    /// `application/octet-stream`
    OctetStream,
}

impl ContentType {
    /// The value of the `Content-Type` header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TextCsv => "text/csv",
            Self::TextPlain => "text/plain",
            Self::OctetStream => "application/octet-stream",
        }
    }
}

impl CsvBody {
    /// The rows as they are, as `text/csv`.
    #[must_use]
    pub fn new(csv: impl Into<Vec<u8>>) -> Self {
        Self { bytes: csv.into(), content_type: ContentType::default() }
    }

    /// The rows as one line of base64, still under `text/csv`: the body that Nordic's guide prints.
    #[must_use]
    pub fn base64(csv: impl AsRef<[u8]>) -> Self {
        Self::new(STANDARD.encode(csv))
    }

    /// Another type of content.
    #[must_use]
    pub fn with_content_type(mut self, content_type: ContentType) -> Self {
        self.content_type = content_type;
        self
    }

    /// The type of content.
    #[must_use]
    pub fn content_type(&self) -> ContentType {
        self.content_type
    }

    /// The bytes to send.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl<T: Into<Vec<u8>>> From<T> for CsvBody {
    fn from(csv: T) -> Self {
        Self::new(csv)
    }
}

impl fmt::Debug for CsvBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CsvBody({}, {} bytes)", self.content_type.as_str(), self.bytes.len())
    }
}
