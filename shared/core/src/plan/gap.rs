//! What is missing of the features that an account is to have on. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use super::Comparison;
use crate::{Feature, FeatureStatus, Reason, Wishes};

/// What AWS shows of an account's features.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) statuses: &'a BTreeMap<Feature, FeatureStatus>,
    /// Those that AWS says an Organizations policy manages.
    pub(super) managed: &'a BTreeSet<Feature>,
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
    /// An Organizations policy turns them on.
    left: BTreeSet<Feature>,
    /// An Organizations policy keeps them off.
    conflicting: BTreeSet<Feature>,
    failed: Option<(Feature, String)>,
    unrecognised: Option<String>,
    /// One is excluded by another feature that is on.
    excluded: bool,
}

impl Gap {
    /// What the gap says of a membership.
    pub(super) fn reason(self) -> Reason {
        let off: BTreeSet<Feature> = self.now.union(&self.later).cloned().collect();
        if let Some(name) = self.unrecognised {
            Reason::UnrecognisedStatus(name)
        } else if let Some((feature, status)) = self.failed {
            Reason::FeatureFailed(feature, status)
        } else if !self.now.is_empty() {
            Reason::FeaturesOff(off)
        } else if !self.turning_off.is_empty() {
            Reason::TurningOff(self.turning_off)
        } else if !self.turning_on.is_empty() {
            Reason::TurningOn(self.turning_on)
        } else if !off.is_empty() {
            Reason::FeaturesOff(off)
        } else if !self.conflicting.is_empty() {
            Reason::OrganizationPolicyConflict(self.conflicting)
        } else if self.excluded {
            Reason::LegacyRuntimeMonitoring
        } else if !self.left.is_empty() {
            Reason::LeftToOrganizationPolicy(self.left)
        } else {
            Reason::Enrolled
        }
    }
}

impl Comparison<'_> {
    /// What is missing of the features that are wanted on.
    pub(super) fn gap(&self, wishes: &Wishes, shown: Shown<'_>) -> Gap {
        let mut gap = Gap::default();
        for feature in &wishes.on {
            match shown.statuses.get(feature).unwrap_or(&FeatureStatus::Off) {
                // It is on, and AWS's policy is about to turn it off.
                FeatureStatus::On if wishes.managed.features.get(feature) == Some(&false) => {
                    gap.conflicting.insert(feature.clone());
                }
                FeatureStatus::On => {}
                FeatureStatus::TurningOn => drop(gap.turning_on.insert(feature.clone())),
                FeatureStatus::TurningOff => drop(gap.turning_off.insert(feature.clone())),
                FeatureStatus::Unknown(name) => gap.unrecognised = Some(name.clone()),
                FeatureStatus::Off | FeatureStatus::Failed(_) if gap.leave(wishes, shown, feature) => {}
                FeatureStatus::Failed(status) => {
                    if self.sort_in(feature, wishes, shown, &mut gap) {
                        gap.failed = Some((feature.clone(), status.clone()));
                    }
                }
                FeatureStatus::Off => drop(self.sort_in(feature, wishes, shown, &mut gap)),
            }
        }
        gap
    }

    /// Sorts in a feature that is off: it can be turned on now, later, or, which gives `false`, not beside what is on,
    /// or without what somebody else keeps off.
    fn sort_in(&self, feature: &Feature, wishes: &Wishes, shown: Shown<'_>, gap: &mut Gap) -> bool {
        let status = |name| shown.statuses.get(&Feature::known(name)).unwrap_or(&FeatureStatus::Off);
        let spec = self.spec.feature(feature);
        if spec.and_then(|spec| spec.excluded_by).is_some_and(|name| *status(name) != FeatureStatus::Off) {
            gap.excluded = true;
            return false;
        }
        let ready = match spec.and_then(|spec| spec.needs.as_ref()) {
            None => true,
            Some(needs) => match status(needs.feature) {
                FeatureStatus::On => true,
                FeatureStatus::TurningOff | FeatureStatus::Unknown(_) => false,
                FeatureStatus::TurningOn => !needs.already_on,
                FeatureStatus::Off | FeatureStatus::Failed(_) => {
                    let needed = Feature::known(needs.feature);
                    if gap.leave_with(wishes, shown, feature, &needed) {
                        return false;
                    }
                    // One that nobody asks for is not turned on along with it.
                    !needs.already_on && wishes.on.contains(&needed)
                }
            },
        };
        let part = if ready { &mut gap.now } else { &mut gap.later };
        part.insert(feature.clone());
        true
    }

    /// Features parted by the call that changes them.
    pub(super) fn calls(&self, features: &BTreeSet<Feature>) -> Vec<BTreeSet<Feature>> {
        let mut calls: BTreeMap<&str, BTreeSet<Feature>> = BTreeMap::new();
        for feature in features {
            let call = self.spec.feature(feature).map_or("", |spec| spec.call);
            calls.entry(call).or_default().insert(feature.clone());
        }
        calls.into_values().collect()
    }
}

impl Gap {
    /// Sorts in a feature that an Organizations policy manages, which the API refuses to change; else gives `false`.
    fn leave(&mut self, wishes: &Wishes, shown: Shown<'_>, feature: &Feature) -> bool {
        self.leave_with(wishes, shown, feature, feature)
    }

    /// The same for a feature that needs one that is off and managed.
    fn leave_with(&mut self, wishes: &Wishes, shown: Shown<'_>, feature: &Feature, managed: &Feature) -> bool {
        let part = match wishes.managed.features.get(managed) {
            Some(true) => &mut self.left,
            Some(false) => &mut self.conflicting,
            // Its content was not read, but AWS says that there is one.
            None if shown.managed.contains(managed) => &mut self.conflicting,
            None => return false,
        };
        part.insert(feature.clone());
        true
    }
}
