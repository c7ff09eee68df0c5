//! Lambda function: re-asserts one target. Input `{"service", "region"}` and, within a sweep, `run` and `previous`;
//! output a summary. I/O: Lambda, AWS, the bucket.

mod input;
mod target;

use rollcall_runtime::serve;

fn main() -> Result<(), lambda_runtime::Error> {
    serve("reassert", async |session, invocation| {
        let input = input::read(&invocation.payload)?;
        Box::pin(target::reassert(session, &input, &invocation)).await
    })
}
