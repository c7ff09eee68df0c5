//! What relationships and details give together. No I/O.

use aws_sdk_inspector2::types::{Member, RelationshipStatus};
use rollcall_core::{ErrorClass, FeatureStatus};

use super::*;

fn id(number: u8) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

fn error(class: ErrorClass) -> Arc<ServiceError> {
    let (code, message) = ("Code".to_owned(), String::new());
    Arc::new(ServiceError { operation: "Operation", class, code, message, request_id: None })
}

fn associated() -> Detail {
    Detail::Associated { monitoring: FeatureStatus::On, features: Seen::Yes(BTreeMap::new()) }
}

fn not_associated() -> Detail {
    Detail::NotAssociated(error(ErrorClass::NotAssociated))
}

fn seen(relationship: Relationship) -> Relationships {
    Relationships { seen: BTreeMap::from([(id(1), relationship)]), ..Relationships::default() }
}

fn assembled_one(relationships: Relationships, detail: Detail) -> Members {
    assembled(relationships, BTreeMap::from([(id(1), detail)]))
}

#[test]
fn a_status_that_was_given_means_that_the_account_is_associated() {
    let members = assembled_one(Relationships::default(), associated());
    assert_eq!(members.listed[&id(1)].relationship, Relationship::Enabled);
    assert_eq!(members.incomplete, None);
}

#[test]
fn an_account_that_is_not_associated_has_no_details() {
    let members = assembled_one(seen(Relationship::Created), not_associated());
    assert_eq!(members.listed[&id(1)], ObservedMember::unassociated(Relationship::Created));
    let members = assembled_one(seen(Relationship::Disabled), not_associated());
    assert_eq!(members.listed[&id(1)], ObservedMember::unassociated(Relationship::NotListed));
}

#[test]
fn an_account_whose_relationship_could_not_be_seen_is_never_taken_for_no_member() {
    for detail in [not_associated(), Detail::Failed(error(ErrorClass::Transient))] {
        let members = assembled_one(Relationships::default(), detail);
        assert!(members.listed.is_empty() && members.incomplete.is_some());
    }
}

#[test]
fn a_contradiction_is_unseen() {
    let members = assembled_one(seen(Relationship::Enabled), not_associated());
    assert!(matches!(members.listed[&id(1)].features, Seen::No(Unseen::Failed(_))));
}

#[test]
fn a_page_gives_the_accounts_to_ask_about_once_each_and_never_the_administrator() {
    let listed = |account: AccountId, status: Option<RelationshipStatus>| {
        Member::builder().account_id(account.to_string()).set_relationship_status(status).build()
    };
    let page = ListMembersOutput::builder()
        .members(listed(id(1), Some(RelationshipStatus::Enabled)))
        .members(listed(id(1), Some(RelationshipStatus::Enabled)))
        .members(listed(id(2), Some(RelationshipStatus::Created)))
        .members(listed(id(3), None))
        .members(listed(id(9), Some(RelationshipStatus::Enabled)))
        .build();
    let mut found = Relationships::default();
    assert_eq!(found.take(&page, id(9)), [id(1)]);
    let relationships: Vec<_> = found.seen.into_values().collect();
    assert_eq!(relationships, [Relationship::Enabled, Relationship::Created, Relationship::NotListed]);
    assert!(found.incomplete.is_none());
}

#[test]
fn a_member_without_an_account_id_makes_the_listing_incomplete() {
    let page = ListMembersOutput::builder().members(Member::builder().build()).build();
    let mut found = Relationships::default();
    assert!(found.take(&page, id(9)).is_empty());
    assert!(found.incomplete.is_some());
}
