//! The delegated administrator: designation, removal, listing. No I/O.

use serde_json::{Value, json};

use super::{
    PRINCIPAL, detectors, in_region,
    refusals::{self, access_denied, bad_request},
    state::{Administration, Regional, default_features},
};
use crate::{
    iam,
    paging::page,
    policies::{self, Kind},
    service::{Answer, Call, Refusal},
    transition::Due,
    world::World,
};

fn wanted(call: &Call) -> &str {
    call.input.get("adminAccountId").and_then(Value::as_str).unwrap_or_default()
}

/// AWS's model: only the management account can run these operations.
fn require_management(world: &World, call: &Call) -> Result<(), Refusal> {
    if world.organization.is_management(&call.caller.account) {
        Ok(())
    } else {
        Err(bad_request(refusals::NO_PERMISSION))
    }
}

pub(super) fn enable(world: &mut World, call: &Call) -> Answer {
    require_management(world, call)?;
    let account = wanted(call).to_owned();
    iam::require(world, call, &account, &iam::designation(iam::GUARDDUTY))
        .map_err(|missing| access_denied(&call.caller, &missing))?;
    // AWS documentation: where the management account designates itself, it needs to be able to turn GuardDuty on.
    if account == call.caller.account && world.behaviour.guardduty.designation_enables_administrator {
        let features = default_features(world, &call.region);
        detectors::require_roles(world, call, features)?;
    }
    if designated_elsewhere(world, &account) {
        return Err(bad_request(refusals::OTHER_ADMINISTRATOR));
    }
    in_region(world, &call.region, |world, regional| designate(world, regional, call, &account))
}

/// AWS documentation: the administrator must be the same account in every region.
fn designated_elsewhere(world: &World, account: &str) -> bool {
    world
        .guardduty
        .regions
        .values()
        .filter_map(|regional| regional.administration.as_ref())
        .any(|other| other.account != account)
}

fn designate(world: &mut World, regional: &mut Regional, call: &Call, account: &str) -> Answer {
    if let Some(current) = &regional.administration {
        let switches = &world.behaviour.guardduty;
        return if current.ending.is_some() || switches.repeated_designation_refused {
            Err(bad_request(refusals::SAME_ADMINISTRATOR))
        } else {
            Ok(json!({}))
        };
    }
    let known = world.organization.account(account).is_some_and(crate::world::Account::is_active);
    // AWS documentation: where the administrator has opted out of a region, nothing can be enabled there.
    let reachable = world.region_on(account, &call.region);
    let held = regional.presence(account).is_some_and(|presence| presence.held_by.is_some());
    if !known || !reachable || held || refused_at_first(world, call) {
        return Err(bad_request(refusals::INVALID_VALUE));
    }
    if !world.trusted(PRINCIPAL) {
        if !world.behaviour.guardduty.designation_gives_trusted_access {
            return Err(bad_request(refusals::NO_TRUSTED_ACCESS));
        }
        world.trust(PRINCIPAL);
    }
    install(world, regional, &call.region, account);
    Ok(json!({}))
}

/// Seen in public code: a passing refusal right after set-up.
fn refused_at_first(world: &mut World, call: &Call) -> bool {
    let limit = world.behaviour.guardduty.first_designations_refused;
    let refused = world.guardduty.designations_refused.entry(call.region.clone()).or_default();
    let refuse = *refused < limit;
    *refused += u32::from(refuse);
    refuse
}

/// Makes the account the administrator and, AWS documentation says, turns GuardDuty on in it.
pub(super) fn install(world: &mut World, regional: &mut Regional, region: &str, account: &str) {
    regional.administration = Some(Administration::of(account));
    if let Some(presence) = regional.accounts.get_mut(account) {
        presence.membership = None;
    }
    if world.behaviour.guardduty.designation_enables_administrator {
        let features = default_features(world, region);
        match regional.detector_mut(account) {
            Some(detector) => detector.enable(world.now, true),
            None => {
                regional.create_detector(world.now, region, account, features);
            }
        }
    }
    world.register_delegated(PRINCIPAL, account);
    policies::changed(world, Some(Kind::GuardDuty), None);
}

pub(super) fn disable(world: &mut World, call: &Call) -> Answer {
    require_management(world, call)?;
    in_region(world, &call.region, |world, regional| {
        let current = regional.administration.as_mut().filter(|current| current.account == wanted(call));
        let Some(current) = current else {
            return Err(bad_request(refusals::NOT_THE_ADMINISTRATOR));
        };
        if current.ending.is_some() {
            return Ok(json!({}));
        }
        current.ending = Some(world.due_for(&current.account));
        // AWS documentation: removing the administrator removes all members, whose GuardDuty stays on.
        for presence in regional.accounts.values_mut() {
            presence.membership = None;
        }
        regional.newcomers.clear();
        Ok(json!({}))
    })?;
    settle_removal(world, &call.region);
    Ok(json!({}))
}

/// Ends a removal that is due. Once no region has the administrator, Organizations does not list it either.
pub(super) fn settle_removal(world: &mut World, region: &str) {
    let ended = in_region(world, region, |world, regional| {
        let over = |due: Due| match due {
            Due::At(at) => at <= world.now,
            Due::AfterReads(left) => left == 0,
            Due::Never => false,
        };
        regional.administration.take_if(|current| current.ending.is_some_and(over))
    });
    let Some(ended) = ended else { return };
    let remains = world.guardduty.regions.values().any(|regional| regional.administration.is_some());
    if !remains {
        world.deregister_delegated(PRINCIPAL, &ended.account);
    }
}

pub(super) fn list(world: &mut World, call: &Call) -> Answer {
    require_management(world, call)?;
    let current = world.guardduty.regions.get(&call.region).and_then(|regional| regional.administration.as_ref());
    let item = current.map(|current| {
        let status = if current.ending.is_some() { "DISABLE_IN_PROGRESS" } else { "ENABLED" };
        json!({"adminAccountId": current.account, "adminStatus": status})
    });
    let (accounts, next) = page(call, world, item, 50)?;
    let counting = current.is_some_and(|current| matches!(current.ending, Some(Due::AfterReads(_))));
    if counting {
        in_region(world, &call.region, |_, regional| {
            if let Some(Due::AfterReads(left)) =
                regional.administration.as_mut().and_then(|current| current.ending.as_mut())
            {
                *left = left.saturating_sub(1);
            }
        });
        settle_removal(world, &call.region);
    }
    Ok(super::with_token(json!({"adminAccounts": accounts}), next))
}
