//! `rollcall apply`: it asks, does what was printed, looks again, and may be interrupted.

use std::{
    io::{Read, Write},
    process::{Command, Output, Stdio},
    time::Duration,
};

use organization_simulator::Record;
use serde_json::json;

use crate::support::{Said, Stage};

#[test]
fn everyone_is_enrolled_and_a_second_time_nothing_is_written() {
    let stage = Stage::of(6);
    stage.run("apply --yes").ended(0).has(&["Plan for 6 accounts", "Done, guardduty:", "Coverage: 100%, 24 of 24"]);
    assert!(!stage.writes().is_empty());
    stage.run("apply --yes").ended(0).has(&["Coverage: 100%, 24 of 24"]);
    assert_eq!(stage.writes().len(), 0);
}

#[test]
fn nothing_is_changed_where_nobody_can_be_asked() {
    let stage = Stage::of(4);
    let said = stage.run("apply").ended(1);
    assert!(said.errors.contains("--yes"), "{said:?}");
    assert_eq!(stage.writes().len(), 0);
}

/// `script`, which every Debian has, gives the command a terminal.
fn at_a_terminal(stage: &Stage, answer: &str, meanwhile: impl FnOnce()) -> Said {
    let command = stage.command("");
    let mut terminal = Command::new("script");
    // In place of the shell, which would end by itself at an interruption.
    let line = format!("exec {} apply --region us-east-1", env!("CARGO_BIN_EXE_rollcall"));
    terminal.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    terminal.env("PATH", "/usr/bin:/bin").env("NO_COLOR", "1").args(["-qefc", &line, "/dev/null"]);
    let mut child = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // Nothing is typed before it is asked for.
    let (mut said, mut byte) = (Vec::new(), [0]);
    let output = child.stdout.as_mut().unwrap();
    while !said.ends_with(b"does it: ") && output.read(&mut byte).unwrap() > 0 {
        said.extend(byte);
    }
    meanwhile();
    child.stdin.as_mut().unwrap().write_all(answer.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Said::of(&Output { stdout: [said, output.stdout].concat(), ..output })
}

#[test]
fn a_person_is_asked_and_only_yes_does_it() {
    let stage = Stage::of(4);
    let said = at_a_terminal(&stage, "y\n", || ()).ended(1);
    assert!(said.output.contains("Only `yes` does it") && said.output.contains("nothing was changed"), "{said:?}");
    assert_eq!(stage.writes().len(), 0);
    // As Ctrl-C at the prompt.
    at_a_terminal(&stage, "\u{3}", || ()).ended(1);
    assert_eq!(stage.writes().len(), 0);
    let said = at_a_terminal(&stage, "yes\n", || ()).ended(0).has(&["Coverage: 100%"]);
    assert!(!said.output.contains("\u{1b}[32m"), "NO_COLOR: {said:?}");
}

#[test]
fn nothing_beyond_the_printed_plan_is_done() {
    let stage = Stage::of(6);
    stage.run("apply --yes").ended(0);
    let members = stage.members();
    let leaves = |member: &str| {
        stage.state(
            json!({"service": "guardduty", "accounts": [member], "regions": ["us-east-1"], "relationship": "Removed"}),
        );
    };
    leaves(&members[0]);
    stage.writes();
    let said = at_a_terminal(&stage, "yes\n", || leaves(&members[1])).ended(2);
    assert!(said.output.contains("missing (not-associated) 1 membership"), "{said:?}");
    let writes = stage.writes();
    assert!(!writes.is_empty());
    for write in writes {
        assert!(!write.request.to_string().contains(&members[1]), "{write:?}");
    }
    stage.run("apply --yes").ended(0).has(&["Coverage: 100%"]);
}

#[test]
fn a_plan_that_nobody_sees_is_not_asked_about() {
    let stage = Stage::of(3);
    let command = stage.command("");
    let mut terminal = Command::new("script");
    let line = format!("exec {} apply > plan.txt", env!("CARGO_BIN_EXE_rollcall"));
    terminal.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    terminal.env("PATH", "/usr/bin:/bin").current_dir(stage.file("")).args(["-qefc", &line, "/dev/null"]);
    let output = terminal.stdin(Stdio::null()).output().unwrap();
    Said::of(&output).ended(1).has(&["nobody sees the plan here"]);
    assert_eq!(stage.writes().len(), 0);
}

#[test]
fn what_is_blocked_is_reported_and_does_not_fail_it() {
    let stage = Stage::of(6);
    stage.state(json!({"kind": "deny", "region": "ap-east-1", "action": "guardduty:*"}));
    stage.run("apply --yes").ended(0).has(&[
        "blocked (denied-by-service-control-policy)",
        "next:  Exempt Rollcall's roles from the service control policy.",
    ]);
}

#[test]
fn a_missing_permission_fails_it() {
    let stage = Stage::of(4);
    let reads =
        ["sts:*", "account:*", "ssm:*", "guardduty:Get*", "guardduty:List*", "guardduty:Describe*", "inspector2:*"];
    stage.state(json!({"kind": "restrict", "principal": "arn:aws:iam::222222222222:root", "actions": reads}));
    stage
        .run("apply --yes")
        .ended(1)
        .has(&["blocked (denied)", "next:  Grant Rollcall's role what AWS's answer names."]);
}

#[test]
fn what_aws_is_still_at_work_on_ends_with_2() {
    let stage = Stage::of(4);
    stage.run("apply --yes").ended(0);
    let member = stage.members()[0].clone();
    stage.state(json!({"kind": "stuck", "account": member}));
    stage.state(
        json!({"service": "inspector2", "accounts": [member], "regions": ["us-east-1"], "scans": {"EC2": "DISABLED"}}),
    );
    stage.writes();
    let mut command = stage.command("apply --yes --region us-east-1 --service inspector");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It would wait for an hour: once it waits, it is told to stop.
    until(&stage, |call| call.operation == "Enable");
    interrupt(child.id());
    let said = Said::of(&child.wait_with_output().unwrap()).ended(2);
    said.has(&["3 of 4 enrolled, 1 pending", "next:  Wait: AWS is at work."]);
}

#[test]
fn interrupted_it_says_what_is_done_and_the_next_run_goes_on() {
    let stage = Stage::of(40);
    stage.simulator.set_latency(Duration::from_millis(20));
    let child = stage.command("apply --yes").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(&stage, |call| call.operation == "AssociateMember");
    interrupt(child.id());
    let said = Said::of(&child.wait_with_output().unwrap());
    assert!(matches!(said.code, Some(1 | 2)), "{said:?}");
    assert!(said.errors.contains("the next run goes on from there"), "{said:?}");
    assert!(said.output.contains("Coverage: ") && !said.output.contains("Coverage: 100%"), "{said:?}");
    stage.simulator.set_latency(Duration::ZERO);
    stage.run("apply --yes").ended(0).has(&["Coverage: 100%, 160 of 160"]);
}

#[test]
fn an_interrupted_plan_changes_nothing() {
    let stage = Stage::of(40);
    stage.simulator.set_latency(Duration::from_millis(100));
    let child = stage.command("apply --yes").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(&stage, |call| call.operation == "ListAccounts");
    interrupt(child.id());
    let said = Said::of(&child.wait_with_output().unwrap()).ended(1);
    assert!(
        said.errors.contains("nothing was changed") || said.errors.contains("before anything was changed"),
        "{said:?}"
    );
    assert_eq!(stage.writes().len(), 0);
}

#[test]
fn reductions_are_marked_and_made_as_far_as_the_policy_allows() {
    let stage = Stage::of(4);
    stage.run("apply --yes").ended(0);
    let off = "[guardduty.plans]\nS3_DATA_EVENTS = \"off\"\n[guardduty.auto-enable-plans]\nS3_DATA_EVENTS = \"none\"\n";
    for (limit, option, code, disabled) in [
        ("", "--reduce", 2, 0),
        ("max-reductions = 1\n", "--reduce", 2, 0),
        ("max-reductions = 100\n", "", 2, 0),
        ("max-reductions = 100\n", "--reduce", 0, 1),
    ] {
        stage.writes();
        std::fs::write(stage.file("policy.toml"), format!("{limit}{off}")).unwrap();
        let said = stage.run(&format!("apply --yes {option} --policy policy.toml")).ended(code);
        assert_eq!(said.output.to_lowercase().contains("held back"), disabled == 0, "{said:?}");
        let marked = said.output.lines().any(|line| line.starts_with("  - disable S3_DATA_EVENTS, 6 memberships"));
        assert!(marked, "{said:?}");
        let lowers = |call: &Record| call.operation == "UpdateMemberDetectors";
        assert_eq!(usize::from(stage.writes().iter().any(lowers)), disabled, "with {limit:?}: {said:?}");
    }
    stage.run("plan --policy policy.toml").ended(0);
}

#[test]
fn more_than_may_be_enrolled_is_not() {
    let stage = Stage::of(6);
    std::fs::write(stage.file("policy.toml"), "max-enrolments = 5\n").unwrap();
    let said = stage.run("apply --yes --policy policy.toml").ended(2);
    for part in ["All that adds is held back: up to ", " memberships would be newly enrolled, and max-enrolments is 5."]
    {
        assert!(said.output.contains(part), "{said:?}");
    }
    assert_eq!(stage.writes().len(), 0);
    // Of the others nothing is counted.
    let one = format!("apply --yes --policy policy.toml --account {}", stage.members()[0]);
    stage.run("apply --yes --region us-east-1").ended(0);
    stage.run("apply --yes").ended(0);
    stage.run(&one).ended(0);
}

/// Waits until such a call arrived.
fn until(stage: &Stage, arrived: impl Fn(&Record) -> bool) {
    let start = std::time::Instant::now();
    while !stage.simulator.calls().iter().any(&arrived) {
        assert!(start.elapsed() < Duration::from_mins(1), "it does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn interrupt(process: u32) {
    assert!(Command::new("kill").args(["-INT", &process.to_string()]).status().unwrap().success());
}
