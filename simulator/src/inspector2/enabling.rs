//! `Enable`: scan types of accounts are turned on. No I/O.

use super::{
    authority::{
        Failed, has_access, is_administrator, named_accounts, named_scans, relationship, require_active,
        require_offered,
    },
    members,
    outcomes::{outcomes, refuse_managed},
    refusals::{access_denied, validation},
    state::Enrolment,
    switches::{Enabling, Switches},
    words::{DeepInspection, Relationship, Scan, Status},
};
use crate::{
    iam,
    organization::Account,
    policies::{self, Kind},
    service::{Answer, Call, Refusal},
    transition::Due,
    world::World,
};

pub(super) fn enable(world: &mut World, call: &Call) -> Answer {
    let scans = named_scans(call);
    let accounts = named_accounts(call);
    require_offered(world, &call.region, &scans)?;
    require_one_kind(world, call, &accounts)?;
    require_lambda(world, &call.region, &scans, &accounts)?;
    require_role(world, call, &accounts, &scans)?;
    Ok(outcomes(world, call, &accounts, |world, call, account| enable_account(world, call, account, &scans)))
}

/// Seen in public code: one call is for the administrator alone, or for members.
fn require_one_kind(world: &World, call: &Call, accounts: &[String]) -> Result<(), Refusal> {
    if !is_administrator(world, &call.region, &call.caller.account) {
        return Ok(());
    }
    let own = accounts.contains(&call.caller.account);
    if own && accounts.len() > 1 {
        return Err(validation("The delegated administrator cannot be enabled together with its members"));
    }
    if !own && world.behaviour.inspector2.members_need_active_administrator {
        return require_active(world, call);
    }
    Ok(())
}

/// AWS documentation: Lambda code scanning needs Lambda standard scanning. Which error it is, is inferred.
fn require_lambda(world: &World, region: &str, scans: &[Scan], accounts: &[String]) -> Result<(), Refusal> {
    let has_lambda = |account: &String| {
        let record = world.inspector2.enrolment(region, account);
        record.is_some_and(|record| *record.scans.get(Scan::Lambda).finally() == Status::Enabled)
    };
    if !scans.contains(&Scan::LambdaCode) || scans.contains(&Scan::Lambda) || accounts.iter().all(has_lambda) {
        return Ok(());
    }
    Err(validation("Lambda code scanning requires Lambda standard scanning"))
}

/// AWS documentation, and the message seen in public code: the first activation of an account creates the
/// service-linked role.
fn require_role(world: &mut World, call: &Call, accounts: &[String], scans: &[Scan]) -> Result<(), Refusal> {
    let missing = accounts.iter().any(|account| !world.inspector2.roles.contains(account));
    if missing && !world.permits(&call.caller, "iam:CreateServiceLinkedRole") {
        return Err(no_role());
    }
    if accounts.contains(&call.caller.account) { require_own_roles(world, call, scans) } else { Ok(()) }
}

/// What the caller's own account lacks its role has to be allowed to create. AWS documentation: agentless scanning, which
/// is part of EC2 scanning, has a service-linked role of its own.
pub(super) fn require_own_roles(world: &mut World, call: &Call, scans: &[Scan]) -> Result<(), Refusal> {
    let (account, inspector2) = (&call.caller.account, &world.inspector2);
    let mut missing = Vec::new();
    if !inspector2.roles.contains(account) {
        missing.push(iam::service_role(iam::INSPECTOR));
    }
    if scans.contains(&Scan::Ec2) && !inspector2.agentless_roles.contains(account) {
        missing.push(iam::service_role(iam::AGENTLESS));
    }
    iam::require(world, call, account, &missing).map_err(|_| no_role())
}

fn no_role() -> Refusal {
    access_denied("Invoking account is not authorized to perform iam:CreateServiceLinkedRole")
}

fn enable_account(world: &mut World, call: &Call, account: &str, scans: &[Scan]) -> Result<(), Failed> {
    if !has_access(world, call, account) {
        return Err(Failed::no_access());
    }
    // AWS documentation: suspended accounts cannot be enabled. The code is inferred.
    let suspended = relationship(world, &call.region, account) == Relationship::AccountSuspended;
    if suspended || !world.organization.account(account).is_some_and(Account::is_active) {
        return Err(Failed::new("ACCOUNT_IS_ISOLATED", "The account is suspended"));
    }
    refuse_managed(world, &call.region, account, scans)?;
    if world.behaviour.inspector2.repeated_enable_fails {
        refuse_repeated(world, &call.region, account, scans)?;
    }
    turn_on(world, &call.region, account, scans);
    if account == call.caller.account {
        // AWS documentation: a member that activates Inspector by itself becomes associated with the administrator.
        members::associate_active(world, &call.region, account);
    }
    Ok(())
}

