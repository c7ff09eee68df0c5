//! Accounts' tags, and the organization's policies as they are attached and in effect. I/O: Organizations.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::{
    operation::describe_effective_policy::DescribeEffectivePolicyError,
    types::{PolicyType, PolicyTypeStatus},
};
use rollcall_core::{AccountId, ServiceError};

use crate::{Organization, service_error};

/// Policies by the root, organizational unit or account that they are attached to.
pub type Attached = BTreeMap<String, BTreeSet<String>>;

impl Organization {
    /// An account's tags.
    pub async fn tags(&self, account: AccountId) -> Result<BTreeMap<String, String>, ServiceError> {
        let request = self.shared.reader().await.list_tags_for_resource().resource_id(account.to_string());
        let mut pages = request.into_paginator().send();
        let mut tags = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| service_error("ListTagsForResource", &error))?;
            tags.extend(page.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)));
        }
        Ok(tags)
    }

    /// The policy types that are enabled at the organization's root, by AWS's names.
    pub async fn policy_types(&self) -> Result<BTreeSet<String>, ServiceError> {
        let mut pages = self.shared.reader().await.list_roots().into_paginator().send();
        let mut types = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| service_error("ListRoots", &error))?;
            let listed =
                page.roots.unwrap_or_default().into_iter().flat_map(|root| root.policy_types.unwrap_or_default());
            // One that is being enabled counts: AWS says that it takes effect with the call.
            let on = listed.filter(|listed| listed.status != Some(PolicyTypeStatus::PendingDisable));
            types.extend(on.filter_map(|listed| listed.r#type).map(|kind| kind.as_str().to_owned()));
        }
        Ok(types)
    }

    /// Where the policies of a type are attached.
    pub async fn attached_policies(&self, policy_type: &str) -> Result<Attached, ServiceError> {
        let client = self.shared.reader().await;
        let mut pages = client.list_policies().filter(PolicyType::from(policy_type)).into_paginator().send();
        let mut attached = Attached::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| service_error("ListPolicies", &error))?;
            for id in page.policies.unwrap_or_default().into_iter().filter_map(|policy| policy.id) {
                let mut targets = client.list_targets_for_policy().policy_id(&id).into_paginator().send();
                while let Some(page) = targets.next().await {
                    let page = page.map_err(|error| service_error("ListTargetsForPolicy", &error))?;
                    for target in page.targets.unwrap_or_default().into_iter().filter_map(|target| target.target_id) {
                        attached.entry(target).or_default().insert(id.clone());
                    }
                }
            }
        }
        Ok(attached)
    }

    /// What is in effect for an account of all policies of a type on its path; `None` where nothing is. Only the
    /// management account may ask for another account.
    pub async fn effective_policy(
        &self,
        policy_type: &str,
        account: AccountId,
    ) -> Result<Option<String>, ServiceError> {
        let request = self.shared.reader().await.describe_effective_policy();
        let answer = request.policy_type(policy_type.into()).target_id(account.to_string()).send().await;
        match answer {
            Ok(answer) => Ok(answer.effective_policy.and_then(|policy| policy.policy_content)),
            Err(error) => {
                let none = error
                    .as_service_error()
                    .is_some_and(DescribeEffectivePolicyError::is_effective_policy_not_found_exception);
                if none { Ok(None) } else { Err(service_error("DescribeEffectivePolicy", &error)) }
            }
        }
    }
}
