//! Measurements of the real functions, side by side in one run. I/O: processes, loopback, standard output.

pub mod members;
pub mod newcomer;
pub mod page;
pub mod policy;
pub mod sizes;
pub mod starts;
pub mod sweep;

// The page's browser and its large organizations, as its tests have them. They end where something is wrong.
#[path = "../../../shared/page/tests/browser/chrome.rs"]
#[allow(dead_code, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
mod chrome;
#[path = "../../../shared/page/tests/support/sample.rs"]
#[allow(dead_code, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
mod sample;
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod timings;

use std::fs;

use rollcall_scenarios::StageError;

/// A figure beside its limit, as one line.
pub(crate) fn line(what: &str, figure: &str, limit: &str) {
    println!("  {what:<58} {figure:>14}   {limit}");
}

/// The most memory that a process has used so far, in MB of 1,000,000 bytes.
pub(crate) fn peak_megabytes(process: Option<u32>) -> Result<f64, StageError> {
    let id = process.ok_or("the process has ended")?;
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no peak memory is told")?;
    let kibibytes: f64 = line.split_whitespace().nth(1).ok_or("no figure")?.parse()?;
    Ok(kibibytes * 1.024 / 1_000.0)
}

/// An error where a figure that depends on no clock exceeds its limit.
pub(crate) fn within(what: &str, figure: f64, limit: f64) -> Result<(), StageError> {
    if figure <= limit { Ok(()) } else { Err(format!("{what}: {figure:.2} exceeds {limit}").into()) }
}

/// The value in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
