//! The one message that a sweep sends to people, where there is something that they should know. No I/O.
//!
//! It is read on a telephone at night: what needs a person comes first, each kind with the accounts, the reason and the
//! next step, and at the end how to fetch the whole report.

mod open;
mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use serde::Serialize;

use self::{
    open::Open,
    text::{Message, Places, named, plain},
};
use super::{Change, CoverageDocument, News, TargetResult, keys, news};
use crate::{AccountId, Mode, Region, State, thousands};

/// So many accounts of a line are named where nobody needs to act on them.
const FEW_ACCOUNTS: usize = 5;

/// A message to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// Up to 100 printable ASCII characters, as SNS asks for.
    pub subject: String,
    /// Plain text of up to 64 KB: SNS takes 256 KB, and so does a state of the state machine, which it passes through.
    pub message: String,
}

/// What people should know of a sweep: its first coverage, breakers, what failed, what newly needs a person, and what was
/// repaired. `None` where nothing of that is so. `bucket` is the name of the bucket that the report is in.
#[must_use]
pub fn notification(before: Option<&CoverageDocument>, after: &CoverageDocument, bucket: &str) -> Option<Notification> {
    let before = before.filter(|before| before.full_run.is_some());
    let breakers: Vec<String> = after.breakers.iter().map(ToString::to_string).collect();
    let failed = failed(after);
    let Open { entries: open, told_before } = Open::of(before, after);
    let (repaired, left_out) = (repaired(before, after), left_out(before, after));
    let (reductions, unpoliced) = (waiting_reductions(before, after), without_policy(before, after));
    let news = [&breakers, &failed, &reductions, &unpoliced, &left_out, &open, &repaired];
    if before.is_some() && news.into_iter().all(Vec::is_empty) {
        return None;
    }
    let mut message = Message::new(&headline(before, after));
    message.section("A breaker tripped", &breakers, "");
    message.section(
        "Could not be looked at to the end, so that what is covered there is not known",
        &failed,
        "Mend a role or permission that the reason names; of anything else the next sweep looks again. Where it lasts: \
         FailedTargetsAlarm in the runbook.",
    );
    message.section(if before.is_some() { "Not enrolled, new in this sweep" } else { "Not enrolled" }, &open, "");
    message.line(&told_before);
    message.section("Not governed any more", &left_out, "Nothing, where it is meant so.");
    message.section(
        "Reductions that the policy names",
        &reductions,
        "Nothing, where they are meant so: the next sweep in apply mode makes them, within max-reductions. Otherwise \
         correct the policy before it.",
    );
    message.section("AWS's own policies", &unpoliced, "Attach a policy, or disable the type.");
    message.section(
        "Repaired: was enrolled, was found otherwise, and is enrolled again",
        &repaired,
        "Nothing by hand. CloudTrail of these accounts and of the administrator tells who turned it off; guard rails keep \
         it from happening again.",
    );
    Some(Notification { subject: subject(after, !repaired.is_empty()), message: message.ended(&fetch(bucket)) })
}

fn subject(document: &CoverageDocument, repaired: bool) -> String {
    const LONGEST: usize = 100;
    let counts = &document.totals.memberships;
    let plan = if document.mode == Mode::Plan { " (plan mode)" } else { "" };
    let breaker = if document.breakers.is_empty() { "" } else { " a breaker tripped," };
    let mut subject = format!("Rollcall{plan}:{breaker} {}% enrolled", document.totals.percent);
    let failed = document.failures_of_run().count();
    let needs =
        [(counts.blocked, "blocked"), (failed, "failed"), (counts.unknown, "unknown"), (counts.missing, "missing")];
    for (count, state) in needs.into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(subject, ", {} {state}", thousands(count));
    }
    if repaired {
        subject.push_str(", drift repaired");
    }
    subject.chars().take(LONGEST).collect()
}

fn headline(before: Option<&CoverageDocument>, document: &CoverageDocument) -> String {
    let what = match (document.mode, before) {
        (Mode::Plan, None) => "The first sweep, in plan mode: nothing was changed",
        (Mode::Plan, Some(_)) => "Sweep completed in plan mode: nothing was changed",
        (Mode::Apply, None) => "The first sweep is completed",
        (Mode::Apply, Some(_)) => "Sweep completed",
    };
    let (percent, memberships) = (document.totals.percent, document.totals.memberships);
    let mut text = format!("{what}. Coverage is {percent}%: {memberships}.\n");
    for (service, counts) in &document.services {
        let _ = writeln!(text, "  {service}: {}%, {}", counts.percent, counts.memberships);
    }
    text.push_str("Counted is each account in each service and region.");
    text
}

fn fetch(bucket: &str) -> String {
    format!(
        "All of it, as a page for the browser, and for programs:\n  \
         aws s3 cp s3://{bucket}/coverage/latest.html .\n  \
         aws s3 cp s3://{bucket}/{} .\n\
         What each reason means, how to check it and what to do: docs/runbook.md\n",
        keys::LATEST
    )
}

