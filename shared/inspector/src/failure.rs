//! What Inspector's refusals mean: of whole calls, and of single accounts within a call. No I/O.

use std::collections::BTreeMap;

use aws_sdk_inspector2::types::{ErrorCode, FailedAccount, FailedMemberAccountEc2DeepInspectionStatusState, Status};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use rollcall_aws::{redacted, service_error};
use rollcall_core::{AccountFailure, AccountId, ErrorClass, ServiceError};

/// In the message of every denial by IAM.
const DENIED_BY_IAM: &str = "not authorized to perform";

/// The error of a call, in Inspector's meaning.
pub(crate) fn of_call<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> ServiceError
where
    E: aws_sdk_inspector2::error::ProvideErrorMetadata + std::error::Error + 'static,
{
    refined(service_error(operation, error))
}

/// AWS gives one code for every request that it refuses; only the sentence tells.
fn refined(mut error: ServiceError) -> ServiceError {
    let says = |words: &str| error.message.contains(words);
    if is_by_organization_policy(&error) {
        error.class = ErrorClass::OrganizationPolicy;
    } else if error.code == "ValidationException" {
        // Each seen live but the last, which is inferred from GuardDuty's.
        if says("already a member or associated member of the current account") {
            error.class = ErrorClass::AlreadyDone;
        } else if says("Invoking account is not enabled") {
            error.class = ErrorClass::NotReady;
        } else if says("is not an associated member") {
            error.class = ErrorClass::NotAssociated;
        } else if says("member of another account") {
            error.class = ErrorClass::HeldByOtherAdministrator;
        }
    }
    error
}

/// Whether a whole call is refused for an Organizations policy, such as to disassociate an account of which it manages
/// something (AWS documentation). With which words is a guess; denials by IAM name policies too.
fn is_by_organization_policy(error: &ServiceError) -> bool {
    let message = error.message.to_lowercase();
    matches!(error.class, ErrorClass::Invalid | ErrorClass::Denied)
        && message.contains("policy")
        && message.contains("organization")
        && !message.contains(DENIED_BY_IAM)
}

/// Whether Inspector itself says that the caller is not the one who may ask, rather than IAM.
pub(crate) fn not_the_administrator(error: &ServiceError) -> bool {
    // "Invoking account does not have access to …", seen live for the organization configuration and for members.
    error.class == ErrorClass::Denied && error.message.contains("Invoking account")
}

/// Whether Inspector says that the account is no member. Seen live: either error.
pub(crate) fn not_a_member(error: &ServiceError) -> bool {
    error.code == "ResourceNotFoundException" || says_not_a_member(&error.message) || not_the_administrator(error)
}

/// The sentence about an account that is no member, which comes with HTTP 404, 400 and 500 alike.
pub(crate) fn says_not_a_member(message: &str) -> bool {
    message.contains("is not an associated member")
}

