//! Plans, scans and settings that this version does not know, and those that AWS turned on by default: they are
//! reported by their names and left as they are, whatever else is done.

use rollcall_scenarios::{stage::Stage, sweep::WAIT};
use serde_json::{Value, json};

use crate::support::{
    Swept, covered, document, governed, nothing_written, only_added, options, ordinary, policy, prepare, row, stage,
    sweep, writes,
};

#[track_caller]
fn settled(swept: &Swept) {
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
}

/// A service's part of the newest report.
#[track_caller]
fn target(stage: &Stage, service: &str) -> Value {
    let document = document(stage);
    let mut targets = document["targets"].as_array().unwrap().iter();
    targets.find(|target| target["service"] == service && target["region"] == "eu-west-1").unwrap().clone()
}

/// What comes of something that is on beyond the policy in an account, as the newest report says.
#[track_caller]
fn fate(stage: &Stage, service: &str, what: &str, account: &str) -> String {
    let target = target(stage, service);
    let has = |surplus: &&Value| surplus["accounts"].as_array().unwrap().iter().any(|id| id == account);
    let mut excess = target["excess"].as_array().unwrap().iter().filter(has);
    let found =
        excess.find(|surplus| surplus["what"] == what).map(|surplus| surplus["fate"].as_str().unwrap().to_owned());
    found.unwrap_or_else(|| panic!("{what} of {account} is not in {}", target["excess"]))
}

/// What AWS answered last to an operation.
#[track_caller]
fn answered(stage: &Stage, service: &str, operation: &str) -> Value {
    let mut calls = stage.aws.calls().into_iter().filter(|call| call.service == service && call.region == "eu-west-1");
    let found = calls.by_ref().filter(|call| call.operation == operation).last();
    found.unwrap().response
}

#[tokio::test]
async fn a_plan_that_this_version_does_not_know_is_named_with_its_state_and_never_touched() {
    let stage = governed(&options()).await;
    let account = ordinary(&stage)[0].clone();
    for account in [&account, &stage.administrator] {
        let features = json!({"QUANTUM": "ENABLED", "ASTRAL": "DISABLED"});
        let unknown = json!({"service": "guardduty", "accounts": [account], "unknown-features": features,
                             "unknown-auto-enable": {"QUANTUM": "ALL"}});
        prepare(&stage, &unknown);
    }
    let swept = sweep(&stage).await;
    settled(&swept);
    nothing_written(&stage);
    covered(&stage);
    for account in [&account, &stage.administrator] {
        assert_eq!(fate(&stage, "guardduty", "QUANTUM", account), "left-alone");
    }
    let remarks = target(&stage, "guardduty")["remarks"].to_string();
    for said in ["feature QUANTUM,", "feature ASTRAL,", "auto-enable setting ALL of QUANTUM,"] {
        assert!(remarks.contains(said), "{said}: {remarks}");
    }
    // Neither more of other plans nor less of them touches it: the policy can only name what is known.
    policy(
        &stage,
        "max-reductions = 100\n[guardduty]\nauto-enable = \"new\"\n[guardduty.plans]\nAI_PROTECTION = \"on\"\nS3_DATA_EVENTS = \"off\"\n",
    );
    for _ in 0..2 {
        settled(&sweep(&stage).await);
    }
    assert_eq!(row(&stage, "guardduty", "eu-west-1", &account)["features"]["S3_DATA_EVENTS"], "DISABLED");
    for account in [&account, &stage.administrator] {
        let row = row(&stage, "guardduty", "eu-west-1", account);
        assert_eq!(row["features"]["QUANTUM"], "ENABLED", "{row}");
        assert_eq!(row["features"]["ASTRAL"], "DISABLED", "{row}");
    }
    assert!(writes(&stage).iter().all(|call| !call.request.to_string().contains("QUANTUM")));
    let configuration = answered(&stage, "guardduty", "DescribeOrganizationConfiguration");
    let mut features = configuration["features"].as_array().unwrap().iter();
    assert!(features.any(|feature| *feature == json!({"name": "QUANTUM", "autoEnable": "ALL"})), "{configuration}");
}

#[tokio::test]
async fn a_scan_type_that_this_version_does_not_know_keeps_nobody_from_the_others_and_is_never_touched() {
    let stage = stage(&options());
    let accounts = [ordinary(&stage)[0].clone(), stage.administrator.clone()];
    let unknown = json!({"service": "inspector2", "accounts": accounts, "unknown-scans": {"quantum": "ENABLED"},
                         "unknown-auto-enable": {"quantum": true}});
    prepare(&stage, &unknown);
    settled(&sweep(&stage).await);
    covered(&stage);
    policy(&stage, "max-reductions = 100\n[inspector.scans]\nCODE_REPOSITORY = \"on\"\nECR = \"off\"\n");
    for _ in 0..2 {
        settled(&sweep(&stage).await);
    }
    stage.aws.advance(WAIT);
    assert_eq!(row(&stage, "inspector2", "eu-west-1", &accounts[0])["features"]["ECR"], "DISABLED");
    assert!(writes(&stage).iter().all(|call| !call.request.to_string().to_lowercase().contains("quantum")));
    stage.aws.clear_calls();
    settled(&sweep(&stage).await);
    nothing_written(&stage);
    let status = answered(&stage, "inspector2", "BatchGetAccountStatus");
    assert!(
        status.to_string().contains(r#""quantum":"ENABLED""#) || status.to_string().contains(r#""quantum":{"#),
        "{status}"
    );
    assert_eq!(answered(&stage, "inspector2", "DescribeOrganizationConfiguration")["autoEnable"]["quantum"], true);
}

#[tokio::test]
async fn what_aws_turned_on_by_default_is_left_on_and_reported() {
    let stage = governed(&options()).await;
    let account = ordinary(&stage)[0].clone();
    // Designation has turned on in the administrator what AWS has on by default; a new plan comes on in others.
    prepare(&stage, &json!({"service": "guardduty", "accounts": [account], "features": {"AI_PROTECTION": "ENABLED"}}));
    prepare(&stage, &json!({"service": "inspector2", "accounts": [account], "scans": {"CODE_REPOSITORY": "ENABLED"}}));
    let before = stage.aws.enrolment();
    settled(&sweep(&stage).await);
    nothing_written(&stage);
    assert_eq!(stage.aws.enrolment(), before);
    for account in [&account, &stage.administrator] {
        assert_eq!(fate(&stage, "guardduty", "AI_PROTECTION", account), "left-alone");
        assert_eq!(fate(&stage, "inspector", "CODE_REPOSITORY", account), "left-alone");
    }
    only_added(&stage, &before);
}
