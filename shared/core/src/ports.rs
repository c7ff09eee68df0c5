//! What the engine asks of the outside: a service in a region, and the organization. Traits only; adapters do the I/O.

use futures::future::BoxFuture;

use crate::{AccountFailure, AccountId, Action, Look, Observed, Region, RegionStatus, ServiceError, ServiceSpec};

/// One service in one region, as its administrator and the management account reach it.
pub trait SecurityService: Send + Sync {
    /// What the planner needs to know of the service.
    fn spec(&self) -> &'static ServiceSpec;

    /// Looks at the target. Nothing that fails is left out: what could not be seen says why.
    fn observe<'a>(&'a self, look: &'a Look) -> BoxFuture<'a, Observed>;

    /// Makes one action's calls.
    ///
    /// Gives the accounts that a call left unserved. An error means that the call failed for all.
    fn apply<'a>(&'a self, action: &'a Action) -> BoxFuture<'a, Result<Vec<AccountFailure>, ServiceError>>;
}

/// The organization, as far as a target depends on it.
pub trait OrganizationAccess: Send + Sync {
    /// The service principals that have trusted access.
    fn trusted_access(&self) -> BoxFuture<'_, Result<Vec<String>, ServiceError>>;

    /// Gives a service principal trusted access.
    fn enable_trusted_access<'a>(&'a self, principal: &'a str) -> BoxFuture<'a, Result<(), ServiceError>>;

    /// Whether the region is on for the administrator that `SecurityService` acts as.
    fn administrator_region<'a>(&'a self, region: &'a Region) -> BoxFuture<'a, Result<RegionStatus, ServiceError>>;

    /// Whether the region is on for a member, where that is known without a call.
    fn known_member_region(&self, account: AccountId, region: &Region) -> Option<RegionStatus>;

    /// Whether the region is on for a member.
    fn member_region<'a>(
        &'a self,
        account: AccountId,
        region: &'a Region,
    ) -> BoxFuture<'a, Result<RegionStatus, ServiceError>>;
}
