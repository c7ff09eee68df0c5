//! A small organization for the unit tests of Inspector: calls by account and time by hand. No I/O.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::SERVICE;
use crate::{
    organization::{Account, AccountState, JoinedMethod},
    service::{Answer, Call, Caller},
    world::World,
};

pub(super) const MANAGEMENT: &str = "000000000001";
pub(super) const ADMINISTRATOR: &str = "000000000002";
pub(super) const MEMBER: &str = "000000000003";
pub(super) const OTHER: &str = "000000000004";
pub(super) const SUSPENDED: &str = "000000000005";
pub(super) const REGION: &str = "eu-west-1";
pub(super) const ALL: [&str; 4] = ["EC2", "ECR", "LAMBDA", "LAMBDA_CODE"];

/// Management, administrator, two members and a suspended one, with trusted access; nothing is designated.
pub(super) fn organization() -> World {
    let mut world = World { epoch_millis: 1_800_000_000_000, ..World::default() };
    world.organization.management = MANAGEMENT.to_owned();
    world.organization.regions = vec![REGION.to_owned(), "us-east-1".to_owned()];
    for id in [MANAGEMENT, ADMINISTRATOR, MEMBER, OTHER] {
        join(&mut world, id, AccountState::Active);
    }
    join(&mut world, SUSPENDED, AccountState::Suspended);
    world.trust("inspector2.amazonaws.com");
    world
}

pub(super) fn join(world: &mut World, id: &str, state: AccountState) {
    let account = Account {
        id: id.to_owned(),
        name: id.to_owned(),
        email: format!("{id}@example.com"),
        state,
        usable_at: 0,
        joined_method: JoinedMethod::Created,
        joined_epoch_millis: 0,
        parent: "r-test".to_owned(),
        regions: BTreeMap::new(),
        regions_usable_at: BTreeMap::new(),
        tags: BTreeMap::new(),
    };
    world.organization.accounts.insert(id.to_owned(), account);
}

/// The same with a designated administrator that is active.
pub(super) fn governed() -> World {
    let mut world = organization();
    call(&mut world, MANAGEMENT, "EnableDelegatedAdminAccount", designation()).unwrap();
    pass(&mut world);
    world
}

/// The same with `MEMBER` associated.
pub(super) fn with_member() -> World {
    let mut world = governed();
    associate(&mut world, MEMBER);
    pass(&mut world);
    world
}

pub(super) fn designation() -> Value {
    json!({"delegatedAdminAccountId": ADMINISTRATOR})
}

pub(super) fn associate(world: &mut World, account: &str) {
    call(world, ADMINISTRATOR, "AssociateMember", json!({"accountId": account})).unwrap();
}

pub(super) fn enable(world: &mut World, caller: &str, accounts: &[&str], scans: &[&str]) -> Answer {
    call(world, caller, "Enable", json!({"accountIds": accounts, "resourceTypes": scans}))
}

pub(super) fn call(world: &mut World, caller: &str, operation: &str, input: Value) -> Answer {
    call_in(world, REGION, caller, operation, input)
}

pub(super) fn call_in(world: &mut World, region: &str, caller: &str, operation: &str, input: Value) -> Answer {
    super::settle(world);
    let (_, act) = SERVICE.operations.iter().find(|(name, _)| *name == operation).unwrap();
    let call = Call {
        caller: Caller::root(caller),
        region: region.to_owned(),
        service: SERVICE.name,
        operation: operation.to_owned(),
        input,
    };
    act(world, &call)
}

/// Code and message of a refusal.
pub(super) fn refusal(answer: Answer) -> (u16, String, String) {
    let refusal = answer.unwrap_err();
    (refusal.status, refusal.code, refusal.message)
}

/// Lets a transition's time pass.
pub(super) fn pass(world: &mut World) {
    world.now += 2_000;
}

/// The status of account and resources, as the administrator reads it.
pub(super) fn status(world: &mut World, account: &str) -> Value {
    let input = json!({"accountIds": [account]});
    let answer = call(world, ADMINISTRATOR, "BatchGetAccountStatus", input).unwrap();
    let state = &answer["accounts"][0];
    let mut statuses = json!({"account": state["state"]["status"]});
    for (name, resource) in state["resourceState"].as_object().unwrap() {
        statuses[name] = resource["status"].clone();
    }
    statuses
}

/// The member's relationship, as the administrator reads it.
pub(super) fn relationship(world: &mut World, account: &str) -> String {
    let answer = call(world, ADMINISTRATOR, "GetMember", json!({"accountId": account})).unwrap();
    answer["member"]["relationshipStatus"].as_str().unwrap().to_owned()
}
