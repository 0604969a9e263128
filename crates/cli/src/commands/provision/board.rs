//! One board on its way: takes the steps, and writes each down before and after.

use std::pin::pin;
use std::time::{Duration, SystemTime};

use cloud_api::DeviceId;
use ledger::{Entry, LedgerError, Run};

use super::modem::in_words;
use super::record::{Fact, Record};
use super::step::{State, Step};
use super::{Plan, Provision, Shop};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::interrupt;
use crate::serial::Kit;

/// What the entry with the plan is called.
const PLAN: &str = "plan";

/// What an earlier process has written down: the plan, and the records of steps. Other entries are those of the upload.
pub(super) fn read(entries: &[Entry]) -> Result<(Option<Plan>, Vec<Record>), LedgerError> {
    let (mut plan, mut records) = (None, Vec::new());
    for entry in entries {
        match entry.name.as_str() {
            PLAN => plan = Some(entry.value()?),
            "campaign" => {}
            _ => records.push(entry.value()?),
        }
    }
    Ok((plan, records))
}

/// The certificate, in PEM, that an entry says was signed.
pub(super) fn signed(entry: &Entry) -> Result<Option<String>, LedgerError> {
    if entry.name != Step::Sign.name() {
        return Ok(None);
    }
    Ok(match entry.value()? {
        Record::Ends { fact: Fact::Sign { certificate } } => Some(certificate),
        _ => None,
    })
}

/// Begins a run: with the plan, and with what had to be known before.
pub(super) async fn begin(run: &Run<'_>, plan: &Plan, facts: &[Fact]) -> Result<Vec<Record>, LedgerError> {
    run.append(SystemTime::now(), PLAN, plan).await?;
    let pairs =
        facts.iter().map(|fact| [Record::Begins { step: fact.step() }, Record::Ends { fact: fact.clone() }]);
    let records: Vec<Record> = pairs.flatten().collect();
    for record in &records {
        run.append(SystemTime::now(), record.step().name(), record).await?;
    }
    Ok(records)
}

/// One board on its way.
pub(super) struct Board<'b> {
    pub(super) context: &'b Context,
    pub(super) asked: &'b Provision,
    pub(super) shop: &'b Shop,
    pub(super) device_id: &'b DeviceId,
    pub(super) kit: &'b mut Kit,
    /// `None` where nothing is changed.
    pub(super) run: Option<&'b Run<'b>>,
    pub(super) state: State,
    /// What was done by this process.
    steps: Vec<Step>,
}

impl<'b> Board<'b> {
    pub(super) fn new(
        context: &'b Context,
        asked: &'b Provision,
        shop: &'b Shop,
        device_id: &'b DeviceId,
        kit: &'b mut Kit,
        run: Option<&'b Run<'b>>,
        state: State,
    ) -> Self {
        Self { context, asked, shop, device_id, kit, run, state, steps: Vec::new() }
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        self.steps.clone()
    }

    pub(super) fn into_state(self) -> State {
        self.state
    }

    /// Takes all steps that are left. On every way out the modem has its functional mode back, or a warning tells that it has not.
    pub(super) async fn drive(&mut self) -> Result<(), Diagnostic> {
        let driven = self.take_steps().await;
        if driven.is_err()
            && self.state.mode.is_some()
            && let Err(error) = self.take(Step::Restore).await
        {
            self.context.out.warn(format_args!(
                "the modem may still be offline, and is put back when this command is run again: {}",
                error.message()
            ));
        }
        driven
    }

    async fn take_steps(&mut self) -> Result<(), Diagnostic> {
        while let Some(step) = self.state.next(self.asked.wants()) {
            interrupt::check()?;
            // The last moment at which nothing is changed yet.
            if step == Step::Mode && !self.state.has_changed {
                self.rehearse_row()?;
            }
            self.take(step).await?;
        }
        Ok(())
    }

    async fn take(&mut self, step: Step) -> Result<(), Diagnostic> {
        let was_begun = self.state.was_begun(step);
        self.write(&Record::Begins { step }).await?;
        self.state.begins(step);
        let fact = self.perform(step, was_begun).await?;
        self.write(&Record::Ends { fact: fact.clone() }).await?;
        self.state.ends(&fact);
        self.steps.push(step);
        let words = format!("done: {}", in_words(step, self.asked.sec_tag));
        if step.changes() {
            self.context.out.note(words);
        } else {
            self.context.out.trace(words);
        }
        Ok(())
    }

    async fn write(&self, record: &Record) -> Result<(), Diagnostic> {
        match self.run {
            Some(run) => Ok(run.append(SystemTime::now(), record.step().name(), record).await?),
            None => Ok(()),
        }
    }

    /// `was_begun` says that an earlier process may have done it, and could not write that down.
    async fn perform(&mut self, step: Step, was_begun: bool) -> Result<Fact, Diagnostic> {
        match step {
            Step::CloudLook => until_interrupted(self.look_in_cloud()).await?,
            Step::Upload => until_interrupted(self.upload()).await?,
            Step::CloudCheck => until_interrupted(self.check_cloud()).await?,
            Step::Row => self.add_row(),
            _ => self.change_modem(step, was_begun),
        }
    }

    /// The steps that only look, up to the first that would change something.
    pub(super) async fn look(&mut self) -> Result<(), Diagnostic> {
        while let Some(step @ (Step::Slots | Step::CloudLook)) = self.state.next(self.asked.wants()) {
            let fact = self.perform(step, false).await?;
            self.state.ends(&fact);
        }
        self.rehearse_row()
    }

    /// Whether a board whose run is done is still as it was left: slots, row and cloud.
    pub(super) async fn is_still_done(&mut self) -> bool {
        let wants = self.asked.wants();
        let Ok(fact) = self.prove() else { return false };
        self.state.ends(&fact);
        let row = !wants.row || self.has_row();
        let root_ca = self.has_root_ca().unwrap_or(false);
        row && root_ca && (!wants.onboard || self.check_cloud().await.is_ok())
    }
}

/// Ctrl-C need not wait for the cloud: what was sent is in the ledger, or is looked for by the next process.
async fn until_interrupted<T>(work: impl Future<Output = T>) -> Result<T, Diagnostic> {
    const LOOK: Duration = Duration::from_millis(100);
    let mut work = pin!(work);
    loop {
        match tokio::time::timeout(LOOK, work.as_mut()).await {
            Ok(done) => return Ok(done),
            Err(_) => interrupt::check()?,
        }
    }
}
