//! What the administrator sees of its members: the list, and members by id. No I/O.

use serde_json::{Value, json};

use super::{
    count_reads,
    members::account_ids,
    refusals::{self, unprocessed},
    relationship::{Relationship, relationship_seen},
    require_administrator,
    state::{Membership, Regional},
    with_token,
};
use crate::{
    paging::page,
    service::{Answer, Call},
    world::World,
};

pub(super) fn list(world: &mut World, call: &Call) -> Answer {
    let regional = require_administrator(world, call)?;
    // AWS's model: the parameter is a string.
    let only_associated = call.input.get("onlyAssociated").and_then(Value::as_str);
    let only_associated = only_associated.is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let listed =
        regional.members().filter(|(_, membership)| !only_associated || membership.relationship.is_associated());
    let (listed, next) = page(call, world, listed, 50)?;
    let members: Vec<Value> =
        listed.iter().map(|(account, membership)| described(world, call, regional, account, membership)).collect();
    let shown: Vec<String> = listed.into_iter().map(|(account, _)| account.clone()).collect();
    count_reads(world, &call.region, &shown);
    Ok(with_token(json!({"members": members}), next))
}

pub(super) fn get(world: &mut World, call: &Call) -> Answer {
    let regional = require_administrator(world, call)?;
    let accounts = account_ids(call);
    let (mut members, mut failed) = (Vec::new(), Vec::new());
    for account in &accounts {
        match regional.membership(account) {
            Some(membership) => members.push(described(world, call, regional, account, membership)),
            None => failed.push(unprocessed(account, refusals::NO_MEMBER)),
        }
    }
    count_reads(world, &call.region, &accounts);
    Ok(json!({"members": members, "unprocessedAccounts": failed}))
}

/// Structure `Member` of AWS's model. AWS documentation: `email` and `invitedAt` are present only for members by
/// invitation, though the model marks `email` as required.
fn described(world: &World, call: &Call, regional: &Regional, account: &str, membership: &Membership) -> Value {
    let administrator = &call.caller.account;
    let mut member = json!({
        "accountId": account,
        "masterId": administrator,
        "administratorId": administrator,
        "relationshipStatus": relationship_seen(world, &call.region, account, membership).name(),
        "updatedAt": world.timestamp_iso(membership.updated),
    });
    let Some(members) = member.as_object_mut() else {
        return member;
    };
    if let Some(detector) = regional.detector(account) {
        members.insert("detectorId".to_owned(), detector.id().into());
    }
    if let Some(email) = &membership.email {
        members.insert("email".to_owned(), Value::from(&**email));
        if membership.relationship != Relationship::Created {
            members.insert("invitedAt".to_owned(), world.timestamp_iso(membership.updated).into());
        }
    } else if world.behaviour.guardduty.members_have_email
        && let Some(known) = world.organization.account(account)
    {
        members.insert("email".to_owned(), known.email.clone().into());
    }
    member
}
