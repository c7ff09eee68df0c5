//! The simulated service `ssm`: the public parameters that say which region has which service. No I/O.

use serde_json::{Value, json};

use crate::{
    paging::page,
    service::{Answer, Call, Refusal, Service},
    world::World,
};

/// The service, as the wire sees it.
pub(crate) const SERVICE: Service =
    Service { name: "ssm", operations: &[("GetParametersByPath", get_parameters_by_path)] };

/// The services of which the public parameters tell where they are.
const SERVICES: [&str; 2] = ["guardduty", "inspector2"];

/// The feature by which a region can lack the public parameters.
pub(crate) const GLOBAL_INFRASTRUCTURE: &str = "GLOBAL_INFRASTRUCTURE";

/// Where the path can be asked for. AWS documentation, "Calling public parameters for AWS services, Regions, …": "the
/// path `/aws/service/global-infrastructure` is supported for queries in the following AWS Regions only". What the
/// others answer is not documented: inferred to be that nothing is there.
pub(crate) const DOCUMENTED_REGIONS: [&str; 17] = [
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// `MaxResults` is 1 to 10, and 10 when it is absent (inferred).
const PAGE: usize = 10;

/// Anybody may read public parameters, in any region.
fn get_parameters_by_path(world: &mut World, call: &Call) -> Answer {
    let path = call.input.get("Path").and_then(Value::as_str).unwrap_or_default();
    if !path.starts_with('/') {
        // AWS's model: a hierarchy begins with a slash. The wording is inferred.
        return Err(Refusal::invalid("ssm", "The parameter path must begin with a forward slash (/)."));
    }
    let below = format!("{}/", path.trim_end_matches('/'));
    let deeper = call.input.get("Recursive").and_then(Value::as_bool).unwrap_or_default();
    let filtered = passes_filters(&call.input)?;
    let found: Vec<(String, &str)> = parameters(world, &call.region)
        .into_iter()
        .filter(|(name, _)| name.strip_prefix(&below).is_some_and(|rest| deeper || !rest.contains('/')))
        .filter(|_| filtered)
        .collect();
    let (page, next) = page(call, world, found, PAGE)?;
    let page: Value = page.into_iter().map(|(name, value)| parameter(world, call, &name, value)).collect();
    let mut answer = json!({"Parameters": page});
    if let (Some(next), Some(object)) = (next, answer.as_object_mut()) {
        object.insert("NextToken".to_owned(), json!(next));
    }
    Ok(answer)
}

/// Every public parameter that the region has, with its value.
fn parameters<'a>(world: &'a World, region: &str) -> Vec<(String, &'a str)> {
    let regions = &world.organization.regions;
    let mut all = Vec::new();
    if world.offers_feature("ssm", region, GLOBAL_INFRASTRUCTURE) {
        for service in SERVICES {
            for region in regions.iter().filter(|region| world.offers(service, region)) {
                let name = format!("/aws/service/global-infrastructure/services/{service}/regions/{region}");
                all.push((name, region.as_str()));
            }
        }
    }
    all
}

/// `Parameter` of AWS's model, as AWS documentation shows public ones.
fn parameter(world: &World, call: &Call, name: &str, value: &str) -> Value {
    json!({
        "Name": name,
        "Type": "String",
        "Value": value,
        "Version": 1,
        "LastModifiedDate": world.timestamp_epoch(0),
        "ARN": format!("arn:aws:ssm:{}::parameter{name}", call.region),
        "DataType": "text",
    })
}

