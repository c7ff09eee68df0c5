//! Who may do what to whom in Inspector, and the shape of accounts that failed. No I/O.

use serde_json::{Value, json};

use super::{
    refusals::{NO_ACCESS_TO_ACCOUNT, access_denied, validation},
    words::{Relationship, Scan, Status},
};
use crate::{
    service::{Call, Refusal},
    world::World,
};

/// The account is the region's delegated administrator.
pub(super) fn is_administrator(world: &World, region: &str, account: &str) -> bool {
    world.inspector2.administrator(region, world.now) == Some(account)
}

/// Refuses everybody but the region's delegated administrator. The messages for the organization configuration and
/// for members were seen in public code.
pub(super) fn require_administrator(world: &World, call: &Call, what: &str) -> Result<(), Refusal> {
    if is_administrator(world, &call.region, &call.caller.account) {
        Ok(())
    } else {
        Err(access_denied(format!("Invoking account does not have access to {what}")))
    }
}

/// Refuses a caller whose own Inspector is not on. Seen in public code.
pub(super) fn require_active(world: &World, call: &Call) -> Result<(), Refusal> {
    let record = world.inspector2.enrolment(&call.region, &call.caller.account);
    if record.is_some_and(|record| record.status(world.now) == Status::Enabled) {
        Ok(())
    } else {
        Err(validation("Invoking account is not enabled"))
    }
}

/// The relationship as AWS shows it: a member that is suspended, or has the region off, says so.
/// AWS's model names the statuses; that they come by themselves is inferred.
pub(super) fn shown(world: &World, region: &str, account: &str, stored: Relationship) -> Relationship {
    if !matches!(stored, Relationship::Created | Relationship::Enabled) {
        return stored;
    }
    let active = world.organization.account(account).is_some_and(crate::organization::Account::is_active);
    if !active {
        Relationship::AccountSuspended
    } else if world.region_on(account, region) {
        stored
    } else {
        Relationship::RegionDisabled
    }
}

/// The relationship with the organization's administrator, as it truly is.
pub(super) fn relationship(world: &World, region: &str, account: &str) -> Relationship {
    if !world.organization.is_member(account) {
        return Relationship::Never;
    }
    let record = world.inspector2.enrolment(region, account);
    let stored = record.map_or(Relationship::Never, |record| *record.relationship.peek(world.now));
    shown(world, region, account, stored)
}

/// Whether the caller may see or change the account: its own, or an associated member of the administrator.
/// Seen in public code: until the association is `ENABLED`, the account fails with `ACCESS_DENIED`.
pub(super) fn has_access(world: &World, call: &Call, account: &str) -> bool {
    account == call.caller.account
        || is_administrator(world, &call.region, &call.caller.account)
            && matches!(
                relationship(world, &call.region, account),
                Relationship::Enabled | Relationship::AccountSuspended
            )
}

/// Whether another account than the caller administers the caller's Inspector.
pub(super) fn is_managed(world: &World, call: &Call) -> bool {
    let account = &call.caller.account;
    let record = world.inspector2.enrolment(&call.region, account);
    let held = record.is_some_and(|record| record.held_by.is_some());
    !is_administrator(world, &call.region, account)
        && (held || relationship(world, &call.region, account).is_associated())
}

/// Refuses scan types that the region does not offer: the whole call fails. Seen in public code, for `Enable`,
/// `Disable` and `UpdateOrganizationConfiguration`.
pub(super) fn require_offered(world: &World, region: &str, scans: &[Scan]) -> Result<(), Refusal> {
    let absent = scans.iter().find(|scan| !world.offers_feature("inspector2", region, scan.name()));
    absent.map_or(Ok(()), |scan| Err(access_denied(format!("{} scanning is not supported in {region}", scan.title()))))
}

/// An account that failed within a call that succeeded.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Failed {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Seen in public code.
    pub(super) fn no_access() -> Self {
        Self::new("ACCESS_DENIED", NO_ACCESS_TO_ACCOUNT)
    }

    pub(super) fn to_json(&self, account: &str) -> Value {
        json!({"accountId": account, "errorCode": self.code, "errorMessage": self.message})
    }
}

/// The accounts that a call names under `accountIds`, each once; the caller when it names none
/// (inferred: the model has the list optional).
pub(super) fn named_accounts(call: &Call) -> Vec<String> {
    let mut accounts = Vec::new();
    for account in call.input.get("accountIds").and_then(Value::as_array).into_iter().flatten() {
        if let Some(account) = account.as_str().map(str::to_owned)
            && !accounts.contains(&account)
        {
            accounts.push(account);
        }
    }
    if accounts.is_empty() {
        accounts.push(call.caller.account.clone());
    }
    accounts
}

/// The scan types that a call names under `resourceTypes`, each once.
pub(super) fn named_scans(call: &Call) -> Vec<Scan> {
    let names = call.input.get("resourceTypes").and_then(Value::as_array);
    let mut scans: Vec<Scan> =
        names.into_iter().flatten().filter_map(Value::as_str).filter_map(Scan::from_name).collect();
    scans.sort_unstable();
    scans.dedup();
    scans
}

/// A parameter that the model requires to be a string.
pub(super) fn text<'a>(call: &'a Call, name: &str) -> &'a str {
    call.input.get(name).and_then(Value::as_str).unwrap_or_default()
}
