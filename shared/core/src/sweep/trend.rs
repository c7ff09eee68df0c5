//! What the newest sweeps came to, one after the other. No I/O.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Counts, CoverageDocument, RunId};

/// So many sweeps are kept: six weeks of four a day.
const POINTS: usize = 180;

/// What one full sweep came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrendPoint {
    /// The sweep.
    pub run: RunId,
    /// When it ended.
    pub ended_at: Timestamp,
    /// All memberships.
    pub totals: Counts,
    /// The memberships of each service.
    pub services: BTreeMap<String, Counts>,
}

impl From<&CoverageDocument> for TrendPoint {
    fn from(document: &CoverageDocument) -> Self {
        let CoverageDocument { run, ended_at, totals, services, .. } = document;
        Self { run: run.id.clone(), ended_at: *ended_at, totals: *totals, services: services.clone() }
    }
}

/// The trend that ends with this document, after what was there before it. A narrowed run is no point of it: most of
/// what it came to is an earlier run's, and the runs that events start would push the sweeps out.
pub(super) fn trend(document: &CoverageDocument, earlier: Vec<TrendPoint>) -> Vec<TrendPoint> {
    let mut points: Vec<TrendPoint> = earlier.into_iter().filter(|point| point.run != document.run.id).collect();
    points.extend(document.is_full().then(|| TrendPoint::from(document)));
    points.sort_by_key(|point| point.ended_at);
    let surplus = points.len().saturating_sub(POINTS);
    points.split_off(surplus)
}
