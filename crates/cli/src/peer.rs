//! Who answers at the address of nRF Cloud, trusted or not, and how far its clock is from this host's.

use std::time::SystemTime;

use cloud_api::Client;
use cloud_api::client::Peer;

use crate::clock::{self, Exact, Span, Utc};
use crate::cloud;
use crate::diagnostic::Diagnostic;
use crate::finding::Finding;

/// Who answered, if anybody.
pub(crate) struct Looked {
    pub(crate) peer: Result<Peer, Diagnostic>,
    /// By how much this host's clock is ahead of the answer's `Date`.
    pub(crate) ahead_seconds: Option<i64>,
}

/// Asks without credentials, and reads this host's clock when the answer is there.
pub(crate) fn look(client: &Client) -> Result<Looked, Diagnostic> {
    let (peer, now) = cloud::block_on(async { (client.look_at_peer().await, SystemTime::now()) })?;
    let ahead_seconds = peer.as_ref().ok().and_then(|peer| peer.date).map(|date| {
        let (ours, theirs) = (clock::unix_seconds(now), clock::unix_seconds(date));
        i64::try_from(ours.abs_diff(theirs))
            .map_or(i64::MAX, |apart| if ours < theirs { -apart } else { apart })
    });
    Ok(Looked { peer: peer.map_err(Diagnostic::from), ahead_seconds })
}

/// What is to be said of this host's clock.
pub(crate) fn clock_finding(ahead_seconds: Option<i64>, now: u64, leeway: u64) -> Finding {
    const ID: &str = "host.clock";
    let Some(ahead) = ahead_seconds else {
        return Finding::note(
            ID,
            "nRF Cloud's answer has no `Date`: the clock of this host was not compared",
        );
    };
    let apart = Span(ahead.unsigned_abs());
    let direction = if ahead < 0 { "behind" } else { "ahead of" };
    if ahead.unsigned_abs() <= leeway {
        return Finding::ok(ID, format!("this host's clock is {apart} {direction} nRF Cloud's"));
    }
    Finding::warning(
        ID,
        format!(
            "this host's clock is {} {direction} nRF Cloud's: here it is {}, there {}",
            Exact(ahead.unsigned_abs()),
            Utc(now),
            Utc(now.saturating_add_signed(ahead.saturating_neg()))
        ),
    )
    .next("set the clock: sudo timedatectl set-ntp true; until then tokens that are signed here are wrong by as much")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_judged_by_the_leeway() {
        let finding = |ahead| clock_finding(ahead, 1_700_000_000, 60).to_string();
        assert_eq!(finding(Some(-60)), "ok[host.clock]: this host's clock is 1 min behind nRF Cloud's");
        assert!(finding(Some(95)).starts_with(
            "warning[host.clock]: this host's clock is 1 min 35 s (95 s) ahead of nRF Cloud's: here it is 2023-11-14 22:13:20 UTC, there 2023-11-14 22:11:45 UTC\n"
        ));
        assert!(finding(None).starts_with("note[host.clock]: "));
        assert!(finding(Some(i64::MIN)).starts_with("warning[host.clock]: "));
    }
}
