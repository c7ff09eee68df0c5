//! What a run has tried, so that nothing is tried twice and what AWS does not show yet counts as pending. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{AccountFailure, AccountId, Action, Feature, Plan, Reason, ServiceError, Stage, State, Target};

/// One action that was applied, and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The action.
    pub action: Action,
    /// Why the call failed for all.
    pub error: Option<Arc<ServiceError>>,
    /// The accounts that the call left unserved.
    pub failures: Vec<AccountFailure>,
}

impl Attempt {
    /// Whether the call served every account.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.error.is_none() && self.failures.is_empty()
    }
}

/// A thing that was tried: a stage's action for an account, and, where it is about features, for one of them.
type Key = (Stage, Option<AccountId>, String);

#[derive(Debug, Default)]
pub(super) struct Attempts {
    tried: BTreeMap<Key, Option<Arc<ServiceError>>>,
    pub(super) log: Vec<Attempt>,
    /// What organization-level actions leave open: pending where written, else as their error says.
    pub(super) open: BTreeSet<State>,
}

impl Attempts {
    /// Keeps the result of an action.
    pub(super) fn record(
        &mut self,
        target: &Target,
        action: Action,
        result: Result<Vec<AccountFailure>, ServiceError>,
    ) {
        let (error, failures) = match result {
            Ok(failures) => (None, failures),
            Err(error) => (Some(Arc::new(error)), Vec::new()),
        };
        let errors: BTreeMap<AccountId, Arc<ServiceError>> =
            failures.iter().map(|failure| (failure.account, Arc::new(failure.error.clone()))).collect();
        for key in keys(&action) {
            let own = key.1.and_then(|account| errors.get(&account).cloned());
            self.tried.insert(key, error.clone().or(own));
        }
        let attempt = Attempt { action, error, failures };
        log(target, &attempt);
        self.log.push(attempt);
    }

    /// Takes out of a plan what was tried already; those memberships are pending, or as their error says.
    pub(super) fn settle(&mut self, mut plan: Plan) -> Plan {
        self.open.clear();
        let mut verdicts: BTreeMap<AccountId, Reason> = BTreeMap::new();
        let mut ahead: Option<Reason> = None;
        let planned = std::mem::take(&mut plan.actions);
        for mut step in planned {
            if step.predicted {
                plan.actions.push(step);
                continue;
            }
            if step.action.members().is_empty() {
                match self.result(&step.action, None) {
                    None => plan.actions.push(step),
                    Some(reason) => {
                        self.open.insert(reason.state());
                        if let Some(account) = own_account(&step.action) {
                            verdicts.insert(account, reason.clone());
                        }
                        if matches!(
                            step.action,
                            Action::DesignateAdministrator { .. } | Action::EnableAdministrator { .. }
                        ) {
                            ahead = Some(reason);
                        }
                    }
                }
                continue;
            }
            let accounts = step.action.members().to_vec();
            let done: BTreeMap<AccountId, Reason> = accounts
                .into_iter()
                .filter_map(|account| Some((account, self.result(&step.action, Some(account))?)))
                .collect();
            if let Some(action) = step.action.only_for(|account| !done.contains_key(&account)) {
                step.action = action;
                plan.actions.push(step);
            }
            verdicts.extend(done);
        }
        explain(&mut plan, &verdicts, ahead.as_ref());
        plan
    }

    /// How trying the action for the account went: `None` where some of it was not tried.
    fn result(&self, action: &Action, account: Option<AccountId>) -> Option<Reason> {
        let mut reason = Reason::JustWritten;
        for key in keys(action).into_iter().filter(|key| key.1 == account) {
            if let Some(error) = self.tried.get(&key)? {
                reason = Reason::of_failure(error);
            }
        }
        Some(reason)
    }
}

/// Puts the results of what was tried into the memberships.
fn explain(plan: &mut Plan, verdicts: &BTreeMap<AccountId, Reason>, ahead: Option<&Reason>) {
    for (account, membership) in &mut plan.memberships {
        if membership.state() != State::Missing && !matches!(membership.reason, Reason::Prerequisite(_)) {
            continue;
        }
        if let Some(reason) = verdicts.get(account).or(ahead) {
            membership.reason = reason.clone();
        }
    }
}

fn own_account(action: &Action) -> Option<AccountId> {
    match action {
        Action::EnableManagement { account, .. } | Action::EnableAdministrator { account, .. } => Some(*account),
        _ => None,
    }
}

fn keys(action: &Action) -> Vec<Key> {
    let stage = action.stage();
    match action {
        Action::EnableTrustedAccess { principal } => vec![(stage, None, (*principal).to_owned())],
        Action::DesignateAdministrator { .. } | Action::SetAutoEnable { .. } => vec![(stage, None, String::new())],
        Action::EnableManagement { account, features } | Action::EnableAdministrator { account, features } => {
            per_feature(features).map(|feature| (stage, None, format!("{account} {feature}"))).collect()
        }
        Action::Associate { accounts } | Action::StartMonitoring { accounts } => {
            accounts.iter().map(|account| (stage, Some(*account), String::new())).collect()
        }
        Action::EnableFeatures { accounts, features } => {
            let pairs =
                accounts.iter().flat_map(|account| per_feature(features).map(move |feature| (*account, feature)));
            pairs.map(|(account, feature)| (stage, Some(account), feature)).collect()
        }
    }
}

/// Each feature by itself, or the service as such where none is named.
fn per_feature(features: &BTreeSet<Feature>) -> impl Iterator<Item = String> {
    let itself = features.is_empty().then(String::new);
    features.iter().map(ToString::to_string).chain(itself)
}

/// One line for each applied action, and one for each account that it left unserved.
fn log(target: &Target, attempt: &Attempt) {
    let (service, region, action) = (target.service.as_str(), target.region.as_str(), attempt.action.name());
    let accounts = attempt.action.members().len();
    match &attempt.error {
        None => tracing::info!(
            service,
            region,
            action,
            accounts,
            unserved = attempt.failures.len(),
            outcome = "applied",
            "{}",
            attempt.action
        ),
        Some(error) => tracing::warn!(
            service,
            region,
            action,
            accounts,
            outcome = "failed",
            error.code = error.code,
            error.class = error.class.as_str(),
            aws.request_id = error.request_id.as_deref().unwrap_or_default(),
            "{}: {error}",
            attempt.action,
        ),
    }
    for AccountFailure { account, error } in &attempt.failures {
        tracing::warn!(
            service, region, action, account.id = %account, outcome = "unserved", error.code = error.code,
            error.class = error.class.as_str(), "{}: account {account}: {error}", attempt.action,
        );
    }
}
