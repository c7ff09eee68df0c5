//! The administrator's own account, an administrator for each service, and accounts that another one holds.

use organization_simulator::{Fault, FaultKind};
use serde_json::json;

use crate::support::{
    RECEIVES, covered, covered_but, document, enroll, governed, moved, newcomer, nothing_written, only_added, options,
    ordinary, prepare, row, stage, sweep, writes,
};

#[tokio::test]
async fn the_administrators_own_account_is_enrolled_and_repaired_by_the_sweep() {
    let stage = governed(&options()).await;
    let own = stage.administrator.clone();
    for (service, word) in [("guardduty", "Administrator"), ("inspector2", "ADMINISTRATOR")] {
        assert_eq!(row(&stage, service, "eu-west-1", &own)["relationship"], word);
    }
    prepare(&stage, &json!({"service": "guardduty", "accounts": [own], "features": {"S3_DATA_EVENTS": "DISABLED"}}));
    prepare(&stage, &json!({"service": "inspector2", "accounts": [own], "scans": {"ECR": "DISABLED"}}));
    let before = stage.aws.enrolment();
    // An event leaves what is the organization's to the sweep.
    enroll(&stage, &[moved(&own)], RECEIVES).await.acknowledged();
    nothing_written(&stage);
    let swept = sweep(&stage).await;
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
    covered(&stage);
    only_added(&stage, &before);
    assert!(writes(&stage).iter().all(|call| ["UpdateDetector", "Enable"].contains(&call.operation.as_str())));
    // It is no member of itself.
    assert!(stage.aws.calls().iter().all(|call| {
        !["CreateMembers", "AssociateMember"].contains(&call.operation.as_str())
            || !call.request.to_string().contains(&own)
    }));
}

#[tokio::test]
async fn each_service_has_an_administrator_of_its_own() {
    let stage = stage(&options());
    let other = ordinary(&stage)[0].clone();
    let role = format!("arn:aws:iam::{other}:role/rollcall/administrator");
    let stage = stage
        .with("ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", &other)
        .with("ROLLCALL_INSPECTOR_ADMINISTRATOR_ROLE_ARN", &role);
    let swept = sweep(&stage).await;
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    covered(&stage);
    for region in stage.regions() {
        let words = [("guardduty", "Administrator", "Enabled"), ("inspector2", "ENABLED", "ADMINISTRATOR")];
        for (service, of_first, of_other) in words {
            let relationship = |account: &str| row(&stage, service, &region, account)["relationship"].clone();
            assert_eq!((relationship(&stage.administrator), relationship(&other)), (of_first.into(), of_other.into()));
        }
    }
    for call in stage.aws.calls() {
        let caller = match call.service.as_str() {
            "guardduty" => &stage.administrator,
            "inspector2" => &other,
            _ => continue,
        };
        assert!(call.account == *caller || call.account == stage.management, "{call:?}");
    }
    stage.aws.clear_calls();
    sweep(&stage).await;
    nothing_written(&stage);
}

#[tokio::test]
async fn a_holder_that_aws_names_is_named_in_the_report_and_in_the_log() {
    const HOLDER: &str = "999999999999";
    for service in ["guardduty", "inspector2"] {
        let stage = governed(&options()).await;
        let (held, event) = newcomer(&stage);
        prepare(&stage, &json!({"service": service, "accounts": [held], "held-by": HOLDER}));
        // The simulated sentences do not tell who the holder is; AWS's may.
        let sentence = format!(
            "The request is rejected because the given account ID is already a member of another account {HOLDER}."
        );
        let fault = match service {
            "guardduty" => Fault {
                kind: FaultKind::Unprocessed,
                operation: Some("CreateMembers".to_owned()),
                members: vec![held.clone()],
                ..Fault::default()
            },
            _ => Fault {
                operation: Some("AssociateMember".to_owned()),
                code: Some("ValidationException".to_owned()),
                ..Fault::default()
            },
        };
        stage.aws.add_fault(Fault { service: Some(service.to_owned()), message: Some(sentence), ..fault }).unwrap();
        let delivered = enroll(&stage, &[event], RECEIVES).await;
        delivered.acknowledged().log.says(&["held-by-other-administrator", &held, HOLDER]);
        let swept = sweep(&stage).await;
        swept.log.says(&["held-by-other-administrator", &held, HOLDER, "must let it go first"]);
        covered_but(&stage, &[(service, "", &held)]);
        let document = document(&stage);
        let gaps = document["targets"].as_array().unwrap().iter().flat_map(|target| target["gaps"].as_array().unwrap());
        let told: Vec<_> = gaps.filter(|gap| gap["reason"] == "held-by-other-administrator").collect();
        assert_eq!(told.len(), 2, "one a region: {told:?}");
        for gap in told {
            assert_eq!((&gap["accounts"], &gap["state"]), (&json!([held]), &json!("blocked")));
            assert!(gap["sentence"].as_str().unwrap().contains(HOLDER), "{gap}");
        }
    }
}
