//! The delegated administrator of a region: designated, listed and removed by the management account. No I/O.

use serde_json::{Map, Value, json};

use super::{
    authority::text,
    enabling::{require_own_roles, turn_on},
    members::associate_active,
    refusals::{access_denied, conflict, not_found, validation},
    state::{Administrator, Regional, counted},
    words::{PerScan, Relationship, Scan, Status},
};
use crate::{
    iam::{self, Missing},
    organization::Account,
    paging::page,
    policies::{self, Kind},
    service::{Answer, Call, Refusal},
    transition::Moving,
    world::World,
};

const PRINCIPAL: &str = "inspector2.amazonaws.com";

pub(super) fn enable_delegated_admin_account(world: &mut World, call: &Call) -> Answer {
    let account = text(call, "delegatedAdminAccountId");
    require_management(world, call)?;
    require_permissions(world, call, account)?;
    require_trusted_access(world)?;
    require_candidate(world, account)?;
    require_no_administrator(world, &call.region, account)?;
    world.trust(PRINCIPAL);
    world.register_delegated(PRINCIPAL, account);
    designate(world, &call.region, account);
    if world.behaviour.inspector2.designation_enables_scans && world.region_on(account, &call.region) {
        turn_on_all(world, &call.region, account);
    }
    if world.behaviour.inspector2.designation_associates_active {
        associate_all_active(world, &call.region);
    }
    Ok(json!({"delegatedAdminAccountId": account}))
}

/// AWS documentation: only the management account designates and removes.
fn require_management(world: &World, call: &Call) -> Result<(), Refusal> {
    if world.organization.is_management(&call.caller.account) {
        Ok(())
    } else {
        Err(access_denied("Invoking account is not the management account of the organization"))
    }
}

fn require_permissions(world: &mut World, call: &Call, account: &str) -> Result<(), Refusal> {
    iam::require(world, call, account, &iam::designation(iam::INSPECTOR)).map_err(
        |Missing { action, resource, decision }| {
            let (user, why) = (&call.caller.principal, iam::why(decision, action));
            access_denied(format!("User: {user} is not authorized to perform: {action} on resource: {resource} {why}"))
        },
    )?;
    // Inferred from GuardDuty, and from what `Enable` needs.
    if account == call.caller.account && world.behaviour.inspector2.designation_enables_scans {
        require_own_roles(world, call, &[Scan::Ec2])?;
    }
    Ok(())
}

fn require_trusted_access(world: &World) -> Result<(), Refusal> {
    if world.behaviour.inspector2.designation_needs_trusted_access && !world.trusted(PRINCIPAL) {
        return Err(access_denied(format!("Trusted access for {PRINCIPAL} is not enabled in the organization")));
    }
    Ok(())
}

fn require_candidate(world: &World, account: &str) -> Result<(), Refusal> {
    if !world.organization.account(account).is_some_and(Account::is_active) {
        return Err(validation(format!(
            "The request is rejected because {account} is not an active account of the organization"
        )));
    }
    if world.organization.is_management(account) && !world.behaviour.inspector2.management_may_administer {
        return Err(validation("The management account cannot be the delegated administrator"));
    }
    Ok(())
}

/// Seen in public code: a repeated designation conflicts, "already enabled". AWS documentation: one account, the
/// same in every region.
fn require_no_administrator(world: &World, region: &str, account: &str) -> Result<(), Refusal> {
    let here = world.inspector2.settings(region).map(|settings| settings.administrator.peek(world.now));
    if let Some(Administrator::Enabled(current)) = here {
        return Err(conflict(format!("Delegated administrator account {current} is already enabled"), current));
    }
    if let Some(Administrator::Leaving(current)) = here {
        return Err(conflict(format!("Delegated administrator account {current} is being disabled"), current));
    }
    let delegated = world.organization.delegated.get(PRINCIPAL);
    let registered = delegated.into_iter().flat_map(|accounts| accounts.keys()).map(String::as_str);
    let elsewhere =
        world.inspector2.regions.keys().filter_map(|other| world.inspector2.administrator(other, world.now));
    if let Some(other) = registered.chain(elsewhere).find(|other| *other != account) {
        return Err(conflict(
            format!("Another account {other} is already enabled as delegated administrator for the organization"),
            other,
        ));
    }
    Ok(())
}

