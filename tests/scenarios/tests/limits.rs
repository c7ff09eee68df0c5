//! More members than AWS has room for, or than its automation serves: what fits is enrolled, the rest is told with what
//! to do, and no sweep tries for all of the rest again.

use organization_simulator::{Fault, FaultKind, Options};
use rollcall_scenarios::stage::Stage;
use serde_json::Value;

use crate::support::{
    RECEIVES, Swept, covered, covered_but, document, enroll, governed, newcomer, nothing_written, stage, sweep, truth,
    with_switches, writes,
};

const ROOM: usize = 4;

/// With so many accounts that far more are too many than there are calls at a time.
fn crowded(switch: &str) -> Options {
    Options { accounts: 36, ..with_switches(&[&format!("{switch}={ROOM}")]) }
}

fn target(stage: &Stage, service: &str) -> Value {
    let service = rollcall_runtime::find(service).unwrap().spec.id.as_str();
    let document = document(stage);
    let mut targets = document["targets"].as_array().unwrap().iter();
    targets.find(|target| target["service"] == service && target["region"] == "eu-west-1").unwrap().clone()
}

/// The service's region has as many members as there is room for, all enrolled, and the rest is told.
#[track_caller]
fn full(stage: &Stage, swept: &Swept, service: &str) {
    covered_but(stage, &[(service, "", "")]);
    let (enrolled, all) = truth(stage).by_target()[&("eu-west-1".to_owned(), service.to_owned())];
    assert_eq!(enrolled, ROOM + 1, "the members, and the administrator");
    assert_eq!(swept.end(service, "eu-west-1").outcome(), "blocked", "{}", swept.log.text);
    let target = target(stage, service);
    let gaps = target["gaps"].as_array().unwrap();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!((&gaps[0]["reason"], &gaps[0]["state"]), (&"limit-reached".into(), &"blocked".into()));
    assert_eq!(gaps[0]["accounts"].as_array().unwrap().len(), all - enrolled);
    assert!(gaps[0]["sentence"].as_str().unwrap().contains("ask AWS to raise it"), "{gaps:?}");
    let remarks = target["remarks"].to_string();
    assert!(
        remarks.contains("as many members as AWS allows") || remarks.contains("limit of member accounts"),
        "{remarks}"
    );
}

#[tokio::test]
async fn members_beyond_the_quota_are_told_and_few_calls_find_that_out() {
    for (switch, operation) in
        [("guardduty.member-limit", "CreateMembers"), ("inspector2.maximum-members", "AssociateMember")]
    {
        let service = switch.split('.').next().unwrap();
        let stage = stage(&crowded(switch));
        full(&stage, &sweep(&stage).await, service);
        for _ in 0..2 {
            stage.aws.clear_calls();
            full(&stage, &sweep(&stage).await, service);
            let tried: Vec<_> = writes(&stage).into_iter().map(|call| (call.operation, call.region)).collect();
            assert!(tried.iter().all(|(name, _)| name == operation), "{tried:?}");
            // As many as run at a time.
            assert!(tried.iter().filter(|(_, region)| region == "eu-west-1").count() <= 10, "{tried:?}");
        }
        // A newcomer's message does not come back for ever.
        let (_, event) = newcomer(&stage);
        enroll(&stage, &[event], RECEIVES).await.acknowledged().log.says(&["limit-reached", "ask AWS to raise it"]);
        // Room is made: the quota was raised.
        stage.aws.set(switch, "1000").unwrap();
        sweep(&stage).await;
        covered(&stage);
        stage.aws.clear_calls();
        sweep(&stage).await;
        nothing_written(&stage);
    }
}

#[tokio::test]
async fn where_aws_turns_auto_enable_off_for_too_many_members_rollcall_enrols_them_and_sets_it_once() {
    let stage = stage(&crowded("inspector2.auto-enable-limit"));
    let swept = sweep(&stage).await;
    covered(&stage);
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
    for _ in 0..2 {
        stage.aws.clear_calls();
        sweep(&stage).await;
        nothing_written(&stage);
        let (_, event) = newcomer(&stage);
        enroll(&stage, &[event], RECEIVES).await.acknowledged();
        covered(&stage);
    }
}

#[tokio::test]
async fn auto_enable_that_aws_refuses_above_its_limit_is_tried_once_a_sweep_and_keeps_nobody() {
    let stage = governed(&with_switches(&["inspector2.auto-enable-limit=8"])).await;
    let refused = Fault {
        kind: FaultKind::Error,
        service: Some("inspector2".to_owned()),
        operation: Some("UpdateOrganizationConfiguration".to_owned()),
        code: Some("ServiceQuotaExceededException".to_owned()),
        message: Some("Auto-enable is not available above 8 members".to_owned()),
        ..Fault::default()
    };
    stage.aws.add_fault(refused).unwrap();
    // Seven members so far: with the second one of these there are more than auto-enable is for.
    let (bodies, _): (Vec<_>, Vec<_>) = (0..3).map(|_| newcomer(&stage)).map(|(account, body)| (body, account)).unzip();
    enroll(&stage, &bodies, RECEIVES).await.acknowledged();
    covered(&stage);
    for _ in 0..2 {
        stage.aws.clear_calls();
        let swept = sweep(&stage).await;
        covered(&stage);
        assert_eq!(swept.end("inspector2", "eu-west-1").outcome(), "blocked", "{}", swept.log.text);
        swept.log.says(&["Auto-enable is not available above 8 members"]);
        let tried: Vec<_> = writes(&stage).into_iter().map(|call| call.operation).collect();
        assert_eq!(tried, ["UpdateOrganizationConfiguration"; 2], "one a region");
    }
}
