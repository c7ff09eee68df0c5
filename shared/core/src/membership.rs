//! The verdict on one account in one target: a reason, which has exactly one state. No I/O.

use std::{collections::BTreeSet, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, ErrorClass, Feature, ServiceError, Unseen,
    policy::{Source, Undecided},
};

/// The state of a membership. Coverage = enrolled / (all − not applicable).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Enrolled, with all desired features on.
    Enrolled,
    /// AWS is at work.
    Pending,
    /// Something is missing that can be turned on.
    Missing,
    /// Something stands in the way that a person must see to.
    Blocked,
    /// Nothing is wanted.
    NotApplicable,
    /// It could not be observed.
    Unknown,
}

impl State {
    /// All states, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Enrolled, Self::Pending, Self::Missing, Self::Blocked, Self::NotApplicable, Self::Unknown];

    /// The state as reports print it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Pending => "pending",
            Self::Missing => "missing",
            Self::Blocked => "blocked",
            Self::NotApplicable => "not applicable",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The verdict on one account in one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Why it is in its state.
    pub reason: Reason,
}

impl Membership {
    /// Its state.
    #[must_use]
    pub fn state(&self) -> State {
        self.reason.state()
    }
}

impl From<Reason> for Membership {
    fn from(reason: Reason) -> Self {
        Self { reason }
    }
}

/// What a membership needs before it can be acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prerequisite {
    /// The region has no delegated administrator for the service.
    Designation,
    /// The service is not fully on in the administrator's own account.
    AdministratorEnabled,
    /// The service is not on in the management account.
    ManagementEnabled,
    /// The configured administrator is no active account of the organization.
    AdministratorActive,
    /// The region is off for the administrator.
    AdministratorRegion,
    /// Account Management has no trusted access, so that members' regions cannot be read.
    AccountAccess,
}

/// Why a membership is in its state. Each reason belongs to exactly one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Enrolled with all desired features that the region offers.
    Enrolled,
    /// The service or features are being turned on.
    TurningOn(BTreeSet<Feature>),
    /// The service or features are being turned off; they are turned on again afterwards.
    TurningOff(BTreeSet<Feature>),
    /// It was written a moment ago, and reads do not show it yet.
    JustWritten,
    /// These are off as the policy wants; auto-enable was lowered from ALL less than a day ago, and AWS may turn them on
    /// once more.
    Settling(BTreeSet<Feature>),
    /// AWS refuses the call since it was done already, and does not show it.
    AlreadyDone(Arc<ServiceError>),
    /// The account is not active yet.
    AccountNotActive,
    /// The account or region is too new for the service.
    NotReady(Arc<ServiceError>),
    /// The account is being opted in to the region.
    RegionOptingIn,
    /// The account is no member.
    NotAssociated,
    /// The account is a member that is not monitored.
    NotMonitored,
    /// The service is off in the administrator's or management account itself.
    NotEnabled,
    /// Desired features are off.
    FeaturesOff(BTreeSet<Feature>),
    /// What was tried failed, and may succeed when it is tried again.
    ActionFailed(Arc<ServiceError>),
    /// Another account administers the service in this region.
    OtherAdministrator {
        /// The one that is there.
        found: AccountId,
        /// The one that is configured.
        wanted: AccountId,
    },
    /// AWS refuses to designate the configured administrator.
    DesignationRefused {
        /// The one that is configured.
        wanted: AccountId,
        /// What AWS answered.
        error: Arc<ServiceError>,
    },
    /// Another administrator holds the account.
    HeldByOtherAdministrator(Arc<ServiceError>),
    /// Something must be there first that this run may not see to.
    Prerequisite(Prerequisite),
    /// A permission is missing.
    Denied(Arc<ServiceError>),
    /// A service control policy denies the call.
    DeniedByServiceControlPolicy(Arc<ServiceError>),
    /// The legacy `EKS_RUNTIME_MONITORING` is on, which excludes `RUNTIME_MONITORING`.
    LegacyRuntimeMonitoring,
    /// The management account lacks the service-linked role or the service itself.
    ManagementNotEnabled,
    /// An AWS Organizations policy manages the setting.
    OrganizationPolicy(Arc<ServiceError>),
    /// An AWS Organizations policy turns the service (where none is named) or features on, and has not yet.
    LeftToOrganizationPolicy(BTreeSet<Feature>),
    /// An AWS Organizations policy keeps the service (where none is named) or features off, which Rollcall's wants on.
    OrganizationPolicyConflict(BTreeSet<Feature>),
    /// A quota is reached.
    LimitReached(Arc<ServiceError>),
    /// The service says that the account is suspended, Organizations does not.
    SuspendedInService,
    /// AWS reports by name that turning a feature on failed.
    FeatureFailed(Feature, String),
    /// Organizations has the account suspended.
    AccountSuspended,
    /// The account is closed.
    AccountClosed,
    /// The region is off for the account.
    RegionOff,
    /// The policy leaves the account alone; who says so.
    Exempt(Source),
    /// The policy has the account disassociated; who says so.
    Removed(Source),
    /// The region does not have the service.
    ServiceNotOffered,
    /// Organizations shows no e-mail address of the account, which associating it needs.
    NoEmail,
    /// The administrator or its members could not be observed.
    NotObserved(Unseen),
    /// Whether the region is on for the account could not be seen.
    RegionStatusNotSeen,
    /// Which rules of the policy are about the account is not known.
    RulesUndecided(Undecided),
    /// AWS uses a status that this version does not know.
    UnrecognisedStatus(String),
}

