//! AWS clients for an access and a region, retries, errors; the organization and its regions.
//!
//! [`Aws`] is made once a process, for nothing: no I/O, no TLS, no credentials until the first call. A service's
//! adapter takes a [`Connection`] and builds its clients from [`Aws::config`]. [`service_error`] turns what the SDK
//! answers into the error that the core knows. [`Organization`] reads Organizations and Account Management.

mod access;
mod caller;
mod class;
mod clients;
mod errors;
mod http;
mod organization;
mod policies;
mod presence;
mod regions;
mod roster;
mod service_control_policies;
mod units;

pub use access::{Access, Connection, Settings, Source};
pub use caller::Caller;
pub use clients::Aws;
pub use errors::{redacted, service_error};
pub use organization::{Organization, endpoint_region};
pub use policies::Attached;
pub use service_control_policies::ServiceControlPolicy;
