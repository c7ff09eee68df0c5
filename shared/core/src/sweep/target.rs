//! What one target came to in a sweep, over all calls of its run. No I/O.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Gap, Survey, SweepRun, gap};
use crate::{
    AccountId, Action, Coverage, Excess, Fate, Listed, Mode, Outcome, PlannedAction, Region, RegionStatus, TargetReport,
};

/// The result of a target. What is in none of its gaps is enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetResult {
    /// The service's id.
    pub service: String,
    /// The region.
    pub region: Region,
    /// The run that looked at it.
    pub run: SweepRun,
    /// When it was last looked at.
    pub observed_at: Timestamp,
    /// Whether anything was changed.
    pub mode: Mode,
    /// How the last call ended.
    pub outcome: Outcome,
    /// The memberships by state.
    pub memberships: Coverage,
    /// The memberships that are not enrolled.
    pub gaps: Vec<Gap>,
    /// What was changed in this run, and what was tried in vain.
    pub changes: Vec<Change>,
    /// What would be changed: in plan mode, or where a breaker or a missing report holds it back.
    pub planned: Vec<Change>,
    /// The version of the policy.
    #[serde(default)]
    pub policy: String,
    /// So many reductions it lists: the next run makes no more.
    #[serde(default)]
    pub reductions: usize,
    /// The auto-enable settings that are to be lowered, of features or `MEMBERS`.
    #[serde(default)]
    pub to_be_lowered: BTreeSet<String>,
    /// When auto-enable was last lowered from ALL.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lowered_at: Option<Timestamp>,
    /// What is on although the policy does not ask for it.
    #[serde(default)]
    pub excess: Vec<Surplus>,
    /// What else an operator should know.
    pub remarks: BTreeSet<String>,
    /// Why it could not be looked at, or not to the end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// A kind of change, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The action's name.
    pub action: String,
    /// What it does, without the accounts.
    pub what: String,
    /// For how many accounts; 0 for the organization.
    pub count: usize,
    /// The accounts; in the coverage document only the first of very many.
    pub accounts: Vec<AccountId>,
    /// Whether it turns off, removes or lowers anything.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub reduces: bool,
    /// Plan mode: it follows from another change, and could not be observed yet.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub predicted: bool,
    /// Why it failed; absent where it succeeded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// Something that is on in accounts although the policy does not ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Surplus {
    /// What is on, by AWS's name.
    pub what: String,
    /// What comes of it.
    pub fate: Fate,
    /// In how many accounts.
    pub count: usize,
    /// The accounts; in the coverage document only the first of very many.
    pub accounts: Vec<AccountId>,
}

impl TargetResult {
    /// The result of one call's report.
    #[must_use]
    pub fn new(report: &TargetReport, run: SweepRun, mode: Mode, at: Timestamp) -> Self {
        let mut result = Self {
            service: report.target.service.to_string(),
            region: report.target.region.clone(),
            run,
            observed_at: at,
            mode,
            outcome: report.outcome,
            memberships: report.coverage(),
            gaps: gap::gaps(&report.memberships),
            changes: changes(report),
            planned: planned(report, mode),
            policy: String::new(),
            reductions: 0,
            to_be_lowered: steps(report, mode).iter().flat_map(|step| step.action.lowered()).collect(),
            lowered_at: report.lowered_from_all().then_some(at),
            excess: surplus(&report.excess),
            remarks: report.remarks.clone(),
            error: None,
        };
        result.reductions = result.listed().count();
        result
    }

    /// The result of a target that could not be looked at, with what the survey knows of its accounts.
    #[must_use]
    pub fn not_observed(
        survey: &Survey,
        service: &str,
        region: &Region,
        regions: &BTreeMap<AccountId, RegionStatus>,
        error: String,
        at: Timestamp,
    ) -> Self {
        let gaps = gap::of_unobserved(&survey.accounts, regions, &gap::without_request(&error));
        Self {
            service: service.to_owned(),
            region: region.clone(),
            run: survey.run.clone(),
            observed_at: at,
            mode: survey.mode,
            outcome: Outcome::Failed,
            memberships: gap::coverage(&gaps, survey.accounts.len()),
            gaps,
            changes: Vec::new(),
            planned: Vec::new(),
            policy: survey.policy.version.clone(),
            reductions: 0,
            to_be_lowered: BTreeSet::new(),
            lowered_at: survey.lowered_at(service, region),
            excess: Vec::new(),
            remarks: BTreeSet::new(),
            error: Some(error),
        }
    }

    /// The result with what earlier calls of the same run changed; where this one could not look any more, what the
    /// earlier ones saw stays.
    #[must_use]
    pub fn after(mut self, earlier: Self) -> Self {
        if self.outcome == Outcome::Failed && self.error.is_some() && earlier.error.is_none() {
            return Self { error: self.error, outcome: Outcome::Failed, ..earlier };
        }
        let later = std::mem::replace(&mut self.changes, earlier.changes);
        let mut changes = Changes::default();
        for change in self.changes.into_iter().chain(later) {
            changes.add(change);
        }
        let lowered_at = self.lowered_at.or(earlier.lowered_at);
        Self { changes: changes.all(), lowered_at, ..self }
    }

    /// The result with what the survey knows of it.
    #[must_use]
    pub fn surveyed(mut self, survey: &Survey) -> Self {
        self.lowered_at = self.lowered_at.or_else(|| survey.lowered_at(&self.service, &self.region));
        self.policy.clone_from(&survey.policy.version);
        self
    }

