//! Who has a port open, by `/proc`. What belongs to other users is not seen there.

use std::fs;
use std::path::Path;

use crate::transport::Holder;

/// A program that has the device at `path` open.
pub(super) fn of(path: &str) -> Option<Holder> {
    of_in(Path::new("/proc"), &fs::canonicalize(path).ok()?)
}

fn of_in(processes: &Path, device: &Path) -> Option<Holder> {
    let mut holders: Vec<Holder> = fs::read_dir(processes)
        .ok()?
        .filter_map(|process| {
            let process = process.ok()?;
            let pid = process.file_name().to_str()?.parse().ok()?;
            let mut files = fs::read_dir(process.path().join("fd")).ok()?;
            let has_it = files.any(|file| {
                file.is_ok_and(|file| fs::read_link(file.path()).is_ok_and(|target| target == device))
            });
            let name = fs::read_to_string(process.path().join("comm")).ok()?;
            has_it.then(|| Holder { name: name.trim().to_string(), pid })
        })
        .collect();
    // The one that was there first; a child may have inherited the port from it.
    holders.sort_by_key(|holder| holder.pid);
    holders.into_iter().next()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_very_process_is_found() {
        let file = fs::File::open("Cargo.toml").unwrap();
        let holder = of("Cargo.toml").unwrap();
        assert_eq!(holder.pid, std::process::id());
        assert_eq!(holder.to_string(), format!("`{}` (process {})", holder.name, holder.pid));
        drop(file);
        assert_eq!(of_in(Path::new("/proc/self"), Path::new("/dev/ttyACM0")), None);
    }
}
