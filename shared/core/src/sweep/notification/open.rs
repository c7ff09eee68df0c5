//! In the message to people: the memberships that are not enrolled since this sweep, by reason. No I/O.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::text::{Places, named, plain};
use crate::{
    AccountId, Region, State, advice,
    sweep::{Breaker, CoverageDocument, Gap, TargetResult},
    thousands,
};

/// So many accounts are named of a reason that needs a person: who is woken by it looks for their own.
const ACCOUNTS: usize = 20;

/// So many accounts are named of what the sweep turns on by itself.
const MISSING_ACCOUNTS: usize = 5;

/// The states that are told, those that need a person first; the others ask nothing of anybody.
const STATES: [State; 3] = [State::Blocked, State::Unknown, State::Missing];

/// What is not enrolled.
pub(super) struct Open {
    /// Memberships that were not so before for the same reason, by reason: those that need a person first, then the more
    /// numerous.
    pub(super) entries: Vec<String>,
    /// How many were so before; empty where none was.
    pub(super) told_before: String,
}

/// The memberships with the same reason.
#[derive(Default)]
struct Group<'a> {
    memberships: usize,
    accounts: BTreeSet<AccountId>,
    places: Places<'a>,
    sentences: BTreeSet<&'a str>,
    /// Of each service the first sentence, and the region that it is from: in AWS's answers of other regions mostly the
    /// ARNs differ.
    examples: BTreeMap<&'a str, (&'a Region, &'a str)>,
}

impl Open {
    pub(super) fn of(before: Option<&CoverageDocument>, after: &CoverageDocument) -> Self {
        let mut groups: BTreeMap<(usize, &str), Group<'_>> = BTreeMap::new();
        let mut known_of = [0; STATES.len()];
        for target in after.targets.iter().filter(|target| target.error.is_none()) {
            let known = before.and_then(|before| before.target(&target.service, &target.region));
            let known = known.map(TargetResult::by_account).unwrap_or_default();
            for (gap, rank) in target.gaps.iter().filter_map(|gap| Some((gap, rank(gap.state)?))) {
                let is_new = |account: &&AccountId| known.get(account).is_none_or(|known| known.reason != gap.reason);
                let new: BTreeSet<AccountId> = gap.accounts.iter().filter(is_new).copied().collect();
                if let Some(count) = known_of.get_mut(rank) {
                    *count += gap.accounts.len() - new.len();
                }
                if !new.is_empty() {
                    groups.entry((rank, &gap.reason)).or_default().add(target, gap, new);
                }
            }
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|((rank, _), group)| (*rank, Reverse(group.memberships)));
        let entries =
            groups.iter().map(|((rank, reason), group)| group.told(STATES.get(*rank), reason, after)).collect();
        Self { entries, told_before: told_before(known_of) }
    }
}

fn rank(state: State) -> Option<usize> {
    STATES.iter().position(|told| *told == state)
}

fn told_before(counts: [usize; STATES.len()]) -> String {
    let counts = counts.into_iter().zip(STATES).filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, state)| format!("{} {state}", thousands(count))).collect();
    if counts.is_empty() { String::new() } else { format!("Told before, and still so: {}.", counts.join(", ")) }
}

impl<'a> Group<'a> {
    fn add(&mut self, target: &'a TargetResult, gap: &'a Gap, accounts: BTreeSet<AccountId>) {
        self.memberships += accounts.len();
        self.accounts.extend(accounts);
        self.places.add(&target.service, &target.region);
        self.sentences.insert(&gap.sentence);
        self.examples.entry(&target.service).or_insert((&target.region, &gap.sentence));
    }

    /// Several lines: the reason, the accounts, where, why, and what to do.
    fn told(&self, state: Option<&State>, reason: &str, document: &CoverageDocument) -> String {
        let is_missing = state == Some(&State::Missing);
        let (state, most) =
            (state.map_or("", |state| state.as_str()), if is_missing { MISSING_ACCOUNTS } else { ACCOUNTS });
        let memberships = if self.memberships == 1 { "membership" } else { "memberships" };
        format!(
            "{state}, {}: {} {memberships}\n    Accounts: {}\n    Where: {}\n    Why: {}\n    Next step: {}",
            plain(reason),
            thousands(self.memberships),
            named(&self.accounts, document, most),
            self.places.told(document),
            self.why(),
            if is_missing && stops_enrolments(document) { "See the breaker." } else { advice(reason) },
        )
    }

    fn why(&self) -> String {
        if let (1, Some(sentence)) = (self.sentences.len(), self.sentences.first()) {
            return plain(sentence);
        }
        let mut examples: Vec<String> = self
            .examples
            .iter()
            .map(|(service, (region, sentence))| format!("{service} in {region}: {}", plain(sentence)))
            .collect();
        match self.sentences.len().saturating_sub(examples.len()) {
            0 => {}
            1 => examples.push("and 1 more sentence, in the report".to_owned()),
            more => examples.push(format!("and {more} more sentences, in the report")),
        }
        examples.join("\n         ")
    }
}

fn stops_enrolments(document: &CoverageDocument) -> bool {
    document.breakers.iter().any(|breaker| matches!(breaker, Breaker::MaxEnrolments { .. }))
}
