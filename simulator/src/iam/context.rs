//! What a request says by condition keys. No I/O.

use serde_json::Value;

use super::condition::Context;
use crate::{
    organizations,
    service::{Call, Caller},
    world::World,
};

/// The keys of every request, and those given. AWS documentation, "AWS global condition context keys".
pub(super) fn of(world: &World, caller: &Caller, region: &str, resource: &str, keys: &[(&str, String)]) -> Context {
    let mut context = Context::new();
    let mut add = |key: &str, value: String| {
        context.insert(key.to_ascii_lowercase(), vec![value]);
    };
    add("aws:RequestedRegion", region.to_owned());
    add("aws:SecureTransport", "true".to_owned());
    add("aws:PrincipalAccount", caller.account.clone());
    // Of a session it is the ARN of the role, with its path.
    add("aws:PrincipalArn", caller.role.clone().unwrap_or_else(|| caller.principal.clone()));
    add("aws:PrincipalType", if caller.role.is_some() { "AssumedRole" } else { "Account" }.to_owned());
    // Where the resource is no ARN, or of no account, it is inferred to be the caller's.
    let owner = resource.split(':').nth(4).filter(|owner| !owner.is_empty());
    add("aws:ResourceAccount", owner.unwrap_or(&caller.account).to_owned());
    if let Some(account) = world.organization.account(&caller.account) {
        add("aws:PrincipalOrgID", world.organization.id.clone());
        add("aws:PrincipalOrgPaths", organizations::path(world, &account.parent));
    }
    for (key, value) in keys {
        add(key, value.clone());
    }
    context
}

/// The operations that have the type of the policy that they name as a key.
const OF_POLICIES: [&str; 6] =
    ["AttachPolicy", "DeletePolicy", "DescribePolicy", "DetachPolicy", "ListTargetsForPolicy", "UpdatePolicy"];

/// The keys that some operations have by their parameters. AWS's service authorization reference.
pub(super) fn keys(world: &World, call: &Call) -> Vec<(&'static str, String)> {
    let known: &[(&'static str, &str)] = match (call.service, call.operation.as_str()) {
        (
            "organizations",
            "DeregisterDelegatedAdministrator"
            | "DisableAWSServiceAccess"
            | "EnableAWSServiceAccess"
            | "ListDelegatedAdministrators"
            | "RegisterDelegatedAdministrator",
        ) => &[("organizations:ServicePrincipal", "ServicePrincipal")],
        ("organizations", "DescribeEffectivePolicy" | "DisablePolicyType" | "EnablePolicyType") => {
            &[("organizations:PolicyType", "PolicyType")]
        }
        ("organizations", "CreatePolicy") => &[("organizations:PolicyType", "Type")],
        ("organizations", "ListPolicies" | "ListPoliciesForTarget") => &[("organizations:PolicyType", "Filter")],
        ("account", "DisableRegion" | "EnableRegion" | "GetRegionOptStatus") => {
            &[("account:TargetRegion", "RegionName")]
        }
        ("sts", "AssumeRole") => &[("sts:ExternalId", "ExternalId"), ("sts:RoleSessionName", "RoleSessionName")],
        _ => &[],
    };
    let said = |parameter: &str| call.input.get(parameter).and_then(Value::as_str).map(str::to_owned);
    let mut keys: Vec<_> = known.iter().filter_map(|(key, parameter)| Some((*key, said(parameter)?))).collect();
    if OF_POLICIES.contains(&call.operation.as_str())
        && let Some(kind) = said("PolicyId").and_then(|id| organizations::policy_type(world, &id))
    {
        keys.push(("organizations:PolicyType", kind.to_owned()));
    }
    keys
}
