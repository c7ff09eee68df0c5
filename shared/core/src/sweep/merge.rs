//! Puts a run's own document into the newest one: the newer result of each target stays. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{CoverageDocument, Excluded, Gap, TargetResult, since::dated, trend::trend};
use crate::{Account, AccountId, Outcome, State};

impl CoverageDocument {
    /// The newest document once this run's own is part of it; `None` where all that it says is older than what is
    /// there, so that an older run never overwrites a newer one.
    ///
    /// A full run replaces everything that is older than itself. A narrowed run replaces its targets. Whose run the
    /// document is, with its mode, breakers and remarks, is this one's in either case. Each gap is told since when it is
    /// so, and the trend goes on.
    #[must_use]
    pub fn merged_into(mut self, latest: Option<Self>) -> Option<Self> {
        let Some(mut latest) = latest else { return Some(self.alone()) };
        if latest.full_run.as_ref().is_some_and(|full| self.run.started_at < full.started_at) {
            return None;
        }
        let full = self.is_full();
        let failed = self.failures_of_run().next().is_some();
        let failed_sweeps_in_a_row = match (failed, full) {
            (true, _) => latest.failed_sweeps_in_a_row + 1,
            (false, true) => 0,
            (false, false) => latest.failed_sweeps_in_a_row,
        };
        let newer = self.run.started_at >= latest.accounts_of.started_at;
        let targets = self.join_targets(&mut latest, newer);
        let failures = |excluded: &Excluded| excluded.state == State::Unknown;
        let excluded = if full {
            self.excluded.clone()
        } else {
            let known = latest.excluded.iter().filter(|excluded| !failures(excluded));
            known.chain(self.excluded.iter().filter(|excluded| failures(excluded))).cloned().collect()
        };
        let full_run = if full { self.full_run.clone() } else { latest.full_run.clone() };
        let previous = Some(latest.run.id);
        // Names that could not be read this time are as they were.
        let units = if newer && !self.units.is_empty() { std::mem::take(&mut self.units) } else { latest.units };
        let (accounts_of, accounts) = if newer {
            (self.accounts_of.clone(), std::mem::take(&mut self.accounts))
        } else {
            (latest.accounts_of, latest.accounts)
        };
        let merged = Self { accounts_of, full_run, previous, targets, excluded, accounts, units, ..self };
        let mut merged = Self { failed_sweeps_in_a_row, ..merged };
        merged.count();
        merged.trend = trend(&merged, latest.trend);
        Some(merged)
    }

    /// The first document of all.
    fn alone(mut self) -> Self {
        let dated = |target: TargetResult| {
            let at = target.observed_at;
            dated(target, None, at)
        };
        self.targets = std::mem::take(&mut self.targets).into_iter().map(dated).collect();
        self
    }

    /// The newer result of each target, as it speaks of the newer accounts: `newer` is whether these are this run's.
    fn join_targets(&mut self, latest: &mut Self, newer: bool) -> Vec<TargetResult> {
        let (own_accounts, latest_accounts) = (self.account_ids(), latest.account_ids());
        let (accounts, of) = if newer { (&own_accounts, &self.run) } else { (&latest_accounts, &latest.accounts_of) };
        let mut targets: BTreeMap<_, TargetResult> = BTreeMap::new();
        let mut put = |target: TargetResult, made_with| {
            let key = (target.service.clone(), target.region.clone());
            let beaten = targets.get(&key).is_some_and(|known| known.run.started_at >= target.run.started_at);
            if !beaten {
                targets.insert(key, carried_over(target, made_with, accounts, of.started_at));
            }
        };
        for target in std::mem::take(&mut self.targets) {
            let (before, at) = (latest.target(&target.service, &target.region), target.observed_at);
            put(dated(target, before, at), &own_accounts);
        }
        let unlisted = self.unlisted_services();
        for target in std::mem::take(&mut latest.targets) {
            let at = target.observed_at;
            if !self.is_full() || target.run.started_at >= self.run.started_at {
                put(dated(target, None, at), &latest_accounts);
            } else if let Some(why) = unlisted.get(&target.service) {
                // What a full run did not list any more is gone, unless the listing itself failed.
                put(dated(self.not_listed(&target, why), Some(&target), self.run.started_at), &own_accounts);
            }
        }
        targets.into_values().collect()
    }

    /// The services whose regions could not be listed, and why.
    fn unlisted_services(&self) -> BTreeMap<String, String> {
        let unknown =
            self.excluded.iter().filter(|excluded| excluded.state == State::Unknown && excluded.region.is_none());
        unknown.map(|excluded| (excluded.service.clone(), excluded.sentence.clone())).collect()
    }

    /// A target that this run could not get to, since its service's regions could not be listed.
    fn not_listed(&self, target: &TargetResult, why: &str) -> TargetResult {
        let accounts = self.accounts.iter().map(|(id, account)| (*id, Account::new(account.state.clone())));
        let gaps = super::gap::of_unobserved(&accounts.collect(), &BTreeMap::new(), why);
        let (outcome, error) = (Outcome::Failed, Some(why.to_owned()));
        let (changes, planned) = (Vec::new(), Vec::new());
        TargetResult { run: self.run.clone(), outcome, gaps, changes, planned, error, ..target.clone() }
    }

    fn account_ids(&self) -> BTreeSet<AccountId> {
        self.accounts.keys().copied().collect()
    }
}

/// A target's result as it speaks of other accounts than it was made with: those that left are gone, those that
/// joined since, which was seen at `seen`, were not looked at.
fn carried_over(
    mut target: TargetResult,
    made_with: &BTreeSet<AccountId>,
    now: &BTreeSet<AccountId>,
    seen: Timestamp,
) -> TargetResult {
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
            since: Some(seen),
            accounts: joined,
        });
    }
    target
}
