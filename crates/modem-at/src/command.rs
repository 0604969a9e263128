//! Command lines: what is sent, what answers it, and how long that may take.

mod credentials;
mod error;
mod shell;
mod terminator;

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use zeroize::Zeroizing;

use crate::clock::ModemTime;
use crate::functional_mode::FunctionalMode;
use crate::jwt::{JwtRequest, Lifetime};
use crate::reply::ErrorReporting;
use crate::{redact, reply};

pub use error::CommandError;
pub use shell::MAX_SHELL_LINE;
#[cfg(feature = "std")]
pub(crate) use shell::{SHELL_CHUNK, shell_type};
pub use terminator::Terminator;

/// The longest command line that the AT host library takes: its buffer is 4096 bytes with the final NUL
/// (`CONFIG_AT_HOST_CMD_MAX_LEN`). It drops what is beyond without a word, so a longer one is never sent.
pub const MAX_COMMAND_LEN: usize = 4095;

/// One AT command line, without its terminator.
///
/// The text is wiped when dropped, since it may hold a private key; `Debug` and `Display` show it with the contents
/// of credentials left out.
pub struct Command {
    text: Zeroizing<String>,
    label: String,
    expects: Expects,
    timeout: Duration,
    repeatable: bool,
    secret_reply: bool,
}

/// What kind of line is the answer to a command.
#[derive(Debug, Clone)]
pub(crate) enum Expects {
    /// Only the final result.
    Nothing,
    /// One line that starts with this name, a colon and a space.
    Prefixed(&'static str),
    /// Any number of such lines.
    PrefixedList(&'static str),
    /// One such line, and a quoted string in it may hold line breaks.
    PrefixedText(&'static str),
    /// Lines without a prefix, of this shape.
    Bare(fn(&str) -> bool),
    /// Lines that start with one of these names, and any line that is not known to be something else.
    Anything(Vec<String>),
    /// Whatever a shell prints before its next prompt.
    UntilPrompt,
}

impl Command {
    /// A command as a user typed it.
    ///
    /// Anything that is not a notification, a log line or a boot message is then taken as information.
    ///
    /// # Errors
    /// [`CommandError`] if the text does not start with `AT`, if it holds a byte that the AT host would not pass on
    /// unchanged, if a quote is not closed, or if it is too long.
    pub fn raw(text: &str) -> Result<Self, CommandError> {
        let starts_with_at = text.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("AT"));
        if !starts_with_at {
            return Err(CommandError::NotAt);
        }
        let mut quoted = false;
        for (position, byte) in text.bytes().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b' '..=b'~' => {}
                b'\r' | b'\n' | b'\t' if quoted => {}
                byte => {
                    return Err(CommandError::Byte { field: "command", byte, position });
                }
            }
        }
        if quoted {
            return Err(CommandError::OpenQuote);
        }
        let names: Vec<String> = redact::command_names(text).map(str::to_ascii_uppercase).collect();
        let secret_reply = redact::has_secret_reply(text);
        let slow = names.iter().any(|name| matches!(name.as_str(), "+CFUN" | "+COPS"));
        let timeout = if slow { 180 } else { 30 };
        let mut command = Self::new(text.to_string(), Expects::Anything(names), timeout)?;
        command.secret_reply = secret_reply;
        Ok(command)
    }

    /// `AT`: is anybody there?
    #[must_use]
    pub fn attention() -> Self {
        Self::constant("AT", Expects::Nothing, 1)
    }

    /// `AT+CGSN`: the IMEI.
    #[must_use]
    pub fn imei() -> Self {
        Self::constant("AT+CGSN", Expects::Bare(reply::looks_like_imei), 2).repeatable()
    }

    /// `AT+CGMM`: the model.
    #[must_use]
    pub fn model() -> Self {
        Self::constant("AT+CGMM", Expects::Bare(reply::looks_like_model), 2).repeatable()
    }

    /// `AT+CGMR`: the modem firmware.
    #[must_use]
    pub fn firmware_version() -> Self {
        Self::constant("AT+CGMR", Expects::Bare(reply::looks_like_firmware), 2).repeatable()
    }

    /// `AT%DEVICEUUID`: the device UUID, on nRF91x1 only.
    #[must_use]
    pub fn device_uuid() -> Self {
        Self::constant("AT%DEVICEUUID", Expects::Prefixed("%DEVICEUUID"), 5).repeatable()
    }

