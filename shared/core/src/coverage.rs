//! Coverage: how many memberships are in each state, and the share of applicable ones that are enrolled. No I/O.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::{Membership, State};

/// Counts of memberships by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Enrolled with all desired features.
    pub enrolled: usize,
    /// AWS is at work.
    pub pending: usize,
    /// Something is missing that can be turned on.
    pub missing: usize,
    /// A person must see to it.
    pub blocked: usize,
    /// Nothing is wanted.
    pub not_applicable: usize,
    /// Not observed.
    pub unknown: usize,
}

impl Coverage {
    /// Counts memberships.
    #[must_use]
    pub fn of<'a>(memberships: impl IntoIterator<Item = &'a Membership>) -> Self {
        let mut coverage = Self::default();
        for membership in memberships {
            *coverage.count_mut(membership.state()) += 1;
        }
        coverage
    }

    /// The memberships in a state.
    #[must_use]
    pub fn count(mut self, state: State) -> usize {
        *self.count_mut(state)
    }

    /// All memberships but those that are not applicable.
    #[must_use]
    pub fn applicable(&self) -> usize {
        self.enrolled + self.pending + self.missing + self.blocked + self.unknown
    }

    fn count_mut(&mut self, state: State) -> &mut usize {
        match state {
            State::Enrolled => &mut self.enrolled,
            State::Pending => &mut self.pending,
            State::Missing => &mut self.missing,
            State::Blocked => &mut self.blocked,
            State::NotApplicable => &mut self.not_applicable,
            State::Unknown => &mut self.unknown,
        }
    }
}

impl From<&BTreeMap<crate::AccountId, Membership>> for Coverage {
    fn from(memberships: &BTreeMap<crate::AccountId, Membership>) -> Self {
        Self::of(memberships.values())
    }
}

impl fmt::Display for Coverage {
    /// `7 of 9 enrolled, 1 pending, 1 missing, 2 not applicable`: states without any are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} enrolled", self.enrolled, self.applicable())?;
        for state in State::ALL.into_iter().filter(|state| *state != State::Enrolled) {
            let count = self.count(state);
            if count > 0 {
                write!(f, ", {count} {state}")?;
            }
        }
        Ok(())
    }
}
