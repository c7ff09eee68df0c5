//! Properties of plans and runs, with generated organizations. A failure prints its input; its seed is kept. No I/O
//! beside that.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    prelude::*,
    sample::{select, subsequence},
    test_runner::FileFailurePersistence,
};
use rollcall_core::{
    AccountId, AccountState, Action, AutoEnable, AutoEnableSettings, DesiredMember, ErrorClass, Feature, FeatureStatus,
    Members, Mode, Observed, ObservedMember, Outcome, OwnState, Plan, Policy, Reason, RegionStatus, Relationship,
    Scope, Seen, ServiceSpec, State, Unseen,
};

use super::support::{
    ADMINISTRATOR, MANAGEMENT, error,
    facts::Facts,
    fake::{Fake, Runner},
    id,
    specs::{GUARD, INSPECT},
    world::{Sim, World},
};

fn config(cases: u32) -> ProptestConfig {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/behaviour/properties.regressions");
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(seeds))),
        ..ProptestConfig::with_cases(cases)
    }
}

// Facts to plan from: anything that an adapter could see, however unlikely.

fn status() -> impl Strategy<Value = FeatureStatus> {
    prop_oneof![
        4 => Just(FeatureStatus::On),
        3 => Just(FeatureStatus::Off),
        1 => Just(FeatureStatus::TurningOn),
        1 => Just(FeatureStatus::TurningOff),
        1 => Just(FeatureStatus::Failed("SUSPENDED".into())),
        1 => Just(FeatureStatus::Unknown("HALF_ON".into())),
    ]
}

fn unseen() -> impl Strategy<Value = Unseen> {
    prop_oneof![
        Just(Unseen::NotAsked),
        Just(Unseen::NoAdministrator),
        Just(Unseen::Failed(error(ErrorClass::Transient).into()))
    ]
}

fn seen<T: std::fmt::Debug + Clone>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Seen<T>> {
    prop_oneof![6 => value.prop_map(Seen::Yes), 1 => unseen().prop_map(Seen::No)]
}

fn statuses(spec: &'static ServiceSpec) -> impl Strategy<Value = BTreeMap<Feature, FeatureStatus>> {
    let names: Vec<&'static str> = spec.features.iter().map(|feature| feature.name).chain(["FUTURE_PLAN"]).collect();
    let feature = select(names).prop_map(Feature::known);
    prop::collection::btree_map(feature, status(), 0..=spec.features.len())
}

fn own(spec: &'static ServiceSpec) -> impl Strategy<Value = OwnState> {
    (prop_oneof![3 => Just(FeatureStatus::On), 1 => status()], statuses(spec))
        .prop_map(|(monitoring, features)| OwnState { monitoring, features })
}

fn relationship() -> impl Strategy<Value = Relationship> {
    let others = vec![
        Relationship::NotListed,
        Relationship::Created,
        Relationship::Disabled,
        Relationship::Removed,
        Relationship::Resigned,
        Relationship::RegionDisabled,
        Relationship::AccountSuspended,
        Relationship::CannotCreateDetectorInManagement,
        Relationship::Unknown("PAUSED".into()),
    ];
    prop_oneof![Just(Relationship::Enabled), select(others)]
}

fn member(spec: &'static ServiceSpec) -> impl Strategy<Value = ObservedMember> {
    let on = prop_oneof![3 => Just(FeatureStatus::On), 1 => status()];
    (relationship(), seen(on), seen(statuses(spec))).prop_map(|(relationship, monitoring, features)| ObservedMember {
        relationship,
        monitoring,
        features,
    })
}

fn auto_enable() -> impl Strategy<Value = AutoEnable> {
    select(vec![AutoEnable::None, AutoEnable::New, AutoEnable::All])
}

