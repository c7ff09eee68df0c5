//! `rollcall apply`: prints the plan, asks, does it, and looks again. I/O: AWS, standard input.

use std::{
    fmt::Write as _,
    io::{self, BufRead, IsTerminal},
};

use clap::Args;
use futures::future::{Either, select};
use rollcall_core::{
    Mode, Outcome, Stop,
    sweep::{CoverageDocument, TargetResult},
};

use crate::{
    connect::Connect,
    output::{Ended, FAILED, Failure, LEFT, print, shown, tell},
    run::{Done, HeldBack, Narrow, PolicyFile, Progress, Surveying, Targets, interruption, is_stopped},
    text,
};

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policy: PolicyFile,
    /// Do not ask before anything is changed; reductions are left out
    #[arg(long)]
    yes: bool,
    /// With --yes: make the reductions too, as far as the policy's max-reductions allows
    #[arg(long, requires = "yes")]
    reduce: bool,
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    connect: Connect,
}

const HELP: &str = "\
Nothing beyond the printed plan is done. Reductions are made as far as the policy's max-reductions allows, once a
person has agreed to the plan, or by --yes --reduce. Interrupted, it gives up the calls that are under way, though
AWS may have done what they ask; the next run goes on from what AWS shows.

Exit codes:
  0  done, and nothing is pending; what is blocked, as by a service control policy, is reported and does not count
  1  something failed, a permission is missing, something could not be looked at, nobody agreed, or the usage is wrong
  2  AWS is still at work, or a limit held something back

Examples:
  rollcall apply --yes --simulate
  rollcall apply --yes --reduce --policy policy.toml
  rollcall apply --region eu-central-1 --service guardduty";

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Ended {
    let connected = arguments.connect.open(Mode::Apply)?;
    let (progress, stop) = (Progress::default(), interruption()?);
    let surveying = Surveying::new(&connected, &arguments.narrow, &arguments.policy, &progress, &stop).await?;
    let printed = Targets::look(&connected, &surveying, &progress, &stop).await?;
    let held = printed.held_back(&connected, &surveying);
    // Who cannot read the plan does not get it applied.
    shown(&(text::plan(&printed, &printed.document(&surveying)) + &text::held_back(held)))?;
    if let Some(ended) = nothing_can_be_done(&printed, held, &surveying) {
        connected.keep()?;
        return ended;
    }
    let needs_nobody = is_stopped(&stop) || !printed.has_something_to_do() || arguments.yes;
    let agreed = needs_nobody || agreed(&surveying, &stop).await?;
    if !agreed || is_stopped(&stop) {
        connected.keep()?;
        return Err(Failure("nothing was changed".to_owned()));
    }
    let reduces = !arguments.yes || arguments.reduce;
    let applied = Targets::apply(&connected, &surveying, (&printed, reduces), &progress, &stop).await?;
    connected.keep()?;
    let document = applied.document(&surveying);
    let mut text = String::new();
    for service in document.services.keys() {
        let of_service = applied.done.iter().map(|done| &done.result).filter(|result| result.service == *service);
        let of_service: Vec<&TargetResult> = of_service.collect();
        told(&mut text, &format!("Done, {service}:"), &text::changes(&of_service));
        told(&mut text, &format!("Held back, {service}:"), &text::planned(&of_service));
    }
    if applied.has_something_to_do() && !reduces {
        text.push_str("\nReductions wait for a person who agrees, or for --yes --reduce.\n");
    }
    text.push('\n');
    text.push_str(&text::coverage(&document));
    if is_stopped(&stop) {
        tell("interrupted: what was done is done, and the next run goes on from there");
    }
    Ok(print(&text, code(&applied, &document)))
}

/// How it ends where nothing of the plan may be done now.
fn nothing_can_be_done(printed: &Targets, held: HeldBack, surveying: &Surveying) -> Option<Ended> {
    let waits =
        |done: &Done| !done.result.planned.is_empty() && done.result.planned.iter().all(|change| change.predicted);
    if surveying.narrow.accounts().is_some() && printed.done.iter().any(waits) {
        let why = "these accounts wait for what is about the whole organization: run `rollcall apply` without --account \
                   first. Nothing was changed";
        return Some(Err(Failure(why.to_owned())));
    }
    let adds = printed.plans(false) && held.additions.is_none();
    let reduces = printed.plans(true) && held.reductions.is_none();
    let nothing = printed.has_something_to_do() && !adds && !reduces;
    nothing.then(|| Ok(print("\nNothing was changed: read what is planned, then raise the limits.\n", LEFT)))
}

/// Adds lines below their heading, where there are any.
fn told(text: &mut String, heading: &str, lines: &[String]) {
    for (index, line) in lines.iter().enumerate() {
        let heading = if index == 0 { format!("\n{heading}\n") } else { String::new() };
        _ = writeln!(text, "{heading}  {line}");
    }
}

/// Whether a person wants it; who interrupts does not.
async fn agreed(surveying: &Surveying, stop: &Stop) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure("nobody can be asked here; say --yes to apply the plan. Nothing was changed".to_owned()));
    }
    if !io::stdout().is_terminal() {
        return Err(Failure("nobody sees the plan here; say --yes to apply it unseen. Nothing was changed".to_owned()));
    }
    shown(&format!("\nApply this to the organization of {}? Only `yes` does it: ", surveying.survey.management))?;
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    match select(answer, stop.clone()).await {
        Either::Left((answer, _)) => Ok(answer??.trim() == "yes"),
        Either::Right(_) => Ok(false),
    }
}

/// The exit code of what was applied.
fn code(applied: &Targets, document: &CoverageDocument) -> u8 {
    let outcomes = || applied.outcomes();
    let waits = |outcome| matches!(outcome, Outcome::Planned | Outcome::Pending | Outcome::Unfinished);
    let failed = !applied.not_seen(document).is_empty() || outcomes().any(|outcome| outcome == Outcome::Failed);
    // Other than what the organization forbids, this is ours to mend.
    if failed || applied.lacks_permission() {
        FAILED
    } else if !document.breakers.is_empty() || applied.has_something_to_do() || outcomes().any(waits) {
        LEFT
    } else {
        0
    }
}
