//! An SQS queue before `enroll-account`: messages that come back as failures are delivered again. I/O: a process.

use serde_json::{Value, json};

use crate::{StageError, function::Function, stage::Stage, sweep::WAIT};

/// How the delivery of some messages ended.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// How often the batch was received.
    pub receives: usize,
    /// The messages that still came back at the end, by their place in the batch.
    pub left: Vec<usize>,
}

/// Delivers bodies as one batch, and what comes back again, up to `receives` times.
pub async fn deliver(
    stage: &Stage,
    function: &Function,
    bodies: &[String],
    receives: usize,
) -> Result<Delivery, StageError> {
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut count = 0;
    while !left.is_empty() && count < receives {
        count += 1;
        let answer = function.invoke(batch(bodies, &left, count)).await?;
        match answer.result {
            Ok(response) => left = failures(&response, &left),
            // The whole batch comes back.
            Err(_) if count < receives => {}
            Err((kind, message)) => return Err(format!("enroll-account failed: {kind}: {message}").into()),
        }
        // The visibility time-out passes before the next receive.
        stage.aws.advance(WAIT);
    }
    Ok(Delivery { receives: count, left })
}

/// An SQS batch of the messages at these places.
#[must_use]
pub fn batch(bodies: &[String], places: &[usize], received: usize) -> Value {
    let record = |place: &usize| {
        json!({
            "messageId": place.to_string(),
            "receiptHandle": "handle",
            "body": bodies.get(*place),
            "attributes": {"ApproximateReceiveCount": received.to_string(), "SentTimestamp": "1700000000000"},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:enroll-account",
            "awsRegion": "us-east-1",
        })
    };
    json!({"Records": places.iter().map(record).collect::<Vec<_>>()})
}

fn failures(response: &Value, sent: &[usize]) -> Vec<usize> {
    let failed = response.get("batchItemFailures").and_then(Value::as_array).cloned().unwrap_or_default();
    let named = |item: &Value| item.get("itemIdentifier")?.as_str()?.parse().ok();
    let failed: Vec<usize> = failed.iter().filter_map(named).collect();
    sent.iter().copied().filter(|place| failed.contains(place)).collect()
}
