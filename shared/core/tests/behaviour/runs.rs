//! What a run does: it tries nothing twice, writes nothing in plan mode, and explains what it could not do. No I/O.

use std::collections::BTreeSet;

use rollcall_core::{
    AccountId, AccountState, Action, Bounds, ErrorClass, FeatureStatus, LookAt, Outcome, Reason, RegionStatus,
    Relationship, Stage, State, TargetReport,
};

use super::support::{
    fake::{Call, Fake},
    features, id,
    runner::{Runner, all_on},
    specs::{GUARD, INSPECT},
    things,
    world::{Sim, World},
};

pub(crate) fn state_of(report: &TargetReport, number: u64) -> State {
    report.memberships[&id(number)].state()
}

pub(crate) fn code_of(report: &TargetReport, number: u64) -> &'static str {
    report.memberships[&id(number)].reason.code()
}

/// A world in which everything is enrolled.
pub(crate) fn governed(spec: &'static rollcall_core::ServiceSpec, accounts: u64) -> World {
    let fake = Fake::new(World::new(spec, accounts));
    let report = Runner::new(&fake).run();
    assert_eq!(report.outcome, Outcome::Converged, "{:?}", report.memberships);
    let mut world = World::new(spec, 0);
    std::mem::swap(&mut world, &mut fake.world());
    world
}

/// A world in an opt-in region which is on for all accounts.
pub(crate) fn opted_in(mut world: World) -> World {
    world.accounts.values_mut().for_each(|sim| sim.region = RegionStatus::Enabled);
    world
}

pub(crate) fn asked(fake: &Fake) -> Vec<AccountId> {
    let account = |call| if let Call::MemberRegion(account) = call { Some(account) } else { None };
    fake.calls().into_iter().filter_map(account).collect()
}

#[test]
fn an_organization_without_anything_is_enrolled_in_one_run_and_a_second_run_writes_nothing() {
    for spec in [&GUARD, &INSPECT] {
        let fake = Fake::new(World::new(spec, 120));
        let report = Runner::new(&fake).run();
        assert_eq!(report.outcome, Outcome::Converged, "{:?}", report.memberships);
        assert_eq!(report.coverage().enrolled, 120);
        for sim in fake.world().accounts.values() {
            assert_eq!(sim.features, all_on(spec));
        }
        fake.forget_calls();
        let again = Runner::new(&fake).run();
        assert_eq!(again.outcome, Outcome::Converged);
        assert_eq!(fake.writes(), []);
        assert_eq!(fake.call_count(), 3, "one look, trusted access, and the administrator's region");
        assert_eq!(fake.world().violations, [""; 0]);
    }
}

#[test]
fn plan_mode_makes_no_write() {
    let fake = Fake::new(World::new(&GUARD, 5));
    let report = Runner::new(&fake).planning().run();
    assert_eq!(report.outcome, Outcome::Planned);
    assert_eq!(fake.writes(), []);
    assert!(report.plan.unwrap().actions.len() > 3);
}

