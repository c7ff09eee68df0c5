//! The sweep's figures as CloudWatch metrics, in embedded metric format. I/O: standard output.

use std::collections::BTreeSet;

use rollcall_core::{
    AccountId, State,
    sweep::{Counts, CoverageDocument, TargetResult, actions},
};
use rollcall_runtime::{Figure, figures};

/// Writes the figures of all services, and of each. What tells of a whole sweep is not written for a narrowed one: it
/// would raise or clear alarms on what it did not look at.
pub(crate) fn write(before: Option<&CoverageDocument>, after: &CoverageDocument) {
    let mut all = of(&after.totals);
    all.push(Figure::count("Actions", actions(after)));
    if after.is_full() {
        all.extend([
            Figure::count("FailedTargets", after.failures_of_run().count()),
            Figure::count("SweepsWithFailures", after.failed_sweeps_in_a_row as usize),
            Figure::count("StillBlockedOrUnknown", before.map_or(0, |before| still_open(before, after))),
            Figure::count("BreakersTripped", after.breakers.len()),
            Figure::count("AccountsWithoutOrganizationPolicy", after.without_organization_policy.values().sum()),
            Figure::count("ReductionsPlanned", after.own_targets().map(|target| target.reductions).sum()),
            Figure::count("Excess", excess(after)),
            Figure::count("SweepsCompleted", 1),
        ]);
    }
    figures(&[], &all);
    for (service, counts) in &after.services {
        figures(&[("Service", service)], &of(counts));
    }
}

/// How much is on although the policy does not ask for it, each feature in each account.
fn excess(after: &CoverageDocument) -> usize {
    after.targets.iter().flat_map(|target| &target.excess).map(|surplus| surplus.count).sum()
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

/// The memberships that were blocked or unknown twice in a row that they were looked at.
fn still_open(before: &CoverageDocument, after: &CoverageDocument) -> usize {
    let count = |target: &TargetResult| {
        let known = before.target(&target.service, &target.region).filter(|known| known.run != target.run);
        open(target).intersection(&known.map(open).unwrap_or_default()).count()
    };
    after.targets.iter().map(count).sum()
}

fn open(target: &TargetResult) -> BTreeSet<AccountId> {
    let gaps = target.gaps.iter().filter(|gap| matches!(gap.state, State::Blocked | State::Unknown));
    gaps.flat_map(|gap| gap.accounts.iter().copied()).collect()
}
