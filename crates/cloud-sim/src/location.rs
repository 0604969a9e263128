//! Location services (facts 4 and 5).

pub(crate) mod agnss;
pub(crate) mod anchors;
mod cells;
pub(crate) mod contribute;
mod coordinates;
mod fix;
pub(crate) mod geo;
pub(crate) mod gnss;
pub(crate) mod ground_fix;
pub(crate) mod history;
mod mac;
mod nmea;
pub(crate) mod pgps;
mod places;
mod question;
mod range;
mod survey;

use std::sync::Mutex;

use self::{anchors::Anchors, contribute::Contributions, history::History};
use crate::store::{Found, StoreError};

/// What the location services keep, of all teams; each behind its own lock.
#[derive(Default)]
pub(crate) struct Located {
    pub(crate) history: Mutex<History>,
    pub(crate) anchors: Mutex<Anchors>,
    pub(crate) contributions: Mutex<Contributions>,
}

impl Located {
    pub(crate) fn load(found: &mut Found) -> Result<Self, StoreError> {
        Ok(Self {
            history: Mutex::new(History::load(found)?),
            anchors: Mutex::new(Anchors::load(found)?),
            contributions: Mutex::new(Contributions::load(found)?),
        })
    }
}
