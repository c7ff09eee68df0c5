//! The coverage document: every target's result, and the counts that follow from them. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Breaker, FORMAT, RunId, Survey, SweepRun, TargetResult, TrendPoint, trend::trend};
use crate::{Account, AccountId, AccountState, Coverage, Mode, Outcome, Region, State};

/// So many accounts are named in each change of the document; the target's own result names all.
const ACCOUNTS_A_CHANGE: usize = 100;

/// What is covered. A membership is an account in a target; it is enrolled unless a gap of the target names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CoverageDocument {
    /// The documents' format.
    pub format: u32,
    /// The organization, by its management account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub management: Option<AccountId>,
    /// What a reader must know first, such as that the document is about a part of the organization only.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notices: Vec<String>,
    /// The run that ended with this document.
    pub run: SweepRun,
    /// When it ended.
    pub ended_at: Timestamp,
    /// The regions that the run was narrowed to; `null` for everything.
    pub regions: Option<BTreeSet<Region>>,
    /// The run that the accounts are from: the newest in this document.
    pub accounts_of: SweepRun,
    /// The newest run in this document that saw to everything.
    pub full_run: Option<SweepRun>,
    /// The run that ended with the document before this one.
    pub previous: Option<RunId>,
    /// Whether the run changed anything.
    pub mode: Mode,
    /// The breakers that tripped.
    pub breakers: Vec<Breaker>,
    /// The version of the policy that the run used; `built-in` without one in the bucket.
    #[serde(default)]
    pub policy: String,
    /// For each service whose AWS Organizations policy type is enabled, which stops auto-enable: how many working
    /// accounts have no effective policy.
    #[serde(default)]
    pub without_organization_policy: BTreeMap<String, usize>,
    /// All memberships.
    pub totals: Counts,
    /// The memberships of each service.
    pub services: BTreeMap<String, Counts>,
    /// Each target, by service and region.
    pub targets: Vec<TargetResult>,
    /// What is not looked at, and why.
    pub excluded: Vec<Excluded>,
    /// Each account.
    pub accounts: BTreeMap<AccountId, AccountCoverage>,
    /// The names of organizational units, by id, as far as they are known.
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    /// What the newest full sweeps came to, the oldest first.
    #[serde(default)]
    pub trend: Vec<TrendPoint>,
    /// So many sweeps in a row had a target that failed, this one included.
    pub failed_sweeps_in_a_row: u32,
    /// What else an operator should know.
    pub remarks: BTreeSet<String>,
}

/// Memberships by state, and the share of applicable ones that are enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// In per cent, rounded down to two decimals.
    pub percent: f64,
    /// By state.
    #[serde(flatten)]
    pub memberships: Coverage,
}

/// A region of a service, or a whole service, that has no target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The service's id.
    pub service: String,
    /// The region; `null` for all.
    pub region: Option<Region>,
    /// Not applicable, or unknown.
    pub state: State,
    /// The reason's code.
    pub reason: String,
    /// The reason for a person.
    pub sentence: String,
}

/// An account, and its memberships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountCoverage {
    /// Its name in Organizations.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Its organizational units from the root down, by id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// Its state.
    pub state: AccountState,
    /// When it joined.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub joined: Option<Timestamp>,
    /// Its memberships by state.
    pub memberships: Coverage,
}

/// How a target's part of the state machine ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TargetEnd {
    /// The service's id.
    pub service: String,
    /// The region.
    pub region: Region,
    /// The error that was caught, where there was one.
    #[serde(default)]
    pub error: Option<String>,
    /// What the error said.
    #[serde(default)]
    pub cause: Option<String>,
}

impl From<Coverage> for Counts {
    fn from(memberships: Coverage) -> Self {
        Self { percent: memberships.percent(), memberships }
    }
}

impl AccountCoverage {
    fn new(account: &Account) -> Self {
        let Account { state, email: _, name, path, joined, tags: _ } = account.clone();
        Self { name, path, state, joined, memberships: Coverage::default() }
    }

    /// Whether every applicable membership is enrolled, and there is one.
    #[must_use]
    pub fn is_fully_enrolled(&self) -> bool {
        self.memberships.enrolled > 0 && self.memberships.enrolled == self.memberships.applicable()
    }
}

impl AccountCoverage {
    /// Whether every applicable membership that could be looked at is enrolled, and one is applicable.
    pub(super) fn lacks_nothing_known(&self) -> bool {
        let Coverage { enrolled, unknown, .. } = self.memberships;
        let known = enrolled + unknown;
        known > 0 && known == self.memberships.applicable()
    }
}

impl TargetResult {
    /// By what targets are told apart.
    #[must_use]
    pub fn key(&self) -> (&str, &Region) {
        (self.service.as_str(), &self.region)
    }

    /// Whether the target failed or could not be looked at.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.error.is_some() || self.outcome == Outcome::Failed
    }
}

impl TargetEnd {
    /// What to tell of the error, where there was one.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        const LONGEST: usize = 1000;
        let error = self.error.as_deref()?;
        let cause: String = self.cause.as_deref().unwrap_or_default().chars().take(LONGEST).collect();
        Some(if cause.is_empty() { error.to_owned() } else { format!("{error}: {cause}") })
    }
}

