//! `Disable`: scan types of accounts are turned off. No I/O.

use super::{
    authority::{Failed, has_access, is_administrator, is_managed, named_accounts, named_scans, require_offered},
    outcomes::{outcomes, refuse_managed},
    refusals::access_denied,
    words::{DeepInspection, Scan, Status},
};
use crate::{
    service::{Answer, Call},
    transition::Moving,
    world::World,
};

pub(super) fn disable(world: &mut World, call: &Call) -> Answer {
    let mut scans = named_scans(call);
    require_offered(world, &call.region, &scans)?;
    if scans.is_empty() {
        scans.extend(Scan::ALL);
    }
    // AWS documentation: deactivating standard scanning deactivates code scanning too.
    if scans.contains(&Scan::Lambda) && !scans.contains(&Scan::LambdaCode) {
        scans.push(Scan::LambdaCode);
    }
    let accounts = named_accounts(call);
    // Seen in public code.
    if is_managed(world, call) && accounts.contains(&call.caller.account) {
        let account = &call.caller.account;
        return Err(access_denied(format!("Member account {account} is not authorized to disable itself.")));
    }
    Ok(outcomes(world, call, &accounts, |world, call, account| disable_account(world, call, account, &scans)))
}

fn disable_account(world: &mut World, call: &Call, account: &str, scans: &[Scan]) -> Result<(), Failed> {
    if !has_access(world, call, account) {
        return Err(Failed::no_access());
    }
    refuse_managed(world, &call.region, account, scans)?;
    // AWS documentation: the administrator disassociates all members first. AWS's model has the code; that it is
    // meant for this is inferred.
    let leaves_nothing = world.inspector2.enrolment(&call.region, account).is_some_and(|record| {
        let stays = |scan: &Scan| *record.scans.get(*scan).finally() == Status::Enabled;
        !Scan::ALL.iter().filter(|scan| !scans.contains(scan)).any(stays)
    });
    if leaves_nothing && is_administrator(world, &call.region, account) && world.inspector2.has_members(&call.region, 1)
    {
        return Err(Failed::new("DISASSOCIATE_ALL_MEMBERS", "Disassociate all members first"));
    }
    turn_off(world, &call.region, account, scans);
    Ok(())
}

/// Begins to turn the scan types off; those that are off, or on their way, are left alone.
pub(super) fn turn_off(world: &mut World, region: &str, account: &str, scans: &[Scan]) {
    let due = world.due_for(account);
    let enrolment = world.inspector2.record(region, account);
    for scan in scans {
        let value = enrolment.scans.get_mut(*scan);
        if *value.finally() != Status::Disabled {
            value.begin(Status::Disabling, Status::Disabled, due);
        }
    }
    if scans.contains(&Scan::Ec2) {
        enrolment.deep_inspection = Moving::settled(DeepInspection::Deactivated);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use serde_json::json;

    #[test]
    fn a_member_does_not_disable_itself_but_the_administrator_does() {
        let mut world = with_member();
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &ALL).unwrap();
        pass(&mut world);
        let (status_code, _, message) = refusal(call(&mut world, MEMBER, "Disable", json!({})));
        assert_eq!(status_code, 403);
        let sentence = format!("Member account {MEMBER} is not authorized to disable itself.");
        assert_eq!(message, sentence);
        let input = json!({"accountIds": [MEMBER], "resourceTypes": ["LAMBDA"]});
        call(&mut world, ADMINISTRATOR, "Disable", input).unwrap();
        let statuses = status(&mut world, MEMBER);
        assert_eq!((&statuses["lambda"], &statuses["ec2"]), (&json!("DISABLING"), &json!("ENABLED")));
        pass(&mut world);
        assert_eq!(status(&mut world, MEMBER)["lambdaCode"], "DISABLED");
    }

    #[test]
    fn the_administrator_stays_on_while_it_has_members() {
        let mut world = with_member();
        let answer = call(&mut world, ADMINISTRATOR, "Disable", json!({})).unwrap();
        assert_eq!(answer["failedAccounts"][0]["errorCode"], "DISASSOCIATE_ALL_MEMBERS");
        let input = json!({"resourceTypes": ["EC2"]});
        let answer = call(&mut world, ADMINISTRATOR, "Disable", input).unwrap();
        assert_eq!(answer["accounts"][0]["resourceStatus"]["ec2"], "DISABLING");
    }
}
