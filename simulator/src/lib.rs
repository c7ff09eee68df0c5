//! A simulated AWS organization that speaks the real wire protocols of STS, Organizations,
//! Account Management, GuardDuty and Inspector.

mod guardduty;
mod inspector2;
mod service;
mod transition;
mod world;
