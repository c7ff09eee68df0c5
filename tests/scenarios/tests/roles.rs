//! Who calls: each call comes from the account it should, and a role is assumed once for all regions.

use std::{collections::BTreeMap, time::Duration};

use organization_simulator::{Options, Record};
use rollcall_scenarios::{function::Function, queue::batch, stage::Stage};
use serde_json::json;

use crate::support::{
    RECEIVES, covered, enroll, newcomer, nothing_written, options, ordinary, prepare, reassert, stage, sweep,
};

/// The stack is in an account of its own; every access is a role.
fn elsewhere(options: &Options) -> Stage {
    let stage = stage(options);
    let home = ordinary(&stage)[0].clone();
    let role = format!("arn:aws:iam::{}:role/rollcall/administrator", stage.administrator);
    stage
        .with("AWS_ACCESS_KEY_ID", &home)
        .with("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ROLE_ARN", &role)
        .with("ROLLCALL_INSPECTOR_ADMINISTRATOR_ROLE_ARN", &role)
}

fn assumed(calls: &[Record]) -> BTreeMap<String, usize> {
    let mut assumed = BTreeMap::new();
    for call in calls.iter().filter(|call| call.operation == "AssumeRole") {
        let role = call.request["RoleArn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        *assumed.entry(role).or_default() += 1;
    }
    assumed
}

/// The role's name, or `none` for the stack's own account.
fn role(call: &Record) -> &str {
    call.principal.split(":assumed-role/").nth(1).map_or("none", |rest| rest.split('/').next().unwrap())
}

#[tokio::test]
async fn each_call_comes_from_the_account_and_role_that_it_should() {
    let stage = elsewhere(&options());
    sweep(&stage).await;
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    covered(&stage);
    for call in stage.aws.calls() {
        let (read, write) = (role(&call) == "management-read", role(&call) == "management-write");
        let by_management = call.account == stage.management;
        assert_eq!(by_management, read || write, "{call:?}");
        let ok = match (call.service.as_str(), call.operation.as_str()) {
            ("sts" | "ssm", _) => role(&call) == "none",
            ("organizations", "EnableAWSServiceAccess") => write,
            ("organizations", _) => read,
            ("account", _) => read || role(&call) == "administrator",
            (_, "EnableOrganizationAdminAccount" | "EnableDelegatedAdminAccount") => write,
            (_, "ListOrganizationAdminAccounts" | "ListDelegatedAdminAccounts") => read,
            // Of the management account's own detector.
            ("guardduty", "CreateDetector" | "UpdateDetector" | "ListDetectors" | "GetDetector") if by_management => {
                write
            }
            _ => role(&call) == "administrator" && call.account == stage.administrator,
        };
        assert!(ok, "{} {} as {}", call.service, call.operation, call.principal);
    }
}

#[tokio::test]
async fn a_role_is_assumed_once_for_all_regions_and_services() {
    let regions = ["us-east-1", "eu-west-1", "eu-central-1", "us-west-2", "ap-east-1"].map(str::to_owned).to_vec();
    let not_offered = vec!["inspector2:LAMBDA_CODE:ap-east-1".to_owned()];
    let stage = elsewhere(&Options { regions, feature_not_offered: not_offered, ..options() });
    sweep(&stage).await;
    covered(&stage);
    stage.aws.clear_calls();
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    covered(&stage);
    let expected = [("administrator".to_owned(), 1), ("management-read".to_owned(), 1)];
    assert_eq!(assumed(&stage.aws.calls()), expected.into(), "the write role is the sweep's");
    let calls = stage.aws.calls();
    let sts: Vec<_> = calls.iter().filter(|call| call.service == "sts").map(|call| call.region.as_str()).collect();
    assert_eq!(sts, ["us-east-1", "us-east-1"], "the endpoint of the stack's region is asked");
}

#[tokio::test]
async fn the_write_role_is_assumed_only_when_something_is_missing() {
    let stage = elsewhere(&options());
    sweep(&stage).await;
    assert!(assumed(&stage.aws.calls()).contains_key("management-write"));
    stage.aws.clear_calls();
    sweep(&stage).await;
    assert!(!assumed(&stage.aws.calls()).contains_key("management-write"));
}

#[tokio::test]
async fn a_role_that_is_not_there_is_named() {
    let stage = elsewhere(&options());
    let arn = stage.environment["ROLLCALL_MANAGEMENT_READ_ROLE_ARN"].clone();
    prepare(&stage, &json!({"kind": "role-absent", "arn": arn}));
    let (answer, log) = reassert(&stage, "guardduty", "us-east-1").await;
    assert_eq!(answer["outcome"], "failed");
    assert!(answer["error"].as_str().unwrap().contains("AssumeRole"), "{answer}");
    log.says(&["ERROR", "role/rollcall/management-read"]);
}

#[tokio::test]
async fn a_stack_in_the_management_account_needs_no_role_there() {
    let stage = stage(&options());
    let administrator = format!("arn:aws:iam::{}:role/rollcall/administrator", stage.administrator);
    let management = stage.management.clone();
    let mut stage = stage
        .with("AWS_ACCESS_KEY_ID", &management)
        .with("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ROLE_ARN", &administrator)
        .with("ROLLCALL_INSPECTOR_ADMINISTRATOR_ROLE_ARN", &administrator);
    stage.environment.remove("ROLLCALL_MANAGEMENT_READ_ROLE_ARN");
    stage.environment.remove("ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN");
    sweep(&stage).await;
    covered(&stage);
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    covered(&stage);
}

#[tokio::test]
async fn an_access_of_another_account_than_the_administrators_is_refused_and_changes_nothing() {
    let stage = stage(&options());
    let other = ordinary(&stage)[0].clone();
    let role = format!("arn:aws:iam::{other}:role/rollcall/administrator");
    let (_, event) = newcomer(&stage);
    // A role of another account, and a stack that runs in another account without a role.
    for (name, value) in [("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ROLE_ARN", role), ("AWS_ACCESS_KEY_ID", other.clone())] {
        let mut wrong = stage.environment.clone();
        wrong.insert(name.to_owned(), value);
        for (function, payload) in [
            ("reassert", json!({"service": "guardduty", "region": "us-east-1"})),
            ("enroll-account", batch(std::slice::from_ref(&event), &[0], 1)),
        ] {
            let function = Function::start(function, &wrong, Duration::from_mins(1)).await.unwrap();
            let (kind, message) = function.invoke(payload).await.unwrap().result.unwrap_err();
            assert_eq!(kind, "InvalidConfiguration");
            assert!(message.contains(&other) && message.contains(&stage.administrator), "{message}");
            assert!(message.contains("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ROLE_ARN"), "{message}");
        }
    }
    nothing_written(&stage);
}

#[tokio::test]
async fn an_organization_of_one_account_is_administered_by_its_management_account() {
    let mut stage = stage(&Options { accounts: 1, ..options() });
    assert_eq!(stage.administrator, stage.management);
    stage.environment.remove("ROLLCALL_MANAGEMENT_READ_ROLE_ARN");
    stage.environment.remove("ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN");
    sweep(&stage).await;
    covered(&stage);
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    covered(&stage);
}

#[tokio::test]
async fn a_message_is_not_let_go_while_a_service_was_not_looked_at() {
    let stage = stage(&options());
    let role = format!("arn:aws:iam::{}:role/rollcall/administrator", stage.administrator);
    let stage = stage.with("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ROLE_ARN", &role);
    prepare(&stage, &json!({"kind": "role-absent", "arn": role}));
    let (account, event) = newcomer(&stage);
    let delivered = enroll(&stage, &[event], 30).await;
    assert_eq!(delivered.delivery.left, [0], "it is for the dead-letter queue");
    delivered.log.says(&["guardduty", "ROLLCALL_GUARDDUTY_ADMINISTRATOR_ROLE_ARN", &account]);
}
