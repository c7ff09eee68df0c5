//! One new account in a governed organization: wall time against the longest chain of dependent calls, and memory.
//! I/O: processes, loopback.

use std::{collections::BTreeSet, time::Instant};

use organization_simulator::{DEFAULT_REGIONS, OPT_IN_REGIONS, Options, Record};
use rollcall_scenarios::{StageError, queue::batch, stage::Stage, sweep::Sweep, truth::Truth};

use crate::{line, peak_megabytes, within};

const LATENCY_MS: u64 = 50;

/// Prints the time over 17 regions, and the memory over 34.
pub async fn print() -> Result<(), StageError> {
    println!("\na new account in a governed organization, {LATENCY_MS} ms a call, transitions at once, one invocation");
    let (seconds, calls, peak) = enroll(&DEFAULT_REGIONS).await?;
    let chain = longest_chain(&calls);
    let ideal = f64::from(u32::try_from(chain.len())?) * f64::from(u32::try_from(LATENCY_MS)?) / 1e3;
    line(
        &format!("{} regions × 2 services, {} calls", DEFAULT_REGIONS.len(), calls.len()),
        &format!("{:.0} ms", seconds * 1e3),
        &format!("{:.2} × the longest chain of {:.0} ms, at most 1.5 ×", seconds / ideal, ideal * 1e3),
    );
    println!("  the longest chain of dependent calls:");
    for (number, call) in chain.iter().enumerate() {
        println!("    {}. {}:{} in {}", number + 1, call.service, call.operation, call.region);
    }
    line("peak memory", &format!("{peak:.1} MB"), "");
    let all: Vec<&str> = DEFAULT_REGIONS.into_iter().chain(OPT_IN_REGIONS).collect();
    let (_, _, peak) = enroll(&all).await?;
    line("peak memory of one account over 34 regions", &format!("{peak:.1} MB"), "at most 64 MB");
    within("memory of one account", peak, 64.0)
}

/// Governs an organization, then enrols a new account by one invocation: seconds, calls, peak memory.
async fn enroll(regions: &[&str]) -> Result<(f64, Vec<Record>, f64), StageError> {
    let options = Options {
        accounts: 4,
        regions: regions.iter().map(|region| (*region).to_owned()).collect(),
        transition_ms: 0,
        ..Options::default()
    };
    let stage = Stage::start(&options)?;
    Sweep::start(&stage, 4).await?.run(&stage, |_| ()).await?;
    let event = stage.aws.create_account("Newcomer", "newcomer@example.com")?;
    stage.aws.set_latency(std::time::Duration::from_millis(LATENCY_MS));
    let function = stage.function("enroll-account").await?;
    stage.aws.clear_calls();
    let started = Instant::now();
    let answer = function.invoke(batch(&[event.to_string()], &[0], 1)).await?;
    let seconds = started.elapsed().as_secs_f64();
    let truth = Truth::of(&stage.aws, &[]);
    let left = answer.result.map_err(|(kind, message)| format!("{kind}: {message}"))?;
    if truth.enrolled() != truth.applicable() || left.pointer("/batchItemFailures/0").is_some() {
        let gaps: Vec<String> = truth.gaps().map(|(key, lack)| format!("{key:?}: {lack}")).collect();
        return Err(format!("the new account is not enrolled by one invocation: {left} {gaps:?}").into());
    }
    Ok((seconds, stage.aws.calls(), peak_megabytes(function.process_id())?))
}

/// The calls that a call needs the answer of, at the least: an account is looked up before anything is done about it,
/// a state is read before it is changed, and read again after. Calls that merely came later do not count.
const NEEDS: &[(&str, &[&str])] = &[
    ("DescribeAccount", &["AssumeRole"]),
    ("ListDetectors", &["DescribeAccount"]),
    ("GetMembers", &["ListDetectors", "CreateMembers"]),
    ("GetMemberDetectors", &["ListDetectors", "CreateMembers"]),
    ("CreateMembers", &["GetMembers"]),
    ("BatchGetAccountStatus", &["DescribeAccount", "AssociateMember", "Enable"]),
    ("AssociateMember", &["BatchGetAccountStatus"]),
    ("Enable", &["BatchGetAccountStatus"]),
];

/// The longest chain of calls that need each other, within one target and what comes before all targets.
fn longest_chain(calls: &[Record]) -> Vec<&Record> {
    let shared = |call: &Record| !["guardduty", "inspector2"].contains(&call.service.as_str());
    let targets: BTreeSet<(&str, &str)> =
        calls.iter().filter(|call| !shared(call)).map(|call| (call.service.as_str(), call.region.as_str())).collect();
    let chains = targets.into_iter().map(|(service, region)| {
        let own = |call: &&Record| shared(call) || (call.service == service && call.region == region);
        chain(&calls.iter().filter(own).collect::<Vec<_>>())
    });
    chains.max_by_key(Vec::len).unwrap_or_default()
}

fn chain<'a>(calls: &[&'a Record]) -> Vec<&'a Record> {
    let mut chains: Vec<Vec<&Record>> = Vec::new();
    for call in calls {
        let before = chains.iter().filter(|chain| chain.last().is_some_and(|last| needs(call, last)));
        let mut chain = before.max_by_key(|chain| chain.len()).cloned().unwrap_or_default();
        chain.push(call);
        chains.push(chain);
    }
    chains.into_iter().max_by_key(Vec::len).unwrap_or_default()
}

fn needs(call: &Record, before: &Record) -> bool {
    let needed =
        NEEDS.iter().find(|(operation, _)| *operation == call.operation).map_or(&[][..], |(_, needed)| *needed);
    needed.contains(&before.operation.as_str()) && before.at + LATENCY_MS <= call.at
}
