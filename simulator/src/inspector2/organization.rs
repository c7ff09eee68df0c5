//! The organization configuration: which scan types auto-enable turns on in new members. No I/O.

use serde_json::{Map, Value, json};

use super::{
    authority::{require_active, require_administrator, require_offered},
    refusals::validation,
    state::Moment,
    switches::Omitted,
    words::{PerScan, Scan},
};
use crate::{
    service::{Answer, Call},
    world::World,
};

/// Both refusals were seen in public code.
pub(super) fn describe_organization_configuration(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call, "describe the organization configuration")?;
    require_active(world, call)?;
    let settings = &world.inspector2.region(&call.region).settings;
    let auto_enable = auto_enable_json(&settings.seen(world.now).auto_enable);
    let members = world.inspector2.member_count(&call.region);
    let full = members >= world.behaviour.inspector2.maximum_members;
    Ok(json!({"autoEnable": auto_enable, "maxAccountLimitReached": full}))
}

pub(super) fn update_organization_configuration(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call, "update the organization configuration")?;
    require_active(world, call)?;
    let moment = Moment::of(world, &call.caller.account);
    let current = &world
        .inspector2
        .region(&call.region)
        .settings
        .truth()
        .auto_enable;
    let mut wanted = match world.behaviour.inspector2.omitted_auto_enable {
        Omitted::Kept => current.clone(),
        Omitted::TurnedOff => PerScan::default(),
    };
    for scan in Scan::ALL {
        let pointer = format!("/autoEnable/{}", scan.member());
        if let Some(on) = call.input.pointer(&pointer).and_then(Value::as_bool) {
            *wanted.get_mut(scan) = on;
        }
    }
    let on: Vec<Scan> = Scan::ALL
        .into_iter()
        .filter(|scan| *wanted.get(*scan))
        .collect();
    require_offered(world, &call.region, &on)?;
    // AWS documentation: Lambda code scanning needs Lambda standard scanning. Which error it is, is inferred.
    if on.contains(&Scan::LambdaCode) && !on.contains(&Scan::Lambda) {
        return Err(validation(
            "Lambda code scanning requires Lambda standard scanning",
        ));
    }
    let answer = auto_enable_json(&wanted);
    world
        .inspector2
        .region(&call.region)
        .settings
        .write(&moment)
        .auto_enable = wanted;
    Ok(json!({"autoEnable": answer}))
}

/// `AutoEnable` of AWS's model.
fn auto_enable_json(auto_enable: &PerScan<bool>) -> Value {
    let member = |scan: Scan| {
        (
            scan.member().to_owned(),
            Value::from(*auto_enable.get(scan)),
        )
    };
    Value::from(Scan::ALL.into_iter().map(member).collect::<Map<_, _>>())
}
