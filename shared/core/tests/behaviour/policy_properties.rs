//! Properties of runs under generated policies, in generated organizations. No I/O but keeping seeds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::{
    bool::weighted,
    prelude::*,
    sample::{Index, select},
};
use rollcall_core::{
    AccountId, Action, AutoEnable, Excess, Fate, Feature, FeatureStatus, Listed, Mode, Outcome, Permits, Policy,
    Reason, Reductions, Scope, State,
    policy::{AutoEnableWish, MembershipWish, Source, Wanted},
    sweep::{SweepRun, TargetResult},
};

use super::support::{
    ADMINISTRATOR, MANAGEMENT,
    fake::Fake,
    generate::config,
    id,
    oracle::{auto_enable_of, auto_enable_of_members},
    policies::{PATHS, policy, tags},
    runner::Runner,
    setting::{Setting, setting},
    world::World,
};

/// An account's path, tags, and AWS's own policy for it.
type Place = (Option<&'static str>, Option<BTreeMap<String, String>>, Option<&'static str>);

/// A generated organization under a generated policy.
#[derive(Debug, Clone)]
struct Case {
    setting: Setting,
    policy: Policy,
    places: Vec<Place>,
    own_policies: bool,
    lag: u64,
}

fn case() -> impl Strategy<Value = Case> {
    setting().prop_flat_map(|setting| {
        let contents = if setting.spec.members_auto_enable {
            vec!["+", "-", "+S3_DATA_EVENTS", "-S3_DATA_EVENTS", "+ +EKS_AUDIT_LOGS -S3_DATA_EVENTS"]
        } else {
            vec!["+", "-", "+LAMBDA +ECR", "-ECR", "+ -ECR"]
        };
        let place = prop_oneof![12 => select(PATHS.to_vec()).prop_map(Some), 1 => Just(None)];
        let known = prop_oneof![12 => tags(0).prop_map(Some), 1 => Just(None)];
        let own = prop_oneof![2 => Just(None), 1 => select(contents).prop_map(Some)];
        let places = prop::collection::vec((place, known, own), setting.accounts.len());
        (policy(setting.spec), Just(setting), places, weighted(0.25), 0..4u64).prop_map(
            |(policy, setting, places, own_policies, lag)| Case { setting, policy, places, own_policies, lag },
        )
    })
}

impl Case {
    fn world(&self) -> World {
        let mut world = self.setting.world();
        world.lag = self.lag;
        world.foreseeable = !world.automation && world.stale_reads == 0;
        world.policies.enabled = self.own_policies;
        let region = Runner::REGION.parse().unwrap();
        for ((account, sim), (path, tags, own)) in world.accounts.iter_mut().zip(&self.places) {
            sim.path = path.map(str::to_owned);
            sim.tags.clone_from(tags);
            let member = *account != id(ADMINISTRATOR);
            // Nothing is done at all before it is known what is wanted of the administrator.
            if !member {
                sim.path.get_or_insert_with(|| PATHS[0].to_owned());
                sim.tags.get_or_insert_default();
            }
            if let Some(content) = own.filter(|_| self.own_policies && member) {
                let managed = (self.setting.spec.organization_policy.read)(content, &region);
                world.policies.managed.insert(*account, managed.into());
            }
        }
        world
    }

    fn runner<'a>(&self, fake: &'a Fake) -> Runner<'a> {
        Runner { policy: self.policy.clone(), ..Runner::new(fake) }
    }

    /// Whether AWS's own automation works against what the policy says of some account, now or in the end.
    fn is_overruled(&self, world: &World) -> bool {
        let (spec, region) = (self.setting.spec, Runner::REGION.parse().unwrap());
        let all = |found: Option<AutoEnable>, wish: Option<AutoEnable>| wish.or(found) == Some(AutoEnable::All);
        let members = all(world.settings.members, auto_enable_of_members(&self.policy, spec, &region));
        let feature = |feature: &Feature| {
            let wish = auto_enable_of(&self.policy, spec, &region, feature);
            all(world.settings.features.get(feature).copied(), wish)
        };
        world.accounts.keys().filter_map(|account| world.says(*account)).any(|says| {
            let off = says.features.iter().any(|(name, wanted)| *wanted == Wanted::Off && feature(name));
            off || (members && says.membership == MembershipWish::Removed)
        })
    }
}

