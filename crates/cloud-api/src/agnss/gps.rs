//! Elements of GPS, and of QZSS, which has the same.

use std::time::Duration;

use super::ElementType;
use super::element::{element, foreign_satellite, pow2};
use crate::gps_time::GpsTime;

element! {
    /// From GPS time to UTC (type 1).
    UtcParameters: 14, scales from "nrfxlib's `nrf_modem_gnss.h`" {
        /// Drift coefficient.
        a1: i32 => a1_s_per_s("seconds per second") * pow2(-50),
        /// Bias coefficient.
        a0: i32 => a0_s("seconds") * pow2(-30),
        /// Reference time of week.
        tot: u8 [..=147] => tot_s("seconds") * pow2(12),
        /// Reference week number, modulo 256.
        wn_t: u8,
        /// Leap seconds now, in seconds.
        delta_tls: i8,
        /// Week of the leap second change, modulo 256.
        wn_lsf: u8,
        /// Day of the leap second change, 1 to 7.
        dn: i8 [1..=7],
        /// Leap seconds after the change, in seconds.
        delta_tlsf: i8,
    }
}

element! {
    /// Orbit and clock of one GPS or QZSS satellite (types 2 and 12).
    Ephemeris: 62, scales from "nrfxlib's `nrf_modem_gnss.h`", check satellite {
        /// Satellite number: GPS 1 to 32, QZSS 193 to 202.
        sv_id: u8,
        /// Health, 0 is good.
        health: u8,
        /// Issue of data, clock.
        iodc: u16,
        /// Clock reference time of week.
        toc: u16 [..=37_799] => toc_s("seconds") * pow2(4),
        /// Clock drift rate.
        af2: i8 => af2_s_per_s2("seconds per second squared") * pow2(-55),
        /// Clock drift.
        af1: i16 => af1_s_per_s("seconds per second") * pow2(-43),
        /// Clock bias.
        af0: i32 => af0_s("seconds") * pow2(-31),
        /// Group delay.
        tgd: i8 => tgd_s("seconds") * pow2(-31),
        /// User range accuracy index.
        ura: u8,
        /// Fit interval flag.
        fit_int: u8,
        /// Orbit reference time of week.
        toe: u16 [..=37_799] => toe_s("seconds") * pow2(4),
        /// Argument of perigee.
        w: i32 => w_semicircles("semicircles") * pow2(-31),
        /// Mean motion difference.
        delta_n: i16 => delta_n_semicircles_per_s("semicircles per second") * pow2(-43),
        /// Mean anomaly at the reference time.
        m0: i32 => m0_semicircles("semicircles") * pow2(-31),
        /// Rate of right ascension.
        omega_dot: i32 => omega_dot_semicircles_per_s("semicircles per second") * pow2(-43),
        /// Eccentricity.
        e: u32 => e_ratio("parts of one") * pow2(-33),
        /// Rate of inclination.
        idot: i16 => idot_semicircles_per_s("semicircles per second") * pow2(-43),
        /// Square root of the semi-major axis.
        sqrt_a: u32 => sqrt_a_sqrt_m("√m") * pow2(-19),
        /// Inclination at the reference time.
        i0: i32 => i0_semicircles("semicircles") * pow2(-31),
        /// Longitude of the ascending node at the start of the week.
        omega0: i32 => omega0_semicircles("semicircles") * pow2(-31),
        /// Sine correction of the orbit radius.
        crs: i16 => crs_m("metres") * pow2(-5),
        /// Sine correction of the inclination.
        cis: i16 => cis_rad("radians") * pow2(-29),
        /// Sine correction of the argument of latitude.
        cus: i16 => cus_rad("radians") * pow2(-29),
        /// Cosine correction of the orbit radius.
        crc: i16 => crc_m("metres") * pow2(-5),
        /// Cosine correction of the inclination.
        cic: i16 => cic_rad("radians") * pow2(-29),
        /// Cosine correction of the argument of latitude.
        cuc: i16 => cuc_rad("radians") * pow2(-29),
    }
}

