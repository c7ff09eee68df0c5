//! The planner: one pure, total, deterministic function from desired and observed to a plan. No I/O.

mod batches;
mod display;
mod excess;
mod gap;
mod members;
mod organization;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use excess::{Excess, Fate};

use crate::{
    AccountId, Action, Desired, ErrorClass, Feature, FeatureStatus, Membership, Observed, Prerequisite, Reason, Scope,
    Seen, ServiceSpec, Standing, Target, Unseen, Wishes,
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
    /// What is on although the policy does not ask for it; only the sweep tells.
    pub excess: Excess,
    /// What else an operator should know: what was not recognised, what could not be seen.
    pub remarks: BTreeSet<String>,
    billed: Billed,
    /// Whether a part of the organization-level state that the scope sees to was not seen.
    pub(crate) organization_unseen: bool,
    /// Whether members wait for the designation, or for the administrator's own enrolment.
    pub(crate) members_wait: bool,
}

/// Told where a plan is about some accounts only.
const LEFT_OUT: &str = "something is to be done for the whole organization, which is left out where accounts are named";

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
    settling: bool,
) -> Plan {
    let comparison = Comparison::new(spec, desired, observed, trusted_access, scope, settling);
    let mut actions = organization::actions(&comparison);
    let (mut memberships, mut needs) = members::judge(&comparison);
    let (mut excess, reductions, own) = excess::judge(&comparison);
    for need in &reductions {
        // What is to be reduced waits for its region as what is missing does.
        let standing = desired.members.get(&need.account).map(|member| &member.standing);
        if let Some(Standing::Unknown(reason)) = standing {
            memberships.insert(need.account, reason.clone().into());
        }
    }
    needs.extend(reductions);
    actions.extend(batches::batch(&comparison, needs));
    actions.extend(own);
    let mut remarks = organization::remarks(&comparison);
    if let Scope::Within(accounts) = scope {
        let about = |planned: &PlannedAction| {
            let action = planned.action.about(accounts)?;
            Some(PlannedAction { action, ..*planned })
        };
        remarks.extend(actions.iter().any(|planned| planned.action.is_of_organization()).then(|| LEFT_OUT.to_owned()));
        actions = actions.iter().filter_map(about).collect();
        memberships.retain(|account, _| accounts.contains(account));
        excess.retain(|_, of| {
            of.retain(|account| accounts.contains(account));
            !of.is_empty()
        });
    }
    let billed = comparison.billed(&actions);
    let organization_unseen = organization::unseen(&comparison).next().is_some();
    let members_wait = matches!(comparison.obstacle, Some(Obstacle::Ahead { .. }));
    Plan {
        target: desired.target.clone(),
        actions,
        memberships,
        excess,
        remarks,
        billed,
        organization_unseen,
        members_wait,
    }
}

/// The planner's inputs, with what both of its halves derive from them.
pub(crate) struct Comparison<'a> {
    spec: &'a ServiceSpec,
    desired: &'a Desired,
    observed: &'a Observed,
    trusted_access: &'a Seen<BTreeSet<String>>,
    scope: &'a Scope,
    /// Whether auto-enable was lowered so shortly ago that AWS may still act as it was.
    settling: bool,
    /// The features that are wanted on in any account and that the region offers.
    features: BTreeSet<Feature>,
    /// Each distinct set of wishes, as far as the region offers the features.
    wishes: BTreeMap<Arc<Wishes>, Wishes>,
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
        /// What holds that action up, where something does.
        held_up: Option<Reason>,
    },
}

impl<'a> Comparison<'a> {
    fn new(
        spec: &'a ServiceSpec,
        desired: &'a Desired,
        observed: &'a Observed,
        trusted_access: &'a Seen<BTreeSet<String>>,
        scope: &'a Scope,
        settling: bool,
    ) -> Self {
        let offered = |feature: &&Feature| offered(spec, desired, observed, feature);
        let features = desired.wanted_on().into_iter().filter(offered).cloned().collect();
        let mut wishes = BTreeMap::new();
        for member in desired.members.values() {
            wishes.entry(Arc::clone(&member.wishes)).or_insert_with(|| Wishes {
                on: member.wishes.on.iter().filter(offered).cloned().collect(),
                ..(*member.wishes).clone()
            });
        }
        let obstacle = None;
        let mut comparison =
            Self { spec, desired, observed, trusted_access, scope, settling, features, wishes, obstacle };
        comparison.obstacle = comparison.find_obstacle();
        comparison
    }

    /// Where an AWS Organizations policy decides whether the service is on in an account: what is to be told where it is
    /// not.
    fn left_to_policy(&self, account: AccountId) -> Option<Reason> {
        members::left_to_policy(&self.desired.members.get(&account)?.wishes)
    }

    /// Wishes as far as the region offers the features.
    fn wishes<'w>(&'w self, wishes: &'w Arc<Wishes>) -> &'w Wishes {
        self.wishes.get(wishes).unwrap_or(wishes)
    }

