//! What is wrong with a token by itself and by the keys at hand, the causes before what follows from them.

use base64ct::{Base64UrlUnpadded, Encoding};
use cloud_api::DeviceId;
use jwt_core::{ClaimsView, ParseError, Rules, UntrustedToken, Violation, nrfcloud};

use crate::clock::{self, Exact, Span, Utc};
use crate::exit_code::ExitCode;
use crate::finding::{Finding, Findings};
use crate::known_keys::{self, KnownKey};
use crate::token::Opened;

/// What the user says the token should be.
pub(super) struct Expected<'a> {
    pub(super) device_id: Option<&'a DeviceId>,
    pub(super) audience: Option<&'a str>,
    pub(super) leeway: u64,
}

/// The moment by which times are judged.
pub(super) struct Time {
    /// Seconds since 1970.
    pub(super) now: u64,
    /// Whose moment it is.
    pub(super) clock: &'static str,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Judgement {
    pub(super) findings: Findings,
    pub(super) device_id: Option<String>,
    pub(super) signed_by: Option<String>,
}

/// How the subject of an evaluation token begins (facts: 6.5 of the cloud's API).
const EVALUATION_SUBJECT: &str = "nrfcloud-evaluation-device-";

const SIGN_ANOTHER: &str = "sign another: nrfcloud jwt sign --key FILE --device-id ID";

/// Looks at a token as it was given (`raw`) and with what is around it taken off (`text`).
pub(super) fn judge(
    raw: &str,
    text: &str,
    keys: &[KnownKey],
    expected: &Expected<'_>,
    time: &Time,
) -> Judgement {
    let mut judgement = Judgement::default();
    judgement.findings.extend(of_wrapping(raw, text));
    let token = match UntrustedToken::parse(text) {
        Ok(token) => token,
        Err(error) => {
            judgement.findings.push(of_form(text, &error));
            return judgement;
        }
    };
    let mut buffer = vec![0; token.payload_len()];
    let claims = match token.claims_unverified(&mut buffer) {
        Ok(claims) => claims,
        Err(error) => {
            judgement.findings.push(of_form(text, &error));
            return judgement;
        }
    };
    let device_id = nrfcloud::device_id(&claims).map(|id| id.to_string());
    let signer = known_keys::signer(&token, keys, device_id.as_deref());
    judgement.findings.push(of_signature(&token, keys, signer, device_id.as_deref()));
    judgement.findings.extend(of_key_id(&token, keys, signer));
    judgement.findings.extend(of_device(&claims, device_id.as_deref(), signer, expected.device_id));
    judgement.findings.extend(of_times(&claims, expected.leeway, time));
    judgement.findings.extend(of_audience(&claims, expected.audience));
    judgement.signed_by = signer.map(|signer| signer.name.clone());
    // An evaluation names itself where a device names itself.
    judgement.device_id = device_id.filter(|id| !id.starts_with(EVALUATION_SUBJECT));
    judgement
}

/// What stands around the token, and in it, that does not belong there.
fn of_wrapping(raw: &str, text: &str) -> Option<Finding> {
    let raw = raw.trim();
    if raw == text {
        return None;
    }
    let has_scheme = raw.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("Bearer"));
    if has_scheme && raw[6..].trim_start() == text {
        return None;
    }
    let count = |wanted: &dyn Fn(char) -> bool| raw.chars().filter(|&letter| wanted(letter)).count();
    let mut found = Vec::new();
    for (what, count) in [
        ("line breaks", count(&|letter| matches!(letter, '\n' | '\r'))),
        ("quotes", count(&|letter| matches!(letter, '"' | '\''))),
        ("letters of the ordinary base64 alphabet, + or /", count(&|letter| matches!(letter, '+' | '/'))),
        ("padding =", count(&|letter| letter == '=')),
    ] {
        if count > 0 {
            found.push(format!("{what}: {count}"));
        }
    }
    if found.is_empty() {
        found.push("white space".to_owned());
    }
    let message = format!(
        "as it was given the token has what no token may have ({}); without that it reads as below, with it nRF Cloud refuses it",
        found.join(", ")
    );
    Some(Finding::warning("form.wrapping", message).next("send the token alone, in one piece"))
}

