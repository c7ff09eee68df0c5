//! How the scopes of two rules lie to each other. No I/O.

use std::collections::BTreeSet;

use crate::{
    Region,
    policy::{Regions, RuleScope},
};

/// Whether every account and governed region of one scope is in another one.
pub(super) fn holds(outer: &RuleScope, inner: &RuleScope, governed: &Regions) -> bool {
    let has_root = outer.units.iter().any(|unit| unit.starts_with("r-"));
    let units = has_root || within(&inner.units, &outer.units);
    let tags = outer.tags.iter().all(|(key, value)| inner.tags.get(key) == Some(value));
    units && within(&inner.accounts, &outer.accounts) && tags && regions_within(inner, outer, governed)
}

/// Whether no account is in both scopes, or no region.
pub(super) fn are_apart(one: &RuleScope, other: &RuleScope) -> bool {
    let tags = one.tags.iter().any(|(key, value)| other.tags.get(key).is_some_and(|other| other != value));
    tags || no_common(&one.accounts, &other.accounts) || no_common(&one.regions, &other.regions)
}

/// An empty set is everything.
fn within<T: Ord>(inner: &BTreeSet<T>, outer: &BTreeSet<T>) -> bool {
    outer.is_empty() || (!inner.is_empty() && inner.is_subset(outer))
}

fn no_common<T: Ord>(one: &BTreeSet<T>, other: &BTreeSet<T>) -> bool {
    !one.is_empty() && !other.is_empty() && one.is_disjoint(other)
}

fn regions_within(inner: &RuleScope, outer: &RuleScope, governed: &Regions) -> bool {
    let of_inner: BTreeSet<&Region> = match governed {
        Regions::Only(regions) if inner.regions.is_empty() => regions.iter().collect(),
        _ => inner.regions.iter().filter(|region| governed.include(region)).collect(),
    };
    outer.regions.is_empty() || (!of_inner.is_empty() && of_inner.iter().all(|region| outer.regions.contains(*region)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(units: &[&str], accounts: &[&str], tags: &[(&str, &str)], regions: &[&str]) -> RuleScope {
        RuleScope {
            units: units.iter().map(|unit| (*unit).to_owned()).collect(),
            accounts: accounts.iter().map(|account| account.parse().unwrap()).collect(),
            tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            regions: regions.iter().map(|region| region.parse().unwrap()).collect(),
        }
    }

    const A: &str = "111111111111";
    const B: &str = "222222222222";

    #[test]
    fn a_wider_scope_holds_a_narrower_one_and_not_the_other_way() {
        let pairs = [
            (scope(&[], &[], &[], &[]), scope(&["ou-ab12-34cd56ef"], &[], &[], &[])),
            (scope(&["r-ab12"], &[], &[], &[]), scope(&[], &[A], &[], &[])),
            (scope(&[], &[A, B], &[], &[]), scope(&[], &[A], &[], &[])),
            (scope(&[], &[], &[("k", "v")], &[]), scope(&[], &[], &[("k", "v"), ("l", "w")], &[])),
            (scope(&[], &[A], &[], &[]), scope(&[], &[A], &[], &["eu-west-1"])),
            (scope(&[], &[A], &[], &["eu-west-1", "eu-west-2"]), scope(&[], &[A], &[], &["eu-west-1"])),
        ];
        for (outer, inner) in pairs {
            assert!(holds(&outer, &inner, &Regions::All), "{outer:?} {inner:?}");
            assert!(!holds(&inner, &outer, &Regions::All), "{outer:?} {inner:?}");
            assert!(holds(&outer, &outer, &Regions::All) && holds(&inner, &inner, &Regions::All));
        }
    }

    #[test]
    fn only_governed_regions_count() {
        let governed = Regions::Only(["eu-west-1".parse().unwrap()].into());
        let here = scope(&[], &[A], &[], &["eu-west-1"]);
        assert!(holds(&here, &scope(&[], &[A], &[], &[]), &governed));
        assert!(holds(&here, &scope(&[], &[A], &[], &["eu-west-1", "us-east-1"]), &governed));
        assert!(!holds(&here, &scope(&[], &[A], &[], &[]), &Regions::All));
    }

    #[test]
    fn scopes_are_apart_only_where_that_is_certain() {
        assert!(are_apart(&scope(&[], &[A], &[], &[]), &scope(&[], &[B], &[], &[])));
        assert!(are_apart(&scope(&[], &[], &[("k", "v")], &[]), &scope(&[], &[], &[("k", "w")], &[])));
        assert!(are_apart(&scope(&[], &[A], &[], &["eu-west-1"]), &scope(&[], &[A], &[], &["eu-west-2"])));
        assert!(!are_apart(&scope(&["ou-ab12-34cd56ef"], &[], &[], &[]), &scope(&["ou-ab12-78ab90cd"], &[], &[], &[])));
        assert!(!are_apart(&scope(&[], &[A], &[], &[]), &scope(&["ou-ab12-34cd56ef"], &[], &[], &[])));
    }
}
