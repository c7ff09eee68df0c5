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

/// The features as an account's own detector takes them, all on. A feature whose additional configuration is asked for
/// is on as well, since the one is nothing without the other.
pub(crate) fn detector_on(features: &BTreeSet<Feature>) -> Vec<types::DetectorFeatureConfiguration> {
    let groups = grouped(features.iter().map(|feature| (feature, true)));
    groups.into_iter().map(|(name, group)| detector_feature(name, true, group.children)).collect()
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
        .map(|(name, group)| detector_feature(name, group.itself.unwrap_or_default(), group.children))
        .collect()
}

fn detector_feature(name: &str, on: bool, children: Vec<(&str, bool)>) -> types::DetectorFeatureConfiguration {
    let children: Vec<_> = children
        .into_iter()
        .map(|(child, on)| {
            types::DetectorAdditionalConfiguration::builder().name(child.into()).status(status(on)).build()
        })
        .collect();
    types::DetectorFeatureConfiguration::builder()
        .name(name.into())
        .status(status(on))
        .set_additional_configuration((!children.is_empty()).then_some(children))
        .build()
}

/// The features as members take them, all on; nothing is ever turned off.
pub(crate) fn members_on(features: &BTreeSet<Feature>) -> Vec<types::MemberFeaturesConfiguration> {
    let groups = grouped(features.iter().map(|feature| (feature, ())));
    groups
        .into_iter()
        .map(|(name, group)| {
            let children = group.children.into_iter().map(|(child, ())| {
                types::MemberAdditionalConfiguration::builder().name(child.into()).status(status(true)).build()
            });
            let children: Vec<_> = children.collect();
            types::MemberFeaturesConfiguration::builder()
                .name(name.into())
                .status(status(true))
                .set_additional_configuration((!children.is_empty()).then_some(children))
                .build()
        })
        .collect()
}

/// The features whose auto-enable setting differs.
pub(crate) fn raised(from: &AutoEnableSettings, to: &AutoEnableSettings) -> BTreeSet<Feature> {
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
            let children: Vec<_> = children.collect();
            types::OrganizationFeatureConfiguration::builder()
                .name(name.into())
                .set_auto_enable(group.itself.or_else(|| setting(name)).map(org_status))
                .set_additional_configuration((!children.is_empty()).then_some(children))
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

    fn told(request: &[types::DetectorFeatureConfiguration]) -> Vec<String> {
        request
            .iter()
            .map(|feature| {
                let (name, status) = (feature.name().unwrap().as_str(), feature.status().unwrap().as_str());
                let children = feature
                    .additional_configuration()
                    .iter()
                    .map(|child| format!(" {}={}", child.name().unwrap().as_str(), child.status().unwrap().as_str()));
                format!("{name}={status}{}", children.collect::<String>())
            })
            .collect()
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

    #[test]
    fn an_agent_alone_brings_its_plan_along() {
        let request = members_on(&features(&["RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"]));
        let [plan] = request.as_slice() else { panic!("{request:?}") };
        assert_eq!(plan.status(), Some(&types::FeatureStatus::Enabled));
        assert_eq!(plan.additional_configuration().len(), 1);
    }

    #[test]
    fn only_settings_that_differ_are_sent() {
        let settings = |s3, eks| AutoEnableSettings {
            members: Some(AutoEnable::All),
            features: [(Feature::named("S3_DATA_EVENTS"), s3), (Feature::named("EKS_AUDIT_LOGS"), eks)].into(),
        };
        let (from, to) = (settings(AutoEnable::None, AutoEnable::All), settings(AutoEnable::All, AutoEnable::All));
        let request = organization(&raised(&from, &to), &to);
        let [feature] = request.as_slice() else { panic!("{request:?}") };
        assert_eq!(feature.name(), Some(&types::OrgFeature::S3DataEvents));
        assert_eq!(feature.auto_enable(), Some(&types::OrgFeatureStatus::All));
    }
}
