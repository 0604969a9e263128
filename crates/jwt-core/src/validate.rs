//! Whether a verified token is valid, with every reason why not.

use core::fmt;

use crate::json::JsonStr;
use crate::json::printable::Printable;
use crate::nrfcloud;
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
    /// The longest life in seconds: from `iat` to `exp`, or from now to `exp` where `iat` is absent. A token without `exp` may be no
    /// older, by its `iat`; one without either is invalid, unless [`timeless_allowed`](Self::timeless_allowed) says otherwise.
    pub max_lifetime: Option<u64>,
    /// Whether a token with neither `exp` nor `iat`, which is never too old, passes in spite of [`max_lifetime`](Self::max_lifetime).
    pub timeless_allowed: bool,
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
    /// A chip's name, a dot and this device ID, as a modem writes it: `nRF9160.<device ID>`. Unless [`Rules::sub`] asks for a name of
    /// its own, a `sub` beside it must be this device ID, too: where there is one, it is the device's name
    /// ([`nrfcloud::device_id`]).
    Device(&'r str),
}

impl fmt::Display for Issuer<'_> {
    /// For a terminal, as [`JsonStr::printable`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(text) => Printable(text.chars()).fmt(f),
            Self::Device(id) => write!(f, "<chip>.{}", Printable(id.chars())),
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
            timeless_allowed: false,
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

    /// With tokens allowed that have neither `exp` nor `iat`, in spite of a longest life.
    #[must_use]
    pub const fn allow_timeless(self) -> Self {
        Self { timeless_allowed: true, ..self }
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
        self.check_names(claims, &mut found);
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
        if let (Some(exp), Some(iat)) = (claims.exp(), claims.iat())
            && exp < iat
        {
            found.push(Violation::ExpiresBeforeIssued { by: iat - exp });
        }
        if let Some(max) = self.max_lifetime {
            found.extend(self.beyond(max, claims));
        }
    }

    /// How a token is beyond the longest life.
    fn beyond(&self, max: u64, claims: &ClaimsView<'_>) -> Option<Violation<'r>> {
        let Self { now, leeway, .. } = *self;
        match (claims.iat(), claims.exp()) {
            (iat, Some(exp)) => {
                let lifetime = exp.saturating_sub(iat.unwrap_or(now));
                (lifetime > max).then_some(Violation::LifetimeTooLong { lifetime, max })
            }
            (Some(iat), None) => {
                let age = now.saturating_sub(iat);
                (age > max.saturating_add(leeway)).then_some(Violation::TooOld { age, max, leeway })
            }
            (None, None) => (!self.timeless_allowed).then_some(Violation::Timeless { max }),
        }
    }

    fn check_names<'c: 'r>(&self, claims: &ClaimsView<'c>, found: &mut Violations<'r>) {
        let (sub, iss) = (claims.sub(), claims.iss());
        let expected_sub = match (self.sub, self.iss) {
            (Some(expected), _) => Some(expected).filter(|expected| sub.is_none_or(|sub| sub != *expected)),
            (None, Some(Issuer::Device(id))) => Some(id).filter(|id| sub.is_some_and(|sub| sub != *id)),
            _ => None,
        };
        if let Some(expected) = expected_sub {
            found.push(Violation::Subject { expected, found: sub });
        }
        if let Some(expected) = self.iss {
            let right = iss.is_some_and(|iss| match expected {
                Issuer::Exactly(text) => iss == text,
                Issuer::Device(id) => nrfcloud::device_of_issuer(iss).is_some_and(|found| found == id),
            });
            if !right {
                found.push(Violation::Issuer { expected, found: iss });
            }
        }
        if let Some(expected) = self.aud
            && !claims.aud().is_some_and(|aud| aud.contains(expected))
        {
            found.push(Violation::Audience { expected, found: claims.aud() });
        }
    }
}

/// One rule that a token breaks. All times are in seconds.
///
/// It is shown for a terminal: names come from the token, so they are escaped as by [`JsonStr::printable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// There is no `exp`, and by its `iat` the token is older than the longest life.
    TooOld {
        /// How old it is.
        age: u64,
        /// How long it may live.
        max: u64,
        /// The leeway that did not suffice.
        leeway: u64,
    },
    /// There is neither `exp` nor `iat`, so the token outlives any longest life.
    Timeless {
        /// How long it may live.
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
            found: Option<T>,
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
            Self::TooOld { age, max, leeway } => {
                write!(f, "is {age} s old and has no `exp`, the longest life is {max} s, leeway {leeway} s")
            }
            Self::Timeless { max } => {
                write!(f, "`exp` and `iat` are absent, and the longest life is {max} s")
            }
            Self::Subject { expected, found } => {
                other(f, "sub", found.as_ref().map(JsonStr::printable), &Printable(expected.chars()))
            }
            Self::Issuer { expected, found } => {
                other(f, "iss", found.as_ref().map(JsonStr::printable), expected)
            }
            Self::Audience { expected, found } => {
                other(f, "aud", found.as_ref(), &Printable(expected.chars()))
            }
        }
    }
}

/// All rules that a token breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations<'r> {
    found: [Option<Violation<'r>>; MAX_VIOLATIONS],
}

/// Four about times (a token cannot be both without `exp` and expired, nor be more than one of too long, negative, too old and
/// timeless), one each for sub, iss, aud.
const MAX_VIOLATIONS: usize = 7;

impl<'r> Violations<'r> {
    fn none() -> Self {
        Self { found: [None; MAX_VIOLATIONS] }
    }

    fn push(&mut self, violation: Violation<'r>) {
        if let Some(place) = self.found.iter_mut().find(|place| place.is_none()) {
            *place = Some(violation);
        }
    }

    fn extend(&mut self, violation: Option<Violation<'r>>) {
        if let Some(violation) = violation {
            self.push(violation);
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
