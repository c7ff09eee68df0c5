//! Who administers Inspector in the region. I/O.

use aws_sdk_inspector2::types::{DelegatedAdminAccount, DelegatedAdminStatus};
use rollcall_core::{AccountId, ErrorClass, ServiceError};

use crate::{calls::Calls, failure::not_the_administrator};

/// The region's administrator, where the intended one could not read the organization configuration: `refusal` says
/// why. The management account is asked where that is allowed, or else what the intended administrator sees itself.
pub(crate) async fn administrator(
    calls: &Calls,
    refusal: &ServiceError,
    as_management: bool,
) -> Result<Option<AccountId>, ServiceError> {
    if says_nothing(refusal) {
        return Err(refusal.clone());
    }
    if !as_management {
        return own_view(calls).await;
    }
    match calls.delegated_administrators().await {
        Ok(found) => Ok(designated(&found)),
        Err(error) if says_nothing(&error) => Err(error),
        // The read access may be another account's than the management account's. AWS also refuses to list where
        // the caller is the administrator itself.
        Err(error) => match calls.delegated_administrator().await {
            Ok(found) => Ok(found.and_then(|found| account(found.account_id()))),
            Err(_) => Err(error),
        },
    }
}

/// What the intended administrator sees itself. That Inspector refuses it to look says that it is not the one.
async fn own_view(calls: &Calls) -> Result<Option<AccountId>, ServiceError> {
    match calls.delegated_administrator().await {
        Ok(found) => Ok(found.and_then(|found| account(found.account_id()))),
        Err(error) if not_the_administrator(&error) || error.code == "ValidationException" => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether an error leaves open who the administrator is: it would come for any account, or go by itself.
fn says_nothing(error: &ServiceError) -> bool {
    match error.class {
        ErrorClass::Throttled | ErrorClass::Transient | ErrorClass::DeniedByServiceControlPolicy => true,
        // "Invoking account is not enabled" comes from Inspector; an account or region that is too new, from AWS.
        ErrorClass::NotReady => error.code != "ValidationException",
        // A role that cannot be assumed, or no credentials.
        ErrorClass::Denied => error.operation == "AssumeRole" || error.code == "NoCredentials",
        _ => false,
    }
}

/// The enabled administrator, or else the one that is being removed: as long as it is there, no other can be.
fn designated(found: &[DelegatedAdminAccount]) -> Option<AccountId> {
    let enabled = found.iter().find(|one| one.status() == Some(&DelegatedAdminStatus::Enabled));
    enabled.or(found.first()).and_then(|one| account(one.account_id()))
}

fn account(id: Option<&str>) -> Option<AccountId> {
    id.and_then(|id| id.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, status: &str) -> DelegatedAdminAccount {
        DelegatedAdminAccount::builder().account_id(id).status(DelegatedAdminStatus::from(status)).build()
    }

    fn error(operation: &'static str, class: ErrorClass, code: &str) -> ServiceError {
        ServiceError { operation, class, code: code.to_owned(), message: String::new(), request_id: None }
    }

    #[test]
    fn an_administrator_that_is_being_removed_still_counts_until_another_is_enabled() {
        let (old, new) = (listed("111111111111", "DISABLE_IN_PROGRESS"), listed("222222222222", "ENABLED"));
        assert_eq!(designated(&[]), None);
        assert_eq!(designated(std::slice::from_ref(&old)), "111111111111".parse().ok());
        assert_eq!(designated(&[old, new]), "222222222222".parse().ok());
    }

    #[test]
    fn an_error_that_goes_by_itself_never_says_that_there_is_no_administrator() {
        use ErrorClass as C;
        for (operation, class, code, open) in [
            ("ListDelegatedAdminAccounts", C::Throttled, "ThrottlingException", true),
            ("ListDelegatedAdminAccounts", C::Transient, "TimedOut", true),
            ("DescribeOrganizationConfiguration", C::NotReady, "UnrecognizedClientException", true),
            ("DescribeOrganizationConfiguration", C::NotReady, "ValidationException", false),
            ("DescribeOrganizationConfiguration", C::Denied, "AccessDeniedException", false),
            ("DescribeOrganizationConfiguration", C::DeniedByServiceControlPolicy, "AccessDeniedException", true),
            ("AssumeRole", C::Denied, "AccessDenied", true),
        ] {
            assert_eq!(says_nothing(&error(operation, class, code)), open, "{operation} {code}");
        }
    }
}
