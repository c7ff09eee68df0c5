//! `rollcall coverage`: its files agree with the truth, membership by membership, and it fails where it is told to.

use std::{collections::BTreeMap, fs};

use organization_simulator::Options;
use serde_json::{Value, json};

use crate::support::{ADMINISTRATOR, Stage};

/// A bit of everything that memberships can be.
fn varied() -> Stage {
    let stage = Stage::new(Options {
        accounts: 14,
        regions: vec!["us-east-1".into(), "ap-east-1".into(), "eu-west-1".into()],
        suspended: 1,
        organizational_units: 3,
        region_off: vec!["2:ap-east-1".into()],
        ..Options::default()
    });
    stage.run("apply --yes").ended(0);
    let members = stage.members();
    let off = |service, accounts: &[String], what: Value| {
        let mut drifted = json!({"service": service, "accounts": accounts, "regions": ["eu-west-1"]});
        drifted.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
        stage.state(drifted);
    };
    off("guardduty", &members[0..2], json!({"relationship": "Removed"}));
    off("guardduty", &members[2..3], json!({"features": {"S3_DATA_EVENTS": "DISABLED"}}));
    off("inspector2", &members[3..5], json!({"scans": {"ECR": "DISABLED"}}));
    stage
}

/// Whether each account of a target is enrolled, as the simulator holds it: the relationship and what is on by default.
fn truth(stage: &Stage) -> BTreeMap<(String, String, String), bool> {
    let wanted = |service: &str, region: &str| match (service, region) {
        ("guardduty", _) => {
            &["S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS"][..]
        }
        _ => &["EC2", "ECR", "LAMBDA", "LAMBDA_CODE"][..],
    };
    let rows = stage.simulator.enrolment();
    let row = |row: &Value| {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let (service, region, account) = (text("service"), text("region"), text("account"));
        let on = wanted(&service, &region).iter().all(|feature| row["features"][feature] == "ENABLED");
        let member = account == ADMINISTRATOR || row["relationship"] == "Enabled" || row["relationship"] == "ENABLED";
        ((service.replace("inspector2", "inspector"), region, account), on && member)
    };
    rows.iter().map(row).collect()
}

#[test]
fn json_and_csv_agree_with_the_truth_membership_by_membership() {
    let stage = varied();
    stage
        .run("coverage --json c.json --csv c.csv --html c.html")
        .ended(0)
        .has(&["missing (features-off) 2 memberships"]);
    let truth = truth(&stage);
    let document: Value = serde_json::from_slice(&fs::read(stage.file("c.json")).unwrap()).unwrap();
    let mut told = BTreeMap::new();
    for target in document["targets"].as_array().unwrap() {
        let text = |key: &str| target[key].as_str().unwrap().to_owned();
        let gaps = target["gaps"].as_array().unwrap();
        for account in document["accounts"].as_object().unwrap().keys() {
            let gap = gaps.iter().find(|gap| gap["accounts"].as_array().unwrap().contains(&json!(account)));
            told.insert(
                (text("service"), text("region"), account.clone()),
                gap.map_or("enrolled", |gap| gap["state"].as_str().unwrap()),
            );
        }
    }
    assert_eq!(told.len(), 14 * 3 * 2);
    for (membership, state) in &told {
        let enrolled = truth.get(membership).copied().unwrap_or_default();
        assert_eq!(enrolled, *state == "enrolled", "{membership:?} is {state}");
    }
    let table = fs::read_to_string(stage.file("c.csv")).unwrap();
    let mut rows = 0;
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let membership = (cells[3].to_owned(), cells[4].to_owned(), cells[0].to_owned());
        assert_eq!(told.get(&membership).map(|state| state.replace('-', " ")).as_deref(), Some(cells[5]), "{row}");
        rows += 1;
    }
    assert_eq!(rows, told.len());
    assert!(fs::read_to_string(stage.file("c.html")).unwrap().contains("<!doctype html>"));
    assert_eq!(document["units"].as_object().unwrap().len(), 3, "units by their names");
}

#[test]
fn a_pipeline_fails_below_its_share() {
    let stage = varied();
    stage.run("coverage --fail-under 50").ended(0);
    stage.run("coverage --fail-under 99.5").ended(2).has(&["is below 99.5%."]);
    let wrong = stage.run("coverage --fail-under 101").ended(1);
    assert!(wrong.errors.contains("from 0 to 100"), "{wrong:?}");
}

#[test]
fn coverage_of_an_account_has_no_other() {
    let stage = varied();
    let member = stage.members()[0].clone();
    let said = stage.run(&format!("coverage --account {member} --json c.json")).ended(0);
    said.has(&["of 6 enrolled", "not-associated"]);
    let document: Value = serde_json::from_slice(&fs::read(stage.file("c.json")).unwrap()).unwrap();
    assert_eq!(document["accounts"].as_object().unwrap().keys().collect::<Vec<_>>(), [&member]);
}

#[test]
fn a_file_that_cannot_be_written_is_told() {
    let stage = Stage::of(3);
    let said = stage.run("coverage --html no/such/folder/c.html").ended(1);
    assert!(said.errors.contains("cannot write no/such/folder/c.html"), "{said:?}");
}

#[test]
fn each_file_is_one_of_its_own() {
    let stage = Stage::of(3);
    let said = stage.run("coverage --html a --csv a").ended(1);
    assert!(said.errors.contains("need a file each"), "{said:?}");
    assert!(stage.run("coverage --html -").ended(1).errors.contains("is no file"));
    // A link stays one, and what it leads to is written.
    std::fs::write(stage.file("real.csv"), "").unwrap();
    std::os::unix::fs::symlink("real.csv", stage.file("link.csv")).unwrap();
    stage.run("coverage --csv link.csv --json /dev/null").ended(0);
    assert!(fs::read_to_string(stage.file("real.csv")).unwrap().starts_with("account,"));
    assert!(stage.file("link.csv").is_symlink());
}

#[test]
fn names_from_aws_do_not_speak_to_the_terminal_nor_to_the_page() {
    let stage = Stage::of(3);
    stage.simulator.create_account("<script>alert(1)</script>", "evil@example.com").unwrap();
    let said = stage.run("coverage --html c.html").ended(0);
    assert!(!said.output.contains('\u{1b}'), "{said:?}");
    assert!(!fs::read_to_string(stage.file("c.html")).unwrap().contains("<script>alert(1)"));
}

#[test]
fn where_a_file_cannot_be_written_nothing_is_looked_at() {
    let stage = Stage::of(3);
    for (file, why) in [("nowhere/c.html", "no such folder"), (".", "it is a folder"), ("-", "is no file")] {
        let said = stage.run(&format!("coverage --html {file}")).ended(1);
        assert!(said.errors.contains(why), "{said:?}");
    }
    stage.run("coverage --html c --json ./c").ended(1);
    assert_eq!(stage.simulator.calls().len(), 0);
}

#[test]
fn where_nothing_is_applicable_nothing_is_below() {
    let stage =
        Stage::new(Options { accounts: 4, regions: vec!["us-east-1".into()], suspended: 1, ..Options::default() });
    let accounts = stage.simulator.organization()["accounts"].clone();
    let suspended = accounts.as_array().unwrap().iter().find(|account| account["state"] == "SUSPENDED").unwrap();
    let member = suspended["id"].as_str().unwrap();
    let said = stage.run(&format!("coverage --account {member} --fail-under 50")).ended(2);
    assert!(said.output.contains("No membership is applicable."), "{said:?}");
}
