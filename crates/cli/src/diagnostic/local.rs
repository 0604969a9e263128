//! Files, keys, certificates, tokens, CSV: everything that needs no network and no kit.

use std::fmt::Display;

use jwt_core::SignError;
use pki::ca::{CaError, IssueError};
use pki::csr::CsrError;
use pki::input::{InputError as PkiInputError, Problem as PkiProblem};
use pki::key::KeyError;
use pki::subject::SubjectError;

use super::Diagnostic;
use crate::csv_file::Kind;
use crate::device_id::ReservedPrefix;
use crate::exit_code::ExitCode;
use crate::file::FileError;
use crate::input::{InputError, Source};
use crate::profile::ProfileError;
use crate::secret::SecretError;

impl From<InputError> for Diagnostic {
    fn from(error: InputError) -> Self {
        let help = match &error {
            InputError::Missing { .. } => "check the path, or give `-` for standard input",
            InputError::Directory { .. } => "name a file in it",
            InputError::Read { .. } => "check who may read it",
            InputError::Empty { .. } => "check what was to write it",
            InputError::TooLong { .. } | InputError::NotText { .. } => "check that it is the right file",
            InputError::Twice => "give one of the two as a file",
            InputError::Terminal => "give a file, or pipe the input in",
        };
        Self::new(ExitCode::BadInput, error).help_with(help)
    }
}

impl From<FileError> for Diagnostic {
    fn from(error: FileError) -> Self {
        let help = match &error {
            FileError::Exists { .. } => "give --force to overwrite it, or write to another place",
            FileError::Directory { .. } => "name a file in it",
            FileError::Stream { .. } => "name a file: rows are added to what is there",
            FileError::Dangling { .. } => "mend the link, or name the file itself",
            FileError::Twice { .. } => "give each file a name of its own",
            FileError::ReadOnly { .. } => "make it writable if you mean it: chmod u+w",
            FileError::Read { .. } => "check the path, and who may read it; nothing was written",
            FileError::Write { .. } => "check the path, and who may write there; nothing was written",
            FileError::Owner { .. } => "run it as the owner of the file; nothing was written",
            FileError::Interrupted => {
                return Self::new(ExitCode::Interrupted, error).help_with("run the same command again");
            }
            FileError::Signals(_) => return Self::new(ExitCode::Unexpected, error),
        };
        Self::new(ExitCode::BadInput, error).help_with(help)
    }
}

impl From<SecretError> for Diagnostic {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Missing => Self::new(ExitCode::Config, error).help_with(
                "set NRFCLOUD_API_KEY, or give --api-key-file; the key stands in the portal under Team Details",
            ),
            SecretError::Command(_) => {
                Self::new(ExitCode::Config, error).help_with("run api-key-command of the profile by hand: it is to print the key and nothing else")
            }
            SecretError::File(error) => Self { code: ExitCode::Config, ..error.into() },
            SecretError::NotText { .. } | SecretError::Invalid { .. } => {
                Self::new(ExitCode::Config, error).help_with("copy the API key again from the portal, Team Details")
            }
        }
    }
}

impl From<ProfileError> for Diagnostic {
    fn from(error: ProfileError) -> Self {
        let help = match &error {
            ProfileError::NoFile { .. } | ProfileError::Read { .. } => "give the file: --config FILE",
            ProfileError::Parse { .. } | ProfileError::Rule { .. } => {
                "docs/cli.md tells what stands there; an API key does not: api-key-file names its file, api-key-command a program that prints it"
            }
            ProfileError::Unknown { .. } => "give another --profile, or leave NRFCLOUD_PROFILE out",
        };
        Self::new(ExitCode::Config, error).help_with(help)
    }
}

