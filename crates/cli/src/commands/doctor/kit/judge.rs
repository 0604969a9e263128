//! What the kit's answers mean.

use std::time::{Duration, SystemTime};

use cloud_api::DeviceId;
use jwt_core::{UntrustedToken, VerifyError};
use modem_at::{CredentialType, Dialect, FunctionalMode, SecTag, Terminator};
use pki::certificate::Certificate;

use crate::clock::{self, Exact, Span, Utc};
use crate::commands::modem::slots::{self, Slot};
use crate::exit_code::ExitCode;
use crate::finding::Finding;
use crate::known_keys::{self, KnownKey};

/// What answers.
pub(super) fn dialect(dialect: Dialect, terminator: Terminator) -> Finding {
    let message = match dialect {
        Dialect::AtShell => {
            format!("{dialect} answers: text that is stored through it gets CR LF line breaks")
        }
        Dialect::CredentialShell => format!("{dialect} answers: it keeps credentials, and there is no modem"),
        _ => format!("{dialect} answers, and its commands end with {terminator}"),
    };
    Finding::ok("kit.dialect", message)
}

/// The first firmware that signs tokens (facts: 7 of the modem's).
const FIRST_WITH_TOKENS: [u32; 3] = [1, 3, 0];

pub(super) fn firmware(model: &str, firmware: &str) -> Finding {
    match version(firmware) {
        Some(version) if version < FIRST_WITH_TOKENS => Finding::warning(
            "kit.firmware-old",
            format!("{model} with {firmware}: before 1.3.0 a modem signs no tokens"),
        )
        .next("update the modem firmware: nRF Connect for Desktop, Programmer"),
        _ => Finding::ok("kit.firmware", format!("{model} with {firmware}")),
    }
}

/// The numbers of `mfw_nrf91x1_2.0.2`.
fn version(firmware: &str) -> Option<[u32; 3]> {
    firmware.split(['_', '-']).find_map(|piece| {
        let numbers: Vec<u32> = piece.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        numbers.try_into().ok()
    })
}

pub(super) fn mode(mode: FunctionalMode) -> Option<Finding> {
    Some(if mode.is_offline() {
        Finding::note(
            "kit.offline",
            format!("the modem is offline, mode {mode}: credentials can be written, and nothing is sent"),
        )
        .next("let it go online: nrfcloud modem at AT+CFUN=1")
    } else {
        Finding::ok(
            "kit.mode",
            format!("the modem is in mode {mode}; credentials are written offline, which the verbs see to"),
        )
    })
}

/// How far a clock may be off before tokens suffer.
const LEEWAY: u64 = 60;

/// `time` and `now` are seconds since 1970.
pub(super) fn clock(time: Option<i64>, now: u64) -> Finding {
    let set = "set it: nrfcloud modem time --set now";
    let Some(time) = time.and_then(|time| u64::try_from(time).ok()) else {
        return Finding::warning(
            "kit.clock-unset",
            "the modem's clock is not set: its tokens carry neither `iat` nor `exp`",
        )
        .next(set);
    };
    let apart = time.abs_diff(now);
    if apart > LEEWAY {
        return Finding::warning(
            "kit.clock-skew",
            format!("the modem's clock says {}, {} apart from this host's", Utc(time), Exact(apart)),
        )
        .next(set);
    }
    Finding::ok("kit.clock", format!("the modem's clock is {} apart from this host's", Span(apart)))
}

/// How long before its end a certificate is told.
const SOON: Duration = Duration::from_secs(90 * 86_400);

