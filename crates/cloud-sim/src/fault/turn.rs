//! How often a fault comes: always the same for the same seed.

use std::{fmt, num::NonZeroU32};

/// Which of the requests that a fault is for have it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turn {
    pub(super) every: Option<NonZeroU32>,
    /// From 0 to 1.
    pub(super) chance: Option<f64>,
    pub(super) seed: Option<u64>,
    pub(super) skip: u64,
    pub(super) times: Option<u64>,
}

impl Turn {
    /// Whether it is the turn of request `number`, counted from 1, after `fired` others.
    pub(super) fn comes(&self, number: u64, fired: u64) -> bool {
        let Some(number) = number.checked_sub(self.skip).filter(|number| *number > 0) else { return false };
        self.times.is_none_or(|times| fired < times)
            && self.every.is_none_or(|every| number.is_multiple_of(u64::from(every.get())))
            && self.chance.is_none_or(|chance| self.dice(number) < chance)
    }

    /// From 0 to below 1, the same for the same seed and number.
    pub(super) fn dice(&self, number: u64) -> f64 {
        let mixed = mix(mix(self.seed.unwrap_or_default()).wrapping_add(number));
        // 32 bits are exact in a float, and enough for a chance.
        f64::from(u32::try_from(mixed >> 32).unwrap_or(u32::MAX)) / 32_f64.exp2()
    }
}

/// The finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let mut x = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(every) = self.every {
            write!(f, " every {every}")?;
        }
        if let Some(chance) = self.chance {
            write!(f, " chance {chance}")?;
        }
        if let Some(seed) = self.seed {
            write!(f, " seed {seed}")?;
        }
        if self.skip > 0 {
            write!(f, " skip {}", self.skip)?;
        }
        if let Some(times) = self.times {
            write!(f, " times {times}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    fn turns(text: &str, requests: u64) -> Vec<u64> {
        let fault: crate::Fault = format!("html {text}").parse().unwrap();
        let mut fired = 0;
        let comes = |number: &u64| {
            let comes = fault.turn.comes(*number, fired);
            fired += u64::from(comes);
            comes
        };
        (1..=requests).filter(comes).collect()
    }

    #[test]
    fn counts() {
        assert_eq!(turns("", 3), [1, 2, 3]);
        assert_eq!(turns("every 3", 10), [3, 6, 9]);
        assert_eq!(turns("skip 2", 4), [3, 4]);
        assert_eq!(turns("every 3 skip 1 times 2", 20), [4, 7]);
        assert!(turns("times 0", 3).is_empty());
    }

    #[test]
    fn chance_is_a_share_and_always_the_same() {
        assert!(turns("chance 0", 100).is_empty());
        assert_eq!(turns("chance 1", 5), [1, 2, 3, 4, 5]);
        let third = turns("chance 0.33 seed 1", 10_000);
        assert!((3100..3500).contains(&third.len()), "{}", third.len());
        assert_eq!(third, turns("chance 0.33 seed 1", 10_000));
        assert_ne!(third, turns("chance 0.33 seed 2", 10_000));
    }
}
