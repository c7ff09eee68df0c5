//! Permissions that an operation needs beside its own. Does I/O: sockets.

use organization_simulator::{Options, Simulator};
use serde_json::{Value, json};

use super::{
    super::{MANAGEMENT, start},
    ADMINISTRATOR, KEY, allow, asked, detectors, last, rest, role, survey,
};

/// The actions that designation of each service asks for, when it is allowed all.
fn designated(simulator: &Simulator, service: &str, account: &str) -> Vec<(String, String, bool)> {
    let (path, body) = match service {
        "guardduty" => ("/admin/enable", json!({"adminAccountId": account})),
        _ => ("/delegatedadminaccounts/enable", json!({"delegatedAdminAccountId": account})),
    };
    rest(simulator, KEY, service, "POST", path, &body);
    asked(simulator)
}

/// A simulation with a key of a role of the management account, with this policy.
fn managing(policy: Value) -> Simulator {
    let simulator = start(&Options { transition_ms: 0, organizational_units: 1, ..Options::default() });
    let arn = "arn:aws:iam::111111111111:role/manager";
    role(&simulator, arn, &[policy]);
    simulator.prepare(&json!({"kind": "key", "access-key": KEY, "role": arn})).unwrap();
    for principal in ["guardduty.amazonaws.com", "inspector2.amazonaws.com"] {
        simulator.prepare(&json!({"kind": "trust", "principal": principal})).unwrap();
    }
    simulator
}

#[test]
fn designation_needs_each_of_its_dependent_permissions() {
    let table = organization_simulator::permissions();
    for (service, operation) in
        [("guardduty", "EnableOrganizationAdminAccount"), ("inspector2", "EnableDelegatedAdminAccount")]
    {
        let simulator = managing(allow(&json!("*"), "*"));
        let asked = designated(&simulator, service, ADMINISTRATOR);
        assert_eq!(last(&simulator).status, 200);
        let dependent = table[format!("{service}:{operation}")]["dependent"].as_array().unwrap();
        let needed: Vec<&str> = dependent.iter().map(|need| need["action"].as_str().unwrap()).collect();
        let needed: Vec<&str> = needed.into_iter().filter(|action| action.starts_with("organizations:")).collect();
        let actions: Vec<&str> = asked.iter().skip(1).map(|(action, ..)| action.as_str()).collect();
        assert_eq!((actions.len(), &actions), (8, &needed));
        let resources: Vec<&str> = asked.iter().map(|(_, resource, _)| resource.as_str()).collect();
        let parents = super::super::organizations(&simulator, "ListParents", &json!({"ChildId": ADMINISTRATOR}));
        let unit = parents.json()["Parents"][0]["Id"].as_str().unwrap().to_owned();
        assert!(resources[2].ends_with("/222222222222") && resources[5].ends_with(&unit), "{resources:?}");
        for missing in needed {
            let but = json!({"Statement": [
                {"Effect": "Allow", "NotAction": [missing], "Resource": "*"},
            ]});
            let simulator = managing(but);
            let asked = designated(&simulator, service, ADMINISTRATOR);
            assert_eq!((asked.last().unwrap().0.as_str(), asked.last().unwrap().2), (missing, false));
            let call = last(&simulator);
            let message = call.response["message"].as_str().unwrap();
            assert!(call.status == 403 && message.contains(missing), "{message}");
        }
    }
}

#[test]
fn dependent_permissions_are_for_the_region_of_global_services() {
    for (service, other) in [("guardduty", "inspector2"), ("inspector2", "guardduty")] {
        let here = json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}});
        let simulator = managing(json!({"Statement": [
            {"Effect": "Allow", "Action": format!("{service}:*"), "Resource": "*"},
            {"Effect": "Allow", "Action": ["organizations:*", format!("{other}:*")], "Resource": "*", "Condition": here},
        ]}));
        designated(&simulator, service, ADMINISTRATOR);
        assert_eq!(last(&simulator).status, 200);
        designated(&simulator, other, ADMINISTRATOR);
        assert_eq!(last(&simulator).status, 403);
    }
}

