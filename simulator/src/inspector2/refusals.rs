//! Inspector's errors, with the members that AWS's model requires of each. No I/O.

use crate::service::Refusal;

pub(super) const NO_ACCESS_TO_ACCOUNT: &str = "Invoking account does not have access to this account";

pub(super) fn access_denied(message: impl Into<String>) -> Refusal {
    Refusal::new(403, "AccessDeniedException", message)
}

pub(super) fn validation(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "ValidationException", message).with("reason", "OTHER")
}

pub(super) fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", message)
}

pub(super) fn conflict(message: impl Into<String>, administrator: &str) -> Refusal {
    Refusal::new(409, "ConflictException", message)
        .with("resourceId", administrator)
        .with("resourceType", "DelegatedAdminAccount")
}

/// AWS model: 402.
pub(super) fn quota_exceeded(message: impl Into<String>, resource: &str) -> Refusal {
    Refusal::new(402, "ServiceQuotaExceededException", message).with("resourceId", resource)
}
