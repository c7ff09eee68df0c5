//! Coverage documents of generated organizations, the same each time: small, large, hostile. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rollcall_core::{
    Account, AccountId, AccountState, Coverage, Fate, Outcome, Region, RegionStatus, State,
    sweep::{
        Breaker, Change, Counts, CoverageDocument, FORMAT, Gap, Surplus, Survey, SurveyedRegion, TargetResult,
        TrendPoint,
    },
};
use serde_json::{Value, json};

/// All regions of the standard partition that a sample may have.
pub(crate) const REGIONS: [&str; 34] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

const OPT_IN: [&str; 6] = ["af-south-1", "ap-east-1", "eu-south-1", "il-central-1", "me-south-1", "ca-west-1"];
const SERVICES: [&str; 2] = ["guardduty", "inspector"];
const TEAMS: [&str; 12] = [
    "payments",
    "search",
    "checkout",
    "ledger",
    "fraud",
    "identity",
    "catalog",
    "shipping",
    "data-lake",
    "ml-training",
    "mobile-api",
    "back-office",
];
const STAGES: [&str; 4] = ["prod", "staging", "dev", "sandbox"];

/// Numbers that look random and are the same each time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

pub(crate) fn id(number: usize) -> AccountId {
    format!("{:012}", 111_100_000_000 + number * 7_919).parse().unwrap()
}

