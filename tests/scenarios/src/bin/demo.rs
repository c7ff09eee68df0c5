//! The demo: a simulated organization is enrolled by the real functions, then an account joins. Prints what happens.
//! I/O: processes, loopback, standard output.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode, time::Instant};

use organization_simulator::Options;
use rollcall_scenarios::{
    StageError,
    calls::{by_operation, writes},
    queue::deliver,
    stage::Stage,
    sweep::{Sweep, TargetEnd},
    truth::Truth,
};
use serde_json::Value;

const REGIONS: [&str; 5] = ["us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2", "ap-east-1"];
/// What the simulated organization is told not to offer, as AWS documents it.
const NOT_OFFERED: [(&str, &str, &str); 1] = [("inspector2", "LAMBDA_CODE", "ap-east-1")];
const WORKERS: usize = 4;

fn main() -> ExitCode {
    let outcome = recorded().and_then(|path| tokio::runtime::Runtime::new()?.block_on(demo(path)));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The file of `--calls FILE`.
fn recorded() -> Result<Option<PathBuf>, StageError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => Ok(None),
        [option, file] if option == "--calls" => Ok(Some(file.into())),
        _ => Err("usage: demo [--calls FILE]".into()),
    }
}

/// Whether everything that should be enrolled is, and the last sweep wrote nothing. The recorded calls go to a file
/// where one is asked for.
async fn demo(recorded: Option<PathBuf>) -> Result<bool, StageError> {
    let started = Instant::now();
    let stage = Stage::start(&options())?;
    introduce(&stage);
    coverage("before", &truth(&stage));

    println!("\nre-asserting every target ({WORKERS} at a time)");
    let sweep = Sweep::start(&stage, WORKERS).await?;
    sweep.run(&stage, tell).await?;
    coverage("after the first sweep", &truth(&stage));

    vend(&stage).await?;
    coverage("after the new account", &truth(&stage));

    println!("\nre-asserting every target once more");
    let calls = stage.aws.calls();
    stage.aws.clear_calls();
    drop(sweep.take_log());
    sweep.run(&stage, tell).await?;
    let last = stage.aws.calls();
    let truth = truth(&stage);
    coverage("at the end", &truth);

    not_enrolled(&sweep.take_log(), &truth);
    if let Some(path) = recorded {
        let all: Vec<_> = calls.iter().chain(&last).collect();
        std::fs::write(&path, serde_json::to_vec(&all)?)?;
    }
    let (calls, last) = (by_operation(&calls), by_operation(&last));
    println!("\nAPI calls until everything was enrolled: {}", calls.values().sum::<usize>());
    for (operation, count) in &calls {
        println!("  {count:>5} {operation}");
    }
    let written: usize = writes(&last).values().sum();
    println!("API calls of the last sweep: {}, of them writes: {written}", last.values().sum::<usize>());
    println!("time: {:.1} s", started.elapsed().as_secs_f64());
    let (enrolled, applicable) = (truth.enrolled(), truth.applicable());
    println!("demo: {enrolled} of {applicable} applicable memberships enrolled");
    Ok(enrolled == applicable && written == 0)
}

fn options() -> Options {
    Options {
        accounts: 16,
        regions: REGIONS.map(str::to_owned).to_vec(),
        suspended: 1,
        closed: 1,
        region_off: vec!["1:ap-east-1".to_owned()],
        feature_not_offered: NOT_OFFERED
            .iter()
            .map(|(service, feature, region)| format!("{service}:{feature}:{region}"))
            .collect(),
        ..Options::default()
    }
}

fn truth(stage: &Stage) -> Truth {
    Truth::of(&stage.aws, &NOT_OFFERED)
}

fn introduce(stage: &Stage) {
    let organization = stage.aws.organization();
    let accounts = organization.get("accounts").and_then(Value::as_array).map_or(0, Vec::len);
    println!("a simulated organization: {accounts} accounts, {} regions, nothing enabled", REGIONS.len());
    println!("  management account {}, to be administered by {}", stage.management, stage.administrator);
    println!("  one account suspended, one closed, one with the opt-in region ap-east-1 off;");
    println!("  GuardDuty is off in the management account; ap-east-1 does not offer Inspector's LAMBDA_CODE");
}

fn tell(end: &TargetEnd) {
    let memberships = end.answer.get("memberships");
    let count = |state: &str| memberships.and_then(|counts| counts.get(state)).and_then(Value::as_u64).unwrap_or(0);
    let actions = end.answer.get("actions").and_then(|actions| actions.get("applied")).and_then(Value::as_u64);
    println!(
        "  {:<10} {:<15} {:<10} {:>3} enrolled, {} not applicable; {} calls, {} actions in the last",
        end.service,
        end.region,
        end.outcome(),
        count("enrolled"),
        count("notApplicable"),
        end.calls,
        actions.unwrap_or(0),
    );
}

fn coverage(when: &str, truth: &Truth) {
    println!("\ncoverage {when}: {} of {}", truth.enrolled(), truth.applicable());
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((region, service), (enrolled, applicable)) in truth.by_target() {
        lines.entry(service).or_default().push(format!("{region} {enrolled}/{applicable}"));
    }
    for (service, regions) in lines {
        println!("  {service:<10} {}", regions.join("  "));
    }
}

/// An account is vended, and its real event goes through the queue into `enroll-account`.
async fn vend(stage: &Stage) -> Result<(), StageError> {
    let event = stage.aws.create_account("Newcomer", "newcomer@example.com")?;
    let account = event.pointer("/detail/serviceEventDetails/createAccountStatus/accountId").and_then(Value::as_str);
    println!("\naccount {} joins: CreateAccountResult goes into enroll-account", account.unwrap_or("?"));
    let function = stage.function("enroll-account").await?;
    let delivery = deliver(stage, &function, &[event.to_string()], 5).await?;
    let done = if delivery.left.is_empty() { "acknowledged" } else { "still not done" };
    println!("  {done} after {} receives", delivery.receives);
    Ok(())
}

/// What the functions themselves said of memberships that are not enrolled, and what the truth says.
fn not_enrolled(log: &[Value], truth: &Truth) {
    println!("\nmemberships that are not enrolled, as the last sweep reports them");
    let text = |line: &Value, key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    for line in log.iter().filter(|line| line.get("state").is_some()) {
        let (service, region) = (text(line, "service"), text(line, "region"));
        println!(
            "  {service:<10} {region:<15} {}: {} ({})",
            text(line, "state"),
            text(line, "message"),
            text(line, "accounts")
        );
    }
    for (membership, lack) in truth.gaps() {
        println!("  gap: {} in {} in {}: {lack}", membership.service, membership.account, membership.region);
    }
}
