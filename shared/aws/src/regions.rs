//! Which regions are on for an account. I/O: Account Management; STS where it must be known who calls.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex as SyncMutex, PoisonError},
};

use aws_sdk_account::{Client, types};
use rollcall_core::{AccountId, ErrorClass, Region, RegionStatus, ServiceError};
use tokio::sync::OnceCell;

use crate::{
    Access,
    organization::{Asked, Shared},
    service_error,
};

/// An account's regions with their status. Names are shared between accounts: there may be thousands.
#[derive(Debug, Clone)]
pub(crate) struct Regions(Arc<[(Region, RegionStatus)]>);

impl Regions {
    pub(crate) fn to_vec(&self) -> Vec<(Region, RegionStatus)> {
        self.0.to_vec()
    }

    pub(crate) fn status(&self, region: &Region) -> Result<RegionStatus, ServiceError> {
        let found = self.0.iter().find(|(name, _)| name == region);
        found.map(|(_, status)| status.clone()).ok_or_else(|| ServiceError {
            operation: "ListRegions",
            class: ErrorClass::Invalid,
            code: "RegionNotListed".to_owned(),
            message: format!("the account has no region {region}"),
            request_id: None,
        })
    }
}

impl Shared {
    /// The regions of the account that `access` belongs to.
    pub(crate) async fn own_regions(&self, access: &Access) -> Result<Regions, ServiceError> {
        self.kept(Asked::Own(access.clone()), || self.list(access, None)).await
    }

    /// The regions of a member. The management account must not name itself, so it asks for its own.
    pub(crate) async fn member_regions(&self, account: AccountId) -> Result<Regions, ServiceError> {
        self.kept(Asked::Member(account), || self.ask_for(account)).await
    }

    /// A caller that names itself is refused; one that is another account and names nobody would get its own.
    async fn ask_for(&self, account: AccountId) -> Result<Regions, ServiceError> {
        let caller = &self.management_read;
        if self.aws.account(caller, &self.home).await? == Some(account) {
            return self.own_regions(caller).await;
        }
        self.list(caller, Some(account)).await
    }

    async fn list(&self, access: &Access, account: Option<AccountId>) -> Result<Regions, ServiceError> {
        let client = Client::new(&self.aws.config(access, &self.endpoint).await);
        let request = client.list_regions().set_account_id(account.map(|id| id.to_string()));
        let mut pages = request.into_paginator().page_size(50).send();
        let mut regions = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| service_error("ListRegions", &error))?;
            regions.extend(page.regions.unwrap_or_default().into_iter().filter_map(region));
        }
        Ok(Regions(regions.into()))
    }

    /// The kept answer, or a new one; whoever asks for the same meanwhile waits for it. Errors are not kept.
    async fn kept<F>(&self, asked: Asked, ask: impl FnOnce() -> F) -> Result<Regions, ServiceError>
    where
        F: Future<Output = Result<Regions, ServiceError>>,
    {
        let cell: Arc<OnceCell<Regions>> = {
            let mut kept = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(kept.entry(asked).or_default())
        };
        cell.get_or_try_init(ask).await.cloned()
    }
}

fn region(region: types::Region) -> Option<(Region, RegionStatus)> {
    let name = region.region_name?;
    let Ok(parsed) = name.parse() else {
        tracing::warn!(region = name, "Account Management names a region that is none; it is left out");
        return None;
    };
    let status = region.region_opt_status.as_ref().map_or("", types::RegionOptStatus::as_str);
    Some((interned(parsed), status.to_owned().into()))
}

/// The same region for the same name, so that thousands of accounts do not each keep three dozen names.
fn interned(region: Region) -> Region {
    static NAMES: SyncMutex<BTreeSet<Region>> = SyncMutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = names.get(&region) {
        return name.clone();
    }
    names.insert(region.clone());
    region
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_without_a_sound_name_is_left_out() {
        let listed = |name: &str| {
            region(types::Region::builder().region_name(name).region_opt_status("DISABLED".into()).build())
        };
        assert_eq!(listed("ap-east-1"), Some(("ap-east-1".parse().unwrap(), RegionStatus::Disabled)));
        assert_eq!(listed("moon"), None);
    }

    #[test]
    fn a_region_that_is_not_listed_is_an_error_and_not_off() {
        let regions = Regions(Arc::new([("us-east-1".parse().unwrap(), RegionStatus::EnabledByDefault)]));
        assert_eq!(regions.status(&"us-east-1".parse().unwrap()), Ok(RegionStatus::EnabledByDefault));
        assert_eq!(regions.status(&"eu-west-1".parse().unwrap()).unwrap_err().code, "RegionNotListed");
    }
}
