//! The sweep's documents: how runs merge, what is news, what people are told, and when a breaker trips.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use rollcall_core::{
    Account, AccountId, AccountState, Coverage, Mode, Outcome, Region, RegionStatus, State,
    sweep::{
        Breaker, Change, CoverageDocument, FORMAT, Gap, News, PinnedPolicy, Survey, SurveyedRegion, SurveyedService,
        SweepRun, TargetResult, news, notification,
    },
};

use crate::support::generate::config;

pub(crate) const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-east-1"];

pub(crate) fn id(number: usize) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

pub(crate) fn region(name: &str) -> Region {
    name.parse().unwrap()
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// A survey of so many accounts; `regions` narrows the run, `listed` are the regions that are governed.
pub(crate) fn survey(second: i64, accounts: usize, listed: &[&str], regions: Option<&[&str]>) -> Survey {
    let surveyed = |name: &&str| SurveyedRegion {
        region: region(name),
        status: RegionStatus::Enabled,
        offered: true,
        in_policy: true,
    };
    let account = |number| {
        let named = Account {
            name: Some(format!("account {number}")),
            joined: Some(at(0)),
            ..Account::new(AccountState::Active)
        };
        (id(number), named)
    };
    Survey {
        format: FORMAT,
        run: SweepRun { id: format!("run-{second}").parse().unwrap(), started_at: at(second) },
        regions: regions.map(|names| names.iter().map(|name| region(name)).collect()),
        mode: Mode::Apply,
        policy: PinnedPolicy::built_in(),
        carried: Vec::new(),
        breakers: Vec::new(),
        management: id(1),
        accounts: (1..=accounts).map(account).collect(),
        units: BTreeMap::new(),
        trusted_access: None,
        services: vec![SurveyedService {
            service: "guardduty".to_owned(),
            administrator: id(2),
            registered: None,
            regions: listed.iter().map(surveyed).collect(),
            organization_policies: None,
            error: None,
        }],
        remarks: BTreeSet::new(),
    }
}

pub(crate) fn gap(state: State, reason: &str, accounts: impl IntoIterator<Item = usize>) -> Gap {
    let sentence = format!("since {reason}");
    let accounts = accounts.into_iter().map(id).collect();
    Gap { state, reason: reason.to_owned(), sentence, since: None, accounts }
}

pub(crate) fn changed(what: &str, accounts: impl IntoIterator<Item = usize>) -> Change {
    let accounts: Vec<AccountId> = accounts.into_iter().map(id).collect();
    let action = "enable-features".to_owned();
    let (count, what) = (accounts.len(), what.to_owned());
    Change { action, what, count, accounts, reduces: false, predicted: false, error: None }
}

/// A run's document, each target with these gaps and changes.
pub(crate) fn document(survey: &Survey, gaps: &[Gap], changes: &[Change]) -> CoverageDocument {
    ended(survey, gaps, changes, Outcome::Converged)
}

pub(crate) fn ended(survey: &Survey, gaps: &[Gap], changes: &[Change], outcome: Outcome) -> CoverageDocument {
    let result = |(service, region): (&str, &Region)| TargetResult {
        service: service.to_owned(),
        region: region.clone(),
        run: survey.run.clone(),
        observed_at: survey.run.started_at,
        mode: survey.mode,
        outcome,
        memberships: Coverage::default(),
        gaps: gaps.to_vec(),
        changes: changes.to_vec(),
        planned: Vec::new(),
        policy: survey.policy.version.clone(),
        reductions: 0,
        to_be_lowered: BTreeSet::new(),
        lowered_at: None,
        excess: Vec::new(),
        remarks: BTreeSet::new(),
        error: None,
    };
    CoverageDocument::of_run(survey, survey.targets().map(result).collect(), survey.run.started_at)
}

/// What a document says of its targets: by which run, with which gaps.
fn says(document: &CoverageDocument) -> BTreeMap<String, (i64, Coverage)> {
    let said = document
        .targets
        .iter()
        .map(|target| (target.region.to_string(), (target.run.started_at.as_second(), target.memberships)));
    said.collect()
}

/// Runs in the order in which they started: how many accounts joined, how many regions were listed, whether the run
/// was narrowed to one. An account that leaves and joins again in between is unknown for a sweep, in one order only.
fn runs() -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
    let runs = prop::collection::vec((0..4_usize, 1..=REGIONS.len(), any::<bool>()), 1..5);
    runs.prop_map(|mut runs| {
        let mut accounts = 1;
        for (joined, ..) in &mut runs {
            accounts += *joined;
            *joined = accounts;
        }
        runs
    })
}

