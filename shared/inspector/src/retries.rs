//! Keeps the SDK from trying again what cannot succeed. No I/O.

use aws_sdk_inspector2::{error::ProvideErrorMetadata, operation::get_member::GetMemberError};
use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    retries::classifiers::{ClassifyRetry, RetryAction},
};

use crate::failure::says_not_a_member;

/// `GetMember` of an account that is no member was seen to answer HTTP 500, which the SDK would try again for seconds.
#[derive(Debug)]
pub(crate) struct NotAMember;

impl ClassifyRetry for NotAMember {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let error = error.and_then(|error| error.as_operation_error()?.downcast_ref::<GetMemberError>());
        if error.and_then(ProvideErrorMetadata::message).is_some_and(says_not_a_member) {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "an account that is no member"
    }
}
