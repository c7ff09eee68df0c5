//! What every function shares: configuration, telemetry, the catalog of services, and running targets.
//! I/O: AWS through the adapters, the clock, standard output.

mod catalog;
mod configuration;
mod deadline;
mod output;
mod session;
mod telemetry;

pub use catalog::{CATALOG, Entry, find};
pub use configuration::{Configuration, ConfigurationError, Variable, administrator_role, variables};
pub use deadline::Deadline;
pub use output::{Actions, Details, Summary};
pub use session::{Enrolment, Refusal, Session, session};
pub use telemetry::metric;
