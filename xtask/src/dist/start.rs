//! How long the program takes as a whole process.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use super::{DistError, checks::Check};
use crate::workspace::{self, ToolError};

const ROUNDS: usize = 400;

/// Milliseconds from start to end, for a run that reads nothing and one that reads a key and signs.
pub(super) fn measure(program: &Path) -> Result<Vec<Check>, DistError> {
    let key = std::env::temp_dir().join(format!("nrfcloud-dist-{}.pem", std::process::id()));
    workspace::output(Command::new(program).args(["key", "create", "--force", "--out"]).arg(&key))?;
    let mut times = [Vec::new(), Vec::new()];
    let measured = (0..ROUNDS).try_for_each(|_| -> Result<(), DistError> {
        times[0].push(once(Command::new(program).arg("--version"))?);
        let mut sign = Command::new(program);
        times[1].push(once(sign.args(["jwt", "sign", "--device-id", "a", "--key"]).arg(&key))?);
        Ok(())
    });
    // A key that signed nothing of worth; where it cannot be removed it harms nobody.
    let _ = std::fs::remove_file(&key);
    measured?;
    let [version, sign] = times.map(median);
    Ok(vec![
        Check::time("`nrfcloud --version`", version, 5.0),
        Check::time("`nrfcloud jwt sign --key`", sign, 8.0),
    ])
}

fn once(command: &mut Command) -> Result<f64, DistError> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status();
    let time = start.elapsed().as_secs_f64() * 1e3;
    match status {
        Ok(status) if status.success() => Ok(time),
        Ok(status) => Err(ToolError::Failed { command: "nrfcloud".into(), status }.into()),
        Err(source) => Err(ToolError::NotStarted { command: "nrfcloud".into(), source }.into()),
    }
}

/// The median between the order statistics that enclose the true one in 95 of 100 runs.
fn median(mut times: Vec<f64>) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    let last = times.len().saturating_sub(1);
    // 1.96 standard deviations of a binomial distribution with p = 1/2, in whole ranks.
    let reach = (times.len() * 96 / 100).isqrt() + 1;
    let at = |rank: usize| times.get(rank.min(last)).copied().unwrap_or(f64::NAN);
    let middle = times.len() / 2;
    [at(middle.saturating_sub(reach)), at(middle), at(middle + reach)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_between_its_bounds() {
        let times: Vec<f64> = (0..400).rev().map(f64::from).collect();
        assert_eq!(median(times), [180.0, 200.0, 220.0]);
        assert!(median(Vec::new())[1].is_nan());
    }
}
