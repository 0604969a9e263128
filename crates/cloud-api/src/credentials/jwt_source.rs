//! Tokens that are signed when they are needed.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Token;

/// Signs JWTs for a client: with a key on the host, in an HSM, or in a modem.
///
/// The function is called before a request when there is no token yet, or when less than a tenth of the
/// token's life is left (at most a minute). Clones share the token. The function runs on the thread of the
/// request, one call at a time; a slow one delays the requests that wait for it.
///
/// Time is measured from the signing, by a clock that may stand still while the machine sleeps: call
/// [`forget`](Self::forget) after waking, or after a 401.
#[derive(Clone)]
pub struct JwtSource(Arc<Inner>);

struct Inner {
    sign: Box<Sign>,
    current: Mutex<Option<Current>>,
}

type Cause = Box<dyn Error + Send + Sync>;
type Sign = dyn Fn() -> Result<FreshToken, Cause> + Send + Sync;

struct Current {
    token: Token,
    /// When the next one is signed; `None` for a token without expiry.
    renewal: Option<Instant>,
}

/// A token just signed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FreshToken {
    /// The token.
    pub token: Token,
    /// How long from now it is accepted; `None` for a token without `exp`.
    pub valid_for: Option<Duration>,
}

impl FreshToken {
    /// A token without `exp`.
    #[must_use]
    pub fn without_expiry(token: Token) -> Self {
        Self { token, valid_for: None }
    }

    /// A token that is accepted for this long from now.
    #[must_use]
    pub fn valid_for(token: Token, valid_for: Duration) -> Self {
        Self { token, valid_for: Some(valid_for) }
    }
}

/// The function of a [`JwtSource`] gave no token. Its own error is the source; look into it by
/// [`downcast_ref`](Self::downcast_ref).
#[derive(Debug)]
pub struct SigningError(Cause);

impl SigningError {
    /// The function's own error, where it is of this type.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no token could be signed")
    }
}

impl Error for SigningError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

impl JwtSource {
    /// A source that signs by this function.
    pub fn new<E>(sign: impl Fn() -> Result<FreshToken, E> + Send + Sync + 'static) -> Self
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self(Arc::new(Inner {
            sign: Box::new(move || sign().map_err(Into::into)),
            current: Mutex::new(None),
        }))
    }

    /// Drops the present token, so that the next request has one signed.
    pub fn forget(&self) {
        *self.0.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn token(&self) -> Result<Token, SigningError> {
        self.token_at(Instant::now)
    }

    fn token_at(&self, now: impl Fn() -> Instant) -> Result<Token, SigningError> {
        // A function that panicked left the old token or none, so a poisoned lock holds nothing broken.
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*current
            && known.renewal.is_none_or(|renewal| now() < renewal)
        {
            return Ok(known.token.clone());
        }
        let asked = now();
        let fresh = (self.0.sign)().map_err(SigningError)?;
        let renewal = fresh.valid_for.and_then(|life| asked.checked_add(life - margin(life)));
        *current = Some(Current { token: fresh.token.clone(), renewal });
        Ok(fresh.token)
    }
}

fn margin(life: Duration) -> Duration {
    (life / 10).min(Duration::from_secs(60))
}

impl fmt::Debug for JwtSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtSource([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn counting(valid_for: Option<Duration>) -> JwtSource {
        let count = AtomicU32::new(0);
        JwtSource::new(move || {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let token = Token::new(format!("token.{number}")).unwrap();
            Ok::<_, io::Error>(FreshToken { token, valid_for })
        })
    }

    #[test]
    fn signs_once_and_again_before_the_token_expires() {
        let source = counting(Some(Duration::from_secs(300)));
        let start = Instant::now();
        let at =
            |seconds| source.token_at(|| start + Duration::from_secs(seconds)).unwrap().expose().to_owned();
        assert_eq!(at(0), "token.0");
        assert_eq!(at(269), "token.0");
        assert_eq!(at(270), "token.1");
        assert_eq!(at(539), "token.1");
        assert_eq!(at(9999), "token.2");
        source.forget();
        assert_eq!(at(9999), "token.3");
    }

    #[test]
    fn the_margin_is_a_minute_at_most_and_an_expired_token_is_never_kept() {
        assert_eq!(margin(Duration::from_secs(604_800)), Duration::from_secs(60));
        let source = counting(Some(Duration::ZERO));
        let now = Instant::now();
        assert_eq!(source.token_at(|| now).unwrap().expose(), "token.0");
        assert_eq!(source.token_at(|| now).unwrap().expose(), "token.1");
    }

    #[test]
    fn a_token_without_expiry_is_signed_once_for_all_clones() {
        let source = counting(None);
        assert_eq!(source.clone().token().unwrap().expose(), "token.0");
        assert_eq!(source.token().unwrap().expose(), "token.0");
        assert_eq!(format!("{source:?}"), "JwtSource([redacted])");
    }

    #[test]
    fn the_error_of_the_function_is_kept_and_the_next_call_tries_again() {
        let first = AtomicU32::new(0);
        let source = JwtSource::new(move || {
            if first.fetch_add(1, Ordering::Relaxed) == 0 {
                Err(io::Error::new(io::ErrorKind::NotConnected, "the modem is off"))
            } else {
                Ok(FreshToken::without_expiry(Token::new("a.b.c").unwrap()))
            }
        });
        let error = source.token().unwrap_err();
        assert_eq!(error.to_string(), "no token could be signed");
        assert_eq!(error.source().unwrap().to_string(), "the modem is off");
        assert_eq!(error.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::NotConnected);
        assert_eq!(source.token().unwrap().expose(), "a.b.c");
    }
}
