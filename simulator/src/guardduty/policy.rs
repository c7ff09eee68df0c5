//! What a GuardDuty policy of the organization does to accounts. No I/O.
//!
//! AWS documentation, 2026-10: Organizations user guide, "Amazon GuardDuty policies" and "… policy syntax and examples";
//! GuardDuty user guide, "Managing accounts using organization policies" with "How organization policies work" and
//! "Considerations and limitations". What it does not tell is a switch, or said to be inferred.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    PRINCIPAL,
    features::{self, FeatureSet},
    in_region, regional,
    relationship::Relationship,
    state::Regional,
    switches::PolicyOff,
};
use crate::world::World;

/// What a policy manages of an account in a region. It is read-only for the API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Governed {
    /// Whether GuardDuty is on at all.
    pub(super) foundational: bool,
    /// Features and additional configurations.
    pub(super) features: FeatureSet,
}

/// What a policy says for one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    foundational: Option<bool>,
    listed: FeatureSet,
    on: FeatureSet,
}

const FEATURES: [(&str, usize); 7] = [
    ("s3_data_events", features::S3_DATA_EVENTS),
    ("eks_audit_logs", features::EKS_AUDIT_LOGS),
    ("ebs_malware_protection", features::EBS_MALWARE_PROTECTION),
    ("rds_login_events", features::RDS_LOGIN_EVENTS),
    ("lambda_network_logs", features::LAMBDA_NETWORK_LOGS),
    ("runtime_monitoring", features::RUNTIME_MONITORING),
    ("ai_protection", features::AI_PROTECTION),
];
const AGENTS: [(&str, usize); 3] = [
    ("eks_addon_management", features::EKS_ADDON_OF_RUNTIME),
    ("ecs_fargate_agent_management", features::ECS_FARGATE_AGENT),
    ("ec2_agent_management", features::EC2_AGENT),
];

/// The region's block, which "fully replaces the default for that Region". None: the region is unmanaged. "A feature
/// listed in a Region where it is not available is ignored for that Region." A merged block that enables something
/// without `foundational` is invalid: inferred to change nothing.
fn block(world: &World, policy: &Value, region: &str) -> Option<Block> {
    let enablement = policy.pointer("/guardduty/enablement")?;
    let settings = enablement.get(region).or_else(|| enablement.get("default"))?;
    let status = |setting: &Value| match setting.get("status").and_then(Value::as_str) {
        Some("enabled") => Some(true),
        Some("disabled") => Some(false),
        _ => None,
    };
    let foundational = settings.get("foundational").and_then(status);
    let (mut listed, mut on) = (FeatureSet::default(), FeatureSet::default());
    let mut take = |name: &str, place: usize, settings: &Value| {
        let wanted = settings.get(name).and_then(status).filter(|_| features::offered(world, region, place))?;
        listed.insert(place);
        on.set(place, wanted);
        Some(wanted)
    };
    for (name, place) in FEATURES {
        take(name, place, settings);
    }
    let agents = settings.pointer("/runtime_monitoring/additional_configuration");
    for (name, place) in AGENTS {
        agents.and_then(|agents| take(name, place, agents));
    }
    if !on.contains(features::RUNTIME_MONITORING) {
        on.remove(features::RUNTIME_MONITORING);
    }
    (foundational == Some(true) || on.is_empty()).then_some(Block { foundational, listed, on })
}

/// Brings about what the policy in effect for the account says, in each region; without one, what an earlier one did
/// stays, and is managed no more. When to try again where a region, or the account, cannot be used yet.
pub(super) fn govern(world: &mut World, account: &str, policy: Option<&Value>) -> Option<u64> {
    let mut again = None;
    for region in world.organization.regions.clone() {
        let wanted = policy.filter(|_| may_govern(world, account)).and_then(|policy| block(world, policy, &region));
        let Some(wanted) = wanted else {
            let_go(world, &region, account);
            continue;
        };
        match usable_at(world, &region, account) {
            Usable::Now => {
                in_region(world, &region, |world, regional| govern_region(world, regional, &region, account, wanted));
                let protects = wanted.on.contains(features::EBS_MALWARE_PROTECTION);
                world.guardduty.keep_malware_role(account, protects);
            }
            Usable::At(at) => again = Some(again.map_or(at, |before: u64| before.min(at))),
            // It is looked at again when the account, or its region, comes back.
            Usable::No => {}
        }
    }
    again
}

/// "The policy can't enable GuardDuty in the management account unless the service-linked role already exists there."
fn may_govern(world: &World, account: &str) -> bool {
    world.trusted(PRINCIPAL) && (!world.organization.is_management(account) || world.guardduty.has_role(account))
}

enum Usable {
    Now,
    At(u64),
    No,
}

fn usable_at(world: &World, region: &str, account: &str) -> Usable {
    let Some(known) = world.organization.account(account).filter(|known| known.is_active()) else {
        return Usable::No;
    };
    let lag = known.regions_usable_at.get(region).copied().unwrap_or_default();
    let at = known.usable_at.max(lag);
    if !world.offers("guardduty", region) {
        Usable::No
    } else if at > world.now {
        Usable::At(at)
    } else if world.region_on(account, region) {
        Usable::Now
    } else {
        Usable::No
    }
}

/// "GuardDuty remains enabled in previously covered accounts."
fn let_go(world: &mut World, region: &str, account: &str) {
    let presence = regional(world, region).and_then(|regional| regional.presence(account));
    if presence.is_some_and(|presence| presence.governed != Governed::default()) {
        in_region(world, region, |_, regional| release(regional, account));
    }
}

