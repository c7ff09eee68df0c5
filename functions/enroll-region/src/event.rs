//! What an EventBridge event asks for. Only account and region are taken from it; the status is looked up. No I/O.

use rollcall_core::AccountId;
use rollcall_runtime::{Reach, Request, short};
use serde_json::Value;

/// Reads a message's body. An error means that the message cannot be read, and says what was expected.
///
/// A region that is being opted in to has another event once that is done, and one that is opted out of needs nothing.
pub(crate) fn read(body: &str) -> Result<Request, String> {
    let event: Value = serde_json::from_str(body)
        .map_err(|error| format!("the body is not JSON ({error}); expected an EventBridge event"))?;
    let text = |pointer: &str| {
        let found = event.pointer(pointer).and_then(Value::as_str);
        found.ok_or_else(|| format!("the body has no text at {pointer}; expected an EventBridge event"))
    };
    let (source, kind) = (text("/source")?, text("/detail-type")?);
    if (source, kind) != ("aws.account", "Region Opt-In Status Change") {
        return Ok(Request::Nothing(format!("an event of another kind: {} {}", short(source), short(kind))));
    }
    let (status, account, region) = (text("/detail/status")?, text("/detail/accountId")?, text("/detail/regionName")?);
    let account: AccountId = account.parse().map_err(|invalid| format!("at /detail/accountId: {invalid}"))?;
    let region = region.parse().map_err(|invalid| format!("at /detail/regionName: {invalid}"))?;
    Ok(match status {
        "ENABLED" => Request::Enroll(account, Reach::Regions([region].into())),
        other => Request::Nothing(format!("account {account} has {region} as {}", short(other))),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample(change: impl Fn(&mut Value)) -> Result<Request, String> {
        let sample: Value =
            serde_json::from_str(include_str!("../../../events/region-opt-in-status-change.json")).unwrap();
        let mut event = sample["event"].clone();
        change(&mut event);
        read(&event.to_string())
    }

    #[test]
    fn an_opt_in_that_is_complete_names_account_and_region_of_the_detail() {
        let enabled = sample(|event| {
            event["account"] = json!("999999999999");
            event["detail"]["status"] = json!("ENABLED");
            event["detail"]["accountId"] = json!("444455556666");
            event["detail"]["regionName"] = json!("ap-east-1");
        });
        let region = "ap-east-1".parse().unwrap();
        let account = "444455556666".parse().unwrap();
        assert_eq!(enabled, Ok(Request::Enroll(account, Reach::Regions([region].into()))));
    }

    #[test]
    fn what_begins_or_turns_off_changes_nothing() {
        for status in ["ENABLING", "DISABLED", "DISABLING", "MOVED"] {
            let read = sample(|event| event["detail"]["status"] = json!(status));
            assert!(matches!(&read, Ok(Request::Nothing(why)) if why.contains(status)), "{read:?}");
        }
        let other = sample(|event| event["detail-type"] = json!("Something Else"));
        assert!(matches!(other, Ok(Request::Nothing(_))));
    }

    #[test]
    fn what_cannot_be_read_says_what_was_expected() {
        assert!(read("no").unwrap_err().contains("not JSON"));
        assert!(read("{}").unwrap_err().contains("/source"));
        let mistake = |change: fn(&mut Value)| sample(change).unwrap_err();
        assert!(mistake(|event| event["detail"] = json!("text")).contains("/detail/status"));
        assert!(mistake(|event| event["detail"]["accountId"] = json!("12")).contains("exactly 12 digits"));
        assert!(mistake(|event| event["detail"]["regionName"] = json!("Asia")).contains("looks like"));
        let address = mistake(|event| event["detail"]["accountId"] = json!("root@example.com"));
        assert!(!address.contains('@'), "{address}");
    }
}
