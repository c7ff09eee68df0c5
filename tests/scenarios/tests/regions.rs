//! Regions that are off, that lack a service or a feature, or that a service control policy denies.

use organization_simulator::Options;
use rollcall_scenarios::{stage::Stage, sweep::Sweep, truth::Truth};
use serde_json::json;

use crate::support::{
    RECEIVES, Swept, covered, covered_but, enroll, excluded, gaps, governed, newcomer, nothing_written, options,
    ordinary, prepare, reasons, reassert, stage, sweep, writes,
};

const OPT_IN: &str = "ap-east-1";

fn with_opt_in() -> Options {
    let regions = ["us-east-1", "eu-west-1", OPT_IN].map(str::to_owned).to_vec();
    Options { regions, feature_not_offered: vec![format!("inspector2:LAMBDA_CODE:{OPT_IN}")], ..options() }
}

#[tokio::test]
async fn a_region_that_is_off_for_a_member_is_not_applicable_until_it_is_on() {
    let stage = stage(&Options { region_off: vec![format!("2:{OPT_IN}")], ..with_opt_in() });
    let swept = sweep(&stage).await;
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
    swept.log.says(&["region-off", OPT_IN]);
    covered(&stage);
    let (account, event) = newcomer(&stage);
    stage.aws.set_region(&account, OPT_IN, "DISABLED").unwrap();
    stage.aws.clear_calls();
    let delivered = enroll(&stage, &[event], RECEIVES).await;
    delivered.acknowledged();
    delivered.log.says(&["region-off", OPT_IN]);
    assert!(writes(&stage).iter().all(|call| call.region != OPT_IN), "nothing is done where nothing is wanted");
    covered(&stage);
    for account in ordinary(&stage) {
        stage.aws.set_region(&account, OPT_IN, "ENABLED").unwrap();
    }
    sweep(&stage).await;
    covered(&stage);
}

#[tokio::test]
async fn a_region_that_is_being_opted_in_to_is_pending() {
    let stage = governed(&with_opt_in()).await;
    let (account, event) = newcomer(&stage);
    stage.aws.set_region(&account, OPT_IN, "ENABLING").unwrap();
    let delivered = enroll(&stage, std::slice::from_ref(&event), 1).await;
    assert_eq!(delivered.delivery.left, [0], "{}", delivered.log.text);
    assert!(reasons(&delivered.log)[&("guardduty".to_owned(), OPT_IN.to_owned())].contains("region-opting-in"));
    assert!(writes(&stage).iter().all(|call| call.region != OPT_IN));
    // Opting in ends by itself.
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    covered(&stage);
}

#[tokio::test]
async fn services_that_know_an_opted_in_region_late_are_waited_for() {
    let stage = governed(&Options { region_off: vec![format!("2:{OPT_IN}")], ..with_opt_in() }).await;
    stage.aws.set("region-lag-ms", "200000").unwrap();
    for account in ordinary(&stage) {
        stage.aws.set_region(&account, OPT_IN, "ENABLED").unwrap();
    }
    sweep(&stage).await;
    covered(&stage);
}

#[tokio::test]
async fn a_region_that_is_off_for_the_administrator_is_blocked_and_the_rest_goes_through() {
    let stage = stage(&with_opt_in());
    stage.aws.set_region(&stage.administrator, OPT_IN, "DISABLED").unwrap();
    sweep(&stage).await;
    for service in ["guardduty", "inspector2"] {
        assert_eq!(excluded(&stage, service, OPT_IN).as_deref(), Some("administrator-region-off"));
        let (answer, log) = reassert(&stage, service, OPT_IN).await;
        assert_eq!(answer["outcome"], "blocked", "{}", log.text);
        log.says(&[OPT_IN, "off for the administrator's account; opt that account in"]);
    }
    covered_but(&stage, &[("", OPT_IN, "")]);
    assert!(writes(&stage).iter().all(|call| call.region != OPT_IN));
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    covered_but(&stage, &[("", OPT_IN, "")]);
    stage.aws.set_region(&stage.administrator, OPT_IN, "ENABLED").unwrap();
    sweep(&stage).await;
    covered(&stage);
}

#[tokio::test]
async fn a_service_that_a_region_lacks_does_not_keep_an_account_from_the_others() {
    let stage = stage(&Options { service_not_offered: vec![format!("inspector2:{OPT_IN}")], ..with_opt_in() });
    sweep(&stage).await;
    assert_eq!(excluded(&stage, "inspector2", OPT_IN).as_deref(), Some("service-not-offered"));
    let (answer, _) = reassert(&stage, "inspector2", OPT_IN).await;
    assert_ne!(answer["outcome"], "converged");
    covered_but(&stage, &[("inspector2", OPT_IN, "")]);
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES).await;
    covered_but(&stage, &[("inspector2", OPT_IN, "")]);
}

