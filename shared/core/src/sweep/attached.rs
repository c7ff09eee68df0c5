//! Accounts that have the same policies of the organization on their paths, so that what is in effect is asked once
//! for all of them. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Account, AccountId};

/// Accounts with the same policies on their paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlikeAccounts {
    /// The one to ask for.
    pub example: AccountId,
    /// All of them.
    pub accounts: BTreeSet<AccountId>,
}

/// Groups the working accounts that have any policy on their paths, by the policies from the root down. `attached` are
/// policies by the root, organizational unit or account that they are attached to. Gives also the accounts whose path
/// is not known.
#[must_use]
pub fn alike(
    accounts: &BTreeMap<AccountId, Account>,
    attached: &BTreeMap<String, BTreeSet<String>>,
) -> (Vec<AlikeAccounts>, BTreeSet<AccountId>) {
    let mut groups: BTreeMap<Vec<&BTreeSet<String>>, BTreeSet<AccountId>> = BTreeMap::new();
    let mut unplaced = BTreeSet::new();
    for (id, account) in accounts.iter().filter(|(_, account)| account.works()) {
        let Some(path) = account.path.as_deref() else {
            unplaced.insert(*id);
            continue;
        };
        let own = id.to_string();
        let levels = path.split('/').chain([own.as_str()]);
        let policies: Vec<&BTreeSet<String>> = levels.filter_map(|level| attached.get(level)).collect();
        if !policies.is_empty() {
            groups.entry(policies).or_default().insert(*id);
        }
    }
    let groups = groups.into_values().filter_map(|accounts| {
        let example = *accounts.first()?;
        Some(AlikeAccounts { example, accounts })
    });
    (groups.collect(), unplaced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccountState;

    fn id(number: u32) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn at(number: u32, path: &str) -> (AccountId, Account) {
        (id(number), Account { path: Some(path.to_owned()), ..Account::new(AccountState::Active) })
    }

    fn attached(pairs: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<String>> {
        let mut attached: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (target, policy) in pairs {
            attached.entry((*target).to_owned()).or_default().insert((*policy).to_owned());
        }
        attached
    }

    #[test]
    fn accounts_with_the_same_policies_from_the_root_down_are_asked_for_once() {
        let accounts = [
            at(1, "o-a/r-b/"),
            at(2, "o-a/r-b/ou-c/"),
            at(3, "o-a/r-b/ou-d/ou-e/"),
            at(4, "o-a/r-b/ou-d/"),
            (id(5), Account::new(AccountState::Active)),
            (id(6), Account::new(AccountState::Suspended)),
        ];
        let (groups, unplaced) = alike(&accounts.clone().into(), &attached(&[("ou-c", "p-1"), ("ou-e", "p-1")]));
        let told: Vec<_> = groups.iter().map(|group| (group.example, group.accounts.len())).collect();
        assert_eq!(told, [(id(2), 2)], "the same policy at two units is the same");
        assert_eq!(unplaced, [id(5)].into());
        let (groups, _) =
            alike(&accounts.into(), &attached(&[("r-b", "p-1"), ("ou-d", "p-2"), ("000000000004", "p-3")]));
        assert_eq!(groups.len(), 3, "{groups:?}");
    }
}
