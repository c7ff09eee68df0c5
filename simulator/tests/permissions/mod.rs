//! Roles with policies over raw HTTP: who may do what, what a call asked for, and what it is told. Does I/O: sockets.

mod dependents;
mod reading;
mod service_control;
mod trust;

use organization_simulator::{Authorization, Options, Record, Simulator};
use serde_json::{Value, json};

use super::{Answer, MANAGEMENT, send, signed, start};

const ADMINISTRATOR: &str = "222222222222";
const SURVEY: &str = "arn:aws:iam::222222222222:role/rollcall/survey";
const KEY: &str = "AKIAROLLCALLSURVEY00";
const REGION: &str = "eu-west-1";
/// The principal of a trust policy that trusts everybody.
const ANYBODY: &str = "*";

fn allow(action: &Value, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
}

fn trusting(principal: &Value, condition: &Value) -> Value {
    let statement = json!({
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal}, "Condition": condition,
    });
    json!({"Version": "2012-10-17", "Statement": statement})
}

/// Registers the role; it trusts everybody.
fn role(simulator: &Simulator, arn: &str, policies: &[Value]) {
    let trust = trusting(&json!(ANYBODY), &json!({}));
    simulator.prepare(&json!({"kind": "role", "arn": arn, "trust": trust, "policies": policies})).unwrap();
}

/// Registers `SURVEY` with one policy, and a key for it.
fn survey(simulator: &Simulator, policy: Value) {
    role(simulator, SURVEY, &[policy]);
    simulator.prepare(&json!({"kind": "key", "access-key": KEY, "role": SURVEY})).unwrap();
}

/// Credentials: access key id and session token.
type Credentials = (String, String);

fn rest(simulator: &Simulator, key: &str, service: &str, method: &str, path: &str, body: &Value) -> Answer {
    let authorization = signed(key, REGION, service);
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(simulator, method, path, &[("authorization", &authorization)], &body).unwrap()
}

fn detectors(simulator: &Simulator, key: &str) -> Answer {
    rest(simulator, key, "guardduty", "GET", "/detector", &Value::Null)
}

fn by_target(simulator: &Simulator, key: &str, service: &str, target: &str, input: &Value) -> Answer {
    let authorization = signed(key, REGION, service);
    let headers = [("authorization", authorization.as_str()), ("x-amz-target", target)];
    send(simulator, "POST", "/", &headers, &input.to_string()).unwrap()
}

fn organizations(simulator: &Simulator, key: &str, operation: &str, input: &Value) -> Answer {
    by_target(simulator, key, "organizations", &format!("AWSOrganizationsV20161128.{operation}"), input)
}

/// Assumes the role; further parameters are `&Name=Value`.
fn assume(simulator: &Simulator, key: &str, role: &str, further: &str) -> Result<Credentials, String> {
    let role = role.replace(':', "%3A").replace('/', "%2F");
    let body = format!("Action=AssumeRole&Version=2011-06-15&RoleSessionName=trial&RoleArn={role}{further}");
    let answer = send(simulator, "POST", "/", &[("authorization", &signed(key, REGION, "sts"))], &body).unwrap();
    if answer.status != 200 {
        assert!(answer.status == 403 && answer.body.contains("<Code>AccessDenied</Code>"), "{}", answer.body);
        return Err(answer.body);
    }
    let keys = last(simulator).response["Credentials"].clone();
    let text = |name: &str| keys[name].as_str().unwrap().to_owned();
    Ok((text("AccessKeyId"), text("SessionToken")))
}

fn last(simulator: &Simulator) -> Record {
    simulator.calls().pop().unwrap()
}

/// What the last call asked for: action, resource, whether it was allowed.
fn asked(simulator: &Simulator) -> Vec<(String, String, bool)> {
    let authorized = last(simulator).authorized.into_iter();
    authorized.map(|Authorization { action, resource, allowed, .. }| (action, resource, allowed)).collect()
}

fn one(action: &str, resource: &str, allowed: bool) -> Vec<(String, String, bool)> {
    vec![(action.to_owned(), resource.to_owned(), allowed)]
}

