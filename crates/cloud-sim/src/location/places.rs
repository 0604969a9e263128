//! Where things are. Nobody gave us a survey, so there are a few places that recorded answers tell, and about where each
//! country's capital is.

/// A town.
#[derive(Debug)]
pub(super) struct Place {
    /// Mobile country code (ITU-T E.212).
    pub(super) mcc: u16,
    pub(super) country: &'static str,
    /// ISO 3166-1.
    pub(super) country_code: &'static str,
    pub(super) state: &'static str,
    pub(super) city: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
}

const fn place(
    mcc: u16,
    country: &'static str,
    country_code: &'static str,
    state: &'static str,
    city: &'static str,
    latitude: f64,
    longitude: f64,
) -> Place {
    Place { mcc, country, country_code, state, city, latitude, longitude }
}

/// The town that the recorded requests come from, then capitals in the order of their codes.
#[rustfmt::skip]
pub(super) const PLACES: [Place; 35] = [
    place(242, "Norway", "NO", "Trøndelag", "Trondheim", 63.42, 10.42),
    place(202, "Greece", "GR", "Attica", "Athens", 37.98, 23.73),
    place(204, "Netherlands", "NL", "Noord-Holland", "Amsterdam", 52.37, 4.90),
    place(206, "Belgium", "BE", "Brussels", "Brussels", 50.85, 4.35),
    place(208, "France", "FR", "Île-de-France", "Paris", 48.86, 2.35),
    place(214, "Spain", "ES", "Madrid", "Madrid", 40.42, -3.70),
    place(216, "Hungary", "HU", "Budapest", "Budapest", 47.50, 19.04),
    place(222, "Italy", "IT", "Lazio", "Rome", 41.90, 12.50),
    place(226, "Romania", "RO", "Bucharest", "Bucharest", 44.43, 26.10),
    place(228, "Switzerland", "CH", "Bern", "Bern", 46.95, 7.45),
    place(230, "Czechia", "CZ", "Prague", "Prague", 50.08, 14.44),
    place(232, "Austria", "AT", "Vienna", "Vienna", 48.21, 16.37),
    place(234, "United Kingdom", "GB", "England", "London", 51.51, -0.13),
    place(238, "Denmark", "DK", "Hovedstaden", "Copenhagen", 55.68, 12.57),
    place(240, "Sweden", "SE", "Stockholm", "Stockholm", 59.33, 18.07),
    place(242, "Norway", "NO", "Oslo", "Oslo", 59.91, 10.75),
    place(244, "Finland", "FI", "Uusimaa", "Helsinki", 60.17, 24.94),
    place(246, "Lithuania", "LT", "Vilnius", "Vilnius", 54.69, 25.28),
    place(247, "Latvia", "LV", "Riga", "Riga", 56.95, 24.11),
    place(248, "Estonia", "EE", "Harju", "Tallinn", 59.44, 24.75),
    place(255, "Ukraine", "UA", "Kyiv", "Kyiv", 50.45, 30.52),
    place(260, "Poland", "PL", "Mazowieckie", "Warsaw", 52.23, 21.01),
    place(262, "Germany", "DE", "Berlin", "Berlin", 52.52, 13.41),
    place(268, "Portugal", "PT", "Lisbon", "Lisbon", 38.72, -9.14),
    place(272, "Ireland", "IE", "Leinster", "Dublin", 53.35, -6.26),
    place(302, "Canada", "CA", "Ontario", "Ottawa", 45.42, -75.70),
    place(310, "United States", "US", "District of Columbia", "Washington", 38.91, -77.04),
    place(311, "United States", "US", "District of Columbia", "Washington", 38.91, -77.04),
    place(334, "Mexico", "MX", "Mexico City", "Mexico City", 19.43, -99.13),
    place(404, "India", "IN", "Delhi", "New Delhi", 28.61, 77.21),
    place(440, "Japan", "JP", "Tokyo", "Tokyo", 35.68, 139.69),
    place(450, "South Korea", "KR", "Seoul", "Seoul", 37.57, 126.98),
    place(460, "China", "CN", "Beijing", "Beijing", 39.90, 116.41),
    place(505, "Australia", "AU", "Australian Capital Territory", "Canberra", -35.28, 149.13),
    place(724, "Brazil", "BR", "Federal District", "Brasília", -15.79, -47.88),
];

/// Tracking areas of Norway (MCC 242) that are in Trondheim, by the recorded requests.
pub(super) const TRONDHEIM_AREAS: [u16; 2] = [2305, 30_401];

/// The country's capital.
pub(super) fn capital(mcc: u16) -> Option<&'static Place> {
    PLACES.iter().skip(1).find(|place| place.mcc == mcc)
}

/// From -1 to 1, by Fibonacci hashing: always the same for the same number.
pub(super) fn spread(number: u32) -> f64 {
    f64::from(number.wrapping_mul(2_654_435_769)) / f64::from(u32::MAX) * 2.0 - 1.0
}
