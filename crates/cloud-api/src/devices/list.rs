//! Lists of devices and of their tags.

use serde_json::Value;

use super::{Device, DeviceType};
use crate::client::Client;
use crate::error::Error;
use crate::firmware_type::FirmwareType;
use crate::identifier::{DeviceId, SubType, Tag};
use crate::page::{Page, PageLimit, PageSort, joined, sealed};

impl Client {
    /// ListDevices: `GET /devices`, one page. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_devices(&self, query: &ListDevices) -> Result<Page<Device>, Error> {
        self.page(query).await
    }

    /// ListDevices with `transform`: the service gives what a JSONata expression makes of each device.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_devices_transformed(
        &self,
        query: &Transformed<ListDevices>,
    ) -> Result<Page<Value>, Error> {
        self.page(query).await
    }

    /// ListDeviceTags: `GET /devices/tags`, one page of the tags (device groups) in use. Credentials: an API
    /// key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_device_tags(&self, query: &ListDeviceTags) -> Result<Page<String>, Error> {
        self.page(query).await
    }

    /// ListDeviceTags with `transform`: the service gives what a JSONata expression makes of the tags.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_device_tags_transformed(
        &self,
        query: &Transformed<ListDeviceTags>,
    ) -> Result<Page<Value>, Error> {
        self.page(query).await
    }
}

/// Query of ListDevices. The default asks for the first page of all devices without their state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListDevices {
    /// Give the device shadow too.
    pub include_state: bool,
    /// Give the times of change of the shadow too.
    pub include_state_meta: bool,
    /// Order. Not documented here, but Nordic's tool sends it.
    pub page_sort: Option<PageSort>,
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
    /// Only these devices.
    pub device_ids: Vec<DeviceId>,
    /// Only devices with these identifiers.
    pub device_identifiers: Vec<String>,
    /// Only devices with these tags.
    pub tags: Vec<Tag>,
    /// Only devices that can be updated with these.
    pub firmware_support: Vec<FirmwareType>,
    /// Only devices that cannot be updated with these.
    pub firmware_support_exclude: Vec<FirmwareType>,
    /// Only devices of these kinds.
    pub device_types: Vec<DeviceType>,
    /// Only devices with these sub-types.
    pub sub_types: Vec<SubType>,
    /// Only devices whose name is like this.
    pub name_like: Option<String>,
}

impl ListDevices {
    /// The same query, of which the service gives what this JSONata expression makes of each device.
    #[must_use]
    pub fn transformed(self, jsonata: impl Into<String>) -> Transformed<Self> {
        Transformed { query: self, jsonata: jsonata.into() }
    }
}

impl sealed::Query for ListDevices {
    type Item = Device;
    const OPERATION: &'static str = "ListDevices";

    fn path(&self) -> Vec<&str> {
        vec!["devices"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if self.include_state {
            pairs.push(("includeState", "true".to_owned()));
        }
        if self.include_state_meta {
            pairs.push(("includeStateMeta", "true".to_owned()));
        }
        pairs.extend(self.page_sort.as_ref().map(|sort| ("pageSort", sort.to_string())));
        pairs.extend(self.page_limit.map(|limit| ("pageLimit", limit.to_string())));
        pairs.extend(self.page_next_token.clone().map(|token| ("pageNextToken", token)));
        pairs.extend(joined(&self.device_ids).map(|ids| ("deviceIds", ids)));
        // Values that may hold a comma are repeated; the service takes both forms.
        pairs.extend(self.device_identifiers.iter().map(|text| ("deviceIdentifiers", text.clone())));
        pairs.extend(joined(&self.tags).map(|tags| ("tags", tags)));
        pairs.extend(self.firmware_support.iter().map(|kind| ("firmwareSupport", kind.to_string())));
        pairs.extend(
            self.firmware_support_exclude.iter().map(|kind| ("firmwareSupportExclude", kind.to_string())),
        );
        pairs.extend(self.device_types.iter().map(|kind| ("deviceTypes", kind.to_string())));
        pairs.extend(self.sub_types.iter().map(|kind| ("subTypes", kind.to_string())));
        pairs.extend(self.name_like.clone().map(|name| ("deviceNameFuzzy", name)));
        pairs
    }
}

/// Query of ListDeviceTags. The page limit must be given to the service; the default is 100.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListDeviceTags {
    /// Entries per page.
    pub page_limit: PageLimit,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl ListDeviceTags {
    /// The same query, of which the service gives what this JSONata expression makes of the tags.
    #[must_use]
    pub fn transformed(self, jsonata: impl Into<String>) -> Transformed<Self> {
        Transformed { query: self, jsonata: jsonata.into() }
    }
}

impl Default for ListDeviceTags {
    fn default() -> Self {
        Self { page_limit: PageLimit::MAX, page_next_token: None }
    }
}

impl sealed::Query for ListDeviceTags {
    type Item = String;
    const OPERATION: &'static str = "ListDeviceTags";

    fn path(&self) -> Vec<&str> {
        vec!["devices", "tags"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("pageLimit", self.page_limit.to_string())];
        pairs.extend(self.page_next_token.clone().map(|token| ("pageNextToken", token)));
        pairs
    }
}

/// A query whose answers the service transforms before it sends them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transformed<Q> {
    /// What is asked for.
    pub query: Q,
    /// The JSONata expression.
    pub jsonata: String,
}

impl<Q: sealed::Query> sealed::Query for Transformed<Q> {
    type Item = Value;
    const OPERATION: &'static str = Q::OPERATION;

    fn path(&self) -> Vec<&str> {
        self.query.path()
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.query.pairs();
        pairs.push(("transform", self.jsonata.clone()));
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::sealed::Query as _;

    #[test]
    fn the_query_lists_only_what_was_asked_for() {
        assert!(ListDevices::default().pairs().is_empty());
        let query = ListDevices {
            include_state: true,
            page_limit: Some(PageLimit::try_from(10).unwrap()),
            page_next_token: Some("a/b+c%2F".to_owned()),
            device_ids: vec!["a".parse().unwrap(), "b".parse().unwrap()],
            tags: vec!["t".parse().unwrap()],
            sub_types: vec!["x,y".parse().unwrap(), "z".parse().unwrap()],
            ..ListDevices::default()
        };
        assert_eq!(
            query.transformed("state.desired").pairs(),
            [
                ("includeState", "true".to_owned()),
                ("pageLimit", "10".to_owned()),
                ("pageNextToken", "a/b+c%2F".to_owned()),
                ("deviceIds", "a,b".to_owned()),
                ("tags", "t".to_owned()),
                ("subTypes", "x,y".to_owned()),
                ("subTypes", "z".to_owned()),
                ("transform", "state.desired".to_owned()),
            ]
        );
    }
}
