//! Who calls, how patiently, and what an adapter is made of. No I/O.

use std::{sync::Arc, time::Duration};

use rollcall_core::{AccountId, Region, Roster};

use crate::Aws;

/// How often and how long a call is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How often a call is tried in all, the first time included.
    pub max_attempts: u32,
    /// The longest pause before the second try; it doubles with each further one, up to 20 seconds.
    pub initial_backoff: Duration,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long one try may take.
    pub attempt_timeout: Duration,
    /// How long a call may take with all its tries and pauses.
    pub operation_timeout: Duration,
}

impl Default for Settings {
    /// Four tries, a second's backoff; a call ends within 40 seconds, well below a function's deadline.
    fn default() -> Self {
        Self {
            max_attempts: 4,
            initial_backoff: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(3),
            attempt_timeout: Duration::from_secs(15),
            operation_timeout: Duration::from_secs(40),
        }
    }
}

/// Where the process's own credentials come from, and where calls go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Source {
    /// The environment, files, single sign-on, containers: the SDK's default chain.
    #[default]
    Environment,
    /// A profile of the files that AWS's tools share.
    Profile(String),
    /// Another endpoint than AWS's, which knows callers by the id of their access key.
    Endpoint {
        /// Its address.
        url: String,
        /// The caller.
        access_key_id: String,
    },
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Access {
    /// The role to assume; `None` for the account that the process runs in.
    pub role_arn: Option<String>,
}

impl Access {
    /// An access by a role's ARN; empty means the account that the process runs in.
    #[must_use]
    pub fn new(role_arn: &str) -> Self {
        Self { role_arn: (!role_arn.is_empty()).then(|| role_arn.to_owned()) }
    }

    /// The account that the calls come from, where the role's ARN tells.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.role_arn.as_deref().and_then(account_of_arn)
    }
}

/// The account in an ARN, its fifth part.
pub(crate) fn account_of_arn(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4)?.parse().ok()
}

/// What a service's adapter is made of: one service in one region, and who may do what there.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The process's clients.
    pub aws: Arc<Aws>,
    /// The target's region.
    pub region: Region,
    /// The account that is to administer the service.
    pub administrator: AccountId,
    /// Everything about members.
    pub administrator_access: Access,
    /// Reads as the management account.
    pub management_read: Access,
    /// Writes as the management account: designation, its own enrolment.
    pub management_write: Access,
    /// The organization, for the management account's id and the e-mail addresses.
    pub roster: Arc<Roster>,
    /// How many calls run at a time within the target; at least one.
    pub concurrency: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_role_is_the_account_that_the_process_runs_in() {
        assert_eq!(Access::new(""), Access::default());
        assert_eq!(Access::new("").account(), None);
    }

    #[test]
    fn a_role_names_its_account() {
        let access = Access::new("arn:aws:iam::111122223333:role/rollcall/administrator");
        assert_eq!(access.account().unwrap().to_string(), "111122223333");
        assert_eq!(Access::new("not an arn").account(), None);
    }
}
