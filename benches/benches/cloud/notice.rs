//! How long after its end a bulk operation is known to have ended.
//!
//! The service says when it ended, in milliseconds, and shares a clock with who waits. Operations of 3 to 5 s, as the real
//! service takes for small uploads, several at a time.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use benches::Operation;
use cloud_api::bulk::{Campaign, MemoryJournal, UploadPart};
use cloud_api::uploads::UploadKind;
use cloud_api::{ApiKey, Client};
use cloud_sim::CloudSim;
use tokio::runtime::Runtime;

/// What an operation takes, one after the other.
const DELAYS: [u64; 8] = [3000, 4700, 3580, 4110, 3290, 4990, 3870, 4400];

struct Clouds {
    clouds: Vec<CloudSim>,
    devices: AtomicU64,
}

impl Clouds {
    fn start(runtime: &Runtime) -> Self {
        let start = |delay: &u64| {
            let builder = CloudSim::builder().bulk_delay(Duration::from_millis(*delay));
            runtime.block_on(builder.start()).unwrap()
        };
        Self { clouds: DELAYS.iter().map(start).collect(), devices: AtomicU64::new(0) }
    }

    /// The cloud for a turn, and a row for a device that it does not know.
    fn turn(&self) -> (&CloudSim, String) {
        let number = self.devices.fetch_add(1, Ordering::Relaxed);
        let index = usize::try_from(number).unwrap() % self.clouds.len();
        let key = include_str!("../../../fixtures/cloud-sim/device-1.public-key.pem");
        (&self.clouds[index], format!("dev-{number},,,,\"{key}\"\n"))
    }
}

fn client(cloud: &CloudSim) -> Client {
    let key = ApiKey::new(cloud.api_key()).unwrap();
    Client::builder().base_url(cloud.url().parse().unwrap()).credentials(key).build().unwrap()
}

/// From the end of the operation until now.
fn since(completed_at: &str) -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    // Both lie within a day, so the time of day is enough.
    let time = &completed_at[completed_at.find('T').unwrap() + 1..completed_at.len() - 1];
    let mut parts = time.split(':').map(|part| part.parse::<f64>().unwrap());
    let mut next = || parts.next().unwrap();
    let then = next() * 3600.0 + next() * 60.0 + next();
    let day = 86_400.0;
    let now = now.as_secs_f64() % day;
    Duration::from_secs_f64((now - then + day) % day)
}

/// Ours.
pub(crate) fn campaign(runtime: &Runtime) -> Operation<'_> {
    let clouds = Clouds::start(runtime);
    let run = move |iterations: u64| {
        let waits = (0..iterations).map(|_| {
            let (cloud, row) = clouds.turn();
            let campaign = Campaign::new(client(cloud), UploadKind::OnboardDevices, MemoryJournal::default());
            runtime.spawn(async move {
                let report = campaign.run([Ok(UploadPart::new(0, row))], |_| ()).await.unwrap();
                assert!(report.succeeded(), "{report:?}");
                since(report.parts[0].outcome.request.completed_at.as_ref().unwrap())
            })
        });
        let waits: Vec<_> = waits.collect();
        runtime.block_on(async {
            let mut late = Duration::ZERO;
            for wait in waits {
                late += wait.await.unwrap();
            }
            late
        })
    };
    Operation::with_clock("notice/Campaign", run).in_batches_of(Duration::from_millis(600))
}

/// Nordic's tool, as it is but for its address.
pub(crate) fn nordic(runtime: &Runtime) -> Option<Operation<'_>> {
    let Some(python) = std::env::var_os("NRFCLOUD_PYTHON") else {
        eprintln!("!!! NOT MEASURED: NRFCLOUD_PYTHON does not name a Python with nRF Cloud Utils");
        return None;
    };
    let clouds = Clouds::start(runtime);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let run = move |iterations: u64| {
        let children: Vec<_> = (0..iterations)
            .map(|number| {
                let (cloud, row) = clouds.turn();
                let csv = folder.join(format!("notice-{number}.csv"));
                std::fs::write(&csv, row).unwrap();
                let program = format!(
                    "import sys, time, nrfcloud_utils.nrf_cloud_onboard as tool\n\
                     tool.api_url = '{}/'\n\
                     tool.main(sys.argv[1:])\n\
                     print(time.time())",
                    cloud.url()
                );
                let mut command = Command::new(&python);
                command.args(["-c", &program, "--api-key", cloud.api_key(), "--log-level=critical", "--csv"]);
                (cloud, command.arg(csv).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
            })
            .collect();
        let mut late = Duration::ZERO;
        for (cloud, child) in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success());
            let text = String::from_utf8_lossy(&output.stdout);
            let ended: f64 = text.lines().last().unwrap().trim().parse().unwrap();
            let list = runtime.block_on(client(cloud).list_bulk_ops_requests(&Default::default())).unwrap();
            // Each cloud has one operation at a time; its newest is first.
            let since = since(list.items[0].completed_at.as_ref().unwrap());
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
            late += since.saturating_sub(Duration::from_secs_f64((now - ended).max(0.0)));
        }
        late
    };
    Some(Operation::with_clock("notice/nrf_cloud_onboard", run).in_batches_of(Duration::from_millis(600)))
}
