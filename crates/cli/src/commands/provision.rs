//! `nrfcloud provision`: the whole board, step by step, each step in the ledger before and after.
//!
//! Which steps there are and which one comes next is data, in [`step`]. [`modem`] and [`cloud`] take them, and [`board`] writes down what
//! they do. Killed anywhere and started again, it goes on where it was.

mod board;
mod cloud;
mod identity;
mod modem;
mod record;
mod root_ca;
mod step;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};
use cloud_api::{BulkOpId, Client, DeviceId, FirmwareType, SubType, Tag};
use ledger::{Entry, Outcome, RunId, Subject};
use modem_at::{Dialect, SecTag};
use pki::ca::CertificateAuthority;
use pki::certificate::Certificate;
use pki::subject::Subject as CertificateSubject;
use serde::{Deserialize, Serialize};

use crate::clock::{self, Seconds};
use crate::cloud::{ApiOptions, block_on};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::interrupt;
use crate::journal::issued::IssuedCertificate;
use crate::journal::{Journal, JournalOptions};
use crate::key_material;
use crate::passphrase::PassphraseOptions;
use crate::serial::{Kit, PortOptions};
use crate::text::Hex;

use board::Board;
use identity::{Candidates, IdChoice};
use record::Fact;
use step::{State, Step, Wants};

/// The kind of the runs in the ledger.
pub(in crate::commands) const KIND: &str = "provision";

/// The certificate that an entry of such a run says was signed.
pub(in crate::commands) fn issued(entry: &Entry) -> Result<Option<IssuedCertificate>, Diagnostic> {
    let Some(pem) = board::signed(entry)? else { return Ok(None) };
    let certificate = Certificate::from_pem(&pem).map_err(diagnostic::unexpected)?;
    Ok(Some(IssuedCertificate::from(&certificate)))
}

/// How long a board is held without a sign of life, beside what its upload may take.
const LEASE: Duration = Duration::from_secs(600);

#[derive(Args, Debug)]
pub(crate) struct Provision {
    /// Certificate of the authority
    #[arg(long, value_name = "FILE")]
    ca: Source,
    /// Private key of the authority
    #[arg(long, value_name = "FILE")]
    ca_key: Source,
    #[command(flatten)]
    passphrase: PassphraseOptions,
    /// Device ID: uuid, imei, or a name of your own; the firmware must use the same
    #[arg(long, value_name = "ID", default_value = "uuid")]
    id: IdChoice,
    /// What stands before the IMEI or the UUID [default: nrf- before an IMEI]
    #[arg(long, value_name = "PREFIX")]
    id_prefix: Option<String>,
    /// Take a device ID that begins with nrf- without an IMEI behind it
    #[arg(long)]
    allow_nrf_prefix: bool,
    /// Security tag for key and certificate
    #[arg(long, value_name = "TAG", default_value_t = SecTag::NRF_CLOUD)]
    sec_tag: SecTag,
    /// What to do where the security tag holds a key or a certificate
    #[arg(long, value_enum, value_name = "POLICY", default_value_t = IfExists::Fail)]
    if_exists: IfExists,
    /// Root CA certificates of the servers, written to the same security tag; may be given again
    #[arg(long, value_name = "FILE")]
    root_ca: Vec<Source>,
    /// For a firmware that speaks CoAP: refuse a --root-ca without nRF Cloud's CoAP CA
    #[arg(long)]
    coap: bool,
    /// Subject beside the CN, as '/C=NO/O=Example'
    #[arg(long)]
    subject: Option<CertificateSubject>,
    /// Days of validity; never longer than the authority
    #[arg(long, default_value_t = 3650)]
    days: u32,
    /// Onboarding CSV to which a row is added
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Onboard the device, and wait for the result
    #[arg(long)]
    onboard: bool,
    /// How long to wait for the result
    #[arg(long, value_name = "TIME", default_value = "2m", requires = "onboard")]
    timeout: Seconds,
    /// Device type
    #[arg(long)]
    sub_type: Option<SubType>,
    /// Tags, as a|b
    #[arg(long, value_delimiter = '|')]
    tags: Vec<Tag>,
    /// Firmware types, as APP|MODEM
    #[arg(long, value_delimiter = '|')]
    fw_types: Vec<FirmwareType>,
    /// Give up an unfinished run of this board and begin anew
    #[arg(long)]
    start_over: bool,
    /// Look at the board and at all files, say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    port: PortOptions,
    #[command(flatten)]
    journal: JournalOptions,
    #[command(flatten)]
    api: ApiOptions,
}

/// What becomes of a key or a certificate that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum IfExists {
    /// Nothing: the board is refused
    Fail,
    /// It stays, if it is whole: a key with its certificate, of this authority and for this device
    Keep,
    /// It is deleted, and new ones take its place
    Replace,
}

