//! Puts a run's own document into the newest one: the newer result of each target stays. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use super::{CoverageDocument, Excluded, Gap, TargetResult};
use crate::{Account, AccountId, Outcome, State};

impl CoverageDocument {
    /// The newest document once this run's own is part of it; `None` where all that it says is older than what is
    /// there, so that an older run never overwrites a newer one.
    ///
    /// A full run replaces everything that is older than itself. A narrowed run replaces its targets. Whose run the
    /// document is, with its mode, breakers and remarks, is this one's in either case.
    #[must_use]
    pub fn merged_into(mut self, latest: Option<Self>) -> Option<Self> {
        let Some(mut latest) = latest else { return Some(self) };
        if latest.full_run.as_ref().is_some_and(|full| self.run.started_at < full.started_at) {
            return None;
        }
        let (full, started_at) = (self.is_full(), self.run.started_at);
        let failed = self.failures_of_run().next().is_some();
        let failed_sweeps_in_a_row = match (failed, full) {
            (true, _) => latest.failed_sweeps_in_a_row + 1,
            (false, true) => 0,
            (false, false) => latest.failed_sweeps_in_a_row,
        };
        let unlisted = self.unlisted_services();
        let (own_accounts, latest_accounts) = (self.account_ids(), latest.account_ids());
        let newer = started_at >= latest.accounts_of.started_at;
        let accounts = if newer { &own_accounts } else { &latest_accounts };
        let own = std::mem::take(&mut self.targets).into_iter().map(|target| (target, &own_accounts));
        let kept = std::mem::take(&mut latest.targets).into_iter().map(|target| (target, &latest_accounts));
        let mut targets: BTreeMap<_, TargetResult> = BTreeMap::new();
        for (mut target, made_with) in own.chain(kept) {
            if full && target.run.started_at < started_at {
                // What a full run did not list any more is gone, unless the listing itself failed.
                let Some(why) = unlisted.get(&target.service) else { continue };
                target = self.not_listed(target, why);
            }
            let key = (target.service.clone(), target.region.clone());
            let beaten = targets.get(&key).is_some_and(|known| known.run.started_at >= target.run.started_at);
            if !beaten {
                targets.insert(key, carried_over(target, made_with, accounts));
            }
        }
        let failures = |excluded: &Excluded| excluded.state == State::Unknown;
        let excluded = if full {
            self.excluded.clone()
        } else {
            let known = latest.excluded.iter().filter(|excluded| !failures(excluded));
            known.chain(self.excluded.iter().filter(|excluded| failures(excluded))).cloned().collect()
        };
        let full_run = if full { self.full_run.clone() } else { latest.full_run.clone() };
        let previous = Some(latest.run.id);
        let (accounts_of, accounts) = if newer {
            (self.accounts_of.clone(), std::mem::take(&mut self.accounts))
        } else {
            (latest.accounts_of, latest.accounts)
        };
        let targets = targets.into_values().collect();
        let mut merged =
            Self { accounts_of, full_run, previous, targets, excluded, accounts, failed_sweeps_in_a_row, ..self };
        merged.count();
        Some(merged)
    }

    /// The services whose regions could not be listed, and why.
    fn unlisted_services(&self) -> BTreeMap<String, String> {
        let unknown =
            self.excluded.iter().filter(|excluded| excluded.state == State::Unknown && excluded.region.is_none());
        unknown.map(|excluded| (excluded.service.clone(), excluded.sentence.clone())).collect()
    }

    /// A target that this run could not get to, since its service's regions could not be listed.
    fn not_listed(&self, target: TargetResult, why: &str) -> TargetResult {
        let accounts = self.accounts.iter().map(|(id, account)| (*id, Account::new(account.state.clone())));
        let gaps = super::gap::of_unobserved(&accounts.collect(), &BTreeMap::new(), why);
        let (outcome, error) = (Outcome::Failed, Some(why.to_owned()));
        let (changes, planned) = (Vec::new(), Vec::new());
        TargetResult { run: self.run.clone(), outcome, gaps, changes, planned, error, ..target }
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
