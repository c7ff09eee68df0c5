//! Auto-enable, statistics, starting states. No I/O.

use super::*;

#[test]
fn the_configuration_takes_exactly_one_kind_of_auto_enable() {
    let mut aws = Aws::governed();
    for input in [json!({}), json!({"autoEnable": true, "autoEnableOrganizationMembers": "NEW"})] {
        assert_eq!(aws.refused(ADMINISTRATOR, "UpdateOrganizationConfiguration", input), refusals::ONE_AUTO_ENABLE);
    }
    aws.ok(ADMINISTRATOR, "UpdateOrganizationConfiguration", json!({"autoEnable": true}));
    let described = aws.ok(ADMINISTRATOR, "DescribeOrganizationConfiguration", json!({}));
    assert_eq!((&described["autoEnable"], &described["autoEnableOrganizationMembers"]), (&json!(true), &json!("NEW")));
    assert_eq!(described["features"].as_array().unwrap().len(), 8);
    assert_eq!(described["features"][0], json!({"name": "S3_DATA_EVENTS", "autoEnable": "NONE"}));
}

#[test]
fn automation_never_acts_by_default() {
    let mut aws = Aws::governed();
    aws.configure("ALL", &auto("S3_DATA_EVENTS", "ALL"));
    aws.join("100000000099");
    aws.pass(100_000_000);
    assert_eq!(aws.members(json!({})), []);
}

#[test]
fn auto_enable_for_new_accounts_leaves_earlier_ones_alone() {
    let mut aws = Aws::governed();
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    aws.configure("NEW", &auto("S3_DATA_EVENTS", "NEW"));
    aws.join("100000000099");
    aws.pass(2_000);
    aws.pass(2_000);
    assert_eq!(aws.members(json!({})), [("100000000099".to_owned(), "Enabled".to_owned())]);
    assert_eq!(aws.feature("100000000099", "S3_DATA_EVENTS").unwrap(), "ENABLED");
}

