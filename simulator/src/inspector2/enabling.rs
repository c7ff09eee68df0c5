//! `Enable` and `Disable`: scan types of accounts are turned on and off. No I/O.

use serde_json::{Map, Value, json};

use super::{
    authority::{
        Failed, has_access, is_administrator, is_managed, named_accounts, require_active,
        require_offered,
    },
    members,
    refusals::{access_denied, validation},
    state::{Enrolment, Moment},
    switches::{Enabling, Switches},
    words::{DeepInspection, Scan, Status},
};
use crate::{
    organization::Account,
    service::{Answer, Call, Refusal},
    transition::Moving,
    world::World,
};

pub(super) fn enable(world: &mut World, call: &Call) -> Answer {
    let scans = named_scans(call);
    let accounts = named_accounts(call);
    require_offered(world, &call.region, &scans)?;
    require_one_kind(world, call, &accounts)?;
    require_lambda(world, &call.region, &scans, &accounts)?;
    require_role(world, call, &accounts)?;
    answer(world, call, &accounts, |world, call, account| {
        enable_account(world, call, account, &scans)
    })
}

pub(super) fn disable(world: &mut World, call: &Call) -> Answer {
    let mut scans = named_scans(call);
    require_offered(world, &call.region, &scans)?;
    if scans.is_empty() {
        scans.extend(Scan::ALL);
    }
    // Inferred: code scanning cannot go on without standard scanning.
    if scans.contains(&Scan::Lambda) && !scans.contains(&Scan::LambdaCode) {
        scans.push(Scan::LambdaCode);
    }
    let accounts = named_accounts(call);
    // Seen in public code.
    if is_managed(world, call) && accounts.contains(&call.caller.account) {
        let account = &call.caller.account;
        return Err(access_denied(format!(
            "Member account {account} is not authorized to disable itself."
        )));
    }
    answer(world, call, &accounts, |world, call, account| {
        disable_account(world, call, account, &scans)
    })
}

fn named_scans(call: &Call) -> Vec<Scan> {
    let names = call.input.get("resourceTypes").and_then(Value::as_array);
    let mut scans: Vec<Scan> = names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(Scan::from_name)
        .collect();
    scans.sort_unstable();
    scans.dedup();
    scans
}

/// Seen in public code: one call is for the administrator alone, or for members.
fn require_one_kind(world: &World, call: &Call, accounts: &[String]) -> Result<(), Refusal> {
    if !is_administrator(world, &call.region, &call.caller.account) {
        return Ok(());
    }
    let own = accounts.contains(&call.caller.account);
    if own && accounts.len() > 1 {
        return Err(validation(
            "The delegated administrator cannot be enabled together with its members",
        ));
    }
    if !own && world.behaviour.inspector2.members_need_active_administrator {
        return require_active(world, call);
    }
    Ok(())
}

/// AWS documentation: Lambda code scanning needs Lambda standard scanning. Which error it is, is inferred.
fn require_lambda(
    world: &World,
    region: &str,
    scans: &[Scan],
    accounts: &[String],
) -> Result<(), Refusal> {
    let has_lambda = |account: &String| {
        let record = world.inspector2.enrolment(region, account);
        record.is_some_and(|record| {
            *record.truth().scans.get(Scan::Lambda).finally() == Status::Enabled
        })
    };
    if !scans.contains(&Scan::LambdaCode)
        || scans.contains(&Scan::Lambda)
        || accounts.iter().all(has_lambda)
    {
        return Ok(());
    }
    Err(validation(
        "Lambda code scanning requires Lambda standard scanning",
    ))
}

/// AWS documentation, and the message seen in public code: the first activation of an account creates the
/// service-linked role.
fn require_role(world: &World, call: &Call, accounts: &[String]) -> Result<(), Refusal> {
    let missing = accounts
        .iter()
        .any(|account| !world.inspector2.roles.contains(account));
    if missing && !world.permits(&call.caller, "iam:CreateServiceLinkedRole") {
        return Err(access_denied(
            "Invoking account is not authorized to perform iam:CreateServiceLinkedRole",
        ));
    }
    Ok(())
}

/// HTTP 200, with each account's outcome.
fn answer(
    world: &mut World,
    call: &Call,
    accounts: &[String],
    act: impl Fn(&mut World, &Call, &str) -> Result<(), Failed>,
) -> Answer {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for account in accounts {
        match act(world, call, account) {
            Ok(()) => done.push(account_json(world, &call.region, account)),
            Err(failure) => failed.push(failure.to_json(account)),
        }
    }
    Ok(json!({"accounts": done, "failedAccounts": failed}))
}

