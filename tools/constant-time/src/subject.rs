//! Subjects: the work of Stopgap on secrets.

mod offline;
mod online;
mod text;

use crate::watched::Watched;

pub(crate) use {offline::REDEEM_IN_WINDOW, online::VERIFY_REFUSED};

/// The subjects of `cargo xtask ct`.
pub(crate) const SUBJECTS: [&[Watched]; 3] =
    [&online::SUBJECTS, &offline::SUBJECTS, &text::SUBJECTS];
