//! Service control policies: what they are attached to, whom they bind, and their limits. No I/O.
//!
//! AWS documentation, "Service control policies (SCPs)": they bind every principal of a member account, its root user
//! too; never the management account, never a service-linked role. `FullAWSAccess` is attached everywhere, so that only
//! denials matter.

use std::collections::BTreeMap;

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

/// The policies that are attached to a root, an organizational unit or an account, by its id.
pub(super) type Attached = BTreeMap<String, Vec<Policy>>;

/// From now on the policy is attached to these as well. A document that is a text counts as it is; an object counts
/// without white space, as the console saves it.
pub(crate) fn attach(world: &mut World, document: &Value, targets: &[String]) -> Result<(), String> {
    let text = document.as_str().map_or_else(|| document.to_string(), str::to_owned);
    let size = text.chars().count();
    if size > LARGEST {
        return Err(format!("the service control policy has {size} characters, and {LARGEST} is the maximum"));
    }
    let document = serde_json::from_str(&text).map_err(|error| format!("a policy document: {error}"))?;
    let policy = Policy::service_control(&document)?;
    let organization = &world.organization;
    for target in targets {
        let known =
            organization.root == *target || organization.units.contains_key(target) || organization.is_member(target);
        if !known {
            return Err(format!("there is no root, organizational unit or account `{target}`"));
        }
        if world.iam.attached.get(target).map_or(0, Vec::len) + 1 >= MOST {
            return Err(format!("`{target}` has {MOST} service control policies, which is the maximum"));
        }
    }
    for target in targets {
        world.iam.attached.entry(target.clone()).or_default().push(policy.clone());
    }
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
        .filter_map(|id| world.iam.attached.get(id))
        .any(|policies| decide(policies, request) == Decision::Denied)
}
