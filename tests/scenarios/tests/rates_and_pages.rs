//! AWS's rates, and many accounts on many small pages.

use organization_simulator::Options;
use serde_json::Value;

use crate::support::{RECEIVES, covered, enroll, newcomer, options, stage, sweep, writes};

#[tokio::test]
async fn with_the_documented_rates_everything_converges() {
    let stage = stage(&Options { documented_rates: true, accounts: 30, ..options() })
        .with("ROLLCALL_INITIAL_BACKOFF_MS", "200");
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
async fn of_many_accounts_on_small_and_empty_pages_nobody_is_skipped() {
    let set = ["page-size=7", "empty-pages=true"].map(str::to_owned).to_vec();
    let stage = stage(&Options { accounts: 230, regions: vec!["us-east-1".to_owned()], set, ..options() });
    sweep(&stage).await;
    covered(&stage);
    let empty = |response: &Value| response["Accounts"].as_array().is_some_and(Vec::is_empty);
    assert!(stage.aws.calls().iter().any(|call| empty(&call.response)), "there was no empty page");
    stage.aws.clear_calls();
    sweep(&stage).await;
    assert!(writes(&stage).is_empty());
}
