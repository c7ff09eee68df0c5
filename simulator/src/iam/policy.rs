//! IAM policy documents: what the simulator understands of them is read, anything else is refused. No I/O.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::condition::Condition;

/// A policy document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(super) statements: Vec<Statement>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    /// Whom a role's trust policy means; empty in identity policies.
    pub(super) principals: Vec<Principal>,
    pub(super) actions: Patterns,
    pub(super) resources: Patterns,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// Whom a trust policy names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Principal {
    Everybody,
    /// Everybody of the account whom its own policies allow.
    Account(String),
    /// A role's or a session's ARN.
    Arn(String),
    /// An AWS service or an identity provider: none of the simulated callers.
    Other,
}

/// The patterns of `Action` or `Resource`; of `NotAction` or `NotResource` when negated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Patterns {
    pub(super) negated: bool,
    pub(super) patterns: Vec<String>,
}

/// The grammar of a document: AWS documentation, "Grammar of the IAM JSON policy language". Without `NotPrincipal`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Written {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    principal: Option<Value>,
    action: Option<Value>,
    not_action: Option<Value>,
    resource: Option<Value>,
    not_resource: Option<Value>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, Value>>,
}

impl Policy {
    /// A policy of an identity: it has resources, and no principal.
    pub(super) fn identity(document: &Value) -> Result<Self, String> {
        Self::read(document, |written| {
            if written.principal.is_some() {
                return Err("such a policy has no `Principal`".to_owned());
            }
            let resources = patterns("Resource", written.resource.as_ref(), written.not_resource.as_ref())?;
            match resources.patterns.iter().find(|pattern| *pattern != "*" && !pattern.starts_with("arn:")) {
                Some(pattern) => Err(format!("the resource `{pattern}` is neither `*` nor an ARN")),
                None => Ok((Vec::new(), resources)),
            }
        })
    }

    /// A service control policy: as an identity's, and of the newer version of the language. AWS documentation, "SCP
    /// syntax".
    pub(super) fn service_control(document: &Value) -> Result<Self, String> {
        match document.get("Version").and_then(Value::as_str) {
            Some("2012-10-17") => Self::identity(document),
            _ => Err("a service control policy has the version `2012-10-17`".to_owned()),
        }
    }

    /// A role's trust policy: it has principals, and no resource.
    pub(super) fn trust(document: &Value) -> Result<Self, String> {
        Self::read(document, |written| {
            if written.resource.is_some() || written.not_resource.is_some() {
                return Err("a trust policy has no `Resource`".to_owned());
            }
            let principal = written.principal.as_ref().ok_or("a trust policy has a `Principal`")?;
            Ok((principals(principal)?, Patterns { negated: false, patterns: vec!["*".to_owned()] }))
        })
    }

    fn read(
        document: &Value,
        place: impl Fn(&Written) -> Result<(Vec<Principal>, Patterns), String>,
    ) -> Result<Self, String> {
        let Document { version, statement, .. } =
            Document::deserialize(document).map_err(|error| format!("a policy document: {error}"))?;
        if let Some(version) = version.filter(|version| !["2012-10-17", "2008-10-17"].contains(&version.as_str())) {
            return Err(format!("there is no policy version `{version}`"));
        }
        if document.to_string().contains("${") {
            return Err("policy variables such as `${aws:username}` are not simulated".to_owned());
        }
        let written = match &statement {
            Value::Array(list) => list.iter().collect(),
            one => vec![one],
        };
        let statements = written.into_iter().map(|statement| {
            let written = Written::deserialize(statement).map_err(|error| format!("a policy statement: {error}"))?;
            let (principals, resources) = place(&written)?;
            let actions = patterns("Action", written.action.as_ref(), written.not_action.as_ref())?;
            if let Some(action) = actions.patterns.iter().find(|action| *action != "*" && !action.contains(':')) {
                return Err(format!("the action `{action}` names no service"));
            }
            let conditions = written.condition.iter().flat_map(|(operator, keys)| {
                keys.iter().map(|(key, values)| Condition::read(operator, key, texts(key, values)?))
            });
            let conditions = conditions.collect::<Result<_, _>>()?;
            Ok(Statement { effect: written.effect, principals, actions, resources, conditions })
        });
        Ok(Self { statements: statements.collect::<Result<_, String>>()? })
    }
}

/// One of an element and its negation.
fn patterns(name: &str, plain: Option<&Value>, negated: Option<&Value>) -> Result<Patterns, String> {
    match (plain, negated) {
        (Some(plain), None) => Ok(Patterns { negated: false, patterns: texts(name, plain)? }),
        (None, Some(negated)) => Ok(Patterns { negated: true, patterns: texts(name, negated)? }),
        _ => Err(format!("a statement has either `{name}` or `Not{name}`")),
    }
}