pub(crate) fn region(name: &str) -> Region {
    name.parse().unwrap()
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// A survey of accounts by name, so many a unit. From JSON, as it is kept: what a later version adds has a default.
pub(crate) fn survey(names: &[String], unit_size: usize, regions: &[&str]) -> Survey {
    let account = |(number, name): (usize, &String)| {
        let unit = number / unit_size;
        let path = format!("o-sample0001/r-ab12/ou-ab12-division{}/ou-ab12-team{unit:04}/", unit % 5);
        let state = if number % 97 == 50 { AccountState::Suspended } else { AccountState::Active };
        let joined = Some(at(-86_400 * (i64::try_from(number).unwrap() % 900)));
        let path = (number % 1_000 != 999).then_some(path);
        (id(number), Account { name: Some(name.clone()), path, joined, ..Account::new(state) })
    };
    let region = |name: &&str| json!({"region": name, "status": "ENABLED", "offered": true, "inPolicy": true});
    let service = |service: &&str| {
        let regions: Vec<Value> = regions.iter().map(region).collect();
        json!({"service": service, "administrator": id(1), "regions": regions})
    };
    let survey = json!({
        "format": FORMAT,
        "run": {"id": "sweep-2026-09-21", "startedAt": at(0)},
        "mode": "apply",
        "policy": {"version": "3HL4kqtJlcpXrof3vjVBH40Nrjfkd"},
        "carried": [],
        "breakers": [],
        "management": id(0),
        "accounts": {},
        "services": SERVICES.iter().map(service).collect::<Vec<Value>>(),
        "remarks": [],
    });
    let mut survey: Survey = serde_json::from_value(survey).unwrap();
    survey.accounts = names.iter().enumerate().map(account).collect();
    survey
}

pub(crate) fn names(count: usize) -> Vec<String> {
    let name = |number: usize| {
        let (team, stage) = (TEAMS[number / 4 % TEAMS.len()], STAGES[number % 4]);
        if number < 48 { format!("{team}-{stage}") } else { format!("{team}-{stage}-{:03}", number / 48) }
    };
    (0..count).map(name).collect()
}

pub(crate) fn gap(state: State, reason: &str, sentence: &str, accounts: impl IntoIterator<Item = AccountId>) -> Gap {
    let (reason, sentence) = (reason.to_owned(), sentence.to_owned());
    Gap { state, reason, sentence, since: None, accounts: accounts.into_iter().collect() }
}

pub(crate) fn target(survey: &Survey, service: &str, name: &str, gaps: Vec<Gap>) -> TargetResult {
    let open = gaps.iter().any(|gap| gap.state == State::Blocked);
    let target = json!({
        "service": service,
        "region": name,
        "run": survey.run,
        "observedAt": at(300),
        "mode": "apply",
        "outcome": if open { "blocked" } else { "converged" },
        "memberships": Coverage::default(),
        "gaps": [],
        "changes": [],
        "planned": [],
        "policy": survey.policy.version,
        "remarks": [],
    });
    let mut target: TargetResult = serde_json::from_value(target).unwrap();
    target.gaps = gaps.into_iter().filter(|gap| !gap.accounts.is_empty()).collect();
    target
}

pub(crate) fn change(action: &str, what: &str, accounts: &[AccountId], reduces: bool) -> Change {
    let (action, what, count) = (action.to_owned(), what.to_owned(), accounts.len());
    Change { action, what, count, accounts: accounts.to_vec(), reduces, predicted: false, error: None }
}

/// What an organization looks like that is governed well: some per cent are open, for the usual reasons.
pub(crate) fn organization(count: usize, unit_size: usize, regions: &[&str]) -> CoverageDocument {
    let mut survey = survey(&names(count), unit_size, regions);
    survey
        .remarks
        .insert("members' regions: 12 accounts are still to be asked; the next sweeps ask a share each".to_owned());
    survey.breakers.push(Breaker::MaxReductions { limit: 5, count: 14 });
    for (at, region) in (0..).zip([("ap-northeast-3", true), ("mx-central-1", false)]) {
        let left = SurveyedRegion {
            region: self::region(region.0),
            status: RegionStatus::Disabled,
            offered: region.1,
            in_policy: true,
        };
        survey.services[at].regions.retain(|known| known.region != left.region);
        survey.services[at].regions.push(left);
    }
    let mut dice = Dice::new(7);
    let mut results = Vec::new();
    for service in SERVICES {
        for name in regions {
            let left_out = [("guardduty", "ap-northeast-3"), ("inspector", "mx-central-1")];
            if !left_out.contains(&(service, name)) {
                results.push(usual(&survey, service, name, &mut dice));
            }
        }
    }
    with_history(CoverageDocument::of_run(&survey, results, at(420)))
}

fn usual(survey: &Survey, service: &str, name: &str, dice: &mut Dice) -> TargetResult {
    let feature = if service == "guardduty" { "RUNTIME_MONITORING" } else { "LAMBDA_CODE" };
    let denied = format!(
        "a service control policy denies it; exempt Rollcall's roles: CreateMembers answered AccessDeniedException: not \
         authorized to perform guardduty:CreateMembers on arn:aws:guardduty:{name}:111100007919:detector/*"
    );
    let mut by_reason: BTreeMap<(State, &str, String), Vec<AccountId>> = BTreeMap::new();
    let mut suspended = Vec::new();
    for (number, (account, known)) in survey.accounts.iter().enumerate() {
        let mut add =
            |state, reason, sentence: String| by_reason.entry((state, reason, sentence)).or_default().push(*account);
        if known.state == AccountState::Suspended {
            suspended.push(*account);
        } else if OPT_IN.contains(&name) && number % 5 != 0 {
            add(State::NotApplicable, "region-off", "the region is off for the account".to_owned());
        } else if number % 40 == 3 {
            add(State::NotApplicable, "exempt", "left alone, by rule \"forensics\"".to_owned());
        } else if name == "sa-east-1" && number % 11 < 2 {
            add(State::Blocked, "denied-by-service-control-policy", denied.clone());
        } else if name == "us-west-1" && service == "inspector" {
            let why = "could not be observed: ListMembers answered ThrottlingException: Rate exceeded";
            add(State::Unknown, "not-observed", why.to_owned());
        } else {
            match dice.roll(300) {
                0..3 => add(State::Missing, "features-off", format!("off: {feature}")),
                3..5 => add(State::Missing, "not-associated", "the account is not a member".to_owned()),
                5..7 => add(State::Pending, "turning-on", format!("AWS is turning on {feature}")),
                7 => add(
                    State::Blocked,
                    "suspended-in-service",
                    "the service reports the account as suspended, Organizations as active; ask AWS support".to_owned(),
                ),
                8 => add(
                    State::Missing,
                    "action-failed",
                    format!(
                        "could not be turned on; the next run tries again: UpdateMemberDetectors answered InternalServerError: no answer for {account}"
                    ),
                ),
                _ => {}
            }
        }
    }
    let mut gaps: Vec<Gap> =
        by_reason.into_iter().map(|((state, reason, why), accounts)| gap(state, reason, &why, accounts)).collect();
    gaps.push(gap(State::NotApplicable, "account-suspended", "the account is suspended", suspended));
    let of = |gaps: &[Gap], reason: &str| -> Vec<AccountId> {
        gaps.iter().filter(|gap| gap.reason == reason).flat_map(|gap| gap.accounts.iter().copied()).collect()
    };
    let (off, fresh) = (of(&gaps, "features-off"), of(&gaps, "turning-on"));
    let some: Vec<AccountId> = survey.accounts.keys().copied().skip(9).step_by(17).collect();
    let mut result = target(survey, service, name, gaps);
    if !off.is_empty() {
        result.planned.push(change("enable-features", &format!("enable {feature}"), &off, false));
    }
    if !fresh.is_empty() {
        result.changes.push(change("enable-features", &format!("enable {feature}"), &fresh, false));
    }
    if service == "guardduty" && name.starts_with("eu-") {
        let surplus = |what: &str, fate, accounts: &[AccountId]| Surplus {
            what: what.to_owned(),
            fate,
            count: accounts.len(),
            accounts: accounts.to_vec(),
        };
        result.excess.push(surplus("EKS_AUDIT_LOGS", Fate::LeftAlone, &some));
        let first = &some[..some.len().min(2)];
        result.excess.push(surplus("RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT", Fate::ToBeReduced, first));
        result.planned.push(change("disable-features", "disable RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT", first, true));
        result.reductions = first.len();
    }
    if name == "us-west-1" && service == "inspector" {
        result.outcome = Outcome::Failed;
        result.error = Some("ListMembers answered ThrottlingException: Rate exceeded".to_owned());
    }
    if name == "ap-southeast-7" {
        result.remarks.insert(format!("the region does not offer {feature}; it is left out"));
    }
    result
}

/// The document after many sweeps: units have names, gaps are of different age, and more and more was enrolled.
fn with_history(mut document: CoverageDocument) -> CoverageDocument {
    document.units = [("r-ab12".to_owned(), "Root".to_owned())].into();
    for (number, name) in ["Workloads", "Platform", "Security", "Sandboxes", "Acquisitions"].into_iter().enumerate() {
        document.units.insert(format!("ou-ab12-division{number}"), name.to_owned());
    }
    for (number, team) in TEAMS.iter().cycle().take(2_000).enumerate() {
        let name = if number < TEAMS.len() {
            format!("Team {team}")
        } else {
            format!("Team {team} {}", number / TEAMS.len() + 1)
        };
        document.units.insert(format!("ou-ab12-team{number:04}"), name);
    }
    let now = TrendPoint::from(&document);
    document.trend = (0..=28).rev().map(|sweep| point(&now, sweep)).collect();
    for target in &mut document.targets {
        target.gaps = std::mem::take(&mut target.gaps).into_iter().flat_map(aged).collect();
    }
    document
}

/// What the sweep came to that was so many before the last.
fn point(now: &TrendPoint, before: u32) -> TrendPoint {
    let mut point = now.clone();
    if before > 0 {
        point.run = format!("sweep-before-{before}").parse().unwrap();
    }
    point.ended_at = at(420 - i64::from(before) * 6 * 3_600);
    let lower = |counts: &mut Counts| {
        let by = counts.memberships.enrolled * usize::try_from(before * (5 + before % 3)).unwrap() / 1_500;
        counts.memberships.enrolled -= by;
        counts.memberships.missing += by;
        counts.percent = counts.memberships.percent();
    };
    lower(&mut point.totals);
    point.services.values_mut().for_each(lower);
    point
}

/// A gap as so many of different age as its accounts have.
fn aged(gap: Gap) -> Vec<Gap> {
    if gap.state == State::NotApplicable {
        return vec![gap];
    }
    let mut by_age: BTreeMap<i64, BTreeSet<AccountId>> = BTreeMap::new();
    for (number, account) in gap.accounts.iter().enumerate() {
        by_age.entry(i64::try_from(number % 28).unwrap()).or_default().insert(*account);
    }
    let aged = |(age, accounts)| Gap { since: Some(at(300 - age * 6 * 3_600)), accounts, ..gap.clone() };
    by_age.into_iter().map(aged).collect()
}

/// An organization in which everything is enrolled, seen for the first time.
pub(crate) fn covered(count: usize, regions: &[&str]) -> CoverageDocument {
    let mut survey = survey(&names(count), 12, regions);
    survey.accounts.values_mut().for_each(|account| account.state = AccountState::Active);
    let results =
        SERVICES.iter().flat_map(|service| regions.iter().map(|name| target(&survey, service, name, Vec::new())));
    CoverageDocument::of_run(&survey, results.collect(), at(420))
}

/// Names that try to be more than names.
pub(crate) const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "\u{202e}dor\u{2066}p-tnemyap",
    "line\nbreak\u{0}\u{1b}[31m\u{7f}",
    "حساب الإنتاج",
    "'\"`&amp;{{constructor.constructor('alert(1)')()}}${alert(1)}",
    "",
];

