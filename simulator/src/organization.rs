//! The organization as AWS Organizations and Account Management know it. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::transition::Moving;

/// The organization: its accounts, units, trusted services and delegated administrators.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) management: String,
    /// The account that is meant to become the administrator; nothing is designated by this.
    pub(crate) administrator: String,
    /// By id. Accounts that are no members any more are gone from here.
    pub(crate) accounts: BTreeMap<String, Account>,
    /// Accounts that were members once.
    pub(crate) departed: BTreeMap<String, Account>,
    /// All regions of the simulated partition, in the order given.
    pub(crate) regions: Vec<String>,
    /// The root's id, such as `r-ab12`.
    pub(crate) root: String,
    pub(crate) root_tags: BTreeMap<String, String>,
    /// Policy types that are enabled at the root, such as `GUARDDUTY_POLICY`.
    pub(crate) policy_types: BTreeSet<String>,
    /// Effective policies as `DescribeEffectivePolicy` shows them: account id or `*`, policy type → content.
    pub(crate) effective_policies: BTreeMap<(String, String), String>,
    /// What a new account's regions are when they are not all on.
    pub(crate) new_account_regions: BTreeMap<String, Moving<OptIn>>,
    /// Organizational units by id.
    pub(crate) units: BTreeMap<String, Unit>,
    /// Service principals with trusted access, with the time it was given in epoch milliseconds.
    pub(crate) trusted: BTreeMap<String, u64>,
    /// Delegated administrators as Organizations lists them: service principal → account → time in epoch milliseconds.
    pub(crate) delegated: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Organization {
    pub(crate) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id)
    }

    pub(crate) fn is_member(&self, id: &str) -> bool {
        self.accounts.contains_key(id)
    }

    pub(crate) fn is_management(&self, id: &str) -> bool {
        self.management == id
    }

    /// Whether the account is delegated administrator of the service principal.
    pub(crate) fn is_delegated(&self, principal: &str, id: &str) -> bool {
        self.delegated.get(principal).is_some_and(|accounts| accounts.contains_key(id))
    }

    /// Whether the account is delegated administrator of any service.
    pub(crate) fn is_delegated_for_any(&self, id: &str) -> bool {
        self.delegated.values().any(|accounts| accounts.contains_key(id))
    }
}

/// An organizational unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Unit {
    pub(crate) name: String,
    /// The root's or another unit's id.
    pub(crate) parent: String,
    pub(crate) tags: BTreeMap<String, String>,
}

/// One account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) state: AccountState,
    /// From when on services accept it, in world time: a new account is not usable at once.
    pub(crate) usable_at: u64,
    pub(crate) joined_method: JoinedMethod,
    pub(crate) joined_epoch_millis: u64,
    /// The root's or a unit's id.
    pub(crate) parent: String,
    /// Only the regions whose status is not what it is by default.
    pub(crate) regions: BTreeMap<String, Moving<OptIn>>,
    /// From when on services accept the account in a region that it opted in to, in world time.
    pub(crate) regions_usable_at: BTreeMap<String, u64>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Account {
    pub(crate) fn is_active(&self) -> bool {
        // AWS documentation: an account that is pending closure "still works" until it is closed.
        matches!(self.state, AccountState::Active | AccountState::PendingClosure)
    }

    /// The region's opt-in status at `now`: unless something else was set, every region is on.
    pub(crate) fn opt_in(&self, region: &str, now: u64) -> OptIn {
        self.regions.get(region).map_or_else(|| OptIn::initial(region), |status| *status.peek(now))
    }
}

/// `JoinedMethod` of an account in Organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum JoinedMethod {
    Invited,
    Created,
}

impl JoinedMethod {
    /// As AWS's model spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Invited => "INVITED",
            Self::Created => "CREATED",
        }
    }
}

/// `State` of an account in Organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AccountState {
    PendingActivation,
    Active,
    Suspended,
    PendingClosure,
    Closed,
}

impl AccountState {
    /// As `State` of AWS's model spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PendingActivation => "PENDING_ACTIVATION",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
            Self::Closed => "CLOSED",
        }
    }

    /// As the older `Status` spells it.
    pub(crate) fn status(self) -> &'static str {
        match self {
            Self::PendingActivation | Self::Active => "ACTIVE",
            Self::Suspended | Self::Closed => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::PendingActivation, Self::Active, Self::Suspended, Self::PendingClosure, Self::Closed]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// `RegionOptStatus` of a region for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OptIn {
    Enabled,
    Enabling,
    Disabling,
    Disabled,
    EnabledByDefault,
}

impl OptIn {
    /// As AWS's model spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Enabling => "ENABLING",
            Self::Disabling => "DISABLING",
            Self::Disabled => "DISABLED",
            Self::EnabledByDefault => "ENABLED_BY_DEFAULT",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Enabled, Self::Enabling, Self::Disabling, Self::Disabled, Self::EnabledByDefault]
            .into_iter()
            .find(|status| status.name() == name)
    }

    /// What a region's status is when nobody changed it: on.
    pub(crate) fn initial(region: &str) -> Self {
        if OPT_IN_REGIONS.contains(&region) { Self::Enabled } else { Self::EnabledByDefault }
    }
}

/// The regions that an account has to opt in to. AWS documentation, "AWS Regions", 2026-11.
pub const OPT_IN_REGIONS: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];
