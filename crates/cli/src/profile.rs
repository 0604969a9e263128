//! Profiles: what options and variables would say, under a name, in `config.toml`.
//!
//! One is chosen when the program starts, and holds for the whole run, as its environment does: an option comes before a variable,
//! and a variable before the profile.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use etcetera::BaseStrategy;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::env;

static CHOSEN: OnceLock<Profile> = OnceLock::new();

/// A profile. Nothing in it is secret: it says where the API key is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Profile {
    #[serde(skip)]
    name: Option<String>,
    /// Address of the REST API.
    pub(crate) api_url: Option<String>,
    /// Address of the provisioning service.
    pub(crate) provisioning_url: Option<String>,
    /// File with the API key.
    pub(crate) api_key_file: Option<PathBuf>,
    /// Program, with its arguments, that prints the API key: that of a keyring or of a vault.
    pub(crate) api_key_command: Option<Vec<String>>,
    /// PEM certificates to trust beside the system's.
    pub(crate) ca_bundle: Option<PathBuf>,
    /// Organization, by its slug.
    pub(crate) org: Option<String>,
    /// Project of that organization, by its slug.
    pub(crate) project: Option<String>,
    /// Port of the kit.
    pub(crate) port: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Config {
    default_profile: Option<String>,
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

/// The profile that was chosen; one that says nothing if none was.
pub(crate) fn chosen() -> &'static Profile {
    CHOSEN.get_or_init(Profile::default)
}

/// Chooses the profile for this run: by its name, or by the variable, or the default of the file.
pub(crate) fn choose(file: Option<&Path>, name: Option<&str>) -> Result<(), ProfileError> {
    let variable = std::env::var(env::PROFILE).ok().filter(|name| !name.is_empty());
    let name = name.map(str::to_owned).or(variable);
    let (path, is_asked_for) = match file {
        Some(path) => (Some(path.to_owned()), true),
        None => (default_file(), name.is_some()),
    };
    let Some(path) = path else {
        return name.map_or(Ok(()), |name| Err(ProfileError::NoFile { name }));
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_asked_for => return Ok(()),
        Err(error) => return Err(ProfileError::Read { path, error }),
    };
    if let Some(profile) = read(&text, &path, name.as_deref())? {
        // Chosen once, before any verb runs.
        let _ = CHOSEN.set(profile);
    }
    Ok(())
}

/// `nrfcloud/config.toml` where this system keeps such files.
fn default_file() -> Option<PathBuf> {
    let places = etcetera::choose_base_strategy().ok()?;
    Some(places.config_dir().join("nrfcloud").join("config.toml"))
}

fn read(text: &str, path: &Path, name: Option<&str>) -> Result<Option<Profile>, ProfileError> {
    let Config { default_profile, mut profile } = toml::from_str(text).map_err(|error| {
        // The words alone: what stands in the file may be a key that does not belong there.
        let offset = error.span().map_or(0, |span| span.start);
        let line = 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        ProfileError::Parse { path: path.to_owned(), line, message: error.message().to_owned() }
    })?;
    let Some(name) = name.map(str::to_owned).or(default_profile) else { return Ok(None) };
    let Some(mut chosen) = profile.remove(&name) else {
        let known = profile.into_keys().collect();
        return Err(ProfileError::Unknown { path: path.to_owned(), name, known });
    };
    let refused = |rule| ProfileError::Rule { path: path.to_owned(), name: name.clone(), rule };
    match &chosen.api_key_command {
        Some(_) if chosen.api_key_file.is_some() => {
            return Err(refused("has both api-key-file and api-key-command"));
        }
        Some(words) if words.is_empty() => return Err(refused("has an api-key-command without a program")),
        _ => {}
    }
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    for place in [&mut chosen.api_key_file, &mut chosen.ca_bundle].into_iter().flatten() {
        *place = directory.join(&*place);
    }
    chosen.name = Some(name);
    Ok(Some(chosen))
}

