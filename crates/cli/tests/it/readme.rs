//! The commands of the READMEs and of docs/, run as they stand there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Shop, not_tested};

/// Each `console` block is one session: lines that begin with `$ ` are typed into a shell, the others are what comes back. `…` in an
/// expected line stands for anything. A session starts one simulator at most, which is ended with it.
#[test]
fn every_console_block_does_what_it_shows() {
    let readme = include_str!("../../README.md");
    let blocks: Vec<&str> =
        readme.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let shop = Shop::new();
        let script: String = block
            .lines()
            .filter_map(|line| line.strip_prefix("$ "))
            .map(|command| format!("echo '$ '\n{command}\n"))
            .collect();
        let script = format!("trap 'kill $! 2>/dev/null || :' EXIT\n{script}");
        let output = shop.program("sh").args(["-e", "-c", &script]).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{block}\n{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
        let answers: Vec<&str> = stdout.split("$ \n").skip(1).collect();
        let expected: Vec<String> = block
            .split("$ ")
            .skip(1)
            .map(|step| step.split_once('\n').map_or(String::new(), |(_, answer)| answer.to_owned()))
            .collect();
        assert_eq!(answers.len(), expected.len(), "{stdout}");
        for (answer, expected) in answers.iter().zip(&expected) {
            assert_lines(answer, expected);
        }
    }
}

fn assert_lines(answer: &str, expected: &str) {
    assert_eq!(answer.lines().count(), expected.lines().count(), "{answer}\n---\n{expected}");
    for (line, pattern) in answer.lines().zip(expected.lines()) {
        let mut parts = pattern.split('…');
        let mut rest =
            line.strip_prefix(parts.next().unwrap()).unwrap_or_else(|| panic!("{line:?} is not {pattern:?}"));
        for part in parts {
            let at = if part.is_empty() {
                rest.len()
            } else {
                rest.find(part).unwrap_or_else(|| panic!("{line:?} is not {pattern:?}")) + part.len()
            };
            rest = &rest[at..];
        }
        assert_eq!(rest, "", "{line:?} is not {pattern:?}");
    }
}

/// README.md of the workspace.
#[test]
fn the_guide_by_hand_works_as_printed() {
    let stdout = by_hand(&Shop::new(), include_str!("../../../../README.md"), "## The guide by hand\n");
    assert!(stdout.contains("my-device-1\tsucceeded\n"), "{stdout}");
    assert!(stdout.contains("verified: signed by onboard.csv, line 1, device my-device-1"), "{stdout}");
    assert!(stdout.contains(" GPS"), "{stdout}");
}

/// docs/guide.md: all steps by hand.
#[test]
fn the_guide_step_by_step_works_as_printed() {
    let shop = Shop::new();
    let stdout = by_hand(&shop, include_str!("../../../../docs/guide.md"), "## By hand\n");
    assert_eq!(stdout.matches("\tsucceeded\n").count(), 4, "{stdout}");
    assert!(stdout.contains("verified: signed by onboard.csv, line 1, device f69c0e45-"), "{stdout}");
    for file in ["agnss.bin", "registered.bin", "keygen.bin"] {
        assert!(!fs::read(shop.path(file)).unwrap().is_empty(), "{file}");
    }
    assert!(!shop.path("foreign.bin").exists());
}

/// docs/migrating.md: our side of each table that stands in a block.
#[test]
fn what_replaces_other_tools_works_as_printed() {
    by_hand(&Shop::new(), include_str!("../../../../docs/migrating.md"), "## A whole day\n");
}

/// README.md of the workspace: all but `cargo install`, for which the manifest is where it is said to be.
#[test]
fn what_is_installed_is_as_printed() {
    let shop = Shop::new();
    let home = shop.path("").display().to_string();
    let shop = shop.env("HOME", home);
    let readme = include_str!("../../../../README.md");
    by_hand(&shop, readme, "## Install\n");
    let completions = shop.read(".local/share/bash-completion/completions/nrfcloud");
    assert!(completions.contains("_nrfcloud()"), "{completions}");
    assert!(shop.path(".local/share/man/man1/nrfcloud.1").is_file());
    let (_, install) = readme.split_once("$ cargo install --locked --path ").unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = root.join(install.lines().next().unwrap()).join("Cargo.toml");
    assert!(fs::read_to_string(manifest).unwrap().contains("\nname = \"nrfcloud\"\n"));
}

