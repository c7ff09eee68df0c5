//! What a run makes of missing prerequisites and of failed organization-level actions. No I/O.

use rollcall_core::{AccountState, ErrorClass, LookAt, Mode, Outcome, RegionStatus, State};

use super::support::{
    ADMINISTRATOR, MANAGEMENT,
    fake::{Call, Fake},
    id,
    runner::Runner,
    specs::{GUARD, INSPECT},
    world::{Sim, World},
};

use super::runs::{asked, code_of, governed, opted_in, state_of};

#[test]
fn a_failed_designation_explains_every_membership() {
    for (class, code, outcome) in [
        (ErrorClass::Denied, "denied", Outcome::Blocked),
        (ErrorClass::Throttled, "action-failed", Outcome::Failed),
        (ErrorClass::AlreadyDone, "designation-refused", Outcome::Blocked),
    ] {
        for opt_in in [false, true] {
            let mut world = World::new(&INSPECT, 150);
            if opt_in {
                world = opted_in(world);
            }
            world.designation_enables = false;
            let fake = Fake::new(world).failing("designate-administrator", class);
            let report = Runner::new(&fake).run();
            for number in (3..=150).chain([MANAGEMENT]) {
                assert_eq!(code_of(&report, number), code, "{number}, opt-in {opt_in}");
            }
            assert_eq!(report.outcome, outcome, "{class:?}, opt-in {opt_in}");
            assert!(asked(&fake).len() <= 101, "nobody asks on for accounts that nothing can be done for");
        }
    }
}

#[test]
fn a_failure_to_enable_the_administrator_explains_every_membership() {
    let mut world = World::new(&GUARD, 6);
    world.designation_enables = false;
    let fake = Fake::new(world).failing_for(ADMINISTRATOR, "enable-administrator", ErrorClass::Denied);
    let fake = fake.failing("enable-administrator", ErrorClass::Denied);
    let report = Runner::new(&fake).run();
    for number in 1..=6 {
        assert_eq!(code_of(&report, number), "denied");
    }
    assert_eq!(report.outcome, Outcome::Blocked);
    assert!(
        report.failed_for_all().any(|failure| failure.starts_with("enable in the administrator's account")),
        "{:?}",
        report.attempts
    );
}

#[test]
fn a_failed_feature_of_the_administrator_says_nothing_about_members() {
    let mut world = governed(&GUARD, 4);
    world.accounts.get_mut(&id(ADMINISTRATOR)).unwrap().features.clear();
    world.accounts.insert(id(5), Sim::default());
    let fake = Fake::new(world).failing("enable-administrator", ErrorClass::Denied);
    let fake = fake.failing_for(5, "associate", ErrorClass::Throttled);
    let report = Runner::new(&fake).run();
    assert_eq!(code_of(&report, ADMINISTRATOR), "denied");
    assert_eq!(code_of(&report, 5), "action-failed");
    assert_eq!(state_of(&report, 4), State::Enrolled);
}

#[test]
fn failed_trusted_access_is_told_and_explains_memberships_that_need_regions_read() {
    let mut world = opted_in(governed(&GUARD, 4));
    world.trusted.remove("account.amazonaws.com");
    world.accounts.insert(id(5), Sim { region: RegionStatus::Enabled, ..Sim::default() });
    let fake = Fake::new(world).failing("enable-trusted-access", ErrorClass::Denied);
    let report = Runner::new(&fake).run();
    assert_eq!(code_of(&report, 5), "denied");
    assert_eq!(report.outcome, Outcome::Blocked);
    assert!(report.failed_for_all().any(|failure| failure.contains("account.amazonaws.com")), "{:?}", report.attempts);
}

#[test]
fn a_failed_organization_configuration_shows_in_the_outcome_although_all_are_enrolled() {
    let mut world = governed(&GUARD, 4);
    world.settings.features.clear();
    let fake = Fake::new(world).failing("set-auto-enable", ErrorClass::Denied);
    let report = Runner::new(&fake).run();
    assert_eq!(report.coverage().enrolled, 4);
    assert_eq!(report.outcome, Outcome::Blocked);
    assert!(report.failed_for_all().any(|failure| failure.starts_with("set auto-enable")), "{:?}", report.attempts);
}

#[test]
fn a_target_is_not_converged_while_a_part_of_the_organization_cannot_be_seen() {
    let fake = Fake::new(governed(&GUARD, 4)).failing("trusted-access", ErrorClass::Denied);
    let report = Runner::new(&fake).run();
    assert_eq!((report.coverage().enrolled, report.outcome), (4, Outcome::Failed));
    assert!(report.remarks.iter().any(|remark| remark.starts_with("trusted access could not be seen")));
    let event = Runner::new(&fake).accounts([3]).run();
    assert_eq!(event.outcome, Outcome::Converged, "an event's run does not depend on it");
}

