//! AWS's own policies, `GUARDDUTY_POLICY` and `INSPECTOR_POLICY`: what they manage is left to them, and what they leave open
//! is done and told.

use organization_simulator::Options;
use rollcall_scenarios::stage::Stage;
use serde_json::{Value, json};

use crate::support::{
    covered, covered_but, document, gaps, governed, nothing_written, options, ordinary, policy, prepare, row, stage,
    sweep, with_switches, writes,
};

fn status(on: bool) -> Value {
    json!({"status": {"@@assign": if on { "enabled" } else { "disabled" }}})
}

/// A GuardDuty policy on the root that turns everything on, but for these.
fn guardduty_policy(stage: &Stage, off: &[&str]) {
    let plans =
        ["s3_data_events", "eks_audit_logs", "ebs_malware_protection", "rds_login_events", "lambda_network_logs"];
    let mut block = json!({"foundational": status(true)});
    for plan in plans {
        block[plan] = status(!off.contains(&plan));
    }
    attach(stage, "GUARDDUTY_POLICY", &json!({"guardduty": {"enablement": {"default": block}}}), &["root"]);
}

fn inspector_policy(stage: &Stage, targets: &[&str]) {
    let everywhere =
        json!({"enable_in_regions": {"@@assign": ["ALL_SUPPORTED"]}, "disable_in_regions": {"@@assign": []}});
    let content = json!({"inspector": {"enablement": {"ec2_scanning": everywhere}}});
    attach(stage, "INSPECTOR_POLICY", &content, targets);
}

fn attach(stage: &Stage, kind: &str, content: &Value, targets: &[&str]) {
    enable_type(stage, kind);
    let policy = json!({"kind": "policy", "policy-type": kind, "name": "ours", "content": content, "targets": targets});
    prepare(stage, &policy);
}

fn enable_type(stage: &Stage, kind: &str) {
    prepare(stage, &json!({"kind": "policy-type", "policy-type": kind}));
}

fn target<'a>(document: &'a Value, service: &str, region: &str) -> &'a Value {
    let mut targets = document["targets"].as_array().unwrap().iter();
    targets.find(|target| target["service"] == service && target["region"] == region).unwrap()
}

fn remarks(document: &Value) -> String {
    document["remarks"].to_string()
}

#[tokio::test]
async fn what_a_guardduty_policy_manages_is_left_to_it_and_counts_as_enrolled() {
    for acts in ["at-once", "later"] {
        let stage = stage(&with_switches(&[&format!("organization-policies={acts}")]));
        guardduty_policy(&stage, &[]);
        let linked = json!({"service": "guardduty", "accounts": [stage.management], "service-linked-role": true});
        prepare(&stage, &linked);
        // The first sweep gives the policy what it needs: trusted access and an administrator in each region.
        sweep(&stage).await;
        let swept = sweep(&stage).await;
        covered(&stage);
        assert_eq!(swept.outcomes(), ["converged"].into(), "{acts}: {}", swept.log.text);
        let members: Vec<_> = writes(&stage).into_iter().filter(|call| call.service == "guardduty").collect();
        assert!(members.iter().all(|call| call.operation != "UpdateOrganizationConfiguration"), "{acts}");
        assert!(members.iter().all(|call| call.operation != "UpdateMemberDetectors"), "{acts}");
        stage.aws.clear_calls();
        sweep(&stage).await;
        nothing_written(&stage);
        let asked = stage.aws.calls().into_iter().filter(|call| call.operation == "DescribeEffectivePolicy").count();
        assert_eq!(asked, 1, "once for all accounts with the same policies on their paths");
        assert_eq!(document(&stage)["withoutOrganizationPolicy"]["guardduty"], 0);
    }
}

#[tokio::test]
async fn without_the_service_linked_role_the_management_account_is_told_as_left_to_the_policy() {
    let stage = stage(&options());
    guardduty_policy(&stage, &[]);
    sweep(&stage).await;
    let swept = sweep(&stage).await;
    let management = stage.management.clone();
    covered_but(&stage, &[("guardduty", "", &management)]);
    assert_eq!(gaps(&stage, "guardduty", "eu-west-1"), ["left-to-organization-policy".to_owned()].into());
    swept.log.says(&["left-to-organization-policy", "service-linked role", &management]);
}

