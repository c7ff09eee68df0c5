//! Accounts with a past, and accounts in a special state.

use organization_simulator::Options;
use rollcall_scenarios::sweep::WAIT;
use serde_json::{Value, json};

use crate::support::{
    RECEIVES, covered, covered_but, enroll, gaps, governed, moved, newcomer, nothing_written, only_added, options,
    ordinary, policy, prepare, row, stage, sweep, writes,
};

#[tokio::test]
async fn the_management_account_is_enrolled_with_and_without_the_service_linked_role() {
    for role in [true, false] {
        for exception in ["management-account", "service-linked-role", "delegated-administrator"] {
            let stage = stage(&options());
            stage.aws.set("guardduty.exception-account", exception).unwrap();
            for service in ["guardduty", "inspector2"] {
                let accounts = [&stage.management];
                prepare(&stage, &json!({"service": service, "accounts": accounts, "service-linked-role": role}));
            }
            sweep(&stage).await;
            covered(&stage);
        }
    }
}

#[tokio::test]
async fn what_accounts_have_from_before_is_kept_and_the_rest_is_added() {
    let stage = stage(&options());
    let accounts = ordinary(&stage);
    let prepared = [
        json!({"accounts": [accounts[0], stage.administrator, stage.management], "features": {
            "RUNTIME_MONITORING": "ENABLED", "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT": "ENABLED",
            "AI_PROTECTION": "ENABLED", "S3_DATA_EVENTS": "DISABLED", "EKS_RUNTIME_MONITORING": "DISABLED"}}),
        json!({"accounts": [accounts[1]], "detector": "DISABLED"}),
        json!({"accounts": [accounts[2]], "features": {
            "EKS_AUDIT_LOGS": "DISABLED", "EBS_MALWARE_PROTECTION": "DISABLED", "LAMBDA_NETWORK_LOGS": "DISABLED"}}),
    ];
    for mut special in prepared {
        special["service"] = json!("guardduty");
        prepare(&stage, &special);
    }
    let scans = json!({"EC2": "ENABLED", "CODE_REPOSITORY": "ENABLED"});
    let before = json!({"service": "inspector2", "accounts": [accounts[0], stage.administrator], "scans": scans,
        "deep-inspection": "ACTIVATED"});
    prepare(&stage, &before);
    let before = stage.aws.enrolment();
    sweep(&stage).await;
    covered(&stage);
    only_added(&stage, &before);
    stage.aws.clear_calls();
    sweep(&stage).await;
    nothing_written(&stage);
}

#[tokio::test]
async fn auto_enable_settings_from_before_are_raised_and_never_lowered() {
    let stage = stage(&options());
    let settings =
        json!({"MEMBERS": "NEW", "RUNTIME_MONITORING": "ALL", "AI_PROTECTION": "NEW", "S3_DATA_EVENTS": "ALL"});
    prepare(&stage, &json!({"service": "guardduty", "administrator": stage.administrator, "auto-enable": settings}));
    let settings = json!({"CODE_REPOSITORY": true, "EC2": true});
    prepare(&stage, &json!({"service": "inspector2", "administrator": stage.administrator, "auto-enable": settings}));
    sweep(&stage).await;
    covered(&stage);
    stage.aws.clear_calls();
    sweep(&stage).await;
    nothing_written(&stage);
    let calls = stage.aws.calls();
    let described = |service: &str| {
        let found =
            calls.iter().find(|call| call.service == service && call.operation == "DescribeOrganizationConfiguration");
        found.unwrap().response.clone()
    };
    let guardduty = described("guardduty");
    assert_eq!(guardduty["autoEnableOrganizationMembers"], "ALL");
    let setting = |name: &str| {
        let features = guardduty["features"].as_array().unwrap();
        features.iter().find(|feature| feature["name"] == name).unwrap()["autoEnable"].clone()
    };
    for (name, expected) in [("RUNTIME_MONITORING", "ALL"), ("AI_PROTECTION", "NEW"), ("S3_DATA_EVENTS", "ALL")] {
        assert_eq!(setting(name), expected, "{name}");
    }
    let inspector = described("inspector2");
    for name in ["ec2", "ecr", "lambda", "lambdaCode", "codeRepository"] {
        assert_eq!(inspector["autoEnable"][name], true, "{name}");
    }
}

#[tokio::test]
async fn members_that_left_or_were_let_go_are_brought_back() {
    let words = ["Removed", "Resigned", "Deleted", "Disabled", "Created", "EmailVerificationFailed", "Invited"];
    for word in words {
        let stage = governed(&options()).await;
        let account = ordinary(&stage)[2].clone();
        prepare(&stage, &json!({"service": "guardduty", "accounts": [account], "relationship": word}));
        if ["Removed", "Resigned", "Deleted"].contains(&word) {
            let word = word.to_uppercase();
            prepare(&stage, &json!({"service": "inspector2", "accounts": [account], "relationship": word}));
        }
        let before = stage.aws.enrolment();
        if word == "Removed" {
            enroll(&stage, &[moved(&account)], RECEIVES).await.acknowledged();
        } else {
            sweep(&stage).await;
        }
        assert!(!writes(&stage).is_empty(), "{word} needed nothing");
        covered(&stage);
        only_added(&stage, &before);
    }
}

