//! Roles with policies, and service control policies: who may do what, and which permissions were asked for. No I/O.
//!
//! A role that nobody has registered may do everything, and trusts everybody.

mod assume;
mod condition;
mod context;
mod dependents;
mod evaluate;
mod glob;
mod policy;
mod resources;
mod service_control;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use self::{
    assume::assume,
    dependents::{
        AGENTLESS, Dependent, GUARDDUTY, INSPECTOR, MALWARE_PROTECTION, Missing, designation, require, service_role,
    },
    evaluate::Decision,
    service_control::{ServiceControl, ServiceControlPolicy, attach},
};
use self::{evaluate::Request, policy::Policy};
use crate::{
    gate::is_regional,
    model,
    record::Authorization,
    service::{Call, Caller},
    world::World,
};

/// What IAM holds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// By ARN.
    roles: BTreeMap<String, Role>,
    /// Sessions by the access key id that stands for them.
    keys: BTreeMap<String, Caller>,
    /// A role that is not registered does not exist.
    pub(crate) only_registered: bool,
    pub(crate) service_control: ServiceControl,
    /// What was asked for in the current call.
    #[serde(skip)]
    pub(crate) authorized: Vec<Authorization>,
}

/// A registered role.
#[derive(Debug, Serialize, Deserialize)]
struct Role {
    trust: Policy,
    policies: Vec<Policy>,
}

impl State {
    /// From now on the role has these policies, and no others.
    pub(crate) fn register(&mut self, arn: &str, trust: &Value, policies: &[Value]) -> Result<(), String> {
        parts(arn).ok_or_else(|| format!("`{arn}` is no ARN of a role"))?;
        let trust = Policy::trust(trust).map_err(|mistake| format!("`trust`: {mistake}"))?;
        let policies = policies.iter().map(Policy::identity).collect::<Result<_, _>>();
        let policies = policies.map_err(|mistake| format!("`policies`: {mistake}"))?;
        self.roles.insert(arn.to_owned(), Role { trust, policies });
        Ok(())
    }

    /// From now on the access key id stands for a session of the role.
    pub(crate) fn register_key(&mut self, key: &str, role: &str, session: Option<&str>) -> Result<(), String> {
        let (account, name) = parts(role).ok_or_else(|| format!("`{role}` is no ARN of a role"))?;
        if key.is_empty() || is_account(key) {
            return Err(format!("`{key}` cannot be the access key id of a role"));
        }
        let caller = Caller::session(account, name, session.unwrap_or(name), role);
        self.keys.insert(key.to_owned(), caller);
        Ok(())
    }

    /// The session that an access key id stands for.
    pub(crate) fn caller(&self, key: &str) -> Option<&Caller> {
        self.keys.get(key)
    }

    /// Whether there is such a role. An account has one role of a name, whatever its path.
    fn exists(&self, arn: &str) -> bool {
        self.roles.contains_key(arn)
            || !self.only_registered && !self.roles.keys().any(|other| parts(other) == parts(arn))
    }

    /// The caller's role, if it is registered.
    fn role_of(&self, caller: &Caller) -> Option<(&str, &Role)> {
        let (arn, role) = self.roles.get_key_value(caller.role.as_ref()?)?;
        Some((arn, role))
    }
}

/// Whether it is a 12-digit account id.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Account and name of a role's ARN; its path is not part of a session's ARN.
pub(crate) fn parts(arn: &str) -> Option<(&str, &str)> {
    let (account, path) = arn.strip_prefix("arn:")?.split_once(":iam::")?.1.split_once(":role/")?;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    is_account(account).then_some((account, name))
}

/// Why something is not allowed, as AWS says it. AWS documentation, "Troubleshoot access denied error messages".
pub(crate) fn why(decision: Decision, action: &str) -> String {
    match decision {
        Decision::Denied => "with an explicit deny in an identity-based policy".to_owned(),
        Decision::DeniedAbove => "with an explicit deny in a service control policy".to_owned(),
        _ => format!("because no identity-based policy allows the {action} action"),
    }
}

