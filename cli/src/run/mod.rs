//! A sweep in one process, as the state machine runs it over the functions: survey, then all targets side by side.
//! I/O: AWS, the stack's bucket where one is named.

mod narrow;
mod policy;
mod progress;
mod survey;
mod targets;

pub(crate) use narrow::{Narrow, service};
pub(crate) use policy::PolicyFile;
pub(crate) use progress::Progress;
pub(crate) use survey::Surveying;
pub(crate) use targets::{Done, HeldBack, Targets};

use futures::FutureExt;
use rollcall_core::Stop;
use rollcall_runtime::Deadline;
use tokio::signal::unix::{SignalKind, signal};

use crate::output::Failure;

/// How the shell tells that a program was interrupted.
const INTERRUPTED: i32 = 130;

/// Completes when a person or the system asks the program to stop; a second time ends it at once.
pub(crate) fn interruption() -> Result<Stop, Failure> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (asked, stop) = tokio::sync::oneshot::channel::<()>();
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        crate::output::tell("stopping; calls that are under way are given up, though AWS may have done what they ask");
        _ = asked.send(());
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        std::process::exit(INTERRUPTED);
    });
    Ok(stop.map(|_| ()).boxed().shared())
}

/// No other end than an interruption.
pub(crate) fn until(stop: &Stop) -> Deadline {
    Deadline { half: stop.clone(), end: stop.clone() }
}

/// Whether the program was asked to stop.
pub(crate) fn is_stopped(stop: &Stop) -> bool {
    stop.clone().now_or_never().is_some()
}