fn settings(spec: &'static ServiceSpec) -> impl Strategy<Value = AutoEnableSettings> {
    let names: Vec<&'static str> = spec.features.iter().map(|feature| feature.name).chain(["FUTURE_PLAN"]).collect();
    let features = prop::collection::btree_map(select(names).prop_map(Feature::known), auto_enable(), 0..=6);
    let members = spec.members_auto_enable;
    (auto_enable(), features)
        .prop_map(move |(all, features)| AutoEnableSettings { members: members.then_some(all), features })
}

fn wanted(role: rollcall_core::Role) -> impl Strategy<Value = DesiredMember> {
    prop_oneof![
        6 => Just(DesiredMember::Enrolled(role)),
        1 => Just(DesiredMember::NotApplicable(Reason::AccountSuspended)),
        1 => Just(DesiredMember::Awaited(Reason::RegionOptingIn)),
        1 => Just(DesiredMember::Unknown(Reason::RegionStatusNotSeen)),
        1 => Just(DesiredMember::Unknown(Reason::UnrecognisedStatus("MOVED".into()))),
    ]
}

fn facts() -> impl Strategy<Value = Facts> {
    let spec = select(vec![&GUARD, &INSPECT]);
    (spec, select(vec!["eu-central-1", "eu-south-1"]), 2..9u64).prop_flat_map(|(spec, region, accounts)| {
        let facts = Facts::nothing_enabled(spec, region, accounts);
        let known: Vec<Feature> = spec.features.iter().map(|feature| Feature::known(feature.name)).collect();
        let count = known.len();
        let desired: Vec<_> = facts
            .desired
            .members
            .iter()
            .map(|(account, member)| match member {
                DesiredMember::Enrolled(role) => (Just(*account), wanted(*role)),
                _ => unreachable!(),
            })
            .collect();
        let ids: Vec<AccountId> = facts.desired.members.keys().copied().collect();
        let listed = prop::collection::btree_map(select(ids), member(spec), 0..=usize::try_from(accounts).unwrap());
        let administrator = prop_oneof![6 => Just(Some(id(ADMINISTRATOR))), 2 => Just(None), 1 => Just(Some(id(3)))];
        let principals = facts.desired.trusted_access.clone();
        let trusted = subsequence(principals.clone(), 0..=principals.len())
            .prop_map(|some| some.into_iter().map(ToOwned::to_owned).collect::<BTreeSet<String>>());
        let observed = (
            seen(administrator),
            seen(own(spec)),
            seen(own(spec)),
            seen(settings(spec)),
            listed,
            prop_oneof![4 => Just(None), 1 => unseen().prop_map(Some)],
            subsequence(known.clone(), 0..=1),
        );
        let features = prop_oneof![
            2 => Just(facts.desired.features.clone()),
            1 => subsequence(known, 0..=count).prop_map(|some| some.into_iter().collect()),
        ];
        (Just(facts), desired, features, auto_enable(), seen(trusted), observed).prop_map(
            move |(mut facts, members, features, auto_enable, trusted, observed)| {
                let (administrator, own, management, settings, listed, incomplete, not_offered) = observed;
                facts.desired.members = members.into_iter().collect();
                facts.desired.features = features;
                facts.desired.auto_enable = auto_enable.min(facts.spec.strongest_auto_enable);
                facts.trusted = trusted;
                facts.observed = Observed {
                    administrator,
                    own,
                    management,
                    auto_enable: settings,
                    members: Members { listed, incomplete },
                    not_offered: not_offered.into_iter().collect(),
                    ..Observed::default()
                };
                facts
            },
        )
    })
}

/// The executable member actions, one line for each account and thing.
fn executable(plan: &Plan, within: &Scope) -> BTreeSet<(AccountId, String)> {
    let lines = plan.executable().flat_map(|action| {
        let accounts = action.members().iter().filter(|account| within.includes(**account));
        accounts.map(move |account| (*account, action.to_string()))
    });
    lines.collect()
}

