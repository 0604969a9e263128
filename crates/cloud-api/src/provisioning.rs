//! The Identity and Provisioning service: who owns a device, and what it is given over the air.
//!
//! Its base URL is its own: see
//! [`ClientBuilder::provisioning_url`](crate::client::ClientBuilder::provisioning_url). Credentials of all: an
//! API key of an editor, admin or owner. The service's own description is not public; the operations here are
//! those that Nordic's guides and tools show. Those carry no names there, so they are named after what they do.

mod claim;
mod command;
mod rule;
mod wait;

pub use claim::{BulkClaim, ClaimRow, ClaimTag, ClaimedDevice, InvalidClaimTag, TooManyRows, claim_csv};
pub use command::{
    CommandRequest, CommandStatus, CsrRequest, NewCommand, PemContent, ProvisioningCommand,
    ProvisioningSecTag, SecretPemContent,
};
pub use rule::{
    ListProvisioningRules, ListProvisioningTags, NewProvisioningRule, ProvisioningRule, ProvisioningTag,
};
pub use wait::{Progress, WaitError, wait};
