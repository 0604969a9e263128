//! Elements in words: each value under the name of its field, in the unit that the name ends with.

use cloud_api::agnss::{Almanac, Block, Element, Elements, GalileoAlmanac, Location, UtcParameters};
use cloud_api::gps_time::GpsTime;
use serde::{Serialize, Serializer};
use serde_json::{Number, Value};

use crate::text::Table;

/// The values of an element by name, in the order of its fields.
pub(crate) struct Values(Vec<(&'static str, Value)>);

impl Values {
    fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The values of each element of a block; with `utc`, times are told by these parameters.
pub(super) fn of_block(block: &Block<'_>, utc: Option<&UtcParameters>) -> Vec<Values> {
    match block {
        Block::GpsUtc(elements) => each(elements),
        Block::GpsEphemeris(elements) | Block::QzssEphemeris(elements) => each(elements),
        Block::GpsAlmanac(elements) | Block::QzssAlmanac(elements) => with(elements, orbit),
        Block::Klobuchar(elements) => each(elements),
        Block::NeQuick(elements) => each(elements),
        Block::GpsTow(elements) => each(elements),
        Block::GpsClock(elements) => with(elements, |clock, values| {
            values.set("utc", time(clock.time(), utc));
        }),
        Block::Location(elements) => with(elements, uncertainties),
        Block::GpsIntegrity(elements) => with(elements, |element, values| {
            values.set("unhealthy", element.unhealthy_gps().collect::<Vec<_>>());
        }),
        Block::QzssIntegrity(elements) => with(elements, |element, values| {
            values.set("unhealthy", element.unhealthy_qzss().collect::<Vec<_>>());
        }),
        Block::GalileoAlmanac(elements) => with(elements, galileo_orbit),
        Block::GalileoEphemeris(elements) => each(elements),
        Block::GpsGalileoOffset(elements) => each(elements),
        Block::GalileoIntegrity(elements) => with(elements, |element, values| {
            values.set("unhealthy", element.unhealthy().collect::<Vec<_>>());
        }),
        // A type that this command does not know yet: its size is told all the same.
        _ => Vec::new(),
    }
}

/// The values of each element.
pub(crate) fn each<E: Element>(elements: &Elements<'_, E>) -> Vec<Values> {
    with(elements, |_, _| {})
}

/// The values of each element, and what `derive` adds.
fn with<E: Element>(elements: &Elements<'_, E>, derive: impl Fn(&E, &mut Values)) -> Vec<Values> {
    let values = |element: E| {
        let mut values = fields(&element);
        derive(&element, &mut values);
        values
    };
    elements.iter().map(values).collect()
}

/// A value in its unit where it has one, as it stands in the data where not.
fn fields(element: &impl Element) -> Values {
    let mut values = Values(Vec::new());
    element.visit(|field| match field.quantity {
        Some(quantity) => values.set(quantity.name, quantity.value),
        None => values.set(field.name, Number::from_i128(field.raw)),
    });
    values
}

/// A moment in UTC, by the parameters that came with it or by the table of leap seconds.
pub(crate) fn time(time: GpsTime, utc: Option<&UtcParameters>) -> String {
    utc.map_or_else(|| time.to_utc(), |utc| time.to_utc_by(utc)).to_string()
}

fn orbit(almanac: &Almanac, values: &mut Values) {
    values.set("e_ratio", almanac.e_ratio());
    values.set("i0_semicircles", almanac.i0_semicircles());
}

fn galileo_orbit(almanac: &GalileoAlmanac, values: &mut Values) {
    values.set("sqrt_a_sqrt_m", almanac.sqrt_a_sqrt_m());
    values.set("i0_semicircles", almanac.i0_semicircles());
}

fn uncertainties(location: &Location, values: &mut Values) {
    values.set("unc_semimajor_m", location.unc_semimajor_m());
    values.set("unc_semiminor_m", location.unc_semiminor_m());
    values.set("unc_altitude_m", location.unc_altitude_m());
}

/// The satellites of elements that have one each.
pub(crate) fn satellites(elements: &[Values]) -> Vec<u64> {
    elements.iter().filter_map(|values| values.get("sv_id")?.as_u64()).collect()
}

/// An element for people: its satellite, and `name value; name value`.
pub(crate) fn row(table: &mut Table, values: &Values) {
    match values.get("sv_id") {
        Some(sv_id) => table.row(format_args!("   satellite {sv_id}"), human(values)),
        None => table.row("", human(values)),
    }
}

fn human(values: &Values) -> String {
    let texts: Vec<String> = values
        .0
        .iter()
        .filter(|(name, _)| *name != "sv_id")
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name} {text}"),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                format!("{name} {}", if items.is_empty() { "none".to_owned() } else { items.join(" ") })
            }
            Value::Null => format!("{name} unknown"),
            value => format!("{name} {value}"),
        })
        .collect();
    texts.join("; ")
}
