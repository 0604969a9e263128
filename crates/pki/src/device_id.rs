//! The rule for the common name of a device certificate: it is the device ID on nRF Cloud.

/// The most characters that nRF Cloud allows in a device ID.
pub const MOST_ON_NRF_CLOUD: usize = 128;
/// The most characters that X.520 (ub-common-name) allows in the common name of a certificate.
pub const MOST_IN_CERTIFICATE: usize = 64;

/// Checks that `id` may be a device ID on nRF Cloud, `^[A-Za-z0-9:_-]{1,128}$`.
///
/// # Errors
/// The rule that is broken.
pub fn check(id: &str) -> Result<(), DeviceIdError> {
    if id.is_empty() {
        return Err(DeviceIdError::Empty);
    }
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, ':' | '_' | '-');
    if let Some((position, character)) = id.chars().enumerate().find(|(_, character)| !allowed(*character)) {
        return Err(DeviceIdError::Character { id: id.to_owned(), character, position: position + 1 });
    }
    if id.len() > MOST_ON_NRF_CLOUD {
        return Err(DeviceIdError::TooLong { characters: id.len() });
    }
    Ok(())
}

/// Checks that `id` may be a device ID on nRF Cloud and fits into the common name of a certificate.
///
/// # Errors
/// The rule that is broken.
pub fn check_common_name(id: &str) -> Result<(), DeviceIdError> {
    check(id)?;
    if id.len() > MOST_IN_CERTIFICATE {
        return Err(DeviceIdError::TooLongForCertificate { id: id.to_owned(), characters: id.len() });
    }
    Ok(())
}

/// Why a text cannot be a device ID, or not in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceIdError {
    /// No character.
    #[error("the device ID is empty")]
    Empty,
    /// A character outside the set.
    #[error(
        "the device ID `{}` has the character {character:?} at position {position}; allowed are letters, digits, `:`, `_` and `-`",
        id.escape_debug()
    )]
    Character {
        /// What was given.
        id: String,
        /// The first character that is not allowed.
        character: char,
        /// Its position, from 1.
        position: usize,
    },
    /// More than nRF Cloud allows.
    #[error("the device ID has {characters} characters; nRF Cloud allows {MOST_ON_NRF_CLOUD}")]
    TooLong {
        /// Characters found.
        characters: usize,
    },
    /// More than a common name can hold.
    #[error(
        "the device ID `{id}` has {characters} characters; the common name of a certificate holds {MOST_IN_CERTIFICATE}"
    )]
    TooLongForCertificate {
        /// What was given.
        id: String,
        /// Characters found.
        characters: usize,
    },
}
