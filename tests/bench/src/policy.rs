//! The policy applied to a large organization: what is desired of every target, on one core. I/O: none but printing.

use std::{
    collections::BTreeMap,
    fmt::Write,
    time::{Duration, Instant},
};

use organization_simulator::{DEFAULT_REGIONS, OPT_IN_REGIONS};
use rollcall_core::{
    Account, AccountId, AccountState, Desired, OrganizationPolicies, Policy, RegionStatus, Roster, Seen, ServiceSpec,
    Target, Wish, policy::read,
};
use rollcall_runtime::CATALOG;
use rollcall_scenarios::StageError;

use crate::line;

const ACCOUNTS: usize = 10_000;
const RULES: usize = 200;
const UNITS: usize = 300;

/// Prints how long it takes to read a policy, and to say what is desired of all targets.
pub fn print() -> Result<(), StageError> {
    println!("\na policy of {RULES} rules for {ACCOUNTS} accounts in {UNITS} organizational units");
    let specs: Vec<&'static ServiceSpec> = CATALOG.iter().map(|entry| entry.spec).collect();
    let text = document()?;
    let started = Instant::now();
    let checked = read(&text, &specs).map_err(|mistakes| mistakes.to_string())?;
    line("read and checked: time", &format!("{:.0} ms", millis(started.elapsed())), "");
    let roster = roster()?;
    let started = Instant::now();
    let (mut targets, mut wishes) = (0, 0);
    for spec in specs {
        let assignment = checked.policy.assign(spec.id, &roster);
        for region in DEFAULT_REGIONS.iter().chain(&OPT_IN_REGIONS) {
            let target = Target { service: spec.id, region: region.parse()? };
            let desired = desired(&checked.policy, spec, &target, &assignment, &roster)?;
            targets += 1;
            wishes += desired.members.len();
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let title = format!("desired state of {targets} targets, {wishes} memberships: time");
    line(&title, &format!("{seconds:.2} s"), &format!("{:.2} × the 2 s that it may take on one core", seconds / 2.0));
    Ok(())
}

fn desired(
    policy: &Policy,
    spec: &'static ServiceSpec,
    target: &Target,
    assignment: &rollcall_core::policy::Assignment,
    roster: &Roster,
) -> Result<Desired, StageError> {
    Ok(Desired::new(Wish {
        target,
        spec,
        policy,
        assignment,
        organization_policies: &OrganizationPolicies::default(),
        roster,
        complete: true,
        administrator: id(1)?,
        administrator_region: &Seen::Yes(RegionStatus::EnabledByDefault),
        member_regions: &BTreeMap::new(),
        regions_refused: false,
    }))
}

/// Rules of every kind of scope, about both services.
fn document() -> Result<String, StageError> {
    let mut text = "[guardduty]\nauto-enable = \"none\"\n".to_owned();
    for rule in 0..RULES {
        writeln!(text, "[[rule]]\nname = \"rule {rule}\"")?;
        match rule % 4 {
            0 => writeln!(text, "units = [\"ou-ab12-{:08}\"]", rule % UNITS)?,
            1 => writeln!(text, "accounts = [\"{}\", \"{}\"]", id(rule * 40)?, id(rule * 40 + 1)?)?,
            2 => writeln!(text, "tags = {{ team = \"team-{rule}\" }}")?,
            _ => writeln!(text, "units = [\"ou-ab12-{:08}\"]\nregions = [\"eu-west-1\"]", rule % UNITS)?,
        }
        writeln!(
            text,
            "[rule.guardduty.plans]\nRUNTIME_MONITORING = \"on\"\n[rule.inspector.scans]\nCODE_REPOSITORY = \"on\""
        )?;
    }
    Ok(text)
}

fn roster() -> Result<Roster, StageError> {
    let mut accounts = BTreeMap::new();
    for number in 0..ACCOUNTS {
        // Three units deep.
        let unit = |depth: usize| format!("ou-ab12-{:08}/", (number * depth) % UNITS);
        let account = Account {
            path: Some(format!("o-a/r-ab12/{}{}{}", unit(1), unit(2), unit(3))),
            tags: Some([("team".to_owned(), format!("team-{}", number % RULES))].into()),
            ..Account::new(AccountState::Active)
        };
        accounts.insert(id(number)?, account);
    }
    Ok(Roster { management: id(0)?, accounts })
}

fn id(number: usize) -> Result<AccountId, StageError> {
    Ok(format!("{number:012}").parse()?)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
