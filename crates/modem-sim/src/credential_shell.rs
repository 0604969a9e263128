//! A kit without a modem: the TLS credentials shell `cred` and `nrf_cloud_cred`.

mod types;

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

pub(crate) use self::types::TlsType;
use crate::keys::{Entropy, ModemKey, sha256};
use crate::kit::Uuid;
use crate::message::csr::{self, Subject};
use crate::script::Colour::{self, Normal, Red, Yellow};
use crate::trouble::Trouble;

/// The tag of nRF Cloud, where `nrf_cloud_cred` is told none.
const NRF_CLOUD_TAG: u32 = 16_842_753;
/// `CONFIG_TLS_CREDENTIALS_SHELL_CRED_BUF_SIZE`: room for the base64 of the CA certificates of nRF Cloud with CoAP.
const BUFFER: usize = 4096;

/// The credentials of an application core.
pub(crate) struct CredentialShell {
    uuid: Uuid,
    entropy: Entropy,
    items: BTreeMap<(u32, TlsType), Zeroizing<Vec<u8>>>,
    keys: BTreeMap<u32, ModemKey>,
    capacity: usize,
    buffer: Zeroizing<Vec<u8>>,
    changes: u64,
    pub(crate) trouble: Trouble,
}

/// What a command printed, and what the shell does next.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) lines: Vec<(Colour, String)>,
    /// Bytes go to the buffer until Ctrl-C.
    pub(crate) loads: bool,
}

/// What `cred` and `nrf_cloud_cred` print when they fail: one line.
type Failure = (Colour, String);

impl CredentialShell {
    pub(crate) fn new(uuid: Uuid, entropy: Entropy, capacity: usize) -> Self {
        Self {
            uuid,
            entropy,
            items: BTreeMap::new(),
            keys: BTreeMap::new(),
            capacity,
            buffer: Zeroizing::default(),
            changes: 0,
            trouble: Trouble::default(),
        }
    }

    /// Another number whenever what the kit keeps has changed.
    pub(crate) const fn changes(&self) -> u64 {
        self.changes
    }

    /// What the kit keeps, for the state file: credentials, keys, and how much was drawn.
    #[expect(clippy::type_complexity, reason = "three things, each as it is kept")]
    pub(crate) fn kept(
        &self,
    ) -> (&BTreeMap<(u32, TlsType), Zeroizing<Vec<u8>>>, &BTreeMap<u32, ModemKey>, u64) {
        (&self.items, &self.keys, self.entropy.drawn())
    }

    /// Puts back what it kept.
    pub(crate) fn keep(
        &mut self,
        items: impl IntoIterator<Item = (u32, TlsType, Zeroizing<Vec<u8>>)>,
        keys: impl IntoIterator<Item = (u32, ModemKey)>,
        drawn: u64,
    ) {
        self.items.extend(items.into_iter().map(|(tag, kind, content)| ((tag, kind), content)));
        self.keys.extend(keys);
        self.entropy.skip_to(drawn);
    }

    /// What is in RAM is lost, what is stored is not.
    pub(crate) fn restart(&mut self) {
        self.buffer = Zeroizing::default();
        self.trouble = Trouble::default();
    }

