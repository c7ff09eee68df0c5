//! The simulated service `account`: the regions of an account. No I/O.

use serde_json::{Value, json};

use crate::{
    organization::{OPT_IN_REGIONS, OptIn},
    paging::page,
    service::{Answer, Call, Refusal, Service},
    transition::Moving,
    world::World,
};

/// The service, as the wire sees it.
pub(crate) const SERVICE: Service = Service {
    name: "account",
    operations: &[
        ("DisableRegion", disable),
        ("EnableRegion", enable),
        ("GetRegionOptStatus", status),
        ("ListRegions", list),
    ],
};

const PRINCIPAL: &str = "account.amazonaws.com";

/// The account that the call is about. AWS's model: another account only from the management account or the
/// service's delegated administrator, with trusted access; the management account omits its own id.
/// The wordings are seen in public code.
fn target(world: &World, call: &Call) -> Result<String, Refusal> {
    let caller = &call.caller.account;
    let Some(id) = call.input.get("AccountId").and_then(Value::as_str) else { return Ok(caller.clone()) };
    let organization = &world.organization;
    let denied = |reason: &str| {
        Err(Refusal::new(
            403,
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: account:{} ({reason})",
                call.caller.principal, call.operation
            ),
        ))
    };
    if !organization.is_management(caller) && !organization.is_delegated(PRINCIPAL, caller) {
        return denied(
            "The account ID parameter can only be used by the organization's management account or a delegated administrator for the AWS Account Management service",
        );
    }
    if !world.trusted(PRINCIPAL) {
        return denied("Your organization must first enable trusted access with AWS Account Management.");
    }
    if organization.is_management(id) {
        return denied(
            "The management account can only be managed using the standalone context from the management account.",
        );
    }
    if !organization.is_member(id) {
        return denied("The specified account is not a member of your organization.");
    }
    Ok(id.to_owned())
}

/// The region that the call names, when the partition has it.
fn region<'a>(world: &World, call: &'a Call) -> Result<&'a str, Refusal> {
    let name = call.input.get("RegionName").and_then(Value::as_str).unwrap_or_default();
    if world.organization.regions.iter().any(|region| region == name) {
        return Ok(name);
    }
    Err(invalid_target(&format!("The region {name} is not a valid region.")))
}

fn invalid_target(message: &str) -> Refusal {
    Refusal::invalid("account", message).with("reason", "invalidRegionOptTarget")
}

/// The status as this read sees it; the read counts.
fn read(world: &mut World, account: &str, region: &str) -> OptIn {
    let now = world.now;
    let known = world.organization.accounts.get_mut(account);
    let moving = known.and_then(|known| known.regions.get_mut(region));
    moving.map_or_else(|| OptIn::initial(region), |moving| moving.read(now))
}

fn list(world: &mut World, call: &Call) -> Answer {
    let account = target(world, call)?;
    let wanted = call.input.get("RegionOptStatusContains").and_then(Value::as_array).filter(|list| !list.is_empty());
    let mut all = Vec::new();
    for region in world.organization.regions.clone() {
        let status = read(world, &account, &region).name();
        if wanted.is_none_or(|wanted| wanted.iter().any(|name| name == status)) {
            all.push(json!({"RegionName": region, "RegionOptStatus": status}));
        }
    }
    let (page, next) = page(call, world, all, 50)?;
    let mut answer = json!({"Regions": page});
    if let (Some(next), Some(object)) = (next, answer.as_object_mut()) {
        object.insert("NextToken".to_owned(), json!(next));
    }
    Ok(answer)
}

fn status(world: &mut World, call: &Call) -> Answer {
    let account = target(world, call)?;
    let region = region(world, call)?;
    let status = read(world, &account, region).name();
    Ok(json!({"RegionName": region, "RegionOptStatus": status}))
}

fn enable(world: &mut World, call: &Call) -> Answer {
    change(world, call, OptIn::Enabling)
}

fn disable(world: &mut World, call: &Call) -> Answer {
    change(world, call, OptIn::Disabling)
}

fn change(world: &mut World, call: &Call, to: OptIn) -> Answer {
    let account = target(world, call)?;
    let region = region(world, call)?;
    if !OPT_IN_REGIONS.contains(&region) {
        return Err(invalid_target(&format!("The region {region} is enabled by default and can't be changed.")));
    }
    let current = world.organization.account(&account).map(|account| account.opt_in(region, world.now));
    let (already, between) = match to {
        OptIn::Enabling => (OptIn::Enabled, OptIn::Disabling),
        _ => (OptIn::Disabled, OptIn::Enabling),
    };
    // AWS's model: a region that is on its way the other way is a conflict.
    if current == Some(between) {
        return Err(Refusal::new(
            409,
            "ConflictException",
            format!("The region {region} is currently {}.", between.name()),
        ));
    }
    if current != Some(already) && current != Some(to) {
        set(world, &account, region, to);
    }
    Ok(Value::Null)
}

/// Sets a region's status. `ENABLING` and `DISABLING` are on their way to the end of it.
pub(crate) fn set(world: &mut World, account: &str, region: &str, status: OptIn) {
    let due = world.due_for(account);
    let current = world.organization.account(account).map(|account| account.opt_in(region, world.now));
    let mut moving = Moving::settled(status);
    match status {
        OptIn::Enabling => moving.begin(OptIn::Enabling, OptIn::Enabled, due),
        OptIn::Disabling => moving.begin(OptIn::Disabling, OptIn::Disabled, due),
        _ => {}
    }
    if let Some(known) = world.organization.accounts.get_mut(account) {
        known.regions.insert(region.to_owned(), moving);
    }
    if !matches!(current, Some(OptIn::Enabled | OptIn::EnabledByDefault)) {
        world.opting_in.insert((account.to_owned(), region.to_owned()));
    }
    settle(world);
}

/// Tells the services which regions have become usable since.
pub(crate) fn settle(world: &mut World) {
    let now = world.now;
    let is_on = |(account, region): &&(String, String)| {
        let status = world.organization.account(account).map(|account| account.opt_in(region, now));
        matches!(status, Some(OptIn::Enabled | OptIn::EnabledByDefault))
    };
    let on: Vec<(String, String)> = world.opting_in.iter().filter(is_on).cloned().collect();
    for (account, region) in on {
        world.opting_in.remove(&(account.clone(), region.clone()));
        let usable = now + world.behaviour.region_lag_ms;
        if let Some(known) = world.organization.accounts.get_mut(&account) {
            known.regions_usable_at.insert(region.clone(), usable);
        }
        crate::guardduty::region_opted_in(world, &account, &region);
        crate::inspector2::region_opted_in(world, &account, &region);
    }
}