    /// `AT#XUUID`: the device UUID, from Serial Modem itself.
    #[must_use]
    pub fn serial_modem_uuid() -> Self {
        Self::constant("AT#XUUID", Expects::Prefixed("#XUUID"), 10).repeatable()
    }

    /// `AT#XSMVER`: the version of Serial Modem.
    #[must_use]
    pub fn serial_modem_version() -> Self {
        Self::constant("AT#XSMVER", Expects::Prefixed("#XSMVER"), 2).repeatable()
    }

    /// `AT#XSLMVER`: the version of `serial_lte_modem`, as Serial Modem was called before.
    #[must_use]
    pub fn serial_lte_modem_version() -> Self {
        Self::constant("AT#XSLMVER", Expects::Prefixed("#XSLMVER"), 2).repeatable()
    }

    /// `AT%XMODEMUUID`: the UUID of the modem firmware.
    #[must_use]
    pub fn firmware_uuid() -> Self {
        Self::constant("AT%XMODEMUUID", Expects::Prefixed("%XMODEMUUID"), 5).repeatable()
    }

    /// `AT+CMEE?`: how errors are told.
    #[must_use]
    pub fn error_reporting() -> Self {
        Self::constant("AT+CMEE?", Expects::Prefixed("+CMEE"), 2).repeatable()
    }

    /// `AT+CMEE=<setting>`.
    #[must_use]
    pub fn set_error_reporting(setting: ErrorReporting) -> Self {
        Self::built(format!("AT+CMEE={}", setting.number()), Expects::Nothing, 2).repeatable()
    }

    /// `AT+CFUN?`: the functional mode.
    #[must_use]
    pub fn functional_mode() -> Self {
        Self::constant("AT+CFUN?", Expects::Prefixed("+CFUN"), 2).repeatable()
    }

    /// `AT+CFUN=<mode>`. Leaving the network took 1.3 s where it was recorded, so the time-out is long.
    #[must_use]
    pub fn set_functional_mode(mode: FunctionalMode) -> Self {
        Self::built(format!("AT+CFUN={}", mode.number()), Expects::Nothing, 60).repeatable()
    }

    /// `AT%JWT=0,<seconds>,"<sub>","<aud>"[,<sec_tag>,<key_type>]`.
    ///
    /// # Errors
    /// [`CommandError`] if `sub` or `aud` hold a quote or a control character.
    pub fn jwt(request: &JwtRequest) -> Result<Self, CommandError> {
        let lifetime = request.expires_in.map_or(0, Lifetime::as_secs);
        let sub = request.sub.as_deref().unwrap_or_default();
        let aud = request.aud.as_deref().unwrap_or_default();
        check_argument("sub", sub, false)?;
        check_argument("aud", aud, false)?;
        let mut text = format!("AT%JWT=0,{lifetime},\"{sub}\",\"{aud}\"");
        if let Some(sec_tag) = request.sec_tag {
            text.push_str(&format!(",{sec_tag},{}", request.key_type.number()));
        }
        Ok(Self::new(text, Expects::Prefixed("%JWT"), 10)?.repeatable().with_secret_reply())
    }

    /// `AT%ATTESTTOKEN`, or with a challenge in place of the modem's random nonce `AT%ATTESTTOKEN="<32 hexadecimal digits>"`.
    #[must_use]
    pub fn attestation_token(challenge: Option<[u8; 16]>) -> Self {
        let text = match challenge {
            None => "AT%ATTESTTOKEN".to_string(),
            Some(challenge) => format!("AT%ATTESTTOKEN=\"{:032X}\"", u128::from_be_bytes(challenge)),
        };
        Self::built(text, Expects::Prefixed("%ATTESTTOKEN"), 10).repeatable().with_secret_reply()
    }

    /// `AT%REGJWT="<tenant>"`: a token for the registration of an nRF93M1 with a team.
    ///
    /// # Errors
    /// [`CommandError`] if the tenant ID is empty, or holds a quote or a control character.
    pub fn registration_jwt(tenant: &str) -> Result<Self, CommandError> {
        if tenant.is_empty() {
            return Err(CommandError::Empty { field: "tenant ID" });
        }
        check_argument("tenant ID", tenant, false)?;
        let text = format!("AT%REGJWT=\"{tenant}\"");
        Ok(Self::new(text, Expects::Prefixed("%REGJWT"), 15)?.repeatable().with_secret_reply())
    }

