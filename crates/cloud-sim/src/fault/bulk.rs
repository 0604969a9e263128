//! What the faults say to one bulk operation.

use std::{num::NonZeroU32, time::Duration};

use serde::{Deserialize, Serialize};

use super::BulkEffect;
use crate::{builder::ErrorFileFormat, registry::RowRefusal};

/// The faults of one bulk operation; by default none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationFaults {
    /// The operation never ends.
    endless: bool,
    /// It takes that much longer.
    longer: Duration,
    fail: Option<NonZeroU32>,
    expired: Option<NonZeroU32>,
    old_format: bool,
}

impl OperationFaults {
    pub(super) fn add(&mut self, effect: BulkEffect) {
        match effect {
            BulkEffect::Stall(None) => self.endless = true,
            BulkEffect::Stall(Some(time)) => self.longer += time,
            BulkEffect::Fail(each) => self.fail = Some(each),
            BulkEffect::Expired(each) => self.expired = Some(each),
            BulkEffect::OldFormat => self.old_format = true,
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// How long an operation takes that usually takes `usual`; None is for ever.
    pub(crate) fn delay(self, usual: Duration) -> Option<Duration> {
        (!self.endless).then(|| usual.saturating_add(self.longer))
    }

    /// Why the row with this index, counted from 0, is not to be done.
    pub(crate) fn refuse(self, row: usize) -> Option<RowRefusal> {
        let falls_on = |each: Option<NonZeroU32>| {
            each.and_then(|each| usize::try_from(each.get()).ok())
                .is_some_and(|each| (row + 1).is_multiple_of(each))
        };
        if falls_on(self.expired) {
            Some(RowRefusal::Other("The device certificate has expired.".into()))
        } else if falls_on(self.fail) {
            Some(RowRefusal::Other("Internal failure, the row was not processed.".into()))
        } else {
            None
        }
    }

    /// The form of the error file.
    pub(crate) fn error_file(self, usual: ErrorFileFormat) -> ErrorFileFormat {
        if self.old_format { ErrorFileFormat::Old } else { usual }
    }
}
