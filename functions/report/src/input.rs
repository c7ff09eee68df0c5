//! Reads the input: the run, and how the state machine saw each target end. No I/O.

use rollcall_core::sweep::{SweepRun, TargetEnd};
use rollcall_runtime::Fault;
use serde::Deserialize;
use serde_json::Value;

/// What an invocation is asked to report on.
#[derive(Debug, Deserialize)]
pub(crate) struct Input {
    pub(crate) run: SweepRun,
    pub(crate) ends: Vec<TargetEnd>,
}

impl Input {
    pub(crate) fn read(input: &Value) -> Result<Self, Fault> {
        serde_json::from_value(input.clone()).map_err(|error| {
            Fault::input(format!("the input is not the state machine's ({error}); it has `run` and `ends`"))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_end_is_read_with_and_without_an_error() {
        let run = json!({"id": "a", "startedAt": "2026-11-22T08:00:00Z"});
        let fine = json!({"service": "guardduty", "region": "eu-west-1", "outcome": "converged"});
        let caught = json!({"service": "guardduty", "region": "eu-west-2", "error": "States.Timeout", "cause": ""});
        let input = Input::read(&json!({"run": run, "ends": [fine, caught]})).unwrap();
        assert_eq!(input.ends[0].told(), None);
        assert_eq!(input.ends[1].told().as_deref(), Some("States.Timeout"));
        assert!(Input::read(&json!({"run": run})).unwrap_err().message.contains("ends"));
    }
}
