//! Another administrator is there already, for a region or for an account: nothing is changed, and both are named.

use rollcall_scenarios::sweep::TargetEnd;
use serde_json::json;

use crate::support::{
    RECEIVES, covered, covered_but, enroll, governed, newcomer, nothing_written, options, ordinary, prepare, reasons,
    stage, sweep,
};

#[tokio::test]
async fn another_administrator_blocks_its_service_with_a_message_that_names_both() {
    for service in ["guardduty", "inspector2"] {
        let stage = stage(&options());
        let other = ordinary(&stage)[0].clone();
        prepare(&stage, &json!({"service": service, "administrator": other}));
        let before: Vec<_> = stage.aws.enrolment().into_iter().filter(|row| row["service"] == service).collect();
        let swept = sweep(&stage).await;
        for region in stage.regions() {
            assert_eq!(swept.end(service, &region).outcome(), "blocked", "{}", swept.log.text);
        }
        swept.log.says(&["blocked", &other, &stage.administrator, "nothing was changed"]);
        let after: Vec<_> = stage.aws.enrolment().into_iter().filter(|row| row["service"] == service).collect();
        assert_eq!(after, before);
        covered_but(&stage, &[(service, "", "")]);
        let written = stage.aws.calls().into_iter().filter(|call| call.service == service);
        let written: Vec<_> = written.filter(|call| rollcall_scenarios::calls::is_write(&call.operation)).collect();
        assert!(written.is_empty(), "{written:#?}");
    }
}

#[tokio::test]
async fn an_event_under_another_administrator_is_acknowledged() {
    let stage = stage(&options());
    let other = ordinary(&stage)[0].clone();
    for service in ["guardduty", "inspector2"] {
        prepare(&stage, &json!({"service": service, "administrator": other}));
    }
    let (_, event) = newcomer(&stage);
    let delivered = enroll(&stage, &[event], RECEIVES).await;
    delivered.acknowledged();
    nothing_written(&stage);
    assert!(reasons(&delivered.log).values().all(|codes| codes.len() == 1), "{}", delivered.log.text);
}

#[tokio::test]
async fn an_account_that_another_administrator_holds_is_blocked_until_it_is_let_go() {
    for service in ["guardduty", "inspector2"] {
        let stage = stage(&options());
        let held = ordinary(&stage)[1].clone();
        prepare(&stage, &json!({"service": service, "accounts": [held], "held-by": "999999999999"}));
        let swept = sweep(&stage).await;
        covered_but(&stage, &[(service, "", &held)]);
        for region in stage.regions() {
            assert_eq!(swept.end(service, &region).outcome(), "blocked", "{}", swept.log.text);
        }
        swept.log.says(&["held-by-other-administrator", &held, "must let it go first"]);
        prepare(&stage, &json!({"service": service, "accounts": [held], "held-by": ""}));
        let swept = sweep(&stage).await;
        covered(&stage);
        assert!(swept.ends.iter().all(|end: &TargetEnd| end.outcome() == "converged"));
    }
}

#[tokio::test]
async fn a_newcomer_that_another_administrator_holds_is_acknowledged_and_the_rest_goes_through() {
    let stage = governed(&options()).await;
    let (held, event) = newcomer(&stage);
    prepare(&stage, &json!({"service": "guardduty", "accounts": [held], "held-by": "999999999999"}));
    let (_, other) = newcomer(&stage);
    enroll(&stage, &[event, other], RECEIVES).await.acknowledged();
    covered_but(&stage, &[("guardduty", "", &held)]);
}

#[tokio::test]
async fn an_administrator_of_another_region_stands_in_the_way_of_designation_and_is_named_as_the_reason() {
    for service in ["guardduty", "inspector2"] {
        let stage = stage(&options());
        let other = ordinary(&stage)[0].clone();
        prepare(&stage, &json!({"service": service, "regions": ["eu-west-1"], "administrator": other}));
        let swept = sweep(&stage).await;
        assert_eq!(swept.end(service, "us-east-1").outcome(), "blocked", "{}", swept.log.text);
        swept.log.says(&["designation-refused", "us-east-1", &stage.administrator]);
        assert_eq!(swept.end(service, "eu-west-1").outcome(), "blocked");
    }
}
