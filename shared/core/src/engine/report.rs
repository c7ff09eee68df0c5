//! What a run says at its end. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Attempt, Run, attempts::Attempts};
use crate::{AccountId, Coverage, Membership, Plan, State, Target};

/// Whether a run changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Stop before the first write and say what would be done.
    #[default]
    Plan,
    /// Do it.
    Apply,
}

/// How a run on a target ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing is left to do.
    Converged,
    /// Plan mode: there is something to do, and nothing was done.
    Planned,
    /// AWS is at work; look again later.
    Pending,
    /// Time was up, or more turned up than the first plan named; call again at once.
    Unfinished,
    /// A person must see to something; everything else is done.
    Blocked,
    /// Something failed or could not be observed.
    Failed,
}

impl Outcome {
    /// The outcome as logs print it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Planned => "planned",
            Self::Pending => "pending",
            Self::Unfinished => "unfinished",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
        }
    }
}

/// The report on one target.
#[derive(Debug, Clone)]
#[must_use]
pub struct TargetReport {
    /// The target.
    pub target: Target,
    /// How the run ended.
    pub outcome: Outcome,
    /// The first plan: what was to be done.
    pub plan: Option<Plan>,
    /// Everything that was tried, in order.
    pub attempts: Vec<Attempt>,
    /// The verdict on each account within the scope, by the last observation.
    pub memberships: BTreeMap<AccountId, Membership>,
    /// What else an operator should know.
    pub remarks: BTreeSet<String>,
}

impl TargetReport {
    /// How many actions failed, for all accounts or for some.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.attempts.iter().filter(|attempt| !attempt.succeeded()).count()
    }

    /// The organization-level actions that failed, each with its error.
    pub fn failed_for_all(&self) -> impl Iterator<Item = String> {
        let for_all = self.attempts.iter().filter(|attempt| attempt.action.members().is_empty());
        for_all.filter_map(|attempt| Some(format!("{}: {}", attempt.action, attempt.error.as_ref()?)))
    }

    /// The memberships by state.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        Coverage::from(&self.memberships)
    }
}

pub(super) fn report(run: &Run<'_>, last: Plan, first: Option<Plan>, attempts: Attempts, more: bool) -> TargetReport {
    let mut states: BTreeSet<State> = last.memberships.values().map(Membership::state).collect();
    states.extend(&attempts.open);
    states.extend(last.organization_unseen.then_some(State::Unknown));
    let something_to_do = first.as_ref().is_some_and(|plan| !plan.actions.is_empty());
    let outcome = if more {
        Outcome::Unfinished
    } else if run.mode == Mode::Plan && something_to_do && !states.contains(&State::Unknown) {
        Outcome::Planned
    } else {
        of_states(&states)
    };
    TargetReport {
        target: run.target.clone(),
        outcome,
        plan: first,
        attempts: attempts.log,
        memberships: last.memberships,
        remarks: last.remarks,
    }
}

fn of_states(states: &BTreeSet<State>) -> Outcome {
    if states.contains(&State::Pending) {
        Outcome::Pending
    } else if states.contains(&State::Missing) || states.contains(&State::Unknown) {
        Outcome::Failed
    } else if states.contains(&State::Blocked) {
        Outcome::Blocked
    } else {
        Outcome::Converged
    }
}
