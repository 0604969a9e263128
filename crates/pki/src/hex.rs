//! Lower-case hexadecimal, for `Display` and `Debug`.

use std::fmt::{self, Display, Formatter};

/// Shows bytes as lower-case hexadecimal digits without separators.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
