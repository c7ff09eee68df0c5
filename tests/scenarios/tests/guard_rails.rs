//! The organization's guard rails, as `guardrails/` has them: what an account can do without them and not with them, and
//! that Rollcall's functions enrol everything under them.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

use organization_simulator::{Options, Simulator};
use rollcall_scenarios::stage::Stage;
use serde_json::{Value, json};

use crate::support::{
    RECEIVES, covered, enroll, governed, newcomer, options, ordinary, prepare, reasons, stage, sweep,
};

const REGION: &str = "eu-west-1";
const DENIED: &str = "with an explicit deny in a service control policy";
/// Credentials of the roles that the tests act as.
const ROLLCALL: &str = "AKIAROLLCALL";
const BREAK_GLASS: &str = "AKIABREAKGLASS";

fn document(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../guardrails/{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The root's id.
fn root(aws: &Simulator) -> String {
    let (_, roots) = call(aws, "111111111111", "organizations", "POST", "ListRoots", &json!({}));
    roots["Roots"][0]["Id"].as_str().unwrap().to_owned()
}

fn attach(aws: &Simulator, document: &Value, target: &str) {
    aws.prepare(&json!({"kind": "service-control-policy", "document": document, "targets": [target]})).unwrap();
}

fn key(aws: &Simulator, key: &str, role: &str) {
    aws.prepare(&json!({"kind": "key", "access-key": key, "role": role})).unwrap();
}

/// One call as any client makes it; for Organizations the path is the operation.
fn call(aws: &Simulator, key: &str, service: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let (path, target) = match service {
        "organizations" => ("/", format!("x-amz-target: AWSOrganizationsV20161128.{path}\r\n")),
        _ => (path, String::new()),
    };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(aws.address()).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n{target}authorization: \
         AWS4-HMAC-SHA256 Credential={key}/20261117/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0\
         \r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// What the account owns of GuardDuty.
fn detector(aws: &Simulator, key: &str) -> Option<String> {
    let (_, listed) = call(aws, key, "guardduty", "GET", "/detector", &Value::Null);
    Some(listed["detectorIds"].as_array()?.first()?.as_str()?.to_owned())
}

/// Turns GuardDuty on, suspends it and deletes it, and the same for Inspector: status and message of each call.
fn on_and_off(aws: &Simulator, key: &str) -> Vec<(u16, String)> {
    let guardduty = |method: &str, path: &str, body: &Value| call(aws, key, "guardduty", method, path, body);
    let inspector = |path: &str, body: &Value| call(aws, key, "inspector2", "POST", path, body);
    let created = guardduty("POST", "/detector", &json!({"enable": true}));
    let own = format!("/detector/{}", detector(aws, key).unwrap_or_else(|| "none".to_owned()));
    let scans = json!({"resourceTypes": ["EC2"]});
    let suspended = guardduty("POST", &own, &json!({"enable": false}));
    let left = guardduty("POST", &format!("{own}/administrator/disassociate"), &Value::Null);
    let deleted = guardduty("DELETE", &own, &Value::Null);
    let answers = [created, suspended, left, deleted, inspector("/enable", &scans), inspector("/disable", &scans)];
    let message = |body: &Value| body["message"].as_str().unwrap_or_default().to_owned();
    answers.iter().map(|(status, body)| (*status, message(body))).collect()
}

/// The stack is in the administrator's account, and its functions have one of its roles.
fn with_role(stage: Stage) -> Stage {
    let role = format!("arn:aws:iam::{}:role/rollcall/reassert/function", stage.administrator);
    key(&stage.aws, ROLLCALL, &role);
    stage.with("AWS_ACCESS_KEY_ID", ROLLCALL)
}

/// A stage under both guard rails.
fn guarded() -> Stage {
    let stage = with_role(stage(&Options { organizational_units: 2, ..options() }));
    attach(&stage.aws, &document("enrolment"), &root(&stage.aws));
    attach(&stage.aws, &document("usage"), &stage.administrator);
    stage
}

#[test]
fn before_it_is_enrolled_an_account_does_what_it_likes_without_the_guard_rail_and_nothing_with_it() {
    let stage = stage(&options());
    let member = ordinary(&stage)[0].clone();
    let free: Vec<u16> = on_and_off(&stage.aws, &member).into_iter().map(|(status, _)| status).collect();
    assert_eq!(free, [200, 200, 400, 200, 200, 200], "there is no administrator to leave");
    let guarded = guarded();
    let member = ordinary(&guarded)[0].clone();
    let denied = on_and_off(&guarded.aws, &member);
    assert!(denied.iter().all(|(status, why)| *status == 403 && why.ends_with(DENIED)), "{denied:#?}");
    assert_eq!(detector(&guarded.aws, &member), None, "reading is free");
    let role = format!("arn:aws:iam::{member}:role/break-glass");
    key(&guarded.aws, BREAK_GLASS, &role);
    let glass: Vec<u16> = on_and_off(&guarded.aws, BREAK_GLASS).into_iter().map(|(status, _)| status).collect();
    assert_eq!(glass, free);
    let management = guarded.management.clone();
    let unbound: Vec<u16> = on_and_off(&guarded.aws, &management).into_iter().map(|(status, _)| status).collect();
    assert_eq!(unbound, free, "the management account is not bound");
}

#[test]
fn an_account_leaves_the_organization_only_without_the_guard_rail() {
    let leave = |aws: &Simulator, key: &str| call(aws, key, "organizations", "POST", "LeaveOrganization", &json!({}));
    let free = stage(&options());
    assert_eq!(leave(&free.aws, &ordinary(&free)[0]).0, 200);
    let guarded = guarded();
    let member = ordinary(&guarded)[0].clone();
    let (status, body) = leave(&guarded.aws, &member);
    assert_eq!((status, &body["__type"]), (400, &json!("AccessDeniedException")));
    assert!(body.to_string().contains(DENIED), "{body}");
    key(&guarded.aws, BREAK_GLASS, &format!("arn:aws:iam::{member}:role/break-glass"));
    assert_eq!(leave(&guarded.aws, BREAK_GLASS).0, 200);
}

#[tokio::test]
async fn an_enrolled_account_cannot_leave_its_administrators_or_turn_anything_off_anyway() {
    let stage = governed(&options()).await;
    let member = ordinary(&stage)[0].clone();
    let refused = on_and_off(&stage.aws, &member);
    let [created, suspended, left, deleted, _, disabled] = refused.as_slice() else { panic!("{refused:?}") };
    assert!([created, suspended, left, deleted].iter().all(|(status, _)| *status == 400), "{refused:#?}");
    assert_eq!(disabled.0, 403);
    assert!(
        refused.iter().all(|(_, why)| !why.contains("service control policy")),
        "the services refuse: {refused:#?}"
    );
    covered(&stage);
}

#[tokio::test]
async fn nobody_in_the_administrators_account_turns_members_off_and_its_tools_go_on() {
    let stage = governed(&options()).await;
    let member = ordinary(&stage)[0].clone();
    let own = format!("/detector/{}", detector(&stage.aws, &stage.administrator).unwrap());
    let members = json!({"accountIds": [member]});
    let details = json!({"accountDetails": [{"accountId": member, "email": "member@example.com"}]});
    let scans = json!({"accountIds": [member], "resourceTypes": ["EC2"]});
    let calls = |key: &str, calls: &[(&str, String, &Value)]| -> Vec<(u16, String)> {
        let answer =
            |(service, path, body): &(&str, String, &Value)| call(&stage.aws, key, service, "POST", path, body);
        calls.iter().map(answer).map(|(status, body)| (status, body["message"].to_string())).collect()
    };
    let administrator = &stage.administrator;
    let off = [
        ("guardduty", "/admin/disable".to_owned(), &json!({"adminAccountId": administrator})),
        (
            "inspector2",
            "/delegatedadminaccounts/disable".to_owned(),
            &json!({"delegatedAdminAccountId": administrator}),
        ),
        ("guardduty", format!("{own}/member/stop"), &members),
        ("guardduty", format!("{own}/member/disassociate"), &members),
        ("guardduty", format!("{own}/member/delete"), &members),
        ("inspector2", "/disable".to_owned(), &scans),
        ("inspector2", "/members/disassociate".to_owned(), &json!({"accountId": member})),
    ];
    let on = [
        ("guardduty", format!("{own}/member"), &details),
        ("guardduty", format!("{own}/member/start"), &members),
        ("guardduty", format!("{own}/member/detector/update"), &members),
    ];
    attach(&stage.aws, &document("enrolment"), &root(&stage.aws));
    key(&stage.aws, "AKIATOOL", &format!("arn:aws:iam::{}:role/tool", stage.administrator));
    for who in ["AKIATOOL", &stage.administrator] {
        let answers = calls(who, &off);
        assert!(answers.iter().all(|(status, why)| *status == 403 && why.contains(DENIED)), "{answers:#?}");
        let answers = calls(who, &on);
        assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:#?}");
    }
    covered(&stage);
    // Rollcall's roles may do what its policy can name, and no more.
    key(&stage.aws, ROLLCALL, &format!("arn:aws:iam::{}:role/rollcall/reassert/function", stage.administrator));
    let denied: Vec<bool> = calls(ROLLCALL, &off).iter().map(|(_, why)| why.contains(DENIED)).collect();
    assert_eq!(denied, [true, true, true, false, true, false, false]);
    key(&stage.aws, BREAK_GLASS, &format!("arn:aws:iam::{}:role/break-glass", stage.administrator));
    assert!(calls(BREAK_GLASS, &off).iter().all(|(_, why)| !why.contains(DENIED)));
}

#[tokio::test]
async fn everything_is_enrolled_under_the_guard_rails() {
    let stage = guarded();
    let swept = sweep(&stage).await;
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
    covered(&stage);
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    covered(&stage);
    let denied = stage.aws.calls().into_iter().filter(|call| call.response.to_string().contains(DENIED));
    assert_eq!(denied.count(), 0);
    let principals = stage.aws.calls().into_iter().map(|call| call.principal);
    assert!(principals.filter(|principal| principal.contains(&stage.administrator)).all(|principal| {
        principal.contains(":assumed-role/function/") // never as the account's root user
    }));
}

#[tokio::test]
async fn what_an_account_could_do_before_it_was_enrolled_is_repaired() {
    let stage = with_role(stage(&options()));
    let member = ordinary(&stage)[0].clone();
    let _ = call(&stage.aws, &member, "guardduty", "POST", "/detector", &json!({"enable": false}));
    attach(&stage.aws, &document("enrolment"), &root(&stage.aws));
    sweep(&stage).await;
    covered(&stage);
}

#[tokio::test]
async fn a_guard_rail_without_an_exception_is_reported_as_what_it_is() {
    let role = "arn:aws:iam::222222222222:role/rollcall/*";
    let without = document("enrolment").to_string().replace(role, "arn:aws:iam::222222222222:role/other/*");
    // AWS's sample policy, "Example SCPs for Amazon GuardDuty", as far as Rollcall needs what it denies.
    let sample = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny",
        "Action": ["guardduty:CreateDetector", "guardduty:CreateMembers", "guardduty:StartMonitoringMembers",
            "guardduty:UpdateDetector"],
        "Resource": "*",
    }]});
    for (document, service) in [(serde_json::from_str(&without).unwrap(), "inspector"), (sample, "guardduty")] {
        let stage = with_role(stage(&options()));
        attach(&stage.aws, &document, &root(&stage.aws));
        let swept = sweep(&stage).await;
        let found = reasons(&swept.log);
        let of = &found[&(service.to_owned(), REGION.to_owned())];
        assert!(of.contains("denied-by-service-control-policy"), "{service}: {found:?}");
    }
}

