//! The sweep's own functions on a large organization: what a survey takes at AWS's rates, and a report at its worst.
//! I/O: processes, loopback.

use std::time::{Duration, Instant};

use organization_simulator::{DEFAULT_REGIONS as REGIONS, Options};
use rollcall_scenarios::{StageError, function::Function, stage::Stage};
use serde_json::{Value, json};

use crate::{line, peak_megabytes, within};

const ACCOUNTS: usize = 10_000;
/// What the functions have by the template, in megabytes.
const MEMORY: f64 = 512.0;

/// Prints a survey of 10,000 accounts, and a report in which every membership has a gap.
pub async fn print() -> Result<(), StageError> {
    println!("\na sweep of {ACCOUNTS} accounts in {} regions, at the rates that AWS documents", REGIONS.len());
    let regions = REGIONS.map(str::to_owned).to_vec();
    let options = Options { accounts: ACCOUNTS, regions, documented_rates: true, latency_ms: 20, ..Options::default() };
    // The SDK's own pauses, as in production.
    let stage = Stage::start(&options)?.with("ROLLCALL_INITIAL_BACKOFF_MS", "1000");
    let function = |name| Function::start(name, &stage.environment, Duration::from_mins(15));

    let survey = function("survey").await?;
    let started = Instant::now();
    let surveyed = call(&survey, json!({"run": "bench", "startedAt": "2026-11-22T08:00:00Z"})).await?;
    let (seconds, pages) = (started.elapsed().as_secs_f64(), ACCOUNTS.div_ceil(20));
    let floor = f64::from(u32::try_from(pages)?) / 8.0;
    line(
        "survey: time",
        &format!("{seconds:.0} s"),
        &format!("{:.2} × the {floor:.0} s that {pages} pages take", seconds / floor),
    );
    let peak = peak_megabytes(survey.process_id())?;
    line("survey: peak memory", &format!("{peak:.0} MB"), &format!("at most {MEMORY} MB"));
    within("memory of survey", peak, MEMORY)?;

    let report = function("report").await?;
    let started = Instant::now();
    let run = surveyed.get("run").cloned().unwrap_or_default();
    call(&report, json!({"run": run, "ends": []})).await?;
    line("report, nothing observed: time", &format!("{:.1} s", started.elapsed().as_secs_f64()), "at most 300 s");
    let size = stage.bucket.read("coverage/latest.json")?.to_string().len();
    line("report: size of the document", &format!("{:.1} MB", f64::from(u32::try_from(size)?) / 1e6), "");
    let peak = peak_megabytes(report.process_id())?;
    line("report: peak memory", &format!("{peak:.0} MB"), &format!("at most {MEMORY} MB"));
    within("memory of report", peak, MEMORY)
}

async fn call(function: &Function, payload: Value) -> Result<Value, StageError> {
    let answer = function.invoke(payload).await?.result;
    Ok(answer.map_err(|(kind, message)| format!("{kind}: {message}"))?)
}
