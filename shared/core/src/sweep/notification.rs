//! The one message that a sweep sends to people, where there is something that they should know. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use serde::Serialize;

use super::{Change, CoverageDocument, News, TargetResult, news};
use crate::{AccountId, Mode, Region, State};

/// So many lines of a kind are written out; the document has the rest.
const LINES: usize = 20;

/// So many accounts are named in a line.
const ACCOUNTS: usize = 5;

/// So many targets are named in a line.
const TARGETS: usize = 4;

/// A message to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// Up to 100 printable ASCII characters, as SNS asks for.
    pub subject: String,
    /// Plain text.
    pub message: String,
}

/// What people should know of a sweep: its first coverage, what failed, what newly needs a person, what was repaired,
/// and breakers. `None` where nothing of that is so. `location` says where the document is.
#[must_use]
pub fn notification(
    before: Option<&CoverageDocument>,
    after: &CoverageDocument,
    location: &str,
) -> Option<Notification> {
    let before = before.filter(|before| before.full_run.is_some());
    let breakers: Vec<String> = after.breakers.iter().map(ToString::to_string).collect();
    let failed = failed(after);
    let open = open(before, after);
    let repaired: Vec<String> = news(before, after).into_iter().filter_map(|news| told(&news)).collect();
    let left_out = left_out(before, after);
    let (reductions, unpoliced) = (waiting_reductions(before, after), without_policy(before, after));
    let news = [&breakers, &failed, &reductions, &unpoliced, &left_out, &open, &repaired];
    if before.is_some() && news.into_iter().all(Vec::is_empty) {
        return None;
    }
    let mut message = headline(after);
    section(&mut message, "A breaker stopped the sweep", &breakers);
    let waiting = "Reductions that the policy names: the next sweep in apply mode makes them, within max-reductions";
    section(&mut message, waiting, &reductions);
    section(&mut message, "AWS's own policies", &unpoliced);
    section(&mut message, "Could not be looked at to the end", &failed);
    section(&mut message, "Not governed any more", &left_out);
    section(&mut message, "Not enrolled, since this sweep", &open);
    section(&mut message, "Repaired", &repaired);
    let _ = write!(message, "\nAll of it: {location}\n");
    Some(Notification { subject: subject(after), message })
}

fn subject(document: &CoverageDocument) -> String {
    let counts = &document.totals.memberships;
    let plan = if document.mode == Mode::Plan { " (plan mode)" } else { "" };
    let needs = [(counts.blocked, "blocked"), (counts.unknown, "unknown"), (counts.missing, "missing")];
    let mut subject = format!("Rollcall{plan}: {}% enrolled", document.totals.percent);
    for (count, state) in needs.into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(subject, ", {count} {state}");
    }
    subject
}

fn headline(document: &CoverageDocument) -> String {
    let what = if document.mode == Mode::Plan { "Plan mode, nothing was changed" } else { "Sweep completed" };
    let (percent, targets) = (document.totals.percent, document.targets.len());
    let mut text = format!("{what}: {percent}%, {} in {targets} targets.\n", document.totals.memberships);
    for (service, counts) in &document.services {
        let _ = writeln!(text, "  {service}: {}%, {}", counts.percent, counts.memberships);
    }
    text
}

fn section(message: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(message, "\n{title}:");
    for line in lines.iter().take(LINES) {
        let _ = writeln!(message, "  - {line}");
    }
    if lines.len() > LINES {
        let _ = writeln!(message, "  - and {} more", lines.len() - LINES);
    }
}

fn failed(document: &CoverageDocument) -> Vec<String> {
    let targets = document.own_targets().filter_map(|target| {
        let why = target.error.as_deref()?;
        Some(format!("{} in {}: {why}", target.service, target.region))
    });
    let services = document.excluded.iter().filter(|excluded| excluded.state == State::Unknown);
    targets.chain(services.map(|excluded| format!("{}: {}", excluded.service, excluded.sentence))).collect()
}

