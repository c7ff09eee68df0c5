//! Detectors: what an account does with its own. No I/O.

use serde_json::{Map, Value, json};

use super::{
    features::{self, FOUNDATIONAL, FeatureSet},
    frequency::Frequency,
    in_region,
    refusals::{self, access_denied, bad_request},
    regional, require_own_detector,
    state::{Detector, Regional, default_features},
    with_token,
};
use crate::{
    iam,
    paging::page,
    policies::{self, Kind},
    service::{Answer, Call, Refusal},
    world::World,
};

pub(super) fn create(world: &mut World, call: &Call) -> Answer {
    let account = call.caller.account.as_str();
    let wanted = features::requested_statuses(world, &call.region, &call.input)?;
    let on = apply(world, default_for(world, call, &wanted), &wanted)?;
    require_roles(world, call, on)?;
    in_region(world, &call.region, |world, regional| {
        let token = call.input.get("clientToken").and_then(Value::as_str).filter(|token| !token.is_empty());
        if let Some(existing) = regional.detector(account) {
            // AWS's model: the token makes the request idempotent.
            return if token.is_some() && existing.token.as_deref() == token {
                Ok(json!({"detectorId": existing.id()}))
            } else {
                Err(bad_request(refusals::DETECTOR_EXISTS))
            };
        }
        let detector = regional.create_detector(world.now, &call.region, account, on);
        detector.enabled = call.input.get("enable").and_then(Value::as_bool).unwrap_or(true);
        detector.token = token.map(Into::into);
        detector.tags = call.input.get("tags").cloned().map(Box::new);
        set_frequency(detector, call);
        let id = detector.id();
        world.guardduty.roles.insert(account.to_owned(), true);
        world.guardduty.keep_malware_role(account, on.contains(features::EBS_MALWARE_PROTECTION));
        regional.unsettle(world.now);
        // The service-linked role is there now, which policies need in the management account.
        policies::changed(world, Some(Kind::GuardDuty), Some(account));
        Ok(json!({"detectorId": id}))
    })
}

/// AWS documentation: the first use in an account creates GuardDuty's service-linked role, and malware protection
/// another one; for which the caller needs the permission. That the call fails without it is seen in public code for the
/// first; for malware protection it is inferred.
pub(super) fn require_roles(world: &mut World, call: &Call, on: FeatureSet) -> Result<(), Refusal> {
    let account = &call.caller.account;
    let exists = regional(world, &call.region).is_some_and(|regional| regional.detector(account).is_some());
    let protects = on.contains(features::EBS_MALWARE_PROTECTION);
    let lacks = [
        (iam::GUARDDUTY, !exists && !world.guardduty.has_role(account)),
        (iam::MALWARE_PROTECTION, protects && !world.guardduty.has_malware_role(account)),
    ];
    for (principal, _) in lacks.into_iter().filter(|(_, lacks)| *lacks) {
        iam::require(world, call, account, &[iam::service_role(principal)])
            .map_err(|missing| access_denied(&call.caller, &missing))?;
    }
    Ok(())
}

/// What is on when nothing is said. A request that names one kind of runtime monitoring says that the other is off.
fn default_for(world: &World, call: &Call, wanted: &[(usize, bool)]) -> FeatureSet {
    let mut on = default_features(world, &call.region);
    if wanted.iter().any(|(place, _)| *place == features::RUNTIME_MONITORING) {
        on.remove(features::EKS_RUNTIME_MONITORING);
    }
    on
}

/// The wanted changes to what is on. Turning on one kind of runtime monitoring where the other is on is an error.
/// An additional configuration is not on without its feature.
pub(super) fn apply(world: &World, mut on: FeatureSet, wanted: &[(usize, bool)]) -> Result<FeatureSet, Refusal> {
    for (place, status) in wanted {
        on.set(*place, *status);
    }
    let named = on;
    for (place, _) in wanted.iter().filter(|(place, status)| *status && !features::has_parent_on(named, *place)) {
        if world.behaviour.guardduty.agents_without_feature_refused {
            return Err(bad_request(refusals::INVALID_VALUE));
        }
        on.remove(*place);
    }
    if on.contains(features::RUNTIME_MONITORING) && on.contains(features::EKS_RUNTIME_MONITORING) {
        return Err(bad_request(refusals::INVALID_VALUE));
    }
    Ok(on)
}