/// What is in the tag, and what is missing there.
pub(super) fn slots(sec_tag: SecTag, slots: &[Slot], now: SystemTime) -> Vec<Finding> {
    let slot = |kind: CredentialType| slots.iter().find(|slot| slot.number == kind.number());
    let authority = slot(CredentialType::RootCa);
    let certificate = slot(CredentialType::ClientCertificate);
    let key = slot(CredentialType::ClientPrivateKey);
    let mut findings: Vec<Finding> = slots
        .iter()
        .map(|slot| {
            Finding::ok("kit.slot", format!("sec_tag {sec_tag}, {}: {}", slot.name, slot.identity.to_line()))
        })
        .collect();
    match (certificate, key) {
        (None, None) => findings.push(
            Finding::warning("kit.no-credentials", format!("sec_tag {sec_tag} holds neither key nor certificate"))
                .next(format!("make a key: nrfcloud modem keygen --sec-tag {sec_tag}")),
        ),
        (None, Some(_)) => findings.push(
            Finding::warning(
                "kit.no-certificate",
                format!("sec_tag {sec_tag} holds a key and no certificate: it signs tokens, and cannot connect by TLS"),
            )
            .next(format!("write it: nrfcloud modem write FILE --sec-tag {sec_tag} --type cert")),
        ),
        (Some(_), None) => findings.push(
            Finding::error(
                "kit.no-key",
                ExitCode::ModemRefused,
                format!("sec_tag {sec_tag} holds a certificate and no key: nothing can be done with it"),
            )
            .next(format!("make a key, and a certificate for it: nrfcloud modem keygen --sec-tag {sec_tag}")),
        ),
        (Some(_), Some(_)) => {}
    }
    if authority.is_none() {
        findings.push(
            Finding::warning(
                "kit.no-ca",
                format!(
                    "sec_tag {sec_tag} holds no root CA: the kit cannot tell nRF Cloud from another server"
                ),
            )
            .next(format!(
                "write that of nRF Cloud: nrfcloud modem write FILE --sec-tag {sec_tag} --type ca"
            )),
        );
    }
    findings.extend(slots::certificate(slots).and_then(|certificate| expiry(certificate, now)));
    findings
}

fn expiry(certificate: &Certificate, now: SystemTime) -> Option<Finding> {
    let (end, today) = (clock::unix_seconds(certificate.not_after()), clock::unix_seconds(now));
    let when = clock::relative(end, today);
    let renew = "issue another for the same key: nrfcloud cert issue --keygen FILE";
    if end < today {
        let message = format!("the certificate has expired {when}, at {}", Utc(end));
        return Some(Finding::error("kit.certificate-expired", ExitCode::NotVerified, message).next(renew));
    }
    (end - today < SOON.as_secs()).then(|| {
        Finding::warning(
            "kit.certificate-expires",
            format!("the certificate expires {when}, at {}", Utc(end)),
        )
        .next(renew)
    })
}

/// Over MQTT the CN is the device ID.
pub(super) fn common_name(name: &str, device_id: Option<&DeviceId>, candidates: &[&str]) -> Finding {
    match device_id {
        Some(id) if id.as_str() != name => Finding::warning(
            "kit.common-name",
            format!("the certificate's CN is {name}, the device ID {id}; over MQTT the two must be the same"),
        )
        .next(format!("issue another: nrfcloud cert issue --keygen FILE --device-id {id}")),
        None if !candidates.contains(&name) => Finding::note(
            "kit.custom-id",
            format!(
                "the certificate's CN is {name}, which the kit does not have by itself: its firmware must be built with that ID"
            ),
        ),
        _ => Finding::ok(
            "kit.device-id",
            format!("the certificate's CN is {name}, which the device ID may be"),
        ),
    }
}

