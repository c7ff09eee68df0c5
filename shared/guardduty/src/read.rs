//! From GuardDuty's answers to the normalized state. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_guardduty::{
    operation::{
        describe_organization_configuration::DescribeOrganizationConfigurationOutput, get_detector::GetDetectorOutput,
    },
    types,
};
use rollcall_core::{AutoEnable, AutoEnableSettings, Feature, FeatureStatus, OwnState, Relationship};

use crate::spec::{DETECTOR_ONLY, FOUNDATIONAL, SPEC, UNPLACED};

/// What an answer holds beside the state: names that this version does not know, and remarks for an operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    pub(crate) unrecognised: BTreeSet<String>,
    pub(crate) remarks: BTreeSet<String>,
}

impl Notes {
    pub(crate) fn absorb(&mut self, other: Self) {
        self.unrecognised.extend(other.unrecognised);
        self.remarks.extend(other.remarks);
    }

    fn unrecognised(&mut self, kind: &str, name: &str) {
        self.unrecognised.insert(format!("{kind} {name}"));
    }

    fn managed(&mut self, managed_by: Option<&types::ManagedBy>) {
        if let Some(manager) = managed_by {
            let manager = manager.as_str();
            self.remarks.insert(format!("{manager} manages protection plans here; what it manages cannot be changed"));
        }
    }

    /// The feature's name; `None` for a data source that is no feature. Reports a name that is not known.
    fn feature(&mut self, name: &str) -> Option<Feature> {
        if FOUNDATIONAL.contains(&name) || name.is_empty() {
            return None;
        }
        if let Some(known) = SPEC.features.iter().find(|known| known.name == name) {
            return Some(Feature::known(known.name));
        }
        if name != DETECTOR_ONLY && !name.ends_with(&format!("/{UNPLACED}")) {
            self.unrecognised("feature", name);
        }
        Some(Feature::named(name))
    }

    fn status(&mut self, feature: &str, status: Option<&types::FeatureStatus>) -> FeatureStatus {
        match status.map_or("", types::FeatureStatus::as_str) {
            "ENABLED" => FeatureStatus::On,
            "DISABLED" => FeatureStatus::Off,
            other => {
                self.unrecognised("feature status", &format!("{other} of {feature}"));
                FeatureStatus::Unknown(if other.is_empty() { "no status".to_owned() } else { other.to_owned() })
            }
        }
    }

    fn auto_enable(&mut self, name: &str, setting: Option<&str>) -> AutoEnable {
        match setting.unwrap_or_default() {
            "NONE" => AutoEnable::None,
            "NEW" => AutoEnable::New,
            "ALL" => AutoEnable::All,
            other => {
                self.unrecognised("auto-enable setting", &format!("{other} of {name}"));
                // What is not understood is not overwritten: the strongest setting is never raised.
                AutoEnable::All
            }
        }
    }
}

/// An account's own detector.
pub(crate) fn detector(answer: &GetDetectorOutput) -> (OwnState, Notes) {
    let mut notes = Notes::default();
    let monitoring = match answer.status().map_or("", types::DetectorStatus::as_str) {
        "ENABLED" => FeatureStatus::On,
        "DISABLED" => FeatureStatus::Off,
        other => {
            notes.unrecognised("detector status", other);
            FeatureStatus::Unknown(other.to_owned())
        }
    };
    let mut features = BTreeMap::new();
    for feature in answer.features() {
        let name = feature.name().map_or("", types::DetectorFeatureResult::as_str);
        notes.managed(feature.managed_by());
        note_status(&mut notes, &mut features, name, feature.status());
        for child in feature.additional_configuration() {
            let name = joined(name, child.name().map_or("", types::FeatureAdditionalConfiguration::as_str));
            note_status(&mut notes, &mut features, &name, child.status());
        }
    }
    (OwnState { monitoring, features }, notes)
}

/// A member's features, as the administrator sees them.
pub(crate) fn member_features(
    listed: &[types::MemberFeaturesConfigurationResult],
) -> (BTreeMap<Feature, FeatureStatus>, Notes) {
    let (mut features, mut notes) = (BTreeMap::new(), Notes::default());
    for feature in listed {
        let name = feature.name().map_or("", types::OrgFeature::as_str);
        notes.managed(feature.managed_by());
        note_status(&mut notes, &mut features, name, feature.status());
        for child in feature.additional_configuration() {
            let name = joined(name, child.name().map_or("", types::OrgFeatureAdditionalConfiguration::as_str));
            note_status(&mut notes, &mut features, &name, child.status());
        }
    }
    (features, notes)
}

