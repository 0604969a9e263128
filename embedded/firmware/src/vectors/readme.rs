//! The example in the README of es256-cortex-m, as it stands there.

use super::Tally;
use crate::backend::{Assembly, Backend};

include!(concat!(env!("OUT_DIR"), "/readme.rs"));

pub(super) fn run(tally: &mut Tally) {
    let (scalar, now) = ([7; 32], 1_700_000_000);
    let Some(point) = Assembly::signing_key(&scalar).map(|key| Assembly::point(&Assembly::public(&key)))
    else {
        return tally.check("README", "the key was refused", false);
    };
    let mut buf = [0; 256];
    let token = token(&scalar, now, &mut buf).unwrap_or_default();
    tally.check("README", "accepted", accepts(token, &point, now).is_some());
    tally.check("README", "expired", accepts(token, &point, now + 660).is_none());
}
