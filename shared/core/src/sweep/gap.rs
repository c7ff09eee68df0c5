//! Memberships that are not enrolled, grouped by why. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Account, AccountId, AccountState, Coverage, Membership, Reason, RegionStatus, State};

/// The accounts of one target that are not enrolled for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The reason's state.
    pub state: State,
    /// The reason's code.
    pub reason: String,
    /// The reason for a person, and what to do where a person must do something.
    pub sentence: String,
    /// Since when they are in this state for this reason code, as sweeps saw it. A target's own result does not tell;
    /// the coverage document tells it of all that is applicable.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<Timestamp>,
    /// The accounts.
    pub accounts: BTreeSet<AccountId>,
}

/// The gaps among memberships; what is in none of them is enrolled.
pub(super) fn gaps(memberships: &BTreeMap<AccountId, Membership>) -> Vec<Gap> {
    grouped(memberships.iter().map(|(account, membership)| (*account, membership.reason.clone())))
}

/// The gaps of a target that could not be looked at, with what is known of each account.
pub(super) fn of_unobserved(
    accounts: &BTreeMap<AccountId, Account>,
    regions: &BTreeMap<AccountId, RegionStatus>,
    why: &str,
) -> Vec<Gap> {
    let mut gaps = grouped(accounts.iter().filter_map(|(id, account)| match account.state {
        AccountState::Suspended => Some((*id, Reason::AccountSuspended)),
        AccountState::Closed => Some((*id, Reason::AccountClosed)),
        _ => regions.get(id).is_some_and(RegionStatus::is_off).then_some((*id, Reason::RegionOff)),
    }));
    let told: BTreeSet<AccountId> = gaps.iter().flat_map(|gap| &gap.accounts).copied().collect();
    let rest: BTreeSet<AccountId> = accounts.keys().filter(|account| !told.contains(account)).copied().collect();
    if !rest.is_empty() {
        let (reason, sentence) = ("not-observed".to_owned(), why.to_owned());
        gaps.push(Gap { state: State::Unknown, reason, sentence, since: None, accounts: rest });
    }
    gaps
}

fn grouped(reasons: impl Iterator<Item = (AccountId, Reason)>) -> Vec<Gap> {
    let mut groups: BTreeMap<(State, &'static str, String), BTreeSet<AccountId>> = BTreeMap::new();
    for (account, reason) in reasons.filter(|(_, reason)| reason.state() != State::Enrolled) {
        let sentence = without_request(&reason.to_string());
        groups.entry((reason.state(), reason.code(), sentence)).or_default().insert(account);
    }
    let gap = |((state, code, sentence), accounts): ((_, &str, _), _)| Gap {
        state,
        reason: code.to_owned(),
        sentence,
        since: None,
        accounts,
    };
    groups.into_iter().map(gap).collect()
}

/// The memberships by state, given how many there are in all.
pub(super) fn coverage(gaps: &[Gap], all: usize) -> Coverage {
    let mut coverage = Coverage::default();
    for gap in gaps {
        coverage.add(gap.state, gap.accounts.len());
    }
    let told: usize = gaps.iter().map(|gap| gap.accounts.len()).sum();
    coverage.add(State::Enrolled, all.saturating_sub(told));
    coverage
}

/// A sentence without the ids of requests: each call has another one, and the log has them all.
pub(super) fn without_request(sentence: &str) -> String {
    let Some((before, rest)) = sentence.split_once(" (request ") else { return sentence.to_owned() };
    let after = rest.split_once(')').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{ErrorClass, ServiceError};

    fn id(number: usize) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    #[test]
    fn accounts_with_the_same_error_of_different_requests_are_one_gap() {
        let error = |request: &str| {
            Arc::new(ServiceError {
                operation: "AssociateMember",
                class: ErrorClass::Denied,
                code: "AccessDeniedException".to_owned(),
                message: "no".to_owned(),
                request_id: Some(request.to_owned()),
            })
        };
        let memberships = [
            (id(1), Reason::Denied(error("a")).into()),
            (id(2), Reason::Denied(error("b")).into()),
            (id(3), Reason::Enrolled.into()),
        ];
        let gaps = gaps(&memberships.into());
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].sentence, "a permission is missing: AssociateMember answered AccessDeniedException: no");
        let coverage = coverage(&gaps, 3);
        assert_eq!((coverage.blocked, coverage.enrolled), (2, 1));
    }

    #[test]
    fn of_a_target_that_was_not_looked_at_every_account_is_told() {
        let accounts = [
            (id(1), Account::new(AccountState::Active)),
            (id(2), Account::new(AccountState::Suspended)),
            (id(3), Account::new(AccountState::Active)),
        ];
        let gaps = of_unobserved(&accounts.into(), &[(id(3), RegionStatus::Disabled)].into(), "time was up");
        let told: Vec<_> = gaps.iter().map(|gap| (gap.reason.as_str(), gap.accounts.first().copied())).collect();
        assert_eq!(
            told,
            [("account-suspended", Some(id(2))), ("region-off", Some(id(3))), ("not-observed", Some(id(1)))]
        );
    }
}