/// Whether a membership truly is, in the end, as the policy and AWS's own policies let it be.
fn fits(world: &World, account: AccountId, reason: &Reason) -> Result<(), String> {
    let sim = &world.accounts[&account];
    let ensure = |good: bool| if good { Ok(()) } else { Err(format!("{account}: {reason:?}, {sim:?}")) };
    if !matches!(sim.state, rollcall_core::AccountState::Active | rollcall_core::AccountState::PendingClosure) {
        return ensure(reason.state() == State::NotApplicable);
    }
    let Some(says) = world.says(account) else { return ensure(matches!(reason, Reason::RulesUndecided(_))) };
    let managed = world.managed(account);
    let stuck = world.settings.members == Some(AutoEnable::All) || managed.enrols == Some(true);
    match says.membership {
        MembershipWish::Unmanaged => return ensure(matches!(reason, Reason::Exempt(_))),
        MembershipWish::Removed => {
            return ensure(matches!(reason, Reason::Removed(_)) && (stuck || !sim.associated()));
        }
        MembershipWish::Enrolled if !sim.usable() => return ensure(*reason == Reason::RegionOff),
        MembershipWish::Enrolled => {}
    }
    let is_off = !sim.associated() || (world.spec.monitoring_is_separate && !sim.on);
    if account != id(ADMINISTRATOR) && is_off {
        return ensure(match managed.enrols {
            Some(true) => *reason == Reason::LeftToOrganizationPolicy([].into()),
            Some(false) => *reason == Reason::OrganizationPolicyConflict([].into()),
            None => false,
        });
    }
    let (mut left, mut conflicting, mut excluded) = (false, false, false);
    for (feature, wanted) in &says.features {
        let is_on = sim.status(feature.as_str()) == FeatureStatus::On;
        let parent = feature.as_str().split_once('/').map(|(parent, _)| sim.status(parent));
        // What needs a feature that somebody else keeps off waits with it.
        let need = world.spec.feature(feature).and_then(|spec| spec.needs.as_ref()).map(|needs| needs.feature);
        let need = need.filter(|name| !is_on && sim.status(name) == FeatureStatus::Off).map(Feature::known);
        let of_need = need.and_then(|need| managed.features.get(&need));
        match (wanted, managed.features.get(feature).or(of_need.filter(|_| *wanted == Wanted::On))) {
            (Wanted::On, Some(true)) => left |= !is_on,
            // Its own feature is about to be turned off, where it is on.
            (Wanted::On, Some(false)) => conflicting |= !is_on || managed.features.contains_key(feature),
            (Wanted::On, None) if !is_on => {
                excluded |= feature.as_str().starts_with("RUNTIME")
                    && sim.status("EKS_RUNTIME_MONITORING") == FeatureStatus::On;
                ensure(excluded)?;
            }
            (Wanted::Off, None) => ensure(!is_on || parent == Some(FeatureStatus::Off))?,
            _ => {}
        }
    }
    ensure(match (conflicting, excluded, left) {
        (true, ..) => matches!(reason, Reason::OrganizationPolicyConflict(_)),
        (_, true, _) => *reason == Reason::LegacyRuntimeMonitoring,
        (.., true) => matches!(reason, Reason::LeftToOrganizationPolicy(_)),
        _ => *reason == Reason::Enrolled,
    })
}

/// What is truly on without being asked for.
fn too_much(world: &World) -> Excess {
    let mut excess = Excess::new();
    for (account, sim) in &world.accounts {
        let Some(says) = world.says(*account).filter(|_| sim.usable()) else { continue };
        let mut add = |fate, what: &str| excess.entry((fate, what.to_owned())).or_default().extend([*account]);
        let is_member = sim.associated();
        let managed = world.managed(*account);
        match says.membership {
            MembershipWish::Unmanaged if is_member => add(Fate::LeftAlone, "membership"),
            MembershipWish::Removed if is_member && managed.enrols == Some(true) => {
                add(Fate::KeptByOrganizationPolicy, "membership");
            }
            MembershipWish::Removed
                if is_member && world.auto_enable_is_dead() && world.settings.members == Some(AutoEnable::All) =>
            {
                add(Fate::KeptByOrganizationPolicy, "membership");
            }
            MembershipWish::Removed if is_member => add(Fate::ToBeReduced, "membership"),
            MembershipWish::Enrolled if is_member || *account == id(ADMINISTRATOR) => {
                for feature in sim.features.keys().filter(|name| sim.status(name.as_str()) == FeatureStatus::On) {
                    let parent = feature.as_str().split_once('/').map(|(parent, _)| sim.status(parent));
                    let fate = match says.features.get(feature).unwrap_or(&Wanted::AsFound) {
                        _ if parent.is_some_and(|parent| parent != FeatureStatus::On) => continue,
                        Wanted::On => continue,
                        _ if managed.features.get(feature) == Some(&false) => continue,
                        Wanted::AsFound => Fate::LeftAlone,
                        Wanted::Off if managed.features.contains_key(feature) => Fate::KeptByOrganizationPolicy,
                        Wanted::Off => Fate::ToBeReduced,
                    };
                    add(fate, feature.as_str());
                }
            }
            _ => {}
        }
    }
    excess
}

