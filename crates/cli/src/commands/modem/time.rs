//! `nrfcloud modem time`

use std::str::FromStr;
use std::time::SystemTime;

use clap::Args;
use modem_at::ModemTime;
use serde::Serialize;

use crate::clock::{self, Moment, Utc};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::serial::PortOptions;

/// How far the clock may be from the time that it was set to, in seconds.
const TOLERANCE: i64 = 5;

#[derive(Args, Debug)]
pub(crate) struct Time {
    /// Set the clock first: `now` is this host's time; or RFC 3339, or seconds since 1970
    #[arg(long, value_name = "TIME")]
    set: Option<Setting>,
    /// Say what would be set, and set nothing
    #[arg(long, requires = "set")]
    dry_run: bool,
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Serialize)]
struct Clock {
    /// Seconds since 1970; `null` without a valid time.
    time: Option<i64>,
    set: bool,
    dry_run: bool,
}

impl Time {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut modem = self.port.open(context)?;
        // Finding the modem may have taken a while.
        let now = clock::unix_seconds(SystemTime::now());
        let wanted = self.set.map(|setting| setting.moment(now)).transpose()?;
        if let Some(time) = wanted {
            if self.dry_run {
                context.out.note(format_args!("would set the clock to {time}"));
            } else {
                modem.set_clock(time)?;
            }
        }
        let found = modem.clock()?;
        modem.close()?;
        let set = wanted.is_some() && !self.dry_run;
        if let (Some(wanted), true) = (wanted, set) {
            let distance = found.map(|found| found.unix_seconds() - wanted.unix_seconds());
            if !distance.is_some_and(|seconds| (-TOLERANCE..=TOLERANCE).contains(&seconds)) {
                return Err(diagnostic::clock_not_set(wanted, found));
            }
        }
        let clock = Clock { time: found.map(|time| time.unix_seconds()), set, dry_run: self.dry_run };
        if clock.time.is_none() {
            context.out.note("the modem has no valid time: its tokens carry neither iat nor exp");
        }
        context.out.result("nrfcloud.modem.time", &clock, |clock| match clock.time {
            Some(time) => {
                let time = u64::try_from(time).unwrap_or_default();
                format!("{}, {} by this host\n", Utc(time), clock::relative(time, now))
            }
            None => String::new(),
        });
        Ok(())
    }
}

/// What the clock is to show.
#[derive(Clone, Copy, Debug)]
enum Setting {
    Now,
    At(ModemTime),
}

impl Setting {
    /// `now` is in seconds since 1970.
    fn moment(self, now: u64) -> Result<ModemTime, Diagnostic> {
        match self {
            Self::At(time) => Ok(time),
            Self::Now => modem_time(now).map_err(diagnostic::unexpected),
        }
    }
}

impl FromStr for Setting {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "now" => Ok(Self::Now),
            text => modem_time(text.parse::<Moment>()?.0)
                .map(Self::At)
                .map_err(|_| "a modem's clock goes from the year 2000 to 2099".into()),
        }
    }
}

fn modem_time(seconds: u64) -> Result<ModemTime, modem_at::ModemTimeError> {
    ModemTime::from_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}
