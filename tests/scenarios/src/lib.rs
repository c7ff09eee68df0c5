//! The stage for end-to-end stories: the functions' real binaries behind a Lambda Runtime API, pointed at a
//! simulated organization. I/O: processes, loopback.

pub mod bucket;
pub mod calls;
pub mod function;
pub mod queue;
pub mod stage;
pub mod sweep;
pub mod truth;

/// What went wrong on the stage itself.
pub type StageError = Box<dyn std::error::Error + Send + Sync>;
