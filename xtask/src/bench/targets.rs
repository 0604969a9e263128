//! What was asked for and what was reached, from the lines that a bench prints with `--targets`.

use std::fmt::Write as _;

use serde_json::Value;

/// A target and its measurement.
#[derive(Debug, PartialEq)]
pub(super) struct Reached {
    operation: String,
    goal: Goal,
    median: f64,
    low: f64,
    high: f64,
}

#[derive(Debug, PartialEq)]
enum Goal {
    /// So many times the throughput of this operation.
    Speed { of: String, at_least: f64 },
    /// So many of this unit.
    Most { at_most: f64, unit: String },
}

pub(super) fn read(output: &[u8]) -> Result<Vec<Reached>, TargetsError> {
    let reached: Vec<Reached> = String::from_utf8_lossy(output)
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| {
            let value = serde_json::from_str(line)?;
            reached(&value).ok_or_else(|| TargetsError::Line(line.into()))
        })
        .collect::<Result<_, _>>()?;
    if reached.is_empty() { Err(TargetsError::None) } else { Ok(reached) }
}

fn reached(line: &Value) -> Option<Reached> {
    let text = |name: &str| line[name].as_str().map(str::to_owned);
    let number = |name: &str| line[name].as_f64();
    let goal = match text("of") {
        Some(of) => Goal::Speed { of, at_least: number("at_least")? },
        None => Goal::Most { at_most: number("at_most")?, unit: text("unit").unwrap_or_else(|| "ns".into()) },
    };
    Some(Reached {
        operation: text("operation")?,
        goal,
        median: number("median")?,
        low: number("low")?,
        high: number("high")?,
    })
}

impl Reached {
    fn is_met(&self) -> bool {
        match self.goal {
            Goal::Speed { at_least, .. } => self.median >= at_least,
            Goal::Most { at_most, .. } => self.median <= at_most,
        }
    }

    fn row(&self) -> String {
        let Self { operation, median, low, high, .. } = self;
        let verdict = if self.is_met() { "met" } else { "**NOT met**" };
        match &self.goal {
            Goal::Speed { of, at_least } => {
                format!(
                    "| {operation} | {of} | {median:.3} ({low:.3} to {high:.3}) | ≥ {at_least} | {verdict} |"
                )
            }
            Goal::Most { at_most, unit } => {
                format!(
                    "| {operation} | | {median:.0} {unit} ({low:.0} to {high:.0}) | ≤ {at_most:.0} {unit} | {verdict} |"
                )
            }
        }
    }
}

pub(super) fn table(reached: &[Reached]) -> String {
    let mut table =
        String::from("| operation | speed relative to | median | target | |\n|---|---|---|---|---|\n");
    for one in reached {
        // Writing to a `String` cannot fail.
        let _ = writeln!(table, "{}", one.row());
    }
    table
}

/// A bench did not tell its targets.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetsError {
    #[error("a target is told as no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a target lacks something: {0}")]
    Line(String),
    #[error("the bench told no targets")]
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_is_told_with_its_verdict() {
        let output = br#"
running 0 tests
{"operation":"a","of":"b","at_least":1.5,"median":1.4996,"low":1.49,"high":1.6,"rounds":6000}
{"operation":"a","of":"c","at_least":0.97,"median":0.97,"low":0.96,"high":0.98,"rounds":6000}
{"operation":"d","at_most":1000.0,"median":324.4,"low":320.0,"high":330.6,"rounds":12000}
{"operation":"e","at_most":1000.0,"unit":"KiB","median":1001.0,"low":1001.0,"high":1001.0,"rounds":1}
"#;
        assert_eq!(
            table(&read(output).unwrap()),
            "| operation | speed relative to | median | target | |\n\
             |---|---|---|---|---|\n\
             | a | b | 1.500 (1.490 to 1.600) | ≥ 1.5 | **NOT met** |\n\
             | a | c | 0.970 (0.960 to 0.980) | ≥ 0.97 | met |\n\
             | d | | 324 ns (320 to 331) | ≤ 1000 ns | met |\n\
             | e | | 1001 KiB (1001 to 1001) | ≤ 1000 KiB | **NOT met** |\n"
        );
    }

    #[test]
    fn a_bench_that_tells_nothing_is_a_failure() {
        assert_eq!(read(b"running 0 tests\n").unwrap_err().to_string(), "the bench told no targets");
    }

    #[test]
    fn a_target_without_a_goal_is_a_failure() {
        let line = r#"{"operation":"a","median":1,"low":1,"high":1}"#;
        assert_eq!(
            read(line.as_bytes()).unwrap_err().to_string(),
            format!("a target lacks something: {line}")
        );
    }
}