/// A file that is not the key, certificate or message that is needed.
pub(crate) fn unusable(source: &Source, error: &PkiInputError) -> Diagnostic {
    let message = format!("{source}: {error}");
    let help = match error {
        PkiInputError::Wanted { .. } | PkiInputError::Several { .. } => {
            format!("`nrfcloud cert show {source}` says what is in it")
        }
        PkiInputError::PassphraseNeeded { .. } => {
            format!("write it without a passphrase first: openssl pkcs8 -in {source} -out plain.key.pem")
        }
        PkiInputError::At { problem, .. } if is_wrong_passphrase(problem) => {
            "the first line of --passphrase-file is the passphrase, with all its spaces".to_owned()
        }
        PkiInputError::At { problem, .. } if is_other_key(problem) => {
            "make one that fits: nrfcloud key create --out key.pem".to_owned()
        }
        _ => "check that it is the right file and that it is whole".to_owned(),
    };
    Diagnostic::new(ExitCode::BadInput, message).help_with(help)
}

/// An encrypted key for a verb that takes its passphrase.
pub(crate) fn passphrase_needed(source: &Source, error: &PkiInputError) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{source}: {error}"))
        .help_with("give the file with its passphrase: --passphrase-file FILE")
}

fn is_wrong_passphrase(problem: &PkiProblem) -> bool {
    matches!(problem, PkiProblem::Key(KeyError::Passphrase))
}

fn is_other_key(problem: &PkiProblem) -> bool {
    match problem {
        PkiProblem::Key(error) | PkiProblem::Csr(CsrError::Key(error)) => {
            matches!(error, KeyError::Unusable(_))
        }
        _ => false,
    }
}

/// A key inside a certificate that cannot be used.
pub(crate) fn unusable_key(source: &Source, error: &KeyError) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{source}: {error}"))
        .help_with("make one that fits: nrfcloud key create --out key.pem")
}

impl From<KeyError> for Diagnostic {
    /// Of a key that is being made: the machine's fault.
    fn from(error: KeyError) -> Self {
        Self::new(ExitCode::Unexpected, error)
    }
}

impl From<SubjectError> for Diagnostic {
    fn from(error: SubjectError) -> Self {
        Self::new(ExitCode::BadInput, error).help_with("a subject looks like /C=NO/O=Example/OU=Devices")
    }
}

impl From<CaError> for Diagnostic {
    fn from(error: CaError) -> Self {
        let help = match &error {
            CaError::EmptySubject => "give --subject '/C=NO/O=Example', --ou or --cn",
            CaError::Validity { .. } => "give another number of --days, from 1 on",
            CaError::KeyMismatch => "give the key that was made with this certificate",
            CaError::PathLength { .. } => {
                "give a smaller --path-length; below an authority of path length 0 there is none, only devices"
            }
            CaError::Outlives { .. } => "give fewer --days",
            CaError::Subject(_) => "give another --subject, --ou or --cn",
            CaError::Certificate(_) | CaError::Key(_) | CaError::Name => {
                "`nrfcloud cert show` says what is in it; `nrfcloud ca create` makes an authority that fits"
            }
            _ => return Self::new(ExitCode::Unexpected, error),
        };
        Self::new(ExitCode::BadInput, error).help_with(help)
    }
}

impl From<IssueError> for Diagnostic {
    fn from(error: IssueError) -> Self {
        let help = match &error {
            IssueError::Ca(_) => {
                let IssueError::Ca(error) = error else { return Self::new(ExitCode::Unexpected, error) };
                return error.into();
            }
            IssueError::DeviceId(_) | IssueError::NoCommonName => {
                "give a --device-id that keeps to the rule; a UUID does"
            }
            IssueError::CommonName => "leave CN out of --subject",
            IssueError::Subject(_) => "give --subject in its place",
            IssueError::Csr(_) | IssueError::Keygen(_) => {
                "nothing is signed without proof; let the device make the request again"
            }
            _ => return Self::new(ExitCode::Unexpected, error),
        };
        Self::new(ExitCode::BadInput, error).help_with(help)
    }
}

impl From<ReservedPrefix> for Diagnostic {
    fn from(error: ReservedPrefix) -> Self {
        Self::new(ExitCode::BadInput, error)
            .help_with("use a UUID, or another prefix; --allow-nrf-prefix takes it all the same")
    }
}

