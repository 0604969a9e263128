//! Every operation of nRF Cloud's API reference: its method, address, headers and body, and the name by which
//! its errors call it.

mod devices;
mod fota;
mod location;
mod provisioning;
mod team;

use std::pin::Pin;

use cloud_api::{Client, Error};

use crate::server::{KEY, Server, json};

/// A call, and what must be seen of it.
pub(crate) struct Operation {
    name: &'static str,
    line: &'static str,
    content_type: Option<&'static str>,
    body: String,
    answer: Vec<u8>,
    call: Box<dyn Fn(Client) -> Call>,
}

type Call = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

/// `name, "METHOD target", [content type and body,] answer, |client| call`. The call may stand in braces, as
/// rustfmt puts it there; what it borrows lives until the answer is there.
macro_rules! operation {
    ($name:literal, $line:literal, $answer:expr, |$client:ident| $($call:tt)+) => {
        crate::operations::operation!(@ $name, $line, None, String::new(), $answer, $client, $($call)+)
    };
    ($name:literal, $line:literal, $type:literal $body:expr, $answer:expr, |$client:ident| $($call:tt)+) => {
        crate::operations::operation!(@ $name, $line, Some($type), $body.to_string(), $answer, $client, $($call)+)
    };
    (@ $name:literal, $line:literal, $type:expr, $body:expr, $answer:expr, $client:ident, { $call:expr }) => {
        crate::operations::operation!(@ $name, $line, $type, $body, $answer, $client, $call)
    };
    (@ $name:literal, $line:literal, $type:expr, $body:expr, $answer:expr, $client:ident, $call:expr) => {
        crate::operations::Operation {
            name: $name,
            line: $line,
            content_type: $type,
            body: $body,
            answer: $answer,
            call: Box::new(|$client: cloud_api::Client| Box::pin(async move { $call.await.map(drop) })),
        }
    };
}

pub(crate) use operation;

fn all() -> Vec<Operation> {
    let mut all = team::operations();
    all.extend(devices::operations());
    all.extend(fota::operations());
    all.extend(location::operations());
    all.extend(provisioning::operations());
    all
}

#[tokio::test]
async fn each_asks_as_the_api_reference_says() {
    for operation in all() {
        let server = Server::always(operation.answer.clone()).await;
        if let Err(error) = (operation.call)(server.client()).await {
            panic!("{}: {error}", operation.line);
        }
        let request = server.request();
        assert_eq!(format!("{} {}", request.method, request.target), operation.line);
        assert_eq!(request.header("content-type"), operation.content_type, "{}", operation.line);
        assert_eq!(String::from_utf8_lossy(&request.body), operation.body, "{}", operation.line);
        let open = matches!(operation.name, "GetSystemStatus" | "FetchOpenApiSpec");
        let key = format!("Bearer {KEY}");
        assert_eq!(request.header("authorization"), (!open).then_some(key.as_str()), "{}", operation.line);
    }
}

