//! The elements, field by field as in facts 4.4. The number beside a scaled value is the exponent of its unit.

use super::{
    Position,
    constellation::{self, QZSS_STILL, Satellite},
    encoder::Encoder,
    gps_time::{DAY, GpsTime, LEAP_SECONDS},
    orbit::EPOCH,
};

/// Week of the leap second of 31 December 2016, the last one, modulo 256.
const LAST_LEAP_WEEK: u8 = 137;
/// Its day. IS-GPS-200 would say 7 (Saturday, counted from 1); every recorded payload says 6, so the service does.
const LAST_LEAP_DAY: i8 = 6;
/// GPS weeks before the first of Galileo.
const GALILEO_FIRST_WEEK: u64 = 1024;

/// Type 1.
pub(super) fn utc(out: &mut Encoder, now: GpsTime) {
    let reference = almanac_time(now);
    out.i32(7); // a1, 2^-50 s/s
    out.i32(1); // a0, 2^-30 s
    out.low::<1>(reference.second_of_week() >> 12);
    out.low::<1>(reference.week());
    out.low::<1>(LEAP_SECONDS.into());
    out.u8(LAST_LEAP_WEEK);
    out.i8(LAST_LEAP_DAY);
    out.low::<1>(LEAP_SECONDS.into());
}

/// Type 2. A set holds for the two hours before and the two after its reference time, and is sent before it.
pub(super) fn gps_ephemeris(out: &mut Encoder, sat: &Satellite, now: GpsTime) {
    lnav_ephemeris(out, sat, now.grid(7200, 7200), 0);
}

/// An ephemeris of a prediction, whose reference time is that of the prediction.
pub(super) fn gps_prediction(out: &mut Encoder, sat: &Satellite, time: GpsTime) {
    lnav_ephemeris(out, sat, time.grid(0, 16), 0);
}

/// The place of one that is not predicted: its ID and zeros.
pub(super) fn no_ephemeris(out: &mut Encoder, sat: &Satellite) {
    const REST: usize = 61;
    out.u8(sat.sv_id);
    for _ in 0..REST {
        out.u8(0);
    }
}

/// Type 12: the form of GPS, renewed every hour; the signal's health bit is set, as in the recorded payload.
pub(super) fn qzss_ephemeris(out: &mut Encoder, sat: &Satellite, now: GpsTime) {
    lnav_ephemeris(out, sat, now.grid(3600, 3600), 1);
}

fn lnav_ephemeris(out: &mut Encoder, sat: &Satellite, reference: GpsTime, health: u8) {
    let issue = (reference.seconds() / 3600 + u64::from(sat.sv_id) * 7) % 1024;
    out.u8(sat.sv_id);
    out.u8(health);
    out.low::<2>(issue);
    out.low::<2>(reference.second_of_week() >> 4); // toc
    out.i8(0); // af2, 2^-55
    out.signed::<2>(sat.clock_drift, -43);
    out.signed::<4>(clock_offset(sat, reference), -31);
    out.signed::<1>(sat.group_delay, -31);
    out.u8(0); // ura: better than 2.4 m
    out.u8(0); // fit_int: four hours
    out.low::<2>(reference.second_of_week() >> 4); // toe
    ephemeris_orbit(out, sat, reference);
}

/// Type 15. Renewed every ten minutes and received a while later.
pub(super) fn galileo_ephemeris(out: &mut Encoder, sat: &Satellite, now: GpsTime) {
    let reference = GpsTime::from_seconds(now.seconds().saturating_sub(600)).grid(0, 600);
    out.u8(sat.sv_id);
    out.low::<2>(reference.second_of_week() / 60); // toc
    out.i8(0); // af2, 2^-59
    out.signed::<4>(sat.clock_drift, -46);
    out.signed::<4>(clock_offset(sat, reference), -34);
    out.signed::<2>(sat.group_delay, -32);
    out.u8(107); // sisa: 3.12 m
    out.low::<2>(reference.second_of_week() / 60); // toe
    ephemeris_orbit(out, sat, reference);
}

