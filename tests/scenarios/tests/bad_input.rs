//! Whatever comes in: a clear word on what to do, nothing changed, nothing lost.

use rollcall_scenarios::{function::Function, queue::batch, stage::Stage};
use serde_json::{Value, json};

use crate::support::{Log, governed, moved, newcomer, nothing_written, options, ordinary, stage};

/// Invokes `enroll-account` once; the answer and what it logged.
async fn receive(stage: &Stage, bodies: &[&str]) -> (Value, Log) {
    let function = stage.function("enroll-account").await.unwrap();
    let bodies: Vec<String> = bodies.iter().map(|body| (*body).to_owned()).collect();
    let places: Vec<usize> = (0..bodies.len()).collect();
    let answer = function.invoke(batch(&bodies, &places, 1)).await.unwrap().result.unwrap();
    (answer, Log::of(&function))
}

fn failures(answer: &Value) -> Vec<&str> {
    let items = answer["batchItemFailures"].as_array().unwrap();
    items.iter().map(|item| item["itemIdentifier"].as_str().unwrap()).collect()
}

/// A real event of the samples.
fn sample(name: &str) -> String {
    let path = format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let sample: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    sample["event"].to_string()
}

#[tokio::test]
async fn what_cannot_be_read_comes_back_and_is_told_what_was_expected() {
    let table = [
        ("", "is not JSON"),
        ("enrol 444455556666 please", "is not JSON"),
        ("{\"source\": \"aws.organizations\"", "is not JSON"),
        ("[]", "expected an EventBridge event"),
        ("null", "expected an EventBridge event"),
        ("{\"source\": 7, \"detail\": {}}", "no text \\\"source\\\""),
        ("{\"source\": \"aws.organizations\", \"detail\": []}", "no object \\\"detail\\\""),
        (&moved("12345678901"), "exactly 12 digits"),
        (&moved("1234567890123"), "exactly 12 digits"),
        (&moved("12345678901x"), "exactly 12 digits"),
        (&moved("٤٤٤٤٥٥٥٥٦٦٦٦"), "exactly 12 digits"),
        (&moved("x").replace("\"x\"", "444455556666"), "has no text at /detail/requestParameters/accountId"),
        (&moved("x").replace("\"x\"", "{\"id\": 1}"), "has no text at /detail/requestParameters/accountId"),
    ];
    let stage = governed(&options()).await;
    let before = stage.aws.enrolment();
    for (body, word) in table {
        let (answer, log) = receive(&stage, &[body]).await;
        assert_eq!(failures(&answer), ["0"], "{body}");
        log.says(&["ERROR", "unreadable", word]);
    }
    assert!(stage.aws.calls().is_empty(), "nothing was asked of AWS");
    assert_eq!(stage.aws.enrolment(), before);
}

#[tokio::test]
async fn in_a_mixed_batch_exactly_the_right_messages_come_back() {
    let stage = governed(&options()).await;
    let before = stage.aws.enrolment();
    let (_, newcomer) = newcomer(&stage);
    let failed = sample("create-account-result-failed");
    let enrolled = moved(&ordinary(&stage)[0]);
    let stranger = moved("999999999999");
    let bodies = ["no JSON", &newcomer, &failed, &enrolled, &moved("123"), &stranger, &newcomer];
    let (answer, log) = receive(&stage, &bodies).await;
    // Unreadable ones, and those of the account that AWS is still at work for.
    let mut back = failures(&answer);
    back.sort_unstable();
    assert_eq!(back, ["0", "1", "4", "6"]);
    log.says(&["account 999999999999 is not in this organization"]);
    crate::support::only_added(&stage, &before);
}

#[tokio::test]
async fn events_that_ask_for_nothing_are_acknowledged_with_a_word() {
    let table = [
        ("create-account-result-failed", "the operation ended as FAILED"),
        ("update-managed-account-failed", "the operation ended as FAILED"),
        ("move-account-denied", "was refused"),
        ("create-account-call", "an event of another kind"),
        ("close-account-result", "an event of another kind"),
        ("remove-account-from-organization", "an event of another kind"),
        ("region-opt-in-status-change", "an event of another kind"),
        ("account-joined-organization-without-id", "left to the next sweep"),
    ];
    let stage = governed(&options()).await;
    for (name, word) in table {
        let (answer, log) = receive(&stage, &[&sample(name)]).await;
        assert!(failures(&answer).is_empty(), "{name}");
        log.says(&[word]);
    }
    assert!(stage.aws.calls().is_empty());
}

#[tokio::test]
async fn accounts_of_other_organizations_are_left_alone() {
    let stage = governed(&options()).await;
    // Of the two ids of a GovCloud result, the one of this partition is no account of this organization here.
    for name in ["create-gov-cloud-account-result", "create-account-result-succeeded", "account-joined-organization"] {
        let (answer, log) = receive(&stage, &[&sample(name)]).await;
        assert!(failures(&answer).is_empty(), "{name}");
        log.says(&["account 444455556666 is not in this organization"]);
    }
    nothing_written(&stage);
}

