//! `nrfcloud cert issue --ids` and `--count`: a whole fleet at once.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use cloud_api::DeviceId;
use pki::batch::{self, BatchError, BatchOptions, IssuedDevice};
use pki::ca::CertificateAuthority;
use pki::certificate::Certificate;
use serde::Serialize;

use super::{Issue, warn_if_it_outlives};
use crate::context::Context;
use crate::csv_file;
use crate::device_id;
use crate::diagnostic::{self, Diagnostic};
use crate::file::staging::{self, Rows, Staging};
use crate::file::{self, Access, FileError, SharedFile};
use crate::input::Source;
use crate::interrupt;
use crate::journal::issued::IssuedCertificate;
use crate::progress;

/// Which devices, where they are many.
#[derive(Args, Debug)]
#[group(skip)]
pub(super) struct FleetOptions {
    /// File with a device ID on each line, for a whole fleet; each device has a key made here
    #[arg(long, value_name = "FILE", conflicts_with_all = ["device_id", "csr", "keygen", "count"])]
    ids: Option<Source>,
    /// That many devices, each named by a random UUID, with a key made here
    #[arg(
        long,
        value_name = "N",
        conflicts_with_all = ["device_id", "csr", "keygen"],
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    count: Option<u32>,
}

/// The devices of a fleet.
pub(super) struct Ids {
    source: Option<Source>,
    /// Each with its line in the list, from 1.
    ids: Vec<(usize, DeviceId)>,
}

impl FleetOptions {
    /// The devices, where there is a fleet; all different.
    pub(super) fn read(&self, context: &Context) -> Result<Option<Ids>, Diagnostic> {
        if let Some(count) = self.count {
            let ids = (1..=count as usize).map(|line| Ok((line, random_id()?)));
            return Ok(Some(Ids { source: None, ids: ids.collect::<Result<_, Diagnostic>>()? }));
        }
        let Some(source) = &self.ids else { return Ok(None) };
        let text = context.input.text(source)?;
        let (ids, problems) = parse(&text);
        if !problems.is_empty() {
            return Err(diagnostic::bad_ids(source, &problems));
        }
        Ok(Some(Ids { source: Some(source.clone()), ids }))
    }
}

/// The IDs of a list, and what is wrong with it. Empty lines count for nothing.
fn parse(text: &str) -> (Vec<(usize, DeviceId)>, Vec<String>) {
    let mut ids = Vec::new();
    let mut problems = Vec::new();
    let mut seen = HashMap::new();
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        match text.parse::<DeviceId>() {
            Err(error) => problems.push(format!("line {line}: {error}")),
            Ok(id) => match seen.get(text) {
                Some(first) => problems.push(format!("line {line}: device {id} is already on line {first}")),
                None => {
                    seen.insert(text, line);
                    ids.push((line, id));
                }
            },
        }
    }
    if ids.is_empty() && problems.is_empty() {
        problems.push("there is no device ID in it".to_owned());
    }
    (ids, problems)
}

/// A random UUID, RFC 9562 section 5.4.
fn random_id() -> Result<DeviceId, Diagnostic> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(diagnostic::unexpected)?;
    let value = u128::from_be_bytes(bytes) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{value:032x}");
    let (a, b, c, d, e) = (&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]);
    format!("{a}-{b}-{c}-{d}-{e}").parse().map_err(diagnostic::unexpected)
}

/// The files of a device, in the order in which they are told.
const KINDS: [&str; 3] = ["crt", "key", "public-key"];
/// So many certificates make one entry of the ledger.
const ENTRY: usize = 500;
/// So many devices make one step of the progress.
const STEP: usize = 20;

fn name(id: impl Display, kind: &str) -> String {
    format!("{id}.{kind}.pem")
}

impl Ids {
    fn count(&self) -> usize {
        self.ids.len()
    }

    fn iter(&self) -> impl Iterator<Item = &DeviceId> + Clone {
        self.ids.iter().map(|(_, id)| id)
    }

    fn names(&self) -> impl Iterator<Item = String> + Clone {
        self.iter().flat_map(|id| KINDS.map(|kind| name(id, kind)))
    }

