//! Claims: a device belongs to the team that shows its attestation token.

use std::fmt;
use std::str::FromStr;

use reqwest::Method;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::Uuid;
use crate::json::{answer, null_as_default};
use crate::onboarding::AttestationToken;

const PATH: [&str; 1] = ["claimed-devices"];

/// Rows in one upload, at most.
const MOST_ROWS: usize = 1000;

impl Client {
    /// ClaimDeviceOwnership: `POST /claimed-devices`, one device. Gives the device as it is claimed. Never sent
    /// twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn claim_device_ownership(
        &self,
        token: &AttestationToken,
        tags: &[ClaimTag],
    ) -> Result<ClaimedDevice, Error> {
        Call::provisioning(self, "ClaimDeviceOwnership", Method::POST, &PATH)
            .json(&Claim { claim_token: token.expose(), tags })
            .success(&[200, 201])
            .send(self)
            .await?
            .json()
    }

    /// ClaimDeviceOwnership with `dryrun=true`: whether the device could be claimed. Nothing is changed.
    ///
    /// # Errors
    ///
    /// [`Error`], with the service's reason, when it could not.
    pub async fn check_claim(&self, token: &AttestationToken) -> Result<(), Error> {
        Call::provisioning(self, "ClaimDeviceOwnership", Method::POST, &PATH)
            .query([("dryrun", "true")])
            .json(&Claim { claim_token: token.expose(), tags: &[] })
            .success(&[202])
            .repeatable()
            .send(self)
            .await?;
        Ok(())
    }

    /// ClaimDeviceOwnership with a CSV body (see [`claim_csv`]): up to 1000 devices at once. Some may be
    /// claimed and others not. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn claim_devices(&self, csv: impl Into<Vec<u8>>) -> Result<BulkClaim, Error> {
        Call::provisioning(self, "ClaimDeviceOwnership", Method::POST, &PATH)
            .body("text/csv", csv.into())
            .success(&[200, 201])
            .send(self)
            .await?
            .json()
    }

    /// Unclaims a device: `DELETE /claimed-devices/{uuid}`. It is deleted from the team's devices too, and may
    /// be claimed by others.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 when it is not claimed.
    pub async fn unclaim_device(&self, uuid: &Uuid) -> Result<(), Error> {
        Call::provisioning(self, "UnclaimDevice", Method::DELETE, &[PATH[0], uuid.as_str()]).done(self).await
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Claim<'a> {
    claim_token: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [ClaimTag],
}

/// A row of a CSV body: a device to claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRow {
    /// Its attestation token.
    pub token: AttestationToken,
    /// Its tags.
    pub tags: Vec<ClaimTag>,
}

/// More rows than an upload can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{rows} rows are more than one upload can hold, which is 1000")]
#[non_exhaustive]
pub struct TooManyRows {
    /// Number of rows.
    pub rows: usize,
}

/// The CSV body of [`Client::claim_devices`]: a token in each row, and a second column with tags joined by
/// commas where there are any. No header, every field in quotes, as Nordic's tool writes it. The text is
/// secret as long as its devices are not claimed.
///
/// # Errors
///
/// [`TooManyRows`] for more than 1000 rows.
pub fn claim_csv(rows: &[ClaimRow]) -> Result<String, TooManyRows> {
    if rows.len() > MOST_ROWS {
        return Err(TooManyRows { rows: rows.len() });
    }
    let mut csv = String::new();
    for row in rows {
        csv.push('"');
        csv.push_str(row.token.expose());
        if !row.tags.is_empty() {
            csv.push_str("\",\"");
            csv.push_str(&row.tags.iter().map(ClaimTag::as_str).collect::<Vec<_>>().join(","));
        }
        csv.push_str("\"\n");
    }
    Ok(csv)
}

/// Tag of a claimed device, for example `nrf-cloud-onboarding` or `location=Trondheim`. The rule is not
/// published; this one leaves out what would end a tag in a CSV body.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClaimTag(String);

/// A text cannot be the tag of a claimed device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("tag {0:?}: the rule is at least one character, and no comma, quote or control character")]
#[non_exhaustive]
pub struct InvalidClaimTag(pub String);

impl ClaimTag {
    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClaimTag {
    type Err = InvalidClaimTag;

    fn from_str(tag: &str) -> Result<Self, InvalidClaimTag> {
        if tag.is_empty() || tag.contains(|c: char| c.is_control() || matches!(c, ',' | '"')) {
            return Err(InvalidClaimTag(tag.to_owned()));
        }
        Ok(Self(tag.to_owned()))
    }
}

impl fmt::Display for ClaimTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for ClaimTag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

answer! {
    /// A claimed device.
    ClaimedDevice {
        /// UUID of the device.
        id: Uuid,
        /// Its tags.
        #[serde(default, deserialize_with = "null_as_default")]
        tags: Vec<String>,
    }
    may {
        /// Kind of SiP, for example `nrf9160_SICA`.
        device_type: Option<String>,
        /// UUID of the modem firmware.
        firmware_id: Option<String>,
        /// IMEI, where the token told it.
        imei: Option<String>,
        /// UUID of the team.
        owner_id: Option<String>,
        /// Whether the device has shown who it is, for example `IDENTIFIED`.
        ownership_status: Option<String>,
        /// How far its provisioning is, for example `READY`.
        status: Option<String>,
        /// When it was claimed, ISO 8601 UTC.
        claimed_at: Option<String>,
    }
}

answer! {
    /// What became of the rows of a CSV body.
    BulkClaim {}
    may {
        /// UUIDs of the devices that are claimed now.
        claimed_ids: Vec<String>,
        /// What failed. The form is not published.
        failed: Vec<Value>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(tags: &[&str]) -> ClaimRow {
        ClaimRow {
            token: "2dn3.0oRD".parse().unwrap(),
            tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn csv_as_nordics_tool_writes_it() {
        let rows = [row(&[]), row(&["location=Trondheim", "a b"])];
        assert_eq!(claim_csv(&rows).unwrap(), "\"2dn3.0oRD\"\n\"2dn3.0oRD\",\"location=Trondheim,a b\"\n");
        assert!(claim_csv(&vec![row(&[]); 1000]).is_ok());
        assert_eq!(
            claim_csv(&vec![row(&[]); 1001]).unwrap_err().to_string(),
            "1001 rows are more than one upload can hold, which is 1000"
        );
    }

    #[test]
    fn a_tag_cannot_end_its_field() {
        for bad in ["", "a,b", "a\"b", "a\nb"] {
            assert!(bad.parse::<ClaimTag>().is_err(), "{bad:?}");
        }
    }
}
