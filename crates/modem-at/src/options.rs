//! How a session is opened.

use std::time::Duration;

use crate::cancel::Cancel;
use crate::dialect::Dialect;
use crate::transcript::Transcript;
use crate::transport::FlowControl;

/// How a port is opened and a modem is found on it.
#[derive(Debug)]
pub struct Options {
    /// Speed in bits per second; nRF91 kits use 115200.
    pub baud: u32,
    /// Whether RTS/CTS is tried.
    pub flow_control: FlowControl,
    /// How long a silent port is tried before it is given up.
    pub probe_timeout: Duration,
    /// What the firmware speaks; `None` finds out.
    pub dialect: Option<Dialect>,
    /// Who sees what goes over the wire.
    pub transcript: Option<Transcript>,
    /// What ends every wait.
    pub cancel: Option<Cancel>,
}

impl Options {
    /// How long a silent port is tried, unless told otherwise: 1.4 s, so that a dead port is known in less than 1.5 s.
    pub const PROBE_TIMEOUT: Duration = Duration::from_millis(1400);
}

impl Default for Options {
    /// 115200 baud, no flow control, [`PROBE_TIMEOUT`](Self::PROBE_TIMEOUT), any dialect, no transcript.
    fn default() -> Self {
        Self {
            baud: 115_200,
            flow_control: FlowControl::None,
            probe_timeout: Self::PROBE_TIMEOUT,
            dialect: None,
            transcript: None,
            cancel: None,
        }
    }
}
