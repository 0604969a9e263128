//! Whether a verified token is valid, with every reason why not.

use core::fmt;

use crate::json::JsonStr;
use crate::view::{Audience, ClaimsView};

/// What a token must be to be valid. Plain data: build it, change it, keep it.
///
/// [`Rules::at`] asks for nothing but that the times fit; [`nrfcloud`](crate::nrfcloud) has the presets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules<'r> {
    /// The present, in seconds since 1970. The caller reads the clock.
    pub now: u64,
    /// Seconds by which the clocks of issuer and verifier may differ.
    pub leeway: u64,
    /// The longest life in seconds: from `iat` to `exp`, or from now to `exp` where `iat` is absent.
    pub max_lifetime: Option<u64>,
    /// Whether a token without `exp` is invalid.
    pub exp_required: bool,
    /// What `sub` must be.
    pub sub: Option<&'r str>,
    /// What `iss` must be.
    pub iss: Option<Issuer<'r>>,
    /// What `aud` must contain.
    pub aud: Option<&'r str>,
}

/// What `iss` must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Issuer<'r> {
    /// Just this.
    Exactly(&'r str),
    /// A chip's name, a dot and this device ID, as a modem writes it: `nRF9160.<device ID>`.
    Device(&'r str),
}

impl fmt::Display for Issuer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(text) => f.write_str(text),
            Self::Device(id) => write!(f, "<chip>.{id}"),
        }
    }
}

/// The leeway of [`Rules::at`], in seconds.
pub const DEFAULT_LEEWAY: u64 = 60;

impl<'r> Rules<'r> {
    /// Times only, with a leeway of [`DEFAULT_LEEWAY`].
    #[must_use]
    pub const fn at(now: u64) -> Self {
        Self {
            now,
            leeway: DEFAULT_LEEWAY,
            max_lifetime: None,
            exp_required: false,
            sub: None,
            iss: None,
            aud: None,
        }
    }

    /// With another leeway, in seconds.
    #[must_use]
    pub const fn leeway(self, seconds: u64) -> Self {
        Self { leeway: seconds, ..self }
    }

    /// With a longest life, in seconds.
    #[must_use]
    pub const fn max_lifetime(self, seconds: u64) -> Self {
        Self { max_lifetime: Some(seconds), ..self }
    }

    /// With `exp` required.
    #[must_use]
    pub const fn require_exp(self) -> Self {
        Self { exp_required: true, ..self }
    }

    /// With a subject.
    #[must_use]
    pub const fn sub(self, subject: &'r str) -> Self {
        Self { sub: Some(subject), ..self }
    }

    /// With an issuer.
    #[must_use]
    pub const fn iss(self, issuer: Issuer<'r>) -> Self {
        Self { iss: Some(issuer), ..self }
    }

    /// With an audience.
    #[must_use]
    pub const fn aud(self, audience: &'r str) -> Self {
        Self { aud: Some(audience), ..self }
    }

