//! What every function shares: configuration, telemetry, the catalog of services, and running targets.
//! I/O: AWS through the adapters, the clock, standard output.

mod batch;
mod catalog;
mod configuration;
mod deadline;
mod enrolment;
mod output;
mod policy;
mod serve;
mod session;
mod surveyed;
mod telemetry;

pub use batch::{Request, enroll_batch, short};
pub use catalog::{CATALOG, Entry, find};
pub use configuration::{Configuration, ConfigurationError, Variable, administrator_id, administrator_role, variables};
pub use deadline::Deadline;
pub use enrolment::{Enrolment, Reach};
pub use output::{Actions, Details, Summary};
pub use policy::{PolicyInForce, stored_policy};
pub use serve::{Fault, Invocation, serve};
pub use session::{Refusal, Session, session};
pub use surveyed::Surveyed;
pub use telemetry::{Figure, figures, metric};
