//! What a firmware can do, by its name.

/// Whether the modem may be asked for a certificate that it signs itself: not before mfw_nrf91x1_2.0.2, and never an nRF9160. A name
/// of another form says nothing, and the modem itself decides.
pub(super) fn may_sign_certificates(firmware: &str) -> bool {
    if firmware.contains("nrf9160") {
        return false;
    }
    let Some(version) = firmware.strip_prefix("mfw_nrf91x1_") else { return true };
    let numbers: Vec<u32> = version
        .split(|letter: char| !letter.is_ascii_digit())
        .take(3)
        .map_while(|number| number.parse().ok())
        .collect();
    numbers.len() < 3 || numbers >= vec![2, 0, 2]
}

#[cfg(test)]
mod tests {
    use super::may_sign_certificates;

    #[test]
    fn a_certificate_is_asked_for_where_it_may_be_given() {
        for (firmware, may) in [
            ("mfw_nrf91x1_2.0.1", false),
            ("mfw_nrf91x1_2.0.0-77.beta", false),
            ("mfw_nrf9160_1.3.7", false),
            ("mfw_nrf91x1_2.0.2", true),
            ("mfw_nrf91x1_2.0.10", true),
            ("mfw_nrf91x1_2.1.0-FOTA-TEST", true),
            ("mfw_nrf9151-ntn_1.0.0-1.alpha", true),
            ("mfw_nrf91x1_x", true),
        ] {
            assert_eq!(may_sign_certificates(firmware), may, "{firmware}");
        }
    }
}
