//! Changes of many targets, as few lines: what is the same is one, with for whom and where. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use anstyle::AnsiColor;
use rollcall_core::{
    Outcome, Region,
    sweep::{Change, TargetResult},
};

use super::words::{coloured, counted, plain, regions};

/// What the same change comes to in several regions.
struct Step<'a> {
    memberships: usize,
    regions: BTreeSet<&'a Region>,
    /// Whether all is as it should be by now, though it failed at first.
    mended: bool,
}

impl Default for Step<'_> {
    fn default() -> Self {
        Self { memberships: 0, regions: BTreeSet::new(), mended: true }
    }
}

/// What tells changes apart: what reduces is told first, what failed last.
type Key<'a> = (bool, bool, usize, &'a str, Option<&'a str>);

/// What is to be done to a service's targets.
pub(crate) fn planned(results: &[&TargetResult]) -> Vec<String> {
    lines(results, |result| &result.planned)
}

/// What was done to a service's targets.
pub(crate) fn changes(results: &[&TargetResult]) -> Vec<String> {
    lines(results, |result| &result.changes)
}

fn lines(results: &[&TargetResult], of: fn(&TargetResult) -> &Vec<Change>) -> Vec<String> {
    let mut steps: BTreeMap<Key<'_>, Step<'_>> = BTreeMap::new();
    for result in results {
        for change in of(result) {
            let key = (
                !change.reduces,
                change.error.is_some(),
                rank(&change.action),
                change.what.as_str(),
                change.error.as_deref(),
            );
            let step = steps.entry(key).or_default();
            step.mended &= result.outcome == Outcome::Converged;
            step.memberships += if is_about_members(change) { change.count } else { 0 };
            step.regions.insert(&result.region);
        }
    }
    steps.iter().map(|(key, step)| line(key, step, results.len())).collect()
}

/// The actions in the order in which they are applied, and whether they are for members: the others are for the
/// organization, or name their account.
const ACTIONS: [(&str, bool); 12] = [
    ("enable-trusted-access", false),
    ("designate-administrator", false),
    ("enable-management", false),
    ("enable-administrator", false),
    ("disable-administrator", false),
    ("set-auto-enable", false),
    ("configure", false),
    ("associate", true),
    ("start-monitoring", true),
    ("enable-features", true),
    ("disable-features", true),
    ("disassociate", true),
];

fn is_about_members(change: &Change) -> bool {
    ACTIONS.contains(&(change.action.as_str(), true))
}

fn rank(action: &str) -> usize {
    ACTIONS.iter().position(|(known, _)| *known == action).unwrap_or(ACTIONS.len())
}

fn line((adds, failed, rank, what, error): &Key<'_>, step: &Step<'_>, all: usize) -> String {
    let (mark, colour) = match (adds, failed) {
        (_, true) => ("!", AnsiColor::Yellow),
        (true, false) => ("+", AnsiColor::Green),
        (false, false) => ("-", AnsiColor::Red),
    };
    let whom =
        if step.memberships > 0 { format!(", {}", counted(step.memberships, "membership")) } else { String::new() };
    let why = error.map_or_else(String::new, |error| {
        let how = if step.mended { "in vain at first" } else { "failed" };
        format!(": {how}: {}", plain(error))
    });
    let places = regions(&step.regions, all);
    // It is the organization's, whichever region's target asks for it.
    let places = if *rank == 0 { "once for the organization".to_owned() } else { places };
    format!("{} {}{whom}, {places}{why}", coloured(mark, colour), plain(what))
}