#[tokio::test]
async fn an_event_of_256_kilobytes_is_read_like_any_other() {
    let stage = governed(&options()).await;
    let padded = |body: &str| {
        let mut event: Value = serde_json::from_str(body).unwrap();
        event["detail"]["padding"] = "x".repeat(256 * 1024 - body.len() - 30).into();
        event.to_string()
    };
    let enrolled = padded(&moved(&ordinary(&stage)[0]));
    assert!(enrolled.len() > 255 * 1024 && enrolled.len() <= 256 * 1024);
    let garbage = "[".repeat(256 * 1024);
    let (answer, log) = receive(&stage, &[&enrolled, &garbage]).await;
    assert_eq!(failures(&answer), ["1"]);
    nothing_written(&stage);
    assert!(log.text.lines().all(|line| line.len() < 4096), "a log line repeats what came in");
}

#[tokio::test]
async fn a_payload_that_is_no_sqs_batch_is_refused() {
    let stage = stage(&options());
    let function = stage.function("enroll-account").await.unwrap();
    for payload in [json!({"Records": [{"body": "no id"}]}), json!({"Records": 7}), json!("text")] {
        let answer = function.invoke(payload.clone()).await.unwrap();
        assert!(answer.result.is_err(), "{payload}: {answer:?}");
    }
    assert!(stage.aws.calls().is_empty());
    let empty = function.invoke(json!({"Records": []})).await.unwrap().result.unwrap();
    assert!(failures(&empty).is_empty());
}

#[tokio::test]
async fn reassert_tells_what_good_input_looks_like() {
    let table = [
        (json!({}), "\"service\""),
        (json!({"service": "guardduty"}), "\"region\""),
        (json!({"service": "macie", "region": "eu-west-1"}), "known are guardduty, inspector"),
        (json!({"service": "guardduty", "region": "Frankfurt"}), "eu-central-1"),
        (json!([1]), "it looks like"),
    ];
    let stage = stage(&options());
    let function = stage.function("reassert").await.unwrap();
    for (input, word) in table {
        let (kind, message) = function.invoke(input.clone()).await.unwrap().result.unwrap_err();
        assert_eq!(kind, "InvalidInput");
        assert!(message.contains(word), "{input}: {message}");
    }
    assert!(stage.aws.calls().is_empty());
}

/// The error of a function with this environment.
async fn refused(stage: &Stage, name: &str, payload: Value) -> (String, Function) {
    let function = stage.function(name).await.unwrap();
    let (kind, message) = function.invoke(payload).await.unwrap().result.unwrap_err();
    assert_eq!(kind, "InvalidConfiguration");
    (message, function)
}

#[tokio::test]
async fn all_mistakes_of_the_configuration_are_told_at_once() {
    let mut stage = stage(&options())
        .with("ROLLCALL_MODE", "aply")
        .with("ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", "12345678901")
        .with("ROLLCALL_MANAGEMENT_READ_ROLE_ARN", "rollcall-read")
        .with("ROLLCALL_CONCURRENCY", "0")
        .with("ROLLCALL_MAX_RECEIVES", "often");
    stage.environment.remove("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID");
    stage.environment.remove("AWS_REGION");
    let sqs = batch(&[moved("444455556666")], &[0], 1);
    for (name, payload) in
        [("reassert", json!({"service": "guardduty", "region": "us-east-1"})), ("enroll-account", sqs)]
    {
        let (message, function) = refused(&stage, name, payload).await;
        for words in [
            "ROLLCALL_MODE is \"aply\"; set it to `plan` or `apply`",
            "ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID is not set; set it to a 12-digit account id",
            "ROLLCALL_INSPECTOR_ADMINISTRATOR_ID is \"12345678901\"; set it to a 12-digit account id",
            "ROLLCALL_MANAGEMENT_READ_ROLE_ARN is \"rollcall-read\"; set it to a role's ARN",
            "ROLLCALL_CONCURRENCY is \"0\"; set it to a whole number from 1 to 100",
            "ROLLCALL_MAX_RECEIVES is \"often\"; set it to a whole number",
            "AWS_REGION is not set; set it to a region",
        ] {
            assert!(message.contains(words), "{name}: {words} is not in {message}");
        }
        let told = function.output();
        assert!(told.contains("ERROR") && told.contains("aply"), "{name} logged: {told}");
    }
    assert!(stage.aws.calls().is_empty());
}

#[tokio::test]
async fn what_is_no_sqs_batch_is_refused_with_a_word_on_what_is() {
    let stage = stage(&options());
    for input in
        [json!({}), json!(null), json!({"Records": null}), json!({"source": "aws.organizations", "detail": {}})]
    {
        let function = stage.function("enroll-account").await.unwrap();
        let (kind, message) = function.invoke(input).await.unwrap().result.unwrap_err();
        assert_eq!(kind, "InvalidInput");
        assert!(
            message.contains("is not an SQS batch") && message.contains("queue of EventBridge events"),
            "{message}"
        );
    }
}
