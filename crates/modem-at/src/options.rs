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
    /// The flow control that is tried.
    pub flow_control: FlowControl,
    /// How long a silent port is tried before it is given up; also when a kit has to be found again because it restarted.
    pub probe_timeout: Duration,
    /// The longest wait for the answer to a command; `None` waits as long as each command may take, up to a minute and more.
    pub answer_timeout: Option<Duration>,
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
    /// 115200 baud, RTS/CTS where it works, [`PROBE_TIMEOUT`](Self::PROBE_TIMEOUT), any dialect, no transcript.
    fn default() -> Self {
        Self {
            baud: 115_200,
            flow_control: FlowControl::RtsCts,
            probe_timeout: Self::PROBE_TIMEOUT,
            answer_timeout: None,
            dialect: None,
            transcript: None,
            cancel: None,
        }
    }
}