fn set_frequency(detector: &mut Detector, call: &Call) {
    let said = call.input.get("findingPublishingFrequency").and_then(Value::as_str);
    if let Some(frequency) = said.and_then(Frequency::from_name) {
        detector.frequency = frequency;
    }
}

pub(super) fn list(world: &mut World, call: &Call) -> Answer {
    let id =
        regional(world, &call.region).and_then(|regional| regional.detector(&call.caller.account)).map(Detector::id);
    let (ids, next) = page(call, world, id, 50)?;
    Ok(with_token(json!({"detectorIds": ids}), next))
}

pub(super) fn get(world: &mut World, call: &Call) -> Answer {
    let account = &call.caller.account;
    let regional = require_own_detector(world, call)?;
    let Some(detector) = regional.detector(account) else {
        return Err(bad_request(refusals::NOT_OWNED));
    };
    let mut listed = foundational(world, regional, account, detector);
    listed.extend(described(world, regional, account, features::all_offered(world, &call.region)));
    let mut answer = json!({
        "createdAt": world.timestamp_iso(detector.created),
        "findingPublishingFrequency": frequency(regional, account, detector).name(),
        "serviceRole": format!("arn:aws:iam::{account}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty"),
        "status": status(detector.enabled),
        "updatedAt": world.timestamp_iso(detector.updated),
        "dataSources": data_sources(detector),
        "features": listed,
    });
    if let (Some(members), Some(tags)) = (answer.as_object_mut(), &detector.tags) {
        members.insert("tags".to_owned(), (**tags).clone());
    }
    Ok(answer)
}

/// AWS documentation, "Managing multiple accounts": "the frequency value set by the administrator account in its own account
/// is imposed on GuardDuty functionality in all its member accounts".
fn frequency(regional: &Regional, account: &str, own: &Detector) -> Frequency {
    let administrator = regional.administration.as_ref().filter(|_| regional.is_associated(account));
    let imposed = administrator.and_then(|current| regional.detector(&current.account));
    imposed.unwrap_or(own).frequency
}

fn foundational(world: &World, regional: &Regional, account: &str, detector: &Detector) -> Vec<Value> {
    let marked = regional.governed(account).foundational && world.behaviour.guardduty.policy_marks_foundational;
    let one = |name: &&str| {
        let mut members = Map::new();
        members.insert("name".to_owned(), (*name).into());
        members.insert("status".to_owned(), "ENABLED".into());
        members.insert("updatedAt".to_owned(), world.timestamp_epoch(detector.created).into());
        members.extend(marked.then(|| ("managedBy".to_owned(), "GUARDDUTY_POLICY".into())));
        Value::Object(members)
    };
    FOUNDATIONAL.iter().map(one).collect()
}

pub(super) fn status(enabled: bool) -> &'static str {
    if enabled { "ENABLED" } else { "DISABLED" }
}

/// The features of the account's detector as detectors and members list them. `updatedAt` is in epoch seconds (AWS's
/// model).
pub(super) fn described(world: &World, regional: &Regional, account: &str, places: FeatureSet) -> Vec<Value> {
    let Some(detector) = regional.detector(account) else {
        return Vec::new();
    };
    let managed = regional.managed_of(account);
    let mut listed = features::listed(places, |place| {
        let mut members = Map::new();
        members.insert("status".to_owned(), status(detector.on.contains(place)).into());
        members.insert("updatedAt".to_owned(), world.timestamp_epoch(detector.changed(place)).into());
        if managed.contains(place) {
            members.insert("managedBy".to_owned(), "GUARDDUTY_POLICY".into());
        }
        members
    });
    let unknown = detector.unknown.iter().flat_map(|unknown| unknown.0.iter());
    listed.extend(unknown.map(|(name, on)| json!({"name": name, "status": status(*on)})));
    listed
}

