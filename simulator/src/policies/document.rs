//! What the contents of policies may be. No I/O.
//!
//! AWS documentation, Organizations user guide: "Amazon GuardDuty policy syntax and examples", "Amazon Inspector policy
//! syntax and examples", "Inheritance operators", 2026-10. What AWS's messages say is not known.

use serde_json::{Map, Value};

use super::{Document, Kind};
use crate::{organization::OPT_IN_REGIONS, start::DEFAULT_REGIONS, world::World};

pub(super) const ASSIGN: &str = "@@assign";
pub(super) const APPEND: &str = "@@append";
pub(super) const REMOVE: &str = "@@remove";
pub(super) const CONTROL: &str = "@@operators_allowed_for_child_policies";

const FEATURES: [&str; 8] = [
    "foundational",
    "s3_data_events",
    "eks_audit_logs",
    "ebs_malware_protection",
    "rds_login_events",
    "lambda_network_logs",
    "runtime_monitoring",
    "ai_protection",
];
const AGENTS: [&str; 3] = ["eks_addon_management", "ec2_agent_management", "ecs_fargate_agent_management"];
const SCANS: [&str; 4] = ["ec2_scanning", "ecr_scanning", "lambda_standard_scanning", "code_repository_scanning"];
const LISTS: [&str; 2] = ["enable_in_regions", "disable_in_regions"];

/// The content, if it is what the policy type allows; otherwise what is wrong with it.
pub(crate) fn check(world: &World, kind: Kind, content: &str) -> Result<Document, String> {
    let parsed: Value = serde_json::from_str(content).map_err(|error| format!("it is no JSON: {error}"))?;
    match kind {
        Kind::GuardDuty => guardduty(world, &parsed)?,
        Kind::Inspector => inspector(world, &parsed)?,
    }
    Ok(Document { content: content.to_owned(), parsed })
}

fn guardduty(world: &World, document: &Value) -> Result<(), String> {
    let enablement = only(only(document, "guardduty")?, "enablement")?;
    let mut blocks = 0;
    for (name, block) in children(enablement, "enablement")? {
        if name != "default" {
            region(world, Kind::GuardDuty, name)?;
        }
        feature_block(block, name)?;
        blocks += 1;
    }
    if blocks == 0 { Err("`enablement` has no block".to_owned()) } else { Ok(()) }
}

/// A feature has a `status`, and runtime monitoring agents beside it. "Within any block, `foundational` must be enabled
/// if any other feature in that same block is enabled."
fn feature_block(block: &Value, name: &str) -> Result<(), String> {
    let mut enabled = false;
    for (feature, setting) in children(block, name)? {
        known(&FEATURES, feature)?;
        let mut parts = 0;
        for (part, value) in children(setting, feature)? {
            parts += 1;
            match part {
                "status" => enabled |= status(value, feature)?,
                "additional_configuration" if feature == "runtime_monitoring" => {
                    for (agent, setting) in children(value, part)? {
                        known(&AGENTS, agent)?;
                        enabled |= status(only(setting, "status")?, agent)?;
                    }
                }
                _ => return Err(format!("`{feature}` has an unknown member `{part}`")),
            }
        }
        if parts == 0 {
            return Err(format!("`{feature}` has no `status`"));
        }
    }
    let foundational = block.pointer("/foundational/status/@@assign").and_then(Value::as_str) == Some("enabled");
    if enabled && !foundational {
        return Err(format!("`{name}` enables a feature, but not `foundational`"));
    }
    Ok(())
}

/// Whether the status is set to `enabled`.
fn status(setting: &Value, of: &str) -> Result<bool, String> {
    let object = setting.as_object().ok_or_else(|| format!("the status of `{of}` has no operator"))?;
    for (operator, value) in object {
        match (operator.as_str(), value.as_str()) {
            (ASSIGN, Some("enabled" | "disabled")) => {}
            (CONTROL, _) => control(value)?,
            (ASSIGN, _) => return Err(format!("the status of `{of}` is neither `enabled` nor `disabled`")),
            _ => return Err(format!("the status of `{of}` cannot have `{operator}`")),
        }
    }
    Ok(object.get(ASSIGN).and_then(Value::as_str) == Some("enabled"))
}