proptest! {
    #![proptest_config(config(500))]

    /// (b)
    #[test]
    fn every_desired_membership_is_in_one_state_and_none_is_missing_from_the_plan(facts in facts()) {
        let plan = facts.plan();
        let desired: BTreeSet<_> = facts.desired.members.keys().collect();
        prop_assert_eq!(plan.memberships.keys().collect::<BTreeSet<_>>(), desired);
        prop_assert_eq!(plan.counts().values().sum::<usize>(), facts.desired.members.len());
        let named: BTreeSet<_> = plan.actions.iter().flat_map(|planned| planned.action.members()).collect();
        for (account, membership) in &plan.memberships {
            match membership.state() {
                State::Enrolled | State::NotApplicable | State::Blocked => {
                    prop_assert!(!named.contains(account), "{} is {:?} and acted on", account, membership);
                }
                State::Missing => {
                    let own = *account == id(ADMINISTRATOR) && plan.actions.iter().any(|planned| {
                        matches!(planned.action, Action::EnableAdministrator { .. })
                    });
                    prop_assert!(own || named.contains(account), "{} is {:?}, and nothing is done", account, membership);
                }
                State::Pending | State::Unknown => {}
            }
        }
    }

    /// (c)
    #[test]
    fn batches_keep_to_the_limits_and_name_no_account_twice(facts in facts()) {
        let mut named = BTreeSet::new();
        let mut features = BTreeSet::new();
        for planned in &facts.plan().actions {
            let limits = &facts.spec.batches;
            let (limit, of) = match &planned.action {
                Action::Associate { .. } => (limits.associate, None),
                Action::StartMonitoring { .. } => (limits.start_monitoring, None),
                Action::EnableFeatures { features, .. } => (limits.enable_features, Some(features)),
                _ => continue,
            };
            prop_assert!((1..=limit).contains(&planned.action.members().len()));
            for account in planned.action.members() {
                let call = of.and_then(|of| facts.spec.feature(of.first()?)).map(|spec| spec.call);
                let once = (planned.action.name(), call, planned.predicted, *account);
                prop_assert!(named.insert(once), "{} twice in {}", account, planned.action);
                for feature in of.into_iter().flatten() {
                    prop_assert!(features.insert((*account, feature.clone())));
                    prop_assert_eq!(facts.spec.feature(feature).map(|spec| spec.call), call);
                }
            }
        }
    }

    /// (d)
    #[test]
    fn a_scoped_plan_is_the_full_plan_filtered(facts in facts(), numbers in prop::collection::btree_set(1..9u64, 1..6)) {
        let numbers: Vec<u64> = numbers.into_iter().filter(|n| facts.desired.members.contains_key(&id(*n))).collect();
        let scoped = facts.clone().scope(numbers);
        let (full, some) = (facts.plan(), scoped.plan());
        prop_assert_eq!(executable(&full, &scoped.scope), executable(&some, &scoped.scope));
        prop_assert!(some.actions.iter().all(|planned| !planned.action.members().is_empty()));
        for (account, membership) in &some.memberships {
            let (in_full, in_some) = (&full.memberships[account].reason, &membership.reason);
            let left_to_the_sweep = matches!(in_some, Reason::Prerequisite(_));
            prop_assert!(in_full == in_some || left_to_the_sweep, "{}: {:?} or {:?}", account, in_full, in_some);
        }
        prop_assert!(some.memberships.keys().all(|account| scoped.scope.includes(*account)));
    }

    /// (e)
    #[test]
    fn the_order_of_facts_does_not_matter(facts in facts()) {
        let mut turned = facts.clone();
        turned.desired.members = facts.desired.members.clone().into_iter().rev().collect();
        turned.desired.features = facts.desired.features.iter().rev().cloned().collect();
        turned.observed.members.listed = BTreeMap::new();
        let listed: Vec<_> = facts.observed.members.listed.clone().into_iter().collect();
        for page in listed.rchunks(3) {
            turned.observed.members.listed.extend(page.iter().rev().cloned());
        }
        prop_assert_eq!(facts.plan(), turned.plan());
        prop_assert_eq!(facts.plan().to_string(), turned.plan().to_string());
    }

    /// (f)
    #[test]
    fn nothing_is_done_about_what_was_not_seen(facts in facts()) {
        for action in facts.plan().executable() {
            if let Err(why) = warranted(&facts, action) {
                prop_assert!(false, "{:?} is not warranted: {}", action, why);
            }
        }
    }

    /// (f), the other way round: the less is seen, the less is done.
    #[test]
    fn seeing_less_never_does_more(facts in facts(), hide in 0..7u8) {
        let mut hidden = facts.clone();
        let failed = || Unseen::Failed(error(ErrorClass::Denied).into());
        match hide {
            0 => hidden.observed.administrator = Seen::No(failed()),
            1 => hidden.observed.own = Seen::No(failed()),
            2 => hidden.observed.management = Seen::No(failed()),
            3 => hidden.observed.auto_enable = Seen::No(failed()),
            4 => hidden.observed.members = Members { listed: BTreeMap::new(), incomplete: Some(failed()) },
            5 => hidden.trusted = Seen::No(failed()),
            _ => hidden.observed.members.listed.values_mut().for_each(|member| member.features = Seen::No(failed())),
        }
        let everyone = |plan: &Plan| {
            let organization = plan.executable().filter(|action| action.members().is_empty());
            let organization: BTreeSet<String> = organization.map(ToString::to_string).collect();
            (organization, executable(plan, &Scope::Everything))
        };
        let ((less, fewer), (more, others)) = (everyone(&hidden.plan()), everyone(&facts.plan()));
        // Where the administrator's own state is hidden before designation, fewer features may be known to be offered.
        prop_assert!(fewer.is_subset(&others), "{:?}", fewer.difference(&others));
        prop_assert!(less.is_subset(&more), "{:?}", less.difference(&more));
    }

    /// (g)
    #[test]
    fn no_action_ever_reduces(facts in facts()) {
        for planned in &facts.plan().actions {
            let Action::SetAutoEnable { from, to } = &planned.action else { continue };
            if let Seen::Yes(found) = &facts.observed.auto_enable {
                prop_assert_eq!(found, from);
            }
            prop_assert!(to.members >= from.members);
            prop_assert!(to != from);
            for (feature, found) in &from.features {
                let set = to.features.get(feature);
                prop_assert!(set >= Some(found), "{} is lowered", feature);
                prop_assert!(set == Some(found) || facts.desired.features.contains(feature), "{} was not asked for", feature);
            }
            for feature in to.features.keys().filter(|feature| !from.features.contains_key(*feature)) {
                prop_assert!(facts.desired.features.contains(feature), "{} was not asked for", feature);
            }
        }
    }

    #[test]
    fn a_printed_plan_is_complete_and_ends_each_line(facts in facts()) {
        let plan = facts.plan();
        let all = format!("{plan:#}");
        for (account, membership) in &plan.memberships {
            prop_assert!(membership.state() == State::Enrolled || all.contains(&account.to_string()));
        }
        prop_assert!(all.ends_with('\n') && !all.contains("\n\n"));
    }
}

