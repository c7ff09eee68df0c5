//! Detectors, and what a member cannot do with its own. No I/O.

use super::*;

#[test]
fn features_left_out_of_a_new_detector_are_on_except_runtime_monitoring() {
    let mut aws = Aws::new();
    aws.ok(ONE, "CreateDetector", json!({"enable": true, "features": feature("S3_DATA_EVENTS", "DISABLED")}));
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "DISABLED");
    assert_eq!(aws.feature(ONE, "LAMBDA_NETWORK_LOGS").unwrap(), "ENABLED");
    assert_eq!(aws.feature(ONE, "RUNTIME_MONITORING").unwrap(), "DISABLED");
    assert_eq!(aws.feature(ONE, "EKS_RUNTIME_MONITORING").unwrap(), "ENABLED");
    aws.0.behaviour.guardduty.omitted_eks_runtime_monitoring_on = false;
    aws.ok(TWO, "CreateDetector", json!({"enable": true}));
    assert_eq!(aws.feature(TWO, "EKS_RUNTIME_MONITORING").unwrap(), "DISABLED");
}

#[test]
fn a_detector_is_read_with_its_foundational_data_sources() {
    let mut aws = Aws::new();
    aws.pass(1_500);
    aws.ok(
        ONE,
        "CreateDetector",
        json!({"enable": true, "tags": {"a": "b"}, "findingPublishingFrequency": "ONE_HOUR"}),
    );
    let detector = aws.ok(ONE, "GetDetector", json!({}));
    assert_eq!(detector["status"], "ENABLED");
    assert_eq!(detector["tags"], json!({"a": "b"}));
    assert_eq!(detector["findingPublishingFrequency"], "ONE_HOUR");
    assert_eq!(detector["features"][0]["name"], "CLOUD_TRAIL");
    assert_eq!(detector["createdAt"], "2026-11-18T11:06:41.500Z");
    assert_eq!(detector["features"][0]["updatedAt"], json!(1_795_000_001.5));
    assert_eq!(detector["features"][3]["updatedAt"], json!(1_795_000_001.5));
    let runtime = detector["features"]
        .as_array()
        .unwrap()
        .iter()
        .find(|feature| feature["name"] == "RUNTIME_MONITORING")
        .unwrap();
    assert_eq!(runtime["additionalConfiguration"].as_array().unwrap().len(), 3);
}

#[test]
fn there_is_one_detector_for_each_account_and_region() {
    let mut aws = Aws::new();
    let id = aws.ok(ONE, "CreateDetector", json!({"enable": true, "clientToken": "t"}));
    assert_eq!(aws.refused(ONE, "CreateDetector", json!({"enable": true})), refusals::DETECTOR_EXISTS);
    assert_eq!(aws.ok(ONE, "CreateDetector", json!({"enable": true, "clientToken": "t"})), id);
    let other = json!({"enable": true, "clientToken": "u"});
    assert_eq!(aws.refused(ONE, "CreateDetector", other), refusals::DETECTOR_EXISTS);
    aws.call_in(OPT_IN, ONE, "CreateDetector", json!({"enable": true})).unwrap();
}

#[test]
fn a_detector_of_another_account_is_not_owned() {
    let mut aws = Aws::governed();
    let id = aws.ok(ONE, "CreateDetector", json!({"enable": true}))["detectorId"].clone();
    for operation in
        ["GetDetector", "UpdateDetector", "DeleteDetector", "ListMembers", "DescribeOrganizationConfiguration"]
    {
        assert_eq!(aws.refused(ADMINISTRATOR, operation, json!({"DetectorId": id})), refusals::NOT_OWNED);
    }
}

#[test]
fn a_feature_that_the_region_does_not_offer_fails_the_whole_call() {
    let mut aws = Aws::with_member();
    let absent = ("guardduty".to_owned(), "LAMBDA_NETWORK_LOGS".to_owned(), REGION.to_owned());
    aws.0.offers.absent_features.insert(absent);
    let mut features = feature("LAMBDA_NETWORK_LOGS", "ENABLED");
    features.as_array_mut().unwrap().push(json!({"name": "S3_DATA_EVENTS", "status": "ENABLED"}));
    assert_eq!(
        aws.refused(TWO, "CreateDetector", json!({"enable": true, "features": features})),
        refusals::INVALID_VALUE
    );
    let update = json!({"accountIds": [ONE], "features": features});
    assert_eq!(aws.refused(ADMINISTRATOR, "UpdateMemberDetectors", update), refusals::INVALID_VALUE);
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "DISABLED");
    let described = aws.ok(ADMINISTRATOR, "DescribeOrganizationConfiguration", json!({}));
    assert!(!described.to_string().contains("LAMBDA_NETWORK_LOGS"));
    aws.ok(TWO, "CreateDetector", json!({"enable": true}));
    assert_eq!(aws.feature(TWO, "LAMBDA_NETWORK_LOGS"), None);
}

#[test]
fn a_member_cannot_suspend_change_delete_or_leave() {
    let mut aws = Aws::with_member();
    assert_eq!(aws.refused(ONE, "UpdateDetector", json!({"enable": false})), refusals::IS_MEMBER);
    assert_eq!(
        aws.refused(ONE, "UpdateDetector", json!({"features": feature("S3_DATA_EVENTS", "ENABLED")})),
        refusals::IS_MEMBER
    );
    assert_eq!(aws.refused(ONE, "DeleteDetector", json!({})), refusals::IS_MEMBER);
    assert_eq!(aws.refused(ONE, "DisassociateFromAdministratorAccount", json!({})), refusals::IS_MEMBER);
    let administrator = aws.ok(ONE, "GetAdministratorAccount", json!({}));
    assert_eq!(administrator, json!({"administrator": {"accountId": ADMINISTRATOR, "relationshipStatus": "Enabled"}}));
    assert_eq!(aws.ok(ADMINISTRATOR, "GetAdministratorAccount", json!({})), Value::Null);
}

#[test]
fn an_administrator_with_members_keeps_its_detector() {
    let mut aws = Aws::with_member();
    assert_eq!(aws.refused(ADMINISTRATOR, "DeleteDetector", json!({})), refusals::HAS_MEMBERS);
    assert_eq!(aws.refused(ADMINISTRATOR, "UpdateDetector", json!({"enable": false})), refusals::SUSPENDS_WITH_MEMBERS);
    aws.on("DisassociateMembers", &[ONE]);
    aws.ok(ADMINISTRATOR, "DeleteDetector", json!({}));
}

#[test]
fn the_first_detector_needs_the_permission_to_create_the_role() {
    let mut aws = Aws::new();
    let denial = Denial { account: Some(ONE.to_owned()), service: Some("iam".to_owned()), ..Denial::default() };
    aws.0.access.denials.push(denial);
    assert_eq!(aws.call(ONE, "CreateDetector", json!({"enable": true})).unwrap_err().status, 403);
    prepare(&mut aws.0, &json!({"accounts": [ONE], "service-linked-role": true})).unwrap();
    aws.ok(ONE, "CreateDetector", json!({"enable": true}));
}
