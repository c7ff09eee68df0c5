//! The sweep's figures as CloudWatch metrics, in embedded metric format. I/O: standard output.

use std::collections::BTreeSet;

use rollcall_core::{
    AccountId, State,
    sweep::{Counts, CoverageDocument, TargetResult},
};
use rollcall_runtime::{Figure, figures};

/// Writes the figures of all services, and of each.
pub(crate) fn write(before: Option<&CoverageDocument>, after: &CoverageDocument) {
    let failed = after.failures_of_run().count();
    let own = after.targets.iter().filter(|target| target.run == after.run);
    let changes = own.flat_map(|target| &target.changes).filter(|change| change.succeeded());
    let actions: usize = changes.map(|change| change.count.max(1)).sum();
    let mut all = of(&after.totals);
    all.extend([
        Figure::count("Actions", actions),
        Figure::count("FailedTargets", failed),
        Figure::count("SweepsWithFailures", after.failed_sweeps_in_a_row as usize),
        Figure::count("StillBlockedOrUnknown", before.map_or(0, |before| still_open(before, after))),
        Figure::count("BreakersTripped", after.breakers.len()),
        Figure::count("SweepsCompleted", usize::from(after.regions.is_none())),
    ]);
    figures(&[], &all);
    for (service, counts) in &after.services {
        figures(&[("Service", service)], &of(counts));
    }
}

fn of(counts: &Counts) -> Vec<Figure> {
    let memberships = &counts.memberships;
    vec![
        Figure::percent("Coverage", counts.percent),
        Figure::count("Enrolled", memberships.enrolled),
        Figure::count("Pending", memberships.pending),
        Figure::count("Missing", memberships.missing),
        Figure::count("Blocked", memberships.blocked),
        Figure::count("Unknown", memberships.unknown),
        Figure::count("NotApplicable", memberships.not_applicable),
    ]
}

/// The memberships that are blocked or unknown for the second sweep in a row.
fn still_open(before: &CoverageDocument, after: &CoverageDocument) -> usize {
    let count = |target: &TargetResult| {
        let known = before.target(&target.service, &target.region).map(open).unwrap_or_default();
        open(target).intersection(&known).count()
    };
    after.targets.iter().map(count).sum()
}

fn open(target: &TargetResult) -> BTreeSet<AccountId> {
    let gaps = target.gaps.iter().filter(|gap| matches!(gap.state, State::Blocked | State::Unknown));
    gaps.flat_map(|gap| gap.accounts.iter().copied()).collect()
}
