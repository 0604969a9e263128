//! Exit codes: the one place where they are defined. `docs/exit-codes.md` is checked against this file.

/// How a run of `nrfcloud` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// Done. A reader that closes the pipe early counts as done.
    Ok = 0,
    /// A case that this program does not expect: a bug of it, or of the machine.
    Unexpected = 1,
    /// The command line cannot be understood.
    Usage = 2,
    /// A file or a value breaks a rule.
    BadInput = 3,
    /// An API key or a setting is missing.
    Config = 4,
    /// No device, or no port.
    NoDevice = 5,
    /// The modem said no.
    ModemRefused = 6,
    /// nRF Cloud said no.
    CloudRefused = 7,
    /// No answer, not in time, or not from nRF Cloud.
    Network = 8,
    /// Some rows or devices failed, others did not.
    Partly = 9,
    /// A token or a certificate was checked and is not good.
    NotVerified = 10,
    /// Stopped by Ctrl-C or a signal.
    Interrupted = 130,
}

impl ExitCode {
    /// The number.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::ExitCode;

    const ALL: [(ExitCode, &str); 12] = [
        (ExitCode::Ok, "ok"),
        (ExitCode::Unexpected, "unexpected"),
        (ExitCode::Usage, "usage"),
        (ExitCode::BadInput, "bad input file or value"),
        (ExitCode::Config, "credentials or configuration missing"),
        (ExitCode::NoDevice, "no device or port"),
        (ExitCode::ModemRefused, "modem refused"),
        (ExitCode::CloudRefused, "cloud refused"),
        (ExitCode::Network, "network or time-out"),
        (ExitCode::Partly, "partly done"),
        (ExitCode::NotVerified, "verification failed"),
        (ExitCode::Interrupted, "interrupted"),
    ];

    #[test]
    fn the_document_lists_just_these_codes() {
        let document = include_str!("../../../docs/exit-codes.md");
        let rows: Vec<(u8, &str)> = document
            .lines()
            .filter_map(|line| {
                let mut cells = line.strip_prefix("| ")?.split(" | ");
                Some((cells.next()?.parse().ok()?, cells.next()?))
            })
            .collect();
        let expected: Vec<(u8, &str)> = ALL.map(|(code, name)| (code.number(), name)).to_vec();
        assert_eq!(rows, expected);
    }
}
