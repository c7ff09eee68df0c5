//! Members' features, as the administrator reads and changes them. No I/O.

use serde_json::{Value, json};

use super::{
    count_reads,
    detectors::{data_sources, described, writable},
    features::{self, FeatureSet},
    members::{account_ids, for_each},
    refusals::{self, unprocessed},
    require_administrator,
    state::Regional,
};
use crate::{
    service::{Answer, Call},
    world::World,
};

/// Whether the member's features can be seen and changed. Seen in public code: not right after `CreateMembers`.
fn reachable(world: &World, regional: &Regional, account: &str) -> bool {
    regional.membership(account).is_some_and(|membership| {
        membership.relationship.is_associated()
            || membership.is_joining() && world.behaviour.guardduty.created_members_are_associated
    })
}

pub(super) fn get(world: &mut World, call: &Call) -> Answer {
    let regional = require_administrator(world, call)?;
    let accounts = account_ids(call);
    let places = features::of_members(features::all_offered(world, &call.region));
    let (mut members, mut failed): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for account in &accounts {
        let detector = regional.detector(account).filter(|_| reachable(world, regional, account));
        match detector {
            Some(detector) => members.push(json!({
                "accountId": account,
                "dataSources": data_sources(detector),
                "features": described(world, regional, account, places),
            })),
            None => failed.push(unprocessed(account, refusals::NOT_ASSOCIATED)),
        }
    }
    count_reads(world, &call.region, &accounts);
    Ok(json!({"members": members, "unprocessedAccounts": failed}))
}

pub(super) fn update(world: &mut World, call: &Call) -> Answer {
    let regional = require_administrator(world, call)?;
    let wanted = features::requested_statuses(world, &call.region, &call.input)?;
    let wanted = writable(world, regional.managed, wanted)?;
    let accounts = account_ids(call);
    if world.behaviour.guardduty.managed_writes_refuse_all {
        accounts
            .iter()
            .try_for_each(|account| writable(world, regional.governed(account).features, wanted.clone()).map(|_| ()))?;
    }
    let late = world.behaviour.guardduty.late_association_ms;
    let results = for_each(world, call, &accounts, |world, regional, account| {
        let fresh = regional.membership(account).is_some_and(|membership| world.now < membership.updated + late);
        if fresh || !reachable(world, regional, account) {
            return Err(refusals::NOT_ASSOCIATED);
        }
        let governed = regional.governed(account).features;
        let wanted = writable(world, governed, wanted.clone()).map_err(|_| refusals::MANAGED)?;
        let apply =
            |on: FeatureSet| super::detectors::apply(world, on, &wanted).map_err(|_| refusals::RUNTIME_CONFLICT);
        if let Some(detector) = regional.detector_mut(account) {
            let on = apply(detector.on)?;
            detector.set(world.now, on);
        }
        let mut result = Ok(());
        regional.change_grant(account, |grant| match apply(*grant) {
            Ok(on) => *grant = on,
            Err(refusal) => result = Err(refusal),
        });
        result
    });
    Ok(json!({"unprocessedAccounts": results}))
}
