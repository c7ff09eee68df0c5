//! Measures the real functions and prints figures beside their limits. Nothing is asserted by a clock.
//! Arguments name what to measure; without any, everything is. I/O: processes, loopback, standard output.

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
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    if wanted("sizes") {
        rollcall_bench::sizes::print()?;
    }
    if wanted("starts") {
        rollcall_bench::starts::print().await?;
    }
    if wanted("newcomer") {
        rollcall_bench::newcomer::print().await?;
    }
    if wanted("members") {
        rollcall_bench::members::print().await?;
    }
    if wanted("policy") {
        rollcall_bench::policy::print()?;
    }
    if wanted("page") {
        rollcall_bench::page::print().await?;
    }
    if wanted("sweep") {
        rollcall_bench::sweep::print().await?;
    }
    Ok(())
}
