//! Accounts that leave the organization, that come back, and that join from outside.

use std::collections::BTreeSet;

use rollcall_scenarios::stage::Stage;
use serde_json::json;

use crate::support::{
    RECEIVES, covered, document, enroll, governed, moved, nothing_written, only_added, options, ordinary, prepare, row,
    sweep, with_switches, writes,
};

/// The event of an account that accepted an invitation.
fn joined(account: &str) -> String {
    let details = json!({"accountId": account, "joinedMethod": "INVITED"});
    let detail = json!({"eventName": "AccountJoinedOrganization", "serviceEventDetails": details});
    json!({"source": "aws.organizations", "detail": detail}).to_string()
}

fn depart(stage: &Stage, account: &str) {
    prepare(stage, &json!({"kind": "departed", "account": account}));
    stage.aws.clear_calls();
}

/// Whether the newest report says anything of the account.
fn reported(stage: &Stage, account: &str) -> bool {
    document(stage).to_string().contains(account)
}

#[tokio::test]
async fn an_account_that_left_is_gone_from_the_next_report_and_nothing_is_called_about_it() {
    for removed in ["true", "false"] {
        let stage = governed(&with_switches(&[&format!("departed-members-removed={removed}")])).await;
        let (account, other) = (ordinary(&stage)[0].clone(), ordinary(&stage)[1].clone());
        // It has too much on, and another one too little, so that the report would name both.
        let features = json!({"AI_PROTECTION": "ENABLED"});
        prepare(&stage, &json!({"service": "guardduty", "accounts": [account], "features": features}));
        prepare(&stage, &json!({"kind": "account", "account": other, "state": "SUSPENDED"}));
        sweep(&stage).await;
        assert!(reported(&stage, &account) && reported(&stage, &other));
        depart(&stage, &account);
        let before = row(&stage, "guardduty", "eu-west-1", &account);
        let swept = sweep(&stage).await;
        assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
        nothing_written(&stage);
        // Where AWS keeps it as an enabled member, the look at all members has it among them.
        let about = stage.aws.calls().into_iter().filter(|call| call.request.to_string().contains(&account));
        let about: BTreeSet<String> = about.map(|call| call.operation).collect();
        let looks: &[&str] = if removed == "true" { &[] } else { &["GetMemberDetectors"] };
        assert_eq!(about, looks.iter().map(ToString::to_string).collect());
        assert!(!reported(&stage, &account), "{}", document(&stage));
        assert!(!swept.log.text.contains(&account), "{}", swept.log.text);
        assert_eq!(row(&stage, "guardduty", "eu-west-1", &account), before);
        // A late event about it does no harm.
        let delivered = enroll(&stage, &[moved(&account)], RECEIVES).await;
        delivered.acknowledged().log.says(&[&account, "is not in this organization"]);
        nothing_written(&stage);
    }
}

#[tokio::test]
async fn an_account_that_comes_back_is_enrolled_again_by_the_event_and_by_the_sweep() {
    for removed in ["true", "false"] {
        for by_event in [true, false] {
            let stage = governed(&with_switches(&[&format!("departed-members-removed={removed}")])).await;
            let account = ordinary(&stage)[0].clone();
            depart(&stage, &account);
            sweep(&stage).await;
            // What it had on, it may have turned off outside of the organization.
            let features = json!({"S3_DATA_EVENTS": "DISABLED"});
            prepare(&stage, &json!({"service": "guardduty", "accounts": [account], "features": features}));
            let before = stage.aws.enrolment();
            prepare(&stage, &json!({"kind": "joined", "account": account}));
            stage.aws.clear_calls();
            if by_event {
                enroll(&stage, &[joined(&account)], RECEIVES).await.acknowledged();
            } else {
                sweep(&stage).await;
            }
            assert!(!writes(&stage).is_empty());
            covered(&stage);
            only_added(&stage, &before);
        }
    }
}

#[tokio::test]
async fn an_account_from_outside_is_enrolled_with_what_it_brings() {
    let stage = governed(&options()).await;
    let account = "123456789012";
    prepare(&stage, &json!({"kind": "joined", "account": account}));
    let features = json!({"AI_PROTECTION": "ENABLED", "RDS_LOGIN_EVENTS": "DISABLED"});
    prepare(&stage, &json!({"service": "guardduty", "accounts": [account], "features": features}));
    let before = stage.aws.enrolment();
    enroll(&stage, &[joined(account)], RECEIVES).await.acknowledged();
    covered(&stage);
    only_added(&stage, &before);
    assert_eq!(row(&stage, "guardduty", "eu-west-1", account)["features"]["AI_PROTECTION"], "ENABLED");
}
