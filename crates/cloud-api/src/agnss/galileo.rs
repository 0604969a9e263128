//! Elements of Galileo.
//!
//! Field order: nRF Connect SDK 2026. Scales: Galileo OS SIS ICD; they are inferred for this format, and
//! agree with recorded data where almanac and ephemeris of one satellite can be compared.

use super::ElementType;
use super::element::{element, foreign_satellite, pow2};

/// Square root of the nominal semi-major axis, 29 600 000 m (Galileo OS SIS ICD 5.1.10).
const NOMINAL_SQRT_A: f64 = 5_440.588_203_494_177;

element! {
    /// Rough orbit of one Galileo satellite (type 14).
    GalileoAlmanac: 24, scales from "Galileo OS SIS ICD; inferred for this format", check satellite {
        /// Satellite number, 1 to 36.
        sv_id: u8,
        /// Reference week number, modulo 4.
        wn: u8 [..4],
        /// Reference time of week.
        toa: u16 [..1008] => toa_s("seconds") * 600.0,
        /// Issue of data.
        ioda: u8,
        /// Eccentricity.
        e: u16 => e_ratio("parts of one") * pow2(-16),
        /// Inclination, as difference to 56°.
        delta_i: i16 => delta_i_semicircles("semicircles") * pow2(-14),
        /// Rate of right ascension.
        omega_dot: i16 => omega_dot_semicircles_per_s("semicircles per second") * pow2(-33),
        /// Health, 0 is good.
        sv_health: u8,
        /// Square root of the semi-major axis, as difference to that of 29 600 km.
        sqrt_a: i16 => delta_sqrt_a_sqrt_m("√m") * pow2(-9),
        /// Longitude of the ascending node at the start of the week.
        omega0: i16 => omega0_semicircles("semicircles") * pow2(-15),
        /// Argument of perigee.
        w: i16 => w_semicircles("semicircles") * pow2(-15),
        /// Mean anomaly at the reference time.
        m0: i16 => m0_semicircles("semicircles") * pow2(-15),
        /// Clock bias.
        af0: i16 => af0_s("seconds") * pow2(-19),
        /// Clock drift.
        af1: i16 => af1_s_per_s("seconds per second") * pow2(-38),
    }
}

element! {
    /// Orbit and clock of one Galileo satellite (type 15).
    GalileoEphemeris: 61, scales from "Galileo OS SIS ICD; inferred for this format", check satellite {
        /// Satellite number, 1 to 36.
        sv_id: u8,
        /// Clock reference time of week.
        toc: u16 [..10_080] => toc_s("seconds") * 60.0,
        /// Clock drift rate.
        af2: i8 => af2_s_per_s2("seconds per second squared") * pow2(-59),
        /// Clock drift.
        af1: i32 => af1_s_per_s("seconds per second") * pow2(-46),
        /// Clock bias.
        af0: i32 => af0_s("seconds") * pow2(-34),
        /// Group delay (BGD).
        tgd: i16 => tgd_s("seconds") * pow2(-32),
        /// Signal-in-space accuracy index.
        sisa: u8,
        /// Orbit reference time of week.
        toe: u16 [..10_080] => toe_s("seconds") * 60.0,
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
    /// Between GPS time and Galileo time (type 16).
    GpsGalileoOffset: 8, scales from "Galileo OS SIS ICD; inferred for this format" {
        /// Constant part.
        a0: i16 => a0_s("seconds") * pow2(-35),
        /// Rate.
        a1: i16 => a1_s_per_s("seconds per second") * pow2(-51),
        /// Reference time of week. Its unit is not published; recorded data fits 16 s.
        t0g: u16 => t0g_s("seconds") * pow2(4),
        /// Reference week number. Recorded data fits the Galileo week (GPS week − 1024).
        wn: u16,
    }
}

element! {
    /// Which Galileo satellites are unhealthy (type 17).
    GalileoIntegrity: 8, scales from "Galileo OS SIS ICD" {
        /// Bit n is satellite n + 1.
        mask: u64,
    }
}

impl GalileoAlmanac {
    /// Inclination in semicircles: [`delta_i`](Self::delta_i) and 56°.
    ///
    /// Source: Galileo OS SIS ICD 5.1.10.
    #[must_use]
    pub fn i0_semicircles(&self) -> f64 {
        56.0 / 180.0 + self.delta_i_semicircles()
    }

    /// Square root of the semi-major axis, in √m.
    #[must_use]
    pub fn sqrt_a_sqrt_m(&self) -> f64 {
        NOMINAL_SQRT_A + self.delta_sqrt_a_sqrt_m()
    }

    fn satellite(&self, kind: ElementType) -> Option<(&'static str, i64)> {
        foreign_satellite(kind, self.sv_id, Some((self.sqrt_a.into(), self.sqrt_a_sqrt_m())))
    }
}

impl GalileoEphemeris {
    fn satellite(&self, kind: ElementType) -> Option<(&'static str, i64)> {
        foreign_satellite(kind, self.sv_id, Some((self.sqrt_a.into(), self.sqrt_a_sqrt_m())))
    }
}

impl GalileoIntegrity {
    /// Galileo satellites that are unhealthy.
    pub fn unhealthy(&self) -> impl Iterator<Item = u8> + use<> {
        let mask = self.mask;
        (0..64).filter(move |bit| mask & (1 << bit) != 0).map(|bit| bit + 1)
    }
}
