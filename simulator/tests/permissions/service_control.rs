//! Service control policies as documents: whom they bind, what they say, their limits. Does I/O: sockets.

use organization_simulator::{Options, Simulator};
use serde_json::{Value, json};

use super::{
    super::{MANAGEMENT, identity, organizations as by_management, send, start},
    ADMINISTRATOR, KEY, REGION, SURVEY, allow, asked, assume, detectors, one, rest, role, survey,
};

/// Stands for the root, whose id is drawn.
const ROOT: &str = "root";
const LARGEST: usize = 10_240;

fn policy(statement: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statement})
}

fn deny(action: &str) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": "*"})
}

fn root(simulator: &Simulator) -> String {
    let roots = by_management(simulator, "ListRoots", &json!({})).json();
    roots["Roots"][0]["Id"].as_str().unwrap().to_owned()
}

fn attach(simulator: &Simulator, document: &Value, target: &str) -> Result<(), String> {
    let target = if target == ROOT { root(simulator) } else { target.to_owned() };
    let state = json!({"kind": "service-control-policy", "document": document, "targets": [target]});
    simulator.prepare(&state).map_err(|mistake| mistake.to_string())
}

/// The accounts that are neither management nor administrator.
fn members(simulator: &Simulator) -> Vec<String> {
    let organization = simulator.organization();
    let ids = organization["accounts"].as_array().unwrap().iter().map(|account| account["id"].as_str().unwrap());
    ids.filter(|id| ![MANAGEMENT, ADMINISTRATOR].contains(id)).map(str::to_owned).collect()
}

/// Whether the account may list its detectors.
fn may(simulator: &Simulator, account: &str) -> bool {
    detectors(simulator, account).status == 200
}

#[test]
fn a_denied_call_is_told_why() {
    let simulator = start(&Options::default());
    attach(&simulator, &policy(&json!([deny("guardduty:Create*")])), ROOT).unwrap();
    let member = &members(&simulator)[0];
    let create = || rest(&simulator, member, "guardduty", "POST", "/detector", &json!({"enable": true}));
    let denied = create();
    assert_eq!(denied.status, 403);
    assert!(denied.head.contains("x-amzn-errortype: accessdeniedexception"));
    let message = format!(
        "User: arn:aws:iam::{member}:root is not authorized to perform: guardduty:CreateDetector on resource: \
         arn:aws:guardduty:{REGION}:{member}:* with an explicit deny in a service control policy"
    );
    assert_eq!(denied.json()["message"], message, "the root user is bound too");
    assert!(may(&simulator, member), "FullAWSAccess is still attached");
    survey(&simulator, allow(&json!("*"), "*"));
    rest(&simulator, KEY, "guardduty", "POST", "/detector", &json!({"enable": true}));
    assert_eq!(asked(&simulator), one("guardduty:CreateDetector", "*", false), "whatever its own policies allow");
    simulator.prepare(&json!({"kind": "allow-all"})).unwrap();
    assert_eq!(create().status, 200);
}

#[test]
fn a_policy_binds_what_is_below_its_target() {
    let simulator = start(&Options { organizational_units: 2, ..Options::default() });
    let children = |of: &str| -> Vec<String> {
        let input = json!({"ParentId": of});
        let listed = by_management(&simulator, "ListAccountsForParent", &input).json();
        let accounts = listed["Accounts"].as_array().unwrap().iter();
        accounts.map(|account| account["Id"].as_str().unwrap().to_owned()).collect()
    };
    let unit_of = |parent: &str| {
        let units = by_management(&simulator, "ListOrganizationalUnitsForParent", &json!({"ParentId": parent})).json();
        units["OrganizationalUnits"][0]["Id"].as_str().unwrap().to_owned()
    };
    let outer = unit_of(&root(&simulator));
    let inner = unit_of(&outer);
    let (outer_member, inner_member) = (children(&outer)[0].clone(), children(&inner)[0].clone());
    let document = policy(&json!(deny("guardduty:*")));
    attach(&simulator, &document, &inner).unwrap();
    assert!(may(&simulator, &outer_member) && !may(&simulator, &inner_member));
    let moved = json!({"AccountId": inner_member, "SourceParentId": inner, "DestinationParentId": outer});
    assert_eq!(by_management(&simulator, "MoveAccount", &moved).status, 200);
    assert!(may(&simulator, &inner_member), "it is elsewhere now");
    attach(&simulator, &document, &outer_member).unwrap();
    assert!(!may(&simulator, &outer_member) && may(&simulator, &inner_member));
    simulator.prepare(&json!({"kind": "allow-all"})).unwrap();
    attach(&simulator, &document, &outer).unwrap();
    let deeper = children(&inner)[0].clone();
    assert!(!may(&simulator, &inner_member) && !may(&simulator, &deeper));
}

