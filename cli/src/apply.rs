//! `rollcall apply`: prints the plan, asks, does it, and looks again. I/O: AWS, standard input.

use std::{
    fmt::Write as _,
    io::{self, BufRead, IsTerminal},
};

use clap::Args;
use futures::future::{Either, select};
use rollcall_core::{Mode, Outcome, Stop, sweep::TargetResult};

use crate::{
    connect::Connect,
    output::{Ended, FAILED, Failure, LEFT, print, tell, written},
    run::{Narrow, PolicyFile, Progress, Surveying, Targets, interruption, is_stopped},
    text,
};

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policy: PolicyFile,
    /// Do not ask before anything is changed
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    connect: Connect,
}

const HELP: &str = "\
Nothing beyond the printed plan is done. Reductions are made as far as the policy's max-reductions allows.
Interrupted, it lets what is under way come to its end; the next run goes on from what AWS shows.

Exit codes:
  0  done, and nothing is pending; what is blocked is reported
  1  something failed or could not be looked at, or the usage is wrong
  2  AWS is still at work, or a limit held something back

Examples:
  rollcall apply --yes --simulate
  rollcall apply --region eu-central-1 --service guardduty";

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Ended {
    let connected = arguments.connect.open(Mode::Apply)?;
    let (progress, stop) = (Progress::default(), interruption()?);
    let surveying = Surveying::new(&connected, &arguments.narrow, &arguments.policy, &progress, &stop).await?;
    let printed = Targets::look(&connected, &surveying, &progress, &stop).await?;
    written(&text::plan(&printed, &printed.document(&surveying)))?;
    let needs_nobody = is_stopped(&stop) || !printed.has_something_to_do() || arguments.yes;
    let agreed = needs_nobody || agreed(&surveying, &stop).await?;
    if !agreed || is_stopped(&stop) {
        connected.keep()?;
        return Err(Failure("nothing was changed".to_owned()));
    }
    let applied = Targets::apply(&connected, &surveying, &printed, &progress, &stop).await?;
    connected.keep()?;
    let document = applied.document(&surveying);
    let mut text = String::new();
    for service in document.services.keys() {
        let of_service = applied.done.iter().map(|done| &done.result).filter(|result| result.service == *service);
        let changes = text::changes(&of_service.collect::<Vec<&TargetResult>>());
        for (index, change) in changes.iter().enumerate() {
            let heading = if index == 0 { format!("\nDone, {service}:\n") } else { String::new() };
            _ = writeln!(text, "{heading}  {change}");
        }
    }
    text.push('\n');
    text.push_str(&text::coverage(&document));
    if is_stopped(&stop) {
        tell("interrupted: what was done is done, and the next run goes on from there");
    }
    Ok(print(&text, code(&applied)))
}

/// Whether a person wants it; who interrupts does not.
async fn agreed(surveying: &Surveying, stop: &Stop) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure("nobody can be asked here; say --yes to apply the plan. Nothing was changed".to_owned()));
    }
    written(&format!("\nApply this to the organization of {}? Only `yes` does it: ", surveying.survey.management))?;
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
fn code(applied: &Targets) -> u8 {
    let worst = applied.outcomes().map(|outcome| match outcome {
        Outcome::Converged | Outcome::Blocked => 0,
        Outcome::Planned | Outcome::Pending | Outcome::Unfinished => 1,
        Outcome::Failed => 2,
    });
    match worst.max() {
        Some(2) => FAILED,
        Some(1) => LEFT,
        _ => 0,
    }
}
