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
