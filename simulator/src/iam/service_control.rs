//! Service control policies: what they are attached to, whom they bind, and their limits. No I/O.
//!
//! AWS documentation, "Service control policies (SCPs)": they bind every principal of a member account, its root user
//! too; never the management account, never a service-linked role. `FullAWSAccess` is attached everywhere, so that only
//! denials matter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    evaluate::{Decision, Request, decide},
    policy::Policy,
};
use crate::{service::Caller, world::World};

/// AWS documentation, "Quotas and service limits for AWS Organizations": characters of a document, as it is saved.
const LARGEST: usize = 10_240;
/// The same: policies attached to a root, unit or account. `FullAWSAccess` is one of them.
const MOST: usize = 10;

/// The service control policies, without `FullAWSAccess`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ServiceControl {
    by_id: BTreeMap<String, ServiceControlPolicy>,
    /// Ids of policies by the id of the root, organizational unit or account, in the order of their attachment.
    attached: BTreeMap<String, Vec<String>>,
}

/// One policy.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ServiceControlPolicy {
    pub(crate) id: String,
    pub(crate) name: String,
    /// As it was given.
    pub(crate) content: String,
    policy: Policy,
}

impl ServiceControl {
    pub(crate) fn all(&self) -> impl Iterator<Item = &ServiceControlPolicy> {
        self.by_id.values()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&ServiceControlPolicy> {
        self.by_id.get(id)
    }

    /// The policies that are attached to the target itself.
    pub(crate) fn of_target(&self, target: &str) -> impl Iterator<Item = &ServiceControlPolicy> {
        self.attached.get(target).into_iter().flatten().filter_map(|id| self.by_id.get(id))
    }

    /// The targets that the policy is attached to.
    pub(crate) fn targets_of(&self, id: &str) -> impl Iterator<Item = &String> {
        self.attached.iter().filter(move |(_, ids)| ids.iter().any(|attached| attached == id)).map(|(target, _)| target)
    }

    /// The policies stay, attached to nothing.
    pub(crate) fn detach_all(&mut self) {
        self.attached.clear();
    }
}

/// From now on there is this policy too, attached to these. A document that is a text counts as it is; an object counts
/// without white space, as the console saves it.
pub(crate) fn attach(
    world: &mut World,
    name: Option<String>,
    document: &Value,
    targets: &[String],
) -> Result<(), String> {
    let text = document.as_str().map_or_else(|| document.to_string(), str::to_owned);
    let size = text.chars().count();
    if size > LARGEST {
        return Err(format!("the service control policy has {size} characters, and {LARGEST} is the maximum"));
    }
    let document: Value = serde_json::from_str(&text).map_err(|error| format!("a policy document: {error}"))?;
    let policy = Policy::service_control(&document)?;
    let organization = &world.organization;
    for target in targets {
        let known =
            organization.root == *target || organization.units.contains_key(target) || organization.is_member(target);
        if !known {
            return Err(format!("there is no root, organizational unit or account `{target}`"));
        }
        if world.iam.service_control.of_target(target).count() + 1 >= MOST {
            return Err(format!("`{target}` has {MOST} service control policies, which is the maximum"));
        }
    }
    let id = format!("p-{}", world.random.text("0123456789abcdefghijklmnopqrstuvwxyz", 10));
    let ServiceControl { by_id, attached } = &mut world.iam.service_control;
    let name = name.unwrap_or_else(|| format!("service-control-policy-{}", by_id.len() + 1));
    if by_id.values().any(|other| other.name == name) {
        return Err(format!("there is a service control policy `{name}`"));
    }
    for target in targets {
        attached.entry(target.clone()).or_default().push(id.clone());
    }
    by_id.insert(id.clone(), ServiceControlPolicy { id, name, content: text, policy });
    Ok(())
}

/// Whether a policy of the caller's account, or of anything above it, denies the request.
pub(super) fn denies(world: &World, caller: &Caller, request: &Request) -> bool {
    let organization = &world.organization;
    let service_linked = caller.role.as_ref().is_some_and(|role| role.contains(":role/aws-service-role/"));
    let Some(account) = organization.account(&caller.account) else { return false };
    if service_linked || organization.is_management(&account.id) {
        return false;
    }
    let above = std::iter::successors(Some(account.parent.as_str()), |id| {
        organization.units.get(*id).map(|unit| unit.parent.as_str())
    });
    std::iter::once(account.id.as_str())
        .chain(above)
        .flat_map(|id| world.iam.service_control.of_target(id))
        .any(|attached| decide(std::slice::from_ref(&attached.policy), request) == Decision::Denied)
}
