//! What turning less on needs: features, settings and members that go. No I/O.

use super::*;
use crate::guardduty::{account_departed, features};

const AGENT: &str = "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT";

fn runtime(status: &str, agent: &str) -> Value {
    json!([{"name": "RUNTIME_MONITORING", "status": status,
            "additionalConfiguration": [{"name": "EC2_AGENT_MANAGEMENT", "status": agent}]}])
}

#[test]
fn an_agent_goes_off_with_its_feature_whatever_the_request_says_of_it() {
    let mut aws = Aws::with_member();
    let update = |aws: &mut Aws, features: Value| {
        aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", json!({"accountIds": [ONE], "features": features}))
    };
    update(&mut aws, runtime("ENABLED", "ENABLED"));
    assert_eq!(aws.feature(ONE, AGENT).unwrap(), "ENABLED");
    assert_eq!(update(&mut aws, runtime("DISABLED", "ENABLED"))["unprocessedAccounts"], json!([]));
    assert_eq!(aws.feature(ONE, AGENT).unwrap(), "DISABLED");
    assert_eq!(aws.feature(ONE, "RUNTIME_MONITORING").unwrap(), "DISABLED");
    aws.0.behaviour.guardduty.agents_without_feature_refused = true;
    assert_eq!(update(&mut aws, runtime("DISABLED", "ENABLED"))["unprocessedAccounts"][0]["accountId"], ONE);
    let own = json!({"features": runtime("DISABLED", "ENABLED")});
    assert_eq!(aws.refused(ADMINISTRATOR, "UpdateDetector", own), refusals::INVALID_VALUE);
}

#[test]
fn auto_enable_of_an_agent_needs_auto_enable_of_its_feature() {
    let mut aws = Aws::with_member();
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    let agents = json!([{"name": "RUNTIME_MONITORING", "autoEnable": "NONE",
                         "additionalConfiguration": [{"name": "EC2_AGENT_MANAGEMENT", "autoEnable": "ALL"}]}]);
    aws.configure("ALL", &agents);
    aws.pass(0);
    assert_eq!(aws.feature(ONE, AGENT).unwrap(), "DISABLED");
    assert!(features::has_parent_on([features::RUNTIME_MONITORING].into_iter().collect(), features::EC2_AGENT));
}

#[test]
fn lowered_settings_act_once_more_only_when_the_switch_says_so() {
    for (acts, expected) in [(false, "DISABLED"), (true, "ENABLED")] {
        let mut aws = Aws::with_member();
        aws.0.behaviour.guardduty.automation = Automation::Later;
        aws.0.behaviour.guardduty.lowered_auto_enable_acts = acts;
        aws.configure("ALL", &auto("S3_DATA_EVENTS", "ALL"));
        aws.configure("NONE", &auto("S3_DATA_EVENTS", "NONE"));
        let described = aws.ok(ADMINISTRATOR, "DescribeOrganizationConfiguration", json!({}));
        assert_eq!(described["autoEnableOrganizationMembers"], "NONE");
        aws.pass(4_999);
        assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "DISABLED");
        aws.pass(1);
        assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), expected);
        // Only once.
        let off = json!({"accountIds": [ONE], "features": feature("S3_DATA_EVENTS", "DISABLED")});
        aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", off);
        aws.pass(1_000_000);
        assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "DISABLED");
    }
}

#[test]
fn members_show_the_administrators_frequency_and_cannot_change_it() {
    let mut aws = Aws::with_member();
    aws.ok(ADMINISTRATOR, "UpdateDetector", json!({"findingPublishingFrequency": "ONE_HOUR"}));
    let seen = |aws: &mut Aws| aws.ok(ONE, "GetDetector", json!({}))["findingPublishingFrequency"].clone();
    assert_eq!(seen(&mut aws), "ONE_HOUR");
    let own = json!({"findingPublishingFrequency": "FIFTEEN_MINUTES"});
    assert_eq!(aws.refused(ONE, "UpdateDetector", own), refusals::IS_MEMBER);
    assert_eq!(aws.on("DisassociateMembers", &[ONE]), json!([]));
    assert_eq!(seen(&mut aws), "SIX_HOURS");
}

#[test]
fn features_that_no_model_knows_are_shown_as_they_were_set() {
    let mut aws = Aws::with_member();
    let state = json!({"accounts": [ONE], "regions": [REGION], "unknown-features": {"QUANTUM_PROTECTION": "ENABLED"},
                       "unknown-auto-enable": {"QUANTUM_PROTECTION": "ALL"}});
    prepare(&mut aws.0, &state).unwrap();
    let member = aws.ok(ADMINISTRATOR, "GetMemberDetectors", json!({"accountIds": [ONE]}));
    let shown = json!({"name": "QUANTUM_PROTECTION", "status": "ENABLED"});
    assert!(member["members"][0]["features"].as_array().unwrap().contains(&shown));
    assert_eq!(aws.feature(ONE, "QUANTUM_PROTECTION").unwrap(), "ENABLED");
    let described = aws.ok(ADMINISTRATOR, "DescribeOrganizationConfiguration", json!({}));
    let setting = json!({"name": "QUANTUM_PROTECTION", "autoEnable": "ALL"});
    assert!(described["features"].as_array().unwrap().contains(&setting));
}

#[test]
fn a_departed_member_may_be_removed() {
    let mut aws = Aws::with_member();
    account_departed(&mut aws.0, ONE);
    account_departed(&mut aws.0, TWO);
    assert_eq!(aws.members(json!({"onlyAssociated": "false"})), [(ONE.to_owned(), "Removed".to_owned())]);
}
