//! From features to GuardDuty's requests: additional configurations become children of their feature. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_guardduty::types;
use rollcall_core::{AutoEnable, AutoEnableSettings, Feature};

use crate::spec::{DETECTOR_ONLY, LEGACY, RUNTIME_MONITORING, SPEC};

/// Features by their own name, with the additional configurations that are named beside them.
fn grouped<'a, T>(features: impl IntoIterator<Item = (&'a Feature, T)>) -> BTreeMap<&'a str, Group<'a, T>> {
    let mut groups: BTreeMap<&str, Group<'_, T>> = BTreeMap::new();
    for (feature, value) in features {
        match feature.as_str().split_once('/') {
            Some((parent, child)) => groups.entry(parent).or_default().children.push((child, value)),
            None => groups.entry(feature.as_str()).or_default().itself = Some(value),
        }
    }
    groups
}

struct Group<'a, T> {
    itself: Option<T>,
    children: Vec<(&'a str, T)>,
}

impl<T> Default for Group<'_, T> {
    fn default() -> Self {
        Self { itself: None, children: Vec::new() }
    }
}

/// A feature as a request turns it on or off, with additional configurations of its own.
pub(crate) struct Switch<'a> {
    name: &'a str,
    on: bool,
    children: Vec<(&'a str, bool)>,
}

/// The features turned on. One whose additional configuration is asked for is on as well, since the one is nothing
/// without the other.
pub(crate) fn on(features: &BTreeSet<Feature>) -> Vec<Switch<'_>> {
    let groups = grouped(features.iter().map(|feature| (feature, true)));
    groups.into_iter().map(|(name, group)| Switch { name, on: true, children: group.children }).collect()
}

/// The features turned off, of all that are to be. Where only additional configurations of a feature are, the feature
/// itself is sent as it is, on: the model requires no status, but what leaving it out does is not documented. A call
/// for a part of them must not turn on again what another call turned off.
pub(crate) fn off<'a>(features: &'a BTreeSet<Feature>, all: &BTreeSet<Feature>) -> Vec<Switch<'a>> {
    let groups = grouped(features.iter().map(|feature| (feature, false)));
    let stays = |name: &str| !all.contains(&Feature::named(name));
    groups.into_iter().map(|(name, group)| Switch { name, on: stays(name), children: group.children }).collect()
}

/// Every feature that a new detector is to be told of.
///
/// AWS turns on what is left out, but for `RUNTIME_MONITORING`, and refuses that beside the legacy plan: so the one
/// that is named is the newer where it is wanted, and else the legacy. Additional configurations are named where their
/// feature is wanted.
pub(crate) fn detector_names(wanted: &BTreeSet<Feature>) -> BTreeSet<Feature> {
    let excluded = if wanted.contains(&Feature::known(RUNTIME_MONITORING)) { LEGACY } else { RUNTIME_MONITORING };
    let known = SPEC.features.iter().map(|known| known.name).chain([DETECTOR_ONLY]).map(Feature::known);
    let named = |feature: &Feature| match feature.as_str().split_once('/') {
        Some((parent, _)) => parent != excluded && wanted.contains(&Feature::named(parent)),
        None => feature.as_str() != excluded,
    };
    known.chain(wanted.iter().cloned()).filter(named).collect()
}

/// The features of a new detector but the `left_out`: the wanted ones on, the others off.
pub(crate) fn detector_complete(
    wanted: &BTreeSet<Feature>,
    left_out: &BTreeSet<Feature>,
) -> Vec<types::DetectorFeatureConfiguration> {
    let parent_out = |feature: &Feature| {
        feature.as_str().split_once('/').is_some_and(|(parent, _)| left_out.contains(&Feature::named(parent)))
    };
    let names = detector_names(wanted);
    let listed = names.iter().filter(|feature| !left_out.contains(*feature) && !parent_out(feature));
    grouped(listed.map(|feature| (feature, wanted.contains(feature))))
        .into_iter()
        .map(|(name, group)| Switch { name, on: group.itself.unwrap_or_default(), children: group.children })
        .map(detector_feature)
        .collect()
}

/// The features as an account's own detector takes them.
pub(crate) fn detector(features: Vec<Switch<'_>>) -> Vec<types::DetectorFeatureConfiguration> {
    features.into_iter().map(detector_feature).collect()
}

fn detector_feature(feature: Switch<'_>) -> types::DetectorFeatureConfiguration {
    let children = feature.children.into_iter().map(|(child, on)| {
        types::DetectorAdditionalConfiguration::builder().name(child.into()).status(status(on)).build()
    });
    types::DetectorFeatureConfiguration::builder()
        .name(feature.name.into())
        .status(status(feature.on))
        .set_additional_configuration(some(children.collect()))
        .build()
}

/// The features as members take them.
pub(crate) fn members(features: Vec<Switch<'_>>) -> Vec<types::MemberFeaturesConfiguration> {
    features.into_iter().map(member_feature).collect()
}

