//! Anchors: access points of which the team itself knows the place.

use std::str::FromStr;

use reqwest::Method;
use serde::Serialize;

use super::{MacAddress, Place};
use crate::client::{Call, Client};
use crate::error::Error;
use crate::json::answer;
use crate::page::{Page, PageLimit, present, sealed};
use crate::parameter::InvalidParameter;

impl Client {
    /// CreateAnchor: `POST /location/anchors`. Credentials: an API key. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn create_anchor(&self, anchor: &NewAnchor) -> Result<(), Error> {
        Call::new(self, "CreateAnchor", Method::POST, &["location", "anchors"]).json(anchor).done(self).await
    }

    /// ListAnchors: `GET /location/anchors`, one page (10 entries unless told). Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_anchors(&self, query: &ListAnchors) -> Result<Page<Anchor>, Error> {
        self.page(query).await
    }

    /// FetchAnchor: `GET /location/anchors/{macAddress}`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 for an unknown address.
    pub async fn fetch_anchor(&self, mac_address: &MacAddress) -> Result<Anchor, Error> {
        let path = ["location", "anchors", mac_address.as_str()];
        Call::new(self, "FetchAnchor", Method::GET, &path).send(self).await?.json()
    }

    /// UpdateAnchor: `PATCH /location/anchors/{macAddress}`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn update_anchor(&self, mac_address: &MacAddress, change: &AnchorChange) -> Result<(), Error> {
        let path = ["location", "anchors", mac_address.as_str()];
        Call::new(self, "UpdateAnchor", Method::PATCH, &path).json(change).done(self).await
    }

    /// DeleteAnchor: `DELETE /location/anchors/{macAddress}`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn delete_anchor(&self, mac_address: &MacAddress) -> Result<(), Error> {
        let path = ["location", "anchors", mac_address.as_str()];
        Call::new(self, "DeleteAnchor", Method::DELETE, &path).done(self).await
    }
}

/// An anchor to make.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewAnchor {
    mac_address: MacAddress,
    #[serde(flatten)]
    place: AnchorChange,
}

impl NewAnchor {
    /// The access point with this address stands at this place.
    #[must_use]
    pub fn new(mac_address: MacAddress, place: Place) -> Self {
        Self { mac_address, place: AnchorChange::default().moved(place) }
    }

    /// Adds a name.
    #[must_use]
    pub fn named(mut self, name: AnchorName) -> Self {
        self.place = self.place.named(name);
        self
    }
}

/// What to change of an anchor.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct AnchorChange {
    #[serde(flatten)]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<AnchorName>,
}

impl AnchorChange {
    /// Moves it to this place.
    #[must_use]
    pub fn moved(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Gives it a name.
    #[must_use]
    pub fn named(self, name: AnchorName) -> Self {
        Self { name: Some(name), ..self }
    }
}

/// Name of an anchor, at most 32 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AnchorName(String);

impl FromStr for AnchorName {
    type Err = InvalidParameter;

    fn from_str(name: &str) -> Result<Self, InvalidParameter> {
        InvalidParameter::check_length("name", "characters", name.chars().count(), 0, 32)?;
        Ok(Self(name.to_owned()))
    }
}

answer! {
    /// An access point of which the team itself knows the place.
    Anchor {
        /// Its address.
        mac_address: MacAddress,
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
    }
    may {
        /// Its name.
        name: Option<String>,
        /// When it was made, ISO 8601 UTC.
        created_at: Option<String>,
        /// When it was changed, ISO 8601 UTC.
        updated_at: Option<String>,
    }
}

/// Query of ListAnchors. The default asks for the first page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListAnchors {
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl sealed::Query for ListAnchors {
    type Item = Anchor;
    const OPERATION: &'static str = "ListAnchors";

    fn path(&self) -> Vec<&str> {
        vec!["location", "anchors"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_and_the_limit_of_names() {
        assert!("x".repeat(32).parse::<AnchorName>().is_ok());
        assert_eq!(
            "x".repeat(33).parse::<AnchorName>().unwrap_err().to_string(),
            "name \"33 characters\" is not 0 to 32 characters"
        );
        let place = Place::new(45.5, -122.5).unwrap();
        let anchor =
            NewAnchor::new("FE:1E:41:2D:9E:53".parse().unwrap(), place).named("Dock 1".parse().unwrap());
        assert_eq!(
            serde_json::to_string(&anchor).unwrap(),
            r#"{"macAddress":"FE:1E:41:2D:9E:53","lat":45.5,"lon":-122.5,"name":"Dock 1"}"#
        );
        let change = AnchorChange::default().named("Dock 2".parse().unwrap());
        assert_eq!(serde_json::to_string(&change).unwrap(), r#"{"name":"Dock 2"}"#);
    }
}
