//! The GuardDuty adapter: observe and apply, for one region. I/O: GuardDuty.
//!
//! [`GuardDuty`] translates Amazon GuardDuty's words into the core's normalized state, and the core's actions into
//! GuardDuty's calls. It decides nothing: what is wanted, and whether it may be done, is the planner's matter.

mod apply;
mod detector;
mod effective_policy;
mod guardduty;
mod members;
mod observe;
mod read;
mod reduce;
mod sentences;
mod spec;
mod write;

pub use guardduty::GuardDuty;
pub use spec::SPEC;
