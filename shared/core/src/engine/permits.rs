//! How far a run may go: breakers and what a report has listed set it. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use crate::{AccountId, Action, Feature, Plan, PlannedAction};

/// How far a run may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permits {
    /// Whether it may add.
    pub additions: bool,
    /// What it may reduce.
    pub reductions: Reductions,
}

/// What a run may reduce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reductions {
    /// Nothing.
    None,
    /// What is listed.
    Listed(Listed),
    /// Everything that the policy names.
    All,
}

/// Reductions that somebody could read before they are made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// The auto-enable settings that are lowered, by feature, and `MEMBERS` for that of members as such.
    pub lowered: BTreeSet<String>,
    /// What is too much, by the name that excess has, and in which account.
    pub excess: BTreeSet<(String, AccountId)>,
}

/// What the auto-enable setting of members as such is called.
pub(crate) const MEMBERS: &str = "MEMBERS";

/// What excess is called where it is the membership as such.
pub(crate) const MEMBERSHIP: &str = "membership";

impl Permits {
    /// All additions, and no reduction.
    pub const ADDITIONS: Self = Self { additions: true, reductions: Reductions::None };

    /// Takes out of a plan what is not permitted, and gives it.
    pub(super) fn hold_back(&self, plan: &mut Plan) -> Vec<PlannedAction> {
        let mut held_back = Vec::new();
        for PlannedAction { action, predicted } in std::mem::take(&mut plan.actions) {
            let planned = |action| PlannedAction { action, predicted };
            let (permitted, held) = self.part(action);
            plan.actions.extend(permitted.into_iter().map(planned));
            held_back.extend(held.into_iter().map(planned));
        }
        held_back
    }

    /// The parts of an action that are permitted, and those that are not.
    fn part(&self, action: Action) -> (Vec<Action>, Vec<Action>) {
        if action.reductions() == 0 {
            return if self.additions { (vec![action], Vec::new()) } else { (Vec::new(), vec![action]) };
        }
        let nothing = Listed::default();
        let listed = match &self.reductions {
            Reductions::None => Some(&nothing),
            Reductions::Listed(listed) => Some(listed),
            Reductions::All => None,
        };
        if let Action::SetAutoEnable { .. } = &action {
            let lowers = |name: &str| listed.is_none_or(|listed| listed.lowered.contains(name));
            let permitted = action.settings(self.additions, lowers);
            let held = action.settings(!self.additions, |name| !lowers(name));
            return (permitted.into_iter().collect(), held.into_iter().collect());
        }
        listed.map_or_else(|| (vec![action.clone()], Vec::new()), |listed| listed.part(&action))
    }
}

impl Listed {
    /// How many reductions it is: as [`Action::reductions`] counts, the lowered settings of a region are one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.excess.len() + usize::from(!self.lowered.is_empty())
    }

    /// The parts of a reduction that are listed, and those that are not.
    fn part(&self, action: &Action) -> (Vec<Action>, Vec<Action>) {
        let is_listed = |what: &str, account: AccountId| self.excess.contains(&(what.to_owned(), account));
        let (accounts, features) = match action {
            Action::Disassociate { .. } => {
                let listed = action.only_for(|account| is_listed(MEMBERSHIP, account));
                let rest = action.only_for(|account| !is_listed(MEMBERSHIP, account));
                return (listed.into_iter().collect(), rest.into_iter().collect());
            }
            Action::DisableFeatures { accounts, features } => (accounts.clone(), features),
            Action::DisableAdministrator { account, features } => (vec![*account], features),
            _ => return (Vec::new(), vec![action.clone()]),
        };
        // Accounts of which the same features are listed stay together.
        let mut alike: BTreeMap<BTreeSet<Feature>, BTreeSet<AccountId>> = BTreeMap::new();
        for account in accounts {
            let listed = features.iter().filter(|feature| is_listed(feature.as_str(), account)).cloned().collect();
            alike.entry(listed).or_default().insert(account);
        }
        let (mut permitted, mut held) = (Vec::new(), Vec::new());
        for (listed, accounts) in alike {
            let rest: BTreeSet<Feature> = features.difference(&listed).cloned().collect();
            permitted.extend(of(action, &accounts, listed));
            held.extend(of(action, &accounts, rest));
        }
        (permitted, held)
    }
}

