//! How long it takes from an event until its account is enrolled, as a metric. I/O: standard output.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rollcall_core::{AccountId, Coverage};

use crate::{
    Enrolment,
    telemetry::{Figure, figures},
};

/// Writes, of each account that is enrolled wherever it is to be, the seconds since its event was queued.
pub(super) fn tell(enrolment: &Enrolment, queued: &BTreeMap<AccountId, Timestamp>, now: Timestamp) {
    for (_, queued) in queued.iter().filter(|(account, _)| is_enrolled(enrolment, **account)) {
        let seconds = now.as_second().saturating_sub(queued.as_second());
        figures(&[], &[Figure::seconds("EnrolmentSeconds", usize::try_from(seconds).unwrap_or_default())]);
    }
}

fn is_enrolled(enrolment: &Enrolment, account: AccountId) -> bool {
    let verdicts = enrolment.reports.iter().filter_map(|report| report.memberships.get(&account));
    let coverage = Coverage::of(verdicts);
    enrolment.failed_services.is_empty() && coverage.enrolled > 0 && coverage.enrolled == coverage.applicable()
}
