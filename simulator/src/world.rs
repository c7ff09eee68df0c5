//! Everything that the simulated AWS holds: the clock, the organization, and each service's state. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    behaviour::Behaviour,
    clock, cloudtrail, guardduty, iam, inspector2, policies,
    random::Random,
    securityhub,
    service::Caller,
    transition::{Due, Moving},
};

pub(crate) use crate::organization::{Account, OptIn, Organization};

/// The simulated AWS. One lock guards it; each call sees and changes it as a whole.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct World {
    /// Milliseconds since the start of the simulation. Set before each call; nobody reads a clock otherwise.
    pub(crate) now: u64,
    /// Wall-clock time of world time 0 in milliseconds since 1970, for time stamps in answers.
    pub(crate) epoch_millis: u64,
    pub(crate) behaviour: Behaviour,
    pub(crate) random: Random,
    pub(crate) organization: Organization,
    pub(crate) access: Access,
    pub(crate) iam: iam::State,
    pub(crate) offers: Offers,
    /// Accounts whose transitions never end.
    pub(crate) stuck: BTreeSet<String>,
    /// What `AssumeRole` handed out, by access key id.
    pub(crate) sessions: BTreeMap<String, Session>,
    /// Roles that do not exist, by ARN.
    pub(crate) absent_roles: BTreeSet<String>,
    /// Creations of accounts by their request id.
    pub(crate) creations: BTreeMap<String, Creation>,
    /// Accounts that are pending closure, and when they will be closed.
    pub(crate) closing: BTreeMap<String, u64>,
    /// Accounts and regions whose opt-in the services have not been told of.
    pub(crate) opting_in: BTreeSet<(String, String)>,
    pub(crate) policies: policies::State,
    pub(crate) guardduty: guardduty::State,
    pub(crate) inspector2: inspector2::State,
    pub(crate) cloudtrail: cloudtrail::State,
    pub(crate) securityhub: securityhub::State,
}

/// Credentials of an assumed role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) caller: Caller,
    pub(crate) token: String,
    pub(crate) expires_at: u64,
}

/// A request to create an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Creation {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    /// The account's id, once it exists.
    pub(crate) account: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// `State` of the request.
    pub(crate) state: Moving<CreationState>,
    /// Why it fails.
    pub(crate) failure: Option<String>,
    /// In epoch milliseconds, as is `completed`.
    pub(crate) requested: u64,
    pub(crate) completed: Option<u64>,
}

/// `CreateAccountState` of AWS's model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CreationState {
    InProgress,
    Succeeded,
    Failed,
}

impl CreationState {
    /// As AWS's model spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }
}

/// What is refused to whom, beside the rules of the services.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Access {
    /// Principals that may do only what is listed: account id, role ARN or session ARN → actions such as
    /// `guardduty:*` or `organizations:RegisterDelegatedAdministrator`. Who is not listed may do everything.
    pub(crate) restricted: BTreeMap<String, BTreeSet<String>>,
    /// What service control policies deny.
    pub(crate) denials: Vec<Denial>,
}

/// One denial of a service control policy; what is absent means every one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Denial {
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    /// The signing name, such as `guardduty`, or another prefix of actions, such as `iam`.
    pub(crate) service: Option<String>,
    /// The operation, such as `CreateMembers`; it may end in `*`.
    pub(crate) operation: Option<String>,
}

/// Where services and their features do not exist.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Offers {
    /// (service, region)
    pub(crate) absent_services: BTreeSet<(String, String)>,
    /// (service, feature, region)
    pub(crate) absent_features: BTreeSet<(String, String, String)>,
}

impl World {
    /// When a transition that begins now will be over, as the options say.
    pub(crate) fn due(&self) -> Due {
        self.behaviour.transition_reads.map_or(Due::At(self.now + self.behaviour.transition_ms), Due::AfterReads)
    }

    /// Like [`Self::due`], but never for an account that was made stuck.
    pub(crate) fn due_for(&self, account: &str) -> Due {
        if self.stuck.contains(account) { Due::Never } else { self.due() }
    }

    /// Milliseconds since 1970 of a world time.
    pub(crate) fn epoch(&self, at: u64) -> u64 {
        self.epoch_millis + at
    }

    /// A world time as an ISO 8601 string, such as `2026-11-17T08:30:00.123Z`.
    pub(crate) fn timestamp_iso(&self, at: u64) -> String {
        clock::iso(self.epoch(at))
    }

    /// A world time as seconds since 1970.
    pub(crate) fn timestamp_epoch(&self, at: u64) -> f64 {
        clock::seconds(self.epoch(at))
    }

