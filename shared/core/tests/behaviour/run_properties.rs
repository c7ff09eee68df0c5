//! Properties of runs, with generated organizations. A failure prints its input, and its seed is kept. No I/O beside that.

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use rollcall_core::{
    AccountId, AccountState, AutoEnableSettings, Feature, FeatureStatus, Mode, Outcome, Policy, Reason, RegionStatus,
    Relationship, ServiceSpec, State, policy::Wanted,
};

use super::support::{
    ADMINISTRATOR, MANAGEMENT,
    fake::Fake,
    id,
    runner::Runner,
    specs::{GUARD, INSPECT},
    world::{Sim, World},
};

use super::support::generate::{config, settings};

/// What is generated of a world; the rest follows.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the simulated AWS")]
struct Setting {
    spec: &'static ServiceSpec,
    opt_in: bool,
    accounts: Vec<Sim>,
    designated: bool,
    designation_enables: bool,
    trusted: Vec<&'static str>,
    settings: AutoEnableSettings,
    automation: bool,
    transition_reads: u64,
    stale_reads: u64,
    random_faults: u64,
    runtime: bool,
    seed: u64,
}

fn sim(spec: &'static ServiceSpec, opt_in: bool) -> impl Strategy<Value = Sim> {
    let state = prop_oneof![
        8 => Just(AccountState::Active),
        1 => Just(AccountState::PendingClosure),
        1 => Just(AccountState::Suspended),
        1 => Just(AccountState::Closed),
    ];
    let region = if opt_in {
        prop_oneof![3 => Just(RegionStatus::Enabled), 1 => Just(RegionStatus::Disabled)].boxed()
    } else {
        Just(RegionStatus::EnabledByDefault).boxed()
    };
    let relationships = vec![
        Relationship::NotListed,
        Relationship::NotListed,
        Relationship::Enabled,
        Relationship::Created,
        Relationship::Removed,
        Relationship::Resigned,
        Relationship::Disabled,
    ];
    let names: Vec<&'static str> = spec.features.iter().map(|feature| feature.name).collect();
    let count = names.len();
    (state, region, select(relationships), any::<bool>(), subsequence(names, 0..=count), 0..3u64).prop_map(
        |(state, region, relationship, on, features, busy)| {
            let associated = matches!(relationship, Relationship::Enabled);
            let on_before: BTreeSet<&str> = features.iter().copied().collect();
            // What AWS would not have let be.
            let possible =
                |name: &&str| !(name.starts_with("RUNTIME_MONITORING") && on_before.contains("EKS_RUNTIME_MONITORING"));
            let features = features.iter().filter(|name| possible(name));
            let features = features.map(|name| (Feature::known(name), FeatureStatus::On)).collect();
            Sim { state, region, relationship, on: on || associated, features, busy, ..Sim::default() }
        },
    )
}

fn setting() -> impl Strategy<Value = Setting> {
    (select(vec![&GUARD, &INSPECT]), any::<bool>()).prop_flat_map(|(spec, opt_in)| {
        let principals: Vec<&'static str> =
            spec.trusted_access.iter().copied().chain(["account.amazonaws.com"]).collect();
        let count = principals.len();
        (
            prop::collection::vec(sim(spec, opt_in), 2..12),
            (any::<bool>(), any::<bool>(), subsequence(principals, 0..=count)),
            settings(spec),
            (any::<bool>(), 0..4u64, 0..3u64, 0..5u64, any::<bool>(), any::<u64>()),
        )
            .prop_map(move |(accounts, (designated, designation_enables, trusted), settings, more)| {
                let (automation, transition_reads, stale_reads, random_faults, runtime, seed) = more;
                Setting {
                    spec,
                    opt_in,
                    accounts,
                    designated,
                    designation_enables,
                    trusted,
                    settings,
                    automation,
                    transition_reads,
                    stale_reads,
                    random_faults,
                    runtime,
                    seed,
                }
            })
    })
}

impl Setting {
    fn world(&self) -> World {
        let mut world = World::new(self.spec, 0);
        world.accounts = (1..).map(id).zip(self.accounts.iter().cloned()).collect();
        let on = if self.opt_in { RegionStatus::Enabled } else { RegionStatus::EnabledByDefault };
        for number in [MANAGEMENT, ADMINISTRATOR] {
            let sim = world.accounts.get_mut(&id(number)).unwrap();
            sim.state = AccountState::Active;
            sim.region = on.clone();
        }
        let administrator = world.accounts.get_mut(&id(ADMINISTRATOR)).unwrap();
        administrator.relationship = Relationship::NotListed;
        for sim in world.accounts.values_mut() {
            let off = !self.designated || !sim.usable();
            if off {
                sim.relationship = Relationship::NotListed;
            }
            if sim.relationship == Relationship::Disabled && self.spec.monitoring_is_separate {
                sim.on = false;
            }
        }
        world.delegated = self.designated.then(|| id(ADMINISTRATOR));
        world.trusted = self.trusted.iter().map(ToString::to_string).collect();
        // The service's own limits: no setting beside one that excludes it, none where there is none.
        world.settings = self.settings.clone();
        world.settings.features.retain(|feature, _| {
            self.spec.feature(feature).is_none_or(|spec| spec.auto_enable && spec.excluded_by.is_none())
        });
        if self.runtime {
            world.settings.features.remove(&Feature::known("EKS_RUNTIME_MONITORING"));
        }
        world.automation = self.automation;
        world.designation_enables = self.designation_enables;
        world.transition_reads = self.transition_reads;
        world.stale_reads = self.stale_reads;
        world.dice = super::support::Dice::new(self.seed);
        world
    }

    fn policy(&self) -> Policy {
        let mut policy = Policy::built_in([self.spec]);
        if self.runtime && self.spec.id == GUARD.id {
            let runtime = ["RUNTIME_MONITORING", "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"].map(Feature::known);
            let service = policy.services.get_mut(&GUARD.id).unwrap();
            service.features.extend(runtime.map(|feature| (feature, Wanted::On)));
        }
        policy
    }

    /// So many runs are enough: each random failure and each slow transition may cost one.
    fn runs(&self) -> u64 {
        4 + self.random_faults + self.transition_reads + 2 * self.stale_reads
    }
}

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
