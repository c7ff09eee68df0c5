//! What the planner needs to know of a service: its features, its limits, what it depends on. No I/O.

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
    /// All features that this version knows.
    pub features: &'static [FeatureSpec],
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
