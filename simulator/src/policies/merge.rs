//! How inherited policies merge into the one that is in effect. No I/O.
//!
//! AWS documentation, Organizations user guide: "Inheritance operators" and "Inheritance examples".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::document::{APPEND, ASSIGN, CONTROL, REMOVE};

/// The operators that set values and that child policies may use; none: all.
type Allowed = Option<BTreeSet<String>>;

/// A place in the merged policy.
#[derive(Debug, Default)]
struct Node {
    value: Option<Value>,
    /// The level that assigned the value.
    assigned: Option<usize>,
    allowed: Allowed,
    children: BTreeMap<String, Node>,
}

/// Merges the policies of the levels from the root down to the account; those of one level are in the order of their
/// attachment. None when nothing is set.
pub(super) fn merge(levels: &[Vec<&Value>]) -> Option<Value> {
    let mut root = Node::default();
    for (level, policies) in levels.iter().enumerate() {
        for policy in policies {
            set(&mut root, policy, level);
        }
        // They limit the levels below, not the policies beside. "The intersection of the allowed operators is used."
        for policy in policies {
            control(&mut root, policy);
        }
    }
    rendered(&root)
}

fn set(node: &mut Node, document: &Value, level: usize) {
    let Some(object) = document.as_object() else { return };
    let allowed = node.allowed.clone();
    let may = |operator: &str| allowed.as_ref().is_none_or(|allowed| allowed.contains(operator));
    // "Policies are evaluated based on the order in which they were attached": what was assigned first, stays.
    if let Some(value) = object.get(ASSIGN).filter(|_| may(ASSIGN) && node.assigned != Some(level)) {
        node.value = Some(value.clone());
        node.assigned = Some(level);
    }
    let list = |operator: &str| object.get(operator).and_then(Value::as_array).filter(|_| may(operator));
    if let Some(added) = list(APPEND) {
        let value = node.value.get_or_insert_with(|| Value::Array(Vec::new()));
        if let Some(list) = value.as_array_mut() {
            let new: Vec<Value> = added.iter().filter(|value| !list.contains(value)).cloned().collect();
            list.extend(new);
        }
    }
    if let (Some(removed), Some(value)) = (list(REMOVE), node.value.as_mut().and_then(Value::as_array_mut)) {
        value.retain(|value| !removed.contains(value));
    }
    for (name, part) in object.iter().filter(|(name, _)| !name.starts_with("@@")) {
        // A place that is there has limits of its own; a new one has those of the place that it comes into.
        let new = || Node { allowed: allowed.clone(), ..Node::default() };
        set(node.children.entry(name.clone()).or_insert_with(new), part, level);
    }
}

/// "If an inherited child control operator limits the use of an operator, you can't reverse that rule in a child policy."
fn control(node: &mut Node, document: &Value) {
    let Some(object) = document.as_object() else { return };
    if let Some(operators) = object.get(CONTROL).and_then(Value::as_array) {
        let named: BTreeSet<String> = operators.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if !named.contains("@@all") {
            node.allowed = Some(match &node.allowed {
                Some(before) => before.intersection(&named).cloned().collect(),
                None => named,
            });
        }
    }
    for (name, part) in object.iter().filter(|(name, _)| !name.starts_with("@@")) {
        if let Some(child) = node.children.get_mut(name) {
            control(child, part);
        }
    }
}

/// The effective form has no operators: `{"status": "enabled"}`.
fn rendered(node: &Node) -> Option<Value> {
    if let Some(value) = &node.value {
        return Some(value.clone());
    }
    let children: Map<String, Value> =
        node.children.iter().filter_map(|(name, child)| Some((name.clone(), rendered(child)?))).collect();
    (!children.is_empty()).then_some(Value::Object(children))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(levels: &[&[Value]]) -> Value {
        let levels: Vec<Vec<&Value>> = levels.iter().map(|level| level.iter().collect()).collect();
        merge(&levels).unwrap()
    }

    #[test]
    fn a_policy_closer_to_the_account_takes_precedence() {
        let root = json!({"a": {"status": {"@@assign": "enabled"}}, "b": {"status": {"@@assign": "enabled"}}});
        let unit = json!({"a": {"status": {"@@assign": "disabled"}}});
        let expected = json!({"a": {"status": "disabled"}, "b": {"status": "enabled"}});
        assert_eq!(merged(&[&[root], &[], &[unit]]), expected);
        assert_eq!(merge(&[vec![], vec![]]), None);
    }

    #[test]
    fn lists_are_overwritten_added_to_and_taken_from() {
        let root = json!({"list": {"@@assign": ["one", "two"]}});
        let with =
            |operators: Value| merged(&[std::slice::from_ref(&root), &[json!({"list": operators})]])["list"].clone();
        assert_eq!(with(json!({"@@assign": ["three"]})), json!(["three"]));
        assert_eq!(with(json!({"@@append": ["two", "three"]})), json!(["one", "two", "three"]));
        assert_eq!(with(json!({"@@remove": ["one", "nine"]})), json!(["two"]));
        assert_eq!(with(json!({"@@remove": ["one", "two"]})), json!([]));
        assert_eq!(merged(&[&[json!({"list": {"@@append": ["one"]}})]]), json!({"list": ["one"]}));
    }

    #[test]
    fn what_was_attached_first_is_assigned_among_policies_of_one_place() {
        let one = json!({"key": {"@@assign": "PROJECT"}, "list": {"@@append": ["one"]}});
        let two = json!({"key": {"@@assign": "project"}, "list": {"@@append": ["two"]}});
        assert_eq!(merged(&[&[one, two]]), json!({"key": "PROJECT", "list": ["one", "two"]}));
    }

    #[test]
    fn a_parent_limits_the_operators_of_its_children_for_good() {
        let root = json!({
            "key": {"@@operators_allowed_for_child_policies": ["@@none"], "@@assign": "Project"},
            "list": {"@@operators_allowed_for_child_policies": ["@@append"], "@@assign": ["one"]},
        });
        let beside = json!({"list": {"@@operators_allowed_for_child_policies": ["@@append", "@@remove"]}});
        let unit = json!({
            "key": {"@@operators_allowed_for_child_policies": ["@@all"], "@@assign": "PROJECT"},
            "list": {"@@append": ["two"], "@@remove": ["one"]},
        });
        let account = json!({"key": {"@@assign": "project"}, "list": {"@@assign": []}});
        let expected = json!({"key": "Project", "list": ["one", "two"]});
        assert_eq!(merged(&[&[root, beside], &[unit], &[account]]), expected);
    }

    #[test]
    fn a_place_that_is_closed_takes_nothing_new() {
        let root = json!({"enablement": {
            "@@operators_allowed_for_child_policies": ["@@none"],
            "default": {"status": {"@@assign": "enabled"}},
        }});
        let unit = json!({"enablement": {
            "default": {"status": {"@@assign": "disabled"}},
            "us-east-1": {"status": {"@@assign": "disabled"}},
        }});
        assert_eq!(
            merged(&[&[root], &[unit.clone(), unit]]),
            json!({"enablement": {"default": {"status": "disabled"}}})
        );
    }
}