#[test]
fn dependent_permissions_have_the_services_principal() {
    for (service, principal, status) in [
        ("guardduty", "guardduty.amazonaws.com", 200),
        ("guardduty", "inspector2.amazonaws.com", 403),
        ("inspector2", "inspector2.amazonaws.com", 200),
        ("inspector2", "guardduty.amazonaws.com", 403),
    ] {
        let condition = json!({"StringEqualsIfExists": {"organizations:ServicePrincipal": principal}});
        let policy = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}});
        let simulator = managing(policy);
        designated(&simulator, service, ADMINISTRATOR);
        assert_eq!(last(&simulator).status, status, "{service} {principal}");
    }
}

fn service_role(principal: &str, name: &str, account: &str, allowed: bool) -> (String, String, bool) {
    let arn = format!("arn:aws:iam::{account}:role/aws-service-role/{principal}/{name}");
    ("iam:CreateServiceLinkedRole".to_owned(), arn, allowed)
}

#[test]
fn the_management_account_that_designates_itself_needs_service_linked_roles() {
    for (service, first) in [("guardduty", "guardduty.amazonaws.com"), ("inspector2", "inspector2.amazonaws.com")] {
        let simulator = managing(allow(&json!("*"), "*"));
        if service == "inspector2" {
            simulator.set("inspector2.management-may-administer", "true").unwrap();
        }
        let asked = designated(&simulator, service, MANAGEMENT);
        assert_eq!(last(&simulator).status, 200);
        let (action, resource, allowed) = &asked[9];
        assert!(action == "iam:CreateServiceLinkedRole" && resource.contains(first) && *allowed, "{asked:?}");
        assert_eq!(asked.len(), 11);
        let without = json!({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}});
        let simulator = managing(without);
        simulator.set("inspector2.management-may-administer", "true").unwrap();
        designated(&simulator, service, MANAGEMENT);
        assert_eq!(last(&simulator).status, 403);
    }
}