#[test]
fn a_failed_feature_of_the_administrator_keeps_nobody_from_being_asked_for() {
    let mut world = opted_in(governed(&GUARD, 2));
    world.accounts.get_mut(&id(ADMINISTRATOR)).unwrap().features.clear();
    for number in 3..=252 {
        world.accounts.insert(id(number), Sim { region: RegionStatus::Enabled, ..Sim::default() });
    }
    let fake = Fake::new(world).failing("enable-administrator", ErrorClass::Denied);
    let report = Runner::new(&fake).run();
    assert_eq!(report.coverage().enrolled, 251, "all but the administrator");
    assert_eq!(code_of(&report, ADMINISTRATOR), "denied");
}

#[test]
fn another_administrator_is_left_alone() {
    let mut world = governed(&GUARD, 4);
    world.delegated = Some(id(3));
    world.settings.features.clear();
    world.trusted.clear();
    let fake = Fake::new(world);
    let report = Runner::new(&fake).run();
    assert_eq!(fake.writes(), []);
    assert_eq!(report.outcome, Outcome::Blocked);
    let sentence = report.memberships[&id(4)].reason.to_string();
    assert!(sentence.contains(&id(2).to_string()) && sentence.contains(&id(3).to_string()), "{sentence}");
}

#[test]
fn an_administrator_whose_region_is_not_on_holds_everything_up() {
    for (status, state) in [
        (RegionStatus::Disabled, State::Blocked),
        (RegionStatus::Disabling, State::Blocked),
        (RegionStatus::Enabling, State::Pending),
        (RegionStatus::Unknown("PAUSED".into()), State::Unknown),
    ] {
        let mut world = opted_in(World::new(&GUARD, 4));
        world.accounts.get_mut(&id(ADMINISTRATOR)).unwrap().region = status;
        let fake = Fake::new(world);
        let report = Runner::new(&fake).run();
        assert_eq!(fake.writes(), []);
        assert_eq!([1, 3, 4].map(|number| state_of(&report, number)), [state; 3]);
    }
}

#[test]
fn accounts_that_are_not_in_use_are_not_applicable_and_not_acted_on() {
    let mut world = World::new(&INSPECT, 8);
    let mut set = |number, state| world.accounts.get_mut(&id(number)).unwrap().state = state;
    set(3, AccountState::Suspended);
    set(4, AccountState::Closed);
    set(5, AccountState::PendingClosure);
    set(6, AccountState::PendingActivation);
    set(7, AccountState::Unknown("MOVED".into()));
    let fake = Fake::new(world);
    let report = Runner::new(&fake).run();
    let codes = [3, 4, 5, 6, 7, 8].map(|number| code_of(&report, number));
    let expected =
        ["account-suspended", "account-closed", "enrolled", "account-not-active", "unrecognised-status", "enrolled"];
    assert_eq!(codes, expected);
    assert_eq!(fake.world().violations, [""; 0]);
}

#[test]
fn an_administrator_that_is_no_active_account_blocks_everything() {
    let mut world = World::new(&GUARD, 4);
    world.accounts.get_mut(&id(ADMINISTRATOR)).unwrap().state = AccountState::Suspended;
    let fake = Fake::new(world);
    let report = Runner::new(&fake).run();
    assert_eq!(fake.writes(), []);
    assert_eq!(state_of(&report, 3), State::Blocked);
    assert!(report.memberships[&id(3)].reason.to_string().contains("no active account"));
}

#[test]
fn a_run_in_an_account_scope_looks_again_at_those_it_acted_on_only() {
    let mut world = governed(&INSPECT, 20);
    world.accounts.insert(id(21), Sim::default());
    let fake = Fake::new(world);
    let report = Runner::new(&fake).accounts([3, 4, 21]).run();
    assert_eq!(report.outcome, Outcome::Converged);
    let last =
        fake.calls().into_iter().rev().find_map(|call| if let Call::Observe(look) = call { Some(look) } else { None });
    assert_eq!(last.unwrap().members, LookAt::Accounts([id(21)].into()));
}

#[test]
fn how_many_calls_run_at_once_changes_nothing_in_the_end() {
    for concurrency in [0, 1, 7] {
        let fake = Fake::new(World::new(&INSPECT, 12));
        let mut runner = Runner::new(&fake);
        runner.concurrency = concurrency;
        assert_eq!(runner.mode, Mode::Apply);
        assert_eq!(runner.run().outcome, Outcome::Converged);
    }
}
