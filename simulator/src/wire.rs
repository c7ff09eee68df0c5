//! Writes answers as AWS's protocols do: REST-JSON, JSON 1.1, and query with XML. No I/O.

use serde_json::{Map, Value, json};

use crate::{
    model::{Model, Protocol},
    service::{Answer, Refusal},
};

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// The answer as the service's protocol writes it.
pub(crate) fn reply(model: &Model, operation: &str, answer: &Answer, request_id: &str) -> Reply {
    let mut reply = match (answer, model.protocol) {
        (Ok(output), Protocol::Query) => xml_output(model, operation, output, request_id),
        (Err(refusal), Protocol::Query) => xml_error(model, refusal, request_id),
        (Ok(output), _) => json_output(model, operation, output),
        (Err(refusal), Protocol::Json) => json_error(model, refusal),
        (Err(refusal), Protocol::RestJson) => rest_error(model, refusal),
    };
    reply.headers.push(("x-amzn-requestid", request_id.to_owned()));
    reply
}

/// What the call log shows of an answer: the output, or the error's body.
pub(crate) fn shown(answer: &Answer) -> Value {
    match answer {
        Ok(output) => output.clone(),
        Err(refusal) => {
            let mut body = refusal.members.clone();
            body.insert("message".to_owned(), json!(refusal.message));
            Value::Object(body)
        }
    }
}

fn json_output(model: &Model, operation: &str, output: &Value) -> Reply {
    let content_type = match model.protocol {
        Protocol::Json => "application/x-amz-json-1.1",
        _ => "application/json",
    };
    let status = model.operations.get(operation).map_or(200, |binding| binding.status);
    // No output at all is an empty body, as of an operation without an output shape.
    let body = if output.is_null() { String::new() } else { output.to_string() };
    Reply { status, headers: vec![("content-type", content_type.to_owned())], body }
}

/// AWS's models: `Message`, `Reason` and so on beside `__type`. Some errors of Systems Manager spell it `message`.
fn json_error(model: &Model, refusal: &Refusal) -> Reply {
    let mut body = refusal.members.clone();
    body.insert("__type".to_owned(), json!(refusal.code));
    let message = model.messages.get(&refusal.code).map_or("Message", String::as_str);
    if !message.is_empty() {
        body.insert(message.to_owned(), json!(refusal.message));
    }
    Reply {
        status: refusal.status,
        headers: vec![("content-type", "application/x-amz-json-1.1".to_owned())],
        body: Value::Object(body).to_string(),
    }
}

/// Seen in public code: the code in the header `x-amzn-errortype`; GuardDuty has another `__type` in the body. AWS's model:
/// errors of Security Hub have a `Message`.
fn rest_error(model: &Model, refusal: &Refusal) -> Reply {
    let mut headers = vec![("content-type", "application/json".to_owned()), ("x-amzn-errortype", refusal.code.clone())];
    let mut body: Map<String, Value> = refusal.members.clone();
    // AWS's model of Inspector: this member is the header.
    if let Some(seconds) = body.remove("retryAfterSeconds") {
        headers.push(("retry-after", seconds.to_string()));
    }
    let message = model.messages.get(&refusal.code).map_or("message", String::as_str);
    body.insert(message.to_owned(), json!(refusal.message));
    if let Some(inner) = &refusal.inner {
        body.insert("__type".to_owned(), json!(inner));
    }
    Reply { status: refusal.status, headers, body: Value::Object(body).to_string() }
}

fn xml_output(model: &Model, operation: &str, output: &Value, request_id: &str) -> Reply {
    let (namespace, result) = (namespace(model), elements(output));
    xml(
        200,
        format!(
            "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>{result}</{operation}Result>\
             <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}

fn xml_error(model: &Model, refusal: &Refusal, request_id: &str) -> Reply {
    let (namespace, kind) = (namespace(model), if refusal.status < 500 { "Sender" } else { "Receiver" });
    let (code, message) = (escaped(&refusal.code), escaped(&refusal.message));
    xml(
        refusal.status,
        format!(
            "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{kind}</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        ),
    )
}

fn namespace(model: &Model) -> String {
    format!("https://{}.amazonaws.com/doc/{}/", model.service, model.api_version)
}

fn xml(status: u16, body: String) -> Reply {
    Reply { status, headers: vec![("content-type", "text/xml".to_owned())], body }
}

fn elements(value: &Value) -> String {
    match value {
        Value::Object(object) => object.iter().map(|(name, value)| element(name, value)).collect(),
        Value::Array(items) => items.iter().map(|item| element("member", item)).collect(),
        Value::String(text) => escaped(text),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn element(name: &str, value: &Value) -> String {
    format!("<{name}>{}</{name}>", elements(value))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;

    fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
        reply.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn errors_of_rest_services_have_their_code_in_a_header() {
        let refusal = Refusal::invalid("guardduty", "no");
        let reply = reply(model::of("guardduty").unwrap(), "CreateMembers", &Err(refusal), "id");
        assert_eq!(reply.status, 400);
        assert_eq!(header(&reply, "x-amzn-errortype"), Some("BadRequestException"));
        assert_eq!(header(&reply, "x-amzn-requestid"), Some("id"));
        let body: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(body, json!({"message": "no", "__type": "InvalidInputException"}));
    }

    #[test]
    fn inspector_says_in_a_header_when_to_try_again() {
        let refusal = crate::faults::throttled("inspector2");
        let reply = reply(model::of("inspector2").unwrap(), "Enable", &Err(refusal), "id");
        assert_eq!((reply.status, header(&reply, "retry-after")), (429, Some("1")));
    }

    #[test]
    fn the_message_of_an_error_in_json_is_spelled_as_modelled() {
        let body = |code: &str| {
            let refusal = Refusal::new(400, code, "no");
            let reply = reply(model::of("ssm").unwrap(), "GetParametersByPath", &Err(refusal), "id");
            serde_json::from_str::<Value>(&reply.body).unwrap()
        };
        assert_eq!(body("InvalidNextToken"), json!({"__type": "InvalidNextToken", "Message": "no"}));
        assert_eq!(body("InvalidKeyId"), json!({"__type": "InvalidKeyId", "message": "no"}));
        assert_eq!(body("InvalidFilterKey"), json!({"__type": "InvalidFilterKey"}));
    }

    #[test]
    fn sts_answers_in_xml() {
        let model = model::of("sts").unwrap();
        let fine = reply(model, "GetCallerIdentity", &Ok(json!({"Account": "1", "Arn": "a&b"})), "id");
        assert!(fine.body.contains("<GetCallerIdentityResult><Account>1</Account><Arn>a&amp;b</Arn>"));
        let error = reply(model, "AssumeRole", &Err(Refusal::invalid("sts", "no")), "id");
        assert!(error.body.contains("<Code>ValidationError</Code><Message>no</Message>"));
    }
}
