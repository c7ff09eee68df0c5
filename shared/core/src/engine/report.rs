//! What a run says at its end. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Attempt, Run, attempts::Attempts};
use crate::{AccountId, Coverage, Excess, Membership, Plan, PlannedAction, Reason, State, Target};

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
    /// What of the plan the run was not permitted to do.
    pub held_back: Vec<PlannedAction>,
    /// What is on although the policy does not ask for it, by the last observation.
    pub excess: Excess,
    /// What else an operator should know.
    pub remarks: BTreeSet<String>,
}

impl TargetReport {
    /// How many actions failed, for all accounts or for some.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.attempts.iter().filter(|attempt| !attempt.succeeded()).count()
    }

    /// Whether the auto-enable setting of members or of a feature was lowered from ALL.
    #[must_use]
    pub fn lowered_from_all(&self) -> bool {
        self.attempts.iter().any(Attempt::lowered_from_all)
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

pub(super) fn report(
    run: &Run<'_>,
    last: Plan,
    first: Option<Plan>,
    attempts: Attempts,
    (more, held_back): (bool, Vec<PlannedAction>),
) -> TargetReport {
    let additions_held = held_back.iter().any(|planned| planned.action.adds());
    let mut states: BTreeSet<State> = last.memberships.values().map(settled).collect();
    states.extend(&attempts.open);
    states.extend(last.organization_unseen.then_some(State::Unknown));
    let something_to_do = first.as_ref().is_some_and(|plan| !plan.actions.is_empty());
    let outcome = if more {
        Outcome::Unfinished
    } else if (run.mode == Mode::Plan && something_to_do || additions_held) && !states.contains(&State::Unknown) {
        Outcome::Planned
    } else {
        of_states(&states)
    };
    TargetReport {
        target: run.target.clone(),
        outcome,
        plan: first,
        held_back,
        attempts: attempts.log,
        memberships: last.memberships,
        excess: last.excess,
        remarks: last.remarks,
    }
}

/// The state of a membership, as far as calling again soon may change it: what is left to an Organizations policy is
/// not worth waiting for.
fn settled(membership: &Membership) -> State {
    match membership.reason {
        Reason::LeftToOrganizationPolicy(_) => State::Blocked,
        // It is as it should be, and AWS has a day.
        Reason::Settling(_) => State::Enrolled,
        _ => membership.state(),
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
