//! Whether an action is warranted by what was seen and what is desired, told without the planner. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_core::{
    AccountId, Action, AutoEnable, Feature, FeatureStatus, ObservedMember, Relationship, Seen, Stage, Standing, Wishes,
};

use super::{ADMINISTRATOR, facts::Facts, id};

type Verdict = Result<(), &'static str>;

fn ensure(good: bool, why: &'static str) -> Verdict {
    if good { Ok(()) } else { Err(why) }
}

impl Facts {
    fn wishes(&self, account: AccountId) -> Result<&Wishes, &'static str> {
        self.desired.members.get(&account).map(|member| &*member.wishes).ok_or("it is not in the roster")
    }

    fn stands(&self, account: AccountId, as_said: impl Fn(&Standing) -> bool) -> bool {
        self.desired.members.get(&account).is_some_and(|member| as_said(&member.standing))
    }

    fn listed(&self, account: AccountId) -> Result<&ObservedMember, &'static str> {
        let member = self.observed.members.listed.get(&account).ok_or("it is not seen")?;
        let associated = matches!(member.relationship, Relationship::Enabled | Relationship::Disabled);
        ensure(associated, "it is no member")?;
        Ok(member)
    }

    /// Features are turned on: seen to be off, asked for, offered, and nobody else's.
    fn to_be_on(
        &self,
        account: AccountId,
        statuses: &BTreeMap<Feature, FeatureStatus>,
        managed: &BTreeSet<Feature>,
        features: &BTreeSet<Feature>,
    ) -> Verdict {
        let wishes = self.wishes(account)?;
        let off = |feature| matches!(statuses.get(feature), None | Some(FeatureStatus::Off | FeatureStatus::Failed(_)));
        ensure(features.iter().all(off), "a feature is not seen to be off")?;
        ensure(features.is_subset(&wishes.on), "a feature is not asked for")?;
        ensure(features.is_disjoint(&self.observed.not_offered), "a feature is not offered")?;
        ours(wishes, managed, features)
    }

    /// Features are turned off: seen to be on, asked to be off, and nobody else's.
    fn to_be_off(
        &self,
        account: AccountId,
        statuses: &BTreeMap<Feature, FeatureStatus>,
        managed: &BTreeSet<Feature>,
        features: &BTreeSet<Feature>,
    ) -> Verdict {
        let wishes = self.wishes(account)?;
        let on = |feature| matches!(statuses.get(feature), Some(FeatureStatus::On | FeatureStatus::TurningOn));
        ensure(!features.is_empty() && features.iter().all(on), "a feature is not seen to be on")?;
        ensure(features.is_subset(&wishes.off), "a feature is not asked to be off")?;
        for feature in features {
            let found = self.observed.auto_enable.yes().map(|found| found.features.get(feature));
            let lowers = self.desired.auto_enable.features.get(feature).is_some_and(|set| *set < AutoEnable::All);
            let dead = self.desired.auto_enable_is_dead;
            ensure(dead || !lowers || found.is_some_and(|set| set != Some(&AutoEnable::All)), "AWS turns it on again")?;
        }
        ours(wishes, managed, features)
    }
}

fn ours(wishes: &Wishes, managed: &BTreeSet<Feature>, features: &BTreeSet<Feature>) -> Verdict {
    let free = |feature| !managed.contains(feature) && !wishes.managed.features.contains_key(feature);
    ensure(features.iter().all(free), "an Organizations policy manages a feature")
}

