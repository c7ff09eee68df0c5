//! What a sweep knows before it looks at targets: accounts, prerequisites, and which targets there are. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Breaker, SweepRun};
use crate::{Account, AccountId, Mode, Region, RegionStatus, Roster};

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
    /// Whether the run changes anything: a breaker that tripped makes it a plan.
    pub mode: Mode,
    /// The breakers that tripped.
    pub breakers: Vec<Breaker>,
    /// The management account.
    pub management: AccountId,
    /// All accounts of the organization.
    pub accounts: BTreeMap<AccountId, Account>,
    /// The service principals that have trusted access; `None` where that could not be read.
    pub trusted_access: Option<BTreeSet<String>>,
    /// Each service of the catalog.
    pub services: Vec<SurveyedService>,
    /// What else an operator should know.
    pub remarks: BTreeSet<String>,
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
}

impl SurveyedRegion {
    /// Whether there is a target: nothing can be enabled where the administrator has opted out.
    #[must_use]
    pub fn is_governed(&self) -> bool {
        self.offered && !self.status.is_off()
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

    /// What the survey found of a service.
    #[must_use]
    pub fn service(&self, id: &str) -> Option<&SurveyedService> {
        self.services.iter().find(|service| service.service == id)
    }

    fn includes(&self, region: &Region) -> bool {
        self.regions.as_ref().is_none_or(|regions| regions.contains(region))
    }
}

impl SurveyedService {
    /// A region's status for the administrator.
    #[must_use]
    pub fn status(&self, region: &Region) -> Option<&RegionStatus> {
        self.regions.iter().find(|surveyed| surveyed.region == *region).map(|surveyed| &surveyed.status)
    }
}
