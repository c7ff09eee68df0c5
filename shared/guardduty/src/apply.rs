//! One action, made into its calls. I/O: GuardDuty, as the administrator and the management account.

use std::collections::BTreeSet;

use aws_sdk_guardduty::{
    operation::RequestId,
    types::{AccountDetail, MemberFeaturesConfiguration, UnprocessedAccount},
};
use rollcall_core::{AccountFailure, AccountId, Action, AutoEnableSettings, ErrorClass, Feature, ServiceError};

use crate::{
    GuardDuty,
    detector::{self, Isolated, isolated},
    guardduty::failed,
    sentences::{failure, own},
    write,
};

impl GuardDuty {
    /// Makes the action's calls.
    pub(crate) async fn act(&self, action: &Action) -> Result<Vec<AccountFailure>, ServiceError> {
        match action {
            // The organization's matter, not a service's.
            Action::EnableTrustedAccess { .. } => Err(own(
                "EnableAWSServiceAccess",
                ErrorClass::Invalid,
                "NotSent",
                "trusted access is enabled through Organizations",
            )),
            Action::DesignateAdministrator { administrator } => self.designate(*administrator).await,
            Action::EnableManagement { features, .. } => {
                let refused =
                    detector::enable(self.management_write().await, &self.offered(features), &self.listed()).await?;
                self.drop_refused(refused)
            }
            Action::EnableAdministrator { features, .. } => {
                let refused =
                    detector::enable(self.administrator().await, &self.offered(features), &self.listed()).await?;
                self.drop_refused(refused)
            }
            Action::SetAutoEnable { from, to } => self.set_auto_enable(from, to).await,
            Action::Associate { accounts } => self.associate(accounts).await,
            Action::StartMonitoring { accounts } => self.start_monitoring(accounts).await,
            Action::EnableFeatures { accounts, features } => self.enable_features(accounts, features).await,
            Action::Configure { to, .. } => self.configure(to).await,
            Action::Disassociate { accounts } => self.disassociate(accounts).await,
            Action::DisableFeatures { accounts, features } => self.disable_features(accounts, features).await,
            Action::DisableAdministrator { features, .. } => self.disable_own(features).await,
        }
    }

    async fn designate(&self, administrator: AccountId) -> Result<Vec<AccountFailure>, ServiceError> {
        let request = self.management_write().await.enable_organization_admin_account();
        let answer = request.admin_account_id(administrator.to_string()).send().await;
        answer.map(|_| Vec::new()).map_err(|error| {
            let mut error = failed("EnableOrganizationAdminAccount", &error);
            // Seen live as a passing answer right after trusted access was enabled.
            if error.class == ErrorClass::Invalid && error.message.contains("invalid or out-of-range") {
                error.class = ErrorClass::NotReady;
            }
            error
        })
    }

    async fn set_auto_enable(
        &self,
        from: &AutoEnableSettings,
        to: &AutoEnableSettings,
    ) -> Result<Vec<AccountFailure>, ServiceError> {
        let detector = self.own_detector("UpdateOrganizationConfiguration").await?;
        let client = self.administrator().await;
        let call = async |features: BTreeSet<Feature>| {
            let features = write::organization(&features, to);
            let request = client.update_organization_configuration().detector_id(&detector);
            let answer = request
                // Required in every call, changed or not.
                .set_auto_enable_organization_members(to.members.map(write::members_setting))
                .set_features((!features.is_empty()).then_some(features))
                .send()
                .await;
            answer.map(|_| ()).map_err(|error| failed("UpdateOrganizationConfiguration", &error))
        };
        let features = self.offered(&write::changed(from, to));
        self.drop_refused(isolated(&features, call).await?.refused)
    }

    async fn associate(&self, accounts: &[AccountId]) -> Result<Vec<AccountFailure>, ServiceError> {
        let (details, mut failures) = self.details(accounts);
        if details.is_empty() {
            return Ok(failures);
        }
        let detector = self.own_detector("CreateMembers").await?;
        let request = self.administrator().await.create_members().detector_id(detector);
        let answer = request.set_account_details(Some(details)).send().await;
        let answer = answer.map_err(|error| failed("CreateMembers", &error))?;
        failures.extend(unserved("CreateMembers", answer.unprocessed_accounts(), answer.request_id()));
        Ok(failures)
    }

    /// The accounts with their e-mail addresses, which AWS requires; those without one are failures.
    fn details(&self, accounts: &[AccountId]) -> (Vec<AccountDetail>, Vec<AccountFailure>) {
        let (mut details, mut failures) = (Vec::new(), Vec::new());
        for account in accounts {
            let known = self.connection().roster.accounts.get(account).and_then(|known| known.email.as_ref());
            match known {
                Some(email) => {
                    let id = account.to_string();
                    details.push(AccountDetail::builder().account_id(id).email(email.reveal()).build());
                }
                None => failures.push(AccountFailure {
                    account: *account,
                    error: own(
                        "CreateMembers",
                        ErrorClass::NoEmail,
                        "NoEmail",
                        "Organizations gave no e-mail address for the account, which GuardDuty requires",
                    ),
                }),
            }
        }
        (details, failures)
    }