    /// `AT%CLOUDACCESSKEY`: the public key of an nRF93M1, which may have to make it first.
    #[must_use]
    pub fn cloud_access_key() -> Self {
        Self::constant("AT%CLOUDACCESSKEY", Expects::Prefixed("%CLOUDACCESSKEY"), 15).repeatable()
    }

    /// `AT+CCLK?`: the clock.
    #[must_use]
    pub fn clock() -> Self {
        Self::constant("AT+CCLK?", Expects::Prefixed("+CCLK"), 2).repeatable()
    }

    /// `AT+CCLK="<time>"`.
    #[must_use]
    pub fn set_clock(time: ModemTime) -> Self {
        Self::built(format!("AT+CCLK=\"{time}\""), Expects::Nothing, 2).repeatable()
    }

    /// `AT%CCLK?`: the clock, with daylight saving.
    #[must_use]
    pub fn network_clock() -> Self {
        Self::constant("AT%CCLK?", Expects::Prefixed("%CCLK"), 2).repeatable()
    }

    /// `AT+CEREG?`: the registration.
    #[must_use]
    pub fn registration() -> Self {
        Self::constant("AT+CEREG?", Expects::Prefixed("+CEREG"), 5).repeatable()
    }

    /// `AT+COPS?`: the operator.
    #[must_use]
    pub fn operator() -> Self {
        Self::constant("AT+COPS?", Expects::Prefixed("+COPS"), 10).repeatable()
    }

    /// `AT%XMONITOR`: the serving cell.
    #[must_use]
    pub fn serving_cell() -> Self {
        Self::constant("AT%XMONITOR", Expects::Prefixed("%XMONITOR"), 5).repeatable()
    }

    /// The text, with all that is secret in it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text without the contents of credentials, fit for a log or an error.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How long the final result may take, counted from the end of the write.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether the command may be sent again when its answer was damaged: it changes nothing, or nothing more.
    #[must_use]
    pub const fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    pub(crate) const fn expects(&self) -> &Expects {
        &self.expects
    }

    /// Whether the answer is a secret, or a token that works like a password while it lasts.
    pub(crate) const fn has_secret_reply(&self) -> bool {
        self.secret_reply
    }

    /// Whether there is something in the text that the label leaves out.
    pub(crate) fn has_secret_text(&self) -> bool {
        *self.text != self.label
    }

    fn new(text: String, expects: Expects, seconds: u64) -> Result<Self, CommandError> {
        let text = Zeroizing::new(text);
        if text.len() > MAX_COMMAND_LEN {
            return Err(CommandError::TooLong { command: redact::command(&text), length: text.len() });
        }
        Ok(Self {
            label: redact::command(&text),
            text,
            expects,
            timeout: Duration::from_secs(seconds),
            repeatable: false,
            secret_reply: false,
        })
    }

    fn constant(text: &'static str, expects: Expects, seconds: u64) -> Self {
        Self::built(text.to_string(), expects, seconds)
    }

    /// For texts made of numbers and literals, which are short.
    fn built(text: String, expects: Expects, seconds: u64) -> Self {
        Self::new(text, expects, seconds).expect("a command without free text is far below the limit")
    }

    fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    fn with_secret_reply(mut self) -> Self {
        self.secret_reply = true;
        self
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({})", self.label)
    }
}

