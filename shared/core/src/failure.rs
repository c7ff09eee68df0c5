//! What went wrong, as it is kept and told: a call's error, and one account's failure within a call. No I/O.

use std::fmt;

use serde::Serialize;

use crate::AccountId;

/// What an error means for what is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// Too many calls; the next run tries again.
    Throttled,
    /// A fault of the service or the network, or a time-out; the next run tries again.
    Transient,
    /// The caller lacks a permission.
    Denied,
    /// A service control policy denies the call.
    DeniedByServiceControlPolicy,
    /// The account or the region is too new for the service; a later run succeeds.
    NotReady,
    /// The account is not associated, or not yet.
    NotAssociated,
    /// The account belongs to another administrator.
    HeldByOtherAdministrator,
    /// The management account must turn the service on first.
    ManagementNotEnabled,
    /// An AWS Organizations policy manages the setting.
    OrganizationPolicy,
    /// The region does not offer the feature.
    NotOffered,
    /// The account's e-mail address, which the call needs, is not known.
    NoEmail,
    /// A quota is reached.
    LimitReached,
    /// The service answers that there is nothing to change.
    AlreadyDone,
    /// The service refuses the request as it was made.
    Invalid,
    /// Nothing that this version recognises.
    Unrecognised,
}

impl ErrorClass {
    /// Whether the caller was refused, which a person must see to.
    #[must_use]
    pub fn is_denial(self) -> bool {
        matches!(self, Self::Denied | Self::DeniedByServiceControlPolicy)
    }

    /// Whether the same call may succeed when it is made again, without anybody's doing.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Throttled | Self::Transient)
    }

    /// The class as logs and reports print it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Denied => "denied",
            Self::DeniedByServiceControlPolicy => "denied-by-service-control-policy",
            Self::NotReady => "not-ready",
            Self::NotAssociated => "not-associated",
            Self::HeldByOtherAdministrator => "held-by-other-administrator",
            Self::ManagementNotEnabled => "management-not-enabled",
            Self::OrganizationPolicy => "organization-policy",
            Self::NotOffered => "not-offered",
            Self::NoEmail => "no-email",
            Self::LimitReached => "limit-reached",
            Self::AlreadyDone => "already-done",
            Self::Invalid => "invalid",
            Self::Unrecognised => "unrecognised",
        }
    }
}

/// A call that failed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ServiceError {
    /// AWS's name of the operation, such as `CreateMembers`.
    pub operation: &'static str,
    /// What the error means for what is done next.
    pub class: ErrorClass,
    /// AWS's error code, or a word of our own where no answer came.
    pub code: String,
    /// AWS's message, without e-mail addresses.
    pub message: String,
    /// AWS's request id, for a support case.
    pub request_id: Option<String>,
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}", self.operation, self.code)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

/// One account that a successful call did not serve, as `UnprocessedAccounts`, `failedAccounts` and
/// `failedAccountIds` tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFailure {
    /// The account.
    pub account: AccountId,
    /// Why.
    pub error: ServiceError,
}