/// The organization configuration, from all its pages.
pub(crate) fn auto_enable(pages: &[DescribeOrganizationConfigurationOutput]) -> (AutoEnableSettings, Notes) {
    let (mut settings, mut notes) = (AutoEnableSettings::default(), Notes::default());
    for page in pages {
        let members = page.auto_enable_organization_members().map(types::AutoEnableMembers::as_str);
        #[expect(deprecated, reason = "an answer without the newer setting has at least the older one")]
        let older = page.auto_enable().map(|on| if on { "NEW" } else { "NONE" });
        if let Some(members) = members.or(older) {
            // Each update sends this setting, so one that is not understood could not be echoed: it stays unread.
            let known = matches!(members, "NONE" | "NEW" | "ALL");
            settings.members = Some(notes.auto_enable("members", Some(members))).filter(|_| known);
        }
        if page.member_account_limit_reached() == Some(true) {
            notes.remarks.insert("the administrator has as many members as AWS allows".to_owned());
        }
        for feature in page.features() {
            note_auto_enable(&mut settings, &mut notes, feature);
        }
    }
    (settings, notes)
}

fn note_auto_enable(
    settings: &mut AutoEnableSettings,
    notes: &mut Notes,
    feature: &types::OrganizationFeatureConfigurationResult,
) {
    let name = feature.name().map_or("", types::OrgFeature::as_str);
    let mut note = |name: &str, setting: Option<&types::OrgFeatureStatus>| {
        if let Some(feature) = notes.feature(name) {
            let setting = notes.auto_enable(name, setting.map(types::OrgFeatureStatus::as_str));
            settings.features.insert(feature, setting);
        }
    };
    note(name, feature.auto_enable());
    for child in feature.additional_configuration() {
        let child_name = child.name().map_or("", types::OrgFeatureAdditionalConfiguration::as_str);
        note(&joined(name, child_name), child.auto_enable());
    }
}

/// A relationship status: a free string in AWS's model, `Enabled` on the wire; spelling and case do not matter.
pub(crate) fn relationship(status: &str) -> (Relationship, Notes) {
    let plain: String = status.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect();
    let relationship = match plain.as_str() {
        "created" => Relationship::Created,
        "invited" => Relationship::Invited,
        "enabled" => Relationship::Enabled,
        "disabled" => Relationship::Disabled,
        "removed" => Relationship::Removed,
        "resigned" => Relationship::Resigned,
        "deleted" => Relationship::Deleted,
        "emailverificationinprogress" => Relationship::EmailVerificationInProgress,
        "emailverificationfailed" => Relationship::EmailVerificationFailed,
        "regiondisabled" => Relationship::RegionDisabled,
        "accountsuspended" => Relationship::AccountSuspended,
        "cannotcreatedetectorinorganizationmasteraccount" | "cannotcreatedetectorinorgmaster" => {
            Relationship::CannotCreateDetectorInManagement
        }
        _ => {
            let name = if status.is_empty() { "no relationship status" } else { status };
            let mut notes = Notes::default();
            notes.unrecognised("relationship status", name);
            return (Relationship::Unknown(name.to_owned()), notes);
        }
    };
    (relationship, Notes::default())
}

/// Known features that neither the administrator's own detector nor the organization configuration lists, where both
/// list any: the region does not offer them.
pub(crate) fn not_offered(own: &OwnState, settings: &AutoEnableSettings) -> BTreeSet<Feature> {
    if own.features.is_empty() || settings.features.is_empty() {
        return BTreeSet::new();
    }
    let known = SPEC.features.iter().map(|known| Feature::known(known.name));
    known.filter(|known| !own.features.contains_key(known) && !settings.features.contains_key(known)).collect()
}

fn note_status(
    notes: &mut Notes,
    features: &mut BTreeMap<Feature, FeatureStatus>,
    name: &str,
    status: Option<&types::FeatureStatus>,
) {
    if let Some(feature) = notes.feature(name) {
        let status = notes.status(name, status);
        features.insert(feature, status);
    }
}

