//! Firmware updates over the air, from the bundle to what became of each device.

use cloud_api::fota::ExecutionStatus;
use cloud_api::{ApiKey, Client};

use crate::support::{API_KEY, CloudSim, Shop, fixture, nobody};

const DEVICES: [&str; 3] = ["fota-1", "fota-2", "fota-3"];

/// Three devices that take applications, two of them with a tag, and the ID of an uploaded bundle.
fn fleet(cloud: &CloudSim) -> (Shop, String) {
    let shop = Shop::with_authority().at(cloud);
    for device in DEVICES {
        shop.issue(device, &[]);
        let certificate = format!("certs/{device}.crt.pem");
        let mut args =
            vec!["device", "onboard", "--device-id", device, "--cert", &certificate, "--fw-types", "APP"];
        if device != "fota-3" {
            args.extend(["--tags", "lab"]);
        }
        shop.ok(&args);
    }
    let bundle = shop.ok(&["fota", "upload", app().as_str()]);
    (shop, bundle.trim().to_owned())
}

fn app() -> String {
    fixture("firmware/app.zip").to_str().unwrap().to_owned()
}

/// What a device says of its part in a job.
fn report(cloud: &CloudSim, device: &str, job: &str, status: &ExecutionStatus) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = Client::builder().base_url(cloud.url.parse().unwrap()).build().unwrap();
    let client = client.with_credentials(ApiKey::new(API_KEY).unwrap());
    let (device, job) = (device.parse().unwrap(), job.parse().unwrap());
    let said = client.update_fota_job_execution_status(&device, &job, status, Some("said the device"));
    runtime.block_on(said).unwrap();
}

#[test]
fn a_bundle_goes_to_devices_and_each_is_told_of() {
    let cloud = CloudSim::start();
    let (shop, bundle) = fleet(&cloud);
    assert!(bundle.starts_with("APP*") && bundle.ends_with("*v1.2.3"), "{bundle}");
    let bundles = shop.ok(&["fota", "bundles"]);
    assert!(bundles.contains(&format!("{bundle}\tAPP\tv1.2.3\t600\tApp\n")), "{bundles}");
    assert!(shop.ok(&["fota", "bundles", "--modem"]).lines().all(|line| line.contains("\tM")), "{bundles}");

    let args = ["fota", "create", "--bundle", &bundle, "--tag", "lab", "--device-id", "fota-3"];
    let run = shop.run(&[&args[..], &["--name", "Lab", "--description", "All of it", "--no-apply"]].concat());
    let job = run.stdout.trim();
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, format!("note: it has not begun: nrfcloud fota apply {job}\n").as_str())
    );
    assert!(
        shop.ok(&["fota", "show", job])
            .lines()
            .any(|line| line.starts_with("status ") && line.ends_with(" CREATED"))
    );
    let run = shop.run(&["fota", "wait", job, "--timeout", "0s"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (
            8,
            format!(
                "warning: it has not begun: nrfcloud fota apply {job}\n\
                 error: FOTA job {job} had not ended after 0 s; its last status is CREATED\n\
                 help: it goes on all the same: nrfcloud fota wait {job}\n"
            )
            .as_str()
        )
    );

    let applied = shop.json(&["fota", "apply", job]);
    assert_eq!((&applied["schema"], &applied["job_id"]), (&"nrfcloud.fota.apply".into(), &job.into()));
    report(&cloud, "fota-1", job, &ExecutionStatus::Succeeded);
    report(&cloud, "fota-2", job, &ExecutionStatus::Downloading);
    let shown = shop.ok(&["fota", "show", job]);
    for line in [
        "for devices      fota-3\n",
        "for tags         lab\n",
        "devices          3: 1 succeeded, 1 downloading, 1 queued\n",
        "fota-1\tSUCCEEDED\tsaid the device\n",
        "fota-3\tQUEUED\t\n",
    ] {
        assert!(shown.contains(line), "no {line:?}: {shown}");
    }
    let status = shop.ok(&["fota", "status", "fota-2"]);
    assert!(status.starts_with(&format!("{job}\tDOWNLOADING\tAPP\tv1.2.3\t")), "{status}");
    assert_eq!(shop.json(&["fota", "status", "fota-3"])["executions"][0]["jobId"], job);

    report(&cloud, "fota-2", job, &ExecutionStatus::Succeeded);
    report(&cloud, "fota-3", job, &ExecutionStatus::Failed);
    let run = shop.run(&["fota", "wait", job]);
    assert_eq!(
        run.stdout,
        "COMPLETED\tAll executions in terminal status\nfota-1\tSUCCEEDED\tsaid the device\nfota-2\tSUCCEEDED\tsaid the device\nfota-3\tFAILED\tsaid the device\n"
    );
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (
            9,
            format!(
                "error: 1 of 3 devices were not updated by FOTA job {job}\n\
                 help: look at these devices, and make another job for them: nrfcloud fota create --device-id ID\n"
            )
            .as_str()
        )
    );
    let list = shop.ok(&["fota", "list"]);
    assert!(
        list.starts_with(&format!("{job}\tCOMPLETED\tAPP\tv1.2.3\t")) && list.ends_with("\tLab\n"),
        "{list}"
    );
}

