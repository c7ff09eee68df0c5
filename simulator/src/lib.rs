//! A simulated AWS organization that speaks the real wire protocols of STS, Organizations,
//! Account Management, GuardDuty and Inspector.

mod behaviour;
mod clock;
mod guardduty;
mod inspector2;
mod model;
mod organization;
mod paging;
mod random;
mod request;
mod service;
mod transition;
mod validation;
mod world;
