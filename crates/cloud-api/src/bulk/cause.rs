//! Which of the known reasons a row failed for.

/// Why a row failed, as far as the service's words are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// "The device certificate is already registered and attached to a different device."
    CertificateInUse,
    /// "Thing … already exists in account with different attributes": the device is onboarded, otherwise.
    DeviceDiffers,
    /// The service gave no reason, as it did in the old error files.
    NotGiven,
    /// Words that this crate does not know.
    Other,
}

impl Cause {
    /// The cause behind a message of an error file. Texts are those seen by users of the service; they are not
    /// published.
    #[must_use]
    pub fn of(message: &str) -> Self {
        let message = message.trim();
        if message.is_empty() || message == "ERROR_UNKNOWN" {
            Self::NotGiven
        } else if message.contains("certificate is already registered and attached to a different device") {
            Self::CertificateInUse
        } else if message.contains("already exists in account with different attributes") {
            Self::DeviceDiffers
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_that_were_seen_are_known() {
        for (message, cause) in [
            (
                "The device certificate is already registered and attached to a different device.",
                Cause::CertificateInUse,
            ),
            ("Thing a already exists in account with different attributes", Cause::DeviceDiffers),
            (" ", Cause::NotGiven),
            ("The moon is full.", Cause::Other),
        ] {
            assert_eq!(Cause::of(message), cause, "{message}");
        }
    }
}
