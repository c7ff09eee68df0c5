//! The organization as AWS Organizations and Account Management describe it. No I/O.

use std::collections::BTreeMap;

use crate::{AccountId, Email};

/// All accounts of the organization, or, for an event, the ones that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The management account.
    pub management: AccountId,
    /// The accounts by id.
    pub accounts: BTreeMap<AccountId, Account>,
}

/// One account of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its state.
    pub state: AccountState,
    /// Its e-mail address, where Organizations gave one.
    pub email: Option<Email>,
}

/// The state of an account, from Organizations' `State` or, where that is absent, its retired `Status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountState {
    /// Created, not yet usable.
    PendingActivation,
    /// In use.
    Active,
    /// Suspended by AWS.
    Suspended,
    /// Being closed; services still work in it.
    PendingClosure,
    /// Closed; it stays listed for 90 days.
    Closed,
    /// A state that this version does not know, by AWS's name.
    Unknown(String),
}

/// Whether a region is on for an account, from Account Management's `RegionOptStatus`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionStatus {
    /// Not an opt-in region: always on.
    EnabledByDefault,
    /// Opted in.
    Enabled,
    /// Being opted in.
    Enabling,
    /// Being opted out.
    Disabling,
    /// Opted out, or never opted in.
    Disabled,
    /// A status that this version does not know, by AWS's name.
    Unknown(String),
}
