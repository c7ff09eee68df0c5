//! The organization as AWS Organizations and Account Management describe it. No I/O.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Its state.
    pub state: AccountState,
    /// Its e-mail address, where Organizations gave one.
    #[serde(with = "crate::ids::revealed", skip_serializing_if = "Option::is_none", default)]
    pub email: Option<Email>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Where it is: the organizational units from the root down, as `o-…/r-…/ou-…/`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// When it joined the organization.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub joined: Option<Timestamp>,
    /// Its tags; `None` where they were not read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tags: Option<BTreeMap<String, String>>,
}

impl Account {
    /// An account of which nothing but its state is known.
    #[must_use]
    pub fn new(state: AccountState) -> Self {
        Self { state, email: None, name: None, path: None, joined: None, tags: None }
    }

    /// Whether services work in it: it is active, or being closed.
    #[must_use]
    pub fn works(&self) -> bool {
        matches!(self.state, AccountState::Active | AccountState::PendingClosure)
    }
}

/// The state of an account, from Organizations' `State` or, where that is absent, its retired `Status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
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

impl RegionStatus {
    /// Whether the region is off, or about to be: nothing can be enabled in it.
    #[must_use]
    pub fn is_off(&self) -> bool {
        matches!(self, Self::Disabled | Self::Disabling)
    }
}

/// Gives an enum AWS's names, both ways: what is not known keeps its name.
macro_rules! named_by_aws {
    ($kind:ident, $absent:literal, $($variant:ident = $name:literal),*) => {
        impl From<String> for $kind {
            /// By AWS's name.
            fn from(name: String) -> Self {
                match name.as_str() {
                    $($name => Self::$variant,)*
                    "" => Self::Unknown($absent.to_owned()),
                    _ => Self::Unknown(name),
                }
            }
        }

        impl From<$kind> for String {
            /// AWS's name.
            fn from(value: $kind) -> String {
                match value {
                    $($kind::$variant => $name.to_owned(),)*
                    $kind::Unknown(name) => name,
                }
            }
        }
    };
}
named_by_aws!(
    AccountState,
    "no state",
    PendingActivation = "PENDING_ACTIVATION",
    Active = "ACTIVE",
    Suspended = "SUSPENDED",
    PendingClosure = "PENDING_CLOSURE",
    Closed = "CLOSED"
);
named_by_aws!(
    RegionStatus,
    "no status",
    EnabledByDefault = "ENABLED_BY_DEFAULT",
    Enabled = "ENABLED",
    Enabling = "ENABLING",
    Disabling = "DISABLING",
    Disabled = "DISABLED"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_that_are_not_known_keep_their_name() {
        assert_eq!(RegionStatus::from("ENABLED".to_owned()), RegionStatus::Enabled);
        assert_eq!(RegionStatus::from("MOVED".to_owned()), RegionStatus::Unknown("MOVED".to_owned()));
        assert_eq!(RegionStatus::from(String::new()), RegionStatus::Unknown("no status".to_owned()));
        assert_eq!(AccountState::from("PAUSED".to_owned()), AccountState::Unknown("PAUSED".to_owned()));
        assert_eq!(String::from(AccountState::PendingClosure), "PENDING_CLOSURE");
    }

    #[test]
    fn an_account_is_written_and_read_as_it_is() {
        let account = Account {
            email: Some(Email::new("root@example.com")),
            name: Some("Payments".to_owned()),
            path: Some("o-a/r-b/ou-c/".to_owned()),
            joined: Some("2026-11-22T08:00:00Z".parse().unwrap()),
            ..Account::new(AccountState::Active)
        };
        let text = serde_json::to_string(&account).unwrap();
        assert_eq!(serde_json::from_str::<Account>(&text).unwrap(), account);
        assert_eq!(
            serde_json::from_str::<Account>(r#"{"state":"CLOSED"}"#).unwrap(),
            Account::new(AccountState::Closed)
        );
    }
}
