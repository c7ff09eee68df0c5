//! Organization-level actions: trusted access, designation, own enrolments, the organization configuration. No I/O.

use std::collections::BTreeSet;

use super::{Comparison, Obstacle, PlannedAction};
use crate::{
    Action, AutoEnable, AutoEnableSettings, DesiredMember, Feature, FeatureStatus, OwnState, Reason, Role, Seen, Unseen,
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
    let planned = match c.desired.members.get(&account)? {
        DesiredMember::Enrolled(Role::Management) => now,
        // Whether the region is on for it is still to be seen.
        DesiredMember::Unknown(Reason::RegionStatusNotSeen | Reason::Prerequisite(_)) => predicted,
        DesiredMember::Enrolled(_)
        | DesiredMember::NotApplicable(_)
        | DesiredMember::Awaited(_)
        | DesiredMember::Unknown(_) => return None,
    };
    let own = c.observed.management.yes().filter(|own| own.monitoring == FeatureStatus::Off)?;
    let action = Action::EnableManagement { account, features: c.gap(&own.features).now };
    c.spec.management_enabled_first.then(|| planned(action))
}

fn administrator(c: &Comparison<'_>) -> Vec<PlannedAction> {
    let account = c.desired.administrator;
    let enable = |features| Action::EnableAdministrator { account, features };
    // Before designation its own enrolment may be unseen, and designation itself may turn it on.
    let nothing = OwnState::default();
    let own = c.observed.own.yes().unwrap_or(&nothing);
    let gap = c.gap(&own.features);
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
    let to = raised(c, from);
    (to != *from).then(|| to_plan(Action::SetAutoEnable { from: from.clone(), to }))
}

/// The settings found, raised where more is desired; what is not asked for stays as it was found.
fn raised(c: &Comparison<'_>, found: &AutoEnableSettings) -> AutoEnableSettings {
    let wanted = c.desired.auto_enable;
    let mut raised = found.clone();
    for feature in c.features.iter().filter(|feature| c.spec.feature(feature).is_some_and(|spec| spec.auto_enable)) {
        let low = found.features.get(feature).copied().unwrap_or(AutoEnable::None) < wanted;
        if low && excluding(c, found, feature).is_none() {
            raised.features.insert(feature.clone(), wanted);
        }
    }
    if c.spec.members_auto_enable && found.members.unwrap_or(AutoEnable::None) < wanted {
        raised.members = Some(wanted);
    }
    raised
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
    let missing: Vec<&str> = c.desired.features.difference(&c.features).map(Feature::as_str).collect();
    if !missing.is_empty() {
        remarks.insert(format!("not offered in {}: {}", c.desired.target.region, missing.join(", ")));
    }
    if let (true, Seen::Yes(found)) = (c.scope.allows_organization_actions(), &c.observed.auto_enable) {
        let excluded = c.features.iter().filter_map(|feature| Some((feature.as_str(), excluding(c, found, feature)?)));
        let (features, by): (Vec<&str>, BTreeSet<&str>) = excluded.unzip();
        remarks.extend(by.into_iter().map(|by| {
            let features = features.join(", ");
            format!("auto-enable is not set for {features}: it is set for {by}, which excludes that")
        }));
    }
    remarks.extend(unseen(c).map(|(what, unseen)| format!("{what} could not be seen: {unseen}")));
    remarks
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
    let parts = [("the organization configuration", configuration), ("trusted access", trusted)];
    parts.into_iter().filter_map(move |(what, unseen)| Some((what, unseen.filter(|_| visible)?)))
}
