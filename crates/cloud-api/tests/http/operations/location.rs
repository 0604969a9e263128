//! Location services, history and anchors.

use cloud_api::assistance::Mnc;
use cloud_api::location::{
    AccessPoint, AccessPoints, AnchorChange, CellRequest, Contribution, ContributionRequest, FixOptions,
    GetContributions, GetLocationHistory, GnssPosition, GroundFixRequest, ListAnchors, LteCell, NewAnchor,
    Place,
};
use cloud_api::page::{PageLimit, PageSort};
use cloud_api::prediction::PredictionRequest;

use super::{Operation, operation};
use crate::server::{json, reply};

const ID: &str = "bc631093-7f7c-4c1b-aa63-a68c759bcd5c";
const EMPTY: &str = r#"{"items":[]}"#;
const FIX: &str = r#"{"lat":63.4,"lon":10.4,"uncertainty":440,"fulfilledWith":"MCELL"}"#;
const ANCHOR: &str = r#"{"macAddress":"FE:1E:41:2D:9E:53","lat":45.5,"lon":-122.7}"#;

fn cells() -> CellRequest {
    LteCell::new(242, Mnc::try_from(2).unwrap(), 2305, 33_703_712).unwrap().into()
}

fn access_points() -> AccessPoints {
    ["40:01:7a:c9:10:22", "80-e0-1d-2a-92-f2"]
        .map(|address| AccessPoint::new(address.parse().unwrap()))
        .to_vec()
        .try_into()
        .unwrap()
}

