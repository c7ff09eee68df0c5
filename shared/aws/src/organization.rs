//! The organization, as a target depends on it: trusted access, and regions. I/O: Organizations, Account Management.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use futures::future::{BoxFuture, FutureExt};
use rollcall_core::{AccountId, InvalidId, OrganizationAccess, Region, RegionStatus, ServiceError};
use tokio::sync::{Mutex, OnceCell};

use crate::{Access, Aws, errors::unreadable, regions::Regions, service_error};

/// Organizations and Account Management as the management account and an administrator see them.
///
/// Answers are kept: make one for a run, and [share it](Self::acting_as) between the run's targets.
#[derive(Debug, Clone)]
pub struct Organization {
    pub(crate) shared: Arc<Shared>,
    administrator: Access,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) aws: Arc<Aws>,
    /// The region that the process runs in.
    pub(crate) home: Region,
    /// The one region where the partition's Organizations and Account Management are.
    pub(crate) endpoint: Region,
    pub(crate) management_read: Access,
    management_write: Access,
    reader: OnceCell<aws_sdk_organizations::Client>,
    /// Kept under its lock while it is asked for, so that it is asked for once.
    trusted: Mutex<Option<Vec<String>>>,
    pub(crate) regions: std::sync::Mutex<HashMap<Asked, Arc<OnceCell<Regions>>>>,
}

/// Whose regions, as seen by whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    /// The caller's own.
    Own(Access),
    /// Another account's, seen by the management account.
    Member(AccountId),
}

impl Organization {
    /// Costs nothing; the first call makes the clients. `home` is the region that the process runs in.
    #[must_use]
    pub fn new(
        aws: Arc<Aws>,
        home: &Region,
        administrator: Access,
        management_read: Access,
        management_write: Access,
    ) -> Self {
        let shared = Shared {
            aws,
            home: home.clone(),
            endpoint: endpoint_region(home),
            management_read,
            management_write,
            reader: OnceCell::new(),
            trusted: Mutex::new(None),
            regions: std::sync::Mutex::default(),
        };
        Self { shared: Arc::new(shared), administrator }
    }

    /// The same organization and the same kept answers for a service with another administrator.
    #[must_use]
    pub fn acting_as(&self, administrator: Access) -> Self {
        Self { shared: Arc::clone(&self.shared), administrator }
    }

    /// The same organization, read by another access; nothing is kept of what was read before. The delegated administrator
    /// of any service may make Organizations' reads, as the management account does.
    #[must_use]
    pub fn reading_as(&self, access: Access) -> Self {
        let Shared { aws, home, management_write, .. } = self.shared.as_ref();
        Self::new(Arc::clone(aws), home, self.administrator.clone(), access, management_write.clone())
    }

    /// The delegated administrators that Organizations has registered for a service principal.
    pub async fn registered_administrators(&self, principal: &str) -> Result<BTreeSet<AccountId>, ServiceError> {
        const LIST: &str = "ListDelegatedAdministrators";
        let request = self.shared.reader().await.list_delegated_administrators().service_principal(principal);
        let mut pages = request.into_paginator().page_size(20).send();
        let mut administrators = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| service_error(LIST, &error))?;
            for listed in page.delegated_administrators.unwrap_or_default() {
                let id = listed.id.unwrap_or_default().parse();
                administrators.insert(id.map_err(|invalid: InvalidId| unreadable(LIST, &invalid.to_string()))?);
            }
        }
        Ok(administrators)
    }

    /// The regions of the administrator's own account, with their status.
    pub async fn regions(&self) -> Result<Vec<(Region, RegionStatus)>, ServiceError> {
        Ok(self.shared.own_regions(&self.administrator).await?.to_vec())
    }

    /// The regions of a member, with their status. Kept for [`OrganizationAccess::member_region`].
    pub async fn member_regions(&self, account: AccountId) -> Result<Vec<(Region, RegionStatus)>, ServiceError> {
        Ok(self.shared.member_regions(account).await?.to_vec())
    }
}

impl OrganizationAccess for Organization {
    fn trusted_access(&self) -> BoxFuture<'_, Result<Vec<String>, ServiceError>> {
        self.shared.trusted_access().boxed()
    }

    fn enable_trusted_access<'a>(&'a self, principal: &'a str) -> BoxFuture<'a, Result<(), ServiceError>> {
        self.shared.enable_trusted_access(principal).boxed()
    }

    fn administrator_region<'a>(&'a self, region: &'a Region) -> BoxFuture<'a, Result<RegionStatus, ServiceError>> {
        async move { self.shared.own_regions(&self.administrator).await?.status(region) }.boxed()
    }

    fn known_member_region(&self, _: AccountId, _: &Region) -> Option<RegionStatus> {
        None
    }

    fn member_region<'a>(
        &'a self,
        account: AccountId,
        region: &'a Region,
    ) -> BoxFuture<'a, Result<RegionStatus, ServiceError>> {
        async move { self.shared.member_regions(account).await?.status(region) }.boxed()
    }
}

impl Shared {
    /// The client for reads as the management account.
    pub(crate) async fn reader(&self) -> &aws_sdk_organizations::Client {
        self.reader
            .get_or_init(|| async {
                aws_sdk_organizations::Client::new(&self.aws.config(&self.management_read, &self.endpoint).await)
            })
            .await
    }

    async fn trusted_access(&self) -> Result<Vec<String>, ServiceError> {
        let mut kept = self.trusted.lock().await;
        if let Some(principals) = kept.as_ref() {
            return Ok(principals.clone());
        }
        let request = self.reader().await.list_aws_service_access_for_organization();
        let mut pages = request.into_paginator().page_size(20).send();
        let mut principals = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| service_error("ListAWSServiceAccessForOrganization", &error))?;
            let services = page.enabled_service_principals.unwrap_or_default();
            principals.extend(services.into_iter().filter_map(|service| service.service_principal));
        }
        *kept = Some(principals.clone());
        Ok(principals)
    }

    async fn enable_trusted_access(&self, principal: &str) -> Result<(), ServiceError> {
        let client = aws_sdk_organizations::Client::new(&self.aws.config(&self.management_write, &self.endpoint).await);
        // What was read before is old now, whatever comes of the write.
        *self.trusted.lock().await = None;
        let answer = client.enable_aws_service_access().service_principal(principal).send().await;
        answer.map(|_| ()).map_err(|error| service_error("EnableAWSServiceAccess", &error))
    }
}

/// Organizations and Account Management have one endpoint a partition, whose region signs the requests; Organizations'
/// events appear there. `home` is any region of the partition.
#[must_use]
pub fn endpoint_region(home: &Region) -> Region {
    let endpoint = match home.as_str() {
        china if china.starts_with("cn-") => "cn-northwest-1",
        government if government.starts_with("us-gov-") => "us-gov-west-1",
        of_one_region if of_one_region.starts_with("us-iso") || of_one_region.starts_with("eusc-") => {
            return home.clone();
        }
        _ => "us-east-1",
    };
    endpoint.parse().unwrap_or_else(|_| home.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_one_endpoint() {
        for (home, endpoint) in [
            ("eu-central-1", "us-east-1"),
            ("cn-north-1", "cn-northwest-1"),
            ("us-gov-east-1", "us-gov-west-1"),
            ("eusc-de-east-1", "eusc-de-east-1"),
        ] {
            assert_eq!(endpoint_region(&home.parse().unwrap()).as_str(), endpoint);
        }
    }
}