/// What a certificate is for. An unfinished run goes on only for the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Plan {
    device_id: DeviceId,
    sec_tag: u32,
    /// SHA-256 of the authority's certificate.
    authority: String,
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { device_id, sec_tag, authority } = self;
        let authority = authority.get(..16).unwrap_or(authority);
        write!(f, "{device_id} in sec_tag {sec_tag} by the authority {authority}…")
    }
}

/// What a board needs that is the same for all boards of a batch.
struct Shop {
    authority: CertificateAuthority,
    /// In PEM.
    root_ca: Option<String>,
    client: Option<Client>,
}

/// Who the board is.
#[derive(Serialize)]
struct Identity {
    #[serde(skip)]
    device_id: DeviceId,
    candidates: Candidates,
    #[serde(skip)]
    records: [Fact; 2],
    #[serde(skip)]
    uuid: String,
}

#[derive(Serialize)]
struct Provisioned {
    device_id: DeviceId,
    #[serde(flatten)]
    identity: Identity,
    sec_tag: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    csv: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bulk_ops_request_id: Option<BulkOpId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    /// An earlier process had begun it.
    resumed: bool,
    /// All was done before, and only proved now.
    already_done: bool,
    /// What was done now, or with `--dry-run` would be.
    steps: Vec<Step>,
    dry_run: bool,
}

