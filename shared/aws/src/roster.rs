//! The accounts of the organization. I/O: Organizations.

use std::collections::BTreeMap;

use aws_sdk_organizations::{operation::describe_account::DescribeAccountError, types};
use jiff::Timestamp;
use rollcall_core::{Account, AccountId, Email, Roster, ServiceError};

use crate::{
    Organization,
    access::account_of_arn,
    errors::{redacted, unreadable},
    service_error,
};

impl Organization {
    /// All accounts of the organization, from a listing read to its end: 20 accounts a page.
    pub async fn roster(&self) -> Result<Roster, ServiceError> {
        let mut pages = self.shared.reader().await.list_accounts().into_paginator().page_size(20).send();
        let (mut management, mut accounts) = (None, BTreeMap::new());
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| service_error("ListAccounts", &error))?;
            for listed in page.accounts.unwrap_or_default() {
                let (owner, id, account) = account(listed, "ListAccounts")?;
                management.get_or_insert(owner);
                accounts.insert(id, account);
            }
        }
        // The management account itself is always listed, so an organization has at least one account.
        let management = management.ok_or_else(|| unreadable("ListAccounts", "the listing is empty"))?;
        Ok(Roster { management, accounts })
    }

    /// One account, with the id of its organization's management account; `None` when it is not in the organization.
    pub async fn account(&self, id: AccountId) -> Result<Option<(AccountId, Account)>, ServiceError> {
        let answer = self.shared.reader().await.describe_account().account_id(id.to_string()).send().await;
        let described = match answer {
            Ok(described) => described.account,
            Err(error) => {
                if error.as_service_error().is_some_and(DescribeAccountError::is_account_not_found_exception) {
                    return Ok(None);
                }
                return Err(service_error("DescribeAccount", &error));
            }
        };
        let described = described.ok_or_else(|| unreadable("DescribeAccount", "the answer has no account"))?;
        let (management, found, account) = account(described, "DescribeAccount")?;
        if found != id {
            return Err(unreadable("DescribeAccount", &format!("asked for {id}, AWS describes {found}")));
        }
        Ok(Some((management, account)))
    }
}

/// The management account, the account's own id, and the account. An account that cannot be read fails the listing:
/// left out, it would be taken for one that is not there.
fn account(account: types::Account, operation: &'static str) -> Result<(AccountId, AccountId, Account), ServiceError> {
    let id: AccountId = account.id.as_deref().unwrap_or_default().parse().map_err(|invalid| {
        let invalid: rollcall_core::InvalidId = invalid;
        unreadable(operation, &invalid.to_string())
    })?;
    // arn:aws:organizations::<management>:account/o-<organization>/<account>
    let management = account.arn.as_deref().and_then(account_of_arn);
    let management =
        management.ok_or_else(|| unreadable(operation, &format!("the ARN of {id} names no management account")))?;
    let state = account.state.as_ref().map(types::AccountState::as_str);
    // `Status` was to be retired in September 2026; where `State` is absent it still tells.
    let status = account.status.as_ref().map(types::AccountStatus::as_str);
    let found = Account {
        state: state.or(status).unwrap_or_default().to_owned().into(),
        email: account.email.map(Email::new),
        // Some name accounts by their address.
        name: account.name.as_deref().map(redacted),
        path: account.paths.and_then(|paths| parent(paths.into_iter().next()?, id)),
        joined: account.joined_timestamp.and_then(|joined| Timestamp::from_second(joined.secs()).ok()),
        tags: None,
    };
    Ok((management, id, found))
}

/// Where an account is: its path `o-…/r-…/ou-…/<account>/` without the account itself.
fn parent(path: String, id: AccountId) -> Option<String> {
    let parent = path.strip_suffix(&format!("{id}/")).map(str::to_owned);
    Some(parent.unwrap_or(path)).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use rollcall_core::AccountState;

    use super::*;

    fn listed() -> types::builders::AccountBuilder {
        types::Account::builder()
            .id("444455556666")
            .arn("arn:aws:organizations::111122223333:account/o-exampleorgid/444455556666")
            .email("root@example.com")
    }

    #[test]
    fn the_arn_names_the_management_account() {
        let (management, id, account) = account(listed().state("ACTIVE".into()).build(), "ListAccounts").unwrap();
        assert_eq!((management.to_string().as_str(), id.to_string().as_str()), ("111122223333", "444455556666"));
        let email = Some(Email::new("root@example.com"));
        assert_eq!(account, Account { email, ..Account::new(AccountState::Active) });
    }

    #[test]
    fn state_is_preferred_to_the_retired_status() {
        let state = |account: types::Account| super::account(account, "ListAccounts").unwrap().2.state;
        let with_status = || listed().status("SUSPENDED".into());
        assert_eq!(state(with_status().state("CLOSED".into()).build()), AccountState::Closed);
        assert_eq!(state(with_status().build()), AccountState::Suspended);
        assert_eq!(state(listed().build()), AccountState::Unknown("no state".to_owned()));
        assert_eq!(state(listed().state("PAUSED".into()).build()), AccountState::Unknown("PAUSED".to_owned()));
    }

    #[test]
    fn the_listing_tells_where_an_account_is_and_since_when() {
        let joined = aws_smithy_types::DateTime::from_secs(1_763_798_400);
        let builder = listed().name("Payments").joined_timestamp(joined);
        let told = |path: &str| account(builder.clone().paths(path).build(), "ListAccounts").unwrap().2;
        let found = told("o-a/r-b/ou-c/444455556666/");
        assert_eq!((found.name.as_deref(), found.path.as_deref()), (Some("Payments"), Some("o-a/r-b/ou-c/")));
        assert_eq!(found.joined.unwrap().to_string(), "2025-11-22T08:00:00Z");
        assert_eq!(told("o-a/r-b/").path.as_deref(), Some("o-a/r-b/"));
    }

    #[test]
    fn an_account_that_cannot_be_read_fails_the_listing() {
        assert!(account(listed().id("44445555666").build(), "ListAccounts").is_err());
        assert!(account(listed().arn("arn:aws:organizations:::account/o-x/1").build(), "ListAccounts").is_err());
    }
}
