//! What is on although the policy does not ask for it, and what of that the policy names to be reduced. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use super::{
    Comparison, Obstacle,
    gap::Shown,
    members::{Lack, Need},
};
use crate::{
    AccountId, Action, AutoEnable, DesiredMember, Feature, FeatureStatus, PlannedAction, Reason, Relationship, Role,
    Seen, Standing, Wishes, engine::permits::MEMBERSHIP,
};

/// What excess comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// The policy does not name it, so nothing is done about it.
    LeftAlone,
    /// The policy names it: it is reduced.
    ToBeReduced,
    /// The policy names it, and auto-enable was lowered less than a day ago: AWS may turn it on once more.
    Settling,
    /// An AWS Organizations policy keeps it on.
    KeptByOrganizationPolicy,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LeftAlone => "left alone",
            Self::ToBeReduced => "to be reduced",
            Self::Settling => "pending, since auto-enable was lowered less than a day ago",
            Self::KeptByOrganizationPolicy => "kept by an AWS Organizations policy, which Rollcall's conflicts with",
        })
    }
}

/// Accounts by what they have too much of, by AWS's name, and what comes of that.
pub type Excess = BTreeMap<(Fate, String), BTreeSet<AccountId>>;

/// What is too much, with the needs and the actions that reduce what the policy names. Only for the sweep.
pub(super) fn judge(c: &Comparison<'_>) -> (Excess, Vec<Need>, Vec<PlannedAction>) {
    let mut found = Found { c, excess: Excess::new(), needs: Vec::new(), own: Vec::new() };
    if c.scope.allows_organization_actions() && !matches!(c.obstacle, Some(Obstacle::Verdict(_))) {
        for (account, desired) in &c.desired.members {
            found.look_at(*account, desired);
        }
    }
    (found.excess, found.needs, found.own)
}

struct Found<'a> {
    c: &'a Comparison<'a>,
    excess: Excess,
    needs: Vec<Need>,
    own: Vec<PlannedAction>,
}

