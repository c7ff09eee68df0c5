//! What is refused before an operation is reached: unknown keys, regions that are off, accounts that cannot act. No I/O.

use crate::{
    iam,
    organization::AccountState,
    request::Signature,
    service::{Call, Caller, Refusal},
    world::World,
};

/// Who calls. A 12-digit access key is that account itself; others are registered, or handed out by `AssumeRole`.
pub(crate) fn caller(world: &World, service: &str, signature: &Signature) -> Result<Caller, Refusal> {
    let key = &signature.access_key;
    if iam::is_account(key) {
        return Ok(Caller::root(key));
    }
    if let Some(caller) = world.iam.caller(key) {
        return Ok(caller.clone());
    }
    let session = world.sessions.get(key).ok_or_else(|| unknown_key(service))?;
    if signature.session_token.as_ref() != Some(&session.token) {
        return Err(unknown_key(service));
    }
    if session.expires_at <= world.now {
        let code = if service == "sts" { "ExpiredToken" } else { "ExpiredTokenException" };
        return Err(front(service, code, "The security token included in the request is expired"));
    }
    Ok(session.caller.clone())
}

/// Who an access key stands for, without its session token.
pub(crate) fn known_caller(world: &World, key: &str) -> Option<Caller> {
    if iam::is_account(key) {
        return Some(Caller::root(key));
    }
    world.iam.caller(key).or_else(|| world.sessions.get(key).map(|session| &session.caller)).cloned()
}

/// AWS documentation, "Common errors".
fn unknown_key(service: &str) -> Refusal {
    let code = if service == "sts" { "InvalidClientTokenId" } else { "UnrecognizedClientException" };
    front(service, code, "The security token included in the request is invalid.")
}

/// The request has no signature. AWS documentation, "Common errors".
pub(crate) fn unsigned(service: &str) -> Refusal {
    let code = if service == "sts" { "MissingAuthenticationToken" } else { "MissingAuthenticationTokenException" };
    front(service, code, "Missing Authentication Token")
}

/// An answer that AWS gives before the service is reached: 403, but 400 where the protocol is JSON 1.1.
fn front(service: &str, code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(if matches!(service, "cloudtrail" | "organizations" | "ssm") { 400 } else { 403 }, code, message)
}

/// Whether the service has an endpoint in each region, where a region can be off.
pub(crate) fn is_regional(service: &str) -> bool {
    !matches!(service, "organizations" | "account")
}

/// Whether the region has an endpoint of the service.
pub(crate) fn endpoint_exists(world: &World, call: &Call) -> bool {
    !is_regional(call.service) || world.offers(call.service, &call.region)
}

/// Refuses a call that the service would never see.
pub(crate) fn admit(world: &mut World, call: &Call) -> Result<(), Refusal> {
    state(world, call)?;
    region(world, call)?;
    permission(world, call)
}

/// The region must be one of the partition's, and on for the caller.
fn region(world: &World, call: &Call) -> Result<(), Refusal> {
    if !is_regional(call.service) {
        return Ok(());
    }
    let (account, region) = (&call.caller.account, &call.region);
    let exists = world.organization.regions.iter().any(|known| known == region);
    let on = !world.organization.is_member(account) || world.region_on(account, region);
    if exists && on {
        return Ok(());
    }
    if call.service == "sts" {
        // AWS's model.
        return Err(Refusal::new(
            403,
            "RegionDisabledException",
            format!(
                "STS is not activated in the requested region for account ID: {account}. Your account administrator can activate STS in this region using the IAM Console."
            ),
        ));
    }
    // Seen in public code.
    Err(front(
        call.service,
        &world.behaviour.region_off_refusal,
        "The security token included in the request is invalid.",
    ))
}

fn state(world: &World, call: &Call) -> Result<(), Refusal> {
    let Some(account) = world.organization.account(&call.caller.account) else { return Ok(()) };
    match account.state {
        // Inferred: credentials of a suspended or closed account are not accepted any more.
        AccountState::Suspended | AccountState::Closed => return Err(unknown_key(call.service)),
        AccountState::PendingActivation => return Err(not_usable(world, call)),
        AccountState::Active | AccountState::PendingClosure => {}
    }
    let needs_subscription = matches!(call.service, "guardduty" | "inspector2");
    if needs_subscription && account.usable_at > world.now { Err(not_usable(world, call)) } else { Ok(()) }
}

/// Seen in public code: accounts were refused like this minutes after they were created.
fn not_usable(world: &World, call: &Call) -> Refusal {
    front(
        call.service,
        &world.behaviour.new_account_refusal,
        "The AWS Access Key Id needs a subscription for the service",
    )
}

/// Wordings: AWS documentation, "Troubleshoot access denied error messages".
fn permission(world: &mut World, call: &Call) -> Result<(), Refusal> {
    let Call { caller, service, operation, region, .. } = call;
    let action = format!("{service}:{operation}");
    let (why, resource) = if world.scp_denies(&caller.account, region, service, operation) {
        ("with an explicit deny in a service control policy".to_owned(), None)
    } else if world.restricted(caller, service, operation) {
        (iam::why(iam::Decision::NotAllowed, &action), None)
    } else {
        match iam::operation(world, call) {
            Ok(()) => return Ok(()),
            Err((decision, resource)) => (iam::why(decision, &action), Some(resource)),
        }
    };
    // How each service names all its resources is not known.
    let resource = resource.filter(|resource| resource != "*");
    let resource = resource.unwrap_or_else(|| format!("arn:aws:{service}:{region}:{}:*", caller.account));
    let user = &caller.principal;
    let message = format!("User: {user} is not authorized to perform: {action} on resource: {resource} {why}");
    let code = if *service == "sts" { "AccessDenied" } else { "AccessDeniedException" };
    Err(front(service, code, message))
}