    /// An account id that nobody has.
    pub(crate) fn new_account_id(&mut self) -> String {
        loop {
            let id = self.random.text("0123456789", 12);
            let reserved = self.creations.values().any(|creation| creation.account == id);
            if !reserved && !self.organization.is_member(&id) {
                return id;
            }
        }
    }

    /// Whether the account can use the region now.
    pub(crate) fn region_on(&self, account: &str, region: &str) -> bool {
        let Some(account) = self.organization.account(account) else {
            return false;
        };
        let late = account.regions_usable_at.get(region).is_some_and(|at| *at > self.now);
        !late && matches!(account.opt_in(region, self.now), OptIn::Enabled | OptIn::EnabledByDefault | OptIn::Disabling)
    }

    /// Whether the service exists in the region.
    pub(crate) fn offers(&self, service: &str, region: &str) -> bool {
        !self.offers.absent_services.contains(&(service.to_owned(), region.to_owned()))
    }

    /// Whether the region offers the feature (of GuardDuty) or resource type (of Inspector), by AWS's upper-case name.
    pub(crate) fn offers_feature(&self, service: &str, region: &str, feature: &str) -> bool {
        self.offers(service, region)
            && !self.offers.absent_features.contains(&(service.to_owned(), feature.to_owned(), region.to_owned()))
    }

    /// Whether the service principal, such as `guardduty.amazonaws.com`, has trusted access.
    pub(crate) fn trusted(&self, principal: &str) -> bool {
        self.organization.trusted.contains_key(principal)
    }

    /// Gives the service principal trusted access, as `EnableAWSServiceAccess` does; again is harmless.
    pub(crate) fn trust(&mut self, principal: &str) {
        let at = self.epoch(self.now);
        self.organization.trusted.entry(principal.to_owned()).or_insert(at);
        // Policies need it.
        policies::changed(self, None, None);
    }

    /// Lists the account as delegated administrator of the service principal, now.
    pub(crate) fn register_delegated(&mut self, principal: &str, account: &str) {
        let at = self.epoch(self.now);
        self.organization.delegated.entry(principal.to_owned()).or_default().entry(account.to_owned()).or_insert(at);
    }

    /// Takes the account off the list of the service principal's delegated administrators.
    pub(crate) fn deregister_delegated(&mut self, principal: &str, account: &str) {
        if let Some(accounts) = self.organization.delegated.get_mut(principal) {
            accounts.remove(account);
        }
        self.organization.delegated.retain(|_, accounts| !accounts.is_empty());
    }

    /// Whether the caller may have the permission, such as `organizations:RegisterDelegatedAdministrator`: unless the
    /// control API restricts a principal or a service control policy denies the action in every region. What the
    /// policies of its role say is another matter.
    pub(crate) fn permits(&self, caller: &Caller, action: &str) -> bool {
        let (service, operation) = action.split_once(':').unwrap_or((action, "*"));
        !self.restricted(caller, service, operation) && !self.denied(&caller.account, None, service, operation)
    }

    /// Whether the control API restricts the caller to actions among which this one is not.
    pub(crate) fn restricted(&self, caller: &Caller, service: &str, operation: &str) -> bool {
        self.access
            .restricted
            .iter()
            .filter(|(principal, _)| caller.is(principal))
            .any(|(_, actions)| !actions.iter().any(|action| matches_action(action, service, operation)))
    }

    /// Whether a service control policy denies the operation in the region. Never for the management account:
    /// AWS documentation, "SCPs don't affect users or roles in the management account".
    pub(crate) fn scp_denies(&self, account: &str, region: &str, service: &str, operation: &str) -> bool {
        self.denied(account, Some(region), service, operation)
    }

    fn denied(&self, account: &str, region: Option<&str>, service: &str, operation: &str) -> bool {
        let covers = |wanted: &Option<String>, got: Option<&str>| wanted.is_none() || wanted.as_deref() == got;
        account != self.organization.management
            && self.access.denials.iter().any(|denial| {
                covers(&denial.account, Some(account))
                    && covers(&denial.region, region)
                    && covers(&denial.service, Some(service))
                    && denial.operation.as_ref().is_none_or(|pattern| matches_pattern(pattern, operation))
            })
    }
}

fn matches_action(action: &str, service: &str, operation: &str) -> bool {
    match action.split_once(':') {
        Some((prefix, name)) => prefix == service && matches_pattern(name, operation),
        None => action == "*",
    }
}

/// A pattern may end in `*`.
fn matches_pattern(pattern: &str, value: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == value, |prefix| value.starts_with(prefix))
}
