//! `rollcall plan`: it changes nothing, tells what would be, and narrows down.

use organization_simulator::Options;
use serde_json::{Value, json};

use crate::support::{Stage, rollcall};

#[test]
fn a_plan_is_read_and_nothing_is_changed() {
    let stage = Stage::of(6);
    // 6 accounts × (the service and 5 plans, 5 scans) in two regions; one of them has no code scanning.
    let said = stage.run("plan").ended(2).has(&[
        "Plan for 6 accounts in 4 targets",
        "newly billed  126 account × region × plan",
        "reductions    0",
        "+ associate, 10 memberships, all 2 regions",
        "enable trusted access for guardduty.amazonaws.com, once for the organization",
        "Changes are pending",
    ]);
    assert!(!said.output.contains('\u{1b}'), "colours only where a terminal is");
    assert_eq!(said.errors, "", "quiet where nobody watches");
    assert_eq!(stage.writes().len(), 0);
}

#[test]
fn where_nothing_is_to_be_done_a_plan_says_so() {
    let stage = Stage::of(4);
    stage.run("apply --yes").ended(0);
    stage.run("plan").ended(0).has(&["newly billed  0", "guardduty: nothing to do", "Nothing to do.\n"]);
}

#[test]
fn a_plan_for_programs_has_each_target() {
    let stage = Stage::of(6);
    let said = stage.run("plan --format json").ended(2);
    let plan: Value = serde_json::from_str(&said.output).unwrap();
    assert_eq!((plan["newlyBilled"].as_u64(), plan["accounts"].as_u64()), (Some(126), Some(6)));
    let targets = plan["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 4);
    let billed: u64 = targets.iter().map(|target| target["newlyBilled"]["plans"].as_u64().unwrap()).sum();
    assert_eq!(billed, 126);
    assert!(targets.iter().all(|target| !target["planned"].as_array().unwrap().is_empty()));
}

#[test]
fn a_narrowed_plan_looks_at_nothing_else() {
    let stage = Stage::of(6);
    stage.run("plan --region us-east-1 --service guardduty").ended(2).has(&["Plan for 6 accounts in 1 target\n"]);
    let calls = stage.simulator.calls();
    assert!(calls.iter().all(|call| call.service != "inspector2"));
    assert!(calls.iter().filter(|call| call.service == "guardduty").all(|call| call.region == "us-east-1"));
}

#[test]
fn a_plan_for_an_account_is_about_its_membership_alone() {
    let stage = Stage::of(6);
    stage.run("apply --yes").ended(0);
    let member = stage.members()[0].clone();
    stage.state(json!({"service": "guardduty", "accounts": stage.members(), "regions": ["us-east-1"], "relationship": "Removed"}));
    let said = stage.run(&format!("plan --account {member} --service guardduty")).ended(2);
    said.has(&["Plan for 1 account in 2 targets", "newly billed  6 ", "+ associate, 1 membership, us-east-1"]);
    let stranger = stage.run("plan --account 999999999999").ended(1);
    assert!(stranger.errors.contains("999999999999 is not in the organization of 111111111111"), "{stranger:?}");
}

#[test]
fn what_cannot_be_looked_at_fails_the_plan() {
    let stage = Stage::of(4);
    stage.run("apply --yes").ended(0);
    stage.state(json!({"kind": "restrict", "principal": "222222222222", "actions": ["inspector2:*", "account:*", "sts:*", "ssm:*"]}));
    let said = stage.run("plan").ended(1);
    said.has(&["guardduty: no change planned", "blocked (denied) 8 memberships", "Not everything could be looked at"]);
}

#[test]
fn without_configuration_it_says_what_is_missing_and_where_to_say_it() {
    let output = rollcall("plan").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for part in ["ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID", "ROLLCALL_INSPECTOR_ADMINISTRATOR_ID", "--simulate"] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn another_account_s_credentials_are_refused() {
    let stage = Stage::of(4);
    let mut command = stage.command("plan");
    let output = command.env("AWS_ACCESS_KEY_ID", stage.members()[0].clone()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("configured as 222222222222, but its access belongs to account"), "{told}");
}

#[test]
fn options_say_what_the_environment_does_not() {
    let stage = Stage::of(4);
    let mut command = stage.command(
        "plan --administrator 222222222222 --management-read-role arn:aws:iam::111111111111:role/a \
         --management-write-role arn:aws:iam::111111111111:role/b --home-region us-east-1",
    );
    for variable in [
        "ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID",
        "ROLLCALL_INSPECTOR_ADMINISTRATOR_ID",
        "ROLLCALL_MANAGEMENT_READ_ROLE_ARN",
        "ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN",
        "AWS_REGION",
    ] {
        command.env_remove(variable);
    }
    assert_eq!(command.output().unwrap().status.code(), Some(2));
}

#[test]
fn usage_that_is_wrong_ends_with_1() {
    for line in ["plan --account 12", "plan --service macie", "plan --simulate regions=99", "plan --nonsense"] {
        assert_eq!(rollcall(line).output().unwrap().status.code(), Some(1), "{line}");
    }
    for line in ["--help", "plan --help", "--version", "help policy put"] {
        assert_eq!(rollcall(line).output().unwrap().status.code(), Some(0), "{line}");
    }
}

#[test]
fn many_memberships_stay_readable() {
    let regions = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"].map(str::to_owned).to_vec();
    let stage = Stage::new(Options { accounts: 400, regions, ..Options::default() });
    let said = stage.run("plan").ended(2).has(&["newly billed  17,600 account", "1,596 memberships, all 4 regions"]);
    let (lines, longest) = (said.output.lines().count(), said.output.lines().map(|line| line.chars().count()).max());
    assert!(lines < 60 && longest < Some(240), "{lines} lines of up to {longest:?}");
}

#[test]
fn a_region_that_there_is_not_is_a_mistake() {
    let stage = Stage::of(3);
    for line in ["plan --region eu-wst-1", "apply --yes --region eu-wst-1", "coverage --region eu-wst-1 --fail-under 1"]
    {
        let said = stage.run(line).ended(1);
        assert!(said.errors.contains("eu-wst-1 is no region of the administrators' accounts"), "{said:?}");
    }
    std::fs::write(stage.file("policy.toml"), "[guardduty]\nregions = [\"us-east-1\"]\n[inspector]\nenabled = false\n")
        .unwrap();
    let line = "coverage --region ap-east-1 --policy policy.toml";
    stage.run(line).ended(0).has(&["not governed"]);
    stage.run(&format!("{line} --fail-under 1")).ended(2);
}

#[test]
fn where_nothing_could_be_seen_nothing_is_covered() {
    let stage = Stage::of(3);
    stage.run("apply --yes").ended(0);
    stage.state(json!({"kind": "deny", "account": "222222222222", "action": "account:ListRegions"}));
    for line in ["plan", "apply --yes", "coverage", "explain --account 111111111111"] {
        let said = stage.run(line).ended(1);
        assert!(!said.output.contains("100%") && said.output.contains("could not be listed"), "{said:?}");
    }
}
