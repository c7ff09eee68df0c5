//! AWS's own automation: auto-enable of members and features, and what is due. No I/O.

use std::collections::BTreeSet;

use super::{
    administration::settle_removal,
    configuration::limit_reached,
    features::FeatureSet,
    in_region,
    members::is_exception,
    relationship::Relationship,
    state::{Administration, AutoEnable, Regional},
    switches::Automation,
};
use crate::world::World;

/// The organization's policy type that governs GuardDuty.
const POLICY_TYPE: &str = "GUARDDUTY_POLICY";

/// Ends what is due, and lets auto-enable act. Regions without either cost nothing.
pub(super) fn settle(world: &mut World) {
    let regions: Vec<String> = world
        .guardduty
        .regions
        .iter()
        .filter(|(_, regional)| {
            let ending = regional.administration.as_ref().is_some_and(|current| current.ending.is_some());
            ending || regional.has_due(world.now) || acts(world, regional)
        })
        .map(|(region, _)| region.clone())
        .collect();
    for region in regions {
        settle_removal(world, &region);
        in_region(world, &region, |world, regional| {
            regional.complete_due(world.now, &region);
            if acts(world, regional) {
                regional.unsettled_since = None;
                auto_enable(world, &region, regional);
            }
        });
    }
}

fn acts(world: &World, regional: &Regional) -> bool {
    let switches = &world.behaviour.guardduty;
    regional.unsettled_since.is_some_and(|since| match switches.automation {
        Automation::Never => false,
        Automation::AtOnce => true,
        Automation::Later => since + switches.automation_delay_ms <= world.now,
    })
}

/// AWS documentation: NEW takes accounts that join later; ALL takes everyone, removed and suspended members and the
/// administrator too; at 50,000 members it goes off. A GuardDuty policy stops it.
fn auto_enable(world: &mut World, region: &str, regional: &mut Regional) {
    let Some(current) = regional.administration.clone() else {
        return;
    };
    if current.ending.is_some() || !regional.managed.is_empty() || governed(world) {
        return;
    }
    if limit_reached(world, regional) {
        return regional.unsettle(world.now);
    }
    let newcomers = std::mem::take(&mut regional.newcomers);
    if let Some(before) = regional.lowered.take() {
        enable_as(world, region, regional, &before, &newcomers);
    }
    enable_as(world, region, regional, &current, &newcomers);
}

fn enable_as(
    world: &World,
    region: &str,
    regional: &mut Regional,
    current: &Administration,
    newcomers: &BTreeSet<String>,
) {
    let for_all = current.features_with(&[AutoEnable::All]);
    let for_new = current.features_with(&[AutoEnable::New, AutoEnable::All]);
    let candidates: Vec<String> = match current.members {
        AutoEnable::None => Vec::new(),
        AutoEnable::New => newcomers.iter().cloned().collect(),
        AutoEnable::All => world.organization.accounts.keys().cloned().collect(),
    };
    for account in candidates {
        let new = newcomers.contains(&account);
        if !usable(world, region, &account) {
            if new {
                regional.newcomers.insert(account);
            }
            // It is looked at again when the account, or the region for it, can be used.
            regional.unsettle(world.now);
            continue;
        }
        take(world, region, regional, current, &account, if new { for_new } else { for_all });
    }
    spread_features(world, region, regional, current, for_all);
}

/// AWS documentation: enabling the policy type at the root stops all auto-enable settings, also with no policy attached.
fn governed(world: &World) -> bool {
    world.organization.policy_types.contains(POLICY_TYPE)
}

/// The policy type is off again. AWS documentation: that brings suppressed auto-enable settings back to life.
pub(super) fn policy_type_disabled(world: &mut World, policy_type: &str) {
    if policy_type != POLICY_TYPE {
        return;
    }
    let regions: Vec<String> = world.guardduty.regions.keys().cloned().collect();
    for region in regions {
        in_region(world, &region, |world, regional| regional.unsettle(world.now));
    }
}

/// Services take a new account, and a region that it has opted in to, some time later. Seen in public code.
fn usable(world: &World, region: &str, account: &str) -> bool {
    world.organization.account(account).is_none_or(|known| {
        known.usable_at <= world.now && known.regions_usable_at.get(region).is_none_or(|at| *at <= world.now)
    })
}

/// Brings an account in, unless it is there already or cannot be reached.
fn take(
    world: &World,
    region: &str,
    regional: &mut Regional,
    current: &Administration,
    account: &str,
    grant: FeatureSet,
) {
    let active = world.organization.account(account).is_some_and(crate::world::Account::is_active);
    let held = regional.presence(account).is_some_and(|presence| presence.held_by.is_some());
    if account == current.account || !active || held || !world.region_on(account, region) {
        return;
    }
    let membership = regional.membership(account);
    if membership.is_some_and(|membership| membership.is_joining() || membership.relationship == Relationship::Enabled)
    {
        return;
    }
    if is_exception(world, regional, account) {
        // AWS documentation: the status of a management account without the service-linked role.
        if membership.is_none() {
            regional.relate(world.now, account, Relationship::CannotCreateDetectorInOrganizationMasterAccount);
        }
        return;
    }
    regional.begin(world, region, account, Relationship::Created, grant);
}

/// Features with ALL are turned on in every monitored member, and in the administrator.
fn spread_features(
    world: &World,
    region: &str,
    regional: &mut Regional,
    current: &Administration,
    features: FeatureSet,
) {
    for (account, presence) in &mut regional.accounts {
        let enabled =
            presence.membership.as_ref().is_some_and(|membership| membership.relationship == Relationship::Enabled);
        if let Some(detector) = presence.detector.as_mut().filter(|_| enabled || *account == current.account) {
            detector.set(world.now, detector.on.with(features));
        }
    }
    if current.members == AutoEnable::All && world.region_on(&current.account, region) {
        regional.turn_on(world.now, region, &current.account, features);
    }
}

/// The account has joined the organization: it is new in every region that it can use. AWS documentation: an account
/// that opts in to a region after it joined is not new there.
pub(super) fn account_joined(world: &mut World, account: &str) {
    let regions: Vec<String> = world.guardduty.regions.keys().cloned().collect();
    for region in regions {
        let on = world.region_on(account, &region);
        in_region(world, &region, |world, regional| {
            let auto = regional.administration.as_ref().map_or(AutoEnable::None, |current| current.members);
            if auto == AutoEnable::None {
                return;
            }
            if on {
                regional.newcomers.insert(account.to_owned());
            }
            regional.unsettle(world.now);
        });
    }
}

/// The account has opted in to the region: auto-enable for ALL looks at it.
pub(super) fn region_opted_in(world: &mut World, region: &str) {
    if world.guardduty.regions.contains_key(region) {
        in_region(world, region, |world, regional| regional.unsettle(world.now));
    }
}
