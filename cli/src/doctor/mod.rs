//! `rollcall doctor`: what keeps Rollcall from its work, and the commands that mend it. I/O: AWS, reads only.

mod administrators;
mod events;
mod finding;
mod ground;
mod identity;
mod policy_types;
mod security_hub;
mod service_control;
mod services;
mod stack;
mod trail;
mod trusted_access;

pub(crate) use finding::{Finding, Verdict};

use clap::{Args, ValueEnum};
use futures::join;
use rollcall_core::Mode;
use serde_json::json;

use self::{finding::quoted, ground::Ground};
use crate::{
    connect::Connect,
    output::{Ended, FAILED, LEFT, print},
    run::{PolicyFile, Progress},
    text,
};

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policy: PolicyFile,
    /// How the findings are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    connect: Connect,
}

/// How something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

const HELP: &str = "\
Looks at identity and roles, trusted access, administrators in each region, CloudTrail, policy types, service control
policies, Security Hub, and the stack where its bucket is named. Nothing is changed.

A line is ok, note (good to know), wrong, or unknown (could not be checked). Commands that mend follow what is wrong.

CloudTrail, Security Hub and service control policies the stack's roles may not read; run it with credentials of the
administrator's account that may, such as with AWS's policy ReadOnlyAccess.

Exit codes:
  0  all is well
  1  something could not be checked, or the usage is wrong
  2  something is wrong

Examples:
  rollcall doctor --simulate
  rollcall doctor --administrator 222222222222 --profile security \\
      --management-read-role arn:aws:iam::111111111111:role/organization-reader
  rollcall doctor --bucket rollcall-reports --format json";

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Ended {
    let connected = arguments.connect.open(Mode::Plan)?;
    let progress = Progress::default();
    let spinner = progress.spinner("looking");
    let apply = apply_with(std::env::args().skip(1));
    let ground = Box::pin(Ground::read(&connected, &arguments.policy, apply)).await?;
    let findings = Box::pin(findings(&ground)).await;
    spinner.finish_and_clear();
    let text = match arguments.format {
        Format::Text => text::findings(&findings),
        Format::Json => as_json(&findings),
    };
    Ok(print(&text, code(&findings)))
}

/// What all checks found. They run side by side, and each by itself.
async fn findings(ground: &Ground<'_>) -> Vec<Finding> {
    let found = join!(
        identity::check(ground),
        trusted_access::check(ground),
        administrators::check(ground),
        events::check(ground),
        policy_types::check(ground),
        service_control::check(ground),
        security_hub::check(ground),
        stack::check(ground),
    );
    let (identity, trusted, administrators, events, types, policies, hub, stack) = found;
    [identity, trusted, administrators, events, types, policies, hub, stack].concat()
}

/// The exit code of what was found.
fn code(findings: &[Finding]) -> u8 {
    let any = |verdict| findings.iter().any(|finding| finding.verdict == verdict);
    if any(Verdict::Wrong) {
        LEFT
    } else if any(Verdict::Unknown) {
        FAILED
    } else {
        0
    }
}

fn as_json(findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let document = json!({
        "totals": {
            "ok": count(Verdict::Ok),
            "note": count(Verdict::Note),
            "wrong": count(Verdict::Wrong),
            "unknown": count(Verdict::Unknown),
        },
        "findings": findings,
    });
    format!("{document:#}\n")
}

/// How to apply with the options of this command: it was given these, with its own name first.
fn apply_with(arguments: impl Iterator<Item = String>) -> String {
    let mut command = vec!["rollcall apply".to_owned()];
    let mut arguments = arguments.skip(1);
    while let Some(argument) = arguments.next() {
        // The only option that `apply` does not have.
        if argument == "--format" {
            arguments.next();
        } else if !argument.starts_with("--format=") {
            command.push(quoted(&argument));
        }
    }
    command.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apply_has_the_options_of_doctor_but_for_the_format() {
        let with = |line: &str| apply_with(line.split(' ').map(str::to_owned));
        assert_eq!(with("doctor"), "rollcall apply");
        assert_eq!(with("doctor --format json --simulate state=a"), "rollcall apply --simulate state=a");
        assert_eq!(with("doctor --simulate --format=json"), "rollcall apply --simulate");
    }

    #[test]
    fn what_is_wrong_counts_more_than_what_is_unknown_and_notes_do_not() {
        let of = |verdicts: &[Verdict]| {
            code(&verdicts.iter().map(|verdict| Finding::new("x", *verdict, "")).collect::<Vec<_>>())
        };
        assert_eq!(of(&[Verdict::Ok, Verdict::Note]), 0);
        assert_eq!(of(&[Verdict::Ok, Verdict::Unknown]), FAILED);
        assert_eq!(of(&[Verdict::Unknown, Verdict::Wrong, Verdict::Ok]), LEFT);
    }
}