impl Provision {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        if self.csv.as_deref() == Some(Path::new("-")) {
            return Err(diagnostic::not_stdout("--csv"));
        }
        block_on(self.provision(context))?
    }

    async fn provision(&self, context: &Context) -> Result<(), Diagnostic> {
        // Everything that can be wrong without a board is found before one is touched.
        let shop = self.shop(context)?;
        let journal = if self.dry_run { None } else { Some(self.journal.open(context).await?) };
        let _held = interrupt::hold().map_err(diagnostic::unexpected)?;
        let mut kit = self.port.open_uncancelled(context)?;
        let identity = self.identity(&mut kit)?;
        context.out.note(&identity.candidates);
        let plan = Plan {
            device_id: identity.device_id.clone(),
            sec_tag: self.sec_tag.number(),
            authority: Hex(&shop.authority.certificate().sha256()).to_string(),
        };
        let Some(journal) = journal else { return self.rehearse(context, &shop, kit, identity).await };
        let subject = Subject::new(KIND, &identity.uuid).map_err(diagnostic::unexpected)?;
        if let Some(done) = self.done_before(&journal, &subject, &plan).await? {
            let mut board = Board::new(context, self, &shop, &identity.device_id, &mut kit, None, done);
            if board.is_still_done().await {
                let state = board.into_state();
                kit.close()?;
                return self.give(context, identity, state, None, true, true, Vec::new());
            }
        }
        let (run, records) = self.take_up(&journal, &subject, &plan, &identity).await?;
        let resumed = !run.is_new();
        if resumed {
            context.out.note(format_args!("going on with run {}", run.id()));
        }
        let id = run.id();
        let mut board =
            Board::new(context, self, &shop, &identity.device_id, &mut kit, Some(&run), State::left(records));
        let driven = board.drive().await;
        let steps = board.steps();
        let state = board.into_state();
        let closed = kit.close();
        if let Err(error) = driven {
            // What changed nothing is no reason to go on with. Should the ledger fail as well, the lease ends by itself.
            let left = match state.has_changed {
                true => run.release().await,
                false => run.finish(SystemTime::now(), Outcome::Abandoned).await,
            };
            if let Err(error) = left {
                context.out.warn(error);
            }
            return Err(error);
        }
        closed?;
        self.give(context, identity, state, Some(id), resumed, false, steps)?;
        // Last, so that one who is killed before it has the result once more.
        Ok(run.finish(SystemTime::now(), Outcome::Done).await?)
    }

    fn shop(&self, context: &Context) -> Result<Shop, Diagnostic> {
        let certificate = key_material::certificate(context, &self.ca)?;
        let key = key_material::private_key_with(context, &self.ca_key, &self.passphrase)?;
        let authority = CertificateAuthority::load(certificate, key, context.now)?;
        let root_ca = root_ca::gather(context, &self.root_ca, self.coap)?;
        let client = if self.onboard { Some(self.api.client(context)?) } else { None };
        Ok(Shop { authority, root_ca, client })
    }

    fn identity(&self, kit: &mut Kit) -> Result<Identity, Diagnostic> {
        if kit.dialect() == Dialect::CredentialShell {
            return Err(diagnostic::no_modem(&kit.dialect()));
        }
        let probe = Fact::Probe { model: kit.model()?, firmware: kit.firmware_version()? };
        let (uuid, imei) = (kit.device_uuid()?, kit.imei()?);
        let candidates = Candidates::new(&self.id, self.id_prefix.as_deref(), uuid, imei)?;
        let device_id = candidates.device_id(self.allow_nrf_prefix)?;
        let identity = Fact::Identity {
            device_uuid: uuid.to_string(),
            imei: imei.to_string(),
            device_id: device_id.clone(),
        };
        Ok(Identity { device_id, candidates, records: [probe, identity], uuid: uuid.to_string() })
    }

    fn wants(&self) -> Wants {
        Wants { row: self.csv.is_some(), onboard: self.onboard }
    }

    /// The state of the last run of this board, if that is done and was for the same; new keys are another matter.
    async fn done_before(
        &self,
        journal: &Journal,
        subject: &Subject,
        plan: &Plan,
    ) -> Result<Option<State>, Diagnostic> {
        if self.start_over || self.if_exists == IfExists::Replace {
            return Ok(None);
        }
        let Some(last) = journal.ledger().last(subject).await? else { return Ok(None) };
        if !matches!(last.ended, Some((_, Outcome::Done))) {
            return Ok(None);
        }
        let (found, records) = board::read(&journal.ledger().entries(last.id).await?)?;
        Ok((found.as_ref() == Some(plan)).then(|| State::left(records)))
    }

    /// The open run of this board with what stands in it, or a new one with what is known by now.
    async fn take_up<'j>(
        &self,
        journal: &'j Journal,
        subject: &Subject,
        plan: &Plan,
        identity: &Identity,
    ) -> Result<(ledger::Run<'j>, Vec<record::Record>), Diagnostic> {
        let lease = LEASE + self.timeout.duration();
        let mut run = journal.claim(subject, lease).await?;
        let (mut found, mut records) = board::read(&run.entries().await?)?;
        let mut mode = None;
        if self.start_over && found.is_some() {
            // What the run that is given up has taken offline is put back by the new one.
            mode = State::left(records).mode.map(|functional_mode| Fact::Mode { functional_mode });
            run.finish(SystemTime::now(), Outcome::Abandoned).await?;
            run = journal.claim(subject, lease).await?;
            (found, records) = (None, Vec::new());
        }
        match found {
            Some(found) if found == *plan => {}
            Some(found) => {
                let refusal = diagnostic::other_run(&found, plan);
                run.release().await?;
                return Err(refusal);
            }
            None => {
                let [probe, who] = identity.records.clone();
                let facts: Vec<Fact> = [probe, who].into_iter().chain(mode).collect();
                records = board::begin(&run, plan, &facts).await?;
            }
        }
        Ok((run, records))
    }

    /// Looks, and says what would be done.
    async fn rehearse(
        &self,
        context: &Context,
        shop: &Shop,
        mut kit: Kit,
        identity: Identity,
    ) -> Result<(), Diagnostic> {
        let mut board =
            Board::new(context, self, shop, &identity.device_id, &mut kit, None, State::default());
        let looked = board.look().await;
        let state = board.into_state();
        kit.close()?;
        looked?;
        let steps = state.ahead(self.wants());
        for step in &steps {
            context.out.note(format_args!("would {}", modem::in_words(*step, self.sec_tag)));
        }
        self.give(context, identity, state, None, false, false, steps)
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one document")]
    fn give(
        &self,
        context: &Context,
        identity: Identity,
        state: State,
        run: Option<RunId>,
        resumed: bool,
        already_done: bool,
        steps: Vec<Step>,
    ) -> Result<(), Diagnostic> {
        let certificate = state.certificate().map(Certificate::from_pem).transpose();
        let certificate = certificate.map_err(diagnostic::unexpected)?;
        let provisioned = Provisioned {
            device_id: identity.device_id.clone(),
            identity,
            sec_tag: self.sec_tag.number(),
            key_id: state.proved.clone(),
            certificate_sha256: certificate
                .as_ref()
                .map(|certificate| Hex(&certificate.sha256()).to_string()),
            not_after: certificate.as_ref().map(|certificate| clock::rfc3339(certificate.not_after())),
            csv: self.csv.clone(),
            bulk_ops_request_id: state.uploaded,
            run: run.map(|run| run.to_string()),
            resumed,
            already_done,
            steps,
            dry_run: self.dry_run,
        };
        if already_done {
            context.out.note("all was done before; the board was proved once more, and nothing was changed");
        }
        context.out.result("nrfcloud.provision", &provisioned, |provisioned| {
            if provisioned.dry_run { String::new() } else { format!("{}\n", provisioned.device_id) }
        });
        Ok(())
    }
}
