//! An organization that is saved and gone on with by another simulator. Does I/O: sockets.

use std::time::Duration;

use organization_simulator::{Options, Simulator, StartError};
use serde_json::{Value, json};

use super::{Answer, MANAGEMENT, organizations, send, signed, start};

const ADMINISTRATOR: &str = "222222222222";

fn resumed(simulator: &Simulator) -> Simulator {
    Simulator::resume(&Options::default(), &simulator.save().unwrap()).unwrap()
}

fn post(simulator: &Simulator, account: &str, service: &str, path: &str, body: &Value) -> Answer {
    let authorization = signed(account, "eu-west-1", service);
    send(simulator, "POST", path, &[("authorization", &authorization)], &body.to_string()).unwrap()
}

/// Both services are administered and on in all accounts, in all regions; more is attached, tagged and refused.
fn enrolled() -> Simulator {
    let simulator = start(&Options { accounts: 6, organizational_units: 2, ..Options::default() });
    let organization = simulator.organization();
    let accounts = organization["accounts"].as_array().unwrap().iter().map(|account| account["id"].clone());
    let accounts: Vec<Value> = accounts.collect();
    for state in [
        json!({"kind": "trust", "principal": "guardduty.amazonaws.com"}),
        json!({"kind": "policy-type", "policy-type": "INSPECTOR_POLICY"}),
        json!({"service": "guardduty", "administrator": ADMINISTRATOR}),
        json!({"service": "guardduty", "accounts": accounts, "detector": "ENABLED", "features": {"S3_DATA_EVENTS": "ENABLED"}}),
        json!({"service": "inspector2", "administrator": ADMINISTRATOR}),
        json!({"service": "inspector2", "accounts": accounts, "scans": {"EC2": "ENABLED"}, "relationship": "ENABLED"}),
        json!({"kind": "tags", "account": ADMINISTRATOR, "tags": {"team": "blue"}}),
        json!({"kind": "deny", "account": ADMINISTRATOR, "region": "ap-east-1", "action": "guardduty:*"}),
    ] {
        simulator.prepare(&state).unwrap();
    }
    simulator.set("page-size", "2").unwrap();
    simulator
}

#[test]
fn everything_is_there_in_another_simulator() {
    let before = enrolled();
    let after = resumed(&before);
    assert_eq!(after.organization(), before.organization());
    assert_eq!(after.enrolment(), before.enrolment());
    assert!(!after.enrolment().is_empty());
    for (operation, input) in [
        ("ListAccounts", json!({})),
        ("ListRoots", json!({})),
        ("ListTagsForResource", json!({"ResourceId": ADMINISTRATOR})),
        ("ListParents", json!({"ChildId": ADMINISTRATOR})),
        ("ListAWSServiceAccessForOrganization", json!({})),
        ("ListDelegatedAdministrators", json!({})),
    ] {
        let [before, after] = [&before, &after].map(|simulator| organizations(simulator, operation, &input));
        assert_eq!((after.status, after.json()), (200, before.json()), "{operation}");
    }
    assert_eq!((before.calls().len(), resumed(&before).calls().len()), (6, 0));
}

#[test]
fn what_was_under_way_ends() {
    let before = start(&Options { transition_ms: 60_000, ..Options::default() });
    before.set_region(ADMINISTRATOR, "ap-east-1", "DISABLING").unwrap();
    let input = json!({"accountIds": [MANAGEMENT], "resourceTypes": ["EC2"]});
    assert_eq!(post(&before, MANAGEMENT, "inspector2", "/enable", &input).status, 200);
    let after = resumed(&before);
    let ec2 = |simulator: &Simulator| simulator.enrolment()[0]["features"]["EC2"].clone();
    assert_eq!((ec2(&before), ec2(&after)), (json!("ENABLING"), json!("ENABLING")));
    after.advance(Duration::from_mins(1));
    assert_eq!(ec2(&after), "ENABLED");
    let organization = after.organization();
    let account = organization["accounts"].as_array().unwrap().iter().find(|account| account["id"] == ADMINISTRATOR);
    assert_eq!(account.unwrap()["regions"]["ap-east-1"], "DISABLED");
}

#[test]
fn the_clock_that_was_put_forward_stays_so() {
    let before = start(&Options { transition_ms: 60_000, ..Options::default() });
    let input = json!({"accountIds": [MANAGEMENT], "resourceTypes": ["EC2"]});
    assert_eq!(post(&before, MANAGEMENT, "inspector2", "/enable", &input).status, 200);
    before.advance(Duration::from_mins(1));
    let after = resumed(&resumed(&before));
    assert_eq!(after.enrolment()[0]["features"]["EC2"], "ENABLED");
}

#[test]
fn the_options_of_the_organization_do_not_count_any_more() {
    let saved = start(&Options { accounts: 3, ..Options::default() }).save().unwrap();
    let fault = json!({"kind": "error", "service": "organizations", "code": "ServiceException"}).to_string();
    let after = Simulator::resume(&Options { accounts: 50, fault: vec![fault], ..Options::default() }, &saved).unwrap();
    assert_eq!(after.organization()["accounts"].as_array().unwrap().len(), 3);
    assert_eq!(organizations(&after, "DescribeOrganization", &json!({})).json()["__type"], "ServiceException");
}

#[test]
fn a_foreign_file_is_refused() {
    match Simulator::resume(&Options::default(), b"{}") {
        Err(StartError::Saved(mistake)) => assert!(mistake.contains("delete it"), "{mistake}"),
        other => panic!("{other:?}"),
    }
}