/// The deprecated form. AWS's model requires it of `GetMemberDetectors`.
pub(super) fn data_sources(detector: &Detector) -> Value {
    let of = |place| json!({"status": status(detector.on.contains(place))});
    json!({
        "cloudTrail": {"status": "ENABLED"},
        "dnsLogs": {"status": "ENABLED"},
        "flowLogs": {"status": "ENABLED"},
        "s3Logs": of(features::S3_DATA_EVENTS),
        "kubernetes": {"auditLogs": of(features::EKS_AUDIT_LOGS)},
        "malwareProtection": {"scanEc2InstanceWithFindings": {"ebsVolumes": of(features::EBS_MALWARE_PROTECTION)}},
    })
}

pub(super) fn update(world: &mut World, call: &Call) -> Answer {
    let wanted = features::requested_statuses(world, &call.region, &call.input)?;
    let account = call.caller.account.as_str();
    let regional = require_own_detector(world, call)?;
    let enable = call.input.get("enable").and_then(Value::as_bool);
    // AWS documentation: a member cannot suspend GuardDuty, change its plans or "customize this frequency value" by itself.
    let frequency = call.input.get("findingPublishingFrequency").is_some_and(|frequency| !frequency.is_null());
    if regional.is_associated(account) && (enable.is_some() || !wanted.is_empty() || frequency) {
        return Err(bad_request(refusals::IS_MEMBER));
    }
    // AWS documentation: an administrator has to disassociate its members before it suspends GuardDuty.
    if enable == Some(false) && has_members(regional, account) {
        return Err(bad_request(refusals::SUSPENDS_WITH_MEMBERS));
    }
    let enable = if regional.governed(account).foundational && enable.is_some() {
        managed_write(world)?;
        None
    } else {
        enable
    };
    let wanted = writable(world, regional.managed_of(account), wanted)?;
    let before = regional.detector(account).map(|detector| detector.on).unwrap_or_default();
    let on = apply(world, before, &wanted)?;
    require_roles(world, call, on)?;
    let protected = before.with(on).contains(features::EBS_MALWARE_PROTECTION);
    in_region(world, &call.region, |world, regional| {
        let Some(detector) = regional.detector_mut(account) else {
            return Err(bad_request(refusals::NOT_OWNED));
        };
        detector.set(world.now, on);
        if let Some(enable) = enable {
            detector.enable(world.now, enable);
        }
        set_frequency(detector, call);
        world.guardduty.keep_malware_role(account, protected);
        regional.unsettle(world.now);
        Ok(json!({}))
    })
}

/// What a GuardDuty policy manages is read-only for the API (AWS documentation).
pub(super) fn writable(
    world: &World,
    managed: FeatureSet,
    mut wanted: Vec<(usize, bool)>,
) -> Result<Vec<(usize, bool)>, Refusal> {
    if wanted.iter().any(|(place, _)| managed.contains(*place)) {
        managed_write(world)?;
    }
    wanted.retain(|(place, _)| !managed.contains(*place));
    Ok(wanted)
}

/// A write to what a policy manages, which is refused or without an effect.
fn managed_write(world: &World) -> Result<(), Refusal> {
    if world.behaviour.guardduty.managed_writes_ignored { Ok(()) } else { Err(bad_request(refusals::MANAGED)) }
}

/// Whether the account is an administrator that has members.
fn has_members(regional: &Regional, account: &str) -> bool {
    regional.administration.as_ref().is_some_and(|current| current.account == account)
        && regional.members().any(|(_, membership)| membership.relationship.is_associated() || membership.is_joining())
}

pub(super) fn delete(world: &mut World, call: &Call) -> Answer {
    let account = call.caller.account.as_str();
    let regional = require_own_detector(world, call)?;
    // Seen in public code.
    if has_members(regional, account) {
        return Err(bad_request(refusals::HAS_MEMBERS));
    }
    // AWS documentation: an associated member cannot.
    if regional.is_associated(account) {
        return Err(bad_request(refusals::IS_MEMBER));
    }
    // Inferred: what a policy manages stays.
    if regional.governed(account).foundational {
        managed_write(world)?;
        return Ok(json!({}));
    }
    let protected = world.guardduty.has_malware_role(account);
    in_region(world, &call.region, |world, regional| {
        if let Some(presence) = regional.accounts.get_mut(account) {
            presence.detector = None;
        }
        // The service-linked roles stay.
        world.guardduty.roles.entry(account.to_owned()).or_insert(true);
        world.guardduty.keep_malware_role(account, protected);
        regional.unsettle(world.now);
    });
    Ok(json!({}))
}