fn member_feature(feature: Switch<'_>) -> types::MemberFeaturesConfiguration {
    let children = feature.children.into_iter().map(|(child, on)| {
        types::MemberAdditionalConfiguration::builder().name(child.into()).status(status(on)).build()
    });
    types::MemberFeaturesConfiguration::builder()
        .name(feature.name.into())
        .status(status(feature.on))
        .set_additional_configuration(some(children.collect()))
        .build()
}

/// The list, where it is not empty.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// The features whose auto-enable setting differs, be it higher or lower.
pub(crate) fn changed(from: &AutoEnableSettings, to: &AutoEnableSettings) -> BTreeSet<Feature> {
    let differs = |(feature, setting): &(&Feature, &AutoEnable)| from.features.get(*feature) != Some(*setting);
    to.features.iter().filter(differs).map(|(feature, _)| feature.clone()).collect()
}

/// The settings of these features, as the organization configuration takes them.
pub(crate) fn organization(
    features: &BTreeSet<Feature>,
    to: &AutoEnableSettings,
) -> Vec<types::OrganizationFeatureConfiguration> {
    let setting = |name: &str| to.features.get(&Feature::named(name)).copied();
    let groups = grouped(features.iter().filter_map(|feature| Some((feature, to.features.get(feature).copied()?))));
    groups
        .into_iter()
        .map(|(name, group)| {
            let children = group.children.into_iter().map(|(child, setting)| {
                types::OrganizationAdditionalConfiguration::builder()
                    .name(child.into())
                    .auto_enable(org_status(setting))
                    .build()
            });
            types::OrganizationFeatureConfiguration::builder()
                .name(name.into())
                .set_auto_enable(group.itself.or_else(|| setting(name)).map(org_status))
                .set_additional_configuration(some(children.collect()))
                .build()
        })
        .collect()
}

fn status(on: bool) -> types::FeatureStatus {
    if on { types::FeatureStatus::Enabled } else { types::FeatureStatus::Disabled }
}

fn org_status(setting: AutoEnable) -> types::OrgFeatureStatus {
    match setting {
        AutoEnable::None => types::OrgFeatureStatus::None,
        AutoEnable::New => types::OrgFeatureStatus::New,
        AutoEnable::All => types::OrgFeatureStatus::All,
    }
}