#[test]
fn a_session_may_do_what_its_role_may() {
    let simulator = start(&Options::default());
    role(&simulator, SURVEY, &[allow(&json!(["guardduty:List*", "guardduty:GetDetector"]), "*")]);
    let (key, token) = assume(&simulator, MANAGEMENT, SURVEY, "").unwrap();
    let call = |method: &str, path: &str, body: &str| {
        let authorization = signed(&key, REGION, "guardduty");
        let headers = [("authorization", authorization.as_str()), ("x-amz-security-token", token.as_str())];
        send(&simulator, method, path, &headers, body).unwrap()
    };
    assert_eq!(call("GET", "/detector", "").status, 200);
    let expected = Authorization {
        action: "guardduty:ListDetectors".to_owned(),
        resource: "*".to_owned(),
        role: SURVEY.to_owned(),
        allowed: true,
    };
    assert_eq!(last(&simulator).authorized, [expected]);
    let denied = call("POST", "/detector", r#"{"enable": true}"#);
    assert_eq!(denied.status, 403);
    assert!(denied.head.contains("x-amzn-errortype: accessdeniedexception"));
    let message = "User: arn:aws:sts::222222222222:assumed-role/survey/trial is not authorized to perform: \
                   guardduty:CreateDetector on resource: arn:aws:guardduty:eu-west-1:222222222222:* because no \
                   identity-based policy allows the guardduty:CreateDetector action";
    assert_eq!(denied.json()["message"], message);
    assert_eq!(asked(&simulator), one("guardduty:CreateDetector", "*", false));
    let shown = send(&simulator, "GET", "/_simulator/calls", &[], "").unwrap().json();
    let row = json!({"action": "guardduty:CreateDetector", "resource": "*", "role": SURVEY, "allowed": false});
    assert_eq!(shown[2]["authorized"], json!([row]));
    assert_eq!(shown[0]["authorized"], json!([]), "the management account has no registered role");
}

#[test]
fn identity_needs_no_permission() {
    let simulator = start(&Options::default());
    survey(&simulator, allow(&json!("guardduty:*"), "*"));
    let answer = super::identity(&simulator, KEY).unwrap();
    assert!(answer.body.contains("arn:aws:sts::222222222222:assumed-role/survey/survey"), "{}", answer.body);
    assert!(last(&simulator).authorized.is_empty());
}

#[test]
fn a_key_stands_for_a_session_with_a_token_or_without() {
    let simulator = start(&Options::default());
    let policy = allow(&json!("guardduty:*"), "*");
    role(&simulator, SURVEY, &[policy]);
    assert_eq!(detectors(&simulator, KEY).status, 403, "nobody knows it yet");
    let key = json!({"kind": "key", "access-key": KEY, "role": SURVEY, "session": "function"});
    assert_eq!(send(&simulator, "POST", "/_simulator/state", &[], &key.to_string()).unwrap().status, 200);
    let authorization = signed(KEY, REGION, "guardduty");
    let headers = [("authorization", authorization.as_str()), ("x-amz-security-token", "any")];
    for headers in [&headers[..1], &headers] {
        assert_eq!(send(&simulator, "GET", "/detector", headers, "").unwrap().status, 200);
        let call = last(&simulator);
        assert_eq!(call.principal, "arn:aws:sts::222222222222:assumed-role/survey/function");
        assert_eq!((call.account.as_str(), call.authorized.len()), (ADMINISTRATOR, 1));
    }
}

#[test]
fn a_role_has_the_policies_that_it_was_registered_with_last() {
    let simulator = start(&Options::default());
    survey(&simulator, allow(&json!("guardduty:*"), "*"));
    assert_eq!(detectors(&simulator, KEY).status, 200);
    let deny = json!({"Statement": {"Effect": "Deny", "Action": "guardduty:ListDetectors", "Resource": "*"}});
    role(&simulator, SURVEY, &[allow(&json!("*"), "*"), deny]);
    let denied = detectors(&simulator, KEY).json();
    assert!(denied["message"].as_str().unwrap().ends_with(":* with an explicit deny in an identity-based policy"));
    let trust = trusting(&json!(ANYBODY), &json!({}));
    simulator.prepare(&json!({"kind": "role", "arn": SURVEY, "trust": trust})).unwrap();
    assert_eq!(detectors(&simulator, KEY).status, 403, "no policy allows nothing");
    simulator.prepare(&json!({"kind": "allow-all"})).unwrap();
    assert_eq!(detectors(&simulator, KEY).status, 403, "its policies are what they are");
}

#[test]
fn permissions_are_on_resources_and_under_conditions() {
    let simulator = start(&Options::default());
    let own = "arn:aws:guardduty:*:222222222222:detector/*";
    let here = json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}});
    let statements = json!([
        {"Effect": "Allow", "Action": ["guardduty:GetDetector", "guardduty:ListDetectors"], "Resource": own},
        {"Effect": "Allow", "Action": "organizations:*", "Resource": "*", "Condition": here},
        {"Effect": "Allow", "Action": "inspector2:*", "Resource": "*", "Condition": here},
    ]);
    survey(&simulator, json!({"Statement": statements}));
    rest(&simulator, KEY, "guardduty", "GET", "/detector/abc", &Value::Null);
    let detector = "arn:aws:guardduty:eu-west-1:222222222222:detector/abc";
    assert_eq!(asked(&simulator), one("guardduty:GetDetector", detector, true));
    assert_eq!(detectors(&simulator, KEY).status, 403, "the operation has no resource but all");
    rest(&simulator, KEY, "inspector2", "POST", "/members/list", &json!({}));
    assert_eq!(asked(&simulator), one("inspector2:ListMembers", "*", false));
    organizations(&simulator, KEY, "DescribeOrganization", &json!({}));
    let allowed = one("organizations:DescribeOrganization", "*", true);
    assert_eq!(asked(&simulator), allowed, "a global service is in us-east-1");
}

