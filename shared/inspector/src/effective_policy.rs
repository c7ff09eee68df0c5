//! What an Inspector policy of AWS Organizations, as it is in effect for an account, manages in a region. No I/O.
//!
//! The syntax is documented (Organizations user guide, "Amazon Inspector policy syntax and examples", November 2025):
//! below `inspector.enablement` each scan type has the lists `enable_in_regions` and `disable_in_regions`, of regions or
//! `ALL_SUPPORTED`; the latter list wins, and a region in neither is not managed. Lambda code scanning is inside Lambda
//! standard scanning. That a policy in effect is written as its sources are, but without inheritance operators, is a
//! guess from other policy types; the operators `@@assign` and `@@append` are read where they are left.

use rollcall_core::{Feature, Managed, Region};
use serde_json::Value;

use crate::spec::{CODE_REPOSITORY, EC2, ECR, LAMBDA, LAMBDA_CODE};

const ENABLE: &str = "enable_in_regions";
const DISABLE: &str = "disable_in_regions";
const ALL: &str = "ALL_SUPPORTED";

/// The policy's keys of scan types.
const SCANS: [(&str, Feature); 4] = [
    ("ec2_scanning", EC2),
    ("ecr_scanning", ECR),
    ("lambda_standard_scanning", LAMBDA),
    ("code_repository_scanning", CODE_REPOSITORY),
];

/// The scan types inside of others, each after the one that it is in.
const INNER: [(&str, &str, Feature); 1] = [("lambda_standard_scanning", "lambda_code_scanning", LAMBDA_CODE)];

/// Reads the content. Whatever it is, it is read as far as it is understood; the rest is told.
pub(crate) fn read(content: &str, region: &Region) -> Managed {
    let mut reading = Reading { region, managed: Managed::default() };
    match serde_json::from_str::<Value>(content) {
        Ok(document) => reading.document(&document),
        Err(_) => reading.unrecognised("a text that is no JSON"),
    }
    reading.managed
}

struct Reading<'a> {
    region: &'a Region,
    managed: Managed,
}

impl Reading<'_> {
    fn unrecognised(&mut self, what: &str) {
        self.managed.unrecognised.insert(format!("{what} in a policy of type INSPECTOR_POLICY"));
    }

    fn document(&mut self, document: &Value) {
        for (name, inspector) in self.members("the policy", document) {
            if name != "inspector" {
                self.unrecognised(name);
                continue;
            }
            for (name, enablement) in self.members(name, inspector) {
                if name == "enablement" { self.enablement(enablement) } else { self.unrecognised(name) }
            }
        }
    }

    fn enablement(&mut self, enablement: &Value) {
        for (name, setting) in self.members("enablement", enablement) {
            match SCANS.iter().find(|(key, _)| *key == name) {
                Some((_, scan)) => self.scan(name, scan, setting),
                None => self.unrecognised(name),
            }
        }
    }

    fn scan(&mut self, name: &str, scan: &Feature, setting: &Value) {
        let (mut enabled, mut disabled) = (false, false);
        for (part, value) in self.members(name, setting) {
            if part == ENABLE {
                enabled |= self.names_region(name, value);
            } else if part == DISABLE {
                disabled |= self.names_region(name, value);
            } else if let Some((.., inner)) = INNER.iter().find(|(outer, key, _)| *outer == name && *key == part) {
                self.scan(part, inner, value);
            } else {
                self.unrecognised(&format!("{name}.{part}"));
            }
        }
        if enabled || disabled {
            self.managed.features.insert(scan.clone(), !disabled);
        }
        // It says nothing of membership: AWS documents what is manageable as the scan types. Association stays ours,
        // since the policy waits for the service-linked role in an account that nothing was enabled in.
    }

    /// Whether a list of regions names this one.
    fn names_region(&mut self, of: &str, list: &Value) -> bool {
        let lists = if list.is_object() { [list.get("@@assign"), list.get("@@append")] } else { [Some(list), None] };
        if lists.iter().all(Option::is_none) {
            self.unrecognised(&format!("a list of regions of {of}"));
        }
        let mut named = false;
        for list in lists.into_iter().flatten() {
            let Some(regions) = list.as_array() else {
                self.unrecognised(&format!("a list of regions of {of}"));
                continue;
            };
            for region in regions {
                match region.as_str() {
                    Some(ALL) => named = true,
                    Some(name) if name.parse::<Region>().is_ok() => named |= name == self.region.as_str(),
                    _ => self.unrecognised(&format!("a region of {of}")),
                }
            }
        }
        named
    }

    /// The members of an object without inheritance operators, since what child policies may do manages nothing; that
    /// it is no object is told.
    fn members<'v>(&mut self, what: &str, value: &'v Value) -> impl Iterator<Item = (&'v str, &'v Value)> + use<'v> {
        if !value.is_object() {
            self.unrecognised(&format!("{what} that is no object"));
        }
        let members = value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value));
        members.filter(|(name, _)| !name.starts_with("@@"))
    }
}

#[cfg(test)]
mod tests;
