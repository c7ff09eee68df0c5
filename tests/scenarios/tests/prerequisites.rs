//! An event never does the sweep's work: what it needs first is named, and left to the sweep.

use serde_json::json;

use crate::support::{
    RECEIVES, covered, enroll, governed, moved, newcomer, nothing_written, options, prepare, reasons, row, stage, sweep,
};

#[tokio::test]
async fn before_anything_is_designated_an_event_is_blocked_and_acknowledged() {
    let stage = stage(&options());
    let (_, event) = newcomer(&stage);
    let delivered = enroll(&stage, &[event], 1).await;
    delivered.acknowledged();
    nothing_written(&stage);
    let reasons = reasons(&delivered.log);
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    assert!(reasons.values().all(|codes| *codes == ["prerequisite".to_owned()].into()), "{reasons:?}");
    delivered.log.says(&["no delegated administrator yet; the sweep designates it"]).says(&["left-to-sweep"]);
    sweep(&stage).await;
    covered(&stage);
}

#[tokio::test]
async fn an_event_does_not_turn_guardduty_on_in_the_management_account() {
    let stage = governed(&options()).await;
    let lost = json!({"service": "guardduty", "accounts": [stage.management], "relationship": "", "detector": "NONE"});
    prepare(&stage, &lost);
    let delivered = enroll(&stage, &[moved(&stage.management)], RECEIVES).await;
    delivered.acknowledged();
    assert_eq!(row(&stage, "guardduty", "us-east-1", &stage.management), json!(null));
    assert!(stage.aws.calls().iter().all(|call| call.operation != "CreateDetector"));
    delivered.log.says(&["management account", "the sweep"]);
    sweep(&stage).await;
    covered(&stage);
}

#[tokio::test]
async fn an_event_does_not_turn_a_service_on_in_the_administrator() {
    let stage = governed(&options()).await;
    let off = json!({"service": "guardduty", "accounts": [stage.administrator], "detector": "DISABLED"});
    prepare(&stage, &off);
    let scans = json!({"EC2": "DISABLED", "ECR": "DISABLED", "LAMBDA": "DISABLED", "LAMBDA_CODE": "DISABLED",
        "CODE_REPOSITORY": "DISABLED", "AMI": "DISABLED"});
    prepare(&stage, &json!({"service": "inspector2", "accounts": [stage.administrator], "scans": scans}));
    let (_, event) = newcomer(&stage);
    let delivered = enroll(&stage, &[event], RECEIVES).await;
    nothing_written(&stage);
    delivered.acknowledged();
    delivered.log.says(&["not on in the administrator's own account; the sweep turns it on"]);
    sweep(&stage).await;
    covered(&stage);
}
