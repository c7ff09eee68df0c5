//! Tables of policies, and what they say of Rollcall's calls.

use serde_json::{Value, json};

use super::{
    condition::{Caller, Request},
    document::Document,
    evaluate::{Against, Level, Policy, against},
    principal,
};

pub(super) const ROLE: &str = "arn:aws:iam::222222222222:role/rollcall/rollcall-administrator";

pub(super) fn caller() -> Caller {
    Caller {
        account: "222222222222".to_owned(),
        arn: ROLE.to_owned(),
        has_path: true,
        path: "o-1/r-1/ou-1/".to_owned(),
    }
}

pub(super) fn policy(id: &str, statements: &Value) -> Policy {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    Policy { id: id.to_owned(), name: id.to_owned(), is_of_aws: false, document: Document::read(&document.to_string()) }
}

fn full_access() -> Policy {
    policy("p-FullAWSAccess", &json!({"Effect": "Allow", "Action": "*", "Resource": "*"}))
}

pub(super) fn level(target: &str, policies: Vec<Policy>) -> Level {
    Level { target: target.to_owned(), policies }
}

/// What the path root, unit, account says where the unit has this beside `FullAWSAccess`.
fn of_unit(statements: &Value, action: &str, region: &str) -> Vec<Against> {
    let levels = [
        level("r-1", vec![full_access()]),
        level("ou-1", vec![full_access(), policy("p-1", statements)]),
        level("222222222222", vec![full_access()]),
    ];
    against(&levels, &Request { action, region, caller: &caller() }).into_iter().collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    Allowed,
    Denied,
    /// With what it depends on.
    Perhaps(Vec<String>),
}

fn said(statements: &Value, action: &str, region: &str) -> Said {
    match of_unit(statements, action, region).as_slice() {
        [] => Said::Allowed,
        [Against::Denied { depends_on, .. }] if depends_on.is_empty() => Said::Denied,
        [Against::Denied { depends_on, .. }] => Said::Perhaps(depends_on.iter().cloned().collect()),
        other => panic!("{other:?}"),
    }
}

fn deny(action: &str) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": "*"})
}

/// A denial of everything, under a condition.
fn denies_if(condition: &Value) -> Said {
    let statement = json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition});
    said(&statement, "guardduty:CreateMembers", "eu-west-1")
}

/// Organizations user guide, "Deny access to AWS based on the requested AWS Region"; the list of actions is shortened.
fn region_deny() -> Value {
    json!({
        "Sid": "DenyAllOutsideEU",
        "Effect": "Deny",
        "NotAction": ["a4b:*", "acm:*", "aws-portal:*", "budgets:*", "cloudfront:*", "health:*", "iam:*", "organizations:*",
            "route53:*", "s3:GetAccountPublic*", "s3:ListAllMyBuckets", "sts:*", "support:*", "waf:*"],
        "Resource": "*",
        "Condition": {
            "StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]},
            "ArnNotLike": {"aws:PrincipalARN": [
                "arn:aws:iam::*:role/Role1AllowedToBypassThisSCP", "arn:aws:iam::*:role/Role2AllowedToBypassThisSCP"]}
        }
    })
}

/// Control Tower user guide, "Region deny control"; the list of actions is shortened. It exempts neither service.
fn control_tower() -> Value {
    json!([{
        "Sid": "GRREGIONDENY",
        "Effect": "Deny",
        "NotAction": ["access-analyzer:*", "account:*", "config:*", "controltower:*", "ec2:DescribeRegions", "iam:*",
            "kms:*", "organizations:*", "s3:CreateMultiRegionAccessPoint", "sso:*", "sts:*", "trustedadvisor:*"],
        "Resource": ["*"],
        "Condition": {
            "StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]},
            "ArnNotLike": {"aws:PrincipalARN": ["arn:*:iam::*:role/AWSControlTowerExecution",
                "arn:*:iam::*:role/aws-controltower-ConfigRecorderRole"]}
        }
    }])
}

