//! Who calls, as STS sees it: proof that credentials are there and that a role can be assumed. I/O: STS.

use aws_sdk_sts::Client;
use rollcall_core::{AccountId, Region, ServiceError};

use crate::{Access, Aws, errors::unreadable, redacted, service_error};

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// The ARN of the user or session; e-mail addresses, which single sign-on names sessions by, are left out.
    pub arn: String,
}

impl Aws {
    /// Who the calls of `access` are made by. Needs no permission but, with a role, to assume it.
    pub async fn caller(&self, access: &Access, region: &Region) -> Result<Caller, ServiceError> {
        const GET: &str = "GetCallerIdentity";
        let client = Client::new(&self.config(access, region).await);
        let identity = client.get_caller_identity().send().await.map_err(|error| service_error(GET, &error))?;
        let account = identity.account().and_then(|id| id.parse().ok());
        let account = account.ok_or_else(|| unreadable(GET, "the answer names no account"))?;
        Ok(Caller { account, arn: redacted(identity.arn().unwrap_or_default()) })
    }
}
