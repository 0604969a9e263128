//! The nouns. Each verb has a file of its own: `commands/<noun>/<verb>.rs`.

mod account;
mod agnss;
mod bulk;
mod ca;
mod cert;
mod claim;
mod completions;
mod device;
mod doctor;
mod fota;
mod jwt;
mod key;
mod ledger;
mod location;
mod man;
mod message;
mod modem;
mod pgps;
mod provision;
#[cfg(feature = "sim")]
mod sim;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Noun {
    /// Certificate authority: make one
    #[command(subcommand)]
    Ca(ca::Verb),
    /// Certificates: issue, show, verify
    #[command(subcommand)]
    Cert(cert::Verb),
    /// P-256 keys: make one, get the public half
    #[command(subcommand)]
    Key(key::Verb),
    /// JSON Web Tokens: sign, inspect, verify, explain
    #[command(subcommand)]
    Jwt(jwt::Verb),
    /// Devices on nRF Cloud: onboard, register keys, check a CSV, list, show, delete, rename, tag, state
    #[command(subcommand)]
    Device(device::Verb),
    /// Bulk operations: list, show, wait, retry
    #[command(subcommand)]
    Bulk(bulk::Verb),
    /// Messages of devices, and to them: send, list
    #[command(subcommand)]
    Message(message::Verb),
    /// The team behind the API key: who it is, what it may use and has used
    #[command(subcommand)]
    Account(account::Verb),
    /// Ownership of devices by their attestation tokens, and commands for them: gather, check, upload, command, watch
    #[command(subcommand)]
    Claim(claim::Verb),
    /// A-GNSS assistance data: fetch, decode
    #[command(subcommand)]
    Agnss(agnss::Verb),
    /// P-GPS predictions: fetch, decode
    #[command(subcommand)]
    Pgps(pgps::Verb),
    /// Where devices are and were: fix, history
    #[command(subcommand)]
    Location(location::Verb),
    /// Firmware updates over the air: jobs, bundles, and what became of each device
    #[command(subcommand)]
    Fota(fota::Verb),
    /// One kit over its serial port
    #[command(subcommand)]
    Modem(modem::Verb),
    /// The whole board: key, certificate, proof, row, onboarding; killed anywhere, it goes on
    Provision(Box<provision::Provision>),
    /// What this machine has done: boards, uploads and certificates, as they were written down
    #[command(subcommand)]
    Ledger(ledger::Verb),
    /// Say what is wrong with this host, the kit and nRF Cloud, and what to do
    Doctor(doctor::Doctor),
    /// Simulated cloud and kit, to learn and to test
    #[cfg(feature = "sim")]
    #[command(subcommand)]
    Sim(sim::Verb),
    /// Script that completes commands in a shell
    Completions(completions::Completions),
    /// Manual pages
    Man(man::Man),
}

impl Noun {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Ca(verb) => verb.run(context),
            Self::Cert(verb) => verb.run(context),
            Self::Key(verb) => verb.run(context),
            Self::Jwt(verb) => verb.run(context),
            Self::Device(verb) => verb.run(context),
            Self::Bulk(verb) => verb.run(context),
            Self::Message(verb) => verb.run(context),
            Self::Account(verb) => verb.run(context),
            Self::Claim(verb) => verb.run(context),
            Self::Agnss(verb) => verb.run(context),
            Self::Pgps(verb) => verb.run(context),
            Self::Location(verb) => verb.run(context),
            Self::Fota(verb) => verb.run(context),
            Self::Modem(verb) => verb.run(context),
            Self::Ledger(verb) => verb.run(context),
            Self::Doctor(verb) => verb.run(context),
            Self::Provision(verb) => verb.run(context),
            #[cfg(feature = "sim")]
            Self::Sim(verb) => verb.run(context),
            Self::Completions(verb) => verb.run(context),
            Self::Man(verb) => verb.run(context),
        }
    }
}
