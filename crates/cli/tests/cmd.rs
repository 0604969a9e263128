//! What the command says, word by word: `cmd/<noun>/*.trycmd` has every verb and every refusal. cmd/README.md tells how to add one.
#![cfg(all(feature = "sim", unix))]
#![expect(clippy::unwrap_used, reason = "a test ends where its ground gives way")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// The API key of the simulated team. Of our own making.
const API_KEY: &str = "0123456789abcdef0123456789abcdef01234567";
/// A device that is onboarded before any case is run.
const DEVICE: &str = "8c3e1f52-6d0b-4a77-9f0e-2b5a7d94c6e1";

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd")
}

/// The address of the simulated cloud, in the process that runs the cases.
const CASES_CLOUD: &str = "CASES_CLOUD";

#[test]
fn every_command_says_what_it_said() {
    let Ok(cloud_url) = std::env::var(CASES_CLOUD) else {
        return run_in_a_shop();
    };
    let cases = trycmd::TestCases::new();
    cases.register_bin("nrfcloud", Path::new(env!("CARGO_BIN_EXE_nrfcloud")));
    cases.insert_var("[CLOUD]", cloud_url).unwrap();
    cases.case(cases_glob()).run();
}

/// Runs this test again, in the directory and with the variables of a shop: what trycmd itself sets, no case can change.
fn run_in_a_shop() {
    let shop = Shop::open();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "every_command_says_what_it_said", "--nocapture"]);
    command.args(std::env::args().filter(|arg| arg.starts_with("trycmd=")));
    command.current_dir(shop.directory.path()).envs(shop.env()).env(CASES_CLOUD, &shop.cloud_url);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn cases_glob() -> String {
    cases().join("*/*.trycmd").to_str().unwrap().to_owned()
}

/// The directory in which all cases run, and the simulators that they meet.
struct Shop {
    directory: TempDir,
    state: TempDir,
    cloud_url: String,
    _sims: Vec<Sim>,
}

impl Shop {
    fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let state = tempfile::tempdir().unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").canonicalize().unwrap();
        symlink(fixtures, directory.path().join("fixtures")).unwrap();
        for (name, content) in FILES {
            fs::write(directory.path().join(name), content).unwrap();
        }
        let mut cloud = Sim::start(&["cloud", "--bulk-delay", "50"]);
        let cloud_url = cloud.line();
        let mut sims = vec![cloud];
        let mut profiles = String::new();
        for (name, faults) in BAD_CLOUDS {
            let mut cloud = Sim::start(&[&["cloud", "--bulk-delay", "50"][..], faults].concat());
            profiles += &format!("[profile.{name}]\napi-url = \"{}\"\n", cloud.line());
            sims.push(cloud);
        }
        fs::write(directory.path().join("clouds.toml"), profiles).unwrap();
        for (name, args) in KITS {
            let mut kit = Sim::start(&[&["modem", "--seed", "1"][..], args].concat());
            symlink(kit.line(), directory.path().join(name)).unwrap();
            sims.push(kit);
        }
        let shop = Self { directory, state, cloud_url, _sims: sims };
        shop.run(&["ca", "create", "--subject", "/C=NO/O=Example"]);
        shop.run(&[
            "cert",
            "issue",
            "--ca",
            "ca-cert.crt.pem",
            "--ca-key",
            "ca-cert.key.pem",
            "--device-id",
            DEVICE,
            "--csv",
            "onboard.csv",
        ]);
        shop.run(&["device", "onboard", "onboard.csv", "--wait"]);
        shop
    }

    fn run(&self, args: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nrfcloud"));
        let output = command.args(args).envs(self.env()).current_dir(self.directory.path()).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
    }

    /// Nothing of the machine's own: an empty variable counts as unset.
    fn env(&self) -> BTreeMap<&'static str, String> {
        let ledger = self.state.path().join("ledger.sqlite");
        let mut env: BTreeMap<_, _> = EMPTY.iter().map(|name| (*name, String::new())).collect();
        env.insert("NRFCLOUD_API_KEY", API_KEY.to_owned());
        env.insert("NRFCLOUD_API_URL", self.cloud_url.clone());
        env.insert("NRFCLOUD_LEDGER", ledger.to_str().unwrap().to_owned());
        env.insert("XDG_CONFIG_HOME", "/does/not/exist".to_owned());
        env
    }
}