/// A text that is no ES256 token.
fn of_form(text: &str, error: &ParseError) -> Finding {
    let refused = |id, message: String| Finding::error(id, ExitCode::NotVerified, message);
    match error {
        ParseError::Parts { found: 1 } if text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            refused("form.api-key", "this looks like an API key, and not like a token".to_owned()).next(
                "location services take a device's token: nrfcloud jwt sign --key FILE --device-id ID; all other services take the key",
            )
        }
        ParseError::Parts { .. } | ParseError::Base64 { .. } | ParseError::Json { .. } => {
            refused("form.no-token", format!("this is no token: {error}")).next("copy it again, whole")
        }
        ParseError::Unsecured | ParseError::Algorithm | ParseError::AlgorithmMissing => {
            let name = Opened::new(text).ok().and_then(|opened| algorithm(opened.header.json.get()));
            let message = match name {
                Some(name) => format!("the token's algorithm is {name}; nRF Cloud takes ES256 and no other"),
                None => format!("{error}; nRF Cloud takes ES256 and no other"),
            };
            refused("header.algorithm", message).next(SIGN_ANOTHER)
        }
        ParseError::SignatureLength { .. } | ParseError::SignatureRange => {
            let signature = text.rsplit('.').next().unwrap_or_default();
            match Base64UrlUnpadded::decode_vec(signature) {
                Ok(bytes) if is_asn1(&bytes) => refused(
                    "signature.asn1",
                    format!(
                        "the signature is ASN.1 of {} bytes, as openssl writes it; in a token r and s stand one after the other, 64 bytes",
                        bytes.len()
                    ),
                )
                .next(SIGN_ANOTHER),
                _ => refused("signature.form", error.to_string())
                    .next("copy it again, whole: the end may be cut off"),
            }
        }
        _ => refused("form.refused", format!("{error}; nRF Cloud takes tokens of the plain form only"))
            .next(SIGN_ANOTHER),
    }
}

fn algorithm(header: &str) -> Option<String> {
    let header: serde_json::Value = serde_json::from_str(header).ok()?;
    Some(header.get("alg")?.as_str()?.to_owned())
}

/// A SEQUENCE that ends where the bytes do.
fn is_asn1(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, length, rest @ ..] if usize::from(*length) == rest.len())
}

/// Which key signed.
fn of_signature(
    token: &UntrustedToken<'_>,
    keys: &[KnownKey],
    signer: Option<&KnownKey>,
    device_id: Option<&str>,
) -> Finding {
    if let Some(signer) = signer {
        return Finding::ok("signature.signer", format!("signed by the key of {}", signer.name));
    }
    if keys.is_empty() {
        return Finding::note("signature.unchecked", "nobody has checked who signed: no key was given")
            .next("give what you have: --key FILE, --cert FILE, --csv FILE");
    }
    let mut message = match keys {
        [one] => format!("not signed by the key of {}", one.name),
        many => format!("not signed by any of the {} keys", many.len()),
    };
    let by_kid = key_id(token).and_then(|kid| keys.iter().find(|known| known.key.key_id() == kid));
    let by_device = keys
        .iter()
        .find(|known| known.device_id.as_ref().map(DeviceId::as_str).is_some_and(|id| device_id == Some(id)));
    if let Some(known) = by_kid {
        message.push_str(&format!(
            "; its `kid` names the key of {}, so the token was changed or cut after it was signed",
            known.name
        ));
    } else if let Some(known) = by_device {
        message.push_str(&format!("; {} has another key for this device", known.name));
    }
    Finding::error("signature.foreign", ExitCode::NotVerified, message)
        .next("sign it with the key whose public half nRF Cloud has, or register the new one: nrfcloud device register-key")
}

/// The header's `kid`, where it is one of those that modems write.
fn key_id(token: &UntrustedToken<'_>) -> Option<String> {
    let kid = token.kid()?.printable().to_string();
    (kid.len() == 64 && kid.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| kid.to_ascii_lowercase())
}

/// A `kid` that is another key's than the one that signed.
fn of_key_id(token: &UntrustedToken<'_>, keys: &[KnownKey], signer: Option<&KnownKey>) -> Option<Finding> {
    let (kid, signer) = (key_id(token)?, signer?);
    if signer.key.key_id() == kid {
        return None;
    }
    let whose = keys.iter().find(|known| known.key.key_id() == kid);
    let whose = whose.map_or_else(|| format!("the key {kid}"), |known| format!("the key of {}", known.name));
    Some(Finding::warning(
        "signature.key-id",
        format!("`kid` names {whose}, which did not sign; whether nRF Cloud looks at `kid` is not published"),
    ))
}

/// Which device the token speaks for, and whether that is the one of its key.
fn of_device(
    claims: &ClaimsView<'_>,
    device_id: Option<&str>,
    signer: Option<&KnownKey>,
    expected: Option<&DeviceId>,
) -> Vec<Finding> {
    let refused = |id, message: String| Finding::error(id, ExitCode::NotVerified, message);
    let Some(found) = device_id else {
        return vec![match claims.aud() {
            Some(team) => Finding::note(
                "device.proxy",
                format!(
                    "names no device, but an audience ({team}): the token of a proxy, which the team's service key has to sign"
                ),
            ),
            None => refused(
                "device.missing",
                "names no device: neither `sub`, nor `iss` as <chip>.<device ID>".to_owned(),
            )
            .next("sign it with --device-id ID"),
        }];
    };
    if found.starts_with(EVALUATION_SUBJECT) {
        return vec![Finding::warning(
            "device.evaluation",
            "an evaluation token: nRF Cloud itself has signed it, location services alone take it, and no new ones are made",
        )];
    }
    let place = if claims.sub().is_some() { "`sub`" } else { "`iss`, behind the dot" };
    let mut findings = vec![match found.parse::<DeviceId>() {
        Ok(_) => Finding::ok("device", format!("speaks for the device {found} ({place})")),
        Err(error) => refused("device.form", format!("{place} cannot be a device ID: {error}"))
            .next("sign it with --device-id ID"),
    }];
    if let Some(expected) = expected.filter(|expected| expected.as_str() != found) {
        findings.push(
            refused("device.other", format!("speaks for {found}, and should for {expected}"))
                .next(format!("sign it with --device-id {expected}")),
        );
    }
    let Some(signer) = signer else { return findings };
    match (&signer.device_id, &signer.common_name) {
        (Some(row), _) if row.as_str() != found => findings.push(
            refused(
                "device.row",
                format!("{} gives the key that signed to the device {row}, and the token speaks for {found}", signer.name),
            )
            .next(format!("sign it with --device-id {row}")),
        ),
        (None, Some(name)) if name != found => findings.push(Finding::warning(
            "device.common-name",
            format!(
                "the certificate of the key that signed has the CN {name}, and the token speaks for {found}; what counts is the device ID beside the certificate when it was onboarded"
            ),
        )),
        _ => {}
    }
    findings
}

