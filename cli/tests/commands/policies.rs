//! The policy that commands go by: a file, or the simulated organization's own.

use crate::support::{Said, Stage, rollcall};

#[test]
fn a_policy_with_mistakes_stops_the_command_before_any_call() {
    let stage = Stage::of(3);
    std::fs::write(stage.file("policy.toml"), "colour = 1\nregions = 2\n").unwrap();
    let said = stage.run("plan --policy policy.toml").ended(1);
    assert!(said.errors.contains("policy.toml:1: colour: ") && said.errors.contains("2 mistakes"), "{said:?}");
    let missing = stage.run("plan --policy nowhere.toml").ended(1);
    assert!(missing.errors.contains("cannot read nowhere.toml"), "{missing:?}");
    assert_eq!(stage.simulator.calls().len(), 0);
}

#[test]
fn a_stored_policy_is_shown_and_gone_by() {
    let folder = tempfile::TempDir::new().unwrap();
    let run = |line: &str| Said::of(&rollcall(line).current_dir(folder.path()).output().unwrap());
    let simulate = "--simulate accounts=4,regions=2,state=trial.state";
    let built_in = run(&format!("policy show {simulate}")).ended(0).has(&["# Rollcall's built-in policy"]);
    assert!(built_in.errors.contains("the built-in one holds"), "{built_in:?}");
    std::fs::write(folder.path().join("policy.toml"), "[inspector]\nenabled = false\n").unwrap();
    run(&format!("policy put policy.toml {simulate}")).ended(0).has(&["trial.state.policy.toml"]);
    run(&format!("policy show {simulate}")).ended(0).has(&["enabled = false"]);
    let plan = run(&format!("plan {simulate}")).ended(2);
    assert!(plan.output.contains("in 2 targets"), "{plan:?}");
    std::fs::write(folder.path().join("policy.toml"), "enabled = 7\n").unwrap();
    let refused = run(&format!("policy put policy.toml {simulate}")).ended(1);
    assert!(refused.errors.contains("not a policy: 1 mistake"), "{refused:?}");
    run(&format!("policy show {simulate}")).ended(0).has(&["enabled = false"]);
    let nowhere = run("policy put policy.toml --simulate").ended(1);
    assert!(nowhere.errors.contains("1 mistake"), "{nowhere:?}");
}

#[test]
fn the_stacks_policy_needs_no_administrator_named() {
    let stage = Stage::of(3);
    let mut command = stage.command("policy show --bucket reports");
    for name in ["GUARDDUTY", "INSPECTOR"] {
        command.env_remove(format!("ROLLCALL_{name}_ADMINISTRATOR_ID"));
    }
    // The simulated organization has no buckets: it is asked.
    let said = Said::of(&command.output().unwrap()).ended(1);
    assert!(!said.errors.contains("is not set"), "{said:?}");
}
