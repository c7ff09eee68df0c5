//! Lambda function: re-asserts one target. Input `{"service", "region"}`, output a summary. I/O: Lambda, AWS.

use std::sync::{Arc, OnceLock};

use lambda_runtime::{Diagnostic, LambdaEvent, run, service_fn};
use rollcall_core::Region;
use rollcall_runtime::{CATALOG, Deadline, Details, Entry, Refusal, Session, Summary, find};
use serde_json::Value;

fn main() -> Result<(), lambda_runtime::Error> {
    let session: Arc<OnceLock<Session>> = Arc::default();
    // One thread: the work is waiting, and a second one only costs start-up time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(service_fn(move |event| {
        let session = Arc::clone(&session);
        async move { reassert(&session, event).await }
    })))
}

async fn reassert(session: &OnceLock<Session>, event: LambdaEvent<Value>) -> Result<Summary, Diagnostic> {
    let session =
        rollcall_runtime::session(session).map_err(|error| diagnostic("InvalidConfiguration", error.to_string()))?;
    let (entry, region) = target(&event.payload).map_err(|mistake| diagnostic("InvalidInput", mistake))?;
    let details = Details::of_invocation(&event.context.request_id);
    let mode = session.configuration.mode;
    let deadline = Deadline::of(event.context.deadline(), session.configuration.stop_before);
    match session.reassert(entry, &region, &deadline).await {
        Ok(report) => Ok(Summary::new(&report, mode, details)),
        Err(Refusal::Configuration(mistake)) => Err(diagnostic("InvalidConfiguration", mistake)),
        Err(Refusal::Call(error)) => {
            let hint = if error.class.is_denial() { "; check the roles that the configuration names" } else { "" };
            let message = format!("the target was not looked at: {error}{hint}");
            tracing::error!(service = entry.spec.id.as_str(), region = region.as_str(), "{message}");
            Ok(Summary::failed(entry.spec.id, &region, mode, message, details))
        }
    }
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

const EXAMPLE: &str = r#"{"service": "guardduty", "region": "eu-central-1"}"#;

fn diagnostic(error_type: &str, message: String) -> Diagnostic {
    tracing::error!("{message}");
    Diagnostic { error_type: error_type.to_owned(), error_message: message }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_input_names_a_service_by_either_of_its_names() {
        for name in ["inspector", "inspector2"] {
            let (entry, region) = target(&json!({"service": name, "region": "eu-west-1", "more": 1})).ok().unwrap();
            assert_eq!((entry.spec.id.as_str(), region.as_str()), ("inspector", "eu-west-1"));
        }
    }

    #[test]
    fn bad_input_is_told_what_good_input_looks_like() {
        let mistake = |input: Value| target(&input).err().unwrap();
        assert!(mistake(json!("guardduty")).contains(EXAMPLE));
        assert!(mistake(json!({"service": 1, "region": "eu-west-1"})).contains(EXAMPLE));
        assert!(mistake(json!({"service": "macie", "region": "eu-west-1"})).contains("known are guardduty, inspector"));
        assert!(mistake(json!({"service": "guardduty", "region": "Frankfurt"})).contains("eu-central-1"));
    }
}