#[test]
fn each_kind_of_resource_has_its_arn() {
    let simulator = start(&Options { organizational_units: 2, ..Options::default() });
    survey(&simulator, allow(&json!("organizations:ListRoots"), "*"));
    let organization = super::organizations(&simulator, "DescribeOrganization", &json!({})).json();
    let id = organization["Organization"]["Id"].as_str().unwrap();
    let arn = |rest: &str| format!("arn:aws:organizations::111111111111:{rest}");
    let check = |operation: &str, input: Value, resources: &[&String]| {
        organizations(&simulator, KEY, operation, &input);
        // The first that is denied is the last that is asked for.
        assert_eq!(asked(&simulator), one(&format!("organizations:{operation}"), resources[0], false));
        let policy = |resource: &&String| allow(&json!("*"), resource);
        role(&simulator, SURVEY, &resources.iter().map(policy).collect::<Vec<_>>());
        organizations(&simulator, KEY, operation, &input);
        let all = resources.iter().map(|resource| (format!("organizations:{operation}"), (*resource).clone(), true));
        assert_eq!(asked(&simulator), all.collect::<Vec<_>>());
        role(&simulator, SURVEY, &[]);
    };
    let (account, own) = (arn(&format!("account/{id}/111111111111")), arn(&format!("account/{id}/222222222222")));
    let (unit, root) = (arn(&format!("ou/{id}/ou-ab12-12345678")), arn(&format!("root/{id}/r-ab12")));
    let (ou, r) = ("ou-ab12-12345678", "r-ab12");
    check("DescribeAccount", json!({"AccountId": MANAGEMENT}), &[&account]);
    check("DescribeEffectivePolicy", json!({"PolicyType": "INSPECTOR_POLICY"}), &[&own]);
    check("DescribeOrganizationalUnit", json!({"OrganizationalUnitId": ou}), &[&unit]);
    check("ListChildren", json!({"ParentId": r, "ChildType": "ACCOUNT"}), &[&root]);
    check("ListParents", json!({"ChildId": MANAGEMENT}), &[&account]);
    let moved = json!({"AccountId": ADMINISTRATOR, "SourceParentId": r, "DestinationParentId": ou});
    check("MoveAccount", moved, &[&own, &root, &unit]);
    let unknown = arn(&format!("policy/{id}/*/p-1234567890"));
    check("DeletePolicy", json!({"PolicyId": "p-1234567890"}), &[&unknown]);
    let (policy, policy_id) = inspector_policy(&simulator, id);
    for operation in ["DescribePolicy", "ListTargetsForPolicy", "UpdatePolicy"] {
        check(operation, json!({"PolicyId": policy_id}), &[&policy]);
    }
    for operation in ["AttachPolicy", "DetachPolicy"] {
        check(operation, json!({"PolicyId": policy_id, "TargetId": ou}), &[&policy, &unit]);
    }
    check("ListPoliciesForTarget", json!({"TargetId": r, "Filter": "INSPECTOR_POLICY"}), &[&root]);
    check("ListTagsForResource", json!({"ResourceId": policy_id}), &[&policy]);
    for (input, resource) in [
        (json!({}), "arn:aws:account::222222222222:account".to_owned()),
        (json!({"AccountId": MANAGEMENT}), account.replace("organizations", "account")),
    ] {
        rest(&simulator, KEY, "account", "POST", "/listRegions", &input);
        assert_eq!(asked(&simulator), one("account:ListRegions", &resource, false));
    }
}

