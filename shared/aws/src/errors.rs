//! From the SDK's errors to the core's: code, message without e-mail addresses, request id, class. No I/O.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::{
    client::{orchestrator::HttpResponse, result::SdkError},
    http::Headers,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use rollcall_core::{ErrorClass, ServiceError};

use crate::class::class_of;

/// A sentence longer than this many characters says no more to a person.
const LONGEST_MESSAGE: usize = 600;

/// The core's error for what the SDK answered.
///
/// Where no answer came, the code is a word of our own: `TimedOut`, `NotReached`, `Unreadable`, `NoCredentials`,
/// `NotSent`. A role that could not be assumed is told as an error of `AssumeRole`.
#[must_use]
pub fn service_error<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> ServiceError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(context) => {
            let (code, message) = (context.err().code(), context.err().message());
            answered(operation, code, message, context.raw())
        }
        SdkError::ResponseError(context) => ServiceError {
            request_id: request_id(context.raw().headers()),
            ..own(operation, class_of_unreadable(context.raw()), "Unreadable", error)
        },
        SdkError::TimeoutError(_) => own(operation, ErrorClass::Transient, "TimedOut", error),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            own(operation, ErrorClass::Transient, "TimedOut", error)
        }
        _ => of_credentials(operation, error).unwrap_or_else(|| match error {
            SdkError::DispatchFailure(_) => {
                let mut error = own(operation, ErrorClass::Transient, "NotReached", error);
                error.message.insert_str(0, "no connection; where this stays, the region may not have the service: ");
                error
            }
            _ => own(operation, ErrorClass::Invalid, "NotSent", error),
        }),
    }
}

/// An answer that lacks what it must have.
pub(crate) fn unreadable(operation: &'static str, message: &str) -> ServiceError {
    ServiceError {
        operation,
        class: ErrorClass::Unrecognised,
        code: "Unreadable".to_owned(),
        message: message.to_owned(),
        request_id: None,
    }
}

fn answered(operation: &'static str, code: Option<&str>, message: Option<&str>, answer: &HttpResponse) -> ServiceError {
    let status = answer.status().as_u16();
    let message = message.unwrap_or_default();
    ServiceError {
        operation,
        class: class_of(code.unwrap_or_default(), message, Some(status)),
        code: code.map_or_else(|| format!("HTTP {status}"), ToOwned::to_owned),
        message: told(message),
        request_id: request_id(answer.headers()),
    }
}

fn class_of_unreadable(answer: &HttpResponse) -> ErrorClass {
    // An answer cut short, or one from something in between, such as a proxy.
    class_of("", "", Some(answer.status().as_u16()).filter(|status| *status >= 400).or(Some(500)))
}

fn own(operation: &'static str, class: ErrorClass, code: &str, error: &(dyn Error + 'static)) -> ServiceError {
    ServiceError { operation, class, code: code.to_owned(), message: told(&chain_of(error)), request_id: None }
}

/// The error of a call that failed before it was sent, since no credentials could be had.
fn of_credentials(operation: &'static str, error: &(dyn Error + 'static)) -> Option<ServiceError> {
    let credentials = find::<CredentialsError>(error)?;
    if let Some(refused) = find::<SdkError<AssumeRoleError, HttpResponse>>(credentials) {
        return Some(service_error("AssumeRole", refused));
    }
    let class = match credentials {
        CredentialsError::ProviderTimedOut(_) => ErrorClass::Transient,
        _ => ErrorClass::Denied,
    };
    Some(own(operation, class, "NoCredentials", credentials))
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// An error and its causes in one line.
#[must_use]
pub(crate) fn chain_of(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in causes(error) {
        let words = cause.to_string();
        if said.last() != Some(&words) {
            said.push(words);
        }
    }
    said.join(": ")
}

fn told(message: &str) -> String {
    redacted(message).chars().take(LONGEST_MESSAGE).collect()
}

/// A text without e-mail addresses.
#[must_use]
pub fn redacted(text: &str) -> String {
    let part_of_address = |c: char| c.is_alphanumeric() || "._%+-".contains(c);
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let host = after.trim_start_matches(part_of_address);
        let name = before.trim_end_matches(part_of_address);
        let redact = name.len() < before.len() && host.len() < after.len();
        kept.push_str(if redact { name } else { before });
        kept.push_str(if redact { "(e-mail)" } else { "@" });
        rest = if redact { host } else { after };
    }
    kept.push_str(rest);
    kept
}

