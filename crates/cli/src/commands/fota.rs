//! The verbs of `nrfcloud fota`.

mod apply;
mod bundles;
mod cancel;
mod create;
mod delete;
mod list;
mod one_job;
mod remove_bundle;
mod show;
mod status;
mod upload;
mod wait;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// List the jobs, the newest first
    List(list::List),
    /// Show a job, and how far it is on each device
    Show(show::Show),
    /// Make a job: send a bundle to devices
    Create(create::Create),
    /// Begin a job that was made with --no-apply
    Apply(apply::Apply),
    /// Cancel a job on all devices where it has not ended
    Cancel(cancel::Cancel),
    /// Delete a job that has ended or not begun
    Delete(delete::Delete),
    /// Wait until a job has ended on every device
    Wait(wait::Wait),
    /// List the jobs of one device, the newest first
    Status(status::Status),
    /// Upload a bundle: a zip archive with manifest.json and the images that it names
    Upload(upload::Upload),
    /// List the bundles that can be sent
    Bundles(bundles::Bundles),
    /// Delete a bundle
    RemoveBundle(remove_bundle::RemoveBundle),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::List(verb) => verb.run(context),
            Self::Show(verb) => verb.run(context),
            Self::Create(verb) => verb.run(context),
            Self::Apply(verb) => verb.run(context),
            Self::Cancel(verb) => verb.run(context),
            Self::Delete(verb) => verb.run(context),
            Self::Wait(verb) => verb.run(context),
            Self::Status(verb) => verb.run(context),
            Self::Upload(verb) => verb.run(context),
            Self::Bundles(verb) => verb.run(context),
            Self::RemoveBundle(verb) => verb.run(context),
        }
    }
}
