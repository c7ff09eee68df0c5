//! Lambda function: enrols the accounts that joined the organization. Input: an SQS batch of EventBridge events.
//! I/O: Lambda, AWS.

mod event;

use rollcall_runtime::{enroll_batch, serve};

fn main() -> Result<(), lambda_runtime::Error> {
    serve("enroll-account", async |session, invocation| {
        enroll_batch(session, invocation.payload, event::read, &invocation.deadline).await
    })
}
