//! Organization-level actions: trusted access, designation, own enrolments, the organization configuration. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Comparison, Obstacle, PlannedAction, gap::Shown};
use crate::{
    Action, AutoEnable, AutoEnableSettings, Feature, FeatureStatus, OwnState, Reason, Role, Seen, Standing, Unseen,
};

/// All organization-level actions, in the order in which they are applied.
pub(super) fn actions(c: &Comparison<'_>) -> Vec<PlannedAction> {
    // What no action of ours changes, such as another administrator, is not worked around.
    if !c.scope.allows_organization_actions() || matches!(c.obstacle, Some(Obstacle::Verdict(_))) {
        return Vec::new();
    }
    let mut actions = trusted_access(c);
    actions.extend(designation(c));
    actions.extend(management(c));
    actions.extend(administrator(c));
    actions.extend(auto_enable(c));
    actions.extend(settings(c));
    actions
}

fn now(action: Action) -> PlannedAction {
    PlannedAction { action, predicted: false }
}

fn predicted(action: Action) -> PlannedAction {
    PlannedAction { action, predicted: true }
}

fn trusted_access(c: &Comparison<'_>) -> Vec<PlannedAction> {
    let Seen::Yes(trusted) = c.trusted_access else { return Vec::new() };
    let missing = c.desired.trusted_access.iter().filter(|principal| !trusted.contains(**principal));
    missing.map(|principal| now(Action::EnableTrustedAccess { principal })).collect()
}

fn designation(c: &Comparison<'_>) -> Option<PlannedAction> {
    let action = Action::DesignateAdministrator { administrator: c.desired.administrator };
    matches!(c.observed.administrator, Seen::Yes(None)).then(|| now(action))
}

fn management(c: &Comparison<'_>) -> Option<PlannedAction> {
    let account = c.desired.management;
    let desired = c.desired.members.get(&account)?;
    let planned = match (&desired.standing, desired.role) {
        (Standing::Enrolled, Role::Management) => now,
        // Whether the region is on for it is still to be seen.
        (Standing::Unknown(Reason::RegionStatusNotSeen | Reason::Prerequisite(_)), _) => predicted,
        _ => return None,
    };
    let wishes = c.wishes(&desired.wishes);
    let own = c.observed.management.yes().filter(|own| own.monitoring == FeatureStatus::Off)?;
    if wishes.managed.enrols.is_some() {
        return None;
    }
    let features = c.gap(wishes, Shown { statuses: &own.features, managed: &own.managed }).now;
    let action = Action::EnableManagement { account, features };
    c.spec.management_enabled_first.then(|| planned(action))
}

fn administrator(c: &Comparison<'_>) -> Vec<PlannedAction> {
    let account = c.desired.administrator;
    let standing = c.desired.members.get(&account).map(|desired| &desired.standing);
    if matches!(standing, Some(Standing::Unknown(Reason::RulesUndecided(_)))) {
        return Vec::new();
    }
    let off = c.observed.own.yes().is_some_and(|own| own.monitoring == FeatureStatus::Off);
    if off && c.left_to_policy(account).is_some() {
        return Vec::new();
    }
    let enable = |features| Action::EnableAdministrator { account, features };
    // Before designation its own enrolment may be unseen, and designation itself may turn it on.
    let nothing = OwnState::default();
    let own = c.observed.own.yes().unwrap_or(&nothing);
    let nothing = Arc::default();
    let wishes = c.wishes(c.desired.members.get(&account).map_or(&nothing, |desired| &desired.wishes));
    let gap = c.gap(wishes, Shown { statuses: &own.features, managed: &own.managed });
    let later = c.calls(&gap.later).into_iter().map(enable).map(predicted);
    let mut actions = Vec::new();
    match own.monitoring {
        FeatureStatus::On => {
            let calls = c.calls(&gap.now).into_iter().map(enable);
            actions.extend(calls.map(if c.designated() { now } else { predicted }));
        }
        FeatureStatus::Off => {
            actions.push(if c.designated() { now(enable(gap.now)) } else { predicted(enable(gap.now)) });
        }
        FeatureStatus::TurningOn => {}
        FeatureStatus::TurningOff | FeatureStatus::Failed(_) | FeatureStatus::Unknown(_) => return actions,
    }
    actions.extend(later);
    actions
}

fn auto_enable(c: &Comparison<'_>) -> Option<PlannedAction> {
    let nothing = AutoEnableSettings::default();
    let (from, to_plan): (_, fn(Action) -> PlannedAction) = match &c.observed.auto_enable {
        Seen::Yes(found) if c.obstacle.is_none() => (found, now),
        Seen::Yes(found) => (found, predicted),
        Seen::No(Unseen::Failed(_)) => return None,
        Seen::No(_) => (&nothing, predicted),
    };
    if c.desired.auto_enable_is_dead {
        return None;
    }
    let to = wanted(c, from);
    (to != *from).then(|| to_plan(Action::SetAutoEnable { from: from.clone(), to }))
}

/// The settings found, with those that are wanted otherwise; what is not asked for stays as it was found.
fn wanted(c: &Comparison<'_>, found: &AutoEnableSettings) -> AutoEnableSettings {
    let mut wanted = found.clone();
    let read = |feature: &&Feature| !found.unrecognised.contains(*feature);
    for (feature, setting) in c.desired.auto_enable.features.iter().filter(|(feature, _)| read(feature)) {
        let known = found.features.get(feature).copied().unwrap_or(AutoEnable::None);
        let raises = known < *setting;
        let possible = c.offers(feature) && excluding(c, found, feature).is_none();
        if (raises && possible) || known > *setting {
            wanted.features.insert(feature.clone(), *setting);
        }
    }
    if let Some(setting) = c.desired.auto_enable.members
        && found.members.unwrap_or(AutoEnable::None) != setting
    {
        wanted.members = Some(setting);
    }
    wanted
}

