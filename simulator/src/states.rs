//! The special states of organization, accounts and permissions, as `POST /_simulator/state` describes them. No I/O.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    cloudtrail, guardduty, iam, inspector2, model,
    organization::{Account, AccountState},
    organizations, policies, securityhub, ssm,
    world::{Denial, World},
};

/// A special state of organization, accounts or permissions.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(crate) enum State {
    /// `State` of an account in Organizations.
    Account { account: String, state: String },
    /// The account has left the organization.
    Departed { account: String },
    /// The account, which may have been a member before, has accepted an invitation.
    Joined { account: String },
    /// Transitions of the account never end, or end again.
    Stuck {
        account: String,
        #[serde(default = "yes")]
        stuck: bool,
    },
    /// A region has no endpoint of the service.
    ServiceNotOffered { name: String, region: String },
    /// A region does not offer the feature or resource type.
    FeatureNotOffered { name: String, feature: String, region: String },
    /// A service control policy denies.
    Deny {
        #[serde(default)]
        account: Option<String>,
        #[serde(default)]
        region: Option<String>,
        /// Such as `guardduty:CreateMembers`, `guardduty:*`, `*`.
        action: String,
    },
    /// A service control policy is attached to roots, organizational units and accounts, by their ids.
    ServiceControlPolicy {
        #[serde(default)]
        name: Option<String>,
        document: Value,
        targets: Vec<String>,
    },
    /// Takes back every denial, restriction and service control policy; registered roles keep their policies.
    AllowAll {},
    /// The principal may do only these actions.
    Restrict { principal: String, actions: Vec<String> },
    /// There is no such role.
    RoleAbsent { arn: String },
    /// There is this role, which trusts and may do what its policies say.
    Role {
        arn: String,
        trust: Value,
        #[serde(default)]
        policies: Vec<Value>,
    },
    /// An access key id stands for a session of the role.
    Key {
        access_key: String,
        role: String,
        #[serde(default)]
        session: Option<String>,
    },
    /// There are no roles but those.
    OnlyRegisteredRoles {},
    /// There is this trail.
    Trail(cloudtrail::Settings),
    /// The account has Security Hub on in the region, which receives the findings of these products; or it is off.
    SecurityHub {
        account: String,
        region: String,
        #[serde(default = "yes")]
        enabled: bool,
        #[serde(default)]
        products: Vec<String>,
    },
    /// A service has trusted access.
    Trust { principal: String },
    /// An account is delegated administrator of a service in Organizations.
    Delegate { principal: String, account: String },
    /// Tags of an account.
    Tags { account: String, tags: BTreeMap<String, String> },
    /// `DescribeEffectivePolicy` finds this; the account may be `*`.
    EffectivePolicy { account: String, policy_type: String, content: String },
    /// The policy type is enabled at the root, or is not.
    PolicyType {
        policy_type: String,
        #[serde(default = "yes")]
        enabled: bool,
    },
    /// There is this policy, attached to these targets and no others: ids, `root`, or names of organizational units.
    Policy {
        policy_type: String,
        name: String,
        content: Value,
        #[serde(default)]
        targets: Vec<String>,
    },
}

fn yes() -> bool {
    true
}

/// Makes a special state: of the organization when the description has no `service`, otherwise that service's.
pub(crate) fn prepare(world: &mut World, description: &Value) -> Result<(), String> {
    let mut description = description.clone();
    let object = description.as_object_mut().ok_or("a state is a JSON object")?;
    let service = object.remove("service").unwrap_or(Value::from("organizations"));
    for region in description.get("regions").and_then(Value::as_array).into_iter().flatten() {
        known_region(world, region.as_str().unwrap_or_default())?;
    }
    match service.as_str() {
        Some("guardduty") => guardduty::prepare(world, &description),
        Some("inspector2") => inspector2::prepare(world, &description),
        Some("organizations") => {
            let state = serde_json::from_value(description).map_err(|error| error.to_string())?;
            apply(world, state)
        }
        _ => Err(format!("there are no states of the service {service}")),
    }?;
    // Policies of the organization are looked at again, since nearly every state can matter to them.
    policies::changed(world, None, None);
    Ok(())
}

