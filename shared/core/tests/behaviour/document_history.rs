//! What the coverage document keeps from one sweep to the next: since when, the trend, units' names.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use rollcall_core::{
    AccountId, State,
    sweep::{CoverageDocument, Gap, Survey},
};
use serde_json::Value;

use crate::{
    support::generate::config,
    sweep_documents::{REGIONS, at, document, gap, id, survey},
};

/// Merged one after the other, as full runs at seconds 1, 2, ….
fn merged(runs: &[Vec<Gap>]) -> CoverageDocument {
    let documents = (1..).zip(runs).map(|(second, gaps)| document(&survey(second, 4, &REGIONS[..1], None), gaps, &[]));
    documents.fold(None, |latest, own| own.merged_into(latest)).unwrap()
}

/// Since when each account of the first target is not enrolled, in seconds.
fn since(document: &CoverageDocument) -> BTreeMap<AccountId, Option<Timestamp>> {
    let told = document.targets[0].gaps.iter();
    told.flat_map(|gap| gap.accounts.iter().map(|account| (*account, gap.since))).collect()
}

/// For each run, what is wrong with each of four accounts: nothing, or a reason, told in one of two sentences.
fn histories() -> impl Strategy<Value = Vec<[Option<(usize, bool)>; 4]>> {
    let state = prop::option::of((0..3_usize, any::<bool>()));
    prop::collection::vec(prop::array::uniform4(state), 1..6)
}

const REASONS: [(State, &str); 3] =
    [(State::Missing, "features-off"), (State::Blocked, "denied"), (State::Pending, "turning-on")];

proptest! {
    #![proptest_config(config(300))]

    /// An account is in its state for its reason since the first of the last runs that all saw it so.
    #[test]
    fn since_is_the_first_of_the_last_runs_that_saw_the_same(history in histories()) {
        let gaps = |states: &[Option<(usize, bool)>; 4]| {
            let told = (1..).zip(states).filter_map(|(account, state)| state.map(|state| (account, state)));
            told.map(|(account, (reason, wordy))| {
                let (state, code) = REASONS[reason];
                let sentence = format!("{code}, request {wordy}");
                Gap { sentence, ..gap(state, code, [account]) }
            }).collect::<Vec<Gap>>()
        };
        let document = merged(&history.iter().map(gaps).collect::<Vec<_>>());
        let mut expected = BTreeMap::new();
        for account in 0..4 {
            let reason = |states: &[Option<(usize, bool)>; 4]| states[account].map(|(reason, _)| reason);
            let last = reason(history.last().unwrap());
            let same = history.iter().rev().take_while(|states| reason(states) == last).count();
            if last.is_some() {
                expected.insert(id(account + 1), Some(at(i64::try_from(history.len() - same + 1).unwrap())));
            }
        }
        prop_assert_eq!(since(&document), expected);
        let groups = document.targets[0].gaps.iter().map(|gap| (gap.state, &gap.reason, &gap.sentence, gap.since));
        prop_assert!(groups.collect::<Vec<_>>().windows(2).all(|pair| pair[0] < pair[1]), "each group is told once");
    }
}

#[test]
fn a_report_that_is_made_once_more_tells_the_same_since_and_the_same_trend() {
    let missing = || [gap(State::Missing, "features-off", [1, 2])];
    let first = document(&survey(1, 4, &REGIONS, None), &missing(), &[]).merged_into(None).unwrap();
    let own = document(&survey(2, 4, &REGIONS, None), &missing(), &[]);
    let second = own.clone().merged_into(Some(first.clone())).unwrap();
    assert_eq!(since(&second)[&id(1)], Some(at(1)));
    assert_eq!(own.clone().merged_into(Some(first)).unwrap(), second);
    // Also where a run of one region came in between, and the newest document is no longer the run's own.
    let narrowed = document(&survey(3, 4, &REGIONS, Some(&["eu-west-1"])), &missing(), &[]);
    let newest = narrowed.merged_into(Some(second.clone())).unwrap();
    let again = own.merged_into(Some(newest)).unwrap();
    assert_eq!(again.trend, second.trend);
    assert!(again.targets.iter().all(|target| target.gaps[0].since == Some(at(1))));
}

#[test]
fn of_what_is_not_applicable_it_is_not_told_since_when() {
    let off = || vec![gap(State::NotApplicable, "region-off", [1, 2])];
    let document = merged(&[off(), vec![gap(State::NotApplicable, "region-off", [1, 2, 3])]]);
    assert_eq!(since(&document).into_values().collect::<Vec<_>>(), [None; 3]);
    assert_eq!(document.targets[0].gaps.len(), 1);
}

