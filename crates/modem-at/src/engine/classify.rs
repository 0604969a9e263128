//! From lines to events.

use alloc::string::String;

use zeroize::Zeroizing;

use crate::cme::CmeCode;
use crate::command::Expects;
use crate::engine::{Event, FinalResult, InFlight, Line};
use crate::redact;

impl InFlight {
    /// What a line is while this command is in flight.
    pub(super) fn classify(&self, text: Zeroizing<String>, late_secret: bool) -> Event {
        if !self.ends_with_prompt()
            && let Some(result) = final_result(&text)
        {
            return Event::Final(result);
        }
        if is_torn_boot(&text) {
            return Event::Boot(Line::new(text, self.may_show_secret() || late_secret));
        }
        if self.is_own(&text) {
            return Event::Information(Line::new(text, self.secret));
        }
        match known(text) {
            Ok(event) => event,
            Err(text) if self.is_answer_by_shape(&text) => {
                Event::Information(Line::new(text, self.may_show_secret()))
            }
            Err(text) => Event::Noise(Line::new(text, self.may_show_secret() || late_secret)),
        }
    }

    /// Whether the line carries the name of the command.
    fn is_own(&self, line: &str) -> bool {
        let Some(prefix) = redact::prefix(line) else {
            return false;
        };
        match &self.expects {
            Expects::Nothing | Expects::Bare(_) | Expects::UntilPrompt => false,
            Expects::Prefixed(name) | Expects::PrefixedList(name) | Expects::PrefixedText(name) => {
                prefix == *name && !(self.read_form && is_registration_notice(line))
            }
            Expects::Anything(names) => {
                names.iter().any(|name| name == prefix) && !(self.read_form && is_registration_notice(line))
            }
        }
    }

    fn is_answer_by_shape(&self, line: &str) -> bool {
        match self.expects {
            Expects::Bare(shape) => shape(line),
            Expects::Anything(_) => true,
            // Before that it is the echo itself, damaged.
            Expects::UntilPrompt => self.echo.is_complete(),
            Expects::Nothing | Expects::Prefixed(_) | Expects::PrefixedList(_) | Expects::PrefixedText(_) => {
                false
            }
        }
    }
}

/// What a line is while no command is in flight. `secret` says that it may be a piece of a secret.
pub(super) fn unasked(text: Zeroizing<String>, secret: bool) -> Event {
    if let Some(result) = final_result(&text) {
        return Event::LateResult(result);
    }
    known(text).unwrap_or_else(|text| Event::Noise(Line::new(text, secret)))
}

/// `OK`, `ERROR`, `+CME ERROR: <n>` or `+CMS ERROR: <n>`, and nothing else on the line. A modem that is told to (`AT+CMEE=2` on an
/// nRF93M1) gives words in place of the number.
fn final_result(line: &str) -> Option<FinalResult> {
    let code = |text: &str| -> Option<u16> {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
    };
    let words = |text: &str| {
        text.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' ')
    };
    match line {
        "OK" => Some(FinalResult::Ok),
        "ERROR" => Some(FinalResult::Error),
        _ => {
            if let Some(text) = line.strip_prefix("+CME ERROR: ") {
                let numbered = code(text).map(CmeCode::new).map(FinalResult::CmeError);
                return numbered.or_else(|| words(text).then_some(FinalResult::Error));
            }
            code(line.strip_prefix("+CMS ERROR: ")?).map(FinalResult::CmsError)
        }
    }
}

/// A line that tells by itself what it is; else the text is given back.
fn known(text: Zeroizing<String>) -> Result<Event, Zeroizing<String>> {
    if is_boot(&text) {
        Ok(Event::Boot(Line::new(text, false)))
    } else if is_log(&text) {
        Ok(Event::Log(Line::new(text, false)))
    } else if redact::prefix(&text).is_some() {
        Ok(Event::Notification(Line::new(text, false)))
    } else {
        Err(text)
    }
}