    /// Refuses all of them where there is a problem with one, and tells every one.
    fn check(&self, problem: impl Fn(&DeviceId) -> Option<String>) -> Result<(), Diagnostic> {
        let found = self.ids.iter().filter_map(|(line, id)| Some(format!("line {line}: {}", problem(id)?)));
        let problems: Vec<String> = found.collect();
        match (problems.first(), &self.source) {
            (None, _) => Ok(()),
            (Some(_), Some(source)) => Err(diagnostic::bad_ids(source, &problems)),
            // A random UUID that is there already.
            (Some(problem), None) => Err(diagnostic::unexpected(problem)),
        }
    }
}

#[derive(Serialize)]
struct IssuedFleet {
    count: usize,
    /// Where the files of all devices are.
    directory: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    csv: Option<PathBuf>,
    dry_run: bool,
}

/// What one device gets that is not in a file of its own.
struct Rendered {
    certificate: Certificate,
    row: Option<Vec<u8>>,
}

impl Issue {
    /// Everything of the fleet, or nothing: all is checked, made and written aside first, and the rows come last.
    pub(super) fn issue_fleet(
        &self,
        context: &Context,
        authority: &CertificateAuthority,
        ids: &Ids,
        days: u32,
    ) -> Result<(), Diagnostic> {
        ids.check(|id| {
            device_id::check_prefix(id, self.allow_nrf_prefix).err().map(|error| error.to_string())
        })?;
        let csv = match &self.csv {
            Some(path) => {
                let (file, content, devices) = csv_file::for_rows(context, path, self.write)?;
                ids.check(|id| {
                    devices.contains(id).then(|| format!("device {id} is already in {}", path.display()))
                })?;
                Some((file, content))
            }
            None => None,
        };
        let directory = file::inside(&self.out, "certs");
        staging::check_room(&directory, ids.names(), self.csv.as_deref(), self.write.force)?;
        let options = BatchOptions {
            subject: self.subject.clone().unwrap_or_default(),
            days,
            profile: self.profile(),
            ..BatchOptions::default()
        };
        if self.write.dry_run {
            self.try_one(context, authority, ids, &options, &directory)?;
        } else {
            self.write_fleet(context, authority, ids, &options, &directory, csv)?;
            self.write_down(context, ids, &directory);
        }
        let issued =
            IssuedFleet { count: ids.count(), directory, csv: self.csv.clone(), dry_run: self.write.dry_run };
        context.out.result("nrfcloud.cert.issue.fleet", &issued, |issued| {
            let names = ids.names().take(if issued.dry_run { 0 } else { usize::MAX });
            names.map(|name| format!("{}\n", issued.directory.join(name).display())).collect::<String>()
        });
        Ok(())
    }

    /// Makes one of them: what is wrong with the subject or the authority is wrong with all.
    fn try_one(
        &self,
        context: &Context,
        authority: &CertificateAuthority,
        ids: &Ids,
        options: &BatchOptions,
        directory: &Path,
    ) -> Result<(), Diagnostic> {
        let first = ids.iter().take(1).map(ToString::to_string);
        let sink = |certificate| {
            warn_if_it_outlives(context, &certificate, authority);
            Ok(())
        };
        batch::issue(authority, first, options, context.now, |device| device.certificate, sink)
            .map_err(stopped)?;
        let (count, directory) = (ids.count(), directory.display());
        context.out.note(format_args!(
            "would write {} files for each of {count} devices to {directory}",
            KINDS.len()
        ));
        if let Some(path) = &self.csv {
            context.out.note(format_args!("would add {count} rows to {}", path.display()));
        }
        Ok(())
    }

