//! The actions whose calls are under way, so that a stop in between leaves a trace of them. No I/O.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Action, ErrorClass, ServiceError};

/// Shared between the run and its calls.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay(Arc<Mutex<Vec<Action>>>);

impl UnderWay {
    pub(super) fn begin(&self, action: &Action) {
        self.actions().push(action.clone());
    }

    pub(super) fn end(&self, action: &Action) {
        self.actions().retain(|begun| begun != action);
    }

    /// Those that are still under way.
    pub(super) fn take(&self) -> Vec<Action> {
        std::mem::take(&mut self.actions())
    }

    fn actions(&self) -> MutexGuard<'_, Vec<Action>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The code of that error.
pub(super) const INTERRUPTED: &str = "Interrupted";

/// The error of a call that was under way when time was up: AWS may have done it or not.
pub(super) fn interrupted() -> ServiceError {
    ServiceError {
        operation: "the call",
        class: ErrorClass::Transient,
        code: INTERRUPTED.to_owned(),
        message: "time was up before the answer came; the next look shows whether it was done".to_owned(),
        request_id: None,
    }
}