/// From `w` to `cuc`, the same in both forms.
fn ephemeris_orbit(out: &mut Encoder, sat: &Satellite, reference: GpsTime) {
    let orbit = &sat.orbit;
    out.semicircles::<4>(orbit.perigee, -31);
    out.signed::<2>(semicircles(orbit.extra_motion), -43);
    out.semicircles::<4>(orbit.anomaly_at(reference), -31);
    out.signed::<4>(semicircles(orbit.node_rate), -43);
    out.unsigned::<4>(orbit.eccentricity, -33);
    out.signed::<2>(semicircles(orbit.inclination_rate), -43);
    out.unsigned::<4>(orbit.semi_major_axis.sqrt(), -19);
    out.semicircles::<4>(orbit.inclination, -31);
    out.semicircles::<4>(orbit.node_for_message(reference), -31);
    out.signed::<2>(sat.ripple.radius.0, -5);
    out.signed::<2>(sat.ripple.inclination.0, -29);
    out.signed::<2>(sat.ripple.latitude.0, -29);
    out.signed::<2>(sat.ripple.radius.1, -5);
    out.signed::<2>(sat.ripple.inclination.1, -29);
    out.signed::<2>(sat.ripple.latitude.1, -29);
}

/// Type 3.
pub(super) fn gps_almanac(out: &mut Encoder, sat: &Satellite, now: GpsTime) {
    lnav_almanac(out, sat, now, 0.0, 0.3);
}

/// Type 11. On the figure of eight, eccentricity and inclination are differences from 0.06 and 0.25 semicircles; the
/// one that stands still has them from zero (both seen in the recorded payload).
pub(super) fn qzss_almanac(out: &mut Encoder, sat: &Satellite, now: GpsTime) {
    let (eccentricity, inclination) = if sat.sv_id == QZSS_STILL { (0.0, 0.0) } else { (0.06, 0.25) };
    lnav_almanac(out, sat, now, eccentricity, inclination);
}

fn lnav_almanac(out: &mut Encoder, sat: &Satellite, now: GpsTime, eccentricity: f64, inclination: f64) {
    let reference = almanac_time(now);
    let orbit = &sat.orbit;
    out.u8(sat.sv_id);
    out.low::<1>(reference.week());
    out.low::<1>(reference.second_of_week() >> 12);
    out.u8(0); // ioda
    out.unsigned::<2>(orbit.eccentricity - eccentricity, -21);
    out.signed::<2>(semicircles(orbit.inclination) - inclination, -19);
    out.signed::<2>(semicircles(orbit.node_rate), -38);
    out.u8(if sat.unhealthy { 0x3f } else { 0 });
    out.unsigned::<4>(orbit.semi_major_axis.sqrt(), -11);
    out.semicircles::<4>(orbit.node_for_message(reference), -23);
    out.semicircles::<4>(orbit.perigee, -23);
    out.semicircles::<4>(orbit.anomaly_at(reference), -23);
    out.signed::<2>(clock_offset(sat, reference), -20);
    out.signed::<2>(sat.clock_drift, -38);
}

/// Type 14.
pub(super) fn galileo_almanac(out: &mut Encoder, sat: &Satellite, now: GpsTime) {
    /// The square root of the reference axis of 29 600 km.
    const REFERENCE_ROOT: f64 = 5_440.588_203_494_177;
    /// 56°.
    const REFERENCE_INCLINATION: f64 = 56.0 / 180.0;
    let reference = GpsTime::from_seconds(now.seconds().saturating_sub(3600)).grid(0, 600);
    let orbit = &sat.orbit;
    out.u8(sat.sv_id);
    out.low::<1>(galileo_week(reference) % 4);
    out.low::<2>(reference.second_of_week() / 600);
    out.low::<1>(reference.second_of_week() / 600 % 16); // ioda
    out.unsigned::<2>(orbit.eccentricity, -16);
    out.signed::<2>(semicircles(orbit.inclination) - REFERENCE_INCLINATION, -14);
    out.signed::<2>(semicircles(orbit.node_rate), -33);
    out.u8(0); // sv_health
    out.signed::<2>(orbit.semi_major_axis.sqrt() - REFERENCE_ROOT, -9);
    out.semicircles::<2>(orbit.node_for_message(reference), -15);
    out.semicircles::<2>(orbit.perigee, -15);
    out.semicircles::<2>(orbit.anomaly_at(reference), -15);
    out.signed::<2>(clock_offset(sat, reference), -19);
    out.signed::<2>(sat.clock_drift, -38);
}

