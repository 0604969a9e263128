//! Functional mode and network: `+CFUN`, `+CEREG`, `+COPS`, `%MDMEV`, `%XMONITOR`, `%XSYSTEMMODE`.

use super::Device;
use super::answer::Reply;
use super::command::{Form, Parameters};
use super::refusal::Refusal;
use crate::cell::Cell;

/// The radio side of the modem. After reset it is in `CFUN=0`, as the AT client sample leaves it.
#[derive(Debug)]
pub(crate) struct Radio {
    mode: u8,
    /// What is there to be found when the modem looks.
    cell: Option<Cell>,
    /// `+CEREG` state where the modem is not registered.
    unregistered: u8,
    /// `+CEREG=<n>`
    reporting: u8,
    /// `%MDMEV=<n>`
    events: u8,
    system_mode: [u8; 4],
}

impl Radio {
    pub(crate) fn new(cell: Option<Cell>) -> Self {
        Self { mode: 0, cell, unregistered: 4, reporting: 0, events: 0, system_mode: [1, 0, 1, 0] }
    }

    pub(crate) fn restart(&mut self) {
        (self.mode, self.unregistered, self.reporting, self.events) = (0, 4, 0, 0);
    }

    /// LTE is on, so credentials may not be written (518).
    pub(super) fn is_active(&self) -> bool {
        matches!(self.mode, 1 | 2 | 21)
    }

    fn serving_cell(&self) -> Option<&Cell> {
        self.cell.as_ref().filter(|_| matches!(self.mode, 1 | 21))
    }

    fn state(&self) -> u8 {
        self.serving_cell().map_or(self.unregistered, Cell::registration)
    }

    /// Takes a mode out of those that the modem has; the GNSS and UICC ones leave the LTE mode alone.
    fn switch(&mut self, mode: u8) {
        let was_active = self.is_active();
        if !matches!(mode, 30 | 31 | 40 | 41) {
            self.mode = mode;
        }
        self.unregistered = match (was_active, self.is_active()) {
            (_, true) => 2,
            (true, false) => 0,
            (false, false) => self.unregistered,
        };
    }

    /// `+CEREG` parameters from the state on, as many as the reporting level gives.
    fn cereg_parameters(&self) -> String {
        let state = self.state();
        match (self.reporting, self.serving_cell()) {
            (2 | 3, Some(cell)) => format!("{state},{}", cell.cereg_fields()),
            (4 | 5, Some(cell)) => format!("{state},{},,,\"11100000\",\"11100000\"", cell.cereg_fields()),
            _ => state.to_string(),
        }
    }

    /// What `%MDMEV` tells of a search: a cell is found by the full one, and none by neither.
    fn search_events(&self) -> &'static [&'static str] {
        match (self.events, self.mode, self.serving_cell()) {
            (1, 1 | 21, Some(_)) => &["SEARCH STATUS 2"],
            (2, 1 | 21, Some(_)) => &["PRACH CE-LEVEL 0", "SEARCH STATUS 2"],
            (1 | 2, 1 | 21, None) => &["SEARCH STATUS 1", "SEARCH STATUS 2"],
            _ => &[],
        }
    }

    /// Says that the registration changed, if the host asked to be told.
    fn notification(&self) -> Option<String> {
        (self.reporting > 0).then(|| format!("+CEREG: {}", self.cereg_parameters()))
    }
}

impl Device {
    /// `+CFUN`
    pub(super) fn functional_mode(&mut self, form: Form<'_>) -> Result<Reply, Refusal> {
        let receive_only = self.kit.firmware.version() >= (2, 0, 0);
        match form {
            Form::Read => Ok(Reply::line(&format!("+CFUN: {}", self.radio.mode))),
            Form::Test if receive_only => Ok(Reply::line("+CFUN: (0,1,2,4,20,21,30,31,40,41,44)")),
            Form::Test => Ok(Reply::line("+CFUN: (0,1,4,20,21,30,31,40,41,44)")),
            Form::Set(parameters) => {
                let parameters = Parameters::parse(parameters)?;
                match (parameters.len(), parameters.required::<u8>(0)?) {
                    (1, mode @ (0 | 1 | 4 | 20 | 21 | 30 | 31 | 40 | 41 | 44)) => Ok(self.switch_mode(mode)),
                    (1, 2) if receive_only => Ok(self.switch_mode(2)),
                    _ => Err(Refusal::PHONE_FAILURE),
                }
            }
            Form::Execute => Err(Refusal::PHONE_FAILURE),
        }
    }