#[test]
fn the_first_detector_needs_service_linked_roles() {
    let simulator = start(&Options::default());
    let by_name = |names: Value| {
        // IAM is a global service.
        let condition = json!({"StringEquals": {"iam:AWSServiceName": names, "aws:RequestedRegion": "us-east-1"}});
        json!({"Statement": [
            {"Effect": "Allow", "Action": "guardduty:*", "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "*", "Condition": condition},
        ]})
    };
    let (first, second) = ("guardduty.amazonaws.com", "malware-protection.guardduty.amazonaws.com");
    let main = |allowed: bool| service_role(first, "AWSServiceRoleForAmazonGuardDuty", ADMINISTRATOR, allowed);
    let malware = |allowed: bool| {
        service_role(second, "AWSServiceRoleForAmazonGuardDutyMalwareProtection", ADMINISTRATOR, allowed)
    };
    let create = |features: Value| {
        let status =
            rest(&simulator, KEY, "guardduty", "POST", "/detector", &json!({"enable": true, "features": features}));
        (status.status, asked(&simulator)[1..].to_vec())
    };
    let without = json!([{"name": "EBS_MALWARE_PROTECTION", "status": "DISABLED"}]);
    survey(&simulator, by_name(json!([])));
    assert_eq!(create(json!([])), (403, vec![main(false)]));
    survey(&simulator, by_name(json!([first])));
    assert_eq!(create(json!([])), (403, vec![main(true), malware(false)]));
    assert_eq!(create(without), (200, vec![main(true)]));
    // The first role is there now; another plan needs the other one.
    let detector = detectors(&simulator, KEY).json()["detectorIds"][0].as_str().unwrap().to_owned();
    let update = |status: &str| {
        let body = json!({"features": [{"name": "EBS_MALWARE_PROTECTION", "status": status}]});
        let answer = rest(&simulator, KEY, "guardduty", "POST", &format!("/detector/{detector}"), &body);
        (answer.status, asked(&simulator)[1..].to_vec())
    };
    assert_eq!(update("ENABLED"), (403, vec![malware(false)]));
    survey(&simulator, by_name(json!([first, second])));
    assert_eq!(update("ENABLED"), (200, vec![malware(true)]));
    assert_eq!((update("DISABLED"), update("ENABLED")), ((200, Vec::new()), (200, Vec::new())), "the role stays");
    rest(&simulator, KEY, "guardduty", "DELETE", &format!("/detector/{detector}"), &Value::Null);
    assert_eq!(create(json!([])), (200, Vec::new()), "both roles stay");
}

#[test]
fn what_was_enabled_before_has_its_service_linked_roles() {
    let simulator = start(&Options { transition_ms: 0, ..Options::default() });
    survey(&simulator, json!({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}));
    simulator.prepare(&json!({"service": "guardduty", "accounts": [ADMINISTRATOR], "detector": "ENABLED"})).unwrap();
    let detector = detectors(&simulator, KEY).json()["detectorIds"][0].as_str().unwrap().to_owned();
    simulator
        .prepare(&json!({"service": "guardduty", "accounts": [ADMINISTRATOR], "detector": "NONE", "regions": ["us-east-1", "ap-east-1"]}))
        .unwrap();
    assert_eq!(
        rest(&simulator, KEY, "guardduty", "DELETE", &format!("/detector/{detector}"), &Value::Null).status,
        200
    );
    assert_eq!(rest(&simulator, KEY, "guardduty", "POST", "/detector", &json!({"enable": true})).status, 200);
    let scanned = json!({"service": "inspector2", "accounts": [ADMINISTRATOR], "scans": {"EC2": "DISABLED"}});
    simulator.prepare(&scanned).unwrap();
    let enabled = rest(&simulator, KEY, "inspector2", "POST", "/enable", &json!({"resourceTypes": ["EC2"]}));
    assert_eq!(enabled.status, 200);
    simulator
        .prepare(&json!({"service": "inspector2", "accounts": [ADMINISTRATOR], "service-linked-role": false}))
        .unwrap();
    let enabled = rest(&simulator, KEY, "inspector2", "POST", "/enable", &json!({"resourceTypes": ["EC2"]}));
    assert_eq!(enabled.status, 403);
}

#[test]
fn the_first_scan_needs_service_linked_roles() {
    let simulator = start(&Options { transition_ms: 0, ..Options::default() });
    let (first, second) = ("inspector2.amazonaws.com", "agentless.inspector2.amazonaws.com");
    let main = |allowed: bool| service_role(first, "AWSServiceRoleForAmazonInspector2", ADMINISTRATOR, allowed);
    let agentless =
        |allowed: bool| service_role(second, "AWSServiceRoleForAmazonInspector2Agentless", ADMINISTRATOR, allowed);
    let enable = |scans: Value| {
        let answer = rest(&simulator, KEY, "inspector2", "POST", "/enable", &json!({"resourceTypes": scans}));
        (answer.status, asked(&simulator)[1..].to_vec())
    };
    let arn = "arn:aws:iam::*:role/aws-service-role/inspector2.amazonaws.com/*";
    let roles = json!({"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": arn});
    let all = json!({"Effect": "Allow", "Action": "inspector2:*", "Resource": "*"});
    survey(&simulator, json!({"Statement": all}));
    assert_eq!(enable(json!(["ECR"])), (403, vec![main(false)]));
    let message = last(&simulator).response["message"].clone();
    assert_eq!(message, "Invoking account is not authorized to perform iam:CreateServiceLinkedRole");
    survey(&simulator, json!({"Statement": [all, roles]}));
    assert_eq!(enable(json!(["EC2"])), (403, vec![main(true), agentless(false)]));
    assert_eq!(enable(json!(["ECR"])), (200, vec![main(true)]));
    assert_eq!(enable(json!(["EC2"])), (403, vec![agentless(false)]));
    survey(&simulator, allow(&json!("*"), "*"));
    assert_eq!(enable(json!(["EC2"])), (200, vec![agentless(true)]));
    assert_eq!(enable(json!(["EC2"])), (200, Vec::new()));
}
