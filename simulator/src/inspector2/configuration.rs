//! The scan configuration: EC2 scan mode, ECR re-scan duration, AMI scanning. No I/O.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    authority::{has_access, is_managed},
    refusals::{NO_ACCESS_TO_ACCOUNT, access_denied, validation},
};
use crate::{
    service::{Answer, Call, Refusal},
    world::World,
};

/// What an account has configured for itself, as answers show it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Configuration {
    ecr: Option<Value>,
    ec2: Option<Value>,
    ami: Option<Value>,
    /// Of the last change, in world time.
    changed_at: u64,
}

/// AWS model: another account's only for its administrator. A member without its own configuration has its
/// administrator's.
pub(super) fn get_configuration(world: &mut World, call: &Call) -> Answer {
    let account = call.input.get("accountId").and_then(Value::as_str).unwrap_or(&call.caller.account);
    require_access(world, call, account)?;
    let own = configured(world, &call.region, account);
    let administrator = world.inspector2.administrator(&call.region, world.now);
    let inherits = super::authority::relationship(world, &call.region, account).is_associated();
    let inherited = administrator
        .filter(|_| inherits)
        .map(|administrator| configured(world, &call.region, administrator))
        .unwrap_or_default();
    let pending = is_pending(world, &own) || is_pending(world, &inherited);
    let mut answer = Map::new();
    let ecr = own.ecr.or(inherited.ecr).unwrap_or_else(|| default_ecr(world));
    answer.insert("ecrConfiguration".to_owned(), ecr);
    answer.insert("ec2Configuration".to_owned(), own.ec2.or(inherited.ec2).unwrap_or_else(default_ec2));
    answer.extend(own.ami.or(inherited.ami).map(|ami| ("amiConfiguration".to_owned(), ami)));
    let mut answer = Value::from(answer);
    for status in ["/ecrConfiguration/rescanDurationState/status", "/ec2Configuration/scanModeState/scanModeStatus"] {
        if let Some(status) = answer.pointer_mut(status).filter(|_| pending) {
            *status = "PENDING".into();
        }
    }
    Ok(answer)
}

/// Whether the last change is under way, if changes take time at all.
fn is_pending(world: &World, configuration: &Configuration) -> bool {
    let since = configuration.changed_at;
    world.behaviour.inspector2.configuration_takes_time
        && since > 0
        && world.now < since + world.behaviour.transition_ms
}

/// AWS model: only the administrator names an account; members cannot call it.
pub(super) fn update_configuration(world: &mut World, call: &Call) -> Answer {
    if is_managed(world, call) {
        return Err(access_denied("Member accounts are not authorized to update the configuration"));
    }
    let named = call.input.get("accountId").and_then(Value::as_str);
    let account = named.unwrap_or(&call.caller.account);
    require_access(world, call, account)?;
    let (ecr, ec2, ami) =
        (call.input.get("ecrConfiguration"), call.input.get("ec2Configuration"), call.input.get("amiConfiguration"));
    let inherit = call.input.get("updateConfigurationInheritance");
    let any = ecr.or(ec2).or(ami).is_some();
    if inherit.is_some() && (any || named.is_none()) {
        return Err(validation("updateConfigurationInheritance needs accountId and excludes other configurations"));
    }
    if inherit.is_none() && !any {
        return Err(validation("The request has no configuration"));
    }
    let (now, at) = (world.now, world.timestamp_epoch(world.now));
    let record = world.inspector2.record(&call.region, account);
    let configuration = &mut record.extras().configuration;
    configuration.changed_at = now;
    let resets = |name: &str| inherit.is_some_and(|inherit| inherit.get(name).is_some());
    change(&mut configuration.ecr, resets("ecrConfiguration"), ecr.map(|input| ecr_state(input, at)));
    change(&mut configuration.ec2, resets("ec2Configuration"), ec2.map(|input| ec2_state(input, at)));
    change(&mut configuration.ami, resets("amiConfiguration"), ami.map(|input| ami_state(input, at)));
    Ok(json!({}))
}

fn change(value: &mut Option<Value>, reset: bool, new: Option<Value>) {
    if reset || new.is_some() {
        *value = new;
    }
}

fn require_access(world: &World, call: &Call, account: &str) -> Result<(), Refusal> {
    if has_access(world, call, account) { Ok(()) } else { Err(access_denied(NO_ACCESS_TO_ACCOUNT)) }
}

fn configured(world: &World, region: &str, account: &str) -> Configuration {
    let record = world.inspector2.enrolment(region, account);
    let extras = record.and_then(|record| record.extras.as_deref());
    extras.map(|extras| extras.configuration.clone()).unwrap_or_default()
}

/// AWS documentation: 14 days since push and since last use.
fn default_ecr(world: &World) -> Value {
    json!({"rescanDurationState": {
        "rescanDuration": "DAYS_14",
        "pullDateRescanDuration": "DAYS_14",
        "pullDateRescanMode": "LAST_IN_USE_AT",
        "status": "SUCCESS",
        "updatedAt": world.timestamp_epoch(0),
    }})
}

