//! The same for each of several devices: some requests at a time, and what became of each.

use std::collections::HashSet;
use std::future::Future;

use cloud_api::{DeviceId, Error};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::cloud;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::progress;
use crate::text::Shown;

/// Requests under way at a time.
const AT_A_TIME: usize = 8;

/// What became of one device.
#[derive(Serialize)]
struct DeviceReport<T> {
    device_id: DeviceId,
    result: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What was asked for, or came of it.
    #[serde(flatten)]
    detail: T,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Succeeded,
    Failed,
    NotTried,
}

/// The document of a verb for several devices.
#[derive(Serialize)]
struct Document<T> {
    devices: Vec<DeviceReport<T>>,
    dry_run: bool,
}

/// The detail of a verb that has nothing to say but how it went.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(in crate::commands) struct NoDetail {}

/// The IDs without those that were named before.
pub(in crate::commands) fn once(ids: Vec<DeviceId>) -> Vec<DeviceId> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}

/// Gives the document of a dry run.
pub(in crate::commands) fn give_dry_run<T: Serialize>(
    context: &Context,
    schema: &str,
    devices: impl IntoIterator<Item = (DeviceId, T)>,
) {
    context.out.result(schema, &Document { devices: not_tried(devices), dry_run: true }, |_| "");
}

fn not_tried<T>(devices: impl IntoIterator<Item = (DeviceId, T)>) -> Vec<DeviceReport<T>> {
    let report =
        |(device_id, detail)| DeviceReport { device_id, result: Outcome::NotTried, message: None, detail };
    devices.into_iter().map(report).collect()
}

/// Works on each device, tells people of each in their order, gives the document, and the verdict over all.
///
/// A detail stands for its device from the beginning; `work` may give a better one. After a failure that has nothing to do with the
/// device, no further one is tried.
pub(in crate::commands) fn run<T, F>(
    context: &Context,
    schema: &str,
    devices: Vec<(DeviceId, T)>,
    work: impl Fn(DeviceId, T) -> F,
) -> Result<(), Diagnostic>
where
    T: Clone + Serialize + Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let mut each = Each { context, told: 0, ended: 0, reports: not_tried(devices), first: None };
    cloud::block_on(each.work_on(work))?;
    let Each { reports, first, .. } = each;
    let document = Document { devices: reports, dry_run: false };
    if context.out.is_json() {
        context.out.result(schema, &document, |_| "");
    }
    let Some((_, first)) = first else { return Ok(()) };
    let total = document.devices.len();
    if total == 1 {
        return Err(first);
    }
    let count = |outcome| document.devices.iter().filter(|report| report.result == outcome).count();
    Err(diagnostic::devices_failed(count(Outcome::Failed), count(Outcome::NotTried), total, &first))
}

struct Each<'c, T> {
    context: &'c Context,
    /// How many people have been told of.
    told: usize,
    ended: usize,
    reports: Vec<DeviceReport<T>>,
    /// The failure of the first device that failed, and its place.
    first: Option<(usize, Diagnostic)>,
}

impl<T> Each<'_, T>
where
    T: Clone + Serialize + Send + 'static,
{
    async fn work_on<F>(&mut self, work: impl Fn(DeviceId, T) -> F)
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let line = self.context.out.progress();
        let total = self.reports.len();
        let mut waiting = 0..total;
        let mut under_way = JoinSet::new();
        let mut goes_on = true;
        loop {
            while goes_on
                && under_way.len() < AT_A_TIME
                && let Some(index) = waiting.next()
            {
                let report = &self.reports[index];
                let done = work(report.device_id.clone(), report.detail.clone());
                under_way.spawn(async move { (index, done.await) });
            }
            let Some(ended) = under_way.join_next().await else { break };
            // A task is neither aborted nor does it panic.
            let Ok((index, result)) = ended else { continue };
            goes_on &= !result.as_ref().is_err_and(|failure| failure.ends_all);
            self.ended(index, result);
            let bar = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
            line.set(
                0,
                format_args!(
                    "{}  {} of {total} devices",
                    progress::bar(bar(self.ended), bar(total)),
                    self.ended
                ),
            );
        }
        self.tell(total);
    }

    fn ended(&mut self, index: usize, result: Result<T, Failure>) {
        let report = &mut self.reports[index];
        match result {
            Ok(detail) => {
                report.result = Outcome::Succeeded;
                report.detail = detail;
            }
            Err(Failure { diagnostic, .. }) => {
                report.result = Outcome::Failed;
                report.message = Some(diagnostic.message().to_owned());
                if self.first.as_ref().is_none_or(|(first, _)| index < *first) {
                    self.first = Some((index, diagnostic));
                }
            }
        }
        self.ended += 1;
        let known =
            self.reports.iter().skip(self.told).take_while(|report| report.result != Outcome::NotTried);
        self.tell(self.told + known.count());
    }

    /// Tells people of the devices up to this one.
    fn tell(&mut self, end: usize) {
        let Some(reports) = self.reports.get(self.told..end) else { return };
        self.told = end;
        // A failure of a single device is told as the error that it is.
        if self.context.out.is_json() || (self.reports.len() == 1 && self.first.is_some()) {
            return;
        }
        let lines: String = reports.iter().map(DeviceReport::line).collect();
        self.context.out.text(&lines);
    }
}

impl<T> DeviceReport<T> {
    fn line(&self) -> String {
        let id = &self.device_id;
        match (self.result, &self.message) {
            (Outcome::Succeeded, _) => format!("{id}\tsucceeded\n"),
            (Outcome::Failed, message) => {
                format!("{id}\tfailed\t{}\n", Shown(message.as_deref().unwrap_or("no reason given")))
            }
            (Outcome::NotTried, _) => format!("{id}\tnot tried\n"),
        }
    }
}

/// Why something was not done for a device.
pub(in crate::commands) struct Failure {
    diagnostic: Diagnostic,
    /// Whether it would be the same for every other device.
    ends_all: bool,
}

impl Failure {
    /// `ends_all` where it would be the same for every other device.
    pub(in crate::commands) fn new(diagnostic: Diagnostic, ends_all: bool) -> Self {
        Self { diagnostic, ends_all }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let ends_all = match &error {
            Error::Service(error) => matches!(error.status, 401 | 403 | 429 | 500..),
            _ => true,
        };
        Self { diagnostic: error.into(), ends_all }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostic, ends_all: false }
    }
}
