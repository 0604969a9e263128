//! The steps of a board as data: what is known of it, and which step comes next. Nothing here touches a modem, a file or the network.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use cloud_api::BulkOpId;
use serde::{Deserialize, Serialize};

use super::record::{Fact, Record, RootCa, Slots};

/// A step, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Find the modem on the port.
    Probe,
    /// Ask who it is.
    Identity,
    /// Look what the slots hold, and decide.
    Slots,
    /// Ask the cloud whether it knows the device.
    CloudLook,
    /// Ask for the functional mode that has to come back.
    Mode,
    Offline,
    ClearKey,
    Keygen,
    /// Digest, possession, device, slot and name of the new key.
    CheckKey,
    Sign,
    ClearCertificate,
    WriteCertificate,
    ClearRootCa,
    WriteRootCa,
    /// The slot by its SHA-256, and a token by its signature.
    Prove,
    /// Bring the functional mode back.
    Restore,
    Row,
    /// The upload, and the result of its bulk operation.
    Upload,
    /// Ask the cloud for the device.
    CloudCheck,
}

impl Step {
    /// Its name in the ledger.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Identity => "identity",
            Self::Slots => "slots",
            Self::CloudLook => "cloud_look",
            Self::Mode => "mode",
            Self::Offline => "offline",
            Self::ClearKey => "clear_key",
            Self::Keygen => "keygen",
            Self::CheckKey => "check_key",
            Self::Sign => "sign",
            Self::ClearCertificate => "clear_certificate",
            Self::WriteCertificate => "write_certificate",
            Self::ClearRootCa => "clear_root_ca",
            Self::WriteRootCa => "write_root_ca",
            Self::Prove => "prove",
            Self::Restore => "restore",
            Self::Row => "row",
            Self::Upload => "upload",
            Self::CloudCheck => "cloud_check",
        }
    }

    /// Whether it changes something outside of this machine's files.
    pub(super) const fn changes(self) -> bool {
        !matches!(
            self,
            Self::Probe
                | Self::Identity
                | Self::Slots
                | Self::CloudLook
                | Self::Mode
                | Self::CheckKey
                | Self::Sign
                | Self::Prove
                | Self::CloudCheck
        )
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is asked for beside the certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wants {
    pub(super) row: bool,
    pub(super) onboard: bool,
}

/// What is known of a board: the sum of all records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Steps that were begun, and of which no end is known.
    open: BTreeSet<Step>,
    /// Something was changed that a later run has to know of.
    pub(super) has_changed: bool,
    pub(super) slots: Option<Slots>,
    pub(super) is_known: Option<bool>,
    /// The functional mode that has to come back.
    pub(super) mode: Option<u8>,
    /// By this process.
    offline: bool,
    key_cleared: bool,
    pub(super) keygen: Option<String>,
    key_id: Option<String>,
    signed: Option<String>,
    certificate_cleared: bool,
    pub(super) written: Option<String>,
    root_ca_cleared: bool,
    root_ca_written: bool,
    /// By this process.
    pub(super) proved: Option<String>,
    row: bool,
    pub(super) uploaded: Option<BulkOpId>,
    cloud_checked: bool,
}

impl State {
    /// What an earlier process has left. What the world may have changed since has to be seen again: whether the modem is offline, and
    /// whether the board holds what it should.
    pub(super) fn left(records: impl IntoIterator<Item = Record>) -> Self {
        let mut state = Self::default();
        for record in records {
            match record {
                Record::Begins { step } => state.begins(step),
                Record::Ends { fact } => state.ends(&fact),
            }
        }
        Self { offline: false, proved: None, cloud_checked: false, ..state }
    }

    /// Whether the step was begun before, and may have been done.
    pub(super) fn was_begun(&self, step: Step) -> bool {
        self.open.contains(&step)
    }

    pub(super) fn begins(&mut self, step: Step) {
        self.open.insert(step);
        self.has_changed |= step.changes();
    }

