//! Properties of runs, with generated organizations. A failure prints its input, and its seed is kept. No I/O beside that.

use proptest::prelude::*;
use rollcall_core::{AccountId, Feature, FeatureStatus, Mode, Outcome, Reason, Relationship, State, policy::Wanted};

use super::support::{
    ADMINISTRATOR,
    fake::Fake,
    generate::config,
    id,
    runner::Runner,
    setting::setting,
    world::{Sim, World},
};

/// Whether an account truly has all that is desired, as far as that is possible.
fn truly_enrolled(world: &World, account: AccountId) -> bool {
    let sim = &world.accounts[&account];
    let legacy = sim.status("EKS_RUNTIME_MONITORING") == FeatureStatus::On;
    let on = |feature: &&Feature| {
        sim.status(feature.as_str()) == FeatureStatus::On
            || (legacy && feature.as_str().starts_with("RUNTIME_MONITORING"))
    };
    let associated = account == id(ADMINISTRATOR) || sim.relationship == Relationship::Enabled;
    let on_itself = world.is_on(sim) == FeatureStatus::On;
    let says = world.says(account).unwrap();
    let mut wanted = says.features.iter().filter(|(_, wanted)| **wanted == Wanted::On).map(|(feature, _)| feature);
    (associated || sim.relationship == Relationship::Disabled) && on_itself && wanted.all(|feature| on(&feature))
}

proptest! {
    #![proptest_config(config(120))]

    /// (a), and (g) as AWS sees it
    #[test]
    fn runs_reach_a_state_in_which_there_is_nothing_to_do(setting in setting()) {
        let fake = Fake::new(setting.world()).failing_at_random(setting.random_faults);
        let mut runner = Runner::new(&fake);
        runner.policy = setting.policy();
        let before: Vec<(AccountId, Sim)> = fake.world().accounts.clone().into_iter().collect();
        let mut last = None;
        for _ in 0..setting.runs() {
            fake.forget_calls();
            let report = runner.run();
            let done = matches!(report.outcome, Outcome::Converged | Outcome::Blocked) && fake.writes().is_empty();
            last = Some(report);
            if done {
                break;
            }
        }
        let report = last.unwrap();
        prop_assert!(fake.writes().is_empty(), "after {} runs: {:?}\n{:?}", setting.runs(), fake.writes(), report.memberships);
        for (account, membership) in &report.memberships {
            let expected = match (fake.world().accounts[account].usable(), &membership.reason) {
                (true, Reason::LegacyRuntimeMonitoring) if setting.runtime => continue,
                (true, _) => State::Enrolled,
                (false, _) => State::NotApplicable,
            };
            prop_assert_eq!(membership.state(), expected, "{}: {:?}", account, membership);
            let truly = truly_enrolled(&fake.world(), *account);
            prop_assert!(truly || expected != State::Enrolled, "{}: {:?}", account, fake.world().accounts[account]);
        }
        prop_assert_eq!(&fake.world().violations, &[""; 0]);
        // Features that nobody asked to turn off are still on; the settings themselves may have been re-applied.
        for (account, sim) in before.iter().filter(|(account, _)| *account == id(ADMINISTRATOR)) {
            for feature in sim.features.keys() {
                prop_assert_eq!(fake.world().accounts[account].status(feature.as_str()), FeatureStatus::On);
            }
        }
        // And a plan made now is empty.
        runner.mode = Mode::Plan;
        let plan = runner.run().plan.unwrap();
        prop_assert_eq!(&plan.actions, &[], "{}", plan);
    }

    /// (d), through the engine: an event's run acts on its accounts as the sweep would.
    #[test]
    fn runs_for_accounts_finish_what_the_sweep_has_prepared(setting in setting(), numbers in prop::collection::btree_set(3..12u64, 1..4)) {
        let mut world = setting.world();
        world.automation = false;
        let fake = Fake::new(world);
        let numbers: Vec<u64> = numbers.into_iter().filter(|n| fake.world().accounts.contains_key(&id(*n))).collect();
        let mut runner = Runner::new(&fake);
        runner.policy = setting.policy();
        for _ in 0..setting.runs() {
            let _ = runner.run();
        }
        for number in &numbers {
            let mut world = fake.world();
            let sim = world.accounts.get_mut(&id(*number)).unwrap();
            sim.relationship = Relationship::NotListed;
            sim.features.clear();
            sim.on = false;
        }
        runner = runner.accounts(numbers.iter().copied());
        fake.forget_calls();
        for _ in 0..setting.runs() {
            let _ = runner.run();
        }
        for action in fake.writes() {
            prop_assert!(!action.members().is_empty(), "{} in an account scope", action);
            prop_assert!(action.members().iter().all(|account| runner.scope.includes(*account)));
        }
        for number in numbers {
            let world = fake.world();
            let done = truly_enrolled(&world, id(number));
            prop_assert!(done || !world.accounts[&id(number)].usable(), "{}: {:?}", number, world.accounts[&id(number)]);
        }
        prop_assert_eq!(&fake.world().violations, &[""; 0]);
    }
}
