//! All that `doctor` knows, in a file for whoever helps. No secret is in it.

use std::path::Path;
use std::time::SystemTime;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::clock;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::env;
use crate::file::{Access, Batch, WriteOptions};
use crate::finding::Findings;

/// The file.
#[derive(Serialize)]
pub(super) struct Bundle<'a> {
    schema: &'static str,
    version: u32,
    program: &'static str,
    os: &'static str,
    architecture: &'static str,
    time: String,
    /// Which variables are set; their values are not told.
    variables: Vec<&'static str>,
    findings: &'a Findings,
    /// What went over the wire, line by line, with the contents of credentials and tokens left out.
    transcript: Vec<Box<RawValue>>,
}

impl<'a> Bundle<'a> {
    /// `transcript` holds a JSON object in each line.
    pub(super) fn new(now: SystemTime, findings: &'a Findings, transcript: &[String]) -> Self {
        let is_set = |name: &&'static str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            schema: "nrfcloud.doctor.bundle",
            version: 1,
            program: concat!("nrfcloud ", env!("CARGO_PKG_VERSION")),
            os: std::env::consts::OS,
            architecture: std::env::consts::ARCH,
            time: clock::rfc3339(now),
            variables: env::ALL.into_iter().chain(env::PROXIES).filter(is_set).collect(),
            findings,
            transcript: transcript
                .iter()
                .filter_map(|line| RawValue::from_string(line.clone()).ok())
                .collect(),
        }
    }

    /// Writes it, for the eyes of its owner until that shows it to others.
    pub(super) fn write(
        &self,
        context: &Context,
        path: &Path,
        options: WriteOptions,
    ) -> Result<(), Diagnostic> {
        let mut json = serde_json::to_vec_pretty(self).map_err(diagnostic::unexpected)?;
        json.push(b'\n');
        let mut batch = Batch::new(options);
        batch.add(path, &json, Access::Private);
        batch.commit(&context.out)?;
        if !options.dry_run {
            context.out.note(format_args!("all of it is in {}, without secrets", path.display()));
        }
        Ok(())
    }
}
