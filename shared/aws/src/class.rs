//! What an error code means for what is done next. No I/O.

use rollcall_core::ErrorClass;

/// The class of an error by its code, and by its sentence only where AWS gives nothing else.
///
/// `status` is the HTTP status, where an answer came: it decides where the code is missing or not known.
#[must_use]
pub(crate) fn class_of(code: &str, message: &str, status: Option<u16>) -> ErrorClass {
    if status == Some(429) {
        return ErrorClass::Throttled;
    }
    by_code(code, message).unwrap_or_else(|| match status {
        Some(500..=599) => ErrorClass::Transient,
        Some(402) => ErrorClass::LimitReached,
        Some(401 | 403) => denial(message),
        _ => ErrorClass::Unrecognised,
    })
}

fn by_code(code: &str, message: &str) -> Option<ErrorClass> {
    Some(match code {
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "RequestThrottledException"
        | "RequestThrottled"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "BandwidthLimitExceeded" => ErrorClass::Throttled,
        // Inspector and Account Management answer so both for what is there already and, below, for a race.
        "ConflictException" if message.contains("already") => ErrorClass::AlreadyDone,
        "InternalServerErrorException"
        | "InternalServerException"
        | "InternalFailure"
        | "InternalError"
        | "InternalServerError"
        | "ServiceException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "RequestTimeout"
        | "RequestTimeoutException"
        | "ConcurrentModificationException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "ConflictException" => ErrorClass::Transient,

        // Seen for accounts and regions that are too new for a service.
        "SubscriptionRequiredException"
        | "OptInRequired"
        | "RegionDisabledException"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "FinalizingOrganizationException" => ErrorClass::NotReady,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "AccessDeniedForDependencyException" => denial(message),
        "ServiceQuotaExceededException" | "LimitExceededException" => ErrorClass::LimitReached,
        "BadRequestException"
        | "ValidationException"
        | "ValidationError"
        | "InvalidInputException"
        | "ConstraintViolationException"
        | "ResourceNotFoundException"
        | "AccountNotFoundException"
        | "AWSOrganizationsNotInUseException"
        | "UnsupportedAPIEndpointException" => ErrorClass::Invalid,
        _ => return None,
    })
}

/// AWS denies with one code, whoever denies; only the sentence tells.
fn denial(message: &str) -> ErrorClass {
    if message.contains("service control policy") {
        ErrorClass::DeniedByServiceControlPolicy
    } else if message.contains("is not supported in") {
        // Inspector: "Lambda code scanning is not supported in <region>", seen live.
        ErrorClass::NotOffered
    } else {
        ErrorClass::Denied
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_classed_by_code_then_by_status() {
        use ErrorClass as C;
        let table = [
            ("", "", Some(429), C::Throttled),
            ("BadRequestException", "", Some(429), C::Throttled),
            ("TooManyRequestsException", "You have sent too many requests", Some(400), C::Throttled),
            ("ThrottlingException", "Rate exceeded", Some(400), C::Throttled),
            ("InternalServerErrorException", "", Some(500), C::Transient),
            ("", "", Some(503), C::Transient),
            ("SomethingNew", "", Some(500), C::Transient),
            ("ConcurrentModificationException", "", Some(400), C::Transient),
            ("SubscriptionRequiredException", "", Some(403), C::NotReady),
            ("OptInRequired", "", Some(403), C::NotReady),
            ("RegionDisabledException", "", Some(403), C::NotReady),
            ("UnrecognizedClientException", "", Some(403), C::NotReady),
            ("AccessDeniedException", "User is not authorized to perform: guardduty:ListMembers", Some(403), C::Denied),
            (
                "AccessDeniedException",
                "… is not authorized to perform: x with an explicit deny in a service control policy",
                Some(403),
                C::DeniedByServiceControlPolicy,
            ),
            ("AccessDeniedException", "Lambda code scanning is not supported in eu-west-3", Some(403), C::NotOffered),
            ("", "", Some(403), C::Denied),
            ("ServiceQuotaExceededException", "", Some(402), C::LimitReached),
            ("ConflictException", "… is already enabled as the delegated admin", Some(409), C::AlreadyDone),
            ("ConflictException", "another operation is running", Some(409), C::Transient),
            ("BadRequestException", "", Some(400), C::Invalid),
            ("ValidationException", "", Some(400), C::Invalid),
            ("SomethingNew", "", Some(400), C::Unrecognised),
            ("SomethingNew", "", None, C::Unrecognised),
        ];
        for (code, message, status, class) in table {
            assert_eq!(class_of(code, message, status), class, "{code} {message} {status:?}");
        }
    }
}
