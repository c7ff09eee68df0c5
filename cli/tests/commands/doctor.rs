//! `doctor`: what it finds in organizations with this and that wrong, and that it changes nothing.

use std::fs;

use organization_simulator::Options;
use serde_json::{Value, json};

use crate::support::{ADMINISTRATOR, Said, Stage, rollcall};

const MANAGEMENT: &str = "111111111111";
const READER: &str = "arn:aws:iam::111111111111:role/read";

/// An organization in which everything is as it should be.
fn well() -> Stage {
    let stage = Stage::of(4);
    stage.run("apply --yes").ended(0);
    stage.state(trail(&json!({"multi-region": true})));
    for region in ["us-east-1", "ap-east-1"] {
        let products = ["guardduty", "inspector"];
        let hub = json!({"kind": "security-hub", "account": ADMINISTRATOR, "region": region, "products": products});
        stage.state(hub);
    }
    stage.simulator.clear_calls();
    stage
}

/// The management account's trail in us-east-1, with more settings.
fn trail(more: &Value) -> Value {
    let mut trail = json!({"kind": "trail", "account": MANAGEMENT, "region": "us-east-1", "name": "main"});
    trail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    trail
}

/// A service control policy on the administrator's account.
fn control(statement: &Value) -> Value {
    let document = json!({"Version": "2012-10-17", "Statement": statement});
    json!({"kind": "service-control-policy", "name": "limits\u{1b}[31m", "document": document, "targets": [ADMINISTRATOR]})
}

/// Lines with this beginning.
fn lines<'a>(said: &'a Said, beginning: &str) -> Vec<&'a str> {
    said.output.lines().filter(|line| line.starts_with(beginning)).collect()
}

#[test]
fn a_new_organization_needs_much_and_the_commands_are_told() {
    let stage = Stage::of(4);
    let said = stage.run("doctor").ended(2).has(&[
        "ok      identity: the caller is arn:aws:iam::222222222222:root of account 222222222222",
        "ok      identity: the write access to the management account: account 111111111111",
        "wrong   trusted access: missing for account.amazonaws.com, guardduty.amazonaws.com",
        "run in the management account 111111111111:",
        "aws organizations enable-aws-service-access --service-principal inspector2.amazonaws.com",
        "wrong   administrators: guardduty: nobody in all 2 regions; configured is 222222222222",
        "          rollcall apply\n",
        "wrong   CloudTrail: no trail of the management account 111111111111 logs us-east-1",
        "--s3-bucket-name aws-cloudtrail-logs-111111111111 --region us-east-1",
        "note    Security Hub: is off in 222222222222 in all 2 regions",
        "for region in ap-east-1 us-east-1; do aws securityhub enable-security-hub --region ${region}; done",
        "ok      policy types: INSPECTOR_POLICY is not enabled",
        "ok      service control policies: the organization has none",
        "8 ok, 4 wrong, 0 unknown, 2 notes",
    ]);
    assert_eq!(said.errors, "");
    assert_eq!(stage.writes().len(), 0, "it only looks");
}

#[test]
fn where_all_is_well_it_ends_with_0() {
    let stage = well();
    let said = stage.run("doctor").ended(0).has(&[
        "ok      administrators: inspector: 222222222222 in 2 regions",
        "ok      CloudTrail: arn:aws:cloudtrail:us-east-1:111111111111:trail/main logs management events of us-east-1",
        "ok      Security Hub: receives the findings in 222222222222 in all 2 regions",
        " 0 wrong, 0 unknown, 1 note\n",
    ]);
    assert_eq!(
        lines(&said, "note"),
        ["note    stack: no bucket is named, so that the stack's reports were not looked at"]
    );
    assert_eq!(stage.writes().len(), 0);
}