#[test]
fn actions_are_denied_by_pattern_and_in_any_case() {
    for (denied, action, is) in [
        ("*", "guardduty:CreateMembers", Said::Denied),
        ("guardduty:*", "guardduty:CreateMembers", Said::Denied),
        ("GuardDuty:create*", "guardduty:CreateMembers", Said::Denied),
        ("guardduty:CreateMember?", "guardduty:CreateMembers", Said::Denied),
        ("guardduty:CreateMember", "guardduty:CreateMembers", Said::Allowed),
        ("inspector2:*", "guardduty:CreateMembers", Said::Allowed),
        ("*:Enable", "inspector2:Enable", Said::Denied),
    ] {
        assert_eq!(said(&deny(denied), action, "eu-west-1"), is, "{denied} {action}");
    }
}

#[test]
fn aws_documented_region_deny_binds_outside_its_regions() {
    for (region, is) in [("eu-west-1", Said::Allowed), ("eu-central-1", Said::Allowed), ("us-east-1", Said::Denied)] {
        assert_eq!(said(&region_deny(), "guardduty:CreateDetector", region), is, "{region}");
        assert_eq!(said(&region_deny(), "organizations:DescribeAccount", region), Said::Allowed, "exempt by NotAction");
    }
}

#[test]
fn control_towers_region_deny_exempts_no_role_of_ours() {
    assert_eq!(said(&control_tower(), "inspector2:Enable", "ap-east-1"), Said::Denied);
    assert_eq!(said(&control_tower(), "inspector2:Enable", "us-east-1"), Said::Allowed);
    let mut exempting = control_tower();
    exempting[0]["Condition"]["ArnNotLike"]["aws:PrincipalARN"] = json!(["arn:aws:iam::*:role/rollcall/*"]);
    assert_eq!(said(&exempting, "inspector2:Enable", "ap-east-1"), Said::Allowed);
}

#[test]
fn the_projects_own_guard_rails_let_the_administrators_role_work() {
    let text = include_str!("../../../../guardrails/enrolment.json");
    let document: Value = serde_json::from_str(text).unwrap();
    for entry in rollcall_runtime::CATALOG {
        for action in super::actions(entry.spec) {
            assert_eq!(said(&document["Statement"], action, "eu-west-1"), Said::Allowed, "{action}");
        }
    }
}

#[test]
fn all_conditions_must_hold() {
    let here = json!({"aws:RequestedRegion": "eu-west-1"});
    assert_eq!(denies_if(&json!({"StringEquals": here})), Said::Denied);
    assert_eq!(denies_if(&json!({"StringEquals": here, "ArnLike": {"aws:PrincipalArn": ROLE}})), Said::Denied);
    assert_eq!(denies_if(&json!({"StringEquals": here, "ArnNotLike": {"aws:PrincipalArn": ROLE}})), Said::Allowed);
    assert_eq!(denies_if(&json!({"StringLike": {"aws:RequestedRegion": ["us-*", "ap-*"]}})), Said::Allowed);
    assert_eq!(denies_if(&json!({"StringNotEqualsIfExists": {"aws:PrincipalAccount": "111111111111"}})), Said::Denied);
    assert_eq!(denies_if(&json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})), Said::Allowed);
}

#[test]
fn what_cannot_be_known_is_named_and_hides_no_certainty() {
    let tagged = json!({"StringNotEquals": {"aws:PrincipalTag/team": "security"}});
    let depends = Said::Perhaps(vec!["StringNotEquals aws:PrincipalTag/team".to_owned()]);
    assert_eq!(denies_if(&tagged), depends);
    let elsewhere =
        json!({"StringNotEquals": {"aws:PrincipalTag/team": "security", "aws:RequestedRegion": "eu-west-1"}});
    assert_eq!(denies_if(&elsewhere), Said::Allowed, "the region decides");
    let statement = json!({"Effect": "Deny", "Action": "guardduty:*", "Resource": "*", "Principal": "*"});
    let strange = said(&statement, "guardduty:CreateMembers", "eu-west-1");
    assert_eq!(strange, Said::Perhaps(vec!["the element Principal".to_owned()]));
}

