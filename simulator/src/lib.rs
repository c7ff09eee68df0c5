//! A simulated AWS organization that speaks the real wire protocols of STS, Organizations,
//! Account Management, GuardDuty and Inspector; and of Systems Manager's public parameters, CloudTrail's trails and Security
//! Hub's products, as far as they are read.
//!
//! ```
//! use organization_simulator::{Options, Simulator};
//!
//! let simulator = Simulator::start(&Options { accounts: 5, ..Options::default() })?;
//! // Point any AWS SDK at `simulator.url()`; the access key id is the account that calls.
//! assert_eq!(simulator.organization()["accounts"].as_array().map(Vec::len), Some(5));
//! # Ok::<(), organization_simulator::StartError>(())
//! ```

mod account_management;
mod behaviour;
mod clock;
mod cloudtrail;
mod connection;
mod control;
mod events;
mod faults;
mod gate;
mod guardduty;
mod iam;
mod inspector2;
mod model;
mod options;
mod organization;
mod organizations;
mod paging;
mod policies;
mod random;
mod rates;
mod record;
mod request;
mod saved;
mod securityhub;
mod service;
mod simulation;
mod simulator;
mod ssm;
mod start;
mod states;
mod sts;
mod transition;
mod unprocessed;
mod validation;
mod wire;
mod world;

pub use faults::{Fault, FaultKind};
pub use iam::permissions;
pub use options::Options;
pub use organization::OPT_IN_REGIONS;
pub use record::{Authorization, Record};
pub use simulator::Simulator;
pub use start::DEFAULT_REGIONS;

/// Why a simulation could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An option makes no sense.
    #[error("{0}")]
    Options(String),
    /// The saved organization cannot be gone on with.
    #[error("{0}")]
    Saved(String),
    /// The address cannot be listened on.
    #[error("cannot listen: {0}")]
    Listen(std::io::Error),
}

/// Why an organization could not be saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the simulated organization cannot be saved: {0}")]
pub struct SaveError(String);

/// What was asked of the simulator makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Mistake(pub String);