/// Plays the `console` blocks below a heading of the second level. A block that starts a simulator is a terminal of its own, all others are
/// one further terminal together. Whatever follows `# exit code N` must end so, everything else with 0. What `cargo` does is
/// not run. Gives the output of the further terminal.
fn by_hand(shop: &Shop, document: &str, heading: &str) -> String {
    let (_, text) = document.split_once(heading).unwrap();
    let text = text.split("\n## ").next().unwrap();
    // Another test, or another program, may have the port.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let blocks = text.split("```console\n").skip(1).map(|block| block.split("```").next().unwrap());
    let scripts = blocks.map(|block| {
        let commands =
            block.lines().map(|line| line.strip_prefix("$ ").unwrap_or_else(|| panic!("{line:?}")));
        commands.filter(|command| is_run(command)).map(checked).collect::<String>()
    });
    let (simulators, others): (Vec<String>, Vec<String>) = scripts
        .map(|script| script.replace("127.0.0.1:18080", &free))
        .partition(|script| script.contains("nrfcloud sim "));
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let terminal = |script: &str| {
        let mut command = shop.program("sh");
        command.args(["-e", "-c", script]).env("REPOSITORY", &repository);
        command
    };
    let mut simulators: Vec<Child> = simulators
        .iter()
        .map(|script| {
            // Each tells in a file that it is there.
            let script = script
                .replace(&free, &format!("{free} > cloud-url"))
                .replace(" | tee kit-port", " > kit-port");
            terminal(&script.replace("nrfcloud sim", "exec nrfcloud sim")).spawn().unwrap()
        })
        .collect();
    let waits = match simulators.is_empty() {
        true => "",
        false => "until [ -s kit-port ] && [ -s cloud-url ]; do sleep 0.1; done\n",
    };
    let output = terminal(&format!("{waits}{}", others.concat())).output().unwrap();
    for simulator in &mut simulators {
        kill_process(Pid::from_child(simulator), Signal::TERM).unwrap();
        assert!(simulator.wait().unwrap().success());
    }
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    stdout
}

fn is_run(command: &str) -> bool {
    if command.starts_with("openssl ") && Command::new("openssl").arg("version").output().is_err() {
        not_tested(command, "openssl is not installed");
        return false;
    }
    !command.starts_with("cargo ")
}

/// A line for `sh -e` that ends the script unless the command ends as it says.
fn checked(command: &str) -> String {
    match command.split_once("# exit code ") {
        Some((command, code)) => {
            let code: u8 = code.trim().parse().unwrap();
            format!(
                "{{ {command}; }} && code=0 || code=$?\n[ $code = {code} ] || {{ echo \"code $code: {}\" >&2; exit 1; }}\n",
                command.trim().replace(['"', '$', '`'], "'")
            )
        }
        None => format!("{command}\n"),
    }
}

/// Every command that a document names in running text or in a table has only options that there are.
#[test]
fn commands_in_running_text_are_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shop = Shop::new();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut count = 0;
    for name in ["README.md", "docs/guide.md", "docs/migrating.md", "docs/secrets.md", "docs/pain-points.md"]
    {
        let document = fs::read_to_string(root.join(name)).unwrap();
        for code in document.split('`').filter(|code| code.starts_with("nrfcloud ") && !code.contains('\n')) {
            let words: Vec<&str> = code.split_whitespace().skip(1).collect();
            let is_word = |word: &&&str| {
                word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !word.starts_with('-')
            };
            let command: Vec<&str> = words.iter().take(2).take_while(is_word).copied().collect();
            if command.is_empty() {
                continue;
            }
            let help = known
                .entry(command.join(" "))
                .or_insert_with(|| shop.ok(&[&command, &["--help"][..]].concat()));
            for option in words.iter().filter(|word| word.starts_with("--") && word.len() > 2) {
                let option = option.split(['=', ',', ';', ')']).next().unwrap();
                assert!(help.contains(option), "{name}: `{code}` has no {option}");
            }
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}
