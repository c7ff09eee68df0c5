//! What all functions' processes have in common: the runtime loop, the session, how failures are told. I/O: Lambda.

use std::sync::OnceLock;

use lambda_runtime::{Diagnostic, LambdaEvent, run, service_fn};
use serde::Serialize;
use serde_json::Value;

use crate::{Deadline, Details, Refusal, Session, session, telemetry::metric};

/// The kind of fault of a policy that cannot be used.
const INVALID_POLICY: &str = "InvalidPolicy";

/// One invocation.
#[derive(Debug)]
pub struct Invocation {
    /// The input.
    pub payload: Value,
    /// When to come to an end.
    pub deadline: Deadline,
    /// Where its log lines are.
    pub details: Details,
}

/// Why an invocation failed: an error type for the state machine and for alarms, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// `InvalidConfiguration`, `InvalidPolicy`, `InvalidInput` or `CallFailed`.
    pub kind: &'static str,
    /// What happened, and what to do.
    pub message: String,
}

impl Fault {
    /// The input cannot be read.
    #[must_use]
    pub fn input(message: impl Into<String>) -> Self {
        Self { kind: "InvalidInput", message: message.into() }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let (kind, message) = match refusal {
            Refusal::Configuration(mistake) => ("InvalidConfiguration", mistake),
            Refusal::Policy(mistakes) => (INVALID_POLICY, mistakes),
            Refusal::NotGoverned(what) => ("InvalidInput", what),
            Refusal::Call(error) => ("CallFailed", error.to_string()),
        };
        Self { kind, message }
    }
}

impl From<rollcall_core::ServiceError> for Fault {
    fn from(error: rollcall_core::ServiceError) -> Self {
        Refusal::Call(error).into()
    }
}

/// Serves invocations for ever. `name` is the function's, as its calls carry it.
///
/// A failed invocation loses nothing: a queue's messages come back, and the state machine tries again.
pub fn serve<F, R, T>(name: &'static str, handle: F) -> Result<(), lambda_runtime::Error>
where
    F: Fn(&'static Session, Invocation) -> R,
    R: Future<Output = Result<T, Fault>>,
    T: Serialize,
{
    // Nothing is made before the first invocation: that may not delay the function's start.
    static SESSION: OnceLock<Session> = OnceLock::new();
    let handle = &handle;
    // One thread: the work is waiting, and a second one only costs start-up time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(service_fn(move |event: LambdaEvent<Value>| async move {
        let unusable =
            |error: crate::ConfigurationError| Fault { kind: "InvalidConfiguration", message: error.to_string() };
        let session = session(&SESSION, name).map_err(|error| diagnostic(unusable(error)))?;
        let invocation = Invocation {
            deadline: Deadline::of(event.context.deadline(), session.configuration.stop_before),
            details: Details::of_invocation(&event.context.request_id),
            payload: event.payload,
        };
        handle(session, invocation).await.map_err(diagnostic)
    })))
}

fn diagnostic(fault: Fault) -> Diagnostic {
    let Fault { kind, message } = fault;
    tracing::error!(error.kind = kind, "{message}");
    if kind == INVALID_POLICY {
        metric("InvalidPolicies", 1);
    }
    Diagnostic { error_type: kind.to_owned(), error_message: message }
}
