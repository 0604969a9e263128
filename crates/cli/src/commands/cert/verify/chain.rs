//! From a certificate up to an authority that is trusted.

use std::time::SystemTime;

use pki::certificate::{Certificate, Violations};

/// The certificates at hand.
pub(super) struct Certificates<'a> {
    /// Those that are trusted.
    pub(super) authorities: Vec<&'a Certificate>,
    /// Those that may stand between.
    pub(super) intermediates: Vec<&'a Certificate>,
    /// The moment at which all must be valid.
    pub(super) now: SystemTime,
}

/// The certificates above the one in question, the trusted one last, or why there is no such way.
pub(super) type Chain<'a> = Result<Vec<&'a Certificate>, Vec<String>>;

/// No real way is longer, and one through certificates that all fit each other ends here.
const MOST: usize = 10;
/// So many steps are tried: certificates that were made to lead round in circles do not keep the program busy.
const STEPS: usize = 1000;

impl<'a> Certificates<'a> {
    /// Looks for a way.
    pub(super) fn chain(&self, certificate: &'a Certificate) -> Chain<'a> {
        let mut search = Search { at_hand: self, path: Vec::new(), furthest: Vec::new(), steps: STEPS };
        if search.go_on(certificate) {
            return Ok(search.path);
        }
        let stuck = search.furthest.last().copied().unwrap_or(certificate);
        let below = authorities_in(&search.furthest);
        let reasons = self.reasons(stuck, below);
        Err(match search.furthest.as_slice() {
            [] => reasons,
            _ => reasons.into_iter().map(|reason| format!("{}: {reason}", stuck.subject())).collect(),
        })
    }

    /// Every reason why none of the certificates at hand has issued this one. Where one of them has the name of its issuer, the others
    /// are of no interest; where none has, only the authorities are told.
    fn reasons(&self, certificate: &Certificate, below: usize) -> Vec<String> {
        let all = self.authorities.iter().chain(&self.intermediates);
        let named: Vec<&Certificate> =
            all.copied().filter(|issuer| issuer.subject() == certificate.issuer()).collect();
        let told = if named.is_empty() { &self.authorities } else { &named };
        told.iter().flat_map(|issuer| violations(certificate, issuer, below, self.now)).collect()
    }
}

struct Search<'a, 'h> {
    at_hand: &'h Certificates<'a>,
    path: Vec<&'a Certificate>,
    /// The longest path that leads nowhere.
    furthest: Vec<&'a Certificate>,
    steps: usize,
}

impl<'a> Search<'a, '_> {
    fn go_on(&mut self, certificate: &Certificate) -> bool {
        let Certificates { authorities, intermediates, now } = self.at_hand;
        let below = authorities_in(&self.path);
        let fits = |issuer: &Certificate| {
            issuer.subject() == certificate.issuer()
                && violations(certificate, issuer, below, *now).is_empty()
        };
        if let Some(authority) = authorities.iter().find(|authority| fits(authority)) {
            self.path.push(authority);
            return true;
        }
        if self.path.len() > self.furthest.len() {
            self.furthest.clone_from(&self.path);
        }
        for intermediate in intermediates {
            if self.path.len() == MOST || self.steps == 0 {
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

/// How many of these count for the length of a path, RFC 5280 section 6.1.4 (l): an authority that renews its own certificate does not.
fn authorities_in(path: &[&Certificate]) -> usize {
    path.iter().filter(|certificate| !certificate.is_self_issued()).count()
}

/// Why `issuer` has not issued the certificate, with `below` authorities between it and the end of the chain.
fn violations(certificate: &Certificate, issuer: &Certificate, below: usize, now: SystemTime) -> Vec<String> {
    let step = certificate.verify_issued_by(issuer, now);
    let mut found: Vec<String> =
        step.err().iter().flat_map(Violations::iter).map(ToString::to_string).collect();
    match issuer.path_len() {
        // Of the path length 0, the step itself tells.
        Some(most) if most > 0 && below > usize::from(most) => found.push(format!(
            "{} has the path length {most}, and {below} authorities stand below it",
            issuer.subject()
        )),
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use pki::ca::{CaParams, CertificateAuthority, DeviceCertRequest};
    use pki::key::PrivateKey;

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
            let at_hand = Certificates {
                authorities: vec![root.certificate()],
                intermediates: vec![sub.certificate(), low.certificate()],
                now: SystemTime::now(),
            };
            at_hand.chain(&device).map(|chain| chain.len())
        };
        assert_eq!(verdict(&root(None)), Ok(3));
        assert_eq!(verdict(&root(Some(2))), Ok(3));
        assert_eq!(
            verdict(&root(Some(1))),
            Err(vec!["/CN=sub: /CN=Root has the path length 1, and 2 authorities stand below it".to_owned()])
        );
        let reasons = verdict(&root(Some(0))).unwrap_err();
        assert_eq!(
            reasons,
            ["/CN=sub: /CN=Root has the path length 0: it may not issue an authority, and /CN=sub is one"]
        );
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
        let at_hand = Certificates {
            authorities: vec![other.certificate()],
            intermediates: circle.iter().map(CertificateAuthority::certificate).collect(),
            now: SystemTime::now(),
        };
        assert!(at_hand.chain(&device).is_err());
    }
}
