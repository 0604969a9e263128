//! The token that is judged, and what it is judged by.

use clap::Args;
use cloud_api::DeviceId;

use crate::clock::{Moment, Seconds};
use crate::known_keys::KnownKeyOptions;

/// The options of every verb that judges a token.
#[derive(Args, Debug)]
#[group(skip)]
pub(super) struct JudgedToken {
    /// Token, with or without `Bearer `; `-` is standard input
    pub(super) token: String,
    #[command(flatten)]
    pub(super) known: KnownKeyOptions,
    /// Device ID that the token must speak for, in `sub` or behind the dot of `iss`
    #[arg(long, value_name = "ID")]
    pub(super) device_id: Option<DeviceId>,
    /// Audience that the token must have
    #[arg(long)]
    pub(super) aud: Option<String>,
    /// How far clocks may differ
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub(super) leeway: Seconds,
    /// Moment to judge by, in seconds since 1970 or RFC 3339 [default: now]
    #[arg(long, value_name = "MOMENT")]
    pub(super) at: Option<Moment>,
}
