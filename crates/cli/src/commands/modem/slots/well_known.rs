//! The authorities of nRF Cloud's own servers, as they are written to modems: SHA-256 over their PEM in each spelling (facts: 10 of
//! the modem's). Digests suffice to know them again.

use modem_at::Sha256Digest;

const AMAZON: &str = "Amazon Root CA 1";
const COAP: &str = "nRF Cloud CoAP CA";
const BOTH: &str = "Amazon Root CA 1 and nRF Cloud CoAP CA";

const CRLF: &str = "with CR LF line breaks";
const LF: &str = "with LF line breaks";
const CRLF_OPEN: &str = "with CR LF line breaks and none at the end";
const LF_OPEN: &str = "with LF line breaks and none at the end";

/// Name, spelling, digest.
const KNOWN: [(&str, &str, &str); 16] = [
    (AMAZON, CRLF, "56ae01e6773bdaec4bfb216d4005adb06e4f680bd8bfb8be4c683ce921681897"),
    (AMAZON, LF, "2c43952ee9e000ff2acc4e2ed0897c0a72ad5fa72c3d934e81741cbd54f05bd1"),
    (AMAZON, CRLF_OPEN, "a86d8bf8d75130765a6453960e0e4e5158e0f3e43f86699efe36190c463a25cf"),
    (AMAZON, LF_OPEN, "ad6fb002e6b34c0559fa8f93a3794ff12c4e3f119bd77290c52525123fb9ea74"),
    (COAP, CRLF, "d283f2896936e285e5e87d3648e18dbce1320212e7e69b8aa02283903d237dd2"),
    (COAP, LF, "960d85d664046563d2483f724d1b076ff7dfae9da805533cf39b421416a00d2a"),
    (COAP, CRLF_OPEN, "3a16e9a1bd93dbaa7216cdfbfc1c22d5390bff22001063320097e73c1bb4269e"),
    (COAP, LF_OPEN, "fb0641effc501f1f2c3dafcb96c571c546b145cc62d71c410e24b625537ffa22"),
    // With a blank line between the two, as Nordic's tools write them.
    (BOTH, CRLF, "d5e6f46ea69a3f0ef8edb209af0316693a88447b97fd0a4fae6de3335ac5816e"),
    (BOTH, LF, "f6eef665b61c4f9852ac3c84747d0ee92d0e79b24c187abb7ceef7a85e173534"),
    (BOTH, CRLF_OPEN, "06fcabd6c8c53e798c25decd3451dbffd6c8ef6feaa4b409e42db86c80fe816d"),
    (BOTH, LF_OPEN, "9f2e81da2aa4ccc642f8f50892c518cb78d416368f9fa3ee7bd21c1d8acc215a"),
    // Without one.
    (BOTH, CRLF, "78bd096ee6773278141f64d940210a6d8e0c8b6f023112eb5c6c235e71d45070"),
    (BOTH, LF, "9773a4830889b5c1052796cdb00962a5c65c087d06adbf59752afe7ae0bb6f42"),
    (BOTH, CRLF_OPEN, "dcd800058756343efbd255e358e71ab7ffd240611746da8922bc7b1dbeefe44f"),
    (BOTH, LF_OPEN, "b411bfd55ac7075b65fd64cc75a4aa7fa3513014bff6c90d5e0aa34de533917b"),
];

/// What has this digest, and how it is spelt.
pub(super) fn find(digest: Sha256Digest) -> Option<(&'static str, &'static str)> {
    KNOWN
        .into_iter()
        .find(|(.., known)| known.parse() == Ok(digest))
        .map(|(name, spelling, _)| (name, spelling))
}

/// Whether this is the PEM of the authority of nRF Cloud's CoAP server, in any spelling.
pub(crate) fn is_nrf_cloud_coap_ca(digest: Sha256Digest) -> bool {
    find(digest).is_some_and(|(name, _)| name == COAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digest_can_be_read() {
        for (name, spelling, digest) in KNOWN {
            assert_eq!(find(digest.parse().unwrap()), Some((name, spelling)));
        }
        assert_eq!(find(Sha256Digest::of(b"")), None);
    }

    #[test]
    fn the_spellings_are_named_as_those_of_local_files_are() {
        use modem_at::TextVariant;
        for (spelling, variant) in [
            (CRLF, TextVariant::CrLf),
            (LF, TextVariant::Lf),
            (CRLF_OPEN, TextVariant::CrLfWithoutFinalBreak),
            (LF_OPEN, TextVariant::LfWithoutFinalBreak),
        ] {
            assert_eq!(spelling, variant.to_string());
        }
    }
}