#[tokio::test]
async fn where_both_policies_disagree_both_sides_are_told_and_nothing_is_written() {
    let stage = governed(&options()).await;
    guardduty_policy(&stage, &["rds_login_events"]);
    policy(&stage, "max-reductions = 100\n[guardduty.plans]\nS3_DATA_EVENTS = \"off\"\n");
    sweep(&stage).await;
    stage.aws.clear_calls();
    sweep(&stage).await;
    nothing_written(&stage);
    covered_but(&stage, &[("guardduty", "", "")]);
    assert!(gaps(&stage, "guardduty", "eu-west-1").contains("organization-policy-conflict"));
    let document = document(&stage);
    let told = target(&document, "guardduty", "eu-west-1");
    let gap = told["gaps"].as_array().unwrap().iter().find(|gap| gap["reason"] == "organization-policy-conflict");
    let sentence = gap.unwrap()["sentence"].as_str().unwrap().to_owned();
    assert!(sentence.contains("RDS_LOGIN_EVENTS") && sentence.contains("Rollcall"), "{sentence}");
    let kept =
        told["excess"].as_array().unwrap().iter().find(|surplus| surplus["fate"] == "kept-by-organization-policy");
    assert_eq!(kept.unwrap()["what"], "S3_DATA_EVENTS", "{}", told["excess"]);
}

#[tokio::test]
async fn a_type_without_a_policy_stops_auto_enable_and_has_an_alarm_of_its_own() {
    let stage = governed(&options()).await;
    enable_type(&stage, "GUARDDUTY_POLICY");
    let swept = sweep(&stage).await;
    nothing_written(&stage);
    let document = document(&stage);
    assert_eq!(document["withoutOrganizationPolicy"]["guardduty"], 8);
    assert!(remarks(&document).contains("8 accounts have no effective policy"), "{}", remarks(&document));
    let told = remarks(target(&document, "guardduty", "eu-west-1"));
    assert!(told.contains("when the type is disabled, this comes back: members ALL"), "{told}");
    assert!(swept.log.text.contains("AccountsWithoutOrganizationPolicy"));
    let told = swept.report["notification"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(told.contains("AWS's own policies"), "{}", swept.report);
    // Nobody but Rollcall enrols a newcomer now, and it does.
    let (account, event) = crate::support::newcomer(&stage);
    crate::support::enroll(&stage, &[event], crate::support::RECEIVES).await.acknowledged();
    assert_eq!(row(&stage, "guardduty", "eu-west-1", &account)["features"]["S3_DATA_EVENTS"], "ENABLED");
    covered(&stage);
}

#[tokio::test]
async fn a_scan_type_that_an_inspector_policy_manages_is_left_and_the_rest_is_done() {
    let stage = stage(&Options { organizational_units: 2, ..options() });
    inspector_policy(&stage, &["unit-1"]);
    for _ in 0..3 {
        sweep(&stage).await;
    }
    covered(&stage);
    stage.aws.clear_calls();
    let swept = sweep(&stage).await;
    nothing_written(&stage);
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
    let account = ordinary(&stage).into_iter().find(|account| {
        row(&stage, "inspector2", "eu-west-1", account)["managed"].as_array().is_some_and(|managed| !managed.is_empty())
    });
    assert!(account.is_some(), "the simulated policy manages somebody");
    // What is managed and then turned off by us would be refused: it is told as kept.
    policy(&stage, "max-reductions = 100\n[inspector.scans]\nEC2 = \"off\"\nEC2_DEEP_INSPECTION = \"off\"\n");
    for _ in 0..3 {
        sweep(&stage).await;
    }
    let document = document(&stage);
    let excess = target(&document, "inspector", "eu-west-1")["excess"].to_string();
    assert!(excess.contains("kept-by-organization-policy"), "{excess}");
}

#[tokio::test]
async fn a_policy_that_does_not_get_on_is_told_and_not_waited_for() {
    let stage = stage(&with_switches(&["organization-policies=never"]));
    guardduty_policy(&stage, &[]);
    sweep(&stage).await;
    stage.aws.clear_calls();
    let swept = sweep(&stage).await;
    assert!(gaps(&stage, "guardduty", "eu-west-1").contains("left-to-organization-policy"));
    assert!(writes(&stage).iter().all(|call| call.service != "guardduty"), "{:?}", writes(&stage));
    let end = swept.end("guardduty", "eu-west-1");
    assert_eq!((end.outcome(), end.calls), ("blocked", 1), "{}", swept.log.text);
    swept.log.says(&["service-linked role"]);
}

#[tokio::test]
async fn a_read_role_that_may_not_see_policies_costs_no_more_than_a_remark() {
    let stage = stage(&options());
    let read = stage.environment["ROLLCALL_MANAGEMENT_READ_ROLE_ARN"].clone();
    let actions = [
        "organizations:ListAccounts",
        "organizations:ListAWSServiceAccessForOrganization",
        "organizations:ListDelegatedAdministrators",
        "account:ListRegions",
        "guardduty:ListOrganizationAdminAccounts",
        "inspector2:ListDelegatedAdminAccounts",
    ];
    prepare(&stage, &json!({"kind": "restrict", "principal": read, "actions": actions}));
    sweep(&stage).await;
    covered(&stage);
    assert!(remarks(&document(&stage)).contains("which policy types are enabled could not be read"));
}
