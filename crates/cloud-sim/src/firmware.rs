//! ListFirmware, UploadFirmware and DeleteFirmware (facts 7.4).

mod manifest;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::manifest::Package;
use crate::{
    api_error::ApiError,
    auth::Member,
    body::{self, Body},
    clock::iso8601,
    cloud::{Cloud, lock},
    files,
    query::{self, Page, Params},
    random,
    team::Tenant,
};

/// How they are called in the state file.
pub(crate) const KIND: &str = "firmware";

/// The published limit of the text form, which holds three octets in four characters.
const LIMIT: usize = 1_333_333;

/// The bundles of a team, by their IDs.
#[derive(Default)]
pub(crate) struct Bundles(pub(crate) Vec<Bundle>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bundle {
    pub(crate) id: String,
    pub(crate) version: String,
    /// The firmware type, such as `APP`.
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    modified_at: SystemTime,
    pub(crate) files: Vec<Image>,
}

/// One image of a bundle.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Image {
    pub(crate) name: String,
    #[serde(with = "body::base64_text")]
    pub(crate) content: Vec<u8>,
}

impl Bundle {
    pub(crate) fn size(&self) -> usize {
        self.files.iter().map(|file| file.content.len()).sum()
    }

    /// Where each of its files is on the host, without a slash before it.
    pub(crate) fn paths(&self, team: &Tenant) -> Vec<String> {
        self.files.iter().map(|file| format!("{}/{}/{}", self.owner(team), self.id, file.name)).collect()
    }

    /// Modem firmware is Nordic's, all else the team's.
    fn owner<'a>(&self, team: &'a Tenant) -> &'a str {
        if self.is_of_modem() { NORDIC } else { team.id() }
    }

    fn is_of_modem(&self) -> bool {
        matches!(self.kind.as_str(), "MODEM" | "MDM_FULL")
    }

    fn document(&self) -> Value {
        let filenames: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        let mut document = json!({
            "bundleId": self.id,
            "version": self.version,
            "type": self.kind,
            "filenames": filenames,
            "size": self.size(),
            "lastModified": iso8601(self.modified_at),
        });
        for (name, text) in [("name", &self.name), ("description", &self.description)] {
            if let Some(text) = text {
                document[name] = text.as_str().into();
            }
        }
        document
    }
}

/// Where modem firmware stands in URLs, in the place of a tenant ID.
const NORDIC: &str = "nordic";

/// Modem firmware that every team finds: versions that exist, content that does not.
pub(crate) fn of_modem() -> Vec<Bundle> {
    let known = [
        ("MODEM", "3471f88e", "mfw_nrf9160_1.3.6", "delta from 1.3.5"),
        ("MODEM", "5c1d2a77", "mfw_nrf91x1_2.0.2", "delta from 2.0.1"),
        ("MDM_FULL", "bdd24c80", "mfw_nrf9160_full_1.3.6", "whole image"),
        ("MDM_FULL", "e1a09b42", "mfw_nrf91x1_full_2.0.2", "whole image"),
    ];
    let bundles = known.map(|(kind, digits, version, what)| Bundle {
        id: format!("{kind}*{digits}*{version}"),
        version: version.into(),
        kind: kind.into(),
        name: Some(version.into()),
        description: Some(format!("Simulated modem firmware, {what}: its bytes update nothing")),
        modified_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_735_689_600),
        files: vec![Image { name: format!("{version}.bin"), content: version.as_bytes().repeat(64) }],
    });
    bundles.into()
}

/// A bundle of the team or of Nordic.
pub(crate) fn find(team: &Tenant, id: &str) -> Option<Bundle> {
    let own = lock(&team.bundles).0.iter().find(|bundle| bundle.id == id).cloned();
    own.or_else(|| of_modem().into_iter().find(|bundle| bundle.id == id))
}

/// The bytes behind `/<owner>/<bundle ID>/<file>`.
pub(crate) fn file(cloud: &Cloud, owner: &str, bundle_id: &str, name: &str) -> Option<Vec<u8>> {
    let bundle = if owner == NORDIC {
        of_modem().into_iter().find(|bundle| bundle.id == bundle_id)?
    } else {
        lock(&cloud.team(owner)?.bundles).0.iter().find(|bundle| bundle.id == bundle_id).cloned()?
    };
    bundle.files.into_iter().find(|file| file.name == name).map(|file| file.content)
}

/// By their IDs.
pub(crate) async fn list(member: Member, uri: Uri) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let modem_only = params.flag("modemOnly")?;
    params.finish()?;
    let mut bundles = of_modem();
    if !modem_only {
        bundles.extend(lock(&member.team.bundles).0.iter().cloned());
    }
    bundles.sort_by(|one, other| one.id.cmp(&other.id));
    let (items, next) = page.cut(bundles.iter(), false, |bundle| query::by_id(&bundle.id));
    Ok(Json(page.body(items.into_iter().map(Bundle::document).collect(), next)))
}

/// A zip with its manifest; 202 with where its files can be had.
pub(crate) async fn upload(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let zip = body::binary(&headers, &body, LIMIT)?;
    let package = Package::read(&zip).map_err(|error| ApiError::validation(format!("{error}.")))?;
    let digits = random::hex_digits::<4>()?;
    let bundle = Bundle {
        id: format!("{}*{digits}*{}", package.kind, package.version),
        version: package.version,
        kind: package.kind.into(),
        name: package.name,
        description: package.description,
        modified_at: cloud.clock.now(),
        files: package.files,
    };
    let origin = files::origin(&cloud, &headers);
    let uris: Vec<String> =
        bundle.paths(&member.team).iter().map(|path| format!("{origin}/{path}")).collect();
    let mut bundles = lock(&member.team.bundles);
    cloud.store.put(KIND, &member.team.key(&bundle.id), &bundle);
    bundles.0.push(bundle);
    Ok((StatusCode::ACCEPTED, Json(json!({ "uris": uris }))))
}

/// One of the team's own.
pub(crate) async fn delete(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let mut bundles = lock(&member.team.bundles);
    let place = bundles.0.iter().position(|bundle| bundle.id == id);
    let place = place.ok_or_else(|| ApiError::entity_not_found("Firmware", &id))?;
    bundles.0.remove(place);
    cloud.store.remove(KIND, &member.team.key(&id));
    Ok(StatusCode::ACCEPTED)
}
