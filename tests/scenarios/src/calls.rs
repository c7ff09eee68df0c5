//! What the simulation recorded of API calls, counted. No I/O.

use std::collections::BTreeMap;

use organization_simulator::Record;

/// Counts calls by service and operation.
#[must_use]
pub fn by_operation(calls: &[Record]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(format!("{}:{}", call.service, call.operation)).or_default() += 1;
    }
    counts
}

/// Only the operations that change something.
#[must_use]
pub fn writes(counts: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    counts
        .iter()
        .filter(|(operation, _)| is_write(operation))
        .map(|(operation, count)| (operation.clone(), *count))
        .collect()
}

/// Whether an operation, as `service:Operation`, changes something.
#[must_use]
pub fn is_write(operation: &str) -> bool {
    let name = operation.rsplit(':').next().unwrap_or_default();
    !["List", "Get", "Describe", "BatchGet", "AssumeRole"].iter().any(|reading| name.starts_with(reading))
}
