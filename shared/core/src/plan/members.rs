//! The verdict on each membership, and what each account needs. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use super::{Comparison, Obstacle};
use crate::{
    AccountId, DesiredMember, Feature, FeatureStatus, Membership, ObservedMember, Prerequisite, Reason, Relationship,
    Role, Scope, Seen, State, Unseen,
};

/// Something that an account lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) account: AccountId,
    pub(super) what: Lack,
    /// It cannot be seen to before something else was done and observed.
    pub(super) predicted: bool,
}

/// What an account lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lack {
    Association,
    Monitoring,
    Features(BTreeSet<Feature>),
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
        match desired {
            DesiredMember::Unknown(reason @ (Reason::RegionStatusNotSeen | Reason::Prerequisite(_))) => {
                self.with_region_unseen(account, reason)
            }
            DesiredMember::NotApplicable(reason) | DesiredMember::Awaited(reason) | DesiredMember::Unknown(reason) => {
                reason.clone().into()
            }
            DesiredMember::Enrolled(role) => self.enrolled(account, *role),
        }
    }

    /// Where nothing is to be done for the account, its region does not matter; else nothing may be done before that
    /// is known.
    fn with_region_unseen(&self, account: AccountId, reason: &Reason) -> Verdict {
        let mut verdict = self.enrolled(account, self.desired.role(account));
        if verdict.reason.state() == State::Missing || verdict.lacks.iter().any(|(_, predicted)| !predicted) {
            verdict.reason = reason.clone();
            self.postpone(&mut verdict);
        }
        verdict
    }

    fn enrolled(&self, account: AccountId, role: Role) -> Verdict {
        match (&self.obstacle, role) {
            (Some(Obstacle::Verdict(reason)), _) => reason.clone().into(),
            (_, Role::Administrator) => self.own(),
            (Some(Obstacle::Ahead { prerequisite, held_up }), _) => {
                self.ahead(account, role, prerequisite, held_up.as_ref())
            }
            (None, _) => self.member(account, role),
        }
    }

    /// Nothing of it can be done before something else was done and observed.
    fn postpone(&self, verdict: &mut Verdict) {
        let mut features = BTreeSet::new();
        let mut lacks = Vec::new();
        for (lack, _) in std::mem::take(&mut verdict.lacks) {
            match lack {
                Lack::Features(some) => features.extend(some),
                Lack::Association | Lack::Monitoring => lacks.push((lack, true)),
            }
        }
        lacks.extend(self.later(&features));
        verdict.lacks = lacks;
    }

    /// A member that nothing can be done for before an organization-level action.
    fn ahead(&self, account: AccountId, role: Role, prerequisite: &Prerequisite, held_up: Option<&Reason>) -> Verdict {
        let mut verdict = if self.observed.members.listed.contains_key(&account) {
            self.member(account, role)
        } else {
            Verdict { reason: Reason::NotAssociated, lacks: self.association(true) }
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
    fn association(&self, predicted: bool) -> Vec<(Lack, bool)> {
        let mut lacks = vec![(Lack::Association, predicted)];
        lacks.extend(self.calls(&self.features).into_iter().map(|features| (Lack::Features(features), true)));
        lacks
    }

    /// The administrator's own enrolment, which is an organization-level matter.
    fn own(&self) -> Verdict {
        let own = match &self.observed.own {
            Seen::Yes(own) => own,
            Seen::No(unseen) => return Reason::not_observed(unseen).into(),
        };
        let reason = match &own.monitoring {
            FeatureStatus::On => self.features_verdict(&own.features).reason,
            FeatureStatus::Off => Reason::NotEnabled,
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

    fn member(&self, account: AccountId, role: Role) -> Verdict {
        let members = &self.observed.members;
        let Some(member) = members.listed.get(&account) else {
            return match &members.incomplete {
                Some(unseen) => Reason::not_observed(unseen).into(),
                None => self.unassociated(role),
            };
        };
        match &member.relationship {
            Relationship::Disabled if self.spec.monitoring_is_separate => self.unmonitored(),
            Relationship::Enabled | Relationship::Disabled => self.associated(member),
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
            | Relationship::CannotCreateDetectorInManagement => self.unassociated(role),
        }
    }

    fn unassociated(&self, role: Role) -> Verdict {
        let missing = |predicted| Verdict { reason: Reason::NotAssociated, lacks: self.association(predicted) };
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
                Verdict { reason: Reason::TurningOn(BTreeSet::new()), lacks: self.association(true) }
            }
            FeatureStatus::TurningOff => Reason::TurningOff(BTreeSet::new()).into(),
            FeatureStatus::Failed(_) => Reason::SuspendedInService.into(),
            FeatureStatus::Unknown(name) => Reason::UnrecognisedStatus(name.clone()).into(),
        }
    }

    fn unmonitored(&self) -> Verdict {
        let mut lacks = vec![(Lack::Monitoring, false)];
        lacks.extend(self.calls(&self.features).into_iter().map(|features| (Lack::Features(features), true)));
        Verdict { reason: Reason::NotMonitored, lacks }
    }

    fn associated(&self, member: &ObservedMember) -> Verdict {
        match &member.monitoring {
            Seen::No(unseen) => return Reason::not_observed(unseen).into(),
            Seen::Yes(FeatureStatus::TurningOn) => return self.starting(member),
            Seen::Yes(FeatureStatus::TurningOff) => return Reason::TurningOff(BTreeSet::new()).into(),
            Seen::Yes(FeatureStatus::Failed(_)) => return Reason::SuspendedInService.into(),
            Seen::Yes(FeatureStatus::Unknown(name)) => return Reason::UnrecognisedStatus(name.clone()).into(),
            Seen::Yes(FeatureStatus::Off) if self.spec.monitoring_is_separate => return self.unmonitored(),
            // Where monitoring is not separate, a member that is off lacks its features.
            Seen::Yes(FeatureStatus::On | FeatureStatus::Off) => {}
        }
        match &member.features {
            Seen::Yes(features) => self.features_verdict(features),
            Seen::No(unseen) => Reason::not_observed(unseen).into(),
        }
    }

    /// A member in which AWS is turning the service on: what is off then follows.
    fn starting(&self, member: &ObservedMember) -> Verdict {
        let follows = member.features.yes().map_or_else(Vec::new, |features| {
            let gap = self.gap(features);
            self.later(&gap.now.union(&gap.later).cloned().collect())
        });
        Verdict { reason: Reason::TurningOn(BTreeSet::new()), lacks: follows }
    }

    fn later(&self, features: &BTreeSet<Feature>) -> Vec<(Lack, bool)> {
        self.calls(features).into_iter().map(|features| (Lack::Features(features), true)).collect()
    }

    /// Judges an enrolled account by its features.
    fn features_verdict(&self, statuses: &BTreeMap<Feature, FeatureStatus>) -> Verdict {
        let gap = self.gap(statuses);
        let mut lacks: Vec<_> = self.calls(&gap.now).into_iter().map(|now| (Lack::Features(now), false)).collect();
        lacks.extend(self.later(&gap.later));
        let off: BTreeSet<Feature> = gap.now.union(&gap.later).cloned().collect();
        let reason = if let Some(name) = gap.unrecognised {
            Reason::UnrecognisedStatus(name)
        } else if let Some((feature, status)) = gap.failed {
            Reason::FeatureFailed(feature, status)
        } else if !gap.now.is_empty() {
            Reason::FeaturesOff(off)
        } else if !gap.turning_off.is_empty() {
            Reason::TurningOff(gap.turning_off)
        } else if !gap.turning_on.is_empty() {
            Reason::TurningOn(gap.turning_on)
        } else if !off.is_empty() {
            Reason::FeaturesOff(off)
        } else if gap.excluded {
            Reason::LegacyRuntimeMonitoring
        } else {
            Reason::Enrolled
        };
        Verdict { reason, lacks }
    }

    /// What is missing of the desired features.
    pub(super) fn gap(&self, statuses: &BTreeMap<Feature, FeatureStatus>) -> Gap {
        let mut gap = Gap::default();
        for feature in &self.features {
            match statuses.get(feature).unwrap_or(&FeatureStatus::Off) {
                FeatureStatus::On => {}
                FeatureStatus::TurningOn => drop(gap.turning_on.insert(feature.clone())),
                FeatureStatus::TurningOff => drop(gap.turning_off.insert(feature.clone())),
                FeatureStatus::Unknown(name) => gap.unrecognised = Some(name.clone()),
                FeatureStatus::Failed(status) => {
                    if self.sort_in(feature, statuses, &mut gap) {
                        gap.failed = Some((feature.clone(), status.clone()));
                    }
                }
                FeatureStatus::Off => drop(self.sort_in(feature, statuses, &mut gap)),
            }
        }
        gap
    }

    /// Sorts in a feature that is off: it can be turned on now, later, or, which gives `false`, not beside what is on.
    fn sort_in(&self, feature: &Feature, statuses: &BTreeMap<Feature, FeatureStatus>, gap: &mut Gap) -> bool {
        let status = |name| statuses.get(&Feature::known(name)).unwrap_or(&FeatureStatus::Off);
        let spec = self.spec.feature(feature);
        if spec.and_then(|spec| spec.excluded_by).is_some_and(|name| *status(name) != FeatureStatus::Off) {
            gap.excluded = true;
            return false;
        }
        let ready = spec.and_then(|spec| spec.needs.as_ref()).is_none_or(|needs| match status(needs.feature) {
            FeatureStatus::On => true,
            FeatureStatus::TurningOff | FeatureStatus::Unknown(_) => false,
            FeatureStatus::Off | FeatureStatus::TurningOn | FeatureStatus::Failed(_) => !needs.already_on,
        });
        let part = if ready { &mut gap.now } else { &mut gap.later };
        part.insert(feature.clone());
        true
    }

    /// Features parted by the call that turns them on.
    pub(super) fn calls(&self, features: &BTreeSet<Feature>) -> Vec<BTreeSet<Feature>> {
        let mut calls: BTreeMap<&str, BTreeSet<Feature>> = BTreeMap::new();
        for feature in features {
            let call = self.spec.feature(feature).map_or("", |spec| spec.call);
            calls.entry(call).or_default().insert(feature.clone());
        }
        calls.into_values().collect()
    }
}

/// The desired features that are not on.
#[derive(Debug, Default)]
pub(super) struct Gap {
    /// They can be turned on.
    pub(super) now: BTreeSet<Feature>,
    /// They can be turned on once the feature that they need is on.
    pub(super) later: BTreeSet<Feature>,
    turning_on: BTreeSet<Feature>,
    turning_off: BTreeSet<Feature>,
    failed: Option<(Feature, String)>,
    unrecognised: Option<String>,
    /// One is excluded by another feature that is on.
    excluded: bool,
}
