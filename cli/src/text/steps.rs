//! Changes of many targets, as few lines: what is the same is one, with for whom and where. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use anstyle::AnsiColor;
use rollcall_core::{
    AccountId, Action, Outcome, Region, State,
    sweep::{Change, TargetResult},
};

use super::words::{coloured, counted, plain, regions};

/// What the same change comes to in several regions.
#[derive(Default)]
struct Step<'a> {
    memberships: usize,
    regions: BTreeSet<&'a Region>,
    /// How the targets of it ended.
    outcomes: BTreeSet<Outcome>,
}

/// What tells changes apart: what reduces is told first, what failed last.
type Key<'a> = (bool, Option<&'a str>, usize, &'a str, bool);

/// A target's result as far as it is about one account: its own changes, and those of the organization.
pub(crate) fn about(result: &TargetResult, account: AccountId) -> TargetResult {
    let mut result = result.clone();
    result.planned.retain(|change| change.accounts.is_empty() || change.accounts.contains(&account));
    for change in &mut result.planned {
        change.accounts.retain(|other| *other == account);
        change.count = change.accounts.len();
    }
    let unknown = |result: &TargetResult| result.gaps.iter().any(|gap| gap.state == State::Unknown);
    let somebody = unknown(&result);
    result.gaps.retain(|gap| gap.accounts.contains(&account));
    if somebody && !unknown(&result) && result.error.is_none() {
        // It was others that could not be looked at.
        result.outcome = Outcome::Planned;
    }
    result
}

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
                change.error.as_deref(),
                rank(&change.action),
                change.what.as_str(),
                change.predicted,
            );
            let step = steps.entry(key).or_default();
            step.outcomes.insert(result.outcome);
            step.memberships += if is_about_members(change) { change.count } else { 0 };
            step.regions.insert(&result.region);
        }
    }
    steps.iter().map(|(key, step)| line(key, step, results.len())).collect()
}

fn is_about_members(change: &Change) -> bool {
    Action::KINDS.contains(&(change.action.as_str(), true))
}

fn rank(action: &str) -> usize {
    Action::KINDS.iter().position(|(known, _)| *known == action).unwrap_or(Action::KINDS.len())
}

fn line((adds, error, rank, what, predicted): &Key<'_>, step: &Step<'_>, all: usize) -> String {
    let (mark, colour) = match (adds, error.is_some()) {
        (_, true) => ("!", AnsiColor::Yellow),
        (true, false) => ("+", AnsiColor::Green),
        (false, false) => ("-", AnsiColor::Red),
    };
    let whom =
        if step.memberships > 0 { format!(", {}", counted(step.memberships, "membership")) } else { String::new() };
    let why = error.map_or_else(String::new, |error| {
        let how = match step.outcomes.last() {
            Some(Outcome::Converged) => "in vain at first",
            Some(Outcome::Blocked) => "blocked",
            _ => "failed",
        };
        format!(": {how}: {}", plain(error))
    });
    let places = regions(&step.regions, all);
    // It is the organization's, whichever region's target asks for it.
    let places = if *rank == 0 { "once for the organization".to_owned() } else { places };
    let predicted = if *predicted { " (predicted)" } else { "" };
    format!("{} {}{whom}, {places}{predicted}{why}", coloured(mark, colour), plain(what))
}
