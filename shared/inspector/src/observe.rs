//! Looks at the region: administrator, own enrolment, organization configuration, members, all at the same time. I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_inspector2::operation::{
    RequestId, describe_organization_configuration::DescribeOrganizationConfigurationOutput,
};
use futures::join;
use rollcall_core::{AccountId, AutoEnableSettings, Look, LookAt, Members, Observed, Seen, ServiceError, Unseen};

use crate::{administrator::administrator, calls::Calls, details, failure::not_answered, members, translate};

/// What the organization configuration tells, and who the administrator is.
struct Organization {
    administrator: Seen<Option<AccountId>>,
    configuration: Result<DescribeOrganizationConfigurationOutput, Arc<ServiceError>>,
}

/// Looks at the region. The management account's own enrolment is not looked at, since Inspector needs none there.
pub(crate) async fn observe(calls: &Calls, look: &Look) -> Observed {
    let (organization, (own, own_not_offered), (members, not_offered)) =
        join!(organization(calls, look.as_management), details::own(calls), members::look_at(calls, &look.members),);
    let mut observed = Observed {
        own: own.into(),
        management: Seen::No(Unseen::NotAsked),
        auto_enable: organization.auto_enable(calls.connection().administrator),
        members: organization.members(members, calls.connection().administrator, look),
        not_offered: own_not_offered.into_iter().chain(not_offered).collect(),
        unrecognised: BTreeSet::new(),
        remarks: organization.remarks(),
        administrator: organization.administrator,
    };
    observed.unrecognised = translate::unrecognised(&observed);
    observed
}

/// Only the region's administrator may read the configuration, so reading it proves who that is.
async fn organization(calls: &Calls, as_management: bool) -> Organization {
    match calls.describe_organization().await {
        Ok(configuration) => Organization {
            administrator: Seen::Yes(Some(calls.connection().administrator)),
            configuration: Ok(configuration),
        },
        Err(error) => Organization {
            administrator: administrator(calls, &error, as_management).await.into(),
            configuration: Err(Arc::new(error)),
        },
    }
}

impl Organization {
    /// Whether the intended account is the administrator; else, why what only that sees is unseen.
    fn reachable(&self, intended: AccountId) -> Result<(), Unseen> {
        match &self.administrator {
            Seen::Yes(Some(found)) if *found == intended => Ok(()),
            Seen::Yes(_) => Err(Unseen::NoAdministrator),
            Seen::No(unseen) => Err(unseen.clone()),
        }
    }

    fn auto_enable(&self, intended: AccountId) -> Seen<AutoEnableSettings> {
        if let Err(unseen) = self.reachable(intended) {
            return Seen::No(unseen);
        }
        match &self.configuration {
            Err(error) => Seen::No(Unseen::Failed(Arc::clone(error))),
            Ok(answer) => answer.auto_enable().map(translate::settings).ok_or_else(|| unanswered(answer)).into(),
        }
    }

    /// Members as they were seen, unless it was not the administrator that looked.
    fn members(&self, seen: Members, intended: AccountId, look: &Look) -> Members {
        match self.reachable(intended) {
            Err(unseen) if look.members != LookAt::Nobody => {
                Members { listed: BTreeMap::new(), incomplete: Some(unseen) }
            }
            _ => seen,
        }
    }

    fn remarks(&self) -> BTreeSet<String> {
        let full = self.configuration.as_ref().is_ok_and(|answer| answer.max_account_limit_reached() == Some(true));
        let remark = "Inspector's limit of member accounts is reached; no further account can be associated";
        full.then(|| remark.to_owned()).into_iter().collect()
    }
}

fn unanswered(answer: &DescribeOrganizationConfigurationOutput) -> ServiceError {
    not_answered("DescribeOrganizationConfiguration", "the answer has no auto-enable settings", answer.request_id())
}
