//! `rollcall plan`: what would change. I/O: AWS, reads only.

use clap::{Args, ValueEnum};
use rollcall_core::{Mode, sweep::CoverageDocument};
use serde_json::json;

use crate::{
    connect::Connect,
    output::{Ended, FAILED, LEFT, print, tell_of},
    run::{Narrow, PolicyFile, Progress, Surveying, Targets, interruption},
    text,
};

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policy: PolicyFile,
    /// How the plan is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    narrow: Narrow,
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
+ adds, - takes away. Nothing is changed.

Exit codes:
  0  nothing to do
  1  something could not be looked at, or the usage is wrong
  2  changes are pending

Examples:
  rollcall plan --simulate
  rollcall plan --administrator 222222222222 --profile security \\
      --management-read-role arn:aws:iam::111111111111:role/rollcall/rollcall-management-read
  rollcall plan --policy policy.toml --region eu-central-1 --format json";

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Ended {
    let connected = arguments.connect.open(Mode::Plan)?;
    let (progress, stop) = (Progress::default(), interruption()?);
    let surveying = Surveying::new(&connected, &arguments.narrow, &arguments.policy, &progress, &stop).await?;
    let targets = Targets::look(&connected, &surveying, &progress, &stop).await?;
    connected.keep()?;
    let document = targets.document(&surveying);
    let mut text = match arguments.format {
        Format::Text => text::plan(&targets, &document),
        Format::Json => as_json(&targets, &document),
    };
    let not_seen = targets.not_seen(&document);
    tell_of(&not_seen);
    let code = match (not_seen.is_empty(), targets.has_something_to_do()) {
        (false, _) => FAILED,
        (true, true) => LEFT,
        (true, false) => 0,
    };
    if arguments.format == Format::Text {
        let held = text::held_back(targets.held_back(&connected, &surveying));
        text.push_str(&held);
        text.push_str(match code {
            0 if document.totals.memberships.enrolled == document.totals.memberships.applicable() => {
                "\nNothing to do.\n"
            }
            0 => "\nNo change is planned.\n",
            LEFT if held.is_empty() => "\nChanges are pending: `rollcall apply` makes them.\n",
            LEFT => "\nChanges are pending: `rollcall apply` makes them, but for what is held back.\n",
            _ => "\nNot everything could be looked at.\n",
        });
    }
    Ok(print(&text, code))
}

fn as_json(targets: &Targets, document: &CoverageDocument) -> String {
    let target = |done: &crate::run::Done| {
        let plan = done.plan.as_ref();
        let billed = plan.map(|plan| json!({ "accounts": plan.billed().accounts, "plans": plan.billed().plans }));
        let result = &done.result;
        json!({
            "service": result.service,
            "region": result.region,
            "newlyBilled": billed,
            "reductions": plan.map(rollcall_core::Plan::reductions),
            "planned": result.planned,
            "memberships": result.memberships,
            "gaps": result.gaps,
            "excess": result.excess,
            "remarks": result.remarks,
            "error": result.error,
        })
    };
    let plans = || targets.done.iter().filter_map(|done| done.plan.as_ref());
    let plan = json!({
        "run": document.run,
        "policy": document.policy,
        "accounts": document.accounts.len(),
        "newlyBilled": plans().map(|plan| plan.billed().plans).sum::<usize>(),
        "reductions": plans().map(rollcall_core::Plan::reductions).sum::<usize>(),
        "totals": document.totals,
        "targets": targets.done.iter().map(target).collect::<Vec<_>>(),
        "excluded": document.excluded,
        "remarks": document.remarks,
    });
    format!("{plan:#}\n")
}