impl Found<'_> {
    fn look_at(&mut self, account: AccountId, desired: &DesiredMember) {
        if desired.role == Role::Administrator {
            return self.administrator(account, desired);
        }
        let Some(member) = self.c.observed.members.listed.get(&account) else { return };
        let associated = matches!(member.relationship, Relationship::Enabled | Relationship::Disabled);
        match &desired.standing {
            Standing::NotApplicable(reason) if associated && reason.is_exemption() => {
                self.add(Fate::LeftAlone, MEMBERSHIP, account);
            }
            Standing::Removed(_) if associated && desired.wishes.managed.enrols == Some(true) => {
                self.add(Fate::KeptByOrganizationPolicy, MEMBERSHIP, account);
            }
            // AWS lets nobody go while it enables all accounts, and that cannot be lowered while its policy type is enabled.
            Standing::Removed(_) if associated && self.is_stuck() => {
                self.add(Fate::KeptByOrganizationPolicy, MEMBERSHIP, account);
            }
            Standing::Removed(_) if associated => self.remove(account),
            Standing::Enrolled | Standing::Unknown(Reason::RegionStatusNotSeen | Reason::Prerequisite(_))
                if associated =>
            {
                let Seen::Yes(statuses) = &member.features else { return };
                let shown = Shown { statuses, managed: &member.managed };
                // Nothing is done before it is known whether the region is on for the account.
                let waits = self.must_wait() || desired.standing != Standing::Enrolled;
                for (features, predicted) in self.features(account, self.c.wishes(&desired.wishes), shown, waits) {
                    let what = Lack::LessFeatures(features);
                    self.needs.push(Need { account, what, predicted });
                }
            }
            _ => {}
        }
    }

    fn administrator(&mut self, account: AccountId, desired: &DesiredMember) {
        let (Seen::Yes(own), Standing::Enrolled) = (&self.c.observed.own, &desired.standing) else { return };
        let shown = Shown { statuses: &own.features, managed: &own.managed };
        let waits = self.must_wait();
        for (features, predicted) in self.features(account, self.c.wishes(&desired.wishes), shown, waits) {
            let action = Action::DisableAdministrator { account, features };
            self.own.push(PlannedAction { action, predicted });
        }
    }

    fn remove(&mut self, account: AccountId) {
        self.add(self.reducing(), MEMBERSHIP, account);
        // AWS refuses to disassociate while it enables all accounts by itself, or is about to.
        let found = self.c.observed.auto_enable.yes().and_then(|found| found.members);
        let wanted = self.c.desired.auto_enable.members.filter(|_| !self.c.desired.auto_enable_is_dead);
        let refused = found.is_none_or(|setting| setting == AutoEnable::All) || wanted == Some(AutoEnable::All);
        let predicted = (refused && self.c.spec.members_auto_enable) || self.must_wait();
        self.needs.push(Need { account, what: Lack::Disassociation, predicted });
    }

    /// Sorts in an account's features that are on; gives those to be turned off, by call, and whether something must be
    /// done first.
    fn features(
        &mut self,
        account: AccountId,
        wishes: &Wishes,
        shown: Shown<'_>,
        waits: bool,
    ) -> Vec<(BTreeSet<Feature>, bool)> {
        let (mut now, mut later) = (BTreeSet::new(), BTreeSet::new());
        let is_on = |feature: &Feature| {
            matches!(shown.statuses.get(feature), Some(FeatureStatus::On | FeatureStatus::TurningOn))
        };
        for feature in shown.statuses.keys().filter(|feature| is_on(feature) && !wishes.on.contains(*feature)) {
            // An additional configuration is nothing where its feature is off.
            let parent = feature.as_str().split_once('/').map(|(parent, _)| Feature::named(parent));
            if parent.is_some_and(|parent| !is_on(&parent)) {
                continue;
            }
            let managed = wishes.managed.features.contains_key(feature) || shown.managed.contains(feature);
            // AWS's policy turns it off by itself.
            if wishes.managed.features.get(feature) == Some(&false) {
                continue;
            }
            if !wishes.off.contains(feature) {
                self.add(Fate::LeftAlone, feature.as_str(), account);
            } else if managed {
                self.add(Fate::KeptByOrganizationPolicy, feature.as_str(), account);
            } else {
                self.add(self.reducing(), feature.as_str(), account);
                let part = if waits || self.is_enabled_for_all(feature) { &mut later } else { &mut now };
                part.insert(feature.clone());
            }
        }
        // What another call turns off first, and needs this one.
        let held = |feature: &Feature| {
            self.c.spec.features.iter().any(|dependent| {
                let needs_it = dependent.needs.as_ref().is_some_and(|needs| needs.feature == feature.as_str());
                let call = self.c.spec.feature(feature).map(|spec| spec.call);
                let name = Feature::known(dependent.name);
                needs_it && call != Some(dependent.call) && is_on(&name) && wishes.off.contains(&name)
            })
        };
        let (waiting, now): (BTreeSet<Feature>, BTreeSet<Feature>) = now.into_iter().partition(held);
        later.extend(waiting);
        let parted = |features: &BTreeSet<Feature>, predicted| {
            self.c.calls(features).into_iter().map(move |features| (features, predicted)).collect::<Vec<_>>()
        };
        [parted(&now, false), parted(&later, true)].concat()
    }

    fn is_stuck(&self) -> bool {
        let found = self.c.observed.auto_enable.yes().and_then(|found| found.members);
        self.c.desired.auto_enable_is_dead && found == Some(AutoEnable::All)
    }

    /// Whether an organization-level action comes first.
    fn must_wait(&self) -> bool {
        self.c.obstacle.is_some()
    }

    /// Whether AWS would turn it on again, since the setting is still to be lowered, as far as is known.
    fn is_enabled_for_all(&self, feature: &Feature) -> bool {
        let found = match &self.c.observed.auto_enable {
            Seen::Yes(found) => found.features.get(feature) == Some(&AutoEnable::All),
            Seen::No(_) => true,
        };
        let wanted = self.c.desired.auto_enable.features.get(feature);
        let lowers = wanted.is_some_and(|wanted| *wanted < AutoEnable::All) && !self.c.desired.auto_enable_is_dead;
        found && lowers
    }

    fn reducing(&self) -> Fate {
        if self.c.settling { Fate::Settling } else { Fate::ToBeReduced }
    }

    fn add(&mut self, fate: Fate, what: &str, account: AccountId) {
        self.excess.entry((fate, what.to_owned())).or_default().insert(account);
    }
}
