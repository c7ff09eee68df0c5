//! The simulated service `sts`: who am I, and other accounts' roles. No I/O.

use serde_json::{Value, json};

use crate::{
    clock, iam, random,
    service::{Answer, Call, Caller, Refusal, Service},
    world::{Session, World},
};

/// The service, as the wire sees it.
pub(crate) const SERVICE: Service =
    Service { name: "sts", operations: &[("AssumeRole", assume_role), ("GetCallerIdentity", get_caller_identity)] };

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const MIXED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#[allow(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn get_caller_identity(_: &mut World, call: &Call) -> Answer {
    let caller = &call.caller;
    let session = caller.principal.split_once(":assumed-role/").and_then(|(_, rest)| rest.rsplit_once('/'));
    let user = session
        .map_or_else(|| caller.account.clone(), |(role, name)| format!("{}:{name}", role_id(&caller.account, role)));
    Ok(json!({"Account": caller.account, "Arn": caller.principal, "UserId": user}))
}

/// The unique id of a role, the same whenever it is asked for.
fn role_id(account: &str, role: &str) -> String {
    let seed = random::hash(&format!("{account} {role}"));
    format!("AROA{}", random::Random::from_seed(seed).text(UPPER, 17))
}

/// Every role of every account of the organization exists, and trusts everybody who is not restricted; unless roles are
/// registered.
fn assume_role(world: &mut World, call: &Call) -> Answer {
    let parameter = |name: &str| call.input.get(name).and_then(Value::as_str).unwrap_or_default();
    let (arn, name) = (parameter("RoleArn"), parameter("RoleSessionName"));
    let (account, role) = iam::parts(arn).ok_or_else(|| Refusal::invalid("sts", format!("{arn} is invalid")))?;
    let seconds = call.input.get("DurationSeconds").and_then(Value::as_u64).unwrap_or(3_600);
    if call.caller.principal.contains(":assumed-role/") && seconds > 3_600 {
        // AWS documentation: role chaining limits a session to one hour.
        return Err(Refusal::invalid(
            "sts",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    let known = world.organization.account(account).is_some_and(crate::organization::Account::is_active);
    let absent = !known || world.absent_roles.contains(arn);
    let refused = if absent { Err(("sts:AssumeRole", String::new())) } else { iam::assume(world, call, arn) };
    if let Err((action, why)) = refused {
        let user = &call.caller.principal;
        let message = format!("User: {user} is not authorized to perform: {action} on resource: {arn}{why}");
        return Err(Refusal::new(403, "AccessDenied", message));
    }
    let caller = Caller::session(account, role, name, arn);
    let principal = caller.principal.clone();
    let key = format!("ASIA{}", world.random.text(UPPER, 16));
    let token = world.random.text(MIXED, 120);
    let session = Session { caller, token: token.clone(), expires_at: world.now + seconds * 1_000 };
    let expiration = clock::iso_seconds(world.epoch(session.expires_at));
    world.sessions.insert(key.clone(), session);
    let mut answer = json!({
        "AssumedRoleUser": {"AssumedRoleId": format!("{}:{name}", role_id(account, role)), "Arn": principal},
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": world.random.text(MIXED, 40),
            "SessionToken": token,
            "Expiration": expiration,
        },
    });
    // AWS's model: "The source identity specified by the principal that is calling the AssumeRole operation."
    if let (Some(identity), Some(object)) = (call.input.get("SourceIdentity"), answer.as_object_mut()) {
        object.insert("SourceIdentity".to_owned(), identity.clone());
    }
    Ok(answer)
}
