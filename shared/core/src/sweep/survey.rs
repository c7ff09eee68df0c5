//! What a sweep knows before it looks at targets: accounts, prerequisites, and which targets there are. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Breaker, CoverageDocument, RunId, SweepRun};
use crate::{
    Account, AccountId, Listed, Mode, OrganizationPolicies, Permits, Reductions, Region, RegionStatus, Roster,
    ServiceSpec,
};

/// In seconds.
const DAY: i64 = 24 * 60 * 60;

/// The survey of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Survey {
    /// The documents' format.
    pub format: u32,
    /// The run.
    pub run: SweepRun,
    /// The regions that the run is narrowed to; `None` for everything.
    pub regions: Option<BTreeSet<Region>>,
    /// Whether the run changes anything.
    pub mode: Mode,
    /// The policy, as every target of the run uses it.
    #[serde(default)]
    pub policy: PinnedPolicy,
    /// What the newest document tells of targets that this run needs.
    #[serde(default)]
    pub carried: Vec<Carried>,
    /// The breakers that tripped.
    pub breakers: Vec<Breaker>,
    /// The management account.
    pub management: AccountId,
    /// All accounts of the organization.
    pub accounts: BTreeMap<AccountId, Account>,
    /// The names of organizational units, by id; those that could not be read are not there.
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    /// The service principals that have trusted access; `None` where that could not be read.
    pub trusted_access: Option<BTreeSet<String>>,
    /// Each service of the catalog.
    pub services: Vec<SurveyedService>,
    /// What else an operator should know.
    pub remarks: BTreeSet<String>,
}

/// The policy of a run: the version that was read, so that a newer one does not change a run half-way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PinnedPolicy {
    /// Which version it is; `built-in` where there is none in the bucket.
    pub version: String,
    /// Its text; `None` for the built-in default.
    pub text: Option<String>,
}

/// A survey of a version without policies is of the built-in default, which governs every region.
fn yes() -> bool {
    true
}

impl PinnedPolicy {
    /// The built-in default.
    #[must_use]
    pub fn built_in() -> Self {
        Self { version: "built-in".to_owned(), text: None }
    }
}

/// What an earlier run leaves of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    /// The service's id.
    pub service: String,
    /// The region.
    pub region: Region,
    /// The run whose result lists the target's reductions, under the same policy; `None` where none does.
    pub listed_by: Option<RunId>,
    /// So many reductions that run planned.
    pub reductions: usize,
    /// When auto-enable was last lowered from ALL.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lowered_at: Option<Timestamp>,
}

/// AWS's own policies for a service, as the survey found them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SurveyedPolicies {
    /// Whether their type is enabled at the organization's root.
    pub enabled: bool,
    /// The distinct effective policies, and whom each is for. Accounts in none have no effective policy.
    pub effective: Vec<EffectivePolicy>,
    /// Whether what is in effect could not be read: then nothing is known of what they manage.
    #[serde(default)]
    pub unread: bool,
    /// So many working accounts are in no effective policy in some governed region, although the type stops AWS's
    /// auto-enable there.
    #[serde(default)]
    pub without: usize,
}

/// An effective policy, and whom it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectivePolicy {
    /// Its content, in AWS's JSON.
    pub content: String,
    /// The accounts.
    pub accounts: BTreeSet<AccountId>,
}

/// A service, as the survey found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SurveyedService {
    /// The service's id.
    pub service: String,
    /// The account that is to administer it.
    pub administrator: AccountId,
    /// The delegated administrators that Organizations has registered; `None` where that could not be read.
    pub registered: Option<BTreeSet<AccountId>>,
    /// The regions of the administrator's account.
    pub regions: Vec<SurveyedRegion>,
    /// AWS's own policies for the service; `None` where that could not be read.
    #[serde(default)]
    pub organization_policies: Option<SurveyedPolicies>,
    /// Why the regions could not be listed: none of the service's targets is known then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// A region, as a service's administrator has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SurveyedRegion {
    /// The region.
    pub region: Region,
    /// Whether it is on for the administrator.
    pub status: RegionStatus,
    /// Whether AWS lists the service there.
    pub offered: bool,
    /// Whether the policy governs the service there.
    #[serde(default = "yes")]
    pub in_policy: bool,
}

impl SurveyedRegion {
    /// Whether there is a target: nothing can be enabled where the administrator has opted out.
    #[must_use]
    pub fn is_governed(&self) -> bool {
        self.offered && self.in_policy && !self.status.is_off()
    }
}

impl Survey {
    /// The accounts as an engine's run takes them.
    #[must_use]
    pub fn roster(&self) -> Roster {
        Roster { management: self.management, accounts: self.accounts.clone() }
    }

