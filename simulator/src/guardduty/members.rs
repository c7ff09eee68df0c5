//! What the administrator does with its members: add, remove, delete, start and stop monitoring. No I/O.

use serde_json::{Value, json};

use super::{
    features::FeatureSet,
    in_region,
    refusals::{self, bad_request, unprocessed},
    relationship::Relationship,
    require_administrator,
    state::{AutoEnable, Regional},
    switches::{ExceptionAccount, UnreachableAccounts},
};
use crate::{
    service::{Answer, Call},
    world::World,
};

/// The accounts of a request that names them by id.
pub(super) fn account_ids(call: &Call) -> Vec<String> {
    let ids = call.input.get("accountIds").and_then(Value::as_array);
    ids.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Does something for each account; who it cannot be done for comes back unprocessed, with HTTP 200.
pub(super) fn for_each(
    world: &mut World,
    call: &Call,
    accounts: &[String],
    mut one: impl FnMut(&mut World, &mut Regional, &str) -> Result<(), &'static str>,
) -> Value {
    in_region(world, &call.region, |world, regional| {
        let results = accounts
            .iter()
            .filter_map(|account| one(world, regional, account).err().map(|result| unprocessed(account, result)));
        Value::Array(results.collect())
    })
}

pub(super) fn create(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call)?;
    let details = call.input.get("accountDetails").and_then(Value::as_array);
    let details: Vec<(String, String)> = details
        .into_iter()
        .flatten()
        .filter_map(|detail| {
            let text = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
            Some((text("accountId")?, text("email")?))
        })
        .collect();
    let mut emails = details.iter().map(|(_, email)| email.as_str());
    let accounts: Vec<String> = details.iter().map(|(account, _)| account.clone()).collect();
    let mut count = world.guardduty.regions.get(&call.region).map_or(0, |regional| regional.members().count());
    let results = for_each(world, call, &accounts, |world, regional, account| {
        let email = emails.next().unwrap_or_default();
        if regional.membership(account).is_none() && count >= world.behaviour.guardduty.member_limit {
            return Err(refusals::MEMBER_LIMIT);
        }
        let before = regional.membership(account).is_some();
        let result = add(world, regional, call, account, email);
        count += usize::from(!before && regional.membership(account).is_some());
        result
    });
    Ok(json!({"unprocessedAccounts": results}))
}

fn add(
    world: &mut World,
    regional: &mut Regional,
    call: &Call,
    account: &str,
    email: &str,
) -> Result<(), &'static str> {
    if account == call.caller.account {
        return Err(refusals::OWN_ACCOUNT);
    }
    if regional.presence(account).is_some_and(|presence| presence.held_by.is_some()) {
        return Err(refusals::HELD);
    }
    let Some(known) = world.organization.account(account) else {
        return add_outsider(world, regional, account, email);
    };
    if world.behaviour.guardduty.emails_checked && !known.email.eq_ignore_ascii_case(email) {
        return Err(refusals::INVALID_VALUE);
    }
    if known.usable_at > world.now {
        // A new account is not usable at once; that it looks like this is inferred.
        return Err(refusals::INTERNAL);
    }
    let active = known.is_active();
    let is_member = regional.membership(account).is_some_and(|membership| {
        matches!(membership.relationship, Relationship::Enabled | Relationship::Disabled) || membership.is_joining()
    });
    if is_member {
        reapply(world, regional, account);
        return if world.behaviour.guardduty.existing_members_unprocessed {
            Err(refusals::ALREADY_MEMBER)
        } else {
            Ok(())
        };
    }
    if !active {
        return unreachable(world, regional, account, Relationship::AccountSuspended, refusals::SUSPENDED);
    }
    if !world.region_on(account, &call.region) {
        return unreachable(world, regional, account, Relationship::RegionDisabled, refusals::REGION_OFF);
    }
    if is_exception(world, regional, account) {
        if world.behaviour.guardduty.exception_account == ExceptionAccount::ServiceLinkedRole {
            regional.relate(world.now, account, Relationship::CannotCreateDetectorInOrganizationMasterAccount);
            return Ok(());
        }
        return Err(refusals::MANAGEMENT_FIRST);
    }
    // AWS's model: `CreateMembers` of a delegated administrator turns GuardDuty on, with the organization's settings.
    let grant = organization_settings(regional).without(regional.managed_of(account));
    regional.begin(world, &call.region, account, Relationship::Created, grant);
    Ok(())
}

/// An account outside the organization becomes a member by invitation, and nobody has invited it yet (AWS's model).
fn add_outsider(world: &World, regional: &mut Regional, account: &str, email: &str) -> Result<(), &'static str> {
    if regional.membership(account).is_some() {
        return Err(refusals::ALREADY_MEMBER);
    }
    regional.relate(world.now, account, Relationship::Created).email = Some(email.into());
    Ok(())
}

fn unreachable(
    world: &World,
    regional: &mut Regional,
    account: &str,
    relationship: Relationship,
    result: &'static str,
) -> Result<(), &'static str> {
    if world.behaviour.guardduty.unreachable_accounts == UnreachableAccounts::Unprocessed {
        return Err(result);
    }
    regional.relate(world.now, account, relationship);
    Ok(())
}

