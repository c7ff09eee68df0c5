//! What is on in members: the statuses of scan types and of deep inspection, a hundred accounts a call. I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_inspector2::{
    operation::{
        RequestId, batch_get_account_status::BatchGetAccountStatusOutput,
        batch_get_member_ec2_deep_inspection_status::BatchGetMemberEc2DeepInspectionStatusOutput,
        get_ec2_deep_inspection_configuration::GetEc2DeepInspectionConfigurationOutput,
    },
    types::Status,
};
use futures::join;
use rollcall_core::{AccountId, ErrorClass, Feature, FeatureStatus, OwnState, Seen, ServiceError, Unseen};

use crate::{
    calls::Calls,
    failure::{by_account, not_answered, of_account, of_deep_inspection},
    spec::{EC2, EC2_DEEP_INSPECTION},
    translate,
};

const STATUS: &str = "BatchGetAccountStatus";
const DEEP_INSPECTION: &str = "BatchGetMemberEc2DeepInspectionStatus";

/// What the status calls tell of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Detail {
    /// It is associated; what is on in it.
    Associated { monitoring: FeatureStatus, features: Seen<BTreeMap<Feature, FeatureStatus>> },
    /// The administrator has no access to it, so it is not associated.
    NotAssociated(Arc<ServiceError>),
    /// It could not be seen.
    Failed(Arc<ServiceError>),
}

/// What the status calls tell of a batch.
#[derive(Debug, Default)]
pub(crate) struct Details {
    pub(crate) accounts: BTreeMap<AccountId, Detail>,
    /// Features that the region was seen not to offer.
    pub(crate) not_offered: BTreeSet<Feature>,
}

impl Details {
    pub(crate) fn extend(mut self, more: Self) -> Self {
        self.accounts.extend(more.accounts);
        self.not_offered.extend(more.not_offered);
        self
    }
}

/// Asks for at most a hundred members, by both calls at the same time.
pub(crate) async fn details(calls: &Calls, batch: Vec<AccountId>) -> Details {
    let (statuses, deep) = join!(calls.account_status(&batch), calls.deep_inspection(&batch));
    let mut not_offered = BTreeSet::new();
    let accounts = match statuses {
        Err(error) => {
            let failed = Detail::Failed(Arc::new(error));
            batch.into_iter().map(|account| (account, failed.clone())).collect()
        }
        Ok(statuses) => {
            let deep = deep.map(|answer| deep_by_account(&answer));
            if matches!(&deep, Err(error) if error.class == ErrorClass::NotOffered) {
                not_offered.insert(EC2_DEEP_INSPECTION);
            }
            joined(&batch, &statuses, &deep)
        }
    };
    Details { accounts, not_offered }
}

/// What the administrator sees of itself.
pub(crate) struct Own {
    /// Its own enrolment.
    pub(crate) state: Result<OwnState, ServiceError>,
    /// Features that the region was seen not to offer.
    pub(crate) not_offered: BTreeSet<Feature>,
    /// The answer about deep inspection, which tells a setting of the organization too.
    pub(crate) deep_inspection: Result<GetEc2DeepInspectionConfigurationOutput, ServiceError>,
}

/// Looks at the administrator itself.
pub(crate) async fn own(calls: &Calls) -> Own {
    let account = calls.connection().administrator;
    let asked = [account];
    let (status, deep_inspection) = join!(calls.account_status(&asked), calls.own_deep_inspection());
    if matches!(&deep_inspection, Err(error) if error.class == ErrorClass::NotOffered) {
        let state = status.and_then(|status| state_of(account, &status));
        return Own { state, not_offered: BTreeSet::from([EC2_DEEP_INSPECTION]), deep_inspection };
    }
    let deep = deep_inspection.as_ref().map_err(Clone::clone).and_then(own_deep);
    let state = status.and_then(|status| with_own_deep(state_of(account, &status)?, deep));
    Own { state, not_offered: BTreeSet::new(), deep_inspection }
}

fn own_deep(answer: &GetEc2DeepInspectionConfigurationOutput) -> Result<FeatureStatus, ServiceError> {
    let missing = || not_answered("GetEc2DeepInspectionConfiguration", "the answer has no status", answer.request_id());
    answer.status().map(translate::deep_inspection).ok_or_else(missing)
}

/// Deep inspection depends on EC2 scanning: where that is off, deep inspection is, whatever the call answered.
fn with_own_deep(mut own: OwnState, deep: Result<FeatureStatus, ServiceError>) -> Result<OwnState, ServiceError> {
    let status = match deep {
        Ok(status) => status,
        Err(_) if own.features.get(&EC2) != Some(&FeatureStatus::On) => FeatureStatus::Off,
        Err(error) => return Err(error),
    };
    own.features.insert(EC2_DEEP_INSPECTION, status);
    Ok(own)
}