/// Whether an action is warranted by what was seen and what is desired.
fn warranted(facts: &Facts, action: &Action) -> Result<(), &'static str> {
    let (desired, observed) = (&facts.desired, &facts.observed);
    let ensure = |good: bool, why: &'static str| if good { Ok(()) } else { Err(why) };
    let off = |statuses: &BTreeMap<Feature, FeatureStatus>, features: &BTreeSet<Feature>| {
        let off = |feature| matches!(statuses.get(feature), None | Some(FeatureStatus::Off | FeatureStatus::Failed(_)));
        ensure(features.iter().all(off), "a feature is not seen to be off")?;
        ensure(features.is_subset(&desired.features), "a feature is not asked for")?;
        ensure(features.is_disjoint(&observed.not_offered), "a feature is not offered")
    };
    let ours = observed.administrator == Seen::Yes(Some(desired.administrator));
    let wanted = |account| matches!(desired.members.get(account), Some(DesiredMember::Enrolled(_)));
    ensure(action.members().iter().all(wanted), "an account is not to be enrolled, as far as is known")?;
    ensure(action.stage() < rollcall_core::Stage::AutoEnable || ours, "the administrator is not seen to be ours")?;
    let listed = &observed.members.listed;
    match action {
        Action::EnableTrustedAccess { principal } => {
            ensure(facts.trusted.yes().is_some_and(|trusted| !trusted.contains(*principal)), "it is not seen to lack")
        }
        Action::DesignateAdministrator { .. } => ensure(observed.administrator == Seen::Yes(None), "one is there"),
        Action::EnableManagement { features, .. } => {
            let own = observed.management.yes().ok_or("it is not seen")?;
            ensure(own.monitoring == FeatureStatus::Off, "it is not off")?;
            off(&own.features, features)
        }
        Action::EnableAdministrator { features, .. } => {
            ensure(ours, "the administrator is not seen to be ours")?;
            let own = observed.own.yes().ok_or("it is not seen")?;
            ensure(own.monitoring == FeatureStatus::Off || !features.is_empty(), "nothing is lacking")?;
            off(&own.features, features)
        }
        Action::SetAutoEnable { from, .. } => ensure(observed.auto_enable.yes() == Some(from), "it was not seen so"),
        Action::Associate { accounts } => accounts.iter().try_for_each(|account| match listed.get(account) {
            None => ensure(observed.members.incomplete.is_none(), "the listing is not complete"),
            Some(member) => {
                let no = [Relationship::Enabled, Relationship::Disabled, Relationship::AccountSuspended];
                ensure(!no.contains(&member.relationship), "it is a member already")
            }
        }),
        Action::StartMonitoring { accounts } => accounts.iter().try_for_each(|account| {
            let member = listed.get(account).ok_or("it is not seen")?;
            let off = member.monitoring == Seen::Yes(FeatureStatus::Off);
            ensure(off || member.relationship == Relationship::Disabled, "it is not seen to be off")
        }),
        Action::EnableFeatures { accounts, features } => accounts.iter().try_for_each(|account| {
            let member = listed.get(account).ok_or("it is not seen")?;
            let associated = matches!(member.relationship, Relationship::Enabled | Relationship::Disabled);
            ensure(associated, "it is no member")?;
            off(member.features.yes().ok_or("its features are not seen")?, features)
        }),
    }
}

