//! Accounts of the organization: listed, created, closed, removed. No I/O.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{PAGE, account_json, account_not_found, constraint, listed, management, member, parameter, reader, refuse};
use crate::{
    clock, guardduty, inspector2,
    organization::{Account, AccountState, JoinedMethod},
    paging::page,
    policies,
    service::{Answer, Call, Refusal},
    transition::{Due, Moving},
    world::{Creation, CreationState, World},
};

pub(super) fn list(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let (page, next) = page(call, world, world.organization.accounts.values(), PAGE)?;
    Ok(listed("Accounts", page.into_iter().map(|account| account_json(world, account)), next))
}

pub(super) fn describe(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let account = world.organization.account(parameter(call, "AccountId")).ok_or_else(account_not_found)?;
    Ok(json!({"Account": account_json(world, account)}))
}

/// The request is answered at once; the account exists when the creation has succeeded.
pub(super) fn create_account(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let due = world.due();
    let tags = super::structure::tags(&call.input);
    let id = begin(world, parameter(call, "AccountName"), parameter(call, "Email"), tags, due);
    complete(world);
    let creation = world.creations.get(&id).map(|creation| creation_json(creation, world.now));
    Ok(json!({"CreateAccountStatus": creation}))
}

/// Creates an account at once, as if the creation's time were already over.
pub(crate) fn create(world: &mut World, name: &str, email: &str) -> Option<Creation> {
    let now = Due::At(world.now);
    let id = begin(world, name, email, BTreeMap::new(), now);
    complete(world);
    world.creations.get(&id).cloned()
}

fn begin(world: &mut World, name: &str, email: &str, tags: BTreeMap<String, String>, due: Due) -> String {
    let taken = world.organization.accounts.values().any(|account| account.email.eq_ignore_ascii_case(email));
    let id = format!("car-{}", world.random.text("0123456789abcdef", 32));
    // AWS's model: `EMAIL_ALREADY_EXISTS` is a reason for which a creation fails, not an error of the call.
    let failure = taken.then(|| "EMAIL_ALREADY_EXISTS".to_owned());
    let account = world.new_account_id();
    let mut state = Moving::settled(CreationState::InProgress);
    let end = if taken { CreationState::Failed } else { CreationState::Succeeded };
    state.begin(CreationState::InProgress, end, due);
    let creation = Creation {
        id: id.clone(),
        name: name.to_owned(),
        email: email.to_owned(),
        account,
        tags,
        state,
        failure,
        requested: world.epoch(world.now),
        completed: None,
    };
    world.creations.insert(id.clone(), creation);
    id
}

/// Does what is due: accounts whose creation is over join; accounts whose closure is over are closed.
pub(crate) fn complete(world: &mut World) {
    let now = world.now;
    let over = |creation: &&mut Creation| {
        creation.completed.is_none() && *creation.state.peek(now) != CreationState::InProgress
    };
    let completed_at = world.epoch(now);
    let mut created = Vec::new();
    for creation in world.creations.values_mut().filter(over) {
        creation.completed = Some(completed_at);
        if creation.failure.is_none() {
            created.push(creation.clone());
        }
    }
    for creation in created {
        join(world, creation);
    }
    let closed: Vec<String> =
        world.closing.iter().filter(|(_, at)| **at <= now).map(|(account, _)| account.clone()).collect();
    for id in closed {
        world.closing.remove(&id);
        if let Some(account) = world.organization.accounts.get_mut(&id) {
            account.state = AccountState::Closed;
        }
    }
}

fn join(world: &mut World, creation: Creation) {
    let id = creation.account;
    let account = Account {
        id: id.clone(),
        name: creation.name,
        email: creation.email,
        state: AccountState::Active,
        usable_at: world.now + world.behaviour.new_account_usable_ms,
        joined_method: JoinedMethod::Created,
        joined_epoch_millis: world.epoch(world.now),
        parent: world.organization.root.clone(),
        regions: world.organization.new_account_regions.clone(),
        regions_usable_at: BTreeMap::new(),
        tags: creation.tags,
    };
    world.organization.accounts.insert(id.clone(), account);
    guardduty::account_joined(world, &id);
    inspector2::account_joined(world, &id);
    policies::updated(world, None, Some(&id));
}

fn creation_json(creation: &Creation, now: u64) -> Value {
    let state = *creation.state.peek(now);
    let mut json = json!({
        "Id": creation.id,
        "AccountName": creation.name,
        "State": state.name(),
        "RequestedTimestamp": clock::seconds(creation.requested),
    });
    if let Some(object) = json.as_object_mut() {
        if let Some(completed) = creation.completed {
            object.insert("CompletedTimestamp".to_owned(), json!(clock::seconds(completed)));
        }
        match (state, &creation.failure) {
            (CreationState::Failed, Some(reason)) => object.insert("FailureReason".to_owned(), json!(reason)),
            (CreationState::Succeeded, _) => object.insert("AccountId".to_owned(), json!(creation.account)),
            _ => None,
        };
    }
    json
}

