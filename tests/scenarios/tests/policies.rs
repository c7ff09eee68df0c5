//! What the policy says is done, and nothing else: exceptions, reductions with their breakers, pinned versions.

use organization_simulator::Options;
use rollcall_scenarios::stage::Stage;
use serde_json::{Value, json};

use crate::support::{
    RECEIVES, Swept, document, enroll, governed, move_to, moved, nothing_written, options, ordinary, organizations,
    path, policy, prepare, row, stage, sweep, writes,
};

const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

/// An organization with two units that was brought to the built-in default, and the units of its ordinary accounts.
async fn with_units() -> (Stage, Vec<(String, String)>) {
    let stage = stage(&Options { organizational_units: 2, ..options() });
    // Designation turns on what AWS has on by default, the legacy form of runtime monitoring among it.
    let off = json!({"AI_PROTECTION": "DISABLED", "EKS_RUNTIME_MONITORING": "DISABLED", "AI_ANALYST": "DISABLED"});
    prepare(&stage, &json!({"service": "guardduty", "accounts": [stage.administrator], "features": off}));
    settled(&sweep(&stage).await);
    let mut units = Vec::new();
    for account in ordinary(&stage) {
        let unit = path(&stage, &account).await.pop().unwrap();
        units.push((account, unit));
    }
    stage.aws.clear_calls();
    (stage, units)
}

fn feature(stage: &Stage, service: &str, region: &str, account: &str, feature: &str) -> String {
    row(stage, service, region, account)["features"][feature].as_str().unwrap_or("absent").to_owned()
}

/// The operations of all writes.
fn written(stage: &Stage) -> Vec<String> {
    writes(stage).into_iter().map(|call| call.operation).collect()
}

fn target<'a>(document: &'a Value, service: &str, region: &str) -> &'a Value {
    let mut targets = document["targets"].as_array().unwrap().iter();
    targets.find(|target| target["service"] == service && target["region"] == region).unwrap()
}

#[track_caller]
fn settled(swept: &Swept) {
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
}

#[tokio::test]
async fn a_plan_for_one_unit_is_turned_on_there_and_nowhere_else() {
    let (stage, units) = with_units().await;
    let chosen = units[0].1.clone();
    policy(
        &stage,
        &format!(
            "[[rule]]\nname = \"runtime\"\nunits = [\"{chosen}\"]\n[rule.guardduty.plans]\nRUNTIME_MONITORING = \"on\"\n\
             \"RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT\" = \"on\"\n"
        ),
    );
    settled(&sweep(&stage).await);
    for (account, _) in &units {
        let expected = if path(&stage, account).await.contains(&chosen) { "ENABLED" } else { "DISABLED" };
        for region in REGIONS {
            assert_eq!(feature(&stage, "guardduty", region, account, "RUNTIME_MONITORING"), expected, "{account}");
        }
    }
    stage.aws.clear_calls();
    settled(&sweep(&stage).await);
    nothing_written(&stage);
    assert_ne!(document(&stage)["policy"], "built-in");
}

#[tokio::test]
async fn an_account_that_moves_gets_more_at_once_and_less_only_from_the_sweep() {
    let (stage, units) = with_units().await;
    let (account, from) = units[0].clone();
    let to = units.iter().find(|(_, unit)| *unit != from).unwrap().1.clone();
    // The one unit may be within the other.
    let outer = path(&stage, &account).await;
    let (account, from, to) = if outer.contains(&to) { (account, from, to) } else { (account, to, from) };
    move_to(&stage, &account, &to).await;
    policy(
        &stage,
        &format!(
            "max-reductions = 10\n[guardduty.plans]\nRUNTIME_MONITORING = \"off\"\n\
             [[rule]]\nname = \"inner\"\nunits = [\"{from}\"]\n[rule.guardduty.plans]\nRUNTIME_MONITORING = \"on\"\n"
        ),
    );
    settled(&sweep(&stage).await);
    assert_eq!(feature(&stage, "guardduty", "eu-west-1", &account, "RUNTIME_MONITORING"), "DISABLED");
    move_to(&stage, &account, &from).await;
    enroll(&stage, &[moved(&account)], RECEIVES).await.acknowledged();
    for region in REGIONS {
        assert_eq!(feature(&stage, "guardduty", region, &account, "RUNTIME_MONITORING"), "ENABLED");
    }
    move_to(&stage, &account, &to).await;
    stage.aws.clear_calls();
    enroll(&stage, &[moved(&account)], RECEIVES).await.acknowledged();
    nothing_written(&stage);
    assert_eq!(feature(&stage, "guardduty", "eu-west-1", &account, "RUNTIME_MONITORING"), "ENABLED");
    // The first sweep lists it, the second one makes it.
    settled(&sweep(&stage).await);
    nothing_written(&stage);
    assert_eq!(target(&document(&stage), "guardduty", "eu-west-1")["reductions"], 1);
    settled(&sweep(&stage).await);
    for region in REGIONS {
        assert_eq!(feature(&stage, "guardduty", region, &account, "RUNTIME_MONITORING"), "DISABLED");
    }
    stage.aws.clear_calls();
    settled(&sweep(&stage).await);
    nothing_written(&stage);
}

