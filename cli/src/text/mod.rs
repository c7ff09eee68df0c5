//! What commands print, as a person reads it. No I/O.

mod coverage;
mod findings;
mod plan;
mod steps;
mod words;

pub(crate) use coverage::coverage;
pub(crate) use findings::findings;
pub(crate) use plan::{held_back, plan};
pub(crate) use steps::{about, changes, planned};
pub(crate) use words::{counted, plain, regions};
