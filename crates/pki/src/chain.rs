//! From a certificate up to an authority that is trusted, RFC 5280 section 6.1.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::time::SystemTime;

use crate::certificate::{Certificate, Violation, Violations};

/// The certificates that may stand above another one.
#[derive(Clone, Debug, Default)]
pub struct Issuers<'a> {
    /// Those that are trusted. A chain ends with the first of them that fits.
    pub authorities: Vec<&'a Certificate>,
    /// Those that may stand between, in any order.
    pub intermediates: Vec<&'a Certificate>,
}

/// No real chain is longer, and one through certificates that all fit each other ends here.
const MOST: usize = 10;
/// So many steps are tried: certificates that were made to lead round in circles do not keep the program busy.
const STEPS: usize = 1000;

impl<'a> Issuers<'a> {
    /// The certificates above this one, the trusted one last, each step verified as by
    /// [`Certificate::verify_issued_by`] and within every path length. At most 10 stand in a chain.
    ///
    /// # Errors
    /// [`ChainError`] where there is no such chain: why the longest one that was found goes no further.
    pub fn chain(
        &self,
        certificate: &'a Certificate,
        now: SystemTime,
    ) -> Result<Vec<&'a Certificate>, ChainError> {
        let mut search = Search { issuers: self, now, path: Vec::new(), furthest: Vec::new(), steps: STEPS };
        if search.go_on(certificate) {
            return Ok(search.path);
        }
        let furthest = search.furthest;
        let stuck = furthest.last().copied().unwrap_or(certificate);
        let subject = (!furthest.is_empty()).then(|| stuck.subject().to_string());
        Err(ChainError { subject, violations: self.violations(stuck, authorities_in(&furthest), now) })
    }

    /// Every reason why none of these has issued the certificate. Where one of them has the name of its issuer, the others are of no
    /// interest; where none has, only the authorities are told.
    fn violations(&self, certificate: &Certificate, below: usize, now: SystemTime) -> Violations {
        let all = self.authorities.iter().chain(&self.intermediates);
        let is_named = |issuer: &&Certificate| {
            // That it has signed itself makes nobody trust it.
            issuer.subject() == certificate.issuer() && *issuer != certificate
        };
        let named: Vec<&Certificate> = all.copied().filter(is_named).collect();
        let told = if named.is_empty() { &self.authorities } else { &named };
        let mut found = Violations::none();
        for issuer in told {
            found.extend(
                step(certificate, issuer, below, now).err().into_iter().flat_map(Violations::into_iter),
            );
        }
        if found.is_empty() {
            // Each step fits, and they lead round in a circle, or too far.
            found.extend([Violation::NoAuthority { subject: certificate.subject().to_string() }]);
        }
        found
    }
}

struct Search<'a, 'h> {
    issuers: &'h Issuers<'a>,
    now: SystemTime,
    path: Vec<&'a Certificate>,
    /// The longest path that leads nowhere.
    furthest: Vec<&'a Certificate>,
    steps: usize,
}

impl<'a> Search<'a, '_> {
    fn go_on(&mut self, certificate: &Certificate) -> bool {
        let Issuers { authorities, intermediates } = self.issuers;
        let (below, now) = (authorities_in(&self.path), self.now);
        let fits = |issuer: &Certificate| {
            issuer.subject() == certificate.issuer() && step(certificate, issuer, below, now).is_ok()
        };
        if let Some(authority) = authorities.iter().find(|authority| fits(authority)) {
            self.path.push(authority);
            return true;
        }
        if self.path.len() > self.furthest.len() {
            self.furthest.clone_from(&self.path);
        }
        for intermediate in intermediates {
            // One place is the trusted authority's.
            if self.path.len() + 1 == MOST || self.steps == 0 {
                return false;
            }
            self.steps -= 1;
            if self.path.contains(intermediate) || *intermediate == certificate || !fits(intermediate) {
                continue;
            }
            self.path.push(intermediate);
            if self.go_on(intermediate) {
                return true;
            }
            self.path.pop();
        }
        false
    }
}

/// How many of these count for the length of a path, section 6.1.4 (l): an authority that renews its own certificate does not.
fn authorities_in(path: &[&Certificate]) -> usize {
    path.iter().filter(|certificate| !certificate.is_self_issued()).count()
}

/// Whether `issuer` has issued the certificate, with `below` authorities between it and the end of the chain.
fn step(
    certificate: &Certificate,
    issuer: &Certificate,
    below: usize,
    now: SystemTime,
) -> Result<(), Violations> {
    let mut found = Violations::none();
    found.extend(certificate.verify_issued_by(issuer, now).err().into_iter().flat_map(Violations::into_iter));
    match issuer.path_len() {
        // Of the path length 0, the step itself tells.
        Some(most) if most > 0 && below > usize::from(most) => {
            let issuer = issuer.subject().to_string();
            found.extend([Violation::PathTooLong { issuer, most, below }]);
        }
        _ => {}
    }
    found.into_result()
}

