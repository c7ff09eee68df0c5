//! The tree of root, organizational units and accounts, and their tags. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    PAGE, account_json, account_not_found, arn, constraint, listed, management, parameter, reader, refuse,
    service_control, target_not_found,
};
use crate::{
    guardduty, model,
    organization::Unit,
    paging::page,
    policies::{self, Kind},
    service::{Answer, Call, Refusal},
    world::World,
};

/// `o-…/r-…/ou-…/` of the root or a unit.
pub(crate) fn path(world: &World, id: &str) -> String {
    let organization = &world.organization;
    match organization.units.get(id) {
        Some(unit) => format!("{}{id}/", path(world, &unit.parent)),
        None => format!("{}/{}/", organization.id, organization.root),
    }
}

pub(super) fn policy_types(types: &BTreeSet<String>) -> Vec<Value> {
    types.iter().map(|name| json!({"Type": name, "Status": "ENABLED"})).collect()
}

fn root_json(world: &World) -> Value {
    let organization = &world.organization;
    json!({
        "Id": organization.root,
        "Arn": arn(world, &format!("root/{}/{}", organization.id, organization.root)),
        "Name": "Root",
        "PolicyTypes": policy_types(&organization.policy_types),
    })
}

fn unit_json(world: &World, id: &str, unit: &Unit) -> Value {
    json!({
        "Id": id,
        "Arn": arn(world, &format!("ou/{}/{id}", world.organization.id)),
        "Name": unit.name,
        "Path": path(world, id),
    })
}

pub(super) fn list_roots(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let (page, next) = page(call, world, [root_json(world)], PAGE)?;
    Ok(listed("Roots", page, next))
}

pub(super) fn enable_policy_type(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    root(world, call)?;
    let kind = Kind::from_name(parameter(call, "PolicyType"));
    let untrusted = kind.is_some_and(|kind| !world.trusted(kind.principal()));
    if untrusted && world.behaviour.policy_type_needs_trusted_access {
        return Err(constraint(
            "SERVICE_ACCESS_NOT_ENABLED",
            "You attempted to enable a policy type before you enabled service access.",
        ));
    }
    if !change_policy_type(world, parameter(call, "PolicyType"), true) {
        return Err(refuse(
            "PolicyTypeAlreadyEnabledException",
            "The specified policy type is already enabled in the specified root.",
        ));
    }
    Ok(json!({"Root": root_json(world)}))
}

pub(super) fn disable_policy_type(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    root(world, call)?;
    if !change_policy_type(world, parameter(call, "PolicyType"), false) {
        return Err(refuse(
            "PolicyTypeNotEnabledException",
            "The specified policy type isn't currently enabled in this root.",
        ));
    }
    Ok(json!({"Root": root_json(world)}))
}

/// Enables the type, or disables it, which detaches its policies; whether that changes anything.
fn change_policy_type(world: &mut World, name: &str, enabled: bool) -> bool {
    let types = &mut world.organization.policy_types;
    let changed = if enabled { types.insert(name.to_owned()) } else { types.remove(name) };
    if !changed {
        return false;
    }
    if name == service_control::TYPE && !enabled {
        world.iam.service_control.detach_all();
    }
    if let Some(kind) = Kind::from_name(name) {
        if !enabled {
            world.policies.detach_all(kind);
        }
        policies::updated(world, Some(kind), None);
    }
    if !enabled {
        guardduty::policy_type_disabled(world, name);
    }
    true
}

/// The special state of a policy type.
pub(crate) fn set_policy_type(world: &mut World, name: &str, enabled: bool) -> Result<(), String> {
    let known = model::of("organizations").and_then(|model| model.shape("PolicyType"));
    if known.is_none_or(|shape| !shape.values.iter().any(|value| value == name)) {
        return Err(format!("there is no policy type `{name}`"));
    }
    change_policy_type(world, name, enabled);
    Ok(())
}

fn root(world: &World, call: &Call) -> Result<(), Refusal> {
    if parameter(call, "RootId") == world.organization.root {
        return Ok(());
    }
    Err(refuse("RootNotFoundException", "We can't find a root with the RootId that you specified."))
}

/// The parent that the call names, when it exists.
fn parent<'a>(world: &World, call: &'a Call) -> Result<&'a str, Refusal> {
    let id = parameter(call, "ParentId");
    if exists(world, id) { Ok(id) } else { Err(parent_not_found()) }
}

fn exists(world: &World, parent: &str) -> bool {
    world.organization.root == parent || world.organization.units.contains_key(parent)
}

fn parent_not_found() -> Refusal {
    refuse("ParentNotFoundException", "We can't find a root or OU with the ParentId that you specified.")
}

