//! The provisioning service. Its address is that of the API where that is not nRF Cloud's own.

use cloud_api::provisioning::{
    ClaimRow, CommandRequest, NewCommand, NewProvisioningRule, ProvisioningSecTag, claim_csv,
};

use super::{Operation, operation};
use crate::server::{json, reply};

const DEVICE: &str = "7b21b4bc-1cc9-41df-b05c-61b4605e5bb0";
const COMMAND: &str = "6100e43d-e06f-4017-9a5c-11550b8cc347";
const CLAIMED: &str = r#"{"id":"7b21b4bc-1cc9-41df-b05c-61b4605e5bb0"}"#;
const MADE: &str = r#"{"id":"6100e43d-e06f-4017-9a5c-11550b8cc347","status":"PENDING"}"#;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        operation!(
            "ClaimDeviceOwnership",
            "POST /v1/claimed-devices",
            "application/json" r#"{"claimToken":"2dn3.0oRD","tags":["nrf-cloud-onboarding"]}"#,
            json(201, CLAIMED),
            |client| client.claim_device_ownership(
                &"2dn3.0oRD".parse().unwrap(),
                &["nrf-cloud-onboarding".parse().unwrap()]
            )
        ),
        operation!(
            "ClaimDeviceOwnership",
            "POST /v1/claimed-devices?dryrun=true",
            "application/json" r#"{"claimToken":"2dn3.0oRD"}"#,
            reply(202, &[], ""),
            |client| client.check_claim(&"2dn3.0oRD".parse().unwrap())
        ),
        operation!(
            "ClaimDeviceOwnership",
            "POST /v1/claimed-devices",
            "text/csv" "\"2dn3.0oRD\",\"a,b\"\n",
            json(201, r#"{"claimedIds":["7b21b4bc-1cc9-41df-b05c-61b4605e5bb0"],"failed":[]}"#),
            |client| client.claim_devices(
                claim_csv(&[ClaimRow {
                    token: "2dn3.0oRD".parse().unwrap(),
                    tags: vec!["a".parse().unwrap(), "b".parse().unwrap()],
                }])
                .unwrap()
            )
        ),
        operation!(
            "UnclaimDevice",
            "DELETE /v1/claimed-devices/7b21b4bc-1cc9-41df-b05c-61b4605e5bb0",
            reply(204, &[], ""),
            |client| client.unclaim_device(&DEVICE.parse().unwrap())
        ),
        operation!(
            "CreateDeviceProvisioningCommand",
            "POST /v1/claimed-devices/7b21b4bc-1cc9-41df-b05c-61b4605e5bb0/provisioning",
            "application/json" r#"{"description":"done","request":{"finished":{}}}"#,
            json(201, MADE),
            |client| client.create_device_provisioning_command(&DEVICE.parse().unwrap(), &NewCommand {
                description: Some("done".to_owned()),
                request: CommandRequest::Finished {},
            })
        ),
        operation!(
            "FetchDeviceProvisioningCommand",
            "GET /v1/claimed-devices/7b21b4bc-1cc9-41df-b05c-61b4605e5bb0/provisioning/6100e43d-e06f-4017-9a5c-11550b8cc347",
            json(200, MADE),
            |client| client
                .fetch_device_provisioning_command(&DEVICE.parse().unwrap(), &COMMAND.parse().unwrap())
        ),
        operation!(
            "ListProvisioningRules",
            "GET /v1/provisioning-rules",
            json(200, r#"{"items":[{"tags":["a"],"name":"n"}]}"#),
            |client| client.list_provisioning_rules(&Default::default())
        ),
        operation!(
            "CreateProvisioningRule",
            "POST /v1/provisioning-rules",
            "application/json" r#"{"name":"n","description":"d","active":true,"commands":[{"request":{"cloudAccessKeyGeneration":{"secTag":16842753}}}],"tags":["t"]}"#,
            json(201, "{}"),
            |client| client.create_provisioning_rule(&NewProvisioningRule {
                name: "n".to_owned(),
                description: "d".to_owned(),
                active: true,
                commands: vec![NewCommand::new(CommandRequest::CloudAccessKeyGeneration {
                    sec_tag: ProvisioningSecTag::NRF_CLOUD,
                })],
                tags: vec!["t".parse().unwrap()],
            })
        ),
        operation!(
            "ListProvisioningTags",
            "GET /v1/provisioning/tags",
            json(200, r#"{"items":[{"tag":"t","description":"d"}]}"#),
            |client| client.list_provisioning_tags(&Default::default())
        ),
        operation!(
            "CreateProvisioningTag",
            "POST /v1/provisioning/tags",
            "application/json" r#"{"tag":"t","description":"d"}"#,
            json(201, "{}"),
            |client| client.create_provisioning_tag(&"t".parse().unwrap(), "d")
        ),
    ]
}