#[test]
fn nothing_is_tried_twice_in_a_run_whatever_fails() {
    let names = ["associate", "enable-features", "set-auto-enable", "enable-administrator", "designate-administrator"];
    for spec in [&GUARD, &INSPECT] {
        for name in names {
            for class in [ErrorClass::Throttled, ErrorClass::Denied, ErrorClass::AlreadyDone] {
                let mut world = World::new(spec, 8);
                world.stale_reads = 3;
                world.transition_reads = 2;
                let fake = Fake::new(world).failing(name, class).failing_for(4, name, class);
                let _ = Runner::new(&fake).run();
                let mut tried = BTreeSet::new();
                for action in fake.writes() {
                    for thing in things(&action) {
                        assert!(tried.insert(thing.clone()), "{thing} was tried twice when {name} failed: {class:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_feature_that_turns_up_missing_later_in_a_run_is_not_tried_together_with_one_that_was_tried() {
    let mut world = governed(&GUARD, 3);
    let member = world.accounts.get_mut(&id(3)).unwrap();
    member.features.insert(features(["S3_DATA_EVENTS"]).pop_first().unwrap(), FeatureStatus::Off);
    // Being turned off when it is first looked at, off when it is looked at again.
    member.features.insert(features(["EKS_AUDIT_LOGS"]).pop_first().unwrap(), FeatureStatus::TurningOff);
    member.busy = 3;
    let fake = Fake::new(world).failing_for(3, "enable-features", ErrorClass::Throttled);
    let report = Runner::new(&fake).run();
    let wanted: Vec<BTreeSet<_>> = fake
        .writes()
        .into_iter()
        .map(|action| if let Action::EnableFeatures { features, .. } = action { features } else { BTreeSet::new() })
        .collect();
    assert_eq!(wanted, [features(["S3_DATA_EVENTS"]), features(["EKS_AUDIT_LOGS"])]);
    assert_eq!(code_of(&report, 3), "action-failed");
}

#[test]
fn a_stop_keeps_what_was_recorded_and_says_unfinished() {
    let complete = {
        let fake = Fake::new(World::new(&INSPECT, 30));
        let _ = Runner::new(&fake).run();
        fake.call_count()
    };
    for calls in 0..complete {
        let fake = Fake::new(World::new(&INSPECT, 30));
        let report = Runner::new(&fake).stopped_after(calls).run();
        assert_eq!(report.outcome, Outcome::Unfinished, "after {calls} of {complete} calls");
        assert_eq!(report.memberships.len(), 30);
        // A call that was under way when time was up may have taken effect: it leaves a trace too.
        let (made, recorded) = (fake.writes().len(), report.attempts.len());
        assert!(made <= recorded && recorded <= made + 4, "{recorded} of {made} writes are recorded");
        for attempt in &report.attempts {
            for account in attempt.action.members() {
                let state = report.memberships[account].state();
                assert!(matches!(state, State::Pending | State::Enrolled | State::Missing), "{account} is {state}");
                if matches!(attempt.action, Action::Associate { .. }) {
                    assert_ne!(report.memberships[account].reason, Reason::NotAssociated, "{account} was written");
                }
            }
        }
        let rest = Runner::new(&fake).run();
        assert_eq!(rest.outcome, Outcome::Converged, "after {calls} of {complete} calls");
    }
}

#[test]
fn a_stop_before_anything_was_seen_leaves_every_membership_unknown() {
    let fake = Fake::new(World::new(&GUARD, 4));
    let report = Runner::new(&fake).stopped_after(0).run();
    assert_eq!(report.outcome, Outcome::Unfinished);
    assert_eq!(report.coverage().unknown, 4);
    assert!(report.plan.is_none());
}

#[test]
fn later_plans_of_a_run_do_not_exceed_what_the_first_one_named() {
    let world = governed(&GUARD, 6);
    let fake = Fake::new(world);
    fake.world().accounts.get_mut(&id(3)).unwrap().relationship = Relationship::Removed;
    fake.world().accounts.get_mut(&id(4)).unwrap().features.clear();
    // Between the first look and the next one, two further members drift, one of them acted on for something else.
    fake.drift_after_first_write(|world| {
        world.accounts.get_mut(&id(4)).unwrap().relationship = Relationship::Removed;
        world.accounts.get_mut(&id(5)).unwrap().relationship = Relationship::Removed;
    });
    let report = Runner::new(&fake).run();
    let associated: Vec<AccountId> = fake
        .writes()
        .iter()
        .filter(|action| action.stage() == Stage::Association)
        .flat_map(|action| action.members().to_vec())
        .collect();
    assert_eq!(associated, [id(3)]);
    assert_eq!(report.outcome, Outcome::Unfinished, "more turned up than was printed");
    assert_eq!(Runner::new(&fake).run().outcome, Outcome::Converged);
}

#[test]
fn a_run_does_not_exceed_the_plan_that_was_read_before_it() {
    let world = governed(&GUARD, 6);
    let fake = Fake::new(world);
    fake.world().accounts.get_mut(&id(3)).unwrap().relationship = Relationship::Removed;
    let read = Runner::new(&fake).planning().run().plan.unwrap();
    // Until somebody has agreed to it, another member drifts.
    fake.world().accounts.get_mut(&id(4)).unwrap().relationship = Relationship::Removed;
    let report = Runner { bounds: Some(Bounds::of(&read)), ..Runner::new(&fake) }.run();
    let touched: BTreeSet<AccountId> = fake.writes().iter().flat_map(Action::members).copied().collect();
    assert_eq!(touched, [id(3)].into());
    assert_eq!(report.outcome, Outcome::Unfinished, "more turned up than was read");
}

#[test]
fn failures_end_in_the_state_that_says_who_must_act() {
    let cases = [
        (ErrorClass::Throttled, State::Missing, "action-failed", Outcome::Failed),
        (ErrorClass::Transient, State::Missing, "action-failed", Outcome::Failed),
        (ErrorClass::Invalid, State::Missing, "action-failed", Outcome::Failed),
        (ErrorClass::Unrecognised, State::Missing, "action-failed", Outcome::Failed),
        (ErrorClass::Denied, State::Blocked, "denied", Outcome::Blocked),
        (
            ErrorClass::DeniedByServiceControlPolicy,
            State::Blocked,
            "denied-by-service-control-policy",
            Outcome::Blocked,
        ),
        (ErrorClass::HeldByOtherAdministrator, State::Blocked, "held-by-other-administrator", Outcome::Blocked),
        (ErrorClass::ManagementNotEnabled, State::Blocked, "management-not-enabled", Outcome::Blocked),
        (ErrorClass::OrganizationPolicy, State::Blocked, "organization-policy", Outcome::Blocked),
        (ErrorClass::LimitReached, State::Blocked, "limit-reached", Outcome::Blocked),
        (ErrorClass::NotReady, State::Pending, "not-ready", Outcome::Pending),
        (ErrorClass::NotAssociated, State::Pending, "just-written", Outcome::Pending),
        (ErrorClass::AlreadyDone, State::Pending, "already-done", Outcome::Pending),
    ];
    for (class, state, code, outcome) in cases {
        let mut world = governed(&GUARD, 5);
        world.accounts.insert(id(6), Sim::default());
        world.accounts.insert(id(7), Sim::default());
        let fake = Fake::new(world).failing_for(6, "associate", class);
        let report = Runner::new(&fake).accounts([6, 7]).run();
        assert_eq!((state_of(&report, 6), code_of(&report, 6)), (state, code));
        assert_eq!(report.outcome, outcome, "{class:?}");
        assert_eq!(state_of(&report, 7), State::Enrolled, "one account's failure stops no other");
    }
}

#[test]
fn of_two_calls_for_one_account_the_one_that_failed_decides() {
    for (failing, class) in [("EC2_DEEP_INSPECTION", "deep-inspection"), ("LAMBDA", "update")] {
        let mut world = governed(&INSPECT, 3);
        let member = world.accounts.get_mut(&id(3)).unwrap();
        for name in ["LAMBDA", "LAMBDA_CODE", "EC2_DEEP_INSPECTION"] {
            member.features.remove(&rollcall_core::Feature::known(name));
        }
        let fake = Fake::new(world).failing_feature(failing, ErrorClass::Denied);
        let report = Runner::new(&fake).run();
        assert_eq!(code_of(&report, 3), "denied", "{failing} of the call {class}");
    }
}

#[test]
fn a_read_that_does_not_show_a_write_yet_is_pending_and_not_written_again() {
    let mut world = governed(&GUARD, 3);
    world.accounts.insert(id(4), Sim::default());
    world.transition_reads = 0;
    let fake = Fake::new(world);
    fake.world().accounts.get_mut(&id(4)).unwrap().relationship = Relationship::Removed;
    fake.freeze_reads_after_writes();
    let report = Runner::new(&fake).accounts([4]).run();
    assert_eq!(code_of(&report, 4), "just-written");
    assert_eq!(report.outcome, Outcome::Pending);
    assert_eq!(fake.writes().len(), 1);
}

#[test]
fn an_account_scope_does_member_actions_and_nothing_else() {
    let fake = Fake::new(World::new(&GUARD, 5));
    let report = Runner::new(&fake).accounts([3, 4]).run();
    assert_eq!(fake.writes(), []);
    assert_eq!(report.outcome, Outcome::Blocked);
    assert_eq!(report.memberships.len(), 2);
    for number in [3, 4] {
        assert_eq!((state_of(&report, number), code_of(&report, number)), (State::Blocked, "prerequisite"));
    }
    assert!(!fake.calls().contains(&Call::TrustedAccess), "only the sweep asks for trusted access");
    let looks: Vec<_> = fake
        .calls()
        .into_iter()
        .filter_map(|call| if let Call::Observe(look) = call { Some(look) } else { None })
        .collect();
    assert_eq!(looks.len(), 1);
    assert!(!looks[0].as_management);
    assert_eq!(looks[0].members, LookAt::Accounts([id(3), id(4)].into()));
}

#[test]
fn an_account_that_the_roster_does_not_have_is_unknown_and_not_acted_on() {
    let fake = Fake::new(governed(&GUARD, 5));
    fake.world().accounts.insert(id(9), Sim { state: AccountState::Unknown("MOVED".into()), ..Sim::default() });
    let report = Runner::new(&fake).accounts([3, 9]).run();
    assert_eq!(code_of(&report, 9), "unrecognised-status");
    assert_eq!(fake.writes(), []);
}
