//! The yardstick of starting: a function that does nothing. I/O: Lambda.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

fn main() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(service_fn(|_: LambdaEvent<Value>| async { Ok::<_, Error>(()) })))
}
