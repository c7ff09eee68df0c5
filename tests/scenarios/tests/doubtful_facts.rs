//! What is not known for certain of AWS is a switch of the simulation: the organization converges under every value of
//! every switch, one off its default at a time, with AWS's own automation off, at once, and later.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
};

use futures::{StreamExt, stream};
use organization_simulator::Options;
use rollcall_scenarios::stage::Stage;
use serde_json::Value;

use crate::support::{RECEIVES, covered, covered_but, enroll, newcomer, only_added, options, reasons, stage, sweep};

/// How a story ends under a switch.
#[derive(Clone, Copy)]
enum End {
    Covered,
    /// The service has room for this many members only: the rest is blocked with this reason.
    Full(&'static str),
}
use End::{Covered, Full};

const TABLE: [(&str, &str, End); 58] = [
    ("guardduty.automation", "never", Covered),
    ("guardduty.automation-delay-ms", "60000", Covered),
    ("guardduty.exception-account", "service-linked-role", Covered),
    ("guardduty.exception-account", "delegated-administrator", Covered),
    ("guardduty.designation-enables-administrator", "false", Covered),
    ("guardduty.designation-gives-trusted-access", "true", Covered),
    ("guardduty.first-designations-refused", "1", Covered),
    ("guardduty.repeated-designation-refused", "true", Covered),
    ("guardduty.members-have-email", "true", Covered),
    ("guardduty.emails-checked", "true", Covered),
    ("guardduty.existing-members-unprocessed", "true", Covered),
    ("guardduty.reapplied-settings-turn-off", "true", Covered),
    ("guardduty.unreachable-accounts", "unprocessed", Covered),
    ("guardduty.created-members-are-associated", "true", Covered),
    ("guardduty.late-association-ms", "60000", Covered),
    ("guardduty.omitted-eks-runtime-monitoring-on", "false", Covered),
    ("guardduty.member-limit", "3", Full("limit-reached")),
    ("guardduty.statistics-age-ms", "86400000", Covered),
    ("guardduty.managed-writes-ignored", "true", Covered),
    ("guardduty.managed-writes-refuse-all", "true", Covered),
    ("guardduty.agents-without-feature-refused", "true", Covered),
    ("guardduty.lowered-auto-enable-acts", "true", Covered),
    ("guardduty.policy-needs-administrator", "true", Covered),
    ("guardduty.policy-off", "deletes", Covered),
    ("guardduty.policy-ends-legacy-runtime-monitoring", "true", Covered),
    ("guardduty.policy-marks-foundational", "false", Covered),
    ("guardduty.policy-holds-members", "false", Covered),
    ("inspector2.automation", "never", Covered),
    ("inspector2.opt-in-counts-as-new", "true", Covered),
    ("inspector2.auto-enable-on-association", "true", Covered),
    ("inspector2.auto-enable-limit", "3", Covered),
    ("inspector2.maximum-members", "3", Full("limit-reached")),
    ("inspector2.omitted-auto-enable", "kept", Covered),
    ("inspector2.designation-needs-trusted-access", "false", Covered),
    ("inspector2.designation-enables-scans", "false", Covered),
    ("inspector2.designation-associates-active", "true", Covered),
    ("inspector2.management-may-administer", "false", Covered),
    ("inspector2.members-need-active-administrator", "true", Covered),
    ("inspector2.enabling", "enabled-with-resources-disabled", Covered),
    ("inspector2.repeated-enable-fails", "true", Covered),
    ("inspector2.healthy-state-has-error-code", "false", Covered),
    ("inspector2.unoffered-scan-types-shown", "false", Covered),
    ("inspector2.never-associated", "created", Covered),
    ("inspector2.never-associated", "disabled", Covered),
    ("inspector2.never-associated", "without-status", Covered),
    ("inspector2.never-associated", "hidden", Covered),
    ("inspector2.only-associated-by-default", "false", Covered),
    ("inspector2.unknown-member-is-internal-error", "true", Covered),
    ("inspector2.deep-inspection-with-ec2", "false", Covered),
    ("inspector2.deep-inspection-of-no-ec2-fails", "true", Covered),
    ("inspector2.deep-inspection-batch-takes-administrator", "true", Covered),
    ("inspector2.configuration-takes-time", "true", Covered),
    ("inspector2.policy-type-stops-auto-enable", "true", Covered),
    ("inspector2.policy-needs-administrator", "false", Covered),
    ("inspector2.policy-needs-service-linked-role", "false", Covered),
    ("account-status", "true", Covered),
    ("departed-members-removed", "true", Covered),
    ("policy-type-needs-trusted-access", "false", Covered),
];

/// What is no doubt about a service has its stories elsewhere.
const ELSEWHERE: [&str; 13] = [
    // `transitions`
    "transition-ms",
    "transition-reads",
    "stale-reads-ms",
    // `rates_and_pages`
    "page-size",
    "empty-pages",
    "documented-rates",
    "rates",
    // `new_account`, `regions`
    "new-account-usable-ms",
    "new-account-refusal",
    "region-lag-ms",
    "region-off-refusal",
    // `organization_policies`, `doubtful_policies`
    "organization-policies",
    "organization-policies-delay-ms",
];

/// All switches of the simulation, those of a service as `service.switch`.
pub(crate) fn switches(stage: &Stage) -> BTreeSet<String> {
    let mut connection = TcpStream::connect(stage.aws.address()).unwrap();
    connection.write_all(b"GET /_simulator/settings HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let settings: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let mut names = BTreeSet::new();
    for (name, setting) in settings.as_object().unwrap() {
        match setting.as_object().filter(|_| ["guardduty", "inspector2"].contains(&name.as_str())) {
            Some(service) => names.extend(service.keys().map(|switch| format!("{name}.{switch}"))),
            None => drop(names.insert(name.clone())),
        }
    }
    names
}

/// A region lacks a scan type, so that what AWS shows of it matters too.
fn small() -> Options {
    let offers = vec!["inspector2:LAMBDA_CODE:ap-east-1".to_owned()];
    Options {
        accounts: 6,
        suspended: 1,
        regions: vec!["ap-east-1".to_owned(), "us-east-1".to_owned()],
        region_off: vec!["1:ap-east-1".to_owned()],
        feature_not_offered: offers,
        ..options()
    }
}

/// A sweep, then a newcomer, with this automation of AWS's and this switch.
async fn told(automation: &str, (switch, value, end): (&str, &str, End)) -> Result<(), String> {
    let stage = stage(&small());
    for service in ["guardduty", "inspector2"] {
        stage.aws.set(&format!("{service}.automation"), automation).unwrap();
    }
    if !switch.ends_with(".automation") {
        stage.aws.set(switch, value).unwrap();
    }
    let before = stage.aws.enrolment();
    let swept = sweep(&stage).await;
    let (_, event) = newcomer(&stage);
    let delivered = enroll(&stage, &[event], RECEIVES).await;
    let name = format!("{switch}={value} with automation {automation}");
    let judged = std::panic::AssertUnwindSafe(|| judge(&stage, switch, end, &before, &swept.log, &delivered));
    std::panic::catch_unwind(judged).map_err(|panic| {
        let message = panic.downcast_ref::<String>().cloned().unwrap_or_default();
        format!("{name}: {}", message.chars().take(1500).collect::<String>())
    })
}

fn judge(
    stage: &Stage,
    switch: &str,
    end: End,
    before: &[Value],
    swept: &crate::support::Log,
    delivered: &crate::support::Delivered,
) {
    delivered.acknowledged();
    only_added(stage, before);
    match end {
        Covered => covered(stage),
        Full(reason) => {
            let service = switch.split('.').next().unwrap_or_default();
            covered_but(stage, &[(service, "", "")]);
            let told = reasons(swept).into_values().chain(reasons(&delivered.log).into_values()).flatten();
            assert!(told.collect::<BTreeSet<_>>().contains(reason), "{}", swept.text);
        }
    }
}

async fn everything_converges(automation: &str) {
    let stories = stream::iter(TABLE).map(|row| told(automation, row));
    let failed: Vec<String> = stories.buffer_unordered(3).filter_map(|told| async { told.err() }).collect().await;
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), TABLE.len(), failed.join("\n\n"));
}

#[tokio::test]
async fn everything_converges_under_every_switch_without_automation() {
    everything_converges("never").await;
}

#[tokio::test]
async fn everything_converges_under_every_switch_with_automation_at_once() {
    everything_converges("at-once").await;
}

#[tokio::test]
async fn everything_converges_under_every_switch_with_automation_later() {
    everything_converges("later").await;
}

#[test]
fn no_switch_is_forgotten() {
    let listed: BTreeSet<&str> = TABLE.iter().map(|(switch, ..)| *switch).chain(ELSEWHERE).collect();
    let mut forgotten = switches(&stage(&small()));
    forgotten.retain(|name| !listed.contains(name.as_str()));
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
