//! Policies of the organization: made, changed, deleted, described. No I/O.

use serde_json::{Value, json};

use super::{
    PAGE, attachments, constraint, entity_arn, listed, management, member, parameter, reader, refuse, service_control,
    structure::tags, target_not_found,
};
use crate::{
    paging::page,
    policies::{self, Document, Kind, Policy},
    service::{Answer, Call, Refusal},
    world::World,
};

/// AWS documentation, "Quotas and service limits": 1,000 policies and 10,000 characters of Security Hub, and of
/// declarative policies. These types are not listed: inferred to be like those.
const MOST_POLICIES: usize = 1_000;
const LONGEST_CONTENT: usize = 10_000;

/// A delegated administrator may write only with a resource-based delegation policy, which is not simulated.
pub(super) fn create(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let kind = kind(parameter(call, "Type"))?;
    let (name, description) = (parameter(call, "Name"), parameter(call, "Description"));
    let document = document(world, kind, parameter(call, "Content"))?;
    require_new_name(world, kind, name, None)?;
    if world.policies.by_id.values().filter(|policy| policy.kind == kind).count() >= MOST_POLICIES {
        return Err(constraint(
            "POLICY_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the number of policies that you can have in an organization.",
        ));
    }
    let id = policies::create(world, kind, name, description, document);
    if let Some(policy) = world.policies.by_id.get_mut(&id) {
        policy.tags = tags(&call.input);
    }
    Ok(described(world, &id))
}

/// The policy types that the simulator has; of another one it says so, instead of an answer that could pass for AWS's.
pub(super) fn kind(name: &str) -> Result<Kind, Refusal> {
    Kind::from_name(name).ok_or_else(|| {
        Refusal::new(501, "NotImplemented", format!("The simulator does not have policies of the type `{name}`."))
    })
}

fn document(world: &World, kind: Kind, content: &str) -> Result<Document, Refusal> {
    if content.chars().count() > LONGEST_CONTENT {
        return Err(constraint(
            "POLICY_CONTENT_LIMIT_EXCEEDED",
            "You have exceeded the maximum size of a policy document.",
        ));
    }
    policies::check(world, kind, content).map_err(|mistake| {
        let message = format!("The provided policy document does not meet the requirements of the type: {mistake}.");
        refuse("MalformedPolicyDocumentException", &message)
    })
}

/// That names are unique among the policies of a type is inferred; AWS's model says only "with the same name".
fn require_new_name(world: &World, kind: Kind, name: &str, own: Option<&str>) -> Result<(), Refusal> {
    let taken = |policy: &Policy| policy.kind == kind && policy.name == name && Some(policy.id.as_str()) != own;
    if world.policies.by_id.values().any(taken) {
        return Err(refuse("DuplicatePolicyException", "A policy with the same name already exists."));
    }
    Ok(())
}

/// The policy that the call names; a service control policy is none that can be changed.
pub(super) fn known<'a>(world: &'a World, call: &Call) -> Result<&'a Policy, Refusal> {
    let id = parameter(call, "PolicyId");
    world.policies.by_id.get(id).ok_or_else(|| {
        if service_control::exists(world, id) {
            let message = "The simulator changes service control policies by states only.";
            return Refusal::new(501, "NotImplemented", message);
        }
        refuse("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
    })
}

