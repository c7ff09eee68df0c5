//! The catalog of services: one line for each. No I/O.

use rollcall_aws::Connection;
use rollcall_core::{SecurityService, ServiceSpec};

/// A service that Rollcall knows.
#[derive(Debug)]
pub struct Entry {
    /// What the planner needs to know of it.
    pub spec: &'static ServiceSpec,
    /// Makes its adapter for one region; no I/O.
    pub connect: fn(Connection) -> Box<dyn SecurityService>,
}

/// All services.
pub static CATALOG: &[Entry] = &[
    Entry {
        spec: &rollcall_guardduty::SPEC,
        connect: |connection| Box::new(rollcall_guardduty::GuardDuty::connect(connection)),
    },
    Entry {
        spec: &rollcall_inspector::SPEC,
        connect: |connection| Box::new(rollcall_inspector::Inspector::connect(connection)),
    },
];

/// The service that a text from outside names, by its id or AWS's signing name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOG.iter().find(|entry| entry.spec.is_named(name))
}