/// The setting for members as such.
pub(crate) fn members_setting(setting: AutoEnable) -> types::AutoEnableMembers {
    match setting {
        AutoEnable::None => types::AutoEnableMembers::None,
        AutoEnable::New => types::AutoEnableMembers::New,
        AutoEnable::All => types::AutoEnableMembers::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(names: &[&str]) -> BTreeSet<Feature> {
        names.iter().map(|name| Feature::named(name)).collect()
    }

    fn text(name: &str, status: &str, children: impl Iterator<Item = (String, String)>) -> String {
        let children: Vec<String> = children.map(|(name, status)| format!(" {name}={status}")).collect();
        format!("{name}={status}{}", children.concat())
    }

    fn told(request: &[types::DetectorFeatureConfiguration]) -> Vec<String> {
        let children = |feature: &types::DetectorFeatureConfiguration| {
            let children = feature.additional_configuration().to_vec().into_iter();
            children.map(|child| (child.name.unwrap().to_string(), child.status.unwrap().to_string()))
        };
        let told = |feature: &types::DetectorFeatureConfiguration| {
            text(feature.name().unwrap().as_str(), feature.status().unwrap().as_str(), children(feature))
        };
        request.iter().map(told).collect()
    }

    fn told_of_members(request: &[types::MemberFeaturesConfiguration]) -> Vec<String> {
        let children = |feature: &types::MemberFeaturesConfiguration| {
            let children = feature.additional_configuration().to_vec().into_iter();
            children.map(|child| (child.name.unwrap().to_string(), child.status.unwrap().to_string()))
        };
        let told = |feature: &types::MemberFeaturesConfiguration| {
            text(feature.name().unwrap().as_str(), feature.status().unwrap().as_str(), children(feature))
        };
        request.iter().map(told).collect()
    }

    fn told_of_organization(request: &[types::OrganizationFeatureConfiguration]) -> Vec<String> {
        let children = |feature: &types::OrganizationFeatureConfiguration| {
            let children = feature.additional_configuration().to_vec().into_iter();
            children.map(|child| (child.name.unwrap().to_string(), child.auto_enable.unwrap().to_string()))
        };
        let told = |feature: &types::OrganizationFeatureConfiguration| {
            text(feature.name().unwrap().as_str(), feature.auto_enable().unwrap().as_str(), children(feature))
        };
        request.iter().map(told).collect()
    }

    #[test]
    fn a_new_detector_names_every_plan_and_turns_on_the_wanted_ones() {
        let request = detector_complete(&features(&["S3_DATA_EVENTS", "EKS_AUDIT_LOGS"]), &BTreeSet::new());
        assert_eq!(
            told(&request),
            [
                "AI_ANALYST=DISABLED",
                "AI_PROTECTION=DISABLED",
                "EBS_MALWARE_PROTECTION=DISABLED",
                "EKS_AUDIT_LOGS=ENABLED",
                "EKS_RUNTIME_MONITORING=DISABLED",
                "LAMBDA_NETWORK_LOGS=DISABLED",
                "RDS_LOGIN_EVENTS=DISABLED",
                "S3_DATA_EVENTS=ENABLED",
            ]
        );
    }

    #[test]
    fn a_new_detector_with_runtime_monitoring_names_its_agents() {
        let wanted = features(&["RUNTIME_MONITORING", "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT"]);
        let request = detector_complete(&wanted, &features(&["AI_ANALYST"]));
        assert!(
            told(&request).contains(
                &"RUNTIME_MONITORING=ENABLED EC2_AGENT_MANAGEMENT=ENABLED ECS_FARGATE_AGENT_MANAGEMENT=DISABLED \
              EKS_ADDON_MANAGEMENT=DISABLED"
                    .to_owned()
            )
        );
        for left_out in ["AI_ANALYST", "EKS_RUNTIME_MONITORING"] {
            assert!(!told(&request).iter().any(|feature| feature.starts_with(left_out)), "{left_out}");
        }
    }

    const AGENTS: [&str; 2] =
        ["RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT", "RUNTIME_MONITORING/ECS_FARGATE_AGENT_MANAGEMENT"];

    #[test]
    fn an_agent_alone_brings_its_plan_along() {
        let wanted = features(&["RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"]);
        let expected = ["RUNTIME_MONITORING=ENABLED EKS_ADDON_MANAGEMENT=ENABLED"];
        assert_eq!(told_of_members(&members(on(&wanted))), expected);
        assert_eq!(told(&detector(on(&wanted))), expected);
    }

    #[test]
    fn a_plan_is_turned_off_with_its_agents() {
        let unwanted = features(&["S3_DATA_EVENTS", "RUNTIME_MONITORING", AGENTS[0], AGENTS[1]]);
        let expected = [
            "RUNTIME_MONITORING=DISABLED EC2_AGENT_MANAGEMENT=DISABLED ECS_FARGATE_AGENT_MANAGEMENT=DISABLED",
            "S3_DATA_EVENTS=DISABLED",
        ];
        assert_eq!(told_of_members(&members(off(&unwanted, &unwanted))), expected);
        assert_eq!(told(&detector(off(&unwanted, &unwanted))), expected);
    }

    #[test]
    fn an_agent_that_is_turned_off_leaves_its_plan_on() {
        let unwanted = features(&[AGENTS[0]]);
        let expected = ["RUNTIME_MONITORING=ENABLED EC2_AGENT_MANAGEMENT=DISABLED"];
        assert_eq!(told_of_members(&members(off(&unwanted, &unwanted))), expected);
    }

    #[test]
    fn a_call_for_one_agent_does_not_turn_its_plan_on_again() {
        let (all, one) = (features(&["RUNTIME_MONITORING", AGENTS[0]]), features(&[AGENTS[0]]));
        let expected = ["RUNTIME_MONITORING=DISABLED EC2_AGENT_MANAGEMENT=DISABLED"];
        assert_eq!(told_of_members(&members(off(&one, &all))), expected);
    }

    fn settings<const N: usize>(settings: [(&str, AutoEnable); N]) -> AutoEnableSettings {
        let features = settings.into_iter().map(|(name, setting)| (Feature::named(name), setting)).collect();
        AutoEnableSettings { members: Some(AutoEnable::All), features, ..AutoEnableSettings::default() }
    }

    #[test]
    fn only_settings_that_differ_are_sent_be_they_higher_or_lower() {
        use AutoEnable::{All, New, None};
        let from = settings([
            ("S3_DATA_EVENTS", None),
            ("EKS_AUDIT_LOGS", All),
            ("RDS_LOGIN_EVENTS", All),
            ("RUNTIME_MONITORING", All),
            (AGENTS[0], All),
            ("QUANTUM_EVENTS", New),
        ]);
        let mut to = from.clone();
        for (name, setting) in
            [("S3_DATA_EVENTS", New), ("EKS_AUDIT_LOGS", None), (AGENTS[0], None), ("LAMBDA_NETWORK_LOGS", New)]
        {
            to.features.insert(Feature::named(name), setting);
        }
        assert_eq!(
            told_of_organization(&organization(&changed(&from, &to), &to)),
            [
                "EKS_AUDIT_LOGS=NONE",
                "LAMBDA_NETWORK_LOGS=NEW",
                // The plan of an agent is named with the agent, as it stays.
                "RUNTIME_MONITORING=ALL EC2_AGENT_MANAGEMENT=NONE",
                "S3_DATA_EVENTS=NEW",
            ]
        );
        assert_eq!(organization(&changed(&from, &from), &from), []);
    }
}
