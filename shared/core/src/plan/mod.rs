//! The planner: one pure, total, deterministic function from desired and observed to a plan. No I/O.

mod batches;
mod display;
mod members;
mod organization;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    AccountId, Action, Desired, Feature, FeatureStatus, Membership, Observed, Prerequisite, Reason, Scope, Seen,
    ServiceSpec, State, Target,
};

/// What is to be done to a target, and the verdict on each membership as it was observed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Plan {
    /// The target.
    pub target: Target,
    /// The actions in the order in which they are applied.
    pub actions: Vec<PlannedAction>,
    /// The verdict on each account within the scope.
    pub memberships: BTreeMap<AccountId, Membership>,
    /// What else an operator should know: what was not recognised, what could not be seen.
    pub remarks: BTreeSet<String>,
}

/// An action, and whether it can be applied now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedAction {
    /// The action.
    pub action: Action,
    /// It follows from another one, and is planned again once that was applied and observed.
    pub predicted: bool,
}

/// How much becomes newly billed: each plan of each account counts, and so does the service itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Billed {
    /// Accounts with something newly billed.
    pub accounts: usize,
    /// Account × plan pairs.
    pub plans: usize,
}

/// Compares what is desired with what was observed.
///
/// What the scope may not do is left out: an account that depends on it is blocked by a prerequisite.
/// Nothing is planned for what was not seen.
pub fn plan(
    spec: &ServiceSpec,
    desired: &Desired,
    observed: &Observed,
    trusted_access: &Seen<BTreeSet<String>>,
    scope: &Scope,
) -> Plan {
    let comparison = Comparison::new(spec, desired, observed, trusted_access, scope);
    let mut actions = organization::actions(&comparison);
    let (memberships, needs) = members::judge(&comparison);
    actions.extend(batches::batch(&comparison, needs));
    Plan { target: desired.target.clone(), actions, memberships, remarks: organization::remarks(&comparison) }
}

/// The planner's inputs, with what both of its halves derive from them.
pub(crate) struct Comparison<'a> {
    spec: &'a ServiceSpec,
    desired: &'a Desired,
    observed: &'a Observed,
    trusted_access: &'a Seen<BTreeSet<String>>,
    scope: &'a Scope,
    /// The desired features that the region offers.
    features: BTreeSet<Feature>,
    /// What keeps every membership from being judged by itself.
    obstacle: Option<Obstacle>,
}

/// Something that stands before every membership of the target.
enum Obstacle {
    /// It is so, and no action of ours changes it.
    Verdict(Reason),
    /// It is so until an organization-level action was applied.
    Ahead {
        prerequisite: Prerequisite,
        /// AWS is at work on it already.
        in_progress: bool,
    },
}

impl<'a> Comparison<'a> {
    fn new(
        spec: &'a ServiceSpec,
        desired: &'a Desired,
        observed: &'a Observed,
        trusted_access: &'a Seen<BTreeSet<String>>,
        scope: &'a Scope,
    ) -> Self {
        let features = desired.features.iter().filter(|feature| offered(spec, desired, observed, feature)).cloned();
        let features = features.collect();
        let mut comparison = Self { spec, desired, observed, trusted_access, scope, features, obstacle: None };
        comparison.obstacle = comparison.find_obstacle();
        comparison
    }

    fn find_obstacle(&self) -> Option<Obstacle> {
        if let Some(reason) = &self.desired.obstacle {
            return Some(Obstacle::Verdict(reason.clone()));
        }
        match &self.observed.administrator {
            Seen::No(unseen) => Some(Obstacle::Verdict(Reason::NotObserved(unseen.clone()))),
            Seen::Yes(Some(found)) if *found != self.desired.administrator => {
                Some(Obstacle::Verdict(Reason::OtherAdministrator {
                    found: *found,
                    wanted: self.desired.administrator,
                }))
            }
            Seen::Yes(None) => Some(Obstacle::Ahead { prerequisite: Prerequisite::Designation, in_progress: false }),
            Seen::Yes(Some(_)) => match &self.observed.own {
                Seen::No(unseen) => Some(Obstacle::Verdict(Reason::NotObserved(unseen.clone()))),
                Seen::Yes(own) if own.monitoring == FeatureStatus::On => None,
                Seen::Yes(own) => Some(Obstacle::Ahead {
                    prerequisite: Prerequisite::AdministratorEnabled,
                    in_progress: own.monitoring == FeatureStatus::TurningOn,
                }),
            },
        }
    }

    fn designated(&self) -> bool {
        matches!(self.observed.administrator, Seen::Yes(Some(found)) if found == self.desired.administrator)
    }
}

/// Whether the region offers the feature, as far as is known.
fn offered(spec: &ServiceSpec, desired: &Desired, observed: &Observed, feature: &Feature) -> bool {
    if observed.not_offered.contains(feature) {
        return false;
    }
    let documented = spec.feature(feature).and_then(|known| known.only_in);
    let documented = documented.is_none_or(|regions| regions.contains(&desired.target.region.as_str()));
    let own = observed.own.yes().and_then(|own| own.features.get(feature));
    documented || matches!(own, Some(FeatureStatus::On | FeatureStatus::TurningOn))
}

impl Plan {
    /// The actions that can be applied now.
    pub fn executable(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter().filter(|planned| !planned.predicted).map(|planned| &planned.action)
    }

    /// How many memberships are in each state; states without any are left out.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<State, usize> {
        let mut counts = BTreeMap::new();
        for membership in self.memberships.values() {
            *counts.entry(membership.state()).or_default() += 1;
        }
        counts
    }

    /// The accounts that nothing can be said of before the region's status for them is known.
    #[must_use]
    pub fn awaiting_region_status(&self) -> BTreeSet<AccountId> {
        let waiting =
            self.memberships.iter().filter(|(_, membership)| membership.reason == Reason::RegionStatusNotSeen);
        waiting.map(|(account, _)| *account).collect()
    }

    /// How much becomes newly billed when the whole plan, with what is predicted, is applied.
    #[must_use]
    pub fn billed(&self) -> Billed {
        let mut newly: BTreeMap<AccountId, BTreeSet<&str>> = BTreeMap::new();
        for planned in &self.actions {
            match &planned.action {
                Action::EnableManagement { account, features } | Action::EnableAdministrator { account, features } => {
                    newly.entry(*account).or_default().extend(features.iter().map(Feature::as_str));
                }
                Action::Associate { accounts } | Action::StartMonitoring { accounts } => {
                    for account in accounts {
                        newly.entry(*account).or_default().insert("");
                    }
                }
                Action::EnableFeatures { accounts, features } => {
                    for account in accounts {
                        newly.entry(*account).or_default().extend(features.iter().map(Feature::as_str));
                    }
                }
                Action::EnableTrustedAccess { .. }
                | Action::DesignateAdministrator { .. }
                | Action::SetAutoEnable { .. } => {}
            }
        }
        Billed { accounts: newly.len(), plans: newly.values().map(BTreeSet::len).sum() }
    }
}
