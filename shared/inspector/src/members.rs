//! Who is a member, and what is on in the members: of everybody, or of some accounts. I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_inspector2::operation::{RequestId, list_members::ListMembersOutput};
use futures::{
    StreamExt,
    channel::mpsc::{UnboundedSender, unbounded},
    join, stream,
};
use rollcall_core::{AccountId, Feature, LookAt, Members, ObservedMember, Relationship, Seen, ServiceError, Unseen};

use crate::{
    calls::Calls,
    details::{Detail, Details, details},
    failure::{not_a_member, not_answered},
    spec::BATCH,
    translate,
};

/// Up to so many accounts, `GetMember` is asked beside `BatchGetAccountStatus`, so that no call waits for another.
const FEW: usize = 10;

/// Up to so many accounts, `GetMember` for each is cheaper than a complete listing, which is one page after another.
const FEWER_THAN_A_LISTING: usize = 50;

/// Inspector does not say of an account what an Organizations policy manages.
const NOTHING: BTreeSet<Feature> = BTreeSet::new();

/// Members per page of a listing (AWS's model).
const PAGE: usize = 50;

/// The relationships that were seen, and why others were not.
#[derive(Debug, Default)]
struct Relationships {
    seen: BTreeMap<AccountId, Relationship>,
    failed: BTreeMap<AccountId, Arc<ServiceError>>,
    /// Why a listing is not complete.
    incomplete: Option<Arc<ServiceError>>,
}

/// Looks at members. Gives them with the features that the region was seen not to offer.
pub(crate) async fn look_at(calls: &Calls, look: &LookAt) -> (Members, BTreeSet<Feature>) {
    match look {
        LookAt::Nobody => (Members::default(), BTreeSet::new()),
        LookAt::All => everybody(calls).await,
        LookAt::Accounts(accounts) => some(calls, accounts).await,
    }
}

/// Lists everybody; details of each hundred are asked while the listing goes on.
async fn everybody(calls: &Calls) -> (Members, BTreeSet<Feature>) {
    let (batches, received) = unbounded();
    let detailed = received.map(|batch| details(calls, batch)).buffer_unordered(calls.concurrency());
    let detailed = detailed.fold(Details::default(), async |all, batch| all.extend(batch));
    let (relationships, mut details) = join!(list(calls, Some(batches)), detailed);
    let mut listed = BTreeMap::new();
    for (account, relationship) in relationships.seen {
        let member = match details.accounts.remove(&account) {
            None => ObservedMember::unassociated(relationship),
            Some(detail) => member(relationship, detail),
        };
        listed.insert(account, member);
    }
    (Members { listed, incomplete: relationships.incomplete.map(Unseen::Failed) }, details.not_offered)
}

/// Lists to the end. Associated accounts go to `batches` by the hundred, as soon as there are so many.
async fn list(calls: &Calls, batches: Option<UnboundedSender<Vec<AccountId>>>) -> Relationships {
    let mut found = Relationships::default();
    let mut waiting = Vec::new();
    let mut token = None;
    loop {
        let page = match calls.members(token.clone()).await {
            Ok(page) => page,
            Err(error) => {
                found.incomplete = Some(Arc::new(error));
                break;
            }
        };
        let next = page.next_token.clone().filter(|next| !next.is_empty());
        waiting.extend(found.take(&page, calls.connection().administrator));
        if waiting.len() >= BATCH {
            let rest = waiting.split_off(BATCH);
            hand_over(batches.as_ref(), std::mem::replace(&mut waiting, rest));
        }
        if next.is_none() {
            break;
        }
        if next == token {
            found.incomplete =
                Some(Arc::new(not_answered("ListMembers", "a page repeats its token", page.request_id())));
            break;
        }
        token = next;
    }
    for batch in waiting.chunks(BATCH) {
        hand_over(batches.as_ref(), batch.to_vec());
    }
    found
}

fn hand_over(batches: Option<&UnboundedSender<Vec<AccountId>>>, batch: Vec<AccountId>) {
    if let Some(batches) = batches {
        // The receiver lives as long as the listing; the details of a batch that is lost are unseen.
        let _ = batches.unbounded_send(batch);
    }
}

impl Relationships {
    /// Takes a page in; gives the accounts whose details can be asked.
    fn take(&mut self, page: &ListMembersOutput, administrator: AccountId) -> Vec<AccountId> {
        let mut associated = Vec::new();
        for member in page.members() {
            let Some(account) = member.account_id().and_then(|id| id.parse().ok()) else {
                let error = not_answered("ListMembers", "a member has no valid account id", page.request_id());
                self.incomplete = Some(Arc::new(error));
                continue;
            };
            let relationship = translate::relationship(member.relationship_status());
            if account != administrator {
                let new = self.seen.insert(account, relationship.clone()).is_none();
                associated.extend((new && may_be_associated(&relationship)).then_some(account));
            }
        }
        associated
    }
}

