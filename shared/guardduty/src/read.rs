//! From GuardDuty's answers to the normalized state. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_guardduty::{
    operation::{
        describe_organization_configuration::DescribeOrganizationConfigurationOutput, get_detector::GetDetectorOutput,
    },
    types,
};
use rollcall_core::{AutoEnable, AutoEnableSettings, Feature, FeatureStatus, OwnState, Relationship};

use crate::spec::{DETECTOR_ONLY, FINDING_PUBLISHING_FREQUENCY, FOUNDATIONAL, SPEC, UNPLACED};

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

    /// An auto-enable setting; `None` for one that is not understood.
    fn auto_enable(&mut self, name: &str, setting: &str) -> Option<AutoEnable> {
        match setting {
            "NONE" => Some(AutoEnable::None),
            "NEW" => Some(AutoEnable::New),
            "ALL" => Some(AutoEnable::All),
            other => {
                self.unrecognised("auto-enable setting", &format!("{other} of {name}"));
                None
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
    let mut plans = Plans::default();
    for feature in answer.features() {
        let name = feature.name().map_or("", types::DetectorFeatureResult::as_str);
        let children = feature.additional_configuration().iter().map(|child| Told {
            name: child.name().map_or("", types::FeatureAdditionalConfiguration::as_str),
            status: child.status(),
            managed_by: child.managed_by(),
        });
        let told = Told { name, status: feature.status(), managed_by: feature.managed_by() };
        plans.note(&mut notes, told, children);
    }
    let Plans { features, managed } = plans;
    (OwnState { monitoring, features, managed }, notes)
}

/// The settings that a detector tells.
pub(crate) fn settings(answer: &GetDetectorOutput) -> BTreeMap<&'static str, String> {
    let frequency = answer.finding_publishing_frequency().map(|frequency| frequency.as_str().to_owned());
    frequency.map(|frequency| (FINDING_PUBLISHING_FREQUENCY, frequency)).into_iter().collect()
}

/// A member's plans, as the administrator sees them.
pub(crate) fn member_plans(listed: &[types::MemberFeaturesConfigurationResult]) -> (Plans, Notes) {
    let (mut plans, mut notes) = (Plans::default(), Notes::default());
    for feature in listed {
        let name = feature.name().map_or("", types::OrgFeature::as_str);
        let children = feature.additional_configuration().iter().map(|child| Told {
            name: child.name().map_or("", types::OrgFeatureAdditionalConfiguration::as_str),
            status: child.status(),
            managed_by: child.managed_by(),
        });
        let told = Told { name, status: feature.status(), managed_by: feature.managed_by() };
        plans.note(&mut notes, told, children);
    }
    (plans, notes)
}

/// An account's plans and their additional configurations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plans {
    pub(crate) features: BTreeMap<Feature, FeatureStatus>,
    /// Those that AWS says a policy of Organizations manages.
    pub(crate) managed: BTreeSet<Feature>,
}

/// A feature or an additional configuration, as an answer tells it.
#[derive(Clone, Copy)]
struct Told<'a> {
    name: &'a str,
    status: Option<&'a types::FeatureStatus>,
    managed_by: Option<&'a types::ManagedBy>,
}

impl Plans {
    fn note<'a>(&mut self, notes: &mut Notes, plan: Told<'_>, children: impl Iterator<Item = Told<'a>>) {
        let status = self.note_one(notes, plan);
        for child in children {
            let name = joined(plan.name, child.name);
            // What manages a plan manages its additional configurations, whether or not it says so of each (guess).
            let managed_by = child.managed_by.or(plan.managed_by);
            self.note_one(notes, Told { name: &name, managed_by, ..child });
            // Without its plan it does nothing; taken for on, turning it off would have to name the plan as on.
            if status == Some(FeatureStatus::Off)
                && let Some(found) = self.features.get_mut(&Feature::named(&name))
                && *found == FeatureStatus::On
            {
                *found = FeatureStatus::Off;
            }
        }
    }

    fn note_one(&mut self, notes: &mut Notes, told: Told<'_>) -> Option<FeatureStatus> {
        notes.managed(told.managed_by);
        let feature = notes.feature(told.name)?;
        let status = notes.status(told.name, told.status);
        if told.managed_by.is_some() {
            self.managed.insert(feature.clone());
        }
        self.features.insert(feature, status.clone());
        Some(status)
    }
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
            settings.members = notes.auto_enable("members", members);
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
            let text = setting.map_or("", types::OrgFeatureStatus::as_str);
            let setting = notes.auto_enable(name, text);
            if setting.is_none() {
                settings.unrecognised.insert(feature.clone());
            } else if SPEC.feature(&feature).is_none() && !name.ends_with(&format!("/{UNPLACED}")) {
                notes.unrecognised("auto-enable setting", &format!("{text} of {name}"));
            }
            // One that is not understood counts as on: whatever is excluded beside a setting is beside this one.
            settings.features.insert(feature, setting.unwrap_or(AutoEnable::All));
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

/// An additional configuration's name, after that of its feature.
fn joined(feature: &str, child: &str) -> String {
    if child.is_empty() { String::new() } else { format!("{feature}/{child}") }
}

#[cfg(test)]
mod tests;
