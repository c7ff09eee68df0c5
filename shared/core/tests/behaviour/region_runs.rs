//! How a run asks whether an opt-in region is on for members. No I/O.

use std::collections::BTreeSet;

use rollcall_core::{Action, ErrorClass, Outcome, RegionStatus, Relationship};

use super::support::{
    ADMINISTRATOR, MANAGEMENT,
    fake::{Call, Fake},
    id,
    runner::Runner,
    specs::GUARD,
    world::{Sim, World},
};

use super::runs::{asked, code_of, governed, opted_in};

#[test]
fn region_statuses_are_asked_only_for_accounts_that_would_be_acted_on() {
    let mut world = opted_in(governed(&GUARD, 30));
    for number in [5, 6, 7] {
        world.accounts.get_mut(&id(number)).unwrap().relationship = Relationship::Removed;
    }
    world.accounts.get_mut(&id(6)).unwrap().region = RegionStatus::Disabled;
    world.accounts.get_mut(&id(7)).unwrap().region = RegionStatus::Enabling;
    let fake = Fake::new(world);
    let report = Runner::new(&fake).run();
    assert_eq!(asked(&fake).into_iter().collect::<BTreeSet<_>>(), [id(5), id(6), id(7)].into());
    assert_eq!(asked(&fake).len(), 3, "each is asked for once");
    assert_eq!([5, 6, 7].map(|number| code_of(&report, number)), ["enrolled", "region-off", "region-opting-in"]);
    assert_eq!(report.outcome, Outcome::Pending);
    assert_eq!(fake.world().violations, [""; 0]);
}

#[test]
fn region_statuses_are_asked_in_shares_and_each_share_is_acted_on_before_the_next() {
    let mut world = opted_in(governed(&GUARD, 2));
    for number in 3..=252 {
        world.accounts.insert(id(number), Sim { region: RegionStatus::Enabled, ..Sim::default() });
    }
    let fake = Fake::new(world);
    let report = Runner::new(&fake).run();
    assert_eq!(report.outcome, Outcome::Converged);
    let mut asked_before = Vec::new();
    let mut asked = 0;
    for call in fake.calls() {
        match call {
            Call::MemberRegion(_) => asked += 1,
            Call::Apply(Action::Associate { .. }) => asked_before.push(asked),
            _ => {}
        }
    }
    assert_eq!(asked_before, [100, 100, 200, 200, 250]);
}

#[test]
fn what_a_survey_knows_is_no_part_of_a_share() {
    let mut world = opted_in(governed(&GUARD, 2));
    for number in 3..=252 {
        let region = if number == 252 { RegionStatus::Disabled } else { RegionStatus::Enabled };
        world.accounts.insert(id(number), Sim { region, ..Sim::default() });
    }
    let fake = Fake::new(world).surveyed();
    let report = Runner::new(&fake).planning().run();
    assert_eq!(asked(&fake), []);
    assert_eq!((report.coverage().missing, report.coverage().not_applicable), (249, 1));
    assert_eq!(report.outcome, Outcome::Planned);
}

#[test]
fn who_sees_to_some_accounts_asks_for_theirs() {
    let mut world = opted_in(governed(&GUARD, 2));
    for number in 3..=252 {
        world.accounts.insert(id(number), Sim { region: RegionStatus::Enabled, ..Sim::default() });
    }
    let fake = Fake::new(world);
    let report = Runner::new(&fake).within([251, 252]).planning().run();
    assert_eq!(asked(&fake), [id(251), id(252)]);
    assert_eq!(report.coverage().missing, 2);
}

#[test]
fn shares_without_anything_to_do_cost_no_further_look() {
    let mut world = opted_in(governed(&GUARD, 2));
    for number in 3..=252 {
        world.accounts.insert(id(number), Sim { region: RegionStatus::Disabled, ..Sim::default() });
    }
    let fake = Fake::new(world);
    let report = Runner::new(&fake).run();
    assert_eq!(report.outcome, Outcome::Converged);
    assert_eq!(report.coverage().not_applicable, 250);
    assert_eq!(fake.calls().iter().filter(|call| matches!(call, Call::Observe(_))).count(), 1);
}

#[test]
fn one_refusal_stops_the_asking_for_region_statuses_and_explains_all_who_wait() {
    let mut world = opted_in(governed(&GUARD, 2));
    for number in 3..=252 {
        world.accounts.insert(id(number), Sim { region: RegionStatus::Enabled, ..Sim::default() });
    }
    world.accounts.get_mut(&id(ADMINISTRATOR)).unwrap().features.clear();
    let fake = Fake::new(world).failing("member-region", ErrorClass::Denied);
    let report = Runner::new(&fake).run();
    assert!(asked(&fake).len() <= 6, "{} questions were asked", asked(&fake).len());
    for number in 3..=252 {
        assert_eq!(code_of(&report, number), "prerequisite");
    }
    assert_eq!(report.outcome, Outcome::Blocked);
}

#[test]
fn a_member_whose_region_could_not_be_asked_is_unknown_and_others_go_on() {
    let mut world = opted_in(governed(&GUARD, 2));
    for number in 3..=5 {
        world.accounts.insert(id(number), Sim { region: RegionStatus::Enabled, ..Sim::default() });
    }
    let fake = Fake::new(world).failing_for(4, "member-region", ErrorClass::Throttled);
    let report = Runner::new(&fake).run();
    assert_eq!([3, 4, 5].map(|number| code_of(&report, number)), ["enrolled", "not-observed", "enrolled"]);
    assert_eq!(report.outcome, Outcome::Failed);
}

#[test]
fn an_opt_in_region_is_set_up_from_nothing_once_trusted_access_lets_regions_be_read() {
    let mut world = opted_in(World::new(&GUARD, 5));
    world.accounts.get_mut(&id(4)).unwrap().region = RegionStatus::Disabled;
    let fake = Fake::new(world);
    let report = Runner::new(&fake).run();
    assert_eq!(report.outcome, Outcome::Converged, "{:?}", report.memberships);
    assert_eq!(code_of(&report, 4), "region-off");
    assert_eq!(report.coverage().enrolled, 4);
    assert_eq!(fake.world().violations, [""; 0]);
}

#[test]
fn a_management_account_whose_region_is_asked_late_is_still_enabled_in_the_same_run() {
    let mut world = opted_in(World::new(&GUARD, 2));
    // More accounts sort before the management account's than one share holds.
    world.accounts.extend((0..150).map(|number| {
        let account = format!("{number:012}").parse().unwrap();
        (account, Sim { region: RegionStatus::Enabled, ..Sim::default() })
    }));
    let fake = Fake::new(world);
    let report = Runner::new(&fake).run();
    assert_eq!(report.outcome, Outcome::Converged, "{:?}", report.memberships[&id(MANAGEMENT)]);
}