fn refuse_repeated(world: &World, region: &str, account: &str, scans: &[Scan]) -> Result<(), Failed> {
    let Some(record) = world.inspector2.enrolment(region, account) else {
        return Ok(());
    };
    let all = |wanted| scans.iter().all(|scan| record.scan(*scan, world.now) == wanted);
    if all(Status::Enabled) {
        Err(Failed::new("ALREADY_ENABLED", "The account is already enabled"))
    } else if all(Status::Enabling) {
        Err(Failed::new("ENABLE_IN_PROGRESS", "The account is being enabled"))
    } else {
        Ok(())
    }
}

/// Begins to turn the scan types on; those that are on, or on their way, are left alone.
pub(super) fn turn_on(world: &mut World, region: &str, account: &str, scans: &[Scan]) {
    let due = world.due_for(account);
    let World { inspector2, behaviour, .. } = world;
    let new_role = inspector2.roles.insert(account.to_owned());
    if scans.contains(&Scan::Ec2) {
        inspector2.agentless_roles.insert(account.to_owned());
    }
    let off = |enrolment: &Enrolment| {
        scans.iter().copied().filter(|scan| *enrolment.scans.get(*scan).finally() != Status::Enabled).collect()
    };
    let record = inspector2.record(region, account);
    let off: Vec<Scan> = off(record);
    if !off.is_empty() {
        begin_scans(record, &off, due, &behaviour.inspector2);
    }
    if new_role {
        // Policies need it.
        policies::changed(world, Some(Kind::Inspector), Some(account));
    }
}