fn state_of(account: AccountId, answer: &BatchGetAccountStatusOutput) -> Result<OwnState, ServiceError> {
    let id = account.to_string();
    if let Some(found) = answer.accounts().iter().find(|found| found.account_id() == id) {
        return Ok(translate::account(found));
    }
    let failed = answer.failed_accounts().iter().find(|failed| failed.account_id() == id);
    let request = answer.request_id();
    Err(failed.map_or_else(|| silence(STATUS, request), |failed| of_account(STATUS, failed, request)))
}

/// A member's deep inspection: its status, or why it failed with the status of its EC2 scanning.
type Deep = Result<FeatureStatus, (ServiceError, Option<Status>)>;

struct DeepByAccount {
    accounts: BTreeMap<String, Deep>,
    request_id: Option<String>,
}

fn deep_by_account(answer: &BatchGetMemberEc2DeepInspectionStatusOutput) -> DeepByAccount {
    let request = answer.request_id();
    let found = answer.account_ids().iter().map(|found| {
        let missing = || (not_answered(DEEP_INSPECTION, "the answer has no status", request), None);
        (found.account_id().to_owned(), found.status().map(translate::deep_inspection).ok_or_else(missing))
    });
    let failed = answer.failed_account_ids().iter().map(|failed| {
        let error = of_deep_inspection(DEEP_INSPECTION, failed, request);
        (failed.account_id().to_owned(), Err((error, failed.ec2_scan_status().cloned())))
    });
    let request_id = request.map(ToOwned::to_owned);
    DeepByAccount { accounts: failed.chain(found).collect(), request_id }
}

/// Brings both answers together, for every account that was asked about.
fn joined(
    batch: &[AccountId],
    statuses: &BatchGetAccountStatusOutput,
    deep: &Result<DeepByAccount, ServiceError>,
) -> BTreeMap<AccountId, Detail> {
    let request = statuses.request_id();
    let found: BTreeMap<&str, OwnState> =
        statuses.accounts().iter().map(|found| (found.account_id(), translate::account(found))).collect();
    let failures = statuses.failed_accounts().iter();
    let mut failed = by_account(failures.map(|failed| (failed.account_id(), of_account(STATUS, failed, request))));
    let mut detail = |account: AccountId| {
        let id = account.to_string();
        if let Some(state) = found.get(id.as_str()) {
            return associated(state.clone(), deep, &id);
        }
        let error = Arc::new(failed.remove(&account).unwrap_or_else(|| silence(STATUS, request)));
        if error.class == ErrorClass::NotAssociated { Detail::NotAssociated(error) } else { Detail::Failed(error) }
    };
    batch.iter().map(|account| (*account, detail(*account))).collect()
}

fn associated(state: OwnState, deep: &Result<DeepByAccount, ServiceError>, id: &str) -> Detail {
    let OwnState { monitoring, mut features, .. } = state;
    let ec2_on = features.get(&EC2) == Some(&FeatureStatus::On);
    let unseen = |error: &ServiceError| Seen::No(Unseen::Failed(Arc::new(error.clone())));
    let deep_status = match deep {
        Err(error) if error.class == ErrorClass::NotOffered => {
            return Detail::Associated { monitoring, features: Seen::Yes(features) };
        }
        Err(error) if ec2_on => return Detail::Associated { monitoring, features: unseen(error) },
        Err(_) => FeatureStatus::Off,
        Ok(deep) => match deep.accounts.get(id) {
            Some(Ok(status)) => status.clone(),
            Some(Err((error, ec2))) if ec2_on && ec2.as_ref().is_none_or(|ec2| *ec2 == Status::Enabled) => {
                return Detail::Associated { monitoring, features: unseen(error) };
            }
            None if ec2_on => {
                let error = silence(DEEP_INSPECTION, deep.request_id.as_deref());
                return Detail::Associated { monitoring, features: unseen(&error) };
            }
            // Without EC2 scanning there is no deep inspection.
            Some(Err(_)) | None => FeatureStatus::Off,
        },
    };
    features.insert(EC2_DEEP_INSPECTION, deep_status);
    Detail::Associated { monitoring, features: Seen::Yes(features) }
}

fn silence(operation: &'static str, request_id: Option<&str>) -> ServiceError {
    not_answered(operation, "the answer leaves the account out", request_id)
}

#[cfg(test)]
mod tests;