#[test]
fn a_wait_ends_with_the_last_device() {
    let cloud = CloudSim::start();
    let (shop, bundle) = fleet(&cloud);
    let run =
        shop.run(&["fota", "create", "--bundle", &bundle, "--device-id", "fota-1", "--device-id", "fota-1"]);
    let job = run.stdout.trim();
    assert_eq!(run.stderr, format!("note: it has begun: nrfcloud fota wait {job}\n"));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| shop.run(&["fota", "wait", job, "--json", "-v"]));
        report(&cloud, "fota-1", job, &ExecutionStatus::InProgress);
        report(&cloud, "fota-1", job, &ExecutionStatus::Succeeded);
        let run = waiting.join().unwrap();
        assert_eq!(run.code, 0, "{run:?}");
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            (&document["schema"], &document["status"], &document["executions"][0]["status"]),
            (&"nrfcloud.fota.wait".into(), &"COMPLETED".into(), &"SUCCEEDED".into())
        );
        assert!(run.stderr.contains("COMPLETED, 1 of 1 devices after "), "{run:?}");
    });
    // It has ended: no change fits any more.
    let run = shop.run(&["fota", "cancel", job]);
    assert_eq!(run.code, 7, "{run:?}");
    assert!(
        run.stderr.ends_with(
            "help: mend what the message names; `nrfcloud fota show JOB` tells where a job stands\n"
        ),
        "{run:?}"
    );
}

#[test]
fn a_wait_outlives_a_cloud_in_trouble() {
    let fault = "status 500 on GET /v1/fota-jobs/* times 3";
    let cloud = CloudSim::with_args(&["--fault", fault]);
    let (shop, bundle) = fleet(&cloud);
    let job = shop.ok(&["-q", "fota", "create", "--bundle", &bundle, "--device-id", "fota-1"]);
    report(&cloud, "fota-1", job.trim(), &ExecutionStatus::Rejected);
    let run = shop.run(&["fota", "wait", job.trim()]);
    assert!(run.stderr.contains("; asking again\n"), "{run:?}");
    assert_eq!(run.code, 7, "{run:?}");
    assert!(
        run.stderr.contains(&format!("error: the device was not updated by FOTA job {}\n", job.trim())),
        "{run:?}"
    );
}

