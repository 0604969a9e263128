//! `nrfcloud agnss decode`

use clap::Args;
use cloud_api::agnss::{Agnss, Block, UtcParameters, kind};
use serde::Serialize;

use super::elements::{self, Values};
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
    satellites: Vec<u64>,
    /// The values of each element, in the unit that each name ends with.
    elements: Vec<Values>,
}

impl Decode {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let bytes = context.input.bytes(&self.source)?;
        let data =
            Agnss::parse(&bytes).map_err(|error| diagnostic::bad_assistance_data(&self.source, &error))?;
        let utc = data.elements(kind::GPS_UTC).next();
        let blocks = data.blocks().map(|block| Shape::new(&block, utc.as_ref())).collect();
        context.out.result("nrfcloud.agnss.decode", &Decoded { bytes: bytes.len(), blocks }, human);
        Ok(())
    }
}

impl Shape {
    fn new(block: &Block<'_>, utc: Option<&UtcParameters>) -> Self {
        let kind = block.element_type();
        let elements = elements::of_block(block, utc);
        Self {
            number: kind.number(),
            name: kind.name(),
            count: block.len(),
            bytes: block.len() * kind.size(),
            satellites: elements::satellites(&elements),
            elements,
        }
    }
}

fn human(decoded: &Decoded) -> Table {
    let mut table = Table::default();
    for block in &decoded.blocks {
        let together = format!("{} of {} bytes together", block.count, block.bytes);
        table.row(format_args!("{:>2} {}", block.number, block.name), together);
        for element in &block.elements {
            elements::row(&mut table, element);
        }
    }
    table
}
