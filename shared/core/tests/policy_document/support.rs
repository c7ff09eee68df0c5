//! What the tests share: reading a document, and how many cases a property is tried on. I/O: keeps the seeds of failures.

use proptest::test_runner::{Config, FileFailurePersistence};
use rollcall_core::{
    ServiceSpec,
    policy::{Checked, Mistakes, read},
};

use crate::specs;

pub(crate) static SPECS: &[&ServiceSpec] = &[&specs::GUARD, &specs::INSPECT];

pub(crate) fn checked(text: &str) -> Result<Checked, Mistakes> {
    read(text, SPECS)
}

/// Every mistake of a document, a line each.
pub(crate) fn mistakes(text: &str) -> String {
    checked(text).expect_err("the document is a policy").to_string()
}

/// The warnings of a document without mistakes, a line each.
pub(crate) fn warnings(text: &str) -> String {
    let checked = checked(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    checked.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// How a property is tried.
pub(crate) fn config(cases: u32) -> Config {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policy_document/properties.regressions");
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(seeds)) as Box<_>);
    Config { failure_persistence, max_global_rejects: 200_000, ..Config::with_cases(cases) }
}
