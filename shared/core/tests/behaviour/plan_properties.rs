//! Properties of plans, with generated facts. A failure prints its input, and its seed is kept. No I/O beside that.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use proptest::prelude::*;
use rollcall_core::{
    AccountId, Action, AutoEnable, Coverage, ErrorClass, Feature, Members, Plan, Reason, Scope, Seen, State, Unseen,
};

use super::support::{ADMINISTRATOR, error, id, things, warrant::warranted};

use super::support::generate::{config, facts};

/// The executable additions for members, thing by thing.
fn additions(plan: &Plan, within: &Scope) -> BTreeSet<String> {
    let additions = plan.executable().filter(|action| action.reductions() == 0 && !action.members().is_empty());
    additions
        .filter_map(|action| action.only_for(|account| within.includes(account)))
        .flat_map(|action| things(&action))
        .collect()
}

/// All that can be applied now, thing by thing; the organization configuration with what becomes of it.
fn executable(plan: &Plan) -> BTreeSet<String> {
    let all = |action: &Action| match action {
        Action::SetAutoEnable { .. } | Action::Configure { .. } => vec![action.to_string()],
        _ => things(action),
    };
    plan.executable().flat_map(all).collect()
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn every_desired_membership_is_in_one_state_and_none_is_missing_from_the_plan(facts in facts()) {
        let plan = facts.plan();
        let desired: BTreeSet<_> = facts.desired.members.keys().collect();
        prop_assert_eq!(plan.memberships.keys().collect::<BTreeSet<_>>(), desired);
        let coverage = Coverage::from(&plan.memberships);
        prop_assert_eq!(coverage.applicable() + coverage.not_applicable, facts.desired.members.len());
        let named = |name: fn(&Action) -> bool| -> BTreeSet<AccountId> {
            let actions = plan.actions.iter().map(|planned| &planned.action).filter(|action| name(action));
            actions.flat_map(Action::members).copied().collect()
        };
        let added = named(Action::adds);
        let disabled = named(|action| matches!(action, Action::DisableFeatures { .. }));
        let removed = named(|action| matches!(action, Action::Disassociate { .. }));
        for (account, membership) in &plan.memberships {
            match membership.state() {
                State::Enrolled | State::NotApplicable | State::Blocked => {
                    prop_assert!(!added.contains(account), "{} is {:?} and acted on", account, membership);
                }
                State::Missing => {
                    let own = *account == id(ADMINISTRATOR) && plan.actions.iter().any(|planned| {
                        matches!(planned.action, Action::EnableAdministrator { .. })
                    });
                    prop_assert!(own || added.contains(account), "{} is {:?}, and nothing is done", account, membership);
                }
                State::Pending | State::Unknown => {}
            }
            let to_be_removed = matches!(membership.reason, Reason::Removed(_));
            prop_assert!(to_be_removed || !removed.contains(account), "{} is {:?} and removed", account, membership);
            let applies = membership.state() != State::NotApplicable;
            prop_assert!(applies || !disabled.contains(account), "{} is {:?} and reduced", account, membership);
        }
    }

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
                Action::DisableFeatures { features, .. } => (limits.disable_features, Some(features)),
                Action::Disassociate { .. } => (limits.disassociate, None),
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

    #[test]
    fn a_scoped_plan_is_the_full_plan_filtered(facts in facts(), numbers in prop::collection::btree_set(1..9u64, 1..6)) {
        let numbers: Vec<u64> = numbers.into_iter().filter(|n| facts.desired.members.contains_key(&id(*n))).collect();
        let scoped = facts.clone().scope(numbers);
        let (full, some) = (facts.plan(), scoped.plan());
        prop_assert_eq!(additions(&full, &scoped.scope), additions(&some, &scoped.scope));
        prop_assert!(some.actions.iter().all(|planned| !planned.action.members().is_empty()));
        prop_assert_eq!(some.reductions(), 0);
        prop_assert!(some.excess.is_empty(), "only the sweep tells");
        for (account, membership) in &some.memberships {
            let (in_full, in_some) = (&full.memberships[account].reason, &membership.reason);
            let left_to_the_sweep = matches!(in_some, Reason::Prerequisite(_));
            // Only the sweep reduces, so only there the region matters for that.
            let waits = *in_full == Reason::RegionStatusNotSeen
                && full.actions.iter().any(|planned| planned.predicted && planned.action.reductions() > 0);
            prop_assert!(in_full == in_some || left_to_the_sweep || waits, "{}: {:?} or {:?}", account, in_full, in_some);
        }
        prop_assert!(some.memberships.keys().all(|account| scoped.scope.includes(*account)));
    }

    #[test]
    fn the_order_of_facts_does_not_matter(facts in facts()) {
        let mut turned = facts.clone();
        turned.desired.members = facts.desired.members.clone().into_iter().rev().collect();
        for member in turned.desired.members.values_mut() {
            member.wishes = Arc::new((*member.wishes).clone());
        }
        turned.observed.members.listed = BTreeMap::new();
        let listed: Vec<_> = facts.observed.members.listed.clone().into_iter().collect();
        for page in listed.rchunks(3) {
            turned.observed.members.listed.extend(page.iter().rev().cloned());
        }
        prop_assert_eq!(facts.plan(), turned.plan());
        prop_assert_eq!(facts.plan().to_string(), turned.plan().to_string());
    }

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
    fn seeing_less_never_does_more(facts in facts(), hide in 0..8u8) {
        let mut hidden = facts.clone();
        let failed = || Unseen::Failed(error(ErrorClass::Denied).into());
        match hide {
            0 => hidden.observed.administrator = Seen::No(failed()),
            1 => hidden.observed.own = Seen::No(failed()),
            2 => hidden.observed.management = Seen::No(failed()),
            3 => hidden.observed.auto_enable = Seen::No(failed()),
            4 => hidden.observed.members = Members { listed: BTreeMap::new(), incomplete: Some(failed()) },
            5 => hidden.trusted = Seen::No(failed()),
            6 => hidden.observed.settings = Seen::No(failed()),
            _ => hidden.observed.members.listed.values_mut().for_each(|member| member.features = Seen::No(failed())),
        }
        // Where the administrator's own state is hidden before designation, fewer features may be known to be offered.
        let (less, more) = (executable(&hidden.plan()), executable(&facts.plan()));
        prop_assert!(less.is_subset(&more), "{:?}", less.difference(&more).collect::<Vec<_>>());
    }

    /// The organization configuration becomes what is desired, setting by setting; what is not asked for is echoed.
    #[test]
    fn the_organization_configuration_changes_only_as_desired(facts in facts()) {
        for planned in &facts.plan().actions {
            let Action::SetAutoEnable { from, to } = &planned.action else { continue };
            if let Seen::Yes(found) = &facts.observed.auto_enable {
                prop_assert_eq!(found, from);
            }
            prop_assert!(!facts.desired.auto_enable_is_dead && to != from);
            let desired = &facts.desired.auto_enable;
            prop_assert!(to.members == from.members || to.members == desired.members);
            prop_assert!(from.features.keys().all(|feature| to.features.contains_key(feature)), "one was left out");
            for (feature, set) in &to.features {
                let (found, wanted) = (from.features.get(feature), desired.features.get(feature));
                prop_assert!(found == Some(set) || wanted == Some(set), "{} was not asked for", feature);
            }
        }
    }

    /// What a plan says of its reductions is what it does.
    #[test]
    fn reductions_are_counted_one_by_one_and_told(facts in facts()) {
        let plan = facts.plan();
        let mut counted = 0;
        for planned in &plan.actions {
            counted += match &planned.action {
                Action::Disassociate { accounts } => accounts.len(),
                Action::DisableFeatures { accounts, features } => accounts.len() * features.len(),
                Action::DisableAdministrator { features, .. } => features.len(),
                Action::SetAutoEnable { from, to } => {
                    let lower = |(feature, found): (&Feature, &AutoEnable)| to.features[feature] < *found;
                    usize::from(to.members < from.members || from.features.iter().any(lower))
                }
                _ => 0,
            };
        }
        prop_assert_eq!(plan.reductions(), counted);
        prop_assert_eq!(plan.to_string().contains("\n  - "), counted > 0);
        prop_assert_eq!(plan.to_string().contains("reductions: "), counted > 0);
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
