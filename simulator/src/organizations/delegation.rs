//! Trusted access and delegated administrators. No I/O.

use serde_json::{Value, json};

use super::{PAGE, account_not_found, administrator_json, constraint, listed, management, parameter, reader, refuse};
use crate::{
    clock,
    paging::page,
    policies::Kind,
    service::{Answer, Call, Refusal},
    world::World,
};

pub(super) fn enable_access(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    world.trust(principal(call)?);
    Ok(Value::Null)
}

pub(super) fn disable_access(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let principal = principal(call)?;
    if Kind::ALL.into_iter().any(|kind| kind.principal() == principal && kind.is_enabled(world)) {
        return Err(constraint(
            "POLICY_TYPE_ENABLED_FOR_THIS_SERVICE",
            "You attempted to disable service access before you disabled the policy type.",
        ));
    }
    world.organization.trusted.remove(principal);
    Ok(Value::Null)
}

fn principal(call: &Call) -> Result<&str, Refusal> {
    let principal = parameter(call, "ServicePrincipal");
    // AWS's model: the reason `UNRECOGNIZED_SERVICE_PRINCIPAL`. Which principals AWS knows is not listed here.
    if principal.ends_with(".amazonaws.com") {
        Ok(principal)
    } else {
        Err(refuse("InvalidInputException", "You specified an unrecognized service principal.")
            .with("Reason", "UNRECOGNIZED_SERVICE_PRINCIPAL"))
    }
}

pub(super) fn list_access(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let (page, next) = page(call, world, &world.organization.trusted, PAGE)?;
    let page = page
        .into_iter()
        .map(|(principal, at)| json!({"ServicePrincipal": principal, "DateEnabled": clock::seconds(*at)}));
    Ok(listed("EnabledServicePrincipals", page, next))
}

pub(super) fn register(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let (account, principal) = (parameter(call, "AccountId"), principal(call)?);
    let organization = &world.organization;
    if organization.is_management(account) {
        return Err(constraint(
            "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
            "You cannot register master account/yourself as delegated administrator for your organization.",
        ));
    }
    let known = organization.account(account).ok_or_else(account_not_found)?;
    if !known.is_active() {
        return Err(constraint(
            "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
            "You can't register a suspended account as a delegated administrator.",
        ));
    }
    if !world.trusted(principal) {
        return Err(constraint(
            "SERVICE_ACCESS_NOT_ENABLED",
            "You attempted to register a delegated administrator before you enabled service access.",
        ));
    }
    if organization.is_delegated(principal, account) {
        return Err(refuse(
            "AccountAlreadyRegisteredException",
            "The specified account is already a delegated administrator for this AWS service.",
        ));
    }
    world.register_delegated(principal, account);
    Ok(Value::Null)
}

pub(super) fn deregister(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let (account, principal) = (parameter(call, "AccountId"), principal(call)?);
    if !world.organization.is_member(account) {
        return Err(account_not_found());
    }
    if !world.organization.is_delegated(principal, account) {
        return Err(not_registered());
    }
    world.deregister_delegated(principal, account);
    Ok(Value::Null)
}

fn not_registered() -> Refusal {
    refuse(
        "AccountNotRegisteredException",
        "The specified account is not a delegated administrator for this AWS service.",
    )
}

pub(super) fn list_administrators(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let principal = call.input.get("ServicePrincipal").and_then(Value::as_str);
    let mut since = std::collections::BTreeMap::new();
    let delegated = world.organization.delegated.iter();
    for (_, accounts) in delegated.filter(|(of, _)| principal.is_none_or(|principal| principal == of.as_str())) {
        for (account, at) in accounts {
            let first: &mut u64 = since.entry(account.as_str()).or_insert(*at);
            *first = (*first).min(*at);
        }
    }
    let known = since.into_iter().filter_map(|(id, at)| Some((world.organization.account(id)?, at)));
    let (page, next) = page(call, world, known, PAGE)?;
    let page = page.into_iter().map(|(account, at)| {
        let mut json = administrator_json(world, account);
        if let Some(object) = json.as_object_mut() {
            object.insert("DelegationEnabledDate".to_owned(), json!(clock::seconds(at)));
        }
        json
    });
    Ok(listed("DelegatedAdministrators", page, next))
}

pub(super) fn list_services(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let account = parameter(call, "AccountId");
    if !world.organization.is_member(account) {
        return Err(account_not_found());
    }
    if !world.organization.is_delegated_for_any(account) {
        return Err(not_registered());
    }
    let delegated = world.organization.delegated.iter();
    let services = delegated.filter_map(|(principal, accounts)| Some((principal, accounts.get(account)?)));
    let (page, next) = page(call, world, services, PAGE)?;
    let page = page
        .into_iter()
        .map(|(principal, at)| json!({"ServicePrincipal": principal, "DelegationEnabledDate": clock::seconds(*at)}));
    Ok(listed("DelegatedServices", page, next))
}