/// "For each scan type you include, both `enable_in_regions` and `disable_in_regions` are required."
fn inspector(world: &World, document: &Value) -> Result<(), String> {
    let enablement = only(only(document, "inspector")?, "enablement")?;
    let mut scans = 0;
    for (scan, setting) in children(enablement, "enablement")? {
        known(&SCANS, scan)?;
        scan_type(world, setting, scan)?;
        scans += 1;
    }
    if scans == 0 { Err("`enablement` has no scan type".to_owned()) } else { Ok(()) }
}

fn scan_type(world: &World, setting: &Value, scan: &str) -> Result<(), String> {
    for (part, value) in children(setting, scan)? {
        match part {
            "enable_in_regions" | "disable_in_regions" => regions(world, value, part)?,
            "lambda_code_scanning" if scan == "lambda_standard_scanning" => scan_type(world, value, part)?,
            _ => return Err(format!("`{scan}` has an unknown member `{part}`")),
        }
    }
    match LISTS.iter().find(|list| setting.get(list).is_none()) {
        Some(list) => Err(format!("`{scan}` has no `{list}`")),
        None => Ok(()),
    }
}

fn regions(world: &World, setting: &Value, of: &str) -> Result<(), String> {
    let object = setting.as_object().ok_or_else(|| format!("`{of}` has no operator"))?;
    for (operator, value) in object {
        match operator.as_str() {
            ASSIGN | APPEND | REMOVE => {
                let names = value.as_array().ok_or_else(|| format!("`{operator}` of `{of}` is no list"))?;
                for name in names {
                    match name.as_str() {
                        Some("ALL_SUPPORTED") => {}
                        Some(name) => region(world, Kind::Inspector, name)?,
                        None => return Err(format!("`{of}` has what is no name of a region")),
                    }
                }
            }
            CONTROL => control(value)?,
            _ => return Err(format!("`{of}` cannot have `{operator}`")),
        }
    }
    Ok(())
}

/// "Region names must be valid AWS Regions" where the service is supported.
fn region(world: &World, kind: Kind, name: &str) -> Result<(), String> {
    let simulated = || world.organization.regions.iter().any(|region| region == name);
    if (DEFAULT_REGIONS.contains(&name) || OPT_IN_REGIONS.contains(&name) || simulated())
        && world.offers(kind.service(), name)
    {
        return Ok(());
    }
    Err(format!("`{name}` is no region of the service"))
}

/// `@@all`, `@@none`, or some of the operators that set values.
fn control(value: &Value) -> Result<(), String> {
    let known = |operator: &Value| matches!(operator.as_str(), Some("@@all" | "@@none" | ASSIGN | APPEND | REMOVE));
    match value.as_array() {
        Some(operators) if operators.iter().all(known) => Ok(()),
        _ => Err(format!("`{CONTROL}` is no list of operators")),
    }
}

/// The members that are no operators; of those only the control of child policies may be here.
fn children<'a>(value: &'a Value, at: &str) -> Result<impl Iterator<Item = (&'a str, &'a Value)>, String> {
    let object: &Map<String, Value> = value.as_object().ok_or_else(|| format!("`{at}` is no object"))?;
    for (name, value) in object.iter().filter(|(name, _)| name.starts_with("@@")) {
        if name != CONTROL {
            return Err(format!("`{at}` cannot have `{name}`"));
        }
        control(value)?;
    }
    Ok(object.iter().filter(|(name, _)| !name.starts_with("@@")).map(|(name, value)| (name.as_str(), value)))
}

/// The only member, which must be there.
fn only<'a>(value: &'a Value, name: &str) -> Result<&'a Value, String> {
    let mut found = None;
    for (child, value) in children(value, name)? {
        if child != name {
            return Err(format!("`{child}` is unknown where `{name}` is expected"));
        }
        found = Some(value);
    }
    found.ok_or_else(|| format!("there is no `{name}`"))
}