fn place() -> Place {
    Place::new(45.5, -122.7).unwrap()
}

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        operation!(
            "GetLocationFromCellsOrWifiNetworks",
            "POST /v1/location/ground-fix",
            "application/json" r#"{"lte":[{"mcc":242,"mnc":2,"eci":33703712,"tac":2305}],"wifi":[{"macAddress":"40:01:7a:c9:10:22"},{"macAddress":"80:e0:1d:2a:92:f2"}]}"#,
            json(200, FIX),
            |client| client.get_location_from_cells_or_wifi_networks(
                &GroundFixRequest { cells: cells(), wifi: Some(access_points()) },
                &FixOptions::default()
            )
        ),
        operation!(
            "GetLocationFromCells",
            "POST /v1/location/cell?doReply=true&fallback=false&hiConf=true&cont=false&alt=true&dist=50",
            "application/json" r#"{"lte":[{"mcc":242,"mnc":2,"eci":33703712,"tac":2305}]}"#,
            json(200, FIX),
            |client| client.get_location_from_cells(&cells(), &FixOptions {
                do_reply: Some(true),
                fallback: Some(false),
                hi_conf: Some(true),
                cont: Some(false),
                alt: Some(true),
                dist: Some(50.0),
                device_id: None,
            })
        ),
        operation!(
            "GetLocationFromWifiNetworks",
            "POST /v1/location/wifi",
            "application/json" r#"{"accessPoints":[{"macAddress":"40:01:7a:c9:10:22"},{"macAddress":"80:e0:1d:2a:92:f2"}]}"#,
            json(200, FIX),
            |client| client.get_location_from_wifi_networks(&access_points(), &FixOptions::default())
        ),
        operation!(
            "RecordGnssCoordinates",
            "POST /v1/location/gnss",
            "application/json" "\"$GPGLL,6326.27336,N,01028.08721,E,141856.00,A,A*63\"",
            reply(202, &[], ""),
            |client| client.record_gnss_coordinates(&GnssPosition::Nmea(
                "$GPGLL,6326.27336,N,01028.08721,E,141856.00,A,A*63".to_owned()
            ))
        ),
        operation!(
            "GetAddressDataFromCoordinates",
            "GET /v1/location/geo?lat=45.5&lon=-122.7",
            json(
                200,
                r#"{"lat":45.5,"lon":-122.7,"uncertainty":9,"address":{"country":"US","state":"Oregon"}}"#
            ),
            |client| client.get_address_data_from_coordinates(place())
        ),
        operation!(
            "GetPredictionData",
            "GET /v1/location/pgnss?predictionCount=42&predictionIntervalMinutes=240&startGpsDay=16980\
             &startGpsTimeOfDaySeconds=28800",
            json(200, r#"{"host":"pgps.nrfcloud.com","path":"public/x.bin"}"#),
            |client| client.get_prediction_data(
                &PredictionRequest::default()
                    .count(42)
                    .unwrap()
                    .interval_minutes(240)
                    .unwrap()
                    .start(16980, Some(28800))
                    .unwrap()
            )
        ),
        operation!(
            "ContributeLocationData",
            "POST /v1/location/contribute",
            "application/json" r#"{"contributions":[{}],"position":{"lat":45.5,"lon":-122.7,"uncertainty":5}}"#,
            json(200, r#"{"id":"bc631093-7f7c-4c1b-aa63-a68c759bcd5c"}"#),
            |client| client.contribute_location_data(&ContributionRequest::new(
                place(),
                5,
                vec![Contribution::default()]
            ))
        ),
        operation!(
            "GetContributions",
            "GET /v1/location/contribute?pageSort=asc",
            json(200, EMPTY),
            |client| client.get_contributions(&GetContributions {
                page_sort: Some(PageSort::Ascending),
                ..GetContributions::default()
            })
        ),
        operation!(
            "DeleteContribution",
            "DELETE /v1/location/contribute/bc631093-7f7c-4c1b-aa63-a68c759bcd5c",
            reply(202, &[], ""),
            |client| client.delete_contribution(&ID.parse().unwrap())
        ),
        operation!(
            "GetLocationHistory",
            "GET /v1/location/history?deviceId=nrf-1&latest=true&inclusiveStart=2026-01-01T00%3A00%3A00.000Z\
             &pageLimit=100",
            json(200, EMPTY),
            |client| client.get_location_history(&GetLocationHistory {
                device_id: Some("nrf-1".parse().unwrap()),
                latest: true,
                inclusive_start: Some("2026-01-01T00:00:00.000Z".to_owned()),
                page_limit: Some(PageLimit::MAX),
                ..GetLocationHistory::default()
            })
        ),
        operation!(
            "DeleteLocationHistory",
            "DELETE /v1/location/history/nrf-1/bc631093-7f7c-4c1b-aa63-a68c759bcd5c",
            reply(202, &[], ""),
            |client| client.delete_location_history(&"nrf-1".parse().unwrap(), &ID.parse().unwrap())
        ),
        operation!(
            "CreateAnchor",
            "POST /v1/location/anchors",
            "application/json" r#"{"macAddress":"FE:1E:41:2D:9E:53","lat":45.5,"lon":-122.7}"#,
            reply(202, &[], ""),
            |client| client.create_anchor(&NewAnchor::new("FE-1E-41-2D-9E-53".parse().unwrap(), place()))
        ),
        operation!("ListAnchors", "GET /v1/location/anchors", json(200, EMPTY), |client| client
            .list_anchors(&ListAnchors::default())),
        operation!(
            "FetchAnchor",
            "GET /v1/location/anchors/FE:1E:41:2D:9E:53",
            json(200, ANCHOR),
            |client| client.fetch_anchor(&"FE-1E-41-2D-9E-53".parse().unwrap())
        ),
        operation!(
            "UpdateAnchor",
            "PATCH /v1/location/anchors/FE:1E:41:2D:9E:53",
            "application/json" r#"{"name":"Dock 2"}"#,
            reply(202, &[], ""),
            |client| client.update_anchor(
                &"FE:1E:41:2D:9E:53".parse().unwrap(),
                &AnchorChange::default().named("Dock 2".parse().unwrap())
            )
        ),
        operation!(
            "DeleteAnchor",
            "DELETE /v1/location/anchors/FE:1E:41:2D:9E:53",
            reply(202, &[], ""),
            |client| client.delete_anchor(&"FE:1E:41:2D:9E:53".parse().unwrap())
        ),
    ]
}
