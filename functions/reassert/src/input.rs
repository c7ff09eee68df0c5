//! Reads the input: which target, within which run, and what the call before came to. No I/O.

use rollcall_core::{
    Coverage, Region,
    sweep::{Calls, SweepRun},
};
use rollcall_runtime::{CATALOG, Entry, Fault, find};
use serde::Deserialize;
use serde_json::Value;

/// What an invocation is asked to do.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) entry: &'static Entry,
    pub(crate) region: Region,
    /// The sweep that it is part of.
    pub(crate) run: Option<SweepRun>,
    /// What the call before said of itself.
    pub(crate) previous: Option<Previous>,
}

/// The part of an earlier summary that counts.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Previous {
    pub(crate) calls: Calls,
    pub(crate) memberships: Coverage,
}

#[derive(Deserialize)]
struct Context {
    #[serde(default)]
    run: Option<SweepRun>,
    #[serde(default)]
    previous: Option<Previous>,
}

const EXAMPLE: &str = r#"{"service": "guardduty", "region": "eu-central-1"}"#;

pub(crate) fn read(input: &Value) -> Result<Input, Fault> {
    let (entry, region) = target(input).map_err(Fault::input)?;
    let context = serde_json::from_value(input.clone());
    let Context { run, previous } =
        context.map_err(|error| Fault::input(format!("`run` and `previous` are not the state machine's: {error}")))?;
    Ok(Input { entry, region, run, previous })
}

/// The target that the input names.
fn target(input: &Value) -> Result<(&'static Entry, Region), String> {
    let text = |key: &str| {
        let value = input.get(key).and_then(Value::as_str);
        value.ok_or_else(|| format!("the input has no text {key:?}; it looks like {EXAMPLE}"))
    };
    let (service, region) = (text("service")?, text("region")?);
    let known: Vec<&str> = CATALOG.iter().map(|entry| entry.spec.id.as_str()).collect();
    let entry = find(service).ok_or_else(|| {
        let shown: String = service.chars().take(40).collect();
        format!("{shown:?} is not a service; known are {}", known.join(", "))
    })?;
    Ok((entry, region.parse().map_err(|error| format!("{error}"))?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_input_names_a_service_by_either_of_its_names() {
        for name in ["inspector", "inspector2"] {
            let input = read(&json!({"service": name, "region": "eu-west-1", "more": 1})).unwrap();
            assert_eq!((input.entry.spec.id.as_str(), input.region.as_str()), ("inspector", "eu-west-1"));
            assert!(input.run.is_none() && input.previous.is_none());
        }
    }

    #[test]
    fn the_state_machine_adds_the_run_and_the_call_before() {
        let run = json!({"id": "sweep-1", "startedAt": "2026-11-22T08:00:00.123Z"});
        let coverage = json!({
            "enrolled": 3, "pending": 0, "missing": 0, "blocked": 0, "notApplicable": 0, "unknown": 0,
        });
        let previous = json!({"outcome": "pending", "calls": {"made": 2, "waits": 1}, "memberships": coverage});
        let input = json!({"service": "guardduty", "region": "eu-west-1", "run": run, "previous": previous});
        let input = read(&input).unwrap();
        assert_eq!(input.run.unwrap().id.to_string(), "sweep-1");
        assert_eq!(input.previous.unwrap().calls.made, 2);
        let first = read(&json!({"service": "guardduty", "region": "eu-west-1", "run": run, "previous": null}));
        assert!(first.unwrap().previous.is_none());
        let strange = read(&json!({"service": "guardduty", "region": "eu-west-1", "run": {"id": "../x"}}));
        assert_eq!(strange.unwrap_err().kind, "InvalidInput");
    }

    #[test]
    fn bad_input_is_told_what_good_input_looks_like() {
        let mistake = |input: Value| read(&input).err().unwrap().message;
        assert!(mistake(json!("guardduty")).contains(EXAMPLE));
        assert!(mistake(json!({"service": 1, "region": "eu-west-1"})).contains(EXAMPLE));
        assert!(mistake(json!({"service": "macie", "region": "eu-west-1"})).contains("known are guardduty, inspector"));
        assert!(mistake(json!({"service": "guardduty", "region": "Frankfurt"})).contains("eu-central-1"));
    }
}
