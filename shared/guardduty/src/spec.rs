//! What the planner needs to know of GuardDuty. No I/O.

use rollcall_core::{
    AutoEnable, Batches, FeatureSpec, Needs, OrganizationPolicySpec, ServiceId, ServiceSpec, SettingSpec, SettingValues,
};

use crate::effective_policy;

/// Amazon GuardDuty: its protection plans, limits and permissions.
///
/// Limits and names are those of AWS's service model; which plans need or exclude each other is documented.
pub static SPEC: ServiceSpec = ServiceSpec {
    id: ServiceId::new("guardduty"),
    signing_name: "guardduty",
    trusted_access: &["guardduty.amazonaws.com", "malware-protection.guardduty.amazonaws.com"],
    // AWS documentation, November 2026: GuardDuty is in every commercial region.
    absent_from: &[],
    features_word: "plans",
    features: &[
        plan("S3_DATA_EVENTS", true),
        plan("EKS_AUDIT_LOGS", true),
        plan("EBS_MALWARE_PROTECTION", true),
        plan("RDS_LOGIN_EVENTS", true),
        plan("LAMBDA_NETWORK_LOGS", true),
        plan("AI_PROTECTION", false),
        FeatureSpec { excluded_by: Some(LEGACY), ..plan(RUNTIME_MONITORING, false) },
        agent("RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"),
        agent("RUNTIME_MONITORING/ECS_FARGATE_AGENT_MANAGEMENT"),
        agent("RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT"),
        FeatureSpec { excluded_by: Some(RUNTIME_MONITORING), ..plan(LEGACY, false) },
        FeatureSpec {
            excluded_by: Some(RUNTIME_MONITORING),
            needs: Some(Needs { feature: LEGACY, already_on: false }),
            ..plan("EKS_RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT", false)
        },
    ],
    settings: &[SettingSpec {
        key: FINDING_PUBLISHING_FREQUENCY,
        values: SettingValues::OneOf(&["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"]),
        needs: None,
        meaning: "how often updated findings of the administrator and its members are published",
    }],
    organization_policy: OrganizationPolicySpec {
        policy_type: "GUARDDUTY_POLICY",
        // AWS documentation: from when the type is enabled, whether or not a policy is attached.
        stops_auto_enable: true,
        read: effective_policy::read,
    },
    strongest_auto_enable: AutoEnable::All,
    members_auto_enable: true,
    monitoring_is_separate: true,
    management_enabled_first: true,
    batches: Batches {
        associate: BATCH,
        start_monitoring: BATCH,
        enable_features: BATCH,
        disable_features: BATCH,
        disassociate: BATCH,
    },
    iam_actions: &[
        "guardduty:CreateDetector",
        "guardduty:CreateMembers",
        "guardduty:DescribeOrganizationConfiguration",
        "guardduty:DisassociateMembers",
        "guardduty:EnableOrganizationAdminAccount",
        "guardduty:GetAdministratorAccount",
        "guardduty:GetDetector",
        "guardduty:GetMemberDetectors",
        "guardduty:GetMembers",
        "guardduty:ListDetectors",
        "guardduty:ListMembers",
        "guardduty:ListOrganizationAdminAccounts",
        "guardduty:StartMonitoringMembers",
        "guardduty:UpdateDetector",
        "guardduty:UpdateMemberDetectors",
        "guardduty:UpdateOrganizationConfiguration",
    ],
};

/// How often the administrator's detector publishes updated findings.
pub(crate) const FINDING_PUBLISHING_FREQUENCY: &str = "finding-publishing-frequency";

/// The plan whose additional configurations are its agents.
pub(crate) const RUNTIME_MONITORING: &str = "RUNTIME_MONITORING";

/// The legacy plan that AWS refuses beside [`RUNTIME_MONITORING`].
pub(crate) const LEGACY: &str = "EKS_RUNTIME_MONITORING";

/// A plan that a detector has, and members' and organization configurations have not: it can be told of an account's
/// own detector only, so it is no feature that a policy may ask for.
pub(crate) const DETECTOR_ONLY: &str = "AI_ANALYST";

/// Data sources that come with GuardDuty itself; answers list them among the features.
pub(crate) const FOUNDATIONAL: [&str; 3] = ["FLOW_LOGS", "CLOUD_TRAIL", "DNS_LOGS"];

/// An additional configuration that the model names without saying of which plan; known, and left alone.
pub(crate) const UNPLACED: &str = "RDS_DATA_RISK";

/// How many accounts a call about members takes, and a page of a listing has at most.
pub(crate) const BATCH: usize = 50;

const fn plan(name: &'static str, by_default: bool) -> FeatureSpec {
    FeatureSpec {
        name,
        by_default,
        auto_enable: true,
        needs: None,
        excluded_by: None,
        call: "UpdateMemberDetectors",
        only_in: None,
    }
}

const fn agent(name: &'static str) -> FeatureSpec {
    FeatureSpec {
        needs: Some(Needs { feature: RUNTIME_MONITORING, already_on: false }),
        excluded_by: Some(LEGACY),
        ..plan(name, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_plans_are_those_without_agents() {
        let defaults: Vec<&str> = SPEC.features.iter().filter(|plan| plan.by_default).map(|plan| plan.name).collect();
        assert_eq!(
            defaults,
            ["S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS"]
        );
    }

    #[test]
    fn the_frequencies_are_those_of_the_model() {
        let SettingValues::OneOf(values) = SPEC.settings[0].values else { panic!("no list") };
        assert_eq!(values, aws_sdk_guardduty::types::FindingPublishingFrequency::values());
    }

    #[test]
    fn actions_are_sorted_and_named_once() {
        assert!(SPEC.iam_actions.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn what_a_plan_needs_or_excludes_is_a_known_plan() {
        let known = |name: &str| SPEC.features.iter().any(|plan| plan.name == name);
        for plan in SPEC.features {
            assert!(plan.needs.as_ref().is_none_or(|needs| known(needs.feature)), "{}", plan.name);
            assert!(plan.excluded_by.is_none_or(known), "{}", plan.name);
        }
    }
}
