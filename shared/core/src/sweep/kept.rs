//! What was seen of accounts, kept from sweep to sweep: where AWS tells few accounts a second, a large organization is
//! asked a share at a time. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::AccountId;

/// At least so many accounts are asked again in one sweep, the longest not seen first.
const SHARE: usize = 500;

/// Every account is asked again within so many sweeps.
const SWEEPS: usize = 4;

/// What was seen of each account, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept<T> {
    accounts: BTreeMap<AccountId, Seen<T>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen<T> {
    at: Timestamp,
    #[serde(alias = "regions")]
    what: T,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { accounts: BTreeMap::new() }
    }
}

impl<T> Kept<T> {
    /// Keeps what was just seen of an account.
    pub fn keep(&mut self, account: AccountId, at: Timestamp, what: T) {
        self.accounts.insert(account, Seen { at, what });
    }

    /// Forgets accounts that are not among these.
    pub fn retain(&mut self, accounts: &BTreeSet<AccountId>) {
        self.accounts.retain(|account, _| accounts.contains(account));
    }

    /// What was last seen of an account.
    #[must_use]
    pub fn get(&self, account: AccountId) -> Option<&T> {
        self.accounts.get(&account).map(|seen| &seen.what)
    }

    /// What was seen of an account since then.
    #[must_use]
    pub fn get_since(&self, account: AccountId, since: Timestamp) -> Option<&T> {
        self.accounts.get(&account).filter(|seen| seen.at >= since).map(|seen| &seen.what)
    }

    /// Which of these accounts to ask now: first those of which nothing was seen that `covers` what is needed, then
    /// those that are `changing`, then the longest not seen, a share of all. Only what was last seen before `since`
    /// is asked again.
    #[must_use]
    pub fn to_ask(
        &self,
        accounts: &BTreeSet<AccountId>,
        since: Timestamp,
        covers: impl Fn(&T) -> bool,
        changing: impl Fn(&T) -> bool,
    ) -> Vec<AccountId> {
        let (mut unseen, mut due) = (Vec::new(), Vec::new());
        for account in accounts {
            match self.accounts.get(account).filter(|seen| covers(&seen.what)) {
                None => unseen.push(*account),
                Some(seen) if seen.at < since => due.push((!changing(&seen.what), seen.at, *account)),
                Some(_) => {}
            }
        }
        due.sort_unstable();
        let changing = due.iter().take_while(|(steady, ..)| !steady).count();
        let share = accounts.len().div_ceil(SWEEPS).max(SHARE).max(changing);
        unseen.extend(due.into_iter().take(share).map(|(.., account)| account));
        unseen
    }
}
