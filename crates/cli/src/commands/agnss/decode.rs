//! `nrfcloud agnss decode`

use clap::Args;
use cloud_api::agnss::{Agnss, Block, Element, Elements};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::text::Table;

#[derive(Args, Debug)]
pub(crate) struct Decode {
    /// Assistance data, whole; `-` is standard input
    #[arg(value_name = "FILE")]
    source: Source,
}

#[derive(Serialize)]
struct Decoded {
    bytes: usize,
    blocks: Vec<Shape>,
}

#[derive(Serialize)]
struct Shape {
    #[serde(rename = "type")]
    number: u8,
    name: &'static str,
    count: usize,
    bytes: usize,
    /// Satellites of the elements, where each is for one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    satellites: Vec<u8>,
    /// The values of a block that has one element, in the unit that each name ends with.
    #[serde(skip_serializing_if = "Map::is_empty")]
    values: Map<String, Value>,
}

impl Decode {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let bytes = context.input.bytes(&self.source)?;
        let data =
            Agnss::parse(&bytes).map_err(|error| diagnostic::bad_assistance_data(&self.source, &error))?;
        let decoded = Decoded { bytes: bytes.len(), blocks: data.blocks().map(shape).collect() };
        context.out.result("nrfcloud.agnss.decode", &decoded, human);
        Ok(())
    }
}

fn shape(block: Block<'_>) -> Shape {
    let kind = block.element_type();
    let (satellites, values) = content(&block);
    let values = match values {
        Value::Object(values) => values,
        _ => Map::new(),
    };
    Shape {
        number: kind.number(),
        name: kind.name(),
        count: block.len(),
        bytes: block.len() * kind.size(),
        satellites,
        values,
    }
}

/// Satellites, and values of a single element.
fn content(block: &Block<'_>) -> (Vec<u8>, Value) {
    let satellites = match block {
        Block::GpsEphemeris(elements) | Block::QzssEphemeris(elements) => {
            ids(elements, |element| element.sv_id)
        }
        Block::GpsAlmanac(elements) | Block::QzssAlmanac(elements) => ids(elements, |element| element.sv_id),
        Block::GpsTow(elements) => ids(elements, |element| element.sv_id),
        Block::GalileoAlmanac(elements) => ids(elements, |element| element.sv_id),
        Block::GalileoEphemeris(elements) => ids(elements, |element| element.sv_id),
        _ => Vec::new(),
    };
    let values = match block {
        Block::GpsUtc(elements) => elements.get(0).map(|utc| {
            json!({ "a0_s": utc.a0_s(), "a1_s_per_s": utc.a1_s_per_s(), "leap_seconds_s": utc.delta_tls,
                "next_leap_seconds_s": utc.delta_tlsf })
        }),
        Block::GpsClock(elements) => {
            elements.get(0).map(|clock| json!({ "since_gps_epoch_s": clock.since_gps_epoch().as_secs_f64() }))
        }
        Block::GpsIntegrity(elements) => {
            elements.get(0).map(|one| json!({ "unhealthy": one.unhealthy_gps().collect::<Vec<_>>() }))
        }
        Block::QzssIntegrity(elements) => {
            elements.get(0).map(|one| json!({ "unhealthy": one.unhealthy_qzss().collect::<Vec<_>>() }))
        }
        Block::GalileoIntegrity(elements) => {
            elements.get(0).map(|one| json!({ "unhealthy": one.unhealthy().collect::<Vec<_>>() }))
        }
        Block::Location(elements) => elements.get(0).map(|place| {
            json!({ "latitude_deg": place.latitude_degrees(), "longitude_deg": place.longitude_degrees(),
                "altitude_m": place.altitude, "uncertainty_m": place.unc_semimajor_m() })
        }),
        _ => None,
    };
    (satellites, values.unwrap_or(Value::Null))
}

fn ids<E: Element>(elements: &Elements<'_, E>, id: impl Fn(E) -> u8) -> Vec<u8> {
    elements.iter().map(id).collect()
}

fn human(decoded: &Decoded) -> Table {
    let mut table = Table::default();
    for block in &decoded.blocks {
        let mut text = format!("{} of {} bytes together", block.count, block.bytes);
        if !block.satellites.is_empty() {
            let ids: Vec<String> = block.satellites.iter().map(ToString::to_string).collect();
            text.push_str(&format!("; satellites {}", ids.join(" ")));
        }
        for (name, value) in &block.values {
            text.push_str(&format!("; {name} {value}"));
        }
        table.row(format_args!("{:>2} {}", block.number, block.name), text);
    }
    table
}
