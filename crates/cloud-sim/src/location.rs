//! Location services. So far A-GNSS.

pub(crate) mod agnss;
mod cells;
mod question;
mod range;
