//! Plan mode changes nothing, and says what would be done.

use serde_json::json;

use crate::support::{enroll, governed, newcomer, nothing_written, options, reassert, stage};

#[tokio::test]
async fn the_sweep_says_planned_and_prints_the_plan() {
    let stage = stage(&options()).with("ROLLCALL_MODE", "plan");
    for service in ["guardduty", "inspector2"] {
        let (answer, log) = reassert(&stage, service, "eu-west-1").await;
        assert_eq!(answer["outcome"], "planned");
        assert_eq!(answer["mode"], "plan");
        assert!(answer["actions"]["planned"].as_u64().unwrap() > 3, "{answer}");
        assert_eq!(answer["actions"]["applied"], 0);
        log.says(&["plan: ", "eu-west-1", "enable trusted access", "predicted"]);
    }
    nothing_written(&stage);
    assert!(stage.aws.enrolment().is_empty());
}

#[tokio::test]
async fn plan_is_the_mode_where_none_is_set() {
    let mut stage = stage(&options());
    stage.environment.remove("ROLLCALL_MODE");
    let (answer, _) = reassert(&stage, "guardduty", "us-east-1").await;
    assert_eq!((&answer["mode"], &answer["outcome"]), (&json!("plan"), &json!("planned")));
    nothing_written(&stage);
}

#[tokio::test]
async fn a_message_is_acknowledged_with_the_plan_in_the_log() {
    let stage = governed(&options()).await.with("ROLLCALL_MODE", "plan");
    let (account, event) = newcomer(&stage);
    let delivered = enroll(&stage, &[event], 1).await;
    delivered.acknowledged();
    nothing_written(&stage);
    for (service, region) in [("guardduty", "us-east-1"), ("inspector", "eu-west-1")] {
        delivered.log.says(&["plan: ", service, region, &account]);
    }
}

#[tokio::test]
async fn where_nothing_is_left_to_do_the_plan_is_converged() {
    let stage = governed(&options()).await.with("ROLLCALL_MODE", "plan");
    let (answer, _) = reassert(&stage, "inspector2", "us-east-1").await;
    assert_eq!(answer["outcome"], "converged");
    nothing_written(&stage);
}
