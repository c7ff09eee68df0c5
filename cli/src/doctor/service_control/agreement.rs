//! The simulator's own evaluation of the same policies agrees: what is certain here is so there. I/O: the simulator.

use std::collections::BTreeSet;

use organization_simulator::{Options, Simulator};
use serde_json::{Value, json};

use super::{
    condition::{Caller, Request},
    document::Document,
    evaluate::{Level, Policy, against},
    tests::{ROLE, caller, level},
};

const KEY: &str = "AKIAADMINISTRATOR";
const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];
const ACTIONS: [&str; 4] =
    ["guardduty:CreateMembers", "guardduty:UpdateDetector", "guardduty:ListMembers", "inspector2:Enable"];

/// Parts of statements; each is combined with each.
fn statements() -> Vec<Value> {
    let actions = [
        json!({"Action": "*"}),
        json!({"Action": ["guardduty:*", "s3:*"]}),
        json!({"Action": "GuardDuty:Create*"}),
        json!({"NotAction": ["iam:*", "sts:*", "organizations:*"]}),
        json!({"NotAction": "guardduty:UpdateDetecto?"}),
    ];
    let resources = [
        json!({"Resource": "*"}),
        json!({"Resource": "arn:aws:guardduty:*:*:detector/*"}),
        json!({"NotResource": "arn:aws:iam::*:role/break-glass"}),
        json!({"Resource": "arn:aws:iam::*:role/*"}),
    ];
    let mut all = Vec::new();
    for action in &actions {
        for resource in &resources {
            for condition in conditions() {
                let mut statement = json!({"Effect": "Deny"});
                for part in [action, resource, &json!({"Condition": condition})] {
                    statement.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
                }
                all.push(statement);
            }
        }
    }
    all
}

fn conditions() -> Vec<Value> {
    let (region, arn, account) = ("aws:RequestedRegion", "aws:PrincipalARN", "aws:PrincipalAccount");
    let others = json!(["arn:aws:iam::*:role/AWSControlTowerExecution", "arn:aws:iam::*:role/break-glass"]);
    vec![
        json!({}),
        json!({"StringNotEquals": {region: ["eu-west-1"]}}),
        json!({"StringNotEquals": {region: ["eu-west-1"]}, "ArnNotLike": {arn: others}}),
        json!({"StringNotEquals": {region: ["eu-west-1"]}, "ArnNotLike": {arn: ["arn:aws:iam::*:role/rollcall/*"]}}),
        json!({"StringLike": {region: ["us-*", "ap-*"]}}),
        json!({"StringNotLike": {region: "eu-*"}}),
        json!({"StringEqualsIgnoreCase": {region: "EU-WEST-1"}}),
        json!({"StringEqualsIfExists": {region: ["us-east-1"]}, "StringNotEquals": {account: "111111111111"}}),
        json!({"ForAnyValue:StringEquals": {region: ["us-east-1"]}}),
        json!({"ForAllValues:StringNotLike": {region: ["us-*"]}}),
        json!({"ArnEquals": {arn: ROLE}}),
        json!({"ArnNotEquals": {arn: [ROLE, "arn:aws:iam::222222222222:role/other"]}}),
        json!({"StringLike": {arn: "arn:aws:iam::2*:role/*administrator"}}),
        json!({"StringNotLike": {arn: "*:role/rollcall/*"}}),
        json!({"StringEquals": {account: ["222222222222", "333333333333"]}}),
        json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-other"}}),
        json!({"Bool": {"aws:SecureTransport": "false"}}),
        json!({"Null": {region: "true"}}),
        json!({"Null": {arn: "false"}}),
        // The simulator knows what these are; nobody does beforehand.
        json!({"StringEquals": {"aws:ResourceAccount": "222222222222"}}),
        json!({"NumericLessThan": {account: "300000000000"}}),
        json!({"StringNotEquals": {"sts:ExternalId": "x"}}),
    ]
}

#[test]
fn what_is_certain_the_simulator_says_too() {
    let regions = REGIONS.map(str::to_owned).to_vec();
    let simulator = Simulator::start(&Options { accounts: 3, regions, ..Options::default() }).unwrap();
    // The organization's id is drawn.
    let caller = Caller { path: String::new(), ..caller() };
    simulator.prepare(&json!({"kind": "key", "access-key": KEY, "role": ROLE})).unwrap();
    let (mut certain, mut open) = (BTreeSet::new(), 0);
    for statement in statements() {
        let document = json!({"Version": "2012-10-17", "Statement": statement});
        simulator.prepare(&json!({"kind": "allow-all"})).unwrap();
        let state = json!({"kind": "service-control-policy", "document": document, "targets": ["222222222222"]});
        simulator.prepare(&state).unwrap();
        let levels = levels(&document);
        for region in REGIONS {
            for action in ACTIONS {
                let found = against(&levels, &Request { action, region, caller: &caller });
                let service = action.split(':').next().unwrap();
                let resource = format!("arn:aws:{service}:{region}:222222222222:detector/d");
                let told = ["*", &resource].map(|resource| {
                    simulator.authorize(KEY, region, action, resource).unwrap()["allowed"].as_bool().unwrap()
                });
                if found.iter().any(|against| !against.is_certain()) {
                    open += 1;
                } else {
                    assert_eq!(told, [found.is_empty(); 2], "{action} in {region}: {document}");
                    certain.insert(found.is_empty());
                }
            }
        }
    }
    assert_eq!(certain, [false, true].into(), "both were seen");
    assert!(open > 100, "{open}");
}

fn levels(document: &Value) -> [Level; 1] {
    let full = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let policy = |id: &str, document: &Value| Policy {
        id: id.to_owned(),
        name: id.to_owned(),
        is_of_aws: false,
        document: Document::read(&document.to_string()),
    };
    [level("222222222222", vec![policy("p-full", &full), policy("p-1", document)])]
}
