//! Location services: where a device is, by what it sees; and what was recorded of it.
//!
//! Credentials of all but the history and the anchors: a device's JWT, a proxy's or evaluation token, or a
//! project's organization token. An API key is refused by the service. Assistance data for satellite
//! positioning is in [`assistance`](crate::assistance) and [`prediction`](crate::prediction).

mod address;
mod anchor;
mod cell;
mod contribution;
mod fix;
mod history;
mod mac_address;
mod place;
mod wifi;

pub use address::{Address, GeoAddress};
pub use anchor::{Anchor, AnchorChange, AnchorName, ListAnchors, NewAnchor};
pub use cell::{CellRequest, LteCell, NeighborCell};
pub use contribution::{
    AccessPointObservation, CellObservation, Contribution, ContributionItem, ContributionRequest,
    GetContributions, LteKind, ObservingDevice,
};
pub use fix::{
    AlternateLocation, AnchorSeen, Coordinates, FixOptions, GnssPosition, GroundFix, GroundFixRequest,
    LocationSource, Position,
};
pub use history::{GetLocationHistory, GnssMeta, LocationRecord, RecordSource};
pub use mac_address::{InvalidMacAddress, MacAddress};
pub use place::Place;
pub use wifi::{AccessPoint, AccessPoints};
