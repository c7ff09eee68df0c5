//! The permissions that an operation needs beside its own. No I/O.
//!
//! AWS documentation: "Permissions required to designate a delegated GuardDuty administrator account" and the same of
//! Inspector; both services' "Using service-linked roles". The resources and condition keys of these permissions are of
//! the service authorization reference; that the service passes itself as `organizations:ServicePrincipal` is inferred
//! from AWS's managed policies `AmazonGuardDutyFullAccess_v2` and `AmazonInspector2FullAccess_v2`.

use serde_json::{Map, Value, json};

use super::{Decision, ask};
use crate::{organizations, service::Call, world::World};

pub(crate) const GUARDDUTY: &str = "guardduty.amazonaws.com";
pub(crate) const MALWARE_PROTECTION: &str = "malware-protection.guardduty.amazonaws.com";
pub(crate) const INSPECTOR: &str = "inspector2.amazonaws.com";
/// Of EC2 scanning: it scans instances without an agent too.
pub(crate) const AGENTLESS: &str = "agentless.inspector2.amazonaws.com";

/// A permission.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dependent {
    pub(crate) action: &'static str,
    resource: Resource,
    /// A condition key that the request has.
    key: Option<(&'static str, &'static str)>,
}

#[derive(Debug, Clone, Copy)]
enum Resource {
    All,
    /// The account that the operation is about.
    Account,
    /// That account's organizational unit.
    Unit,
    /// The service-linked role, in that account.
    ServiceRole(&'static str),
}

/// What designation of the service's administrator needs. `ListAccounts` is missing in Inspector's list.
pub(crate) fn designation(principal: &'static str) -> [Dependent; 8] {
    let key = Some(("organizations:ServicePrincipal", principal));
    let need = |action, resource, key| Dependent { action, resource, key };
    [
        need("organizations:EnableAWSServiceAccess", Resource::All, key),
        need("organizations:RegisterDelegatedAdministrator", Resource::Account, key),
        need("organizations:ListDelegatedAdministrators", Resource::All, key),
        need("organizations:ListAWSServiceAccessForOrganization", Resource::All, None),
        need("organizations:DescribeOrganizationalUnit", Resource::Unit, None),
        need("organizations:DescribeAccount", Resource::Account, None),
        need("organizations:DescribeOrganization", Resource::All, None),
        need("organizations:ListAccounts", Resource::All, None),
    ]
}

/// What the first use in an account needs.
pub(crate) fn service_role(principal: &'static str) -> Dependent {
    let name = match principal {
        GUARDDUTY => "AWSServiceRoleForAmazonGuardDuty",
        MALWARE_PROTECTION => "AWSServiceRoleForAmazonGuardDutyMalwareProtection",
        INSPECTOR => "AWSServiceRoleForAmazonInspector2",
        _ => "AWSServiceRoleForAmazonInspector2Agentless",
    };
    Dependent {
        action: "iam:CreateServiceLinkedRole",
        resource: Resource::ServiceRole(name),
        key: Some(("iam:AWSServiceName", principal)),
    }
}

/// All that the operation may need: service-linked roles only where the caller's own account lacks them.
pub(super) fn of(service: &str, operation: &str) -> Vec<Dependent> {
    let guardduty = [GUARDDUTY, MALWARE_PROTECTION].map(service_role);
    let inspector = [INSPECTOR, AGENTLESS].map(service_role);
    match (service, operation) {
        ("guardduty", "EnableOrganizationAdminAccount") => [designation(GUARDDUTY).as_slice(), &guardduty].concat(),
        ("guardduty", "CreateDetector") => guardduty.to_vec(),
        ("guardduty", "UpdateDetector") => vec![service_role(MALWARE_PROTECTION)],
        ("inspector2", "EnableDelegatedAdminAccount") => [designation(INSPECTOR).as_slice(), &inspector].concat(),
        ("inspector2", "Enable") => inspector.to_vec(),
        _ => Vec::new(),
    }
}

/// A permission that the caller lacks.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) action: &'static str,
    pub(crate) resource: String,
    pub(crate) decision: Decision,
}

/// Asks for each permission, until one is missing.
pub(crate) fn require<'a>(
    world: &mut World,
    call: &Call,
    account: &str,
    needs: impl IntoIterator<Item = &'a Dependent>,
) -> Result<(), Missing> {
    for need in needs {
        let resource = need.arn(world, account);
        let keys: Vec<(&str, String)> = need.key.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        let decision = if world.permits(&call.caller, need.action) {
            ask(world, &call.caller, &call.region, need.action, &resource, &keys)
        } else {
            Decision::NotAllowed
        };
        if decision != Decision::Allowed {
            return Err(Missing { action: need.action, resource, decision });
        }
    }
    Ok(())
}

impl Dependent {
    fn arn(&self, world: &World, account: &str) -> String {
        match self.resource {
            Resource::All => "*".to_owned(),
            Resource::Account => organizations::account_arn(world, account),
            Resource::Unit => {
                let parent = world.organization.account(account).map(|account| account.parent.as_str());
                let unit = parent.filter(|parent| world.organization.units.contains_key(*parent));
                // Which unit is described when the account is in none is not documented: inferred to be any.
                organizations::entity_arn(world, unit.unwrap_or("ou-*"))
            }
            Resource::ServiceRole(name) => {
                let principal = self.key.map_or("", |(_, principal)| principal);
                format!("arn:aws:iam::{account}:role/aws-service-role/{principal}/{name}")
            }
        }
    }

    pub(super) fn to_json(self) -> Value {
        let principal = self.key.map_or("", |(_, principal)| principal);
        let resource = match self.resource {
            Resource::All => "*".to_owned(),
            Resource::Account => super::resources::ACCOUNT.to_owned(),
            Resource::Unit => super::resources::UNIT.to_owned(),
            Resource::ServiceRole(name) => {
                format!("arn:aws:iam::${{Account}}:role/aws-service-role/{principal}/{name}")
            }
        };
        let keys: Map<String, Value> = self.key.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        json!({"action": self.action, "resource": resource, "keys": keys})
    }
}