#[test]
fn an_invitation_of_a_foreign_administrator_is_not_accepted() {
    let (free, guarded) = (stage(&options()), guarded());
    for action in
        ["AcceptAdministratorInvitation", "AcceptInvitation", "InviteMembers", "DisassociateFromMasterAccount"]
    {
        let action = format!("guardduty:{action}");
        let decided = |stage: &Stage, key: &str| stage.aws.authorize(key, REGION, &action, "*").unwrap();
        let member = &ordinary(&guarded)[0];
        assert_eq!(decided(&free, &ordinary(&free)[0])["allowed"], true);
        assert_eq!(decided(&guarded, member), json!({"allowed": false, "why": DENIED}), "{action}");
        assert_eq!(decided(&guarded, ROLLCALL)["allowed"], false, "{action}: Rollcall has no need of it");
    }
}

#[test]
fn the_name_of_an_exempt_role_cannot_be_taken() {
    let stage = guarded();
    let member = &ordinary(&stage)[0];
    let may = |key: &str, action: &str, role: &str| {
        let role = format!("arn:aws:iam::{member}:role/{role}");
        stage.aws.authorize(key, REGION, action, &role).unwrap()["allowed"] == true
    };
    let create = ["CreateRole", "UpdateAssumeRolePolicy", "AttachRolePolicy", "PutRolePolicy"];
    let break_it = ["DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary"];
    for action in [create, break_it].concat() {
        let action = format!("iam:{action}");
        assert!(!may(member, &action, "break-glass") && may(member, &action, "application"), "{action}");
    }
    key(&stage.aws, BREAK_GLASS, &format!("arn:aws:iam::{member}:role/break-glass"));
    assert!(may(BREAK_GLASS, "iam:AttachRolePolicy", "break-glass"));
    // A role of Rollcall's path in a member is no role of Rollcall's.
    key(&stage.aws, "AKIAIMPOSTOR", &format!("arn:aws:iam::{member}:role/rollcall/reassert/function"));
    assert_eq!(call(&stage.aws, "AKIAIMPOSTOR", "guardduty", "POST", "/detector", &json!({"enable": true})).0, 403);
}

