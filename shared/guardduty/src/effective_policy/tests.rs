//! Contents of GuardDuty policies, and what they manage. No I/O.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::SPEC;

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

fn managed(content: &Value, at: &str) -> Managed {
    read(&content.to_string(), &region(at))
}

fn enablement(blocks: &Value) -> Value {
    json!({"guardduty": {"enablement": blocks}})
}

fn features<const N: usize>(features: [(&'static str, bool); N]) -> BTreeMap<Feature, bool> {
    features.into_iter().map(|(name, on)| (Feature::known(name), on)).collect()
}

fn on() -> Value {
    json!({"status": "enabled"})
}

#[test]
fn every_key_is_of_a_feature_that_is_known() {
    for (_, name) in PLANS.iter().chain(&AGENTS) {
        assert!(SPEC.feature(&Feature::known(name)).is_some(), "{name}");
    }
}

#[test]
fn a_region_without_a_block_of_its_own_has_the_default() {
    let content = enablement(&json!({"default": {
        "foundational": on(),
        "s3_data_events": on(),
        "eks_audit_logs": {"status": "disabled"},
        "runtime_monitoring": {
            "status": "enabled",
            "additional_configuration": {"ec2_agent_management": on(), "eks_addon_management": {"status": "disabled"}},
        },
    }}));
    let found = managed(&content, "eu-west-1");
    let expected = features([
        ("S3_DATA_EVENTS", true),
        ("EKS_AUDIT_LOGS", false),
        ("RUNTIME_MONITORING", true),
        ("RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT", true),
        ("RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT", false),
    ]);
    assert_eq!(found, Managed { enrols: Some(true), features: expected, ..Managed::default() });
}

#[test]
fn a_regions_own_block_replaces_the_default_whole() {
    let content = enablement(&json!({
        "default": {"foundational": on(), "s3_data_events": on()},
        "us-east-1": {"foundational": {"status": "disabled"}, "ai_protection": {"status": "disabled"}},
        "eu-west-1": {},
    }));
    let found = managed(&content, "us-east-1");
    assert_eq!((found.enrols, found.features), (Some(false), features([("AI_PROTECTION", false)])));
    assert_eq!(managed(&content, "eu-west-1"), Managed::default());
    assert_eq!(managed(&content, "eu-west-3").features, features([("S3_DATA_EVENTS", true)]));
}

#[test]
fn without_a_default_other_regions_are_not_managed() {
    let content = enablement(&json!({"us-east-1": {"foundational": on()}}));
    assert!(managed(&content, "eu-west-1").is_empty());
    assert_eq!(managed(&content, "us-east-1").enrols, Some(true));
}

#[test]
fn what_inheritance_leaves_is_read_through() {
    let assigned = |value: Value| json!({"status": {"@@assign": value}});
    let content = enablement(&json!({
        "@@operators_allowed_for_child_policies": ["@@none"],
        "default": {
            "foundational": assigned(json!("enabled")),
            "s3_data_events": {"status": {"@@assign": "disabled", "@@operators_allowed_for_child_policies": ["@@none"]}},
            "runtime_monitoring": {"additional_configuration": {"ec2_agent_management": assigned(json!("enabled"))}},
        },
    }));
    let found = managed(&content, "eu-west-1");
    let expected = features([("S3_DATA_EVENTS", false), ("RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT", true)]);
    assert_eq!(found, Managed { enrols: Some(true), features: expected, ..Managed::default() });
}

#[test]
fn a_status_may_be_a_boolean_or_stand_alone() {
    let content = enablement(&json!({"default": {
        "foundational": true,
        "s3_data_events": {"status": false},
        "eks_audit_logs": "ENABLED",
        "rds_login_events": {"@@assign": "disabled"},
    }}));
    let found = managed(&content, "eu-west-1");
    let expected = features([("S3_DATA_EVENTS", false), ("EKS_AUDIT_LOGS", true), ("RDS_LOGIN_EVENTS", false)]);
    assert_eq!(found, Managed { enrols: Some(true), features: expected, ..Managed::default() });
}

#[test]
fn what_is_not_known_is_told_and_the_rest_is_read() {
    let content = json!({
        "guardduty": {"enablement": {
            "default": {
                "foundational": on(),
                "quantum_events": on(),
                "s3_data_events": {"status": "sometimes"},
                "eks_audit_logs": {"status": "enabled", "additional_configuration": {}},
                "runtime_monitoring": {"status": "enabled", "additional_configuration": {"moon_agent": on()}},
                "rds_login_events": {},
            },
            "everywhere": {},
        }},
        "inspector": {},
    });
    let found = managed(&content, "eu-west-1");
    assert_eq!(found.enrols, Some(true));
    assert_eq!(found.features, features([("EKS_AUDIT_LOGS", true), ("RUNTIME_MONITORING", true)]));
    let told: Vec<&str> = found.unrecognised.iter().map(|text| text.split(" in a policy").next().unwrap()).collect();
    assert_eq!(
        told,
        [
            "eks_audit_logs.additional_configuration",
            "everywhere",
            "inspector",
            "moon_agent",
            "quantum_events",
            "the status of rds_login_events",
            "the status of s3_data_events",
        ]
    );
}

#[test]
fn a_policy_in_effect_that_says_nothing_manages_nothing() {
    for content in [json!({}), json!({"guardduty": {}}), enablement(&json!({}))] {
        assert_eq!(managed(&content, "eu-west-1"), Managed::default(), "{content}");
    }
}

#[test]
fn junk_is_told_and_manages_nothing() {
    let deep = "[".repeat(100_000);
    for content in ["", "{", "null", "[]", "7", "\"guardduty\"", "{\"guardduty\": 7}", "\u{0}", deep.as_str()] {
        let found = read(content, &region("eu-west-1"));
        assert!(found.is_empty() && !found.unrecognised.is_empty(), "{content:.20}");
    }
    for block in [json!(7), json!({"foundational": 7}), json!({"foundational": [{}]})] {
        let found = managed(&enablement(&json!({"default": block})), "eu-west-1");
        assert!(found.is_empty() && !found.unrecognised.is_empty(), "{block}");
    }
}
