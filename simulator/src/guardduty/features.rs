//! GuardDuty's features and their additional configurations, as small fixed structures. No I/O.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::refusals::{self, bad_request};
use crate::{service::Refusal, world::World};

/// A feature, or an additional configuration of one (then `parent` says of which).
pub(super) struct Feature {
    pub(super) name: &'static str,
    pub(super) parent: Option<usize>,
    /// A feature of detectors only: the organization's configuration and members' listings do not know it.
    pub(super) detector_only: bool,
}

const fn feature(name: &'static str) -> Feature {
    Feature { name, parent: None, detector_only: false }
}

const fn additional(parent: usize, name: &'static str) -> Feature {
    Feature { name, parent: Some(parent), detector_only: false }
}

pub(super) const COUNT: usize = 14;
pub(super) const S3_DATA_EVENTS: usize = 0;
pub(super) const EKS_AUDIT_LOGS: usize = 1;
pub(super) const EBS_MALWARE_PROTECTION: usize = 2;
pub(super) const RDS_LOGIN_EVENTS: usize = 3;
pub(super) const LAMBDA_NETWORK_LOGS: usize = 4;
pub(super) const EKS_RUNTIME_MONITORING: usize = 5;
pub(super) const RUNTIME_MONITORING: usize = 6;
pub(super) const AI_PROTECTION: usize = 7;
pub(super) const EKS_ADDON_OF_RUNTIME: usize = 10;
pub(super) const ECS_FARGATE_AGENT: usize = 11;
pub(super) const EC2_AGENT: usize = 12;

/// Enums `DetectorFeature`, `OrgFeature` and `OrgFeatureAdditionalConfiguration` of AWS's model. Which feature
/// `RDS_DATA_RISK` belongs to is not documented: inferred from its name.
pub(super) static FEATURES: [Feature; COUNT] = [
    feature("S3_DATA_EVENTS"),
    feature("EKS_AUDIT_LOGS"),
    feature("EBS_MALWARE_PROTECTION"),
    feature("RDS_LOGIN_EVENTS"),
    feature("LAMBDA_NETWORK_LOGS"),
    feature("EKS_RUNTIME_MONITORING"),
    feature("RUNTIME_MONITORING"),
    feature("AI_PROTECTION"),
    Feature { name: "AI_ANALYST", parent: None, detector_only: true },
    additional(EKS_RUNTIME_MONITORING, "EKS_ADDON_MANAGEMENT"),
    additional(RUNTIME_MONITORING, "EKS_ADDON_MANAGEMENT"),
    additional(RUNTIME_MONITORING, "ECS_FARGATE_AGENT_MANAGEMENT"),
    additional(RUNTIME_MONITORING, "EC2_AGENT_MANAGEMENT"),
    additional(RDS_LOGIN_EVENTS, "RDS_DATA_RISK"),
];

/// What every detector watches; it cannot be chosen. Enum `DetectorFeatureResult` of AWS's model.
pub(super) const FOUNDATIONAL: [&str; 3] = ["CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"];

/// Some of [`FEATURES`], by their places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FeatureSet(u16);

