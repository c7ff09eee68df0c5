//! `--simulate`: with a file the organization is kept from one command to the next, without one it begins anew.

use std::fs;

use crate::support::{Said, rollcall};

#[test]
fn the_organization_is_kept_in_its_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let run = |line: &str| Said::of(&rollcall(line).current_dir(folder.path()).output().unwrap());
    let simulate = "--simulate accounts=14,regions=4,state=trial.state";
    run(&format!("plan {simulate}")).ended(2).has(&["Plan for 14 accounts in 8 targets"]);
    run(&format!("apply --yes {simulate}")).ended(0).has(&["Coverage: 100%, 102 of 102 enrolled, 10 not applicable"]);
    run("coverage --simulate state=trial.state --html coverage.html").ended(0).has(&["Coverage: 100%, 102 of 102"]);
    assert!(fs::read_to_string(folder.path().join("coverage.html")).unwrap().len() > 50_000);
    run(&format!("plan {simulate}")).ended(0).has(&["Nothing to do."]);
    run("plan --simulate accounts=14,regions=4").ended(2);
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
}

#[test]
fn a_file_that_is_no_organization_is_refused() {
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("trial.state"), "hello").unwrap();
    let output = rollcall("plan --simulate state=trial.state").current_dir(folder.path()).output().unwrap();
    let said = Said::of(&output).ended(1);
    assert!(said.errors.contains("trial.state cannot be used") && said.errors.contains("delete it"), "{said:?}");
}

#[test]
fn an_organization_of_one_account_is_no_special_case() {
    let output = rollcall("apply --yes --simulate accounts=1,regions=1").output().unwrap();
    Said::of(&output).ended(0).has(&["Coverage: 100%"]);
}

#[test]
fn shells_and_manuals_get_what_they_need() {
    let run = |line: &str| Said::of(&rollcall(line).output().unwrap()).ended(0);
    for shell in ["bash", "zsh", "fish"] {
        run(&format!("completions {shell}")).has(&["rollcall", "coverage"]);
    }
    run("man").has(&[".TH rollcall 1", "coverage"]);
    let folder = tempfile::TempDir::new().unwrap();
    run(&format!("man --folder {}", folder.path().display()));
    assert!(folder.path().join("rollcall-plan.1").exists());
}
