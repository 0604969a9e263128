//! nRF Cloud's own error codes.

use std::fmt;

/// Error code in the body of a refusal. The first three digits are an HTTP status.
///
/// Source: table of error codes in nRF Cloud's REST API documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NrfCode(pub u32);

impl NrfCode {
    /// Bad request, or trouble inside.
    pub const BAD_REQUEST: Self = Self(40000);
    /// The monthly usage limit of the Developer plan is exceeded.
    pub const USAGE_LIMIT: Self = Self(40005);
    /// Access denied to the resource, or the wrong kind of token.
    pub const ACCESS_DENIED: Self = Self(40100);
    /// The device already belongs to another account.
    pub const DEVICE_OF_ANOTHER_ACCOUNT: Self = Self(40101);
    /// The ownership code is wrong.
    pub const WRONG_OWNERSHIP_CODE: Self = Self(40102);
    /// Entity not found.
    pub const ENTITY_NOT_FOUND: Self = Self(40410);
    /// No such device to delete.
    pub const NO_DEVICE_TO_DELETE: Self = Self(40414);
    /// Resource not found.
    pub const RESOURCE_NOT_FOUND: Self = Self(40420);
    /// Nothing found, which may stand for an empty list.
    pub const NOTHING_FOUND: Self = Self(40499);
    /// Range not satisfiable, or malformed.
    pub const RANGE_NOT_SATISFIABLE: Self = Self(41600);
    /// Validation failed.
    pub const VALIDATION_FAILED: Self = Self(42200);
    /// Failure inside the service or at its location provider; also a location that is not found.
    pub const PROVIDER_FAILURE: Self = Self(50010);

    /// What the code means, for the published codes.
    #[must_use]
    pub fn meaning(self) -> Option<&'static str> {
        Some(match self.0 {
            40000 => "bad request",
            40001 => "the device has no valid certificate for association",
            40002 => "the device cannot be dissociated",
            40005 => "monthly usage limit of the Developer plan exceeded",
            40100 => "access denied, or the wrong kind of token",
            40101 => "the device already belongs to another account",
            40102 => "the ownership code is wrong",
            40103 => "the device is not in your account",
            40410 => "entity not found",
            40411 => "no Nordic product with this ID and code",
            40412 => "the device is not provisioned yet",
            40413 => "no such device to dissociate",
            40414 => "no such device to delete",
            40420 => "resource not found",
            40499 => "nothing found, which may stand for an empty list",
            41600 => "range not satisfiable or malformed",
            42200 => "validation failed",
            50010 => "failure inside the service or at its location provider",
            _ => return None,
        })
    }
}

impl fmt::Display for NrfCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_code_has_a_meaning_and_unknown_codes_have_none() {
        for code in [
            NrfCode::BAD_REQUEST,
            NrfCode::USAGE_LIMIT,
            NrfCode::ACCESS_DENIED,
            NrfCode::DEVICE_OF_ANOTHER_ACCOUNT,
            NrfCode::WRONG_OWNERSHIP_CODE,
            NrfCode::ENTITY_NOT_FOUND,
            NrfCode::NO_DEVICE_TO_DELETE,
            NrfCode::RESOURCE_NOT_FOUND,
            NrfCode::NOTHING_FOUND,
            NrfCode::RANGE_NOT_SATISFIABLE,
            NrfCode::VALIDATION_FAILED,
            NrfCode::PROVIDER_FAILURE,
        ] {
            assert!(code.meaning().is_some(), "{code}");
        }
        assert_eq!(NrfCode(40199).meaning(), None);
    }
}
