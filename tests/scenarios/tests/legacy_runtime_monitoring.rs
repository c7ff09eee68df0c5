//! Runtime monitoring in its legacy form, for EKS only, which AWS refuses beside the one that replaced it.

use rollcall_scenarios::stage::Stage;
use serde_json::json;

use crate::support::{
    document, gaps, nothing_written, only_added, options, ordinary, policy, prepare, row, stage, sweep, writes,
};

const WANTED: &str =
    "[guardduty.plans]\nRUNTIME_MONITORING = \"on\"\n\"RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT\" = \"on\"\n";

/// Accounts in which the legacy form is on, the administrator among them, and auto-enable turns it on.
fn with_legacy() -> (Stage, [String; 2]) {
    let stage = stage(&options());
    let accounts = [ordinary(&stage)[0].clone(), stage.administrator.clone()];
    let features =
        json!({"EKS_RUNTIME_MONITORING": "ENABLED", "EKS_RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT": "ENABLED"});
    prepare(&stage, &json!({"service": "guardduty", "accounts": accounts, "features": features}));
    let auto_enable = json!({"EKS_RUNTIME_MONITORING": "ALL"});
    prepare(&stage, &json!({"service": "guardduty", "administrator": stage.administrator, "auto-enable": auto_enable}));
    (stage, accounts)
}

/// The runtime monitoring that is on in each of these accounts.
fn forms(stage: &Stage, accounts: &[String]) -> Vec<&'static str> {
    let form = |account: &String| {
        let row = row(stage, "guardduty", "eu-west-1", account);
        match (&row["features"]["EKS_RUNTIME_MONITORING"], &row["features"]["RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"])
        {
            (legacy, new) if legacy == "ENABLED" && new == "DISABLED" => "legacy",
            (legacy, new) if legacy == "DISABLED" && new == "ENABLED" => "new",
            _ => "neither",
        }
    };
    accounts.iter().map(form).collect()
}

#[tokio::test]
async fn it_is_left_alone_and_told_with_what_to_do_where_the_new_one_is_wanted() {
    let (stage, accounts) = with_legacy();
    policy(&stage, WANTED);
    let before = stage.aws.enrolment();
    let swept = sweep(&stage).await;
    only_added(&stage, &before);
    assert_eq!(swept.end("guardduty", "eu-west-1").outcome(), "blocked", "{}", swept.log.text);
    assert_eq!(gaps(&stage, "guardduty", "eu-west-1"), ["legacy-runtime-monitoring".to_owned()].into());
    swept.log.says(&["legacy-runtime-monitoring", &accounts[0], "turn the legacy one off first", "max-reductions"]);
    assert_eq!(forms(&stage, &accounts), ["legacy", "legacy"]);
    let remarks = document(&stage)["targets"].to_string();
    assert!(remarks.contains("auto-enable is not set for RUNTIME_MONITORING"), "{remarks}");
    stage.aws.clear_calls();
    sweep(&stage).await;
    nothing_written(&stage);
}

#[tokio::test]
async fn it_is_replaced_by_the_second_sweep_where_the_policy_says_off() {
    let (stage, accounts) = with_legacy();
    policy(&stage, WANTED);
    sweep(&stage).await;
    policy(&stage, &format!("max-reductions = 50\n{WANTED}EKS_RUNTIME_MONITORING = \"off\"\n"));
    stage.aws.clear_calls();
    sweep(&stage).await;
    nothing_written(&stage);
    assert_eq!(forms(&stage, &accounts), ["legacy", "legacy"]);
    let swept = sweep(&stage).await;
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
    assert_eq!(forms(&stage, &accounts), ["new", "new"]);
    // Off first, then on: by the order of calls, none of which AWS refused.
    for operation in ["UpdateOrganizationConfiguration", "UpdateMemberDetectors", "UpdateDetector"] {
        let calls = writes(&stage).into_iter().filter(|call| call.operation == operation && call.region == "eu-west-1");
        let calls: Vec<_> = calls.inspect(|call| assert_eq!(call.status, 200, "{call:?}")).collect();
        let legacy_is = |status: &str, request: &serde_json::Value| {
            let mut features = request["features"].as_array().unwrap().iter();
            features.any(|feature| {
                feature["name"] == "EKS_RUNTIME_MONITORING"
                    && (feature["status"] == status || feature["autoEnable"] == status)
            })
        };
        let off = |status| calls.iter().position(|call| legacy_is(status, &call.request));
        let off = off("DISABLED").or_else(|| off("NONE")).unwrap();
        let on = calls.iter().position(|call| call.request.to_string().contains("\"RUNTIME_MONITORING\"")).unwrap();
        assert!(off < on, "{operation}: {calls:#?}");
    }
    stage.aws.clear_calls();
    sweep(&stage).await;
    nothing_written(&stage);
}