#[test]
fn an_account_that_opts_in_later_is_not_new() {
    for (setting, expected) in [("NEW", None), ("ALL", Some("Enabled"))] {
        let mut aws = Aws::new();
        aws.0.behaviour.guardduty.automation = Automation::AtOnce;
        aws.0.behaviour.transition_ms = 0;
        aws.call_in(OPT_IN, MANAGEMENT, "EnableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR}))
            .unwrap();
        aws.call_in(
            OPT_IN,
            ADMINISTRATOR,
            "UpdateOrganizationConfiguration",
            json!({"autoEnableOrganizationMembers": setting}),
        )
        .unwrap();
        aws.add("100000000099", AccountState::Active);
        aws.opt("100000000099", OptIn::Disabled);
        account_joined(&mut aws.0, "100000000099");
        aws.pass(0);
        aws.opt("100000000099", OptIn::Enabled);
        region_opted_in(&mut aws.0, "100000000099", OPT_IN);
        aws.pass(0);
        assert_eq!(aws.relationship(OPT_IN, "100000000099").as_deref(), expected);
    }
}

#[test]
fn the_policy_type_stops_auto_enable_until_it_is_off_again() {
    let mut aws = Aws::governed();
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    aws.0.organization.policy_types.insert("GUARDDUTY_POLICY".to_owned());
    aws.configure("ALL", &auto("S3_DATA_EVENTS", "ALL"));
    aws.pass(2_000);
    assert_eq!(aws.members(json!({})), []);
    aws.0.organization.policy_types.clear();
    policy_type_disabled(&mut aws.0, "INSPECTOR_POLICY");
    aws.pass(2_000);
    assert_eq!(aws.members(json!({})), []);
    policy_type_disabled(&mut aws.0, "GUARDDUTY_POLICY");
    aws.pass(0);
    assert_eq!(aws.relationship(REGION, ONE).as_deref(), Some("Created"));
}

#[test]
fn auto_enable_for_all_takes_everyone_later_and_back() {
    let mut aws = Aws::with_member();
    aws.0.behaviour.guardduty.automation = Automation::Later;
    aws.0.behaviour.guardduty.automation_delay_ms = 10_000;
    aws.on("DisassociateMembers", &[ONE]);
    aws.ok(ADMINISTRATOR, "UpdateDetector", json!({"features": feature("S3_DATA_EVENTS", "DISABLED")}));
    aws.configure("ALL", &auto("S3_DATA_EVENTS", "ALL"));
    aws.pass(9_999);
    assert_eq!(aws.relationship(REGION, TWO), None);
    aws.pass(1);
    assert_eq!(aws.relationship(REGION, TWO).unwrap(), "Created");
    aws.pass(2_000);
    for account in [ONE, TWO] {
        assert_eq!(aws.relationship(REGION, account).unwrap(), "Enabled");
        assert_eq!(aws.feature(account, "S3_DATA_EVENTS").unwrap(), "ENABLED");
    }
    assert_eq!(aws.feature(ADMINISTRATOR, "S3_DATA_EVENTS").unwrap(), "ENABLED");
    assert_eq!(aws.relationship(REGION, SUSPENDED), None);
    assert_eq!(aws.relationship(REGION, MANAGEMENT).unwrap(), "CannotCreateDetectorInOrganizationMasterAccount");
}

#[test]
fn auto_enable_for_all_refuses_what_would_reduce() {
    let mut aws = Aws::with_member();
    aws.configure("ALL", &json!([]));
    for operation in ["DisassociateMembers", "DeleteMembers", "StopMonitoringMembers"] {
        assert_eq!(aws.refused(ADMINISTRATOR, operation, json!({"accountIds": [ONE]})), refusals::AUTO_ENABLE_ALL);
    }
    aws.configure("NONE", &json!([]));
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Enabled");
    assert_eq!(aws.on("StopMonitoringMembers", &[ONE]), json!([]));
}

#[test]
fn statistics_count_and_may_be_old() {
    let mut aws = Aws::with_member();
    aws.0.behaviour.guardduty.statistics_age_ms = 60_000;
    let count = |aws: &mut Aws| {
        let answer = aws.ok(ADMINISTRATOR, "GetOrganizationStatistics", json!({}));
        answer["organizationDetails"]["organizationStatistics"].clone()
    };
    let first = count(&mut aws);
    assert_eq!(
        (&first["totalAccountsCount"], &first["memberAccountsCount"], &first["enabledAccountsCount"]),
        (&json!(5), &json!(1), &json!(1))
    );
    aws.create(&[TWO]);
    aws.pass(2_000);
    assert_eq!(count(&mut aws), first);
    aws.pass(60_000);
    assert_eq!(count(&mut aws)["memberAccountsCount"], 2);
}

#[test]
fn a_preparation_with_an_unknown_name_is_an_error() {
    let mut aws = Aws::new();
    for preparation in [
        json!({"accounts": [ONE], "relationship": "Friend"}),
        json!({"features": {"X": "ENABLED"}}),
        json!({"feature": {}}),
    ] {
        assert!(prepare(&mut aws.0, &preparation).is_err());
    }
}

#[test]
fn every_documented_relationship_can_be_prepared() {
    let mut aws = Aws::governed();
    for name in ["Invited", "Resigned", "Deleted", "EmailVerificationInProgress", "EmailVerificationFailed", "Removed"]
    {
        prepare(&mut aws.0, &json!({"accounts": [ONE], "regions": [REGION], "relationship": name, "email": "x@y.z"}))
            .unwrap();
        assert_eq!(aws.members(json!({})), [(ONE.to_owned(), name.to_owned())]);
    }
}

#[test]
fn an_account_that_joined_without_the_region_is_not_new_there_when_auto_enable_acts_late() {
    let mut aws = Aws::governed();
    aws.call_in(OPT_IN, MANAGEMENT, "EnableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR}))
        .unwrap();
    prepare(&mut aws.0, &json!({"auto-enable": {"MEMBERS": "NEW"}})).unwrap();
    aws.add("100000000099", AccountState::Active);
    aws.opt("100000000099", OptIn::Disabled);
    account_joined(&mut aws.0, "100000000099");
    aws.opt("100000000099", OptIn::Enabled);
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    aws.pass(0);
    assert_eq!(aws.relationship(OPT_IN, "100000000099"), None);
    assert_eq!(aws.relationship(REGION, "100000000099").unwrap(), "Created");
}

#[test]
fn auto_enable_for_all_turns_guardduty_on_in_the_administrator_too() {
    let mut aws = Aws::new();
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    aws.0.behaviour.guardduty.designation_enables_administrator = false;
    let all = json!({"administrator": ADMINISTRATOR, "auto-enable": {"MEMBERS": "ALL", "S3_DATA_EVENTS": "ALL"}});
    prepare(&mut aws.0, &all).unwrap();
    aws.pass(0);
    assert_eq!(aws.feature(ADMINISTRATOR, "S3_DATA_EVENTS").unwrap(), "ENABLED");
}

#[test]
fn auto_enable_takes_a_new_account_once_it_is_usable() {
    let mut aws = Aws::governed();
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    aws.configure("NEW", &json!([]));
    aws.add("100000000099", AccountState::Active);
    aws.0.organization.accounts.get_mut("100000000099").unwrap().usable_at = 3_000;
    account_joined(&mut aws.0, "100000000099");
    aws.pass(2_999);
    assert_eq!(aws.relationship(REGION, "100000000099"), None);
    aws.pass(1);
    assert_eq!(aws.relationship(REGION, "100000000099").unwrap(), "Created");
}

#[test]
fn auto_enable_is_off_at_the_member_limit_and_returns_below() {
    let mut aws = Aws::with_member();
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    aws.0.behaviour.guardduty.member_limit = 1;
    aws.configure("ALL", &json!([]));
    aws.pass(0);
    assert_eq!(aws.relationship(REGION, TWO), None);
    aws.0.behaviour.guardduty.member_limit = 10;
    aws.pass(0);
    assert_eq!(aws.relationship(REGION, TWO).unwrap(), "Created");
}

#[test]
fn auto_enable_for_all_waits_until_a_region_is_usable() {
    let mut aws = Aws::governed();
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    aws.configure("ALL", &json!([]));
    aws.0.organization.accounts.get_mut(TWO).unwrap().regions_usable_at.insert(REGION.to_owned(), 500);
    aws.pass(0);
    assert_eq!(aws.relationship(REGION, TWO), None);
    aws.pass(500);
    assert_eq!(aws.relationship(REGION, TWO).unwrap(), "Created");
}