/// Makes the account the region's administrator, whatever was before.
pub(super) fn designate(world: &mut World, region: &str, account: &str) {
    let regional = world.inspector2.region(region);
    regional.settings.administrator = Moving::settled(Administrator::Enabled(account.to_owned()));
    if let Some(record) = regional.accounts.get_mut(account) {
        record.relationship = Moving::settled(Relationship::Never);
    }
    policies::changed(world, Some(Kind::Inspector), None);
}

/// Every scan type that `Enable` takes and the region offers.
fn turn_on_all(world: &mut World, region: &str, account: &str) {
    let offered = |scan: &Scan| *scan != Scan::Ami && world.offers_feature("inspector2", region, scan.name());
    let scans: Vec<Scan> = Scan::ALL.into_iter().filter(offered).collect();
    turn_on(world, region, account, &scans);
}

fn associate_all_active(world: &mut World, region: &str) {
    let now = world.now;
    let accounts = &world.inspector2.region(region).accounts;
    let active = accounts.iter().filter(|(_, record)| record.status(now) == Status::Enabled);
    let active: Vec<String> = active.map(|(account, _)| account.clone()).collect();
    for account in active {
        associate_active(world, region, &account);
    }
}

/// AWS documentation: all members are disassociated, and Inspector stays on in them. The account stays registered
/// in Organizations.
pub(super) fn disable_delegated_admin_account(world: &mut World, call: &Call) -> Answer {
    let account = text(call, "delegatedAdminAccountId");
    require_management(world, call)?;
    if world.inspector2.administrator(&call.region, world.now) != Some(account) {
        return Err(not_found(format!("{account} is not the delegated administrator of the organization")));
    }
    let (now, due) = (world.now, world.due_for(account));
    let Regional { settings, accounts } = world.inspector2.region(&call.region);
    settings.auto_enable = PerScan::default();
    settings.administrator.begin(Administrator::Leaving(account.to_owned()), Administrator::Nobody, due);
    for record in accounts.values_mut().filter(|record| record.relationship.finally().is_associated()) {
        record.relationship = Moving::settled(Relationship::Removed);
        record.updated_at = now;
    }
    Ok(json!({"delegatedAdminAccountId": account}))
}

/// Seen in public code: the administrator itself is answered with a `ValidationException`.
pub(super) fn list_delegated_admin_accounts(world: &mut World, call: &Call) -> Answer {
    let account = &call.caller.account;
    if !world.organization.is_management(account)
        && world.inspector2.administrator(&call.region, world.now) == Some(account)
    {
        return Err(validation(format!("Invoking account {account} is the delegated admin")));
    }
    require_management(world, call)?;
    let listed = match seen(world, &call.region) {
        Administrator::Nobody => None,
        Administrator::Enabled(account) => Some(json!({"accountId": account, "status": "ENABLED"})),
        Administrator::Leaving(account) => Some(json!({"accountId": account, "status": "DISABLE_IN_PROGRESS"})),
    };
    let (accounts, next) = page(call, world, listed, 5)?;
    let mut answer = Map::new();
    answer.insert("delegatedAdminAccounts".to_owned(), accounts.into());
    answer.extend(next.map(|token| ("nextToken".to_owned(), token.into())));
    Ok(answer.into())
}