#[test]
fn programs_get_the_same() {
    let stage = Stage::of(4);
    let said = stage.run("doctor --format json").ended(2);
    let document: Value = serde_json::from_str(&said.output).unwrap();
    assert_eq!(document["totals"], json!({"ok": 8, "note": 2, "wrong": 4, "unknown": 0}));
    let findings = document["findings"].as_array().unwrap();
    let wrong = findings.iter().find(|finding| finding["check"] == "administrators").unwrap();
    assert_eq!((&wrong["verdict"], &wrong["commands"]), (&json!("wrong"), &json!(["rollcall apply"])));
}

#[test]
fn a_trail_must_log_writes_of_the_events_region() {
    let stage = well();
    for (more, code, told) in [
        (
            json!({"logging": false}),
            2,
            "aws cloudtrail start-logging --name arn:aws:cloudtrail:us-east-1:111111111111:trail/main --region us-east-1",
        ),
        (
            json!({"management-events": "ReadOnly"}),
            2,
            "aws cloudtrail put-event-selectors --trail-name arn:aws:cloudtrail:us-east-1:111111111111:trail/main",
        ),
        (
            json!({"management-events": "None", "advanced-selectors": true}),
            2,
            "logs no management events of us-east-1 that write",
        ),
        (json!({"management-events": "WriteOnly", "advanced-selectors": true}), 0, "ok      CloudTrail"),
        (json!({}), 0, "ok      CloudTrail"),
    ] {
        stage.state(trail(&more));
        stage.run("doctor").ended(code).has(&[told]);
    }
    stage.state(trail(&json!({"logging": false})));
    let elsewhere = trail(&json!({"region": "ap-east-1", "name": "other"}));
    stage.state(&elsewhere);
    stage
        .run("doctor")
        .ended(2)
        .has(&["wrong   CloudTrail: arn:aws:cloudtrail:us-east-1:111111111111:trail/main does not log"]);
}

#[test]
fn a_role_that_may_not_read_trails_leaves_the_organizations_to_be_seen() {
    let stage = well();
    let reads = ["sts:*", "organizations:*", "account:*", "guardduty:*", "inspector2:*"];
    stage.state(json!({"kind": "restrict", "principal": READER, "actions": reads}));
    stage.run("doctor").ended(1).has(&[
        "unknown CloudTrail: the trails of the management account 111111111111 could not be read: DescribeTrails",
        "means: no organization trail that logs us-east-1 is seen by the caller",
        "aws cloudtrail describe-trails --region us-east-1",
    ]);
    stage.state(trail(&json!({"multi-region": true, "organization": true})));
    stage.run("doctor").ended(0).has(&["ok      CloudTrail: arn:aws:cloudtrail:us-east-1:111111111111:trail/main"]);
}

#[test]
fn another_administrator_is_told_with_its_regions() {
    let stage = Stage::of(4);
    let other = stage.members()[0].clone();
    let mut command = stage.command("apply --yes --region us-east-1 --service guardduty");
    command.env("AWS_ACCESS_KEY_ID", &other).env("ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID", &other);
    command.env("ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", &other);
    Said::of(&command.output().unwrap()).ended(0);
    stage.run("doctor").ended(2).has(&[
        &format!("wrong   administrators: guardduty: {other} in us-east-1; configured is 222222222222"),
        &format!("aws guardduty disable-organization-admin-account --admin-account-id {other} --region us-east-1"),
        &format!("--administrator guardduty={other}"),
        "wrong   administrators: guardduty: nobody in ap-east-1; configured is 222222222222",
    ]);
    let registered = Stage::of(4);
    registered.state(json!({"kind": "delegate", "principal": "inspector2.amazonaws.com", "account": other}));
    registered.run("doctor").ended(2).has(&[&format!("inspector: {other} in Organizations, which has it registered")]);
}

