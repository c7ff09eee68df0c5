//! Where policies of the organization are attached. No I/O.

use serde_json::{Value, json};

use super::{
    PAGE, constraint, entity_arn, listed, management, parameter,
    policies::{kind, known, summary},
    reader, refuse, service_control, target_not_found,
};
use crate::{
    paging::page,
    policies,
    service::{Answer, Call, Refusal},
    world::World,
};

/// AWS documentation, "Number of policies that you can attach to an entity": 10 of Security Hub, and of declarative
/// policies. These types are not listed: inferred to be like those.
const MOST_ATTACHED: usize = 10;

/// The kind of a target and its name; none when there is no such target.
fn target(world: &World, id: &str) -> Option<(&'static str, String)> {
    let organization = &world.organization;
    if id == organization.root {
        return Some(("ROOT", "Root".to_owned()));
    }
    let unit = organization.units.get(id).map(|unit| ("ORGANIZATIONAL_UNIT", unit.name.clone()));
    unit.or_else(|| organization.account(id).map(|account| ("ACCOUNT", account.name.clone())))
}

/// The target that a state names by its id, as `root`, or by the name of the unit.
pub(super) fn resolved(world: &World, name: &str) -> Result<String, String> {
    let organization = &world.organization;
    if name == "root" {
        return Ok(organization.root.clone());
    }
    if target(world, name).is_some() {
        return Ok(name.to_owned());
    }
    let unit = organization.units.iter().find(|(_, unit)| unit.name == name);
    unit.map(|(id, _)| id.clone()).ok_or_else(|| format!("there is no target {name}"))
}

pub(super) fn attach(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let policy = known(world, call)?;
    let (id, kind) = (policy.id.clone(), policy.kind);
    let target_id = parameter(call, "TargetId");
    target(world, target_id).ok_or_else(target_not_found)?;
    if !kind.is_enabled(world) {
        return Err(refuse(
            "PolicyTypeNotEnabledException",
            "The specified policy type isn't currently enabled in this root.",
        ));
    }
    let attached: Vec<&str> = world.policies.of_target(kind, target_id).map(|policy| policy.id.as_str()).collect();
    if attached.contains(&id.as_str()) {
        return Err(refuse(
            "DuplicatePolicyAttachmentException",
            "The selected policy is already attached to the specified target.",
        ));
    }
    if attached.len() >= MOST_ATTACHED {
        return Err(constraint(
            "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You have exceeded the number of policies of this type that can be attached to an entity.",
        ));
    }
    world.policies.attach(&id, target_id);
    policies::updated(world, Some(kind), None);
    Ok(Value::Null)
}

pub(super) fn detach(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let policy = known(world, call)?;
    let (id, kind) = (policy.id.clone(), policy.kind);
    let target_id = parameter(call, "TargetId");
    target(world, target_id).ok_or_else(target_not_found)?;
    if !world.policies.of_target(kind, target_id).any(|policy| policy.id == id) {
        return Err(not_attached());
    }
    world.policies.detach(&id, target_id);
    policies::updated(world, Some(kind), None);
    Ok(Value::Null)
}

fn not_attached() -> Refusal {
    refuse("PolicyNotAttachedException", "The policy isn't attached to the specified target in the specified root.")
}

pub(super) fn list_policies(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let (filter, id) = (parameter(call, "Filter"), parameter(call, "TargetId"));
    let kind = if filter == service_control::TYPE { None } else { Some(kind(filter)?) };
    target(world, id).ok_or_else(target_not_found)?;
    let attached = match kind {
        None => service_control::of_target(world, id),
        Some(kind) => world.policies.of_target(kind, id).map(|policy| summary(world, policy)).collect(),
    };
    let (page, next) = page(call, world, attached, PAGE)?;
    Ok(listed("Policies", page, next))
}

pub(super) fn list_targets(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let id = parameter(call, "PolicyId");
    let targets = if service_control::exists(world, id) {
        service_control::targets_of(world, id)
    } else {
        world.policies.targets_of(&known(world, call)?.id).collect()
    };
    let (page, next) = page(call, world, targets, PAGE)?;
    let page = page.into_iter().filter_map(|id| {
        let (kind, name) = target(world, id)?;
        Some(json!({"TargetId": id, "Arn": entity_arn(world, id), "Name": name, "Type": kind}))
    });
    Ok(listed("Targets", page, next))
}