fn check_argument(field: &'static str, value: &str, line_breaks: bool) -> Result<(), CommandError> {
    for (position, byte) in value.bytes().enumerate() {
        match byte {
            b'"' => return Err(CommandError::Quote { field, position }),
            b' '..=b'~' => {}
            b'\r' | b'\n' | b'\t' if line_breaks => {}
            byte => {
                return Err(CommandError::Byte { field, byte, position });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{CredentialType, SecTag};
    use crate::keygen::KeygenResponse;

    const TAG: SecTag = SecTag::NRF_CLOUD;

    #[test]
    fn commands_are_spelt_as_the_tools_spell_them() {
        let texts = [
            (Command::list_credentials(None), "AT%CMNG=1"),
            (Command::list_credentials(Some((TAG, None))), "AT%CMNG=1,16842753"),
            (
                Command::list_credentials(Some((TAG, Some(CredentialType::ClientCertificate)))),
                "AT%CMNG=1,16842753,1",
            ),
            (Command::delete_credential(TAG, CredentialType::ClientPrivateKey), "AT%CMNG=3,16842753,2"),
            (
                Command::write_credential(TAG, CredentialType::RootCa, "a\r\nb").unwrap(),
                "AT%CMNG=0,16842753,0,\"a\r\nb\"",
            ),
            (Command::keygen(TAG, KeygenResponse::Csr, None).unwrap(), "AT%KEYGEN=16842753,2,0"),
            (
                Command::keygen(TAG, KeygenResponse::PublicKey, Some("CN=nrf-1,O=X")).unwrap(),
                "AT%KEYGEN=16842753,2,1,\"CN=nrf-1,O=X\"",
            ),
            (Command::jwt(&JwtRequest::default()).unwrap(), "AT%JWT=0,0,\"\",\"\""),
            (
                Command::jwt(&JwtRequest {
                    expires_in: Some(Lifetime::new(Duration::from_secs(600)).unwrap()),
                    sub: Some("sub".into()),
                    sec_tag: Some(TAG),
                    ..JwtRequest::default()
                })
                .unwrap(),
                "AT%JWT=0,600,\"sub\",\"\",16842753,2",
            ),
            (Command::set_clock("24/07/03,21:29:34-28".parse().unwrap()), "AT+CCLK=\"24/07/03,21:29:34-28\""),
        ];
        for (command, text) in texts {
            assert_eq!(command.text(), text);
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_with_its_place() {
        let cases: [(Result<Command, CommandError>, &str); 10] = [
            (
                Command::keygen(TAG, KeygenResponse::Csr, Some("CN=\"x\"")),
                "attributes holds a double quote at byte 3, and AT strings cannot hold one",
            ),
            (
                Command::keygen(TAG, KeygenResponse::Csr, Some("CN=a\rAT+CFUN=1")),
                "attributes holds the byte 0x0d at 4, which an AT command cannot carry",
            ),
            (Command::keygen(TAG, KeygenResponse::Csr, Some("")), "attributes is empty"),
            (
                Command::write_credential(TAG, CredentialType::Psk, "ab\u{8}"),
                "content holds the byte 0x08 at 2, which an AT command cannot carry",
            ),
            (Command::write_credential(TAG, CredentialType::Psk, ""), "content is empty"),
            (
                Command::jwt(&JwtRequest { sub: Some("é".into()), ..JwtRequest::default() }),
                "sub holds the byte 0xc3 at 0, which an AT command cannot carry",
            ),
            (Command::raw("+CGSN"), "the command does not start with `AT`"),
            (
                Command::raw("AT+CGSN\rAT"),
                "command holds the byte 0x0d at 7, which an AT command cannot carry",
            ),
            (Command::raw("AT%KEYGEN=1,2,0,\"CN"), "a double quote is not closed"),
            (Command::raw("A\u{301}T"), "the command does not start with `AT`"),
        ];
        for (result, message) in cases {
            assert_eq!(result.unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn the_limit_is_4095_bytes() {
        let head = "AT%CMNG=0,16842753,0,\"\"".len();
        let fits = "x".repeat(MAX_COMMAND_LEN - head);
        assert_eq!(Command::write_credential(TAG, CredentialType::RootCa, &fits).unwrap().text().len(), 4095);
        let error = Command::write_credential(TAG, CredentialType::RootCa, &format!("{fits}x")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "AT%CMNG=0,16842753,0,\"[4073 bytes]\" is 4096 bytes long; the AT host takes 4095 and drops the rest silently"
        );
    }

    #[test]
    fn debug_and_errors_hold_no_key() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n";
        let command = Command::write_credential(TAG, CredentialType::ClientPrivateKey, key).unwrap();
        assert_eq!(format!("{command:?}"), "Command(AT%CMNG=0,16842753,2,\"[63 bytes]\")");
        let error =
            Command::write_credential(TAG, CredentialType::ClientPrivateKey, &key.repeat(100)).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("MIGHAgEA"));
    }
}
