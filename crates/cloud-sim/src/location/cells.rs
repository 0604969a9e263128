//! Where a cell is: at its recorded place where there is one, else somewhere near its country's capital, always at the
//! same spot, cells of one tracking area near each other.

use super::places::{self, PLACES, TRONDHEIM_AREAS, spread};
use crate::assistance::Position;

/// A cell of LTE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) mcc: u16,
    pub(crate) mnc: u16,
    pub(crate) tac: u16,
    pub(crate) eci: u32,
}

/// Metres; the radius that the recorded single-cell answers have (facts 5.3).
const UNCERTAINTY: f64 = 2416.0;
/// Of several cells, as recorded.
const SEVERAL_UNCERTAINTY: f64 = 2139.0;
/// Of a tracking area; a guess.
const AREA_UNCERTAINTY: f64 = 15_000.0;

/// Identities that no network has and so no survey knows: all zeros and all ones.
const UNKNOWN: [u32; 2] = [0, 268_435_455];

/// Recorded answers: cell, with neighbours or without, and the position.
const RECORDED: [(u32, bool, Position); 3] = [
    (33_703_712, false, at(63.42373967, 10.38332462, 2416.0)),
    (33_703_712, true, at(63.42811704, 10.33457279, 2139.0)),
    (35_496_972, true, at(63.42557256, 10.43830085, 440.0)),
];

const fn at(latitude: f64, longitude: f64, uncertainty: f64) -> Position {
    Position { latitude, longitude, uncertainty }
}

/// By one cell alone, or with what else the device hears.
pub(super) fn locate(cell: &Cell, with_others: bool) -> Option<Position> {
    if UNKNOWN.contains(&cell.eci) {
        return None;
    }
    let recorded = RECORDED.iter().find(|(eci, others, _)| {
        (cell.mcc, cell.tac) == (242, TRONDHEIM_AREAS[0]) && *eci == cell.eci && *others == with_others
    });
    if let Some((_, _, position)) = recorded {
        return Some(*position);
    }
    let area = area(cell)?;
    Some(Position {
        latitude: area.latitude + 0.01 * spread(cell.eci),
        longitude: area.longitude + 0.01 * spread(cell.eci ^ 0x5555),
        uncertainty: if with_others { SEVERAL_UNCERTAINTY } else { UNCERTAINTY },
    })
}

/// By its tracking area; None for the countries that are not in the table.
pub(super) fn area(cell: &Cell) -> Option<Position> {
    if cell.mcc == PLACES[0].mcc && TRONDHEIM_AREAS.contains(&cell.tac) {
        return Some(at(PLACES[0].latitude, PLACES[0].longitude, AREA_UNCERTAINTY));
    }
    let capital = places::capital(cell.mcc)?;
    let area = u32::from(cell.tac) * 1000 + u32::from(cell.mnc);
    Some(Position {
        latitude: capital.latitude + 0.2 * spread(area),
        longitude: capital.longitude + 0.2 * spread(area ^ 0x5555),
        uncertainty: AREA_UNCERTAINTY,
    })
}
