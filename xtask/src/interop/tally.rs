//! What an area checked, and what was wrong.

use super::{InteropError, say};

/// What was checked, and what was wrong.
#[derive(Debug, Default)]
pub(super) struct Tally {
    checks: usize,
    told: usize,
    faults: Vec<String>,
}

impl Tally {
    /// Says how many checks there were since it was last called.
    pub(super) fn tell(&mut self, what: &str) {
        say(&format!("{:>4} checks: {what}", self.checks - self.told));
        self.told = self.checks;
    }

    pub(super) fn check(&mut self, right: bool, fault: impl FnOnce() -> String) {
        self.checks += 1;
        if !right {
            self.faults.push(fault());
        }
    }

    pub(super) fn finish(self) -> Result<(), InteropError> {
        let Self { checks, faults, .. } = self;
        if !faults.is_empty() {
            return Err(InteropError::Disagreement { checks, faults });
        }
        say(&format!("interop: {checks} passed, 0 failed"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_with_the_number_of_checks() {
        let mut tally = Tally::default();
        tally.check(true, || unreachable!());
        tally.check(false, || "a accepts b".into());
        assert_eq!(tally.finish().unwrap_err().to_string(), "interop: 1 of 2 checks failed:\n  a accepts b");
    }
}
