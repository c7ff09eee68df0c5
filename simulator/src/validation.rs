//! Whether a request satisfies AWS's model: required members, types, lengths, ranges, patterns, enums. No I/O.

use serde_json::Value;

use crate::{
    model::{Kind, Model, Shape},
    service::Refusal,
};

/// A constraint that a parameter violates.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    /// Where, such as `accountDetails.1.member.email`.
    path: String,
    constraint: Constraint,
}

#[derive(Debug, PartialEq, Eq)]
enum Constraint {
    Required,
    Type(&'static str),
    Shorter { max: i64, length: i64 },
    Longer { min: i64 },
    AtMost(i64),
    AtLeast(i64),
    OneOf(Vec<String>),
    Pattern(String),
}

/// Refuses the request as the service does when a parameter violates its constraint.
pub(crate) fn check(model: &Model, operation: &str, input: &Value) -> Result<(), Refusal> {
    let Some((_, shape)) = model.input(operation) else {
        return Ok(());
    };
    structure(model, shape, input, "").map_err(|violation| refusal(model.service, &violation))
}

fn value(model: &Model, name: &str, value: &Value, path: &str) -> Result<(), Violation> {
    let Some(shape) = model.shape(name) else {
        return Ok(());
    };
    match shape.kind {
        Kind::Structure => structure(model, shape, value, path),
        Kind::List => list(model, shape, value, path),
        Kind::Map => map(model, shape, value, path),
        Kind::String => text(shape, value, path),
        Kind::Integer => integer(shape, value, path),
        Kind::Boolean if value.is_boolean() => Ok(()),
        Kind::Boolean => Err(violation(path, Constraint::Type("boolean"))),
    }
}

fn violation(path: &str, constraint: Constraint) -> Violation {
    Violation { path: path.to_owned(), constraint }
}

fn structure(model: &Model, shape: &Shape, input: &Value, path: &str) -> Result<(), Violation> {
    let object = input.as_object().ok_or_else(|| violation(path, Constraint::Type("structure")))?;
    for (name, reference) in &shape.members {
        let wire = reference.wire_name(name);
        let place = if path.is_empty() { wire.to_owned() } else { format!("{path}.{wire}") };
        match object.get(wire) {
            None | Some(Value::Null) if shape.required.contains(name) => {
                return Err(violation(&place, Constraint::Required));
            }
            None | Some(Value::Null) => {}
            Some(part) => value(model, &reference.shape, part, &place)?,
        }
    }
    Ok(())
}

fn list(model: &Model, shape: &Shape, input: &Value, path: &str) -> Result<(), Violation> {
    let items = input.as_array().ok_or_else(|| violation(path, Constraint::Type("list")))?;
    length(shape, items.len(), path)?;
    let Some(member) = &shape.member else {
        return Ok(());
    };
    items
        .iter()
        .zip(1..)
        .try_for_each(|(item, number)| value(model, &member.shape, item, &format!("{path}.{number}.member")))
}

fn map(model: &Model, shape: &Shape, input: &Value, path: &str) -> Result<(), Violation> {
    let object = input.as_object().ok_or_else(|| violation(path, Constraint::Type("map")))?;
    length(shape, object.len(), path)?;
    for (key, part) in object {
        if let Some(reference) = &shape.key {
            value(model, &reference.shape, &Value::String(key.clone()), path)?;
        }
        if let Some(reference) = &shape.value {
            value(model, &reference.shape, part, &format!("{path}.{key}"))?;
        }
    }
    Ok(())
}

fn text(shape: &Shape, input: &Value, path: &str) -> Result<(), Violation> {
    let text = input.as_str().ok_or_else(|| violation(path, Constraint::Type("string")))?;
    if !shape.values.is_empty() && !shape.values.iter().any(|allowed| allowed == text) {
        return Err(violation(path, Constraint::OneOf(shape.values.clone())));
    }
    length(shape, text.chars().count(), path)?;
    match &shape.pattern {
        Some(pattern) if !pattern.matches(text) => {
            Err(violation(path, Constraint::Pattern(pattern.source().to_owned())))
        }
        _ => Ok(()),
    }
}

fn integer(shape: &Shape, input: &Value, path: &str) -> Result<(), Violation> {
    let number = input.as_i64().ok_or_else(|| violation(path, Constraint::Type("integer")))?;
    match (shape.min, shape.max) {
        (Some(min), _) if number < min => Err(violation(path, Constraint::AtLeast(min))),
        (_, Some(max)) if number > max => Err(violation(path, Constraint::AtMost(max))),
        _ => Ok(()),
    }
}

fn length(shape: &Shape, length: usize, path: &str) -> Result<(), Violation> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    match (shape.min, shape.max) {
        (Some(min), _) if length < min => Err(violation(path, Constraint::Longer { min })),
        (_, Some(max)) if length > max => Err(violation(path, Constraint::Shorter { max, length })),
        _ => Ok(()),
    }
}

