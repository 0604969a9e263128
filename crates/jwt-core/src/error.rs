//! One error per phase: making a token, reading one, trusting one.

use core::fmt;

use crate::json::JsonError;

/// Why a token could not be made. A token that is made can be read, so what a reader of this crate refuses is refused here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The caller's buffer is too short.
    BufferTooSmall {
        /// Bytes the token needs; the same as [`encoded_len`](crate::encoded_len) says.
        needed: usize,
        /// Bytes the buffer has.
        available: usize,
    },
    /// The token would be longer than [`MAX_TOKEN_LEN`](crate::MAX_TOKEN_LEN), and no reader of this crate would take it.
    TooLong {
        /// Bytes the token would have.
        len: usize,
    },
    /// The header would have more than [`MAX_HEADER_LEN`](crate::MAX_HEADER_LEN) bytes of JSON.
    HeaderTooLong {
        /// Bytes it would have.
        len: usize,
    },
    /// The key refused to sign.
    Key,
    /// Custom claims name a registered claim (RFC 7519 section 4.1), which would then stand twice.
    RegisteredClaim(&'static str),
    /// Custom claims are neither a struct nor a map.
    NotAnObject,
    /// A map's key is not a string (RFC 8259 section 4).
    KeyNotString,
    /// A number is NaN or infinite (RFC 8259 section 6).
    NotFinite,
    /// A time is past the year 9999, see [`MAX_TIME`](crate::MAX_TIME).
    Time,
    /// The header with its further parameters is not what this crate accepts in a token: a name stands twice say, or is `crit`.
    Header(ParseError),
    /// A payload given as text or by serde is not what this crate accepts in a token: a member stands twice say, or `exp` is no whole
    /// number. Offsets are those in the payload's JSON.
    Payload(ParseError),
    /// The `Serialize` of the custom claims failed.
    CustomClaims,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferTooSmall { needed, available } => {
                write!(f, "the token needs {needed} bytes, the buffer has {available}")
            }
            Self::TooLong { len } => {
                write!(f, "the token would have {len} bytes, the limit is {}", crate::MAX_TOKEN_LEN)
            }
            Self::HeaderTooLong { len } => ParseError::HeaderTooLong { len: *len }.fmt(f),
            Self::Key => f.write_str("the key refused to sign"),
            Self::RegisteredClaim(name) => write!(f, "custom claims contain the registered claim `{name}`"),
            Self::NotAnObject => f.write_str("custom claims are not a struct or a map"),
            Self::KeyNotString => f.write_str("custom claims contain a key that is not a string"),
            Self::NotFinite => f.write_str("custom claims contain a number that is not finite"),
            Self::Time => write!(f, "a time is past {} s, the end of the year 9999", crate::MAX_TIME),
            Self::Payload(ParseError::Json { error, .. }) => {
                write!(f, "the payload is not valid JSON: {error}")
            }
            Self::Header(error) | Self::Payload(error) => error.fmt(f),
            Self::CustomClaims => f.write_str("custom claims could not be serialised"),
        }
    }
}

impl core::error::Error for SignError {}

/// Which of a token's three parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The JOSE header.
    Header,
    /// The claims set.
    Payload,
    /// The signature.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Header => "header",
            Part::Payload => "payload",
            Part::Signature => "signature",
        })
    }
}

/// What is wrong with a part's base64url (RFC 7515 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Base64Defect {
    /// `=` stands in it; JWS has no padding.
    Padding,
    /// `+` or `/` stands in it, of the ordinary alphabet.
    StandardAlphabet,
    /// White space stands in it.
    WhiteSpace,
    /// Another character outside the alphabet.
    Character,
    /// Its length cannot be (4n + 1), or its last character carries bits that no octet takes, so that two texts would mean the same.
    NotCanonical,
}