#[test]
fn the_management_account_service_linked_roles_and_others_organizations_are_not_bound() {
    let simulator = start(&Options::default());
    let document = policy(&json!(deny("*")));
    for target in [ROOT, MANAGEMENT] {
        attach(&simulator, &document, target).unwrap();
    }
    assert!(may(&simulator, MANAGEMENT) && !may(&simulator, ADMINISTRATOR));
    let linked =
        "arn:aws:iam::222222222222:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty";
    simulator.prepare(&json!({"kind": "key", "access-key": "LINKED", "role": linked})).unwrap();
    simulator.prepare(&json!({"kind": "key", "access-key": KEY, "role": SURVEY})).unwrap();
    assert!(may(&simulator, "LINKED") && !may(&simulator, KEY));
    let why = |key: &str| simulator.authorize(key, REGION, "s3:GetObject", "*").unwrap()["why"].clone();
    assert!(why("999999999999").is_null() && why(ADMINISTRATOR).is_string());
}

#[test]
fn conditions_except_principals() {
    let simulator = start(&Options::default());
    let organization = by_management(&simulator, "DescribeOrganization", &json!({})).json();
    let id = &organization["Organization"]["Id"];
    survey(&simulator, allow(&json!("*"), "*"));
    let binds = |condition: Value| {
        simulator.prepare(&json!({"kind": "allow-all"})).unwrap();
        let mut statement = deny("guardduty:*");
        statement["Condition"] = condition;
        attach(&simulator, &policy(&statement), ROOT).unwrap();
        !may(&simulator, KEY)
    };
    let arn = "aws:PrincipalArn";
    assert!(!binds(json!({"ArnNotLike": {arn: "arn:aws:iam::222222222222:role/rollcall/*"}})));
    assert!(binds(json!({"ArnNotLike": {arn: "arn:aws:iam::333333333333:role/rollcall/*"}})));
    assert!(binds(json!({"ArnNotLike": {arn: ["arn:aws:iam::*:role/survey", "arn:aws:iam::*:user/*"]}})));
    assert!(!binds(json!({"StringNotEquals": {"aws:PrincipalOrgID": id}})));
    assert!(binds(json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-other"}})));
    assert!(binds(json!({"StringEquals": {"aws:RequestedRegion": REGION}})));
    assert!(!binds(json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}})));
}

