//! Service control policies, as they are read: states make and attach them. No I/O.

use serde_json::{Value, json};

use super::entity_arn;
use crate::{iam::ServiceControlPolicy, world::World};

pub(super) const TYPE: &str = "SERVICE_CONTROL_POLICY";

/// AWS documentation, "Service control policies (SCPs)": while the type is enabled it is attached to the root, each unit and
/// each account. That it is listed before and after that is inferred.
pub(crate) const FULL_ACCESS: &str = "p-FullAWSAccess";
const FULL_ACCESS_CONTENT: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"#;

/// Whether there is such a policy.
pub(super) fn exists(world: &World, id: &str) -> bool {
    id == FULL_ACCESS || world.iam.service_control.get(id).is_some()
}

/// `PolicySummary` of each policy.
pub(super) fn all(world: &World) -> Vec<Value> {
    let made = world.iam.service_control.all().map(|policy| summary(world, policy));
    std::iter::once(full_access(world)).chain(made).collect()
}

/// `PolicySummary` of each policy that is attached to the target itself; none while the type is not enabled.
pub(super) fn of_target(world: &World, target: &str) -> Vec<Value> {
    let attached = world.iam.service_control.of_target(target).map(|policy| summary(world, policy));
    is_enabled(world).then(|| full_access(world)).into_iter().chain(attached).collect()
}

/// `Policy` of AWS's model.
pub(super) fn described(world: &World, id: &str) -> Option<Value> {
    let (summary, content) = match world.iam.service_control.get(id) {
        Some(policy) => (summary(world, policy), policy.content.as_str()),
        None if id == FULL_ACCESS => (full_access(world), FULL_ACCESS_CONTENT),
        None => return None,
    };
    Some(json!({"Policy": {"PolicySummary": summary, "Content": content}}))
}

/// The ids of what the policy is attached to.
pub(super) fn targets_of<'a>(world: &'a World, id: &str) -> Vec<&'a String> {
    let organization = &world.organization;
    if id != FULL_ACCESS {
        return world.iam.service_control.targets_of(id).collect();
    }
    let below = organization.units.keys().chain(organization.accounts.keys());
    std::iter::once(&organization.root).chain(below).filter(|_| is_enabled(world)).collect()
}

fn is_enabled(world: &World) -> bool {
    world.organization.policy_types.contains(TYPE)
}

fn summary(world: &World, policy: &ServiceControlPolicy) -> Value {
    json!({
        "Id": policy.id,
        "Arn": entity_arn(world, &policy.id),
        "Name": policy.name,
        "Description": "",
        "Type": TYPE,
        "AwsManaged": false,
    })
}

/// As AWS documentation shows it.
fn full_access(world: &World) -> Value {
    json!({
        "Id": FULL_ACCESS,
        "Arn": entity_arn(world, FULL_ACCESS),
        "Name": "FullAWSAccess",
        "Description": "Allows access to every operation",
        "Type": TYPE,
        "AwsManaged": true,
    })
}
