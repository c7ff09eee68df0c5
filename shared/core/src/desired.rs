//! What one target should look like: the policy applied to the organization. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    Account, AccountId, AccountState, AutoEnable, ErrorClass, Feature, Policy, Prerequisite, Reason, RegionStatus,
    Roster, Seen, ServiceError, ServiceSpec, Target, Unseen,
};

/// The desired state of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The target.
    pub target: Target,
    /// The management account.
    pub management: AccountId,
    /// The account that is to administer the service.
    pub administrator: AccountId,
    /// Why that account cannot administer the service here, where that is so.
    pub obstacle: Option<Reason>,
    /// The service principals that need trusted access, the one for designation first.
    pub trusted_access: Vec<&'static str>,
    /// The features that each enrolled account shall have on.
    pub features: BTreeSet<Feature>,
    /// The auto-enable setting for members and features, within what the service has.
    pub auto_enable: AutoEnable,
    /// Every account of the roster.
    pub members: BTreeMap<AccountId, DesiredMember>,
}

/// What is wanted for one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DesiredMember {
    /// To be enrolled, in this role.
    Enrolled(Role),
    /// Nothing, for this reason.
    NotApplicable(Reason),
    /// To be enrolled, but nothing may be done now: AWS is not done with the account or the region.
    Awaited(Reason),
    /// Whether it is to be enrolled is not known.
    Unknown(Reason),
}

/// The part that an account plays for the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The delegated administrator itself.
    Administrator,
    /// The organization's management account, as a member.
    Management,
    /// Any other account.
    Member,
}

/// Everything that decides what is desired of a target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub target: &'a Target,
    pub spec: &'a ServiceSpec,
    pub policy: &'a Policy,
    pub roster: &'a Roster,
    /// Whether the roster holds every account of the organization.
    pub complete: bool,
    pub administrator: AccountId,
    /// The region's status for the administrator.
    pub administrator_region: &'a Seen<RegionStatus>,
    /// The region's status for members, as far as it was asked for.
    pub member_regions: &'a BTreeMap<AccountId, Result<RegionStatus, Arc<ServiceError>>>,
    /// Whether that question is refused, which goes for every member.
    pub regions_refused: bool,
}

impl Desired {
    pub(crate) fn new(wish: Wish<'_>) -> Self {
        let members = wish.roster.accounts.iter().map(|(id, account)| (*id, wish.member(*id, account))).collect();
        Self {
            target: wish.target.clone(),
            management: wish.roster.management,
            administrator: wish.administrator,
            obstacle: wish.obstacle(),
            trusted_access: wish.spec.needed_trusted_access(),
            features: wish.policy.features.clone(),
            auto_enable: wish.policy.auto_enable.min(wish.spec.strongest_auto_enable),
            members,
        }
    }

    /// The part that an account plays.
    pub(crate) fn role(&self, account: AccountId) -> Role {
        role(account, self.administrator, self.management)
    }
}

impl Wish<'_> {
    fn member(&self, id: AccountId, account: &Account) -> DesiredMember {
        match &account.state {
            AccountState::Suspended => return DesiredMember::NotApplicable(Reason::AccountSuspended),
            AccountState::Closed => return DesiredMember::NotApplicable(Reason::AccountClosed),
            AccountState::PendingActivation => return DesiredMember::Awaited(Reason::AccountNotActive),
            AccountState::Unknown(name) => return DesiredMember::Unknown(Reason::UnrecognisedStatus(name.clone())),
            // An account that is being closed still works until it is closed.
            AccountState::Active | AccountState::PendingClosure => {}
        }
        let role = role(id, self.administrator, self.roster.management);
        match self.region_of(id, role) {
            Ok(RegionStatus::EnabledByDefault | RegionStatus::Enabled) => DesiredMember::Enrolled(role),
            Ok(RegionStatus::Disabled | RegionStatus::Disabling) => DesiredMember::NotApplicable(Reason::RegionOff),
            Ok(RegionStatus::Enabling) => DesiredMember::Awaited(Reason::RegionOptingIn),
            Ok(RegionStatus::Unknown(name)) => DesiredMember::Unknown(Reason::UnrecognisedStatus(name.clone())),
            Err(reason) => DesiredMember::Unknown(reason),
        }
    }

    /// Why the intended administrator cannot be one: the region is not on for it, or it is no active account.
    fn obstacle(&self) -> Option<Reason> {
        match self.administrator_region {
            Seen::No(unseen) => return Some(Reason::not_observed(unseen)),
            Seen::Yes(RegionStatus::Disabled | RegionStatus::Disabling) => {
                return Some(Reason::Prerequisite(Prerequisite::AdministratorRegion));
            }
            Seen::Yes(RegionStatus::Enabling) => return Some(Reason::RegionOptingIn),
            Seen::Yes(RegionStatus::Unknown(name)) => return Some(Reason::UnrecognisedStatus(name.clone())),
            Seen::Yes(RegionStatus::EnabledByDefault | RegionStatus::Enabled) => {}
        }
        let account = self.roster.accounts.get(&self.administrator);
        let absent = account.is_none() && self.complete;
        let inactive = account.is_some_and(|account| !account.works());
        (absent || inactive).then_some(Reason::Prerequisite(Prerequisite::AdministratorActive))
    }

    fn region_of(&self, id: AccountId, role: Role) -> Result<&RegionStatus, Reason> {
        match self.administrator_region {
            Seen::No(unseen) => Err(Reason::not_observed(unseen)),
            // A region that is on by default is on for everyone.
            Seen::Yes(on @ RegionStatus::EnabledByDefault) => Ok(on),
            Seen::Yes(status) if role == Role::Administrator => Ok(status),
            Seen::Yes(_) => match self.member_regions.get(&id) {
                Some(Ok(status)) => Ok(status),
                Some(Err(error)) if error.class == ErrorClass::Denied => {
                    Err(Reason::Prerequisite(Prerequisite::AccountAccess))
                }
                Some(Err(error)) => Err(Reason::not_observed(&Unseen::Failed(Arc::clone(error)))),
                None if self.regions_refused => Err(Reason::Prerequisite(Prerequisite::AccountAccess)),
                None => Err(Reason::RegionStatusNotSeen),
            },
        }
    }
}

fn role(account: AccountId, administrator: AccountId, management: AccountId) -> Role {
    if account == administrator {
        Role::Administrator
    } else if account == management {
        Role::Management
    } else {
        Role::Member
    }
}