    /// Notifications of a detach come before the `OK`, those of an attach behind it, as in the captures. There the end of a
    /// search is told before the registration.
    fn switch_mode(&mut self, mode: u8) -> Reply {
        let (before, was_active) = (self.radio.state(), self.radio.is_active());
        self.radio.switch(mode);
        let mut reply = Reply::default();
        if !was_active {
            for event in self.radio.search_events() {
                reply.notify_after(&format!("%MDMEV: {event}"));
            }
        }
        if self.radio.state() != before
            && let Some(notification) = self.radio.notification()
        {
            if self.radio.is_active() {
                reply.notify_after(&notification);
            } else {
                reply.notify_before(&notification);
            }
        }
        reply
    }

    /// `+CEREG`
    pub(super) fn registration(&mut self, form: Form<'_>) -> Result<Reply, Refusal> {
        match form {
            Form::Read => Ok(Reply::line(&format!(
                "+CEREG: {},{}",
                self.radio.reporting,
                self.radio.cereg_parameters()
            ))),
            Form::Test => Ok(Reply::line("+CEREG: (0-5)")),
            Form::Set(parameters) => {
                let parameters = Parameters::parse(parameters)?;
                match (parameters.len(), parameters.required::<u8>(0)?) {
                    (1, level @ 0..=5) => self.radio.reporting = level,
                    _ => return Err(Refusal::PHONE_FAILURE),
                }
                Ok(Reply::default())
            }
            Form::Execute => Err(Refusal::PHONE_FAILURE),
        }
    }

    /// `%MDMEV`: 1 for the events, 2 for those of the coverage enhancement level too.
    pub(super) fn modem_events(&mut self, form: Form<'_>) -> Result<Reply, Refusal> {
        let Form::Set(parameters) = form else {
            return Err(Refusal::PHONE_FAILURE);
        };
        let parameters = Parameters::parse(parameters)?;
        match (parameters.len(), parameters.required::<u8>(0)?) {
            (1, level @ 0..=2) => self.radio.events = level,
            _ => return Err(Refusal::PHONE_FAILURE),
        }
        Ok(Reply::default())
    }

    /// `+COPS`, of which only the read form is there: automatic selection, numeric name.
    pub(super) fn operator(&self, form: Form<'_>) -> Result<Reply, Refusal> {
        match (form, self.radio.serving_cell()) {
            (Form::Read, Some(cell)) => Ok(Reply::line(&format!("+COPS: 0,2,\"{}\",7", cell.plmn()))),
            (Form::Read, None) => Ok(Reply::line("+COPS: 0")),
            _ => Err(Refusal::PHONE_FAILURE),
        }
    }

    /// `%XMONITOR`
    pub(super) fn monitor(&self, form: Form<'_>) -> Result<Reply, Refusal> {
        match (form, self.radio.serving_cell()) {
            (Form::Execute, Some(cell)) => Ok(Reply::line(&format!("%XMONITOR: {}", cell.xmonitor_fields()))),
            (Form::Execute, None) => Ok(Reply::line(&format!("%XMONITOR: {}", self.radio.state()))),
            _ => Err(Refusal::PHONE_FAILURE),
        }
    }

    /// `%XSYSTEMMODE`: LTE-M, NB-IoT, GNSS, preference.
    pub(super) fn system_mode(&mut self, form: Form<'_>) -> Result<Reply, Refusal> {
        match form {
            Form::Read => {
                let [ltem, nbiot, gnss, preference] = self.radio.system_mode;
                Ok(Reply::line(&format!("%XSYSTEMMODE: {ltem},{nbiot},{gnss},{preference}")))
            }
            Form::Set(parameters) => {
                let parameters = Parameters::parse(parameters)?;
                let mut mode = [0; 4];
                for (index, value) in mode.iter_mut().enumerate() {
                    *value = parameters.required(index)?;
                }
                let [ltem @ 0..=1, nbiot @ 0..=1, gnss @ 0..=1, 0..=4] = mode else {
                    return Err(Refusal::PHONE_FAILURE);
                };
                if parameters.len() != 4 || ltem + nbiot + gnss == 0 {
                    return Err(Refusal::PHONE_FAILURE);
                }
                if self.radio.is_active() {
                    return Err(Refusal::NOT_WHILE_ACTIVE);
                }
                self.radio.system_mode = mode;
                Ok(Reply::default())
            }
            Form::Execute | Form::Test => Err(Refusal::PHONE_FAILURE),
        }
    }
}