    pub(super) fn ends(&mut self, fact: &Fact) {
        self.open.remove(&fact.step());
        match fact {
            Fact::Probe { .. } | Fact::Identity { .. } => {}
            Fact::Slots(slots) => self.slots = Some(slots.clone()),
            Fact::CloudLook { is_known } => self.is_known = Some(*is_known),
            Fact::Mode { functional_mode } => self.mode = Some(*functional_mode),
            Fact::Offline => self.offline = true,
            Fact::ClearKey => self.key_cleared = true,
            Fact::Keygen { keygen } => self.keygen = Some(keygen.clone()),
            Fact::CheckKey { key_id } => self.key_id = Some(key_id.clone()),
            Fact::Sign { certificate } => self.signed = Some(certificate.clone()),
            Fact::ClearCertificate => self.certificate_cleared = true,
            Fact::WriteCertificate { sha256 } => self.written = Some(sha256.clone()),
            Fact::ClearRootCa => self.root_ca_cleared = true,
            Fact::WriteRootCa { .. } => self.root_ca_written = true,
            Fact::Prove { key_id } => self.proved = Some(key_id.clone()),
            Fact::Restore { .. } => (self.mode, self.offline) = (None, false),
            Fact::Row { .. } => self.row = true,
            Fact::Upload { bulk_ops_request_id } => self.uploaded = Some(bulk_ops_request_id.clone()),
            Fact::CloudCheck => self.cloud_checked = true,
        }
    }

    /// The certificate that the board has, or is to have.
    pub(super) fn certificate(&self) -> Option<&str> {
        self.signed.as_deref().or_else(|| self.slots.as_ref()?.keep.as_deref())
    }

    /// The step that comes next; none when all is done.
    pub(super) fn next(&self, wants: Wants) -> Option<Step> {
        let Some(slots) = &self.slots else { return Some(Step::Slots) };
        if wants.onboard && self.is_known.is_none() {
            return Some(Step::CloudLook);
        }
        if let Some(step) = self.next_change(slots) {
            return Some(match (self.mode, self.offline) {
                (None, _) => Step::Mode,
                (Some(_), false) => Step::Offline,
                (Some(_), true) => step,
            });
        }
        if self.proved.is_none() {
            Some(Step::Prove)
        } else if self.mode.is_some() {
            Some(Step::Restore)
        } else if wants.row && !self.row {
            Some(Step::Row)
        } else if wants.onboard && self.uploaded.is_none() {
            Some(Step::Upload)
        } else if wants.onboard && !self.cloud_checked {
            Some(Step::CloudCheck)
        } else {
            None
        }
    }

    /// What is still to be changed in the modem. Nothing is deleted there before what takes its place can be made or is made: a key makes
    /// room for one that only the modem can make, a certificate for one that is signed.
    fn next_change(&self, slots: &Slots) -> Option<Step> {
        if slots.keep.is_none() && self.written.is_none() {
            return Some(if self.keygen.is_none() {
                if slots.key && !self.key_cleared { Step::ClearKey } else { Step::Keygen }
            } else if self.key_id.is_none() {
                Step::CheckKey
            } else if self.signed.is_none() {
                Step::Sign
            } else if slots.certificate && !self.certificate_cleared {
                Step::ClearCertificate
            } else {
                Step::WriteCertificate
            });
        }
        match slots.root_ca {
            RootCa::Replace if !self.root_ca_cleared => Some(Step::ClearRootCa),
            RootCa::Write | RootCa::Replace if !self.root_ca_written => Some(Step::WriteRootCa),
            _ => None,
        }
    }

    /// All further steps, if each goes well.
    pub(super) fn ahead(&self, wants: Wants) -> Vec<Step> {
        let mut state = self.clone();
        let mut steps = Vec::new();
        while let Some(step) = state.next(wants) {
            state.begins(step);
            state.goes_well(step);
            steps.push(step);
        }
        steps
    }

