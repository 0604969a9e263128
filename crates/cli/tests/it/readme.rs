//! The commands of README.md, run as they stand there.

use std::process::{Command, Stdio};

use crate::support::Shop;

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
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_nrfcloud"));
        let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-e", "-c", &format!("trap 'kill $! 2>/dev/null || :' EXIT\n{script}")])
            .current_dir(shop.path(""))
            .env("PATH", path)
            .env_remove("NRFCLOUD_API_KEY")
            .env_remove("NRFCLOUD_API_URL")
            .env_remove("NRFCLOUD_PORT")
            .stdin(Stdio::null())
            .output()
            .unwrap();
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

/// README.md of the workspace: two terminals with simulators, one with everything else.
#[test]
fn the_guide_by_hand_works_as_printed() {
    let readme = include_str!("../../../../README.md");
    let (_, guide) = readme.split_once("## The guide by hand\n").unwrap();
    let (guide, _) = guide.split_once("\n## ").unwrap();
    // Another test, or another program, may have the port.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let terminals: Vec<String> = guide
        .split("```console\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap().replace("127.0.0.1:18080", &free))
        .map(|block| {
            let commands = block.lines().map(|line| line.strip_prefix("$ ").unwrap());
            commands.filter(|command| !command.starts_with("cargo install ")).collect::<Vec<_>>().join("\n")
        })
        .collect();
    let [cloud, kit, third] = &terminals[..] else { panic!("{terminals:#?}") };
    let shop = Shop::new();
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_nrfcloud"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let waits = "while ! [ -s kit-port ] || ! [ -s cloud-url ]; do sleep 0.1; done\n\
         trap 'kill $(cat pids) 2>/dev/null || :' EXIT\n";
    let in_background = |script: &str| script.replace("nrfcloud sim", "echo $$ >> pids\nexec nrfcloud sim");
    let cloud = in_background(cloud).replace(&free, &format!("{free} > cloud-url"));
    let kit = in_background(kit).replace(" | tee kit-port", " > kit-port");
    let terminal = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-e", "-c", script]).current_dir(shop.path("")).env("PATH", &path).stdin(Stdio::null());
        for name in ["NRFCLOUD_API_KEY", "NRFCLOUD_API_URL", "NRFCLOUD_PORT"] {
            command.env_remove(name);
        }
        command
    };
    let mut simulators = [terminal(&cloud).spawn().unwrap(), terminal(&kit).spawn().unwrap()];
    let output = terminal(&format!("{waits}{third}")).output().unwrap();
    for simulator in &mut simulators {
        assert!(simulator.wait().unwrap().success());
    }
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains("my-device-1\tsucceeded\n"), "{stdout}");
    assert!(stdout.contains("verified: signed by onboard.csv, line 1, device my-device-1"), "{stdout}");
    assert!(stdout.contains(" GPS"), "{stdout}");
}
