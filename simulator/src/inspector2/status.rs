//! `BatchGetAccountStatus`: what is on in which account. No I/O.

use serde_json::{Map, Value, json};

use super::{
    authority::{Failed, has_access, named_accounts},
    state::Enrolment,
    words::{Scan, Status},
};
use crate::{
    organization::Account,
    service::{Answer, Call},
    world::World,
};

pub(super) fn batch_get_account_status(world: &mut World, call: &Call) -> Answer {
    let (mut accounts, mut failed) = (Vec::new(), Vec::new());
    for account in named_accounts(call) {
        if has_access(world, call, &account) {
            accounts.push(account_state(world, &call.region, &account));
            if let Some(regional) = world.inspector2.regions.get_mut(&call.region)
                && let Some(record) = regional.accounts.get_mut(&account)
            {
                record.seen_mut(world.now).count_status_read(world.now);
            }
        } else {
            failed.push(Failed::no_access().to_json(&account));
        }
    }
    Ok(json!({"accounts": accounts, "failedAccounts": failed}))
}

/// `AccountState` of AWS's model, as a read sees it.
fn account_state(world: &World, region: &str, account: &str) -> Value {
    let nothing = Enrolment::default();
    let record = world.inspector2.enrolment(region, account);
    let enrolment = record.map_or(&nothing, |record| record.seen(world.now));
    let suspended = !world
        .organization
        .account(account)
        .is_none_or(Account::is_active);
    let status = |status: Status| {
        // Inferred: what is on in a suspended account is suspended.
        if suspended && status == Status::Enabled {
            Status::Suspended
        } else {
            status
        }
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
