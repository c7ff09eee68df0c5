//! What was seen of a target, with what could not be seen. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use crate::{AccountId, ErrorClass, Feature, ServiceError};

/// Something that was seen, or the reason why it was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<T> {
    /// It was seen.
    Yes(T),
    /// It was not.
    No(Unseen),
}

/// Why something was not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseen {
    /// It was not asked for.
    NotAsked,
    /// Only the service's administrator can see it, and the intended one is not that (yet).
    NoAdministrator,
    /// The call failed.
    Failed(Arc<ServiceError>),
}

impl<T> Seen<T> {
    /// What was seen, if it was.
    pub fn yes(&self) -> Option<&T> {
        match self {
            Self::Yes(value) => Some(value),
            Self::No(_) => None,
        }
    }

    fn absorb(&mut self, newer: Self) {
        if !matches!(newer, Self::No(Unseen::NotAsked)) {
            *self = newer;
        }
    }
}

impl<T> From<Result<T, ServiceError>> for Seen<T> {
    fn from(result: Result<T, ServiceError>) -> Self {
        match result {
            Ok(value) => Self::Yes(value),
            Err(error) => Self::No(Unseen::Failed(Arc::new(error))),
        }
    }
}

/// What to look at. The administrator and its own enrolment are always looked at, since nothing can be judged without.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Whether the parts that only the management account sees are looked at, where they are missing.
    pub as_management: bool,
    /// Whose membership is looked at.
    pub members: LookAt,
    /// The settings that are looked at, by the keys of their [`SettingSpec`](crate::SettingSpec)s.
    pub settings: BTreeSet<&'static str>,
}

/// Whose membership is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LookAt {
    /// Nobody's.
    #[default]
    Nobody,
    /// These accounts'; each is then in [`Members::listed`], or [`Members::incomplete`] says why not.
    Accounts(BTreeSet<AccountId>),
    /// Everybody's, by a complete listing.
    All,
}

/// The observed state of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The service's delegated administrator in the region.
    pub administrator: Seen<Option<AccountId>>,
    /// The intended administrator's own enrolment.
    pub own: Seen<OwnState>,
    /// The management account's own enrolment; looked at only where it is no enabled member.
    pub management: Seen<OwnState>,
    /// The organization configuration.
    pub auto_enable: Seen<AutoEnableSettings>,
    /// The settings that were asked for; one that AWS does not tell is left out.
    pub settings: Seen<BTreeMap<&'static str, String>>,
    /// The members.
    pub members: Members,
    /// Known features that this region was seen not to offer.
    pub not_offered: BTreeSet<Feature>,
    /// Features and statuses that this version does not know, by AWS's names.
    pub unrecognised: BTreeSet<String>,
    /// What an operator should know beside, such as a member limit that is reached.
    pub remarks: BTreeSet<String>,
}

/// One account's own enrolment, as it sees it itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnState {
    /// Whether the service is on.
    pub monitoring: FeatureStatus,
    /// Its features.
    pub features: BTreeMap<Feature, FeatureStatus>,
    /// Those that AWS says an Organizations policy manages.
    pub managed: BTreeSet<Feature>,
}

/// The members that were looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// Those seen.
    pub listed: BTreeMap<AccountId, ObservedMember>,
    /// Why the listing is not complete; `None` where an account that is not listed is no member.
    pub incomplete: Option<Unseen>,
}

/// One member as the administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedMember {
    /// Its relationship with the administrator.
    pub relationship: Relationship,
    /// Whether the service is on in it.
    pub monitoring: Seen<FeatureStatus>,
    /// Its features.
    pub features: Seen<BTreeMap<Feature, FeatureStatus>>,
    /// Those that AWS says an Organizations policy manages.
    pub managed: BTreeSet<Feature>,
}

