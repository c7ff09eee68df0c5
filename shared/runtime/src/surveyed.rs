//! What the sweep's survey hands to a target's run, so that nothing is listed once more for each target.
//! I/O: only for what the survey could not see, or saw changing.

use std::{collections::BTreeMap, sync::Arc};

use futures::future::{BoxFuture, FutureExt};
use rollcall_aws::Organization;
use rollcall_core::{
    AccountId, Bounds, Listed, OrganizationAccess, Region, RegionStatus, Roster, Scope, ServiceError, ServiceSpec,
    sweep::Survey,
};

/// A survey, as one target's run uses it.
#[derive(Debug, Clone)]
pub struct Surveyed {
    /// The survey.
    pub survey: Arc<Survey>,
    /// Its accounts.
    pub roster: Arc<Roster>,
    /// Members' status in the target's region, where that is an opt-in region.
    pub member_regions: BTreeMap<AccountId, RegionStatus>,
    /// The reductions of the target that could be read before; `None` without a report that lists them.
    pub listed: Option<Listed>,
    /// How much of the target is seen to.
    pub scope: Scope,
    /// The plan that somebody has read, and that the run may not exceed.
    pub bounds: Option<Bounds>,
}

impl Surveyed {
    /// A survey, with members' status in the target's region, and what the report before lists of it to be reduced; for
    /// everything about the target.
    #[must_use]
    pub fn new(survey: Arc<Survey>, member_regions: BTreeMap<AccountId, RegionStatus>, listed: Option<Listed>) -> Self {
        let roster = Arc::new(survey.roster());
        Self { survey, roster, member_regions, listed, scope: Scope::Everything, bounds: None }
    }
}

/// The organization as the survey saw it. What is about to change, or was not there yet, is asked for anew.
pub(crate) struct SurveyedOrganization<'a> {
    pub(crate) live: &'a Organization,
    pub(crate) surveyed: &'a Surveyed,
    pub(crate) spec: &'static ServiceSpec,
}

impl OrganizationAccess for SurveyedOrganization<'_> {
    fn trusted_access(&self) -> BoxFuture<'_, Result<Vec<String>, ServiceError>> {
        let seen = self.surveyed.survey.trusted_access.as_ref();
        let complete =
            seen.filter(|seen| self.spec.needed_trusted_access().iter().all(|needed| seen.contains(*needed)));
        match complete {
            Some(principals) => futures::future::ready(Ok(principals.iter().cloned().collect())).boxed(),
            // Another target may have given it meanwhile.
            None => self.live.trusted_access(),
        }
    }

    fn enable_trusted_access<'a>(&'a self, principal: &'a str) -> BoxFuture<'a, Result<(), ServiceError>> {
        self.live.enable_trusted_access(principal)
    }

    fn administrator_region<'a>(&'a self, region: &'a Region) -> BoxFuture<'a, Result<RegionStatus, ServiceError>> {
        let service = self.surveyed.survey.service(self.spec.id.as_str());
        match service.and_then(|service| service.status(region)).filter(|status| is_settled(status)) {
            Some(status) => futures::future::ready(Ok(status.clone())).boxed(),
            None => self.live.administrator_region(region),
        }
    }

    fn known_member_region(&self, account: AccountId, _: &Region) -> Option<RegionStatus> {
        self.surveyed.member_regions.get(&account).filter(|status| is_settled(status)).cloned()
    }

    fn member_region<'a>(
        &'a self,
        account: AccountId,
        region: &'a Region,
    ) -> BoxFuture<'a, Result<RegionStatus, ServiceError>> {
        match self.known_member_region(account, region) {
            Some(status) => futures::future::ready(Ok(status)).boxed(),
            None => self.live.member_region(account, region),
        }
    }
}

fn is_settled(status: &RegionStatus) -> bool {
    matches!(status, RegionStatus::EnabledByDefault | RegionStatus::Enabled | RegionStatus::Disabled)
}
