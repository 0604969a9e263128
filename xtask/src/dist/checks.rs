//! What is asked of the program, what was found, and the checksums of all that is handed out.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use crate::guide::sha256;

/// One thing that was asked for.
#[derive(Debug)]
pub(super) struct Check {
    name: String,
    found: String,
    target: String,
    is_met: bool,
    /// Whether a miss makes the whole task fail.
    is_binding: bool,
}

impl Check {
    /// Something that is so or not; `None` if it could not be found out, which is as bad.
    pub(super) fn fact(name: &str, is_so: Option<bool>) -> Self {
        let found = match is_so {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        };
        let is_met = is_so == Some(true);
        Self { name: name.into(), found: found.into(), target: "yes".into(), is_met, is_binding: true }
    }

    /// A number of bytes, and the most MiB it may be.
    pub(super) fn size(name: &str, bytes: usize, most: usize) -> Self {
        let hundredths = bytes.saturating_mul(100).div_ceil(1 << 20);
        Self {
            name: name.into(),
            found: format!("{}.{:02} MiB", hundredths / 100, hundredths % 100),
            target: format!("≤ {most} MiB"),
            is_met: bytes <= most << 20,
            is_binding: true,
        }
    }

    /// Milliseconds: median and bounds, and the most the median should be.
    pub(super) fn time(name: &str, [low, median, high]: [f64; 3], most: f64) -> Self {
        Self {
            name: name.into(),
            found: format!("{median:.2} ms ({low:.2} to {high:.2})"),
            target: format!("≤ {most} ms"),
            is_met: median <= most,
            is_binding: false,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_failed(&self) -> bool {
        self.is_binding && !self.is_met
    }
}

pub(super) fn table(checks: &[Check]) -> String {
    let mut table = String::from("| | found | target | |\n|---|---|---|---|\n");
    for Check { name, found, target, is_met, .. } in checks {
        let verdict = if *is_met { "met" } else { "**NOT met**" };
        // Writing to a `String` cannot fail.
        let _ = writeln!(table, "| {name} | {found} | {target} | {verdict} |");
    }
    table
}

/// The SHA-256 of every file below `folder`, in the form of `sha256sum`.
pub(super) fn sums(folder: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut sums = String::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file).display();
        let _ = writeln!(sums, "{}  {name}", sha256(&fs::read(&file)?));
    }
    Ok(sums)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_too_many_is_too_large_and_a_slow_start_is_told() {
        let checks = [
            Check::size("a", 9 << 20, 9),
            Check::size("b", (9 << 20) + 1, 9),
            Check::time("c", [5.0, 5.5, 6.0], 5.0),
            Check::fact("d", None),
        ];
        assert_eq!(checks.iter().map(Check::is_failed).collect::<Vec<_>>(), [false, true, false, true]);
        assert_eq!(
            table(&checks),
            "| | found | target | |\n|---|---|---|---|\n\
             | a | 9.00 MiB | ≤ 9 MiB | met |\n\
             | b | 9.01 MiB | ≤ 9 MiB | **NOT met** |\n\
             | c | 5.50 ms (5.00 to 6.00) | ≤ 5 ms | **NOT met** |\n\
             | d | unknown | yes | **NOT met** |\n"
        );
    }

    #[test]
    fn sums_are_those_of_sha256sum() {
        let folder = std::env::temp_dir().join(format!("nrfcloud-sums-{}", std::process::id()));
        fs::create_dir_all(folder.join("b")).unwrap();
        fs::write(folder.join("b/empty"), "").unwrap();
        fs::write(folder.join("a"), "abc").unwrap();
        let sums = sums(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            sums,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b/empty\n"
        );
    }
}
