//! What a page may show beside the coverage document: earlier sweeps, units' names, since when. No I/O.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rollcall_core::{
    AccountId, Region,
    sweep::{Counts, CoverageDocument},
};
use serde::{Deserialize, Serialize};

/// What the document itself does not hold; nothing of it is needed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extras {
    /// What earlier sweeps came to, in any order; the document itself is added as the last.
    pub trend: Vec<TrendPoint>,
    /// Organizational units and roots by id, such as `ou-ab12-sandbox1`, with their names.
    pub unit_names: BTreeMap<String, String>,
    /// Since when memberships are in their state for their reason, by service and region; of those that are not here
    /// nothing is said.
    pub since: BTreeMap<(String, Region), BTreeMap<AccountId, Timestamp>>,
    /// Where the document itself is, such as `s3://bucket/coverage/latest.json`.
    pub location: Option<String>,
}

/// What one sweep came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrendPoint {
    /// When it ended.
    pub ended_at: Timestamp,
    /// All memberships.
    pub totals: Counts,
    /// The memberships of each service.
    pub services: BTreeMap<String, Counts>,
}

impl From<&CoverageDocument> for TrendPoint {
    fn from(document: &CoverageDocument) -> Self {
        let CoverageDocument { ended_at, totals, services, .. } = document;
        Self { ended_at: *ended_at, totals: *totals, services: services.clone() }
    }
}

/// So many points are shown.
const POINTS: usize = 180;

/// The newest points in their order, the document's own last.
pub(crate) fn trend(document: &CoverageDocument, earlier: &[TrendPoint]) -> Vec<TrendPoint> {
    let mut points: BTreeMap<Timestamp, TrendPoint> = BTreeMap::new();
    for point in earlier.iter().filter(|point| point.ended_at < document.ended_at) {
        points.insert(point.ended_at, point.clone());
    }
    points.insert(document.ended_at, TrendPoint::from(document));
    let surplus = points.len().saturating_sub(POINTS);
    points.into_values().skip(surplus).collect()
}
