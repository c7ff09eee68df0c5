//! Generated facts to plan from: anything that an adapter could see, however unlikely. No I/O but keeping seeds.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use proptest::{
    bool::weighted,
    prelude::*,
    sample::{select, subsequence},
    test_runner::FileFailurePersistence,
};
use rollcall_core::{
    AccountId, AutoEnable, AutoEnableSettings, Desired, ErrorClass, Feature, FeatureStatus, Managed, Members, Observed,
    ObservedMember, OwnState, Reason, Relationship, Role, Seen, ServiceSpec, Standing, Unseen, Wishes, policy::Source,
};

use super::{
    ADMINISTRATOR, error,
    facts::{Facts, by_default},
    id,
    specs::{GUARD, INSPECT},
};

pub(crate) fn config(cases: u32) -> ProptestConfig {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/behaviour/properties.regressions");
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(seeds))),
        ..ProptestConfig::with_cases(cases)
    }
}

pub(crate) fn status() -> impl Strategy<Value = FeatureStatus> {
    prop_oneof![
        4 => Just(FeatureStatus::On),
        3 => Just(FeatureStatus::Off),
        1 => Just(FeatureStatus::TurningOn),
        1 => Just(FeatureStatus::TurningOff),
        1 => Just(FeatureStatus::Failed("SUSPENDED".into())),
        1 => Just(FeatureStatus::Unknown("HALF_ON".into())),
    ]
}

pub(crate) fn unseen() -> impl Strategy<Value = Unseen> {
    prop_oneof![
        Just(Unseen::NotAsked),
        Just(Unseen::NoAdministrator),
        Just(Unseen::Failed(error(ErrorClass::Transient).into()))
    ]
}

pub(crate) fn seen<T: std::fmt::Debug + Clone>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Seen<T>> {
    prop_oneof![6 => value.prop_map(Seen::Yes), 1 => unseen().prop_map(Seen::No)]
}

pub(crate) fn statuses(spec: &'static ServiceSpec) -> impl Strategy<Value = BTreeMap<Feature, FeatureStatus>> {
    let names: Vec<&'static str> = spec.features.iter().map(|feature| feature.name).chain(["FUTURE_PLAN"]).collect();
    let feature = select(names).prop_map(Feature::known);
    prop::collection::btree_map(feature, status(), 0..=spec.features.len())
}

pub(crate) fn own(spec: &'static ServiceSpec) -> impl Strategy<Value = OwnState> {
    (prop_oneof![3 => Just(FeatureStatus::On), 1 => status()], statuses(spec), managed(spec))
        .prop_map(|(monitoring, features, managed)| OwnState { monitoring, features, managed })
}

/// The features that AWS says an Organizations policy manages.
fn managed(spec: &'static ServiceSpec) -> impl Strategy<Value = BTreeSet<Feature>> {
    let known: Vec<Feature> = spec.features.iter().map(|feature| Feature::known(feature.name)).collect();
    prop_oneof![4 => Just(BTreeSet::new()), 1 => prop::collection::btree_set(select(known), 1..3)]
}

