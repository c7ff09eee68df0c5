//! Generated facts to plan from: anything that an adapter could see, however unlikely. No I/O but keeping seeds.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    prelude::*,
    sample::{select, subsequence},
    test_runner::FileFailurePersistence,
};
use rollcall_core::{
    AccountId, AutoEnable, AutoEnableSettings, DesiredMember, ErrorClass, Feature, FeatureStatus, Members, Observed,
    ObservedMember, OwnState, Reason, Relationship, Seen, ServiceSpec, Unseen,
};

use super::{
    ADMINISTRATOR, error,
    facts::Facts,
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
    (prop_oneof![3 => Just(FeatureStatus::On), 1 => status()], statuses(spec))
        .prop_map(|(monitoring, features)| OwnState { monitoring, features })
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
    (relationship(), seen(on), seen(statuses(spec))).prop_map(|(relationship, monitoring, features)| ObservedMember {
        relationship,
        monitoring,
        features,
    })
}

pub(crate) fn auto_enable() -> impl Strategy<Value = AutoEnable> {
    select(vec![AutoEnable::None, AutoEnable::New, AutoEnable::All])
}

pub(crate) fn settings(spec: &'static ServiceSpec) -> impl Strategy<Value = AutoEnableSettings> {
    let names: Vec<&'static str> = spec.features.iter().map(|feature| feature.name).chain(["FUTURE_PLAN"]).collect();
    let features = prop::collection::btree_map(select(names).prop_map(Feature::known), auto_enable(), 0..=6);
    let members = spec.members_auto_enable;
    (auto_enable(), features)
        .prop_map(move |(all, features)| AutoEnableSettings { members: members.then_some(all), features })
}

pub(crate) fn wanted(role: rollcall_core::Role) -> impl Strategy<Value = DesiredMember> {
    prop_oneof![
        6 => Just(DesiredMember::Enrolled(role)),
        1 => Just(DesiredMember::NotApplicable(Reason::AccountSuspended)),
        1 => Just(DesiredMember::Awaited(Reason::RegionOptingIn)),
        1 => Just(DesiredMember::Unknown(Reason::RegionStatusNotSeen)),
        1 => Just(DesiredMember::Unknown(Reason::UnrecognisedStatus("MOVED".into()))),
    ]
}

pub(crate) fn facts() -> impl Strategy<Value = Facts> {
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