element! {
    /// Rough orbit of one GPS or QZSS satellite (types 3 and 11).
    Almanac: 31, scales from "nrfxlib's `nrf_modem_gnss.h`", check satellite {
        /// Satellite number: GPS 1 to 32, QZSS 193 to 202.
        sv_id: u8,
        /// Reference week number, modulo 256.
        wn: u8,
        /// Reference time of week.
        toa: u8 [..=147] => toa_s("seconds") * pow2(12),
        /// Issue of data.
        ioda: u8,
        /// Eccentricity, as difference to the reference of the orbit; see [`e_ratio`](Self::e_ratio).
        e: u16 => delta_e_ratio("parts of one") * pow2(-21),
        /// Inclination, as difference to the reference of the orbit; see
        /// [`i0_semicircles`](Self::i0_semicircles).
        delta_i: i16 => delta_i_semicircles("semicircles") * pow2(-19),
        /// Rate of right ascension.
        omega_dot: i16 => omega_dot_semicircles_per_s("semicircles per second") * pow2(-38),
        /// Health, 0 is good.
        sv_health: u8,
        /// Square root of the semi-major axis.
        sqrt_a: u32 => sqrt_a_sqrt_m("√m") * pow2(-11),
        /// Longitude of the ascending node at the start of the week.
        omega0: i32 => omega0_semicircles("semicircles") * pow2(-23),
        /// Argument of perigee.
        w: i32 => w_semicircles("semicircles") * pow2(-23),
        /// Mean anomaly at the reference time.
        m0: i32 => m0_semicircles("semicircles") * pow2(-23),
        /// Clock bias.
        af0: i16 => af0_s("seconds") * pow2(-20),
        /// Clock drift.
        af1: i16 => af1_s_per_s("seconds per second") * pow2(-38),
    }
}

element! {
    /// Ionosphere by Klobuchar's model (type 4).
    Klobuchar: 8, scales from "nrfxlib's `nrf_modem_gnss.h`" {
        /// Amplitude of the delay, constant part.
        alpha0: i8 => alpha0_s("seconds") * pow2(-30),
        /// Amplitude of the delay, first order.
        alpha1: i8 => alpha1_s_per_semicircle("seconds per semicircle") * pow2(-27),
        /// Amplitude of the delay, second order.
        alpha2: i8 => alpha2_s_per_semicircle2("seconds per semicircle squared") * pow2(-24),
        /// Amplitude of the delay, third order.
        alpha3: i8 => alpha3_s_per_semicircle3("seconds per semicircle cubed") * pow2(-24),
        /// Period of the delay, constant part.
        beta0: i8 => beta0_s("seconds") * pow2(11),
        /// Period of the delay, first order.
        beta1: i8 => beta1_s_per_semicircle("seconds per semicircle") * pow2(14),
        /// Period of the delay, second order.
        beta2: i8 => beta2_s_per_semicircle2("seconds per semicircle squared") * pow2(16),
        /// Period of the delay, third order.
        beta3: i8 => beta3_s_per_semicircle3("seconds per semicircle cubed") * pow2(16),
    }
}

element! {
    /// Ionosphere by the NeQuick model (type 5).
    NeQuick: 8, scales from "nrfxlib's `nrf_modem_gnss.h`" {
        /// Effective ionisation level, constant part, in solar flux units.
        ai0: i16 => ai0_sfu("solar flux units") * pow2(-2),
        /// Effective ionisation level, first order.
        ai1: i16 => ai1_sfu_per_degree("solar flux units per degree") * pow2(-8),
        /// Effective ionisation level, second order.
        ai2: i16 => ai2_sfu_per_degree2("solar flux units per degree squared") * pow2(-15),
        /// Storm flags, a bit per region.
        storm_cond: u8,
        /// Whether the storm flags are valid.
        storm_valid: u8,
    }
}

element! {
    /// Telemetry word of one GPS satellite, from which the modem takes the time of week (type 6).
    TimeOfWeek: 4, scales from "nrfxlib's `nrf_modem_gnss.h`", check satellite {
        /// Satellite number, 1 to 32.
        sv_id: u8,
        /// Telemetry word.
        tlm: u16,
        /// Flags.
        flags: u8,
    }
}

element! {
    /// GPS time (type 7).
    SystemClock: 16, scales from "nrfxlib's `nrf_modem_gnss.h`" {
        /// Days since 1980-01-06.
        date_day: u16,
        /// Second of the day, GPS time.
        time_full_s: u32 [..86_400],
        /// Millisecond of the second.
        time_frac_ms: u16 [..1000],
        /// Which satellites have a time of week; the cloud sends 0.
        sv_mask: u32,
        /// Zero.
        reserved: u32,
    }
}

element! {
    /// Rough position of the device (type 8), in the form of 3GPP TS 23.032.
    Location: 15, scales from "nrfxlib's `nrf_modem_gnss.h`" {
        /// Latitude, north is positive.
        latitude: i32 [-0x80_0000..=0x80_0000] => latitude_degrees("degrees") * (90.0 * pow2(-23)),
        /// Longitude, east is positive.
        longitude: i32 [-0x80_0000..=0x80_0000] => longitude_degrees("degrees") * (360.0 * pow2(-24)),
        /// Altitude above the ellipsoid.
        altitude: i16 => altitude_m("metres") * 1.0,
        /// Uncertainty along the major axis, code K; 255 is missing.
        unc_semimajor: u8,
        /// Uncertainty along the minor axis, code K; 255 is missing.
        unc_semiminor: u8,
        /// Bearing of the major axis in degrees, 0 is north.
        orientation_major: u8 [..180],
        /// Uncertainty of the altitude, code K; 255 is missing.
        unc_altitude: u8,
        /// Confidence in percent.
        confidence: u8 [..=128],
    }
}

