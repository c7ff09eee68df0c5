//! The moments at which a function must come to an end. I/O: the clock.

use std::time::{Duration, SystemTime};

use futures::FutureExt;
use rollcall_core::Stop;

/// When to stop what.
#[derive(Debug, Clone)]
pub struct Deadline {
    /// Completes at half of the time: looking accounts up must leave time to act on them.
    pub half: Stop,
    /// Completes when everything must come to an end.
    pub end: Stop,
}

impl Deadline {
    /// A deadline that ends `before` a function's own, or at once where that has passed.
    #[must_use]
    pub fn of(function: SystemTime, before: Duration) -> Self {
        let left = function.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(before);
        Self { half: after(left / 2), end: after(left) }
    }
}

fn after(time: Duration) -> Stop {
    tokio::time::sleep(time).boxed().shared()
}