    /// The reductions that it lists.
    #[must_use]
    pub fn listed(&self) -> Listed {
        let named = self.excess.iter().filter(|surplus| matches!(surplus.fate, Fate::ToBeReduced | Fate::Settling));
        let pairs = named.flat_map(|surplus| surplus.accounts.iter().map(|account| (surplus.what.clone(), *account)));
        Listed { lowered: self.to_be_lowered.clone(), excess: pairs.collect() }
    }

    /// The result with at most so many accounts in each change.
    #[must_use]
    pub fn shortened(mut self, accounts: usize) -> Self {
        for change in self.changes.iter_mut().chain(&mut self.planned) {
            change.accounts.truncate(accounts);
        }
        for surplus in &mut self.excess {
            surplus.accounts.truncate(accounts);
        }
        self
    }

    /// The accounts that are not enrolled, each with its gap.
    #[must_use]
    pub fn by_account(&self) -> BTreeMap<AccountId, &Gap> {
        self.gaps.iter().flat_map(|gap| gap.accounts.iter().map(move |account| (*account, gap))).collect()
    }
}

impl Change {
    /// Whether it was done.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.error.is_none()
    }
}

/// Changes by kind, the accounts of the same kind together.
#[derive(Default)]
struct Changes(BTreeMap<(String, String, bool, Option<String>), Change>);

impl Changes {
    fn add(&mut self, change: Change) {
        let Change { action, what, predicted, error, .. } = &change;
        match self.0.entry((action.clone(), what.clone(), *predicted, error.clone())) {
            Entry::Vacant(place) => drop(place.insert(change)),
            // Who failed in each of several calls failed once.
            Entry::Occupied(mut known) if change.error.is_some() => {
                let known = known.get_mut();
                let told: BTreeSet<AccountId> = known.accounts.iter().copied().collect();
                known.accounts.extend(change.accounts.into_iter().filter(|account| !told.contains(account)));
                known.count = known.accounts.len();
            }
            Entry::Occupied(mut known) => {
                known.get_mut().count += change.count;
                known.get_mut().accounts.extend(change.accounts);
            }
        }
    }

    /// All of them, what reduces first.
    fn all(self) -> Vec<Change> {
        let mut all: Vec<Change> = self.0.into_values().collect();
        all.sort_by_key(|change| !change.reduces);
        all
    }
}

/// The accounts that an action is about: its members, or the one whose own enrolment it is.
fn accounts(action: &Action) -> Vec<AccountId> {
    match action {
        Action::EnableManagement { account, .. }
        | Action::EnableAdministrator { account, .. }
        | Action::DisableAdministrator { account, .. } => vec![*account],
        Action::DesignateAdministrator { administrator } => vec![*administrator],
        _ => action.members().to_vec(),
    }
}

fn change(action: &Action, accounts: Vec<AccountId>, predicted: bool, error: Option<String>) -> Change {
    let (name, what, reduces) = (action.name().to_owned(), action.to_string(), action.reductions() > 0);
    Change { action: name, what, count: accounts.len(), accounts, reduces, predicted, error }
}

fn changes(report: &TargetReport) -> Vec<Change> {
    let mut changes = Changes::default();
    for attempt in &report.attempts {
        let action = &attempt.action;
        if let Some(error) = &attempt.error {
            changes.add(change(action, accounts(action), false, Some(gap::without_request(&error.to_string()))));
            continue;
        }
        let failed: BTreeSet<AccountId> = attempt.failures.iter().map(|failure| failure.account).collect();
        let served: Vec<AccountId> = accounts(action).into_iter().filter(|account| !failed.contains(account)).collect();
        if !served.is_empty() || failed.is_empty() {
            changes.add(change(action, served, false, None));
        }
        for failure in &attempt.failures {
            let error = gap::without_request(&failure.error.to_string());
            changes.add(change(action, vec![failure.account], false, Some(error)));
        }
    }
    changes.all()
}

/// What would be changed, or was held back.
fn steps(report: &TargetReport, mode: Mode) -> &[PlannedAction] {
    match (mode, &report.plan) {
        (Mode::Plan, Some(plan)) => &plan.actions,
        _ => &report.held_back,
    }
}

fn planned(report: &TargetReport, mode: Mode) -> Vec<Change> {
    let mut planned = Changes::default();
    for step in steps(report, mode) {
        planned.add(change(&step.action, accounts(&step.action), step.predicted, None));
    }
    planned.all()
}

fn surplus(excess: &Excess) -> Vec<Surplus> {
    let surplus = excess.iter().map(|((fate, what), accounts)| Surplus {
        what: what.clone(),
        fate: *fate,
        count: accounts.len(),
        accounts: accounts.iter().copied().collect(),
    });
    surplus.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_in_each_call_failed_once_and_what_is_done_in_each_was_done_as_often() {
        let accounts =
            |numbers: &[u64]| numbers.iter().map(|number| format!("{number:012}").parse().unwrap()).collect();
        let change = |numbers: &[u64], error: Option<&str>| Change {
            action: "associate".to_owned(),
            what: "associate".to_owned(),
            count: numbers.len(),
            accounts: accounts(numbers),
            reduces: false,
            predicted: false,
            error: error.map(str::to_owned),
        };
        let mut changes = Changes::default();
        for numbers in [&[1, 2][..], &[2, 3]] {
            changes.add(change(numbers, Some("no")));
            changes.add(change(numbers, None));
        }
        let counts: Vec<_> = changes.all().into_iter().map(|change| (change.error.is_some(), change.count)).collect();
        assert_eq!(counts, [(false, 4), (true, 3)]);
    }
}
