//! The moment at which a function must come to an end. I/O: the clock.

use std::time::{Duration, SystemTime};

use futures::FutureExt;
use rollcall_core::Stop;

/// Completes `before` the deadline, or at once where that has passed.
#[must_use]
pub fn stop_at(deadline: SystemTime, before: Duration) -> Stop {
    let left = deadline.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(before);
    tokio::time::sleep(left).boxed().shared()
}
