//! The main story: an account joins, and ends up enrolled everywhere.

use organization_simulator::Options;
use rollcall_scenarios::{queue::batch, sweep::WAIT};
use serde_json::json;

use crate::support::{
    RECEIVES, count, covered, enroll, governed, moved, newcomer, nothing_written, only_added, options, ordinary, sweep,
    truth, writes,
};

#[tokio::test]
async fn a_new_account_ends_up_enrolled_everywhere() {
    let options = Options { regions: ["us-east-1", "eu-west-1", "ap-east-1"].map(str::to_owned).to_vec(), ..options() };
    let options = Options { documented_offers: true, ..options };
    let stage = governed(&options).await;
    let before = stage.aws.enrolment();
    let (_, event) = newcomer(&stage);
    assert_eq!(truth(&stage).gaps().count(), 6, "the newcomer is nowhere yet");
    let delivered = enroll(&stage, &[event], RECEIVES).await;
    delivered.acknowledged();
    covered(&stage);
    only_added(&stage, &before);
    assert_eq!(
        delivered.log.text.matches(r#""Unit":"Seconds""#).count(),
        1,
        "how long it took is told once, at the end"
    );
    assert!(delivered.log.text.contains(r#""EnrolmentSeconds":"#), "{}", delivered.log.text);
}

#[tokio::test]
async fn an_account_that_is_not_usable_yet_is_enrolled_once_it_is() {
    for refusal in ["SubscriptionRequiredException", "OptInRequired", "RegionDisabledException"] {
        let stage = governed(&options()).await;
        stage.aws.set("new-account-usable-ms", "300000").unwrap();
        stage.aws.set("new-account-refusal", refusal).unwrap();
        let (_, event) = newcomer(&stage);
        let delivered = enroll(&stage, &[event], RECEIVES).await;
        delivered.acknowledged();
        assert!(delivered.delivery.receives > 1, "the first receive cannot have done it");
        covered(&stage);
    }
}

#[tokio::test]
async fn a_second_re_assertion_writes_nothing() {
    let stage = governed(&options()).await;
    let swept = sweep(&stage).await;
    nothing_written(&stage);
    assert_eq!(swept.outcomes(), ["converged"].into());
}

#[tokio::test]
async fn messages_that_arrive_together_are_merged() {
    // Without rates, so that all accounts are looked up by the first receive.
    let stage = governed(&Options { documented_rates: false, ..options() }).await;
    let bodies: Vec<String> = (0..120).map(|_| newcomer(&stage).1).collect();
    let function = stage.function("enroll-account").await.unwrap();
    let places: Vec<usize> = (0..bodies.len()).collect();
    let answer = function.invoke(batch(&bodies, &places, 1)).await.unwrap().result.unwrap();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 120, "AWS is at work for all");
    for region in stage.regions() {
        // ⌈120 / 50⌉
        assert_eq!(count(&stage, "CreateMembers", &region), 3);
    }
    stage.aws.advance(WAIT);
    enroll(&stage, &bodies, RECEIVES).await.acknowledged();
    covered(&stage);
    for region in stage.regions() {
        assert_eq!(count(&stage, "CreateMembers", &region), 3, "each account is asked for once");
    }
}

#[tokio::test]
async fn duplicates_and_moves_of_an_enrolled_account_write_nothing() {
    let stage = governed(&options()).await;
    let (account, event) = newcomer(&stage);
    enroll(&stage, &[event.clone(), event.clone(), moved(&account)], RECEIVES).await.acknowledged();
    covered(&stage);
    stage.aws.clear_calls();
    let bodies = [event, moved(&account), moved(&ordinary(&stage)[0]), moved(&stage.management)];
    let delivered = enroll(&stage, &bodies, 1).await;
    delivered.acknowledged();
    nothing_written(&stage);
}

#[tokio::test]
async fn a_burst_of_the_same_account_costs_one_association() {
    let stage = governed(&options()).await;
    let (_, event) = newcomer(&stage);
    enroll(&stage, &vec![event; 10], RECEIVES).await.acknowledged();
    for region in stage.regions() {
        assert_eq!(count(&stage, "CreateMembers", &region), 1);
        assert_eq!(count(&stage, "AssociateMember", &region), 1);
    }
    covered(&stage);
}

#[tokio::test]
async fn every_kind_of_event_about_a_newcomer_enrols_it() {
    let detail = |id: &str| {
        [
            (
                "aws.organizations",
                json!({"eventName": "AccountJoinedOrganization", "serviceEventDetails": {"accountId": id}}),
            ),
            ("aws.organizations", json!({"eventName": "MoveAccount", "requestParameters": {"accountId": id}})),
            (
                "aws.controltower",
                json!({"eventName": "CreateManagedAccount", "serviceEventDetails": {
                    "createManagedAccountStatus": {"state": "SUCCEEDED", "account": {"accountId": id}}}}),
            ),
            (
                "aws.controltower",
                json!({"eventName": "UpdateManagedAccount", "serviceEventDetails": {
                    "updateManagedAccountStatus": {"state": "SUCCEEDED", "account": {"accountId": id}}}}),
            ),
        ]
    };
    let stage = governed(&options()).await;
    for kind in 0..detail("").len() {
        let (id, _) = newcomer(&stage);
        let (source, detail) = detail(&id)[kind].clone();
        let body = json!({"source": source, "detail": detail}).to_string();
        enroll(&stage, &[body], RECEIVES).await.acknowledged();
        covered(&stage);
    }
    assert!(!writes(&stage).is_empty());
}