impl Reason {
    /// The state that the reason belongs to.
    #[must_use]
    pub fn state(&self) -> State {
        self.describe().0
    }

    /// The reason's code: stable, for alarms, metrics and the runbook.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.describe().1
    }

    /// Whether the policy exempts the account: nothing is wanted of it, whatever it is.
    pub(crate) fn is_exemption(&self) -> bool {
        matches!(self, Self::Exempt(_))
    }

    /// The error that it tells of.
    #[must_use]
    pub fn error(&self) -> Option<&ServiceError> {
        match self {
            Self::NotReady(error)
            | Self::AlreadyDone(error)
            | Self::DesignationRefused { error, .. }
            | Self::ActionFailed(error)
            | Self::HeldByOtherAdministrator(error)
            | Self::Denied(error)
            | Self::DeniedByServiceControlPolicy(error)
            | Self::OrganizationPolicy(error)
            | Self::LimitReached(error)
            | Self::NotObserved(Unseen::Failed(error)) => Some(error),
            _ => None,
        }
    }

    fn describe(&self) -> (State, &'static str) {
        use State::{Blocked, Enrolled, Missing, NotApplicable, Pending, Unknown};
        match self {
            Self::Enrolled => (Enrolled, "enrolled"),
            Self::TurningOn(_) => (Pending, "turning-on"),
            Self::TurningOff(_) => (Pending, "turning-off"),
            Self::JustWritten => (Pending, "just-written"),
            Self::Settling(_) => (Pending, "settling"),
            Self::AlreadyDone(_) => (Pending, "already-done"),
            Self::AccountNotActive => (Pending, "account-not-active"),
            Self::NotReady(_) => (Pending, "not-ready"),
            Self::RegionOptingIn => (Pending, "region-opting-in"),
            Self::NotAssociated => (Missing, "not-associated"),
            Self::NotMonitored => (Missing, "not-monitored"),
            Self::NotEnabled => (Missing, "not-enabled"),
            Self::FeaturesOff(_) => (Missing, "features-off"),
            Self::ActionFailed(_) => (Missing, "action-failed"),
            Self::OtherAdministrator { .. } => (Blocked, "other-administrator"),
            Self::DesignationRefused { .. } => (Blocked, "designation-refused"),
            Self::HeldByOtherAdministrator(_) => (Blocked, "held-by-other-administrator"),
            Self::Prerequisite(_) => (Blocked, "prerequisite"),
            Self::Denied(_) => (Blocked, "denied"),
            Self::DeniedByServiceControlPolicy(_) => (Blocked, "denied-by-service-control-policy"),
            Self::LegacyRuntimeMonitoring => (Blocked, "legacy-runtime-monitoring"),
            Self::ManagementNotEnabled => (Blocked, "management-not-enabled"),
            Self::OrganizationPolicy(_) => (Blocked, "organization-policy"),
            Self::LeftToOrganizationPolicy(_) => (Pending, "left-to-organization-policy"),
            Self::OrganizationPolicyConflict(_) => (Blocked, "organization-policy-conflict"),
            Self::LimitReached(_) => (Blocked, "limit-reached"),
            Self::SuspendedInService => (Blocked, "suspended-in-service"),
            Self::FeatureFailed(..) => (Missing, "feature-failed"),
            Self::AccountSuspended => (NotApplicable, "account-suspended"),
            Self::AccountClosed => (NotApplicable, "account-closed"),
            Self::RegionOff => (NotApplicable, "region-off"),
            Self::Exempt(_) => (NotApplicable, "exempt"),
            Self::Removed(_) => (NotApplicable, "removed"),
            Self::ServiceNotOffered => (NotApplicable, "service-not-offered"),
            Self::NoEmail => (Blocked, "no-email"),
            Self::NotObserved(_) => (Unknown, "not-observed"),
            Self::RegionStatusNotSeen => (Unknown, "region-status-not-seen"),
            Self::RulesUndecided(_) => (Unknown, "rules-undecided"),
            Self::UnrecognisedStatus(_) => (Unknown, "unrecognised-status"),
        }
    }

    /// The reason that something unseen gives. A look that was refused needs a person, as a refused write does.
    #[must_use]
    pub fn not_observed(unseen: &Unseen) -> Self {
        match unseen {
            Unseen::Failed(error)
                if matches!(
                    error.class,
                    ErrorClass::Denied | ErrorClass::DeniedByServiceControlPolicy | ErrorClass::NotReady
                ) =>
            {
                Self::of_failure(error)
            }
            Unseen::NotAsked | Unseen::NoAdministrator | Unseen::Failed(_) => Self::NotObserved(unseen.clone()),
        }
    }

    /// The reason that a failed call gives, for an account that it left as it was.
    #[must_use]
    pub fn of_failure(error: &Arc<ServiceError>) -> Self {
        let error = Arc::clone(error);
        match error.class {
            ErrorClass::Denied => Self::Denied(error),
            ErrorClass::DeniedByServiceControlPolicy => Self::DeniedByServiceControlPolicy(error),
            ErrorClass::NotReady => Self::NotReady(error),
            // Seen right after CreateMembers and AssociateMember, which take a moment.
            ErrorClass::NotAssociated => Self::JustWritten,
            ErrorClass::AlreadyDone => Self::AlreadyDone(error),
            ErrorClass::HeldByOtherAdministrator => Self::HeldByOtherAdministrator(error),
            ErrorClass::ManagementNotEnabled => Self::ManagementNotEnabled,
            ErrorClass::OrganizationPolicy => Self::OrganizationPolicy(error),
            ErrorClass::LimitReached => Self::LimitReached(error),
            ErrorClass::NoEmail => Self::NoEmail,
            ErrorClass::Throttled
            | ErrorClass::Transient
            | ErrorClass::NotOffered
            | ErrorClass::Invalid
            | ErrorClass::Unrecognised => Self::ActionFailed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unseen(class: ErrorClass) -> Unseen {
        let (code, message) = ("AccessDeniedException".to_owned(), String::new());
        Unseen::Failed(Arc::new(ServiceError { operation: "ListMembers", class, code, message, request_id: None }))
    }

    #[test]
    fn a_refused_look_needs_a_person_and_a_failed_one_another_try() {
        let state = |class| Reason::not_observed(&unseen(class)).state();
        assert_eq!(state(ErrorClass::Denied), State::Blocked);
        assert_eq!(state(ErrorClass::DeniedByServiceControlPolicy), State::Blocked);
        assert_eq!(state(ErrorClass::NotReady), State::Pending);
        assert_eq!(state(ErrorClass::Throttled), State::Unknown);
        assert_eq!(state(ErrorClass::Transient), State::Unknown);
        assert_eq!(Reason::not_observed(&Unseen::NotAsked).state(), State::Unknown);
    }
}