/// AWS documentation: "for your organization", so every account of it may ask.
pub(super) fn get_delegated_admin_account(world: &mut World, call: &Call) -> Answer {
    if !world.organization.is_member(&call.caller.account) {
        return Err(access_denied("Invoking account does not have access to get delegated admin account"));
    }
    let record = world.inspector2.enrolment(&call.region, &call.caller.account);
    if let Some(holder) = record.and_then(|record| record.held_by.as_deref()) {
        return Ok(delegated_admin(holder, Relationship::Enabled));
    }
    match seen(world, &call.region) {
        Administrator::Nobody => Err(not_found("There is no delegated administrator in this region")),
        Administrator::Enabled(account) => Ok(delegated_admin(&account, Relationship::Enabled)),
        Administrator::Leaving(account) => Ok(delegated_admin(&account, Relationship::Disabled)),
    }
}

fn delegated_admin(account: &str, status: Relationship) -> Value {
    json!({"delegatedAdmin": {"accountId": account, "relationshipStatus": status.name()}})
}

/// The administrator as a read sees it; the read counts.
fn seen(world: &mut World, region: &str) -> Administrator {
    let now = world.now;
    let settings = world.inspector2.settings(region);
    let seen = settings.map_or(Administrator::Nobody, |settings| settings.administrator.peek(now).clone());
    if let Some(regional) = counted(world, region) {
        regional.settings.administrator.read(now);
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::iam;
    use serde_json::json;
    use std::collections::BTreeSet;

    const DESIGNATE: &str = "EnableDelegatedAdminAccount";

    #[test]
    fn only_the_management_account_designates() {
        let mut world = organization();
        let (status, code, _) = refusal(call(&mut world, MEMBER, DESIGNATE, designation()));
        assert_eq!((status, code.as_str()), (403, "AccessDeniedException"));
        assert!(call(&mut world, MANAGEMENT, DESIGNATE, designation()).is_ok());
        assert!(world.organization.is_delegated("inspector2.amazonaws.com", ADMINISTRATOR));
    }

    #[test]
    fn designation_needs_each_dependent_permission() {
        let needs = iam::designation(iam::INSPECTOR).map(|need| need.action);
        for missing in needs {
            let mut world = organization();
            let others = needs.iter().filter(|action| **action != missing);
            let allowed: BTreeSet<String> = others.map(|action| (*action).to_owned()).collect();
            world.access.restricted.insert(MANAGEMENT.to_owned(), allowed);
            let (_, code, message) = refusal(call(&mut world, MANAGEMENT, DESIGNATE, designation()));
            assert_eq!(code, "AccessDeniedException");
            assert!(message.contains(missing), "{message}");
        }
    }

    #[test]
    fn designation_needs_trusted_access_or_gives_it() {
        let mut world = organization();
        world.organization.trusted.clear();
        assert!(call(&mut world, MANAGEMENT, DESIGNATE, designation()).is_err());
        world.behaviour.inspector2.designation_needs_trusted_access = false;
        assert!(call(&mut world, MANAGEMENT, DESIGNATE, designation()).is_ok());
        assert!(world.trusted("inspector2.amazonaws.com"));
    }

    #[test]
    fn designation_again_conflicts_and_so_does_another_account_in_another_region() {
        let mut world = governed();
        let again = call(&mut world, MANAGEMENT, DESIGNATE, designation()).unwrap_err();
        assert_eq!((again.status, again.code.as_str()), (409, "ConflictException"));
        assert!(again.message.contains("already enabled"));
        assert_eq!(again.members["resourceId"], ADMINISTRATOR);
        let other = json!({"delegatedAdminAccountId": OTHER});
        let (status, _, message) = refusal(call_in(&mut world, "us-east-1", MANAGEMENT, DESIGNATE, other));
        assert_eq!(status, 409);
        assert!(message.contains(ADMINISTRATOR));
        assert!(call_in(&mut world, "us-east-1", MANAGEMENT, DESIGNATE, designation()).is_ok());
    }

    #[test]
    fn designation_turns_every_offered_scan_type_on_in_the_administrator_or_none() {
        let mut world = organization();
        let absent = ("inspector2".to_owned(), "LAMBDA_CODE".to_owned(), REGION.to_owned());
        world.offers.absent_features.insert(absent);
        call(&mut world, MANAGEMENT, DESIGNATE, designation()).unwrap();
        assert_eq!(status(&mut world, ADMINISTRATOR)["ec2"], "ENABLING");
        pass(&mut world);
        let statuses = status(&mut world, ADMINISTRATOR);
        assert_eq!(statuses["codeRepository"], "ENABLED");
        assert_eq!(statuses["lambdaCode"], "DISABLED");
        assert_eq!(statuses["ami"], "DISABLED");

        let mut world = organization();
        world.behaviour.inspector2.designation_enables_scans = false;
        call(&mut world, MANAGEMENT, DESIGNATE, designation()).unwrap();
        assert_eq!(status(&mut world, ADMINISTRATOR)["account"], "DISABLED");
    }

    #[test]
    fn the_administrator_is_listed_for_the_management_account_alone() {
        let mut world = governed();
        let list = "ListDelegatedAdminAccounts";
        let answer = call(&mut world, MANAGEMENT, list, json!({})).unwrap();
        let listed = json!([{"accountId": ADMINISTRATOR, "status": "ENABLED"}]);
        assert_eq!(answer["delegatedAdminAccounts"], listed);
        let (_, code, message) = refusal(call(&mut world, ADMINISTRATOR, list, json!({})));
        assert_eq!(code, "ValidationException");
        assert!(message.contains("is the delegated admin"));
        assert_eq!(refusal(call(&mut world, MEMBER, list, json!({}))).0, 403);
    }

    #[test]
    fn every_account_may_ask_for_the_administrator() {
        let mut world = organization();
        let get = "GetDelegatedAdminAccount";
        assert_eq!(refusal(call(&mut world, MEMBER, get, json!({}))).0, 404);
        call(&mut world, MANAGEMENT, DESIGNATE, designation()).unwrap();
        let answer = call(&mut world, MEMBER, get, json!({})).unwrap();
        assert_eq!(answer["delegatedAdmin"]["accountId"], ADMINISTRATOR);
        assert_eq!(answer["delegatedAdmin"]["relationshipStatus"], "ENABLED");
    }

    #[test]
    fn removing_the_administrator_takes_time_and_leaves_members_on_their_own() {
        let mut world = with_member();
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        pass(&mut world);
        call(&mut world, MANAGEMENT, "DisableDelegatedAdminAccount", designation()).unwrap();
        let list = "ListDelegatedAdminAccounts";
        let answer = call(&mut world, MANAGEMENT, list, json!({})).unwrap();
        assert_eq!(answer["delegatedAdminAccounts"][0]["status"], "DISABLE_IN_PROGRESS");
        assert_eq!(refusal(call(&mut world, MANAGEMENT, DESIGNATE, designation())).0, 409);
        pass(&mut world);
        let answer = call(&mut world, MANAGEMENT, list, json!({})).unwrap();
        assert_eq!(answer["delegatedAdminAccounts"], json!([]));
        let rows = super::super::enrolment(&world);
        let row = rows.iter().find(|row| row["account"] == MEMBER).unwrap();
        assert_eq!(row["relationship"], "REMOVED");
        assert_eq!(row["features"]["EC2"], "ENABLED");
    }

    #[test]
    fn an_active_account_is_associated_at_designation_when_the_switch_says_so() {
        for associates in [false, true] {
            let mut world = organization();
            world.behaviour.inspector2.designation_associates_active = associates;
            enable(&mut world, MEMBER, &[], &["EC2"]).unwrap();
            pass(&mut world);
            call(&mut world, MANAGEMENT, DESIGNATE, designation()).unwrap();
            pass(&mut world);
            let found = call(&mut world, ADMINISTRATOR, "GetMember", json!({"accountId": MEMBER}));
            assert_eq!(found.is_ok(), associates);
        }
    }
}
