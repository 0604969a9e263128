//! How long a certificate is valid where nobody says it.

use std::time::SystemTime;

use pki::certificate::Certificate;

/// Days of what an authority issues: ten years, and no longer than the authority. What it has left is rounded up to a day only where that
/// is less than one.
pub(crate) fn default_days(authority: &Certificate, now: SystemTime) -> u32 {
    let left = authority.not_after().duration_since(now).unwrap_or_default().as_secs() / 86_400;
    u32::try_from(left).unwrap_or(u32::MAX).clamp(1, 3650)
}
