//! Deep inspection of EC2 instances: of members, by the administrator; and of the caller. No I/O.

use serde_json::{Map, Value, json};

use super::{
    authority::{is_administrator, is_managed, require_administrator},
    members::ec2_status,
    refusals::{NO_ACCESS_TO_ACCOUNT, access_denied, validation},
    state::counted,
    words::{DeepInspection, Scan, Status},
};
use crate::{
    service::{Answer, Call},
    transition::Moving,
    world::World,
};

const NEEDS_EC2: &str = "Amazon EC2 scanning is not enabled for this account";

/// AWS model: for the delegated administrator. Leaving `accountIds` out gives nothing; what AWS does is not
/// documented.
pub(super) fn batch_get_member_status(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call, "get member deep inspection status")?;
    let (mut found, mut failed) = (Vec::new(), Vec::new());
    for account in call.input.get("accountIds").and_then(Value::as_array).into_iter().flatten() {
        let account = account.as_str().unwrap_or_default();
        match ec2_of_member(world, call, account) {
            Err(failure) => failed.push(failure),
            Ok(ec2) if ec2 != Status::Enabled && world.behaviour.inspector2.deep_inspection_of_no_ec2_fails => {
                failed.push(failure_json(account, Some(ec2), NEEDS_EC2));
            }
            Ok(_) => {
                let status = read(world, &call.region, account);
                found.push(json!({"accountId": account, "status": status.name()}));
            }
        }
    }
    Ok(json!({"accountIds": found, "failedAccountIds": failed}))
}

pub(super) fn batch_update_member_status(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call, "update member deep inspection status")?;
    let (mut changed, mut failed) = (Vec::new(), Vec::new());
    for wanted in call.input.get("accountIds").and_then(Value::as_array).into_iter().flatten() {
        let account = wanted.get("accountId").and_then(Value::as_str).unwrap_or_default();
        let on = wanted.get("activateDeepInspection").and_then(Value::as_bool).unwrap_or_default();
        match ec2_of_member(world, call, account) {
            Err(failure) => failed.push(failure),
            // AWS documentation: deep inspection needs EC2 scanning.
            Ok(ec2) if on && ec2 != Status::Enabled => {
                failed.push(failure_json(account, Some(ec2), NEEDS_EC2));
            }
            Ok(_) => {
                let status = set(world, &call.region, account, on);
                changed.push(json!({"accountId": account, "status": status.name()}));
            }
        }
    }
    Ok(json!({"accountIds": changed, "failedAccountIds": failed}))
}

/// The EC2 scanning of a member, or the failure of an account that is none. Seen in public code: the message.
fn ec2_of_member(world: &World, call: &Call, account: &str) -> Result<Status, Value> {
    let own = account == call.caller.account;
    if own && !world.behaviour.inspector2.deep_inspection_batch_takes_administrator {
        return Err(failure_json(account, None, NO_ACCESS_TO_ACCOUNT));
    }
    ec2_status(world, call, account).ok_or_else(|| failure_json(account, None, NO_ACCESS_TO_ACCOUNT))
}

/// `FailedMemberAccountEc2DeepInspectionStatusState` of AWS's model.
fn failure_json(account: &str, ec2: Option<Status>, message: &str) -> Value {
    let mut failure = Map::new();
    failure.insert("accountId".to_owned(), account.into());
    failure.extend(ec2.map(|status| ("ec2ScanStatus".to_owned(), status.name().into())));
    failure.insert("errorMessage".to_owned(), message.into());
    failure.into()
}

/// The status as a read sees it; the read counts.
fn read(world: &mut World, region: &str, account: &str) -> DeepInspection {
    let now = world.now;
    let record = world.inspector2.enrolment(region, account);
    let seen = record.map_or(DeepInspection::Deactivated, |record| *record.deep_inspection.peek(now));
    if let Some(record) = counted(world, region).and_then(|regional| regional.accounts.get_mut(account)) {
        record.deep_inspection.read(now);
    }
    seen
}