proptest! {
    #![proptest_config(config(200))]

    /// Repeated runs reach what the policy says, of every account, and what it does not name is as it was.
    #[test]
    fn runs_reach_what_the_policy_says(case in case()) {
        let fake = Fake::new(case.world()).failing_at_random(case.setting.random_faults);
        let mut runner = case.runner(&fake);
        let found = fake.world().settings.clone();
        let dead = fake.world().auto_enable_is_dead();
        runner.mandate();
        if case.is_overruled(&fake.world()) {
            fake.world().automation = false;
        }
        let mut last = None;
        for run in 0..case.setting.runs() + 12 {
            if run == case.setting.random_faults + 2 {
                fake.calm();
                // From here on nothing but the runs changes anything.
                fake.world().automation = false;
                fake.world().lagging = None;
            }
            fake.forget_calls();
            let report = runner.run();
            let over = !matches!(report.outcome, Outcome::Pending | Outcome::Unfinished) && fake.writes().is_empty();
            last = Some(report);
            if over && run > case.setting.random_faults + 2 {
                break;
            }
        }
        let report = last.unwrap();
        prop_assert_eq!(&fake.world().violations, &[""; 0]);
        prop_assert!(fake.writes().is_empty(), "{:?}\n{:?}", fake.writes(), report.memberships);
        for (account, membership) in &report.memberships {
            let fits = fits(&fake.world(), *account, &membership.reason);
            prop_assert!(fits.is_ok(), "{}", fits.unwrap_err());
        }
        prop_assert_eq!(&report.excess, &too_much(&fake.world()));
        runner.mode = Mode::Plan;
        let plan = runner.run().plan.unwrap();
        let world = fake.world();
        let stuck = |action: &Action| matches!(action, Action::Disassociate { .. }) && world.settings.members == Some(AutoEnable::All);
        prop_assert!(plan.actions.iter().all(|planned| planned.predicted && stuck(&planned.action)), "{}", plan);
        // The organization's own settings.
        let region = Runner::REGION.parse().unwrap();
        let wish = auto_enable_of_members(&case.policy, case.setting.spec, &region);
        prop_assert_eq!(world.settings.members, wish.filter(|_| !dead).or(found.members));
        for feature in case.setting.spec.features.iter().map(|feature| Feature::known(feature.name)) {
            let was = found.features.get(&feature).copied().unwrap_or(AutoEnable::None);
            let wish = auto_enable_of(&case.policy, case.setting.spec, &region, &feature).filter(|_| !dead).unwrap_or(was);
            let legacy = world.settings.features.get(&Feature::known("EKS_RUNTIME_MONITORING"));
            let excluded = feature.as_str().starts_with("RUNTIME") && legacy > Some(&AutoEnable::None) && wish > was;
            let is = world.settings.features.get(&feature).copied().unwrap_or(AutoEnable::None);
            prop_assert_eq!(is, if excluded { was } else { wish }, "{}", feature);
        }
        let wanted = &case.policy.services[&case.setting.spec.id].settings;
        prop_assert_eq!(&world.configured, wanted);
    }

    /// Whatever a run may do, it goes no further; where additions are missing and may not be made, it says so.
    #[test]
    fn no_run_goes_beyond_its_permits(
        case in case(), additions in any::<bool>(), reductions in prop::collection::vec(0..3u8, 1..5), some in any::<Option<Index>>()
    ) {
        let fake = Fake::new(case.world()).failing_at_random(case.setting.random_faults);
        let mut runner = case.runner(&fake);
        if let Some(some) = some {
            runner = runner.accounts([some.index(case.setting.accounts.len()) as u64 + 1]);
        }
        let mut listed = Listed::default();
        for kind in reductions {
            let reductions = match kind {
                0 => Reductions::None,
                1 => Reductions::All,
                _ => Reductions::Listed(listed.clone()),
            };
            runner.permits = Permits { additions, reductions };
            let report = runner.run();
            let run = SweepRun { id: "run".parse().unwrap(), started_at: Timestamp::UNIX_EPOCH };
            let result = TargetResult::new(&report, run, Mode::Apply, Timestamp::UNIX_EPOCH);
            // The breaker counts what the next run may make.
            listed = result.listed();
            prop_assert_eq!(result.reductions, listed.count());
            let plan = report.plan.unwrap();
            let missing = report.held_back.iter().any(|planned| planned.action.adds());
            let unknown = report.memberships.values().any(|membership| membership.state() == State::Unknown);
            let unseen = report.remarks.iter().any(|remark| remark.contains("could not be seen"));
            if missing && !unknown && !unseen {
                prop_assert!(!additions && matches!(report.outcome, Outcome::Planned | Outcome::Unfinished), "{}", plan);
            }
            let lowers = plan.actions.iter().any(|planned| planned.action.reductions() > 0);
            prop_assert!(!lowers || runner.scope == Scope::Everything);
        }
        prop_assert_eq!(&fake.world().violations, &[""; 0]);
    }

    /// What is explained of an account is what is planned for it.
    #[test]
    fn an_explanation_agrees_with_the_plan(case in case()) {
        let fake = Fake::new(case.world());
        let runner = case.runner(&fake).planning();
        let plan = runner.run().plan.unwrap();
        let world = fake.world();
        let (roster, spec, region) = (world.roster(), case.setting.spec, Runner::REGION.parse().unwrap());
        for (account, membership) in &plan.memberships {
            let explained = case.policy.explain(spec, &region, &roster, id(ADMINISTRATOR), *account).unwrap();
            prop_assert!(explained.governed);
            let said = match (explained.said, world.says(*account)) {
                (Ok(said), Some(says)) => {
                    let features = said.features.iter().map(|(feature, said)| (feature.clone(), said.what));
                    prop_assert_eq!((said.membership.what, features.collect()), (says.membership, says.features));
                    said
                }
                (said, says) => {
                    prop_assert!(said.is_err() && says.is_none());
                    let state = membership.state();
                    prop_assert!(matches!(state, State::Unknown | State::NotApplicable), "{:?}", membership);
                    continue;
                }
            };
            let by = said.membership.by.clone();
            let works = roster.accounts[account].works();
            match (&membership.reason, said.membership.what) {
                (Reason::Exempt(source), what) => prop_assert_eq!((source, what), (&by, MembershipWish::Unmanaged)),
                (Reason::Removed(source), what) => prop_assert_eq!((source, what), (&by, MembershipWish::Removed)),
                (reason, MembershipWish::Unmanaged | MembershipWish::Removed) => prop_assert!(!works, "{:?}", reason),
                (_, MembershipWish::Enrolled) => {}
            }
            if let Source::Rule(name) = &by {
                prop_assert!(case.policy.rules.iter().any(|rule| rule.name == *name));
            }
        }
        for planned in &plan.actions {
            let mut beyond = world.not_said(&planned.action);
            beyond.retain(|what| !planned.predicted || what != "AWS enables all members by itself");
            prop_assert_eq!(&beyond, &[""; 0], "{:?}", planned);
        }
        // The organization's own settings are explained as well.
        let explained = case.policy.explain(spec, &region, &roster, id(ADMINISTRATOR), id(MANAGEMENT)).unwrap();
        let (members, features) = explained.auto_enable;
        let strength = |wish: AutoEnableWish| wish.setting(spec.strongest_auto_enable);
        prop_assert_eq!(strength(members).filter(|_| spec.members_auto_enable), auto_enable_of_members(&case.policy, spec, &region));
        for (feature, wish) in features {
            prop_assert_eq!(strength(wish), auto_enable_of(&case.policy, spec, &region, &feature), "{}", feature);
        }
    }
}
