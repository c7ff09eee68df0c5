//! Reads the policy document: TOML in, a checked policy or every mistake at once out. No I/O.
//!
//! Which keys there are stands in [`keys`]; the schema and the reference are made from the same.

pub mod keys;
mod ledger;
mod lists;
mod reader;
mod suggest;
mod syntax;
mod values;

use std::fmt;

pub(super) use ledger::{Ledger, Place, auto_enable_table, shown_key};
use reader::Reader;
pub(super) use reader::feature_word;

use super::{Policy, check};
use crate::ServiceSpec;

/// So long may a document be, in bytes.
pub const LONGEST: usize = 256 * 1024;

/// So many rules may a document have: all are compared with each other.
pub const MOST_RULES: usize = 500;

/// A policy that holds no contradiction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The policy.
    pub policy: Policy,
    /// What is allowed and probably not meant. Without any, AWS's automation does not overrule the policy.
    pub warnings: Vec<Finding>,
}

/// Something in a document that a person should see to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The line, from 1.
    pub line: usize,
    /// The key, and in which rule; empty where it is about the whole document.
    pub key: String,
    /// What it is, and the remedy.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "{}: {}", self.line, self.message),
            key => write!(f, "{}: {key}: {}", self.line, self.message),
        }
    }
}

/// Why a document is no policy: every mistake, by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    /// The mistakes; at least one.
    pub mistakes: Vec<Finding>,
    /// What would be warned of besides.
    pub warnings: Vec<Finding>,
}

impl std::error::Error for Mistakes {}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, mistake) in self.mistakes.iter().enumerate() {
            let separator = if place == 0 { "" } else { "\n" };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

/// Reads and checks a document.
pub fn read(text: &str, specs: &[&'static ServiceSpec]) -> Result<Checked, Mistakes> {
    if text.len() > LONGEST {
        let kib = LONGEST / 1024;
        let message = format!("the document is longer than {kib} KiB, which is the most that is read: shorten it");
        return Err(alone(Finding { line: 1, key: String::new(), message }));
    }
    let document = toml_span::parse(text).map_err(|error| alone(syntax::finding(text, &error)))?;
    let (policy, mut ledger) = Reader::new(text, specs).read(&document);
    check::check(&policy, specs, &mut ledger);
    let (mistakes, warnings) = ledger.close();
    if mistakes.is_empty() { Ok(Checked { policy, warnings }) } else { Err(Mistakes { mistakes, warnings }) }
}

fn alone(mistake: Finding) -> Mistakes {
    Mistakes { mistakes: vec![mistake], warnings: Vec::new() }
}
