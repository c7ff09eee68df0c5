//! Inspector as the planner knows it: scan types, limits, permissions. No I/O.

use rollcall_core::{
    AutoEnable, Batches, Feature, FeatureSpec, Needs, OrganizationPolicySpec, ServiceId, ServiceSpec, SettingSpec,
    SettingValues,
};

use crate::effective_policy;

pub(crate) const EC2: Feature = Feature::known("EC2");
pub(crate) const ECR: Feature = Feature::known("ECR");
pub(crate) const LAMBDA: Feature = Feature::known("LAMBDA");
pub(crate) const LAMBDA_CODE: Feature = Feature::known("LAMBDA_CODE");
pub(crate) const CODE_REPOSITORY: Feature = Feature::known("CODE_REPOSITORY");
pub(crate) const EC2_DEEP_INSPECTION: Feature = Feature::known("EC2_DEEP_INSPECTION");
/// Machine images: an auto-enable setting only, which `Enable` does not take (AWS's model); it is echoed.
pub(crate) const AMI: Feature = Feature::known("AMI");

/// How EC2 instances are scanned.
pub(crate) const EC2_SCAN_MODE: &str = "ec2-scan-mode";
/// How long container images are scanned again.
pub(crate) const ECR_RESCAN_DURATION: &str = "ecr-rescan-duration";
/// Where deep inspection looks beside the default paths.
pub(crate) const DEEP_INSPECTION_PATHS: &str = "deep-inspection-paths";

/// The most paths that the organization may have (AWS's model).
const MOST_PATHS: usize = 5;

/// How many accounts a call of several accounts takes (AWS's model).
pub(crate) const BATCH: usize = 100;

/// Where Lambda code scanning and code security exist (AWS documentation, November 2026).
const CODE_REGIONS: &[&str] = &[
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-north-1",
];

/// Amazon Inspector.
pub static SPEC: ServiceSpec = ServiceSpec {
    id: ServiceId::new("inspector"),
    signing_name: "inspector2",
    trusted_access: &["inspector2.amazonaws.com"],
    // AWS documentation, November 2026.
    absent_from: &["ap-southeast-6"],
    features_word: "scans",
    features: &[
        scan_type("EC2", None, None),
        scan_type("ECR", None, None),
        scan_type("LAMBDA", None, None),
        scan_type("LAMBDA_CODE", Some(Needs { feature: "LAMBDA", already_on: false }), Some(CODE_REGIONS)),
        FeatureSpec { by_default: false, ..scan_type("CODE_REPOSITORY", None, Some(CODE_REGIONS)) },
        FeatureSpec {
            name: "EC2_DEEP_INSPECTION",
            by_default: true,
            auto_enable: false,
            needs: Some(Needs { feature: "EC2", already_on: true }),
            excluded_by: None,
            call: "BatchUpdateMemberEc2DeepInspectionStatus",
            only_in: None,
        },
    ],
    settings: &[
        SettingSpec {
            key: EC2_SCAN_MODE,
            values: SettingValues::OneOf(&["EC2_SSM_AGENT_BASED", "EC2_HYBRID"]),
            needs: Some("EC2"),
            meaning: "whether EC2 instances without an SSM agent are scanned too, by their volumes",
        },
        SettingSpec {
            key: ECR_RESCAN_DURATION,
            values: SettingValues::OneOf(&[
                "DAYS_3", "DAYS_7", "DAYS_14", "DAYS_30", "DAYS_60", "DAYS_90", "DAYS_180", "LIFETIME",
            ]),
            needs: Some("ECR"),
            meaning: "how long after their push container images are scanned again",
        },
        SettingSpec {
            key: DEEP_INSPECTION_PATHS,
            values: SettingValues::Paths { most: MOST_PATHS },
            needs: Some("EC2_DEEP_INSPECTION"),
            meaning: "the organization's paths that deep inspection looks at beside the default ones",
        },
    ],
    organization_policy: OrganizationPolicySpec {
        policy_type: "INSPECTOR_POLICY",
        // Documented for what a policy manages only, not for the type as such: a doubt, since GuardDuty's type does.
        stops_auto_enable: false,
        read: effective_policy::read,
    },
    // Inspector's settings are on or off, and act on accounts that join.
    strongest_auto_enable: AutoEnable::New,
    members_auto_enable: false,
    monitoring_is_separate: false,
    management_enabled_first: false,
    batches: Batches {
        associate: 1,
        start_monitoring: BATCH,
        enable_features: BATCH,
        disable_features: BATCH,
        disassociate: 1,
    },
    iam_actions: &[
        "inspector2:AssociateMember",
        "inspector2:BatchGetAccountStatus",
        "inspector2:BatchGetMemberEc2DeepInspectionStatus",
        "inspector2:BatchUpdateMemberEc2DeepInspectionStatus",
        "inspector2:DescribeOrganizationConfiguration",
        "inspector2:Disable",
        "inspector2:DisassociateMember",
        "inspector2:Enable",
        "inspector2:EnableDelegatedAdminAccount",
        "inspector2:GetConfiguration",
        "inspector2:GetDelegatedAdminAccount",
        "inspector2:GetEc2DeepInspectionConfiguration",
        "inspector2:GetMember",
        "inspector2:ListDelegatedAdminAccounts",
        "inspector2:ListMembers",
        "inspector2:UpdateConfiguration",
        "inspector2:UpdateEc2DeepInspectionConfiguration",
        "inspector2:UpdateOrgEc2DeepInspectionConfiguration",
        "inspector2:UpdateOrganizationConfiguration",
    ],
};

const fn scan_type(name: &'static str, needs: Option<Needs>, only_in: Option<&'static [&'static str]>) -> FeatureSpec {
    FeatureSpec { name, by_default: true, auto_enable: true, needs, excluded_by: None, call: "Enable", only_in }
}

#[cfg(test)]
mod tests {
    use aws_sdk_inspector2::types::{Ec2ScanMode, EcrRescanDuration};

    use super::*;

    #[test]
    fn the_values_of_settings_are_those_of_the_model() {
        let values = |key| {
            let setting = SPEC.settings.iter().find(|setting| setting.key == key).unwrap();
            let SettingValues::OneOf(values) = setting.values else { panic!("no list") };
            let mut values = values.to_vec();
            values.sort_unstable();
            values
        };
        assert_eq!(values(EC2_SCAN_MODE), Ec2ScanMode::values());
        assert_eq!(values(ECR_RESCAN_DURATION), EcrRescanDuration::values());
    }

    #[test]
    fn actions_are_sorted_and_named_once() {
        assert!(SPEC.iam_actions.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn every_feature_that_the_adapter_names_is_in_the_spec() {
        for feature in [EC2, ECR, LAMBDA, LAMBDA_CODE, CODE_REPOSITORY, EC2_DEEP_INSPECTION] {
            assert!(SPEC.feature(&feature).is_some(), "{feature}");
        }
        assert!(SPEC.feature(&AMI).is_none(), "AMI cannot be enabled for an account");
    }
}
