//! `rollcall explain`: what is wanted of one account, how it stands, and what comes next. I/O: AWS, reads only.

use std::fmt::Write as _;

use clap::Args;
use rollcall_core::{AccountId, Mode, Region, State, advice, sweep::TargetResult};
use rollcall_runtime::Session;

use crate::{
    connect::Connect,
    output::{Ended, FAILED, print, tell_of},
    run::{Narrow, PolicyFile, Progress, Surveying, Targets, interruption},
    text,
};

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// The account
    #[arg(long, value_name = "ID")]
    account: AccountId,
    /// The region; without it, all of them
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// The service, such as guardduty; without it, all of them
    #[arg(long, value_name = "SERVICE", value_parser = crate::run::service)]
    service: Option<&'static str>,
    #[command(flatten)]
    policy: PolicyFile,
    #[command(flatten)]
    connect: Connect,
}

const HELP: &str = "\
Exit codes:
  0  explained
  1  it could not be looked at, the account or region is not governed, or the usage is wrong

Examples:
  rollcall explain --account 222222222222 --region eu-west-1 --service guardduty --simulate
  rollcall explain --account 222222222222";

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Ended {
    let connected = arguments.connect.open(Mode::Plan)?;
    let (progress, stop) = (Progress::default(), interruption()?);
    let (account, region) = (arguments.account, arguments.region.clone());
    let narrow = Narrow::account(account, region.clone(), arguments.service);
    let surveying = Surveying::new(&connected, &narrow, &arguments.policy, &progress, &stop).await?;
    // The whole of each target, as a sweep: what comes first for the organization decides on the account too.
    let surveying = surveying.of_everyone();
    let mut targets = Targets::look(&connected, &surveying, &progress, &stop).await?;
    connected.keep()?;
    for done in &mut targets.done {
        done.result = text::about(&done.result, account);
    }
    let document = targets.document(&surveying);
    let mut text = String::new();
    for (index, done) in targets.done.iter().enumerate() {
        text.push_str(if index > 0 { "\n" } else { "" });
        text.push_str(&wanted(&connected.session, &surveying, done, account));
        text.push_str(&stands(&done.result, account));
    }
    for excluded in &document.excluded {
        let place = excluded.region.as_ref().map_or("every region", |region| region.as_str());
        if arguments.region.as_ref().is_none_or(|region| excluded.region.as_ref().is_none_or(|at| at == region)) {
            _ = writeln!(text, "{} in {place}: not governed: {}", excluded.service, excluded.sentence);
        }
    }
    if text.is_empty() {
        text = format!(
            "{} is no region of the administrators' accounts\n",
            region.map_or_else(String::new, |region| region.to_string())
        );
    }
    let not_seen = targets.not_seen(&document);
    tell_of(&not_seen);
    let failed = targets.done.is_empty() || !not_seen.is_empty();
    Ok(print(&text, if failed { FAILED } else { 0 }))
}

/// What the policy says, and which rule said so.
fn wanted(session: &Session, surveying: &Surveying, done: &crate::run::Done, account: AccountId) -> String {
    let (administrator, _) = session.administrator(done.entry);
    let roster = surveying.survey.roster();
    let policy = &surveying.policy.policy;
    let explained = policy.explain(done.entry.spec, &done.region, &roster, administrator, account);
    explained.map_or_else(String::new, |explanation| explanation.to_string())
}

/// How the account stands, and what comes next.
fn stands(result: &TargetResult, account: AccountId) -> String {
    let gaps = result.by_account();
    let mut text = String::new();
    match gaps.get(&account) {
        None => text.push_str("  state: enrolled\n"),
        Some(gap) => {
            _ = writeln!(text, "  state: {} ({})", gap.state, gap.reason);
            _ = writeln!(text, "  why:   {}", text::plain(&gap.sentence));
            if gap.state != State::NotApplicable {
                _ = writeln!(text, "  next:  {}", advice(&gap.reason));
            }
        }
    }
    for step in text::planned(&[result]) {
        _ = writeln!(text, "  planned: {step}");
    }
    for surplus in result.excess.iter().filter(|surplus| surplus.accounts.contains(&account)) {
        _ = writeln!(text, "  excess ({}): {}", surplus.fate, surplus.what);
    }
    text
}
