//! What is not known for certain of AWS's own policies and of reductions, one doubt at a time, each way it may be: it ends in
//! the right state or is told rightly, and after a few sweeps nothing is written any more.

use std::collections::BTreeSet;

use organization_simulator::Options;
use rollcall_scenarios::{stage::Stage, sweep::WAIT};
use serde_json::{Value, json};

use crate::{
    doubtful_facts::switches,
    support::{
        RECEIVES, covered, document, enroll, newcomer, options, ordinary, path, policy, prepare, row, stage, sweep,
        truth, writes,
    },
};

const REGION: &str = "us-east-1";

/// The doubts, with both ways they may be, as the stories below take them up.
const POLICY_ON: [(&str, [&str; 2]); 4] = [
    ("guardduty.policy-needs-administrator", ["false", "true"]),
    ("guardduty.policy-marks-foundational", ["true", "false"]),
    ("guardduty.managed-writes-ignored", ["false", "true"]),
    ("guardduty.managed-writes-refuse-all", ["false", "true"]),
];
const POLICY_OFF: [(&str, [&str; 2]); 1] = [("guardduty.policy-off", ["suspends", "deletes"])];
const POLICY_LEGACY: [(&str, [&str; 2]); 1] = [("guardduty.policy-ends-legacy-runtime-monitoring", ["false", "true"])];
const POLICY_HOLDS: [(&str, [&str; 2]); 1] = [("guardduty.policy-holds-members", ["true", "false"])];
const REDUCTIONS: [(&str, [&str; 2]); 2] = [
    ("guardduty.lowered-auto-enable-acts", ["false", "true"]),
    ("guardduty.agents-without-feature-refused", ["false", "true"]),
];
const INSPECTOR_POLICY: [(&str, [&str; 2]); 3] = [
    ("inspector2.policy-type-stops-auto-enable", ["false", "true"]),
    ("inspector2.policy-needs-administrator", ["true", "false"]),
    ("inspector2.policy-needs-service-linked-role", ["true", "false"]),
];
const CONFIGURATION: [(&str, [&str; 2]); 1] = [("inspector2.configuration-takes-time", ["false", "true"])];

/// A stage for each way that a doubt may be, with AWS's policies in effect at once and later, and its automation at work.
fn stages(doubts: &[(&str, [&str; 2])]) -> Vec<(String, Stage)> {
    let mut stages = Vec::new();
    for (switch, values) in doubts {
        for value in values {
            for acts in ["at-once", "later"] {
                let set = [
                    format!("{switch}={value}"),
                    format!("organization-policies={acts}"),
                    "guardduty.automation=later".to_owned(),
                    "inspector2.automation=later".to_owned(),
                ];
                let options = Options {
                    accounts: 6,
                    organizational_units: 2,
                    regions: vec![REGION.to_owned()],
                    set: set.to_vec(),
                    ..options()
                };
                stages.push((format!("{switch}={value}, policies {acts}"), stage(&options)));
            }
        }
    }
    stages
}

/// Sweeps until three in a row write nothing: the first after a change of the policy only lists what it takes away.
async fn come_to_rest(stage: &Stage, name: &str) {
    let mut quiet = 0;
    for _ in 0..9 {
        stage.aws.clear_calls();
        sweep(stage).await;
        stage.aws.advance(10 * WAIT);
        quiet = if writes(stage).is_empty() { quiet + 1 } else { 0 };
        if quiet == 3 {
            return;
        }
    }
    let written: Vec<_> = writes(stage)
        .into_iter()
        .map(|call| format!("{} {} → {}", call.operation, call.request, call.status))
        .collect();
    panic!("{name}: still written after nine sweeps: {written:#?}");
}

fn status(on: bool) -> Value {
    json!({"status": {"@@assign": if on { "enabled" } else { "disabled" }}})
}

/// Attaches one of AWS's own policies.
fn attach(stage: &Stage, kind: &str, content: &Value, target: &str) {
    prepare(stage, &json!({"kind": "policy-type", "policy-type": kind}));
    let policy =
        json!({"kind": "policy", "policy-type": kind, "name": "ours", "content": content, "targets": [target]});
    prepare(stage, &policy);
}

fn guardduty(stage: &Stage, block: &Value, target: &str) {
    attach(stage, "GUARDDUTY_POLICY", &json!({"guardduty": {"enablement": {"default": block}}}), target);
    let linked = json!({"service": "guardduty", "accounts": [stage.management], "service-linked-role": true});
    prepare(stage, &linked);
}

fn target(stage: &Stage, service: &str) -> Value {
    let document = document(stage);
    document["targets"].as_array().unwrap().iter().find(|target| target["service"] == service).unwrap().clone()
}

