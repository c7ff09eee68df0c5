//! `rollcall explain`: what is wanted, how it stands, what comes next.

use organization_simulator::{Fault, FaultKind};
use serde_json::json;

use crate::support::{ADMINISTRATOR, Stage};

#[test]
fn an_account_is_told_its_rule_its_state_and_the_next_step() {
    let stage = Stage::of(5);
    stage.run("apply --yes").ended(0);
    let member = stage.members()[0].clone();
    let rule = format!(
        "[[rule]]\nname = \"quiet\"\naccounts = [\"{member}\"]\n[rule.guardduty.plans]\nRUNTIME_MONITORING = \"on\"\n"
    );
    std::fs::write(stage.file("policy.toml"), rule).unwrap();
    stage.state(json!({"service": "guardduty", "accounts": [member], "features": {"EKS_AUDIT_LOGS": "DISABLED"}}));
    stage.writes();
    let line = format!("explain --account {member} --region us-east-1 --service guardduty --policy policy.toml");
    stage.run(&line).ended(0).has(&[
        &format!("{member}, guardduty in us-east-1"),
        "by rule \"quiet\"",
        "state: missing (features-off)",
        "next:  Nothing by hand",
        "planned: + enable EKS_AUDIT_LOGS, RUNTIME_MONITORING",
    ]);
    assert!(stage.writes().iter().all(|call| call.operation != "UpdateMemberDetectors"));
}

#[test]
fn of_the_administrator_the_organization_s_actions_are_told_too() {
    let stage = Stage::of(5);
    let line = format!("explain --account {ADMINISTRATOR} --region us-east-1 --service inspector");
    stage.run(&line).ended(0).has(&["designate 222222222222 as administrator", "by its being the administrator"]);
}

#[test]
fn a_region_that_is_not_governed_is_no_explanation() {
    let stage = Stage::of(4);
    let member = stage.members()[0].clone();
    stage.run(&format!("explain --account {member} --region eu-north-1")).ended(1);
    std::fs::write(stage.file("policy.toml"), "[guardduty]\nregions = [\"us-east-1\"]\n").unwrap();
    let line = format!("explain --account {member} --region ap-east-1 --service guardduty --policy policy.toml");
    stage.run(&line).ended(1).has(&["guardduty in ap-east-1: not governed"]);
}

#[test]
fn what_aws_answers_does_not_speak_to_the_terminal() {
    let stage = Stage::of(3);
    let text = |text: &str| Some(text.to_owned());
    let denied = Fault {
        kind: FaultKind::Error,
        service: text("guardduty"),
        operation: text("ListDetectors"),
        code: text("AccessDeniedException"),
        status: Some(403),
        message: text("no\u{1b}]0;owned\u{7}"),
        ..Fault::default()
    };
    stage.simulator.add_fault(denied).unwrap();
    let said = stage.run("explain --account 222222222222 --region us-east-1 --service guardduty").ended(1);
    assert!(said.errors.contains("could not look at guardduty in us-east-1"), "{said:?}");
    assert!(said.output.contains("]0;owned") && !said.output.contains(['\u{1b}', '\u{7}']), "{said:?}");
}
