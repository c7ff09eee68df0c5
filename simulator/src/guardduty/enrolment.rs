//! The truth about who is enrolled, for `GET /_simulator/enrolment`. No I/O.

use serde_json::{Map, Value, json};

use super::{
    detectors::status,
    features::{self, FOUNDATIONAL},
    policy::managed_names,
    relationship::relationship_seen,
    state::{Detector, Presence, Regional},
};
use crate::world::World;

/// A row for each account that has a detector or a relationship in a region.
///
/// `relationship` is the member's status as the API shows it; `Administrator` for the delegated administrator itself,
/// `Held` for an account that another administrator holds, `Standalone` for a detector that nobody
/// administers. `features` has the foundational data sources too (`CLOUD_TRAIL`, `DNS_LOGS`, `FLOW_LOGS`), and an
/// additional configuration as `RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT`; all are `DISABLED` while the detector is off,
/// and there are none without a detector. `managed` is there only where a policy of the organization manages something.
pub(crate) fn enrolment(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for (region, regional) in &world.guardduty.regions {
        let offered = features::all_offered(world, region);
        let places: Vec<(usize, String)> = (0..features::COUNT)
            .filter(|place| offered.contains(*place))
            .map(|place| (place, features::path_of(place)))
            .collect();
        for (account, presence) in &regional.accounts {
            let relationship = relationship(world, region, regional, account, presence);
            if relationship == "Standalone" && presence.detector.is_none() {
                continue;
            }
            let mut row = json!({
                "service": "guardduty",
                "region": region,
                "account": account,
                "relationship": relationship,
                "features": presence.detector.as_ref().map_or_else(Map::new, |detector| statuses(detector, &places)),
            });
            let managed = managed_names(regional, account);
            if let Some(row) = row.as_object_mut().filter(|_| !managed.is_empty()) {
                row.insert("managed".to_owned(), managed.into());
            }
            rows.push(row);
        }
    }
    rows
}

fn relationship(world: &World, region: &str, regional: &Regional, account: &str, presence: &Presence) -> &'static str {
    if regional.administration.as_ref().is_some_and(|current| current.account == account) {
        "Administrator"
    } else if presence.held_by.is_some() {
        "Held"
    } else if let Some(membership) = &presence.membership {
        relationship_seen(world, region, account, membership).name()
    } else {
        "Standalone"
    }
}

fn statuses(detector: &Detector, places: &[(usize, String)]) -> Map<String, Value> {
    let foundational = FOUNDATIONAL.iter().map(|name| ((*name).to_owned(), status(detector.enabled).into()));
    let chosen = places
        .iter()
        .map(|(place, path)| (path.clone(), status(detector.enabled && detector.on.contains(*place)).into()));
    let unknown = detector.unknown.iter().flat_map(|unknown| unknown.0.iter());
    let unknown = unknown.map(|(name, on)| (name.clone(), status(detector.enabled && *on).into()));
    foundational.chain(chosen).chain(unknown).collect()
}
