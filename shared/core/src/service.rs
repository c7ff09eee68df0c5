//! What the planner needs to know of a service: its features, its limits, what it depends on. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use crate::{AutoEnable, Feature, Region, ServiceId};

/// The service principal of Account Management, which tells members' regions.
pub(crate) const ACCOUNT_MANAGEMENT: &str = "account.amazonaws.com";

/// A service as its adapter describes it.
#[derive(Debug)]
pub struct ServiceSpec {
    /// Its id in configuration, events and reports.
    pub id: ServiceId,
    /// The id that AWS signs requests with; accepted as another spelling of `id`.
    pub signing_name: &'static str,
    /// The service principals that need trusted access, the one for designation first.
    pub trusted_access: &'static [&'static str],
    /// The regions that do not have the service, as AWS documents. They are looked at all the same.
    pub absent_from: &'static [&'static str],
    /// AWS's word for its features, as the policy document's table of them is named: `plans`, `scans`.
    pub features_word: &'static str,
    /// All features that this version knows.
    pub features: &'static [FeatureSpec],
    /// What AWS keeps per organization or administrator only.
    pub settings: &'static [SettingSpec],
    /// AWS's own policy type for the service.
    pub organization_policy: OrganizationPolicySpec,
    /// The strongest auto-enable setting that the service has.
    pub strongest_auto_enable: AutoEnable,
    /// Whether members as such have an auto-enable setting, beside each feature's.
    pub members_auto_enable: bool,
    /// Whether an associated member can be unmonitored, which is undone apart from its features.
    pub monitoring_is_separate: bool,
    /// Whether the service must be on in the management account before that becomes a member.
    pub management_enabled_first: bool,
    /// How many accounts a call takes.
    pub batches: Batches,
    /// The IAM actions that the adapter calls, as the administrator and as the management account.
    pub iam_actions: &'static [&'static str],
}

/// How many accounts AWS takes in a call.
#[derive(Debug)]
pub struct Batches {
    /// Associating members.
    pub associate: usize,
    /// Monitoring members again.
    pub start_monitoring: usize,
    /// Turning features on for members.
    pub enable_features: usize,
    /// Turning features off for members.
    pub disable_features: usize,
    /// Disassociating members.
    pub disassociate: usize,
}

/// A setting that AWS keeps per organization or administrator only.
#[derive(Debug)]
pub struct SettingSpec {
    /// Its key in the policy document, such as `finding-publishing-frequency`.
    pub key: &'static str,
    /// The values that it takes.
    pub values: SettingValues,
    /// The feature that a region must offer for it.
    pub needs: Option<&'static str>,
    /// What it is, for the policy's reference.
    pub meaning: &'static str,
}

/// The values that a setting takes.
#[derive(Debug)]
pub enum SettingValues {
    /// One of AWS's names.
    OneOf(&'static [&'static str]),
    /// Up to so many paths; kept as one text, joined by colons.
    Paths {
        /// AWS's limit.
        most: usize,
    },
}

/// AWS's own policy type for a service, and how its content is read.
#[derive(Debug)]
pub struct OrganizationPolicySpec {
    /// Such as `GUARDDUTY_POLICY`.
    pub policy_type: &'static str,
    /// Whether enabling the type stops the organization configuration's auto-enable settings.
    pub stops_auto_enable: bool,
    /// Reads an effective policy's content: what it manages in a region.
    pub read: fn(content: &str, region: &Region) -> Managed,
}

/// What an AWS Organizations policy manages of an account in a region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Managed {
    /// Whether it enrols the account; `None` where it says nothing of that.
    pub enrols: Option<bool>,
    /// The features that it manages, and whether it turns them on.
    pub features: BTreeMap<Feature, bool>,
    /// What of its content this version does not know.
    pub unrecognised: BTreeSet<String>,
}

impl Managed {
    /// Whether it manages nothing here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.enrols.is_none() && self.features.is_empty()
    }
}

/// One protection plan, agent or scan type.
#[derive(Debug)]
pub struct FeatureSpec {
    /// AWS's name.
    pub name: &'static str,
    /// Whether the built-in default policy asks for it.
    pub by_default: bool,
    /// Whether the organization configuration has an auto-enable setting for it.
    pub auto_enable: bool,
    /// The feature that it needs.
    pub needs: Option<Needs>,
    /// A feature that AWS refuses beside it.
    pub excluded_by: Option<&'static str>,
    /// The call that turns it on for members: features of different calls are different actions.
    pub call: &'static str,
    /// The only regions that offer it, as AWS documents; `None` where AWS documents no exception.
    /// A region where the administrator's own account has it on offers it, whatever is documented.
    pub only_in: Option<&'static [&'static str]>,
}

/// A feature that another one needs.
#[derive(Debug)]
pub struct Needs {
    /// The needed feature.
    pub feature: &'static str,
    /// Whether it must be on already; otherwise both may be turned on by one call.
    pub already_on: bool,
}

impl ServiceSpec {
    /// All service principals that need trusted access for its sake, the one for designation first.
    #[must_use]
    pub fn needed_trusted_access(&self) -> Vec<&'static str> {
        self.trusted_access.iter().copied().chain([ACCOUNT_MANAGEMENT]).collect()
    }

    /// What is known of a feature.
    #[must_use]
    pub fn feature(&self, feature: &Feature) -> Option<&FeatureSpec> {
        self.features.iter().find(|spec| spec.name == feature.as_str())
    }

    /// Whether a region has the service, as far as AWS documents it.
    #[must_use]
    pub fn is_in(&self, region: &Region) -> bool {
        !self.absent_from.contains(&region.as_str())
    }

    /// Whether a text from outside names this service.
    #[must_use]
    pub fn is_named(&self, text: &str) -> bool {
        text == self.id.as_str() || text == self.signing_name
    }
}
