//! The simulated service `guardduty`: its state and its operations. No I/O.

use crate::service::Service;

/// Everything that the service holds.
#[derive(Debug, Default)]
pub(crate) struct State {}

/// The service, as the wire sees it.
pub(crate) const SERVICE: Service = Service { name: "guardduty", operations: &[] };
