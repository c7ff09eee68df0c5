//! A function stops before its deadline, says so, and loses nothing; and a message is not carried on for ever.

use std::time::{Duration, Instant};

use organization_simulator::Options;
use rollcall_scenarios::queue::batch;
use serde_json::json;

use crate::support::{Log, RECEIVES, covered, enroll, governed, newcomer, options, prepare, stage, writes};

const TIME: Duration = Duration::from_secs(2);

#[tokio::test]
async fn reassert_says_unfinished_before_its_deadline_and_the_next_calls_finish() {
    let slow = Options { latency_ms: 150, regions: vec!["us-east-1".to_owned()], transition_ms: 0, ..options() };
    let stage = stage(&slow).with("ROLLCALL_STOP_BEFORE_MS", "800");
    for service in ["guardduty", "inspector2"] {
        let mut outcomes = Vec::new();
        while outcomes.last().is_none_or(|outcome| outcome != "converged") {
            let function = stage.hurried("reassert", TIME).await.unwrap();
            let started = Instant::now();
            let answer = function.invoke(json!({"service": service, "region": "us-east-1"})).await.unwrap();
            assert!(started.elapsed() < TIME, "answered after {:?}", started.elapsed());
            outcomes.push(answer.result.unwrap()["outcome"].as_str().unwrap().to_owned());
            stage.aws.advance(Duration::from_secs(10));
            assert!(outcomes.len() < 20, "{outcomes:?}");
        }
        assert!(outcomes.contains(&"unfinished".to_owned()), "{service}: {outcomes:?}");
    }
    covered(&stage);
}

#[tokio::test]
async fn reassert_without_time_to_list_the_accounts_says_so() {
    let stage = stage(&Options { latency_ms: 1_000, ..options() }).with("ROLLCALL_STOP_BEFORE_MS", "1500");
    let function = stage.hurried("reassert", TIME).await.unwrap();
    let answer = function.invoke(json!({"service": "guardduty", "region": "us-east-1"})).await.unwrap().result.unwrap();
    assert_eq!(answer["outcome"], "failed");
    assert!(answer["error"].as_str().unwrap().contains("time was up first; give it more"), "{answer}");
}

#[tokio::test]
async fn enroll_account_returns_the_message_before_its_deadline() {
    for latency_ms in [80, 2_500] {
        let stage = governed(&options()).await;
        let (_, event) = newcomer(&stage);
        let fault = json!({"kind": "delay", "delay-ms": latency_ms});
        stage.aws.add_fault(serde_json::from_value(fault).unwrap()).unwrap();
        let stage = stage.with("ROLLCALL_STOP_BEFORE_MS", "1500");
        let function = stage.hurried("enroll-account", TIME).await.unwrap();
        let started = Instant::now();
        let answer = function.invoke(batch(std::slice::from_ref(&event), &[0], 1)).await.unwrap().result.unwrap();
        assert!(started.elapsed() < TIME, "answered after {:?}", started.elapsed());
        assert_eq!(answer["batchItemFailures"], json!([{"itemIdentifier": "0"}]));
        stage.aws.clear_faults();
        enroll(&stage, &[event], RECEIVES).await.acknowledged();
        covered(&stage);
    }
}

#[tokio::test]
async fn at_its_last_receive_a_pending_message_is_acknowledged_with_a_metric() {
    let stage = governed(&options()).await;
    let messages: Vec<_> = (0..3).map(|_| newcomer(&stage)).collect();
    for (account, _) in &messages {
        prepare(&stage, &json!({"kind": "stuck", "account": account}));
    }
    let bodies: Vec<String> =
        messages.iter().map(|(_, event)| event.clone()).chain(["unreadable".to_owned()]).collect();
    let function = stage.function("enroll-account").await.unwrap();
    let answer = function.invoke(batch(&bodies, &[0, 1, 2, 3], 23)).await.unwrap().result.unwrap();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 4);
    drop(function.take_log());
    stage.aws.advance(Duration::from_mins(2));
    let answer = function.invoke(batch(&bodies, &[0, 1, 2, 3], 24)).await.unwrap().result.unwrap();
    // What cannot be read ends in the dead-letter queue.
    assert_eq!(answer["batchItemFailures"], json!([{"itemIdentifier": "3"}]));
    let log = Log::of(&function);
    let metric = log.text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let metric: Vec<_> = metric.filter(|line| line["_aws"].is_object()).collect();
    assert_eq!(metric.len(), 1);
    assert_eq!(metric[0]["MessagesGivenUp"], 3);
    assert_eq!(metric[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], "MessagesGivenUp");
    assert_eq!(log.with("outcome", "given-up").count(), 3);
    assert!(!writes(&stage).is_empty());
}