fn refusal(service: &str, violation: &Violation) -> Refusal {
    match service {
        "guardduty" => Refusal::invalid(service, guardduty_message(violation)),
        "organizations" => {
            Refusal::invalid(service, message(violation)).with("Reason", organizations_reason(violation))
        }
        "account" => Refusal::invalid(service, message(violation)).with("fieldList", fields(violation)),
        "inspector2" => Refusal::invalid(service, message(violation)).with("fields", fields(violation)),
        _ => Refusal::invalid(service, message(violation)),
    }
}

fn fields(violation: &Violation) -> Value {
    serde_json::json!([{"name": violation.path, "message": constraint(violation)}])
}

/// The wording of most AWS services. Seen in public code.
fn message(violation: &Violation) -> String {
    let path = &violation.path;
    format!("1 validation error detected: Value at '{path}' failed to satisfy constraint: {}", constraint(violation))
}

fn constraint(violation: &Violation) -> String {
    match &violation.constraint {
        Constraint::Required => "Member must not be null".to_owned(),
        Constraint::Type(kind) => format!("Member must be of type {kind}"),
        Constraint::Shorter { max, .. } => {
            format!("Member must have length less than or equal to {max}")
        }
        Constraint::Longer { min } => {
            format!("Member must have length greater than or equal to {min}")
        }
        Constraint::AtMost(max) => format!("Member must have value less than or equal to {max}"),
        Constraint::AtLeast(min) => {
            format!("Member must have value greater than or equal to {min}")
        }
        Constraint::OneOf(values) => format!("Member must satisfy enum value set: [{}]", values.join(", ")),
        Constraint::Pattern(pattern) => {
            format!("Member must satisfy regular expression pattern: {pattern}")
        }
    }
}

/// Seen in public code: the first two wordings; the third is inferred from them.
fn guardduty_message(violation: &Violation) -> String {
    let path = &violation.path;
    match &violation.constraint {
        Constraint::Shorter { max, length } if !path.contains('.') => format!(
            "The request failed because the length provided for the {path} array was {length}. Max allowed length is {max}."
        ),
        Constraint::Required => format!("The request is rejected because the required parameter {path} is missing."),
        _ => "The request is rejected because an invalid or out-of-range value is specified as an input parameter."
            .to_owned(),
    }
}

/// `InvalidInputExceptionReason` of AWS's model.
fn organizations_reason(violation: &Violation) -> &'static str {
    match violation.constraint {
        Constraint::Required => "INPUT_REQUIRED",
        Constraint::Type(_) | Constraint::Pattern(_) => "INVALID_PATTERN",
        Constraint::Shorter { .. } => "MAX_LENGTH_EXCEEDED",
        Constraint::Longer { .. } => "MIN_LENGTH_EXCEEDED",
        Constraint::AtMost(_) => "MAX_VALUE_EXCEEDED",
        Constraint::AtLeast(_) => "MIN_VALUE_EXCEEDED",
        Constraint::OneOf(_) => "INVALID_ENUM",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;
    use serde_json::json;

    fn refused(service: &str, operation: &str, input: &Value) -> Refusal {
        check(model::of(service).unwrap(), operation, input).unwrap_err()
    }

    #[test]
    fn each_service_answers_a_violated_constraint_with_its_own_code() {
        let too_many = json!({"detectorId": "d", "accountIds": vec!["111111111111"; 51]});
        let refusal = refused("guardduty", "DeleteMembers", &too_many);
        assert_eq!(refusal.code, "BadRequestException");
        assert!(refusal.message.contains("array was 51. Max allowed length is 50"));
        let eleven = json!({"accountId": "11111111111"});
        assert_eq!(refused("inspector2", "AssociateMember", &eleven).code, "ValidationException");
        let refusal = refused("organizations", "ListAccounts", &json!({"MaxResults": 21}));
        assert_eq!(refusal.code, "InvalidInputException");
        assert_eq!(refusal.members["Reason"], "MAX_VALUE_EXCEEDED");
        assert_eq!(refused("account", "EnableRegion", &json!({})).code, "ValidationException");
        let short = json!({"RoleArn": "arn:aws:iam::111111111111:role/x", "RoleSessionName": "x"});
        assert_eq!(refused("sts", "AssumeRole", &short).code, "ValidationError");
    }

    #[test]
    fn nested_members_enums_and_types_are_checked() {
        let input = |status: Value| json!({"enable": true, "features": [{"name": "EKS_AUDIT_LOGS", "status": status}]});
        let model = model::of("guardduty").unwrap();
        assert!(check(model, "CreateDetector", &input(json!("ENABLED"))).is_ok());
        assert!(check(model, "CreateDetector", &input(json!("ON"))).is_err());
        assert!(check(model, "CreateDetector", &input(json!(1))).is_err());
        assert!(check(model, "CreateDetector", &json!({"enable": "yes"})).is_err());
        assert!(check(model, "CreateDetector", &json!({})).is_err());
    }
}
