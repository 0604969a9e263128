//! The credential store of a kit without a modem: the shell commands `cred` and `nrf_cloud_cred`.

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use super::Modem;
use crate::command::{Command, SHELL_CHUNK, shell_type};
use crate::credential::{CredentialEntry, CredentialType, SecTag, Sha256Digest};
use crate::dialect::Dialect;
use crate::engine::Line;
use crate::error::Error;
use crate::reply::{ReplyError, shell as reply};
use crate::transport::Transport;

impl<T: Transport> Modem<T> {
    /// Sends any command to a shell without AT, and returns what it printed.
    ///
    /// # Errors
    /// [`Error::Command`] if the text cannot be sent or the kit speaks AT.
    pub fn shell_command(&mut self, text: &str) -> Result<Vec<String>, Error> {
        let lines = self.run(&Command::shell(text)?)?;
        Ok(lines.iter().map(|line| line.as_str().to_string()).collect())
    }

    /// `nrf_cloud_cred keygen`: makes a device key that never leaves the kit.
    ///
    /// # Errors
    /// [`Error::ShellRefused`] with what the shell said, such as that the tag holds a key.
    pub fn make_device_key(&mut self, sec_tag: SecTag) -> Result<(), Error> {
        self.confirm(&Command::device_key("keygen", sec_tag, None)?, "Generated device key in sec tag ")
    }

    /// `nrf_cloud_cred csr`: a certificate signing request for the device key, DER. `attributes` are those of its subject.
    ///
    /// # Errors
    /// [`Error::ShellRefused`] with what the shell said, such as that there is no key.
    pub fn device_key_csr(&mut self, sec_tag: SecTag, attributes: Option<&str>) -> Result<Vec<u8>, Error> {
        let command = Command::device_key("csr", sec_tag, attributes)?;
        self.read_device_key(&command, "CSR", "CSR generation complete")
    }

    /// `nrf_cloud_cred pubkey`: the device key's public half, an uncompressed SEC1 point of 65 bytes.
    ///
    /// # Errors
    /// [`Error::ShellRefused`] with what the shell said, such as that there is no key.
    pub fn device_public_key(&mut self, sec_tag: SecTag) -> Result<[u8; 65], Error> {
        let command = Command::device_key("pubkey", sec_tag, None)?;
        let point = self.read_device_key(&command, "PUBKEY", "Public key export complete")?;
        let malformed = |_| Error::Reply {
            command: command.label().to_string(),
            source: ReplyError::Missing { expected: "a point of 65 bytes" },
        };
        point.try_into().map_err(malformed)
    }

    /// `nrf_cloud_cred delete`: deletes the device key.
    ///
    /// # Errors
    /// [`Error::ShellRefused`] with what the shell said.
    pub fn delete_device_key(&mut self, sec_tag: SecTag) -> Result<(), Error> {
        self.confirm(&Command::device_key("delete", sec_tag, None)?, "Deleted device key in sec tag ")
    }

    /// `cred buf` in pieces, `cred add`, and `cred list` to see what is stored. What is stored ends with a zero byte.
    pub(super) fn add_tls_credential(
        &mut self,
        sec_tag: SecTag,
        credential_type: CredentialType,
        content: &str,
    ) -> Result<Sha256Digest, Error> {
        let kind = self.shell_type(credential_type)?;
        // Refuses what no slot takes, before anything is sent.
        Command::write_credential(sec_tag, credential_type, content)?;
        let add = Command::add_credential(sec_tag, kind)?;
        let encoded = Zeroizing::new(Base64::encode_string(content.as_bytes()));
        let mut pieces = Vec::new();
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(rest.len().min(SHELL_CHUNK));
            pieces.push(Command::fill_buffer(piece)?);
            rest = more;
        }
        self.run(&Command::clear_buffer())?;
        for piece in &pieces {
            self.confirm(piece, "Stored ")?;
        }
        let lines = self.run(&add)?;
        let length = format!("length {} bytes", content.len() + 1);
        let added = reply::confirmed(&lines, "Added TLS credential");
        added.map_err(|answer| Error::ShellRefused { command: add.label().to_string(), answer })?;
        if !lines.iter().any(|line| line.as_str().contains(&length)) {
            let source = ReplyError::Missing { expected: "the length that was sent" };
            return Err(Error::Reply { command: add.label().to_string(), source });
        }
        let listed = self.list_tls_credentials(Some((sec_tag, Some(kind))))?;
        let slot = listed
            .iter()
            .find(|entry| entry.tag == sec_tag.number() && entry.credential_type == credential_type);
        let with_end = Sha256Digest::of(Zeroizing::new(format!("{content}\0")).as_bytes());
        // A backend that keeps credentials in a modem leaves the zero byte out.
        let without = Sha256Digest::of(content.as_bytes());
        match slot.map(|slot| slot.sha256) {
            Some(Some(found)) if found == with_end || found == without => Ok(found),
            Some(Some(found)) => Err(Error::WrittenDiffers {
                sec_tag,
                credential_type,
                expected: with_end,
                found,
                variant: None,
            }),
            slot => Err(Error::WrittenUnconfirmed { sec_tag, credential_type, listed: slot.is_some() }),
        }
    }

    pub(super) fn list_tls_credentials(
        &mut self,
        slot: Option<(SecTag, Option<&str>)>,
    ) -> Result<Vec<CredentialEntry>, Error> {
        self.query_twice(&Command::list_tls_credentials(slot)?, reply::tls_credentials, PartialEq::eq)
    }

    pub(super) fn delete_tls_credential(
        &mut self,
        sec_tag: SecTag,
        credential_type: CredentialType,
    ) -> Result<(), Error> {
        let kind = self.shell_type(credential_type)?;
        self.confirm(&Command::del_credential(sec_tag, kind)?, "Deleted TLS credential")
    }

    fn shell_type(&self, credential_type: CredentialType) -> Result<&'static str, Error> {
        let what = "credential of this type";
        shell_type(credential_type).ok_or(Error::Unsupported { dialect: Dialect::CredentialShell, what })
    }

    /// Sends a command that is done when the shell says so.
    fn confirm(&mut self, command: &Command, start: &str) -> Result<(), Error> {
        let lines = self.run(command)?;
        reply::confirmed(&lines, start)
            .map_err(|answer| Error::ShellRefused { command: command.label().to_string(), answer })
    }

    fn read_device_key(
        &mut self,
        command: &Command,
        name: &'static str,
        end: &'static str,
    ) -> Result<Vec<u8>, Error> {
        let lines: Vec<Line> = self.run(command)?;
        reply::device_key(&lines, name, end).map_err(|source| match source {
            // The shell said no in its own words.
            ReplyError::Missing { .. } => {
                Error::ShellRefused { command: command.label().to_string(), answer: reply::said(&lines) }
            }
            source => Error::Reply { command: command.label().to_string(), source },
        })
    }
}