/// What kits print when they start (facts, section 4).
fn is_boot(line: &str) -> bool {
    const STARTS: [&str; 7] = [
        "*** Booting",
        "***** Booting",
        "*** Using Zephyr OS",
        "Booting TF-M",
        "[Sec Thread]",
        "All pins have been configured as",
        "Modem library initialization failed",
    ];
    const LINES: [&str; 3] = ["The AT host sample started", "Ready", "INIT ERROR"];
    STARTS.iter().any(|start| line.starts_with(start)) || LINES.contains(&line)
}

/// A boot message on the same line as half of an answer, which the restart cut off.
fn is_torn_boot(line: &str) -> bool {
    let ready = || {
        let before = line.strip_suffix("Ready")?.chars().next_back()?;
        Some(!before.is_alphabetic() && !before.is_whitespace())
    };
    !is_log(line) && !is_boot(line) && (line.contains("*** Booting ") || ready() == Some(true))
}

/// Whether a notification is one that modems are known to send (facts, section 12).
pub(super) fn is_known_notice(line: &str) -> bool {
    const NAMES: [&str; 21] = [
        "+CEREG",
        "+CSCON",
        "+CGEV",
        "+CNEC_ESM",
        "+CNEC_EMM",
        "+CIND",
        "+CPIN",
        "+CESQ",
        "+CMT",
        "+CMTI",
        "+CDS",
        "%CESQ",
        "%MDMEV",
        "%XTIME",
        "%XT3412",
        "%XMODEMSLEEP",
        "%XSIM",
        "%NCELLMEAS",
        "%XVBATLOWLVL",
        "%RAI",
        "%COAP",
    ];
    redact::prefix(line).is_some_and(|name| NAMES.contains(&name) || name.starts_with('#'))
}

/// Zephyr's log: `[00:00:01.234,567] <inf> module: text`, with or without the time; and what an AT shell prints above a notification.
fn is_log(line: &str) -> bool {
    let is_time = |start: &[u8]| start.len() == 8 && start[2] == b':' && start[5] == b':';
    let timed = line.as_bytes().strip_prefix(b"[").is_some_and(|rest| rest.get(..8).is_some_and(is_time));
    let levels = ["<err> ", "<wrn> ", "<inf> ", "<dbg> "];
    timed || line == "AT event handler:" || levels.iter().any(|level| line.starts_with(level))
}

/// A shell's prompt: `uart:~$ `, `mosh:~$ `.
pub(super) fn is_prompt(pending: &[u8]) -> bool {
    let name = pending.strip_suffix(b":~$ ");
    name.is_some_and(|name| {
        name.len() <= 32
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    })
}

/// Whether a `+CEREG` or `+CSCON` line is a notification and not the answer to the read form, which has the setting
/// `<n>` in front: there a second, bare number follows.
fn is_registration_notice(line: &str) -> bool {
    let Some(parameters) = line.strip_prefix("+CEREG: ").or_else(|| line.strip_prefix("+CSCON: ")) else {
        return false;
    };
    let second = parameters.split(',').nth(1).map_or("", str::trim);
    second.is_empty() || !second.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_is_seen_behind_half_an_answer() {
        for line in ["+CFUN: 1Ready", "35265610*** Booting nRF Connect SDK v2.9.0 ***", "+COPS: 0,2,\"2Ready"]
        {
            assert!(is_torn_boot(line), "{line}");
        }
        for line in
            ["Ready", "LTE Ready", "+CPIN: READY", "[00:00:01.000,000] <inf> app: \"Ready", "%X: \"Ready\""]
        {
            assert!(!is_torn_boot(line), "{line}");
        }
    }

    #[test]
    fn a_damaged_name_is_no_notification_that_is_known() {
        for line in ["+CEREG: 2", "%MDMEV: SEARCH STATUS 1", "#XGPS: 1,0"] {
            assert!(is_known_notice(line), "{line}");
        }
        for line in ["%CMG: 42,0,\"AA\"", "%CMMNG: 42,0", "+CEREG", "42"] {
            assert!(!is_known_notice(line), "{line}");
        }
    }
}