    /// Carries out `cred ..` or `nrf_cloud_cred ..`.
    pub(crate) fn run(&mut self, words: &[&str]) -> Said {
        let mut said = Said::default();
        let outcome = match words {
            ["cred", "buf", "clear"] => {
                self.buffer = Zeroizing::default();
                said.print("Credential buffer cleared.");
                Ok(())
            }
            ["cred", "buf", "load"] => {
                self.clear(&mut said);
                said.print("Input credential, finish with CTRL+C.");
                said.loads = true;
                Ok(())
            }
            ["cred", "buf", chunk] => self.fill(chunk.as_bytes(), &mut said),
            ["cred", "add", rest @ ..] if matches!(rest.len(), 4 | 5) => self.add(rest, &mut said),
            ["cred", "del", tag, kind] => self.delete(tag, kind, &mut said),
            ["cred", "get", tag, kind, format] => self.get(tag, kind, format, &mut said),
            ["cred", "list", filter @ ..] if filter.len() <= 2 => self.list(filter, &mut said),
            ["nrf_cloud_cred", "keygen"] => self.generate(NRF_CLOUD_TAG, &mut said),
            ["nrf_cloud_cred", "keygen", tag] => key_tag(tag).and_then(|tag| self.generate(tag, &mut said)),
            ["nrf_cloud_cred", "csr", rest @ ..] if rest.len() <= 2 => self.request(rest, &mut said),
            ["nrf_cloud_cred", "pubkey", rest @ ..] if rest.len() <= 1 => self.public_key(rest, &mut said),
            ["nrf_cloud_cred", "delete", rest @ ..] if rest.len() <= 1 => self.delete_key(rest, &mut said),
            [_, name, ..] => Err((Red, format!("{name}: wrong parameter count"))),
            [name] => Err((Red, format!("{name}: wrong parameter count"))),
            [] => Ok(()),
        };
        if let Err(line) = outcome {
            said.lines.push(line);
        }
        if matches!(words, ["cred", "add", ..]) {
            self.clear(&mut said);
        }
        said
    }

    /// A byte of `cred buf load`, or its end. What comes back is what is printed, and whether the load is over.
    pub(crate) fn load(&mut self, bytes: &[u8], ends: bool) -> (Said, bool) {
        let mut said = Said::default();
        if self.buffer.len() + bytes.len() > BUFFER {
            said.lines.push(no_room());
            self.clear(&mut said);
            return (said, true);
        }
        self.buffer.extend_from_slice(bytes);
        if ends {
            said.print(&format!("Stored {} bytes.", self.buffer.len()));
        }
        (said, ends)
    }

    /// A command that was not carried out: the failure that it knows.
    pub(crate) fn refuse(words: &[&str], code: Option<u16>) -> Said {
        let code = code.unwrap_or(5);
        let text = match words {
            ["cred", "add", tag, kind, ..] => {
                let kind = TlsType::parse(kind).map_or("INVALID", TlsType::name);
                format!("Failed to add TLS credential with sectag {tag} and type {kind}. Error: -{code}\n.")
            }
            ["cred", "del", tag, kind, ..] => {
                let kind = TlsType::parse(kind).map_or("INVALID", TlsType::name);
                format!(
                    "Deleting TLS credential with sectag {tag} and type {kind} failed with error: -{code}."
                )
            }
            ["nrf_cloud_cred", "keygen", ..] => format!("Key generation failed: -{code}"),
            ["nrf_cloud_cred", "csr", ..] => format!("CSR generation failed: -{code}"),
            ["nrf_cloud_cred", "pubkey", ..] => format!("Public key export failed: -{code}"),
            ["nrf_cloud_cred", "delete", ..] => format!("Key deletion failed: -{code}"),
            _ => format!("Shell command failed: -{code}"),
        };
        Said { lines: vec![(Red, text)], loads: false }
    }

    fn clear(&mut self, said: &mut Said) {
        if !self.buffer.is_empty() {
            self.buffer = Zeroizing::default();
            said.print("Credential buffer cleared.");
        }
    }

    fn fill(&mut self, chunk: &[u8], said: &mut Said) -> Result<(), Failure> {
        if self.buffer.len() + chunk.len() >= BUFFER {
            said.lines.push(no_room());
            self.clear(said);
            return Ok(());
        }
        self.buffer.extend_from_slice(chunk);
        said.print(&format!("Stored {} bytes.", chunk.len()));
        Ok(())
    }

