//! What one target should look like: the policy applied to the organization. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    Account, AccountId, AccountState, AutoEnableSettings, ErrorClass, Feature, Managed, OrganizationPolicies, Policy,
    Prerequisite, Reason, RegionStatus, Roster, Seen, ServiceError, ServiceSpec, Target, Unseen,
    policy::{Assignment, MembershipWish, Said, Source, Wanted},
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
    /// The auto-enable settings, within what the service has; what is absent stays as found.
    pub auto_enable: AutoEnableSettings,
    /// Whether AWS ignores the auto-enable settings, since its own policy type is enabled.
    pub auto_enable_is_dead: bool,
    /// The features that are to be off in every account; off in some only is an exception.
    pub off_for_all: BTreeSet<Feature>,
    /// What AWS keeps per organization or administrator only; what is absent stays as found.
    pub settings: BTreeMap<&'static str, String>,
    /// Every account of the roster.
    pub members: BTreeMap<AccountId, DesiredMember>,
}

/// What is wanted for one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredMember {
    /// The part that it plays.
    pub role: Role,
    /// What is wanted of its features, as far as it is enrolled.
    pub wishes: Arc<Wishes>,
    /// Whether it is to be enrolled.
    pub standing: Standing,
}

/// What is wanted of an account's features. What is neither on nor off stays as found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Wishes {
    /// To be on.
    pub on: BTreeSet<Feature>,
    /// To be off.
    pub off: BTreeSet<Feature>,
    /// What an AWS Organizations policy manages: that is left to it.
    pub managed: Managed,
}

impl Wishes {
    /// The features wanted on that no Organizations policy manages.
    pub(crate) fn ours(&self) -> BTreeSet<Feature> {
        self.on.iter().filter(|feature| !self.managed.features.contains_key(*feature)).cloned().collect()
    }
}

/// Whether an account is to be enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Enrolled,
    /// Nothing is wanted, for this reason.
    NotApplicable(Reason),
    /// It is to be disassociated; who says so.
    Removed(Source),
    /// It is, but nothing may be done now: AWS is not done with the account or the region.
    Awaited(Reason),
    /// Whether it is, is not known.
    Unknown(Reason),
}

/// The part that an account plays for the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
pub struct Wish<'a> {
    /// The target.
    pub target: &'a Target,
    /// The service.
    pub spec: &'a ServiceSpec,
    /// The policy.
    pub policy: &'a Policy,
    /// The rules that each account of the roster is in.
    pub assignment: &'a Assignment,
    /// What AWS Organizations policies manage.
    pub organization_policies: &'a OrganizationPolicies,
    /// The accounts.
    pub roster: &'a Roster,
    /// Whether the roster holds every account of the organization.
    pub complete: bool,
    /// The account that is to administer the service.
    pub administrator: AccountId,
    /// The region's status for the administrator.
    pub administrator_region: &'a Seen<RegionStatus>,
    /// The region's status for members, as far as it was asked for.
    pub member_regions: &'a BTreeMap<AccountId, Result<RegionStatus, Arc<ServiceError>>>,
    /// Whether that question is refused, which goes for every member.
    pub regions_refused: bool,
}

impl Desired {
    /// The policy applied to a target.
    #[must_use]
    pub fn new(wish: Wish<'_>) -> Self {
        let mut known = BTreeMap::new();
        let members = wish.roster.accounts.iter().map(|(id, account)| (*id, wish.member(*id, account, &mut known)));
        let members = members.collect();
        let policies = wish.organization_policies;
        Self {
            target: wish.target.clone(),
            management: wish.roster.management,
            administrator: wish.administrator,
            obstacle: wish.obstacle(),
            trusted_access: wish.spec.needed_trusted_access(),
            auto_enable: wish.auto_enable(),
            off_for_all: wish.off_for_all(),
            auto_enable_is_dead: policies.enabled && wish.spec.organization_policy.stops_auto_enable,
            settings: wish.policy.services.get(&wish.spec.id).map_or_else(BTreeMap::new, |said| said.settings.clone()),
            members,
        }
    }

    /// The features that are wanted on in any account.
    pub(crate) fn wanted_on(&self) -> BTreeSet<&Feature> {
        let wishes: BTreeSet<&Arc<Wishes>> = self.members.values().map(|member| &member.wishes).collect();
        wishes.into_iter().flat_map(|wishes| &wishes.on).collect()
    }
}

