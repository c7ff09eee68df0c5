//! Puts a run's own document into the newest one: the newer result of each target stays. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use super::{CoverageDocument, Gap, TargetResult};
use crate::{AccountId, State};

impl CoverageDocument {
    /// The newest document once this run's own is part of it; `None` where all that it says is older than what is
    /// there, so that an older run never overwrites a newer one.
    ///
    /// A full run replaces everything that is older than itself. A narrowed run replaces its targets.
    #[must_use]
    pub fn merged_into(mut self, latest: Option<Self>) -> Option<Self> {
        let Some(mut latest) = latest else { return Some(self) };
        if latest.full_run.as_ref().is_some_and(|full| self.run.started_at < full.started_at) {
            return None;
        }
        let (full, started_at) = (self.regions.is_none(), self.run.started_at);
        let failed = self.failures_of_run().next().is_some();
        let failed_sweeps_in_a_row = match (failed, full) {
            (true, _) => latest.failed_sweeps_in_a_row + 1,
            (false, true) => 0,
            (false, false) => latest.failed_sweeps_in_a_row,
        };
        let (own_accounts, latest_accounts) = (self.account_ids(), latest.account_ids());
        let own = std::mem::take(&mut self.targets).into_iter().map(|target| (target, &own_accounts));
        let kept = std::mem::take(&mut latest.targets).into_iter().map(|target| (target, &latest_accounts));
        let newer = started_at >= latest.run.started_at;
        let accounts = if newer { &own_accounts } else { &latest_accounts };
        let mut targets: BTreeMap<_, TargetResult> = BTreeMap::new();
        for (target, made_with) in own.chain(kept) {
            let key = (target.service.clone(), target.region.clone());
            // What a full run did not list any more is gone.
            let gone = full && target.run.started_at < started_at;
            let beaten = targets.get(&key).is_some_and(|known| known.run.started_at >= target.run.started_at);
            if !gone && !beaten {
                targets.insert(key, carried_over(target, made_with, accounts));
            }
        }
        let previous = Some(latest.run.id.clone());
        let whole = if full { &self } else { &latest };
        let (full_run, excluded) = (whole.full_run.clone(), whole.excluded.clone());
        let base = if newer { self } else { latest };
        let targets = targets.into_values().collect();
        let mut merged = Self { full_run, previous, targets, excluded, failed_sweeps_in_a_row, ..base };
        merged.count();
        Some(merged)
    }

    fn account_ids(&self) -> BTreeSet<AccountId> {
        self.accounts.keys().copied().collect()
    }
}

/// A target's result as it speaks of other accounts than it was made with: those that left are gone, those that
/// joined since were not looked at.
fn carried_over(mut target: TargetResult, made_with: &BTreeSet<AccountId>, now: &BTreeSet<AccountId>) -> TargetResult {
    for gap in &mut target.gaps {
        gap.accounts.retain(|account| now.contains(account));
    }
    target.gaps.retain(|gap| !gap.accounts.is_empty());
    let joined: BTreeSet<AccountId> = now.difference(made_with).copied().collect();
    if !joined.is_empty() {
        target.gaps.push(Gap {
            state: State::Unknown,
            reason: "not-observed".to_owned(),
            sentence: "joined after the target was last looked at; the next sweep does".to_owned(),
            accounts: joined,
        });
    }
    target
}
