//! Why a file cannot be used: what it is, or where it is damaged.

use std::fmt::{self, Display, Formatter};

use crate::attest::AttestError;
use crate::certificate::CertificateError;
use crate::cose::CoseError;
use crate::csr::CsrError;
use crate::input::JwkError;
use crate::key::KeyError;
use crate::keygen::KeygenError;

/// Why a file cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// No octet.
    #[error("file is empty")]
    Empty,
    /// Nothing but white space.
    #[error("file holds only white space")]
    Blank,
    /// Nothing that is known.
    #[error("not PEM, DER, JWK or a modem blob: begins with {0}")]
    Unrecognised(Beginning),
    /// One of its blocks is damaged or cannot be used.
    #[error("{place}: {problem}")]
    At {
        /// Where.
        place: Place,
        /// What.
        problem: Box<Problem>,
    },
    /// Readable, but something else than what is needed.
    #[error("this is {found}, not {wanted}")]
    Wanted {
        /// What is needed, with its article.
        wanted: &'static str,
        /// What is there.
        found: String,
    },
    /// More than one, and no telling which is meant.
    #[error("this holds {count} different {what}, and one is needed")]
    Several {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
    },
    /// The private key is encrypted.
    #[error("{place}: the private key is encrypted, a passphrase is needed")]
    PassphraseNeeded {
        /// Where.
        place: Place,
    },
}

impl InputError {
    pub(crate) fn at(place: Place, problem: Problem) -> Self {
        Self::At { place, problem: Box::new(problem) }
    }

    /// Where in the file it is, where that can be said.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::At { place, .. } | Self::PassphraseNeeded { place } => Some(*place),
            _ => None,
        }
    }

    /// What is wrong there.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::At { problem, .. } => Some(problem),
            _ => None,
        }
    }
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Which thing of the file, from 1.
    pub block: usize,
    /// The line, from 1; `None` in a binary file.
    pub line: Option<usize>,
    /// The offset in bytes from the start of the text (as UTF-8 with LF line ends) or of the binary file.
    pub offset: usize,
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "block {}, line {line}", self.block),
            None => write!(f, "byte {}", self.offset),
        }
    }
}

/// What is wrong at a place.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// BEGIN without END.
    #[error("{label} has no END line, the file is cut short")]
    NoEnd {
        /// The label of the block.
        label: String,
    },
    /// END without BEGIN.
    #[error("END {label} has no BEGIN line before it")]
    NoBegin {
        /// The label of the block.
        label: String,
    },
    /// BEGIN and END do not fit.
    #[error("BEGIN {begin} is closed by END {end}")]
    Labels {
        /// The label behind BEGIN.
        begin: String,
        /// The label behind END.
        end: String,
    },
    /// The dashes are too few, too many, or were turned into other characters.
    #[error("the BEGIN line has not five hyphens on both sides")]
    Hyphens,
    /// Nothing between BEGIN and END.
    #[error("{label} has nothing between BEGIN and END")]
    EmptyBlock {
        /// The label of the block.
        label: String,
    },
    /// A character that base64 does not have.
    #[error("{label} has {character:?} in column {column}, which is not base64")]
    Character {
        /// The label of the block.
        label: String,
        /// The character.
        character: char,
        /// Its column, from 1.
        column: usize,
    },
    /// The number of base64 characters is impossible.
    #[error("{label} has {characters} base64 characters, which is not a multiple of 4: some were lost")]
    Length {
        /// The label of the block.
        label: String,
        /// How many there are.
        characters: usize,
    },
    /// The padding is wrong.
    #[error("{label} is not valid base64: an equals sign inside, or bits behind the end")]
    Base64 {
        /// The label of the block.
        label: String,
    },
    /// openssl's own old encryption.
    #[error(
        "the key is encrypted in openssl's old form (Proc-Type: 4,ENCRYPTED), which is not read; PKCS#8 is"
    )]
    OldEncryption,
    /// A header of RFC 1421 in the block.
    #[error("{label} has header lines, which PEM of today does not have")]
    Headers {
        /// The label of the block.
        label: String,
    },
    /// DER that ends too early.
    #[error("the DER is cut short: it announces {announced} octets, there are {found}")]
    CutShort {
        /// As its header says.
        announced: usize,
        /// As it is.
        found: usize,
    },
    /// DER with something behind it.
    #[error("{octets} octets follow behind the end of the DER")]
    Trailing {
        /// How many.
        octets: usize,
    },
    /// DER of something unknown.
    #[error("this is DER, but neither a key nor a certificate nor a certificate request")]
    UnknownDer,
    /// Something known that is of no use here.
    #[error("this is {0}, which cannot be used here")]
    Foreign(&'static str),
    /// A PEM block of something unknown.
    #[error("a PEM block {0} cannot be used here")]
    ForeignLabel(String),
    /// A key that cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A certificate that cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A request that cannot be read.
    #[error(transparent)]
    Csr(#[from] CsrError),
    /// A JSON Web Key that cannot be read.
    #[error(transparent)]
    Jwk(#[from] JwkError),
    /// A modem's message whose frame cannot be read.
    #[error(transparent)]
    Cose(#[from] CoseError),
    /// An answer to AT%KEYGEN that cannot be read.
    #[error(transparent)]
    Keygen(#[from] KeygenError),
    /// An answer to AT%ATTESTTOKEN that cannot be read.
    #[error(transparent)]
    Attest(#[from] AttestError),
}

/// The first four octets of a file that was not recognised: enough to know it by, too few to give a secret away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning(Vec<u8>);

impl Beginning {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(bytes[..bytes.len().min(4)].to_vec())
    }
}

impl Display for Beginning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(&self.0) {
            Ok(text) if !text.chars().any(char::is_control) => write!(f, "{text:?}"),
            _ => {
                f.write_str("the octets")?;
                self.0.iter().try_for_each(|octet| write!(f, " {octet:02x}"))
            }
        }
    }
}