#[tokio::test]
async fn each_calls_itself_by_its_name_when_it_is_refused() {
    for operation in all() {
        let server = Server::always(json(422, r#"{"code":42200,"message":"No."}"#)).await;
        let error = (operation.call)(server.client()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{} was refused with status 422, nRF Cloud code 42200 (validation failed): No.",
                operation.name
            )
        );
        assert_eq!(server.requests().len(), 1, "{}", operation.name);
    }
}

/// Operations of the API reference that have tests of their own, by what they upload or fetch.
const TESTED_ELSEWHERE: [&str; 5] = [
    "OnboardDevices",
    "RegisterPublicKeys",
    "RegisterCertificates",
    "GetAssistanceData",
    "GetAssistanceDataSize",
];

/// The API reference of 2025-05-24 without deprecated operations and those for Bluetooth LE devices.
const API_REFERENCE: &str = "FetchAccountInfo FetchApiUsageSummary GenerateServiceEvaluationToken \
    GenerateServiceKeyAndToken GetServiceEvaluationToken GetServiceToken ListApiUsage ListInvoices ListTags \
    ArchiveDeviceAlert ListDeviceAlerts RestoreDeviceAlert DeleteDevice DeleteDeviceImage FetchDevice \
    ListDeviceTags ListDevices UpdateDeviceImage UpdateDeviceName UpdateDeviceTags CreateAnchor DeleteAnchor \
    FetchAnchor ListAnchors UpdateAnchor FetchBinaryLogsUrl FetchBulkOpsRequest ListBulkOpsRequests \
    GetLocationFromCells ContributeLocationData DeleteContribution GetContributions \
    FetchCurrentPendingFOTAJobExecution FetchFOTAJobExecution ListFOTAJobExecutionStatuses \
    ListFOTAJobExecutionsForDevice UpdateFOTAJobExecutionStatus ApplyFOTAJob CancelFOTAJob CreateFOTAJob \
    DeleteFOTAJob FetchFOTAJob ListFOTAJobs DeleteFirmware ListFirmware UploadFirmware GetAssistanceData \
    GetAssistanceDataSize GetPredictionData RecordGnssCoordinates GetAddressDataFromCoordinates \
    GetLocationFromCellsOrWifiNetworks AssociateDevice OnboardDevice OnboardDevices RegisterCertificates \
    RegisterPublicKeys UpdateDeviceState DeleteLocationHistory GetLocationHistory ListMessages \
    SendDeviceMessage CreateTeamDevice DeleteTeamDevice GetTeamDeviceCertificate RotateTeamDeviceCertificate \
    FetchOpenApiSpec GetSystemStatus GetLocationFromWifiNetworks";

#[test]
fn none_of_the_api_reference_is_left_out() {
    let tested: Vec<&str> = all().iter().map(|operation| operation.name).chain(TESTED_ELSEWHERE).collect();
    let missing: Vec<&str> = API_REFERENCE.split_whitespace().filter(|name| !tested.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Whatever this client can send, the simulated service understands: no operation, parameter or body is foreign to it. Most
/// find nothing, for nothing is there; and some of the samples are refused for what they are, not for their form.
#[tokio::test]
async fn each_is_understood_by_the_simulated_service() {
    const SAMPLES: [(&str, &str); 11] = [
        ("ListDevices", "pageNextToken is not one that was given out."),
        ("ListDeviceTags", "transform $count(items) is not simulated"),
        ("UpdateDeviceImage", "The image is neither JPEG nor PNG."),
        ("OnboardDevice", "The public key cannot be used: not valid DER"),
        ("UploadFirmware", "the body is no zip archive that can be read"),
        ("RecordGnssCoordinates", "The NMEA sentence is refused: it is neither GGA nor RMC."),
        ("GetPredictionData", "startGpsDay must be"),
        ("ContributeLocationData", "A contribution has cell, wifi or both."),
        ("ClaimDeviceOwnership", "The claim token is not valid: the protected header"),
        ("ListApiUsage", "pageNextToken is not one that was given out."),
        ("ListMessages", "pageNextToken is not one that was given out."),
    ];
    let sim = cloud_sim::CloudSim::builder().start().await.unwrap();
    let client = Client::builder()
        .base_url(sim.url().parse().unwrap())
        .credentials(cloud_api::ApiKey::new(sim.api_key()).unwrap())
        .build()
        .unwrap();
    let token = client.generate_service_evaluation_token().await.unwrap().token;
    let token = cloud_api::Token::new(token.expose()).unwrap();
    let device = client.with_credentials(cloud_api::Credentials::Jwt(token));
    for operation in all() {
        let path = operation.line.split(' ').nth(1).unwrap();
        let is_of_device = path.starts_with("/v1/location/");
        let is_of_team = path.contains("/anchors") || path.contains("/history");
        let client = if is_of_device && !is_of_team { &device } else { &client };
        let Err(error) = (operation.call)(client.clone()).await else { continue };
        let message = error.to_string();
        let is_absence = error.status() == Some(404) && !message.contains("Resource");
        let is_sample =
            SAMPLES.iter().any(|(name, reason)| *name == operation.name && message.contains(reason));
        assert!(is_absence || is_sample, "{}: {message}", operation.line);
    }
}