/// What is wanted of all accounts that are alike: in the same rules, in the same part, with the same of it managed.
type Alike<'a> = BTreeMap<(usize, Role, Option<&'a Managed>), (Said<MembershipWish>, Arc<Wishes>)>;

impl<'a> Wish<'a> {
    fn auto_enable(&self) -> AutoEnableSettings {
        let strongest = self.spec.strongest_auto_enable;
        let (spec, region) = (self.spec, &self.target.region);
        let members = self.policy.members_auto_enable(spec, region);
        let features = self.policy.features_auto_enable(spec, region).into_iter();
        AutoEnableSettings {
            members: members.setting(strongest).filter(|_| spec.members_auto_enable),
            features: features.filter_map(|(feature, wish)| Some((feature, wish.setting(strongest)?))).collect(),
            ..AutoEnableSettings::default()
        }
    }

    fn off_for_all(&self) -> BTreeSet<Feature> {
        let said = self.policy.resolve_target(self.spec, &self.target.region).features;
        said.into_iter().filter(|(_, said)| said.what == Wanted::Off).map(|(feature, _)| feature).collect()
    }

    fn member(&self, id: AccountId, account: &Account, known: &mut Alike<'a>) -> DesiredMember {
        let role = role(id, self.administrator, self.roster.management);
        let group = match self.assignment.group(id) {
            Ok(group) => group,
            Err(undecided) => {
                let standing = Self::by_state(account).unwrap_or(Standing::Unknown(Reason::RulesUndecided(undecided)));
                return DesiredMember { role, wishes: Arc::default(), standing };
            }
        };
        let managed = self.organization_policies.managed.get(&id).map(Arc::as_ref);
        let (membership, wishes) =
            known.entry((group, role, managed)).or_insert_with(|| self.wishes(group, role, managed));
        let wishes = Arc::clone(wishes);
        let standing = Self::by_state(account).unwrap_or_else(|| match membership.what {
            MembershipWish::Unmanaged => Standing::NotApplicable(Reason::Exempt(membership.by.clone())),
            MembershipWish::Removed => Standing::Removed(membership.by.clone()),
            MembershipWish::Enrolled => self.by_region(id, role),
        });
        DesiredMember { role, wishes, standing }
    }

    fn wishes(&self, group: usize, role: Role, managed: Option<&Managed>) -> (Said<MembershipWish>, Arc<Wishes>) {
        let rules = self.assignment.groups().get(group).map_or(&[][..], Vec::as_slice);
        let said = self.policy.resolve(self.spec, &self.target.region, rules, role == Role::Management);
        // Without the administrator nobody is enrolled, so it always is.
        let membership = match role {
            Role::Administrator => Said { what: MembershipWish::Enrolled, by: Source::Administrator },
            Role::Management | Role::Member => said.membership,
        };
        let mut wishes = Wishes { managed: managed.cloned().unwrap_or_default(), ..Wishes::default() };
        for (feature, said) in said.features {
            match said.what {
                Wanted::On => drop(wishes.on.insert(feature)),
                Wanted::Off => drop(wishes.off.insert(feature)),
                Wanted::AsFound => {}
            }
        }
        (membership, Arc::new(wishes))
    }

    /// The standing of an account that its state decides.
    fn by_state(account: &Account) -> Option<Standing> {
        match &account.state {
            AccountState::Suspended => Some(Standing::NotApplicable(Reason::AccountSuspended)),
            AccountState::Closed => Some(Standing::NotApplicable(Reason::AccountClosed)),
            AccountState::PendingActivation => Some(Standing::Awaited(Reason::AccountNotActive)),
            AccountState::Unknown(name) => Some(Standing::Unknown(Reason::UnrecognisedStatus(name.clone()))),
            // An account that is being closed still works until it is closed.
            AccountState::Active | AccountState::PendingClosure => None,
        }
    }

    /// The standing of a working account that is to be enrolled where it has the region.
    fn by_region(&self, id: AccountId, role: Role) -> Standing {
        match self.region_of(id, role) {
            Ok(RegionStatus::EnabledByDefault | RegionStatus::Enabled) => Standing::Enrolled,
            Ok(RegionStatus::Disabled | RegionStatus::Disabling) => Standing::NotApplicable(Reason::RegionOff),
            Ok(RegionStatus::Enabling) => Standing::Awaited(Reason::RegionOptingIn),
            Ok(RegionStatus::Unknown(name)) => Standing::Unknown(Reason::UnrecognisedStatus(name.clone())),
            Err(reason) => Standing::Unknown(reason),
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
