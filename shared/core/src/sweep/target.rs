//! What one target came to in a sweep, over all calls of its run. No I/O.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Gap, Survey, SweepRun, gap};
use crate::{AccountId, Action, Coverage, Mode, Outcome, Region, RegionStatus, TargetReport};

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
    /// Plan mode: what would be changed.
    pub planned: Vec<Change>,
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
    /// Plan mode: it follows from another change, and could not be observed yet.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub predicted: bool,
    /// Why it failed; absent where it succeeded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

impl TargetResult {
    /// The result of one call's report.
    #[must_use]
    pub fn new(report: &TargetReport, run: SweepRun, mode: Mode, at: Timestamp) -> Self {
        Self {
            service: report.target.service.to_string(),
            region: report.target.region.clone(),
            run,
            observed_at: at,
            mode,
            outcome: report.outcome,
            memberships: report.coverage(),
            gaps: gap::gaps(&report.memberships),
            changes: changes(report),
            planned: if mode == Mode::Plan { planned(report) } else { Vec::new() },
            remarks: report.remarks.clone(),
            error: None,
        }
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
            remarks: BTreeSet::new(),
            error: Some(error),
        }
    }

    /// The result with what earlier calls of the same run changed.
    #[must_use]
    pub fn after(mut self, earlier: Self) -> Self {
        let later = std::mem::replace(&mut self.changes, earlier.changes);
        let mut changes = Changes::default();
        for change in self.changes.into_iter().chain(later) {
            changes.add(change);
        }
        Self { changes: changes.all(), ..self }
    }

    /// The result with at most so many accounts in each change.
    #[must_use]
    pub fn shortened(mut self, accounts: usize) -> Self {
        for change in self.changes.iter_mut().chain(&mut self.planned) {
            change.accounts.truncate(accounts);
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
            Entry::Occupied(mut known) => {
                known.get_mut().count += change.count;
                known.get_mut().accounts.extend(change.accounts);
            }
        }
    }

    fn all(self) -> Vec<Change> {
        self.0.into_values().collect()
    }
}

/// The accounts that an action is about: its members, or the one whose own enrolment it is.
fn accounts(action: &Action) -> Vec<AccountId> {
    match action {
        Action::EnableManagement { account, .. } | Action::EnableAdministrator { account, .. } => vec![*account],
        Action::DesignateAdministrator { administrator } => vec![*administrator],
        _ => action.members().to_vec(),
    }
}

fn change(action: &Action, accounts: Vec<AccountId>, predicted: bool, error: Option<String>) -> Change {
    let (action, what) = (action.name().to_owned(), action.to_string());
    Change { action, what, count: accounts.len(), accounts, predicted, error }
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

fn planned(report: &TargetReport) -> Vec<Change> {
    let mut planned = Changes::default();
    for step in report.plan.iter().flat_map(|plan| &plan.actions) {
        planned.add(change(&step.action, accounts(&step.action), step.predicted, None));
    }
    planned.all()
}
