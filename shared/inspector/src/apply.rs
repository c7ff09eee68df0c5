//! Makes an action's calls. I/O.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_inspector2::operation::RequestId;
use futures::{StreamExt, stream};
use rollcall_core::{AccountFailure, AccountId, Action, AutoEnableSettings, ErrorClass, Feature, ServiceError};

use crate::{
    calls::Calls,
    failure::{by_account, list, of_account, of_deep_inspection},
    isolation::{Isolation, Next},
    spec::EC2_DEEP_INSPECTION,
    translate,
};

/// The accounts that a call left unserved.
type Failures = BTreeMap<AccountId, ServiceError>;

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
            let scan_types = isolation(features, not_offered);
            enable(calls, &[*account], scan_types, asks_for_deep(features, not_offered), Whose::Administrator).await
        }
        Action::EnableFeatures { accounts, features } => {
            let scan_types = isolation(features, not_offered);
            enable(calls, accounts, scan_types, asks_for_deep(features, not_offered), Whose::Members).await
        }
        Action::SetAutoEnable { from, to } => set_auto_enable(calls, from, to, not_offered).await,
        Action::Associate { accounts } => associate(calls, accounts).await.into(),
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
fn nothing_offered(operation: &'static str) -> ServiceError {
    ServiceError {
        operation,
        class: ErrorClass::NotOffered,
        code: "NotOffered".to_owned(),
        message: "not called, since the region offers nothing of what was to be turned on".to_owned(),
        request_id: None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Administrator,
    Members,
}

/// The scan types among the features.
fn isolation(features: &BTreeSet<Feature>, not_offered: &BTreeSet<Feature>) -> Isolation {
    let scan_types = features.iter().filter(|feature| **feature != EC2_DEEP_INSPECTION).cloned().collect();
    Isolation::new(scan_types, not_offered)
}

fn asks_for_deep(features: &BTreeSet<Feature>, not_offered: &BTreeSet<Feature>) -> bool {
    features.contains(&EC2_DEEP_INSPECTION) && !not_offered.contains(&EC2_DEEP_INSPECTION)
}

/// Turns features on: scan types by one call, deep inspection by another, after them, since it needs EC2 scanning.
async fn enable(calls: &Calls, accounts: &[AccountId], scan_types: Isolation, deep: bool, whose: Whose) -> Applied {
    if scan_types.attempt().is_empty() {
        if !deep {
            return Err(nothing_offered("Enable")).into();
        }
        return enable_deep_inspection(calls, accounts, whose, deep).await;
    }
    let mut applied = enable_scan_types(calls, accounts, scan_types).await;
    if deep && let Ok(failures) = &mut applied.result {
        let more = enable_deep_inspection(calls, accounts, whose, deep).await;
        applied.not_offered.extend(more.not_offered);
        failures.extend(more.result.unwrap_or_else(|error| for_all(accounts, &error)));
    }
    applied
}

fn for_all(accounts: &[AccountId], error: &ServiceError) -> Vec<AccountFailure> {
    accounts.iter().map(|account| AccountFailure { account: *account, error: error.clone() }).collect()
}

/// One call; a few more where the region does not offer one of the scan types, since that fails the whole call.
async fn enable_scan_types(calls: &Calls, accounts: &[AccountId], mut isolation: Isolation) -> Applied {
    loop {
        let answer = calls.enable(accounts, translate::resource_types(isolation.attempt())).await;
        let ended = answer.map(|answer| {
            let request = answer.request_id();
            let failed = answer.failed_accounts().iter();
            by_account(failed.map(|failed| (failed.account_id(), of_account("Enable", failed, request))))
        });
        if let Some(applied) = conclude(&mut isolation, ended) {
            return applied;
        }
    }
}

/// The end of an isolation; `None` where it takes another call.
fn conclude(isolation: &mut Isolation, answer: Result<Failures, ServiceError>) -> Option<Applied> {
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

async fn enable_deep_inspection(calls: &Calls, accounts: &[AccountId], whose: Whose, wanted: bool) -> Applied {
    if !wanted {
        return Ok(Failures::new()).into();
    }
    let answer = match whose {
        Whose::Administrator => own_deep_inspection(calls).await,
        Whose::Members => deep_inspection(calls, accounts).await,
    };
    let mut isolation = Isolation::new(BTreeSet::from([EC2_DEEP_INSPECTION]), &BTreeSet::new());
    // With one feature there is no other call to make.
    conclude(&mut isolation, answer).unwrap_or_else(|| Ok(Failures::new()).into())
}

async fn own_deep_inspection(calls: &Calls) -> Result<Failures, ServiceError> {
    let found = calls.own_deep_inspection().await?;
    let paths = found.package_paths.filter(|paths| !paths.is_empty());
    calls.activate_own_deep_inspection(paths).await.map(|()| Failures::new())
}

async fn deep_inspection(calls: &Calls, members: &[AccountId]) -> Result<Failures, ServiceError> {
    let answer = calls.activate_deep_inspection(members).await?;
    let request = answer.request_id();
    let error = |failed| of_deep_inspection("BatchUpdateMemberEc2DeepInspectionStatus", failed, request);
    Ok(by_account(answer.failed_account_ids().iter().map(|failed| (failed.account_id(), error(failed)))))
}

/// Sends the whole configuration; settings of features that the region does not offer stay as they were found.
async fn set_auto_enable(
    calls: &Calls,
    from: &AutoEnableSettings,
    to: &AutoEnableSettings,
    not_offered: &BTreeSet<Feature>,
) -> Applied {
    let mut isolation = Isolation::new(translate::raised(from, to), not_offered);
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

/// One account a call. What an account is refused for is its own failure; what would fail for any is an error.
async fn associate(calls: &Calls, accounts: &[AccountId]) -> Result<Failures, ServiceError> {
    let answers = stream::iter(accounts.to_vec()).map(async |account| (account, calls.associate(account).await));
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
