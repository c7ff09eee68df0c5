//! What one run looks at: a target, and how much of it. No I/O.

use std::{collections::BTreeSet, fmt};

use crate::{AccountId, Region, ServiceId};

/// One service in one region: the unit of work, of isolation and of concurrency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The service.
    pub service: ServiceId,
    /// The region.
    pub region: Region,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.service, self.region)
    }
}

/// How much of a target a run may see to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything: organization-level actions and all members. The sweep's scope.
    Everything,
    /// These members, and no organization-level action. The event functions' scope.
    Accounts(BTreeSet<AccountId>),
    /// The whole target is looked at and judged, as for everything; only what is about these accounts is planned and told,
    /// reductions and what the administrator's and the management account's own enrolment lack included. A person's scope.
    Within(BTreeSet<AccountId>),
}

impl Scope {
    /// Whether trusted access, designation, the administrator's and the management account's own
    /// enrolment and the organization configuration are looked at and judged.
    #[must_use]
    pub fn allows_organization_actions(&self) -> bool {
        matches!(self, Self::Everything | Self::Within(_))
    }

    /// Whether this account's membership is looked at.
    #[must_use]
    pub fn includes(&self, account: AccountId) -> bool {
        match self {
            Self::Everything => true,
            Self::Accounts(accounts) | Self::Within(accounts) => accounts.contains(&account),
        }
    }
}