const EMPTY: &[&str] = &[
    "NRFCLOUD_API_KEY_FILE",
    "NRFCLOUD_AUTH_TOKEN",
    "NRFCLOUD_ORG",
    "NRFCLOUD_PORT",
    "NRFCLOUD_PROFILE",
    "NRFCLOUD_PROJECT",
    "NRFCLOUD_PROVISIONING_URL",
    "NO_COLOR",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// The name of each kit's port in the directory, and its options. A port has one user at a time, so each is for one file of cases.
const KITS: &[(&str, &[&str])] = &[
    ("kit", &[]),
    ("kit-to-write", &[]),
    ("kit-to-write-ca", &[]),
    ("kit-to-write-psk", &[]),
    ("kit-to-script", &[]),
    ("kit-to-keygen", &[]),
    ("kit-to-claim", &[]),
    ("kit-to-provision", &[]),
    ("kit-to-provision-twice", &[]),
    ("kit-half-done", &[]),
    ("kit-without-time", &["--no-time"]),
    ("kit-without-time-to-fetch", &["--no-time"]),
    ("kit-without-modem", &["--mode", "tls-shell"]),
    ("kit-refused-by-cloud", &[]),
    ("kit-lost-by-cloud", &[]),
    ("kit-known-to-cloud", &[]),
    ("kit-that-garbles-tokens", &["--fault", "drop 60 on AT%JWT*", "--fault", "drop 60 on AT%ATTESTTOKEN*"]),
    ("kit-9160", &["--model", "nRF9160-SICA"]),
    ("kit-9160-to-keygen", &["--model", "nRF9160-SICA"]),
];

/// Clouds in which something goes wrong: the profile of `clouds.toml` that leads to each, and its options. For cases that set no `NRFCLOUD_API_URL`.
const BAD_CLOUDS: &[(&str, &[&str])] = &[
    ("refuses-rows", &["--fault", "bulk fail 1"]),
    ("forgets-devices", &["--fault", "status 404 on GET /v1/devices/*"]),
    ("loses-answers", &["--fault", "reset after on POST *"]),
    ("answers-html", &["--fault", "html 200 on POST *", "--fault", "html 200 on GET *"]),
];

/// Small files that cases read, under their names. What is larger is in the fixtures of the workspace.
const FILES: &[(&str, &str)] = &[
    ("profiles.toml", "[profile.bench]\napi-url = \"nowhere\"\n"),
    ("names.csv", "a b,Pump 7\nonly-one\n"),
    ("script.txt", "AT+CGSN\nATX999\nAT+CFUN?\n"),
];

/// A simulator, ended when it is dropped.
struct Sim {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Sim {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nrfcloud"))
            .arg("sim")
            .args(args)
            .env("NRFCLOUD_API_KEY", API_KEY)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("the simulator says where it is").unwrap()
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All files of cases, with their text.
fn files() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for noun in fs::read_dir(cases()).unwrap() {
        let noun = noun.unwrap().path();
        if noun.is_dir() {
            let paths = fs::read_dir(noun).unwrap().map(|entry| entry.unwrap().path());
            let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "trycmd"));
            files.extend(paths.map(|path| (path.clone(), fs::read_to_string(path).unwrap())));
        }
    }
    files
}