fn begin_scans(enrolment: &mut Enrolment, scans: &[Scan], due: Due, switches: &Switches) {
    let intermediate = match switches.enabling {
        Enabling::Plain => Status::Enabling,
        Enabling::EnabledWithResourcesDisabled => Status::Disabled,
    };
    for scan in scans {
        enrolment.scans.get_mut(*scan).begin(intermediate, Status::Enabled, due);
    }
    if scans.contains(&Scan::Ec2) && switches.deep_inspection_with_ec2 {
        enrolment.deep_inspection.begin(DeepInspection::Pending, DeepInspection::Activated, due);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::inspector2::switches::Enabling;
    use serde_json::json;

    fn without_lambda_code() -> crate::world::World {
        let mut world = with_member();
        let absent = ("inspector2".to_owned(), "LAMBDA_CODE".to_owned(), REGION.to_owned());
        world.offers.absent_features.insert(absent);
        world
    }

    #[test]
    fn a_member_is_enabling_until_it_is_enabled() {
        let mut world = with_member();
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2", "ECR"]).unwrap();
        assert_eq!(answer["accounts"][0]["status"], "ENABLING");
        assert_eq!(answer["accounts"][0]["resourceStatus"]["ec2"], "ENABLING");
        assert_eq!(answer["failedAccounts"], json!([]));
        assert_eq!(status(&mut world, MEMBER)["account"], "ENABLING");
        pass(&mut world);
        let statuses = status(&mut world, MEMBER);
        assert_eq!(statuses["account"], "ENABLED");
        assert_eq!(statuses["ecr"], "ENABLED");
        assert_eq!(statuses["lambda"], "DISABLED");
    }

    #[test]
    fn enabled_with_all_resources_disabled_is_an_intermediate_state_too() {
        let mut world = with_member();
        world.behaviour.inspector2.enabling = Enabling::EnabledWithResourcesDisabled;
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        let statuses = status(&mut world, MEMBER);
        assert_eq!((&statuses["account"], &statuses["ec2"]), (&json!("ENABLED"), &json!("DISABLED")));
        pass(&mut world);
        assert_eq!(status(&mut world, MEMBER)["ec2"], "ENABLED");
    }

    #[test]
    fn an_account_that_is_not_associated_yet_fails_within_a_success() {
        let mut world = governed();
        associate(&mut world, MEMBER);
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER, OTHER], &["EC2"]).unwrap();
        let failure = |account: &str| {
            json!({
                "accountId": account,
                "errorCode": "ACCESS_DENIED",
                "errorMessage": "Invoking account does not have access to this account",
            })
        };
        assert_eq!(answer["failedAccounts"], json!([failure(MEMBER), failure(OTHER)]));
        pass(&mut world);
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER, OTHER], &["EC2"]).unwrap();
        assert_eq!(answer["accounts"][0]["accountId"], MEMBER);
        assert_eq!(answer["failedAccounts"], json!([failure(OTHER)]));
    }

    #[test]
    fn the_administrator_is_not_enabled_together_with_members() {
        let mut world = with_member();
        let both = enable(&mut world, ADMINISTRATOR, &[ADMINISTRATOR, MEMBER], &["EC2"]);
        assert_eq!(refusal(both).1, "ValidationException");
        assert!(enable(&mut world, ADMINISTRATOR, &[ADMINISTRATOR], &["EC2"]).is_ok());
        assert!(enable(&mut world, ADMINISTRATOR, &[], &["EC2"]).is_ok());
    }

    #[test]
    fn a_scan_type_that_the_region_does_not_offer_fails_the_whole_call() {
        let mut world = without_lambda_code();
        let denied = |answer| {
            let (status, code, message) = refusal(answer);
            assert_eq!((status, code.as_str()), (403, "AccessDeniedException"));
            assert_eq!(message, "Lambda code scanning is not supported in eu-west-1");
        };
        denied(enable(&mut world, ADMINISTRATOR, &[MEMBER], &ALL));
        let input = json!({"accountIds": [MEMBER], "resourceTypes": ALL});
        denied(call(&mut world, ADMINISTRATOR, "Disable", input));
        assert_eq!(status(&mut world, MEMBER)["ec2"], "DISABLED");
        assert!(enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2", "LAMBDA"]).is_ok());
    }

    #[test]
    fn lambda_code_needs_lambda() {
        let mut world = with_member();
        let alone = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["LAMBDA_CODE"]);
        assert_eq!(refusal(alone).1, "ValidationException");
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &["LAMBDA"]).unwrap();
        assert!(enable(&mut world, ADMINISTRATOR, &[MEMBER], &["LAMBDA_CODE"]).is_ok());
    }

    #[test]
    fn the_first_activation_needs_the_right_to_create_the_role() {
        let mut world = with_member();
        let only_enable = ["inspector2:*".to_owned()].into();
        world.access.restricted.insert(ADMINISTRATOR.to_owned(), only_enable);
        let first = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]);
        assert!(refusal(first).2.contains("iam:CreateServiceLinkedRole"));
        assert!(enable(&mut world, ADMINISTRATOR, &[], &["EC2"]).is_ok());
    }

    #[test]
    fn a_member_that_activates_itself_becomes_associated() {
        let mut world = governed();
        enable(&mut world, MEMBER, &[], &["EC2"]).unwrap();
        assert_eq!(relationship(&mut world, MEMBER), "CREATED");
        pass(&mut world);
        assert_eq!(relationship(&mut world, MEMBER), "ENABLED");
        assert_eq!(status(&mut world, MEMBER)["ec2"], "ENABLED");
    }

    #[test]
    fn the_administrator_and_members_of_another_one_do_not_become_associated_by_activating_themselves() {
        let mut world = governed();
        super::super::prepare(&mut world, &json!({"accounts": [OTHER], "held-by": "999999999999"})).unwrap();
        for account in [ADMINISTRATOR, OTHER] {
            enable(&mut world, account, &[], &["EC2"]).unwrap();
            let found = call(&mut world, ADMINISTRATOR, "GetMember", json!({"accountId": account}));
            assert_eq!(refusal(found).0, 404);
        }
    }

    #[test]
    fn an_account_cannot_enable_another_one() {
        let mut world = with_member();
        let answer = enable(&mut world, MEMBER, &[OTHER], &["EC2"]).unwrap();
        assert_eq!(answer["failedAccounts"][0]["errorCode"], "ACCESS_DENIED");
        assert_eq!(answer["accounts"], json!([]));
    }

    #[test]
    fn a_suspended_member_cannot_be_enabled() {
        let mut world = with_member();
        let account = world.organization.accounts.get_mut(MEMBER).unwrap();
        account.state = crate::organization::AccountState::Suspended;
        assert_eq!(relationship(&mut world, MEMBER), "ACCOUNT_SUSPENDED");
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        assert_eq!(answer["failedAccounts"][0]["accountId"], MEMBER);
    }

    #[test]
    fn a_member_in_the_status_of_suspended_accounts_cannot_be_enabled() {
        let mut world = with_member();
        world.inspector2.record(REGION, MEMBER).relationship =
            crate::transition::Moving::settled(crate::inspector2::words::Relationship::AccountSuspended);
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        assert_eq!(answer["failedAccounts"][0]["errorCode"], "ACCOUNT_IS_ISOLATED");
    }

    #[test]
    fn enabling_again_succeeds_or_fails_as_the_switch_says() {
        let mut world = with_member();
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        assert_eq!(answer["accounts"][0]["accountId"], MEMBER);
        world.behaviour.inspector2.repeated_enable_fails = true;
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        assert_eq!(answer["failedAccounts"][0]["errorCode"], "ENABLE_IN_PROGRESS");
        pass(&mut world);
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        assert_eq!(answer["failedAccounts"][0]["errorCode"], "ALREADY_ENABLED");
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2", "ECR"]).unwrap();
        assert_eq!(answer["accounts"][0]["resourceStatus"]["ec2"], "ENABLED");
        assert_eq!(answer["accounts"][0]["resourceStatus"]["ecr"], "ENABLING");
    }

    #[test]
    fn a_stuck_account_stays_enabling() {
        let mut world = with_member();
        world.stuck.insert(MEMBER.to_owned());
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        world.now += 1_000_000;
        assert_eq!(status(&mut world, MEMBER)["ec2"], "ENABLING");
    }

    #[test]
    fn a_transition_can_take_reads_instead_of_time() {
        let mut world = with_member();
        world.behaviour.transition_reads = Some(2);
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        let seen: Vec<_> = (0..3).map(|_| status(&mut world, MEMBER)["ec2"].clone()).collect();
        assert_eq!(seen, ["ENABLING", "ENABLING", "ENABLED"]);
    }
}