/// AWS documentation: hybrid scanning.
fn default_ec2() -> Value {
    json!({"scanModeState": {"scanMode": "EC2_HYBRID", "scanModeStatus": "SUCCESS"}})
}

fn ecr_state(input: &Value, at: f64) -> Value {
    let mut state = input.as_object().cloned().unwrap_or_default();
    state.insert("status".to_owned(), "SUCCESS".into());
    state.insert("updatedAt".to_owned(), at.into());
    json!({"rescanDurationState": state})
}

fn ec2_state(input: &Value, at: f64) -> Value {
    let mode = input.get("scanMode").cloned().unwrap_or_default();
    let mut state = json!({"scanModeState": {"scanMode": mode, "scanModeStatus": "SUCCESS"}});
    if let (Some(activated), Some(members)) =
        (input.get("activateVMScanner").and_then(Value::as_bool), state.as_object_mut())
    {
        let mut scanner = json!({"activated": activated, "status": "SUCCESS"});
        if let Some(scanner) = scanner.as_object_mut().filter(|_| activated) {
            scanner.insert("activatedAt".to_owned(), at.into());
        }
        members.insert("vmScannerState".to_owned(), scanner);
    }
    state
}

fn ami_state(input: &Value, at: f64) -> Value {
    let mut state = input.as_object().cloned().unwrap_or_default();
    state.insert("status".to_owned(), "SUCCESS".into());
    state.insert("updatedAt".to_owned(), at.into());
    state.into()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::world::World;
    use serde_json::{Value, json};

    fn mode(world: &mut World, caller: &str, input: Value) -> Value {
        let answer = call(world, caller, "GetConfiguration", input).unwrap();
        answer["ec2Configuration"]["scanModeState"]["scanMode"].clone()
    }

    fn update(world: &mut World, caller: &str, mut input: Value) -> crate::service::Answer {
        if input.get("updateConfigurationInheritance").is_none() {
            input["ec2Configuration"] = json!({"scanMode": "EC2_SSM_AGENT_BASED"});
        }
        call(world, caller, "UpdateConfiguration", input)
    }

    #[test]
    fn a_change_is_pending_for_a_while_only_when_the_switch_says_so() {
        for (takes_time, before) in [(false, "SUCCESS"), (true, "PENDING")] {
            let mut world = with_member();
            world.behaviour.inspector2.configuration_takes_time = takes_time;
            let status = |world: &mut World, caller: &str| {
                let answer = call(world, caller, "GetConfiguration", json!({})).unwrap();
                answer["ec2Configuration"]["scanModeState"]["scanModeStatus"].clone()
            };
            assert_eq!(status(&mut world, ADMINISTRATOR), "SUCCESS");
            update(&mut world, ADMINISTRATOR, json!({})).unwrap();
            assert_eq!((status(&mut world, ADMINISTRATOR), status(&mut world, MEMBER)), (before.into(), before.into()));
            pass(&mut world);
            assert_eq!(status(&mut world, ADMINISTRATOR), "SUCCESS");
        }
    }

    #[test]
    fn members_have_the_configuration_of_their_administrator() {
        let mut world = with_member();
        assert_eq!(mode(&mut world, MEMBER, json!({})), "EC2_HYBRID");
        assert_eq!(update(&mut world, ADMINISTRATOR, json!({})).unwrap(), json!({}));
        assert_eq!(mode(&mut world, MEMBER, json!({})), "EC2_SSM_AGENT_BASED");
        assert_eq!(mode(&mut world, OTHER, json!({})), "EC2_HYBRID");
    }

    #[test]
    fn the_administrator_configures_one_member_and_takes_it_back() {
        let mut world = with_member();
        let member = json!({"accountId": MEMBER});
        update(&mut world, ADMINISTRATOR, member.clone()).unwrap();
        assert_eq!(mode(&mut world, ADMINISTRATOR, member.clone()), "EC2_SSM_AGENT_BASED");
        assert_eq!(mode(&mut world, ADMINISTRATOR, json!({})), "EC2_HYBRID");
        let inherit = json!({"ec2Configuration": "INHERIT_FROM_ADMIN"});
        let input = json!({"accountId": MEMBER, "updateConfigurationInheritance": inherit});
        update(&mut world, ADMINISTRATOR, input).unwrap();
        assert_eq!(mode(&mut world, ADMINISTRATOR, member), "EC2_HYBRID");
        let input = json!({"updateConfigurationInheritance": inherit});
        assert_eq!(refusal(update(&mut world, ADMINISTRATOR, input)).1, "ValidationException");
    }

    #[test]
    fn members_cannot_change_theirs_and_strangers_cannot_be_seen() {
        let mut world = with_member();
        assert_eq!(refusal(update(&mut world, MEMBER, json!({}))).0, 403);
        let other = json!({"accountId": OTHER});
        assert_eq!(refusal(call(&mut world, ADMINISTRATOR, "GetConfiguration", other)).0, 403);
    }
}