    /// `<tag> <type> <backend> <format> [<credential>]`
    fn add(&mut self, words: &[&str], said: &mut Said) -> Result<(), Failure> {
        let (tag, kind) = (tls_tag(words[0])?, tls_type(words[1])?);
        if !words[2].eq_ignore_ascii_case("default") {
            return Err((Red, format!("{} is not a valid backend.", words[2])));
        }
        let (binary, terminated) = format(words[3])?;
        if let Some(credential) = words.get(4) {
            self.clear(said);
            self.fill(credential.as_bytes(), said)?;
        }
        if self.buffer.is_empty() {
            return Err((Red, "Please provide a credential to add.".to_owned()));
        }
        if self.items.contains_key(&(tag, kind)) {
            let name = kind.name();
            return Err((Red, format!("TLS credential with sectag {tag} and type {name} already exists.")));
        }
        let mut content = if binary {
            let text = core::str::from_utf8(&self.buffer).unwrap_or("");
            // -EINVAL, as the base64 of Zephyr says it.
            let invalid = |_| (Red, "Could not decode input from base64, error: -22".to_owned());
            Zeroizing::new(Base64::decode_vec(text).map_err(invalid)?)
        } else {
            self.buffer.clone()
        };
        self.trouble.damage(&mut content);
        if terminated {
            content.push(0);
        }
        let name = kind.name();
        if self.items.len() >= self.capacity || self.trouble.has_no_room() {
            // -ENOMEM. The full stop is on a line of its own there.
            let text =
                format!("Failed to add TLS credential with sectag {tag} and type {name}. Error: -12\n.");
            return Err((Red, text));
        }
        let length = content.len();
        self.items.insert((tag, kind), content);
        self.changes += 1;
        said.print(&format!("Added TLS credential of type {name}, sectag {tag}, and length {length} bytes."));
        Ok(())
    }

    fn delete(&mut self, tag: &str, kind: &str, said: &mut Said) -> Result<(), Failure> {
        let (tag, kind) = (tls_tag(tag)?, tls_type(kind)?);
        if self.items.remove(&(tag, kind)).is_none() {
            return Err(missing(tag, kind));
        }
        self.changes += 1;
        said.print(&format!("Deleted TLS credential with sectag {tag} and type {}.", kind.name()));
        Ok(())
    }

    fn get(&self, tag: &str, kind: &str, form: &str, said: &mut Said) -> Result<(), Failure> {
        let (tag, kind) = (tls_tag(tag)?, tls_type(kind)?);
        let (binary, terminated) = format(form)?;
        let mut content = self.items.get(&(tag, kind)).ok_or_else(|| missing(tag, kind))?.as_slice();
        if terminated {
            content = content.strip_suffix(&[0]).ok_or_else(|| {
                let text = "The stored credential isn't NULL-terminated, but a NULL-terminated format was specified.";
                (Red, text.to_owned())
            })?;
        }
        // 32 characters a line: `CONFIG_TLS_CREDENTIALS_SHELL_CRED_OUTPUT_WIDTH`.
        let mut filtered = false;
        for piece in content.chunks(if binary { 24 } else { 32 }) {
            if binary {
                said.print(&Base64::encode_string(piece));
                continue;
            }
            let shown = piece.iter().map(|byte| match byte {
                b' '..=b'~' => char::from(*byte),
                _ => '?',
            });
            let shown: String = shown.collect();
            filtered |= shown.as_bytes() != piece;
            said.print(&shown);
        }
        if filtered {
            let text = "Non-printable characters were included in the output and filtered. Have you selected the correct storage format?";
            said.lines.push((Yellow, text.to_owned()));
        }
        Ok(())
    }

    fn list(&self, filter: &[&str], said: &mut Said) -> Result<(), Failure> {
        let any = |word: &&&str| !word.eq_ignore_ascii_case("any");
        let tag = filter.first().filter(any).map(|word| tls_tag(word)).transpose()?;
        let kind = filter.get(1).filter(any).map(|word| tls_type(word)).transpose()?;
        let keys = self.keys.keys().map(|tag| (*tag, TlsType::PrivateKeyPsa, sha256(&[&tag.to_le_bytes()])));
        let items = self.items.iter().map(|((tag, kind), content)| (*tag, *kind, sha256(&[content])));
        let mut rows: Vec<_> = items.chain(keys).collect();
        rows.retain(|row| tag.is_none_or(|tag| row.0 == tag) && kind.is_none_or(|kind| row.1 == kind));
        rows.sort_by_key(|row| (row.0, row.1));
        for (tag, kind, digest) in &rows {
            said.print(&format!("{tag},{},{},0", kind.compact(), Base64::encode_string(digest)));
        }
        said.print(&format!("{} credentials found.", rows.len()));
        Ok(())
    }