impl Profile {
    /// Its name, if one was chosen.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What the program of the profile prints.
    pub(crate) fn ask_for_api_key(words: &[String]) -> Result<Zeroizing<String>, CommandError> {
        let program = words.first().cloned().unwrap_or_default();
        let failed = |error| CommandError::Start { program: program.clone(), error };
        let output = Command::new(&program)
            .args(words.iter().skip(1))
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(failed)?;
        let bytes = Zeroizing::new(output.stdout);
        if !output.status.success() {
            return Err(CommandError::Failed { program, status: output.status.to_string() });
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) if !text.trim().is_empty() => Ok(Zeroizing::new(text.trim().to_owned())),
            _ => Err(CommandError::Nothing { program }),
        }
    }
}

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    /// This system has no place for the file.
    #[error("profile {name:?}: there is no configuration file")]
    NoFile {
        /// The profile.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file is no configuration.
    #[error("{}, line {line}: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// No such profile.
    #[error("{} has no profile {name:?}; it has {}", path.display(), if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The profile.
        name: String,
        /// Those that are there.
        known: Vec<String>,
    },
    /// Settings that do not go together.
    #[error("{}: the profile {name:?} {rule}", path.display())]
    Rule {
        /// The file.
        path: PathBuf,
        /// The profile.
        name: String,
        /// What is wrong with it.
        rule: &'static str,
    },
}

/// Why the program of a profile gave no API key. What it printed is not told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// It does not run.
    #[error("cannot run `{program}` for the API key: {error}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        error: io::Error,
    },
    /// It says no.
    #[error("`{program}` gave no API key: {status}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: String,
    },
    /// It printed nothing, or no text.
    #[error("`{program}` printed no API key")]
    Nothing {
        /// The program.
        program: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, name: Option<&str>) -> Result<Option<Profile>, String> {
        super::read(text, Path::new("/etc/x/config.toml"), name).map_err(|error| error.to_string())
    }

    #[test]
    fn the_name_comes_before_the_default_and_paths_are_beside_the_file() {
        let text = "default-profile = \"a\"\n[profile.a]\nport = \"auto\"\n[profile.b]\napi-key-file = \"b.key\"\nca-bundle = \"/ca.pem\"\n";
        assert_eq!(read(text, None).unwrap().unwrap().port.as_deref(), Some("auto"));
        let chosen = read(text, Some("b")).unwrap().unwrap();
        assert_eq!(chosen.name(), Some("b"));
        assert_eq!(chosen.api_key_file.as_deref(), Some(Path::new("/etc/x/b.key")));
        assert_eq!(chosen.ca_bundle.as_deref(), Some(Path::new("/ca.pem")));
        assert!(read("[profile.a]\n", None).unwrap().is_none());
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line_and_without_what_stands_there() {
        assert_eq!(
            read("[profile.a]\napi-key = \"s3cret\"\n", Some("a")).unwrap_err(),
            "/etc/x/config.toml, line 2: unknown field `api-key`, expected one of `api-url`, `provisioning-url`, `api-key-file`, `api-key-command`, `ca-bundle`, `org`, `project`, `port`"
        );
        let broken = read("[profile.a]\napi-key-file = s3cret\n", Some("a")).unwrap_err();
        assert!(broken.starts_with("/etc/x/config.toml, line 2: ") && !broken.contains("s3cret"), "{broken}");
        for (text, message) in [
            ("[profile.a]\n", "/etc/x/config.toml has no profile \"c\"; it has a"),
            ("", "/etc/x/config.toml has no profile \"c\"; it has none"),
            (
                "[profile.c]\napi-key-file = \"x\"\napi-key-command = [\"y\"]\n",
                "/etc/x/config.toml: the profile \"c\" has both api-key-file and api-key-command",
            ),
            (
                "[profile.c]\napi-key-command = []\n",
                "/etc/x/config.toml: the profile \"c\" has an api-key-command without a program",
            ),
        ] {
            assert_eq!(read(text, Some("c")).unwrap_err(), message);
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_program_gives_the_key_or_says_no() {
        let ask = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            Profile::ask_for_api_key(&words).map(|key| key.to_string()).map_err(|error| error.to_string())
        };
        assert_eq!(ask(&["printf", " key\n"]), Ok("key".to_owned()));
        assert_eq!(ask(&["printf", "\n"]), Err("`printf` printed no API key".to_owned()));
        assert_eq!(ask(&["false"]), Err("`false` gave no API key: exit status: 1".to_owned()));
        assert!(
            ask(&["/does/not/exist"])
                .unwrap_err()
                .starts_with("cannot run `/does/not/exist` for the API key: ")
        );
    }
}