#[test]
fn jobs_and_bundles_are_cancelled_and_deleted_when_it_is_meant() {
    let cloud = CloudSim::with_bulk_delay("0");
    let (shop, bundle) = fleet(&cloud);
    let job = shop.ok(&["-q", "fota", "create", "--bundle", &bundle, "--tag", "lab"]);
    let job = job.trim();
    report(&cloud, "fota-1", job, &ExecutionStatus::Succeeded);
    let run = shop.run(&["fota", "cancel", job, "--reason", "wrong version"]);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", format!("note: FOTA job {job} is cancelled\n").as_str())
    );
    let run = shop.run(&["fota", "wait", job]);
    assert_eq!(
        run.stdout,
        "CANCELLED\twrong version\nfota-1\tSUCCEEDED\tsaid the device\nfota-2\tCANCELLED\twrong version\n"
    );
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (
            9,
            format!("error: FOTA job {job} is CANCELLED; 1 device was updated before\nhelp: make another job: nrfcloud fota create\n").as_str()
        )
    );

    let run = shop.run(&["fota", "delete", job]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr.contains(&format!("delete FOTA job {job}")) && run.stderr.contains("--yes"),
        "{run:?}"
    );
    assert_eq!(shop.run(&["fota", "remove-bundle", &bundle]).code, 2);
    assert_eq!(shop.json(&["fota", "delete", job, "--yes"])["dry_run"], false);
    shop.refused(
        &["fota", "show", job],
        7,
        &format!(
            "{}help: check the ID: `nrfcloud fota list` and `nrfcloud device list` show what there is\n",
            {
                let run = shop.run(&["fota", "show", job]);
                let (error, _) = run.stderr.split_once("help: ").unwrap();
                assert!(error.starts_with("error: FetchFOTAJob was refused with status 404"), "{run:?}");
                error.to_owned()
            }
        ),
    );
    shop.ok(&["fota", "remove-bundle", &bundle, "--yes"]);
    assert!(!shop.ok(&["fota", "bundles"]).contains(&bundle));
    let run = shop.run(&["fota", "create", "--bundle", &bundle, "--tag", "lab"]);
    assert_eq!(run.code, 7, "{run:?}");
    assert!(
        run.stderr.ends_with("help: check the bundle: `nrfcloud fota bundles` shows what can be sent\n"),
        "{run:?}"
    );
    let run = shop.run(&["fota", "remove-bundle", &bundle, "--yes"]);
    assert!(
        run.stderr.ends_with("help: check the ID: `nrfcloud fota bundles` shows what there is\n"),
        "{run:?}"
    );
}

#[test]
fn a_job_for_nobody_is_no_success() {
    let cloud = CloudSim::start();
    let (shop, _) = fleet(&cloud);
    // These devices take applications only.
    let modem = shop.ok(&["fota", "bundles", "--modem"]);
    let bundle = modem.lines().find(|line| line.starts_with("MODEM*")).unwrap().split('\t').next().unwrap();
    let job = shop.ok(&["-q", "fota", "create", "--bundle", bundle, "--device-id", "fota-1"]);
    let run = shop.run(&["fota", "wait", job.trim()]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (
            7,
            format!(
                "error: FOTA job {} was for no device at all\n\
                 help: none that it names can be updated so: `nrfcloud device show ID` tells firmware types and tags\n",
                job.trim()
            )
            .as_str()
        )
    );
}

#[test]
fn a_lost_answer_is_not_asked_for_twice() {
    let cloud = CloudSim::with_args(&["--fault", "reset after on POST /v1/f* skip 1"]);
    let (shop, bundle) = fleet(&cloud);
    let run = shop.run(&["fota", "create", "--bundle", &bundle, "--device-id", "fota-1"]);
    assert_eq!(run.code, 8, "{run:?}");
    assert!(
        run.stderr.ends_with(
            "help: it may have been made: look with `nrfcloud fota list` before you make another\n"
        ),
        "{run:?}"
    );
    assert_eq!(shop.ok(&["fota", "list"]).lines().count(), 1);
    let run = shop.run(&["fota", "upload", &app()]);
    assert!(
        run.stderr.ends_with(
            "help: it may have been taken: look with `nrfcloud fota bundles` before you send it again\n"
        ),
        "{run:?}"
    );
    assert_eq!(shop.ok(&["fota", "bundles"]).lines().filter(|line| line.starts_with("APP*")).count(), 2);
}