/// The reductions that wait, where the document before does not list them.
fn waiting_reductions(before: Option<&CoverageDocument>, after: &CoverageDocument) -> Vec<String> {
    type Group<'a> = (usize, BTreeSet<(&'a str, &'a Region)>);
    let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for target in after.own_targets() {
        let known = before.and_then(|before| before.target(&target.service, &target.region));
        let is_new = |change: &&Change| {
            let covers = |known: &Change| known.what == change.what && known.count >= change.count;
            let same = |known: &TargetResult| known.planned.iter().any(covers);
            change.reduces && !known.is_some_and(same)
        };
        for change in target.planned.iter().filter(is_new) {
            let group = groups.entry(&change.what).or_default();
            group.0 += change.count;
            group.1.insert(target.key());
        }
    }
    let line = |(what, (count, targets)): (&str, (usize, BTreeSet<_>))| {
        let whom = if count == 0 { String::new() } else { format!(", {count} memberships") };
        format!("{what}{whom}, {}", placed(&targets))
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
            "{service}: the policy type is enabled, and {count} accounts have no effective policy, so that AWS enrols none \
             of them by itself; attach a policy or disable the type"
        )
    })
    .collect()
}

/// What was looked at before and is not any more.
fn left_out(before: Option<&CoverageDocument>, after: &CoverageDocument) -> Vec<String> {
    let Some(before) = before else { return Vec::new() };
    let gone = before.targets.iter().filter(|target| after.target(&target.service, &target.region).is_none());
    let told = gone.map(|target| {
        let why = after
            .excluded
            .iter()
            .find(|excluded| excluded.service == target.service && excluded.region.as_ref() == Some(&target.region));
        let why = why.map_or("AWS does not list the region any more", |excluded| excluded.sentence.as_str());
        format!("{} in {}: {why}", target.service, target.region)
    });
    told.collect()
}

/// Memberships that are not enrolled and were not so before for the same reason, by reason.
fn open(before: Option<&CoverageDocument>, after: &CoverageDocument) -> Vec<String> {
    type Group<'a> = (BTreeSet<AccountId>, BTreeSet<(&'a str, &'a Region)>);
    let mut groups: BTreeMap<(State, &str, &str), Group<'_>> = BTreeMap::new();
    for target in after.targets.iter().filter(|target| target.error.is_none()) {
        let known = before.and_then(|before| before.target(&target.service, &target.region));
        let known = known.map(TargetResult::by_account).unwrap_or_default();
        for gap in &target.gaps {
            if !matches!(gap.state, State::Blocked | State::Unknown | State::Missing) {
                continue;
            }
            let is_new = |account: &&AccountId| known.get(account).is_none_or(|known| known.reason != gap.reason);
            let accounts: Vec<AccountId> = gap.accounts.iter().filter(is_new).copied().collect();
            if !accounts.is_empty() {
                let group = groups.entry((gap.state, &gap.reason, &gap.sentence)).or_default();
                group.0.extend(accounts);
                group.1.insert(target.key());
            }
        }
    }
    let line = |((state, reason, sentence), (accounts, targets)): (_, Group<'_>)| {
        let (state, accounts): (State, _) = (state, named(&accounts, after));
        format!("{state} ({reason}): {accounts}, {}: {sentence}", placed(&targets))
    };
    groups.into_iter().map(line).collect()
}

/// The targets, the first of many.
fn placed(targets: &BTreeSet<(&str, &Region)>) -> String {
    let shown = targets.iter().take(TARGETS).map(|(service, region)| format!("{service} in {region}"));
    let shown: Vec<String> = shown.collect();
    let more = targets.len().saturating_sub(TARGETS);
    let shown = shown.join(", ");
    if more > 0 { format!("{shown} and {more} more targets") } else { shown }
}

/// The accounts by id and name, the first of many.
fn named(accounts: &BTreeSet<AccountId>, document: &CoverageDocument) -> String {
    let name = |account: &AccountId| {
        let name = document.accounts.get(account).and_then(|account| account.name.clone()).unwrap_or_default();
        // A name may hold anything; a line break would look like a line of ours.
        let name: String = name.chars().filter(|character| !character.is_control()).take(60).collect();
        if name.is_empty() { account.to_string() } else { format!("{account} {name:?}") }
    };
    let shown: Vec<String> = accounts.iter().take(ACCOUNTS).map(name).collect();
    let more = accounts.len().saturating_sub(ACCOUNTS);
    let shown = shown.join(", ");
    if more > 0 { format!("{shown} and {more} more accounts") } else { shown }
}

fn told(news: &News) -> Option<String> {
    let News::DriftRepaired { service, region, accounts, changes, .. } = news else { return None };
    let whom = match accounts.as_slice() {
        [] => "the organization's configuration".to_owned(),
        [one] => one.to_string(),
        many => format!("{} accounts", many.len()),
    };
    Some(format!("{service} in {region}, {whom}: {}", changes.join("; ")))
}