/// No chain leads to a trusted authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainError {
    subject: Option<String>,
    violations: Violations,
}

impl ChainError {
    /// The certificate above which nothing fits; `None` for the one that was to be verified.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Why none of the issuers at hand is its issuer; there is at least one reason.
    #[must_use]
    pub fn violations(&self) -> &Violations {
        &self.violations
    }
}

impl Display for ChainError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Some(subject) => write!(f, "nothing leads on from {subject}: {}", self.violations),
            None => self.violations.fmt(f),
        }
    }
}

impl Error for ChainError {}

#[cfg(test)]
mod tests {
    use crate::ca::{CaParams, CertificateAuthority, DeviceCertRequest};
    use crate::key::PrivateKey;

    use super::*;

    fn params(name: &str, path_len: Option<u8>) -> CaParams {
        CaParams { path_len, ..CaParams::new(format!("/CN={name}").parse().unwrap()) }
    }

    fn below(issuer: &CertificateAuthority, name: &str) -> CertificateAuthority {
        let key = PrivateKey::generate().unwrap();
        issuer.create_intermediate(&params(name, None), key, SystemTime::now()).unwrap()
    }

    #[test]
    fn an_authority_allows_so_many_below_it_and_no_more() {
        let key = PrivateKey::generate().unwrap();
        // The same root, as it was first and with less and less.
        let root = |path_len| {
            CertificateAuthority::create(&params("Root", path_len), key.clone(), SystemTime::now()).unwrap()
        };
        let sub = below(&root(None), "sub");
        let low = below(&sub, "low");
        let request = DeviceCertRequest::new("device", PrivateKey::generate().unwrap().public_key());
        let device = low.issue(&request, SystemTime::now()).unwrap();
        let verdict = |root: &CertificateAuthority| {
            let issuers = Issuers {
                authorities: vec![root.certificate()],
                intermediates: vec![sub.certificate(), low.certificate()],
            };
            let chain = issuers.chain(&device, SystemTime::now());
            chain.map(|chain| chain.len()).map_err(|error| error.to_string())
        };
        assert_eq!(verdict(&root(None)), Ok(3));
        assert_eq!(verdict(&root(Some(2))), Ok(3));
        assert_eq!(
            verdict(&root(Some(1))),
            Err("nothing leads on from /CN=sub: /CN=Root has the path length 1, and 2 authorities stand below it"
                .to_owned())
        );
        assert_eq!(
            verdict(&root(Some(0))).unwrap_err(),
            "nothing leads on from /CN=sub: /CN=Root has the path length 0: it may not issue an authority, and /CN=sub is one"
        );
    }

    #[test]
    fn an_authority_that_is_not_trusted_ends_no_chain() {
        let create = |name| {
            let key = PrivateKey::generate().unwrap();
            CertificateAuthority::create(&params(name, None), key, SystemTime::now()).unwrap()
        };
        let (trusted, other) = (create("Trusted"), create("Other"));
        let request = DeviceCertRequest::new("device", PrivateKey::generate().unwrap().public_key());
        let device = other.issue(&request, SystemTime::now()).unwrap();
        let authorities = vec![trusted.certificate()];
        let issuers = Issuers { authorities, intermediates: vec![other.certificate()] };
        let error = issuers.chain(&device, SystemTime::now()).unwrap_err();
        assert_eq!(error.subject(), Some("/CN=Other"));
        assert!(
            error.violations().iter().any(|reason| matches!(reason, Violation::Issuer { .. })),
            "{error}"
        );
        let error = Issuers::default().chain(&device, SystemTime::now()).unwrap_err();
        assert_eq!(error.to_string(), "no trusted authority stands above /CN=device");
    }

    #[test]
    fn certificates_that_lead_round_in_circles_end() {
        let root = CertificateAuthority::create(
            &params("Root", None),
            PrivateKey::generate().unwrap(),
            SystemTime::now(),
        )
        .unwrap();
        let key = PrivateKey::generate().unwrap();
        let again = |issuer: &CertificateAuthority, name: &str| {
            issuer.create_intermediate(&params(name, None), key.clone(), SystemTime::now()).unwrap()
        };
        // One key under two names, and each has issued the other, more than once.
        let one = again(&root, "one");
        let two = again(&one, "two");
        let circle: Vec<_> = (0..8).flat_map(|_| [again(&two, "one"), again(&one, "two")]).collect();
        let request = DeviceCertRequest::new("device", PrivateKey::generate().unwrap().public_key());
        let device = two.issue(&request, SystemTime::now()).unwrap();
        let other = below(&root, "other");
        let issuers = Issuers {
            authorities: vec![other.certificate()],
            intermediates: circle.iter().map(CertificateAuthority::certificate).collect(),
        };
        let error = issuers.chain(&device, SystemTime::now()).unwrap_err();
        // Every step fits, so nothing else could be said.
        let reasons: Vec<_> = error.violations().iter().collect();
        assert!(matches!(reasons[..], [Violation::NoAuthority { .. }]), "{error}");
    }
}
