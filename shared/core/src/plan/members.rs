//! The verdict on each membership, and what each account needs. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use super::{Comparison, Obstacle, gap::Shown};
use crate::{
    AccountId, DesiredMember, Feature, FeatureStatus, Membership, ObservedMember, Prerequisite, Reason, Relationship,
    Role, Scope, Seen, Standing, State, Unseen, Wishes,
};

/// Something that an account lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) account: AccountId,
    pub(super) what: Lack,
    /// It cannot be seen to before something else was done and observed.
    pub(super) predicted: bool,
}

/// What an account lacks, or has too much of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lack {
    Association,
    Monitoring,
    Features(BTreeSet<Feature>),
    /// It is a member and is not to be.
    Disassociation,
    /// These are on and are to be off.
    LessFeatures(BTreeSet<Feature>),
}

/// A verdict, with what the account needs.
struct Verdict {
    reason: Reason,
    lacks: Vec<(Lack, bool)>,
}

impl From<Reason> for Verdict {
    fn from(reason: Reason) -> Self {
        Self { reason, lacks: Vec::new() }
    }
}

/// Judges every account within the scope.
pub(super) fn judge(c: &Comparison<'_>) -> (BTreeMap<AccountId, Membership>, Vec<Need>) {
    let mut memberships = BTreeMap::new();
    let mut needs = Vec::new();
    for (&account, desired) in c.desired.members.iter().filter(|(account, _)| c.scope.includes(**account)) {
        let Verdict { reason, lacks } = c.verdict(account, desired);
        memberships.insert(account, reason.into());
        needs.extend(lacks.into_iter().map(|(what, predicted)| Need { account, what, predicted }));
    }
    if let Scope::Accounts(asked) = c.scope {
        let absent = asked.iter().filter(|account| !c.desired.members.contains_key(account));
        memberships.extend(absent.map(|account| (*account, Reason::not_observed(&Unseen::NotAsked).into())));
    }
    (memberships, needs)
}

