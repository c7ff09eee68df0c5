//! The stack's own resources, as the functions use them: bucket, state machine, event bus.
//! I/O: S3, Step Functions, EventBridge.

mod bucket;
mod event_bus;
mod state_machine;

pub use bucket::{Bucket, Version};
pub use event_bus::{Event, EventBus};
pub use state_machine::StateMachine;
