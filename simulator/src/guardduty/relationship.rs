//! What a member is to its administrator. No I/O.

use serde::{Deserialize, Serialize};

use super::state::Membership;
use crate::world::World;

/// `relationshipStatus` of a member: a free string, these are the documented ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Relationship {
    Created,
    Invited,
    Enabled,
    Disabled,
    Removed,
    Resigned,
    Deleted,
    EmailVerificationInProgress,
    EmailVerificationFailed,
    RegionDisabled,
    AccountSuspended,
    CannotCreateDetectorInOrganizationMasterAccount,
}

impl Relationship {
    const ALL: [Self; 12] = [
        Self::Created,
        Self::Invited,
        Self::Enabled,
        Self::Disabled,
        Self::Removed,
        Self::Resigned,
        Self::Deleted,
        Self::EmailVerificationInProgress,
        Self::EmailVerificationFailed,
        Self::RegionDisabled,
        Self::AccountSuspended,
        Self::CannotCreateDetectorInOrganizationMasterAccount,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Invited => "Invited",
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::Removed => "Removed",
            Self::Resigned => "Resigned",
            Self::Deleted => "Deleted",
            Self::EmailVerificationInProgress => "EmailVerificationInProgress",
            Self::EmailVerificationFailed => "EmailVerificationFailed",
            Self::RegionDisabled => "RegionDisabled",
            Self::AccountSuspended => "AccountSuspended",
            Self::CannotCreateDetectorInOrganizationMasterAccount => "CannotCreateDetectorInOrganizationMasterAccount",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|relationship| relationship.name() == name)
    }

    /// Whether the administrator governs the account, monitored or not, or would if it could be reached.
    pub(super) fn is_associated(self) -> bool {
        matches!(self, Self::Enabled | Self::Disabled | Self::RegionDisabled | Self::AccountSuspended)
    }
}

/// How a member looks: Organizations and Account Management are looked at anew each time.
/// AWS documentation: statuses `AccountSuspended` and `RegionDisabled`.
pub(super) fn relationship_seen(world: &World, region: &str, account: &str, membership: &Membership) -> Relationship {
    let relationship = membership.relationship;
    let Some(known) = world.organization.account(account) else {
        return relationship;
    };
    if !relationship.is_associated() && relationship != Relationship::Created {
        relationship
    } else if !known.is_active() {
        Relationship::AccountSuspended
    } else if !world.region_on(account, region) {
        Relationship::RegionDisabled
    } else {
        relationship
    }
}