fn known(names: &[&str], name: &str) -> Result<(), String> {
    if names.contains(&name) { Ok(()) } else { Err(format!("`{name}` is unknown")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mistake(kind: Kind, content: &Value) -> String {
        check(&World::default(), kind, &content.to_string()).unwrap_err()
    }

    fn enabled() -> Value {
        json!({"status": {"@@assign": "enabled"}})
    }

    fn block(block: &Value) -> Value {
        json!({"guardduty": {"enablement": {"default": block}}})
    }

    fn scans(scans: &Value) -> Value {
        json!({"inspector": {"enablement": scans}})
    }

    #[test]
    fn the_examples_of_the_documentation_are_allowed() {
        let agents = json!({"ec2_agent_management": enabled()});
        let mut runtime = enabled();
        runtime["additional_configuration"] = agents;
        let guardduty = json!({"guardduty": {"enablement": {
            "default": {"foundational": enabled()},
            "us-east-1": {"foundational": enabled(), "runtime_monitoring": runtime,
                          "ebs_malware_protection": {"status": {"@@assign": "disabled"}}},
        }}});
        assert!(check(&World::default(), Kind::GuardDuty, &guardduty.to_string()).is_ok());
        let lists = json!({"enable_in_regions": {"@@assign": ["ALL_SUPPORTED"]}, "disable_in_regions": {"@@append": ["eu-west-1"]}});
        let mut lambda = lists.clone();
        lambda["lambda_code_scanning"] = lists.clone();
        let inspector = scans(&json!({"ec2_scanning": lists, "lambda_standard_scanning": lambda}));
        assert!(check(&World::default(), Kind::Inspector, &inspector.to_string()).is_ok());
    }

    #[test]
    fn what_is_not_of_the_guardduty_syntax_is_a_mistake() {
        let say = |content: Value| mistake(Kind::GuardDuty, &content);
        assert!(check(&World::default(), Kind::GuardDuty, "{").unwrap_err().contains("no JSON"));
        assert!(say(json!({})).contains("`guardduty`"));
        assert!(say(json!({"guardduty": {"enablement": {}}})).contains("no block"));
        assert!(say(json!({"guardduty": {"enablement": {"mars-1": {}}}})).contains("mars-1"));
        assert!(say(block(&json!({"quantum": enabled()}))).contains("quantum"));
        assert!(say(block(&json!({"foundational": {"status": "enabled"}}))).contains("no operator"));
        assert!(say(block(&json!({"foundational": {"status": {"@@assign": "ENABLED"}}}))).contains("neither"));
        assert!(say(block(&json!({"foundational": {"status": {"@@append": ["enabled"]}}}))).contains("@@append"));
        assert!(say(block(&json!({"foundational": {}}))).contains("no `status`"));
        assert!(say(block(&json!({"s3_data_events": enabled()}))).contains("not `foundational`"));
        let agents = json!({"status": {"@@assign": "disabled"}, "additional_configuration": {}});
        assert!(say(block(&json!({"s3_data_events": agents}))).contains("additional_configuration"));
    }

    #[test]
    fn what_is_not_of_the_inspector_syntax_is_a_mistake() {
        let say = |content: Value| mistake(Kind::Inspector, &content);
        let none = || json!({"@@assign": []});
        assert!(say(scans(&json!({}))).contains("no scan type"));
        assert!(say(scans(&json!({"ec2_scanning": {"enable_in_regions": none()}}))).contains("disable_in_regions"));
        let both = |enable: Value| json!({"enable_in_regions": enable, "disable_in_regions": none()});
        assert!(say(scans(&json!({"ami_scanning": both(none())}))).contains("ami_scanning"));
        assert!(say(scans(&json!({"ec2_scanning": both(json!({"@@assign": ["mars-1"]}))}))).contains("mars-1"));
        assert!(say(scans(&json!({"ec2_scanning": both(json!({"@@assign": "ALL_SUPPORTED"}))}))).contains("no list"));
        let mut inner = both(none());
        inner["lambda_code_scanning"] = both(none());
        assert!(say(scans(&json!({"ec2_scanning": inner}))).contains("lambda_code_scanning"));
        let control = json!({"@@assign": [], CONTROL: ["@@some"]});
        assert!(say(scans(&json!({"ec2_scanning": both(control)}))).contains(CONTROL));
    }
}
