//! `doctor`: each finding, provoked.

mod impostor;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{API_KEY, CloudSim, DEVICE, ModemSim, Run, Shop, nobody, server};

use impostor::Impostor;

/// The lines that begin with a level, and the exit code.
fn doctor(shop: &Shop, args: &[&str]) -> Run {
    shop.run(&[&["doctor"], args].concat())
}

#[track_caller]
fn has(run: &Run, start: &str) {
    assert!(run.stdout.lines().any(|line| line.starts_with(start)), "{start}: {run:#?}");
}

#[track_caller]
fn has_not(run: &Run, part: &str) {
    assert!(!run.stdout.contains(part), "{part}: {run:#?}");
}

/// A kit with a device's own key, its certificate and that of an authority, and the files of all that.
fn furnished(args: &[&str]) -> (ModemSim, Shop) {
    let kit = ModemSim::start(args);
    let shop = Shop::with_authority().env("NRFCLOUD_PORT", &kit.port);
    let blob = shop.ok(&["modem", "keygen", "--sec-tag", "16842753"]);
    shop.write("blob", blob);
    let certificate = issue(&shop, "onboard.csv", &[]);
    shop.ok(&["modem", "write", "--sec-tag", "16842753", "--type", "cert", &certificate]);
    shop.ok(&["modem", "write", "--sec-tag", "16842753", "--type", "ca", "ca-cert.crt.pem"]);
    (kit, shop)
}

/// Issues a certificate for the key of a modem's answer, and adds the row.
fn issue(shop: &Shop, csv: &str, more: &[&str]) -> String {
    let args = [
        "cert",
        "issue",
        "--ca",
        "ca-cert.crt.pem",
        "--ca-key",
        "ca-cert.key.pem",
        "--keygen",
        "blob",
        "--csv",
        csv,
        "--force",
    ];
    let stdout = shop.ok(&[&args[..], more].concat());
    stdout.lines().next().unwrap().to_owned()
}

