//! The question whether something that cannot be undone is meant.

use std::fmt::Display;

use clap::Args;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};

/// The option of every verb that asks first.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ConfirmOptions {
    /// Do not ask whether it is meant
    #[arg(long)]
    yes: bool,
}

impl ConfirmOptions {
    /// Goes on with `--yes`, or after a yes at a terminal. `what` fits "… ?" and "not confirmed: …".
    pub(crate) fn check(self, context: &Context, what: impl Display) -> Result<(), Diagnostic> {
        if self.yes {
            return Ok(());
        }
        if context.can_ask() {
            context.out.prompt(format_args!("{what}? [y/N] "));
            if is_yes(&context.input.line()?) {
                return Ok(());
            }
        }
        Err(diagnostic::not_confirmed(&what))
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_one() {
        for answer in ["y\n", "Yes", " YES \r\n"] {
            assert!(is_yes(answer), "{answer:?}");
        }
        for answer in ["", "\n", "n", "yes please", "j"] {
            assert!(!is_yes(answer), "{answer:?}");
        }
    }
}