impl Comparison<'_> {
    fn verdict(&self, account: AccountId, desired: &DesiredMember) -> Verdict {
        match &desired.standing {
            Standing::Unknown(reason @ (Reason::RegionStatusNotSeen | Reason::Prerequisite(_))) => {
                self.with_region_unseen(account, desired, reason)
            }
            Standing::NotApplicable(reason) | Standing::Awaited(reason) | Standing::Unknown(reason) => {
                reason.clone().into()
            }
            Standing::Removed(by) => Reason::Removed(by.clone()).into(),
            Standing::Enrolled => self.settled(self.enrolled(account, desired), &desired.wishes),
        }
    }

    /// An exception counts as pending as long as AWS may still act by the setting that was lowered.
    fn settled(&self, mut verdict: Verdict, wishes: &Wishes) -> Verdict {
        if self.settling && verdict.reason == Reason::Enrolled {
            let has_setting = |feature: &&Feature| {
                let managed = wishes.managed.features.contains_key(*feature);
                self.desired.auto_enable.features.contains_key(*feature) && !managed
            };
            let exceptions = wishes.off.difference(&self.desired.off_for_all).filter(has_setting);
            let exceptions: BTreeSet<Feature> = exceptions.cloned().collect();
            if !exceptions.is_empty() {
                verdict.reason = Reason::Settling(exceptions);
            }
        }
        verdict
    }

    /// Where nothing is to be done for the account, its region does not matter; else nothing may be done before that
    /// is known.
    fn with_region_unseen(&self, account: AccountId, desired: &DesiredMember, reason: &Reason) -> Verdict {
        let mut verdict = self.enrolled(account, desired);
        // Where the region is off, an Organizations policy does nothing either.
        let elsewhere =
            matches!(verdict.reason, Reason::LeftToOrganizationPolicy(_) | Reason::OrganizationPolicyConflict(_));
        let lacks = verdict.reason.state() == State::Missing || verdict.lacks.iter().any(|(_, predicted)| !predicted);
        if lacks || elsewhere {
            verdict.reason = reason.clone();
            self.postpone(&mut verdict);
        }
        verdict
    }

    fn enrolled(&self, account: AccountId, desired: &DesiredMember) -> Verdict {
        let wishes = self.wishes(&desired.wishes);
        match (&self.obstacle, desired.role) {
            (Some(Obstacle::Verdict(reason)), _) => reason.clone().into(),
            (_, Role::Administrator) => self.own(wishes),
            (Some(Obstacle::Ahead { prerequisite, held_up }), role) => {
                self.ahead((account, role, wishes), prerequisite, held_up.as_ref())
            }
            (None, role) => self.member(account, role, wishes),
        }
    }

    /// Nothing of it can be done before something else was done and observed.
    fn postpone(&self, verdict: &mut Verdict) {
        let mut features = BTreeSet::new();
        let mut lacks = Vec::new();
        for (lack, _) in std::mem::take(&mut verdict.lacks) {
            match lack {
                Lack::Features(some) => features.extend(some),
                lack => lacks.push((lack, true)),
            }
        }
        lacks.extend(self.later(&features));
        verdict.lacks = lacks;
    }

    /// A member that nothing can be done for before an organization-level action.
    fn ahead(
        &self,
        (account, role, wishes): (AccountId, Role, &Wishes),
        prerequisite: &Prerequisite,
        held_up: Option<&Reason>,
    ) -> Verdict {
        let mut verdict = if self.observed.members.listed.contains_key(&account) {
            self.member(account, role, wishes)
        } else if let Some(reason) = left_to_policy(wishes) {
            return reason.into();
        } else {
            Verdict { reason: Reason::NotAssociated, lacks: self.association(wishes, true) }
        };
        self.postpone(&mut verdict);
        if verdict.reason.state() != State::Missing {
            return verdict;
        }
        match held_up {
            Some(reason) if reason.state() == State::Pending => verdict.reason = reason.clone(),
            Some(reason) => return reason.clone().into(),
            None if self.scope.allows_organization_actions() => {}
            None => return Reason::Prerequisite(prerequisite.clone()).into(),
        }
        verdict
    }

    /// Association and what follows from it.
    fn association(&self, wishes: &Wishes, predicted: bool) -> Vec<(Lack, bool)> {
        let mut lacks = vec![(Lack::Association, predicted)];
        lacks.extend(self.later(&wishes.ours()));
        lacks
    }

    /// The administrator's own enrolment, which is an organization-level matter.
    fn own(&self, wishes: &Wishes) -> Verdict {
        let own = match &self.observed.own {
            Seen::Yes(own) => own,
            Seen::No(unseen) => return Reason::not_observed(unseen).into(),
        };
        let reason = match &own.monitoring {
            FeatureStatus::On => self.gap(wishes, Shown { statuses: &own.features, managed: &own.managed }).reason(),
            FeatureStatus::Off => left_to_policy(wishes).unwrap_or(Reason::NotEnabled),
            FeatureStatus::TurningOn => Reason::TurningOn(BTreeSet::new()),
            FeatureStatus::TurningOff => Reason::TurningOff(BTreeSet::new()),
            FeatureStatus::Failed(_) => Reason::SuspendedInService,
            FeatureStatus::Unknown(name) => Reason::UnrecognisedStatus(name.clone()),
        };
        if reason.state() == State::Missing && !self.scope.allows_organization_actions() {
            return Reason::Prerequisite(Prerequisite::AdministratorEnabled).into();
        }
        reason.into()
    }

    fn member(&self, account: AccountId, role: Role, wishes: &Wishes) -> Verdict {
        let members = &self.observed.members;
        let Some(member) = members.listed.get(&account) else {
            return match &members.incomplete {
                Some(unseen) => Reason::not_observed(unseen).into(),
                None => self.unassociated(role, wishes),
            };
        };
        match &member.relationship {
            Relationship::Disabled if self.spec.monitoring_is_separate => self.unmonitored(wishes),
            Relationship::Enabled | Relationship::Disabled => self.associated(member, wishes),
            Relationship::AccountSuspended => Reason::SuspendedInService.into(),
            Relationship::Unknown(name) => Reason::UnrecognisedStatus(name.clone()).into(),
            // `Created` alone does not tell an association under way from one that never got further,
            // so it is asked for again; within a run, the engine knows what it has just asked for.
            Relationship::NotListed
            | Relationship::Created
            | Relationship::Invited
            | Relationship::Removed
            | Relationship::Resigned
            | Relationship::Deleted
            | Relationship::EmailVerificationInProgress
            | Relationship::EmailVerificationFailed
            | Relationship::RegionDisabled
            | Relationship::CannotCreateDetectorInManagement => self.unassociated(role, wishes),
        }
    }

    fn unassociated(&self, role: Role, wishes: &Wishes) -> Verdict {
        if let Some(reason) = left_to_policy(wishes) {
            return reason.into();
        }
        let missing = |predicted| Verdict { reason: Reason::NotAssociated, lacks: self.association(wishes, predicted) };
        if role != Role::Management || !self.spec.management_enabled_first {
            return missing(false);
        }
        let own = match &self.observed.management {
            Seen::Yes(own) => own,
            Seen::No(unseen @ Unseen::Failed(_)) => return Reason::not_observed(unseen).into(),
            Seen::No(unseen) if self.scope.allows_organization_actions() => {
                return Reason::not_observed(unseen).into();
            }
            Seen::No(_) => return Reason::Prerequisite(Prerequisite::ManagementEnabled).into(),
        };
        match &own.monitoring {
            FeatureStatus::On => missing(false),
            FeatureStatus::Off if self.scope.allows_organization_actions() => missing(true),
            FeatureStatus::Off => Reason::Prerequisite(Prerequisite::ManagementEnabled).into(),
            FeatureStatus::TurningOn => {
                Verdict { reason: Reason::TurningOn(BTreeSet::new()), lacks: self.association(wishes, true) }
            }
            FeatureStatus::TurningOff => Reason::TurningOff(BTreeSet::new()).into(),
            FeatureStatus::Failed(_) => Reason::SuspendedInService.into(),
            FeatureStatus::Unknown(name) => Reason::UnrecognisedStatus(name.clone()).into(),
        }
    }

    fn unmonitored(&self, wishes: &Wishes) -> Verdict {
        if let Some(reason) = left_to_policy(wishes) {
            return reason.into();
        }
        let mut lacks = vec![(Lack::Monitoring, false)];
        lacks.extend(self.later(&wishes.ours()));
        Verdict { reason: Reason::NotMonitored, lacks }
    }

    fn associated(&self, member: &ObservedMember, wishes: &Wishes) -> Verdict {
        match &member.monitoring {
            Seen::No(unseen) => return Reason::not_observed(unseen).into(),
            Seen::Yes(FeatureStatus::TurningOn) => return self.starting(member, wishes),
            Seen::Yes(FeatureStatus::TurningOff) => return Reason::TurningOff(BTreeSet::new()).into(),
            Seen::Yes(FeatureStatus::Failed(_)) => return Reason::SuspendedInService.into(),
            Seen::Yes(FeatureStatus::Unknown(name)) => return Reason::UnrecognisedStatus(name.clone()).into(),
            Seen::Yes(FeatureStatus::Off) if self.spec.monitoring_is_separate => return self.unmonitored(wishes),
            // Where monitoring is not separate, a member that is off lacks its features.
            Seen::Yes(FeatureStatus::On | FeatureStatus::Off) => {}
        }
        match &member.features {
            Seen::Yes(statuses) => self.features_verdict(wishes, Shown { statuses, managed: &member.managed }),
            Seen::No(unseen) => Reason::not_observed(unseen).into(),
        }
    }

    /// A member in which AWS is turning the service on: what is off then follows.
    fn starting(&self, member: &ObservedMember, wishes: &Wishes) -> Verdict {
        let follows = member.features.yes().map_or_else(Vec::new, |statuses| {
            let gap = self.gap(wishes, Shown { statuses, managed: &member.managed });
            self.later(&gap.now.union(&gap.later).cloned().collect())
        });
        Verdict { reason: Reason::TurningOn(BTreeSet::new()), lacks: follows }
    }

    fn later(&self, features: &BTreeSet<Feature>) -> Vec<(Lack, bool)> {
        self.calls(features).into_iter().map(|features| (Lack::Features(features), true)).collect()
    }

    /// Judges an enrolled account by its features.
    fn features_verdict(&self, wishes: &Wishes, shown: Shown<'_>) -> Verdict {
        let gap = self.gap(wishes, shown);
        let mut lacks: Vec<_> = self.calls(&gap.now).into_iter().map(|now| (Lack::Features(now), false)).collect();
        lacks.extend(self.later(&gap.later));
        Verdict { reason: gap.reason(), lacks }
    }
}

/// Why nothing is done about an account that is off: an Organizations policy says whether it is on.
pub(super) fn left_to_policy(wishes: &Wishes) -> Option<Reason> {
    let reason = |enrols| {
        if enrols { Reason::LeftToOrganizationPolicy } else { Reason::OrganizationPolicyConflict }
    };
    wishes.managed.enrols.map(|enrols| reason(enrols)(BTreeSet::new()))
}
