//! Which rules each account is in: accounts in the same rules share what is desired of them. No I/O.

use std::collections::BTreeMap;

use super::{Policy, RuleScope};
use crate::{Account, AccountId, Roster, ServiceId};

/// The accounts of a roster by the rules that they are in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assignment {
    /// The distinct sets of rules, each by the rules' places in the policy.
    groups: Vec<Vec<usize>>,
    accounts: BTreeMap<AccountId, Result<usize, Undecided>>,
}

/// Why it is not known which rules an account is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Undecided {
    /// A rule asks for tags.
    #[error("a rule of the policy asks for the account's tags, which were not read yet")]
    Tags,
    /// A rule asks for organizational units.
    #[error("a rule of the policy asks for the account's organizational unit, which Organizations did not tell")]
    Units,
}

impl Policy {
    /// Assigns each account of a roster to the rules about a service that it is in.
    #[must_use]
    pub fn assign(&self, service: ServiceId, roster: &Roster) -> Assignment {
        let mut assignment = Assignment::default();
        let mut known: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        for (id, account) in &roster.accounts {
            let group = self.rules_of(service, *id, account).map(|rules| {
                *known.entry(rules).or_insert_with_key(|rules| {
                    assignment.groups.push(rules.clone());
                    assignment.groups.len() - 1
                })
            });
            assignment.accounts.insert(*id, group);
        }
        assignment
    }

    /// The rules about a service that an account is in, by their place, whatever the region.
    pub fn rules_of(&self, service: ServiceId, id: AccountId, account: &Account) -> Result<Vec<usize>, Undecided> {
        let mut rules = Vec::new();
        let about_it = self.rules.iter().enumerate().filter(|(_, rule)| rule.services.contains_key(&service));
        for (place, rule) in about_it {
            if rule.scope.includes(id, account)? {
                rules.push(place);
            }
        }
        Ok(rules)
    }
}

impl RuleScope {
    /// Whether an account is in it, whatever the region.
    pub fn includes(&self, id: AccountId, account: &Account) -> Result<bool, Undecided> {
        let listed = self.accounts.is_empty() || self.accounts.contains(&id);
        if !listed || !(self.units.is_empty() || self.holds(account)?) {
            return Ok(false);
        }
        if self.tags.is_empty() {
            return Ok(true);
        }
        let tags = account.tags.as_ref().ok_or(Undecided::Tags)?;
        Ok(self.tags.iter().all(|(key, value)| tags.get(key) == Some(value)))
    }

    fn holds(&self, account: &Account) -> Result<bool, Undecided> {
        let path = account.path.as_deref().ok_or(Undecided::Units)?;
        Ok(path.split('/').any(|unit| self.units.contains(unit)))
    }
}

impl Assignment {
    /// The distinct sets of rules.
    #[must_use]
    pub fn groups(&self) -> &[Vec<usize>] {
        &self.groups
    }

    /// The place of an account's set of rules among [`groups`](Self::groups).
    pub fn group(&self, account: AccountId) -> Result<usize, Undecided> {
        self.accounts.get(&account).copied().unwrap_or(Err(Undecided::Units))
    }
}
