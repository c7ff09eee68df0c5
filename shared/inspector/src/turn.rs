//! Turns features on or off: scan types by one call, deep inspection by another. I/O.

use std::collections::BTreeSet;

use aws_sdk_inspector2::{operation::RequestId, types::FailedAccount};
use rollcall_core::{AccountId, Feature, ServiceError};

use crate::{
    apply::{Applied, Failures, conclude, for_all, nothing_offered},
    calls::Calls,
    failure::{by_account, of_account, of_deep_inspection},
    isolation::Isolation,
    spec::EC2_DEEP_INSPECTION,
    translate,
};

/// Whose features are turned: one call takes either (seen live).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Administrator,
    Members,
}

/// Which way, and for whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn<'a> {
    pub(crate) accounts: &'a [AccountId],
    pub(crate) whose: Whose,
    pub(crate) on: bool,
}

impl Turn<'_> {
    /// Turns features, but for those that the region is known not to offer.
    pub(crate) async fn features(
        self,
        calls: &Calls,
        features: &BTreeSet<Feature>,
        not_offered: &BTreeSet<Feature>,
    ) -> Applied {
        let scan_types = features.iter().filter(|feature| **feature != EC2_DEEP_INSPECTION).cloned().collect();
        let scan_types = Isolation::new(scan_types, not_offered);
        let deep = features.contains(&EC2_DEEP_INSPECTION) && !not_offered.contains(&EC2_DEEP_INSPECTION);
        match (scan_types.attempt().is_empty(), deep) {
            // A call with no scan type at all would mean all of them.
            (true, false) => Err(nothing_offered(self.operation())).into(),
            (true, true) => self.deep_inspection(calls).await,
            (false, false) => self.scan_types(calls, scan_types).await,
            (false, true) => self.both(calls, scan_types).await,
        }
    }

    fn operation(self) -> &'static str {
        if self.on { "Enable" } else { "Disable" }
    }

    /// Deep inspection needs EC2 scanning: it is turned on after that, and off before.
    async fn both(self, calls: &Calls, scan_types: Isolation) -> Applied {
        if !self.on {
            let first = self.deep_inspection(calls).await;
            return if first.result.is_ok() {
                self.joined(first, self.scan_types(calls, scan_types).await)
            } else {
                first
            };
        }
        let first = self.scan_types(calls, scan_types).await;
        if first.result.is_ok() { self.joined(first, self.deep_inspection(calls).await) } else { first }
    }

    /// What two calls gave, of which the first went through.
    fn joined(self, mut first: Applied, second: Applied) -> Applied {
        first.not_offered.extend(second.not_offered);
        if let Ok(failures) = &mut first.result {
            failures.extend(second.result.unwrap_or_else(|error| for_all(self.accounts, &error)));
        }
        first
    }

    /// One call; a few more where the region does not offer one of the scan types, since that fails the whole call.
    async fn scan_types(self, calls: &Calls, mut isolation: Isolation) -> Applied {
        loop {
            let answer = self.call(calls, isolation.attempt()).await;
            if let Some(applied) = conclude(&mut isolation, answer) {
                return applied;
            }
        }
    }

    async fn call(self, calls: &Calls, scan_types: &BTreeSet<Feature>) -> Result<Failures, ServiceError> {
        let scan_types = translate::resource_types(scan_types);
        if self.on {
            let answer = calls.enable(self.accounts, scan_types).await?;
            return Ok(self.failures(answer.failed_accounts(), answer.request_id()));
        }
        let answer = calls.disable(self.accounts, scan_types).await?;
        Ok(self.failures(answer.failed_accounts(), answer.request_id()))
    }

    fn failures(self, failed: &[FailedAccount], request: Option<&str>) -> Failures {
        by_account(failed.iter().map(|failed| (failed.account_id(), of_account(self.operation(), failed, request))))
    }

    async fn deep_inspection(self, calls: &Calls) -> Applied {
        let answer = match self.whose {
            Whose::Administrator => self.own_deep_inspection(calls).await,
            Whose::Members => self.deep_inspection_of_members(calls).await,
        };
        let mut isolation = Isolation::new(BTreeSet::from([EC2_DEEP_INSPECTION]), &BTreeSet::new());
        // With one feature there is no other call to make.
        conclude(&mut isolation, answer).unwrap_or_else(|| Ok(Failures::new()).into())
    }

    async fn own_deep_inspection(self, calls: &Calls) -> Result<Failures, ServiceError> {
        let found = calls.own_deep_inspection().await?;
        let paths = found.package_paths.filter(|paths| !paths.is_empty());
        calls.set_own_deep_inspection(self.on, paths).await.map(|()| Failures::new())
    }

    async fn deep_inspection_of_members(self, calls: &Calls) -> Result<Failures, ServiceError> {
        let answer = calls.set_deep_inspection(self.accounts, self.on).await?;
        let request = answer.request_id();
        let error = |failed| of_deep_inspection("BatchUpdateMemberEc2DeepInspectionStatus", failed, request);
        Ok(by_account(answer.failed_account_ids().iter().map(|failed| (failed.account_id(), error(failed)))))
    }
}
