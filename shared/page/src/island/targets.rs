//! A target as the page shows it: each account's reason, what is planned, changed and in excess. No I/O.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rollcall_core::{
    AccountId, Mode, Outcome, Region,
    sweep::{Change, CoverageDocument, Gap, Surplus, TargetResult},
};
use serde::Serialize;

use super::{Tables, Told};
use crate::{
    column::Column,
    plans,
    sentence::{Sentences, template},
};

/// So many kinds of change, and of excess, are told of a target.
const KINDS: usize = 200;

/// About how many bytes a step has beside its accounts.
const NAMES: usize = 60;

/// Where each account stands.
type Places = BTreeMap<AccountId, usize>;

/// A service in a region.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    service: String,
    region: String,
    observed_at: Timestamp,
    /// The run that looked at it, where that is not the document's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    mode: Mode,
    outcome: Outcome,
    /// For each account the index of its reason.
    cells: Column,
    /// For each account the index of the time since which that is so.
    since: Column,
    planned: Vec<Step>,
    changes: Vec<Step>,
    excess: Vec<Step>,
    /// So many kinds of planned, changes and excess are not told.
    left_out: [usize; 3],
    reductions: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    lowered_at: Option<Timestamp>,
    remarks: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<usize>,
}

/// A change, or an excess: what, for whom, and what came or comes of it; texts by index.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    what: usize,
    /// The error of a change, the fate of an excess.
    #[serde(skip_serializing_if = "Option::is_none")]
    fate: Option<usize>,
    /// For how many accounts; 0 for the organization.
    count: usize,
    /// 1 for each account that the document names.
    accounts: Column,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reduces: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    predicted: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    plans: Vec<usize>,
}

impl Target {
    pub(crate) fn new(
        target: &TargetResult,
        cells: Column,
        document: &CoverageDocument,
        places: &Places,
        tables: &mut Tables,
    ) -> Self {
        let mut since = vec![0; places.len()];
        for gap in &target.gaps {
            let index = gap.since.map_or(0, |at| tables.times.of(at.as_second()));
            mark(&mut since, places, &gap.accounts, index);
        }
        let mut steps = Steps { region: &target.region, places, tables };
        let (planned, changes) = (steps.changes(&target.planned), steps.changes(&target.changes));
        let excess = steps.all(&target.excess, Steps::excess);
        let left_out = [
            target.planned.len() - planned.len(),
            target.changes.len() - changes.len(),
            target.excess.len() - excess.len(),
        ];
        Self {
            service: target.service.clone(),
            region: target.region.to_string(),
            observed_at: target.observed_at,
            run: (target.run != document.run).then(|| target.run.id.to_string()),
            mode: target.mode,
            outcome: target.outcome,
            cells,
            since: Column::of(&since),
            planned,
            changes,
            excess,
            left_out,
            reductions: target.reductions,
            lowered_at: target.lowered_at,
            remarks: target.remarks.iter().map(|remark| tables.texts.index(remark)).collect(),
            error: target.error.as_ref().map(|error| tables.texts.index(error)),
        }
    }
}

impl Tables {
    /// For each account the index of its reason.
    pub(super) fn cells(&mut self, target: &TargetResult, places: &Places) -> Column {
        let mut cells = vec![0; places.len()];
        let sentences = Sentences::of(target);
        for gap in &target.gaps {
            let told = self.told(gap, &sentences);
            let index = self.reasons.of(told);
            mark(&mut cells, places, &gap.accounts, index);
        }
        Column::of(&cells)
    }

    fn told(&mut self, gap: &Gap, sentences: &Sentences<'_>) -> Told {
        let sentence = self.texts.index(&sentences.template(gap));
        let plans = self.plans(&plans::of_reason(&gap.reason, &gap.sentence));
        Told(self.kinds.of((gap.state, gap.reason.clone())), sentence, plans)
    }

    fn plans(&mut self, names: &[&str]) -> Vec<usize> {
        names.iter().map(|name| self.plans.index(name)).collect()
    }
}

/// What is told of changes and excess of one target.
struct Steps<'a> {
    region: &'a Region,
    places: &'a Places,
    tables: &'a mut Tables,
}

impl Steps<'_> {
    fn changes(&mut self, changes: &[Change]) -> Vec<Step> {
        self.all(changes, Steps::change)
    }

    /// The first ones, as far as there is room.
    fn all<T>(&mut self, all: &[T], step: impl Fn(&mut Self, &T) -> Step) -> Vec<Step> {
        let mut told = Vec::new();
        for one in all.iter().take(KINDS) {
            let step = step(self, one);
            let Some(room) = self.tables.room.checked_sub(NAMES + step.accounts.length()) else { break };
            self.tables.room = room;
            told.push(step);
        }
        told
    }

    fn change(&mut self, change: &Change) -> Step {
        let plans = plans::of_action(&change.action, &change.what);
        let step = self.step(&change.what, change.count, &change.accounts, change.error.as_deref(), &plans);
        Step { reduces: change.reduces, predicted: change.predicted, ..step }
    }

    fn excess(&mut self, surplus: &Surplus) -> Step {
        let plans = plans::of_excess(&surplus.what);
        self.step(&surplus.what, surplus.count, &surplus.accounts, Some(&surplus.fate.to_string()), &plans)
    }

    fn step(&mut self, what: &str, count: usize, accounts: &[AccountId], fate: Option<&str>, plans: &[&str]) -> Step {
        let mut marks = vec![0; self.places.len()];
        mark(&mut marks, self.places, accounts, 1);
        let only = accounts.first().filter(|_| accounts.len() == 1);
        let fate = fate.map(|fate| self.tables.texts.index(&template(fate, self.region, only)));
        Step {
            what: self.tables.texts.index(what),
            fate,
            count,
            accounts: Column::of(&marks),
            reduces: false,
            predicted: false,
            plans: self.tables.plans(plans),
        }
    }
}

fn mark<'a>(values: &mut [u32], places: &Places, accounts: impl IntoIterator<Item = &'a AccountId>, value: u32) {
    for account in accounts {
        if let Some(place) = places.get(account).and_then(|place| values.get_mut(*place)) {
            *place = value;
        }
    }
}