/// What failed, by why.
fn failed(document: &CoverageDocument) -> Vec<String> {
    let mut groups: BTreeMap<&str, Places<'_>> = BTreeMap::new();
    for target in document.own_targets() {
        if let Some(why) = &target.error {
            groups.entry(why).or_default().add(&target.service, &target.region);
        }
    }
    let targets = groups.into_iter().map(|(why, places)| format!("{}: {}", places.told(document), plain(why)));
    let services = document.excluded.iter().filter(|excluded| excluded.state == State::Unknown);
    targets.chain(services.map(|excluded| format!("{}: {}", excluded.service, plain(&excluded.sentence)))).collect()
}

/// The reductions that wait, where the document before does not list them.
fn waiting_reductions(before: Option<&CoverageDocument>, after: &CoverageDocument) -> Vec<String> {
    let mut groups: BTreeMap<&str, (usize, BTreeSet<AccountId>, Places<'_>)> = BTreeMap::new();
    for target in after.own_targets() {
        let known = before.and_then(|before| before.target(&target.service, &target.region));
        let is_new = |change: &&Change| {
            let covers = |known: &Change| known.what == change.what && known.count >= change.count;
            let same = |known: &TargetResult| known.planned.iter().any(covers);
            change.reduces && !known.is_some_and(same)
        };
        for change in target.planned.iter().filter(is_new) {
            let (count, accounts, places) = groups.entry(&change.what).or_default();
            *count += change.count;
            accounts.extend(&change.accounts);
            places.add(&target.service, &target.region);
        }
    }
    let line = |(what, (count, accounts, places)): (&str, (usize, BTreeSet<AccountId>, Places<'_>))| {
        let whom = match count {
            0 => String::new(),
            1 => format!(", 1 membership of {}", named(&accounts, after, FEW_ACCOUNTS)),
            count => format!(", {} memberships of {}", thousands(count), named(&accounts, after, FEW_ACCOUNTS)),
        };
        format!("{}{whom}, {}", plain(what), places.told(after))
    };
    groups.into_iter().map(line).collect()
}

/// Services whose AWS policy type is enabled while accounts have no effective policy, since this sweep.
fn without_policy(before: Option<&CoverageDocument>, after: &CoverageDocument) -> Vec<String> {
    let known = |service: &String| before.and_then(|before| before.without_organization_policy.get(service));
    let without = after.without_organization_policy.iter().filter(|(_, count)| **count > 0);
    let new = without.filter(|(service, count)| known(service) != Some(*count));
    new.map(|(service, count)| {
        format!(
            "{service}: the policy type is enabled, and {} accounts have no effective policy, so that AWS enrols none of \
             them by itself",
            thousands(*count)
        )
    })
    .collect()
}

/// What was looked at before and is not any more, by why.
fn left_out(before: Option<&CoverageDocument>, after: &CoverageDocument) -> Vec<String> {
    let Some(before) = before else { return Vec::new() };
    let mut groups: BTreeMap<&str, Places<'_>> = BTreeMap::new();
    for target in before.targets.iter().filter(|target| after.target(&target.service, &target.region).is_none()) {
        let why = after
            .excluded
            .iter()
            .find(|excluded| excluded.service == target.service && excluded.region.as_ref() == Some(&target.region));
        let why = why.map_or("AWS does not list the region any more", |excluded| excluded.sentence.as_str());
        groups.entry(why).or_default().add(&target.service, &target.region);
    }
    groups.into_iter().map(|(why, places)| format!("{}: {}", places.told(before), plain(why))).collect()
}

/// What was repaired, by whom it was repaired for and how.
fn repaired(before: Option<&CoverageDocument>, after: &CoverageDocument) -> Vec<String> {
    let repaired: Vec<(String, Region, BTreeSet<AccountId>, Vec<String>)> = news(before, after)
        .into_iter()
        .filter_map(|news| match news {
            News::DriftRepaired { service, region, accounts, changes, .. } => {
                Some((service, region, accounts.into_iter().collect(), changes))
            }
            News::AccountEnrolled { .. } | News::SweepCompleted { .. } => None,
        })
        .collect();
    let mut groups: BTreeMap<(&BTreeSet<AccountId>, &Vec<String>), Places<'_>> = BTreeMap::new();
    for (service, region, accounts, changes) in &repaired {
        groups.entry((accounts, changes)).or_default().add(service, region);
    }
    let line = |((accounts, changes), places): ((&BTreeSet<AccountId>, &Vec<String>), Places<'_>)| {
        let whom = match accounts.len() {
            0 => "the organization's configuration".to_owned(),
            _ => named(accounts, after, FEW_ACCOUNTS),
        };
        format!("{whom}, {}: {}", places.told(after), plain(&changes.join("; ")))
    };
    groups.into_iter().map(line).collect()
}