    /// Compares claims with these rules. [`VerifiedToken::validate`](crate::VerifiedToken::validate) does it for claims that are
    /// known to be genuine; on others this only explains.
    ///
    /// # Errors
    /// Every rule that is broken, not only the first.
    #[expect(clippy::result_large_err, reason = "there is no heap to box it on, and the way is cold")]
    pub fn check<'c: 'r>(&self, claims: &ClaimsView<'c>) -> Result<(), Violations<'r>> {
        let mut found = Violations::none();
        self.check_times(claims, &mut found);
        if let Some(expected) = self.sub
            && claims.sub().is_none_or(|sub| sub != expected)
        {
            found.push(Violation::Subject { expected, found: claims.sub() });
        }
        if let Some(expected) = self.iss {
            let right = claims.iss().is_some_and(|iss| match expected {
                Issuer::Exactly(text) => iss == text,
                Issuer::Device(id) => iss.after_first('.') == Some(id),
            });
            if !right {
                found.push(Violation::Issuer { expected, found: claims.iss() });
            }
        }
        if let Some(expected) = self.aud
            && !claims.aud().is_some_and(|aud| aud.contains(expected))
        {
            found.push(Violation::Audience { expected, found: claims.aud() });
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    fn check_times(&self, claims: &ClaimsView<'_>, found: &mut Violations<'r>) {
        let Self { now, leeway, .. } = *self;
        match claims.exp() {
            // RFC 7519 section 4.1.4: "on or after which" it is refused.
            Some(exp) if now >= exp.saturating_add(leeway) => {
                found.push(Violation::Expired { ago: now - exp, leeway });
            }
            None if self.exp_required => found.push(Violation::ExpiryMissing),
            _ => {}
        }
        if let Some(nbf) = claims.nbf().filter(|nbf| *nbf > now.saturating_add(leeway)) {
            found.push(Violation::NotYetValid { ahead: nbf - now, leeway });
        }
        if let Some(iat) = claims.iat().filter(|iat| *iat > now.saturating_add(leeway)) {
            found.push(Violation::IssuedInFuture { ahead: iat - now, leeway });
        }
        if let Some(exp) = claims.exp() {
            let from = claims.iat().unwrap_or(now);
            match exp.checked_sub(from) {
                Some(lifetime) => {
                    if let Some(max) = self.max_lifetime.filter(|max| lifetime > *max) {
                        found.push(Violation::LifetimeTooLong { lifetime, max });
                    }
                }
                None if claims.iat().is_some() => {
                    found.push(Violation::ExpiresBeforeIssued { by: from - exp });
                }
                None => {}
            }
        }
    }
}

/// One rule that a token breaks. All times are in seconds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Violation<'r> {
    /// `exp` is past (RFC 7519 section 4.1.4).
    Expired {
        /// Since when.
        ago: u64,
        /// The leeway that did not suffice.
        leeway: u64,
    },
    /// `exp` is required and absent.
    ExpiryMissing,
    /// `nbf` is to come (RFC 7519 section 4.1.5).
    NotYetValid {
        /// In what time.
        ahead: u64,
        /// The leeway that did not suffice.
        leeway: u64,
    },
    /// `iat` is to come: the issuer's clock is ahead, or this one behind.
    IssuedInFuture {
        /// By how much.
        ahead: u64,
        /// The leeway that did not suffice.
        leeway: u64,
    },
    /// `exp` lies before `iat`.
    ExpiresBeforeIssued {
        /// By how much.
        by: u64,
    },
    /// The life from `iat` (or now) to `exp` is too long.
    LifetimeTooLong {
        /// How long it is.
        lifetime: u64,
        /// How long it may be.
        max: u64,
    },
    /// `sub` is absent or another.
    Subject {
        /// What it must be.
        expected: &'r str,
        /// What it is.
        found: Option<JsonStr<'r>>,
    },
    /// `iss` is absent or another.
    Issuer {
        /// What it must be.
        expected: Issuer<'r>,
        /// What it is.
        found: Option<JsonStr<'r>>,
    },
    /// `aud` is absent or does not contain the expected one.
    Audience {
        /// What it must contain.
        expected: &'r str,
        /// What it is.
        found: Option<Audience<'r>>,
    },
}

impl fmt::Display for Violation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn other<T: fmt::Display>(
            f: &mut fmt::Formatter<'_>,
            name: &str,
            found: Option<&T>,
            expected: &dyn fmt::Display,
        ) -> fmt::Result {
            match found {
                Some(found) => write!(f, "`{name}` is {found}, expected {expected}"),
                None => write!(f, "`{name}` is absent, expected {expected}"),
            }
        }
        match self {
            Self::Expired { ago, leeway } => write!(f, "expired {ago} s ago, leeway {leeway} s"),
            Self::ExpiryMissing => f.write_str("`exp` is absent and required"),
            Self::NotYetValid { ahead, leeway } => {
                write!(f, "not valid for another {ahead} s, leeway {leeway} s")
            }
            Self::IssuedInFuture { ahead, leeway } => {
                write!(f, "issued {ahead} s in the future, leeway {leeway} s")
            }
            Self::ExpiresBeforeIssued { by } => write!(f, "expires {by} s before it was issued"),
            Self::LifetimeTooLong { lifetime, max } => {
                write!(f, "lives {lifetime} s, the longest is {max} s")
            }
            Self::Subject { expected, found } => other(f, "sub", found.as_ref(), expected),
            Self::Issuer { expected, found } => other(f, "iss", found.as_ref(), expected),
            Self::Audience { expected, found } => other(f, "aud", found.as_ref(), expected),
        }
    }
}

/// All rules that a token breaks.
#[derive(Clone, Debug)]
pub struct Violations<'r> {
    found: [Option<Violation<'r>>; MAX_VIOLATIONS],
}

/// Five about times (a token cannot be both without `exp` and expired, nor both too long and negative), one each for sub, iss, aud.
const MAX_VIOLATIONS: usize = 8;

impl<'r> Violations<'r> {
    fn none() -> Self {
        Self { found: [None; MAX_VIOLATIONS] }
    }

    fn push(&mut self, violation: Violation<'r>) {
        if let Some(place) = self.found.iter_mut().find(|place| place.is_none()) {
            *place = Some(violation);
        }
    }

    fn is_empty(&self) -> bool {
        self.found[0].is_none()
    }

    /// Each of them: times first, then names.
    pub fn iter(&self) -> impl Iterator<Item = &Violation<'r>> {
        self.found.iter().flatten()
    }
}

impl fmt::Display for Violations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, violation) in self.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for Violations<'_> {}
