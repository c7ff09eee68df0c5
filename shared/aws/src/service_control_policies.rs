//! Service control policies as they are attached, with their documents. I/O: Organizations.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::types::PolicyType;
use rollcall_core::ServiceError;

use crate::{Organization, service_error};

/// A service control policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceControlPolicy {
    /// Its id, such as `p-FullAWSAccess`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether AWS made it: nobody can change it.
    pub is_of_aws: bool,
    /// Its document, in IAM's JSON.
    pub content: String,
}

impl Organization {
    /// The service control policies that are attached to each of these targets (root, organizational units, accounts, by
    /// their ids) itself. Only the management account, and who it delegates that to, may read them.
    pub async fn service_control_policies(
        &self,
        targets: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<ServiceControlPolicy>>, ServiceError> {
        let mut known: BTreeMap<String, ServiceControlPolicy> = BTreeMap::new();
        let mut attached = BTreeMap::new();
        for target in targets {
            let mut here = Vec::new();
            for (id, name, is_of_aws) in self.attached_to(target).await? {
                if !known.contains_key(&id) {
                    let content = self.content(&id).await?;
                    known.insert(id.clone(), ServiceControlPolicy { id: id.clone(), name, is_of_aws, content });
                }
                here.extend(known.get(&id).cloned());
            }
            attached.insert(target.clone(), here);
        }
        Ok(attached)
    }

    /// Id and name of each policy, and whether it is AWS's.
    async fn attached_to(&self, target: &str) -> Result<Vec<(String, String, bool)>, ServiceError> {
        let request = self.shared.reader().await.list_policies_for_target().target_id(target);
        let mut pages = request.filter(PolicyType::ServiceControlPolicy).into_paginator().send();
        let mut policies = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| service_error("ListPoliciesForTarget", &error))?;
            let listed = page.policies.unwrap_or_default().into_iter();
            policies.extend(
                listed.filter_map(|policy| Some((policy.id?, policy.name.unwrap_or_default(), policy.aws_managed))),
            );
        }
        Ok(policies)
    }

    async fn content(&self, policy: &str) -> Result<String, ServiceError> {
        let answer = self.shared.reader().await.describe_policy().policy_id(policy).send().await;
        let described = answer.map_err(|error| service_error("DescribePolicy", &error))?;
        Ok(described.policy.and_then(|policy| policy.content).unwrap_or_default())
    }
}