pub(super) fn list_parents(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let child = parameter(call, "ChildId");
    let organization = &world.organization;
    let parent = organization.account(child).map(|account| &account.parent);
    let parent = parent.or_else(|| organization.units.get(child).map(|unit| &unit.parent));
    let parent = parent.ok_or_else(|| {
        refuse(
            "ChildNotFoundException",
            "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.",
        )
    })?;
    let kind = if *parent == organization.root { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    let (page, next) = page(call, world, [json!({"Id": parent, "Type": kind})], PAGE)?;
    Ok(listed("Parents", page, next))
}

pub(super) fn list_children(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let (parent, kind) = (parent(world, call)?, parameter(call, "ChildType"));
    let organization = &world.organization;
    let accounts = organization.accounts.values().filter(|account| account.parent == parent);
    let units = organization.units.iter().filter(|(_, unit)| unit.parent == parent);
    let (page, next) = if kind == "ACCOUNT" {
        page(call, world, accounts.map(|account| account.id.as_str()), PAGE)?
    } else {
        page(call, world, units.map(|(id, _)| id.as_str()), PAGE)?
    };
    Ok(listed("Children", page.into_iter().map(|id| json!({"Id": id, "Type": kind})), next))
}

pub(super) fn list_accounts(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let parent = parent(world, call)?;
    let accounts = world.organization.accounts.values().filter(|account| account.parent == parent);
    let (page, next) = page(call, world, accounts, PAGE)?;
    Ok(listed("Accounts", page.into_iter().map(|account| account_json(world, account)), next))
}

pub(super) fn list_units(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let parent = parent(world, call)?;
    let units = world.organization.units.iter().filter(|(_, unit)| unit.parent == parent);
    let (page, next) = page(call, world, units, PAGE)?;
    let page = page.into_iter().map(|(id, unit)| unit_json(world, id, unit));
    Ok(listed("OrganizationalUnits", page, next))
}

pub(super) fn describe_unit(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let id = parameter(call, "OrganizationalUnitId");
    let unit = world.organization.units.get(id).ok_or_else(|| {
        refuse(
            "OrganizationalUnitNotFoundException",
            "We can't find an OU with the OrganizationalUnitId that you specified.",
        )
    })?;
    Ok(json!({"OrganizationalUnit": unit_json(world, id, unit)}))
}

pub(super) fn create_unit(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let (parent, name) = (parent(world, call)?, parameter(call, "Name"));
    if world.organization.units.values().any(|unit| unit.parent == parent && unit.name == name) {
        return Err(refuse("DuplicateOrganizationalUnitException", "An OU with the same name already exists."));
    }
    let id = new_unit(world, parent, name, tags(&call.input));
    let unit = world.organization.units.get(&id).map(|unit| unit_json(world, &id, unit));
    Ok(json!({"OrganizationalUnit": unit}))
}

/// Makes a unit, and gives its id.
pub(crate) fn new_unit(world: &mut World, parent: &str, name: &str, tags: BTreeMap<String, String>) -> String {
    let root = world.organization.root.trim_start_matches("r-").to_owned();
    let id = format!("ou-{root}-{}", world.random.text("0123456789abcdefghijklmnopqrstuvwxyz", 8));
    let unit = Unit { name: name.to_owned(), parent: parent.to_owned(), tags };
    world.organization.units.insert(id.clone(), unit);
    id
}

pub(super) fn move_account(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let (source, destination) = (parameter(call, "SourceParentId"), parameter(call, "DestinationParentId"));
    if !exists(world, destination) {
        return Err(refuse(
            "DestinationParentNotFoundException",
            "We can't find the destination container (a root or OU) with the ParentId that you specified.",
        ));
    }
    if !exists(world, source) {
        return Err(source_not_found());
    }
    let account = world.organization.accounts.get_mut(parameter(call, "AccountId")).ok_or_else(account_not_found)?;
    if account.parent == destination {
        return Err(refuse(
            "DuplicateAccountException",
            "That account is already present in the specified destination.",
        ));
    }
    if account.parent != source {
        return Err(source_not_found());
    }
    destination.clone_into(&mut account.parent);
    policies::updated(world, None, Some(parameter(call, "AccountId")));
    Ok(Value::Null)
}

fn source_not_found() -> Refusal {
    refuse("SourceParentNotFoundException", "We can't find a source root or OU with the ParentId that you specified.")
}

/// `Tags` of a request.
pub(super) fn tags(input: &Value) -> BTreeMap<String, String> {
    let text = |tag: &Value, name: &str| tag.get(name).and_then(Value::as_str).map(str::to_owned);
    let tags = input.get("Tags").and_then(Value::as_array).into_iter().flatten();
    tags.filter_map(|tag| Some((text(tag, "Key")?, text(tag, "Value")?))).collect()
}

/// The tags of the account, unit, root or policy that the call names.
fn tags_of<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut BTreeMap<String, String>, Refusal> {
    let id = parameter(call, "ResourceId");
    let organization = &mut world.organization;
    if id == organization.root {
        return Ok(&mut organization.root_tags);
    }
    let account = organization.accounts.get_mut(id).map(|account| &mut account.tags);
    let tags = account.or_else(|| organization.units.get_mut(id).map(|unit| &mut unit.tags));
    tags.or_else(|| world.policies.by_id.get_mut(id).map(|policy| &mut policy.tags)).ok_or_else(target_not_found)
}

/// `ListTagsForResource` has no `MaxResults`: the page is as long as any other.
pub(super) fn list_tags(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let tags = tags_of(world, call)?.clone();
    let (page, next) = page(call, world, tags, PAGE)?;
    let page = page.into_iter().map(|(key, value)| json!({"Key": key, "Value": value}));
    Ok(listed("Tags", page, next))
}

pub(super) fn tag(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let added = tags(&call.input);
    tags_of(world, call)?.extend(added);
    Ok(Value::Null)
}

pub(super) fn untag(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let tags = tags_of(world, call)?;
    for key in call.input.get("TagKeys").and_then(Value::as_array).into_iter().flatten() {
        tags.remove(key.as_str().unwrap_or_default());
    }
    Ok(Value::Null)
}