impl From<SignError> for Diagnostic {
    fn from(error: SignError) -> Self {
        let help = match &error {
            SignError::RegisteredClaim(_) => "give it by its own option",
            SignError::Payload(_) => "give one JSON object, in single quotes for the shell",
            SignError::TooLong { .. } => "put less into the claims",
            SignError::Header(_) => "give each --header once; `crit` and `b64` are not to be had",
            SignError::HeaderTooLong { .. } => "put less into --header",
            SignError::Time => "give an earlier time",
            _ => return Self::new(ExitCode::Unexpected, error),
        };
        Self::new(ExitCode::BadInput, error).help_with(help)
    }
}

/// A text that is no token, not even of another kind.
pub(crate) fn no_token(error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("not a token: {error}"))
        .help_with("copy the token again, whole; one in a file is given by standard input: nrfcloud jwt inspect - < FILE")
}

/// A token that is not to be trusted, with every reason.
pub(crate) fn token_not_verified(reasons: &[impl Display]) -> Diagnostic {
    Diagnostic::new(ExitCode::NotVerified, "the token is not verified")
        .because(reasons)
        .help_with("`nrfcloud jwt inspect` shows what the token says")
}

/// A token with something wrong. The findings have been given.
pub(crate) fn token_explained(code: ExitCode, count: usize) -> Diagnostic {
    let things = if count == 1 { "1 thing is".to_owned() } else { format!("{count} things are") };
    Diagnostic::new(code, format!("{things} wrong with this token"))
        .help_with("mend them from the top: each says what is next")
}

/// Something is wrong with host, kit or cloud. The findings have been given.
pub(crate) fn not_healthy(code: ExitCode, count: usize) -> Diagnostic {
    let things = if count == 1 { "1 thing is".to_owned() } else { format!("{count} things are") };
    Diagnostic::new(code, format!("{things} wrong"))
        .help_with("mend them from the top: what stands below may follow from what stands above")
}

/// A file with a row for each device that cannot be used. `form` is what a row looks like.
pub(crate) fn bad_list(source: &Source, problems: &[impl Display], form: &str) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{source} is not as it should be; nothing was sent"))
        .because(problems)
        .help_with(format!("mend these lines; a row is {form}"))
}

/// A file that is no JSON.
pub(crate) fn bad_json(source: &Source, error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{source}: {error}"))
        .help_with("check that it is the right file and that it is whole")
}

/// A JSON value that is no object.
pub(crate) fn no_object(name: &str) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{name} is no JSON object"))
        .help_with("give an object, as {\"name\":\"value\"}, in single quotes for the shell")
}

/// A JSON value that is no message.
pub(crate) fn no_message() -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, "--data is neither an object nor an array of objects")
        .help_with("give an object, or --app-id to make it the data of a message of that application")
}

/// Something that cannot be undone, and nobody said that it is meant. `what` would be done.
pub(crate) fn not_confirmed(what: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::Usage, format!("not confirmed, and so not done: {what}"))
        .help_with("--yes does it without a question")
}

/// A certificate that is not to be trusted.
pub(crate) fn certificate_not_verified(source: &Source, reasons: &[impl Display]) -> Diagnostic {
    Diagnostic::new(ExitCode::NotVerified, format!("the certificate is not verified: {source}"))
        .because(reasons)
        .help_with("`nrfcloud cert show` shows subject, issuer and dates of both")
}

/// A certificate of another key than the one that signs.
pub(crate) fn certificate_of_another_key(source: &Source) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{source} is not the certificate of the key that signs"))
        .help_with("give the certificate that was issued for --key")
}

/// A claim that has an option of its own, or a value that does not fit.
pub(crate) fn bad_claim(message: impl Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, message)
        .help_with("iss, sub, aud, exp and iat have options of their own: nrfcloud jwt sign --help")
}

/// The device ID that was given is not the one that is asked for.
pub(crate) fn other_device_id(given: &str, found: &str) -> Diagnostic {
    Diagnostic::new(
        ExitCode::BadInput,
        format!("the request names the device {found}, --device-id says {given}"),
    )
    .help_with("leave --device-id out, or let the device make the request with the right CN")
}