#[test]
fn resources_of_others_are_not_ours() {
    for (element, pattern, is) in [
        ("Resource", json!("arn:aws:iam::*:role/break-glass"), Some(Said::Allowed)),
        ("Resource", json!(["arn:aws:s3:::*", "*"]), Some(Said::Denied)),
        ("NotResource", json!("arn:aws:iam::*:role/break-glass"), Some(Said::Denied)),
        ("NotResource", json!("*"), Some(Said::Allowed)),
        ("Resource", json!("arn:aws:guardduty:*:*:detector/*"), None),
        ("NotResource", json!("arn:aws:guardduty:*:*:detector/*"), None),
    ] {
        let statement = json!({"Effect": "Deny", "Action": "*", element: pattern});
        let found = said(&statement, "guardduty:UpdateDetector", "eu-west-1");
        match is {
            Some(is) => assert_eq!(found, is, "{element} {pattern}"),
            None => assert!(matches!(found, Said::Perhaps(_)), "{element} {pattern}"),
        }
    }
}

#[test]
fn each_level_must_allow() {
    let only = |action: &str| policy("p-list", &json!({"Effect": "Allow", "Action": action, "Resource": "*"}));
    let missing_at = |unit: Vec<Policy>| {
        let levels =
            [level("r-1", vec![full_access()]), level("ou-1", unit), level("222222222222", vec![full_access()])];
        let request = Request { action: "guardduty:CreateMembers", region: "eu-west-1", caller: &caller() };
        against(&levels, &request).into_iter().collect::<Vec<_>>()
    };
    let not_allowed = Against::NotAllowed { target: "ou-1".to_owned(), depends_on: [].into() };
    assert_eq!(missing_at(vec![only("inspector2:*")]), std::slice::from_ref(&not_allowed));
    assert_eq!(missing_at(vec![]), [not_allowed]);
    assert_eq!(missing_at(vec![only("inspector2:*"), only("guardduty:*")]), []);
    let tagged = json!({"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "x"}}});
    let open = missing_at(vec![policy("p-tag", &tagged)]);
    assert!(matches!(open.as_slice(), [Against::NotAllowed { depends_on, .. }] if !depends_on.is_empty()), "{open:?}");
}

#[test]
fn a_denial_at_any_level_counts_and_names_where_it_is() {
    for index in 0..3 {
        let mut levels = ["r-1", "ou-1", "222222222222"].map(|target| level(target, vec![full_access()])).to_vec();
        levels[index]
            .policies
            .push(policy("p-deny", &json!([{"Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*"}])));
        let request = Request { action: "inspector2:Enable", region: "eu-west-1", caller: &caller() };
        let expected = Against::Denied {
            policy: "p-deny".to_owned(),
            name: "p-deny".to_owned(),
            statement: "No".to_owned(),
            target: levels[index].target.clone(),
            depends_on: [].into(),
        };
        assert_eq!(against(&levels, &request), [expected].into());
    }
}

#[test]
fn a_policy_that_cannot_be_read_may_deny_and_may_allow() {
    let unreadable =
        Policy { id: "p-x".to_owned(), name: "x".to_owned(), is_of_aws: false, document: Document::read("{") };
    let request = Request { action: "inspector2:Enable", region: "eu-west-1", caller: &caller() };
    let found: Vec<Against> = against(&[level("r-1", vec![unreadable])], &request).into_iter().collect();
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|against| !against.is_certain()));
}

#[test]
fn a_sessions_role_is_what_policies_see() {
    let of = |arn: &str| principal(arn);
    let session = "arn:aws:sts::222222222222:assumed-role/Audit/jane";
    assert_eq!(of(session), ("arn:aws:iam::222222222222:role/Audit".to_owned(), false));
    assert_eq!(of("arn:aws:iam::222222222222:user/x"), ("arn:aws:iam::222222222222:user/x".to_owned(), true));
}

#[test]
fn all_that_is_called_as_the_administrator_is_judged() {
    for entry in rollcall_runtime::CATALOG {
        let actions: Vec<&str> = super::actions(entry.spec).collect();
        assert!(!actions.iter().any(|action| action.contains("AdminAccount")), "{actions:?}");
        assert!(actions.iter().any(|action| action.ends_with(":UpdateOrganizationConfiguration")), "{actions:?}");
        let of_management = entry.spec.iam_actions.len() - actions.len();
        assert!((2..=3).contains(&of_management), "{of_management}");
    }
}