/// The same reduction for these accounts and features.
fn of(action: &Action, accounts: &BTreeSet<AccountId>, only: BTreeSet<Feature>) -> Option<Action> {
    let mut part = action.only_for(|account| accounts.contains(&account))?;
    if let Action::DisableFeatures { features, .. } | Action::DisableAdministrator { features, .. } = &mut part {
        if only.is_empty() {
            return None;
        }
        *features = only;
    }
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AutoEnable, AutoEnableSettings};

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn features(names: &[&'static str]) -> BTreeSet<Feature> {
        names.iter().copied().map(Feature::known).collect()
    }

    fn listed(excess: &[(&str, u64)], lowered: &[&str]) -> Permits {
        let excess = excess.iter().map(|(what, number)| ((*what).to_owned(), id(*number))).collect();
        let lowered = lowered.iter().map(ToString::to_string).collect();
        Permits { additions: true, reductions: Reductions::Listed(Listed { lowered, excess }) }
    }

    #[test]
    fn of_a_reduction_only_what_is_listed_is_permitted() {
        let action = Action::DisableFeatures { accounts: vec![id(1), id(2), id(3)], features: features(&["A", "B"]) };
        let (permitted, held) = listed(&[("A", 1), ("B", 1), ("A", 2)], &[]).part(action);
        let of = |accounts: &[u64], names: &[&'static str]| Action::DisableFeatures {
            accounts: accounts.iter().copied().map(id).collect(),
            features: features(names),
        };
        assert_eq!(permitted, [of(&[2], &["A"]), of(&[1], &["A", "B"])]);
        assert_eq!(held, [of(&[3], &["A", "B"]), of(&[2], &["B"])]);
    }

    #[test]
    fn a_membership_is_listed_by_its_own_name() {
        let action = Action::Disassociate { accounts: vec![id(1), id(2)] };
        let (permitted, held) = listed(&[(MEMBERSHIP, 2)], &[]).part(action);
        assert_eq!(permitted, [Action::Disassociate { accounts: vec![id(2)] }]);
        assert_eq!(held, [Action::Disassociate { accounts: vec![id(1)] }]);
    }

    #[test]
    fn of_auto_enable_each_direction_is_permitted_by_itself() {
        let settings = |members, feature| AutoEnableSettings {
            members: Some(members),
            features: [(Feature::known("A"), feature)].into(),
            ..AutoEnableSettings::default()
        };
        let from = settings(AutoEnable::All, AutoEnable::None);
        let action = Action::SetAutoEnable { from: from.clone(), to: settings(AutoEnable::New, AutoEnable::New) };
        let to = |members, feature| vec![Action::SetAutoEnable { from: from.clone(), to: settings(members, feature) }];
        let (permitted, held) = listed(&[], &[]).part(action.clone());
        assert_eq!(permitted, to(AutoEnable::All, AutoEnable::New));
        assert_eq!(held, to(AutoEnable::New, AutoEnable::None));
        let of_another = listed(&[], &["A"]).part(action.clone()).0;
        assert_eq!(of_another, permitted, "that of members is not listed");
        assert_eq!(listed(&[], &[MEMBERS]).part(action.clone()).0, vec![action.clone()]);
        let only_less = Permits { additions: false, reductions: Reductions::All };
        let (permitted, held) = only_less.part(action.clone());
        assert_eq!(permitted, to(AutoEnable::New, AutoEnable::None));
        assert_eq!(held, to(AutoEnable::All, AutoEnable::New));
        let all = Permits { additions: true, reductions: Reductions::All };
        assert_eq!(all.part(action.clone()), (vec![action], vec![]));
    }
}