proptest! {
    #![proptest_config(config(500))]

    /// In whatever order reports are made, the newest result of each target is what the document says in the end.
    #[test]
    fn the_order_of_reports_does_not_matter(runs in runs(), seed in any::<prop::sample::Index>()) {
        let documents: Vec<CoverageDocument> = runs.iter().zip(1..).map(|((accounts, listed, narrowed), second)| {
            let narrowed: Option<&[&str]> = narrowed.then_some(&REGIONS[..1]);
            document(&survey(second, *accounts, &REGIONS[..*listed], narrowed), &[], &[])
        }).collect();
        let publish = |order: Vec<CoverageDocument>| {
            let mut latest: Option<CoverageDocument> = None;
            for document in order {
                latest = document.merged_into(latest.clone()).or(latest);
            }
            latest.unwrap()
        };
        let in_order = publish(documents.clone());
        let mut other = documents.clone();
        let turn = seed.index(other.len());
        other.rotate_left(turn);
        let turned = publish(other);
        let newest_full = documents.iter().filter(|one| one.regions.is_none()).map(|one| one.run.started_at).max();
        for (name, (second, coverage)) in says(&in_order) {
            prop_assert!(newest_full.is_none_or(|full| second >= full.as_second()), "nothing older than the newest full run stays");
            prop_assert_eq!(coverage.applicable(), in_order.accounts.len(), "every account is in every target: {}", name);
        }
        prop_assert_eq!(says(&in_order), says(&turned));
    }
}

#[test]
fn a_run_of_one_region_says_nothing_of_accounts_in_the_others() {
    let first = document(&survey(1, 3, &REGIONS, None), &[gap(State::Missing, "not-associated", [3])], &[]);
    let narrowed = document(&survey(2, 4, &REGIONS, Some(&["eu-west-1"])), &[], &[]);
    let merged = narrowed.merged_into(Some(first)).unwrap();
    let of = |name: &str| says(&merged)[name].1;
    assert_eq!(of("eu-west-1"), Coverage { enrolled: 4, ..Coverage::default() });
    assert_eq!(of("us-east-1"), Coverage { enrolled: 2, missing: 1, unknown: 1, ..Coverage::default() });
    assert_eq!(merged.totals.memberships.applicable(), 12);
    assert_eq!(merged.accounts[&id(4)].memberships, Coverage { enrolled: 1, unknown: 2, ..Coverage::default() });
}

#[test]
fn accounts_that_reach_full_enrolment_are_news_but_for_the_first_time() {
    let before = document(&survey(1, 3, &REGIONS, None), &[gap(State::Missing, "not-associated", [3])], &[]);
    let after = document(&survey(60, 4, &REGIONS, None), &[], &[]);
    let enrolled = |before: Option<&CoverageDocument>| {
        let accounts = news(before, &after).into_iter().filter_map(|news| match news {
            News::AccountEnrolled { account, seconds_since_joined, id, .. } => {
                assert_eq!(id, format!("run-60/account-enrolled/{account}"));
                Some((account, seconds_since_joined))
            }
            _ => None,
        });
        accounts.collect::<Vec<_>>()
    };
    assert_eq!(enrolled(Some(&before)), [(id(3), Some(60)), (id(4), Some(60))]);
    assert_eq!(enrolled(None), []);
    assert_eq!(enrolled(Some(&after)), []);
}

#[test]
fn only_what_was_enrolled_before_and_is_again_is_drift() {
    let before = document(&survey(1, 5, &REGIONS[..1], None), &[gap(State::Missing, "not-associated", [3])], &[]);
    // 2 was enrolled and is again; 3 was not; 4 is not again; 6 is new.
    let changes = [changed("associate", [2, 3, 4, 6]), changed("enable ECR", [2])];
    let after = document(&survey(2, 6, &REGIONS[..1], None), &[gap(State::Pending, "turning-on", [4])], &changes);
    let drift: Vec<_> = news(Some(&before), &after)
        .into_iter()
        .filter_map(|news| match news {
            News::DriftRepaired { accounts, changes, .. } => Some((accounts, changes)),
            _ => None,
        })
        .collect();
    assert_eq!(drift, [(vec![id(2)], vec!["associate".to_owned(), "enable ECR".to_owned()])]);
    // What happened to the organization's own configuration is drift where the target was settled.
    let after = document(&survey(2, 5, &REGIONS[..1], None), &[], &[changed("set auto-enable", [])]);
    assert!(
        news(Some(&before), &after)
            .iter()
            .any(|news| matches!(news, News::DriftRepaired { accounts, .. } if accounts.is_empty()))
    );
}