/// An error of our own about a call's answer.
pub(crate) fn own(
    operation: &'static str,
    class: ErrorClass,
    code: &str,
    error: &(dyn std::error::Error + 'static),
) -> ServiceError {
    ServiceError { operation, class, code: code.to_owned(), message: error.to_string(), request_id: None }
}

/// The error for an answer that lacks what was asked for.
pub(crate) fn not_answered(operation: &'static str, message: &str, request_id: Option<&str>) -> ServiceError {
    ServiceError {
        operation,
        class: ErrorClass::Transient,
        code: "NotAnswered".to_owned(),
        message: message.to_owned(),
        request_id: request_id.map(ToOwned::to_owned),
    }
}

/// A `failedAccounts` entry.
pub(crate) fn of_account(operation: &'static str, failed: &FailedAccount, request_id: Option<&str>) -> ServiceError {
    ServiceError {
        operation,
        class: class_in(operation, failed.error_code(), failed.error_message()),
        code: failed.error_code().as_str().to_owned(),
        message: redacted(failed.error_message()),
        request_id: request_id.map(ToOwned::to_owned),
    }
}

/// A `failedAccountIds` entry, which has no code.
pub(crate) fn of_deep_inspection(
    operation: &'static str,
    failed: &FailedMemberAccountEc2DeepInspectionStatusState,
    request_id: Option<&str>,
) -> ServiceError {
    let message = failed.error_message().unwrap_or_default();
    let class = match failed.ec2_scan_status() {
        _ if says_no_access(message) => ErrorClass::NotAssociated,
        Some(Status::Enabling | Status::Disabled) => ErrorClass::NotReady,
        _ => ErrorClass::Transient,
    };
    let code = failed.ec2_scan_status().map_or("FAILED", Status::as_str).to_owned();
    let request_id = request_id.map(ToOwned::to_owned);
    ServiceError { operation, class, code, message: redacted(message), request_id }
}

fn says_no_access(message: &str) -> bool {
    message.contains("does not have access to this account")
}

/// The class of an account's failure within a call: what is under way may be what was asked for, or the contrary.
fn class_in(operation: &str, code: &ErrorCode, message: &str) -> ErrorClass {
    match code {
        ErrorCode::DisableInProgress if operation == "Disable" => ErrorClass::AlreadyDone,
        ErrorCode::AlreadyEnabled | ErrorCode::EnableInProgress if operation == "Disable" => ErrorClass::Transient,
        _ => class_of(code, message),
    }
}

fn class_of(code: &ErrorCode, message: &str) -> ErrorClass {
    match code {
        ErrorCode::AlreadyEnabled | ErrorCode::EnableInProgress => ErrorClass::AlreadyDone,
        // Seen live for an account that is not associated, or not yet.
        ErrorCode::AccessDenied => match message {
            _ if message.contains("service control policy") => ErrorClass::DeniedByServiceControlPolicy,
            _ if message.contains(DENIED_BY_IAM) => ErrorClass::Denied,
            _ => ErrorClass::NotAssociated,
        },
        ErrorCode::BlockedByOrganizationPolicy => ErrorClass::OrganizationPolicy,
        ErrorCode::Ec2SsmResourceDataSyncLimitExceeded | ErrorCode::Ec2SsmAssociationVersionLimitExceeded => {
            ErrorClass::LimitReached
        }
        ErrorCode::SsmThrottled | ErrorCode::EventbridgeThrottled => ErrorClass::Throttled,
        ErrorCode::InternalError
        | ErrorCode::SsmUnavailable
        | ErrorCode::EventbridgeUnavailable
        | ErrorCode::DisableInProgress
        | ErrorCode::SuspendInProgress => ErrorClass::Transient,
        ErrorCode::ResourceNotFound
        | ErrorCode::ResourceScanNotDisabled
        | ErrorCode::DisassociateAllMembers
        | ErrorCode::AccountIsIsolated => ErrorClass::Invalid,
        _ => ErrorClass::Unrecognised,
    }
}

/// Failures by account, each account once. An entry that names no account is logged, since it is lost otherwise.
pub(crate) fn by_account<'a>(
    failures: impl Iterator<Item = (&'a str, ServiceError)>,
) -> BTreeMap<AccountId, ServiceError> {
    let mut found = BTreeMap::new();
    for (account, error) in failures {
        match account.parse() {
            Ok(account) => drop(found.entry(account).or_insert(error)),
            Err(invalid) => tracing::warn!(%error, %invalid, "a failure could not be attributed to an account"),
        }
    }
    found
}

/// Failures as the core takes them.
pub(crate) fn list(failures: BTreeMap<AccountId, ServiceError>) -> Vec<AccountFailure> {
    failures.into_iter().map(|(account, error)| AccountFailure { account, error }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, class: ErrorClass, message: &str) -> ServiceError {
        let (code, message) = (code.to_owned(), message.to_owned());
        ServiceError { operation: "AssociateMember", class, code, message, request_id: None }
    }

    #[test]
    fn refusals_are_told_apart_by_their_sentence_where_they_share_a_code() {
        use ErrorClass as C;
        let rejected = "The request is rejected because the given account ID is";
        for (message, class) in [
            (format!("{rejected} already a member or associated member of the current account."), C::AlreadyDone),
            (format!("{rejected} not an associated member of account the current account."), C::NotAssociated),
            (format!("{rejected} already a member of another account."), C::HeldByOtherAdministrator),
            ("Invoking account is not enabled".to_owned(), C::NotReady),
            ("1 validation error detected".to_owned(), C::Invalid),
        ] {
            assert_eq!(refined(refusal("ValidationException", C::Invalid, &message)).class, class, "{message}");
        }
    }

    #[test]
    fn a_denial_by_iam_says_nothing_about_who_is_the_administrator() {
        let denied = |message| refusal("AccessDeniedException", ErrorClass::Denied, message);
        let by_inspector = denied("Invoking account does not have access to get member account");
        assert!(not_the_administrator(&by_inspector) && not_a_member(&by_inspector));
        let by_iam = denied("User: arn:… is not authorized to perform: inspector2:GetMember on resource: *");
        assert!(!not_the_administrator(&by_iam) && !not_a_member(&by_iam));
    }

    #[test]
    fn an_account_that_is_no_member_is_recognised_whatever_the_status() {
        let message = "The request is rejected because the given account ID is not an associated member of account";
        assert!(not_a_member(&refusal("InternalServerException", ErrorClass::Transient, message)));
        assert!(not_a_member(&refusal("ResourceNotFoundException", ErrorClass::Invalid, "")));
        assert!(!not_a_member(&refusal("InternalServerException", ErrorClass::Transient, "")));
    }

    #[test]
    fn every_error_code_of_the_model_has_a_class() {
        for code in ErrorCode::values() {
            assert_ne!(class_of(&ErrorCode::from(*code), ""), ErrorClass::Unrecognised, "{code}");
        }
        assert_eq!(class_of(&ErrorCode::from("OUT_OF_INK"), ""), ErrorClass::Unrecognised);
    }

    #[test]
    fn access_denied_for_an_account_means_not_associated_unless_iam_says_so() {
        for (message, class) in [
            ("Invoking account does not have access to this account", ErrorClass::NotAssociated),
            ("… is not authorized to perform: iam:CreateServiceLinkedRole", ErrorClass::Denied),
            (
                "… is not authorized to perform: x with an explicit deny in a service control policy",
                ErrorClass::DeniedByServiceControlPolicy,
            ),
        ] {
            assert_eq!(class_of(&ErrorCode::AccessDenied, message), class, "{message}");
        }
    }

    #[test]
    fn what_is_under_way_is_done_or_in_the_way() {
        use ErrorClass as C;
        for (operation, code, class) in [
            ("Enable", ErrorCode::EnableInProgress, C::AlreadyDone),
            ("Enable", ErrorCode::DisableInProgress, C::Transient),
            ("Disable", ErrorCode::DisableInProgress, C::AlreadyDone),
            ("Disable", ErrorCode::EnableInProgress, C::Transient),
            ("Disable", ErrorCode::BlockedByOrganizationPolicy, C::OrganizationPolicy),
            ("Enable", ErrorCode::BlockedByOrganizationPolicy, C::OrganizationPolicy),
        ] {
            assert_eq!(class_in(operation, &code, ""), class, "{operation} {code}");
        }
    }

    #[test]
    fn a_whole_call_that_an_organization_policy_refuses_is_told_from_a_denial() {
        let refused = |class, message| refined(refusal("AccessDeniedException", class, message)).class;
        let managed = "The account is managed by an Amazon Inspector organization policy";
        assert_eq!(refused(ErrorClass::Denied, managed), ErrorClass::OrganizationPolicy);
        let iam = "… is not authorized to perform: inspector2:UpdateOrganizationConfiguration because no identity-based \
                   policy allows it";
        assert_eq!(refused(ErrorClass::Denied, iam), ErrorClass::Denied);
        let by_control = ErrorClass::DeniedByServiceControlPolicy;
        assert_eq!(refused(by_control, managed), by_control);
    }

    #[test]
    fn an_account_that_fails_twice_is_told_once() {
        let first = refusal("ACCESS_DENIED", ErrorClass::NotAssociated, "first");
        let second = refusal("INTERNAL_ERROR", ErrorClass::Transient, "second");
        let failures = [("111122223333", first.clone()), ("111122223333", second.clone()), ("not an id", second)];
        let found = list(by_account(failures.into_iter()));
        assert_eq!(found, [AccountFailure { account: "111122223333".parse().unwrap(), error: first }]);
    }
}