#[test]
fn statements_have_negated_actions_and_resources() {
    let simulator = start(&Options::default());
    survey(&simulator, allow(&json!("*"), "*"));
    let detector = "arn:aws:guardduty:eu-west-1:222222222222:detector/abc";
    let statements = json!([
        {"Effect": "Deny", "NotAction": ["guardduty:*", "sts:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "guardduty:GetDetector", "NotResource": detector},
    ]);
    attach(&simulator, &policy(&statements), ADMINISTRATOR).unwrap();
    assert!(may(&simulator, KEY));
    assert_eq!(rest(&simulator, KEY, "inspector2", "POST", "/members/list", &json!({})).status, 403);
    let get = |id: &str| rest(&simulator, KEY, "guardduty", "GET", &format!("/detector/{id}"), &Value::Null).status;
    assert_eq!((get("abc"), get("other")), (400, 403), "there is no such detector, but it may be asked for");
}

#[test]
fn what_an_operation_needs_beside_its_own_permission_is_denied_too() {
    let simulator = start(&Options::default());
    attach(&simulator, &policy(&json!(deny("iam:CreateServiceLinkedRole"))), ROOT).unwrap();
    let create = |account: &str| rest(&simulator, account, "guardduty", "POST", "/detector", &json!({"enable": true}));
    let denied = create(ADMINISTRATOR);
    let message = denied.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("perform: iam:CreateServiceLinkedRole"), "{message}");
    assert!(message.ends_with("with an explicit deny in a service control policy"), "{message}");
    assert_eq!(create(MANAGEMENT).status, 200);
}

#[test]
fn a_role_cannot_be_assumed_against_a_policy_and_identity_is_told_anyway() {
    let simulator = start(&Options::default());
    let target = "arn:aws:iam::111111111111:role/other";
    role(&simulator, SURVEY, &[allow(&json!("*"), "*")]);
    simulator.prepare(&json!({"kind": "key", "access-key": KEY, "role": SURVEY})).unwrap();
    assert!(assume(&simulator, KEY, target, "").is_ok());
    attach(&simulator, &policy(&json!(deny("sts:*"))), ADMINISTRATOR).unwrap();
    let denied = assume(&simulator, KEY, target, "").unwrap_err();
    assert!(denied.contains("with an explicit deny in a service control policy"), "{denied}");
    assert_eq!(identity(&simulator, KEY).unwrap().status, 200, "GetCallerIdentity needs no permission");
}

#[test]
fn a_decision_is_told_of_any_action() {
    let simulator = start(&Options::default());
    survey(&simulator, allow(&json!(["guardduty:*", "s3:GetObject"]), "*"));
    attach(&simulator, &policy(&json!(deny("guardduty:GetUsageStatistics"))), ADMINISTRATOR).unwrap();
    let ask = |key: &str, action: &str| {
        let body = json!({"access-key": key, "region": REGION, "action": action}).to_string();
        send(&simulator, "POST", "/_simulator/authorize", &[], &body).unwrap()
    };
    let decided = |key: &str, action: &str| ask(key, action).json();
    let denied = json!({"allowed": false, "why": "with an explicit deny in a service control policy"});
    assert_eq!(decided(KEY, "guardduty:GetUsageStatistics"), denied);
    assert_eq!(decided(KEY, "s3:GetObject"), json!({"allowed": true, "why": null}));
    let why = decided(KEY, "s3:PutObject")["why"].as_str().unwrap().to_owned();
    assert_eq!(why, "because no identity-based policy allows the s3:PutObject action");
    let simple = json!({"kind": "deny", "account": ADMINISTRATOR, "action": "s3:GetObject"});
    simulator.prepare(&simple).unwrap();
    assert_eq!(decided(KEY, "s3:GetObject"), denied);
    let unknown = ask("AKIANOBODY", "s3:GetObject");
    assert!(unknown.status == 400 && unknown.json()["error"].as_str().unwrap().contains("AKIANOBODY"));
    assert!(simulator.calls().is_empty(), "it is no call");
}

#[test]
fn a_document_has_a_maximum_of_characters() {
    let simulator = start(&Options::default());
    let sized = |size: usize| {
        let empty = policy(&json!([{"Sid": "", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}])).to_string();
        empty.replace(r#""Sid":"""#, &format!(r#""Sid":"{}""#, "é".repeat(size - empty.chars().count())))
    };
    let fits = sized(LARGEST);
    assert_eq!(fits.chars().count(), LARGEST);
    attach(&simulator, &json!(fits), ROOT).unwrap();
    attach(&simulator, &serde_json::from_str(&fits).unwrap(), ROOT).unwrap();
    let refused = attach(&simulator, &json!(sized(LARGEST + 1)), ROOT).unwrap_err();
    assert!(refused.contains("10241 characters"), "{refused}");
    let spaced = fits.replace(r#""Sid":"#, r#""Sid": "#);
    assert!(attach(&simulator, &json!(spaced), ROOT).is_err(), "white space counts in what is saved as it is");
    attach(&simulator, &serde_json::from_str(&spaced).unwrap(), ROOT).unwrap();
}

#[test]
fn so_many_policies_are_attached_at_most_and_full_access_is_one_of_them() {
    let simulator = start(&Options::default());
    let document = policy(&json!(deny("s3:*")));
    for _ in 0..9 {
        attach(&simulator, &document, ROOT).unwrap();
    }
    assert!(attach(&simulator, &document, ROOT).unwrap_err().contains("10 service control policies"));
    attach(&simulator, &document, ADMINISTRATOR).unwrap();
}

#[test]
fn what_is_no_service_control_policy_is_not_attached() {
    let simulator = start(&Options::default());
    let refused = |document: &Value| attach(&simulator, document, ROOT).unwrap_err();
    assert!(refused(&json!({"Statement": deny("s3:*")})).contains("2012-10-17"));
    assert!(refused(&json!({"Version": "2008-10-17", "Statement": deny("s3:*")})).contains("2012-10-17"));
    let mut principal = deny("s3:*");
    principal["Principal"] = json!("*");
    assert!(refused(&policy(&json!(principal))).contains("no `Principal`"));
    let mut condition = deny("s3:*");
    condition["Condition"] = json!({"StringEquals": {"aws:SourceVpc": "vpc"}});
    assert!(refused(&policy(&condition)).contains("aws:SourceVpc"));
    assert!(refused(&json!("{")).contains("a policy document"));
    let document = policy(&json!(deny("*")));
    for target in ["r-none", "ou-ab12-none", "999999999999"] {
        assert!(attach(&simulator, &document, target).unwrap_err().contains(target));
    }
    let half = json!({"kind": "service-control-policy", "document": document, "targets": [root(&simulator), "r-none"]});
    assert!(simulator.prepare(&half).is_err());
    assert!(may(&simulator, ADMINISTRATOR), "nothing of it is attached");
}
