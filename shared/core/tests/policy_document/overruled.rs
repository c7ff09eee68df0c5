//! What a policy without warnings promises: AWS's automation, acting between two sweeps, changes nothing that the policy
//! wants otherwise. The automation here is written from AWS's documentation, not from the checks. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rollcall_core::{
    Account, AccountId, AccountState, AutoEnable, Feature, Policy, Region, ServiceSpec,
    policy::{AutoEnableWish, MembershipWish, Resolution, Source, Wanted},
};

use crate::{
    generate,
    support::{SPECS, checked, config},
};

/// An account, as it is once it has its unit and tags.
struct Example {
    id: AccountId,
    account: Account,
    is_management: bool,
    /// Whether it joins between the two sweeps.
    joins: bool,
}

fn examples() -> Vec<Example> {
    let root = format!("o-example/{}/", generate::ROOT);
    let outer = format!("{root}{}/", generate::OUTER);
    let inner = format!("{outer}{}/", generate::INNER);
    let mut examples = Vec::new();
    // Accounts that a policy can name are in the organization already.
    for id in generate::ACCOUNTS.into_iter().chain(["333333333333"]) {
        for path in [&root, &outer, &inner] {
            for tagged in [false, true] {
                for (is_management, joins) in [(true, false), (false, false), (false, true)] {
                    if joins && generate::ACCOUNTS.contains(&id) {
                        continue;
                    }
                    let tags =
                        if tagged { BTreeMap::from([("kind".to_owned(), "test".to_owned())]) } else { [].into() };
                    let account =
                        Account { path: Some(path.clone()), tags: Some(tags), ..Account::new(AccountState::Active) };
                    examples.push(Example { id: id.parse().unwrap(), account, is_management, joins });
                }
            }
        }
    }
    examples
}

/// What AWS may turn on in an account by itself: whether it makes it a member, and the features. A setting that stays as
/// found may be the strongest.
fn automation(policy: &Policy, spec: &ServiceSpec, region: &Region, joins: bool) -> (bool, BTreeSet<Feature>) {
    let acts =
        |wish: AutoEnableWish| match wish.setting(spec.strongest_auto_enable).unwrap_or(spec.strongest_auto_enable) {
            AutoEnable::All => true,
            AutoEnable::New => joins,
            AutoEnable::None => false,
        };
    let features = policy.features_auto_enable(spec, region);
    let features: BTreeSet<Feature> =
        features.into_iter().filter(|(_, wish)| acts(*wish)).map(|(feature, _)| feature).collect();
    let member =
        if spec.members_auto_enable { acts(policy.members_auto_enable(spec, region)) } else { !features.is_empty() };
    (member, features)
}

/// What of a resolution AWS would overrule.
fn overruled(policy: &Policy, spec: &ServiceSpec, region: &Region, said: &Resolution, joins: bool) -> Option<String> {
    let (member, features) = automation(policy, spec, region, joins);
    // Where everybody is left alone, so is AWS.
    let of_everyone = policy.resolve_target(spec, region).membership.what;
    if said.membership.what != MembershipWish::Enrolled {
        return (member && of_everyone != MembershipWish::Unmanaged).then(|| "the membership".to_owned());
    }
    let settings = policy.features_auto_enable(spec, region);
    let is_an_exception = |source: &Source| match source {
        Source::Rule(name) => policy.rules.iter().any(|rule| rule.name == *name && !rule.scope.is_for_all_accounts()),
        _ => false,
    };
    let overruled = said.features.iter().find(|(feature, said)| match (said.what, &said.by) {
        // It is off with the plan that it belongs to, and nothing without it.
        (Wanted::Off, Source::Parent(_)) => false,
        (Wanted::Off, _) => features.contains(*feature),
        // An exception to a setting that the policy makes; where that stays as found, nothing is asked of either.
        (Wanted::AsFound, by) if is_an_exception(by) => {
            features.contains(*feature) && settings.get(*feature) != Some(&AutoEnableWish::Unmanaged)
        }
        (Wanted::On | Wanted::AsFound, _) => false,
    });
    overruled.map(|(feature, said)| format!("{feature}, {} by {}", said.what, said.by))
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn a_policy_without_warnings_is_never_overruled(text in generate::policy()) {
        let Ok(checked) = checked(&text) else { return Err(TestCaseError::reject("no policy")) };
        prop_assume!(checked.warnings.is_empty());
        let policy = checked.policy;
        for spec in SPECS {
            for region in generate::REGIONS.into_iter().chain(["ap-south-1"]) {
                let region: Region = region.parse().unwrap();
                if !policy.governs(spec.id, &region) {
                    continue;
                }
                for example in examples() {
                    let rules = policy.rules_of(spec.id, example.id, &example.account).unwrap();
                    let said = policy.resolve(spec, &region, &rules, example.is_management);
                    let overruled = overruled(&policy, spec, &region, &said, example.joins);
                    prop_assert_eq!(overruled, None, "{} in {} of {}", spec.id, region, example.id);
                }
            }
        }
    }
}
