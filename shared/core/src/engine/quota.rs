//! A quota of members that turned out to be reached: what is still to be associated would be refused too. No I/O.

use std::sync::OnceLock;

use crate::{AccountFailure, Action, ErrorClass, ServiceError};

/// What AWS answered when it had no room for another member, if it did.
#[derive(Debug, Default)]
pub(super) struct Quota(OnceLock<ServiceError>);

impl Quota {
    /// The refusal that an association would meet. Where many thousand accounts are too many, each of them would cost a
    /// call in every sweep; so a few find out, and the others are told the same.
    pub(super) fn forbids(&self, action: &Action) -> Option<ServiceError> {
        self.0.get().filter(|_| matches!(action, Action::Associate { .. })).cloned()
    }

    /// Keeps the refusal, where an association met it.
    pub(super) fn learn(&self, action: &Action, result: &Result<Vec<AccountFailure>, ServiceError>) {
        if !matches!(action, Action::Associate { .. }) {
            return;
        }
        let error = match result {
            Ok(failures) => failures.iter().map(|failure| &failure.error).find(|error| is_reached(error)),
            Err(error) => Some(error).filter(|error| is_reached(error)),
        };
        if let Some(error) = error {
            self.0.get_or_init(|| error.clone());
        }
    }
}

fn is_reached(error: &ServiceError) -> bool {
    error.class == ErrorClass::LimitReached
}