/// Sets the status; what is so already, or on its way, is left alone. `PENDING` is in AWS's model; that activation
/// passes through it is inferred.
fn set(world: &mut World, region: &str, account: &str, on: bool) -> DeepInspection {
    let (now, due) = (world.now, world.due_for(account));
    let record = world.inspector2.record(region, account);
    let wanted = if on { DeepInspection::Activated } else { DeepInspection::Deactivated };
    if *record.deep_inspection.finally() != wanted {
        let value = &mut record.deep_inspection;
        if on {
            value.begin(DeepInspection::Pending, wanted, due);
        } else {
            *value = Moving::settled(wanted);
        }
    }
    *record.deep_inspection.peek(now)
}

#[allow(clippy::unnecessary_wraps, reason = "the shape of an operation")]
pub(super) fn get_configuration(world: &mut World, call: &Call) -> Answer {
    let status = read(world, &call.region, &call.caller.account);
    Ok(configuration_json(world, call, status))
}

/// AWS model: a member cannot deactivate it, its administrator can.
pub(super) fn update_configuration(world: &mut World, call: &Call) -> Answer {
    let account = &call.caller.account;
    let on = call.input.get("activateDeepInspection").and_then(Value::as_bool);
    if on == Some(false) && is_managed(world, call) {
        return Err(access_denied("Member accounts cannot deactivate deep inspection"));
    }
    let ec2 = world.inspector2.enrolment(&call.region, account);
    if on == Some(true) && !ec2.is_some_and(|record| record.scan(Scan::Ec2, world.now) == Status::Enabled) {
        return Err(validation(NEEDS_EC2));
    }
    if let Some(on) = on {
        set(world, &call.region, account, on);
    }
    if let Some(paths) = call.input.get("packagePaths").and_then(Value::as_array) {
        let record = world.inspector2.record(&call.region, account);
        record.extras().paths.clone_from(paths);
    }
    let record = world.inspector2.enrolment(&call.region, account);
    let status = record.map_or(DeepInspection::Deactivated, |record| *record.deep_inspection.peek(world.now));
    Ok(configuration_json(world, call, status))
}

/// AWS model: for the delegated administrator; the answer is empty.
pub(super) fn update_organization_configuration(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call, "update the organization deep inspection configuration")?;
    if let Some(paths) = call.input.get("orgPackagePaths").and_then(Value::as_array) {
        world.inspector2.region(&call.region).settings.paths.clone_from(paths);
    }
    Ok(json!({}))
}

