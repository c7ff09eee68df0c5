//! What a GuardDuty policy of AWS Organizations, as it is in effect for an account, manages in a region. No I/O.
//!
//! The syntax is documented (Organizations user guide, "Amazon GuardDuty policy syntax and examples", October 2026):
//! `guardduty.enablement` has a block `default` and blocks by region, which replace it whole; a block has a `status`,
//! `enabled` or `disabled`, for each feature that it manages, and for the agents of runtime monitoring in
//! `additional_configuration`. What a block leaves out is not managed. That a policy in effect is written as its sources
//! are, but without inheritance operators, is a guess from other policy types; `@@assign` is read where it is left.

use rollcall_core::{Feature, Managed, Region};
use serde_json::Value;

/// Whether GuardDuty itself is on.
const FOUNDATIONAL: &str = "foundational";
const RUNTIME_MONITORING: &str = "runtime_monitoring";
const ADDITIONAL_CONFIGURATION: &str = "additional_configuration";

/// The policy's keys of plans, with AWS's names for them elsewhere.
const PLANS: [(&str, &str); 7] = [
    ("s3_data_events", "S3_DATA_EVENTS"),
    ("eks_audit_logs", "EKS_AUDIT_LOGS"),
    ("ebs_malware_protection", "EBS_MALWARE_PROTECTION"),
    ("rds_login_events", "RDS_LOGIN_EVENTS"),
    ("lambda_network_logs", "LAMBDA_NETWORK_LOGS"),
    (RUNTIME_MONITORING, "RUNTIME_MONITORING"),
    ("ai_protection", "AI_PROTECTION"),
];

/// The keys of runtime monitoring's agents.
const AGENTS: [(&str, &str); 3] = [
    ("eks_addon_management", "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"),
    ("ecs_fargate_agent_management", "RUNTIME_MONITORING/ECS_FARGATE_AGENT_MANAGEMENT"),
    ("ec2_agent_management", "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT"),
];

/// Reads the content. Whatever it is, it is read as far as it is understood; the rest is told.
pub(crate) fn read(content: &str, region: &Region) -> Managed {
    let mut reading = Reading::default();
    match serde_json::from_str::<Value>(content) {
        Ok(document) => reading.document(&document, region),
        Err(_) => reading.unrecognised("a text that is no JSON"),
    }
    reading.managed
}

#[derive(Default)]
struct Reading {
    managed: Managed,
}

impl Reading {
    fn unrecognised(&mut self, what: &str) {
        self.managed.unrecognised.insert(format!("{what} in a policy of type GUARDDUTY_POLICY"));
    }

    fn document(&mut self, document: &Value, region: &Region) {
        for (name, enablement) in self.members("the policy", document) {
            if name != "guardduty" {
                self.unrecognised(name);
                continue;
            }
            for (name, blocks) in self.members(name, enablement) {
                if name == "enablement" { self.blocks(blocks, region) } else { self.unrecognised(name) }
            }
        }
    }

    fn blocks(&mut self, blocks: &Value, region: &Region) {
        let (mut default, mut regional) = (None, None);
        for (name, block) in self.members("enablement", blocks) {
            match name {
                "default" => default = Some(block),
                _ if name == region.as_str() => regional = Some(block),
                _ if name.parse::<Region>().is_ok() => {}
                _ => self.unrecognised(name),
            }
        }
        // Only the block that counts here is read: the other one's mistakes are other regions'.
        if let Some(block) = regional.or(default) {
            for (name, setting) in self.members("a block", block) {
                self.feature(name, setting);
            }
        }
    }

    fn feature(&mut self, name: &str, setting: &Value) {
        if name == FOUNDATIONAL {
            self.managed.enrols = self.status(name, setting).or(self.managed.enrols);
        } else if let Some((_, feature)) = PLANS.iter().find(|(key, _)| *key == name) {
            self.manage(feature, name, setting);
        } else {
            self.unrecognised(name);
        }
        for (part, value) in children(setting).filter(|(part, _)| *part != "status") {
            if name == RUNTIME_MONITORING && part == ADDITIONAL_CONFIGURATION {
                self.agents(value);
            } else {
                self.unrecognised(&format!("{name}.{part}"));
            }
        }
    }

    fn agents(&mut self, agents: &Value) {
        for (name, setting) in self.members(ADDITIONAL_CONFIGURATION, agents) {
            match AGENTS.iter().find(|(key, _)| *key == name) {
                Some((_, agent)) => self.manage(agent, name, setting),
                None => self.unrecognised(name),
            }
        }
    }

    fn manage(&mut self, feature: &'static str, name: &str, setting: &Value) {
        if let Some(on) = self.status(name, setting) {
            self.managed.features.insert(Feature::known(feature), on);
        }
    }

    /// Whether the setting turns its feature on. That AWS could write it without `status`, in other letters or as a
    /// boolean is a guess; all mean the same.
    fn status(&mut self, name: &str, setting: &Value) -> Option<bool> {
        let setting = assigned(setting);
        let status = match setting.as_object() {
            // Something of the feature may be managed though the feature itself is not.
            Some(object) => match object.get("status") {
                Some(status) => assigned(status),
                None if children(setting).next().is_some() => return None,
                None => setting,
            },
            None => setting,
        };
        let on = match status {
            Value::Bool(on) => Some(*on),
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "enabled" | "true" => Some(true),
                "disabled" | "false" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if on.is_none() {
            self.unrecognised(&format!("the status of {name}"));
        }
        on
    }

    /// The members of an object; that it is none is told.
    fn members<'a>(&mut self, what: &str, value: &'a Value) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        if !value.is_object() {
            self.unrecognised(&format!("{what} that is no object"));
        }
        children(value)
    }
}

/// The members of an object without inheritance operators: what child policies may do manages nothing.
fn children(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value));
    members.filter(|(name, _)| !name.starts_with("@@"))
}

/// The value itself, where it is still in its operator.
fn assigned(value: &Value) -> &Value {
    value.get("@@assign").unwrap_or(value)
}

#[cfg(test)]
mod tests;
