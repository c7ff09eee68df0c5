//! The organization configuration: which scan types auto-enable turns on in new members. No I/O.

use serde_json::{Map, Value, json};

use super::{
    authority::{require_active, require_administrator, require_offered},
    refusals::validation,
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
    let mut auto_enable = auto_enable_json(&settings.auto_enable);
    for (name, on) in &settings.unknown {
        auto_enable.insert(name.clone(), (*on).into());
    }
    let full = world.inspector2.has_members(&call.region, world.behaviour.inspector2.maximum_members);
    Ok(json!({"autoEnable": auto_enable, "maxAccountLimitReached": full}))
}

pub(super) fn update_organization_configuration(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call, "update the organization configuration")?;
    require_active(world, call)?;
    let current = &world.inspector2.region(&call.region).settings.auto_enable;
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
    let on: Vec<Scan> = Scan::ALL.into_iter().filter(|scan| *wanted.get(*scan)).collect();
    require_offered(world, &call.region, &on)?;
    // AWS documentation: Lambda code scanning needs Lambda standard scanning. Which error it is, is inferred.
    if on.contains(&Scan::LambdaCode) && !on.contains(&Scan::Lambda) {
        return Err(validation("Lambda code scanning requires Lambda standard scanning"));
    }
    let answer = auto_enable_json(&wanted);
    world.inspector2.region(&call.region).settings.auto_enable = wanted;
    Ok(json!({"autoEnable": answer}))
}

/// `AutoEnable` of AWS's model.
fn auto_enable_json(auto_enable: &PerScan<bool>) -> Map<String, Value> {
    let member = |scan: Scan| (scan.member().to_owned(), Value::from(*auto_enable.get(scan)));
    Scan::ALL.into_iter().map(member).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::inspector2::switches::Omitted;
    use serde_json::json;

    const DESCRIBE: &str = "DescribeOrganizationConfiguration";
    const UPDATE: &str = "UpdateOrganizationConfiguration";

    #[test]
    fn others_are_refused_and_an_inactive_administrator_too() {
        let mut world = organization();
        let (status, _, message) = refusal(call(&mut world, MEMBER, DESCRIBE, json!({})));
        assert_eq!(status, 403);
        let words = "Invoking account does not have access to describe the organization configuration";
        assert_eq!(message, words);
        let input = json!({"autoEnable": {"ec2": true, "ecr": true}});
        let (_, _, message) = refusal(call(&mut world, MEMBER, UPDATE, input.clone()));
        assert_eq!(message, words.replace("describe", "update"));
        world.behaviour.inspector2.designation_enables_scans = false;
        call(&mut world, MANAGEMENT, "EnableDelegatedAdminAccount", designation()).unwrap();
        for (operation, input) in [(DESCRIBE, json!({})), (UPDATE, input)] {
            let (_, code, message) = refusal(call(&mut world, ADMINISTRATOR, operation, input));
            assert_eq!(code, "ValidationException");
            assert_eq!(message, "Invoking account is not enabled");
        }
    }

    #[test]
    fn what_an_update_leaves_out_is_turned_off_or_kept() {
        for (omitted, lambda) in [(Omitted::TurnedOff, false), (Omitted::Kept, true)] {
            let mut world = governed();
            world.behaviour.inspector2.omitted_auto_enable = omitted;
            let input = json!({"autoEnable": {"ec2": true, "ecr": true, "lambda": true}});
            call(&mut world, ADMINISTRATOR, UPDATE, input).unwrap();
            let input = json!({"autoEnable": {"ec2": false, "ecr": true}});
            let answer = call(&mut world, ADMINISTRATOR, UPDATE, input).unwrap();
            let expected = json!({
                "ec2": false,
                "ecr": true,
                "lambda": lambda,
                "lambdaCode": false,
                "codeRepository": false,
                "ami": false,
            });
            assert_eq!(answer["autoEnable"], expected);
            let answer = call(&mut world, ADMINISTRATOR, DESCRIBE, json!({})).unwrap();
            assert_eq!(answer["autoEnable"], expected);
            assert_eq!(answer["maxAccountLimitReached"], false);
        }
    }

    #[test]
    fn a_scan_type_that_the_region_does_not_offer_fails_the_update() {
        let mut world = governed();
        let absent = ("inspector2".to_owned(), "LAMBDA_CODE".to_owned(), REGION.to_owned());
        world.offers.absent_features.insert(absent);
        let all = json!({"ec2": true, "ecr": true, "lambda": true, "lambdaCode": true});
        let input = json!({"autoEnable": all});
        let (status, _, message) = refusal(call(&mut world, ADMINISTRATOR, UPDATE, input));
        assert_eq!(status, 403);
        assert_eq!(message, "Lambda code scanning is not supported in eu-west-1");
        let answer = call(&mut world, ADMINISTRATOR, DESCRIBE, json!({})).unwrap();
        assert_eq!(answer["autoEnable"]["ec2"], false);
    }

    #[test]
    fn lambda_code_needs_lambda() {
        let mut world = governed();
        let input = json!({"autoEnable": {"ec2": true, "ecr": true, "lambdaCode": true}});
        assert_eq!(refusal(call(&mut world, ADMINISTRATOR, UPDATE, input)).1, "ValidationException");
    }
}