#[test]
fn no_verb_is_left_out() {
    let pages = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrfcloud"));
    let output = command.args(["man", "--out"]).arg(pages.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let names: BTreeSet<String> = fs::read_dir(pages.path())
        .unwrap()
        .map(|page| page.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let has_verbs = |name: &str| names.iter().any(|other| other.starts_with(&format!("{name}-")));
    let files = files();
    let missing: Vec<String> = names
        .iter()
        .filter(|name| !has_verbs(name))
        .map(|name| spoken(name))
        .filter(|command| {
            !files.iter().any(|(_, text)| {
                text.contains(&format!("{command} ")) || text.contains(&format!("{command}\n"))
            })
        })
        .collect();
    assert!(names.len() > 40, "{names:?}");
    assert!(missing.is_empty(), "no case in tests/cmd has:\n{}", missing.join("\n"));
}

/// The command of a manual page: names of verbs have hyphens too, those of nouns have none.
fn spoken(page: &str) -> String {
    page.splitn(3, '-').collect::<Vec<_>>().join(" ")
}

#[test]
fn no_refusal_is_left_out() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnostic");
    let mut refusals = BTreeMap::new();
    for entry in fs::read_dir(sources).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_str().unwrap();
        let source = fs::read_to_string(&path).unwrap();
        for function in source.split("\npub(crate) fn ").skip(1) {
            let signature = function.split('{').next().unwrap();
            if signature.trim_end().ends_with("-> Diagnostic") {
                let name = format!("{file}::{}", signature.split(['(', '<']).next().unwrap());
                refusals.insert(name, words(function.split("\n}").next().unwrap()));
            }
        }
    }
    assert!(refusals.len() > 60, "{refusals:?}");
    let mut shown = BTreeSet::new();
    let mut other = Vec::new();
    for (path, text) in files() {
        for name in marks(&text) {
            let words = refusals.get(&name).map_or(&[][..], Vec::as_slice);
            if !words.iter().any(|words| text.contains(words)) {
                other.push(format!("{}: {name}", path.display()));
            }
            shown.insert(name);
        }
    }
    let elsewhere = elsewhere();
    for (name, code) in &elsewhere {
        let words = refusals.get(name).map_or(&[][..], Vec::as_slice);
        if code.as_ref().is_some_and(|code| !words.iter().any(|words| code.contains(words))) {
            other.push(format!("elsewhere.tsv: {name}"));
        }
    }
    assert!(other.is_empty(), "without any words of the refusal:\n{}", other.join("\n"));
    let refusals: BTreeSet<String> = refusals.into_keys().collect();
    let known: BTreeSet<String> = shown.iter().chain(elsewhere.keys()).cloned().collect();
    let missing: Vec<_> = refusals.difference(&known).cloned().collect();
    assert!(missing.is_empty(), "neither in a case nor in elsewhere.tsv:\n{}", missing.join("\n"));
    let gone: Vec<_> = known.difference(&refusals).cloned().collect();
    assert!(gone.is_empty(), "no such refusal in src/diagnostic:\n{}", gone.join("\n"));
    let twice: Vec<_> = shown.iter().filter(|name| elsewhere.contains_key(*name)).collect();
    assert!(twice.is_empty(), "in a case and in elsewhere.tsv: {twice:?}");
}

/// What a function is sure to say: its texts, without what is put into them.
fn words(code: &str) -> Vec<String> {
    let texts = code.split('"').skip(1).step_by(2);
    let fixed = texts.flat_map(|text| text.split('{').map(|part| part.rsplit('}').next().unwrap()));
    let lines = fixed.flat_map(|text| text.split('\\')).map(str::trim);
    lines.filter(|words| words.len() >= 5).map(str::to_owned).collect()
}

/// The names in `<!-- refusal: file::function -->`.
fn marks(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("<!-- refusal: ")?.strip_suffix(" -->"));
    lines.map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// Refusals that need more than a command line: each with the code of the test that provokes it, which must be there, or with none where
/// the row has `none: ` and the reason why no test can.
fn elsewhere() -> BTreeMap<String, Option<String>> {
    let text = fs::read_to_string(cases().join("elsewhere.tsv")).unwrap();
    let rows = text.lines().map(|line| line.split_once('\t').unwrap_or_else(|| panic!("no tab in {line:?}")));
    rows.map(|(refusal, test)| {
        if test.strip_prefix("none: ").is_some_and(|reason| !reason.is_empty()) {
            return (refusal.to_owned(), None);
        }
        let (file, function) = test.split_once("::").unwrap_or_else(|| panic!("no test in {test:?}"));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let code = source.split(&format!("fn {function}(")).nth(1);
        let code = code.unwrap_or_else(|| panic!("{file} has no {function}"));
        (refusal.to_owned(), Some(code.split("\n}\n").next().unwrap().to_owned()))
    })
    .collect()
}
