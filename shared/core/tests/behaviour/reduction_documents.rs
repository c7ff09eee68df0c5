//! What the sweep's documents hand over from run to run about reductions, and what they tell of AWS's own policies. No I/O.

use rollcall_core::{AccountState, Feature, FeatureStatus, Policy, sweep::SweepRun};
use rollcall_core::{
    Fate, Listed, Mode, Outcome, Permits, Reductions, RegionStatus, State,
    policy::{MembershipWish, Rule, RuleScope, RuleSettings, Wanted},
    sweep::{
        Breaker, Change, CoverageDocument, EffectivePolicy, PinnedPolicy, Survey, SurveyedPolicies, SurveyedRegion,
        SurveyedService, TargetResult, notification,
    },
};

use crate::{
    runs::governed,
    support::{
        fake::Fake,
        id as account,
        runner::Runner,
        specs::{GUARD, INSPECT},
    },
    sweep_documents::{REGIONS, at, document, id, region, survey},
};

const HOUR: i64 = 60 * 60;

/// A survey under a version of the policy.
fn under(version: &str, second: i64) -> Survey {
    let policy = PinnedPolicy { version: version.to_owned(), text: Some(String::new()) };
    Survey { policy, ..survey(second, 3, &REGIONS, None) }
}

/// The document of a run whose targets planned so many reductions each.
fn planned(survey: &Survey, reductions: &[usize]) -> CoverageDocument {
    let mut document = document(survey, &[], &[]);
    for (target, reductions) in document.targets.iter_mut().zip(reductions) {
        target.reductions = *reductions;
    }
    document
}

/// How many reductions of each target could be read before.
fn listed(survey: &Survey) -> Vec<usize> {
    let of = |(service, region): (&str, &rollcall_core::Region)| {
        let carried = survey.carried.iter().find(|carried| carried.service == service && carried.region == *region);
        let count = carried.map_or(0, |carried| carried.reductions);
        assert!(count == 0 || survey.listed_by(service, region).is_some());
        count
    };
    survey.targets().map(of).collect()
}

/// A survey that knows what the document before it tells.
fn carrying(mut survey: Survey, latest: &CoverageDocument) -> Survey {
    survey.carry_over(latest);
    survey
}

#[test]
fn a_run_reduces_what_an_earlier_one_reported_under_the_same_policy() {
    let first = under("one", 1);
    assert_eq!(listed(&first), [0, 0, 0], "nobody could read of it before");
    // Targets are listed by region here, in the survey as they come.
    let latest = planned(&first, &[4, 0, 2]);
    let of = |name: &str| latest.target("guardduty", &region(name)).unwrap().reductions;
    let second = carrying(under("one", 2), &latest);
    assert_eq!(listed(&second), REGIONS.map(of));
    assert_eq!(second.listed_by("guardduty", &region(REGIONS[0])), Some(&first.run.id));
    assert_eq!(second.listed_by("inspector", &region("us-east-1")), None, "of another service nothing is known");
    assert_eq!(second.permits(None), Permits::ADDITIONS);
    // A later version names other reductions: they are reported first.
    assert_eq!(listed(&carrying(under("two", 2), &latest)), [0, 0, 0]);
}

#[test]
fn what_is_handed_over_survives_a_failed_and_a_plan_run_in_between() {
    let latest = planned(&under("one", 1), &[4, 4, 4]);
    let failed = carrying(under("one", 2), &latest);
    let result = |(service, region): (&str, &rollcall_core::Region)| {
        TargetResult::not_observed(&failed, service, region, &[].into(), "no answer".to_owned(), at(2))
    };
    let document = CoverageDocument::of_run(&failed, failed.targets().map(result).collect(), at(2));
    let merged = document.merged_into(Some(latest)).unwrap();
    assert_eq!(listed(&carrying(under("one", 3), &merged)), [0, 0, 0], "what was not looked at is reported anew");
}

#[test]
fn a_breaker_stops_reductions_and_leaves_additions() {
    let latest = planned(&under("one", 1), &[4, 0, 2]);
    let mut survey = carrying(under("one", 2), &latest);
    assert_eq!(Breaker::of_reductions(&survey, None), None);
    assert_eq!(Breaker::of_reductions(&survey, Some(6)), None);
    let tripped = Breaker::of_reductions(&survey, Some(5)).unwrap();
    assert_eq!(tripped, Breaker::MaxReductions { limit: 5, count: 6 });
    assert!(tripped.to_string().contains("6 reductions are planned, 5 are allowed"), "{tripped}");
    survey.breakers = vec![tripped];
    let some = Listed { lowered: ["MEMBERS".to_owned()].into(), ..Listed::default() };
    assert_eq!(survey.permits(Some(some.clone())), Permits::ADDITIONS);
    survey.breakers = vec![Breaker::MaxEnrolments { limit: 1, count: 2 }];
    let reductions = Reductions::Listed(some.clone());
    assert_eq!(survey.permits(Some(some)), Permits { additions: false, reductions });
    // A run of some regions counts only those.
    let narrowed = Survey { regions: Some([region("ap-east-1")].into()), ..under("one", 2) };
    let narrowed = carrying(narrowed, &latest);
    let known = latest.target("guardduty", &region("ap-east-1")).unwrap().reductions;
    assert_eq!(Breaker::of_reductions(&narrowed, Some(known)), None);
}

