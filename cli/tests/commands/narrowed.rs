//! Commands about some accounts, regions or services: what they say of those is what the whole says.

use serde_json::json;

use crate::support::{ADMINISTRATOR, Stage};

const OFF: &str = "max-reductions = 100\n[guardduty.plans]\nS3_DATA_EVENTS = \"off\"\n[guardduty.auto-enable-plans]\n\
    S3_DATA_EVENTS = \"none\"\n";

#[test]
fn an_account_is_enrolled_by_itself() {
    let stage = Stage::of(6);
    stage.run("apply --yes").ended(0);
    let members = stage.members();
    for member in &members[..2] {
        stage.state(json!({"service": "guardduty", "accounts": [member], "features": {"S3_DATA_EVENTS": "DISABLED"}}));
    }
    let one = &members[0];
    stage
        .run(&format!("plan --account {one}"))
        .ended(2)
        .has(&["+ enable S3_DATA_EVENTS, 2 memberships, all 2 regions"]);
    stage.run(&format!("apply --yes --account {one}")).ended(0).has(&["Coverage: 100%, 4 of 4 enrolled"]);
    stage.run("plan").ended(2).has(&["+ enable S3_DATA_EVENTS, 2 memberships, all 2 regions"]);
}

#[test]
fn reductions_of_an_account_are_planned_and_made() {
    let stage = Stage::of(4);
    stage.run("apply --yes").ended(0);
    std::fs::write(stage.file("policy.toml"), OFF).unwrap();
    let one = format!("--policy policy.toml --account {}", stage.members()[0]);
    stage.run(&format!("plan {one}")).ended(2).has(&["- disable S3_DATA_EVENTS, 2 memberships, all 2 regions"]);
    stage.run(&format!("coverage {one}")).ended(0).has(&["beyond the policy: 2 settings, to be reduced"]);
}

#[test]
fn the_administrator_is_an_account_like_others() {
    let stage = Stage::of(4);
    stage.run("apply --yes").ended(0);
    stage.state(
        json!({"service": "guardduty", "accounts": [ADMINISTRATOR], "features": {"S3_DATA_EVENTS": "DISABLED"}}),
    );
    let line = format!("plan --account {ADMINISTRATOR}");
    stage.run(&line).ended(2).has(&["+ enable in the administrator's account 222222222222: S3_DATA_EVENTS"]);
}

#[test]
fn what_waits_for_the_whole_organization_is_told() {
    let stage = Stage::of(4);
    let said = stage.run(&format!("apply --yes --account {}", stage.members()[0])).ended(1);
    assert!(said.errors.contains("run `rollcall apply` without --account first"), "{said:?}");
    assert_eq!(stage.writes().len(), 0);
    stage.run(&format!("plan --account {}", stage.members()[0])).ended(2).has(&["left out where accounts are named"]);
}

#[test]
fn a_narrowed_report_says_so_and_whose_it_is() {
    let stage = Stage::of(4);
    let member = stage.members()[0].clone();
    stage.run(&format!("coverage --account {member} --service guardduty --json c.json --html c.html")).ended(0);
    let read = |name: &str| std::fs::read_to_string(stage.file(name)).unwrap();
    let document: serde_json::Value = serde_json::from_str(&read("c.json")).unwrap();
    let told = format!("Only account {member}; service guardduty: the rest of the organization is not in here.");
    assert_eq!(document["notices"], json!([told]));
    assert_eq!(document["management"], "111111111111");
    assert!(read("c.html").contains(&told));
}

#[test]
fn of_many_accounts_whose_regions_are_known_none_is_unknown() {
    let stage = Stage::of(130);
    stage.run("apply --yes --service inspector").ended(0);
    let member = stage.members()[127].clone();
    let said = stage.run("plan").ended(2);
    assert!(!said.output.contains("region-status-not-seen"), "{said:?}");
    stage.run(&format!("explain --account {member} --region ap-east-1 --service guardduty")).ended(0);
}