#[tokio::test]
async fn a_region_that_is_documented_to_lack_the_service_is_not_applicable() {
    const WITHOUT_INSPECTOR: &str = "ap-southeast-6";
    let regions = ["us-east-1", WITHOUT_INSPECTOR].map(str::to_owned).to_vec();
    let stage =
        stage(&Options { regions, service_not_offered: vec![format!("inspector2:{WITHOUT_INSPECTOR}")], ..options() });
    let swept = sweep(&stage).await;
    assert_eq!(swept.outcomes(), ["converged"].into(), "{}", swept.log.text);
    assert_eq!(excluded(&stage, "inspector2", WITHOUT_INSPECTOR).as_deref(), Some("service-not-offered"));
    let (_, log) = reassert(&stage, "inspector2", WITHOUT_INSPECTOR).await;
    log.says(&["service-not-offered", WITHOUT_INSPECTOR]);
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    covered_but(&stage, &[("inspector2", WITHOUT_INSPECTOR, "")]);
}

/// Where a feature is not offered, everything else is on.
#[track_caller]
fn covered_without(stage: &Stage, not_offered: &[(&str, &str, &str)], swept: &Swept) {
    let truth = Truth::of(&stage.aws, not_offered);
    assert_eq!(truth.gaps().collect::<Vec<_>>(), [], "{}", swept.log.text);
}

#[tokio::test]
async fn a_feature_that_a_region_lacks_is_dropped_there_and_the_rest_is_on() {
    let table = [
        // AWS documents that these are offered there.
        ("inspector2", "LAMBDA_CODE", "eu-west-1"),
        ("inspector2", "LAMBDA", "us-east-1"),
        ("inspector2", "ECR", "eu-west-1"),
        ("guardduty", "RDS_LOGIN_EVENTS", "eu-west-1"),
        ("guardduty", "EBS_MALWARE_PROTECTION", "us-east-1"),
        ("guardduty", "AI_PROTECTION", "us-east-1"),
    ];
    for not_offered in table {
        let (service, feature, region) = not_offered;
        let offers = vec![format!("{service}:{feature}:{region}")];
        // Without rates, so that each target is called once.
        let stage = stage(&Options { feature_not_offered: offers, documented_rates: false, ..options() });
        let mut missing = vec![not_offered];
        if feature == "LAMBDA" {
            missing.push((service, "LAMBDA_CODE", region));
        }
        let swept = sweep(&stage).await;
        covered_without(&stage, &missing, &swept);
        assert_eq!(swept.outcomes(), ["converged"].into(), "{feature}: {}", swept.log.text);
        let (_, event) = newcomer(&stage);
        enroll(&stage, &[event], RECEIVES).await.acknowledged();
        covered_without(&stage, &missing, &swept);
        stage.aws.clear_calls();
        sweep(&stage).await;
        // Against AWS's documentation nothing but an attempt tells: one for the administrator, which is refused.
        let attempts = usize::from(service == "inspector2");
        let written: Vec<_> = writes(&stage).into_iter().map(|call| (call.operation, call.status)).collect();
        assert_eq!(written, vec![("Enable".to_owned(), 403); attempts], "{feature}");
    }
}

#[tokio::test]
async fn a_region_that_a_service_control_policy_denies_is_blocked_with_one_reason() {
    let stage = stage(&options());
    prepare(&stage, &json!({"kind": "deny", "region": "eu-west-1", "action": "*"}));
    let swept = sweep(&stage).await;
    for service in ["guardduty", "inspector2"] {
        assert_eq!(swept.end(service, "eu-west-1").outcome(), "blocked", "{}", swept.log.text);
        assert_eq!(swept.end(service, "us-east-1").outcome(), "converged", "{}", swept.log.text);
    }
    for service in ["guardduty", "inspector2"] {
        assert_eq!(gaps(&stage, service, "eu-west-1"), ["denied-by-service-control-policy".to_owned()].into());
    }
    covered_but(&stage, &[("", "eu-west-1", "")]);
    stage.aws.clear_calls();
    let (_, event) = newcomer(&stage);
    let delivered = enroll(&stage, &[event], RECEIVES).await;
    delivered.acknowledged();
    delivered.log.says(&["denied-by-service-control-policy", "exempt Rollcall's roles"]);
    covered_but(&stage, &[("", "eu-west-1", "")]);
    prepare(&stage, &json!({"kind": "allow-all"}));
    sweep(&stage).await;
    covered(&stage);
}

#[tokio::test]
async fn a_missing_permission_is_named_and_changes_nothing() {
    let stage = governed(&options()).await;
    let read = format!("arn:aws:iam::{}:role/rollcall/management-read", stage.management);
    prepare(&stage, &json!({"kind": "restrict", "principal": read, "actions": []}));
    let (_, event) = newcomer(&stage);
    let delivered = enroll(&stage, &[event], 2).await;
    assert_eq!(delivered.delivery.left, [0], "what could not be looked up is not lost");
    delivered.log.says(&["could not be looked up", "organizations:DescribeAccount"]);
    nothing_written(&stage);
    let (answer, log) = reassert(&stage, "guardduty", "us-east-1").await;
    assert_eq!(answer["outcome"], "failed");
    log.says(&["was not looked at", "organizations:ListAccounts"]);
    let swept = Sweep::start(&stage, 1).await.unwrap().run(&stage, |_| ()).await;
    assert!(swept.unwrap_err().to_string().contains("organizations:ListAccounts"));
    nothing_written(&stage);
}