    fn find_obstacle(&self) -> Option<Obstacle> {
        if let Some(reason) = &self.desired.obstacle {
            return Some(Obstacle::Verdict(reason.clone()));
        }
        match &self.observed.administrator {
            // It is looked for all the same: what AWS documents today explains a failure, and hides no success.
            Seen::No(Unseen::Failed(error))
                if error.class == ErrorClass::Transient && !self.spec.is_in(&self.desired.target.region) =>
            {
                Some(Obstacle::Verdict(Reason::ServiceNotOffered))
            }
            Seen::No(unseen) => Some(Obstacle::Verdict(Reason::not_observed(unseen))),
            Seen::Yes(Some(found)) if *found != self.desired.administrator => {
                Some(Obstacle::Verdict(Reason::OtherAdministrator {
                    found: *found,
                    wanted: self.desired.administrator,
                }))
            }
            Seen::Yes(None) => Some(Obstacle::Ahead { prerequisite: Prerequisite::Designation, held_up: None }),
            Seen::Yes(Some(_)) => match &self.observed.own {
                Seen::No(unseen) => Some(Obstacle::Verdict(Reason::not_observed(unseen))),
                Seen::Yes(own) => not_on(&own.monitoring, self.left_to_policy(self.desired.administrator)),
            },
        }
    }

    /// Whether the region offers a feature, as far as is known.
    fn offers(&self, feature: &Feature) -> bool {
        offered(self.spec, self.desired, self.observed, feature)
    }

    fn designated(&self) -> bool {
        matches!(self.observed.administrator, Seen::Yes(Some(found)) if found == self.desired.administrator)
    }
}

/// What it means for the members that the administrator itself is not on; `left` says where AWS's policy decides that.
fn not_on(own: &FeatureStatus, left: Option<Reason>) -> Option<Obstacle> {
    let prerequisite = Prerequisite::AdministratorEnabled;
    let held_up = match own {
        FeatureStatus::On => return None,
        FeatureStatus::Off => left,
        FeatureStatus::TurningOn => Some(Reason::TurningOn(BTreeSet::new())),
        FeatureStatus::TurningOff => Some(Reason::TurningOff(BTreeSet::new())),
        FeatureStatus::Failed(_) => Some(Reason::Prerequisite(prerequisite.clone())),
        FeatureStatus::Unknown(name) => Some(Reason::UnrecognisedStatus(name.clone())),
    };
    Some(Obstacle::Ahead { prerequisite, held_up })
}

/// Whether the region offers the feature, and what it needs, as far as is known.
fn offered(spec: &ServiceSpec, desired: &Desired, observed: &Observed, feature: &Feature) -> bool {
    if observed.not_offered.contains(feature) {
        return false;
    }
    let known = spec.feature(feature);
    if let Some(needs) = known.and_then(|known| known.needs.as_ref())
        && !offered(spec, desired, observed, &Feature::known(needs.feature))
    {
        return false;
    }
    let documented = known.and_then(|known| known.only_in);
    let documented = documented.is_none_or(|regions| regions.contains(&desired.target.region.as_str()));
    let own = observed.own.yes().and_then(|own| own.features.get(feature));
    documented || matches!(own, Some(FeatureStatus::On | FeatureStatus::TurningOn))
}

impl Plan {
    /// The actions that can be applied now.
    pub fn executable(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter().filter(|planned| !planned.predicted).map(|planned| &planned.action)
    }

    /// The accounts that nothing can be said of before the region's status for them is known.
    #[must_use]
    pub fn awaiting_region_status(&self) -> BTreeSet<AccountId> {
        let waiting =
            self.memberships.iter().filter(|(_, membership)| membership.reason == Reason::RegionStatusNotSeen);
        waiting.map(|(account, _)| *account).collect()
    }

    /// How many reductions the whole plan, with what is predicted, makes.
    #[must_use]
    pub fn reductions(&self) -> usize {
        self.actions.iter().map(|planned| planned.action.reductions()).sum()
    }

    /// How much becomes newly billed when the whole plan, with what is predicted, is applied.
    #[must_use]
    pub fn billed(&self) -> &Billed {
        &self.billed
    }
}

impl Comparison<'_> {
    /// Counts, for each account, the features that are turned on and, where it has a price of its own, the service.
    fn billed(&self, actions: &[PlannedAction]) -> Billed {
        const ITSELF: &str = "";
        let mut newly: BTreeMap<AccountId, BTreeSet<&str>> = BTreeMap::new();
        for planned in actions {
            match &planned.action {
                Action::EnableManagement { account, features } | Action::EnableAdministrator { account, features } => {
                    let newly = newly.entry(*account).or_default();
                    newly.extend(features.iter().map(Feature::as_str));
                    if self.spec.monitoring_is_separate && !self.already_on(*account) {
                        newly.insert(ITSELF);
                    }
                }
                Action::Associate { accounts } | Action::StartMonitoring { accounts } => {
                    for account in accounts.iter().filter(|_| self.spec.monitoring_is_separate) {
                        newly.entry(*account).or_default().insert(ITSELF);
                    }
                }
                Action::EnableFeatures { accounts, features } => {
                    for account in accounts {
                        newly.entry(*account).or_default().extend(features.iter().map(Feature::as_str));
                    }
                }
                Action::EnableTrustedAccess { .. }
                | Action::DesignateAdministrator { .. }
                | Action::SetAutoEnable { .. }
                | Action::Configure { .. }
                | Action::Disassociate { .. }
                | Action::DisableFeatures { .. }
                | Action::DisableAdministrator { .. } => {}
            }
        }
        Billed { accounts: newly.len(), plans: newly.values().map(BTreeSet::len).sum() }
    }

    /// Whether the service is seen to be on in the administrator's own account.
    fn already_on(&self, account: AccountId) -> bool {
        account == self.desired.administrator
            && self.observed.own.yes().is_some_and(|own| own.monitoring == FeatureStatus::On)
    }
}