fn request_id(headers: &Headers) -> Option<String> {
    headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id")).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::{client::result::ConnectorError, http::StatusCode};
    use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};

    use super::*;

    fn answer(status: u16) -> HttpResponse {
        let mut answer = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
        answer.headers_mut().insert("x-amzn-requestid", "11112222-3333");
        answer
    }

    fn refused(role_error: ErrorMetadata) -> SdkError<AssumeRoleError, HttpResponse> {
        SdkError::service_error(AssumeRoleError::generic(role_error), answer(403))
    }

    #[test]
    fn an_answer_keeps_code_message_and_request_id() {
        let metadata = ErrorMetadata::builder().code("AccessDenied").message("ask root@example.com first").build();
        let error = service_error("ListMembers", &refused(metadata));
        assert_eq!(error.class, ErrorClass::Denied);
        assert_eq!(error.to_string(), "ListMembers answered AccessDenied: ask (e-mail) first (request 11112222-3333)");
    }

    #[test]
    fn an_answer_without_a_code_is_told_by_its_status() {
        let error = SdkError::<AssumeRoleError, _>::service_error(
            AssumeRoleError::generic(ErrorMetadata::builder().build()),
            answer(429),
        );
        let error = service_error("ListMembers", &error);
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Throttled, "HTTP 429"));
    }

    #[test]
    fn what_was_not_answered_is_transient() {
        for (cause, code) in [
            (ConnectorError::timeout("too slow".into()), "TimedOut"),
            (ConnectorError::io("refused".into()), "NotReached"),
        ] {
            let error = service_error::<AssumeRoleError>("ListMembers", &SdkError::dispatch_failure(cause));
            assert_eq!((error.class, error.code.as_str()), (ErrorClass::Transient, code), "{error}");
        }
        let error = service_error::<AssumeRoleError>("ListMembers", &SdkError::timeout_error("40 s"));
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Transient, "TimedOut"));
    }

    #[test]
    fn a_page_of_html_with_status_200_is_transient() {
        let error = SdkError::<AssumeRoleError, _>::response_error("expected `{`", answer(200));
        let error = service_error("ListMembers", &error);
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Transient, "Unreadable"));
    }

    #[test]
    fn a_role_that_cannot_be_assumed_is_an_error_of_assume_role() {
        let metadata = ErrorMetadata::builder().code("AccessDenied").message("not allowed to assume").build();
        let cause = CredentialsError::provider_error(refused(metadata));
        let error = SdkError::<AssumeRoleError, HttpResponse>::construction_failure(cause);
        let error = service_error("ListMembers", &error);
        assert_eq!((error.operation, error.class), ("AssumeRole", ErrorClass::Denied));
    }

    #[test]
    fn missing_credentials_are_told_so() {
        let cause = CredentialsError::not_loaded("no providers in chain provided credentials");
        let error = SdkError::<AssumeRoleError, HttpResponse>::construction_failure(cause);
        assert_eq!(service_error("ListMembers", &error).code, "NoCredentials");
    }

    #[test]
    fn addresses_are_redacted_and_nothing_else() {
        for (text, shown) in [
            ("", ""),
            ("no address", "no address"),
            ("<a.b+c@example.co.uk> taken", "<(e-mail)> taken"),
            ("a@b.c, d@e.f", "(e-mail), (e-mail)"),
            ("@ alone, half@ and @half", "@ alone, half@ and @half"),
            ("assumed-role/Admin/me@example.com is", "assumed-role/Admin/(e-mail) is"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }
}
