//! The types of TLS credentials, and the names that the shell has for them.

/// A type of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsType {
    CaCertificate,
    Certificate,
    PrivateKey,
    PrivateKeyPsa,
    Psk,
    PskIdentity,
}

/// The first name of a type is the one in sentences, the last the one in lists.
const NAMES: [(&str, TlsType); 16] = [
    ("CA_CERT", TlsType::CaCertificate),
    ("CA", TlsType::CaCertificate),
    ("SERVER_CERT", TlsType::Certificate),
    ("CLIENT_CERT", TlsType::Certificate),
    ("SELF_CERT", TlsType::Certificate),
    ("SELF", TlsType::Certificate),
    ("CLIENT", TlsType::Certificate),
    ("SERV", TlsType::Certificate),
    ("PRIVATE_KEY", TlsType::PrivateKey),
    ("PK", TlsType::PrivateKey),
    ("PRIVATE_KEY_PSA", TlsType::PrivateKeyPsa),
    ("PK_PSA", TlsType::PrivateKeyPsa),
    ("PRE_SHARED_KEY", TlsType::Psk),
    ("PSK", TlsType::Psk),
    ("PRE_SHARED_KEY_ID", TlsType::PskIdentity),
    ("PSK_ID", TlsType::PskIdentity),
];

impl TlsType {
    pub(crate) fn parse(word: &str) -> Option<Self> {
        NAMES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, kind)| kind)
    }

    /// The name in a sentence.
    pub(crate) fn name(self) -> &'static str {
        NAMES.into_iter().find(|(_, kind)| *kind == self).map_or("INVALID", |(name, _)| name)
    }

    /// The name in a list.
    pub(crate) fn compact(self) -> &'static str {
        NAMES.into_iter().rfind(|(_, kind)| *kind == self).map_or("INV", |(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_two_names() {
        for (word, name, compact) in [
            ("ca", "CA_CERT", "CA"),
            ("CLIENT", "SERVER_CERT", "SERV"),
            ("PK", "PRIVATE_KEY", "PK"),
            ("pk_psa", "PRIVATE_KEY_PSA", "PK_PSA"),
            ("PSK", "PRE_SHARED_KEY", "PSK"),
            ("PSK_ID", "PRE_SHARED_KEY_ID", "PSK_ID"),
        ] {
            let kind = TlsType::parse(word).unwrap();
            assert_eq!((kind.name(), kind.compact()), (name, compact));
        }
        assert_eq!(TlsType::parse("CERT"), None);
    }
}