/// Whether it is the account that GuardDuty cannot be turned on in from outside.
pub(super) fn is_exception(world: &World, regional: &Regional, account: &str) -> bool {
    world.organization.is_management(account)
        && regional.detector(account).is_none()
        && match world.behaviour.guardduty.exception_account {
            ExceptionAccount::ManagementAccount => true,
            ExceptionAccount::ServiceLinkedRole => !world.guardduty.has_role(account),
            ExceptionAccount::DelegatedAdministrator => false,
        }
}

fn organization_settings(regional: &Regional) -> FeatureSet {
    let current = regional.administration.as_ref();
    current.map(|current| current.features_with(&[AutoEnable::New, AutoEnable::All])).unwrap_or_default()
}

/// AWS's model: the settings are applied "irrespective of the accounts being new or existing members".
fn reapply(world: &World, regional: &mut Regional, account: &str) {
    let settings = organization_settings(regional);
    let turn_off = world.behaviour.guardduty.reapplied_settings_turn_off;
    let (by_state, managed) = (regional.managed, regional.managed_of(account));
    let settings = settings.without(managed.without(by_state));
    if let Some(detector) = regional.detector_mut(account) {
        let kept = if turn_off { detector.on.within(managed) } else { detector.on };
        detector.set(world.now, kept.with(settings));
    }
    regional.change_grant(account, |grant| {
        let kept = if turn_off { grant.within(managed) } else { *grant };
        *grant = kept.with(settings);
    });
}

/// AWS's model: with auto-enable ALL, members cannot be disassociated or deleted, nor their monitoring stopped,
/// before they have left the organization.
fn refuse_under_all(world: &World, call: &Call, accounts: &[String]) -> Result<(), crate::service::Refusal> {
    let regional = require_administrator(world, call)?;
    let all = regional.administration.as_ref().is_some_and(|current| current.members == AutoEnable::All);
    if all && accounts.iter().any(|account| world.organization.is_member(account)) {
        return Err(bad_request(refusals::AUTO_ENABLE_ALL));
    }
    Ok(())
}

/// Whether a policy keeps the member monitored and associated: then the call is refused for it, or without an effect.
fn held_by_policy(world: &World, regional: &Regional, account: &str) -> Result<bool, &'static str> {
    let switches = &world.behaviour.guardduty;
    let held = regional.governed(account).foundational && switches.policy_holds_members;
    if held && !switches.managed_writes_ignored { Err(refusals::MANAGED_ACCOUNT) } else { Ok(held) }
}

pub(super) fn disassociate(world: &mut World, call: &Call) -> Answer {
    let accounts = account_ids(call);
    refuse_under_all(world, call, &accounts)?;
    let results = for_each(world, call, &accounts, |world, regional, account| {
        let membership = regional.membership(account).ok_or(refusals::NO_MEMBER)?;
        if !membership.relationship.is_associated() && !membership.is_joining() {
            return Err(refusals::NOT_ASSOCIATED);
        }
        if held_by_policy(world, regional, account)? {
            return Ok(());
        }
        // AWS documentation: GuardDuty stays on, and the account stays listed.
        regional.relate(world.now, account, Relationship::Removed);
        Ok(())
    });
    Ok(json!({"unprocessedAccounts": results}))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Answer {
    let accounts = account_ids(call);
    refuse_under_all(world, call, &accounts)?;
    let results = for_each(world, call, &accounts, |_, regional, account| {
        let membership = regional.membership(account).ok_or(refusals::NO_MEMBER)?;
        if membership.relationship.is_associated() || membership.is_joining() {
            return Err(refusals::STILL_ASSOCIATED);
        }
        if let Some(presence) = regional.accounts.get_mut(account) {
            presence.membership = None;
        }
        Ok(())
    });
    Ok(json!({"unprocessedAccounts": results}))
}

pub(super) fn start(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call)?;
    let results = for_each(world, call, &account_ids(call), |world, regional, account| {
        let membership = regional.membership(account).filter(|membership| membership.relationship.is_associated());
        let membership = membership.ok_or(refusals::NOT_ASSOCIATED)?;
        if membership.relationship == Relationship::Disabled && !membership.is_joining() {
            regional.begin(world, &call.region, account, Relationship::Disabled, FeatureSet::default());
        }
        Ok(())
    });
    Ok(json!({"unprocessedAccounts": results}))
}

pub(super) fn stop(world: &mut World, call: &Call) -> Answer {
    let accounts = account_ids(call);
    refuse_under_all(world, call, &accounts)?;
    let results = for_each(world, call, &accounts, |world, regional, account| {
        if !regional.is_associated(account) {
            return Err(refusals::NOT_ASSOCIATED);
        }
        if held_by_policy(world, regional, account)? {
            return Ok(());
        }
        regional.relate(world.now, account, Relationship::Disabled);
        if let Some(detector) = regional.detector_mut(account) {
            detector.enable(world.now, false);
        }
        Ok(())
    });
    Ok(json!({"unprocessedAccounts": results}))
}