/// Few accounts that are called so, and sentences too.
pub(crate) fn hostile() -> CoverageDocument {
    let names: Vec<String> = HOSTILE.iter().map(ToString::to_string).collect();
    let mut survey = survey(&names, 4, &REGIONS[..3]);
    survey.remarks.insert("</script><script>alert(2)</script>".to_owned());
    let results = SERVICES.iter().flat_map(|service| {
        REGIONS[..3].iter().map(|name| {
            let why = "a permission is missing: <img src=x onerror=alert(3)> \u{202e}</script>";
            let mut result = target(&survey, service, name, vec![gap(State::Blocked, "denied", why, [id(0), id(3)])]);
            result.remarks.insert("<b>not bold</b>".to_owned());
            result
        })
    });
    let units = [("ou-ab12-team0000".to_owned(), "</script><b>Unit".to_owned())].into();
    CoverageDocument { units, ..CoverageDocument::of_run(&survey, results.collect(), at(420)) }
}

/// Every membership with a state and a reason by chance: nothing repeats, nothing is enrolled by default. `own` gives
/// every eighth membership a sentence of its own.
pub(crate) fn chaos(count: usize, regions: &[&str], own: bool) -> CoverageDocument {
    let survey = survey(&names(count), 40, regions);
    let mut dice = Dice::new(11);
    let states = [State::Pending, State::Missing, State::Blocked, State::NotApplicable, State::Unknown];
    let mut results = Vec::new();
    for service in SERVICES {
        for name in regions {
            let mut by_reason: BTreeMap<usize, Vec<AccountId>> = BTreeMap::new();
            let mut gaps = Vec::new();
            for account in survey.accounts.keys() {
                match usize::try_from(dice.roll(33)).unwrap() {
                    0 => {}
                    reason if own && reason % 8 == 0 => {
                        let why = format!("AWS answered number {} on {account} in {name}", dice.roll(1 << 30));
                        gaps.push(gap(State::Blocked, "denied", &why, [*account]));
                    }
                    reason => by_reason.entry(reason).or_default().push(*account),
                }
            }
            for (reason, accounts) in by_reason {
                let (state, code) = (states[reason % 5], format!("reason-{reason}"));
                gaps.push(gap(state, &code, &format!("sentence {reason} of {service} in {name}"), accounts));
            }
            let mut result = target(&survey, service, name, gaps);
            let all: Vec<AccountId> = survey.accounts.keys().copied().collect();
            result.planned = (0..6)
                .map(|kind| {
                    let whom: Vec<_> = all.iter().copied().filter(|_| dice.roll(20) == kind).take(100).collect();
                    let change = change("enable-features", &format!("enable FEATURE_{kind}"), &whom, false);
                    Change { count: count / 20, ..change }
                })
                .collect();
            results.push(result);
        }
    }
    with_history(CoverageDocument::of_run(&survey, results, at(420)))
}