// Organizations to run on.

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
            Sim { state, region, relationship, on: on || associated, features, busy, stale: None }
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
        let mut policy = Policy::built_in(self.spec);
        if self.runtime && self.spec.id == GUARD.id {
            policy
                .features
                .extend(["RUNTIME_MONITORING", "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"].map(Feature::known));
        }
        policy
    }

    /// So many runs are enough: each random failure and each slow transition may cost one.
    fn runs(&self) -> u64 {
        4 + self.random_faults + self.transition_reads + 2 * self.stale_reads
    }
}

/// Whether an account truly has all that is desired, as far as that is possible.
fn truly_enrolled(world: &World, account: AccountId, policy: &Policy) -> bool {
    let sim = &world.accounts[&account];
    let legacy = sim.status("EKS_RUNTIME_MONITORING") == FeatureStatus::On;
    let on = |feature: &&Feature| {
        sim.status(feature.as_str()) == FeatureStatus::On
            || (legacy && feature.as_str().starts_with("RUNTIME_MONITORING"))
    };
    let associated = account == id(ADMINISTRATOR) || sim.relationship == Relationship::Enabled;
    let on_itself = world.is_on(sim) == FeatureStatus::On;
    (associated || sim.relationship == Relationship::Disabled) && on_itself && policy.features.iter().all(|f| on(&f))
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
            let truly = truly_enrolled(&fake.world(), *account, &runner.policy);
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
            let done = truly_enrolled(&world, id(number), &runner.policy);
            prop_assert!(done || !world.accounts[&id(number)].usable(), "{}: {:?}", number, world.accounts[&id(number)]);
        }
        prop_assert_eq!(&fake.world().violations, &[""; 0]);
    }
}
