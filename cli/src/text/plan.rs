//! A plan of many targets: what becomes newly billed first, then reductions, then the steps. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use anstyle::AnsiColor;
use comfy_table::{CellAlignment, Table, presets::NOTHING};
use rollcall_core::{
    Region, State,
    sweep::{CoverageDocument, TargetResult},
    thousands,
};

use super::{
    coverage::{excluded, gaps},
    steps::planned,
    words::{bold, coloured, counted, plain, regions},
};
use crate::run::{Done, HeldBack, Targets};

/// The plan.
pub(crate) fn plan(targets: &Targets, document: &CoverageDocument) -> String {
    let mut text = totals(targets, document);
    for service in document.services.keys() {
        let done: Vec<&Done> = targets.done.iter().filter(|done| done.result.service == *service).collect();
        text.push_str(&of_service(service, &done));
    }
    text.push_str(&gaps(document, &[State::Blocked, State::Unknown, State::Pending]));
    text.push_str(&excluded(document));
    for remark in &document.remarks {
        _ = writeln!(text, "{} {}", bold("note:"), plain(remark));
    }
    text
}

/// What limits hold back of it, as text.
pub(crate) fn held_back(held: HeldBack) -> String {
    let additions = held.additions.map(|(count, limit)| {
        format!(
            "up to {} would be newly enrolled, and max-enrolments is {}",
            counted(count, "membership"),
            thousands(limit)
        )
    });
    let reductions = held.reductions.map(|(count, limit)| {
        format!("{} would be made, and max-reductions is {}", counted(count, "reduction"), thousands(limit))
    });
    let mut text = String::new();
    for (what, why) in [("All that adds", additions), ("All that takes away", reductions)] {
        if let Some(why) = why {
            _ = writeln!(text, "\n{what} is held back: {why}.");
        }
    }
    text
}

fn totals(targets: &Targets, document: &CoverageDocument) -> String {
    let billed = targets.done.iter().filter_map(|done| done.plan.as_ref());
    let (plans, reductions) =
        billed.fold((0, 0), |(plans, reductions), plan| (plans + plan.billed().plans, reductions + plan.reductions()));
    let mut text = format!(
        "{}\n",
        bold(format!(
            "Plan for {} in {}",
            counted(document.accounts.len(), "account"),
            counted(targets.done.len(), "target")
        ))
    );
    _ = writeln!(text, "  newly billed  {} account × region × plan", thousands(plans));
    let colour = if reductions > 0 { AnsiColor::Red } else { AnsiColor::BrightBlack };
    _ = writeln!(text, "  reductions    {}", coloured(thousands(reductions), colour));
    _ = writeln!(text, "  enrolled now  {}%, {}", document.totals.percent, document.totals.memberships);
    if targets.done.iter().flat_map(|done| &done.result.planned).any(|change| change.predicted) {
        text.push_str("  (predicted)   what follows from other changes, and is looked at again before it is done\n");
    }
    text
}

fn of_service(service: &str, done: &[&Done]) -> String {
    let results: Vec<&TargetResult> = done.iter().map(|done| &done.result).collect();
    let steps = planned(&results);
    let mut text = format!("\n{}", bold(service));
    if steps.is_empty() {
        let done = |state| results.iter().all(|result| result.memberships.count(state) == 0);
        let all_done = [State::Blocked, State::Missing, State::Pending, State::Unknown].into_iter().all(done);
        text.push_str(if all_done { ": nothing to do\n" } else { ": no change planned\n" });
    } else {
        text.push('\n');
        for step in &steps {
            _ = writeln!(text, "  {step}");
        }
        text.push_str(&by_region(done));
    }
    for done in done {
        if let Some(error) = &done.result.error {
            _ = writeln!(text, "  {} {}: {}", coloured("!", AnsiColor::Yellow), done.region, plain(error));
        }
    }
    for (remark, places) in remarks(done) {
        _ = writeln!(text, "  note: {}, {}", plain(&remark), regions(&places, done.len()));
    }
    text
}

/// What else is to be known, and of which regions: many say the same.
fn remarks<'a>(done: &[&'a Done]) -> BTreeMap<String, BTreeSet<&'a Region>> {
    let mut remarks: BTreeMap<String, BTreeSet<&Region>> = BTreeMap::new();
    for Done { region, result, .. } in done {
        for remark in &result.remarks {
            remarks.entry(remark.replace(&format!(" in {region}"), "")).or_default().insert(region);
        }
    }
    remarks
}

/// The numbers of each region in which not all is as it should be.
fn by_region(done: &[&Done]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(["", "newly billed", "reductions", "enrolled", "missing", "blocked", "pending", "unknown", "n/a"]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut idle = 0;
    for done in done {
        let count = |state| done.result.memberships.count(state);
        let counts =
            [State::Enrolled, State::Missing, State::Blocked, State::Pending, State::Unknown, State::NotApplicable];
        let open = done.result.memberships.applicable() - count(State::Enrolled);
        let (plans, reductions) = done.plan.as_ref().map_or((0, 0), |plan| (plan.billed().plans, plan.reductions()));
        if done.result.planned.is_empty() && open == 0 && done.result.error.is_none() {
            idle += 1;
            continue;
        }
        let mut row = vec![format!("  {}", done.region), thousands(plans), thousands(reductions)];
        row.extend(counts.map(|state| thousands(count(state))));
        table.add_row(row);
    }
    let idle = if idle > 0 { format!("  {}: nothing to do\n", counted(idle, "other region")) } else { String::new() };
    format!("\n{}\n{idle}", table.trim_fmt())
}
