//! What an EventBridge event asks for. Only the account id is taken from it; everything else is looked up. No I/O.

use rollcall_runtime::{Request, short};
use serde_json::Value;

/// Reads a message's body. An error means that the message cannot be read, and says what was expected.
pub(crate) fn read(body: &str) -> Result<Request, String> {
    let event: Value = serde_json::from_str(body)
        .map_err(|error| format!("the body is not JSON ({error}); expected an EventBridge event"))?;
    let source = text(&event, "/source").ok_or("the body has no text \"source\"; expected an EventBridge event")?;
    if !event.get("detail").is_some_and(Value::is_object) {
        return Err("the body has no object \"detail\"; expected an EventBridge event".to_owned());
    }
    let name = text(&event, "/detail/eventName").unwrap_or_default();
    if let Some(code) = text(&event, "/detail/errorCode") {
        return Ok(Request::Nothing(format!("{} was refused: {}", short(name), short(code))));
    }
    match (source, name) {
        ("aws.organizations", "CreateAccountResult") => {
            finished(&event, "/detail/serviceEventDetails/createAccountStatus", "accountId")
        }
        ("aws.organizations", "AccountJoinedOrganization") => Ok(joined(&event)),
        ("aws.organizations", "MoveAccount") => enroll(&event, "/detail/requestParameters/accountId"),
        ("aws.controltower", "CreateManagedAccount") => {
            finished(&event, "/detail/serviceEventDetails/createManagedAccountStatus", "account/accountId")
        }
        ("aws.controltower", "UpdateManagedAccount") => {
            finished(&event, "/detail/serviceEventDetails/updateManagedAccountStatus", "account/accountId")
        }
        _ => Ok(Request::Nothing(format!("an event of another kind: {} {}", short(source), short(name)))),
    }
}

/// An operation that ended: only a success names an account that is there.
fn finished(event: &Value, status: &str, account: &str) -> Result<Request, String> {
    match text(event, &format!("{status}/state")) {
        Some("SUCCEEDED") => enroll(event, &format!("{status}/{account}")),
        Some(state) => Ok(Request::Nothing(format!("the operation ended as {}", short(state)))),
        None => Err(format!("the event has no text at {status}/state")),
    }
}

fn enroll(event: &Value, pointer: &str) -> Result<Request, String> {
    let id = text(event, pointer).ok_or_else(|| format!("the event has no text at {pointer}"))?;
    id.parse()
        .map(Request::enroll)
        .map_err(|_| format!("at {pointer}: {:?} is not an account id, which has exactly 12 digits", short(id)))
}

/// No full sample of this event is public, so the id is looked for where related events have it.
fn joined(event: &Value) -> Request {
    const PLACES: [&str; 6] = [
        "/detail/serviceEventDetails/accountId",
        "/detail/serviceEventDetails/account/accountId",
        "/detail/serviceEventDetails/account/id",
        "/detail/serviceEventDetails/accountJoinedOrganization/accountId",
        "/detail/requestParameters/accountId",
        "/detail/responseElements/accountId",
    ];
    let found = PLACES.iter().find_map(|place| text(event, place)?.parse().ok());
    let unknown = || Request::Sweep("AccountJoinedOrganization names no account where one was looked for".to_owned());
    found.map_or_else(unknown, Request::enroll)
}

fn text<'a>(event: &'a Value, pointer: &str) -> Option<&'a str> {
    event.pointer(pointer).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_sample(sample: &str) -> Result<Request, String> {
        let sample: Value = serde_json::from_str(sample).unwrap();
        read(&sample["event"].to_string())
    }

    macro_rules! sample {
        ($name:literal) => {
            read_sample(include_str!(concat!("../../../events/", $name, ".json")))
        };
    }

    fn newcomer() -> Request {
        Request::enroll("444455556666".parse().unwrap())
    }

    fn nothing(request: &Result<Request, String>) -> bool {
        matches!(request, Ok(Request::Nothing(_)))
    }

    #[test]
    fn every_event_of_an_account_that_joined_names_it() {
        assert_eq!(sample!("create-account-result-succeeded"), Ok(newcomer()));
        assert_eq!(sample!("account-joined-organization"), Ok(newcomer()));
        assert_eq!(sample!("create-managed-account"), Ok(newcomer()));
        assert_eq!(sample!("update-managed-account"), Ok(newcomer()));
        assert_eq!(sample!("move-account"), Ok(Request::enroll("549271133721".parse().unwrap())));
    }

    #[test]
    fn of_the_two_ids_of_a_govcloud_account_the_one_in_this_organization_is_taken() {
        assert_eq!(sample!("create-gov-cloud-account-result"), Ok(newcomer()));
    }

    #[test]
    fn failures_refusals_and_other_events_ask_for_nothing() {
        assert!(nothing(&sample!("create-account-result-failed")));
        assert!(nothing(&sample!("update-managed-account-failed")));
        assert!(nothing(&sample!("move-account-denied")));
        assert!(nothing(&sample!("create-account-call")));
        assert!(nothing(&sample!("close-account-result")));
        assert!(nothing(&sample!("remove-account-from-organization")));
        assert!(nothing(&sample!("region-opt-in-status-change")));
    }

    #[test]
    fn a_joined_event_without_an_id_is_left_to_the_sweep() {
        assert!(matches!(sample!("account-joined-organization-without-id"), Ok(Request::Sweep(_))));
    }

    #[test]
    fn what_cannot_be_read_says_what_was_expected() {
        let told = |body: &str| read(body).unwrap_err();
        assert!(told("").contains("not JSON"));
        assert!(told("[1, 2]").contains("source"));
        assert!(told(r#"{"source": 7, "detail": {}}"#).contains("source"));
        assert!(told(r#"{"source": "aws.organizations", "detail": "text"}"#).contains("detail"));
        let id = |id: &str| {
            let detail = format!(r#"{{"eventName": "MoveAccount", "requestParameters": {{"accountId": {id}}}}}"#);
            told(&format!(r#"{{"source": "aws.organizations", "detail": {detail}}}"#))
        };
        assert!(id("\"12345678901\"").contains("exactly 12 digits"));
        assert!(id("444455556666").contains("has no text at /detail/requestParameters/accountId"));
        assert!(id("null").contains("/detail/requestParameters/accountId"));
    }

    #[test]
    fn nothing_that_is_quoted_from_an_event_is_long_or_an_address() {
        let refused = format!(
            r#"{{"source": "aws.x", "detail": {{"eventName": "root@example.com", "errorCode": "{}"}}}}"#,
            "e".repeat(999)
        );
        let Ok(Request::Nothing(why)) = read(&refused) else { panic!("a refused call asks for nothing") };
        assert!(why.len() < 200 && !why.contains('@'), "{why}");
        let detail = r#"{"eventName": "MoveAccount", "requestParameters": {"accountId": "root@example.com"}}"#;
        let why = read(&format!(r#"{{"source": "aws.organizations", "detail": {detail}}}"#)).unwrap_err();
        assert!(!why.contains('@'), "{why}");
    }

    #[test]
    fn a_message_is_read_whatever_its_size_and_depth() {
        let long = format!(r#"{{"source": "aws.other", "detail": {{"x": "{}"}}}}"#, "é".repeat(128 * 1024));
        assert!(nothing(&read(&long)));
        assert!(read(&"[".repeat(200_000)).unwrap_err().contains("not JSON"));
    }
}
