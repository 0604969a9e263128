#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(unix), expect(dead_code, reason = "without pseudo-terminals only the bare modem is there"))]

mod board;
mod builder;
mod cell;
mod content;
mod credential_shell;
mod device;
mod fault;
mod front;
mod keys;
mod kit;
mod message;
mod mode;
mod nrf93;
#[cfg(unix)]
mod port;
mod script;
#[cfg(unix)]
mod sim;
mod state;
mod store;
mod trouble;
mod wire;

pub use builder::{Builder, StartError};
pub use cell::{Cell, CellError, Plmn};
pub use device::{Answer, Device};
pub use fault::{Fault, FaultError};
pub use front::{Terminator, TerminatorError, WhileBusy};
pub use kit::{Firmware, Imei, KitError, Model, Uuid};
pub use mode::{Mode, ModeError};
#[cfg(unix)]
pub use sim::{ModemSim, RunError};