#[tokio::test]
async fn suspended_and_closed_accounts_are_left_alone_and_those_pending_closure_are_not() {
    let stage = stage(&Options { suspended: 1, closed: 1, ..options() });
    let accounts = ordinary(&stage);
    prepare(&stage, &json!({"kind": "account", "account": accounts[0], "state": "PENDING_CLOSURE"}));
    let swept = sweep(&stage).await;
    covered(&stage);
    assert_eq!(swept.outcomes(), ["converged"].into());
    swept.log.says(&["account-suspended"]).says(&["account-closed"]);
    let organization = stage.aws.organization();
    let away = organization["accounts"].as_array().unwrap().iter();
    let away: Vec<String> = away
        .filter(|account| account["state"] == "SUSPENDED" || account["state"] == "CLOSED")
        .map(|account| account["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(away.len(), 2);
    for account in &away {
        assert!(writes(&stage).iter().all(|call| !call.request.to_string().contains(account.as_str())));
    }
    stage.aws.clear_calls();
    let bodies: Vec<String> = away.iter().map(|account| moved(account)).collect();
    enroll(&stage, &bodies, 1).await.acknowledged();
    nothing_written(&stage);
}

#[tokio::test]
async fn an_account_that_is_not_active_yet_comes_back_until_it_is() {
    let stage = governed(&options()).await;
    let (account, event) = newcomer(&stage);
    prepare(&stage, &json!({"kind": "account", "account": account, "state": "PENDING_ACTIVATION"}));
    let delivered = enroll(&stage, std::slice::from_ref(&event), 1).await;
    assert_eq!(delivered.delivery.left, [0]);
    nothing_written(&stage);
    prepare(&stage, &json!({"kind": "account", "account": account, "state": "ACTIVE"}));
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    covered(&stage);
}

#[tokio::test]
async fn legacy_runtime_monitoring_is_not_touched() {
    let stage = stage(&options());
    let accounts = [ordinary(&stage)[0].clone(), stage.administrator.clone()];
    let features =
        json!({"EKS_RUNTIME_MONITORING": "ENABLED", "EKS_RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT": "ENABLED"});
    prepare(&stage, &json!({"service": "guardduty", "accounts": accounts, "features": features}));
    let before = stage.aws.enrolment();
    let swept = sweep(&stage).await;
    assert_eq!(swept.outcomes(), ["converged"].into());
    covered_but(&stage, &[]);
    only_added(&stage, &before);
    for account in accounts {
        let row = row(&stage, "guardduty", "eu-west-1", &account);
        assert_eq!(row["features"]["EKS_RUNTIME_MONITORING"], "ENABLED");
        assert_eq!(row["features"]["RUNTIME_MONITORING"], "DISABLED");
    }
}

#[tokio::test]
async fn the_management_account_is_left_alone_where_the_policy_says_so() {
    let stage = stage(&options());
    let unmanaged = "auto-enable = \"new\"\nmanagement-account = \"unmanaged\"\n";
    policy(&stage, &format!("[guardduty]\n{unmanaged}[inspector]\n{unmanaged}"));
    let own = json!({"S3_DATA_EVENTS": "DISABLED", "AI_PROTECTION": "ENABLED"});
    prepare(&stage, &json!({"service": "guardduty", "accounts": [stage.management], "features": own}));
    let before = row(&stage, "guardduty", "eu-west-1", &stage.management);
    let swept = sweep(&stage).await;
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
    covered_but(&stage, &[("", "", &stage.management)]);
    enroll(&stage, &[moved(&stage.management)], RECEIVES).await.acknowledged();
    assert_eq!(row(&stage, "guardduty", "eu-west-1", &stage.management), before);
    assert_eq!(row(&stage, "inspector2", "eu-west-1", &stage.management), Value::Null);
    assert!(writes(&stage).iter().all(|call| !call.request["accountDetails"].to_string().contains(&stage.management)));
    for service in ["guardduty", "inspector"] {
        assert_eq!(gaps(&stage, service, "eu-west-1"), ["exempt".to_owned()].into());
    }
}

#[tokio::test]
async fn the_management_account_is_removed_from_inspector_and_stays_scanned() {
    let stage = governed(&options()).await;
    policy(&stage, "max-reductions = 50\n[inspector]\nauto-enable = \"new\"\nmanagement-account = \"removed\"\n");
    sweep(&stage).await;
    nothing_written(&stage);
    sweep(&stage).await;
    stage.aws.advance(WAIT);
    for region in stage.regions() {
        let row = row(&stage, "inspector2", &region, &stage.management);
        assert_eq!((&row["relationship"], &row["features"]["EC2"]), (&json!("REMOVED"), &json!("ENABLED")), "{row}");
    }
    let made: Vec<_> = writes(&stage).into_iter().map(|call| call.operation).collect();
    assert_eq!(made, ["DisassociateMember"; 2], "one a region");
    stage.aws.clear_calls();
    sweep(&stage).await;
    enroll(&stage, &[moved(&stage.management)], RECEIVES).await.acknowledged();
    nothing_written(&stage);
    assert_eq!(gaps(&stage, "inspector", "eu-west-1"), ["removed".to_owned()].into());
    covered_but(&stage, &[("inspector2", "", &stage.management)]);
}

#[tokio::test]
async fn an_account_that_is_suspended_and_comes_back_is_enrolled_again() {
    let stage = governed(&options()).await;
    let account = ordinary(&stage)[0].clone();
    prepare(&stage, &json!({"kind": "account", "account": account, "state": "SUSPENDED"}));
    prepare(
        &stage,
        &json!({"service": "guardduty", "accounts": [account], "features": {"S3_DATA_EVENTS": "DISABLED"}}),
    );
    sweep(&stage).await;
    nothing_written(&stage);
    assert_eq!(gaps(&stage, "guardduty", "eu-west-1"), ["account-suspended".to_owned()].into());
    prepare(&stage, &json!({"kind": "account", "account": account, "state": "ACTIVE"}));
    sweep(&stage).await;
    assert!(!writes(&stage).is_empty());
    covered(&stage);
}
