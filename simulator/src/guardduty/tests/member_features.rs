//! Members' features. No I/O.

use super::*;

#[test]
fn members_features_are_read_and_changed() {
    let mut aws = Aws::with_member();
    let features = json!([{"name": "RUNTIME_MONITORING", "status": "ENABLED",
        "additionalConfiguration": [{"name": "EC2_AGENT_MANAGEMENT", "status": "ENABLED"}]}]);
    let update = json!({"accountIds": [ONE, TWO], "features": features});
    let answer = aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update);
    assert_eq!(answer["unprocessedAccounts"], one_unprocessed(TWO, refusals::NOT_ASSOCIATED));
    assert_eq!(aws.feature(ONE, "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT").unwrap(), "ENABLED");
    let read = aws.ok(ADMINISTRATOR, "GetMemberDetectors", json!({"accountIds": [ONE, TWO]}));
    assert_eq!(read["unprocessedAccounts"], one_unprocessed(TWO, refusals::NOT_ASSOCIATED));
    let names: Vec<&str> = read["members"][0]["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feature| feature["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"RUNTIME_MONITORING") && !names.contains(&"AI_ANALYST") && !names.contains(&"CLOUD_TRAIL"));
}

#[test]
fn a_created_member_is_not_associated_yet_unless_the_switch_says_so() {
    let mut aws = Aws::governed();
    aws.create(&[ONE]);
    let update = json!({"accountIds": [ONE], "features": feature("S3_DATA_EVENTS", "ENABLED")});
    let answer = aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update.clone());
    assert_eq!(answer["unprocessedAccounts"], one_unprocessed(ONE, refusals::NOT_ASSOCIATED));
    aws.0.behaviour.guardduty.created_members_are_associated = true;
    aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update.clone());
    aws.pass(2_000);
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "ENABLED");
    aws.0.behaviour.guardduty.late_association_ms = 1_000;
    let answer = aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update.clone());
    assert_eq!(answer["unprocessedAccounts"], one_unprocessed(ONE, refusals::NOT_ASSOCIATED));
    aws.pass(1_000);
    assert_eq!(aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update)["unprocessedAccounts"], json!([]));
}

#[test]
fn a_member_with_the_legacy_runtime_monitoring_cannot_get_the_new_one() {
    let mut aws = Aws::with_member();
    prepare(&mut aws.0, &json!({"accounts": [ONE], "features": {"EKS_RUNTIME_MONITORING": "ENABLED"}})).unwrap();
    let update = json!({"accountIds": [ONE], "features": feature("RUNTIME_MONITORING", "ENABLED")});
    let answer = aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update);
    assert_eq!(answer["unprocessedAccounts"], one_unprocessed(ONE, refusals::RUNTIME_CONFLICT));
}

#[test]
fn what_a_policy_manages_is_read_only_and_stops_auto_enable() {
    let mut aws = Aws::with_member();
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    prepare(&mut aws.0, &json!({"managed": ["S3_DATA_EVENTS"]})).unwrap();
    let update = json!({"accountIds": [ONE], "features": feature("S3_DATA_EVENTS", "ENABLED")});
    assert_eq!(aws.refused(ADMINISTRATOR, "UpdateMemberDetectors", update.clone()), refusals::MANAGED);
    aws.0.behaviour.guardduty.managed_writes_ignored = true;
    aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update);
    aws.configure("ALL", &auto("RDS_LOGIN_EVENTS", "ALL"));
    aws.pass(0);
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "DISABLED");
    assert_eq!(aws.relationship(REGION, TWO), None);
    let read = aws.ok(ADMINISTRATOR, "GetMemberDetectors", json!({"accountIds": [ONE]}));
    assert_eq!(read["members"][0]["features"][0]["managedBy"], "GUARDDUTY_POLICY");
}