/// Whose the key is that signed in the kit.
pub(super) fn key(
    token: &UntrustedToken<'_>,
    certificate: Option<&Certificate>,
    keys: &[KnownKey],
) -> Vec<Finding> {
    let mut buffer = vec![0; token.payload_len()];
    let mut findings = Vec::new();
    if let Some(public) = certificate.and_then(|certificate| certificate.public_key().ok()) {
        findings.push(match token.verify(&public, &mut buffer) {
            Err(VerifyError::Signature) => Finding::error(
                "kit.key-other",
                ExitCode::NotVerified,
                "the kit's key is not that of the certificate beside it: no TLS connection can come of it",
            )
            .next("issue a certificate for the key: nrfcloud cert issue --keygen FILE"),
            _ => Finding::ok(
                "kit.key-pair",
                "the kit's key is that of the certificate beside it, as a token shows",
            ),
        });
    }
    if !keys.is_empty() {
        findings.push(match known_keys::signer(token, keys, None) {
            Some(known) => Finding::ok(
                "kit.key-known",
                match &known.device_id {
                    Some(id) => format!("the kit's key is that of {}, device {id}", known.name),
                    None => format!("the kit's key is that of {}", known.name),
                },
            ),
            None => Finding::warning(
                "kit.key-unknown",
                format!("the kit's key is none of those that were given ({})", keys.len()),
            )
            .next("if one of them was uploaded for this kit, register the kit's own: nrfcloud device register-key"),
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_unset_off_or_right() {
        let line = |time| clock(time, 1_700_000_000).to_string();
        assert_eq!(
            line(None),
            "warning[kit.clock-unset]: the modem's clock is not set: its tokens carry neither `iat` nor `exp`\n  \
             next: set it: nrfcloud modem time --set now"
        );
        assert!(line(Some(1_699_999_000)).starts_with(
            "warning[kit.clock-skew]: the modem's clock says 2023-11-14 21:56:40 UTC, 16 min 40 s (1000 s) apart from this host's\n"
        ));
        assert_eq!(
            line(Some(1_700_000_060)),
            "ok[kit.clock]: the modem's clock is 1 min apart from this host's"
        );
        assert!(line(Some(-5)).starts_with("warning[kit.clock-unset]: "));
    }

    #[test]
    fn old_firmware_is_told_from_new() {
        let id = |name| firmware("nRF9160-SICA", name).to_string();
        assert!(
            id("mfw_nrf9160_1.2.7")
                .starts_with("warning[kit.firmware-old]: nRF9160-SICA with mfw_nrf9160_1.2.7: ")
        );
        for name in ["mfw_nrf9160_1.3.0-FOTA-TEST", "mfw_nrf91x1_2.0.2", "mfw_nrf9160_10.0.0", "something"] {
            assert!(id(name).starts_with("ok[kit.firmware]: "), "{name}");
        }
    }

    #[test]
    fn each_dialect_has_its_words() {
        let line = |kind| dialect(kind, Terminator::CrLf).to_string();
        assert_eq!(
            line(Dialect::AtHost),
            "ok[kit.dialect]: an AT host answers, and its commands end with CRLF"
        );
        assert!(line(Dialect::AtShell).contains("gets CR LF line breaks"));
        assert!(line(Dialect::CredentialShell).contains("there is no modem"));
    }

    #[test]
    fn a_certificate_ends() {
        use pki::ca::{CaParams, CertificateAuthority, DeviceCertRequest};
        use pki::key::PrivateKey;
        use pki::subject::{Attribute, Subject};
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let subject = Subject::new().with(Attribute::CommonName, "ca").unwrap();
        let authority =
            CertificateAuthority::create(&CaParams::new(subject), PrivateKey::generate().unwrap(), now)
                .unwrap();
        let mut request = DeviceCertRequest::new("device", PrivateKey::generate().unwrap().public_key());
        request.days = 100;
        let certificate = authority.issue(&request, now).unwrap();
        let line = |days: u64| {
            expiry(&certificate, now + Duration::from_secs(days * 86_400)).map(|finding| finding.to_string())
        };
        assert_eq!(line(5), None);
        assert!(
            line(11).unwrap().starts_with("warning[kit.certificate-expires]: the certificate expires in 8")
        );
        assert!(
            line(101).unwrap().starts_with("error[kit.certificate-expired]: the certificate has expired 1 d")
        );
    }
}
