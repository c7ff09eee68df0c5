//! What a member sees of its administrator, and that it cannot leave. No I/O.

use serde_json::{Value, json};

use super::{
    in_region,
    refusals::{self, bad_request},
    relationship::relationship_seen,
    require_own_detector,
};
use crate::{
    policies::{self, Kind},
    service::{Answer, Call},
    world::World,
};

pub(super) fn get_administrator(world: &mut World, call: &Call) -> Answer {
    get(world, call, "administrator")
}

/// The old name of the same operation.
pub(super) fn get_master(world: &mut World, call: &Call) -> Answer {
    get(world, call, "master")
}

/// AWS's model: an administrator and a standalone account get "success (HTTP 200) but no content".
fn get(world: &World, call: &Call, member: &str) -> Answer {
    let account = &call.caller.account;
    let regional = require_own_detector(world, call)?;
    let presence = regional.presence(account);
    let held_by = presence.and_then(|presence| presence.held_by.as_deref());
    let membership = regional.membership(account).filter(|membership| membership.relationship.is_associated());
    let described: Option<Value> = match (held_by, membership, &regional.administration) {
        (Some(administrator), ..) => {
            Some(json!({"accountId": administrator, "invitationId": "0", "relationshipStatus": "Enabled"}))
        }
        (None, Some(membership), Some(current)) => {
            let relationship = relationship_seen(world, &call.region, account, membership);
            Some(json!({"accountId": current.account, "relationshipStatus": relationship.name()}))
        }
        _ => None,
    };
    Ok(described.map_or(Value::Null, |described| json!({ member: described })))
}

/// AWS documentation: a member by Organizations cannot disassociate itself; one by invitation can.
pub(super) fn disassociate(world: &mut World, call: &Call) -> Answer {
    let account = call.caller.account.as_str();
    let regional = require_own_detector(world, call)?;
    if regional.is_associated(account) {
        return Err(bad_request(refusals::IS_MEMBER));
    }
    in_region(world, &call.region, |world, regional| {
        let held_by = regional.accounts.get_mut(account).and_then(|presence| presence.held_by.take());
        regional.unsettle(world.now);
        policies::changed(world, Some(Kind::GuardDuty), Some(account));
        held_by.map(|_| json!({})).ok_or_else(|| bad_request(refusals::NO_ADMINISTRATOR))
    })
}