/// Whether the request's filters let public parameters through, which are all alike: strings without key or label.
/// AWS's model: the operation takes the keys `Type`, `KeyId` and `Label`.
fn passes_filters(input: &Value) -> Result<bool, Refusal> {
    let mut passes = true;
    for filter in input.get("ParameterFilters").and_then(Value::as_array).into_iter().flatten() {
        let values = filter.get("Values").and_then(Value::as_array).into_iter().flatten();
        let mut values = values.filter_map(Value::as_str);
        let option = filter.get("Option").and_then(Value::as_str).unwrap_or("Equals");
        passes &= match (filter.get("Key").and_then(Value::as_str), option) {
            (Some("Type"), "Equals") => values.any(|value| value == "String"),
            (Some("Type"), "BeginsWith") => values.any(|value| "String".starts_with(value)),
            (Some("KeyId" | "Label"), "Equals" | "BeginsWith") => false,
            (Some("Type" | "KeyId" | "Label"), _) => {
                return Err(Refusal::new(400, "InvalidFilterOption", "The specified filter option isn't valid."));
            }
            _ => return Err(Refusal::new(400, "InvalidFilterKey", "The specified key isn't valid.")),
        };
    }
    Ok(passes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Caller;

    const GUARDDUTY: &str = "/aws/service/global-infrastructure/services/guardduty/regions";

    fn world(regions: &[&str]) -> World {
        let mut world = World::default();
        world.organization.regions = regions.iter().map(ToString::to_string).collect();
        world
    }

    fn read(world: &mut World, input: Value) -> Answer {
        let call = Call {
            caller: Caller::root("900000000009"),
            region: "us-east-1".to_owned(),
            service: "ssm",
            operation: "GetParametersByPath".to_owned(),
            input,
        };
        get_parameters_by_path(world, &call)
    }

    fn values(world: &mut World, input: Value) -> Vec<String> {
        let answer = read(world, input).unwrap();
        let found = answer["Parameters"].as_array().unwrap().iter();
        found.map(|parameter| parameter["Value"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_service_is_where_the_simulation_offers_it() {
        let mut world = world(&["us-east-1", "eu-west-1"]);
        world.offers.absent_services.insert(("guardduty".to_owned(), "eu-west-1".to_owned()));
        assert_eq!(values(&mut world, json!({"Path": GUARDDUTY})), ["us-east-1"]);
        let inspector = GUARDDUTY.replace("guardduty", "inspector2") + "/";
        assert_eq!(values(&mut world, json!({"Path": inspector})), ["us-east-1", "eu-west-1"]);
        let answer = read(&mut world, json!({"Path": GUARDDUTY})).unwrap();
        let arn = format!("arn:aws:ssm:us-east-1::parameter{GUARDDUTY}/us-east-1");
        assert_eq!(
            (&answer["Parameters"][0]["ARN"], &answer["Parameters"][0]["Type"]),
            (&json!(arn), &json!("String"))
        );
    }

    #[test]
    fn only_what_is_directly_below_the_path_is_there_unless_all_is_asked_for() {
        let mut world = world(&["us-east-1", "eu-west-1"]);
        let services = "/aws/service/global-infrastructure/services";
        assert!(values(&mut world, json!({"Path": services})).is_empty());
        assert_eq!(values(&mut world, json!({"Path": services, "Recursive": true})).len(), 4);
        assert!(values(&mut world, json!({"Path": "/aws/service/ami-amazon-linux-latest"})).is_empty());
        assert!(
            values(&mut world, json!({"Path": GUARDDUTY.trim_end_matches("egions"), "Recursive": true})).is_empty()
        );
        assert_eq!(read(&mut world, json!({"Path": "aws"})).unwrap_err().code, "ValidationException");
    }

    #[test]
    fn ten_are_a_page() {
        let names: Vec<String> = (1..=12).map(|number| format!("xx-test-{number}")).collect();
        let mut world = world(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let first = read(&mut world, json!({"Path": GUARDDUTY})).unwrap();
        assert_eq!(first["Parameters"].as_array().unwrap().len(), 10);
        let rest = values(&mut world, json!({"Path": GUARDDUTY, "NextToken": first["NextToken"]}));
        assert_eq!(rest, ["xx-test-11", "xx-test-12"]);
        let wrong = read(&mut world, json!({"Path": GUARDDUTY, "NextToken": "nonsense"}));
        assert_eq!(wrong.unwrap_err().code, "InvalidNextToken");
    }

    #[test]
    fn filters_are_kept_to() {
        let mut world = world(&["us-east-1"]);
        let mut found = |key: &str, option: &str, value: &str| {
            let filter = json!({"Key": key, "Option": option, "Values": [value]});
            let answer = read(&mut world, json!({"Path": GUARDDUTY, "ParameterFilters": [filter]}));
            answer.map(|answer| answer["Parameters"].as_array().unwrap().len()).map_err(|refusal| refusal.code)
        };
        assert_eq!((found("Type", "Equals", "String"), found("Type", "Equals", "SecureString")), (Ok(1), Ok(0)));
        assert_eq!((found("Type", "BeginsWith", "Str"), found("Label", "Equals", "x")), (Ok(1), Ok(0)));
        assert_eq!(found("Name", "Equals", "x"), Err("InvalidFilterKey".to_owned()));
        assert_eq!(found("Type", "Contains", "x"), Err("InvalidFilterOption".to_owned()));
    }
}