#[tokio::test]
async fn the_management_account_is_removed_and_guardduty_stays_on_in_it() {
    let stage = governed(&options()).await;
    policy(&stage, "max-reductions = 50\n[guardduty]\nauto-enable = \"new\"\nmanagement-account = \"removed\"\n");
    stage.aws.clear_calls();
    settled(&sweep(&stage).await);
    nothing_written(&stage);
    let listed = document(&stage);
    let planned = target(&listed, "guardduty", "eu-west-1")["planned"].as_array().unwrap().clone();
    assert!(planned.iter().any(|change| change["action"] == "disassociate"), "{planned:?}");
    assert!(planned.iter().all(|change| change["reduces"] == true), "{planned:?}");
    // AWS refuses to let members go while it enables all by itself: that is lowered first.
    settled(&sweep(&stage).await);
    for region in REGIONS {
        let row = row(&stage, "guardduty", region, &stage.management);
        assert_eq!(row["relationship"], "Removed", "{row}");
        assert_eq!(row["features"]["S3_DATA_EVENTS"], "ENABLED", "{row}");
    }
    let lowered: Vec<String> = written(&stage);
    assert_eq!(lowered.iter().filter(|operation| *operation == "UpdateOrganizationConfiguration").count(), 2);
    assert_eq!(lowered.iter().filter(|operation| *operation == "DisassociateMembers").count(), 2);
    assert_eq!(lowered.len(), 4, "{lowered:?}");
    stage.aws.clear_calls();
    settled(&sweep(&stage).await);
    enroll(&stage, &[moved(&stage.management)], RECEIVES).await.acknowledged();
    nothing_written(&stage);
    let document = document(&stage);
    let gaps = target(&document, "guardduty", "eu-west-1")["gaps"].as_array().unwrap().clone();
    assert!(gaps.iter().any(|gap| gap["reason"] == "removed" && gap["state"] == "not-applicable"), "{gaps:?}");
}

#[tokio::test]
async fn more_reductions_than_allowed_are_none_and_additions_go_on() {
    let stage = governed(&options()).await;
    let off = "[guardduty.plans]\nS3_DATA_EVENTS = \"off\"\nAI_PROTECTION = \"on\"\n";
    policy(&stage, &format!("max-reductions = 3\n{off}"));
    settled(&sweep(&stage).await);
    let account = &ordinary(&stage)[0];
    assert_eq!(feature(&stage, "guardduty", "eu-west-1", account, "AI_PROTECTION"), "ENABLED");
    stage.aws.clear_calls();
    let swept = sweep(&stage).await;
    swept.log.says(&["breaker", "max-reductions"]);
    nothing_written(&stage);
    assert_eq!(document(&stage)["breakers"][0]["breaker"], "max-reductions");
    assert_eq!(feature(&stage, "guardduty", "eu-west-1", account, "S3_DATA_EVENTS"), "ENABLED");
    policy(&stage, &format!("max-reductions = 100\n{off}"));
    // Under another policy, a report lists the reductions first.
    sweep(&stage).await;
    nothing_written(&stage);
    settled(&sweep(&stage).await);
    for region in REGIONS {
        for account in ordinary(&stage).iter().chain([&stage.administrator, &stage.management]) {
            assert_eq!(feature(&stage, "guardduty", region, account, "S3_DATA_EVENTS"), "DISABLED");
            assert_eq!(feature(&stage, "guardduty", region, account, "EKS_AUDIT_LOGS"), "ENABLED");
        }
    }
    stage.aws.clear_calls();
    settled(&sweep(&stage).await);
    nothing_written(&stage);
}

