//! AWS's words for Inspector's state into the core's, and settings back into AWS's. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_inspector2::types::{
    self as aws, AccountState, Ec2DeepInspectionStatus, RelationshipStatus, ResourceScanType, ResourceState, Status,
};
use rollcall_core::{
    AutoEnable, AutoEnableSettings, ErrorClass, Feature, FeatureStatus, Observed, OwnState, Relationship, ServiceError,
};

use crate::{
    failure,
    spec::{AMI, CODE_REPOSITORY, EC2, ECR, LAMBDA, LAMBDA_CODE},
};

/// What the SDK puts in the place of a required status that the answer lacks.
const ABSENT: &str = "no value was set";

pub(crate) fn status(status: &Status) -> FeatureStatus {
    match status {
        Status::Enabled => FeatureStatus::On,
        Status::Enabling => FeatureStatus::TurningOn,
        Status::Disabled => FeatureStatus::Off,
        Status::Disabling => FeatureStatus::TurningOff,
        Status::Suspended | Status::Suspending => FeatureStatus::Failed(status.as_str().to_owned()),
        unknown => FeatureStatus::Unknown(unknown.as_str().to_owned()),
    }
}

pub(crate) fn deep_inspection(status: &Ec2DeepInspectionStatus) -> FeatureStatus {
    match status {
        Ec2DeepInspectionStatus::Activated => FeatureStatus::On,
        Ec2DeepInspectionStatus::Pending => FeatureStatus::TurningOn,
        Ec2DeepInspectionStatus::Deactivated => FeatureStatus::Off,
        Ec2DeepInspectionStatus::Failed => FeatureStatus::Failed(status.as_str().to_owned()),
        unknown => FeatureStatus::Unknown(unknown.as_str().to_owned()),
    }
}

/// The relationship that AWS lists; without a status, the account was never associated.
pub(crate) fn relationship(status: Option<&RelationshipStatus>) -> Relationship {
    match status {
        None => Relationship::NotListed,
        Some(RelationshipStatus::Created) => Relationship::Created,
        Some(RelationshipStatus::Invited) => Relationship::Invited,
        Some(RelationshipStatus::Enabled) => Relationship::Enabled,
        Some(RelationshipStatus::Disabled) => Relationship::Disabled,
        Some(RelationshipStatus::Removed) => Relationship::Removed,
        Some(RelationshipStatus::Resigned) => Relationship::Resigned,
        Some(RelationshipStatus::Deleted) => Relationship::Deleted,
        Some(RelationshipStatus::EmailVerificationInProgress) => Relationship::EmailVerificationInProgress,
        Some(RelationshipStatus::EmailVerificationFailed) => Relationship::EmailVerificationFailed,
        Some(RelationshipStatus::RegionDisabled) => Relationship::RegionDisabled,
        Some(RelationshipStatus::AccountSuspended) => Relationship::AccountSuspended,
        Some(RelationshipStatus::CannotCreateDetectorInOrgMaster) => Relationship::CannotCreateDetectorInManagement,
        Some(unknown) => Relationship::Unknown(unknown.as_str().to_owned()),
    }
}

/// An account's status with its scan types. A state's `errorCode` is not looked at: AWS's model requires one of
/// healthy states too.
pub(crate) fn account(account: &AccountState) -> OwnState {
    let absent = || FeatureStatus::Unknown(ABSENT.to_owned());
    let monitoring = account.state().map_or_else(absent, |state| status(state.status()));
    let mut features = account.resource_state().map(scan_types).unwrap_or_default();
    let nothing_on = features.values().all(|status| *status == FeatureStatus::Off);
    if monitoring == FeatureStatus::On && nothing_on {
        // Seen live: the account shows it first, its scan types follow.
        for status in features.values_mut() {
            *status = FeatureStatus::TurningOn;
        }
    }
    OwnState { monitoring, features, managed: BTreeSet::new() }
}

fn scan_types(state: &ResourceState) -> BTreeMap<Feature, FeatureStatus> {
    let found = [
        (EC2, state.ec2()),
        (ECR, state.ecr()),
        (LAMBDA, state.lambda()),
        (LAMBDA_CODE, state.lambda_code()),
        (CODE_REPOSITORY, state.code_repository()),
    ];
    let listed = found.into_iter().filter_map(|(feature, state)| Some((feature, state?.status())));
    listed.filter(|(_, found)| found.as_str() != ABSENT).map(|(feature, found)| (feature, status(found))).collect()
}