/// The accounts that the newest report names with this reason.
fn with_reason(stage: &Stage, service: &str, reason: &str) -> BTreeSet<String> {
    let target = target(stage, service);
    let gaps = target["gaps"].as_array().unwrap().iter().filter(|gap| gap["reason"] == reason);
    gaps.flat_map(|gap| gap["accounts"].as_array().unwrap()).map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// Whoever is not enrolled, by the truth, is in the newest report with this reason, and nobody else is in it.
#[track_caller]
fn told(stage: &Stage, name: &str, service: &str, reason: &str) -> BTreeSet<String> {
    let truth = truth(stage);
    let signing_name = rollcall_runtime::find(service).unwrap().spec.signing_name;
    let gaps: BTreeSet<String> =
        truth.gaps().filter(|(gap, _)| gap.service == signing_name).map(|(gap, _)| gap.account.clone()).collect();
    assert_eq!(with_reason(stage, service, reason), gaps, "{name}: {}", target(stage, service));
    assert_eq!(target(stage, service)["memberships"]["enrolled"], 6 - gaps.len(), "{name}: {}", target(stage, service));
    gaps
}

fn feature(stage: &Stage, account: &str, feature: &str) -> bool {
    row(stage, "guardduty", REGION, account)["features"][feature] == "ENABLED"
}

#[tokio::test]
async fn a_guardduty_policy_that_keeps_a_plan_off_in_a_unit_is_told_and_the_rest_is_enrolled() {
    for (name, stage) in stages(&POLICY_ON) {
        let block =
            json!({"foundational": status(true), "s3_data_events": status(true), "rds_login_events": status(false)});
        guardduty(&stage, &block, "unit-1");
        come_to_rest(&stage, &name).await;
        let told = told(&stage, &name, "guardduty", "organization-policy-conflict");
        assert!(!told.is_empty() && told.len() < 6, "{name}: {told:?}");
        for account in &told {
            assert!(feature(&stage, account, "S3_DATA_EVENTS") && feature(&stage, account, "EKS_AUDIT_LOGS"), "{name}");
            assert!(!feature(&stage, account, "RDS_LOGIN_EVENTS"), "{name}");
        }
    }
}

#[tokio::test]
async fn a_guardduty_policy_that_turns_guardduty_off_is_told_and_not_fought() {
    for (name, stage) in stages(&POLICY_OFF) {
        sweep(&stage).await;
        covered(&stage);
        guardduty(&stage, &json!({"foundational": status(false)}), "unit-1");
        come_to_rest(&stage, &name).await;
        let told = told(&stage, &name, "guardduty", "organization-policy-conflict");
        assert!(!told.is_empty() && told.len() < 6, "{name}: {told:?}");
    }
}

#[tokio::test]
async fn runtime_monitoring_that_a_guardduty_policy_turns_on_replaces_the_legacy_or_is_told() {
    for (name, stage) in stages(&POLICY_LEGACY) {
        let account = ordinary(&stage)[0].clone();
        let legacy = json!({"EKS_RUNTIME_MONITORING": "ENABLED"});
        prepare(&stage, &json!({"service": "guardduty", "accounts": [account], "features": legacy}));
        let block = json!({"foundational": status(true), "runtime_monitoring": status(true)});
        guardduty(&stage, &block, "root");
        policy(&stage, "[guardduty.plans]\nRUNTIME_MONITORING = \"on\"\n");
        come_to_rest(&stage, &name).await;
        let replaced = feature(&stage, &account, "RUNTIME_MONITORING");
        assert_ne!(replaced, feature(&stage, &account, "EKS_RUNTIME_MONITORING"), "{name}");
        let reasons = ["legacy-runtime-monitoring", "left-to-organization-policy"];
        let told = reasons.iter().any(|reason| with_reason(&stage, "guardduty", reason).contains(&account));
        assert_eq!(told, !replaced, "{name}: {}", target(&stage, "guardduty"));
    }
}

#[tokio::test]
async fn a_member_that_a_guardduty_policy_enrols_is_not_removed_and_told() {
    for (name, stage) in stages(&POLICY_HOLDS) {
        guardduty(&stage, &json!({"foundational": status(true)}), "root");
        let removed = "max-reductions = 50\n[guardduty]\nauto-enable = \"new\"\nmanagement-account = \"removed\"\n";
        policy(&stage, removed);
        come_to_rest(&stage, &name).await;
        let row = row(&stage, "guardduty", REGION, &stage.management);
        assert_eq!(row["relationship"], "Enabled", "{name}: {row}");
        let target = target(&stage, "guardduty");
        let mut excess = target["excess"].as_array().unwrap().iter();
        let kept = excess.any(|surplus| {
            surplus["what"] == "membership"
                && surplus["fate"] == "kept-by-organization-policy"
                && surplus["accounts"] == json!([stage.management])
        });
        assert!(kept, "{name}: {target}");
    }
}

#[tokio::test]
async fn what_is_reduced_stays_reduced_whatever_aws_still_does() {
    for (name, stage) in stages(&REDUCTIONS) {
        let account = ordinary(&stage)[0].clone();
        let unit = path(&stage, &account).await.pop().unwrap();
        let rule = |plans: &str| {
            format!(
                "max-reductions = 100\n[guardduty]\nauto-enable = \"new\"\n[[rule]]\nname = \"unit\"\nunits = [\"{unit}\"]\n\
                 [rule.guardduty.plans]\n{plans}"
            )
        };
        // AWS's settings are ALL, and are lowered; in a unit, agents come on with their plan, and go off with it.
        sweep(&stage).await;
        let (plan, agent) = ("RUNTIME_MONITORING", "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT");
        policy(&stage, &rule(&format!("S3_DATA_EVENTS = \"off\"\n{plan} = \"on\"\n\"{agent}\" = \"on\"\n")));
        come_to_rest(&stage, &name).await;
        assert!(!feature(&stage, &account, "S3_DATA_EVENTS"), "{name}");
        assert!(feature(&stage, &account, plan) && feature(&stage, &account, agent), "{name}");
        policy(&stage, &rule(&format!("S3_DATA_EVENTS = \"off\"\n{plan} = \"off\"\n\"{agent}\" = \"off\"\n")));
        come_to_rest(&stage, &name).await;
        for gone in ["S3_DATA_EVENTS", plan, agent] {
            assert!(!feature(&stage, &account, gone), "{name}: {gone}");
        }
        assert!(feature(&stage, &account, "EKS_AUDIT_LOGS"), "{name}");
        // For a day after lowering AWS may act once more, and exceptions are pending for so long.
        let target = target(&stage, "guardduty");
        let gaps = target["gaps"].as_array().unwrap();
        assert!(!gaps.is_empty() && gaps.iter().all(|gap| gap["reason"] == "settling"), "{name}: {gaps:?}");
    }
}

#[tokio::test]
async fn an_inspector_policy_and_rollcall_enrol_everybody_together() {
    for (name, stage) in stages(&INSPECTOR_POLICY) {
        let everywhere =
            json!({"enable_in_regions": {"@@assign": ["ALL_SUPPORTED"]}, "disable_in_regions": {"@@assign": []}});
        let scans = json!({"ec2_scanning": everywhere, "ecr_scanning": everywhere});
        attach(&stage, "INSPECTOR_POLICY", &json!({"inspector": {"enablement": scans}}), "root");
        come_to_rest(&stage, &name).await;
        covered(&stage);
        let (_, event) = newcomer(&stage);
        enroll(&stage, &[event], RECEIVES).await;
        come_to_rest(&stage, &name).await;
        covered(&stage);
        assert_eq!(target(&stage, "inspector")["gaps"], json!([]), "{name}");
    }
}

#[tokio::test]
async fn what_takes_its_time_to_be_configured_is_set_once() {
    for (name, stage) in stages(&CONFIGURATION) {
        sweep(&stage).await;
        policy(&stage, "[inspector]\nec2-scan-mode = \"EC2_HYBRID\"\necr-rescan-duration = \"DAYS_30\"\n");
        stage.aws.clear_calls();
        let swept = sweep(&stage).await;
        assert_eq!(swept.outcomes(), ["converged"].into(), "{name}: {}", swept.log.text);
        let made: Vec<_> = writes(&stage).into_iter().map(|call| call.operation).collect();
        assert_eq!(made, ["UpdateConfiguration"], "{name}");
        come_to_rest(&stage, &name).await;
        covered(&stage);
    }
}

#[test]
fn no_doubt_about_policies_is_forgotten() {
    let doubts = [
        POLICY_ON.as_slice(),
        &POLICY_OFF,
        &POLICY_LEGACY,
        &POLICY_HOLDS,
        &REDUCTIONS,
        &INSPECTOR_POLICY,
        &CONFIGURATION,
    ];
    let told: BTreeSet<&str> = doubts.concat().into_iter().map(|(switch, _)| switch).collect();
    let mut forgotten = switches(&stage(&options()));
    forgotten.retain(|name| [".policy-", ".managed-", ".lowered-"].iter().any(|part| name.contains(part)));
    forgotten.retain(|name| !told.contains(name.as_str()));
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
