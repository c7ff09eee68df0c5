//! What a run has tried, so that nothing is tried twice and what AWS does not show yet counts as pending. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::under_way::INTERRUPTED;
use crate::{
    AccountFailure, AccountId, Action, ErrorClass, Feature, Membership, Plan, PlannedAction, Prerequisite, Reason,
    ServiceError, Stage, State, Target, service::ACCOUNT_MANAGEMENT,
};

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

impl Attempt {
    /// Whether it lowered a setting by which AWS enables all accounts. Of a call whose answer did not come, AWS may have
    /// done it.
    pub(super) fn lowered_from_all(&self) -> bool {
        let may_be_done = self.error.as_ref().is_none_or(|error| error.code == INTERRUPTED);
        may_be_done && self.action.lowers_from_all()
    }
}

/// One thing that can be tried: of a stage, for an account or the organization.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Deed {
    stage: Stage,
    account: Option<AccountId>,
    what: What,
}

/// What of an action is tried apart from the rest of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Itself,
    Principal(&'static str),
    Feature(Feature),
}

#[derive(Debug, Default)]
pub(super) struct Attempts {
    tried: BTreeMap<Deed, Option<Arc<ServiceError>>>,
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
        for deed in deeds(&action) {
            let own = deed.account.and_then(|account| errors.get(&account).cloned());
            self.tried.insert(deed, error.clone().or(own));
        }
        let attempt = Attempt { action, error, failures };
        log(target, &attempt);
        self.log.push(attempt);
    }

    /// Takes out of a plan what was tried already; those memberships are pending, or as their error says.
    pub(super) fn settle(&mut self, plan: &mut Plan) {
        self.open.clear();
        let mut results = Results { members_wait: plan.members_wait, ..Results::default() };
        for PlannedAction { action, predicted } in std::mem::take(&mut plan.actions) {
            if predicted {
                plan.actions.push(PlannedAction { action, predicted });
                continue;
            }
            for (deed, error) in deeds(&action).into_iter().filter_map(|deed| self.tried.get_key_value(&deed)) {
                let reason = error.as_ref().map_or(Reason::JustWritten, |error| refusal(&action, error));
                if action.stage() < Stage::Association || action.stage() == Stage::Reduction {
                    self.open.insert(reason.state());
                }
                results.add(deed.account, &action, &reason);
            }
            let untried = self.untried(&action).into_iter();
            plan.actions.extend(untried.map(|action| PlannedAction { action, predicted }));
        }
        let principal = Deed { stage: Stage::TrustedAccess, account: None, what: What::Principal(ACCOUNT_MANAGEMENT) };
        results.account_access =
            self.tried.get(&principal).map(|error| error.as_ref().map_or(Reason::JustWritten, Reason::of_failure));
        for (account, membership) in &mut plan.memberships {
            if let Some(reason) = results.explain(*account, membership) {
                membership.reason = reason.clone();
            }
        }
    }

    /// What of an action was not tried yet.
    fn untried(&self, action: &Action) -> Vec<Action> {
        let mut left: BTreeMap<Option<AccountId>, BTreeSet<Feature>> = BTreeMap::new();
        for Deed { account, what, .. } in deeds(action).into_iter().filter(|deed| !self.tried.contains_key(deed)) {
            let features = left.entry(account).or_default();
            if let What::Feature(feature) = what {
                features.insert(feature);
            }
        }
        let mut alike: BTreeMap<BTreeSet<Feature>, BTreeSet<Option<AccountId>>> = BTreeMap::new();
        for (account, features) in left {
            alike.entry(features).or_default().insert(account);
        }
        alike.into_iter().filter_map(|(features, accounts)| only(action, &accounts, features)).collect()
    }
}

/// What became of what a plan asks for again.
#[derive(Debug, Default)]
struct Results {
    by_account: BTreeMap<AccountId, Reason>,
    /// What became of what stands before every membership.
    ahead: Option<Reason>,
    /// What became of Account Management's trusted access.
    account_access: Option<Reason>,
    members_wait: bool,
}