    async fn start_monitoring(&self, accounts: &[AccountId]) -> Result<Vec<AccountFailure>, ServiceError> {
        let detector = self.own_detector("StartMonitoringMembers").await?;
        let request = self.administrator().await.start_monitoring_members().detector_id(detector);
        let answer = request.set_account_ids(Some(ids(accounts))).send().await;
        let answer = answer.map_err(|error| failed("StartMonitoringMembers", &error))?;
        Ok(unserved("StartMonitoringMembers", answer.unprocessed_accounts(), answer.request_id()))
    }

    async fn enable_features(
        &self,
        accounts: &[AccountId],
        features: &BTreeSet<Feature>,
    ) -> Result<Vec<AccountFailure>, ServiceError> {
        self.update_members(accounts, features, |features| write::members(write::on(features))).await
    }

    /// Turns features on or off for members, as `written`.
    pub(crate) async fn update_members(
        &self,
        accounts: &[AccountId],
        features: &BTreeSet<Feature>,
        written: impl Fn(&BTreeSet<Feature>) -> Vec<MemberFeaturesConfiguration>,
    ) -> Result<Vec<AccountFailure>, ServiceError> {
        let features = self.offered(features);
        if features.is_empty() {
            let message = "not called, since the region offers nothing of what was to be changed";
            return Err(own("UpdateMemberDetectors", ErrorClass::NotOffered, "NotOffered", message));
        }
        let detector = self.own_detector("UpdateMemberDetectors").await?;
        let client = self.administrator().await;
        let call = async |features: BTreeSet<Feature>| {
            let request = client.update_member_detectors().detector_id(&detector);
            let request = request.set_account_ids(Some(ids(accounts)));
            let answer = request.set_features(Some(written(&features))).send().await;
            let answer = answer.map_err(|error| failed("UpdateMemberDetectors", &error))?;
            Ok(unserved("UpdateMemberDetectors", answer.unprocessed_accounts(), answer.request_id()))
        };
        let Isolated { answers, refused } = isolated(&features, call).await?;
        let mut failures: Vec<AccountFailure> = answers.into_iter().flatten().collect();
        // A feature that the region lists is offered, so something about these accounts stands in its way.
        if let Err(error) = self.drop_refused(refused) {
            failures.extend(accounts.iter().map(|account| AccountFailure { account: *account, error: error.clone() }));
        }
        let mut told = BTreeSet::new();
        failures.retain(|failure| told.insert(failure.account));
        Ok(failures)
    }

    /// The administrator's detector, which `operation` needs.
    pub(crate) async fn own_detector(&self, operation: &'static str) -> Result<String, ServiceError> {
        self.detector().await?.ok_or_else(|| {
            own(operation, ErrorClass::Invalid, "NoDetector", "the administrator has no detector in the region")
        })
    }

    /// The features without those that were refused before, as the region does not offer them.
    pub(crate) fn offered(&self, features: &BTreeSet<Feature>) -> BTreeSet<Feature> {
        features.difference(&self.refused()).cloned().collect()
    }

    /// Remembers refused features that the region does not list; the others' error is told.
    pub(crate) fn drop_refused(
        &self,
        refused: Vec<(Feature, ServiceError)>,
    ) -> Result<Vec<AccountFailure>, ServiceError> {
        let mut told = None;
        for (feature, error) in refused {
            if self.listed().contains(&feature) {
                told = told.or(Some(error));
            } else {
                tracing::warn!(%feature, region = %self.connection().region, "not offered in the region: {error}");
                self.remember_refused(feature);
            }
        }
        told.map_or_else(|| Ok(Vec::new()), Err)
    }
}

/// The accounts that a call left unserved.
pub(crate) fn unserved(
    operation: &'static str,
    accounts: &[UnprocessedAccount],
    request_id: Option<&str>,
) -> Vec<AccountFailure> {
    accounts
        .iter()
        .filter_map(|unserved| {
            let sentence = unserved.result().unwrap_or_default();
            let Some(account) = unserved.account_id().and_then(|id| id.parse().ok()) else {
                tracing::warn!(operation, "an account without a sound id was not served: {sentence}");
                return None;
            };
            Some(failure(operation, account, sentence, request_id))
        })
        .collect()
}

pub(crate) fn ids(accounts: &[AccountId]) -> Vec<String> {
    accounts.iter().map(AccountId::to_string).collect()
}