pub(super) fn update(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let Policy { id, kind, .. } = known(world, call)?.clone();
    let said = |name: &str| call.input.get(name).and_then(Value::as_str);
    if let Some(name) = said("Name") {
        require_new_name(world, kind, name, Some(&id))?;
    }
    let changed = said("Content").map(|content| document(world, kind, content)).transpose()?;
    let updates = changed.is_some();
    if let Some(policy) = world.policies.by_id.get_mut(&id) {
        for (place, new) in [(&mut policy.name, said("Name")), (&mut policy.description, said("Description"))] {
            if let Some(new) = new {
                new.clone_into(place);
            }
        }
        if let Some(Document { content, parsed }) = changed {
            (policy.content, policy.document) = (content, parsed);
        }
    }
    if updates {
        policies::updated(world, Some(kind), None);
    }
    Ok(described(world, &id))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Answer {
    management(world, call)?;
    let id = known(world, call)?.id.clone();
    if world.policies.targets_of(&id).next().is_some() {
        return Err(refuse(
            "PolicyInUseException",
            "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before \
             performing this operation.",
        ));
    }
    world.policies.by_id.remove(&id);
    Ok(Value::Null)
}

pub(super) fn describe(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    if let Some(described) = service_control::described(world, parameter(call, "PolicyId")) {
        return Ok(described);
    }
    Ok(described(world, &known(world, call)?.id))
}

/// `Policy` of AWS's model.
fn described(world: &World, id: &str) -> Value {
    let policy = world.policies.by_id.get(id);
    let policy = policy.map(|policy| json!({"PolicySummary": summary(world, policy), "Content": policy.content}));
    json!({"Policy": policy})
}

/// `PolicySummary` of AWS's model.
pub(super) fn summary(world: &World, policy: &Policy) -> Value {
    json!({
        "Id": policy.id,
        "Arn": entity_arn(world, &policy.id),
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.kind.name(),
        "AwsManaged": false,
    })
}

pub(super) fn list(world: &mut World, call: &Call) -> Answer {
    reader(world, call)?;
    let all = match parameter(call, "Filter") {
        service_control::TYPE => service_control::all(world),
        filter => {
            let kind = kind(filter)?;
            let all = world.policies.by_id.values().filter(|policy| policy.kind == kind);
            all.map(|policy| summary(world, policy)).collect()
        }
    };
    let (page, next) = page(call, world, all, PAGE)?;
    Ok(listed("Policies", page, next))
}

/// For its own account anybody may ask; for another one the management account. What a state has set comes before what
/// is attached.
pub(super) fn describe_effective(world: &mut World, call: &Call) -> Answer {
    member(world, call)?;
    let (kind, target) = (parameter(call, "PolicyType"), parameter(call, "TargetId"));
    let target = if target.is_empty() { &call.caller.account } else { target };
    if target != call.caller.account {
        // AWS documentation: another account's id only from the management account.
        management(world, call)?;
    }
    if !world.organization.is_member(target) {
        return Err(target_not_found());
    }
    let set = &world.organization.effective_policies;
    let set = [target, "*"].iter().find_map(|of| set.get(&((*of).to_owned(), kind.to_owned())));
    let computed = Kind::from_name(kind).and_then(|kind| {
        Some((policies::effective(world, kind, target)?.to_string(), world.policies.changed_at(kind)))
    });
    let (content, at) = set.map(|content| (content.clone(), 0)).or(computed).ok_or_else(|| {
        refuse("EffectivePolicyNotFoundException", "The effective policy was not found for the specified target.")
    })?;
    Ok(json!({"EffectivePolicy": {
        "PolicyContent": content,
        "LastUpdatedTimestamp": world.timestamp_epoch(at),
        "TargetId": target,
        "PolicyType": kind,
    }}))
}

/// The special state of a policy: made, or replaced, and attached to nothing else than these targets. A target may be
/// `root`, or the name of an organizational unit, too.
pub(crate) fn state(
    world: &mut World,
    kind: &str,
    name: &str,
    content: &Value,
    targets: &[String],
) -> Result<(), String> {
    let kind = Kind::from_name(kind).ok_or_else(|| format!("there are no policies of the type `{kind}`"))?;
    let document = policies::check(world, kind, &content.to_string())?;
    let targets: Vec<String> =
        targets.iter().map(|target| attachments::resolved(world, target)).collect::<Result<_, _>>()?;
    if !targets.is_empty() && !kind.is_enabled(world) {
        return Err(format!("the policy type `{}` is not enabled", kind.name()));
    }
    let before = world.policies.by_id.values().find(|policy| policy.kind == kind && policy.name == name);
    let id = match before.map(|policy| policy.id.clone()) {
        None => policies::create(world, kind, name, "", document),
        Some(id) => {
            if let Some(policy) = world.policies.by_id.get_mut(&id) {
                (policy.content, policy.document) = (document.content, document.parsed);
            }
            let old: Vec<String> = world.policies.targets_of(&id).cloned().collect();
            for target in &old {
                world.policies.detach(&id, target);
            }
            id
        }
    };
    for target in &targets {
        world.policies.attach(&id, target);
    }
    policies::updated(world, Some(kind), None);
    Ok(())
}