    /// Whether the run sees to everything.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.regions.is_none()
    }

    /// The run's targets: a service's id and a region.
    pub fn targets(&self) -> impl Iterator<Item = (&str, &Region)> {
        self.services.iter().flat_map(|service| {
            let governed = service.regions.iter().filter(|region| region.is_governed());
            let within = governed.filter(|region| self.includes(&region.region));
            within.map(|region| (service.service.as_str(), &region.region))
        })
    }

    /// The opt-in regions that are governed for any service: whether they are on differs between accounts.
    #[must_use]
    pub fn opt_in_regions(&self) -> BTreeSet<Region> {
        let regions = self.services.iter().flat_map(|service| &service.regions);
        let opt_in = regions.filter(|region| region.is_governed() && region.status != RegionStatus::EnabledByDefault);
        opt_in.filter(|region| self.includes(&region.region)).map(|region| region.region.clone()).collect()
    }

    /// The accounts whose regions only Account Management tells: all that work, but for the administrators.
    #[must_use]
    pub fn accounts_to_ask(&self) -> BTreeSet<AccountId> {
        let administrators: BTreeSet<AccountId> = self.services.iter().map(|service| service.administrator).collect();
        let working = self.accounts.iter().filter(|(_, account)| account.works());
        working.map(|(id, _)| *id).filter(|id| !administrators.contains(id)).collect()
    }

    /// How far the run may go in a target, of which `listed` are the reductions that could be read before.
    #[must_use]
    pub fn permits(&self, listed: Option<Listed>) -> Permits {
        let tripped = |kind: fn(&Breaker) -> bool| self.breakers.iter().any(kind);
        let reduces = !tripped(|breaker| matches!(breaker, Breaker::MaxReductions { .. }));
        Permits {
            additions: !tripped(|breaker| matches!(breaker, Breaker::MaxEnrolments { .. })),
            reductions: listed.filter(|_| reduces).map_or(Reductions::None, Reductions::Listed),
        }
    }

    /// The run whose result lists what may be reduced in a target.
    #[must_use]
    pub fn listed_by(&self, service: &str, region: &Region) -> Option<&RunId> {
        self.carried(service, region)?.listed_by.as_ref()
    }

    /// When auto-enable was lowered from ALL in a target, as far as AWS may still act as it was: 24 hours. Source:
    /// GuardDuty's documentation of the setting.
    #[must_use]
    pub fn lowered_at(&self, service: &str, region: &Region) -> Option<Timestamp> {
        let lowered_at = self.carried(service, region)?.lowered_at?;
        (self.run.started_at.as_second() - lowered_at.as_second() < DAY).then_some(lowered_at)
    }

    fn carried(&self, service: &str, region: &Region) -> Option<&Carried> {
        self.carried.iter().find(|carried| carried.service == service && carried.region == *region)
    }

    /// Takes over what the newest document tells of this run's targets.
    pub fn carry_over(&mut self, latest: &CoverageDocument) {
        let targets: Vec<Carried> = self
            .targets()
            .filter_map(|(service, region)| {
                let known = latest.target(service, region)?;
                let same = known.policy == self.policy.version;
                Some(Carried {
                    service: service.to_owned(),
                    region: region.clone(),
                    listed_by: same.then(|| known.run.id.clone()),
                    reductions: if same { known.reductions } else { 0 },
                    lowered_at: known.lowered_at,
                })
            })
            .collect();
        self.carried = targets;
    }

    /// What the survey found of a service.
    #[must_use]
    pub fn service(&self, id: &str) -> Option<&SurveyedService> {
        self.services.iter().find(|service| service.service == id)
    }

    fn includes(&self, region: &Region) -> bool {
        self.regions.as_ref().is_none_or(|regions| regions.contains(region))
    }
}

impl SurveyedPolicies {
    /// What they manage in a region.
    #[must_use]
    pub fn in_region(&self, spec: &ServiceSpec, region: &Region) -> OrganizationPolicies {
        let mut managed = BTreeMap::new();
        for policy in self.effective.iter().filter(|_| self.enabled) {
            let read = Arc::new((spec.organization_policy.read)(&policy.content, region));
            managed.extend(policy.accounts.iter().map(|account| (*account, Arc::clone(&read))));
        }
        OrganizationPolicies { enabled: self.enabled, managed }
    }

    /// How many of these accounts no effective policy says anything of in one of these regions, where the type stops
    /// AWS's auto-enable.
    #[must_use]
    pub fn count_without<'a>(
        &self,
        spec: &ServiceSpec,
        accounts: &BTreeMap<AccountId, Account>,
        regions: impl IntoIterator<Item = &'a Region>,
    ) -> usize {
        if !self.enabled || self.unread || !spec.organization_policy.stops_auto_enable {
            return 0;
        }
        let mut without = BTreeSet::new();
        for region in regions {
            let managed = self.in_region(spec, region).managed;
            let covered = |id: &AccountId| managed.get(id).is_some_and(|managed| !managed.is_empty());
            without.extend(accounts.iter().filter(|(id, account)| account.works() && !covered(id)).map(|(id, _)| *id));
        }
        without.len()
    }

    /// Whether any of them says anything of a region.
    #[must_use]
    pub fn cover(&self, spec: &ServiceSpec, region: &Region) -> bool {
        self.in_region(spec, region).managed.values().any(|managed| !managed.is_empty())
    }
}

impl SurveyedService {
    /// A region's status for the administrator.
    #[must_use]
    pub fn status(&self, region: &Region) -> Option<&RegionStatus> {
        self.regions.iter().find(|surveyed| surveyed.region == *region).map(|surveyed| &surveyed.status)
    }
}
