//! The simulated service `guardduty`: its state and its operations. No I/O.

mod administration;
mod automation;
mod configuration;
mod detectors;
mod enrolment;
mod features;
mod frequency;
mod listing;
mod member_detectors;
mod members;
mod own_administrator;
mod policy;
mod preparation;
mod refusals;
mod relationship;
mod state;
mod switches;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

use self::{refusals::bad_request, state::Regional};
use crate::{
    service::{Call, Refusal, Service},
    world::World,
};

pub(crate) use self::{enrolment::enrolment, state::State, switches::Switches};

const PRINCIPAL: &str = "guardduty.amazonaws.com";

/// The service, as the wire sees it.
pub(crate) const SERVICE: Service = Service {
    name: "guardduty",
    operations: &[
        ("CreateDetector", detectors::create),
        ("CreateMembers", members::create),
        ("DeleteDetector", detectors::delete),
        ("DeleteMembers", members::delete),
        ("DescribeOrganizationConfiguration", configuration::describe),
        ("DisableOrganizationAdminAccount", administration::disable),
        ("DisassociateFromAdministratorAccount", own_administrator::disassociate),
        ("DisassociateMembers", members::disassociate),
        ("EnableOrganizationAdminAccount", administration::enable),
        ("GetAdministratorAccount", own_administrator::get_administrator),
        ("GetDetector", detectors::get),
        ("GetMasterAccount", own_administrator::get_master),
        ("GetMemberDetectors", member_detectors::get),
        ("GetMembers", listing::get),
        ("GetOrganizationStatistics", configuration::statistics),
        ("ListDetectors", detectors::list),
        ("ListMembers", listing::list),
        ("ListOrganizationAdminAccounts", administration::list),
        ("StartMonitoringMembers", members::start),
        ("StopMonitoringMembers", members::stop),
        ("UpdateDetector", detectors::update),
        ("UpdateMemberDetectors", member_detectors::update),
        ("UpdateOrganizationConfiguration", configuration::update),
    ],
};

/// AWS's own automation, and what is due.
pub(crate) fn settle(world: &mut World) {
    automation::settle(world);
}

/// The account has joined the organization.
pub(crate) fn account_joined(world: &mut World, account: &str) {
    automation::account_joined(world, account);
}

/// The account has left the organization: its administrator has removed it, as it were.
pub(crate) fn account_departed(world: &mut World, account: &str) {
    let regions: Vec<String> = world.guardduty.regions.keys().cloned().collect();
    for region in regions {
        in_region(world, &region, |world, regional| {
            if regional.membership(account).is_some() {
                regional.relate(world.now, account, relationship::Relationship::Removed);
            }
        });
    }
}

/// The account's region has become `ENABLED`. It is no new account there, so who it is does not matter.
pub(crate) fn region_opted_in(world: &mut World, _account: &str, region: &str) {
    automation::region_opted_in(world, region);
}

/// The policy type is off at the organization's root.
pub(crate) fn policy_type_disabled(world: &mut World, policy_type: &str) {
    automation::policy_type_disabled(world, policy_type);
}

/// Brings about what the GuardDuty policy in effect for the account says. When to try again, if it cannot be done yet.
pub(crate) fn govern(world: &mut World, account: &str, policy: Option<&Value>) -> Option<u64> {
    policy::govern(world, account, policy)
}

/// Whether GuardDuty has the feature, such as `S3_DATA_EVENTS`.
pub(crate) fn has_feature(name: &str) -> bool {
    features::place_of(name).is_some()
}

/// Makes a special starting state, as `POST /_simulator/state` and the option `--state` describe it
/// (the JSON object without its member `service`).
pub(crate) fn prepare(world: &mut World, preparation: &Value) -> Result<(), String> {
    preparation::prepare(world, preparation)
}

/// The region's part of the state, if there is any.
fn regional<'a>(world: &'a World, region: &str) -> Option<&'a Regional> {
    world.guardduty.regions.get(region).map(AsRef::as_ref)
}

/// Changes the region's part of the state, with the world at hand. The part is out of the world meanwhile.
fn in_region<T>(world: &mut World, region: &str, change: impl FnOnce(&mut World, &mut Regional) -> T) -> T {
    let mut part = world.guardduty.regions.remove(region).unwrap_or_else(|| Arc::new(Regional::default()));
    let result = change(world, Arc::make_mut(&mut part));
    world.guardduty.regions.insert(region.to_owned(), part);
    result
}

/// A read has shown these members. Only transitions that count reads change by it.
fn count_reads(world: &mut World, region: &str, accounts: &[String]) {
    if world.behaviour.transition_reads.is_some() {
        in_region(world, region, |world, regional| regional.count_reads(world.now, region, accounts));
    }
}

/// The detector in the request must be the caller's own. Message seen in public code.
fn require_own_detector<'a>(world: &'a World, call: &Call) -> Result<&'a Regional, Refusal> {
    let asked = call.input.get("DetectorId").or_else(|| call.input.get("detectorId")).and_then(Value::as_str);
    regional(world, &call.region)
        .filter(|regional| regional.detector(&call.caller.account).is_some_and(|own| asked == Some(own.id().as_str())))
        .ok_or_else(|| bad_request(refusals::NOT_OWNED))
}

/// AWS's model: what concerns members is for the delegated administrator, with its own detector of the region.
/// Message seen in public code.
fn require_administrator<'a>(world: &'a World, call: &Call) -> Result<&'a Regional, Refusal> {
    let regional = require_own_detector(world, call)?;
    let current = regional.administration.as_ref();
    current
        .filter(|current| current.account == call.caller.account && current.ending.is_none())
        .map(|_| regional)
        .ok_or_else(|| bad_request(refusals::NO_PERMISSION))
}

/// The answer with the token of the next page, if there is one.
fn with_token(mut answer: Value, next: Option<String>) -> Value {
    if let (Some(members), Some(next)) = (answer.as_object_mut(), next) {
        members.insert("nextToken".to_owned(), next.into());
    }
    answer
}
