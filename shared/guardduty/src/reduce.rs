//! Actions that reduce, and settings: made into their calls. I/O: GuardDuty, as the administrator.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_guardduty::operation::RequestId;
use rollcall_core::{AccountFailure, AccountId, ErrorClass, Feature, ServiceError};

use crate::{
    GuardDuty,
    apply::{ids, unserved},
    detector,
    guardduty::failed,
    sentences::own,
    spec::FINDING_PUBLISHING_FREQUENCY,
    write,
};

impl GuardDuty {
    /// Ends membership. GuardDuty stays on in the accounts, which stay listed as removed [documentation].
    pub(crate) async fn disassociate(&self, accounts: &[AccountId]) -> Result<Vec<AccountFailure>, ServiceError> {
        let detector = self.own_detector("DisassociateMembers").await?;
        let request = self.administrator().await.disassociate_members().detector_id(detector);
        let answer = request.set_account_ids(Some(ids(accounts))).send().await;
        let answer = answer.map_err(|error| failed("DisassociateMembers", &error))?;
        Ok(unserved("DisassociateMembers", answer.unprocessed_accounts(), answer.request_id()))
    }

    pub(crate) async fn disable_features(
        &self,
        accounts: &[AccountId],
        all: &BTreeSet<Feature>,
    ) -> Result<Vec<AccountFailure>, ServiceError> {
        self.update_members(accounts, all, |features| write::members(write::off(features, all))).await
    }

    pub(crate) async fn disable_own(&self, features: &BTreeSet<Feature>) -> Result<Vec<AccountFailure>, ServiceError> {
        let features = self.offered(features);
        if features.is_empty() {
            let message = "not called, since the region offers nothing of what was to be turned off";
            return Err(own("UpdateDetector", ErrorClass::NotOffered, "NotOffered", message));
        }
        let detector = self.own_detector("UpdateDetector").await?;
        self.drop_refused(detector::turn_off(self.administrator().await, &detector, &features).await?)
    }

    pub(crate) async fn configure(
        &self,
        to: &BTreeMap<&'static str, String>,
    ) -> Result<Vec<AccountFailure>, ServiceError> {
        if let Some(unknown) = to.keys().find(|key| **key != FINDING_PUBLISHING_FREQUENCY) {
            let message = format!("GuardDuty has no setting {unknown}");
            return Err(own("UpdateDetector", ErrorClass::Invalid, "NotASetting", &message));
        }
        if let Some(frequency) = to.get(FINDING_PUBLISHING_FREQUENCY) {
            let detector = self.own_detector("UpdateDetector").await?;
            detector::set_frequency(self.administrator().await, &detector, frequency).await?;
        }
        Ok(Vec::new())
    }
}