#[test]
fn a_healthy_line_from_host_to_cloud() {
    let cloud = CloudSim::start();
    let (kit, shop) = furnished(&[]);
    let shop = shop.at(&cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    let run = doctor(&shop, &["--online", "--csv", "onboard.csv"]);
    assert_eq!(run.code, 0, "{run:#?}");
    for start in [
        "ok[host.program]: nrfcloud ",
        "ok[host.time]: ",
        "ok[kit.flow-control]: no CTS comes from the kit",
        "ok[kit.dialect]: an AT host answers, and its commands end with ",
        "ok[kit.firmware]: nRF9151-LACA with mfw_nrf91x1_",
        &format!("ok[kit.identity]: IMEI {}, device UUID {}", kit.imei, kit.device_uuid),
        "ok[kit.clock]: the modem's clock is ",
        "ok[kit.slot]: sec_tag 16842753, root CA: CA certificate ",
        &format!("ok[kit.device-id]: the certificate's CN is {}", kit.device_uuid),
        "ok[kit.key-pair]: ",
        &format!(
            "ok[kit.key-known]: the kit's key is that of onboard.csv, line 1, device {}",
            kit.device_uuid
        ),
        "ok[host.clock]: this host's clock is 0 s ",
        "note[cloud.plain-http]: http://127.0.0.1:",
        "ok[cloud.team]: the API key is that of the team",
        &format!("ok[cloud.device]: the team has the device {}, onboarded ", kit.device_uuid),
        &format!(
            "ok[cloud.key]: nRF Cloud takes a token of the kit for the device {}: it has that key",
            kit.device_uuid
        ),
    ] {
        has(&run, start);
    }
    let document = shop.json(&["doctor", "--online"]);
    assert_eq!((&document["schema"], &document["good"]), (&"nrfcloud.doctor".into(), &true.into()));
    assert!(document["findings"].as_array().unwrap().iter().all(|finding| finding["level"] != "error"));
}

#[test]
fn without_a_port_and_a_network_the_host_alone() {
    let shop = Shop::new().env("HTTPS_PROXY", "http://me:s3cret@127.0.0.1:9");
    let run = doctor(&shop, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:#?}");
    has(&run, "note[host.proxy]: HTTPS_PROXY is http://…@127.0.0.1:9");
    has(&run, "note[kit.not-looked-at]: ");
    assert!(run.stdout.contains("[host.no-kit]") || run.stdout.contains("[host.kit]"), "{run:#?}");
    has(&run, "note[cloud.not-looked-at]: ");
    assert!(["\nnothing is wrong\n", "\nno error, "].iter().any(|end| run.stdout.contains(end)), "{run:#?}");
    assert!(!run.stdout.contains("s3cret"), "{run:#?}");
    shop.refused(
        &["doctor", "--force"],
        2,
        "error: nothing is written without --bundle\nhelp: give --bundle FILE, or leave the other away\n",
    );
}

/// A program that sleeps under another name.
struct Sleeper(Child);

impl Sleeper {
    fn called(shop: &Shop, name: &str) -> Self {
        std::fs::copy("/bin/sleep", shop.path(name)).unwrap();
        let child = Command::new(shop.path(name)).arg("60").stdout(Stdio::null()).spawn().unwrap();
        Self(child)
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn modem_manager_is_told() {
    let shop = Shop::new();
    let sleeper = Sleeper::called(&shop, "ModemManager");
    let run = doctor(&shop, &[]);
    has(&run, &format!("warning[host.modem-manager]: ModemManager runs (process {}): ", sleeper.0.id()));
    assert_eq!(run.code, 0);
    drop(sleeper);
    has(&doctor(&shop, &[]), "ok[host.modem-manager]: ");
}

#[test]
fn ports_that_are_not_there_or_silent() {
    let run = doctor(&Shop::new(), &["--port", "/dev/does-not-exist"]);
    has(&run, "error[kit.port]: port `/dev/does-not-exist` does not exist");
    assert_eq!(run.code, 5, "{run:#?}");
    assert_eq!(
        run.stderr,
        "error: 1 thing is wrong\nhelp: mend them from the top: what stands below may follow from what stands above\n"
    );
    let kit = ModemSim::start(&["--mute"]);
    let run = doctor(&Shop::new(), &["--port", &kit.port]);
    has(&run, "error[kit.port]: nothing on port ");
    assert_eq!(run.code, 5, "{run:#?}");
}

#[test]
fn a_kit_that_has_nothing_yet() {
    let kit = ModemSim::start(&["--no-time"]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let run = doctor(&shop, &[]);
    assert_eq!(run.code, 0, "{run:#?}");
    has(&run, "warning[kit.no-credentials]: sec_tag 16842753 holds neither key nor certificate");
    has(&run, "warning[kit.no-ca]: ");
    has(&run, "warning[kit.clock-unset]: ");
    shop.ok(&["modem", "keygen", "--sec-tag", "16842753"]);
    has(&doctor(&shop, &[]), "warning[kit.no-certificate]: sec_tag 16842753 holds a key and no certificate");
    for (mode, id) in [("0", "note[kit.offline]: "), ("4", "note[kit.offline]: "), ("1", "ok[kit.mode]: ")] {
        shop.ok(&["modem", "at", &format!("AT+CFUN={mode}")]);
        has(&doctor(&shop, &[]), id);
    }
}

#[test]
fn shells_with_and_without_a_modem() {
    let kit = ModemSim::start(&["--mode", "at-shell"]);
    let run = doctor(&Shop::new(), &["--port", &kit.port]);
    has(&run, "ok[kit.dialect]: an AT shell answers: text that is stored through it gets CR LF line breaks");
    assert_eq!(run.code, 0, "{run:#?}");
    let kit = ModemSim::start(&["--mode", "tls-shell"]);
    let run = doctor(&Shop::new(), &["--port", &kit.port]);
    has(
        &run,
        "ok[kit.dialect]: a shell without AT commands answers: it keeps credentials, and there is no modem",
    );
    has(&run, "warning[kit.no-credentials]: ");
    has_not(&run, "[kit.firmware]");
}

#[test]
fn a_clock_that_is_off() {
    let (_kit, shop) = furnished(&[]);
    shop.ok(&["modem", "at", "AT+CCLK=\"20/01/01,00:00:00+00\""]);
    let run = doctor(&shop, &[]);
    has(&run, "warning[kit.clock-skew]: the modem's clock says 2020-01-01 00:00:0");
}

#[test]
fn keys_and_certificates_that_do_not_belong_together() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
    let certificate = format!("certs/{DEVICE}.crt.pem");
    shop.ok(&["modem", "write", "--sec-tag", "16842753", "--type", "cert", &certificate]);
    let run = doctor(&shop, &[]);
    has(&run, "error[kit.no-key]: sec_tag 16842753 holds a certificate and no key");
    assert_eq!(run.code, 6, "{run:#?}");
    has(&run, &format!("note[kit.custom-id]: the certificate's CN is {DEVICE}, "));

    shop.ok(&["modem", "keygen", "--sec-tag", "16842753"]);
    let run = doctor(&shop, &["--device-id", "other", "--csv", "onboard.csv"]);
    has(&run, "error[kit.key-other]: the kit's key is not that of the certificate beside it");
    has(&run, &format!("warning[kit.common-name]: the certificate's CN is {DEVICE}, the device ID other"));
    has(&run, "warning[kit.key-unknown]: the kit's key is none of those that were given (1)");
    assert_eq!(run.code, 10, "{run:#?}");
}

#[test]
fn a_certificate_that_ends_soon() {
    let (_kit, shop) = furnished(&[]);
    let certificate = issue(&shop, "short.csv", &["--days", "30"]);
    shop.ok(&["modem", "write", "--sec-tag", "16842753", "--type", "cert", &certificate]);
    let run = doctor(&shop, &[]);
    has(&run, "warning[kit.certificate-expires]: the certificate expires in ");
    assert!(["29 d 23 h, at ", "30 d, at "].iter().any(|end| run.stdout.contains(end)), "{run:#?}");
}

#[test]
fn a_kit_that_refuses_what_it_is_asked() {
    let kit = ModemSim::start(&["--fault", "error on AT%JWT*"]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    shop.ok(&["modem", "keygen", "--sec-tag", "16842753"]);
    let run = doctor(&shop, &[]);
    has(&run, "warning[kit.no-token]: the modem refused AT%JWT");
    assert_eq!(run.code, 0, "{run:#?}");

    let kit = ModemSim::start(&["--fault", "error on AT+CGMM"]);
    let run = doctor(&Shop::new(), &["--port", &kit.port]);
    has(&run, "error[kit.session]: the modem refused AT+CGMM");
    assert_eq!(run.code, 6, "{run:#?}");
}

#[test]
fn a_key_that_nrf_cloud_does_not_take() {
    let cloud = CloudSim::start();
    let shop = Shop::new().env("NRFCLOUD_API_URL", &cloud.url);
    let run = doctor(&shop, &["--online"]);
    has(&run, "warning[cloud.no-api-key]: ");
    assert_eq!(run.code, 0, "{run:#?}");
    let shop = shop.env("NRFCLOUD_API_KEY", "00000000000000000000000000000000deadbeef");
    let run = doctor(&shop, &["--online"]);
    has(
        &run,
        "error[cloud.api-key-refused]: the API key is not accepted: FetchAccountInfo was refused with status 401",
    );
    assert_eq!(run.code, 7, "{run:#?}");
    let shop = shop.env("NRFCLOUD_API_KEY", "not a key");
    let run = doctor(&shop, &["--online"]);
    has(&run, "error[cloud.bad-api-key]: in NRFCLOUD_API_KEY: ");
    assert_eq!(run.code, 4, "{run:#?}");
}

#[test]
fn devices_and_the_keys_that_nrf_cloud_has_for_them() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let key = format!("certs/{DEVICE}.key.pem");
    let ask = |more: &[&str]| doctor(&shop, &[&["--online", "--device-id", DEVICE], more].concat());
    let run = ask(&["--key", &key]);
    has(&run, &format!("error[cloud.device-unknown]: the team has no device {DEVICE}"));
    has(
        &run,
        &format!("error[cloud.key-other]: nRF Cloud takes no token of {key} for the device {DEVICE}: "),
    );
    assert_eq!(run.code, 7, "{run:#?}");

    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    has(&ask(&[]), "note[cloud.key-not-looked-at]: ");
    // Of two keys, the one that was registered is named.
    let run = ask(&["--key", "ca-cert.key.pem", "--key", &key]);
    has(&run, &format!("ok[cloud.key]: nRF Cloud takes a token of {key} for the device {DEVICE}"));
    let run = ask(&["--key", "ca-cert.key.pem"]);
    has(&run, "error[cloud.key-other]: nRF Cloud takes no token of ca-cert.key.pem for the device ");
    assert!(!run.stdout.contains(API_KEY), "{run:#?}");
}

#[test]
fn a_cloud_that_is_ill() {
    let cloud = CloudSim::with_args(&["--fault", "status 500 on GET /v1/account"]);
    let run = doctor(&Shop::new().at(&cloud), &["--online"]);
    has(&run, "error[cloud.failed]: FetchAccountInfo was refused with status 500");
    let cloud = CloudSim::with_args(&["--fault", "clock +95s"]);
    let run = doctor(&Shop::new().at(&cloud), &["--online"]);
    has(&run, "warning[host.clock]: this host's clock is 1 min 3");
}

#[test]
fn something_else_than_nrf_cloud() {
    let online = |url: String| doctor(&Shop::new().env("NRFCLOUD_API_URL", url), &["--online"]);
    let run = online(nobody());
    has(&run, "error[cloud.unreachable]: GetSystemStatus at http://127.0.0.1:");
    assert_eq!(run.code, 8, "{run:#?}");
    let run = online(server(
        "HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ));
    has(&run, "error[cloud.portal]: not nRF Cloud answers at http://127.0.0.1:");
    has(&run, "note[host.clock]: nRF Cloud's answer has no `Date`");
    assert_eq!(run.code, 8, "{run:#?}");
    let run = online(server(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>",
    ));
    has(&run, "error[cloud.no-answer]: GetSystemStatus: answered with HTML, not JSON: is this a proxy?");
    assert_eq!(run.code, 8, "{run:#?}");
}

const NO_STATUS: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

#[test]
fn a_key_is_not_sent_in_clear() {
    let proxy = server(NO_STATUS);
    let shop = Shop::new()
        .env("http_proxy", proxy.trim_end_matches("/v1"))
        .env("NRFCLOUD_API_URL", "http://api.example/v1")
        .env("NRFCLOUD_API_KEY", API_KEY);
    let run = doctor(&shop, &["--online"]);
    has(&run, "error[cloud.clear-text]: http://api.example/v1 is plain http: ");
    assert_eq!(run.code, 3, "{run:#?}");
}

#[test]
fn a_proxy_that_reads_along_is_named_by_its_issuer() {
    let impostor = Impostor::start(NO_STATUS);
    let shop = Shop::new().env("HTTPS_PROXY", &impostor.proxy);
    let run = doctor(&shop, &["--online"]);
    has(
        &run,
        "error[cloud.tls-untrusted]: the certificate of api.nrfcloud.com was issued by /CN=rcgen self signed cert, which this host does not trust (",
    );
    assert_eq!(run.code, 8, "{run:#?}");
    // Trusted, it still reads along.
    shop.write("proxy.pem", &impostor.authority);
    let run = doctor(&shop, &["--online", "--ca-bundle", "proxy.pem"]);
    has(
        &run,
        "warning[cloud.tls-intercepted]: the certificate of api.nrfcloud.com was issued by /CN=rcgen self signed cert, and nRF Cloud's are issued by Amazon: ",
    );
    assert_eq!(run.code, 0, "{run:#?}");
    let shop = shop.env("NRFCLOUD_API_URL", &impostor.direct);
    let run = doctor(&shop, &["--online", "--ca-bundle", "proxy.pem"]);
    has(&run, "ok[cloud.tls]: localhost is there, with a certificate issued by /CN=rcgen self signed cert");
}

#[test]
#[cfg(target_os = "linux")]
fn a_host_that_trusts_nobody() {
    let shop = Shop::new();
    shop.write("none.pem", "");
    std::fs::create_dir(shop.path("none")).unwrap();
    let (file, directory) = (shop.path("none.pem"), shop.path("none"));
    let shop = shop
        .env("SSL_CERT_FILE", file.to_str().unwrap())
        .env("SSL_CERT_DIR", directory.to_str().unwrap())
        .env("NRFCLOUD_API_URL", "https://127.0.0.1:9");
    let run = doctor(&shop, &["--online"]);
    has(&run, "error[host.trust-store]: TLS cannot start: ");
    assert_eq!(run.code, 4, "{run:#?}");
}

#[test]
fn a_bundle_tells_everything_but_secrets() {
    let cloud = CloudSim::start();
    let (kit, shop) = furnished(&[]);
    let shop = shop.at(&cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    shop.ok(&["key", "create", "--out", "other.key.pem"]);
    let args = ["--online", "--key", "other.key.pem", "--bundle", "bundle.json"];
    let run = doctor(&shop, &[&args[..], &["--dry-run"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, "note: would write bundle.json (0600)\n"), "{run:#?}");
    let run = doctor(&shop, &args);
    assert_eq!((run.code, run.stderr.as_str()), (0, "note: all of it is in bundle.json, without secrets\n"));
    let text = shop.read("bundle.json");
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["schema"], "nrfcloud.doctor.bundle");
    let variables = document["variables"].as_array().unwrap();
    assert!(variables.contains(&"NRFCLOUD_API_KEY".into()), "{text}");
    let transcript = document["transcript"].as_array().unwrap();
    assert!(transcript.iter().any(|line| line["text"] == "AT+CGMM"), "{text}");
    assert!(text.contains(&kit.imei));
    // Neither the key, nor a token of the kit, nor the key that was compared.
    assert!(!text.contains(API_KEY) && !text.contains("eyJ") && !text.contains("PRIVATE"), "{text}");
    for line in shop.read("other.key.pem").lines().filter(|line| !line.starts_with("-----")) {
        assert!(!text.contains(line));
    }
    let run = doctor(&shop, &args);
    assert_eq!(run.code, 3, "{run:#?}");
    doctor(&shop, &[&args[..], &["--force"]].concat());
}

/// Every finding that the sources can make stands in a test: here, or beside the source.
#[test]
fn no_finding_is_without_a_test() {
    fn collect(path: &Path, made: &mut Vec<String>, tested: &mut String) {
        if path.is_dir() {
            for entry in std::fs::read_dir(path).unwrap() {
                collect(&entry.unwrap().path(), made, tested);
            }
            return;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let (source, tests) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
        tested.push_str(tests);
        let is_id = |text: &&str| {
            ["host.", "kit.", "cloud."].iter().any(|area| text.starts_with(area))
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'-'))
        };
        made.extend(source.split('"').skip(1).step_by(2).filter(is_id).map(str::to_owned));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut made, mut tested) =
        (Vec::new(), [include_str!("doctor.rs"), include_str!("profile.rs")].concat());
    for path in ["commands/doctor.rs", "commands/doctor", "peer.rs"] {
        collect(&root.join(path), &mut made, &mut tested);
    }
    assert!(made.len() > 40, "{made:?}");
    made.retain(|id| !tested.contains(&format!("[{id}]")));
    assert!(made.is_empty(), "no test provokes {made:?}");
}

#[test]
fn a_device_that_is_known_by_nothing_is_not_looked_for() {
    let cloud = CloudSim::start();
    let run = doctor(&Shop::new().at(&cloud), &["--online"]);
    has_not(&run, "[cloud.device");
    has_not(&run, "[cloud.key");
    assert_eq!(run.code, 0, "{run:#?}");
}