/// A policy of the organization: its ARN and its id.
fn inspector_policy(simulator: &Simulator, organization: &str) -> (String, String) {
    let lists = json!({"enable_in_regions": {"@@assign": []}, "disable_in_regions": {"@@assign": []}});
    let content = json!({"inspector": {"enablement": {"ec2_scanning": lists}}}).to_string();
    let input = json!({"Name": "scans", "Description": "", "Type": "INSPECTOR_POLICY", "Content": content});
    let created = super::organizations(simulator, "CreatePolicy", &input).json();
    let id = created["Policy"]["PolicySummary"]["Id"].as_str().unwrap().to_owned();
    let arn = format!("arn:aws:organizations::111111111111:policy/{organization}/inspector_policy/{id}");
    assert_eq!(created["Policy"]["PolicySummary"]["Arn"], arn.as_str());
    (arn, id)
}

#[test]
fn every_condition_key_has_its_value() {
    let simulator = start(&Options { organizational_units: 1, ..Options::default() });
    let read = |operation: &str, input: Value| super::organizations(&simulator, operation, &input).json();
    let id = read("DescribeOrganization", json!({}))["Organization"]["Id"].as_str().unwrap().to_owned();
    let described = read("DescribeAccount", json!({"AccountId": ADMINISTRATOR}));
    let path = described["Account"]["Paths"][0].as_str().unwrap().replace("222222222222/", "");
    let principal = json!({"ServicePrincipal": "config.amazonaws.com"});
    let (all, policy) = (json!({}), json!({"PolicyType": "INSPECTOR_POLICY"}));
    let filter = json!({"Filter": "INSPECTOR_POLICY"});
    let created = json!({"Name": "n", "Description": "", "Type": "INSPECTOR_POLICY", "Content": "{}"});
    let one = json!({"PolicyId": inspector_policy(&simulator, &id).1});
    for (key, value, service, operation, input) in [
        ("aws:PrincipalAccount", ADMINISTRATOR, "organizations", "ListRoots", &all),
        ("aws:PrincipalArn", SURVEY, "organizations", "ListRoots", &all),
        ("aws:PrincipalOrgID", &id, "organizations", "ListRoots", &all),
        ("aws:PrincipalOrgPaths", &path, "organizations", "ListRoots", &all),
        ("aws:PrincipalType", "AssumedRole", "organizations", "ListRoots", &all),
        ("aws:RequestedRegion", "us-east-1", "organizations", "ListRoots", &all),
        ("aws:ResourceAccount", ADMINISTRATOR, "organizations", "ListRoots", &all),
        ("aws:ResourceAccount", MANAGEMENT, "organizations", "DescribeEffectivePolicy", &policy),
        ("aws:SecureTransport", "true", "organizations", "ListRoots", &all),
        ("organizations:PolicyType", "INSPECTOR_POLICY", "organizations", "DescribeEffectivePolicy", &policy),
        ("organizations:PolicyType", "INSPECTOR_POLICY", "organizations", "CreatePolicy", &created),
        ("organizations:PolicyType", "INSPECTOR_POLICY", "organizations", "DescribePolicy", &one),
        ("organizations:PolicyType", "INSPECTOR_POLICY", "organizations", "ListPolicies", &filter),
        (
            "organizations:ServicePrincipal",
            "config.amazonaws.com",
            "organizations",
            "EnableAWSServiceAccess",
            &principal,
        ),
        (
            "organizations:ServicePrincipal",
            "config.amazonaws.com",
            "organizations",
            "DisableAWSServiceAccess",
            &principal,
        ),
        (
            "organizations:ServicePrincipal",
            "config.amazonaws.com",
            "organizations",
            "ListDelegatedAdministrators",
            &principal,
        ),
        (
            "organizations:ServicePrincipal",
            "config.amazonaws.com",
            "organizations",
            "RegisterDelegatedAdministrator",
            &principal,
        ),
        (
            "organizations:ServicePrincipal",
            "config.amazonaws.com",
            "organizations",
            "DeregisterDelegatedAdministrator",
            &principal,
        ),
        ("account:TargetRegion", "ap-east-1", "account", "/getRegionOptStatus", &json!({"RegionName": "ap-east-1"})),
        ("account:TargetRegion", "ap-east-1", "account", "/enableRegion", &json!({"RegionName": "ap-east-1"})),
        ("account:TargetRegion", "ap-east-1", "account", "/disableRegion", &json!({"RegionName": "ap-east-1"})),
    ] {
        for (wanted, may) in [(value, true), ("other", false)] {
            let condition = json!({"StringEquals": {key: wanted}});
            let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
            survey(&simulator, json!({"Statement": statement}));
            match service {
                "account" => rest(&simulator, KEY, service, "POST", operation, input),
                _ => organizations(&simulator, KEY, operation, input),
            };
            assert_eq!(asked(&simulator)[0].2, may, "{operation} with {key} {wanted}");
        }
    }
}