#[test]
fn sweeps_in_a_row_with_failures_are_counted() {
    let failed = |second| ended(&survey(second, 3, &REGIONS, None), &[], &[], Outcome::Failed);
    let first = failed(1).merged_into(None).unwrap();
    let second = failed(2).merged_into(Some(first.clone())).unwrap();
    assert_eq!((first.failed_sweeps_in_a_row, second.failed_sweeps_in_a_row), (1, 2));
    let narrowed = document(&survey(3, 3, &REGIONS, Some(&["eu-west-1"])), &[], &[]);
    let narrowed = narrowed.merged_into(Some(second)).unwrap();
    assert_eq!(narrowed.failed_sweeps_in_a_row, 2, "one region that is fine says nothing of the others");
    let fine = document(&survey(4, 3, &REGIONS, None), &[], &[]).merged_into(Some(narrowed)).unwrap();
    assert_eq!(fine.failed_sweeps_in_a_row, 0);
}

#[test]
fn a_breaker_counts_what_would_newly_be_enrolled() {
    let surveyed = survey(2, 10, &REGIONS, None);
    let count = |latest: Option<&CoverageDocument>| match Breaker::of_enrolments(&surveyed, latest, Some(0)) {
        Some(Breaker::MaxEnrolments { count, .. }) => count,
        Some(Breaker::MaxReductions { .. }) | None => 0,
    };
    assert_eq!(count(None), 30, "on the first sweep everything is new");
    let gaps = [gap(State::Missing, "not-associated", [3, 4]), gap(State::Blocked, "denied", [5])];
    let known = document(&survey(1, 8, &REGIONS[..2], None), &gaps, &[]);
    // Two regions with two missing and two newcomers each, and a third region with everyone.
    assert_eq!(count(Some(&known)), 2 * 4 + 10);
    assert_eq!(Breaker::of_enrolments(&surveyed, Some(&known), Some(18)), None);
    assert_eq!(Breaker::of_enrolments(&surveyed, None, None), None, "unlimited");
}

#[test]
fn a_full_run_that_is_overtaken_by_a_narrowed_one_still_reports_as_itself() {
    let latest = document(&survey(1, 3, &REGIONS, None), &[], &[]);
    let narrowed = document(&survey(3, 3, &REGIONS, Some(&["eu-west-1"])), &[], &[]);
    let latest = narrowed.merged_into(Some(latest)).unwrap();
    let own = ended(&survey(2, 3, &REGIONS, None), &[], &[], Outcome::Failed);
    let merged = own.merged_into(Some(latest)).unwrap();
    assert_eq!((merged.run.id.to_string().as_str(), merged.is_full()), ("run-2", true));
    assert_eq!(merged.failures_of_run().count(), 2, "its own two targets; the third is the narrowed run's");
    assert_eq!(says(&merged)["eu-west-1"].0, at(3).as_second());
    assert_eq!(merged.failed_sweeps_in_a_row, 1);
}

#[test]
fn a_service_whose_regions_cannot_be_listed_is_unknown_and_does_not_vanish() {
    let before = document(&survey(1, 3, &REGIONS, None), &[], &[]);
    let mut broken = survey(2, 3, &[], None);
    broken.services[0].error = Some("AssumeRole answered AccessDenied".to_owned());
    let after = document(&broken, &[], &[]).merged_into(Some(before.clone())).unwrap();
    assert_eq!(after.totals.memberships, Coverage { unknown: 9, ..Coverage::default() });
    assert_eq!(after.failures_of_run().count(), 4, "each target, and the service");
    let told = notification(Some(&before), &after, "bucket").unwrap();
    assert!(told.message.contains("AssumeRole answered AccessDenied"), "{}", told.message);
    // Once it can be listed again, nothing of it is news.
    let mended = document(&survey(3, 3, &REGIONS, None), &[], &[]).merged_into(Some(after.clone())).unwrap();
    assert!(!news(Some(&after), &mended).iter().any(|news| matches!(news, News::AccountEnrolled { .. })));
}

#[test]
fn a_region_that_is_not_governed_any_more_is_told() {
    let before = document(&survey(1, 3, &REGIONS, None), &[], &[]);
    let mut without = survey(2, 3, &REGIONS, None);
    without.services[0].regions[2].status = RegionStatus::Disabled;
    let after = document(&without, &[], &[]).merged_into(Some(before.clone())).unwrap();
    assert_eq!(after.targets.len(), 2);
    let told = notification(Some(&before), &after, "bucket").unwrap();
    assert!(told.message.contains("guardduty in ap-east-1: the region is off for administrator"), "{}", told.message);
}
