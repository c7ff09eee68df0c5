//! The simulated service `organizations`: its operations, and who may call them. No I/O.
//!
//! Behaviour without another source in a comment is of AWS's model and its documentation.

mod accounts;
mod attachments;
mod delegation;
mod policies;
mod service_control;
mod structure;

use serde_json::{Value, json};

use crate::{
    organization::Account,
    service::{Answer, Call, Refusal, Service},
    world::World,
};

pub(crate) use accounts::{complete, create, dismiss, invite};
pub(crate) use policies::state as policy_state;
pub(crate) use structure::{new_unit, path, set_policy_type};

/// The service, as the wire sees it.
pub(crate) const SERVICE: Service = Service {
    name: "organizations",
    operations: &[
        ("AttachPolicy", attachments::attach),
        ("CloseAccount", accounts::close),
        ("CreateAccount", accounts::create_account),
        ("CreateOrganizationalUnit", structure::create_unit),
        ("CreatePolicy", policies::create),
        ("DeletePolicy", policies::delete),
        ("DeregisterDelegatedAdministrator", delegation::deregister),
        ("DescribeAccount", accounts::describe),
        ("DescribeCreateAccountStatus", accounts::describe_creation),
        ("DescribeEffectivePolicy", policies::describe_effective),
        ("DescribeOrganization", describe_organization),
        ("DescribeOrganizationalUnit", structure::describe_unit),
        ("DescribePolicy", policies::describe),
        ("DetachPolicy", attachments::detach),
        ("DisableAWSServiceAccess", delegation::disable_access),
        ("DisablePolicyType", structure::disable_policy_type),
        ("EnableAWSServiceAccess", delegation::enable_access),
        ("EnablePolicyType", structure::enable_policy_type),
        ("LeaveOrganization", accounts::leave),
        ("ListAWSServiceAccessForOrganization", delegation::list_access),
        ("ListAccounts", accounts::list),
        ("ListAccountsForParent", structure::list_accounts),
        ("ListChildren", structure::list_children),
        ("ListCreateAccountStatus", accounts::list_creations),
        ("ListDelegatedAdministrators", delegation::list_administrators),
        ("ListDelegatedServicesForAccount", delegation::list_services),
        ("ListOrganizationalUnitsForParent", structure::list_units),
        ("ListParents", structure::list_parents),
        ("ListPolicies", policies::list),
        ("ListPoliciesForTarget", attachments::list_policies),
        ("ListRoots", structure::list_roots),
        ("ListTagsForResource", structure::list_tags),
        ("ListTargetsForPolicy", attachments::list_targets),
        ("MoveAccount", structure::move_account),
        ("RegisterDelegatedAdministrator", delegation::register),
        ("RemoveAccountFromOrganization", accounts::remove),
        ("TagResource", structure::tag),
        ("UntagResource", structure::untag),
        ("UpdatePolicy", policies::update),
    ],
};

/// `MaxResults` is 1 to 20 in every list.
const PAGE: usize = 20;

fn refuse(code: &str, message: &str) -> Refusal {
    Refusal::new(400, code, message)
}

fn parameter<'a>(call: &'a Call, name: &str) -> &'a str {
    call.input.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Anybody in an organization.
fn member(world: &World, call: &Call) -> Result<(), Refusal> {
    if world.organization.is_member(&call.caller.account) {
        return Ok(());
    }
    Err(refuse("AWSOrganizationsNotInUseException", "Your account is not a member of an organization."))
}

/// The management account only.
fn management(world: &World, call: &Call) -> Result<(), Refusal> {
    member(world, call)?;
    if world.organization.is_management(&call.caller.account) { Ok(()) } else { Err(denied()) }
}

/// The management account, or a delegated administrator of any service.
fn reader(world: &World, call: &Call) -> Result<(), Refusal> {
    member(world, call)?;
    let (organization, account) = (&world.organization, &call.caller.account);
    if organization.is_management(account) || organization.is_delegated_for_any(account) {
        Ok(())
    } else {
        Err(denied())
    }
}

