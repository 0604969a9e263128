//! `nrfcloud claim gather`

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use modem_at::AttestationToken;
use serde::Serialize;

use super::token::{self, Reading};
use crate::clock;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::file::{Access, Batch, SharedFile, WriteOptions};
use crate::serial::{ManyPorts, PortOptions};

#[derive(Args, Debug)]
pub(crate) struct Gather {
    /// CSV to which a row is added for each kit: IMEI, UUID, attestation token, time
    ///
    /// Others that add to it at the same time are waited for. The file is a secret:
    /// whoever has a token can claim its device as long as nobody has.
    #[arg(long, value_name = "FILE")]
    csv: PathBuf,
    /// Where a kit is in the CSV already, put the new row in the place of the old one [default: it keeps the old]
    #[arg(long)]
    replace: bool,
    /// Ask the kits, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    ports: ManyPorts,
}

#[derive(Serialize)]
struct Document<'a> {
    csv: &'a Path,
    boards: Vec<Board>,
    dry_run: bool,
}

#[derive(Serialize)]
struct Board {
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imei: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_uuid: Option<String>,
    result: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Added,
    Replaced,
    ThereAlready,
    Failed,
    NotWritten,
}

/// What a kit said.
struct Answer {
    imei: String,
    device_uuid: String,
    token: AttestationToken,
}

impl Gather {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        if self.csv == Path::new("-") {
            return Err(diagnostic::not_stdout("--csv"));
        }
        // Before the kits are asked, not after.
        self.open(context, true)?;
        let ports = self.ports.each();
        let total = ports.len();
        let mut boards = Vec::with_capacity(total);
        let mut failures = Vec::new();
        for port in ports {
            let (board, failure) = self.gather(context, &port);
            if !context.out.is_json() && failure.is_none() {
                context.out.text(&board.line());
            }
            if let Some(failure) = failure {
                if total > 1 {
                    let name = board.port.as_deref().unwrap_or("the port");
                    context.out.warn(format_args!("{name}: {}", failure.message()));
                }
                failures.push(failure);
            }
            boards.push(board);
        }
        if failures.len() < total {
            context.out.note("whoever has these tokens can claim the devices as long as nobody has");
        }
        if context.out.is_json() {
            let document = Document { csv: &self.csv, boards, dry_run: self.dry_run };
            context.out.result("nrfcloud.claim.gather", &document, |_| "");
        }
        let failed = failures.len();
        match failures.into_iter().next() {
            None => Ok(()),
            Some(first) if total == 1 => Err(first),
            Some(first) => Err(diagnostic::devices_failed(failed, 0, total, &first)),
        }
    }

    fn gather(&self, context: &Context, port: &PortOptions) -> (Board, Option<Diagnostic>) {
        let mut board = Board {
            port: port.name(),
            imei: None,
            device_uuid: None,
            result: Outcome::Failed,
            message: None,
        };
        let answer = ask(context, port).and_then(|answer| {
            board.imei = Some(answer.imei.clone());
            board.device_uuid = Some(answer.device_uuid.clone());
            self.keep(context, &answer)
        });
        match answer {
            Ok(outcome) => {
                board.result = outcome;
                (board, None)
            }
            Err(diagnostic) => {
                board.message = Some(diagnostic.message().to_owned());
                (board, Some(diagnostic))
            }
        }
    }

    /// Adds a row, whole and on the disk before the next kit is asked.
    fn keep(&self, context: &Context, answer: &Answer) -> Result<Outcome, Diagnostic> {
        let (file, reading) = self.open(context, self.dry_run)?;
        let old = reading.claims.iter().find(|claim| claim.device_id.as_str() == answer.device_uuid);
        if old.is_some() && !self.replace {
            return Ok(Outcome::ThereAlready);
        }
        if self.dry_run {
            context.out.note(format_args!("would add {} to {}", answer.device_uuid, self.csv.display()));
            return Ok(Outcome::NotWritten);
        }
        let time = clock::rfc3339(SystemTime::now());
        let Answer { imei, device_uuid, token } = answer;
        let row = format!("{imei},{device_uuid},{},{time}\n", token.expose());
        let mut content = Vec::with_capacity(file.content().len() + row.len());
        for (index, line) in file.content().split_inclusive(|byte| *byte == b'\n').enumerate() {
            let is_old = old.is_some_and(|old| old.line == index + 1);
            content.extend(if is_old { row.as_bytes() } else { line });
        }
        if old.is_none() {
            if !content.is_empty() && !content.ends_with(b"\n") {
                content.push(b'\n');
            }
            content.extend(row.as_bytes());
        }
        let mut batch = Batch::new(self.options());
        batch.update(file, content);
        batch.commit(&context.out)?;
        Ok(if old.is_some() { Outcome::Replaced } else { Outcome::Added })
    }

    /// The file, locked, and what is in it.
    fn open(&self, context: &Context, dry_run: bool) -> Result<(SharedFile, Reading), Diagnostic> {
        let options = WriteOptions { dry_run, force: false };
        let file = SharedFile::open_as(&self.csv, options, Access::Private, &context.out)?;
        let refused = |problem: &dyn std::fmt::Display| diagnostic::tokens_not_extended(&self.csv, problem);
        let text = std::str::from_utf8(file.content()).map_err(|error| refused(&error))?;
        let reading = token::read(text);
        if let Some(problem) = reading.problems.first() {
            return Err(refused(problem));
        }
        Ok((file, reading))
    }

    fn options(&self) -> WriteOptions {
        WriteOptions { dry_run: self.dry_run, force: false }
    }
}

impl Board {
    /// IMEI, UUID, what became of it; separated by tabs.
    fn line(&self) -> String {
        let told = match self.result {
            Outcome::Added => "added",
            Outcome::Replaced => "replaced",
            Outcome::ThereAlready => "there already",
            // What a dry run would do is told on stderr.
            Outcome::NotWritten | Outcome::Failed => return String::new(),
        };
        let (imei, uuid) = (self.imei.as_deref(), self.device_uuid.as_deref());
        format!("{}\t{}\t{told}\n", imei.unwrap_or_default(), uuid.unwrap_or_default())
    }
}

/// Asks one kit, and checks what it says.
fn ask(context: &Context, port: &PortOptions) -> Result<Answer, Diagnostic> {
    let mut modem = port.open(context)?;
    let model = modem.model()?;
    if model.contains("nRF9160") {
        modem.close()?;
        return Err(diagnostic::no_attestation(&model));
    }
    let imei = modem.imei()?.to_string();
    let token = modem.attestation_token(None)?;
    modem.close()?;
    let content =
        pki::attest::AttestationToken::decode(token.expose()).map_err(diagnostic::bad_attestation)?;
    Ok(Answer { imei, device_uuid: content.device_uuid().to_string(), token })
}