#[test]
fn who_joined_since_a_target_was_looked_at_is_unknown_since_that_was_seen() {
    let first = document(&survey(1, 2, &REGIONS[..2], None), &[], &[]).merged_into(None);
    let narrowed = |second, accounts| document(&survey(second, accounts, &REGIONS[..2], Some(&REGIONS[..1])), &[], &[]);
    let second = narrowed(5, 3).merged_into(first);
    let third = narrowed(9, 4).merged_into(second).unwrap();
    let other = third.target("guardduty", &REGIONS[1].parse().unwrap()).unwrap();
    let since: Vec<_> = other.gaps.iter().map(|gap| (gap.since, gap.accounts.len())).collect();
    assert_eq!(since, [(Some(at(5)), 1), (Some(at(9)), 1)]);
}

#[test]
fn a_service_that_cannot_be_listed_is_unknown_since_then_and_counts_each_account_once() {
    let first = document(&survey(1, 3, &REGIONS[..1], None), &[gap(State::Missing, "features-off", [1])], &[]);
    let mut broken = survey(2, 4, &[], None);
    broken.services[0].error = Some("AssumeRole answered AccessDenied".to_owned());
    let broken = document(&broken, &[], &[]).merged_into(first.merged_into(None)).unwrap();
    assert_eq!(since(&broken).into_values().collect::<Vec<_>>(), [Some(at(2)); 4]);
    assert_eq!(broken.totals.memberships.unknown, 4);
}

#[test]
fn the_trend_has_the_newest_full_sweeps_in_their_order() {
    let run = |second, gaps: &[Gap], regions| document(&survey(second, 4, &REGIONS, regions), gaps, &[]);
    let mut latest = None;
    for second in 1..=190 {
        latest = run(second, &[gap(State::Missing, "features-off", [1])], None).merged_into(latest);
    }
    let latest = latest.unwrap();
    let ends: Vec<_> = latest.trend.iter().map(|point| point.ended_at).collect();
    assert_eq!(ends, (11..=190).map(at).collect::<Vec<_>>());
    assert_eq!(latest.trend.last().unwrap().totals, latest.totals);
    assert_eq!(latest.trend.last().unwrap().services, latest.services);
    let narrowed = run(200, &[], Some(&REGIONS[..1])).merged_into(Some(latest.clone())).unwrap();
    assert_ne!(narrowed.totals, latest.totals);
    assert_eq!(narrowed.trend, latest.trend, "what a narrowed run came to is mostly an earlier one's");
}

#[test]
fn units_names_that_could_not_be_read_are_as_they_were() {
    let with = |second, names: &[(&str, &str)]| {
        let units = names.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect();
        document(&Survey { units, ..survey(second, 2, &REGIONS, None) }, &[], &[])
    };
    let first = with(1, &[("ou-a", "Payments"), ("ou-b", "Old")]).merged_into(None);
    let unread = with(2, &[]).merged_into(first).unwrap();
    assert_eq!(unread.units["ou-a"], "Payments");
    let renamed = with(3, &[("ou-a", "Money")]).merged_into(Some(unread)).unwrap();
    assert_eq!(renamed.units, [("ou-a".to_owned(), "Money".to_owned())].into());
}

/// A document as a version wrote it that knew nothing of history.
fn old(document: &CoverageDocument) -> CoverageDocument {
    let mut written = serde_json::to_value(document).unwrap();
    let members = written.as_object_mut().unwrap();
    assert!(members.remove("trend").is_some() && members.remove("units").is_some());
    for target in written["targets"].as_array_mut().unwrap() {
        for gap in target["gaps"].as_array_mut().unwrap() {
            assert!(gap.as_object_mut().unwrap().remove("since").is_some_and(|since| since != Value::Null));
        }
    }
    serde_json::from_value(written).unwrap()
}

#[test]
fn an_old_document_is_read_and_what_it_shows_is_so_since_it_was_seen() {
    let missing =
        |second| document(&survey(second, 4, &REGIONS, None), &[gap(State::Missing, "features-off", [1])], &[]);
    let before = old(&missing(1).merged_into(None).unwrap());
    let merged = missing(2).merged_into(Some(before.clone())).unwrap();
    assert_eq!((since(&merged)[&id(1)], merged.trend.len()), (Some(at(1)), 1));
    let narrowed = document(&survey(3, 4, &REGIONS, Some(&["eu-west-1"])), &[], &[]).merged_into(Some(before)).unwrap();
    assert_eq!(narrowed.targets[2].gaps[0].since, Some(at(1)), "also where the target is taken over");
}
