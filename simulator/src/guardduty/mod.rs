//! The simulated service `guardduty`: its state and its operations. No I/O.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{service::Service, world::World};

/// Everything that the service holds. (`Clone`: stale reads are answered from an earlier copy.)
#[derive(Debug, Default, Clone)]
pub(crate) struct State {}

/// One field for each doubtful fact.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Switches {}

/// The service, as the wire sees it.
pub(crate) const SERVICE: Service = Service {
    name: "guardduty",
    operations: &[],
};

/// AWS's own automation, and what is due.
pub(crate) fn settle(_world: &mut World) {}

/// The truth: a row for each account that has any state in a region.
pub(crate) fn enrolment(_world: &World) -> Vec<Value> {
    Vec::new()
}

/// The account has joined the organization.
pub(crate) fn account_joined(_world: &mut World, _account: &str) {}

/// The account's region has become `ENABLED`.
pub(crate) fn region_opted_in(_world: &mut World, _account: &str, _region: &str) {}

/// Makes a special starting state, as `POST /_simulator/state` and the option `--state` describe it
/// (the JSON object without its member `service`).
pub(crate) fn prepare(_world: &mut World, preparation: &Value) -> Result<(), String> {
    Err(format!(
        "`guardduty` does not know this state: {preparation}"
    ))
}