/// The relationship status, in the words that GuardDuty and Inspector share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relationship {
    /// Not among the administrator's members.
    NotListed,
    /// Added, not active yet.
    Created,
    /// Invited by e-mail, not accepted.
    Invited,
    /// Associated.
    Enabled,
    /// Associated, but not monitored.
    Disabled,
    /// Disassociated by the administrator.
    Removed,
    /// Disassociated by the member.
    Resigned,
    /// Deleted from the members.
    Deleted,
    /// Invited; the e-mail address is being verified.
    EmailVerificationInProgress,
    /// Invited; the e-mail address could not be verified.
    EmailVerificationFailed,
    /// The service is not on, or not available, for the account in this region.
    RegionDisabled,
    /// The account is suspended.
    AccountSuspended,
    /// The management account lacks the service-linked role.
    CannotCreateDetectorInManagement,
    /// A status that this version does not know, by AWS's name.
    Unknown(String),
}

/// Whether something is on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FeatureStatus {
    /// On.
    On,
    /// Off.
    #[default]
    Off,
    /// Being turned on.
    TurningOn,
    /// Being turned off.
    TurningOff,
    /// AWS reports that turning it on failed, or suspended it, by AWS's name.
    Failed(String),
    /// A status that this version does not know, by AWS's name.
    Unknown(String),
}

/// What happens to new members by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AutoEnable {
    /// Nothing.
    None,
    /// It is turned on for accounts that join from now on.
    New,
    /// It is turned on for all accounts of the organization.
    All,
}

impl fmt::Display for AutoEnable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "NONE",
            Self::New => "NEW",
            Self::All => "ALL",
        })
    }
}

/// The auto-enable settings of an organization configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AutoEnableSettings {
    /// For members as such; `None` where the service has no such setting.
    pub members: Option<AutoEnable>,
    /// For each feature that AWS listed, known or not.
    pub features: BTreeMap<Feature, AutoEnable>,
    /// The features whose setting this version does not know: it is never overwritten.
    pub unrecognised: BTreeSet<Feature>,
}

impl Default for Observed {
    fn default() -> Self {
        Self {
            administrator: Seen::No(Unseen::NotAsked),
            own: Seen::No(Unseen::NotAsked),
            management: Seen::No(Unseen::NotAsked),
            auto_enable: Seen::No(Unseen::NotAsked),
            settings: Seen::No(Unseen::NotAsked),
            members: Members::default(),
            not_offered: BTreeSet::new(),
            unrecognised: BTreeSet::new(),
            remarks: BTreeSet::new(),
        }
    }
}

impl Default for Members {
    fn default() -> Self {
        Self { listed: BTreeMap::new(), incomplete: Some(Unseen::NotAsked) }
    }
}

impl ObservedMember {
    /// A member of which only the relationship matters, since it is not associated.
    #[must_use]
    pub fn unassociated(relationship: Relationship) -> Self {
        Self {
            relationship,
            monitoring: Seen::No(Unseen::NotAsked),
            features: Seen::No(Unseen::NotAsked),
            managed: BTreeSet::new(),
        }
    }
}

impl Observed {
    /// Takes over what a later look saw. `look` says what it looked at.
    pub(crate) fn absorb(&mut self, newer: Self, look: &Look) {
        // Destructured in full, so that a new field cannot be forgotten here.
        let Self { administrator, own, management, auto_enable, settings, members, not_offered, unrecognised, remarks } =
            newer;
        self.administrator.absorb(administrator);
        self.own.absorb(own);
        self.management.absorb(management);
        self.auto_enable.absorb(auto_enable);
        self.settings.absorb(settings);
        self.not_offered.extend(not_offered);
        self.unrecognised.extend(unrecognised);
        self.remarks.extend(remarks);
        match &look.members {
            LookAt::Nobody => {}
            LookAt::All => self.members = members,
            LookAt::Accounts(asked) => self.members.absorb(members, asked),
        }
    }

    /// Of the accounts that were looked at, those that AWS left unserved for the moment.
    pub(crate) fn unserved(&self, looked_at: &LookAt) -> BTreeSet<AccountId> {
        let Members { listed, incomplete } = &self.members;
        let absent = match looked_at {
            LookAt::Nobody => return BTreeSet::new(),
            LookAt::Accounts(asked) if incomplete.as_ref().is_some_and(Unseen::is_passing) => Some(asked),
            LookAt::Accounts(_) | LookAt::All => None,
        };
        let absent = absent.into_iter().flatten().filter(|account| !listed.contains_key(account));
        let unserved = listed.iter().filter(|(_, member)| member.is_unserved()).map(|(account, _)| account);
        absent.chain(unserved).copied().collect()
    }
}

