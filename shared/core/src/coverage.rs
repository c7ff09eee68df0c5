//! Coverage: how many memberships are in each state, and the share of applicable ones that are enrolled. No I/O.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{Membership, State, thousands};

/// Counts of memberships by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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

    /// Counts more memberships in a state.
    pub(crate) fn add(&mut self, state: State, count: usize) {
        *self.count_mut(state) += count;
    }

    /// Counts another target's memberships too.
    pub(crate) fn add_all(&mut self, other: &Self) {
        for state in State::ALL {
            self.add(state, other.count(state));
        }
    }

    /// The share of applicable memberships that are enrolled, in per cent with two decimals, rounded down so that only
    /// full coverage is 100. Where nothing is applicable, nothing is missing.
    #[must_use]
    pub fn percent(&self) -> f64 {
        let hundredths = (self.enrolled * 10_000).checked_div(self.applicable()).unwrap_or(10_000);
        f64::from(u32::try_from(hundredths).unwrap_or(10_000)) / 100.0
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
        write!(f, "{} of {} enrolled", thousands(self.enrolled), thousands(self.applicable()))?;
        for state in State::ALL.into_iter().filter(|state| *state != State::Enrolled) {
            let count = self.count(state);
            if count > 0 {
                write!(f, ", {} {state}", thousands(count))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_coverage_is_a_hundred_per_cent() {
        let percent = |enrolled, missing| Coverage { enrolled, missing, ..Coverage::default() }.percent();
        assert!((percent(99_999, 1) - 99.99).abs() < 1e-9);
        assert!((percent(1, 0) - 100.0).abs() < 1e-9);
        assert!((percent(0, 0) - 100.0).abs() < 1e-9);
        assert!(percent(0, 5).abs() < 1e-9);
    }
}
