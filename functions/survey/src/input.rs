//! Reads the input: the execution, and what it was started with. No I/O.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rollcall_core::{
    Region,
    sweep::{RunId, SweepRun},
};
use rollcall_runtime::Fault;
use serde::Deserialize;
use serde_json::Value;

/// What an invocation is asked to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) run: SweepRun,
    /// The regions that the sweep is narrowed to.
    pub(crate) regions: Option<BTreeSet<Region>>,
    /// How often the execution has called before.
    pub(crate) calls: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    run: RunId,
    started_at: Timestamp,
    #[serde(default)]
    input: Option<Started>,
    #[serde(default)]
    previous: Option<Previous>,
}

/// What the execution was started with; whatever else is in it is not ours.
#[derive(Deserialize)]
struct Started {
    #[serde(default)]
    regions: Option<BTreeSet<Region>>,
}

#[derive(Deserialize)]
struct Previous {
    calls: u32,
}

impl Input {
    pub(crate) fn read(input: &Value) -> Result<Self, Fault> {
        let wire: Wire = serde_json::from_value(input.clone()).map_err(|error| {
            Fault::input(format!(
                "the input is not the state machine's ({error}); it looks like {{\"run\": \"name\", \"startedAt\": \
                 \"2026-11-22T08:00:00Z\", \"input\": {{\"regions\": [\"eu-central-1\"]}}}}"
            ))
        })?;
        let regions = wire.input.and_then(|started| started.regions).filter(|regions| !regions.is_empty());
        let calls = wire.previous.map_or(0, |previous| previous.calls);
        Ok(Self { run: SweepRun { id: wire.run, started_at: wire.started_at }, regions, calls })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_execution_is_for_everything_unless_it_names_regions() {
        let read = |input: Value| {
            let previous = json!({"outcome": "unfinished", "calls": 2});
            let started_at = "2026-11-22T08:00:00.123Z";
            Input::read(&json!({"run": "a-b", "startedAt": started_at, "input": input, "previous": previous})).unwrap()
        };
        for everything in [json!(null), json!({}), json!({"reason": "x"}), json!({"regions": []})] {
            assert_eq!(read(everything).regions, None);
        }
        let narrowed = read(json!({"regions": ["ap-east-1"], "reason": "opt-in"}));
        assert_eq!(narrowed.regions, Some(["ap-east-1".parse().unwrap()].into()));
        assert_eq!(narrowed.calls, 2);
    }

    #[test]
    fn bad_input_is_told_what_good_input_looks_like() {
        for bad in [json!(7), json!({"run": "a/b", "startedAt": "2026-11-22T08:00:00Z"}), json!({"run": "a"})] {
            assert!(Input::read(&bad).unwrap_err().message.contains("startedAt"));
        }
        let region = json!({"run": "a", "startedAt": "2026-11-22T08:00:00Z", "input": {"regions": ["Asia"]}});
        assert!(Input::read(&region).unwrap_err().message.contains("eu-central-1"));
    }
}