impl FeatureSet {
    pub(super) fn contains(self, place: usize) -> bool {
        self.0 & (1 << place) != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn insert(&mut self, place: usize) {
        self.0 |= 1 << place;
    }

    /// Takes a feature out, with its additional configurations.
    pub(super) fn remove(&mut self, place: usize) {
        self.0 &= !(1 << place);
        for (child, feature) in FEATURES.iter().enumerate() {
            if feature.parent == Some(place) {
                self.0 &= !(1 << child);
            }
        }
    }

    pub(super) fn set(&mut self, place: usize, on: bool) {
        if on {
            self.insert(place);
        } else {
            self.remove(place);
        }
    }

    /// Those that are in either.
    pub(super) fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that are not among the others.
    pub(super) fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Those that are in both.
    pub(super) fn within(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// With the others on too; an additional configuration with its feature only. Runtime monitoring stays off where its legacy for EKS is on, and the other way
    /// round: AWS model, "You can add only one of these two features".
    pub(super) fn with(self, others: Self) -> Self {
        let mut all = self;
        for place in (0..COUNT).filter(|place| others.contains(*place)) {
            let top = FEATURES.get(place).and_then(|feature| feature.parent).unwrap_or(place);
            if !other_runtime(top).is_some_and(|other| all.contains(other)) && has_parent_on(all, place) {
                all.insert(place);
            }
        }
        all
    }
}

impl FromIterator<usize> for FeatureSet {
    fn from_iter<I: IntoIterator<Item = usize>>(places: I) -> Self {
        let mut set = Self::default();
        places.into_iter().for_each(|place| set.insert(place));
        set
    }
}

/// Whether the feature of the additional configuration is on; a feature has none.
pub(super) fn has_parent_on(on: FeatureSet, place: usize) -> bool {
    FEATURES.get(place).and_then(|feature| feature.parent).is_none_or(|parent| on.contains(parent))
}

/// The feature that excludes this one.
pub(super) fn other_runtime(place: usize) -> Option<usize> {
    match place {
        EKS_RUNTIME_MONITORING => Some(RUNTIME_MONITORING),
        RUNTIME_MONITORING => Some(EKS_RUNTIME_MONITORING),
        _ => None,
    }
}

/// The place of `S3_DATA_EVENTS` or `RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT`.
pub(super) fn place_of(path: &str) -> Option<usize> {
    let (parent, name) = match path.split_once('/') {
        Some((parent, name)) => (Some(place_of(parent)?), name),
        None => (None, path),
    };
    FEATURES.iter().position(|feature| feature.name == name && feature.parent == parent)
}

/// The name of a place: `RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT` for an additional configuration.
pub(super) fn path_of(place: usize) -> String {
    let Some(feature) = FEATURES.get(place) else {
        return String::new();
    };
    match feature.parent {
        Some(parent) => format!("{}/{}", path_of(parent), feature.name),
        None => feature.name.to_owned(),
    }
}

/// Whether the region offers the feature; an additional configuration goes with its feature.
pub(super) fn offered(world: &World, region: &str, place: usize) -> bool {
    FEATURES.get(place).is_some_and(|feature| match feature.parent {
        Some(parent) => offered(world, region, parent),
        None => world.offers_feature("guardduty", region, feature.name),
    })
}

/// Every place that the region offers.
pub(super) fn all_offered(world: &World, region: &str) -> FeatureSet {
    (0..COUNT).filter(|place| offered(world, region, *place)).collect()
}

/// What a request wants of features: places and wanted values, a feature before its additional configurations.
/// One that the region does not offer fails the whole call (AWS documentation: "some data sources might not be
/// available in all the Regions"; message seen in public code), and so do both kinds of runtime monitoring.
pub(super) fn requested<T>(
    world: &World,
    region: &str,
    features: Option<&Value>,
    field: &str,
    read: fn(&str) -> Option<T>,
) -> Result<Vec<(usize, T)>, Refusal> {
    let mut wanted = Vec::new();
    for item in features.and_then(Value::as_array).into_iter().flatten() {
        let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
        let place = place_of(name).filter(|place| offered(world, region, *place));
        let place = place.ok_or_else(|| bad_request(refusals::INVALID_VALUE))?;
        push_value(&mut wanted, place, item, field, read);
        for item in item.get("additionalConfiguration").and_then(Value::as_array).into_iter().flatten() {
            let child = item.get("name").and_then(Value::as_str).unwrap_or_default();
            let child = place_of(&format!("{name}/{child}"));
            push_value(&mut wanted, child.ok_or_else(|| bad_request(refusals::INVALID_VALUE))?, item, field, read);
        }
    }
    let names = |place| wanted.iter().any(|(wanted, _)| *wanted == place);
    if names(EKS_RUNTIME_MONITORING) && names(RUNTIME_MONITORING) {
        return Err(bad_request(refusals::INVALID_VALUE));
    }
    Ok(wanted)
}

fn push_value<T>(wanted: &mut Vec<(usize, T)>, place: usize, item: &Value, field: &str, read: fn(&str) -> Option<T>) {
    if let Some(value) = item.get(field).and_then(Value::as_str).and_then(read) {
        wanted.push((place, value));
    }
}

/// The statuses that a request wants for a detector's features, the deprecated `dataSources` included.
pub(super) fn requested_statuses(world: &World, region: &str, input: &Value) -> Result<Vec<(usize, bool)>, Refusal> {
    let mut wanted: Vec<(usize, bool)> = [
        ("/dataSources/s3Logs/enable", S3_DATA_EVENTS),
        ("/dataSources/kubernetes/auditLogs/enable", EKS_AUDIT_LOGS),
        ("/dataSources/malwareProtection/scanEc2InstanceWithFindings/ebsVolumes", EBS_MALWARE_PROTECTION),
    ]
    .into_iter()
    .filter_map(|(pointer, place)| Some((place, input.pointer(pointer)?.as_bool()?)))
    .collect();
    wanted.extend(requested(world, region, input.get("features"), "status", |status| Some(status == "ENABLED"))?);
    Ok(wanted)
}

/// The list of features in an answer: `describe` gives the members of one, beside its name.
pub(super) fn listed(places: FeatureSet, mut describe: impl FnMut(usize) -> Map<String, Value>) -> Vec<Value> {
    let mut one = |place: usize| {
        let mut members = describe(place);
        let name = FEATURES.get(place).map_or("", |feature| feature.name);
        members.insert("name".to_owned(), name.into());
        members
    };
    let mut features = Vec::new();
    for (place, _) in
        FEATURES.iter().enumerate().filter(|(place, feature)| feature.parent.is_none() && places.contains(*place))
    {
        let mut members = one(place);
        let additional: Vec<Value> = FEATURES
            .iter()
            .enumerate()
            .filter(|(_, feature)| feature.parent == Some(place))
            .map(|(child, _)| Value::Object(one(child)))
            .collect();
        if !additional.is_empty() {
            members.insert("additionalConfiguration".to_owned(), additional.into());
        }
        features.push(Value::Object(members));
    }
    features
}

/// The places among these that members and the organization's configuration have.
pub(super) fn of_members(places: FeatureSet) -> FeatureSet {
    (0..COUNT)
        .filter(|place| places.contains(*place) && FEATURES.get(*place).is_some_and(|feature| !feature.detector_only))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(features: &Value) -> Result<Vec<(usize, bool)>, Refusal> {
        requested_statuses(&World::default(), "eu-west-1", &json!({"features": features}))
    }

    #[test]
    fn every_feature_has_a_path_and_its_place_is_found_by_it() {
        for place in 0..COUNT {
            assert_eq!(place_of(&path_of(place)), Some(place));
        }
        assert_eq!(path_of(10), "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT");
    }

    #[test]
    fn both_kinds_of_runtime_monitoring_in_one_request_are_an_error() {
        let both = json!([{"name": "RUNTIME_MONITORING", "status": "ENABLED"}, {"name": "EKS_RUNTIME_MONITORING", "status": "DISABLED"}]);
        assert_eq!(wanted(&both).unwrap_err().message, refusals::INVALID_VALUE);
    }

    #[test]
    fn an_additional_configuration_of_another_feature_is_an_error() {
        let with = |name: &str| json!([{"name": name, "status": "ENABLED", "additionalConfiguration": [{"name": "EC2_AGENT_MANAGEMENT", "status": "ENABLED"}]}]);
        assert_eq!(wanted(&with("RUNTIME_MONITORING")).unwrap(), [(RUNTIME_MONITORING, true), (12, true)]);
        assert!(wanted(&with("S3_DATA_EVENTS")).is_err());
    }

    #[test]
    fn turning_a_feature_off_turns_its_additional_configurations_off() {
        let mut set: FeatureSet = [RUNTIME_MONITORING, 10, 12].into_iter().collect();
        set.remove(RUNTIME_MONITORING);
        assert!(set.is_empty());
    }

    #[test]
    fn the_legacy_runtime_monitoring_keeps_the_new_one_and_its_agents_off() {
        let legacy: FeatureSet = [EKS_RUNTIME_MONITORING].into_iter().collect();
        assert_eq!(legacy.with([RUNTIME_MONITORING, 12].into_iter().collect()), legacy);
    }

    #[test]
    fn deprecated_data_sources_stand_for_their_features() {
        let input = json!({"dataSources": {"kubernetes": {"auditLogs": {"enable": false}}}});
        let wanted = requested_statuses(&World::default(), "eu-west-1", &input).unwrap();
        assert_eq!(wanted, [(EKS_AUDIT_LOGS, false)]);
    }
}