#[tokio::test]
async fn a_sweep_that_would_enrol_more_than_allowed_turns_nothing_on() {
    let stage = stage(&options());
    policy(&stage, "max-enrolments = 5\n");
    let swept = sweep(&stage).await;
    swept.log.says(&["breaker", "max-enrolments"]);
    nothing_written(&stage);
    assert_eq!(swept.outcomes(), ["planned"].into());
    let document = document(&stage);
    assert_eq!(document["breakers"][0]["breaker"], "max-enrolments");
    assert!(!target(&document, "guardduty", "eu-west-1")["planned"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn an_invalid_policy_changes_nothing_and_keeps_the_last_report() {
    let stage = governed(&options()).await;
    let before = document(&stage);
    let account = ordinary(&stage)[0].clone();
    prepare(
        &stage,
        &json!({"service": "guardduty", "accounts": [account], "features": {"S3_DATA_EVENTS": "DISABLED"}}),
    );
    policy(&stage, "[guarduty]\n[inspector.scans]\nEC3 = \"on\"\n");
    let survey = stage.function("survey").await.unwrap();
    let input = json!({"run": "invalid", "startedAt": "2026-11-22T08:00:00Z", "input": {}});
    let (kind, message) = survey.invoke(input).await.unwrap().result.unwrap_err();
    assert_eq!(kind, "InvalidPolicy");
    for said in ["guardduty", "EC3", "rollcall policy check"] {
        assert!(message.contains(said), "{message}");
    }
    assert!(survey.output().contains("InvalidPolicies"), "the alarm's figure");
    let function = stage.function("enroll-account").await.unwrap();
    let records = json!({"Records": [{"messageId": "1", "body": moved(&account), "attributes": {}}]});
    let (kind, _) = function.invoke(records).await.unwrap().result.unwrap_err();
    assert_eq!(kind, "InvalidPolicy", "the message comes back");
    nothing_written(&stage);
    assert_eq!(document(&stage), before);
    policy(&stage, "[guardduty]\n");
    settled(&sweep(&stage).await);
    assert_eq!(feature(&stage, "guardduty", "us-east-1", &account, "S3_DATA_EVENTS"), "ENABLED");
}

#[tokio::test]
async fn a_run_keeps_to_the_policy_that_it_has_read() {
    let stage = stage(&options());
    let survey = stage.function("survey").await.unwrap();
    let run = json!({"run": "pinned", "startedAt": "2026-11-22T08:00:00Z", "input": {}});
    let surveyed = survey.invoke(run).await.unwrap().result.unwrap();
    policy(&stage, "[guardduty.plans]\nAI_PROTECTION = \"on\"\n");
    let reassert = stage.function("reassert").await.unwrap();
    let call = json!({"service": "guardduty", "region": "eu-west-1", "run": surveyed["run"]});
    reassert.invoke(call).await.unwrap().result.unwrap();
    let asks = |call: &str| call.contains("AI_PROTECTION") && !call.contains("DISABLED");
    assert!(writes(&stage).iter().all(|call| !asks(&call.request.to_string())), "{:?}", written(&stage));
    assert_eq!(stage.bucket.read("runs/pinned/targets/guardduty/eu-west-1.json").unwrap()["policy"], "built-in");
    // An event reads what is there now.
    policy(&stage, "[guardduty]\nenabled = false\n[inspector]\nregions = [\"us-east-1\"]\n");
    let account = ordinary(&stage)[0].clone();
    stage.aws.clear_calls();
    enroll(&stage, &[moved(&account)], 1).await;
    assert!(stage.aws.calls().iter().all(|call| call.service != "guardduty" || call.operation.starts_with("List")));
    assert!(stage.aws.calls().iter().all(|call| call.service != "inspector2" || call.region == "us-east-1"));
}

#[tokio::test]
async fn what_the_policy_leaves_out_is_left_alone_and_reported() {
    let stage = governed(&options()).await;
    let exempt = ordinary(&stage)[0].clone();
    prepare(&stage, &json!({"service": "guardduty", "accounts": [exempt], "features": {"S3_DATA_EVENTS": "DISABLED"}}));
    policy(
        &stage,
        &format!(
            "[guardduty]\nauto-enable = \"new\"\n[inspector]\nregions = {{ all-but = [\"us-east-1\"] }}\n\
             [[rule]]\nname = \"theirs\"\naccounts = [\"{exempt}\"]\nguardduty = {{ membership = \"unmanaged\" }}\n"
        ),
    );
    let swept = sweep(&stage).await;
    settled(&swept);
    assert_eq!(feature(&stage, "guardduty", "us-east-1", &exempt, "S3_DATA_EVENTS"), "DISABLED");
    let document = document(&stage);
    let guardduty = target(&document, "guardduty", "us-east-1");
    let gap = guardduty["gaps"].as_array().unwrap().iter().find(|gap| gap["reason"] == "exempt").unwrap().clone();
    assert!(gap["sentence"].as_str().unwrap().contains("theirs"), "{gap}");
    let excess = guardduty["excess"].as_array().unwrap();
    assert!(
        excess.iter().any(|surplus| surplus["what"] == "membership" && surplus["fate"] == "left-alone"),
        "{excess:?}"
    );
    assert!(swept.ends.iter().all(|end| end.service != "inspector" || end.region == "eu-west-1"));
    let mut excluded = document["excluded"].as_array().unwrap().iter();
    assert!(excluded.any(|excluded| excluded["region"] == "us-east-1" && excluded["reason"] == "not-in-policy"));
}

#[tokio::test]
async fn what_is_kept_per_organization_is_set_once() {
    let stage = governed(&options()).await;
    policy(
        &stage,
        "[guardduty]\nfinding-publishing-frequency = \"FIFTEEN_MINUTES\"\n\
         [inspector]\nec2-scan-mode = \"EC2_HYBRID\"\necr-rescan-duration = \"DAYS_30\"\n\
         deep-inspection-paths = [\"/opt/app\", \"/srv\"]\n",
    );
    settled(&sweep(&stage).await);
    let operations: Vec<String> = written(&stage);
    for operation in ["UpdateDetector", "UpdateConfiguration", "UpdateOrgEc2DeepInspectionConfiguration"] {
        assert_eq!(operations.iter().filter(|made| *made == operation).count(), 2, "{operation}: {operations:?}");
    }
    stage.aws.clear_calls();
    settled(&sweep(&stage).await);
    nothing_written(&stage);
}

#[tokio::test]
async fn tags_decide_once_they_are_read() {
    let stage = governed(&options()).await;
    let accounts = ordinary(&stage);
    prepare(&stage, &json!({"kind": "tags", "account": accounts[0], "tags": {"runtime": "yes", "team": "blue"}}));
    prepare(&stage, &json!({"kind": "tags", "account": accounts[1], "tags": {"runtime": "no"}}));
    policy(
        &stage,
        "[[rule]]\nname = \"tagged\"\ntags = { runtime = \"yes\" }\n[rule.guardduty.plans]\nRUNTIME_MONITORING = \"on\"\n",
    );
    settled(&sweep(&stage).await);
    assert_eq!(feature(&stage, "guardduty", "eu-west-1", &accounts[0], "RUNTIME_MONITORING"), "ENABLED");
    assert_eq!(feature(&stage, "guardduty", "eu-west-1", &accounts[1], "RUNTIME_MONITORING"), "DISABLED");
    // An event reads the account's own.
    prepare(&stage, &json!({"kind": "tags", "account": accounts[1], "tags": {"runtime": "yes"}}));
    enroll(&stage, &[moved(&accounts[1])], RECEIVES).await.acknowledged();
    assert_eq!(feature(&stage, "guardduty", "eu-west-1", &accounts[1], "RUNTIME_MONITORING"), "ENABLED");
    let kept = stage.bucket.read("cache/account-tags.json").unwrap();
    assert!(!kept.to_string().contains("blue"), "only what rules ask for is kept");
    let _ = organizations(&stage, "ListRoots", json!({})).await;
}