/// Whether an action that is to be applied now is warranted.
pub(crate) fn warranted(facts: &Facts, action: &Action) -> Verdict {
    let (desired, observed) = (&facts.desired, &facts.observed);
    let is_ours = observed.administrator == Seen::Yes(Some(desired.administrator));
    let as_said = |standing: &Standing| match action {
        Action::Disassociate { .. } => matches!(standing, Standing::Removed(_)),
        _ => *standing == Standing::Enrolled,
    };
    let right = action.members().iter().all(|account| facts.stands(*account, as_said));
    ensure(right, "an account is not to be so, as far as is known")?;
    ensure(action.members().iter().all(|account| *account != id(ADMINISTRATOR)), "the administrator is no member")?;
    ensure(action.stage() < Stage::AutoEnable || is_ours, "the administrator is not seen to be ours")?;
    ensure(action.stage() < Stage::AutoEnable || observed.own.yes().is_some(), "it is not seen to be on")?;
    match action {
        Action::EnableTrustedAccess { principal } => {
            ensure(facts.trusted.yes().is_some_and(|trusted| !trusted.contains(*principal)), "it is not seen to lack")
        }
        Action::DesignateAdministrator { .. } => ensure(observed.administrator == Seen::Yes(None), "one is there"),
        Action::EnableManagement { account, features } => {
            let own = observed.management.yes().ok_or("it is not seen")?;
            ensure(own.monitoring == FeatureStatus::Off, "it is not off")?;
            ensure(facts.stands(*account, |standing| *standing == Standing::Enrolled), "it is not to be enrolled")?;
            ensure(facts.wishes(*account)?.managed.enrols.is_none(), "an Organizations policy sees to it")?;
            facts.to_be_on(*account, &own.features, &own.managed, features)
        }
        Action::EnableAdministrator { account, features } => {
            ensure(is_ours, "the administrator is not seen to be ours")?;
            let own = observed.own.yes().ok_or("it is not seen")?;
            ensure(own.monitoring == FeatureStatus::Off || !features.is_empty(), "nothing is lacking")?;
            facts.to_be_on(*account, &own.features, &own.managed, features)
        }
        Action::SetAutoEnable { from, .. } => ensure(observed.auto_enable.yes() == Some(from), "it was not seen so"),
        Action::Configure { from, to } => {
            ensure(observed.settings.yes() == Some(from), "it was not seen so")?;
            let asked = |(key, value)| desired.settings.get(key) == Some(value) && from.get(key) != Some(value);
            ensure(!to.is_empty() && to.iter().all(asked), "it is so already, or not asked for")
        }
        Action::Associate { accounts } => accounts.iter().try_for_each(|account| {
            ensure(facts.wishes(*account)?.managed.enrols.is_none(), "an Organizations policy sees to it")?;
            match observed.members.listed.get(account) {
                None => ensure(observed.members.incomplete.is_none(), "the listing is not complete"),
                Some(member) => {
                    let no = [Relationship::Enabled, Relationship::Disabled, Relationship::AccountSuspended];
                    ensure(!no.contains(&member.relationship), "it is a member already")
                }
            }
        }),
        Action::StartMonitoring { accounts } => accounts.iter().try_for_each(|account| {
            let member = facts.listed(*account)?;
            ensure(facts.wishes(*account)?.managed.enrols.is_none(), "an Organizations policy sees to it")?;
            let off = member.monitoring == Seen::Yes(FeatureStatus::Off);
            ensure(off || member.relationship == Relationship::Disabled, "it is not seen to be off")
        }),
        Action::EnableFeatures { accounts, features } => accounts.iter().try_for_each(|account| {
            let member = facts.listed(*account)?;
            let statuses = member.features.yes().ok_or("its features are not seen")?;
            facts.to_be_on(*account, statuses, &member.managed, features)
        }),
        Action::DisableFeatures { accounts, features } => accounts.iter().try_for_each(|account| {
            let member = facts.listed(*account)?;
            let statuses = member.features.yes().ok_or("its features are not seen")?;
            facts.to_be_off(*account, statuses, &member.managed, features)
        }),
        Action::DisableAdministrator { account, features } => {
            ensure(*account == id(ADMINISTRATOR), "it is not the administrator")?;
            let own = observed.own.yes().ok_or("it is not seen")?;
            facts.to_be_off(*account, &own.features, &own.managed, features)
        }
        Action::Disassociate { accounts } => {
            let found = observed.auto_enable.yes().map(|found| found.members);
            let allows = found.is_some_and(|members| members != Some(AutoEnable::All));
            ensure(allows || !facts.spec.members_auto_enable, "AWS is not seen to allow it")?;
            accounts.iter().try_for_each(|account| facts.listed(*account).map(drop))
        }
    }
}