#[test]
fn dry_runs_send_nothing() {
    let shop = Shop::new().env("NRFCLOUD_API_URL", nobody()).env("NRFCLOUD_API_KEY", API_KEY);
    let job = "9e4b5a2f-3a2c-4d4e-8a3b-0c1d2e3f4a5b";
    let bundle = "APP*1e29dfa3*v2.0.1";
    for (args, note) in [
        (&["fota", "create", "--bundle", bundle, "--device-id", "a", "--device-id", "b", "--tag", "lab"][..], "would make and begin a job that sends APP*1e29dfa3*v2.0.1 to 2 devices and the devices with 1 tag".to_owned()),
        (&["fota", "create", "--bundle", bundle, "--tag", "lab", "--no-apply"], "would make a job that sends APP*1e29dfa3*v2.0.1 to the devices with 1 tag".to_owned()),
        (&["fota", "apply", job], format!("would begin FOTA job {job}")),
        (&["fota", "cancel", job], format!("would cancel FOTA job {job}")),
        (&["fota", "delete", job], format!("would delete FOTA job {job}")),
        (&["fota", "remove-bundle", bundle], format!("would delete bundle {bundle}")),
        (&["fota", "upload", &app()], format!("would upload {}, {} bytes", app(), std::fs::metadata(app()).unwrap().len())),
    ] {
        let run = shop.run(&[args, &["--dry-run", "--json"]].concat());
        assert_eq!((run.code, run.stderr.as_str()), (0, format!("note: {note}\n").as_str()), "{args:?}: {run:?}");
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(document["dry_run"], true);
        assert_eq!(document["schema"], format!("nrfcloud.fota.{}", args[1]));
    }
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_sent() {
    let shop = Shop::new().env("NRFCLOUD_API_URL", nobody()).env("NRFCLOUD_API_KEY", API_KEY);
    shop.refused(
        &["fota", "create", "--bundle", "APP*1e29dfa3*v2.0.1", "--tag", "lab", "--name", &"x".repeat(65)],
        3,
        "error: name \"65 characters\" is not 0 to 64 characters\nhelp: --help tells what the option takes\n",
    );
    let run = shop.run(&["fota", "create", "--bundle", "my.zip", "--tag", "lab"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.starts_with("error: bundle ID \"my.zip\": "), "{run:?}");
    let run = shop.run(&["fota", "create", "--bundle", "APP*1e29dfa3*v2.0.1"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("--device-id <ID>|--tag <TAG>|--if-version <VERSION>"), "{run:?}");
    let run = shop.run(&["fota", "show", "12"]);
    assert_eq!(run.code, 3, "{run:?}");
    shop.write("app.bin", [7; 600]);
    shop.refused(
        &["fota", "upload", "app.bin"],
        3,
        "error: app.bin: this is no zip archive with files in it\n\
         help: the build writes one with its manifest.json: dfu_application.zip in the build directory\n",
    );
    let cloud = CloudSim::start();
    let run = shop.at(&cloud).run(&["fota", "upload", fixture("firmware/no-manifest.zip").to_str().unwrap()]);
    assert_eq!(run.code, 7, "{run:?}");
    assert!(
        run.stderr.ends_with(
            "help: mend the archive: manifest.json names its version and its images, all of one type\n"
        ),
        "{run:?}"
    );
}

#[test]
fn only_devices_in_a_certain_version_are_updated() {
    let cloud = CloudSim::start();
    let (shop, bundle) = fleet(&cloud);
    let state = r#"{"device":{"deviceInfo":{"appVersion":"v1.0.0"}}}"#;
    shop.ok(&["device", "state", "fota-2", "--reported", state]);
    let all = ["fota", "create", "--bundle", &bundle, "--if-version", "v1.0.0", "--if-version", "v0.9.0"];
    let run = shop.run(&[&all[..], &["--dry-run", "--json"]].concat());
    assert_eq!(
        run.stderr,
        format!(
            "note: would make and begin a job that sends {bundle} to all devices, if they have v1.0.0 or v0.9.0\n"
        )
    );
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["request"]["firmwareType"], "APP");
    for args in [&all[..], &[&all[..], &["--tag", "lab"]].concat()] {
        let job = shop.ok(args);
        let shown = shop.json(&["fota", "show", job.trim()]);
        let devices: Vec<&str> = shown["executions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|execution| execution["deviceId"].as_str().unwrap())
            .collect();
        assert_eq!(devices, ["fota-2"]);
    }
    let uuid = "bc631093-7f7c-4c1b-aa63-a68c759bcd5c";
    shop.refused(
        &["fota", "create", "--bundle", uuid, "--if-version", "1"],
        2,
        &format!(
            "error: {uuid} does not tell its firmware type\nhelp: say of which one --if-version is: --fw-type APP, MODEM, BOOT, …\n"
        ),
    );
    shop.refused(&["fota", "create", "--bundle", uuid, "--if-version", "1", "--fw-type", "HAT"], 3, "error: firmware type \"HAT\": is not one of the known words; the rule is ^(APP|MODEM|BOOT|SOFTDEVICE|BOOTLOADER|MDM_FULL|SMP|CUSTOM)$\n\
         help: the value of `--fw-type <TYPE>` is refused; --help tells what it takes\n");
}