pub(super) fn describe_creation(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let id = parameter(call, "CreateAccountRequestId");
    let now = world.now;
    let creation = world.creations.get_mut(id).ok_or_else(|| {
        refuse(
            "CreateAccountStatusNotFoundException",
            "We can't find a create account request with the CreateAccountRequestId that you specified.",
        )
    })?;
    creation.state.read(now);
    complete(world);
    Ok(json!({"CreateAccountStatus": world.creations.get(id).map(|creation| creation_json(creation, now))}))
}

pub(super) fn list_creations(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let wanted = call.input.get("States").and_then(Value::as_array);
    let all: Vec<Value> = world
        .creations
        .values()
        .map(|creation| creation_json(creation, world.now))
        .filter(|creation| {
            wanted.is_none_or(|states| creation.get("State").is_some_and(|state| states.contains(state)))
        })
        .collect();
    let (page, next) = page(call, world, all, PAGE)?;
    Ok(listed("CreateAccountStatuses", page, next))
}

/// The account is pending closure, and works, for the time of a transition.
pub(super) fn close(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let id = parameter(call, "AccountId");
    if world.organization.is_management(id) {
        return Err(constraint("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You can't close the management account."));
    }
    let over = world.now + world.behaviour.transition_ms;
    let account = world.organization.accounts.get_mut(id).ok_or_else(account_not_found)?;
    match account.state {
        AccountState::Closed => {
            return Err(refuse(
                "AccountAlreadyClosedException",
                "You attempted to close an account that is already closed.",
            ));
        }
        AccountState::PendingClosure => {
            return Err(refuse("ConflictException", "The request failed because it conflicts with another one."));
        }
        _ => account.state = AccountState::PendingClosure,
    }
    world.closing.insert(id.to_owned(), over);
    Ok(Value::Null)
}

pub(super) fn remove(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    depart(world, parameter(call, "AccountId"))
}

pub(super) fn leave(world: &mut World, call: &Call) -> Answer {
    member(world, call)?;
    depart(world, &call.caller.account)
}

/// The account is invited and accepts, at once; one that was a member before is as it was, but in the root.
pub(crate) fn invite(world: &mut World, id: &str) -> Result<(), String> {
    if world.organization.is_member(id) {
        return Err(format!("{id} is a member of the organization"));
    }
    if !crate::iam::is_account(id) {
        return Err(format!("`{id}` is no account id"));
    }
    let (now, joined, organization) = (world.now, world.epoch(world.now), &mut world.organization);
    let before = organization.departed.remove(id);
    let account = Account {
        state: AccountState::Active,
        joined_method: JoinedMethod::Invited,
        joined_epoch_millis: joined,
        parent: organization.root.clone(),
        tags: BTreeMap::new(),
        ..before.unwrap_or_else(|| Account {
            id: id.to_owned(),
            name: format!("account-{id}"),
            email: format!("account-{id}@example.com"),
            state: AccountState::Active,
            usable_at: now,
            joined_method: JoinedMethod::Invited,
            joined_epoch_millis: joined,
            parent: String::new(),
            regions: organization.new_account_regions.clone(),
            regions_usable_at: BTreeMap::new(),
            tags: BTreeMap::new(),
        })
    };
    organization.accounts.insert(id.to_owned(), account);
    guardduty::account_joined(world, id);
    inspector2::account_joined(world, id);
    policies::updated(world, None, Some(id));
    Ok(())
}

/// The account leaves, as the special state of a departed account.
pub(crate) fn dismiss(world: &mut World, id: &str) -> Result<(), String> {
    depart(world, id).map(|_| ()).map_err(|refusal| refusal.message)
}

/// The account is a member no more. What the services keep of it is theirs.
fn depart(world: &mut World, id: &str) -> Answer {
    let organization = &world.organization;
    if organization.is_management(id) {
        return Err(management_cannot_leave());
    }
    if !organization.is_member(id) {
        return Err(account_not_found());
    }
    if organization.is_delegated_for_any(id) {
        return Err(constraint(
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            "You can't remove an account that is a delegated administrator of a service.",
        ));
    }
    if let Some(account) = world.organization.accounts.remove(id) {
        world.organization.departed.insert(id.to_owned(), account);
    }
    world.closing.remove(id);
    if world.behaviour.departed_members_removed {
        guardduty::account_departed(world, id);
        inspector2::account_departed(world, id);
    }
    // What is attached to an account is not, once it is gone: inferred.
    world.policies.attached.remove(id);
    policies::updated(world, None, Some(id));
    Ok(Value::Null)
}

fn management_cannot_leave() -> Refusal {
    refuse("MasterCannotLeaveOrganizationException", "You can't remove a management account from an organization.")
}
