//! What GuardDuty's sentences mean, where it gives nothing else: unprocessed accounts and bad requests. No I/O.

use rollcall_aws::redacted;
use rollcall_core::{AccountFailure, AccountId, ErrorClass, ServiceError};

/// What a sentence of `unprocessedAccounts[].result` means; those quoted in the tests were seen live.
pub(crate) fn class_of_result(sentence: &str) -> ErrorClass {
    let sentence = sentence.to_lowercase();
    let says = |part: &str| sentence.contains(part);
    if says("not an associated member") || says("not a member") {
        ErrorClass::NotAssociated
    } else if says("master must first enable") || says("administrator must first enable") {
        ErrorClass::ManagementNotEnabled
    } else if says("another account") || says("another administrator") || says("another master") {
        ErrorClass::HeldByOtherAdministrator
    } else if says("already a member") || says("already exists") || says("already enabled") {
        ErrorClass::AlreadyDone
    } else if says("service control policy") {
        ErrorClass::DeniedByServiceControlPolicy
    } else if says("policy") && (says("organization") || says("guardduty_policy")) && !says("not authorized to perform")
    {
        // Not documented, and not seen: a guess that the sentence names the policy. Denials by IAM name policies too.
        ErrorClass::OrganizationPolicy
    } else if says("internal error") || says("internal server error") || says("try again") {
        ErrorClass::Transient
    } else if says("throttl") || says("rate exceeded") || says("too many requests") {
        ErrorClass::Throttled
    } else if (says("limit") || says("maximum number")) && (says("reached") || says("exceed")) {
        ErrorClass::LimitReached
    } else if says("not supported in") || says("not available in") {
        ErrorClass::NotOffered
    } else if says("not subscribed") || says("region is disabled") || says("region is not enabled") {
        ErrorClass::NotReady
    } else if says("not authorized") || says("access denied") {
        ErrorClass::Denied
    } else {
        ErrorClass::Unrecognised
    }
}

/// A whole call's error, with a closer class where GuardDuty said no more than that the request is bad or denied.
pub(crate) fn refined(mut error: ServiceError) -> ServiceError {
    if error.class == ErrorClass::Invalid {
        error.class = match class_of_result(&error.message) {
            ErrorClass::Unrecognised => ErrorClass::Invalid,
            class => class,
        };
    } else if error.class == ErrorClass::Denied && class_of_result(&error.message) == ErrorClass::OrganizationPolicy {
        error.class = ErrorClass::OrganizationPolicy;
    }
    error
}

/// One account that a call left unserved.
pub(crate) fn failure(
    operation: &'static str,
    account: AccountId,
    sentence: &str,
    request_id: Option<&str>,
) -> AccountFailure {
    let error = ServiceError {
        operation,
        class: class_of_result(sentence),
        code: "UnprocessedAccount".to_owned(),
        message: redacted(sentence),
        request_id: request_id.map(ToOwned::to_owned),
    };
    AccountFailure { account, error }
}

/// An error of our own about a call that was not made, or whose answer lacks something.
pub(crate) fn own(operation: &'static str, class: ErrorClass, code: &str, message: &str) -> ServiceError {
    ServiceError { operation, class, code: code.to_owned(), message: message.to_owned(), request_id: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_seen_live_are_recognised() {
        use ErrorClass as C;
        let table = [
            (
                "The request is rejected because the given account ID is already a member or associated member of the \
                 current account.",
                C::AlreadyDone,
            ),
            (
                "The request is rejected because the given account ID is not an associated member of account the \
                 current account.",
                C::NotAssociated,
            ),
            (
                "Operation failed because your organization master must first enable GuardDuty to be added as a member",
                C::ManagementNotEnabled,
            ),
            ("Internal error", C::Transient),
            ("The request is rejected because a detector already exists for the current account.", C::AlreadyDone),
            (
                "The request failed because another account is already enabled as GuardDuty delegated administrator \
                 for the organization.",
                C::HeldByOtherAdministrator,
            ),
            // Guesses.
            ("An organization policy manages the feature", C::OrganizationPolicy),
            (
                "The request is rejected because a GuardDuty policy of your organization manages it.",
                C::OrganizationPolicy,
            ),
            ("It is managed by GUARDDUTY_POLICY", C::OrganizationPolicy),
            (
                "… is not authorized to perform: guardduty:UpdateOrganizationConfiguration because no identity-based \
                 policy allows it",
                C::Denied,
            ),
            ("The member limit of the administrator account is reached", C::LimitReached),
            (
                "The request is rejected because the current account has reached the maximum number of member accounts.",
                C::LimitReached,
            ),
            ("A sentence that nobody knows", C::Unrecognised),
            ("", C::Unrecognised),
        ];
        for (sentence, class) in table {
            assert_eq!(class_of_result(sentence), class, "{sentence}");
        }
    }

    #[test]
    fn a_bad_request_stays_invalid_unless_its_sentence_says_more() {
        let bad = |message: &str| refined(own("UpdateDetector", ErrorClass::Invalid, "BadRequestException", message));
        assert_eq!(bad("an invalid or out-of-range value is specified").class, ErrorClass::Invalid);
        let managed = "a GuardDuty policy of the organization manages the feature.";
        assert_eq!(bad(managed).class, ErrorClass::OrganizationPolicy);
        let denied = refined(own("UpdateDetector", ErrorClass::Denied, "AccessDeniedException", managed));
        assert_eq!(denied.class, ErrorClass::OrganizationPolicy);
        assert_eq!(bad("a detector already exists for the current account.").class, ErrorClass::AlreadyDone);
    }
}
