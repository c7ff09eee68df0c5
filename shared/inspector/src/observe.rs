//! Looks at the region: administrator, own enrolment, organization configuration, members, all at the same time. I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_inspector2::operation::{
    RequestId, describe_organization_configuration::DescribeOrganizationConfigurationOutput,
    get_configuration::GetConfigurationOutput,
    get_ec2_deep_inspection_configuration::GetEc2DeepInspectionConfigurationOutput,
};
use futures::join;
use rollcall_core::{
    AccountId, AutoEnableSettings, ErrorClass, Look, LookAt, Members, Observed, Seen, ServiceError, Unseen,
};

use crate::{
    administrator::administrator,
    calls::Calls,
    details::{self, Own},
    failure::not_answered,
    members,
    settings::{self, Settings},
    spec::DEEP_INSPECTION_PATHS,
    translate,
};

/// What the organization configuration tells, and who the administrator is.
struct Organization {
    administrator: Seen<Option<AccountId>>,
    configuration: Result<DescribeOrganizationConfigurationOutput, Arc<ServiceError>>,
}

/// Looks at the region. The management account's own enrolment is not looked at, since Inspector needs none there.
pub(crate) async fn observe(calls: &Calls, look: &Look) -> Observed {
    let (organization, own, (members, not_offered), configuration) = join!(
        organization(calls, look.as_management),
        details::own(calls),
        members::look_at(calls, &look.members),
        configuration(calls, look),
    );
    let Own { state, not_offered: own_not_offered, deep_inspection } = own;
    let mut observed = Observed {
        own: state.into(),
        management: Seen::No(Unseen::NotAsked),
        auto_enable: organization.auto_enable(calls.connection().administrator),
        settings: organization.settings(calls.connection().administrator, look, configuration, &deep_inspection),
        members: organization.members(members, calls.connection().administrator, look),
        not_offered: own_not_offered.into_iter().chain(not_offered).collect(),
        unrecognised: BTreeSet::new(),
        remarks: organization.remarks(),
        administrator: organization.administrator,
    };
    observed.unrecognised = translate::unrecognised(&observed);
    observed
}

/// The administrator's configuration, where it tells a setting that is looked at; nothing is called otherwise.
async fn configuration(calls: &Calls, look: &Look) -> Option<Result<GetConfigurationOutput, ServiceError>> {
    if settings::of_configuration(look.settings.iter()) { Some(calls.configuration().await) } else { None }
}

/// The settings that are looked at. Where a call for one of them failed, none is seen.
fn settings_of(
    look: &Look,
    configuration: Option<Result<GetConfigurationOutput, ServiceError>>,
    deep_inspection: &Result<GetEc2DeepInspectionConfigurationOutput, ServiceError>,
) -> Result<Settings, ServiceError> {
    let mut found = configuration.transpose()?.as_ref().map(settings::configuration).unwrap_or_default();
    if look.settings.contains(DEEP_INSPECTION_PATHS) {
        match deep_inspection {
            Ok(answer) => found.extend([settings::paths(answer)]),
            // There are no paths of it then.
            Err(error) if error.class == ErrorClass::NotOffered => {}
            Err(error) => return Err(error.clone()),
        }
    }
    found.retain(|key, _| look.settings.contains(key));
    Ok(found)
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

    /// What another account than the administrator sees are settings of its own only.
    fn settings(
        &self,
        intended: AccountId,
        look: &Look,
        configuration: Option<Result<GetConfigurationOutput, ServiceError>>,
        deep_inspection: &Result<GetEc2DeepInspectionConfigurationOutput, ServiceError>,
    ) -> Seen<Settings> {
        if look.settings.is_empty() {
            return Seen::No(Unseen::NotAsked);
        }
        match self.reachable(intended) {
            Err(unseen) => Seen::No(unseen),
            Ok(()) => settings_of(look, configuration, deep_inspection).into(),
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

#[cfg(test)]
mod tests {
    use aws_sdk_inspector2::types::{EcrConfigurationState, EcrRescanDuration, EcrRescanDurationState};

    use super::*;
    use crate::spec::ECR_RESCAN_DURATION;

    fn answered() -> GetConfigurationOutput {
        let state = EcrRescanDurationState::builder().rescan_duration(EcrRescanDuration::Days30).build();
        let ecr = EcrConfigurationState::builder().rescan_duration_state(state).build();
        GetConfigurationOutput::builder().ecr_configuration(ecr).build()
    }

    fn failed<T>(class: ErrorClass) -> Result<T, ServiceError> {
        let (code, message) = ("Code".to_owned(), String::new());
        Err(ServiceError { operation: "Operation", class, code, message, request_id: None })
    }

    fn look(settings: &[&'static str]) -> Look {
        Look { settings: settings.iter().copied().collect(), ..Look::default() }
    }

    fn with_path() -> GetEc2DeepInspectionConfigurationOutput {
        GetEc2DeepInspectionConfigurationOutput::builder().org_package_paths("/opt/a").build()
    }

    #[test]
    fn only_settings_that_are_looked_at_are_seen() {
        let found = settings_of(&look(&[ECR_RESCAN_DURATION]), Some(Ok(answered())), &Ok(with_path())).unwrap();
        assert_eq!(found, Settings::from([(ECR_RESCAN_DURATION, "DAYS_30".to_owned())]));
        let found = settings_of(&look(&[DEEP_INSPECTION_PATHS]), None, &Ok(with_path())).unwrap();
        assert_eq!(found, Settings::from([(DEEP_INSPECTION_PATHS, "/opt/a".to_owned())]));
    }

    #[test]
    fn a_call_that_failed_leaves_the_settings_unseen_where_they_need_it() {
        let both = look(&[ECR_RESCAN_DURATION, DEEP_INSPECTION_PATHS]);
        assert!(settings_of(&both, Some(failed(ErrorClass::Denied)), &Ok(with_path())).is_err());
        assert!(settings_of(&both, Some(Ok(answered())), &failed(ErrorClass::Transient)).is_err());
        let one = settings_of(&look(&[ECR_RESCAN_DURATION]), Some(Ok(answered())), &failed(ErrorClass::Transient));
        assert_eq!(one.unwrap().len(), 1);
        // A region without deep inspection has no paths of it, and its other settings.
        assert_eq!(settings_of(&both, Some(Ok(answered())), &failed(ErrorClass::NotOffered)).unwrap().len(), 1);
    }

    #[test]
    fn an_account_that_is_not_the_administrator_sees_no_settings_of_the_organization() {
        let intended = "111111111111".parse().unwrap();
        let seen_by = |administrator, look: &Look| {
            let configuration = failed(ErrorClass::Denied).map_err(Arc::new);
            let organization = Organization { administrator, configuration };
            organization.settings(intended, look, Some(Ok(answered())), &Ok(with_path()))
        };
        let asked = look(&[ECR_RESCAN_DURATION]);
        assert_eq!(seen_by(Seen::Yes(None), &asked), Seen::No(Unseen::NoAdministrator));
        assert!(seen_by(Seen::Yes(Some(intended)), &asked).yes().is_some());
        assert_eq!(seen_by(Seen::Yes(Some(intended)), &Look::default()), Seen::No(Unseen::NotAsked));
    }
}
