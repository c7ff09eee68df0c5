//! GuardDuty's refusals, and the words of its unprocessed accounts. No I/O.

use serde_json::{Value, json};

use crate::{
    iam::{self, Missing},
    service::{Caller, Refusal},
};

// Seen in public code.
pub(super) const NOT_OWNED: &str =
    "The request is rejected because the input detectorId is not owned by the current account.";
pub(super) const DETECTOR_EXISTS: &str =
    "The request is rejected because a detector already exists for the current account.";
pub(super) const INVALID_VALUE: &str =
    "The request is rejected because an invalid or out-of-range value is specified as an input parameter.";
pub(super) const OTHER_ADMINISTRATOR: &str = "The request failed because another account is already enabled as GuardDuty delegated administrator for the organization.";
pub(super) const NO_PERMISSION: &str =
    "The request failed because you do not have required AWS Organization master permission.";
pub(super) const HAS_MEMBERS: &str = "The request is rejected because the current account cannot delete detector while it has invited or associated members.";

// Words inferred; that it is refused is documented.
pub(super) const SAME_ADMINISTRATOR: &str = "The request failed because the account is already enabled as GuardDuty delegated administrator for the organization.";
pub(super) const NO_TRUSTED_ACCESS: &str =
    "The request failed because trusted access for GuardDuty is not enabled in AWS Organizations.";
pub(super) const NOT_THE_ADMINISTRATOR: &str = "The request failed because the given account is not enabled as GuardDuty delegated administrator for the organization.";
pub(super) const IS_MEMBER: &str = "The request is rejected because the current account is a member of an organization, and its administrator decides.";
pub(super) const NO_ADMINISTRATOR: &str =
    "The request is rejected because the current account is not associated with an administrator account.";
pub(super) const SUSPENDS_WITH_MEMBERS: &str =
    "The request is rejected because the current account cannot suspend GuardDuty while it has associated members.";
pub(super) const AUTO_ENABLE_ALL: &str =
    "The request is rejected because GuardDuty is auto-enabled for all accounts of the organization.";
pub(super) const ONE_AUTO_ENABLE: &str =
    "The request is rejected because exactly one of autoEnable and autoEnableOrganizationMembers must be specified.";
pub(super) const MANAGED: &str =
    "The request is rejected because a GuardDuty policy of the organization manages the feature.";
pub(super) const MANAGED_ACCOUNT: &str =
    "The request is rejected because a GuardDuty policy of the organization manages the given account ID.";

// Results of unprocessed accounts, seen in public code.
pub(super) const MANAGEMENT_FIRST: &str =
    "Operation failed because your organization master must first enable GuardDuty to be added as a member";
pub(super) const INTERNAL: &str = "Internal error";
pub(super) const ALREADY_MEMBER: &str = "The request is rejected because the given account ID is already a member or associated member of the current account.";
pub(super) const NOT_ASSOCIATED: &str =
    "The request is rejected because the given account ID is not an associated member of account the current account.";

// Results of unprocessed accounts, with words inferred (an AWS guide of 2020 names the cases).
pub(super) const OWN_ACCOUNT: &str =
    "The request is rejected because the current account cannot be a member of itself.";
pub(super) const HELD: &str =
    "The request is rejected because the given account ID is already a member or associated member of another account.";
pub(super) const MEMBER_LIMIT: &str =
    "The request is rejected because the current account has reached the maximum number of member accounts.";
pub(super) const STILL_ASSOCIATED: &str = "The request is rejected because the current account cannot delete the given member account ID while it is still associated.";
pub(super) const NO_MEMBER: &str =
    "The request is rejected because the given account ID is not a member of the current account.";
pub(super) const SUSPENDED: &str =
    "The request is rejected because the given account ID is suspended in the organization.";
pub(super) const REGION_OFF: &str =
    "The request is rejected because the Region is not enabled for the given account ID.";
pub(super) const RUNTIME_CONFLICT: &str =
    "The request is rejected because EKS_RUNTIME_MONITORING and RUNTIME_MONITORING exclude each other.";

/// The one error that nearly every operation models: the code in the header, an inner type in the body.
pub(super) fn bad_request(message: &str) -> Refusal {
    Refusal::invalid("guardduty", message)
}

/// A permission that the operation needs beside its own is missing.
pub(super) fn access_denied(caller: &Caller, Missing { action, resource, decision }: &Missing) -> Refusal {
    let (user, why) = (&caller.principal, iam::why(*decision, action));
    let message = format!("User: {user} is not authorized to perform: {action} on resource: {resource} {why}");
    Refusal::new(403, "AccessDeniedException", message)
}

/// One entry of `unprocessedAccounts`.
pub(super) fn unprocessed(account: &str, result: &str) -> Value {
    json!({"accountId": account, "result": result})
}
