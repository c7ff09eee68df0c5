//! A policy that is checked and has no warnings is not overruled by AWS's own automation between two sweeps, as it acts
//! in the simulated AWS. No I/O but keeping seeds.

use std::collections::BTreeMap;

use proptest::{
    prelude::*,
    sample::{Index, select},
};
use rollcall_core::{
    AccountId, AutoEnable, Excess, Fate, Feature, Mode, Outcome, Policy,
    policy::{MembershipWish, Wanted, document::read},
};

use super::support::{
    ADMINISTRATOR,
    document::document,
    fake::Fake,
    generate::config,
    id,
    oracle::{auto_enable_of, says_of_all},
    policies::{PATHS, policy, tags},
    runner::Runner,
    setting::{Setting, setting},
    specs::{GUARD, INSPECT},
    world::{Sim, World},
};

type Place = (&'static str, BTreeMap<String, String>);

/// An organization under a policy without warnings, and accounts that join it.
#[derive(Debug, Clone)]
struct Case {
    setting: Setting,
    policy: Policy,
    places: Vec<Place>,
    joining: Vec<Place>,
    acting: Vec<Index>,
}

fn case() -> impl Strategy<Value = Case> {
    setting().prop_flat_map(|setting| {
        let place = || (select(PATHS.to_vec()), tags(0));
        let spec = setting.spec;
        let without_warnings = policy(spec).prop_filter_map("warnings", move |policy| {
            let checked = read(&document(&policy, spec), &[&GUARD, &INSPECT]).ok()?;
            checked.warnings.is_empty().then_some(checked.policy)
        });
        let places = prop::collection::vec(place(), setting.accounts.len());
        let (joining, acting) = (prop::collection::vec(place(), 1..4), prop::collection::vec(any::<Index>(), 0..40));
        (Just(setting), without_warnings, places, joining, acting)
            .prop_map(|(setting, policy, places, joining, acting)| Case { setting, policy, places, joining, acting })
    })
}

/// Excess by what and whom: what it comes to may change with what is known.
fn by_account(excess: &Excess) -> Vec<(AccountId, Fate, String)> {
    let all = excess.iter().flat_map(|((fate, what), accounts)| accounts.iter().map(|id| (*id, *fate, what.clone())));
    all.collect()
}

/// Whether the policy lets AWS do that for accounts that join, and says nothing else of single accounts.
fn is_asked_for(world: &World, policy: &Policy, what: &str) -> bool {
    let region = Runner::REGION.parse().unwrap();
    let all = says_of_all(policy, world.spec, &region);
    let Some(spec) = world.spec.feature(&Feature::named(what)) else {
        // The membership as such, or a feature that this version does not know.
        return what != "membership" || all.membership == MembershipWish::Unmanaged;
    };
    let feature = Feature::known(spec.name);
    let setting = auto_enable_of(policy, world.spec, &region, &feature);
    all.features[&feature] == Wanted::AsFound || setting.is_none_or(|setting| setting == AutoEnable::None)
}

proptest! {
    #![proptest_config(ProptestConfig { max_local_rejects: 1_000_000, ..config(150) })]

    #[test]
    fn what_aws_does_between_two_sweeps_is_what_the_policy_wants_or_leaves(case in case()) {
        let mut world = case.setting.world();
        for (sim, (path, tags)) in world.accounts.values_mut().zip(&case.places) {
            (sim.path, sim.tags) = (Some((*path).to_owned()), Some(tags.clone()));
        }
        world.foreseeable = false;
        // What this version does not know is in nobody's policy.
        let spec = case.setting.spec;
        world.settings.features.retain(|feature, _| spec.feature(feature).is_some());
        let fake = Fake::new(world);
        let mut runner = Runner { policy: case.policy.clone(), ..Runner::new(&fake) };
        for _ in 0..case.setting.runs() + 12 {
            fake.forget_calls();
            let report = runner.run();
            if fake.writes().is_empty() && !matches!(report.outcome, Outcome::Pending | Outcome::Unfinished) {
                break;
            }
        }
        prop_assert!(fake.writes().is_empty(), "{:?}", fake.writes());
        // What AWS was at work on is over.
        let all: Vec<AccountId> = fake.world().accounts.keys().copied().collect();
        for account in all.iter().flat_map(|account| [account; 8]) {
            let _ = fake.world().read(*account);
        }
        let before = by_account(&runner.run().excess);
        // AWS acts, and accounts join, in the root and without tags; they get their unit and tags later.
        let joined: Vec<AccountId> = (500..).map(id).take(case.joining.len()).collect();
        let region = fake.world().accounts[&id(ADMINISTRATOR)].region.clone();
        for account in &joined {
            let (path, tags) = (Some(PATHS[0].to_owned()), Some(BTreeMap::new()));
            fake.world().join(*account, Sim { path, tags, region: region.clone(), ..Sim::default() });
        }
        let act = || {
            for which in &case.acting {
                let mut world = fake.world();
                let account = *world.accounts.keys().nth(which.index(world.accounts.len())).unwrap();
                world.automate(account);
                // What AWS turns on is on after a moment.
                for _ in 0..8 {
                    let _ = world.read(account);
                }
            }
        };
        act();
        for (account, (path, tags)) in joined.iter().zip(&case.joining) {
            let mut world = fake.world();
            let sim = world.accounts.get_mut(account).unwrap();
            (sim.path, sim.tags) = (Some((*path).to_owned()), Some(tags.clone()));
        }
        act();
        fake.world().automation = false;
        runner.mode = Mode::Plan;
        let report = runner.run();
        let plan = report.plan.unwrap();
        prop_assert_eq!(plan.reductions(), 0, "{}\n{}", plan, document(&case.policy, case.setting.spec));
        for (account, fate, what) in by_account(&report.excess) {
            let asked = joined.contains(&account) && is_asked_for(&fake.world(), &case.policy, &what);
            let known = before.contains(&(account, fate, what.clone()));
            // What is left alone in all accounts is what AWS may turn on in all accounts.
            let all = !joined.contains(&account) && is_asked_for(&fake.world(), &case.policy, &what);
            prop_assert!(known || asked || all, "{}: {} {}\n{}", account, what, fate, document(&case.policy, case.setting.spec));
        }
        prop_assert_eq!(&fake.world().violations, &[""; 0]);
    }
}
