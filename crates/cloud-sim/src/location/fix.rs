//! From what a device hears to where it is: anchors of the team first, then Wi-Fi, then cells (facts 5.3).

use serde_json::{Map, Value, json};

use super::{
    anchors::Anchor,
    cells,
    coordinates::{distance, number, rounded},
    mac::Mac,
    places::{PLACES, spread},
    survey::Survey,
};
use crate::assistance::Position;

/// A position, and what it was found by.
#[derive(Debug, Clone)]
pub(super) struct Fix {
    pub(super) position: Position,
    pub(super) kind: Kind,
    pub(super) anchors: Vec<Anchor>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Anchor,
    Wifi,
    SeveralCells,
    OneCell,
}

impl Kind {
    /// Its name in answers and in the history (facts 6.5: answers to evaluation tokens say so).
    pub(super) fn name(self, evaluation: bool) -> &'static str {
        match (self, evaluation) {
            (Self::Anchor, _) => "ANCHOR",
            (Self::Wifi, false) => "WIFI",
            (Self::Wifi, true) => "WIFI_EVAL",
            (Self::SeveralCells, false) => "MCELL",
            (Self::SeveralCells, true) => "MCELL_EVAL",
            (Self::OneCell, false) => "SCELL",
            (Self::OneCell, true) => "SCELL_EVAL",
        }
    }
}

/// The best that the survey gives. Without `fallback` an unknown cell is not replaced by its tracking area.
pub(super) fn best(survey: &Survey, anchors: &[Anchor], fallback: bool) -> Option<Fix> {
    by_anchor(anchors).or_else(|| by_wifi(survey)).or_else(|| by_cells(survey, fallback))
}

/// Of those that the device hears, the first.
fn by_anchor(anchors: &[Anchor]) -> Option<Fix> {
    /// About as far as Wi-Fi is heard.
    const UNCERTAINTY: f64 = 30.0;
    let Anchor { latitude, longitude, .. } = anchors.first()?;
    let position = Position { latitude: *latitude, longitude: *longitude, uncertainty: UNCERTAINTY };
    Some(Fix { position, kind: Kind::Anchor, anchors: anchors.to_vec() })
}

/// Access points of this maker are unknown to every survey.
const UNKNOWN_MAKER: [u8; 3] = [0, 0, 0];

/// Two known access points at least. The recorded answers, of Trondheim, have a radius of 60 m for two and of 14.772 m
/// for many; every access point is taken to be near there.
pub(super) fn by_wifi(survey: &Survey) -> Option<Fix> {
    let known: Vec<Mac> =
        survey.access_points.iter().copied().filter(|mac| mac.octets()[..3] != UNKNOWN_MAKER).collect();
    let [first, _, ..] = known.as_slice() else { return None };
    let [a, b, c, d, e, _] = first.octets();
    let number = u32::from_be_bytes([a ^ b, c, d, e]);
    let position = Position {
        latitude: PLACES[0].latitude + 0.01 * spread(number),
        longitude: PLACES[0].longitude + 0.02 * spread(number ^ 0x5555),
        uncertainty: if known.len() == 2 { 60.0 } else { 14.772 },
    };
    Some(Fix { position, kind: Kind::Wifi, anchors: Vec::new() })
}

/// By the first cell that is known; the device is connected to it.
pub(super) fn by_cells(survey: &Survey, fallback: bool) -> Option<Fix> {
    let several = survey.has_several_cells();
    let known = survey.cells.iter().find_map(|cell| cells::locate(cell, several));
    let guess = || survey.cells.iter().find_map(cells::area).filter(|_| fallback);
    let (position, kind) = match known {
        Some(position) => (position, if several { Kind::SeveralCells } else { Kind::OneCell }),
        None => (guess()?, Kind::OneCell),
    };
    Some(Fix { position, kind, anchors: Vec::new() })
}

impl Fix {
    /// With a radius in which the device is in 95 of 100 cases instead of 68, for a normal distribution in two
    /// dimensions.
    pub(super) fn with_high_confidence(mut self) -> Self {
        const RATIO: f64 = 1.6216;
        self.position.uncertainty = (self.position.uncertainty * RATIO * 1000.0).round() / 1000.0;
        if self.kind != Kind::Wifi {
            self.position.uncertainty = self.position.uncertainty.round();
        }
        self
    }

    /// `lat`, `lon`, `uncertainty`, and `anchors` where there are any.
    pub(super) fn document(&self) -> Map<String, Value> {
        let Position { latitude, longitude, uncertainty } = self.position;
        let mut document = Map::new();
        document.insert("lat".into(), number(rounded(latitude)));
        document.insert("lon".into(), number(rounded(longitude)));
        document.insert("uncertainty".into(), number(uncertainty));
        if !self.anchors.is_empty() {
            let anchors: Vec<Value> = self.anchors.iter().map(Anchor::meta).collect();
            document.insert("anchors".into(), anchors.into());
        }
        document
    }

    /// `alt`: the other position, and how far it is from this one.
    pub(super) fn alternate(&self, other: &Self, evaluation: bool) -> Value {
        let mut location = other.document();
        location.remove("anchors");
        location.insert("fulfilledWith".into(), other.kind.name(evaluation).into());
        json!({ "loc": location, "dist": number(self.distance_to(other).round()) })
    }

    pub(super) fn distance_to(&self, other: &Self) -> f64 {
        distance(self.position, other.position)
    }
}
