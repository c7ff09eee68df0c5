//! Generated policies, and where generated accounts are in the organization. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use rollcall_core::{
    AccountId, Feature, FeatureSpec, Policy, Region, ServiceSpec,
    policy::{AutoEnableWish, MembershipWish, Rule, RuleScope, RuleSettings, ServicePolicy, Wanted},
};

use super::{ADMINISTRATOR, generate::configured, id, specs::GUARD};

use Wanted::{AsFound, Off, On};

pub(crate) const REGIONS: [&str; 2] = ["eu-central-1", "eu-south-1"];

/// Where accounts are; one unit's name begins as another one's does.
pub(crate) const PATHS: [&str; 5] = [
    "o-example/r-ab12/",
    "o-example/r-ab12/ou-ab12-outer000/",
    "o-example/r-ab12/ou-ab12-outer000/ou-ab12-inner000/",
    "o-example/r-ab12/ou-ab12-other000/",
    "o-example/r-ab12/ou-ab12-outer0000/",
];

const UNITS: [&str; 4] = ["r-ab12", "ou-ab12-outer000", "ou-ab12-inner000", "ou-ab12-other000"];

/// Features that need or exclude each other, with what can be said of them together.
type Group = (&'static [&'static str], &'static [&'static [Wanted]]);

const ANY: &[&[Wanted]] = &[&[On], &[Off], &[AsFound]];
const WITH_NEED: &[&[Wanted]] = &[&[On, On], &[On, Off], &[On, AsFound], &[Off, Off], &[AsFound, Off]];

const GUARD_GROUPS: &[Group] = &[
    (&["S3_DATA_EVENTS"], ANY),
    (&["EKS_AUDIT_LOGS"], ANY),
    (&["LAMBDA_NETWORK_LOGS"], ANY),
    (
        &["EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING", "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"],
        &[
            &[AsFound, On, On],
            &[AsFound, On, Off],
            &[Off, On, On],
            &[Off, On, AsFound],
            &[Off, Off, Off],
            &[AsFound, Off, AsFound],
            &[On, Off, Off],
        ],
    ),
];

const INSPECT_GROUPS: &[Group] = &[
    (&["EC2", "EC2_DEEP_INSPECTION"], WITH_NEED),
    (&["LAMBDA", "LAMBDA_CODE"], WITH_NEED),
    // Without any feature the service would be off, in the administrator's account as well.
    (&["ECR"], &[&[On]]),
];

fn groups(spec: &ServiceSpec) -> &'static [Group] {
    if spec.id == GUARD.id { GUARD_GROUPS } else { INSPECT_GROUPS }
}

/// What is said of some groups of features.
fn features(spec: &'static ServiceSpec) -> impl Strategy<Value = BTreeMap<Feature, Wanted>> {
    let groups = groups(spec);
    let some = subsequence(groups, 0..=groups.len());
    (some, prop::collection::vec(any::<prop::sample::Index>(), groups.len())).prop_map(|(groups, choices)| {
        let said = groups.iter().zip(&choices).flat_map(|((names, together), choice)| {
            names.iter().map(|name| Feature::known(name)).zip(together[choice.index(together.len())].iter().copied())
        });
        said.collect()
    })
}

fn membership() -> impl Strategy<Value = MembershipWish> {
    select(vec![MembershipWish::Enrolled, MembershipWish::Unmanaged, MembershipWish::Removed])
}

fn auto_enable() -> impl Strategy<Value = AutoEnableWish> {
    select(vec![AutoEnableWish::All, AutoEnableWish::New, AutoEnableWish::None, AutoEnableWish::Unmanaged])
}

fn scope() -> impl Strategy<Value = RuleScope> {
    let accounts: Vec<AccountId> = (1..=9).map(id).collect();
    let accounts = prop_oneof![2 => Just(BTreeSet::new()), 1 => prop::collection::btree_set(select(accounts), 1..4)];
    let units = subsequence(UNITS.to_vec(), 1..3);
    let units = units.prop_map(|units| units.into_iter().map(str::to_owned).collect());
    let units = prop_oneof![1 => Just(BTreeSet::new()), 1 => units];
    let tags = prop_oneof![3 => Just(BTreeMap::new()), 1 => tags(1)];
    let regions = prop_oneof![
        3 => Just(BTreeSet::new()),
        1 => subsequence(REGIONS.to_vec(), 1..=2)
            .prop_map(|names| names.into_iter().map(|name| name.parse::<Region>().unwrap()).collect()),
    ];
    (units, accounts, tags, regions).prop_map(|(units, accounts, tags, regions)| RuleScope {
        units,
        accounts,
        tags,
        regions,
    })
}

pub(crate) fn tags(least: usize) -> impl Strategy<Value = BTreeMap<String, String>> {
    let of = |names: &[&str]| select(names.iter().map(ToString::to_string).collect::<Vec<_>>());
    prop::collection::btree_map(of(&["env", "team"]), of(&["prod", "dev"]), least..=2)
}

fn rule(spec: &'static ServiceSpec) -> impl Strategy<Value = (RuleScope, RuleSettings)> {
    let membership = prop_oneof![1 => Just(None), 1 => membership().prop_map(Some)];
    (scope(), membership, features(spec)).prop_map(|(scope, membership, mut features)| {
        // Members may be without any feature; the administrator would be off.
        let members_only = !scope.accounts.is_empty() && !scope.accounts.contains(&id(ADMINISTRATOR));
        if let Some(wanted) = features.get_mut(&Feature::known("ECR")).filter(|_| members_only) {
            *wanted = Off;
        }
        // Of accounts that are left alone or removed nothing else is said, mostly.
        if membership.is_some_and(|wish| wish != MembershipWish::Enrolled) && features.len() != 1 {
            features.clear();
        }
        (scope, RuleSettings { membership, features })
    })
}

fn service(spec: &'static ServiceSpec) -> impl Strategy<Value = ServicePolicy> {
    // Settings of plans that exclude each other are refused together, so those have no setting of their own.
    let free = |feature: &&FeatureSpec| feature.auto_enable && !feature.name.contains("RUNTIME_MONITORING");
    let known: Vec<Feature> = spec.features.iter().filter(free).map(|feature| Feature::known(feature.name)).collect();
    let by_feature = prop::collection::btree_map(select(known), auto_enable(), 0..3);
    let management = prop_oneof![2 => Just(MembershipWish::Enrolled), 1 => membership()];
    (management, features(spec), auto_enable(), by_feature, configured(spec)).prop_map(
        |(management_account, features, auto_enable, feature_auto_enable, settings)| ServicePolicy {
            management_account,
            features,
            auto_enable,
            feature_auto_enable,
            settings,
            ..ServicePolicy::built_in()
        },
    )
}

/// A policy of one service without contradictions between features; whether AWS's automation overrules it is open.
pub(crate) fn policy(spec: &'static ServiceSpec) -> impl Strategy<Value = Policy> {
    (service(spec), prop::collection::vec(rule(spec), 0..5)).prop_map(|(service, rules)| {
        let named = |(number, (scope, settings)): (usize, (RuleScope, RuleSettings))| Rule {
            name: format!("rule {number}"),
            scope,
            services: [(spec.id, settings)].into(),
        };
        Policy {
            max_enrolments: None,
            max_reductions: None,
            services: [(spec.id, service)].into(),
            rules: rules.into_iter().enumerate().map(named).collect(),
        }
    })
}