    /// The end of a step, without what it finds or makes.
    fn goes_well(&mut self, step: Step) {
        self.open.remove(&step);
        let made = || Some(String::new());
        match step {
            Step::Probe | Step::Identity => {}
            Step::Slots => self.slots = Some(Slots::default()),
            Step::CloudLook => self.is_known = Some(false),
            Step::Mode => self.mode = Some(0),
            Step::Offline => self.offline = true,
            Step::ClearKey => self.key_cleared = true,
            Step::Keygen => self.keygen = made(),
            Step::CheckKey => self.key_id = made(),
            Step::Sign => self.signed = made(),
            Step::ClearCertificate => self.certificate_cleared = true,
            Step::WriteCertificate => self.written = made(),
            Step::ClearRootCa => self.root_ca_cleared = true,
            Step::WriteRootCa => self.root_ca_written = true,
            Step::Prove => self.proved = made(),
            Step::Restore => (self.mode, self.offline) = (None, false),
            Step::Row => self.row = true,
            // A stand-in, since no operation has it: the ID of one is made by the cloud.
            Step::Upload => self.uploaded = "00000000000000000000000000".parse().ok(),
            Step::CloudCheck => self.cloud_checked = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Wants = Wants { row: true, onboard: true };

    fn names(steps: &[Step]) -> String {
        steps.iter().map(|step| step.name()).collect::<Vec<_>>().join(" ")
    }

    fn with(slots: Slots) -> State {
        State { slots: Some(slots), ..State::default() }
    }

    #[test]
    fn a_new_board_goes_through_all_steps() {
        assert_eq!(
            names(&State::default().ahead(ALL)),
            "slots cloud_look mode offline keygen check_key sign write_certificate prove restore row upload cloud_check"
        );
        assert_eq!(
            names(&State::default().ahead(Wants::default())),
            "slots mode offline keygen check_key sign write_certificate prove restore"
        );
    }

    #[test]
    fn what_gives_way_does_so_right_before_its_successor() {
        let slots = Slots { key: true, certificate: true, keep: None, root_ca: RootCa::Replace };
        assert_eq!(
            names(&with(slots).ahead(Wants::default())),
            "mode offline clear_key keygen check_key sign clear_certificate write_certificate clear_root_ca write_root_ca prove restore"
        );
    }

    #[test]
    fn what_stays_is_proved_and_the_modem_left_alone() {
        let slots = Slots { key: true, certificate: true, keep: Some(String::new()), root_ca: RootCa::Stays };
        assert_eq!(names(&with(slots).ahead(ALL)), "cloud_look prove row upload cloud_check");
    }

    /// Killed anywhere, a board is offline when it is changed, proved by the process that writes its row, and gets its mode back.
    #[test]
    fn whatever_was_left_ends_well() {
        let slots = Slots { key: true, certificate: true, keep: None, root_ca: RootCa::Write };
        let whole = with(slots.clone()).ahead(ALL);
        for count in 0..=whole.len() {
            for begun in [false, true] {
                let mut state = with(slots.clone());
                for step in &whole[..count] {
                    state.begins(*step);
                    state.goes_well(*step);
                }
                if let (true, Some(step)) = (begun, whole.get(count)) {
                    state.begins(*step);
                }
                let left = State { offline: false, proved: None, cloud_checked: false, ..state };
                let ahead = left.ahead(ALL);
                let place = |step| ahead.iter().position(|other| *other == step);
                let done = &whole[..count];
                for step in &ahead {
                    let again = matches!(step, Step::Offline | Step::Prove | Step::CloudCheck);
                    assert!(again || !done.contains(step), "{step} again after {}", names(done));
                }
                let changes = [
                    Step::ClearKey,
                    Step::Keygen,
                    Step::ClearCertificate,
                    Step::WriteCertificate,
                    Step::WriteRootCa,
                ];
                if let Some(first) = changes.into_iter().filter_map(place).min() {
                    assert!(place(Step::Offline).is_some_and(|offline| offline < first), "{}", names(&ahead));
                }
                let prove = place(Step::Prove).unwrap();
                for step in [Step::Restore, Step::Row, Step::Upload] {
                    assert!(place(step).is_none_or(|place| place > prove), "{}", names(&ahead));
                }
                if left.mode.is_some() || place(Step::Offline).is_some() {
                    assert!(place(Step::Restore).is_some(), "{}", names(&ahead));
                }
                assert_eq!(left.was_begun(Step::Keygen), begun && whole.get(count) == Some(&Step::Keygen));
            }
        }
    }

    #[test]
    fn a_refusal_before_the_first_change_leaves_nothing() {
        let mut state = State::default();
        for step in [Step::Probe, Step::Identity, Step::Slots, Step::CloudLook, Step::Mode] {
            state.begins(step);
        }
        assert!(!state.has_changed);
        state.begins(Step::Offline);
        assert!(state.has_changed);
    }

    #[test]
    fn records_are_kept_in_json() {
        for (record, json) in [
            (Record::Begins { step: Step::ClearKey }, r#"{"phase":"begins","step":"clear_key"}"#),
            (Record::Ends { fact: Fact::ClearKey }, r#"{"phase":"ends","fact":{"step":"clear_key"}}"#),
            (
                Record::Ends { fact: Fact::Slots(Slots::default()) },
                r#"{"phase":"ends","fact":{"step":"slots","key":false,"certificate":false,"root_ca":"stays"}}"#,
            ),
            (
                Record::Ends { fact: Fact::Mode { functional_mode: 1 } },
                r#"{"phase":"ends","fact":{"step":"mode","functional_mode":1}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&record).unwrap(), json);
            assert_eq!(serde_json::from_str::<Record>(json).unwrap(), record);
            assert_eq!(serde_json::to_value(record.step()).unwrap(), record.step().name());
        }
    }
}
