//! Taking up a run.

use std::time::{Duration, SystemTime};

use crate::holder::Holder;
use crate::id::RunId;
use crate::run::Run;
use crate::subject::Subject;

/// The wish to work on a subject.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'c> {
    pub(crate) subject: &'c Subject,
    pub(crate) holder: &'c Holder,
    pub(crate) now: SystemTime,
    pub(crate) lease: Duration,
    pub(crate) unseat: Option<&'c Held>,
}

impl<'c> Claim<'c> {
    /// `holder` wants to work on `subject`. Without a sign of life for as long as `lease`, others may take it over.
    #[must_use]
    pub const fn new(subject: &'c Subject, holder: &'c Holder, now: SystemTime, lease: Duration) -> Self {
        Self { subject, holder, now, lease, unseat: None }
    }

    /// Takes the run also from this holder, which the caller knows to be gone. If somebody else has it by now, it is theirs.
    #[must_use]
    pub const fn unseat(self, gone: &'c Held) -> Self {
        Self { unseat: Some(gone), ..self }
    }
}

/// The answer to a [`Claim`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Claimed<'l> {
    /// The open run of the subject, or a new one.
    Ours(Run<'l>),
    /// Somebody else is at it.
    Held(Held),
}

/// A run that somebody is at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// The run.
    pub run: RunId,
    /// Who is at it.
    pub holder: Holder,
    /// Until when, unless there is a sign of life.
    pub until: SystemTime,
    /// How often the run was taken up: tells this holder from the same one later.
    pub(crate) epoch: i64,
}
