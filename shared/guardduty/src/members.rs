//! The members, all or some, as the administrator sees them. I/O: GuardDuty, as the administrator.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_guardduty::{
    Client,
    operation::{RequestId, list_members::ListMembersOutput},
    types,
};
use futures::{
    StreamExt, future,
    stream::{self, Stream},
};
use rollcall_core::{
    AccountId, ErrorClass, FeatureStatus, Members, ObservedMember, Relationship, Seen, ServiceError, Unseen,
};

use crate::{
    guardduty::failed,
    read::{self, Notes, Plans},
    sentences::{failure, own},
    spec::BATCH,
};

/// Where the members are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roll<'a> {
    pub(crate) client: &'a Client,
    pub(crate) detector: &'a str,
    /// It is no member of itself.
    pub(crate) administrator: AccountId,
    pub(crate) concurrency: usize,
}

/// A part of the members: relationships, and the features of those that are associated.
#[derive(Debug, Default)]
struct Part {
    relationships: BTreeMap<AccountId, Relationship>,
    plans: BTreeMap<AccountId, Seen<Plans>>,
    failed: Option<ServiceError>,
    notes: Notes,
}

impl Roll<'_> {
    /// All members, listed to the end. As pages come in, the features of their accounts are asked for, 50 at a time,
    /// while the next page is on its way.
    pub(crate) async fn all(self) -> (Members, Notes) {
        let parts = self.listing().map(|(mut part, batches)| async move {
            // Hardly ever more than one.
            for batch in &batches {
                let (plans, notes) = self.plans(batch).await;
                part.plans.extend(plans);
                part.notes.absorb(notes);
            }
            part
        });
        members(parts.buffer_unordered(self.concurrency.max(2)).collect().await)
    }

    /// These accounts; one that GuardDuty does not know is not listed.
    pub(crate) async fn only(self, accounts: &BTreeSet<AccountId>) -> (Members, Notes) {
        let mut asked: Vec<AccountId> = accounts.iter().copied().filter(|id| *id != self.administrator).collect();
        let parts = stream::iter(take_batches(&mut asked, true)).map(|batch| async move {
            let ((relationships, failed, mut notes), (plans, more)) =
                future::join(self.relationships(&batch), self.plans(&batch)).await;
            notes.absorb(more);
            Part { relationships, plans, failed, notes }
        });
        members(parts.buffer_unordered(self.concurrency.max(1)).collect().await)
    }

    /// The listing's pages, each with the batches of accounts whose features can be asked for by now.
    fn listing(self) -> impl Stream<Item = (Part, Vec<Vec<AccountId>>)> {
        // Disassociated accounts too: "false" is a string in this API.
        let request = self.client.list_members().detector_id(self.detector).only_associated("false");
        let page_size = i32::try_from(BATCH).unwrap_or(i32::MAX);
        let pages = request.into_paginator().page_size(page_size).send();
        let start = Some((pages, BTreeSet::new(), Vec::new()));
        stream::unfold(start, move |state| async move {
            let (mut pages, mut seen, mut waiting) = state?;
            let (part, more) = match pages.next().await {
                Some(Ok(page)) => (self.page(page, &mut seen, &mut waiting), true),
                Some(Err(error)) => (Part { failed: Some(failed("ListMembers", &error)), ..Part::default() }, false),
                None => (Part::default(), false),
            };
            let batches = take_batches(&mut waiting, !more);
            Some(((part, batches), more.then_some((pages, seen, waiting))))
        })
    }

    /// Reads a page; associated accounts that were not seen before wait for their features.
    fn page(self, page: ListMembersOutput, seen: &mut BTreeSet<AccountId>, waiting: &mut Vec<AccountId>) -> Part {
        let mut part = Part::default();
        for member in page.members.unwrap_or_default() {
            let Some((account, relationship)) = relationship(&member, &mut part.notes) else { continue };
            if account == self.administrator {
                continue;
            }
            if relationship == Relationship::Enabled && seen.insert(account) {
                waiting.push(account);
            }
            part.relationships.insert(account, relationship);
        }
        part
    }

    /// The relationships of at most 50 accounts.
    async fn relationships(
        self,
        accounts: &[AccountId],
    ) -> (BTreeMap<AccountId, Relationship>, Option<ServiceError>, Notes) {
        let (mut found, mut notes) = (BTreeMap::new(), Notes::default());
        let request = self.client.get_members().detector_id(self.detector).set_account_ids(Some(ids(accounts)));
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return (found, Some(failed("GetMembers", &error)), notes),
        };
        found.extend(answer.members().iter().filter_map(|member| relationship(member, &mut notes)));
        // What failed for the moment is not known; whatever else was not served is no member.
        let unserved = answer.unprocessed_accounts().iter();
        let failures: BTreeMap<AccountId, ServiceError> = unserved
            .filter_map(|unserved| {
                let sentence = unserved.result().unwrap_or_default();
                let account = unserved.account_id()?.parse().ok()?;
                Some((account, failure("GetMembers", account, sentence, answer.request_id()).error))
            })
            .filter(|(_, error)| matches!(error.class, ErrorClass::Transient | ErrorClass::Throttled))
            .collect();
        for account in accounts.iter().filter(|account| !failures.contains_key(account)) {
            found.entry(*account).or_insert(Relationship::NotListed);
        }
        (found, failures.into_values().next(), notes)
    }

    /// The plans of at most 50 accounts. Each has an answer or an error of its own.
    async fn plans(self, accounts: &[AccountId]) -> (BTreeMap<AccountId, Seen<Plans>>, Notes) {
        let mut notes = Notes::default();
        let request = self.client.get_member_detectors().detector_id(self.detector);
        let answer = match request.set_account_ids(Some(ids(accounts))).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let unseen = Unseen::Failed(Arc::new(failed("GetMemberDetectors", &error)));
                return (accounts.iter().map(|account| (*account, Seen::No(unseen.clone()))).collect(), notes);
            }
        };
        let mut found = BTreeMap::new();
        for unserved in answer.unprocessed_accounts() {
            if let Some(account) = unserved.account_id().and_then(|id| id.parse().ok()) {
                let sentence = unserved.result().unwrap_or_default();
                let error = failure("GetMemberDetectors", account, sentence, answer.request_id()).error;
                found.insert(account, Seen::No(Unseen::Failed(Arc::new(error))));
            }
        }
        for member in answer.member_data_source_configurations() {
            if let Some(account) = member.account_id().and_then(|id| id.parse().ok()) {
                let (plans, more) = read::member_plans(member.features());
                notes.absorb(more);
                found.insert(account, Seen::Yes(plans));
            }
        }
        (found, notes)
    }
}

