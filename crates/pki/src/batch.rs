//! Device certificates by the thousand: keys made here, on all cores, in constant memory, in order.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;
use std::panic;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::SystemTime;

use p256::ecdsa::Signature;
use signature::{Keypair, Signer};

use crate::ca::{CertificateAuthority, DeviceCertRequest, IssueError, Profile};
use crate::certificate::Certificate;
use crate::key::{KeyError, PrivateKey, PublicKey};
use crate::subject::Subject;

/// What all certificates of a batch have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// What stands in the subject before the common name.
    pub subject: Subject,
    /// For how many days they are valid, from 1.
    pub days: u32,
    /// Which extensions they have.
    pub profile: Profile,
    /// How many threads work, at most [`MOST_WORKERS`]; `None` is one for each core.
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
/// `render` runs on the workers, so that PEM and the like are written on all cores; `sink` runs on the calling thread and
/// gets the results in the order of the IDs. At most a few hundred devices are on the way at any time. Returns how many
/// the sink took.
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
/// [`BatchError::Issue`] with the first ID that is refused, and [`BatchError::Key`] where no key could be made, after the
/// devices before it went to the sink;
/// [`BatchError::Sink`] where the sink fails, after which nothing more is made; [`BatchError::Thread`] where the system
/// gives no thread at all. With fewer threads than asked for it works with those.
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
    let mut ids = ids.into_iter();
    let mut taken = 0;

    thread::scope(|scope| {
        let mut lanes = Lane::open_some(scope, asked.min(MOST_WORKERS), &thread::Builder::new, &one)
            .map_err(BatchError::Thread)?;
        let workers = lanes.len();
        // Worker n gets every n-th chunk and gives it back in turn: the order is kept without a buffer for stragglers.
        let mut in_flight: VecDeque<usize> = VecDeque::with_capacity(workers * DEPTH);
        let mut next_lane = 0;
        loop {
            while in_flight.len() < workers * DEPTH {
                let chunk: Vec<String> = ids.by_ref().take(CHUNK).collect();
                if chunk.is_empty() {
                    break;
                }
                if lanes[next_lane].work.send(chunk).is_err() {
                    lanes.swap_remove(next_lane).panicked();
                }
                in_flight.push_back(next_lane);
                next_lane = (next_lane + 1) % workers;
            }
            let Some(lane) = in_flight.pop_front() else { return Ok(taken) };
            let Ok(results) = lanes[lane].done.recv() else { lanes.swap_remove(lane).panicked() };
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
/// IDs handed to a worker at once: enough that the channels cost nothing, few enough that the end comes evenly.
const CHUNK: usize = 32;
/// Chunks on the way for each worker: one being worked on, one waiting.
const DEPTH: usize = 2;

/// One worker and the two channels to it. Dropping it ends the worker.
struct Lane<'scope, T> {
    work: SyncSender<Vec<String>>,
    done: Receiver<Vec<Result<T, DeviceError>>>,
    thread: ScopedJoinHandle<'scope, ()>,
}

impl<'scope, T: Send + 'scope> Lane<'scope, T> {
    /// As many as the system gives, at least one.
    fn open_some<F>(
        scope: &'scope Scope<'scope, '_>,
        most: usize,
        thread: &impl Fn() -> thread::Builder,
        one: &'scope F,
    ) -> io::Result<Vec<Self>>
    where
        F: Fn(String) -> Result<T, DeviceError> + Sync,
    {
        let mut lanes = vec![Self::open(scope, thread(), one)?];
        lanes.extend((1..most).map_while(|_| Self::open(scope, thread(), one).ok()));
        Ok(lanes)
    }

    fn open<F>(scope: &'scope Scope<'scope, '_>, thread: thread::Builder, one: &'scope F) -> io::Result<Self>
    where
        F: Fn(String) -> Result<T, DeviceError> + Sync,
    {
        let (work, chunks) = sync_channel::<Vec<String>>(DEPTH);
        let (results, done) = sync_channel(DEPTH);
        let thread = thread.spawn_scoped(scope, move || {
            for chunk in chunks {
                let mut chunk_results = Vec::with_capacity(chunk.len());
                for id in chunk {
                    let result = one(id);
                    let failed = result.is_err();
                    chunk_results.push(result);
                    if failed {
                        break;
                    }
                }
                if results.send(chunk_results).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { work, done, thread })
    }

    /// A worker whose channels are closed while work is there: `render` panicked, and so do we.
    fn panicked(self) -> ! {
        match self.thread.join() {
            Err(payload) => panic::resume_unwind(payload),
            Ok(()) => unreachable!("a worker goes on as long as both its channels are open"),
        }
    }
}

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
    /// The system gave no thread.
    #[error("no thread could be started: {0}")]
    Thread(io::Error),
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn echo(id: String) -> Result<String, DeviceError> {
        Ok(id)
    }

    #[test]
    fn without_a_thread_it_is_an_error() {
        let refused = || thread::Builder::new().stack_size(usize::MAX / 4);
        let error = thread::scope(|scope| Lane::open_some(scope, 4, &refused, &echo).err());
        let error = BatchError::<Infallible>::Thread(error.expect("no machine has that much memory"));
        assert!(error.to_string().starts_with("no thread could be started: "), "{error}");
    }

    #[test]
    fn with_fewer_threads_than_asked_for_it_works_with_those() {
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let two_alone = || match asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 | 1 => thread::Builder::new(),
            _ => thread::Builder::new().stack_size(usize::MAX / 4),
        };
        let lanes =
            thread::scope(|scope| Lane::open_some(scope, 4, &two_alone, &echo).map(|lanes| lanes.len()));
        assert_eq!(lanes.expect("there are two"), 2);
    }
}
