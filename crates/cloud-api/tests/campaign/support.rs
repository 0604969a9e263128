//! A simulated cloud, a client of it, parts, and a journal that can be made to fail.

use std::collections::BTreeSet;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cloud_api::bulk::{
    BulkOpsRequest, Campaign, CampaignPolicy, CampaignReport, Event, Journal, ListBulkOpsRequests,
    UploadPart, WaitPolicy,
};
use cloud_api::devices::ListDevices;
use cloud_api::onboarding::{self, Credential, OnboardRow};
use cloud_api::page::PageLimit;
use cloud_api::uploads::UploadKind;
use cloud_api::{ApiKey, Client, Error, RetryPolicy, Url};
use cloud_sim::{Builder, CloudSim};
use tokio::sync::Notify;

/// A simulator on loopback whose bulk operations take no time unless told.
pub(crate) async fn start(faults: &[&str], settings: impl FnOnce(Builder) -> Builder) -> CloudSim {
    let builder = settings(CloudSim::builder().bulk_delay(Duration::ZERO));
    let faults = faults.iter().map(|fault| fault.parse().unwrap());
    faults.fold(builder, Builder::fault).start().await.unwrap()
}

pub(crate) fn client(sim: &CloudSim) -> Client {
    let retry = RetryPolicy {
        retries: 3,
        first_delay: Duration::from_millis(1),
        longest_delay: Duration::from_millis(20),
        budget: Duration::from_secs(30),
    };
    let url: Url = sim.url().parse().unwrap();
    Client::builder()
        .base_url(url)
        .credentials(ApiKey::new(sim.api_key()).unwrap())
        .retry(retry)
        .build()
        .unwrap()
}

pub(crate) const QUICK: CampaignPolicy = CampaignPolicy {
    in_flight: 4,
    attempts: 30,
    shortest_delay: Duration::from_millis(1),
    longest_delay: Duration::from_millis(20),
    budget: Duration::from_secs(60),
    searches: 2,
    search_delay: Duration::from_millis(1),
    wait: WaitPolicy {
        shortest_delay: Duration::from_millis(10),
        longest_delay: Duration::from_millis(100),
        share_percent: 5,
        deadline: Duration::from_secs(120),
        tolerated_failures: 30,
    },
};

/// So many rows of OnboardDevices for devices `dev-<number>`, all with one public key.
pub(crate) fn rows(numbers: std::ops::Range<usize>) -> Vec<OnboardRow> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/cloud-sim/device-1.public-key.pem");
    let key: Credential = std::fs::read_to_string(path).unwrap().parse().unwrap();
    numbers.map(|number| OnboardRow::new(format!("dev-{number}").parse().unwrap(), key.clone())).collect()
}

pub(crate) fn csv(rows: &[OnboardRow]) -> Vec<u8> {
    let mut csv = Vec::new();
    onboarding::write(&mut csv, rows).unwrap();
    csv
}

/// Parts of so many rows each.
pub(crate) fn parts(rows: &[OnboardRow], size: usize) -> Vec<UploadPart> {
    rows.chunks(size).enumerate().map(|(index, rows)| UploadPart::new(index * size, csv(rows))).collect()
}

pub(crate) fn campaign<J: Journal + Sync>(sim: &CloudSim, journal: J) -> Campaign<J> {
    Campaign::new(client(sim), UploadKind::OnboardDevices, journal).with_policy(QUICK)
}

pub(crate) async fn run<J: Journal + Sync>(campaign: &Campaign<J>, parts: &[UploadPart]) -> CampaignReport {
    campaign.run(parts.iter().cloned().map(io::Result::Ok), |_| ()).await.unwrap()
}

/// The devices that the simulator holds.
pub(crate) async fn device_ids(sim: &CloudSim) -> BTreeSet<String> {
    let client = client(sim);
    let mut query = ListDevices { page_limit: PageLimit::try_from(100).ok(), ..ListDevices::default() };
    let mut ids = BTreeSet::new();
    loop {
        let page = insist(|| client.list_devices(&query)).await;
        for device in page.items {
            assert!(ids.insert(device.id.to_string()), "{} twice", device.id);
        }
        query.page_next_token = page.page_next_token;
        if query.page_next_token.is_none() {
            return ids;
        }
    }
}

/// The bulk operations that it was asked for.
pub(crate) async fn operations(sim: &CloudSim) -> Vec<BulkOpsRequest> {
    let client = client(sim);
    let query =
        ListBulkOpsRequests { page_limit: PageLimit::try_from(100).ok(), ..ListBulkOpsRequests::default() };
    insist(|| client.list_bulk_ops_requests(&query)).await.items
}

/// Asks until an answer comes: the faults hit questions of the test, too.
async fn insist<T, F: Future<Output = Result<T, Error>>>(question: impl Fn() -> F) -> T {
    for _ in 0..100 {
        if let Ok(answer) = question().await {
            return answer;
        }
    }
    question().await.unwrap()
}

/// A journal that dies, with everything that runs, when it is to record a certain event: before it is recorded.
pub(crate) struct Mortal<'j, J> {
    journal: &'j J,
    left: AtomicUsize,
    pub(crate) died: Notify,
}

impl<'j, J> Mortal<'j, J> {
    pub(crate) fn after(journal: &'j J, events: usize) -> Self {
        Self { journal, left: AtomicUsize::new(events), died: Notify::new() }
    }
}

impl<J: Journal + Sync> Journal for &Mortal<'_, J> {
    type Error = J::Error;

    async fn events(&self) -> Result<Vec<Event>, J::Error> {
        self.journal.events().await
    }

    async fn record(&self, event: &Event) -> Result<(), J::Error> {
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err() {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
        self.journal.record(event).await
    }
}

/// A journal whose disk is full after so many events.
pub(crate) struct Full(pub(crate) Mutex<Vec<Event>>, pub(crate) usize);

impl Journal for Full {
    type Error = io::Error;

    async fn events(&self) -> io::Result<Vec<Event>> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn record(&self, event: &Event) -> io::Result<()> {
        let mut events = self.0.lock().unwrap();
        if events.len() == self.1 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        events.push(event.clone());
        Ok(())
    }
}
