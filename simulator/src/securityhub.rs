//! The simulated service `securityhub`: whether it is on, and whose findings it receives. No I/O.
//!
//! Behaviour without another source in a comment is of AWS's model and its documentation.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    paging::page,
    service::{Answer, Call, Refusal, Service},
    states,
    world::World,
};

/// The service, as the wire sees it.
pub(crate) const SERVICE: Service = Service {
    name: "securityhub",
    operations: &[("DescribeHub", describe), ("ListEnabledProductsForImport", list_products)],
};

/// `MaxResults` is 1 to 100; that it is 100 when it is absent is inferred.
const PAGE: usize = 100;

/// The hubs by account and region.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    hubs: BTreeMap<(String, String), Hub>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Hub {
    /// When it was enabled, in world time.
    since: u64,
    /// Company and name of each product whose findings are received, such as `aws/guardduty`.
    products: BTreeSet<String>,
}

/// The special state of an account in a region: it has a hub, with these products, or none. A product without a company is
/// one of AWS's.
pub(crate) fn prepare(
    world: &mut World,
    account: String,
    region: String,
    enabled: bool,
    products: Vec<String>,
) -> Result<(), String> {
    states::known(world, &account)?;
    states::known_region(world, &region)?;
    if let Some(wrong) = products.iter().find(|product| product.is_empty() || product.contains(char::is_whitespace)) {
        return Err(format!("`{wrong}` is no product"));
    }
    let named = |product: String| if product.contains('/') { product } else { format!("aws/{product}") };
    let hub = Hub { since: world.now, products: products.into_iter().map(named).collect() };
    let hubs = &mut world.securityhub.hubs;
    if enabled {
        hubs.insert((account, region), hub);
    } else {
        hubs.remove(&(account, region));
    }
    Ok(())
}

/// The ARN of the caller's hub in the region.
pub(crate) fn hub_arn(call: &Call) -> String {
    format!("arn:aws:securityhub:{}:{}:hub/default", call.region, call.caller.account)
}

/// The caller's hub. Seen in public code: the message, and that the code is in the body too.
fn hub<'a>(world: &'a World, call: &Call) -> Result<&'a Hub, Refusal> {
    let account = &call.caller.account;
    let hub = world.securityhub.hubs.get(&(account.clone(), call.region.clone()));
    hub.ok_or_else(|| {
        let message = format!("Account {account} is not subscribed to AWS Security Hub");
        Refusal::new(401, "InvalidAccessException", message).with("Code", "InvalidAccessException")
    })
}

fn describe(world: &mut World, call: &Call) -> Answer {
    let hub = hub(world, call)?;
    let arn = hub_arn(call);
    if call.input.get("HubArn").and_then(Value::as_str).is_some_and(|asked| asked != arn) {
        // The wording is inferred.
        return Err(Refusal::new(404, "ResourceNotFoundException", "The hub was not found.")
            .with("Code", "ResourceNotFoundException"));
    }
    Ok(json!({
        "HubArn": arn,
        "SubscribedAt": world.timestamp_iso(hub.since),
        "AutoEnableControls": true,
        "ControlFindingGenerator": "SECURITY_CONTROL",
    }))
}

fn list_products(world: &mut World, call: &Call) -> Answer {
    let (page, next) = page(call, world, &hub(world, call)?.products, PAGE)?;
    let (region, account) = (&call.region, &call.caller.account);
    let arn = |product: &String| format!("arn:aws:securityhub:{region}:{account}:product-subscription/{product}");
    let mut answer = json!({"ProductSubscriptions": page.into_iter().map(arn).collect::<Value>()});
    if let (Some(next), Some(object)) = (next, answer.as_object_mut()) {
        object.insert("NextToken".to_owned(), json!(next));
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, service::Caller, start};

    const ACCOUNT: &str = "222222222222";

    fn call(world: &mut World, region: &str, operation: &str, input: Value) -> Answer {
        let call = Call {
            caller: Caller::root(ACCOUNT),
            region: region.to_owned(),
            service: "securityhub",
            operation: operation.to_owned(),
            input,
        };
        SERVICE.operations.iter().find(|(name, _)| *name == operation).unwrap().1(world, &call)
    }

    fn with_hub(products: &Value) -> World {
        let mut world = start::simulation(&Options::default(), 0).unwrap().world;
        let state = json!({"kind": "security-hub", "account": ACCOUNT, "region": "eu-west-1", "products": products});
        states::prepare(&mut world, &state).unwrap();
        world
    }

    #[test]
    fn where_it_is_not_enabled_nobody_is_subscribed() {
        let mut world = with_hub(&json!([]));
        for operation in ["DescribeHub", "ListEnabledProductsForImport"] {
            assert!(call(&mut world, "eu-west-1", operation, json!({})).is_ok());
            let refusal = call(&mut world, "us-east-1", operation, json!({})).unwrap_err();
            assert_eq!((refusal.status, refusal.code.as_str()), (401, "InvalidAccessException"));
            assert_eq!(refusal.message, "Account 222222222222 is not subscribed to AWS Security Hub");
        }
        let off = json!({"kind": "security-hub", "account": ACCOUNT, "region": "eu-west-1", "enabled": false});
        states::prepare(&mut world, &off).unwrap();
        assert!(call(&mut world, "eu-west-1", "DescribeHub", json!({})).is_err());
    }

    #[test]
    fn a_hub_is_found_by_its_own_arn_only() {
        let mut world = with_hub(&json!([]));
        let arn = call(&mut world, "eu-west-1", "DescribeHub", json!({})).unwrap()["HubArn"].clone();
        assert_eq!(arn, "arn:aws:securityhub:eu-west-1:222222222222:hub/default");
        assert!(call(&mut world, "eu-west-1", "DescribeHub", json!({"HubArn": arn})).is_ok());
        let other = call(&mut world, "eu-west-1", "DescribeHub", json!({"HubArn": "arn:aws:x"}));
        assert_eq!(other.unwrap_err().code, "ResourceNotFoundException");
    }

    #[test]
    fn products_are_subscriptions_in_pages() {
        let mut world = with_hub(&json!(["inspector", "guardduty", "crowdstrike/crowdstrike-falcon"]));
        let first = call(&mut world, "eu-west-1", "ListEnabledProductsForImport", json!({"MaxResults": 2})).unwrap();
        let prefix = "arn:aws:securityhub:eu-west-1:222222222222:product-subscription";
        let expected = ["aws/guardduty", "aws/inspector"].map(|product| format!("{prefix}/{product}"));
        assert_eq!(first["ProductSubscriptions"], json!(expected));
        let rest = json!({"MaxResults": 2, "NextToken": first["NextToken"]});
        let rest = call(&mut world, "eu-west-1", "ListEnabledProductsForImport", rest).unwrap();
        assert_eq!(rest, json!({"ProductSubscriptions": [format!("{prefix}/crowdstrike/crowdstrike-falcon")]}));
        let wrong = call(&mut world, "eu-west-1", "ListEnabledProductsForImport", json!({"NextToken": "nonsense"}));
        assert_eq!(wrong.unwrap_err().code, "ValidationException");
    }
}
