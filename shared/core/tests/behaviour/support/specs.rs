//! Two example services that resemble GuardDuty and Inspector where the planner must tell them apart. No I/O.

use rollcall_core::{AutoEnable, Batches, FeatureSpec, Needs, ServiceId, ServiceSpec};

const PLAIN: FeatureSpec = FeatureSpec {
    name: "",
    by_default: true,
    auto_enable: true,
    needs: None,
    excluded_by: None,
    call: "update",
    only_in: None,
};

const LEGACY: &str = "EKS_RUNTIME_MONITORING";

const fn plan(name: &'static str) -> FeatureSpec {
    FeatureSpec { name, ..PLAIN }
}

const fn runtime(name: &'static str, needs: Option<Needs>) -> FeatureSpec {
    FeatureSpec { name, by_default: false, needs, excluded_by: Some(LEGACY), ..PLAIN }
}

const fn needs(feature: &'static str, already_on: bool) -> Needs {
    Needs { feature, already_on }
}

/// Resembles GuardDuty.
pub(crate) static GUARD: ServiceSpec = ServiceSpec {
    id: ServiceId::new("guardduty"),
    signing_name: "guardduty",
    trusted_access: &["guardduty.amazonaws.com", "malware-protection.guardduty.amazonaws.com"],
    absent_from: &[],
    features: &[
        plan("S3_DATA_EVENTS"),
        plan("EKS_AUDIT_LOGS"),
        plan("LAMBDA_NETWORK_LOGS"),
        FeatureSpec { by_default: false, ..plan(LEGACY) },
        runtime("RUNTIME_MONITORING", None),
        runtime("RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT", Some(needs("RUNTIME_MONITORING", false))),
    ],
    strongest_auto_enable: AutoEnable::All,
    members_auto_enable: true,
    monitoring_is_separate: true,
    management_enabled_first: true,
    batches: Batches { associate: 50, start_monitoring: 50, enable_features: 50 },
    iam_actions: &[],
};

/// Resembles Inspector.
pub(crate) static INSPECT: ServiceSpec = ServiceSpec {
    id: ServiceId::new("inspector"),
    signing_name: "inspector2",
    trusted_access: &["inspector2.amazonaws.com"],
    absent_from: &["ap-southeast-6"],
    features: &[
        plan("EC2"),
        plan("ECR"),
        plan("LAMBDA"),
        FeatureSpec {
            needs: Some(needs("LAMBDA", false)),
            only_in: Some(&["us-east-1", "eu-central-1"]),
            ..plan("LAMBDA_CODE")
        },
        FeatureSpec {
            needs: Some(needs("EC2", true)),
            auto_enable: false,
            call: "deep-inspection",
            ..plan("EC2_DEEP_INSPECTION")
        },
    ],
    strongest_auto_enable: AutoEnable::New,
    members_auto_enable: false,
    monitoring_is_separate: false,
    management_enabled_first: false,
    batches: Batches { associate: 1, start_monitoring: 100, enable_features: 100 },
    iam_actions: &[],
};