fn configuration_json(world: &World, call: &Call, status: DeepInspection) -> Value {
    let record = world.inspector2.enrolment(&call.region, &call.caller.account);
    let extras = record.and_then(|record| record.extras.as_deref());
    let paths = extras.map(|extras| extras.paths.clone()).unwrap_or_default();
    let settings = world.inspector2.settings(&call.region);
    let shared = is_managed(world, call) || is_administrator(world, &call.region, &call.caller.account);
    let organization = settings.filter(|_| shared).map(|settings| settings.paths.clone());
    json!({
        "packagePaths": paths,
        "orgPackagePaths": organization.unwrap_or_default(),
        "status": status.name(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::world::World;
    use serde_json::{Value, json};

    const GET: &str = "BatchGetMemberEc2DeepInspectionStatus";
    const UPDATE: &str = "BatchUpdateMemberEc2DeepInspectionStatus";

    fn with_ec2(deep_inspection: bool) -> World {
        let mut world = with_member();
        world.behaviour.inspector2.deep_inspection_with_ec2 = deep_inspection;
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        pass(&mut world);
        world
    }

    fn get(world: &mut World, accounts: &[&str]) -> Value {
        call(world, ADMINISTRATOR, GET, json!({"accountIds": accounts})).unwrap()
    }

    fn update(world: &mut World, account: &str, on: bool) -> Value {
        let input = json!({"accountIds": [{"accountId": account, "activateDeepInspection": on}]});
        call(world, ADMINISTRATOR, UPDATE, input).unwrap()
    }

    #[test]
    fn ec2_scanning_turns_it_on_or_not() {
        for (with_ec2_scanning, status) in [(true, "ACTIVATED"), (false, "DEACTIVATED")] {
            let mut world = with_ec2(with_ec2_scanning);
            let expected = json!([{"accountId": MEMBER, "status": status}]);
            assert_eq!(get(&mut world, &[MEMBER])["accountIds"], expected);
        }
    }

    #[test]
    fn it_is_pending_until_it_is_activated() {
        let mut world = with_ec2(false);
        assert_eq!(update(&mut world, MEMBER, true)["accountIds"][0]["status"], "PENDING");
        pass(&mut world);
        assert_eq!(get(&mut world, &[MEMBER])["accountIds"][0]["status"], "ACTIVATED");
        assert_eq!(update(&mut world, MEMBER, true)["accountIds"][0]["status"], "ACTIVATED");
        assert_eq!(update(&mut world, MEMBER, false)["accountIds"][0]["status"], "DEACTIVATED");
    }

    #[test]
    fn it_needs_ec2_scanning() {
        let mut world = with_member();
        let answer = update(&mut world, MEMBER, true);
        assert_eq!(answer["accountIds"], json!([]));
        assert_eq!(answer["failedAccountIds"][0]["ec2ScanStatus"], "DISABLED");
        assert_eq!(get(&mut world, &[MEMBER])["accountIds"][0]["status"], "DEACTIVATED");
        world.behaviour.inspector2.deep_inspection_of_no_ec2_fails = true;
        assert_eq!(get(&mut world, &[MEMBER])["failedAccountIds"][0]["accountId"], MEMBER);
    }

    #[test]
    fn strangers_and_the_administrator_itself_fail() {
        let mut world = with_ec2(true);
        let answer = get(&mut world, &[MEMBER, OTHER, ADMINISTRATOR]);
        assert_eq!(answer["accountIds"].as_array().unwrap().len(), 1);
        assert_eq!(answer["failedAccountIds"].as_array().unwrap().len(), 2);
        world.behaviour.inspector2.deep_inspection_batch_takes_administrator = true;
        assert_eq!(get(&mut world, &[ADMINISTRATOR])["accountIds"][0]["status"], "ACTIVATED");
        let refused = call(&mut world, MEMBER, GET, json!({"accountIds": [MEMBER]}));
        assert_eq!(refusal(refused).0, 403);
    }

    #[test]
    fn an_account_has_its_own_setting_and_the_paths_of_the_organization() {
        let mut world = with_ec2(true);
        let paths = json!({"orgPackagePaths": ["/opt/all"]});
        let org = "UpdateOrgEc2DeepInspectionConfiguration";
        assert_eq!(call(&mut world, ADMINISTRATOR, org, paths.clone()).unwrap(), json!({}));
        assert_eq!(refusal(call(&mut world, MEMBER, org, paths)).0, 403);
        let own = "UpdateEc2DeepInspectionConfiguration";
        let (status, ..) = refusal(call(&mut world, MEMBER, own, json!({"activateDeepInspection": false})));
        assert_eq!(status, 403);
        call(&mut world, MEMBER, own, json!({"packagePaths": ["/opt/own"]})).unwrap();
        let answer = call(&mut world, MEMBER, "GetEc2DeepInspectionConfiguration", json!({})).unwrap();
        let expected = json!({
            "packagePaths": ["/opt/own"],
            "orgPackagePaths": ["/opt/all"],
            "status": "ACTIVATED",
        });
        assert_eq!(answer, expected);
    }

    #[test]
    fn disabling_ec2_scanning_turns_it_off() {
        let mut world = with_ec2(true);
        let input = json!({"accountIds": [MEMBER], "resourceTypes": ["EC2"]});
        call(&mut world, ADMINISTRATOR, "Disable", input).unwrap();
        assert_eq!(get(&mut world, &[MEMBER])["accountIds"][0]["status"], "DEACTIVATED");
    }
}