/// The settings as the core knows them; on means for accounts that join.
pub(crate) fn settings(found: &aws::AutoEnable) -> AutoEnableSettings {
    let listed = [
        (EC2, Some(found.ec2())),
        (ECR, Some(found.ecr())),
        (LAMBDA, found.lambda()),
        (LAMBDA_CODE, found.lambda_code()),
        (CODE_REPOSITORY, found.code_repository()),
        (AMI, found.ami()),
    ];
    let setting = |on| if on { AutoEnable::New } else { AutoEnable::None };
    let features = listed.into_iter().filter_map(|(feature, on)| Some((feature, setting(on?)))).collect();
    AutoEnableSettings { members: None, features, ..AutoEnableSettings::default() }
}

/// The whole of the settings, as an update needs them: those of `changed` as in `to`, all others as in `from`.
pub(crate) fn auto_enable(
    from: &AutoEnableSettings,
    to: &AutoEnableSettings,
    changed: &BTreeSet<Feature>,
) -> Result<aws::AutoEnable, ServiceError> {
    let on = |feature: &Feature| {
        let settings = if changed.contains(feature) { to } else { from };
        settings.features.get(feature).map(|setting| *setting != AutoEnable::None)
    };
    let builder = aws::AutoEnable::builder()
        .set_lambda(on(&LAMBDA))
        .set_lambda_code(on(&LAMBDA_CODE))
        .set_code_repository(on(&CODE_REPOSITORY))
        .set_ami(on(&AMI));
    let built = builder.ec2(on(&EC2).unwrap_or_default()).ecr(on(&ECR).unwrap_or_default()).build();
    built.map_err(|error| failure::own("UpdateOrganizationConfiguration", ErrorClass::Invalid, "NotBuilt", &error))
}

/// The settings that an update changes. What `to` does not name stays.
pub(crate) fn changed(from: &AutoEnableSettings, to: &AutoEnableSettings) -> BTreeSet<Feature> {
    let setting = |feature| from.features.get(feature).copied().unwrap_or(AutoEnable::None);
    let differing = to.features.iter().filter(|(feature, wanted)| **wanted != setting(feature));
    differing.map(|(feature, _)| feature.clone()).collect()
}

/// The scan types as `Enable` and `Disable` take them; deep inspection is none.
pub(crate) fn resource_types(features: &BTreeSet<Feature>) -> Vec<ResourceScanType> {
    features.iter().map(|feature| ResourceScanType::from(feature.as_str())).collect()
}