impl CoverageDocument {
    /// The document of one run alone, from the results of all its targets.
    #[must_use]
    pub fn of_run(survey: &Survey, results: Vec<TargetResult>, ended_at: Timestamp) -> Self {
        let targets = results.into_iter().map(|result| result.shortened(ACCOUNTS_A_CHANGE)).collect();
        let accounts = survey.accounts.iter().map(|(id, account)| (*id, AccountCoverage::new(account))).collect();
        let mut document = Self {
            format: FORMAT,
            management: Some(survey.management),
            notices: Vec::new(),
            run: survey.run.clone(),
            ended_at,
            regions: survey.regions.clone(),
            accounts_of: survey.run.clone(),
            full_run: survey.is_full().then(|| survey.run.clone()),
            previous: None,
            mode: survey.mode,
            breakers: survey.breakers.clone(),
            policy: survey.policy.version.clone(),
            without_organization_policy: without_organization_policy(survey),
            totals: Counts::default(),
            services: BTreeMap::new(),
            targets,
            excluded: excluded(survey),
            accounts,
            units: survey.units.clone(),
            trend: Vec::new(),
            failed_sweeps_in_a_row: 0,
            remarks: survey.remarks.clone(),
        };
        document.failed_sweeps_in_a_row = document.failures_of_run().count().min(1).try_into().unwrap_or(1);
        document.count();
        document.trend = trend(&document, Vec::new());
        document
    }

    /// Whether the document's own run saw to everything.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.regions.is_none()
    }

    /// The results of the document's own run.
    pub fn own_targets(&self) -> impl Iterator<Item = &TargetResult> {
        self.targets.iter().filter(|target| target.run == self.run)
    }

    /// What failed in the document's own run: targets, and services that could not be looked at.
    pub fn failures_of_run(&self) -> impl Iterator<Item = String> {
        let own = self.own_targets().filter(|target| target.has_failed());
        let targets = own.map(|target| format!("{} in {}", target.service, target.region));
        let services = self.excluded.iter().filter(|excluded| excluded.state == State::Unknown);
        targets.chain(services.map(|excluded| excluded.service.clone()))
    }

    /// A target's result.
    #[must_use]
    pub fn target(&self, service: &str, region: &Region) -> Option<&TargetResult> {
        self.targets.iter().find(|target| target.key() == (service, region))
    }

    /// Counts everything anew, from the targets' gaps.
    pub(super) fn count(&mut self) {
        self.targets.sort_by(|one, other| one.key().cmp(&other.key()));
        let mut totals = Coverage::default();
        let mut services: BTreeMap<String, Coverage> = BTreeMap::new();
        for target in &mut self.targets {
            target.memberships = super::gap::coverage(&target.gaps, self.accounts.len());
            totals.add_all(&target.memberships);
            services.entry(target.service.clone()).or_default().add_all(&target.memberships);
        }
        let targets = self.targets.len();
        for account in self.accounts.values_mut() {
            account.memberships = Coverage { enrolled: targets, ..Coverage::default() };
        }
        for gap in self.targets.iter().flat_map(|target| &target.gaps) {
            for account in &gap.accounts {
                if let Some(account) = self.accounts.get_mut(account) {
                    account.memberships.enrolled = account.memberships.enrolled.saturating_sub(1);
                    account.memberships.add(gap.state, 1);
                }
            }
        }
        self.totals = totals.into();
        let unlisted = self.excluded.iter().any(|excluded| excluded.state == State::Unknown);
        if unlisted && self.totals.memberships.applicable() == 0 {
            // Nobody knows how many memberships there are: that is no full coverage.
            self.totals.percent = 0.0;
        }
        self.services = services.into_iter().map(|(service, coverage)| (service, coverage.into())).collect();
    }
}

fn without_organization_policy(survey: &Survey) -> BTreeMap<String, usize> {
    let enabled = survey.services.iter().filter_map(|service| {
        let policies = service.organization_policies.as_ref().filter(|policies| policies.enabled)?;
        Some((service.service.clone(), policies.without))
    });
    enabled.collect()
}

fn excluded(survey: &Survey) -> Vec<Excluded> {
    let mut excluded = Vec::new();
    for service in &survey.services {
        let because = |region: Option<&Region>, state, reason: &str, sentence: String| Excluded {
            service: service.service.clone(),
            region: region.cloned(),
            state,
            reason: reason.to_owned(),
            sentence,
        };
        if let Some(error) = &service.error {
            let sentence =
                format!("the regions of administrator {} could not be listed: {error}", service.administrator);
            excluded.push(because(None, State::Unknown, "not-observed", sentence));
        }
        for region in &service.regions {
            let name = Some(&region.region);
            if !region.in_policy {
                let sentence = "the policy leaves the service or the region out".to_owned();
                excluded.push(because(name, State::NotApplicable, "not-in-policy", sentence));
            } else if !region.offered {
                let sentence = "AWS does not list the service in this region".to_owned();
                excluded.push(because(name, State::NotApplicable, "service-not-offered", sentence));
            } else if region.status.is_off() {
                let sentence = format!(
                    "the region is off for administrator {}, so that nothing can be enabled there; opt in to govern it",
                    service.administrator
                );
                excluded.push(because(name, State::NotApplicable, "administrator-region-off", sentence));
            }
        }
    }
    excluded
}
