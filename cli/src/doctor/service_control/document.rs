//! Service control policies' documents: read as far as they are understood, and nothing of them dropped. No I/O.
//!
//! Source: IAM user guide, "Grammar of the IAM JSON policy language"; Organizations user guide, "SCP syntax".

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) statements: Vec<Statement>,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its `Sid`.
    pub(super) name: Option<String>,
    pub(super) effect: Effect,
    pub(super) actions: Patterns,
    pub(super) resources: Patterns,
    pub(super) conditions: Vec<Condition>,
    /// Elements that are not understood.
    pub(super) strange: BTreeSet<String>,
}

/// The patterns of `Action` or `Resource`, or of their negations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patterns {
    pub(super) negated: bool,
    pub(super) patterns: Vec<String>,
}

/// One key of one operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) operator: String,
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

impl Document {
    /// Reads a document; an error says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let statements = document.get("Statement").ok_or("it has no Statement")?;
        let statements = match statements {
            Value::Array(statements) => statements.iter().collect(),
            statement => vec![statement],
        };
        let statements = statements.into_iter().map(statement).collect::<Result<_, _>>()?;
        Ok(Self { statements })
    }
}

const KNOWN: [&str; 7] = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

fn statement(statement: &Value) -> Result<Statement, String> {
    let object = statement.as_object().ok_or("a statement is no object")?;
    let effect = match object.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err("a statement's Effect is neither Allow nor Deny".to_owned()),
    };
    Ok(Statement {
        name: object.get("Sid").and_then(Value::as_str).map(str::to_owned),
        effect,
        actions: patterns(object, "Action")?,
        resources: patterns(object, "Resource")?,
        conditions: conditions(object.get("Condition"))?,
        strange: object.keys().filter(|key| !KNOWN.contains(&key.as_str())).cloned().collect(),
    })
}

fn patterns(statement: &Map<String, Value>, element: &str) -> Result<Patterns, String> {
    let negated = format!("Not{element}");
    match (statement.get(element), statement.get(&negated)) {
        (Some(patterns), None) => Ok(Patterns { negated: false, patterns: texts(patterns, element)? }),
        (None, Some(patterns)) => Ok(Patterns { negated: true, patterns: texts(patterns, &negated)? }),
        _ => Err(format!("a statement has neither or both of {element} and {negated}")),
    }
}

fn conditions(block: Option<&Value>) -> Result<Vec<Condition>, String> {
    let Some(block) = block else { return Ok(Vec::new()) };
    let wrong = || "a Condition is no object of objects".to_owned();
    let mut conditions = Vec::new();
    for (operator, keys) in block.as_object().ok_or_else(wrong)? {
        for (key, values) in keys.as_object().ok_or_else(wrong)? {
            let values = texts(values, key)?;
            conditions.push(Condition { operator: operator.clone(), key: key.clone(), values });
        }
    }
    Ok(conditions)
}

/// One text, or several; booleans and numbers count as their text.
fn texts(value: &Value, of: &str) -> Result<Vec<String>, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(format!("{of} is neither a text nor a list of texts")),
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        value => Ok(vec![text(value)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many_are_the_same() {
        let many = Document::read(
            r#"{"Statement": [{"Effect": "Deny", "Action": ["a:b"], "Resource": ["*"], "Condition": {"Bool": {"k": [true]}}}]}"#,
        );
        let one = Document::read(
            r#"{"Statement": {"Effect": "Deny", "Action": "a:b", "Resource": "*", "Condition": {"Bool": {"k": "true"}}}}"#,
        );
        assert_eq!(one, many);
        assert_eq!(one.unwrap().statements[0].conditions[0].values, ["true"]);
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let strange =
            Document::read(r#"{"Statement": {"Effect": "Deny", "Principal": "*", "NotAction": "*", "Resource": "*"}}"#);
        assert_eq!(strange.unwrap().statements[0].strange, ["Principal".to_owned()].into());
        for (text, told) in [
            ("", "no JSON"),
            ("{}", "no Statement"),
            (r#"{"Statement": 1}"#, "no object"),
            (r#"{"Statement": {"Effect": "deny", "Action": "*", "Resource": "*"}}"#, "Effect"),
            (r#"{"Statement": {"Effect": "Deny", "Action": "*"}}"#, "Resource"),
            (r#"{"Statement": {"Effect": "Deny", "Action": "*", "NotAction": "*", "Resource": "*"}}"#, "Action"),
            (r#"{"Statement": {"Effect": "Deny", "Action": {}, "Resource": "*"}}"#, "Action"),
            (r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": []}}"#, "Condition"),
        ] {
            assert!(Document::read(text).unwrap_err().contains(told), "{text}");
        }
    }
}
