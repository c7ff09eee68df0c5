//! A coverage document: the share that is enrolled, then what is not, by reason. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use rollcall_core::{AccountId, Fate, Region, State, advice, sweep::CoverageDocument};

use super::words::{accounts, bold, colour, coloured, counted, plain, regions};

/// The document, as text.
pub(crate) fn coverage(document: &CoverageDocument) -> String {
    let totals = &document.totals;
    let mut text = format!("{}\n", bold(format!("Coverage: {}%, {}", totals.percent, totals.memberships)));
    for (service, counts) in &document.services {
        let targets = document.targets.iter().filter(|target| target.service == *service).count();
        let regions = counted(targets, "region");
        _ = writeln!(text, "  {service:<10} {:>6.2}%  {} in {regions}", counts.percent, counts.memberships);
    }
    for breaker in &document.breakers {
        _ = writeln!(text, "{} {breaker}", coloured("breaker:", colour(State::Blocked)));
    }
    text.push_str(&gaps(
        document,
        &[State::Blocked, State::Unknown, State::Missing, State::Pending, State::NotApplicable],
    ));
    text.push_str(&beyond(document));
    text.push_str(&excluded(document));
    for remark in &document.remarks {
        _ = writeln!(text, "{} {}", bold("note:"), plain(remark));
    }
    text
}

/// What the policy wants off and is on.
fn beyond(document: &CoverageDocument) -> String {
    let mut found: BTreeMap<Fate, usize> = BTreeMap::new();
    let excess = document.targets.iter().flat_map(|target| &target.excess);
    for surplus in excess.filter(|surplus| surplus.fate != Fate::LeftAlone) {
        *found.entry(surplus.fate).or_default() += surplus.count;
    }
    let line = |(fate, count)| format!("\nbeyond the policy: {}, {fate}\n", counted(count, "setting"));
    found.into_iter().map(line).collect()
}

/// What stands for the name of each region in a sentence about several.
const REGION: &str = "REGION";

/// Who is not enrolled for one reason, and where.
#[derive(Default)]
struct Group<'a> {
    memberships: usize,
    accounts: BTreeSet<AccountId>,
    targets: BTreeMap<&'a str, BTreeSet<&'a Region>>,
}

/// The memberships in these states, by reason: the most frequent first, within the order of the states.
pub(super) fn gaps(document: &CoverageDocument, states: &[State]) -> String {
    let mut text = String::new();
    for state in states {
        let mut groups: BTreeMap<(&str, String), Group<'_>> = BTreeMap::new();
        for target in &document.targets {
            for gap in target.gaps.iter().filter(|gap| gap.state == *state) {
                // AWS's answers name the region: what differs in that alone is the same.
                let sentence = gap.sentence.replace(target.region.as_str(), REGION);
                let group = groups.entry((&gap.reason, sentence)).or_default();
                group.memberships += gap.accounts.len();
                group.accounts.extend(&gap.accounts);
                group.targets.entry(&target.service).or_default().insert(&target.region);
            }
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.memberships));
        for ((reason, sentence), group) in groups {
            text.push_str(&told(document, *state, reason, &sentence, &group));
        }
    }
    text
}

fn told(document: &CoverageDocument, state: State, reason: &str, sentence: &str, group: &Group<'_>) -> String {
    let all = |service: &str| document.targets.iter().filter(|target| target.service == service).count();
    let places: Vec<String> =
        group.targets.iter().map(|(service, of)| format!("{service} in {}", regions(of, all(service)))).collect();
    let head = coloured(format!("{state} ({reason})"), colour(state));
    let somewhere: BTreeSet<&Region> = group.targets.values().flatten().copied().collect();
    let sentence = match somewhere.first() {
        Some(region) if somewhere.len() == 1 => sentence.replace(REGION, region.as_str()),
        _ => sentence.to_owned(),
    };
    let mut text = format!("\n{head} {}\n", counted(group.memberships, "membership"));
    _ = writeln!(text, "  who:   {}", accounts(&group.accounts, document));
    _ = writeln!(text, "  where: {}", places.join("; "));
    _ = writeln!(text, "  why:   {}", plain(&sentence));
    if state != State::NotApplicable {
        _ = writeln!(text, "  next:  {}", advice(reason));
    }
    text
}

/// The regions and services that no target is of.
pub(super) fn excluded(document: &CoverageDocument) -> String {
    let mut groups: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for excluded in &document.excluded {
        let region = excluded.region.as_ref().map_or_else(|| "all regions".to_owned(), ToString::to_string);
        groups.entry((&excluded.service, &excluded.sentence)).or_default().push(region);
    }
    let mut text = String::new();
    for ((service, sentence), regions) in groups {
        _ = writeln!(text, "\nnot governed: {service} in {}: {}", regions.join(", "), plain(sentence));
    }
    text
}
