//! AWS's rates, and many accounts on many small pages.

use std::time::Duration;

use organization_simulator::Options;
use rollcall_scenarios::{queue::batch, sweep::WAIT};
use serde_json::Value;

use crate::support::{RECEIVES, covered, enroll, governed, newcomer, options, stage, sweep, writes};

#[tokio::test]
async fn with_the_documented_rates_everything_converges() {
    let stage = stage(&Options { accounts: 30, ..options() }).with("ROLLCALL_INITIAL_BACKOFF_MS", "200");
    stage.aws.set("rates", r#"{"guardduty": [5, 5], "inspector2": [5, 5]}"#).unwrap();
    sweep(&stage).await;
    covered(&stage);
    let bodies: Vec<String> = (0..8).map(|_| newcomer(&stage).1).collect();
    enroll(&stage, &bodies, RECEIVES).await.acknowledged();
    covered(&stage);
    let throttled = stage.aws.calls().iter().filter(|call| call.error.as_deref().is_some_and(is_throttle)).count();
    assert!(throttled > 0, "the rates were not felt");
}

fn is_throttle(code: &str) -> bool {
    code.contains("TooManyRequests") || code.contains("Throttl")
}

#[tokio::test]
async fn a_batch_that_is_too_large_for_its_time_makes_progress_with_each_receive() {
    let stage =
        governed(&options()).await.with("ROLLCALL_INITIAL_BACKOFF_MS", "200").with("ROLLCALL_STOP_BEFORE_MS", "500");
    let bodies: Vec<String> = (0..200).map(|_| newcomer(&stage).1).collect();
    let (mut left, mut receives) = ((0..bodies.len()).collect::<Vec<usize>>(), 0);
    while !left.is_empty() {
        receives += 1;
        assert!(receives < 20, "{} messages are left", left.len());
        let function = stage.hurried("enroll-account", Duration::from_secs(6)).await.unwrap();
        let answer = function.invoke(batch(&bodies, &left, receives)).await.unwrap().result.unwrap();
        let failures = answer["batchItemFailures"].as_array().unwrap();
        left = failures.iter().map(|item| item["itemIdentifier"].as_str().unwrap().parse().unwrap()).collect();
        stage.aws.advance(WAIT);
    }
    covered(&stage);
    assert!(receives > 2, "the batch was small enough for its time");
}

#[tokio::test]
async fn of_many_accounts_on_small_and_empty_pages_nobody_is_skipped() {
    let set = ["page-size=7", "empty-pages=true"].map(str::to_owned).to_vec();
    // Without rates: so many small pages take longer than a test may.
    let regions = vec!["us-east-1".to_owned()];
    let stage = stage(&Options { accounts: 230, regions, set, documented_rates: false, ..options() });
    sweep(&stage).await;
    covered(&stage);
    let empty = |response: &Value| response["Accounts"].as_array().is_some_and(Vec::is_empty);
    assert!(stage.aws.calls().iter().any(|call| empty(&call.response)), "there was no empty page");
    stage.aws.clear_calls();
    sweep(&stage).await;
    assert!(writes(&stage).is_empty());
}