fn release(regional: &mut Regional, account: &str) {
    if let Some(presence) = regional.accounts.get_mut(account) {
        presence.governed = Governed::default();
    }
}

fn govern_region(world: &World, regional: &mut Regional, region: &str, account: &str, wanted: Block) {
    let current = regional.administration.as_ref().filter(|current| current.ending.is_none());
    let administrator = current.map(|current| current.account.clone());
    // "Accounts that are associated only through the legacy invitation method" it does not manage: inferred to hold for
    // accounts of the organization that another administrator has.
    let held = regional.presence(account).is_some_and(|presence| presence.held_by.is_some());
    if held || administrator.is_none() && world.behaviour.guardduty.policy_needs_administrator {
        return release(regional, account);
    }
    let presence = regional.accounts.entry(account.to_owned()).or_default();
    presence.governed = Governed { foundational: wanted.foundational.is_some(), features: wanted.listed };
    let now = world.now;
    if let Some(detector) = presence.detector.as_mut() {
        detector.set(now, off(detector.on, wanted));
    }
    match wanted.foundational {
        Some(true) => match administrator {
            Some(administrator) if administrator != account && !full(world, regional, account) => {
                join(world, regional, region, account, wanted);
            }
            _ => turn_on(world, regional, region, account, wanted),
        },
        Some(false) => turn_off(world, regional, account, administrator.as_deref()),
        None => {}
    }
}

/// What of these is on once the policy's disabled features are off.
fn off(mut on: FeatureSet, wanted: Block) -> FeatureSet {
    for place in (0..features::COUNT).filter(|place| wanted.listed.contains(*place) && !wanted.on.contains(*place)) {
        on.remove(place);
    }
    on
}

/// What of these is on once all is as the policy wants it.
fn resolved(world: &World, before: FeatureSet, wanted: Block) -> FeatureSet {
    let mut on = off(before, wanted);
    if world.behaviour.guardduty.policy_ends_legacy_runtime_monitoring
        && wanted.on.contains(features::RUNTIME_MONITORING)
    {
        on.remove(features::EKS_RUNTIME_MONITORING);
    }
    on.with(wanted.on)
}

/// Whether the account would be one member too many: the policy applies to it all the same (documented of Inspector).
fn full(world: &World, regional: &Regional, account: &str) -> bool {
    let limit = world.behaviour.guardduty.member_limit;
    // Counting is slow; most of the time there are too few accounts anyway.
    regional.membership(account).is_none() && regional.accounts.len() >= limit && regional.members().count() >= limit
}

/// The account becomes an associated member: "have GuardDuty enabled and managed through the delegated administrator".
fn join(world: &World, regional: &mut Regional, region: &str, account: &str, wanted: Block) {
    let Some(membership) = regional.membership(account) else {
        return regional.begin(world, region, account, Relationship::Created, wanted.on);
    };
    if membership.is_joining() {
        return regional.change_grant(account, |grant| *grant = resolved(world, *grant, wanted));
    }
    match membership.relationship {
        Relationship::Enabled => turn_on(world, regional, region, account, wanted),
        other if other.is_associated() => {
            end_legacy(world, regional, account, wanted);
            regional.begin(world, region, account, other, wanted.on);
        }
        _ => {
            end_legacy(world, regional, account, wanted);
            regional.begin(world, region, account, Relationship::Created, wanted.on);
        }
    }
}

/// The features that join later are added to what is on: the legacy must be off by then.
fn end_legacy(world: &World, regional: &mut Regional, account: &str, wanted: Block) {
    if let Some(detector) = regional.detector_mut(account) {
        let kept = resolved(world, detector.on, wanted).within(detector.on);
        detector.set(world.now, kept);
    }
}

/// At once: there is no membership that would show that it takes time.
fn turn_on(world: &World, regional: &mut Regional, region: &str, account: &str, wanted: Block) {
    match regional.detector_mut(account) {
        Some(detector) => {
            detector.enable(world.now, true);
            detector.set(world.now, resolved(world, detector.on, wanted));
        }
        None => {
            regional.create_detector(world.now, region, account, FeatureSet::default().with(wanted.on));
        }
    }
}

/// What becomes of GuardDuty where a policy disables it. The administrator is left alone while it has members, as it may
/// not do that itself: inferred.
fn turn_off(world: &World, regional: &mut Regional, account: &str, administrator: Option<&str>) {
    let has_members = regional.members().any(|(_, membership)| membership.relationship.is_associated());
    if administrator == Some(account) && has_members {
        return;
    }
    let deletes = world.behaviour.guardduty.policy_off == PolicyOff::Deletes;
    if regional.membership(account).is_some() {
        let relationship = if deletes { Relationship::Removed } else { Relationship::Disabled };
        regional.relate(world.now, account, relationship);
    }
    if let Some(presence) = regional.accounts.get_mut(account) {
        match presence.detector.as_mut() {
            Some(detector) if !deletes => detector.enable(world.now, false),
            _ => presence.detector = None,
        }
    }
}

/// What a policy manages of the account, by name; `FOUNDATIONAL` is that GuardDuty is on at all.
pub(super) fn managed_names(regional: &Regional, account: &str) -> Vec<Value> {
    let governed = regional.presence(account).map(|presence| presence.governed).unwrap_or_default();
    let foundational = governed.foundational.then(|| Value::from("FOUNDATIONAL"));
    let places = (0..features::COUNT).filter(|place| governed.features.contains(*place));
    foundational.into_iter().chain(places.map(|place| features::path_of(place).into())).collect()
}
