//! Why a text is no fault.

/// A text that is not a [`Fault`](crate::Fault).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// There is no word at all.
    #[error("a fault begins with its effect, such as `status 503`")]
    Empty,
    /// The first word, or the one after `bulk`, names no effect.
    #[error("`{word}` is no effect; there are {known}")]
    Effect {
        /// What stands there.
        word: String,
        /// The effects that could stand there.
        known: &'static str,
    },
    /// The text ends where more is needed.
    #[error("after `{after}` {needed} is missing")]
    Missing {
        /// The last word.
        after: &'static str,
        /// What should have followed.
        needed: &'static str,
    },
    /// A value breaks its rule.
    #[error("`{word}` after `{after}` is not {needed}")]
    Value {
        /// The word before the value.
        after: &'static str,
        /// The value.
        word: String,
        /// What it should have been.
        needed: &'static str,
    },
    /// A word behind the effect is none of the conditions.
    #[error("`{word}` is no condition; there are on, every, chance, seed, skip and times")]
    Condition {
        /// What stands there.
        word: String,
    },
    /// A condition stands twice.
    #[error("`{word}` stands twice")]
    Twice {
        /// The condition.
        word: &'static str,
    },
    /// `every` and `chance` are two answers to one question.
    #[error("`every` and `chance` exclude each other")]
    EveryAndChance,
    /// `seed` without anything at random.
    #[error("`seed` is for `chance`, and for effects with a range")]
    Seed,
}
