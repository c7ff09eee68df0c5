//! Logs as JSON lines, and metrics in embedded metric format. I/O: standard output.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rollcall_core::{AccountId, Outcome, State, TargetReport};
use serde_json::{Map, Number, Value, json};
use tracing::Level;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// So many account ids stand in one log line: a line stays far below what CloudWatch takes.
const ACCOUNTS_A_LINE: usize = 100;

/// Starts logging, once a process. Other crates log from `warn` on.
pub(crate) fn start(level: Level) {
    let ours = LevelFilter::from_level(level);
    let filter = ["rollcall", "enroll_account", "enroll_region", "survey", "reassert", "report"]
        .into_iter()
        .fold(Targets::new().with_default(LevelFilter::WARN), |filter, target| filter.with_target(target, ours))
        // It logs what a function returns as its error, which the function has logged where it was decided upon.
        .with_target("lambda_runtime::layers::panic", LevelFilter::OFF)
        // It logs AWS's raw sentence of a role that cannot be assumed; the error that comes of it is logged by us.
        .with_target("aws_config", LevelFilter::OFF);
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    // A second start, as tests may make, keeps the first.
    let _kept = tracing_subscriber::registry().with(lines).with(filter).try_init();
}

/// One figure of a line of metrics.
#[derive(Debug, Clone)]
pub struct Figure {
    name: &'static str,
    unit: &'static str,
    value: Number,
}

impl Figure {
    /// A number of things.
    #[must_use]
    pub fn count(name: &'static str, count: usize) -> Self {
        Self { name, unit: "Count", value: count.into() }
    }

    /// A time, in seconds.
    #[must_use]
    pub fn seconds(name: &'static str, seconds: usize) -> Self {
        Self { name, unit: "Seconds", value: seconds.into() }
    }

    /// A share, in per cent.
    #[must_use]
    pub fn percent(name: &'static str, value: f64) -> Self {
        Self { name, unit: "Percent", value: Number::from_f64(value).unwrap_or_else(|| 0.into()) }
    }
}

/// Counts something in CloudWatch, without dimensions.
pub fn metric(name: &'static str, value: usize) {
    figures(&[], &[Figure::count(name, value)]);
}

/// Writes figures to CloudWatch, as one line, with these dimensions.
///
/// Source: the embedded metric format's specification in the CloudWatch user guide.
pub fn figures(dimensions: &[(&str, &str)], figures: &[Figure]) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let metrics: Vec<Value> = figures.iter().map(|figure| json!({"Name": figure.name, "Unit": figure.unit})).collect();
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            "CloudWatchMetrics": [{"Namespace": "Rollcall", "Dimensions": [names], "Metrics": metrics}],
        }),
    );
    line.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    line.extend(figures.iter().map(|figure| (figure.name.to_owned(), json!(figure.value))));
    println!("{}", Value::Object(line));
}

/// Logs the end of a run on a target: a summary, and every membership that is not enrolled, with its reason.
pub(crate) fn log_report(report: &TargetReport, trigger: &str, duration: Duration) {
    let target = &report.target;
    let (service, region) = (target.service.as_str(), target.region.as_str());
    if let (Outcome::Planned, Some(plan)) = (report.outcome, &report.plan) {
        tracing::info!(service, region, trigger, "plan: {plan:#}");
    }
    for ((state, code, sentence), accounts) in not_enrolled(report) {
        for share in accounts.chunks(ACCOUNTS_A_LINE) {
            let ids: Vec<String> = share.iter().map(AccountId::to_string).collect();
            let ids = ids.join(" ");
            if matches!(state, State::Pending | State::NotApplicable) {
                tracing::info!(
                    service,
                    region,
                    trigger,
                    state = state.as_str(),
                    reason = code,
                    accounts = ids,
                    "{sentence}"
                );
            } else {
                tracing::warn!(
                    service,
                    region,
                    trigger,
                    state = state.as_str(),
                    reason = code,
                    accounts = ids,
                    "{sentence}"
                );
            }
        }
    }
    for ((fate, what), accounts) in &report.excess {
        let (fate, count) = (fate.to_string(), accounts.len());
        tracing::info!(service, region, trigger, feature = what, count, "excess, {fate}: {what} in {count} accounts");
    }
    for remark in &report.remarks {
        tracing::info!(service, region, trigger, "{remark}");
    }
    let failed = report.failed();
    let applied = report.attempts.len() - failed;
    let (outcome, coverage) = (report.outcome.as_str(), report.coverage());
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(service, region, trigger, outcome, applied, failed, duration_ms, "{target}: {outcome}, {coverage}");
}

type Group = (State, &'static str, String);

fn not_enrolled(report: &TargetReport) -> BTreeMap<Group, Vec<AccountId>> {
    let mut groups: BTreeMap<Group, Vec<AccountId>> = BTreeMap::new();
    for (account, membership) in &report.memberships {
        let reason = &membership.reason;
        if reason.state() != State::Enrolled {
            groups.entry((reason.state(), reason.code(), reason.to_string())).or_default().push(*account);
        }
    }
    groups
}
