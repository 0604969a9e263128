//! The published rules for the columns of an upload (facts 1.1), one function each.
//!
//! They are code, not patterns: a certificate is a thousand characters and an upload a thousand certificates. The
//! tests hold each against the pattern as published, run by the `regex` crate.

/// `/^[a-z0-9:_-]{1,128}$/i`
pub(crate) fn is_device_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-'))
}

/// `/[a-zA-Z0-9_.,@\/:#-]{0,799}/`. As published it has no anchors and so would accept anything; the simulator reads
/// it with them.
pub(crate) fn is_sub_type(text: &str) -> bool {
    text.len() <= 799
        && text.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b',' | b'@' | b'/' | b':' | b'#' | b'-')
        })
}

/// `/^[a-zA-Z0-9_.@:#-]+$/`
pub(crate) fn is_tag(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'@' | b':' | b'#' | b'-'))
}

/// `/^(APP|MODEM|BOOT|SOFTDEVICE|BOOTLOADER|MDM_FULL)$/`
pub(crate) fn is_csv_firmware_type(text: &str) -> bool {
    matches!(text, "APP" | "MODEM" | "BOOT" | "SOFTDEVICE" | "BOOTLOADER" | "MDM_FULL")
}

/// The enum `FirmwareTypes` of OnboardDevice, which has two more than the CSV (facts 1.2).
pub(crate) fn is_firmware_type(text: &str) -> bool {
    is_csv_firmware_type(text) || matches!(text, "SMP" | "CUSTOM")
}

/// `/^-{5}BEGIN CERTIFICATE-{5}(\r\n|\r|\n)([^-]+)(\r\n|\r|\n)-{5}END CERTIFICATE-{5}(\r\n|\r|\n)$/`
pub(crate) fn is_certificate_pem(text: &str) -> bool {
    is_pem(text, "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
}

/// `/^-{5}BEGIN PUBLIC KEY-{5}(\r\n|\r|\n)([^-]+)(\r\n|\r|\n)-{5}END PUBLIC KEY-{5}(\r\n|\r|\n)$/`
pub(crate) fn is_public_key_pem(text: &str) -> bool {
    is_pem(text, "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----")
}

/// Three parts of base64url between full stops: the form of a JSON Web Token.
pub(crate) fn is_token(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    text.split('.').count() == 3 && text.split('.').all(part)
}

fn is_pem(text: &str, begin: &str, end: &str) -> bool {
    let body = text
        .strip_suffix("\r\n")
        .or_else(|| text.strip_suffix(['\r', '\n']))
        .and_then(|text| text.strip_suffix(end))
        .and_then(|text| text.strip_prefix(begin));
    // A break of one character on either side is enough, whatever follows it inside.
    body.and_then(|body| body.strip_prefix(['\r', '\n']))
        .and_then(|body| body.strip_suffix(['\r', '\n']))
        .is_some_and(|body| !body.is_empty() && !body.contains('-'))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    // Without `u`, JavaScript's `i` folds ASCII letters only.
    static DEVICE_ID: LazyLock<Regex> = LazyLock::new(|| published("^(?i-u:[a-z0-9:_-]){1,128}$"));
    static SUB_TYPE: LazyLock<Regex> = LazyLock::new(|| published(r"^[a-zA-Z0-9_.,@\/:#-]{0,799}$"));
    static TAG: LazyLock<Regex> = LazyLock::new(|| published("^[a-zA-Z0-9_.@:#-]+$"));
    static CERTIFICATE: LazyLock<Regex> = LazyLock::new(|| pem("CERTIFICATE"));
    static PUBLIC_KEY: LazyLock<Regex> = LazyLock::new(|| pem("PUBLIC KEY"));

    fn published(pattern: &str) -> Regex {
        Regex::new(pattern).unwrap()
    }

    fn pem(label: &str) -> Regex {
        let pattern = r"^-{5}BEGIN LABEL-{5}(\r\n|\r|\n)([^-]+)(\r\n|\r|\n)-{5}END LABEL-{5}(\r\n|\r|\n)$";
        published(&pattern.replace("LABEL", label))
    }

    proptest! {
        #[test]
        fn short_rules_agree_with_the_published_patterns(text in "[a-zA-Z0-9_.,@/:# é\n|-]{0,6}|.*") {
            let text = text.as_str();
            prop_assert_eq!(is_device_id(text), DEVICE_ID.is_match(text));
            prop_assert_eq!(is_sub_type(text), SUB_TYPE.is_match(text));
            prop_assert_eq!(is_tag(text), TAG.is_match(text));
        }

        #[test]
        fn lengths_agree_with_the_published_patterns(length in 0_usize..900) {
            let text = "a".repeat(length);
            prop_assert_eq!(is_device_id(&text), DEVICE_ID.is_match(&text));
            prop_assert_eq!(is_sub_type(&text), SUB_TYPE.is_match(&text));
        }

        #[test]
        fn pem_rules_agree_with_the_published_patterns(
            head in "\n?-----BEGIN (CERTIFICATE|PUBLIC KEY)-----", body in "(\r|\n|A|-|=){0,5}",
            foot in "-----END (CERTIFICATE|PUBLIC KEY)-----", tail in "(\r|\n|A){0,2}",
        ) {
            let text = format!("{head}{body}{foot}{tail}");
            prop_assert_eq!(is_certificate_pem(&text), CERTIFICATE.is_match(&text));
            prop_assert_eq!(is_public_key_pem(&text), PUBLIC_KEY.is_match(&text));
        }
    }

    #[test]
    fn firmware_types_agree_with_the_published_pattern() {
        let pattern = published("^(APP|MODEM|BOOT|SOFTDEVICE|BOOTLOADER|MDM_FULL)$");
        for text in [
            "APP",
            "MODEM",
            "BOOT",
            "SOFTDEVICE",
            "BOOTLOADER",
            "MDM_FULL",
            "SMP",
            "CUSTOM",
            "app",
            "",
            "APP ",
        ] {
            assert_eq!(is_csv_firmware_type(text), pattern.is_match(text), "{text:?}");
        }
        assert!(is_firmware_type("SMP") && is_firmware_type("CUSTOM") && !is_firmware_type("ZIGBEE"));
    }

    #[test]
    fn the_pem_needs_its_final_line_break() {
        assert!(is_public_key_pem("-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"));
        assert!(!is_public_key_pem("-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----"));
        assert!(!is_certificate_pem("-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"));
    }
}