/// Full batches; with the end of the listing, all that is left.
fn take_batches(waiting: &mut Vec<AccountId>, all: bool) -> Vec<Vec<AccountId>> {
    let ready = if all { waiting.len() } else { waiting.len() - waiting.len() % BATCH };
    let ready: Vec<AccountId> = waiting.drain(..ready).collect();
    ready.chunks(BATCH).map(<[AccountId]>::to_vec).collect()
}

fn ids(accounts: &[AccountId]) -> Vec<String> {
    accounts.iter().map(AccountId::to_string).collect()
}

fn relationship(member: &types::Member, notes: &mut Notes) -> Option<(AccountId, Relationship)> {
    let id = member.account_id().unwrap_or_default();
    let Ok(account) = id.parse() else {
        notes.unrecognised.insert(format!("account id {id:?} among the members"));
        return None;
    };
    let (relationship, more) = read::relationship(member.relationship_status().unwrap_or_default());
    notes.absorb(more);
    Some((account, relationship))
}

/// The parts as one.
fn members(parts: Vec<Part>) -> (Members, Notes) {
    let (mut relationships, mut plans) = (BTreeMap::new(), BTreeMap::new());
    let (mut incomplete, mut notes) = (None, Notes::default());
    for part in parts {
        relationships.extend(part.relationships);
        plans.extend(part.plans);
        notes.absorb(part.notes);
        incomplete = incomplete.or(part.failed);
    }
    let listed = relationships
        .into_iter()
        .map(|(account, relationship)| (account, member(relationship, plans.remove(&account))))
        .collect();
    (Members { listed, incomplete: incomplete.map(|error| Unseen::Failed(Arc::new(error))) }, notes)
}

fn member(relationship: Relationship, plans: Option<Seen<Plans>>) -> ObservedMember {
    let monitoring = match relationship {
        Relationship::Enabled => FeatureStatus::On,
        Relationship::Disabled => FeatureStatus::Off,
        _ => return ObservedMember::unassociated(relationship),
    };
    let (features, managed) = match (&monitoring, plans) {
        (_, Some(Seen::Yes(Plans { features, managed }))) => (Seen::Yes(features), managed),
        (_, Some(Seen::No(unseen))) => (Seen::No(unseen), BTreeSet::new()),
        (FeatureStatus::On, None) => (Seen::No(Unseen::Failed(Arc::new(left_out()))), BTreeSet::new()),
        _ => (Seen::No(Unseen::NotAsked), BTreeSet::new()),
    };
    ObservedMember { relationship, monitoring: Seen::Yes(monitoring), features, managed }
}

fn left_out() -> ServiceError {
    own("GetMemberDetectors", ErrorClass::Unrecognised, "Unreadable", "the answer leaves the account out")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    #[test]
    fn features_are_asked_for_in_full_batches_and_the_rest_at_the_end() {
        let mut waiting: Vec<AccountId> = (0..120).map(account).collect();
        let batches = take_batches(&mut waiting, false);
        assert_eq!((batches.len(), waiting.len()), (2, 20));
        let batches = take_batches(&mut waiting, true);
        assert_eq!((batches.len(), waiting.len()), (1, 0));
        assert!(take_batches(&mut waiting, true).is_empty());
    }

    #[test]
    fn an_associated_member_that_an_answer_leaves_out_has_unseen_features() {
        let relationships = [(account(1), Relationship::Enabled), (account(2), Relationship::Disabled)].into();
        let (members, _) = members(vec![Part { relationships, ..Part::default() }]);
        let features = |number| members.listed.get(&account(number)).unwrap().features.clone();
        assert!(matches!(features(1), Seen::No(Unseen::Failed(_))));
        assert_eq!(features(2), Seen::No(Unseen::NotAsked));
        assert_eq!(members.incomplete, None);
    }

    #[test]
    fn a_listing_that_fails_half_way_is_incomplete() {
        let error = own("ListMembers", ErrorClass::Throttled, "ThrottlingException", "");
        let first = Part { relationships: [(account(1), Relationship::Created)].into(), ..Part::default() };
        let (members, _) = members(vec![first, Part { failed: Some(error), ..Part::default() }]);
        assert_eq!(members.listed.len(), 1);
        assert!(matches!(members.incomplete, Some(Unseen::Failed(_))));
    }
}
