//! Who may assume a role. Does I/O: sockets.

use organization_simulator::Options;
use serde_json::{Value, json};

use super::{
    super::{MANAGEMENT, start},
    ADMINISTRATOR, ANYBODY, KEY, SURVEY, allow, asked, assume, detectors, last, one, survey, trusting,
};

#[test]
fn a_trust_policy_says_who_may_assume_the_role() {
    let simulator = start(&Options::default());
    let member = simulator.organization()["accounts"][0]["id"].as_str().unwrap().to_owned();
    let trust = |principal: Value, condition: Value| {
        let trust = trusting(&principal, &condition);
        simulator.prepare(&json!({"kind": "role", "arn": SURVEY, "trust": trust})).unwrap();
    };
    let may = |key: &str, further: &str| assume(&simulator, key, SURVEY, further).is_ok();
    trust(json!(MANAGEMENT), json!({}));
    assert!(may(MANAGEMENT, "") && !may(&member, ""));
    trust(json!("arn:aws:iam::222222222222:root"), json!({}));
    assert!(may(ADMINISTRATOR, "") && !may(MANAGEMENT, ""));
    trust(json!(ANYBODY), json!({"StringEquals": {"sts:ExternalId": "secret"}}));
    assert!(may(&member, "&ExternalId=secret") && !may(&member, "&ExternalId=other") && !may(&member, ""));
    trust(json!(ANYBODY), json!({"StringLike": {"sts:RoleSessionName": "tri*"}}));
    assert!(may(&member, ""));
    trust(json!(ANYBODY), json!({"StringLike": {"sts:RoleSessionName": "rollcall-*"}}));
    assert!(!may(&member, ""));
    let organization = super::super::organizations(&simulator, "DescribeOrganization", &json!({})).json();
    let id = &organization["Organization"]["Id"];
    trust(json!(ANYBODY), json!({"StringEquals": {"aws:PrincipalOrgID": id}}));
    assert!(may(&member, "") && !may("999999999999", ""));
    let denied = assume(&simulator, "999999999999", SURVEY, "").unwrap_err();
    let message = format!(
        "<Message>User: arn:aws:iam::999999999999:root is not authorized to perform: sts:AssumeRole on resource: {SURVEY}</Message>"
    );
    assert!(denied.contains(&message), "{denied}");
    trust(json!(ANYBODY), json!({}));
    assert!(!may(&member, "&Tags.member.1.Key=team&Tags.member.1.Value=blue"), "tags need `sts:TagSession`");
}

#[test]
fn another_accounts_role_needs_both_policies() {
    let simulator = start(&Options::default());
    let target = "arn:aws:iam::111111111111:role/rollcall/management-read";
    let trust = |principal: Value| {
        let condition = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/rollcall/survey"}});
        let trust = trusting(&principal, &condition);
        simulator.prepare(&json!({"kind": "role", "arn": target, "trust": trust})).unwrap();
    };
    for (principal, action, may) in [
        (ADMINISTRATOR, "sts:AssumeRole", true),
        (SURVEY, "sts:AssumeRole", true),
        (ADMINISTRATOR, "sts:GetCallerIdentity", false),
        (SURVEY, "sts:GetCallerIdentity", false),
        (MANAGEMENT, "sts:AssumeRole", false),
    ] {
        trust(json!(principal));
        survey(&simulator, allow(&json!(action), "arn:aws:iam::*:role/rollcall/*"));
        assert_eq!(assume(&simulator, KEY, target, "").is_ok(), may, "{principal} {action}");
        assert_eq!(asked(&simulator), one("sts:AssumeRole", target, may));
    }
    trust(json!(SURVEY));
    survey(&simulator, allow(&json!("sts:AssumeRole"), "arn:aws:iam::*:role/other"));
    let denied = assume(&simulator, KEY, target, "").unwrap_err();
    assert!(denied.contains("because no identity-based policy allows the sts:AssumeRole action"), "{denied}");
}

#[test]
fn a_role_of_the_same_account_may_name_its_caller_instead() {
    let simulator = start(&Options::default());
    let target = "arn:aws:iam::222222222222:role/other";
    let deny = json!({"Statement": {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}});
    let nothing = json!({"Statement": []});
    for (principal, policy, may) in [(SURVEY, &nothing, true), (ADMINISTRATOR, &nothing, false), (SURVEY, &deny, false)]
    {
        let trust = trusting(&json!(principal), &json!({}));
        simulator.prepare(&json!({"kind": "role", "arn": target, "trust": trust})).unwrap();
        survey(&simulator, policy.clone());
        assert_eq!(assume(&simulator, KEY, target, "").is_ok(), may, "{principal} {policy}");
    }
}

#[test]
fn roles_that_nobody_registered_exist_unless_only_registered_ones_do() {
    let simulator = start(&Options::default());
    let other = "arn:aws:iam::222222222222:role/other";
    survey(&simulator, allow(&json!("*"), "*"));
    assert!(assume(&simulator, MANAGEMENT, other, "").is_ok());
    let elsewhere = "arn:aws:iam::222222222222:role/survey";
    assert!(assume(&simulator, MANAGEMENT, elsewhere, "").is_err(), "the account's role of that name has a path");
    let key = json!({"kind": "key", "access-key": "AKIAOTHER", "role": other});
    simulator.prepare(&key).unwrap();
    assert_eq!(detectors(&simulator, "AKIAOTHER").status, 200);
    simulator.prepare(&json!({"kind": "only-registered-roles"})).unwrap();
    for caller in [MANAGEMENT, ADMINISTRATOR, KEY] {
        assert!(assume(&simulator, caller, other, "").is_err());
        assert!(assume(&simulator, caller, SURVEY, "").is_ok());
    }
    assert_eq!(detectors(&simulator, "AKIAOTHER").status, 403, "a role that is not there has no policies");
    assert!(last(&simulator).authorized.is_empty());
    simulator.prepare(&json!({"kind": "role-absent", "arn": SURVEY})).unwrap();
    assert!(assume(&simulator, MANAGEMENT, SURVEY, "").is_err());
    survey(&simulator, allow(&json!("*"), "*"));
    assert!(assume(&simulator, MANAGEMENT, SURVEY, "").is_ok(), "it was registered again");
    simulator.prepare(&json!({"kind": "allow-all"})).unwrap();
    assert!(assume(&simulator, MANAGEMENT, other, "").is_ok());
}
