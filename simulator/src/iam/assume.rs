//! Whether a role may be assumed: by its own trust policy, and by the policies of the caller's role. No I/O.

use serde_json::Value;

use super::{
    Decision, context, decision,
    evaluate::{self, Trust},
    parts, record, request, why,
};
use crate::{service::Call, world::World};

/// Why the role cannot be assumed; empty where AWS does not say.
///
/// AWS documentation of `AssumeRole`: in another account both policies must allow it. In the same account it is enough
/// that the trust policy names the caller. Tags and a source identity are actions of their own.
pub(crate) fn assume(world: &mut World, call: &Call, arn: &str) -> Result<(), (&'static str, String)> {
    let given = |name: &str| call.input.get(name).is_some_and(|value| *value != Value::Array(Vec::new()));
    let further = [("sts:TagSession", "Tags"), ("sts:SetSourceIdentity", "SourceIdentity")];
    let further = further.into_iter().filter(|(_, parameter)| given(parameter)).map(|(action, _)| action);
    let keys = context::keys(world, call);
    for action in std::iter::once("sts:AssumeRole").chain(further) {
        let request = request(world, &call.caller, &call.region, action, arn, &keys);
        let mine = decision(world, &call.caller, &request);
        let trust = if world.iam.exists(arn) {
            let role = world.iam.roles.get(arn);
            role.map_or(Trust::Account, |role| evaluate::trust(&role.trust, &call.caller, &request))
        } else {
            Trust::Nobody
        };
        let own = parts(arn).is_some_and(|(account, _)| account == call.caller.account);
        let allowed = match (trust, mine) {
            (Trust::Nobody, _) | (_, Decision::Denied | Decision::DeniedAbove) => false,
            (Trust::Caller, _) if own => true,
            (_, mine) => mine == Decision::Allowed,
        };
        record(world, &call.caller, action, arn, allowed);
        if !allowed {
            let reason = if mine == Decision::Allowed { String::new() } else { format!(" {}", why(mine, action)) };
            return Err((action, reason));
        }
    }
    Ok(())
}
