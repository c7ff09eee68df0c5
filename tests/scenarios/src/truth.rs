//! Coverage by the simulator's own truth, with the desired features written down here once more: what is counted
//! does not rest on the code that is under test. I/O: none but reading the simulation.

use std::collections::{BTreeMap, BTreeSet};

use organization_simulator::Simulator;
use serde_json::Value;

const GUARDDUTY: [&str; 5] =
    ["S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS"];
const INSPECTOR: [&str; 5] = ["EC2", "ECR", "LAMBDA", "LAMBDA_CODE", "EC2_DEEP_INSPECTION"];

/// The services by their signing names.
pub const SERVICES: [&str; 2] = ["guardduty", "inspector2"];

/// One account in one service and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// The service by its signing name.
    pub service: String,
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
}

/// The truth about every applicable membership.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// Whether each applicable membership is enrolled with every desired feature on; if not, what it lacks.
    pub memberships: BTreeMap<Membership, Result<(), String>>,
}

impl Truth {
    /// Reads the truth. `not_offered` names features that a region does not have: `(service, feature, region)`.
    #[must_use]
    pub fn of(aws: &Simulator, not_offered: &[(&str, &str, &str)]) -> Self {
        let organization = aws.organization();
        let rows = aws.enrolment();
        let by_key: BTreeMap<(&str, &str, &str), &Value> =
            rows.iter().map(|row| ((text(row, "service"), text(row, "region"), text(row, "account")), row)).collect();
        let mut memberships = BTreeMap::new();
        for (account, region) in applicable(&organization) {
            for service in SERVICES {
                let missing: BTreeSet<&str> = not_offered
                    .iter()
                    .filter(|(of, _, place)| *of == service && *place == region)
                    .map(|(_, feature, _)| *feature)
                    .collect();
                let row = by_key.get(&(service, region.as_str(), account.as_str())).copied();
                let key = Membership { service: service.to_owned(), region: region.clone(), account: account.clone() };
                memberships.insert(key, enrolled(service, row, &missing));
            }
        }
        Self { memberships }
    }

    /// How many memberships are enrolled.
    #[must_use]
    pub fn enrolled(&self) -> usize {
        self.memberships.values().filter(|enrolled| enrolled.is_ok()).count()
    }

    /// How many memberships are applicable.
    #[must_use]
    pub fn applicable(&self) -> usize {
        self.memberships.len()
    }

    /// Enrolled and applicable memberships of each service in each region.
    #[must_use]
    pub fn by_target(&self) -> BTreeMap<(String, String), (usize, usize)> {
        let mut targets: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
        for (membership, enrolled) in &self.memberships {
            let counts = targets.entry((membership.region.clone(), membership.service.clone())).or_default();
            counts.0 += usize::from(enrolled.is_ok());
            counts.1 += 1;
        }
        targets
    }

    /// The memberships that are not enrolled, with what they lack.
    pub fn gaps(&self) -> impl Iterator<Item = (&Membership, &str)> {
        self.memberships.iter().filter_map(|(key, enrolled)| Some((key, enrolled.as_ref().err()?.as_str())))
    }
}

/// The accounts that work, with the regions that are on for them.
fn applicable(organization: &Value) -> Vec<(String, String)> {
    let accounts = organization.get("accounts").and_then(Value::as_array).cloned().unwrap_or_default();
    let working = accounts.iter().filter(|account| matches!(text(account, "state"), "ACTIVE" | "PENDING_CLOSURE"));
    let mut pairs = Vec::new();
    for account in working {
        let regions = account.get("regions").and_then(Value::as_object).into_iter().flatten();
        let on = regions.filter(|(_, status)| matches!(status.as_str(), Some("ENABLED" | "ENABLED_BY_DEFAULT")));
        pairs.extend(on.map(|(region, _)| (text(account, "id").to_owned(), region.clone())));
    }
    pairs
}

fn enrolled(service: &str, row: Option<&Value>, not_offered: &BTreeSet<&str>) -> Result<(), String> {
    let Some(row) = row else { return Err("no membership".to_owned()) };
    let relationship = text(row, "relationship");
    if !["enabled", "administrator"].contains(&relationship.to_lowercase().as_str()) {
        return Err(format!("relationship {relationship}"));
    }
    let desired = if service == "guardduty" { &GUARDDUTY } else { &INSPECTOR };
    let on = |feature: &str| {
        let status = row.get("features").and_then(|features| features.get(feature)).and_then(Value::as_str);
        matches!(status, Some("ENABLED" | "ACTIVATED"))
    };
    let off: Vec<&str> =
        desired.iter().filter(|feature| !not_offered.contains(**feature) && !on(feature)).copied().collect();
    if off.is_empty() { Ok(()) } else { Err(format!("off: {}", off.join(", "))) }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
