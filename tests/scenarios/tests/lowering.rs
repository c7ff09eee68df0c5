//! Less than before: auto-enable is lowered and a plan turned off for a unit, while AWS still acts as it was told before.

use organization_simulator::Options;
use rollcall_scenarios::{stage::Stage, sweep::WAIT};
use serde_json::Value;

use crate::support::{
    Swept, document, governed, nothing_written, ordinary, path, policy, row, sweep, with_switches, writes,
};

const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

#[track_caller]
fn settled(swept: &Swept) {
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
}

fn guardduty(stage: &Stage) -> Value {
    let document = document(stage);
    let mut targets = document["targets"].as_array().unwrap().iter();
    targets.find(|target| target["service"] == "guardduty" && target["region"] == "eu-west-1").unwrap().clone()
}

/// In how many accounts the newest report says that S3 protection is on beyond the policy, and what comes of it.
fn excess(stage: &Stage) -> Vec<(String, usize)> {
    let target = guardduty(stage);
    let excess = target["excess"].as_array().unwrap().iter().filter(|surplus| surplus["what"] == "S3_DATA_EVENTS");
    let told =
        |surplus: &Value| (surplus["fate"].as_str().unwrap().to_owned(), surplus["accounts"].as_array().unwrap().len());
    excess.map(told).collect()
}

/// Where the plan is on among these accounts, in all regions.
fn on(stage: &Stage, accounts: &[String]) -> usize {
    let is_on = |region: &&str, account: &str| {
        row(stage, "guardduty", region, account)["features"]["S3_DATA_EVENTS"] == "ENABLED"
    };
    accounts.iter().map(|account| REGIONS.iter().filter(|region| is_on(region, account)).count()).sum()
}

#[tokio::test]
async fn a_plan_that_aws_turns_on_once_more_is_settling_and_turned_off_again() {
    // AWS acts ten minutes after its cause: within what AWS says, a day.
    let acts = [
        "guardduty.automation=later",
        "guardduty.automation-delay-ms=600000",
        "guardduty.lowered-auto-enable-acts=true",
    ];
    let mut stage = governed(&Options { organizational_units: 2, ..with_switches(&acts) }).await;
    let unit = path(&stage, &ordinary(&stage)[1]).await.pop().unwrap();
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for account in ordinary(&stage) {
        let within = path(&stage, &account).await.contains(&unit);
        if within { &mut inside } else { &mut outside }.push(account);
    }
    assert!(!inside.is_empty() && !outside.is_empty());
    policy(
        &stage,
        &format!(
            "max-reductions = 100\n[guardduty]\nauto-enable = \"new\"\n[[rule]]\nname = \"less\"\nunits = [\"{unit}\"]\n\
             [rule.guardduty.plans]\nS3_DATA_EVENTS = \"off\"\n"
        ),
    );
    stage.aws.clear_calls();
    // The first sweep lists.
    settled(&sweep(&stage).await);
    nothing_written(&stage);
    assert_eq!(excess(&stage), [("to-be-reduced".to_owned(), inside.len())]);
    assert_eq!(on(&stage, &inside), 2 * inside.len());
    // The second one lowers and turns off: what it took away stays away for the moment.
    settled(&sweep(&stage).await);
    assert_eq!(on(&stage, &inside), 0);
    assert_eq!(guardduty(&stage)["reductions"], 0, "nothing is left to be made");
    let gaps = guardduty(&stage)["gaps"].as_array().unwrap().clone();
    let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
    assert_eq!((&gap["reason"], gap["accounts"].as_array().unwrap().len()), (&"settling".into(), inside.len()));
    assert!(guardduty(&stage)["loweredAt"].is_string());
    assert_eq!(excess(&stage), []);
    // AWS acts once more as it was told before.
    for _ in 0..6 {
        stage.aws.advance(WAIT);
    }
    stage.environment.insert("ROLLCALL_MODE".to_owned(), "plan".to_owned());
    stage.aws.clear_calls();
    sweep(&stage).await;
    nothing_written(&stage);
    assert_eq!(on(&stage, &inside), 2 * inside.len());
    assert_eq!(excess(&stage), [("settling".to_owned(), inside.len())]);
    let planned = guardduty(&stage)["planned"].to_string();
    assert!(planned.contains("disable S3_DATA_EVENTS"), "{planned}");
    // The next one turns it off again, and that was all.
    stage.environment.insert("ROLLCALL_MODE".to_owned(), "apply".to_owned());
    settled(&sweep(&stage).await);
    assert_eq!(on(&stage, &inside), 0);
    let made: Vec<_> = writes(&stage).into_iter().map(|call| call.operation).collect();
    assert_eq!(made, ["UpdateMemberDetectors"; 2], "one a region");
    for _ in 0..6 {
        stage.aws.advance(WAIT);
    }
    stage.aws.clear_calls();
    settled(&sweep(&stage).await);
    nothing_written(&stage);
    assert_eq!((on(&stage, &inside), excess(&stage)), (0, Vec::new()));
    assert_eq!(on(&stage, &outside), 2 * outside.len());
}
