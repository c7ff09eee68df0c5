//! In the message to people: how accounts, places and sentences are written, and how long the message gets. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use crate::{AccountId, Region, sweep::CoverageDocument, thousands};

/// So many entries of a section are written out; the report has the rest.
const ENTRIES: usize = 20;

/// So many regions of a service are named.
const REGIONS: usize = 6;

/// The longest sentence, in characters: AWS's answers repeat ARNs.
const SENTENCE: usize = 600;

/// The longest account's name (Organizations API reference: 50).
const NAME: usize = 60;

/// The longest message before its end, in bytes.
const LONGEST: usize = 60_000;

/// The message as it grows.
pub(super) struct Message {
    text: String,
}

impl Message {
    pub(super) fn new(headline: &str) -> Self {
        Self { text: format!("{headline}\n") }
    }

    /// A title, its entries, and what to do about all of them, where there are any.
    pub(super) fn section(&mut self, title: &str, entries: &[String], next_step: &str) {
        if entries.is_empty() {
            return;
        }
        let _ = writeln!(self.text, "\n{title}:");
        for entry in entries.iter().take(ENTRIES) {
            let _ = writeln!(self.text, "  - {entry}");
        }
        if entries.len() > ENTRIES {
            let _ = writeln!(self.text, "  - and {} more, in the report", entries.len() - ENTRIES);
        }
        if !next_step.is_empty() {
            let _ = writeln!(self.text, "  Next step: {next_step}");
        }
    }

    /// A line of its own; nothing where it is empty.
    pub(super) fn line(&mut self, line: &str) {
        if !line.is_empty() {
            let _ = writeln!(self.text, "\n{line}");
        }
    }

    /// The message with its end, which is always there; before it whole lines are left out where it is too long.
    pub(super) fn ended(self, end: &str) -> String {
        let mut text = String::new();
        for line in self.text.split_inclusive('\n') {
            if text.len() + line.len() > LONGEST {
                text.push_str("…\nThe rest is in the report.\n");
                break;
            }
            text.push_str(line);
        }
        format!("{text}\n{end}")
    }
}

/// Services' regions.
#[derive(Default)]
pub(super) struct Places<'a>(BTreeMap<&'a str, BTreeSet<&'a Region>>);

impl<'a> Places<'a> {
    pub(super) fn add(&mut self, service: &'a str, region: &'a Region) {
        self.0.entry(service).or_default().insert(region);
    }

    /// The regions of each service, the first of many; or that it is all that the document has.
    pub(super) fn told(&self, document: &CoverageDocument) -> String {
        let told = self.0.iter().map(|(service, regions)| {
            let all = document.targets.iter().filter(|target| target.service == *service).count();
            let names: Vec<&str> = regions.iter().take(REGIONS).map(|region| region.as_str()).collect();
            let names = names.join(", ");
            match regions.len().saturating_sub(REGIONS) {
                0 => format!("{service} in {names}"),
                _ if regions.len() == all => format!("{service} in all {all} regions"),
                more => format!("{service} in {names} and {more} more regions"),
            }
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

/// The accounts by id and name, at most so many.
pub(super) fn named(accounts: &BTreeSet<AccountId>, document: &CoverageDocument, most: usize) -> String {
    let name = |account: &AccountId| {
        let name = document.accounts.get(account).and_then(|account| account.name.clone()).unwrap_or_default();
        // A name may hold anything; a line break would look like a line of ours.
        let name: String = name.chars().filter(|character| !character.is_control()).take(NAME).collect();
        if name.is_empty() { account.to_string() } else { format!("{account} {name:?}") }
    };
    let shown: Vec<String> = accounts.iter().take(most).map(name).collect();
    let shown = shown.join(", ");
    match accounts.len().saturating_sub(most) {
        0 => shown,
        1 => format!("{shown} and 1 more account"),
        more => format!("{shown} and {} more accounts", thousands(more)),
    }
}

/// A sentence that others had a part in, on one line and not too long.
pub(super) fn plain(sentence: &str) -> String {
    let one_line = |character: char| if character.is_control() { ' ' } else { character };
    let mut shown: String = sentence.chars().take(SENTENCE).map(one_line).collect();
    if sentence.chars().nth(SENTENCE).is_some() {
        shown.push('…');
    }
    shown
}
