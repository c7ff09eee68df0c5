//! The organization's configuration, and its statistics. No I/O.

use serde_json::{Map, Value, json};

use super::{
    features, in_region,
    refusals::{self, bad_request},
    require_administrator,
    state::{Administration, AutoEnable, Regional},
    switches::Automation,
    with_token,
};
use crate::{
    paging::page,
    service::{Answer, Call, Refusal},
    world::World,
};

pub(super) fn describe(world: &mut World, call: &Call) -> Answer {
    let regional = require_administrator(world, call)?;
    let Some(current) = &regional.administration else {
        return Err(bad_request(refusals::NO_PERMISSION));
    };
    let setting = |place: usize| current.features.get(place).copied().unwrap_or(AutoEnable::None);
    let places = features::of_members(features::all_offered(world, &call.region));
    let mut listed =
        features::listed(places, |place| Map::from_iter([("autoEnable".to_owned(), setting(place).name().into())]));
    listed.extend(current.unknown.iter().map(|(name, setting)| json!({"name": name, "autoEnable": setting.name()})));
    let (listed, next) = page(call, world, listed, 50)?;
    let answer = json!({
        "autoEnable": current.members != AutoEnable::None,
        "autoEnableOrganizationMembers": current.members.name(),
        "memberAccountLimitReached": limit_reached(world, regional),
        "features": listed,
    });
    Ok(with_token(answer, next))
}

/// AWS documentation: 50,000 members; auto-enable goes off there and returns below.
pub(super) fn limit_reached(world: &World, regional: &Regional) -> bool {
    let associated = regional.members().filter(|(_, membership)| membership.relationship.is_associated());
    associated.count() >= world.behaviour.guardduty.member_limit
}

pub(super) fn update(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call)?;
    let members = wanted_members(&call.input)?;
    let wanted = wanted_features(world, call)?;
    in_region(world, &call.region, |world, regional| {
        let Some(current) = regional.administration.as_mut() else {
            return Err(bad_request(refusals::NO_PERMISSION));
        };
        let mut changed = Administration { members, ..current.clone() };
        for (place, setting) in wanted {
            if let Some(place) = changed.features.get_mut(place) {
                *place = setting;
            }
        }
        let on = changed.features_with(&[AutoEnable::New, AutoEnable::All]);
        if on.contains(features::RUNTIME_MONITORING) && on.contains(features::EKS_RUNTIME_MONITORING) {
            return Err(bad_request(refusals::INVALID_VALUE));
        }
        let switches = &world.behaviour.guardduty;
        let lingers = switches.lowered_auto_enable_acts && switches.automation == Automation::Later;
        if lingers && changed.is_lower_than(current) {
            regional.lowered.get_or_insert_with(|| current.clone());
        }
        *current = changed;
        regional.unsettle(world.now);
        Ok(json!({}))
    })
}

/// AWS's model: "You must provide a value for either autoEnableOrganizationMembers or autoEnable, but not both."
/// The deprecated one "applies to only new member accounts".
fn wanted_members(input: &Value) -> Result<AutoEnable, Refusal> {
    let old = input.get("autoEnable").and_then(Value::as_bool);
    let new = input.get("autoEnableOrganizationMembers").and_then(Value::as_str).and_then(AutoEnable::from_name);
    match (old, new) {
        (Some(true), None) => Ok(AutoEnable::New),
        (Some(false), None) => Ok(AutoEnable::None),
        (None, Some(setting)) => Ok(setting),
        _ => Err(bad_request(refusals::ONE_AUTO_ENABLE)),
    }
}

fn wanted_features(world: &World, call: &Call) -> Result<Vec<(usize, AutoEnable)>, Refusal> {
    let of_old = |on: bool| {
        if on { AutoEnable::New } else { AutoEnable::None }
    };
    let mut wanted: Vec<(usize, AutoEnable)> = [
        ("/dataSources/s3Logs/autoEnable", features::S3_DATA_EVENTS),
        ("/dataSources/kubernetes/auditLogs/autoEnable", features::EKS_AUDIT_LOGS),
        (
            "/dataSources/malwareProtection/scanEc2InstanceWithFindings/ebsVolumes/autoEnable",
            features::EBS_MALWARE_PROTECTION,
        ),
    ]
    .into_iter()
    .filter_map(|(pointer, place)| Some((place, of_old(call.input.pointer(pointer)?.as_bool()?))))
    .collect();
    wanted.extend(features::requested(
        world,
        &call.region,
        call.input.get("features"),
        "autoEnable",
        AutoEnable::from_name,
    )?);
    Ok(wanted)
}

/// AWS's model: only the delegated administrator; it may be up to 24 hours old.
pub(super) fn statistics(world: &mut World, call: &Call) -> Answer {
    in_region(world, &call.region, |world, regional| {
        let current = regional.administration.as_ref();
        if current.is_none_or(|current| current.account != call.caller.account || current.ending.is_some()) {
            return Err(bad_request(refusals::NO_PERMISSION));
        }
        let age = world.behaviour.guardduty.statistics_age_ms;
        let old = regional.statistics.take().filter(|(made, _)| world.now < made + age);
        let (made, counts) = old.unwrap_or_else(|| (world.now, counted(world, &call.region, regional)));
        let answer = json!({"organizationDetails": {
            "updatedAt": world.timestamp_epoch(made),
            "organizationStatistics": counts,
        }});
        regional.statistics = Some((made, counts));
        Ok(answer)
    })
}

fn counted(world: &World, region: &str, regional: &Regional) -> Value {
    let associated: Vec<&str> = regional
        .members()
        .filter(|(_, membership)| membership.relationship.is_associated())
        .map(|(account, _)| account.as_str())
        .collect();
    let active = associated
        .iter()
        .filter(|account| world.organization.account(account).is_some_and(crate::world::Account::is_active));
    let watching = |place: Option<usize>| {
        let detectors = associated.iter().filter_map(|account| regional.detector(account));
        detectors.filter(|detector| detector.enabled && place.is_none_or(|place| detector.on.contains(place))).count()
    };
    let places = features::of_members(features::all_offered(world, region));
    let by_feature = features::listed(places, |place| {
        Map::from_iter([("enabledAccountsCount".to_owned(), watching(Some(place)).into())])
    });
    json!({
        "totalAccountsCount": world.organization.accounts.len(),
        "memberAccountsCount": associated.len(),
        "activeAccountsCount": active.count(),
        "enabledAccountsCount": watching(None),
        "countByFeature": by_feature,
    })
}