/// The statuses that this version does not know, by AWS's names.
pub(crate) fn unrecognised(observed: &Observed) -> BTreeSet<String> {
    let members = observed.members.listed.values();
    let relationships = members.clone().filter_map(|member| match &member.relationship {
        Relationship::Unknown(name) => Some(name),
        _ => None,
    });
    let own = observed.own.yes().into_iter().flat_map(|own| own.features.values().chain([&own.monitoring]));
    let statuses = members.flat_map(|member| {
        let features = member.features.yes().into_iter().flat_map(BTreeMap::values);
        features.chain(member.monitoring.yes())
    });
    let statuses = own.chain(statuses).filter_map(|status| match status {
        FeatureStatus::Unknown(name) => Some(name),
        _ => None,
    });
    relationships.chain(statuses).cloned().collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_inspector2::types::{ErrorCode, State};
    use rollcall_core::{AccountId, Members, ObservedMember, Seen};

    use super::*;

    fn state(name: &str) -> State {
        let builder = State::builder().status(Status::from(name)).error_code(ErrorCode::AlreadyEnabled);
        builder.error_message("").build().unwrap()
    }

    fn account_state(name: &str, ec2: &str, ecr: &str) -> AccountState {
        let resources = ResourceState::builder().ec2(state(ec2)).ecr(state(ecr)).build();
        let builder = AccountState::builder().account_id("111122223333").state(state(name));
        builder.resource_state(resources).build().unwrap()
    }

    fn names(features: &[Feature]) -> BTreeSet<Feature> {
        features.iter().cloned().collect()
    }

    #[test]
    fn every_status_of_the_model_has_a_meaning() {
        for name in Status::values() {
            let found = status(&Status::from(*name));
            assert!(!matches!(found, FeatureStatus::Unknown(_)), "{name}");
        }
        for name in Ec2DeepInspectionStatus::values() {
            let found = deep_inspection(&Ec2DeepInspectionStatus::from(*name));
            assert!(!matches!(found, FeatureStatus::Unknown(_)), "{name}");
        }
        for name in RelationshipStatus::values() {
            let found = relationship(Some(&RelationshipStatus::from(*name)));
            assert!(!matches!(found, Relationship::Unknown(_)), "{name}");
        }
        assert_eq!(status(&Status::from("RESTING")), FeatureStatus::Unknown("RESTING".to_owned()));
        assert_eq!(relationship(None), Relationship::NotListed);
    }

    #[test]
    fn a_state_is_healthy_whatever_error_code_it_carries() {
        let own = account(&account_state("ENABLED", "ENABLED", "DISABLED"));
        assert_eq!(own.monitoring, FeatureStatus::On);
        assert_eq!(own.features, BTreeMap::from([(EC2, FeatureStatus::On), (ECR, FeatureStatus::Off)]));
    }

    #[test]
    fn enabled_with_every_scan_type_disabled_is_still_turning_on() {
        let own = account(&account_state("ENABLED", "DISABLED", "DISABLED"));
        assert!(own.features.values().all(|status| *status == FeatureStatus::TurningOn));
        let own = account(&account_state("DISABLED", "DISABLED", "DISABLED"));
        assert!(own.features.values().all(|status| *status == FeatureStatus::Off));
    }

    #[test]
    fn a_scan_type_without_a_status_was_not_seen() {
        let own = account(&account_state("ENABLED", "ENABLED", ABSENT));
        assert!(!own.features.contains_key(&ECR));
    }

    #[test]
    fn settings_that_are_read_and_sent_again_are_the_same() {
        let found = aws::AutoEnable::builder().ec2(true).ecr(false).code_repository(true).ami(true).build().unwrap();
        let from = settings(&found);
        assert_eq!(auto_enable(&from, &from, &changed(&from, &from)).unwrap(), found);
    }

    #[test]
    fn an_update_sends_all_settings_and_changes_only_what_is_asked() {
        let found = aws::AutoEnable::builder().ec2(true).ecr(false).lambda(false).ami(true).build().unwrap();
        let from = settings(&found);
        let mut to = from.clone();
        for feature in [ECR, LAMBDA, LAMBDA_CODE] {
            to.features.insert(feature, AutoEnable::New);
        }
        assert_eq!(changed(&from, &to), names(&[ECR, LAMBDA, LAMBDA_CODE]));
        let sent = auto_enable(&from, &to, &names(&[ECR, LAMBDA])).unwrap();
        let wanted = aws::AutoEnable::builder().ec2(true).ecr(true).lambda(true).ami(true).build().unwrap();
        assert_eq!(sent, wanted);
    }

    #[test]
    fn an_update_lowers_what_differs_and_leaves_what_is_not_named() {
        let found = aws::AutoEnable::builder().ec2(true).ecr(true).lambda(true).lambda_code(true).ami(true);
        let from = settings(&found.build().unwrap());
        let mut to = from.clone();
        for feature in [EC2, LAMBDA_CODE] {
            to.features.insert(feature, AutoEnable::None);
        }
        for feature in [ECR, AMI] {
            to.features.remove(&feature);
        }
        assert_eq!(changed(&from, &to), names(&[EC2, LAMBDA_CODE]));
        let lowered = aws::AutoEnable::builder().ec2(false).ecr(true).lambda(true).lambda_code(false).ami(true);
        assert_eq!(auto_enable(&from, &to, &changed(&from, &to)).unwrap(), lowered.build().unwrap());
    }

    #[test]
    fn a_setting_that_the_region_does_not_offer_stays_as_it_was_found() {
        let found = aws::AutoEnable::builder().ec2(true).ecr(false).lambda_code(true).build().unwrap();
        let from = settings(&found);
        let mut to = from.clone();
        to.features.insert(LAMBDA_CODE, AutoEnable::None);
        to.features.insert(ECR, AutoEnable::New);
        let sent = auto_enable(&from, &to, &names(&[ECR])).unwrap();
        assert_eq!((sent.ecr(), sent.lambda_code(), sent.code_repository()), (true, Some(true), None));
    }

    #[test]
    fn unknown_statuses_are_told_by_name() {
        let unknown = |name: &str| FeatureStatus::Unknown(name.to_owned());
        let member = |relationship, features| ObservedMember {
            relationship,
            monitoring: Seen::Yes(unknown("DOZING")),
            features: Seen::Yes(features),
            managed: BTreeSet::new(),
        };
        let account = |id: &str| id.parse::<AccountId>().unwrap();
        let listed = BTreeMap::from([
            (account("111111111111"), member(Relationship::Unknown("ADOPTED".to_owned()), BTreeMap::new())),
            (account("222222222222"), member(Relationship::Enabled, BTreeMap::from([(EC2, unknown("RESTING"))]))),
        ]);
        let own = OwnState { monitoring: unknown("YAWNING"), ..OwnState::default() };
        let members = Members { listed, incomplete: None };
        let observed = Observed { own: Seen::Yes(own), members, ..Observed::default() };
        let names: Vec<String> = unrecognised(&observed).into_iter().collect();
        assert_eq!(names, ["ADOPTED", "DOZING", "RESTING", "YAWNING"]);
    }
}
