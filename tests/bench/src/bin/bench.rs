//! Measures the real functions and prints figures beside their limits. Nothing is asserted by a clock.
//! I/O: processes, loopback, standard output.

use std::process::ExitCode;

use rollcall_scenarios::StageError;

fn main() -> ExitCode {
    match tokio::runtime::Runtime::new().map_err(StageError::from).and_then(|runtime| runtime.block_on(measure())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<(), StageError> {
    rollcall_bench::sizes::print()?;
    rollcall_bench::starts::print().await?;
    rollcall_bench::newcomer::print().await?;
    rollcall_bench::members::print().await?;
    rollcall_bench::sweep::print().await
}