/// Whether the details of an account are asked. What `DISABLED` means is not documented for Inspector.
fn may_be_associated(relationship: &Relationship) -> bool {
    matches!(relationship, Relationship::Enabled | Relationship::Disabled)
}

/// Looks at some accounts only.
async fn some(calls: &Calls, asked: &BTreeSet<AccountId>) -> (Members, BTreeSet<Feature>) {
    let asked: Vec<AccountId> =
        asked.iter().copied().filter(|account| *account != calls.connection().administrator).collect();
    let batches = stream::iter(asked.chunks(BATCH).map(<[AccountId]>::to_vec));
    let detailed = batches.map(|batch| details(calls, batch)).buffer_unordered(calls.concurrency());
    let detailed = detailed.fold(Details::default(), async |all, batch| all.extend(batch));
    let (relationships, details) = if asked.len() <= FEW {
        join!(each(calls, asked.clone()), detailed)
    } else {
        let details = detailed.await;
        (unresolved(calls, &details).await, details)
    };
    (assembled(relationships, details.accounts), details.not_offered)
}

/// The relationships of accounts that turned out not to be associated.
async fn unresolved(calls: &Calls, details: &Details) -> Relationships {
    let not_associated = details.accounts.iter().filter(|(_, detail)| matches!(detail, Detail::NotAssociated(_)));
    let accounts: Vec<AccountId> = not_associated.map(|(account, _)| *account).collect();
    let pages = calls.connection().roster.accounts.len().div_ceil(PAGE);
    if accounts.len() <= pages.max(FEWER_THAN_A_LISTING) {
        return each(calls, accounts).await;
    }
    let mut found = list(calls, None).await;
    if found.incomplete.is_none() {
        for account in accounts {
            found.seen.entry(account).or_insert(Relationship::NotListed);
        }
    }
    found
}

/// Asks for each account by itself.
async fn each(calls: &Calls, accounts: Vec<AccountId>) -> Relationships {
    let answers = stream::iter(accounts).map(async |account| (account, relationship(calls, account).await));
    let answers: Vec<_> = answers.buffer_unordered(calls.concurrency()).collect().await;
    let mut found = Relationships::default();
    for (account, answer) in answers {
        match answer {
            Ok(relationship) => drop(found.seen.insert(account, relationship)),
            Err(error) => drop(found.failed.insert(account, Arc::new(error))),
        }
    }
    found
}

async fn relationship(calls: &Calls, account: AccountId) -> Result<Relationship, ServiceError> {
    match calls.member(account).await {
        Ok(answer) => Ok(answer
            .member()
            .map_or(Relationship::NotListed, |member| translate::relationship(member.relationship_status()))),
        Err(error) if not_a_member(&error) => Ok(Relationship::NotListed),
        Err(error) => Err(error),
    }
}

/// Brings the details of the accounts that were asked about together with their relationships.
fn assembled(mut relationships: Relationships, details: BTreeMap<AccountId, Detail>) -> Members {
    let mut members = Members { listed: BTreeMap::new(), incomplete: None };
    for (account, detail) in details {
        match relationships.seen.remove(&account) {
            Some(relationship) => drop(members.listed.insert(account, member(relationship, detail))),
            None => match detail {
                // That its status was given means that it is associated.
                Detail::Associated { .. } => {
                    drop(members.listed.insert(account, member(Relationship::Enabled, detail)));
                }
                Detail::NotAssociated(error) | Detail::Failed(error) => {
                    let failed = relationships.failed.remove(&account).or_else(|| relationships.incomplete.clone());
                    members.incomplete = Some(Unseen::Failed(failed.unwrap_or(error)));
                }
            },
        }
    }
    members
}

/// One member, by its relationship and what the status calls tell.
fn member(relationship: Relationship, detail: Detail) -> ObservedMember {
    if !may_be_associated(&relationship) {
        return ObservedMember::unassociated(relationship);
    }
    match detail {
        Detail::Associated { monitoring, features } => {
            ObservedMember { relationship, monitoring: Seen::Yes(monitoring), features, managed: NOTHING }
        }
        // No access, so `DISABLED` did not mean an associated account that is not monitored.
        Detail::NotAssociated(_) if relationship == Relationship::Disabled => {
            ObservedMember::unassociated(Relationship::NotListed)
        }
        Detail::NotAssociated(error) | Detail::Failed(error) => ObservedMember {
            relationship,
            monitoring: Seen::No(Unseen::Failed(Arc::clone(&error))),
            features: Seen::No(Unseen::Failed(error)),
            managed: NOTHING,
        },
    }
}

#[cfg(test)]
mod tests;
