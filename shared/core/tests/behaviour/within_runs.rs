//! What a person has done to some accounts: what a sweep would do to them, and nothing else. No I/O.

use rollcall_core::{AutoEnable, Outcome, State};

use super::support::{
    ADMINISTRATOR,
    fake::{Call, Fake},
    id,
    runner::Runner,
    specs::GUARD,
    world::{Sim, World},
};

use super::runs::governed;

fn applied(fake: &Fake) -> usize {
    fake.calls().iter().filter(|call| matches!(call, Call::Apply(_))).count()
}

fn with_newcomers() -> World {
    let mut world = governed(&GUARD, 4);
    for number in [5, 6] {
        world.accounts.insert(id(number), Sim::default());
    }
    world
}

#[test]
fn only_these_accounts_are_enrolled_and_told_of() {
    let mut world = with_newcomers();
    world.settings.members = Some(AutoEnable::None);
    let fake = Fake::new(world);
    let planned = Runner::new(&fake).within([5]).planning().run();
    assert_eq!((planned.outcome, planned.coverage().missing, planned.memberships.len()), (Outcome::Planned, 1, 1));
    assert!(planned.remarks.iter().any(|remark| remark.contains("left out")), "{:?}", planned.remarks);
    let report = Runner::new(&fake).within([5]).run();
    assert_eq!((report.outcome, report.memberships.len()), (Outcome::Converged, 1));
    assert_eq!(report.memberships[&id(5)].state(), State::Enrolled);
    assert_eq!(fake.world().settings.members, Some(AutoEnable::None));
    let left = Runner::new(&fake).planning().run();
    assert_eq!(left.coverage().missing, 1, "the other newcomer waits");
}

#[test]
fn the_administrators_own_features_are_its_own_matter() {
    let mut world = governed(&GUARD, 4);
    world.accounts.get_mut(&id(ADMINISTRATOR)).unwrap().features.clear();
    let fake = Fake::new(world);
    let report = Runner::new(&fake).within([4]).run();
    assert_eq!((report.outcome, applied(&fake)), (Outcome::Converged, 0));
    let report = Runner::new(&fake).within([ADMINISTRATOR]).run();
    assert_eq!((report.outcome, applied(&fake)), (Outcome::Converged, 1));
}

#[test]
fn where_nobody_administers_nobody_is_designated() {
    let fake = Fake::new(World::new(&GUARD, 4));
    let report = Runner::new(&fake).within([4]).run();
    assert_eq!(applied(&fake), 0);
    assert_eq!(report.memberships[&id(4)].state(), State::Missing);
}