impl Unseen {
    /// Whether asking again at once may help.
    fn is_passing(&self) -> bool {
        matches!(self, Self::Failed(error) if error.class == ErrorClass::Transient)
    }
}

impl ObservedMember {
    fn is_unserved(&self) -> bool {
        matches!(&self.monitoring, Seen::No(unseen) if unseen.is_passing())
            || matches!(&self.features, Seen::No(unseen) if unseen.is_passing())
    }
}

impl Members {
    fn absorb(&mut self, newer: Self, asked: &BTreeSet<AccountId>) {
        for account in asked {
            self.listed.remove(account);
        }
        self.listed.extend(newer.listed);
        // Where the later look failed, those that it did not see must not count as absent.
        if newer.incomplete.is_some() {
            self.incomplete = newer.incomplete;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorClass;

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn listed(numbers: &[u64], relationship: &Relationship) -> Members {
        let member = |number: &u64| (id(*number), ObservedMember::unassociated(relationship.clone()));
        Members { listed: numbers.iter().map(member).collect(), incomplete: None }
    }

    fn failed() -> Unseen {
        let class = ErrorClass::Transient;
        let (code, message) = (String::new(), String::new());
        Unseen::Failed(Arc::new(ServiceError { operation: "ListMembers", class, code, message, request_id: None }))
    }

    fn at(numbers: &[u64]) -> Look {
        Look { members: LookAt::Accounts(numbers.iter().copied().map(id).collect()), ..Look::default() }
    }

    fn of(members: Members) -> Observed {
        Observed { members, ..Observed::default() }
    }

    #[test]
    fn a_later_look_replaces_what_it_looked_at_and_nothing_else() {
        let mut observed = of(listed(&[1, 2, 3], &Relationship::Created));
        observed.absorb(of(listed(&[2], &Relationship::Enabled)), &at(&[2, 3]));
        let relationships: Vec<_> = observed.members.listed.iter().map(|(id, m)| (*id, &m.relationship)).collect();
        assert_eq!(relationships, [(id(1), &Relationship::Created), (id(2), &Relationship::Enabled)]);
        assert_eq!(observed.members.incomplete, None);
    }

    #[test]
    fn a_later_look_that_failed_leaves_nobody_absent() {
        let mut observed = of(listed(&[1, 2], &Relationship::Enabled));
        observed.absorb(of(Members { incomplete: Some(failed()), ..Members::default() }), &at(&[2]));
        assert!(!observed.members.listed.contains_key(&id(2)));
        assert_eq!(observed.members.incomplete, Some(failed()));
        observed.absorb(of(listed(&[2], &Relationship::Enabled)), &at(&[2]));
        assert_eq!(observed.members.incomplete, Some(failed()), "others may still be unseen");
    }

    #[test]
    fn looking_in_parts_sees_what_looking_at_once_sees() {
        let before = of(listed(&[1, 2, 3, 4], &Relationship::Created));
        let (mut once, mut parts) = (before.clone(), before);
        once.absorb(of(listed(&[1, 2, 4], &Relationship::Enabled)), &at(&[1, 2, 4]));
        parts.absorb(of(listed(&[4, 2], &Relationship::Enabled)), &at(&[2, 4]));
        parts.absorb(of(listed(&[1], &Relationship::Enabled)), &at(&[1]));
        assert_eq!(once, parts);
    }

    #[test]
    fn what_was_not_asked_for_is_kept_and_what_failed_is_not() {
        let mut observed = Observed { administrator: Seen::Yes(Some(id(2))), ..Observed::default() };
        observed.own = Seen::Yes(OwnState::default());
        let nobody = Look::default();
        observed.absorb(Observed { own: Seen::No(failed()), ..Observed::default() }, &nobody);
        assert_eq!(observed.administrator, Seen::Yes(Some(id(2))));
        assert_eq!(observed.own, Seen::No(failed()));
    }
}
