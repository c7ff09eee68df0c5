//! Lambda function: enrols the accounts that joined the organization. Input: an SQS batch of EventBridge events.
//! I/O: Lambda, AWS.

mod batch;
mod event;

use std::sync::{Arc, OnceLock};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Diagnostic, LambdaEvent, run, service_fn};
use rollcall_runtime::{Deadline, Session};
use serde_json::Value;

fn main() -> Result<(), lambda_runtime::Error> {
    let session: Arc<OnceLock<Session>> = Arc::default();
    // One thread: the work is waiting, and a second one only costs start-up time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(service_fn(move |event| {
        let session = Arc::clone(&session);
        async move { enroll_account(&session, event).await }
    })))
}

async fn enroll_account(
    session: &OnceLock<Session>,
    event: LambdaEvent<Value>,
) -> Result<SqsBatchResponse, Diagnostic> {
    // Fails the whole batch, so that every message returns to the queue and none is lost.
    let session =
        rollcall_runtime::session(session).map_err(|error| diagnostic("InvalidConfiguration", error.to_string()))?;
    let deadline = Deadline::of(event.context.deadline(), session.configuration.stop_before);
    let batch: SqsEvent = serde_json::from_value(event.payload).map_err(|error| {
        let message =
            format!("the input is not an SQS batch ({error}); map the function to a queue of EventBridge events");
        diagnostic("InvalidInput", message)
    })?;
    let answer = batch::enroll(session, batch.records, &deadline).await;
    answer.map_err(|(kind, message)| diagnostic(kind, message))
}

fn diagnostic(kind: &str, message: String) -> Diagnostic {
    tracing::error!("{message}");
    Diagnostic { error_type: kind.to_owned(), error_message: message }
}
