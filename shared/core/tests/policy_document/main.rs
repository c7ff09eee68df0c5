//! Tests of the policy document: what is read, what is refused, and what a policy without warnings promises. No I/O.

mod generate;
mod never_panics;
mod overruled;
mod reading;
#[path = "../behaviour/support/specs.rs"]
mod specs;

use rollcall_core::{
    ServiceSpec,
    policy::{Checked, Mistakes, read},
};

static SPECS: &[&ServiceSpec] = &[&specs::GUARD, &specs::INSPECT];

fn checked(text: &str) -> Result<Checked, Mistakes> {
    read(text, SPECS)
}

/// Every mistake of a document, a line each.
fn mistakes(text: &str) -> String {
    checked(text).expect_err("the document is a policy").to_string()
}

/// The warnings of a document without mistakes, a line each.
fn warnings(text: &str) -> String {
    let checked = checked(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    checked.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
