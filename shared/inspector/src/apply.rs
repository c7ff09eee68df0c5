//! Makes an action's calls. I/O.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use rollcall_core::{AccountFailure, AccountId, Action, AutoEnableSettings, ErrorClass, Feature, ServiceError};

use crate::{
    calls::Calls,
    failure::list,
    isolation::{Isolation, Next},
    settings::{self, Settings, Update},
    spec::DEEP_INSPECTION_PATHS,
    translate,
    turn::{Turn, Whose},
};

/// The accounts that a call left unserved.
pub(crate) type Failures = BTreeMap<AccountId, ServiceError>;

/// What an action's calls gave.
pub(crate) struct Applied {
    /// The accounts that were left unserved; an error where the call failed for all.
    pub(crate) result: Result<Vec<AccountFailure>, ServiceError>,
    /// The features that the region turned out not to offer; the rest of the action went through without them.
    pub(crate) not_offered: BTreeSet<Feature>,
}

impl From<Result<Failures, ServiceError>> for Applied {
    fn from(result: Result<Failures, ServiceError>) -> Self {
        Self { result: result.map(list), not_offered: BTreeSet::new() }
    }
}

/// Applies one action, but for the features that the region is known not to offer.
pub(crate) async fn apply(calls: &Calls, action: &Action, not_offered: &BTreeSet<Feature>) -> Applied {
    match action {
        Action::DesignateAdministrator { administrator } => {
            calls.designate(*administrator).await.map(|()| Failures::new()).into()
        }
        Action::EnableAdministrator { account, features } => {
            let turn = Turn { accounts: &[*account], whose: Whose::Administrator, on: true };
            turn.features(calls, features, not_offered).await
        }
        Action::EnableFeatures { accounts, features } => {
            Turn { accounts, whose: Whose::Members, on: true }.features(calls, features, not_offered).await
        }
        Action::DisableAdministrator { account, features } => {
            let turn = Turn { accounts: &[*account], whose: Whose::Administrator, on: false };
            turn.features(calls, features, not_offered).await
        }
        Action::DisableFeatures { accounts, features } => {
            Turn { accounts, whose: Whose::Members, on: false }.features(calls, features, not_offered).await
        }
        Action::Configure { to, .. } => configure(calls, to).await.map(|()| Failures::new()).into(),
        Action::SetAutoEnable { from, to } => set_auto_enable(calls, from, to, not_offered).await,
        Action::Associate { accounts } => {
            each(calls, accounts, async |account| calls.associate(account).await).await.into()
        }
        Action::Disassociate { accounts } => {
            each(calls, accounts, async |account| calls.disassociate(account).await).await.into()
        }
        Action::EnableTrustedAccess { .. } | Action::EnableManagement { .. } | Action::StartMonitoring { .. } => {
            Err(not_an_action_of_inspector(action)).into()
        }
    }
}

/// The planner never plans these for Inspector: trusted access belongs to Organizations, and members of Inspector
/// have no monitoring apart from their scan types.
fn not_an_action_of_inspector(action: &Action) -> ServiceError {
    ServiceError {
        operation: "none",
        class: ErrorClass::Invalid,
        code: "NotAnActionOfInspector".to_owned(),
        message: action.to_string(),
        request_id: None,
    }
}

/// No call is made for what the region is known not to offer.
pub(crate) fn nothing_offered(operation: &'static str) -> ServiceError {
    ServiceError {
        operation,
        class: ErrorClass::NotOffered,
        code: "NotOffered".to_owned(),
        message: "not called, since the region offers nothing of what was to be changed".to_owned(),
        request_id: None,
    }
}

pub(crate) fn for_all(accounts: &[AccountId], error: &ServiceError) -> Vec<AccountFailure> {
    accounts.iter().map(|account| AccountFailure { account: *account, error: error.clone() }).collect()
}

/// The end of an isolation; `None` where it takes another call.
pub(crate) fn conclude(isolation: &mut Isolation, answer: Result<Failures, ServiceError>) -> Option<Applied> {
    let result = match answer {
        Ok(failures) => Ok(list(failures)),
        Err(error) => match isolation.failed(&error) {
            Next::Try => return None,
            Next::NothingLeft => Err(ServiceError { class: ErrorClass::NotOffered, ..error }),
            Next::GiveUp => return Some(Err(error).into()),
        },
    };
    Some(Applied { result, not_offered: isolation.dropped() })
}

/// Sends the whole configuration; settings of features that the region does not offer stay as they were found.
async fn set_auto_enable(
    calls: &Calls,
    from: &AutoEnableSettings,
    to: &AutoEnableSettings,
    not_offered: &BTreeSet<Feature>,
) -> Applied {
    let mut isolation = Isolation::new(translate::changed(from, to), not_offered);
    if isolation.attempt().is_empty() {
        return Err(nothing_offered("UpdateOrganizationConfiguration")).into();
    }
    loop {
        let answer = match translate::auto_enable(from, to, isolation.attempt()) {
            Ok(settings) => calls.set_auto_enable(settings).await,
            Err(error) => Err(error),
        };
        if let Some(applied) = conclude(&mut isolation, answer.map(|()| Failures::new())) {
            return applied;
        }
    }
}

/// Changes settings. What one call fails for does not keep the other from being made.
async fn configure(calls: &Calls, to: &Settings) -> Result<(), ServiceError> {
    let updated = if settings::of_configuration(to.keys()) { update_configuration(calls, to).await } else { Ok(()) };
    let paths = match to.get(DEEP_INSPECTION_PATHS) {
        Some(paths) => calls.set_organization_paths(settings::split(paths)).await,
        None => Ok(()),
    };
    updated.and(paths)
}

/// The configuration is read again, since more of it is echoed than the settings that are known.
async fn update_configuration(calls: &Calls, to: &Settings) -> Result<(), ServiceError> {
    calls.update_configuration(Update::new(&calls.configuration().await?, to)?).await
}

/// One account a call. What an account is refused for is its own failure; what would fail for any is an error.
async fn each<F>(calls: &Calls, accounts: &[AccountId], call: impl Fn(AccountId) -> F) -> Result<Failures, ServiceError>
where
    F: Future<Output = Result<(), ServiceError>>,
{
    let answers = stream::iter(accounts.to_vec()).map(async |account| (account, call(account).await));
    let answers: Vec<_> = answers.buffer_unordered(calls.concurrency()).collect().await;
    let mut failures = Failures::new();
    for (account, answer) in answers {
        if let Err(error) = answer {
            failures.insert(account, error);
        }
    }
    let all_failed = failures.len() == accounts.len();
    match failures.values().find(|error| fails_for_any(error.class)) {
        Some(error) if all_failed => Err(error.clone()),
        _ => Ok(failures),
    }
}

fn fails_for_any(class: ErrorClass) -> bool {
    use ErrorClass as C;
    matches!(class, C::Throttled | C::Transient | C::Denied | C::DeniedByServiceControlPolicy | C::LimitReached)
}