pub(crate) fn apply(world: &mut World, state: State) -> Result<(), String> {
    match state {
        State::Account { account, state } => {
            let state = AccountState::from_name(&state).ok_or(format!("there is no account state `{state}`"))?;
            known(world, &account)?.state = state;
        }
        State::Departed { account } => organizations::dismiss(world, &account)?,
        State::Joined { account } => organizations::invite(world, &account)?,
        State::Stuck { account, stuck: true } => {
            known(world, &account)?;
            world.stuck.insert(account);
        }
        State::Stuck { account, .. } => {
            world.stuck.remove(&account);
        }
        State::ServiceNotOffered { name, region } => {
            known_region(world, &region)?;
            model::of(&name).ok_or_else(|| format!("there is no service `{name}`"))?;
            world.offers.absent_services.insert((name, region));
        }
        State::FeatureNotOffered { name, feature, region } => {
            known_region(world, &region)?;
            let has_it = match name.as_str() {
                "guardduty" => guardduty::has_feature(&feature),
                "inspector2" => inspector2::has_feature(&feature),
                "ssm" => feature == ssm::GLOBAL_INFRASTRUCTURE,
                _ => false,
            };
            if !has_it {
                return Err(format!("`{name}` has no feature `{feature}`"));
            }
            world.offers.absent_features.insert((name, feature, region));
        }
        State::Deny { account, region, action } => {
            let (service, operation) = action.split_once(':').unwrap_or((&action, "*"));
            let service = (service != "*").then(|| service.to_owned());
            world.access.denials.push(Denial { account, region, service, operation: Some(operation.to_owned()) });
        }
        State::AllowAll {} => {
            world.access = crate::world::Access::default();
            world.iam.service_control = iam::ServiceControl::default();
            world.iam.only_registered = false;
        }
        State::ServiceControlPolicy { name, document, targets } => {
            iam::attach(world, name, &document, &targets)?;
            // Nothing could be attached otherwise.
            organizations::set_policy_type(world, "SERVICE_CONTROL_POLICY", true)?;
        }
        State::Restrict { principal, actions } => {
            world.access.restricted.insert(principal, actions.into_iter().collect());
        }
        State::RoleAbsent { arn } => {
            world.absent_roles.insert(arn);
        }
        State::Role { arn, trust, policies } => {
            world.iam.register(&arn, &trust, &policies)?;
            world.absent_roles.remove(&arn);
        }
        State::Key { access_key, role, session } => {
            world.iam.register_key(&access_key, &role, session.as_deref())?;
        }
        State::OnlyRegisteredRoles {} => world.iam.only_registered = true,
        State::Trail(settings) => cloudtrail::prepare(world, settings)?,
        State::SecurityHub { account, region, enabled, products } => {
            securityhub::prepare(world, account, region, enabled, products)?;
        }
        State::Trust { principal } => world.trust(&principal),
        State::Delegate { principal, account } => {
            known(world, &account)?;
            world.register_delegated(&principal, &account);
        }
        State::Tags { account, tags } => known(world, &account)?.tags.extend(tags),
        State::EffectivePolicy { account, policy_type, content } => {
            world.organization.effective_policies.insert((account, policy_type), content);
        }
        State::PolicyType { policy_type, enabled } => organizations::set_policy_type(world, &policy_type, enabled)?,
        State::Policy { policy_type, name, content, targets } => {
            organizations::policy_state(world, &policy_type, &name, &content, &targets)?;
        }
    }
    Ok(())
}

pub(crate) fn known<'a>(world: &'a mut World, account: &str) -> Result<&'a mut Account, String> {
    world.organization.accounts.get_mut(account).ok_or_else(|| format!("there is no account {account}"))
}

/// Refuses a region that nobody has: a state there would be seen by nobody.
pub(crate) fn known_region(world: &World, region: &str) -> Result<(), String> {
    let known = world.organization.regions.iter().any(|known| known == region);
    if known { Ok(()) } else { Err(format!("there is no region {region}")) }
}