/// What service control policies and the policies of the caller's role say to the operation, on each of its resources:
/// the first that is not allowed, and its resource.
pub(crate) fn operation(world: &mut World, call: &Call) -> Result<(), (Decision, String)> {
    // `AssumeRole` is for the role's trust policy too. AWS documentation: `GetCallerIdentity` needs no permission, and
    // works where a policy denies it.
    if call.service == "sts" {
        return Ok(());
    }
    let action = format!("{}:{}", call.service, call.operation);
    let keys = context::keys(world, call);
    for resource in resources::of(world, call) {
        match ask(world, &call.caller, &call.region, &action, &resource, &keys) {
            Decision::Allowed => {}
            decision => return Err((decision, resource)),
        }
    }
    Ok(())
}

/// What service control policies and the policies of the caller's role say; recorded.
fn ask(
    world: &mut World,
    caller: &Caller,
    region: &str,
    action: &str,
    resource: &str,
    keys: &[(&str, String)],
) -> Decision {
    let request = request(world, caller, region_of(action, region), action, resource, keys);
    let decision = decision(world, caller, &request);
    record(world, caller, action, resource, decision == Decision::Allowed);
    decision
}

fn request(
    world: &World,
    caller: &Caller,
    region: &str,
    action: &str,
    resource: &str,
    keys: &[(&str, String)],
) -> Request {
    let context = context::of(world, caller, region, resource, keys);
    Request { action: action.to_owned(), resource: resource.to_owned(), context }
}

/// What the organization and the caller's role say together.
fn decision(world: &World, caller: &Caller, request: &Request) -> Decision {
    if service_control::denies(world, caller, request) {
        return Decision::DeniedAbove;
    }
    match world.iam.role_of(caller) {
        Some((_, role)) => evaluate::decide(&role.policies, request),
        // A role that does not exist has no policies.
        None if world.iam.only_registered && caller.role.is_some() => Decision::NotAllowed,
        None => Decision::Allowed,
    }
}

fn record(world: &mut World, caller: &Caller, action: &str, resource: &str, allowed: bool) {
    let Some(role) = world.iam.role_of(caller).map(|(arn, _)| arn.to_owned()) else { return };
    let (action, resource) = (action.to_owned(), resource.to_owned());
    world.iam.authorized.push(Authorization { action, resource, role, allowed });
}

/// Whether the caller may do the action on the resource, simulated or not, and why not.
pub(crate) fn authorize(world: &World, caller: &Caller, region: &str, action: &str, resource: &str) -> Value {
    let (service, operation) = action.split_once(':').unwrap_or((action, "*"));
    let decision = if world.scp_denies(&caller.account, region, service, operation) {
        Decision::DeniedAbove
    } else if world.restricted(caller, service, operation) {
        Decision::NotAllowed
    } else {
        let request = request(world, caller, region_of(action, region), action, resource, &[]);
        decision(world, caller, &request)
    };
    let why = (decision != Decision::Allowed).then(|| why(decision, action));
    json!({"allowed": decision == Decision::Allowed, "why": why})
}

/// What each simulated operation is authorized on, and which permissions it needs beside its own:
/// `{"guardduty:CreateDetector": {"resource": [ARN or "*"], "dependent": [{"action", "resource", "keys"}]}}`, as
/// `GET /_simulator/permissions`.
#[must_use]
pub fn permissions() -> Value {
    let mut all = Map::new();
    for model in model::all() {
        for operation in model.operations.keys() {
            let dependent = dependents::of(model.service, operation).into_iter().map(Dependent::to_json);
            let dependent: Vec<Value> = dependent.collect();
            let resource = resources::templates(model.service, operation);
            all.insert(format!("{}:{operation}", model.service), json!({"resource": resource, "dependent": dependent}));
        }
    }
    Value::Object(all)
}

/// The region by which policies know a request. AWS documentation, `aws:RequestedRegion`: global services have their
/// endpoint in us-east-1.
fn region_of<'a>(action: &str, region: &'a str) -> &'a str {
    let (service, _) = action.split_once(':').unwrap_or_default();
    if is_regional(service) && service != "iam" { region } else { "us-east-1" }
}