#[test]
fn public_parameters_are_authorized_with_and_without_the_account() {
    let simulator = start(&Options::default());
    let ask = |resource: &str| {
        survey(&simulator, allow(&json!("ssm:GetParametersByPath"), resource));
        let path = json!({"Path": "/aws/service/global-infrastructure/services/guardduty/regions"});
        by_target(&simulator, KEY, "ssm", "AmazonSSM.GetParametersByPath", &path)
    };
    assert_eq!(ask("arn:aws:ssm:*:*:parameter/aws/service/global-infrastructure/*").status, 200);
    let denied = ask("arn:aws:ssm:*::parameter/aws/service/global-infrastructure/*");
    assert_eq!((denied.status, &denied.json()["__type"]), (400, &json!("AccessDeniedException")));
    assert_eq!(ask("arn:aws:ssm:*:222222222222:parameter/aws/*").status, 400);
}

#[test]
fn what_cannot_be_evaluated_is_not_registered() {
    let simulator = start(&Options::default());
    let mistake = |state: Value| {
        let answer = send(&simulator, "POST", "/_simulator/state", &[], &state.to_string()).unwrap();
        assert_eq!(answer.status, 400, "{state}");
        answer.json()["error"].as_str().unwrap().to_owned()
    };
    let trust = trusting(&json!(ANYBODY), &json!({}));
    let with = |condition: Value| {
        let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
        json!({"kind": "role", "arn": SURVEY, "trust": trust, "policies": [{"Statement": statement}]})
    };
    assert!(mistake(with(json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}))).contains("DateLessThan"));
    assert!(mistake(with(json!({"StringEquals": {"aws:SourceVpc": "vpc"}}))).contains("aws:SourceVpc"));
    let statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "survey"}});
    let role = json!({"kind": "role", "arn": SURVEY, "trust": {"Statement": statement}});
    assert!(mistake(role).contains("`trust`: `survey` is no principal"));
    assert!(mistake(json!({"kind": "role", "arn": SURVEY})).contains("trust"));
    assert!(mistake(json!({"kind": "role", "arn": "survey", "trust": trust})).contains("no ARN of a role"));
    assert!(mistake(json!({"kind": "key", "access-key": KEY, "role": "survey"})).contains("no ARN of a role"));
    assert!(mistake(json!({"kind": "key", "access-key": MANAGEMENT, "role": SURVEY})).contains(MANAGEMENT));
    let text = with(json!({"StringEquals": {"aws:SourceVpc": "vpc"}})).to_string();
    let refused = Simulator::start(&Options { state: vec![text], ..Options::default() }).unwrap_err();
    assert!(refused.to_string().contains("aws:SourceVpc"));
    assert!(assume(&simulator, MANAGEMENT, SURVEY, "").is_ok(), "nobody registered it");
    assert_eq!(last(&simulator).status, 200);
}

#[test]
fn the_table_of_permissions_has_every_operation() {
    let simulator = start(&Options::default());
    let table = send(&simulator, "GET", "/_simulator/permissions", &[], "").unwrap().json();
    assert_eq!(table, organization_simulator::permissions());
    assert_eq!(table["guardduty:CreateMembers"], json!({"resource": ["*"], "dependent": []}));
    assert_eq!(table["sts:GetCallerIdentity"], json!({"resource": [], "dependent": []}));
    let detector = "arn:aws:guardduty:${Region}:${Account}:detector/${DetectorId}";
    assert_eq!(table["guardduty:GetDetector"], json!({"resource": [detector], "dependent": []}));
    let role =
        "arn:aws:iam::${Account}:role/aws-service-role/inspector2.amazonaws.com/AWSServiceRoleForAmazonInspector2";
    assert_eq!(
        table["inspector2:Enable"]["dependent"][0],
        json!({
            "action": "iam:CreateServiceLinkedRole",
            "resource": role,
            "keys": {"iam:AWSServiceName": "inspector2.amazonaws.com"},
        })
    );
    let moved = table["organizations:MoveAccount"]["resource"].as_array().unwrap();
    assert_eq!((moved.len(), table.as_object().unwrap().len()), (3, 94));
}
