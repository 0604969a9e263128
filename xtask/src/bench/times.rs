//! Criterion's times, from the files that it leaves.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde_json::Value;

/// One benchmark of criterion.
#[derive(Debug, PartialEq)]
pub(super) struct Time {
    /// The operation, as the bench names it.
    name: String,
    /// What one iteration gets done.
    elements: f64,
    /// Criterion's estimate for one iteration, with its bounds for 95 %.
    nanoseconds: f64,
    low: f64,
    high: f64,
}

/// Reads the newest result of each benchmark in criterion's folder of a group, by name. What is older than `since` is of
/// a benchmark that is no more.
pub(super) fn read(group: &Path, since: SystemTime) -> Result<Vec<Time>, TimesError> {
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| TimesError::File { path, source }
    };
    let mut times = Vec::new();
    for entry in fs::read_dir(group).map_err(fault(group))? {
        let folder = entry.map_err(fault(group))?.path().join("new");
        let read = |name: &str| {
            let path = folder.join(name);
            let text = fs::read(&path).map_err(fault(&path))?;
            serde_json::from_slice(&text).map_err(|source| TimesError::Json { path, source })
        };
        // Beside the benchmarks may lie a report.
        let written = fs::metadata(folder.join("estimates.json")).and_then(|file| file.modified());
        if written.is_ok_and(|written| written >= since) {
            let time = time(&read("benchmark.json")?, &read("estimates.json")?);
            times.push(time.ok_or(TimesError::Content { path: folder })?);
        }
    }
    if times.is_empty() {
        return Err(TimesError::None { path: group.to_owned() });
    }
    times.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(times)
}

fn time(benchmark: &Value, estimates: &Value) -> Option<Time> {
    // The slope is there when iterations were varied, and better; with few long iterations criterion has the mean alone.
    let estimate = if estimates["slope"].is_object() { &estimates["slope"] } else { &estimates["mean"] };
    let bounds = &estimate["confidence_interval"];
    Some(Time {
        name: benchmark["function_id"].as_str()?.to_owned(),
        elements: benchmark["throughput"]["Elements"].as_f64()?,
        nanoseconds: estimate["point_estimate"].as_f64()?,
        low: bounds["lower_bound"].as_f64()?,
        high: bounds["upper_bound"].as_f64()?,
    })
}

pub(super) fn table(times: &[Time]) -> String {
    let mut table = String::from("| operation | time (criterion) | per second |\n|---|---|---|\n");
    for Time { name, elements, nanoseconds, low, high } in times {
        let per_second = elements * 1e9 / nanoseconds;
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            table,
            "| {name} | {:.2} µs ({:.2} to {:.2}) | {} |",
            nanoseconds / 1e3,
            low / 1e3,
            high / 1e3,
            grouped(per_second)
        );
    }
    table
}

/// A whole number with commas: `48,700`.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Criterion's files could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TimesError {
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("{}: not what criterion writes", path.display())]
    Content { path: PathBuf },
    #[error("{}: no benchmark is there", path.display())]
    None { path: PathBuf },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn estimates(slope: Value) -> Value {
        let estimate = |nanoseconds: f64| {
            json!({"point_estimate": nanoseconds,
                   "confidence_interval": {"lower_bound": nanoseconds - 10.0, "upper_bound": nanoseconds + 10.0}})
        };
        let slope = if slope.is_null() { slope } else { estimate(20_520.0) };
        json!({"mean": estimate(25_000.0), "slope": slope})
    }

    #[test]
    fn a_row_has_time_and_throughput() {
        let benchmark = json!({"function_id": "sign/raw", "throughput": {"Elements": 1}});
        let time = time(&benchmark, &estimates(json!({}))).unwrap();
        assert!(table(&[time]).ends_with("| sign/raw | 20.52 µs (20.51 to 20.53) | 48,733 |\n"));
    }

    #[test]
    fn two_threads_get_two_things_done_and_the_mean_will_do() {
        let benchmark = json!({"function_id": "sign/2 threads", "throughput": {"Elements": 2}});
        let time = time(&benchmark, &estimates(Value::Null)).unwrap();
        assert!(table(&[time]).ends_with("| sign/2 threads | 25.00 µs (24.99 to 25.01) | 80,000 |\n"));
    }

    #[test]
    fn numbers_are_grouped_from_the_right() {
        assert_eq!([7.0, 999.6, 48_700.0, 3_086_420.0].map(grouped), ["7", "1,000", "48,700", "3,086,420"]);
    }

    #[test]
    fn a_folder_without_benchmarks_is_a_failure() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let error = read(&folder, SystemTime::UNIX_EPOCH).unwrap_err().to_string();
        assert!(error.ends_with("src: no benchmark is there"), "{error}");
    }
}