/// An additional configuration's name, after that of its feature.
fn joined(feature: &str, child: &str) -> String {
    if child.is_empty() { String::new() } else { format!("{feature}/{child}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector_feature(name: &str, status: &str) -> types::DetectorFeatureConfigurationResult {
        types::DetectorFeatureConfigurationResult::builder().name(name.into()).status(status.into()).build()
    }

    fn named(name: &str) -> Feature {
        Feature::named(name)
    }

    #[test]
    fn a_detector_tells_its_plans_and_not_its_data_sources() {
        let answer = GetDetectorOutput::builder()
            .status("ENABLED".into())
            .features(detector_feature("CLOUD_TRAIL", "ENABLED"))
            .features(detector_feature("S3_DATA_EVENTS", "ENABLED"))
            .features(detector_feature("AI_ANALYST", "DISABLED"))
            .build();
        let (own, notes) = detector(&answer);
        assert_eq!(own.monitoring, FeatureStatus::On);
        assert_eq!(
            own.features,
            BTreeMap::from([(named("S3_DATA_EVENTS"), FeatureStatus::On), (named("AI_ANALYST"), FeatureStatus::Off)])
        );
        assert_eq!(notes, Notes::default());
    }

    #[test]
    fn a_suspended_detector_is_off() {
        let answer = GetDetectorOutput::builder().status("DISABLED".into()).build();
        assert_eq!(detector(&answer).0.monitoring, FeatureStatus::Off);
    }

    #[test]
    fn names_that_are_not_known_are_reported_and_kept() {
        let answer = GetDetectorOutput::builder()
            .status("SLEEPING".into())
            .features(detector_feature("QUANTUM_EVENTS", "ENABLED"))
            .features(detector_feature("S3_DATA_EVENTS", "ALMOST"))
            .build();
        let (own, notes) = detector(&answer);
        assert_eq!(own.monitoring, FeatureStatus::Unknown("SLEEPING".to_owned()));
        assert_eq!(own.features.get(&named("QUANTUM_EVENTS")), Some(&FeatureStatus::On));
        assert_eq!(own.features.get(&named("S3_DATA_EVENTS")), Some(&FeatureStatus::Unknown("ALMOST".to_owned())));
        let reported: Vec<&str> = notes.unrecognised.iter().map(String::as_str).collect();
        assert_eq!(
            reported,
            ["detector status SLEEPING", "feature QUANTUM_EVENTS", "feature status ALMOST of S3_DATA_EVENTS"]
        );
    }

    #[test]
    fn agents_follow_their_plan_after_a_slash() {
        let agent = types::MemberAdditionalConfigurationResult::builder()
            .name("EKS_ADDON_MANAGEMENT".into())
            .status("ENABLED".into())
            .build();
        let plan = types::MemberFeaturesConfigurationResult::builder()
            .name("RUNTIME_MONITORING".into())
            .status("ENABLED".into())
            .additional_configuration(agent)
            .managed_by("GUARDDUTY_POLICY".into())
            .build();
        let (features, notes) = member_features(&[plan]);
        assert_eq!(features.get(&named("RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT")), Some(&FeatureStatus::On));
        assert!(notes.unrecognised.is_empty());
        assert!(notes.remarks.iter().any(|remark| remark.starts_with("GUARDDUTY_POLICY manages")));
    }

    fn organization_feature(name: &str, setting: &str) -> types::OrganizationFeatureConfigurationResult {
        types::OrganizationFeatureConfigurationResult::builder().name(name.into()).auto_enable(setting.into()).build()
    }

    #[test]
    fn the_organization_configuration_is_read_from_all_pages() {
        let page = |feature| {
            DescribeOrganizationConfigurationOutput::builder()
                .auto_enable_organization_members("NEW".into())
                .member_account_limit_reached(true)
                .features(feature)
                .build()
        };
        let pages =
            [page(organization_feature("S3_DATA_EVENTS", "ALL")), page(organization_feature("EKS_AUDIT_LOGS", "NONE"))];
        let (settings, notes) = auto_enable(&pages);
        assert_eq!(settings.members, Some(AutoEnable::New));
        assert_eq!(
            settings.features,
            BTreeMap::from([(named("S3_DATA_EVENTS"), AutoEnable::All), (named("EKS_AUDIT_LOGS"), AutoEnable::None)])
        );
        assert_eq!(notes.remarks.len(), 1);
    }

    #[test]
    fn an_unknown_auto_enable_setting_is_never_raised() {
        let page =
            DescribeOrganizationConfigurationOutput::builder().auto_enable_organization_members("SOME".into()).build();
        let (settings, notes) = auto_enable(&[page]);
        assert_eq!(settings.members, None);
        assert!(notes.unrecognised.contains("auto-enable setting SOME of members"));
    }

    #[test]
    fn relationship_statuses_are_read_in_any_spelling() {
        for (status, expected) in [
            ("Enabled", Relationship::Enabled),
            ("ENABLED", Relationship::Enabled),
            ("EmailVerificationInProgress", Relationship::EmailVerificationInProgress),
            ("EMAIL_VERIFICATION_FAILED", Relationship::EmailVerificationFailed),
            ("CannotCreateDetectorInOrganizationMasterAccount", Relationship::CannotCreateDetectorInManagement),
        ] {
            assert_eq!(relationship(status), (expected, Notes::default()), "{status}");
        }
        assert_eq!(relationship("Adopted").0, Relationship::Unknown("Adopted".to_owned()));
        assert_eq!(relationship("").0, Relationship::Unknown("no relationship status".to_owned()));
    }

    #[test]
    fn a_plan_that_neither_answer_lists_is_not_offered() {
        let own = OwnState {
            monitoring: FeatureStatus::On,
            features: BTreeMap::from([(named("S3_DATA_EVENTS"), FeatureStatus::Off)]),
        };
        let settings = AutoEnableSettings {
            members: None,
            features: BTreeMap::from([(named("EKS_AUDIT_LOGS"), AutoEnable::None)]),
        };
        let missing = not_offered(&own, &settings);
        assert!(missing.contains(&named("RDS_LOGIN_EVENTS")));
        assert!(!missing.contains(&named("S3_DATA_EVENTS")) && !missing.contains(&named("EKS_AUDIT_LOGS")));
        // An answer that lists nothing at all says nothing about what is offered.
        assert!(not_offered(&OwnState::default(), &settings).is_empty());
        assert!(not_offered(&own, &AutoEnableSettings::default()).is_empty());
    }
}
