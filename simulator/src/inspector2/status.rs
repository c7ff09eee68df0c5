//! `BatchGetAccountStatus`: what is on in which account. No I/O.

use serde_json::{Map, Value, json};

use super::{
    authority::{Failed, has_access, named_accounts},
    state::{Enrolment, counted},
    words::{Scan, Status},
};
use crate::{
    organization::Account,
    service::{Answer, Call},
    world::World,
};

#[allow(clippy::unnecessary_wraps, reason = "the shape of an operation")]
pub(super) fn batch_get_account_status(world: &mut World, call: &Call) -> Answer {
    let (mut accounts, mut failed) = (Vec::new(), Vec::new());
    for account in named_accounts(call) {
        if has_access(world, call, &account) {
            accounts.push(account_state(world, &call.region, &account));
            let now = world.now;
            let record = counted(world, &call.region).and_then(|regional| regional.accounts.get_mut(&account));
            if let Some(record) = record {
                record.count_status_read(now);
            }
        } else {
            failed.push(Failed::no_access().to_json(&account));
        }
    }
    Ok(json!({"accounts": accounts, "failedAccounts": failed}))
}

/// `AccountState` of AWS's model.
fn account_state(world: &World, region: &str, account: &str) -> Value {
    let nothing = Enrolment::default();
    let record = world.inspector2.enrolment(region, account);
    let enrolment = record.unwrap_or(&nothing);
    let suspended = !world.organization.account(account).is_none_or(Account::is_active);
    let status = |status: Status| {
        // Inferred: what is on in a suspended account is suspended.
        if suspended && status == Status::Enabled { Status::Suspended } else { status }
    };
    let mut resources = Map::new();
    for scan in Scan::ALL {
        let shown = scan.is_required_member()
            || world.behaviour.inspector2.unoffered_scan_types_shown
            || world.offers_feature("inspector2", region, scan.name());
        if shown {
            let state = state_json(world, status(enrolment.scan(scan, world.now)));
            resources.insert(scan.member().to_owned(), state);
        }
    }
    for (name, on) in enrolment.extras.iter().flat_map(|extras| extras.unknown.iter()) {
        resources.insert(name.clone(), state_json(world, status(*on)));
    }
    json!({
        "accountId": account,
        "state": state_json(world, status(enrolment.status(world.now))),
        "resourceState": resources,
    })
}

/// `State` of AWS's model.
fn state_json(world: &World, status: Status) -> Value {
    if world.behaviour.inspector2.healthy_state_has_error_code {
        let (code, message) = status.harmless_error();
        json!({"status": status.name(), "errorCode": code, "errorMessage": message})
    } else {
        json!({"status": status.name()})
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use serde_json::json;

    const BATCH: &str = "BatchGetAccountStatus";

    #[test]
    fn members_are_shown_and_strangers_fail() {
        let mut world = with_member();
        let input = json!({"accountIds": [MEMBER, OTHER, "999999999999"]});
        let answer = call(&mut world, ADMINISTRATOR, BATCH, input).unwrap();
        assert_eq!(answer["accounts"].as_array().unwrap().len(), 1);
        let codes = answer["failedAccounts"].as_array().unwrap();
        assert!(codes.len() == 2 && codes.iter().all(|one| one["errorCode"] == "ACCESS_DENIED"));
    }

    #[test]
    fn without_accounts_the_caller_is_shown() {
        let mut world = organization();
        let answer = call(&mut world, OTHER, BATCH, json!({})).unwrap();
        assert_eq!(answer["accounts"][0]["accountId"], OTHER);
        assert_eq!(answer["accounts"][0]["state"]["status"], "DISABLED");
    }

    #[test]
    fn a_healthy_state_has_an_error_code_unless_the_switch_is_off() {
        let mut world = governed();
        let answer = call(&mut world, ADMINISTRATOR, BATCH, json!({})).unwrap();
        let state = &answer["accounts"][0]["resourceState"]["ec2"];
        assert_eq!(state["errorCode"], "ALREADY_ENABLED");
        assert!(state["errorMessage"].as_str().is_some_and(|message| !message.is_empty()));
        world.behaviour.inspector2.healthy_state_has_error_code = false;
        let answer = call(&mut world, ADMINISTRATOR, BATCH, json!({})).unwrap();
        assert_eq!(answer["accounts"][0]["state"], json!({"status": "ENABLED"}));
    }

    #[test]
    fn what_the_region_does_not_offer_is_disabled_or_left_out() {
        let mut world = governed();
        let absent = ("inspector2".to_owned(), "LAMBDA_CODE".to_owned(), REGION.to_owned());
        world.offers.absent_features.insert(absent);
        assert!(status(&mut world, ADMINISTRATOR).get("lambdaCode").is_some());
        world.behaviour.inspector2.unoffered_scan_types_shown = false;
        assert!(status(&mut world, ADMINISTRATOR).get("lambdaCode").is_none());
    }

    #[test]
    fn what_is_on_in_a_suspended_member_is_suspended() {
        let mut world = with_member();
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        pass(&mut world);
        let account = world.organization.accounts.get_mut(MEMBER).unwrap();
        account.state = crate::organization::AccountState::Suspended;
        let statuses = status(&mut world, MEMBER);
        assert_eq!((&statuses["account"], &statuses["ecr"]), (&json!("SUSPENDED"), &json!("DISABLED")));
    }
}
