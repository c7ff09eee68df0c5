//! What can be done to a target. Every action adds; none turns off, removes or lowers anything. No I/O.

use std::{collections::BTreeSet, fmt};

use crate::{AccountId, AutoEnable, AutoEnableSettings, Feature};

/// One call's worth of change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Let the service act in the organization's accounts.
    EnableTrustedAccess {
        /// The service principal, such as `guardduty.amazonaws.com`.
        principal: &'static str,
    },
    /// Make an account the service's delegated administrator in the region.
    DesignateAdministrator {
        /// The account.
        administrator: AccountId,
    },
    /// Turn the service on in the management account, so that it can become a member.
    EnableManagement {
        /// The management account.
        account: AccountId,
        /// The features to turn on with it.
        features: BTreeSet<Feature>,
    },
    /// Turn the service, or features of it, on in the administrator's own account.
    EnableAdministrator {
        /// The administrator.
        account: AccountId,
        /// The features to turn on.
        features: BTreeSet<Feature>,
    },
    /// Raise the organization configuration.
    SetAutoEnable {
        /// What was found.
        from: AutoEnableSettings,
        /// What it is raised to, complete: what was found is echoed.
        to: AutoEnableSettings,
    },
    /// Make accounts members.
    Associate {
        /// The accounts, at most as many as a call takes.
        accounts: Vec<AccountId>,
    },
    /// Monitor members again.
    StartMonitoring {
        /// The accounts, at most as many as a call takes.
        accounts: Vec<AccountId>,
    },
    /// Turn features on for members.
    EnableFeatures {
        /// The accounts, at most as many as a call takes.
        accounts: Vec<AccountId>,
        /// The features, all turned on by the same call.
        features: BTreeSet<Feature>,
    },
}

/// The order in which actions are applied within a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Trusted access.
    TrustedAccess,
    /// Designation.
    Designation,
    /// The administrator's and the management account's own enrolment.
    Own,
    /// The organization configuration.
    AutoEnable,
    /// Association.
    Association,
    /// Monitoring.
    Monitoring,
    /// Features.
    Features,
}

impl Action {
    /// When it is applied, relative to others. Actions of one stage are independent of each other.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self {
            Self::EnableTrustedAccess { .. } => Stage::TrustedAccess,
            Self::DesignateAdministrator { .. } => Stage::Designation,
            Self::EnableManagement { .. } | Self::EnableAdministrator { .. } => Stage::Own,
            Self::SetAutoEnable { .. } => Stage::AutoEnable,
            Self::Associate { .. } => Stage::Association,
            Self::StartMonitoring { .. } => Stage::Monitoring,
            Self::EnableFeatures { .. } => Stage::Features,
        }
    }

    /// The action's name in logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::EnableTrustedAccess { .. } => "enable-trusted-access",
            Self::DesignateAdministrator { .. } => "designate-administrator",
            Self::EnableManagement { .. } => "enable-management",
            Self::EnableAdministrator { .. } => "enable-administrator",
            Self::SetAutoEnable { .. } => "set-auto-enable",
            Self::Associate { .. } => "associate",
            Self::StartMonitoring { .. } => "start-monitoring",
            Self::EnableFeatures { .. } => "enable-features",
        }
    }

    /// The members that it is about; empty for an organization-level action.
    #[must_use]
    pub fn members(&self) -> &[AccountId] {
        match self {
            Self::Associate { accounts }
            | Self::StartMonitoring { accounts }
            | Self::EnableFeatures { accounts, .. } => accounts,
            Self::EnableTrustedAccess { .. }
            | Self::DesignateAdministrator { .. }
            | Self::EnableManagement { .. }
            | Self::EnableAdministrator { .. }
            | Self::SetAutoEnable { .. } => &[],
        }
    }

    /// The same action for only those of its members; `None` when none are left.
    #[must_use]
    pub fn only_for(&self, keep: impl Fn(AccountId) -> bool) -> Option<Self> {
        let mut action = self.clone();
        let (Self::Associate { accounts } | Self::StartMonitoring { accounts } | Self::EnableFeatures { accounts, .. }) =
            &mut action
        else {
            return Some(action);
        };
        accounts.retain(|account| keep(*account));
        if accounts.is_empty() { None } else { Some(action) }
    }
}

impl fmt::Display for Action {
    /// What the action does, without the list of members.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EnableTrustedAccess { principal } => write!(f, "enable trusted access for {principal}"),
            Self::DesignateAdministrator { administrator } => write!(f, "designate {administrator} as administrator"),
            Self::EnableManagement { account, features } => {
                write!(f, "enable in the management account {account}: {}", Names(features))
            }
            Self::EnableAdministrator { account, features } => {
                write!(f, "enable in the administrator's account {account}: {}", Names(features))
            }
            Self::SetAutoEnable { from, to } => write!(f, "set auto-enable: {}", Raised { from, to }),
            Self::Associate { .. } => f.write_str("associate"),
            Self::StartMonitoring { .. } => f.write_str("start monitoring"),
            Self::EnableFeatures { features, .. } => write!(f, "enable {}", Names(features)),
        }
    }
}

/// Feature names, separated by commas.
pub(crate) struct Names<'a>(pub(crate) &'a BTreeSet<Feature>);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the service itself");
        }
        for (index, feature) in self.0.iter().enumerate() {
            write!(f, "{}{feature}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// The auto-enable settings that differ, each from what to what.
struct Raised<'a> {
    from: &'a AutoEnableSettings,
    to: &'a AutoEnableSettings,
}

impl fmt::Display for Raised<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = (self.from.members, self.to.members);
        let mut changes = Vec::new();
        if let (from, Some(to)) = members
            && from != Some(to)
        {
            changes.push(format!("members {} → {to}", from.unwrap_or(AutoEnable::None)));
        }
        for (feature, to) in &self.to.features {
            let from = self.from.features.get(feature).copied().unwrap_or(AutoEnable::None);
            if from != *to {
                changes.push(format!("{feature} {from} → {to}"));
            }
        }
        f.write_str(&changes.join(", "))
    }
}