#[test]
fn a_service_control_policy_that_denies_is_told_by_region() {
    let stage = well();
    let elsewhere = json!({"StringNotEquals": {"aws:RequestedRegion": ["us-east-1"]}});
    let deny = |condition: &Value| {
        json!({"Sid": "Elsewhere", "Effect": "Deny", "NotAction": ["iam:*", "organizations:*", "account:*", "sts:*",
            "guardduty:Get*", "guardduty:List*", "guardduty:Describe*", "inspector2:*", "securityhub:*"],
            "Resource": "*", "Condition": condition})
    };
    stage.state(control(&deny(&elsewhere)));
    let said = stage.run("doctor").ended(2).has(&[
        "attached to 222222222222, denies guardduty:CreateDetector, guardduty:CreateMembers",
        " in ap-east-1\n",
        "\"ArnNotLike\": {\"aws:PrincipalArn\": [\"arn:aws:iam::222222222222:root\", \"arn:aws:iam::*:role/rollcall/*\"]}",
        "aws organizations update-policy --policy-id p-",
        "ok      service control policies: inspector",
    ]);
    assert!(!said.output.contains('\u{1b}'), "a policy's name does not speak to the terminal");
    let wrong = lines(&said, "wrong");
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    // What the simulator says of the same.
    let says = |region| stage.simulator.authorize(ADMINISTRATOR, region, "guardduty:CreateMembers", "*").unwrap();
    assert_eq!((&says("ap-east-1")["allowed"], &says("us-east-1")["allowed"]), (&json!(false), &json!(true)));

    let exempt = json!({"StringNotEquals": elsewhere["StringNotEquals"], "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}});
    stage.state(json!({"kind": "allow-all"}));
    stage.state(control(&deny(&exempt)));
    stage.run("doctor").ended(0).has(&["ok      service control policies: guardduty"]);
}

#[test]
fn what_a_policy_may_deny_is_unknown_and_the_condition_is_named() {
    let stage = well();
    let open = json!({"Effect": "Deny", "Action": "guardduty:Update*", "Resource": "*",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "x"}}});
    stage.state(control(&open));
    stage.run("doctor").ended(1).has(&[
        "may deny guardduty:UpdateDetector, guardduty:UpdateMemberDetectors, guardduty:UpdateOrganizationConfiguration",
        "in all 2 regions: that depends on StringEquals iam:AWSServiceName",
    ]);
    // The read role may not read policies; the delegated administrator itself may.
    let reads = [
        "organizations:ListAccounts",
        "organizations:ListRoots",
        "organizations:ListAWSServiceAccessForOrganization",
        "organizations:ListDelegatedAdministrators",
        "account:ListRegions",
        "sts:GetCallerIdentity",
        "cloudtrail:*",
    ];
    stage.state(json!({"kind": "restrict", "principal": READER, "actions": reads}));
    stage.run("doctor").ended(1).has(&["depends on StringEquals iam:AWSServiceName"]);
}

#[test]
fn one_check_that_fails_does_not_stop_the_others() {
    let stage = well();
    stage.state(json!({"kind": "role-absent", "arn": READER}));
    let said = stage.run("doctor").ended(2).has(&[
        "wrong   identity: the read access to the management account cannot be used: arn:aws:iam::111111111111:role/read",
        "aws iam get-role --role-name read --query Role.AssumeRolePolicyDocument",
        "run in account 111111111111:",
        "unknown trusted access: which services have trusted access could not be read: AssumeRole",
        "unknown administrators: the organization's accounts could not be read",
        "unknown service control policies: which policy types are enabled could not be read",
        "ok      Security Hub: receives the findings",
    ]);
    assert_eq!(lines(&said, "wrong").len(), 1);
    let write = Stage::of(4);
    write.state(json!({"kind": "role-absent", "arn": "arn:aws:iam::111111111111:role/write"}));
    write.run("doctor").has(&[
        "note    identity: the write access to the management account cannot be used",
        "means: only `apply` needs it. There is no such role",
    ]);
}

