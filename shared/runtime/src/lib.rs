//! What every function shares: configuration, telemetry, the catalog of services, and running targets.

mod catalog;
mod configuration;
mod deadline;
mod output;
mod session;
mod telemetry;

pub use catalog::{CATALOG, Entry, find};
pub use configuration::{Configuration, ConfigurationError, VARIABLES, Variable, variables};
pub use deadline::stop_at;
pub use output::{Actions, Details, Summary};
pub use session::{Enrolment, Session, session};
pub use telemetry::metric;