#[test]
fn what_accounts_cost_is_seen_by_the_named_role_only() {
    let stage = guarded();
    let (administrator, management) = (&stage.administrator, &stage.management);
    let administrators = |name: &str| format!("arn:aws:iam::{administrator}:role/{name}");
    key(&stage.aws, "AKIAFINANCE", &administrators("finance"));
    key(&stage.aws, "AKIAANALYST", &administrators("analyst"));
    for action in ["guardduty:GetUsageStatistics", "inspector2:ListUsageTotals"] {
        let decided = |key: &str| stage.aws.authorize(key, REGION, action, "*").unwrap();
        for key in ["AKIAANALYST", ROLLCALL, administrator] {
            assert_eq!(decided(key), json!({"allowed": false, "why": DENIED}), "{key} {action}");
        }
        assert_eq!(decided("AKIAFINANCE")["allowed"], true);
        assert_eq!(decided(&ordinary(&stage)[0])["allowed"], true, "its own costs an account may see");
    }
    // A service control policy does not bind the management account; the same document as an IAM policy does.
    attach(&stage.aws, &document("usage"), management);
    let role = format!("arn:aws:iam::{management}:role/analyst");
    let allow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let trust = json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": management}}});
    let decided = |policies: &[&Value]| {
        prepare(&stage, &json!({"kind": "role", "arn": role, "trust": trust, "policies": policies}));
        key(&stage.aws, "AKIAMANAGEMENT", &role);
        stage.aws.authorize("AKIAMANAGEMENT", REGION, "guardduty:GetUsageStatistics", "*").unwrap()
    };
    assert_eq!(decided(&[&allow])["allowed"], true);
    let why = json!("with an explicit deny in an identity-based policy");
    assert_eq!(decided(&[&allow, &document("usage")]), json!({"allowed": false, "why": why}));
}
