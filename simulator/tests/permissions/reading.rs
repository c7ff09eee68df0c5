//! What operations are authorized on of which only reading is simulated. Does I/O: sockets.

use organization_simulator::{Options, Simulator};
use serde_json::{Value, json};

use super::{
    super::{organizations as by_management, start},
    KEY, REGION, allow, asked, by_target, one, organizations, rest, survey,
};

fn cloudtrail(simulator: &Simulator, operation: &str, input: &Value) -> u16 {
    by_target(simulator, KEY, "cloudtrail", &format!("CloudTrail_20131101.{operation}"), input).status
}

#[test]
fn a_trail_is_authorized_by_its_arn() {
    let simulator = start(&Options::default());
    survey(&simulator, allow(&json!("cloudtrail:DescribeTrails"), "*"));
    assert_eq!(cloudtrail(&simulator, "DescribeTrails", &json!({})), 200);
    assert_eq!(asked(&simulator), one("cloudtrail:DescribeTrails", "*", true));
    let arn = format!("arn:aws:cloudtrail:{REGION}:222222222222:trail/own");
    for name in ["own", &arn] {
        assert_eq!(cloudtrail(&simulator, "GetTrailStatus", &json!({"Name": name})), 400);
        assert_eq!(asked(&simulator), one("cloudtrail:GetTrailStatus", &arn, false));
        cloudtrail(&simulator, "GetEventSelectors", &json!({"TrailName": name}));
        assert_eq!(asked(&simulator), one("cloudtrail:GetEventSelectors", &arn, false));
    }
}

#[test]
fn security_hub_is_authorized_by_the_hub() {
    let simulator = start(&Options::default());
    let hub = format!("arn:aws:securityhub:{REGION}:222222222222:hub/default");
    survey(&simulator, allow(&json!("securityhub:DescribeHub"), &hub));
    assert_eq!(rest(&simulator, KEY, "securityhub", "GET", "/accounts", &Value::Null).status, 401);
    assert_eq!(asked(&simulator), one("securityhub:DescribeHub", &hub, true));
    assert_eq!(rest(&simulator, KEY, "securityhub", "GET", "/productSubscriptions", &Value::Null).status, 403);
    assert_eq!(asked(&simulator), one("securityhub:ListEnabledProductsForImport", &hub, false));
}

#[test]
fn a_service_control_policy_is_authorized_by_its_arn_and_type() {
    let simulator = start(&Options::default());
    let id = by_management(&simulator, "DescribeOrganization", &json!({})).json()["Organization"]["Id"].clone();
    let deny = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}});
    let state = json!({"kind": "service-control-policy", "document": deny, "targets": ["222222222222"]});
    simulator.prepare(&state).unwrap();
    let listed = by_management(&simulator, "ListPolicies", &json!({"Filter": "SERVICE_CONTROL_POLICY"})).json();
    let policy = listed["Policies"][1]["Id"].as_str().unwrap();
    let own =
        format!("arn:aws:organizations::111111111111:policy/{}/service_control_policy/{policy}", id.as_str().unwrap());
    assert_eq!(listed["Policies"][1]["Arn"], own);
    let full = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess";
    let mut statement = allow(&json!("organizations:DescribePolicy"), "*");
    statement["Statement"][0]["Condition"] =
        json!({"StringEquals": {"organizations:PolicyType": "SERVICE_CONTROL_POLICY"}});
    survey(&simulator, statement);
    for (policy, arn) in [(policy, own.as_str()), ("p-FullAWSAccess", full)] {
        organizations(&simulator, KEY, "DescribePolicy", &json!({"PolicyId": policy}));
        assert_eq!(asked(&simulator), one("organizations:DescribePolicy", arn, true));
    }
}