/// What AWS keeps per organization or administrator only, where it differs.
fn settings(c: &Comparison<'_>) -> Option<PlannedAction> {
    if c.desired.settings.is_empty() {
        return None;
    }
    let nothing = BTreeMap::new();
    let (from, to_plan): (_, fn(Action) -> PlannedAction) = match &c.observed.settings {
        Seen::Yes(found) if c.obstacle.is_none() => (found, now),
        Seen::Yes(found) => (found, predicted),
        Seen::No(Unseen::Failed(_)) => return None,
        Seen::No(_) => (&nothing, predicted),
    };
    let spec = |key: &str| c.spec.settings.iter().find(|spec| spec.key == key);
    let possible = |key: &str| {
        let needed = spec(key).and_then(|spec| spec.needs);
        needed.is_none_or(|feature| c.offers(&Feature::known(feature)))
    };
    let differs = c.desired.settings.iter().filter(|(key, value)| from.get(*key) != Some(value) && possible(key));
    let to: BTreeMap<&'static str, String> = differs.map(|(key, value)| (*key, value.clone())).collect();
    (!to.is_empty()).then(|| to_plan(Action::Configure { from: from.clone(), to }))
}

/// The feature with a setting beside which AWS refuses one for this feature.
fn excluding(c: &Comparison<'_>, found: &AutoEnableSettings, feature: &Feature) -> Option<&'static str> {
    let name = c.spec.feature(feature)?.excluded_by?;
    found.features.get(&Feature::known(name)).is_some_and(|setting| *setting > AutoEnable::None).then_some(name)
}

/// What an operator should know beside actions and memberships.
pub(super) fn remarks(c: &Comparison<'_>) -> BTreeSet<String> {
    let mut remarks = c.observed.remarks.clone();
    remarks.extend(
        c.observed.unrecognised.iter().map(|name| format!("AWS reports {name}, which this version does not know")),
    );
    let missing = c.desired.wanted_on().into_iter().filter(|feature| !c.features.contains(*feature));
    let missing: Vec<&str> = missing.map(Feature::as_str).collect();
    if !missing.is_empty() {
        remarks.insert(format!("not offered in {}: {}", c.desired.target.region, missing.join(", ")));
    }
    if let (true, Seen::Yes(found)) = (c.scope.allows_organization_actions(), &c.observed.auto_enable) {
        remarks.extend(dead_auto_enable(c, found));
        let raised = c.desired.auto_enable.features.iter().filter(|(_, setting)| **setting > AutoEnable::None);
        let excluded = raised.filter_map(|(feature, _)| Some((feature.as_str(), excluding(c, found, feature)?)));
        let (features, by): (Vec<&str>, BTreeSet<&str>) = excluded.unzip();
        remarks.extend(by.into_iter().map(|by| {
            let features = features.join(", ");
            format!("auto-enable is not set for {features}: it is set for {by}, which excludes that")
        }));
    }
    remarks.extend(unseen(c).map(|(what, unseen)| format!("{what} could not be seen: {unseen}")));
    remarks
}

/// What comes back to life when AWS's own policy type is disabled.
fn dead_auto_enable(c: &Comparison<'_>, found: &AutoEnableSettings) -> Option<String> {
    if !c.desired.auto_enable_is_dead {
        return None;
    }
    let kind = c.spec.organization_policy.policy_type;
    let members = found.members.filter(|setting| *setting > AutoEnable::None).map(|setting| ("members", setting));
    let features = found.features.iter().filter(|(_, setting)| **setting > AutoEnable::None);
    let settings = members.into_iter().chain(features.map(|(feature, setting)| (feature.as_str(), *setting)));
    let settings: Vec<String> = settings.map(|(what, setting)| format!("{what} {setting}")).collect();
    let what = if settings.is_empty() { "nothing".to_owned() } else { settings.join(", ") };
    Some(format!(
        "the policy type {kind} is enabled, so that AWS ignores auto-enable; when the type is disabled, this comes back: {what}"
    ))
}

/// The organization-level state that the scope sees to and that was not seen.
pub(super) fn unseen<'a>(c: &'a Comparison<'_>) -> impl Iterator<Item = (&'static str, &'a Unseen)> {
    let visible = c.scope.allows_organization_actions() && !matches!(c.obstacle, Some(Obstacle::Verdict(_)));
    let configuration = match &c.observed.auto_enable {
        // Only a designated administrator that is on sees it.
        Seen::No(unseen @ Unseen::Failed(_)) => Some(unseen),
        Seen::No(unseen) if c.obstacle.is_none() => Some(unseen),
        Seen::Yes(_) | Seen::No(_) => None,
    };
    let trusted = if let Seen::No(unseen) = c.trusted_access { Some(unseen) } else { None };
    let settings = match &c.observed.settings {
        Seen::No(unseen @ Unseen::Failed(_)) if !c.desired.settings.is_empty() => Some(unseen),
        Seen::Yes(_) | Seen::No(_) => None,
    };
    let parts =
        [("the organization configuration", configuration), ("trusted access", trusted), ("settings", settings)];
    parts.into_iter().filter_map(move |(what, unseen)| Some((what, unseen.filter(|_| visible)?)))
}
