//! `rollcall coverage`: what is covered, what is not, and why. I/O: AWS, reads only; writes the files that are named.

use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};

use clap::Args;
use rollcall_core::{Mode, sweep::CoverageDocument};
use rollcall_page::{render, write_table};

use crate::{
    connect::Connect,
    files::{place, write_whole},
    output::{Ended, FAILED, Failure, LEFT, fail, print, tell, tell_of},
    run::{Narrow, PolicyFile, Progress, Surveying, Targets, interruption},
    text,
};

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policy: PolicyFile,
    /// Write the report as one page for a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a table with a row for each membership
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the coverage document
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// End with 2 where less than this share of the applicable memberships is enrolled
    #[arg(long, value_name = "PER CENT", value_parser = percent)]
    fail_under: Option<f64>,
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    connect: Connect,
}

const HELP: &str = "\
Exit codes:
  0  looked at everything
  1  something could not be looked at, or the usage is wrong
  2  the coverage is below --fail-under

Examples:
  rollcall coverage --simulate --html coverage.html
  rollcall coverage --bucket rollcall-reports --csv coverage.csv --fail-under 99.5";

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "it is a share in per cent, from 0 to 100, such as 99.5".to_owned())
}

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Ended {
    // Before the work, which may be long.
    check_files(arguments)?;
    let connected = arguments.connect.open(Mode::Plan)?;
    let (progress, stop) = (Progress::default(), interruption()?);
    let surveying = Surveying::new(&connected, &arguments.narrow, &arguments.policy, &progress, &stop).await?;
    let targets = Targets::look(&connected, &surveying, &progress, &stop).await?;
    connected.keep()?;
    let document = document(&targets, surveying);
    let written = write(arguments, &document);
    let mut text = text::coverage(&document);
    let failed = targets.not_seen(&document);
    let below = arguments.fail_under.filter(|least| {
        // Of nothing there is no share.
        document.totals.percent < *least || document.totals.memberships.applicable() == 0
    });
    match below {
        Some(_) if document.totals.memberships.applicable() == 0 => text.push_str("\nNo membership is applicable.\n"),
        Some(least) => {
            _ = writeln!(text, "\n{}% of the applicable memberships is below {least}%.", document.totals.percent);
        }
        None => {}
    }
    tell_of(&failed);
    if let Err(Failure(why)) = &written {
        fail(why);
    }
    if !failed.is_empty() || written.is_err() {
        return Ok(print(&text, FAILED));
    }
    Ok(print(&text, if below.is_some() { LEFT } else { 0 }))
}

/// The document; of a look at everything, with what the stack's reports tell of the time before.
fn document(targets: &Targets, surveying: Surveying) -> CoverageDocument {
    let own = targets.document(&surveying);
    match surveying.latest {
        Some(latest) if surveying.narrow.is_everything() => own.clone().merged_into(Some(latest)).unwrap_or(own),
        // Since when it is so nobody knows.
        _ => own,
    }
}

fn files(arguments: &Arguments) -> impl Iterator<Item = &PathBuf> {
    [&arguments.json, &arguments.html, &arguments.csv].into_iter().flatten()
}

/// Each can be written, as far as that can be told before, and no two are the same.
fn check_files(arguments: &Arguments) -> Result<(), Failure> {
    let mut places = BTreeSet::new();
    for file in files(arguments) {
        if !places.insert(place(file)?) {
            return Err(Failure("--html, --csv and --json need a file each".to_owned()));
        }
    }
    Ok(())
}

fn write(arguments: &Arguments, document: &CoverageDocument) -> Result<(), Failure> {
    if let Some(file) = &arguments.json {
        write_whole(file, &serde_json::to_vec(document)?)?;
    }
    if let Some(file) = &arguments.html {
        write_whole(file, render(document, None).as_bytes())?;
    }
    if let Some(file) = &arguments.csv {
        let mut table = Vec::new();
        write_table(document, &mut table)?;
        write_whole(file, &table)?;
    }
    for file in files(arguments) {
        tell(&format!("wrote {}", file.display()));
    }
    Ok(())
}