pub(crate) fn relationship() -> impl Strategy<Value = Relationship> {
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

pub(crate) fn member(spec: &'static ServiceSpec) -> impl Strategy<Value = ObservedMember> {
    let on = prop_oneof![3 => Just(FeatureStatus::On), 1 => status()];
    (relationship(), seen(on), seen(statuses(spec)), managed(spec)).prop_map(
        |(relationship, monitoring, features, managed)| ObservedMember { relationship, monitoring, features, managed },
    )
}

pub(crate) fn auto_enable() -> impl Strategy<Value = AutoEnable> {
    select(vec![AutoEnable::None, AutoEnable::New, AutoEnable::All])
}

pub(crate) fn settings(spec: &'static ServiceSpec) -> impl Strategy<Value = AutoEnableSettings> {
    let names: Vec<&'static str> = spec.features.iter().map(|feature| feature.name).chain(["FUTURE_PLAN"]).collect();
    let members = spec.members_auto_enable;
    let feature = select(names).prop_map(Feature::known);
    let setting = auto_enable().prop_map(|setting| setting.min(spec.strongest_auto_enable));
    let features = prop::collection::btree_map(feature, setting, 0..=6);
    (auto_enable(), features).prop_map(move |(all, features)| AutoEnableSettings {
        members: members.then_some(all),
        features,
        ..AutoEnableSettings::default()
    })
}

pub(crate) fn standing() -> impl Strategy<Value = Standing> {
    let by = || Source::Rule("an exception".to_owned());
    prop_oneof![
        8 => Just(Standing::Enrolled),
        1 => Just(Standing::NotApplicable(Reason::AccountSuspended)),
        1 => Just(Standing::NotApplicable(Reason::Exempt(by()))),
        2 => Just(Standing::Removed(by())),
        1 => Just(Standing::Awaited(Reason::RegionOptingIn)),
        1 => Just(Standing::Unknown(Reason::RegionStatusNotSeen)),
        1 => Just(Standing::Unknown(Reason::UnrecognisedStatus("MOVED".into()))),
    ]
}

/// What is wanted of features: mostly the default, else anything, coherent or not.
pub(crate) fn wishes(spec: &'static ServiceSpec) -> impl Strategy<Value = Arc<Wishes>> {
    let known: Vec<Feature> = spec.features.iter().map(|feature| Feature::known(feature.name)).collect();
    let wanted =
        prop::collection::vec(prop_oneof![2 => Just(Some(true)), 2 => Just(Some(false)), 1 => Just(None)], known.len());
    let features = known.clone();
    let anything = wanted.prop_map(move |wanted| {
        let of = |wish| features.iter().zip(&wanted).filter(move |(_, found)| **found == Some(wish));
        let of = |wish| of(wish).map(|(feature, _)| feature.clone()).collect();
        Wishes { on: of(true), off: of(false), managed: Managed::default() }
    });
    let by_default = Wishes { on: by_default(spec), ..Wishes::default() };
    let features = prop::collection::btree_map(select(known), any::<bool>(), 0..3);
    let managed = (prop_oneof![2 => Just(None), 1 => any::<bool>().prop_map(Some)], features)
        .prop_map(|(enrols, features)| Managed { enrols, features, unrecognised: BTreeSet::new() });
    let managed = prop_oneof![3 => Just(Managed::default()), 1 => managed];
    (prop_oneof![1 => Just(by_default), 2 => anything], managed)
        .prop_map(|(wishes, managed)| Arc::new(Wishes { managed, ..wishes }))
}

/// The values that a setting of the service may have, or none.
pub(crate) fn configured(spec: &'static ServiceSpec) -> impl Strategy<Value = BTreeMap<&'static str, String>> {
    let value = select(vec!["FIFTEEN_MINUTES", "ONE_HOUR"]).prop_map(str::to_owned);
    prop::collection::btree_map(Just(spec.settings[0].key), value, 0..=1)
}

/// What is desired of each account, and of the organization's own settings.
fn desired(facts: &Facts) -> impl Strategy<Value = Desired> + use<> {
    let spec = facts.spec;
    let count = facts.desired.members.len();
    let members = (wishes(spec), wishes(spec), prop::collection::vec((any::<bool>(), standing()), count));
    let without = |mut settings: AutoEnableSettings| {
        settings.features.retain(|feature, _| spec.feature(feature).is_some_and(|spec| spec.auto_enable));
        settings
    };
    let auto_enable = prop_oneof![Just(facts.desired.auto_enable.clone()), settings(spec).prop_map(without)];
    let dead = if spec.organization_policy.stops_auto_enable { weighted(0.1).boxed() } else { Just(false).boxed() };
    (Just(facts.desired.clone()), members, (auto_enable, any::<bool>()), configured(spec), dead).prop_map(
        |(mut desired, (one, other, members), (auto_enable, of_members), settings, dead)| {
            for (member, (first, standing)) in desired.members.values_mut().zip(members) {
                member.wishes = Arc::clone(if first { &one } else { &other });
                // The administrator is never removed or exempt.
                let possible = member.role != Role::Administrator
                    || !matches!(standing, Standing::Removed(_) | Standing::NotApplicable(Reason::Exempt(_)));
                member.standing = if possible { standing } else { Standing::Enrolled };
            }
            desired.auto_enable = auto_enable;
            desired.auto_enable.members = desired.auto_enable.members.filter(|_| of_members);
            Desired { settings, auto_enable_is_dead: dead, ..desired }
        },
    )
}

pub(crate) fn facts() -> impl Strategy<Value = Facts> {
    let spec = select(vec![&GUARD, &INSPECT]);
    (spec, select(vec!["eu-central-1", "eu-south-1"]), 2..9u64).prop_flat_map(|(spec, region, accounts)| {
        let facts = Facts::nothing_enabled(spec, region, accounts);
        let known: Vec<Feature> = spec.features.iter().map(|feature| Feature::known(feature.name)).collect();
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
            (seen(settings(spec)), seen(configured(spec))),
            listed,
            prop_oneof![4 => Just(None), 1 => unseen().prop_map(Some)],
            subsequence(known, 0..=1),
        );
        let desired = desired(&facts);
        (Just(facts), desired, seen(trusted), weighted(0.2), observed).prop_map(
            move |(facts, desired, trusted, settling, observed)| {
                let (administrator, own, management, (auto_enable, settings), listed, incomplete, not_offered) =
                    observed;
                let observed = Observed {
                    administrator,
                    own,
                    management,
                    auto_enable,
                    settings,
                    members: Members { listed, incomplete },
                    not_offered: not_offered.into_iter().collect(),
                    ..Observed::default()
                };
                Facts { desired, observed, trusted, settling, ..facts }
            },
        )
    })
}
