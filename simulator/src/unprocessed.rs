//! Takes accounts out of a request, and adds them to the answer as unprocessed. No I/O.

use serde_json::{Map, Value, json};

use crate::{
    faults::Fault,
    model,
    random::Random,
    service::{Answer, Call},
};

/// The parameters that list accounts. AWS's models.
const LISTS: [&str; 2] = ["accountIds", "accountDetails"];

/// Whether an operation, if one is said, can leave accounts unprocessed at all.
pub(crate) fn possible(service: Option<&str>, operation: Option<&str>) -> bool {
    let Some(service) = service else { return true };
    let Some(operation) = operation else { return matches!(service, "guardduty" | "inspector2") };
    let lists_accounts = model::of(service)
        .and_then(|model| model.input(operation))
        .is_some_and(|(_, input)| input.members.iter().any(|(name, member)| LISTS.contains(&member.wire_name(name))));
    lists_accounts && failures_of(service, operation).is_some()
}

/// Whether the call has a list of accounts of which some may stay unprocessed.
pub(crate) fn applies(call: &Call) -> bool {
    list_name(call).is_some() && failures_name(call).is_some()
}

/// The parameter that lists accounts, when it lists any.
fn list_name(call: &Call) -> Option<&'static str> {
    LISTS.into_iter().find(|name| call.input.get(name).and_then(Value::as_array).is_some_and(|list| !list.is_empty()))
}

fn failures_name(call: &Call) -> Option<&'static str> {
    failures_of(call.service, &call.operation)
}

/// Where the answer lists failures. AWS's models.
fn failures_of(service: &str, operation: &str) -> Option<&'static str> {
    match (service, operation) {
        ("guardduty", _) => Some("unprocessedAccounts"),
        ("inspector2", "Enable" | "Disable" | "BatchGetAccountStatus") => Some("failedAccounts"),
        ("inspector2", "BatchGetMemberEc2DeepInspectionStatus" | "BatchUpdateMemberEc2DeepInspectionStatus") => {
            Some("failedAccountIds")
        }
        _ => None,
    }
}

fn id(item: &Value) -> Option<&str> {
    item.as_str().or_else(|| item.get("accountId")?.as_str())
}

/// Takes the fault's accounts out of the request, and says which.
pub(crate) fn take(fault: &Fault, call: &mut Call, random: &mut Random) -> Vec<String> {
    let Some(list) = list_name(call).and_then(|name| call.input.get_mut(name)?.as_array_mut()) else {
        return Vec::new();
    };
    let mut victims = fault.members.clone();
    if victims.is_empty() {
        let index = random.next() % list.len() as u64;
        let item = usize::try_from(index).ok().and_then(|index| list.get(index));
        victims.extend(item.and_then(id).map(str::to_owned));
    }
    let is_victim = |item: &Value| id(item).is_some_and(|id| victims.iter().any(|victim| victim == id));
    let (taken, left): (Vec<Value>, Vec<Value>) = list.drain(..).partition(is_victim);
    *list = left;
    taken.iter().filter_map(id).map(str::to_owned).collect()
}

/// Whether no account is left in the request.
pub(crate) fn nothing_left(call: &Call) -> bool {
    list_name(call).is_none()
}

/// What the operation answers when nothing was left to do.
pub(crate) fn empty_answer(call: &Call) -> Value {
    match (call.service, call.operation.as_str()) {
        ("guardduty", "GetMembers" | "GetMemberDetectors") => json!({"members": []}),
        ("guardduty", _) => json!({}),
        ("inspector2", "Enable" | "Disable" | "BatchGetAccountStatus") => json!({"accounts": []}),
        _ => json!({"accountIds": []}),
    }
}

/// Adds the accounts that were taken out to the answer's failures.
pub(crate) fn add(fault: &Fault, call: &Call, taken: &[String], answer: Answer) -> Answer {
    let mut answer = answer?;
    if let (Some(name), Some(object)) = (failures_name(call), answer.as_object_mut()) {
        let failures = object.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Some(failures) = failures.as_array_mut() {
            failures.extend(taken.iter().map(|account| failure(fault, name, account)));
        }
    }
    Ok(answer)
}

/// Seen in public code: `Internal error` as GuardDuty's result. AWS's model: Inspector's members.
fn failure(fault: &Fault, name: &str, account: &str) -> Value {
    let message = fault.message.as_deref().unwrap_or("Internal error");
    let mut failure = Map::new();
    failure.insert("accountId".to_owned(), json!(account));
    match name {
        "unprocessedAccounts" => {
            failure.insert("result".to_owned(), json!(message));
        }
        "failedAccounts" => {
            failure.insert("errorCode".to_owned(), json!(fault.code.as_deref().unwrap_or("INTERNAL_ERROR")));
            failure.insert("errorMessage".to_owned(), json!(message));
        }
        _ => {
            failure.insert("errorMessage".to_owned(), json!(message));
        }
    }
    Value::Object(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Caller;

    #[test]
    fn accounts_move_from_the_request_to_the_failures_of_the_answer() {
        let mut call = Call {
            caller: Caller::root("111111111111"),
            region: "us-east-1".to_owned(),
            service: "guardduty",
            operation: "CreateMembers".to_owned(),
            input: json!({"accountDetails": [
                {"accountId": "333333333333", "email": "a@b.c"}, {"accountId": "444444444444", "email": "a@b.c"}]}),
        };
        let fault = Fault { members: vec!["444444444444".to_owned()], ..Fault::default() };
        let taken = take(&fault, &mut call, &mut Random::default());
        assert_eq!(taken, ["444444444444"]);
        assert_eq!(call.input["accountDetails"].as_array().unwrap().len(), 1);
        let answer = add(&fault, &call, &taken, Ok(json!({"unprocessedAccounts": []}))).unwrap();
        assert_eq!(answer, json!({"unprocessedAccounts": [{"accountId": "444444444444", "result": "Internal error"}]}));
        let chosen = take(&Fault::default(), &mut call, &mut Random::default());
        assert_eq!(chosen, ["333333333333"]);
        assert!(nothing_left(&call));
    }
}