/// Type 4: a quiet ionosphere of middling solar activity.
pub(super) fn klobuchar(out: &mut Encoder) {
    for coefficient in [12, 2, -1, -1, 48, 6, -2, -3] {
        out.i8(coefficient);
    }
}

/// Type 5: the same for Galileo, no storm in any region.
pub(super) fn nequick(out: &mut Encoder) {
    out.i16(420); // ai0, 2^-2
    out.i16(96); // ai1, 2^-8
    out.i16(140); // ai2, 2^-15
    out.u8(0); // storm_cond
    out.u8(0x1f); // storm_valid
}

/// Type 6.
pub(super) fn time_of_week(out: &mut Encoder, sat: &Satellite) {
    out.u8(sat.sv_id);
    out.u16(600); // tlm: the telemetry word's message
    out.u8(1); // flags
}

/// Type 7, with the mask of satellites empty and four more bytes, as the service sends it.
pub(super) fn system_clock(out: &mut Encoder, now: GpsTime) {
    out.low::<2>(now.day());
    out.low::<4>(now.second_of_day());
    out.u16(now.millis());
    out.u32(0);
    out.u32(0);
}

/// Type 8 (3GPP TS 23.032): a circle with a confidence of 68 %, height not known.
pub(super) fn location(out: &mut Encoder, position: Position) {
    const NOT_KNOWN: u8 = 255;
    out.signed::<4>((position.latitude / 90.0 * 23_f64.exp2()).floor(), 0);
    out.signed::<4>((position.longitude / 360.0 * 24_f64.exp2()).floor(), 0);
    out.i16(0);
    // r = 10 (1.1^K - 1), rounded up so that the circle is not too small.
    let semi_axis = ((position.uncertainty / 10.0 + 1.0).ln() / 1.1_f64.ln()).ceil().min(127.0);
    out.unsigned::<1>(semi_axis, 0);
    out.unsigned::<1>(semi_axis, 0);
    out.u8(0);
    out.u8(NOT_KNOWN);
    out.u8(68);
}

/// Type 9.
pub(super) fn gps_integrity(out: &mut Encoder) {
    out.u32(constellation::gps_unhealthy());
}

/// Type 13.
pub(super) fn qzss_integrity(out: &mut Encoder) {
    out.u32(constellation::qzss_unhealthy());
}

/// Type 16. The reference time is the day's beginning, in units of 16 s as the recorded payload has it.
pub(super) fn ggto(out: &mut Encoder, now: GpsTime) {
    let reference = now.grid(0, DAY);
    out.i16(52); // a0, 2^-35 s
    out.i16(-20); // a1, 2^-51 s/s
    out.low::<2>(reference.second_of_week() >> 4);
    out.low::<2>(galileo_week(reference));
}

/// Type 17.
pub(super) fn galileo_integrity(out: &mut Encoder) {
    out.u64(constellation::galileo_unhealthy());
}

/// Almanacs look two days ahead, on a grid of 4096 s within the week.
fn almanac_time(now: GpsTime) -> GpsTime {
    let ahead = now.grid(2 * DAY, 1);
    GpsTime::from_seconds(ahead.week_start().seconds() + (ahead.second_of_week() >> 12 << 12))
}

fn clock_offset(sat: &Satellite, time: GpsTime) -> f64 {
    sat.clock_bias + sat.clock_drift * time.since(EPOCH)
}

fn semicircles(radians: f64) -> f64 {
    radians / std::f64::consts::PI
}

fn galileo_week(time: GpsTime) -> u64 {
    time.week().saturating_sub(GALILEO_FIRST_WEEK)
}
