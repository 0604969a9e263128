#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod at_host;
mod board;
mod builder;
mod cell;
mod content;
mod device;
mod fault;
mod keys;
mod kit;
mod message;
#[cfg(unix)]
mod pty;
#[cfg(unix)]
mod sim;
mod store;

pub use at_host::{Terminator, WhileBusy};
pub use builder::{Builder, StartError};
pub use cell::{Cell, CellError, Plmn};
pub use device::{Answer, Device};
pub use fault::{Fault, UrcPlace};
pub use kit::{Firmware, Imei, KitError, Model, Uuid};
#[cfg(unix)]
pub use sim::{ModemSim, RunError};
