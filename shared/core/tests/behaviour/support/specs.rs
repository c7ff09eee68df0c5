//! Two example services that resemble GuardDuty and Inspector where the planner must tell them apart. No I/O.

use rollcall_core::{
    AutoEnable, Batches, Feature, FeatureSpec, Managed, Needs, OrganizationPolicySpec, Region, ServiceId, ServiceSpec,
    SettingSpec, SettingValues,
};

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

/// Reads the words of an effective policy: `+S3_DATA_EVENTS` turns a feature on, `-S3_DATA_EVENTS` off, `+` and `-` alone
/// say so of the account; `+EC2@eu-central-1` only in that region. Other words are not known.
fn read(content: &str, region: &Region) -> Managed {
    let mut managed = Managed::default();
    for word in content.split_whitespace() {
        let (said, only_in) = word.split_once('@').map_or((word, None), |(said, only_in)| (said, Some(only_in)));
        if only_in.is_some_and(|only_in| only_in != region.as_str()) {
            continue;
        }
        let (turns_on, name) = match (said.strip_prefix('+'), said.strip_prefix('-')) {
            (Some(name), _) => (true, name),
            (_, Some(name)) => (false, name),
            (None, None) => {
                managed.unrecognised.insert(said.to_owned());
                continue;
            }
        };
        if name.is_empty() {
            managed.enrols = Some(turns_on);
        } else {
            managed.features.insert(Feature::named(name), turns_on);
        }
    }
    managed
}

/// A setting with a few values.
pub(crate) const FREQUENCY: &str = "finding-publishing-frequency";
/// A setting with paths.
pub(crate) const PATHS: &str = "deep-inspection-paths";

/// Resembles GuardDuty.
pub(crate) static GUARD: ServiceSpec = ServiceSpec {
    id: ServiceId::new("guardduty"),
    signing_name: "guardduty",
    trusted_access: &["guardduty.amazonaws.com", "malware-protection.guardduty.amazonaws.com"],
    absent_from: &[],
    features_word: "plans",
    features: &[
        plan("S3_DATA_EVENTS"),
        plan("EKS_AUDIT_LOGS"),
        plan("LAMBDA_NETWORK_LOGS"),
        FeatureSpec { by_default: false, ..plan(LEGACY) },
        runtime("RUNTIME_MONITORING", None),
        runtime("RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT", Some(needs("RUNTIME_MONITORING", false))),
    ],
    settings: &[SettingSpec {
        key: FREQUENCY,
        values: SettingValues::OneOf(&["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"]),
        needs: None,
        meaning: "how often findings are published",
    }],
    organization_policy: OrganizationPolicySpec { policy_type: "GUARDDUTY_POLICY", stops_auto_enable: true, read },
    strongest_auto_enable: AutoEnable::All,
    members_auto_enable: true,
    monitoring_is_separate: true,
    management_enabled_first: true,
    batches: Batches { associate: 50, start_monitoring: 50, enable_features: 50, disable_features: 4, disassociate: 2 },
    iam_actions: &[],
};

/// Resembles Inspector.
pub(crate) static INSPECT: ServiceSpec = ServiceSpec {
    id: ServiceId::new("inspector"),
    signing_name: "inspector2",
    trusted_access: &["inspector2.amazonaws.com"],
    absent_from: &["ap-southeast-6"],
    features_word: "scans",
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
    settings: &[SettingSpec {
        key: PATHS,
        values: SettingValues::Paths { most: 5 },
        needs: Some("EC2_DEEP_INSPECTION"),
        meaning: "where deep inspection looks",
    }],
    organization_policy: OrganizationPolicySpec { policy_type: "INSPECTOR_POLICY", stops_auto_enable: false, read },
    strongest_auto_enable: AutoEnable::New,
    members_auto_enable: false,
    monitoring_is_separate: false,
    management_enabled_first: false,
    batches: Batches {
        associate: 1,
        start_monitoring: 100,
        enable_features: 100,
        disable_features: 3,
        disassociate: 1,
    },
    iam_actions: &[],
};