/// `Account` of AWS's model, as it truly is.
fn account_json(world: &World, region: &str, account: &str) -> Value {
    let nothing = Enrolment::default();
    let enrolment = world
        .inspector2
        .enrolment(region, account)
        .map_or(&nothing, |record| record.truth());
    let mut resources = Map::new();
    for scan in Scan::ALL {
        resources.insert(
            scan.member().to_owned(),
            enrolment.scan(scan, world.now).name().into(),
        );
    }
    json!({
        "accountId": account,
        "status": enrolment.status(world.now).name(),
        "resourceStatus": resources,
    })
}

fn enable_account(
    world: &mut World,
    call: &Call,
    account: &str,
    scans: &[Scan],
) -> Result<(), Failed> {
    if !has_access(world, call, account) {
        return Err(Failed::no_access());
    }
    // AWS documentation: suspended accounts cannot be enabled. The code is inferred.
    if !world
        .organization
        .account(account)
        .is_some_and(Account::is_active)
    {
        return Err(Failed::new(
            "ACCOUNT_IS_ISOLATED",
            "The account is suspended",
        ));
    }
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

fn refuse_repeated(
    world: &World,
    region: &str,
    account: &str,
    scans: &[Scan],
) -> Result<(), Failed> {
    let Some(record) = world.inspector2.enrolment(region, account) else {
        return Ok(());
    };
    let all = |wanted| {
        scans
            .iter()
            .all(|scan| record.truth().scan(*scan, world.now) == wanted)
    };
    if all(Status::Enabled) {
        Err(Failed::new(
            "ALREADY_ENABLED",
            "The account is already enabled",
        ))
    } else if all(Status::Enabling) {
        Err(Failed::new(
            "ENABLE_IN_PROGRESS",
            "The account is being enabled",
        ))
    } else {
        Ok(())
    }
}

/// Begins to turn the scan types on; those that are on, or on their way, are left alone.
pub(super) fn turn_on(world: &mut World, region: &str, account: &str, scans: &[Scan]) {
    let moment = Moment::of(world, account);
    let World {
        inspector2,
        behaviour,
        ..
    } = world;
    inspector2.roles.insert(account.to_owned());
    let off = |enrolment: &Enrolment| {
        scans
            .iter()
            .copied()
            .filter(|scan| *enrolment.scans.get(*scan).finally() != Status::Enabled)
            .collect()
    };
    let record = inspector2.record(region, account);
    let off: Vec<Scan> = off(record.truth());
    if !off.is_empty() {
        begin_scans(record.write(&moment), &off, &moment, &behaviour.inspector2);
    }
}

fn begin_scans(enrolment: &mut Enrolment, scans: &[Scan], moment: &Moment, switches: &Switches) {
    let intermediate = match switches.enabling {
        Enabling::Plain => Status::Enabling,
        Enabling::EnabledWithResourcesDisabled => Status::Disabled,
    };
    for scan in scans {
        enrolment
            .scans
            .get_mut(*scan)
            .begin(intermediate, Status::Enabled, moment.due);
    }
    if scans.contains(&Scan::Ec2) && switches.deep_inspection_with_ec2 {
        enrolment.deep_inspection.begin(
            DeepInspection::Pending,
            DeepInspection::Activated,
            moment.due,
        );
    }
}

fn disable_account(
    world: &mut World,
    call: &Call,
    account: &str,
    scans: &[Scan],
) -> Result<(), Failed> {
    if !has_access(world, call, account) {
        return Err(Failed::no_access());
    }
    let moment = Moment::of(world, account);
    // AWS's model has the code; that it is meant so is inferred.
    let leaves_nothing = world
        .inspector2
        .enrolment(&call.region, account)
        .is_some_and(|record| {
            let stays = |scan: &Scan| *record.truth().scans.get(*scan).finally() == Status::Enabled;
            !Scan::ALL
                .iter()
                .filter(|scan| !scans.contains(scan))
                .any(stays)
        });
    if leaves_nothing
        && is_administrator(world, &call.region, account)
        && world.inspector2.member_count(&call.region) > 0
    {
        return Err(Failed::new(
            "DISASSOCIATE_ALL_MEMBERS",
            "Disassociate all members first",
        ));
    }
    let enrolment = world
        .inspector2
        .record(&call.region, account)
        .write(&moment);
    for scan in scans {
        let value = enrolment.scans.get_mut(*scan);
        if *value.finally() != Status::Disabled {
            value.begin(Status::Disabling, Status::Disabled, moment.due);
        }
    }
    if scans.contains(&Scan::Ec2) {
        enrolment.deep_inspection = Moving::settled(DeepInspection::Deactivated);
    }
    Ok(())
}