    fn generate(&mut self, tag: u32, said: &mut Said) -> Result<(), Failure> {
        if self.keys.contains_key(&tag) {
            let text = format!("Key already exists in sec tag {tag}. Use 'delete' to remove it first.");
            return Err((Yellow, text));
        }
        if self.keys.len() >= self.capacity || self.trouble.has_no_room() {
            return Err((Red, "Key generation failed: -5".to_owned()));
        }
        let key = self.entropy.key();
        self.keys.insert(tag, key);
        self.changes += 1;
        said.print(&format!("Generated device key in sec tag {tag}"));
        Ok(())
    }

    /// `[<tag>] [<subject>]`
    fn request(&self, words: &[&str], said: &mut Said) -> Result<(), Failure> {
        let failed = |error: i32| (Red, format!("CSR generation failed: {error}"));
        let tag = words.first().map_or(Ok(NRF_CLOUD_TAG), |word| key_tag(word))?;
        let key = self.keys.get(&tag).ok_or(failed(-5))?;
        let subject = match words.get(1) {
            None => Subject::common_name(self.uuid.to_string()),
            Some(text) => Subject::parse(text).ok_or(failed(-22))?,
        };
        said.print(&format!("CSR: {}", Base64::encode_string(&csr::build_plain(&subject, key))));
        said.print("CSR generation complete");
        Ok(())
    }

    fn public_key(&self, words: &[&str], said: &mut Said) -> Result<(), Failure> {
        let tag = words.first().map_or(Ok(NRF_CLOUD_TAG), |word| key_tag(word))?;
        let key = self.keys.get(&tag).ok_or((Red, "Public key export failed: -5".to_owned()))?;
        // The point is what stands behind the 26 bytes of the algorithm.
        said.print(&format!("PUBKEY: {}", Base64::encode_string(&key.spki_der()[26..])));
        said.print("Public key export complete");
        Ok(())
    }

    /// A key that is not there is deleted all the same.
    fn delete_key(&mut self, words: &[&str], said: &mut Said) -> Result<(), Failure> {
        let tag = words.first().map_or(Ok(NRF_CLOUD_TAG), |word| key_tag(word))?;
        self.keys.remove(&tag);
        self.changes += 1;
        said.print(&format!("Deleted device key in sec tag {tag}"));
        Ok(())
    }
}

impl Said {
    fn print(&mut self, text: &str) {
        self.lines.push((Normal, text.to_owned()));
    }
}

fn no_room() -> Failure {
    let text = "Not enough room in credential buffer for provided data. Increase CONFIG_TLS_CREDENTIALS_SHELL_CRED_BUF_SIZE.";
    (Red, text.to_owned())
}

fn missing(tag: u32, kind: TlsType) -> Failure {
    (Red, format!("There is no TLS credential with sectag {tag} and type {}.", kind.name()))
}

fn tls_tag(word: &str) -> Result<u32, Failure> {
    let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let tag = word.parse().ok().filter(|_| digits);
    tag.ok_or_else(|| (Red, format!("{word} is not a valid sectag.")))
}

fn tls_type(word: &str) -> Result<TlsType, Failure> {
    TlsType::parse(word).ok_or_else(|| (Red, format!("{word} is not a valid credential type.")))
}

/// Whether what is given is base64, and whether a NUL is added.
fn format(word: &str) -> Result<(bool, bool), Failure> {
    match word.to_ascii_lowercase().as_str() {
        "bin" => Ok((true, false)),
        "bint" => Ok((true, true)),
        "str" => Ok((false, false)),
        "strt" => Ok((false, true)),
        _ => Err((Red, format!("{word} is not a valid storage format."))),
    }
}

fn key_tag(word: &str) -> Result<u32, Failure> {
    let tag = word.parse().ok().filter(|tag| *tag <= 0x7fff_ffff);
    tag.ok_or_else(|| (Red, format!("Invalid sec tag: {word}")))
}