#[test]
fn that_auto_enable_was_lowered_is_known_for_a_day() {
    let region = region("us-east-1");
    let mut latest = planned(&under("one", 0), &[]);
    latest
        .targets
        .iter_mut()
        .filter(|target| target.region == region)
        .for_each(|target| target.lowered_at = Some(at(0)));
    let lowered = |second: i64, version| carrying(under(version, second), &latest).lowered_at("guardduty", &region);
    assert_eq!(lowered(23 * HOUR, "one"), Some(at(0)));
    assert_eq!(lowered(23 * HOUR, "two"), Some(at(0)), "AWS does not ask which policy it was");
    assert_eq!(lowered(24 * HOUR, "one"), None);
    // It is handed on by runs that lower nothing themselves, and is no older for it.
    let second = carrying(under("one", 6 * HOUR), &latest);
    let kept = document(&second, &[], &[]).targets.into_iter().find(|target| target.region == region).unwrap();
    let kept = TargetResult { lowered_at: None, ..kept }.surveyed(&second);
    assert_eq!((kept.lowered_at, kept.policy.as_str()), (Some(at(0)), "one"));
    let unseen = TargetResult::not_observed(&second, "guardduty", &region, &[].into(), String::new(), at(6 * HOUR));
    assert_eq!(unseen.lowered_at, Some(at(0)));
    // One that lowers again starts the day anew.
    let again = TargetResult { lowered_at: Some(at(6 * HOUR)), ..kept }.surveyed(&second);
    assert_eq!(again.lowered_at, Some(at(6 * HOUR)));
}

/// A policy that wants a plan off in one account and another account gone.
fn reducing() -> Policy {
    let mut policy = Policy::built_in([&GUARD]);
    policy.services.get_mut(&GUARD.id).unwrap().auto_enable = rollcall_core::policy::AutoEnableWish::New;
    let rule = |name: &str, number, settings| Rule {
        name: name.to_owned(),
        scope: RuleScope { accounts: [account(number)].into(), ..RuleScope::default() },
        services: [(GUARD.id, settings)].into(),
    };
    let off = [(Feature::known("S3_DATA_EVENTS"), Wanted::Off)].into();
    policy.rules = vec![
        rule("quiet", 3, RuleSettings { membership: None, features: off }),
        rule("gone", 4, RuleSettings { membership: Some(MembershipWish::Removed), features: [].into() }),
    ];
    policy
}

#[test]
fn reductions_are_reported_in_one_run_and_made_in_the_next() {
    let fake = Fake::new(governed(&GUARD, 5));
    let mut runner = Runner { policy: reducing(), permits: Permits::ADDITIONS, ..Runner::new(&fake) };
    let run = |second| SweepRun { id: format!("run-{second}").parse().unwrap(), started_at: at(second) };
    let first = runner.run();
    assert_eq!(fake.writes(), []);
    let result = TargetResult::new(&first, run(1), Mode::Apply, at(1));
    // However many settings are lowered, it is one reduction.
    assert_eq!((result.reductions, result.lowered_at, result.outcome), (3, None, Outcome::Converged));
    assert!(result.planned.iter().all(|change| change.reduces) && result.planned.len() == 3, "{:?}", result.planned);
    let fates: Vec<(Fate, &str)> = result.excess.iter().map(|surplus| (surplus.fate, surplus.what.as_str())).collect();
    assert_eq!(fates, [(Fate::ToBeReduced, "S3_DATA_EVENTS"), (Fate::ToBeReduced, "membership")]);
    runner.permits.reductions = Reductions::Listed(result.listed());
    let second = TargetResult::new(&runner.run(), run(2), Mode::Apply, at(2));
    assert_eq!((second.reductions, second.lowered_at, second.outcome), (0, Some(at(2)), Outcome::Converged));
    assert!(second.excess.is_empty() && second.planned.is_empty(), "{second:?}");
    let names: Vec<&str> = second.changes.iter().map(|change| change.action.as_str()).collect();
    assert_eq!(names, ["disable-features", "disassociate", "set-auto-enable"]);
    assert_eq!(fake.world().accounts[&account(3)].status("S3_DATA_EVENTS"), FeatureStatus::Off);
    assert!(!fake.world().accounts[&account(4)].associated());
    // A further call of the same run takes over what the earlier one counted and lowered.
    let third = TargetResult::new(&runner.run(), run(2), Mode::Apply, at(3)).after(second);
    assert_eq!((third.reductions, third.lowered_at, third.changes.len()), (0, Some(at(2)), 3));
}