fn denied() -> Refusal {
    refuse("AccessDeniedException", "You don't have permissions to access this resource.")
}

fn account_not_found() -> Refusal {
    refuse("AccountNotFoundException", "You specified an account that doesn't exist.")
}

fn target_not_found() -> Refusal {
    refuse(
        "TargetNotFoundException",
        "We can't find a root, OU, account, or policy with the TargetId that you specified.",
    )
}

fn constraint(reason: &str, message: &str) -> Refusal {
    refuse("ConstraintViolationException", message).with("Reason", reason)
}

/// A page of a listing as an answer.
fn listed(name: &str, page: impl IntoIterator<Item = Value>, next: Option<String>) -> Value {
    let mut answer = json!({name: page.into_iter().collect::<Value>()});
    if let (Some(next), Some(object)) = (next, answer.as_object_mut()) {
        object.insert("NextToken".to_owned(), json!(next));
    }
    answer
}

fn arn(world: &World, resource: &str) -> String {
    let organization = &world.organization;
    format!("arn:aws:organizations::{}:{resource}", organization.management)
}

pub(crate) fn account_arn(world: &World, id: &str) -> String {
    entity_arn(world, id)
}

/// The ARN of the account, organizational unit, root or policy with this id.
pub(crate) fn entity_arn(world: &World, id: &str) -> String {
    let kind = match id.split_once('-') {
        Some(("ou", _)) => "ou",
        Some(("r", _)) => "root",
        Some(("p", _)) => {
            // Of a policy that is not there the type is not known: any.
            let kind = policy_type(world, id).map_or_else(|| "*".to_owned(), str::to_ascii_lowercase);
            if id == service_control::FULL_ACCESS {
                return format!("arn:aws:organizations::aws:policy/{kind}/{id}");
            }
            return arn(world, &format!("policy/{}/{kind}/{id}", world.organization.id));
        }
        _ => "account",
    };
    arn(world, &format!("{kind}/{}/{id}", world.organization.id))
}

/// `PolicyType` of the policy with this id.
pub(crate) fn policy_type(world: &World, id: &str) -> Option<&'static str> {
    let policy = world.policies.by_id.get(id).map(|policy| policy.kind.name());
    policy.or_else(|| service_control::exists(world, id).then_some(service_control::TYPE))
}

/// `Account` of AWS's model.
fn account_json(world: &World, account: &Account) -> Value {
    let mut json = administrator_json(world, account);
    if let Some(object) = json.as_object_mut() {
        let path = structure::path(world, &account.parent);
        object.insert("Paths".to_owned(), json!([format!("{path}{}/", account.id)]));
    }
    json
}

/// What `Account` and `DelegatedAdministrator` have in common.
fn administrator_json(world: &World, account: &Account) -> Value {
    let mut json = json!({
        "Id": account.id,
        "Arn": account_arn(world, &account.id),
        "Email": account.email,
        "Name": account.name,
        "State": account.state.name(),
        "JoinedMethod": account.joined_method.name(),
        "JoinedTimestamp": crate::clock::seconds(account.joined_epoch_millis),
    });
    if let (true, Some(object)) = (world.behaviour.account_status, json.as_object_mut()) {
        object.insert("Status".to_owned(), json!(account.state.status()));
    }
    json
}

fn describe_organization(world: &mut World, call: &Call) -> Answer {
    member(world, call)?;
    let organization = &world.organization;
    let management = organization.account(&organization.management);
    Ok(json!({"Organization": {
        "Id": organization.id,
        "Arn": arn(world, &format!("organization/{}", organization.id)),
        "FeatureSet": "ALL",
        "MasterAccountArn": account_arn(world, &organization.management),
        "MasterAccountId": organization.management,
        "MasterAccountEmail": management.map(|account| account.email.as_str()),
        "AvailablePolicyTypes": structure::policy_types(&organization.policy_types),
    }}))
}
