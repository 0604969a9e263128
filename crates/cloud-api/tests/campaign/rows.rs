//! The simulated cloud as the reader of what the writer writes. It shares no code with it: its CSV is read by RFC 4180 and
//! judged by the published patterns, its keys and certificates by another crate.

use std::time::Duration;

use cloud_api::bulk::{self, WaitPolicy};
use cloud_api::onboarding::{
    self, CertificatePem, CertificateRow, Credential, OnboardRow, PublicKeyRow, Row,
};
use cloud_api::uploads::UploadKind;
use cloud_api::{Client, DeviceId, FirmwareType, SubType, Tag};
use proptest::prelude::*;

use crate::support::{client, device_ids, start};

/// A row, but for its key, which costs time to make.
#[derive(Debug, Clone)]
struct Plan {
    id: String,
    sub_type: Option<String>,
    tags: Vec<String>,
    firmware: Vec<usize>,
    is_certificate: bool,
    line_break: &'static str,
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        "[a-zA-Z0-9:_-]{1,128}",
        proptest::option::of("[a-zA-Z0-9_.,@/:#-]{1,799}"),
        proptest::collection::vec("[a-zA-Z0-9_.@:#-]{1,40}", 0..4),
        proptest::collection::vec(0..6usize, 0..4),
        any::<bool>(),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
    )
        .prop_map(|(id, sub_type, tags, firmware, is_certificate, line_break)| Plan {
            id,
            sub_type,
            tags,
            firmware,
            is_certificate,
            line_break,
        })
}

/// Different devices.
fn plans() -> impl Strategy<Value = Vec<Plan>> {
    proptest::collection::btree_map("[a-zA-Z0-9:_-]{1,128}", plan(), 1..8)
        .prop_map(|plans| plans.into_iter().map(|(id, plan)| Plan { id, ..plan }).collect())
}

impl Plan {
    fn id(&self) -> DeviceId {
        self.id.parse().unwrap()
    }

    fn credential(&self) -> Credential {
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = if self.is_certificate {
            let mut params = rcgen::CertificateParams::default();
            params.distinguished_name.push(rcgen::DnType::CommonName, self.id.as_str());
            params.self_signed(&key).unwrap().pem()
        } else {
            key.public_key_pem()
        };
        Credential::normalized(&pem).unwrap().as_pem().replace('\n', self.line_break).parse().unwrap()
    }

    fn row(&self) -> OnboardRow {
        OnboardRow {
            device_id: self.id(),
            sub_type: self.sub_type.as_ref().map(|text| text.parse::<SubType>().unwrap()),
            tags: self.tags.iter().map(|text| text.parse::<Tag>().unwrap()).collect(),
            fw_types: self.firmware.iter().map(|index| FirmwareType::ALL[*index]).collect(),
            credential: self.credential(),
        }
    }
}

/// Uploads rows, which all must be taken.
async fn upload<R: Row>(client: &Client, kind: UploadKind, rows: &[R]) {
    let mut csv = Vec::new();
    onboarding::write(&mut csv, rows).unwrap();
    let id = client.upload(kind, csv.as_slice()).await.unwrap();
    let policy = WaitPolicy { shortest_delay: Duration::ZERO, ..WaitPolicy::default() };
    let outcome = bulk::wait(client, &id, policy, |_| {}).await.unwrap();
    assert!(outcome.succeeded(), "{outcome:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_simulated_cloud_reads_the_rows_that_were_written(plans in plans()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sim = start(&[], |builder| builder).await;
            let client = client(&sim);
            let rows: Vec<OnboardRow> = plans.iter().map(Plan::row).collect();
            upload(&client, UploadKind::OnboardDevices, &rows).await;
            assert_eq!(device_ids(&sim).await.len(), rows.len());
            for row in &rows {
                let device = client.fetch_device(&row.device_id).await.unwrap();
                let tags: Vec<&str> = row.tags.iter().map(Tag::as_str).collect();
                let kinds: Vec<String> = row.fw_types.iter().map(ToString::to_string).collect();
                assert_eq!(device.tags, tags);
                assert_eq!(device.firmware.map(|firmware| firmware.supports).unwrap_or_default(), kinds);
                // The word for none is the service's own.
                let sub_type = row.sub_type.as_ref().map_or("unknown", SubType::as_str);
                assert_eq!(device.sub_type.as_deref(), Some(sub_type));
            }
            // The same once more is the same: certificate or key, to the byte.
            upload(&client, UploadKind::OnboardDevices, &rows).await;

            let keys: Vec<PublicKeyRow> = plans
                .iter()
                .filter_map(|plan| match (Plan { is_certificate: false, ..plan.clone() }).credential() {
                    Credential::PublicKey(public_key) => Some(PublicKeyRow { device_id: plan.id(), public_key }),
                    Credential::Certificate(_) => None,
                })
                .collect();
            assert_eq!(keys.len(), plans.len());
            upload(&client, UploadKind::RegisterPublicKeys, &keys).await;

            let certificates: Vec<CertificateRow> = plans
                .iter()
                .map(|plan| {
                    let pem = (Plan { is_certificate: true, ..plan.clone() }).credential();
                    let certificate: CertificatePem = pem.as_pem().parse().unwrap();
                    CertificateRow { device_id: plan.id(), certificate }
                })
                .collect();
            upload(&client, UploadKind::RegisterCertificates, &certificates).await;
        });
    }
}
