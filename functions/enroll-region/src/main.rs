//! Lambda function: enrols accounts in the regions that they opted in to. Input: an SQS batch of EventBridge events.
//! I/O: Lambda, AWS.

mod event;

use rollcall_runtime::{enroll_batch, serve};

fn main() -> Result<(), lambda_runtime::Error> {
    serve("enroll-region", async |session, invocation| {
        enroll_batch(session, invocation.payload, event::read, &invocation.deadline).await
    })
}