element! {
    /// Which satellites are unhealthy (types 9 and 13).
    Integrity: 4, scales from "nrfxlib's `nrf_modem_gnss.h`" {
        /// Bit n is satellite n + 1 of GPS, or 193 + n of QZSS.
        mask: u32,
    }
}

impl Ephemeris {
    /// Whether nothing is known of the satellite: all but its number is zero, as predictions (P-GPS) have it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { sv_id: self.sv_id, ..Self::default() }
    }

    /// Whether the satellite says that it is well.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.health == 0
    }

    fn satellite(&self, kind: ElementType) -> Option<(&'static str, i64)> {
        let orbit = (!self.is_empty()).then(|| (self.sqrt_a.into(), self.sqrt_a_sqrt_m()));
        foreign_satellite(kind, self.sv_id, orbit)
    }
}

impl Almanac {
    /// Eccentricity. The almanac of a quasi-zenith satellite has the difference to 0.06.
    ///
    /// Source: IS-GPS-200 and IS-QZSS-PNT; recorded data agrees with the ephemerides of the same satellites.
    #[must_use]
    pub fn e_ratio(&self) -> f64 {
        self.reference().0 + self.delta_e_ratio()
    }

    /// Inclination in semicircles. The almanac has the difference to 0.3 for GPS, to 0.25 for a quasi-zenith
    /// satellite and to 0 for a geostationary one.
    ///
    /// Source: IS-GPS-200 and IS-QZSS-PNT; recorded data agrees with the ephemerides of the same satellites.
    #[must_use]
    pub fn i0_semicircles(&self) -> f64 {
        self.reference().1 + self.delta_i_semicircles()
    }

    /// What eccentricity and inclination are told against.
    fn reference(&self) -> (f64, f64) {
        match self.sv_id {
            193..=198 => (0.06, 0.25),
            199..=202 => (0.0, 0.0),
            _ => (0.0, 0.3),
        }
    }

    fn satellite(&self, kind: ElementType) -> Option<(&'static str, i64)> {
        foreign_satellite(kind, self.sv_id, Some((self.sqrt_a.into(), self.sqrt_a_sqrt_m())))
    }
}

impl TimeOfWeek {
    fn satellite(&self, kind: ElementType) -> Option<(&'static str, i64)> {
        foreign_satellite(kind, self.sv_id, None)
    }
}

impl SystemClock {
    /// The moment.
    #[must_use]
    pub fn time(&self) -> GpsTime {
        GpsTime::from_epoch(self.since_gps_epoch())
    }

    /// Time since the GPS epoch, 1980-01-06 00:00:00 UTC, without leap seconds.
    #[must_use]
    pub fn since_gps_epoch(&self) -> Duration {
        let days = Duration::from_secs(u64::from(self.date_day) * SECONDS_PER_DAY);
        days + Duration::from_secs(self.time_full_s.into()) + Duration::from_millis(self.time_frac_ms.into())
    }
}

const SECONDS_PER_DAY: u64 = 86_400;

impl Location {
    /// Uncertainty along the major axis in metres, `None` if missing.
    #[must_use]
    pub fn unc_semimajor_m(&self) -> Option<f64> {
        uncertainty(self.unc_semimajor, 10.0, 1.1)
    }

    /// Uncertainty along the minor axis in metres, `None` if missing.
    #[must_use]
    pub fn unc_semiminor_m(&self) -> Option<f64> {
        uncertainty(self.unc_semiminor, 10.0, 1.1)
    }

    /// Uncertainty of the altitude in metres, `None` if missing.
    #[must_use]
    pub fn unc_altitude_m(&self) -> Option<f64> {
        uncertainty(self.unc_altitude, 45.0, 1.025)
    }
}

/// `c · (b^K − 1)`, 3GPP TS 23.032 sections 6.2 and 6.4.
fn uncertainty(code: u8, factor: f64, base: f64) -> Option<f64> {
    (code != 255).then(|| factor * (base.powi(i32::from(code)) - 1.0))
}

impl Integrity {
    /// GPS satellites that are unhealthy, for an element of type 9.
    pub fn unhealthy_gps(&self) -> impl Iterator<Item = u8> + use<> {
        self.set_bits().map(|bit| bit + 1)
    }

    /// QZSS satellites that are unhealthy, for an element of type 13.
    pub fn unhealthy_qzss(&self) -> impl Iterator<Item = u8> + use<> {
        self.set_bits().map(|bit| bit + 193)
    }

    fn set_bits(&self) -> impl Iterator<Item = u8> + use<> {
        let mask = self.mask;
        (0..32).filter(move |bit| mask & (1 << bit) != 0)
    }
}
