//! Device certificates by the thousand: keys made here, on all cores, in constant memory, in order.

use std::num::NonZeroUsize;
use std::panic;
use std::thread;
use std::time::SystemTime;

use p256::ecdsa::Signature;
use signature::{Keypair, Signer};

use crate::ca::{CertificateAuthority, DeviceCertRequest, IssueError, Profile};
use crate::certificate::Certificate;
use crate::key::{KeyError, PrivateKey, PublicKey};
use crate::subject::Subject;

mod line;

use line::{Chunk, Close, Line};

/// What all certificates of a batch have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// What stands in the subject before the common name.
    pub subject: Subject,
    /// For how many days they are valid, from 1.
    pub days: u32,
    /// Which extensions they have.
    pub profile: Profile,
    /// How many threads work, with the calling one, at most [`MOST_WORKERS`]; `None` is one for each core.
    pub workers: Option<NonZeroUsize>,
}

impl Default for BatchOptions {
    /// No further subject, ten years, the default profile, all cores.
    fn default() -> Self {
        Self { subject: Subject::new(), days: crate::ca::TEN_YEARS, profile: Profile::Default, workers: None }
    }
}

/// One device of a batch.
#[derive(Clone, Debug)]
pub struct IssuedDevice {
    /// Its ID, as the iterator gave it.
    pub device_id: String,
    /// Its new key.
    pub key: PrivateKey,
    /// Its certificate.
    pub certificate: Certificate,
}

/// Makes a key and issues a certificate for every ID that `ids` gives.
///
/// `render` runs on all threads, so that PEM and the like are written on all cores; `sink` runs on the calling thread and gets the
/// results in the order of the IDs. While the next result is not there yet, the calling thread works too. At most a few hundred devices
/// are on the way at any time, some more with many workers. Returns how many the sink took.
///
/// ```
/// use std::time::SystemTime;
/// use pki::batch::{self, BatchOptions};
/// use pki::ca::{CaParams, CertificateAuthority};
/// use pki::key::PrivateKey;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let now = SystemTime::now();
/// let ca = CertificateAuthority::create(&CaParams::new("/O=Example".parse()?), PrivateKey::generate()?, now)?;
/// let ids = (0..3).map(|n| format!("device-{n}"));
/// let mut out = Vec::new();
/// batch::issue(&ca, ids, &BatchOptions::default(), now, |device| device.certificate.to_pem(), |pem| {
///     out.push(pem);
///     Ok::<_, std::convert::Infallible>(())
/// })?;
/// assert_eq!(out.len(), 3);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`BatchError::Issue`] with the first ID that is refused, and [`BatchError::Key`] where no key could be made, after the devices before
/// it went to the sink; [`BatchError::Sink`] where the sink fails, after which nothing more is made. Where the system gives fewer threads
/// than asked for, it works with those.
///
/// # Panics
/// Where `render` panics, with its words.
pub fn issue<K, T, E>(
    ca: &CertificateAuthority<K>,
    ids: impl IntoIterator<Item = String>,
    options: &BatchOptions,
    now: SystemTime,
    render: impl Fn(IssuedDevice) -> T + Sync,
    mut sink: impl FnMut(T) -> Result<(), E>,
) -> Result<usize, BatchError<E>>
where
    K: Signer<Signature> + Keypair<VerifyingKey = PublicKey> + Sync,
    T: Send,
{
    let one = |device_id: String| -> Result<T, DeviceError> {
        let key = PrivateKey::generate()?;
        let request = DeviceCertRequest {
            device_id,
            public_key: key.public_key(),
            subject: options.subject.clone(),
            days: options.days,
            profile: options.profile,
        };
        let certificate = ca.issue(&request, now)?;
        Ok(render(IssuedDevice { device_id: request.device_id, key, certificate }))
    };
    let asked = options.workers.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let workers = asked.min(MOST_WORKERS);
    let mut ids = ids.into_iter();
    let mut taken = 0;
    let line = Line::new(workers * DEPTH + SLACK);

    thread::scope(|scope| {
        let _close = Close(&line);
        for _ in 1..workers {
            if thread::Builder::new().spawn_scoped(scope, || line.work(&one)).is_err() {
                break;
            }
        }
        loop {
            line.fill(|| ids.by_ref().take(CHUNK).collect());
            let results = match line.next() {
                Chunk::None => return Ok(taken),
                Chunk::Waiting(number, ids) => {
                    line.finish(number, Ok(line::make(ids, &one)));
                    continue;
                }
                Chunk::Done(Ok(results)) => results,
                Chunk::Done(Err(panic)) => panic::resume_unwind(panic),
            };
            for result in results {
                let rendered = result.map_err(|error| error.at(taken))?;
                sink(rendered).map_err(|source| BatchError::Sink { index: taken, source })?;
                taken += 1;
            }
        }
    })
}

/// The most threads that work on one batch: far more than cores, for keys in an HSM that is waited for.
pub const MOST_WORKERS: usize = 256;
/// IDs taken at once: enough that the lock costs nothing, few enough that all threads end together.
const CHUNK: usize = 8;
/// Chunks on the way for each worker: one being worked on, one waiting.
const DEPTH: usize = 2;
/// Chunks more, for the time in which the sink is slow.
const SLACK: usize = 32;

/// Why one device was not made.
enum DeviceError {
    Key(KeyError),
    Issue(IssueError),
}

impl DeviceError {
    fn at<E>(self, index: usize) -> BatchError<E> {
        match self {
            Self::Key(source) => BatchError::Key { index, source },
            Self::Issue(source) => BatchError::Issue { index, source },
        }
    }
}

impl From<KeyError> for DeviceError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<IssueError> for DeviceError {
    fn from(error: IssueError) -> Self {
        Self::Issue(error)
    }
}

/// Why a batch ended early. The index counts from 0 and is also the number of devices that the sink has taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError<E> {
    /// No key could be made.
    #[error("device {}: {source}", index + 1)]
    Key {
        /// Which device.
        index: usize,
        /// Why.
        source: KeyError,
    },
    /// No certificate could be issued.
    #[error("device {}: {source}", index + 1)]
    Issue {
        /// Which device.
        index: usize,
        /// Why.
        source: IssueError,
    },
    /// The sink failed.
    #[error("device {}: {source}", index + 1)]
    Sink {
        /// Which device.
        index: usize,
        /// The sink's own error.
        source: E,
    },
}
