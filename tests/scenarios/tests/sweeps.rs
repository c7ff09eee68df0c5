//! Whole sweeps: what is listed once, what is kept from one to the next, and what happens when they overlap or stop.

use std::{collections::BTreeMap, time::Duration};

use organization_simulator::Options;
use rollcall_scenarios::{function::Function, stage::Stage, sweep::Sweep};
use serde_json::{Value, json};

use crate::support::{covered, document, governed, newcomer, options, ordinary, stage, sweep, truth};

const OPT_IN: &str = "ap-east-1";

fn with_opt_in(accounts: usize) -> Options {
    let regions = ["us-east-1", OPT_IN].map(str::to_owned).to_vec();
    let feature_not_offered = vec![format!("inspector2:LAMBDA_CODE:{OPT_IN}")];
    Options { accounts, regions, feature_not_offered, ..options() }
}

async fn call(function: &Function, payload: Value) -> Value {
    function.invoke(payload).await.unwrap().result.unwrap()
}

fn surveyed(name: &str, started_at: &str, previous: &Value) -> Value {
    json!({"run": name, "startedAt": started_at, "input": {}, "previous": previous})
}

fn operations(stage: &Stage, service: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in stage.aws.calls().into_iter().filter(|call| call.service == service) {
        *counts.entry(call.operation).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn a_sweep_lists_the_organization_once_for_all_targets() {
    let stage = governed(&Options { accounts: 30, ..options() }).await;
    let swept = sweep(&stage).await;
    let expected = [
        ("ListAWSServiceAccessForOrganization", 1),
        ("ListAccounts", 2),
        ("ListDelegatedAdministrators", 2),
        ("ListRoots", 1),
    ];
    let expected: BTreeMap<_, _> = expected.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    assert_eq!(operations(&stage, "organizations"), expected, "thirty accounts are two pages");
    assert_eq!(swept.report["coverage"]["percent"], 100.0);
}

#[tokio::test]
async fn the_document_says_what_is_so_and_how_it_came_about() {
    let stage = stage(&Options { suspended: 1, ..with_opt_in(8) });
    let first = sweep(&stage).await;
    assert_eq!(first.report["latest"], true);
    let found = document(&stage);
    assert_eq!(found["totals"]["enrolled"], truth(&stage).enrolled());
    assert_eq!(found["totals"]["notApplicable"], 4);
    let changes: Vec<&Value> =
        found["targets"].as_array().unwrap().iter().flat_map(|target| target["changes"].as_array().unwrap()).collect();
    assert!(changes.iter().any(|change| change["action"] == "associate" && change["count"] == 6), "{changes:#?}");
    sweep(&stage).await;
    let found = document(&stage);
    let repeated = found["targets"].as_array().unwrap().iter().filter(|target| target["changes"] != json!([]));
    let repeated: Vec<&Value> = repeated.map(|target| &target["changes"]).collect();
    assert!(repeated.is_empty(), "{repeated:#?}");
    assert!(!found.to_string().contains('@'), "no address is in the document");
}

#[tokio::test]
async fn an_older_run_never_overwrites_a_newer_one() {
    let stage = governed(&options()).await;
    let (survey, report) = (stage.function("survey").await.unwrap(), stage.function("report").await.unwrap());
    let old = call(&survey, surveyed("old", "2026-01-01T00:00:00Z", &Value::Null)).await;
    let newest = document(&stage);
    let answer = call(&report, json!({"run": old["run"], "ends": []})).await;
    assert_eq!(answer["latest"], false);
    assert_eq!(document(&stage), newest);
    let kept = stage.bucket.read("coverage/runs/old.json").unwrap();
    assert_eq!(kept["totals"]["unknown"], 32, "none of its targets was looked at");
    assert!(answer["notification"].is_null(), "nobody is told of what is older than what they know");
}

#[tokio::test]
async fn a_report_that_is_made_once_more_says_the_same_again() {
    let stage = governed(&options()).await;
    newcomer(&stage);
    let sweep = Sweep::start(&stage, 2).await.unwrap();
    let ended = sweep.run(&stage, |_| ()).await.unwrap();
    let (first, report) = (document(&stage), stage.function("report").await.unwrap());
    let ends: Vec<Value> =
        ended.targets.iter().map(|end| json!({"service": end.service, "region": end.region})).collect();
    let again = call(&report, json!({"run": ended.report["run"], "ends": ends})).await;
    let second = document(&stage);
    assert_eq!(again["notification"], ended.report["notification"]);
    for part in ["previous", "totals", "targets", "failedSweepsInARow"] {
        assert_eq!(first[part], second[part], "{part}");
    }
}

#[tokio::test]
async fn a_sweep_of_one_region_leaves_the_others_in_the_document() {
    let stage = governed(&options()).await;
    let before = document(&stage);
    let sweep = Sweep::start(&stage, 2).await.unwrap();
    let (newcomer, _) = newcomer(&stage);
    let ended = sweep.run_with(&stage, json!({"regions": ["eu-west-1"]}), |_| ()).await.unwrap();
    assert_eq!(ended.targets.len(), 2);
    let found = document(&stage);
    assert_eq!(found["targets"].as_array().unwrap().len(), before["targets"].as_array().unwrap().len());
    let of = |region: &str| {
        let targets = found["targets"].as_array().unwrap().iter();
        targets.filter(|target| target["region"] == region).cloned().collect::<Vec<_>>()
    };
    for target in of("eu-west-1") {
        assert_eq!((&target["run"], &target["memberships"]["enrolled"]), (&found["run"], &json!(9)));
    }
    for target in of("us-east-1") {
        assert_eq!(target["run"], before["run"]);
        assert_eq!(target["gaps"][0]["accounts"], json!([newcomer]), "it joined since");
    }
}

#[tokio::test]
async fn a_survey_that_runs_out_of_time_goes_on_and_asks_for_each_account_once() {
    let stage = governed(&with_opt_in(4)).await.with("ROLLCALL_STOP_BEFORE_MS", "500");
    for _ in 0..36 {
        newcomer(&stage);
    }
    stage.aws.clear_calls();
    let survey = stage.hurried("survey", Duration::from_secs(4)).await.unwrap();
    let (mut previous, mut calls) = (Value::Null, 0);
    while previous["outcome"] != "ready" {
        previous = call(&survey, surveyed("long", "2026-11-22T08:00:00Z", &previous)).await;
        calls += 1;
        assert!(calls < 10, "{previous}");
    }
    assert!(calls > 1, "forty accounts at five a second take longer than one call has");
    assert_eq!(operations(&stage, "organizations")["ListAccounts"], 2, "the organization is listed once");
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for call in stage.aws.calls().into_iter().filter(|call| call.operation == "ListRegions" && call.status == 200) {
        *asked.entry(call.request["AccountId"].as_str().unwrap_or("own").to_owned()).or_default() += 1;
    }
    assert!(asked.remove("own").is_some_and(|own| own <= 2), "the management account's and the administrator's");
    assert!(asked.len() >= 36, "{asked:?}");
    // What was under way when time was up is asked again: no more than are asked at once.
    let again = asked.values().filter(|count| **count > 1).count();
    assert!(again <= 8 * calls && asked.values().all(|count| *count <= 2), "{asked:?}");
}

#[tokio::test]
async fn members_regions_are_kept_from_one_sweep_to_the_next() {
    let stage = governed(&Options { region_off: vec![format!("1:{OPT_IN}")], ..with_opt_in(8) }).await;
    // Account Management fails: what was seen before is still known.
    stage.aws.set_region(&ordinary(&stage)[0], OPT_IN, "ENABLED").unwrap();
    let swept = sweep(&stage).await;
    assert!(swept.ends.iter().all(|end| end.outcome() == "converged"), "{}", swept.log.text);
    covered(&stage);
    let kept = stage.bucket.read("cache/member-regions.json").unwrap();
    assert_eq!(kept["accounts"].as_object().unwrap().len(), 7, "all but the administrator");
}

#[tokio::test]
async fn a_target_that_is_called_without_a_survey_says_so() {
    let stage = stage(&options());
    let function = stage.function("reassert").await.unwrap();
    let run = json!({"id": "none", "startedAt": "2026-11-22T08:00:00Z"});
    let answer = function.invoke(json!({"service": "guardduty", "region": "us-east-1", "run": run})).await.unwrap();
    let (kind, message) = answer.result.unwrap_err();
    assert_eq!(kind, "InvalidInput");
    assert!(message.contains("runs/none/survey.json"), "{message}");
}
