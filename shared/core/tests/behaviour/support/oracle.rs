//! A second, naive reading of a policy, which what the code under test reads is held against. No I/O.

use std::collections::BTreeMap;

use rollcall_core::{
    AccountId, AutoEnable, Feature, Policy, Region, ServiceSpec,
    policy::{AutoEnableWish, MembershipWish, Rule, RuleSettings, Wanted},
};

use super::{
    ADMINISTRATOR, MANAGEMENT, id,
    world::{Sim, World},
};

/// What a policy says of an account in a target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Says {
    pub(crate) membership: MembershipWish,
    pub(crate) features: BTreeMap<Feature, Wanted>,
}

/// `None` where it cannot be said, since something of the account is not known.
pub(crate) fn says(
    policy: &Policy,
    spec: &ServiceSpec,
    region: &Region,
    account: AccountId,
    sim: &Sim,
) -> Option<Says> {
    let mut rules = Vec::new();
    for rule in &policy.rules {
        if fits(rule, account, sim)? {
            rules.push(rule);
        }
    }
    let mut says = read(policy, spec, region, &rules);
    let administers = account == id(ADMINISTRATOR);
    let service = &policy.services[&spec.id];
    if account == id(MANAGEMENT) && !rules.iter().any(|rule| of_membership(rule, spec, region).is_some()) {
        says.membership = service.management_account;
    }
    if administers {
        says.membership = MembershipWish::Enrolled;
    }
    Some(says)
}

/// What a policy says of every account that no rule singles out.
pub(crate) fn says_of_all(policy: &Policy, spec: &ServiceSpec, region: &Region) -> Says {
    let for_all = |rule: &&Rule| {
        let scope = &rule.scope;
        scope.units.is_empty() && scope.accounts.is_empty() && scope.tags.is_empty()
    };
    let rules: Vec<&Rule> = policy.rules.iter().filter(for_all).collect();
    read(policy, spec, region, &rules)
}

fn read(policy: &Policy, spec: &ServiceSpec, region: &Region, rules: &[&Rule]) -> Says {
    let membership = rules.iter().rev().find_map(|rule| of_membership(rule, spec, region));
    let of_rule = |rule: &&Rule, feature: &Feature| settings(rule, spec, region)?.features.get(feature).copied();
    let direct = |feature: &Feature| {
        let by_default = if spec.feature(feature).unwrap().by_default { Wanted::On } else { Wanted::AsFound };
        let by_service = policy.services[&spec.id].features.get(feature).copied().unwrap_or(by_default);
        rules.iter().rev().find_map(|rule| of_rule(rule, feature)).unwrap_or(by_service)
    };
    let wanted = |name: &'static str| {
        let parent = name.split_once('/').map(|(parent, _)| direct(&Feature::named(parent)));
        match (direct(&Feature::known(name)), parent) {
            (Wanted::AsFound, Some(Wanted::Off)) => Wanted::Off,
            (wanted, _) => wanted,
        }
    };
    let features = spec.features.iter().map(|feature| (Feature::known(feature.name), wanted(feature.name))).collect();
    Says { membership: membership.unwrap_or(MembershipWish::Enrolled), features }
}

fn settings<'a>(rule: &'a Rule, spec: &ServiceSpec, region: &Region) -> Option<&'a RuleSettings> {
    let there = rule.scope.regions.is_empty() || rule.scope.regions.contains(region);
    rule.services.get(&spec.id).filter(|_| there)
}

fn of_membership(rule: &Rule, spec: &ServiceSpec, region: &Region) -> Option<MembershipWish> {
    settings(rule, spec, region)?.membership
}

fn fits(rule: &Rule, account: AccountId, sim: &Sim) -> Option<bool> {
    let scope = &rule.scope;
    if !scope.accounts.is_empty() && !scope.accounts.contains(&account) {
        return Some(false);
    }
    if !scope.units.is_empty() {
        let path = format!("/{}", sim.path.as_ref()?);
        if !scope.units.iter().any(|unit| path.contains(&format!("/{unit}/"))) {
            return Some(false);
        }
    }
    if scope.tags.is_empty() {
        return Some(true);
    }
    let tags = sim.tags.as_ref()?;
    Some(scope.tags.iter().all(|(key, value)| tags.get(key).is_some_and(|has| has == value)))
}

/// The auto-enable setting that a policy wants of a feature, as strong as the service has it; `None` as found.
pub(crate) fn auto_enable_of(
    policy: &Policy,
    spec: &ServiceSpec,
    region: &Region,
    feature: &Feature,
) -> Option<AutoEnable> {
    let service = &policy.services[&spec.id];
    let all = says_of_all(policy, spec, region);
    let named = service.feature_auto_enable.get(feature).copied();
    let off =
        if service.auto_enable == AutoEnableWish::Unmanaged { AutoEnableWish::Unmanaged } else { AutoEnableWish::None };
    let wish = match (all.membership, all.features[feature]) {
        (MembershipWish::Unmanaged, _) => AutoEnableWish::Unmanaged,
        (MembershipWish::Removed, _) => AutoEnableWish::None,
        (_, Wanted::On) => named.unwrap_or(service.auto_enable),
        (_, Wanted::Off) => named.unwrap_or(off),
        (_, Wanted::AsFound) => named.unwrap_or(AutoEnableWish::Unmanaged),
    };
    spec.feature(feature).filter(|feature| feature.auto_enable)?;
    as_strong_as(spec, wish)
}

/// The same of members as such.
pub(crate) fn auto_enable_of_members(policy: &Policy, spec: &ServiceSpec, region: &Region) -> Option<AutoEnable> {
    let wish = match says_of_all(policy, spec, region).membership {
        MembershipWish::Enrolled => policy.services[&spec.id].auto_enable,
        MembershipWish::Removed => AutoEnableWish::None,
        MembershipWish::Unmanaged => AutoEnableWish::Unmanaged,
    };
    as_strong_as(spec, wish).filter(|_| spec.members_auto_enable)
}

fn as_strong_as(spec: &ServiceSpec, wish: AutoEnableWish) -> Option<AutoEnable> {
    let only_new = spec.strongest_auto_enable == AutoEnable::New;
    match wish {
        AutoEnableWish::All if only_new => Some(AutoEnable::New),
        AutoEnableWish::All => Some(AutoEnable::All),
        AutoEnableWish::New => Some(AutoEnable::New),
        AutoEnableWish::None => Some(AutoEnable::None),
        AutoEnableWish::Unmanaged => None,
    }
}

impl World {
    /// What the policy that the caller acts by says of an account; `None` where it cannot be said.
    pub(crate) fn says(&self, account: AccountId) -> Option<Says> {
        let mandate = self.mandate.as_ref()?;
        says(&mandate.policy, self.spec, &mandate.region, account, self.accounts.get(&account)?)
    }
}