impl Results {
    fn add(&mut self, account: Option<AccountId>, action: &Action, reason: &Reason) {
        if let Some(account) = account {
            keep_weightier(self.by_account.entry(account).or_insert(Reason::JustWritten), reason);
        }
        if matches!(action, Action::DesignateAdministrator { .. } | Action::EnableAdministrator { .. }) {
            keep_weightier(self.ahead.get_or_insert(Reason::JustWritten), reason);
        }
    }

    /// What a membership's reason becomes, where what was tried says more than the observation.
    fn explain(&self, account: AccountId, membership: &Membership) -> Option<&Reason> {
        let held_up = self.ahead.as_ref().filter(|_| self.members_wait);
        match &membership.reason {
            Reason::RegionStatusNotSeen => held_up,
            Reason::Prerequisite(Prerequisite::AccountAccess) => self.account_access.as_ref(),
            reason if reason.state() == State::Missing => self.by_account.get(&account).or(held_up),
            _ => None,
        }
    }
}

/// What a failed call means: a designation that is refused does not pass by itself.
fn refusal(action: &Action, error: &Arc<ServiceError>) -> Reason {
    use ErrorClass::{AlreadyDone, HeldByOtherAdministrator, Invalid};
    match action {
        Action::DesignateAdministrator { administrator }
            if matches!(error.class, AlreadyDone | HeldByOtherAdministrator | Invalid) =>
        {
            Reason::DesignationRefused { wanted: *administrator, error: Arc::clone(error) }
        }
        _ => Reason::of_failure(error),
    }
}

/// Of several results, one that another try may mend comes first, then one that needs a person, then one that says
/// what AWS is doing.
fn keep_weightier(kept: &mut Reason, other: &Reason) {
    let weight = |reason: &Reason| match reason.state() {
        State::Missing | State::Unknown => 3,
        State::Blocked => 2,
        State::Pending if *reason != Reason::JustWritten => 1,
        State::Pending | State::Enrolled | State::NotApplicable => 0,
    };
    if weight(other) > weight(kept) {
        *kept = other.clone();
    }
}

fn deeds(action: &Action) -> Vec<Deed> {
    let stage = action.stage();
    let of = |account, what| Deed { stage, account, what };
    match action {
        Action::EnableTrustedAccess { principal } => vec![of(None, What::Principal(principal))],
        Action::DesignateAdministrator { .. } | Action::SetAutoEnable { .. } | Action::Configure { .. } => {
            vec![of(None, What::Itself)]
        }
        Action::EnableManagement { account, features }
        | Action::EnableAdministrator { account, features }
        | Action::DisableAdministrator { account, features } => {
            per_feature(features).map(|what| of(Some(*account), what)).collect()
        }
        Action::Associate { accounts } | Action::StartMonitoring { accounts } | Action::Disassociate { accounts } => {
            accounts.iter().map(|account| of(Some(*account), What::Itself)).collect()
        }
        Action::EnableFeatures { accounts, features } | Action::DisableFeatures { accounts, features } => {
            let of_account = |account| per_feature(features).map(move |what| of(Some(account), what));
            accounts.iter().copied().flat_map(of_account).collect()
        }
    }
}

/// Each feature by itself, or the service as such where none is named.
fn per_feature(features: &BTreeSet<Feature>) -> impl Iterator<Item = What> {
    let itself = features.is_empty().then_some(What::Itself);
    features.iter().cloned().map(What::Feature).chain(itself)
}

/// The part of an action that is about these accounts and features.
fn only(action: &Action, of: &BTreeSet<Option<AccountId>>, only: BTreeSet<Feature>) -> Option<Action> {
    let mut part = action.only_for(|account| of.contains(&Some(account)))?;
    if let Action::EnableManagement { features, .. }
    | Action::EnableAdministrator { features, .. }
    | Action::DisableAdministrator { features, .. }
    | Action::DisableFeatures { features, .. }
    | Action::EnableFeatures { features, .. } = &mut part
    {
        *features = only;
    }
    Some(part)
}

/// One line for each applied action, and one for each account that it left unserved.
fn log(target: &Target, attempt: &Attempt) {
    let (service, region, action) = (target.service.as_str(), target.region.as_str(), attempt.action.name());
    // At most as many ids as a call takes, so a line stays short.
    let accounts: Vec<String> = attempt.action.members().iter().map(AccountId::to_string).collect();
    let accounts = accounts.join(" ");
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