#[test]
fn an_access_to_the_wrong_account_is_told_with_the_right_one() {
    let stage = well();
    let mut command = stage.command("doctor --management-write-role arn:aws:iam::222222222222:role/x");
    let other = stage.members()[0].clone();
    command.env("ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", &other);
    Said::of(&command.output().unwrap()).ended(2).has(&[
        &format!("wrong   identity: the administrator of inspector belongs to account 222222222222, not to {other}"),
        &format!(
            "export ROLLCALL_INSPECTOR_ADMINISTRATOR_ROLE_ARN=arn:aws:iam::{other}:role/rollcall/rollcall-administrator"
        ),
        "wrong   identity: the write access to the management account belongs to account 222222222222, not to 111111111111",
    ]);
}

#[test]
fn policy_types_that_stop_auto_enable_are_told() {
    let stage = well();
    stage.state(json!({"kind": "policy-type", "policy-type": "GUARDDUTY_POLICY"}));
    stage.run("doctor").ended(2).has(&[
        "wrong   policy types: GUARDDUTY_POLICY is enabled, and 4 accounts have no effective policy in some region",
        "aws organizations disable-policy-type --root-id r-",
    ]);
    let on = json!({"status": {"@@assign": "enabled"}});
    let content = json!({"guardduty": {"enablement": {"default": {"foundational": on}}}});
    stage.state(json!({"kind": "policy", "policy-type": "GUARDDUTY_POLICY", "name": "all", "content": content, "targets": ["root"]}));
    stage
        .run("doctor")
        .ended(0)
        .has(&["note    policy types: GUARDDUTY_POLICY is enabled, which stops auto-enable in every region"]);
}

#[test]
fn findings_that_stay_in_a_service_are_a_note() {
    let stage = well();
    let hub =
        json!({"kind": "security-hub", "account": ADMINISTRATOR, "region": "ap-east-1", "products": ["guardduty"]});
    stage.state(hub);
    stage.run("doctor").ended(0).has(&[
        "note    Security Hub: does not receive aws/inspector in 222222222222 in ap-east-1",
        "--product-arn arn:aws:securityhub:ap-east-1::product/aws/inspector --region ap-east-1",
    ]);
}

#[test]
fn a_policy_with_mistakes_is_wrong_and_the_rest_is_looked_at() {
    let stage = well();
    fs::write(stage.file("policy.toml"), "colour = 1\n").unwrap();
    stage.run("doctor --policy policy.toml").ended(2).has(&[
        "wrong   stack: the policy cannot be used: policy.toml",
        "ok      administrators: guardduty: 222222222222 in 2 regions",
    ]);
    stage
        .run("doctor --bucket nowhere")
        .ended(1)
        .has(&["unknown stack: the newest report in nowhere could not be read"]);
}

#[test]
fn the_management_account_as_administrator_is_bound_by_no_policy() {
    let stage = Stage::new(Options { accounts: 1, regions: vec!["us-east-1".into()], ..Options::default() });
    let statement = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": statement});
    stage.state(json!({"kind": "service-control-policy", "document": document, "targets": [MANAGEMENT]}));
    let mut command = stage.command("doctor");
    for name in ["ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID", "ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", "AWS_ACCESS_KEY_ID"] {
        command.env(name, MANAGEMENT);
    }
    Said::of(&command.output().unwrap()).has(&["none binds 111111111111, which is the management account"]);
}

#[test]
fn a_simulated_organization_stays_as_it_was() {
    let folder = tempfile::TempDir::new().unwrap();
    let run = |line: &str| Said::of(&rollcall(line).current_dir(folder.path()).output().unwrap());
    run("doctor --simulate state=a.state").ended(2).has(&["rollcall apply --simulate state=a.state"]);
    assert!(!folder.path().join("a.state").exists());
    run("apply --yes --simulate accounts=6,regions=2,state=a.state").ended(0);
    let before = fs::read(folder.path().join("a.state")).unwrap();
    // A simulated organization has no trail; everything else is well.
    let said = run("doctor --simulate state=a.state").ended(2);
    assert_eq!(lines(&said, "wrong").len(), 1, "{}", said.output);
    assert_eq!(fs::read(folder.path().join("a.state")).unwrap(), before);
}