/// A device that is in the CSV already.
pub(crate) fn device_in_csv(path: &dyn Display, device_id: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("device {device_id} is already in {path}"))
        .help_with("take another device ID, or another --csv file")
}

/// A list of device IDs that cannot all be taken.
pub(crate) fn bad_ids(source: &Source, problems: &[impl Display]) -> Diagnostic {
    const MOST: usize = 20;
    let more = problems.len().saturating_sub(MOST);
    let mut diagnostic =
        Diagnostic::new(ExitCode::BadInput, format!("{source} is not as it should be; nothing was written"))
            .because(problems.iter().take(MOST));
    if more > 0 {
        diagnostic = diagnostic.because([format!("{more} more like these")]);
    }
    diagnostic.help_with("mend these lines; each line is one device ID, and each of them new")
}

/// A CSV that breaks rules. Its findings have been given.
pub(crate) fn bad_csv(name: &dyn Display, count: usize, kind: Kind) -> Diagnostic {
    let problems = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
    Diagnostic::new(ExitCode::BadInput, format!("{problems} in {name}")).help_with(match kind {
        Kind::Onboard => {
            "mend the lines that are named; `nrfcloud cert issue --csv` writes rows that keep to the rules"
        }
        Kind::PublicKeys => {
            "mend the lines that are named; a row is the device ID, a comma, and in double quotes what `nrfcloud key public` prints"
        }
        Kind::Certificates => {
            "mend the lines that are named; a row is the device ID, a comma, and in double quotes the certificate that `nrfcloud cert issue` writes"
        }
    })
}

/// A CSV of which rows could not be repaired. They have been given.
pub(crate) fn not_repaired(name: &dyn Display, rows: usize, left: usize) -> Diagnostic {
    let count = |count: usize| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
    let (code, message) = match left {
        0 => (ExitCode::BadInput, format!("no row of {name} could be repaired; nothing was written")),
        left => (ExitCode::Partly, format!("{} of {name} left out, {} kept", count(rows), count(left))),
    };
    Diagnostic::new(code, message).help_with("mend the lines that are named, and run it again")
}

/// A CSV without a key that could be compared. Its findings have been given.
pub(crate) fn no_key_in_csv(name: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("no usable key in {name}"))
        .help_with("`nrfcloud device check` lists all that is wrong with it")
}

/// A file on its way to the cloud that holds a private key. Nothing of it is told.
pub(crate) fn secret_in_csv(name: &dyn Display, line: usize) -> Diagnostic {
    Diagnostic::new(
        ExitCode::BadInput,
        format!(
            "{name} holds a private key, at line {line}; it is a secret of the device, and nothing was done with it"
        ),
    )
    .help_with("put the certificate or the public key in its place: nrfcloud key public FILE")
}

/// A CSV that is not sent because it breaks rules.
pub(crate) fn csv_not_sent(name: &dyn Display, findings: &[impl Display]) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{name} breaks the rules of nRF Cloud; nothing was sent"))
        .because(findings)
        .help_with("mend these lines, or give --no-check to let nRF Cloud judge")
}

/// A CSV that cannot take a further row.
pub(crate) fn csv_not_extended(path: &dyn Display, problem: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("no row was added to {path}: {problem}"))
        .help_with("mend it, or take another --csv file; `nrfcloud device check` lists all that is wrong")
}

/// `-` for a file that cannot be standard output.
pub(crate) fn not_stdout(option: &str) -> Diagnostic {
    Diagnostic::usage(format_args!("{option} is a file of its own, not standard output"), "give a file name")
}

/// Assistance data that cannot be read.
pub(crate) fn bad_assistance_data(source: &Source, error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{source}: {error}"))
        .help_with("fetch it again as a whole, without --range: nrfcloud agnss fetch -o FILE")
}

/// A file that is no whole file of predictions.
pub(crate) fn bad_predictions(source: &Source, error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{source}: {error}"))
        .help_with("fetch it again: nrfcloud pgps fetch -o FILE")
}

/// A value of an option that a library refuses.
pub(crate) fn bad_value(error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, error).help_with("--help tells what the option takes")
}