/// Why a text is no token that this crate accepts. Nothing is said about who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseError {
    /// Longer than [`MAX_TOKEN_LEN`](crate::MAX_TOKEN_LEN).
    TooLong {
        /// Bytes the text has.
        len: usize,
    },
    /// Not three parts with two dots between (RFC 7515 section 7.1).
    Parts {
        /// Parts found.
        found: usize,
    },
    /// A part is not canonical base64url.
    Base64 {
        /// Which part.
        part: Part,
        /// What is wrong.
        defect: Base64Defect,
        /// Byte offset in the whole token.
        offset: usize,
    },
    /// The header has more than [`MAX_HEADER_LEN`](crate::MAX_HEADER_LEN) bytes of JSON.
    HeaderTooLong {
        /// Bytes it has.
        len: usize,
    },
    /// The header or the payload is not JSON that this crate accepts.
    Json {
        /// Which part.
        part: Part,
        /// What is wrong, with the offset in the decoded JSON.
        error: JsonError,
    },
    /// The header has no `alg` (RFC 7515 section 4.1.1).
    AlgorithmMissing,
    /// `alg` is `none`: an unsecured token (RFC 8725 section 3.1).
    Unsecured,
    /// `alg` is something else than `ES256` (RFC 8725 section 3.1).
    Algorithm,
    /// The header has `crit`, and this crate knows no extension (RFC 7515 section 4.1.11).
    Critical,
    /// The header has `b64`, an unencoded payload (RFC 7797, RFC 8725 section 3).
    UnencodedPayload,
    /// A header parameter or a claim has the wrong JSON type.
    Type {
        /// Which part.
        part: Part,
        /// Name of the member.
        name: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// The signature does not have 86 characters, that is 64 octets (RFC 7518 section 3.4).
    SignatureLength {
        /// Characters it has.
        found: usize,
    },
    /// `r` or `s` is zero or not below the order of the curve.
    SignatureRange,
    /// `exp`, `nbf` or `iat` is not a whole number of seconds from 0 to [`MAX_TIME`](crate::MAX_TIME).
    Time {
        /// Name of the claim.
        name: &'static str,
    },
    /// The caller's buffer cannot hold the decoded payload.
    BufferTooSmall {
        /// Bytes the payload needs, see [`UntrustedToken::payload_len`](crate::UntrustedToken::payload_len).
        needed: usize,
        /// Bytes the buffer has.
        available: usize,
    },
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { len } => {
                write!(f, "the token has {len} bytes, the limit is {}", crate::MAX_TOKEN_LEN)
            }
            Self::Parts { found } => {
                write!(f, "a token has 3 parts with dots between, this text has {found}")
            }
            Self::Base64 { part, defect, offset } => {
                let what = match defect {
                    Base64Defect::Padding => "padding `=`",
                    Base64Defect::StandardAlphabet => "`+` or `/` of the ordinary base64 alphabet",
                    Base64Defect::WhiteSpace => "white space",
                    Base64Defect::Character => "a character outside the base64url alphabet",
                    Base64Defect::NotCanonical => "stray bits or a length that cannot be",
                };
                write!(f, "the {part} is not canonical base64url: {what} at byte {offset} of the token")
            }
            Self::HeaderTooLong { len } => {
                write!(f, "the header has {len} bytes, the limit is {}", crate::MAX_HEADER_LEN)
            }
            Self::Json { part, error } => write!(f, "the {part} is not acceptable JSON: {error}"),
            Self::AlgorithmMissing => f.write_str("the header has no `alg`"),
            Self::Unsecured => f.write_str("`alg` is `none`: the token is not signed"),
            Self::Algorithm => f.write_str("`alg` is not `ES256`"),
            Self::Critical => f.write_str("the header has `crit`, and no extension is known here"),
            Self::UnencodedPayload => {
                f.write_str("the header has `b64`: unencoded payloads are not accepted")
            }
            Self::Type { part, name, found } => write!(f, "`{name}` in the {part} is {found}"),
            Self::SignatureLength { found } => {
                write!(f, "an ES256 signature has 86 characters, this one has {found}")
            }
            Self::SignatureRange => f.write_str("r or s of the signature is zero or out of range"),
            Self::Time { name } => {
                write!(f, "`{name}` is not a whole number of seconds from 0 to {}", crate::MAX_TIME)
            }
            Self::BufferTooSmall { needed, available } => {
                write!(f, "the payload needs {needed} bytes, the buffer has {available}")
            }
        }
    }
}

impl core::error::Error for ParseError {}

/// Why a token was not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The signature was not made by this key over this text.
    Signature,
    /// The signature is right, but the payload is none that this crate accepts.
    Payload(ParseError),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature => f.write_str("the signature does not belong to this key and this text"),
            Self::Payload(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for VerifyError {}
