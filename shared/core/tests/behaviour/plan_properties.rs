//! Properties of plans, with generated facts. A failure prints its input, and its seed is kept. No I/O beside that.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rollcall_core::{
    AccountId, Action, Coverage, DesiredMember, ErrorClass, Feature, FeatureStatus, Members, Plan, Reason,
    Relationship, Scope, Seen, State, Unseen,
};

use super::support::{ADMINISTRATOR, error, facts::Facts, id};

use super::support::generate::{config, facts};

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

    #[test]
    fn every_desired_membership_is_in_one_state_and_none_is_missing_from_the_plan(facts in facts()) {
        let plan = facts.plan();
        let desired: BTreeSet<_> = facts.desired.members.keys().collect();
        prop_assert_eq!(plan.memberships.keys().collect::<BTreeSet<_>>(), desired);
        let coverage = Coverage::from(&plan.memberships);
        prop_assert_eq!(coverage.applicable() + coverage.not_applicable, facts.desired.members.len());
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
