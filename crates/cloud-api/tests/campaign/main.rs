//! Campaigns, and what else there is, against the simulated cloud, with the faults that it has on demand.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod chaos;
mod faults;
mod rows;
mod steps;
mod support;
