//! The rule for device IDs that begin with `nrf-`.
//!
//! nRF Cloud keeps them for Nordic's own kits (facts: CreateDeviceCertificate), whose ID is `nrf-` and the IMEI. An ID of that form is
//! taken without a word, since a kit cannot be told from a custom board by its IMEI; any other that begins so is refused here, before a
//! certificate with a name that nRF Cloud will not take is burnt into a board.

use cloud_api::DeviceId;

/// Refuses `nrf-…` that is not `nrf-<IMEI>`, unless `allowed`.
pub(crate) fn check_prefix(id: &DeviceId, allowed: bool) -> Result<(), ReservedPrefix> {
    let reserved = match id.as_str().split_at_checked(4) {
        Some((prefix, rest)) => {
            prefix.eq_ignore_ascii_case("nrf-") && rest.parse::<modem_at::Imei>().is_err()
        }
        None => false,
    };
    if reserved && !allowed { Err(ReservedPrefix { id: id.clone() }) } else { Ok(()) }
}

/// A device ID that is kept for Nordic's kits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "device ID {:?}: `nrf-` is reserved for Nordic's kits; the rule is nrf- and the 15 digits of the IMEI, check digit included",
    id.as_str()
)]
pub(crate) struct ReservedPrefix {
    id: DeviceId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_imei_may_follow_the_reserved_prefix() {
        let check = |id: &str, allowed| check_prefix(&id.parse().unwrap(), allowed).is_ok();
        for id in
            ["nrf-352656106647673", "f69c0e45-7f04-4949-8def-bb2215b4223e", "nrf", "my-nrf-board", "nrf9160"]
        {
            assert!(check(id, false), "{id}");
        }
        for id in ["nrf-", "nrf-board", "NRF-board", "nrf-352656106647674", "nrf-35265610664767"] {
            assert!(!check(id, false), "{id}");
            assert!(check(id, true), "{id}");
        }
    }
}
