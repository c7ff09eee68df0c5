//! The breakers: limits on how much one sweep may newly do, checked before anything runs. No I/O.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{CoverageDocument, Gap, Survey, TargetResult};
use crate::{AccountId, Region, State, thousands};

/// A limit that the sweep would exceed: nothing of the kind is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "breaker")]
pub enum Breaker {
    /// More memberships would newly be enrolled than is allowed.
    MaxEnrolments {
        /// So many are allowed.
        limit: usize,
        /// So many would be.
        count: usize,
    },
    /// More would be turned off, removed or lowered than is allowed.
    MaxReductions {
        /// So much is allowed.
        limit: usize,
        /// So much would be.
        count: usize,
    },
}

impl fmt::Display for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MaxEnrolments { limit, count } => write!(
                f,
                "up to {} memberships would be newly enrolled, {} are allowed: nothing was turned on; read what is \
                 planned, then raise max-enrolments",
                thousands(*count),
                thousands(*limit)
            ),
            Self::MaxReductions { limit, count } => write!(
                f,
                "{} reductions are planned, {} are allowed: nothing was turned off, removed or lowered; read what is \
                 planned, then raise the policy's max-reductions; a report lists them once more under the new version, \
                 and the sweep after it makes them",
                thousands(*count),
                thousands(*limit)
            ),
        }
    }
}

impl Breaker {
    /// The breaker on new enrolments, where it trips. A `limit` of `None` never does.
    ///
    /// New is every membership that the newest coverage document shows as missing or pending, or has nothing about, and
    /// under another policy also what it shows as exempt or removed. What it shows as blocked, unknown or not applicable
    /// for another reason is not counted: most of it stays so, or was enrolled before. Neither are further features of
    /// accounts that are enrolled.
    #[must_use]
    pub fn of_enrolments(survey: &Survey, latest: Option<&CoverageDocument>, limit: Option<usize>) -> Option<Self> {
        let (limit, count) = (limit?, new_enrolments(survey, latest));
        (count > limit).then_some(Self::MaxEnrolments { limit, count })
    }
}

impl Breaker {
    /// The breaker on reductions, where it trips: what the newest document lists under this policy, and what nobody
    /// could read there before is not done. A `limit` of `None` never does.
    #[must_use]
    pub fn of_reductions(survey: &Survey, limit: Option<usize>) -> Option<Self> {
        let (limit, count) = (limit?, survey.carried.iter().map(|carried| carried.reductions).sum::<usize>());
        (count > limit).then_some(Self::MaxReductions { limit, count })
    }
}

impl Survey {
    /// Checks the limits of a run that changes something, against the document that shows what is to be done: the
    /// breakers that trip are the survey's. Where no reduction is allowed, reductions are switched off: that is no
    /// breaker which trips.
    pub fn check_limits(
        &mut self,
        latest: Option<&CoverageDocument>,
        max_enrolments: Option<usize>,
        max_reductions: Option<usize>,
    ) {
        self.breakers.extend(Breaker::of_enrolments(self, latest, max_enrolments));
        match max_reductions {
            Some(0) => self.reduce_nothing(),
            limit => self.breakers.extend(Breaker::of_reductions(self, limit)),
        }
    }

    fn reduce_nothing(&mut self) {
        for carried in &mut self.carried {
            carried.listed_by = None;
        }
    }
}

fn new_enrolments(survey: &Survey, latest: Option<&CoverageDocument>) -> usize {
    let known: BTreeMap<(&str, &Region), &TargetResult> =
        latest.iter().flat_map(|document| &document.targets).map(|target| (target.key(), target)).collect();
    let working: Vec<AccountId> =
        survey.accounts.iter().filter(|(_, account)| account.works()).map(|(id, _)| *id).collect();
    let new_to_all = |account: &AccountId| !latest.is_some_and(|document| document.accounts.contains_key(account));
    let newcomers = working.iter().filter(|account| new_to_all(account)).count();
    let count = |target: (&str, &Region)| match known.get(&target) {
        None => working.len(),
        Some(known) => {
            let gaps = known.by_account();
            let open = |account: &&AccountId| {
                gaps.get(account).is_some_and(|gap| may_be_enrolled(gap, known.policy == survey.policy.version))
            };
            working.iter().filter(open).count() + newcomers
        }
    };
    survey.targets().map(count).sum()
}

/// Whether a membership that is not enrolled may be now. Under another policy what was left alone may be wanted.
fn may_be_enrolled(gap: &Gap, same_policy: bool) -> bool {
    match gap.state {
        // What an AWS Organizations policy turns on is none of ours.
        State::Pending => gap.reason != "left-to-organization-policy",
        State::Missing => true,
        State::NotApplicable => !same_policy && matches!(gap.reason.as_str(), "exempt" | "removed"),
        State::Enrolled | State::Blocked | State::Unknown => false,
    }
}