    fn write_fleet(
        &self,
        context: &Context,
        authority: &CertificateAuthority,
        ids: &Ids,
        options: &BatchOptions,
        directory: &Path,
        csv: Option<(SharedFile, Vec<u8>)>,
    ) -> Result<(), Diagnostic> {
        let staging = Staging::open(directory, self.write.force)?;
        let mut rows = csv.map(|(file, content)| Rows::begin(file, &content)).transpose()?;
        let progress = context.out.progress();
        let mut done = 0;
        let sink = |rendered: Result<Rendered, Diagnostic>| {
            let Rendered { certificate, row } = rendered?;
            if interrupt::is_pending() {
                return Err(FileError::Interrupted.into());
            }
            if done == 0 {
                warn_if_it_outlives(context, &certificate, authority);
            }
            if let (Some(rows), Some(row)) = (&mut rows, row) {
                rows.add(&row)?;
            }
            done += 1;
            if done % STEP == 0 {
                let bar = progress::bar(done as u64, ids.count() as u64);
                progress.set(0, format_args!("{bar}  {done} of {} devices", ids.count()));
            }
            Ok(())
        };
        let render = |device| self.render(&staging, device);
        let ids_as_text = ids.iter().map(ToString::to_string);
        batch::issue(authority, ids_as_text, options, context.now, render, sink).map_err(stopped)?;
        progress.set(0, "putting them in their places");
        Ok(staging.commit(ids.names(), rows, &context.out)?)
    }

    /// Writes the files of one device aside. It runs on all cores.
    fn render(&self, staging: &Staging, device: IssuedDevice) -> Result<Rendered, Diagnostic> {
        let IssuedDevice { device_id: id, key, certificate } = device;
        let pem = certificate.to_pem();
        let [crt, secret, public] = KINDS.map(|kind| name(&id, kind));
        staging.write(&crt, pem.as_bytes(), Access::Public)?;
        staging.write(&secret, key.to_pkcs8_pem().as_bytes(), Access::Private)?;
        staging.write(&public, key.public_key().to_spki_pem().as_bytes(), Access::Public)?;
        let row = match self.csv {
            Some(_) => {
                let id = id.parse().map_err(diagnostic::unexpected)?;
                Some(csv_file::line(&self.row(id, &pem)?)?)
            }
            None => None,
        };
        Ok(Rendered { certificate, row })
    }

    /// Into the ledger, from the files that are at their places.
    fn write_down(&self, context: &Context, ids: &Ids, directory: &Path) {
        for step in ids.ids.chunks(ENTRY) {
            let read = |(_, id): &(usize, DeviceId)| {
                let pem = fs::read_to_string(directory.join(name(id, KINDS[0]))).ok()?;
                Some(IssuedCertificate::from(&Certificate::from_pem(&pem).ok()?))
            };
            let certificates: Vec<IssuedCertificate> = step.iter().filter_map(read).collect();
            if certificates.len() < step.len() {
                context.out.warn("certificates that were changed at once are not in the ledger");
            }
            self.journal.issued(context, &certificates);
        }
    }
}

/// Why a fleet was not made. All are refused by the same, so no device is named.
fn stopped(error: BatchError<Diagnostic>) -> Diagnostic {
    match error {
        BatchError::Key { source, .. } => source.into(),
        BatchError::Issue { source, .. } => source.into(),
        BatchError::Sink { source, .. } => source,
        _ => diagnostic::unexpected("the fleet was not made"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_list_is_read_line_by_line() {
        let (ids, problems) = parse("\u{feff}a\r\n\n  b \n");
        let ids: Vec<(usize, &str)> = ids.iter().map(|(line, id)| (*line, id.as_str())).collect();
        assert_eq!((ids, problems), (vec![(1, "a"), (3, "b")], Vec::new()));
        let (_, problems) = parse("a\nb c\na\n");
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("line 2: device ID \"b c\": "), "{problems:?}");
        assert_eq!(problems[1], "line 3: device a is already on line 1");
        assert_eq!(parse("\u{feff}\n").1, ["there is no device ID in it"]);
    }

    #[test]
    fn random_names_are_uuids_of_version_4() {
        let ids: HashSet<String> = (0..100).map(|_| random_id().unwrap().to_string()).collect();
        assert_eq!(ids.len(), 100);
        for id in ids {
            assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
            assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
            assert!(id.parse::<modem_at::DeviceUuid>().is_ok(), "{id}");
        }
    }
}
