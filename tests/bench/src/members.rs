//! A large target: calls against the floor that paging and batching allow, memory and time. I/O: processes, loopback.

use std::{collections::BTreeMap, time::Instant};

use organization_simulator::Options;
use rollcall_scenarios::{StageError, calls::by_operation, stage::Stage, sweep::Sweep};
use serde_json::json;

use crate::{line, peak_megabytes, within};

const ACCOUNTS: usize = 10_000;
const REGION: &str = "us-east-1";

/// Prints a sweep without drift of a target with 10,000 accounts, for each service.
pub async fn print() -> Result<(), StageError> {
    println!("\na target with {ACCOUNTS} accounts");
    let options =
        Options { accounts: ACCOUNTS, regions: vec![REGION.to_owned()], transition_ms: 0, ..Options::default() };
    let stage = Stage::start(&options)?;
    // Auto-enable goes off on the way up to 10,000 members, so the sweep runs until nothing is left to write.
    let first = Instant::now();
    let sweep = Sweep::start(&stage, 2).await?;
    sweep.run(&stage, |_| ()).await?;
    sweep.run(&stage, |_| ()).await?;
    line("enrolling everyone, both services, no latency", &format!("{:.1} s", first.elapsed().as_secs_f64()), "");
    for (service, floor) in floors() {
        let function = stage.function("reassert").await?;
        stage.aws.clear_calls();
        let started = Instant::now();
        let answer = function.invoke(json!({"service": service, "region": REGION})).await?;
        let seconds = started.elapsed().as_secs_f64();
        let answer = answer.result.map_err(|(kind, message)| format!("{kind}: {message}"))?;
        if answer.get("outcome").and_then(serde_json::Value::as_str) != Some("converged") {
            return Err(format!("{service} did not converge: {answer}").into());
        }
        let calls: BTreeMap<String, usize> = by_operation(&stage.aws.calls());
        let own: usize = calls.iter().filter(|(name, _)| name.starts_with(service)).map(|(_, count)| count).sum();
        let deep = calls.get("inspector2:BatchGetMemberEc2DeepInspectionStatus").copied().unwrap_or_default();
        let ratio = f64::from(u32::try_from(own - deep)?) / f64::from(u32::try_from(floor)?);
        let limit = format!("{ratio:.2} × the floor of {floor}, at most 1.1 ×");
        line(&format!("{service}: calls without drift"), &(own - deep).to_string(), &limit);
        if deep > 0 {
            line(&format!("{service}: beside them, EC2 deep inspection"), &deep.to_string(), "100 accounts a call");
        }
        let listing = calls.get("organizations:ListAccounts").copied().unwrap_or_default();
        line(&format!("{service}: beside them, pages of Organizations' listing"), &listing.to_string(), "");
        line(&format!("{service}: time without latency"), &format!("{seconds:.2} s"), "");
        let peak = peak_megabytes(function.process_id())?;
        line(&format!("{service}: peak memory"), &format!("{peak:.1} MB"), "at most 128 MB");
        within("calls against the floor", ratio, 1.1)?;
        within("memory of a target", peak, 128.0)?;
    }
    Ok(())
}

/// The fewest calls that AWS's paging and batching allow, with a handful of single ones: pages of 50 members, and
/// beside them the details, 50 (GuardDuty) or 100 (Inspector) accounts a call.
fn floors() -> [(&'static str, usize); 2] {
    let pages = ACCOUNTS.div_ceil(50);
    [("guardduty", 2 * pages + 4), ("inspector2", pages + ACCOUNTS.div_ceil(100) + 4)]
}