#[test]
fn excess_is_shortened_and_counted_in_full() {
    let fake = Fake::new(governed(&GUARD, 9));
    let mut policy = Policy::built_in([&GUARD]);
    policy.services.get_mut(&GUARD.id).unwrap().features.insert(Feature::known("S3_DATA_EVENTS"), Wanted::AsFound);
    let report = Runner { policy, ..Runner::new(&fake) }.run();
    let run = SweepRun { id: "run-1".parse().unwrap(), started_at: at(1) };
    let result = TargetResult::new(&report, run, Mode::Apply, at(1)).shortened(2);
    let [surplus] = &result.excess[..] else { panic!("{:?}", result.excess) };
    assert_eq!((surplus.fate, surplus.count, surplus.accounts.len()), (Fate::LeftAlone, 9, 2));
    let text = serde_json::to_string(surplus).unwrap();
    assert!(text.contains(r#""what":"S3_DATA_EVENTS","fate":"left-alone","count":9"#), "{text}");
}

#[test]
fn a_region_that_the_policy_leaves_out_is_no_target_and_told_as_left_out() {
    let mut survey = survey(1, 3, &REGIONS, None);
    survey.services[0].regions[1].in_policy = false;
    survey.services[0].regions[2] = SurveyedRegion {
        in_policy: false,
        offered: false,
        status: RegionStatus::Disabled,
        ..survey.services[0].regions[2].clone()
    };
    assert_eq!(survey.targets().map(|(_, region)| region.to_string()).collect::<Vec<_>>(), [REGIONS[0]]);
    assert_eq!(survey.opt_in_regions(), [region(REGIONS[0])].into());
    let document = document(&survey, &[], &[]);
    let excluded: Vec<_> = document.excluded.iter().map(|one| (one.state, one.reason.as_str())).collect();
    assert_eq!(excluded, [(State::NotApplicable, "not-in-policy"); 2]);
    assert_eq!(document.totals.memberships.applicable(), 3);
}

#[test]
fn a_region_that_the_policy_gives_up_is_told() {
    let before = document(&survey(1, 3, &REGIONS, None), &[], &[]);
    let mut without = survey(2, 3, &REGIONS, None);
    without.services[0].regions[1].in_policy = false;
    let after = document(&without, &[], &[]).merged_into(Some(before.clone())).unwrap();
    let told = notification(Some(&before), &after, "bucket").unwrap();
    assert!(told.message.contains(&format!("guardduty in {}: the policy leaves", REGIONS[1])), "{}", told.message);
}

#[test]
fn waiting_reductions_are_told_once() {
    let waiting = |second, count| {
        let mut document = planned(&under("one", second), &[count]);
        let change = Change {
            action: "disassociate".to_owned(),
            what: "disassociate; the service stays on in the account".to_owned(),
            count,
            accounts: (1..=count).map(id).collect(),
            reduces: true,
            predicted: false,
            error: None,
        };
        document.targets[0].planned = vec![change];
        document
    };
    let before = document(&under("one", 1), &[], &[]);
    let first = waiting(2, 2);
    let told = notification(Some(&before), &first, "bucket").unwrap();
    assert!(
        told.message.contains("disassociate; the service stays on in the account, 2 memberships of 000000000001"),
        "{}",
        told.message
    );
    assert_eq!(notification(Some(&first), &waiting(3, 2), "bucket"), None);
}

#[test]
fn accounts_without_an_effective_policy_are_counted_where_the_type_is_enabled() {
    let surveyed = |enabled| {
        let effective = vec![EffectivePolicy { content: "+S3_DATA_EVENTS".to_owned(), accounts: [id(1)].into() }];
        let mut policies = SurveyedPolicies { enabled, effective, ..SurveyedPolicies::default() };
        let mut survey = survey(1, 4, &REGIONS, None);
        survey.accounts.get_mut(&id(4)).unwrap().state = AccountState::Suspended;
        let governed = [region("us-east-1"), region("ap-east-1")];
        assert_eq!(policies.count_without(&INSPECT, &survey.accounts, &governed), 0, "its type stops nothing");
        policies.without = policies.count_without(&GUARD, &survey.accounts, &governed);
        let service = SurveyedService { organization_policies: Some(policies), ..survey.services[0].clone() };
        survey.services = vec![service];
        survey
    };
    let document = document(&surveyed(true), &[], &[]);
    assert_eq!(document.without_organization_policy, [("guardduty".to_owned(), 2)].into());
    assert!(self::document(&surveyed(false), &[], &[]).without_organization_policy.is_empty());
    let managed = |enabled, region_name| {
        let policies = surveyed(enabled).services[0].organization_policies.clone().unwrap();
        policies.in_region(&INSPECT, &region(region_name)).managed
    };
    assert_eq!(managed(true, "us-east-1").len(), 1);
    assert!(managed(false, "us-east-1").is_empty(), "a policy whose type is not enabled does nothing");
}