/// Times, with and without leeway.
fn of_times(claims: &ClaimsView<'_>, leeway: u64, time: &Time) -> Vec<Finding> {
    let &Time { now, clock } = time;
    let strict = Rules::at(now).leeway(0).max_lifetime(nrfcloud::MAX_LIFETIME).allow_timeless();
    let mut findings = Vec::new();
    if let Err(violations) = strict.check(claims) {
        findings
            .extend(violations.iter().filter_map(|violation| of_violation(violation, claims, leeway, time)));
    }
    if !findings.is_empty() {
        return findings;
    }
    vec![match claims.exp() {
        Some(exp) => {
            Finding::ok("time", format!("expires {}, at {}, by {clock}", clock::relative(exp, now), Utc(exp)))
        }
        None => Finding::ok("time", "has no `exp`: nRF Cloud takes it, whenever that is"),
    }]
}

fn of_violation(
    violation: &Violation<'_>,
    claims: &ClaimsView<'_>,
    leeway: u64,
    time: &Time,
) -> Option<Finding> {
    let &Time { now, clock } = time;
    // What nRF Cloud itself allows is not published.
    let judged = |id, apart: u64, message: String, next: &str| {
        let within = apart <= leeway;
        let margin = if within { "within the leeway of" } else { "leeway" };
        let message = format!("{message}; it is {} by {clock}, {margin} {}", Utc(now), Span(leeway));
        let finding = Finding::error(id, ExitCode::NotVerified, message).next(next);
        if within { finding.into_warning() } else { finding }
    };
    let clocks =
        "the clock of whoever signed is ahead, or this one behind: nrfcloud jwt explain --online compares";
    Some(match *violation {
        Violation::Expired { ago, .. } => judged(
            "time.expired",
            ago,
            format!("expired {} ago, at {}", Exact(ago), Utc(claims.exp()?)),
            SIGN_ANOTHER,
        ),
        Violation::NotYetValid { ahead, .. } => judged(
            "time.not-before",
            ahead,
            format!("not valid for another {}, until {}", Exact(ahead), Utc(claims.nbf()?)),
            "wait, or sign it without `nbf`",
        ),
        Violation::IssuedInFuture { ahead, .. } => judged(
            "time.issued",
            ahead,
            format!("issued {} in the future, at {}", Exact(ahead), Utc(claims.iat()?)),
            clocks,
        ),
        Violation::ExpiresBeforeIssued { by } => Finding::error(
            "time.order",
            ExitCode::NotVerified,
            format!("expires {} before it was issued", Exact(by)),
        )
        .next(SIGN_ANOTHER),
        Violation::LifetimeTooLong { lifetime, max } => Finding::warning(
            "time.lifetime",
            format!(
                "lives {}; Nordic's SDK makes none that lives more than {}, and what nRF Cloud takes is not published",
                Span(lifetime),
                Span(max)
            ),
        )
        .next("sign it with --expires-in 10m"),
        Violation::TooOld { age, max, .. } => Finding::warning(
            "time.lifetime",
            format!(
                "has no `exp`, and is {} old; Nordic's SDK makes none that lives more than {}, and what nRF Cloud takes is not published",
                Span(age),
                Span(max)
            ),
        )
        .next("sign it with --expires-in 10m"),
        _ => return None,
    })
}

/// Whether the audience is the one that it should be.
fn of_audience(claims: &ClaimsView<'_>, expected: Option<&str>) -> Option<Finding> {
    let expected = expected?;
    let refused = |message: String| {
        Finding::error("audience.other", ExitCode::NotVerified, message)
            .next(format!("sign it with --aud {expected}"))
    };
    Some(match claims.aud() {
        Some(audience) if audience.contains(expected) => {
            Finding::ok("audience", format!("is for the audience {expected}"))
        }
        Some(audience) => refused(format!("is for the audience {audience}, and should be for {expected}")),
        None => refused(format!("is for no audience, and should be for {expected}")),
    })
}