/// A text or a list of texts; numbers and booleans count as such.
fn texts(name: &str, value: &Value) -> Result<Vec<String>, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(format!("`{name}` has a value that is no text: {value}")),
    };
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}

/// AWS documentation, "AWS JSON policy elements: Principal".
fn principals(value: &Value) -> Result<Vec<Principal>, String> {
    if value == "*" {
        return Ok(vec![Principal::Everybody]);
    }
    let kinds = value.as_object().ok_or("`Principal` is `*` or an object")?;
    let mut all = Vec::new();
    for (kind, named) in kinds {
        for name in texts("Principal", named)? {
            all.push(match kind.as_str() {
                "AWS" => principal(name)?,
                "Service" | "Federated" => Principal::Other,
                _ => return Err(format!("there is no kind of principal `{kind}`")),
            });
        }
    }
    Ok(all)
}

fn principal(name: String) -> Result<Principal, String> {
    let account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if name == "*" {
        return Ok(Principal::Everybody);
    }
    if account(&name) {
        return Ok(Principal::Account(name));
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    match parts.as_slice() {
        // AWS documentation: a wildcard cannot stand for a part of a principal's name or ARN.
        _ if name.contains(['*', '?']) => Err(format!("a wildcard in the principal `{name}`")),
        ["arn", _, "iam", "", id, "root"] if account(id) => Ok(Principal::Account((*id).to_owned())),
        ["arn", _, "iam" | "sts", "", id, _] if account(id) => Ok(Principal::Arn(name)),
        _ => Err(format!("`{name}` is no principal")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity(statement: &Value) -> Result<Policy, String> {
        Policy::identity(&json!({"Version": "2012-10-17", "Statement": [statement]}))
    }

    #[test]
    fn what_is_not_understood_is_refused_with_a_sentence() {
        let refused = |more: Value| {
            let mut statement = json!({"Effect": "Allow", "Action": "guardduty:*", "Resource": "*"});
            for (name, value) in more.as_object().unwrap() {
                statement[name] = value.clone();
            }
            identity(&statement).map(|_| ()).unwrap_err()
        };
        assert!(refused(json!({"NotPrincipal": "*"})).contains("NotPrincipal"));
        assert!(refused(json!({"Principal": "*"})).contains("no `Principal`"));
        assert!(refused(json!({"NotAction": "*"})).contains("either `Action` or `NotAction`"));
        assert!(refused(json!({"Effect": "Perhaps"})).contains("Perhaps"));
        assert!(refused(json!({"Action": "CreateMembers"})).contains("names no service"));
        assert!(refused(json!({"Resource": "detector/*"})).contains("neither `*` nor an ARN"));
        assert!(refused(json!({"Resource": "arn:aws:s3:::${aws:username}"})).contains("variables"));
        assert!(refused(json!({"Condition": {"IpAddress": {"aws:SourceIp": "::1"}}})).contains("IpAddress"));
        assert!(refused(json!({"Condition": {"StringEquals": {"aws:SourceVpc": "x"}}})).contains("aws:SourceVpc"));
        let wrong = json!({"Version": "2026-01-01", "Statement": []});
        assert!(Policy::identity(&wrong).unwrap_err().contains("2026-01-01"));
        assert!(Policy::identity(&json!({"Version": "2012-10-17"})).unwrap_err().contains("Statement"));
        assert!(Policy::identity(&json!([])).is_err());
    }

    #[test]
    fn a_trust_policy_has_principals_and_no_resource() {
        let trust = |principal: Value| {
            let statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal});
            let policy = Policy::trust(&json!({"Statement": statement}))?;
            Ok::<_, String>(policy.statements[0].principals.clone())
        };
        let account = Principal::Account("222222222222".to_owned());
        let named = ["222222222222", "arn:aws:iam::222222222222:root"];
        assert_eq!(trust(json!({"AWS": named})), Ok(vec![account.clone(), account]));
        let role = "arn:aws:iam::222222222222:role/a/b".to_owned();
        assert_eq!(trust(json!({"AWS": role})), Ok(vec![Principal::Arn(role)]));
        assert_eq!(trust(json!("*")), Ok(vec![Principal::Everybody]));
        assert_eq!(trust(json!({"Service": "lambda.amazonaws.com"})), Ok(vec![Principal::Other]));
        assert!(trust(json!({"AWS": "arn:aws:iam::222222222222:role/*"})).unwrap_err().contains("wildcard"));
        assert!(trust(json!({"AWS": "somebody"})).unwrap_err().contains("somebody"));
        assert!(trust(json!({"Canonical": "x"})).unwrap_err().contains("Canonical"));
        let with_resource = json!({"Effect": "Allow", "Action": "*", "Principal": "*", "Resource": "*"});
        assert!(Policy::trust(&json!({"Statement": with_resource})).unwrap_err().contains("no `Resource`"));
        assert!(Policy::trust(&json!({"Statement": {"Effect": "Allow", "Action": "*"}})).is_err());
    }
}
