//! Plans as an operator reads them, and single verdicts of the planner. No I/O.

use std::{collections::BTreeMap, sync::Arc};

use insta::assert_snapshot;
use rollcall_core::{
    Action, AutoEnable, AutoEnableSettings, ErrorClass, Feature, FeatureStatus, Members, Prerequisite, Reason,
    Relationship, Seen, Standing, State, Unseen,
};

use super::support::{
    ADMINISTRATOR, MANAGEMENT, error,
    facts::{Facts, enabled},
    features, id,
    specs::{GUARD, INSPECT},
};

#[test]
fn nothing_enabled_yet() {
    assert_snapshot!(Facts::nothing_enabled(&GUARD, "eu-central-1", 5).plan());
}

#[test]
fn nothing_enabled_yet_one_account_a_call() {
    assert_snapshot!(Facts::nothing_enabled(&INSPECT, "eu-central-1", 5).plan());
}

#[test]
fn a_few_members_have_drifted() {
    let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 14)
        .unlisted(3)
        .related(4, Relationship::Removed)
        .monitoring(5, FeatureStatus::Off)
        .related(6, Relationship::Disabled)
        .feature(7, "S3_DATA_EVENTS", FeatureStatus::Off)
        .feature(8, "S3_DATA_EVENTS", FeatureStatus::Off)
        .feature(9, "EKS_AUDIT_LOGS", FeatureStatus::TurningOn)
        .related(10, Relationship::AccountSuspended)
        .related(11, Relationship::Unknown("Paused".into()))
        .standing(12, Standing::NotApplicable(Reason::AccountSuspended))
        .standing(13, Standing::Awaited(Reason::AccountNotActive))
        .setting("EKS_AUDIT_LOGS", AutoEnable::New);
    facts.observed.unrecognised.insert("FUTURE_PLAN".into());
    facts.observed.remarks.insert("the member limit is reached".into());
    assert_snapshot!(facts.plan());
}

#[test]
fn nothing_to_do() {
    assert_snapshot!(Facts::all_enrolled(&GUARD, "eu-central-1", 5).plan());
}

#[test]
fn another_administrator() {
    let facts = Facts::all_enrolled(&GUARD, "eu-central-1", 5).unlisted(3).administered_by(id(77));
    assert_snapshot!(facts.plan());
}

#[test]
fn one_account_whose_region_has_no_designation() {
    assert_snapshot!(Facts::nothing_enabled(&GUARD, "eu-central-1", 5).scope([4]).plan());
}

#[test]
fn one_new_account_in_a_governed_region() {
    assert_snapshot!(Facts::all_enrolled(&GUARD, "eu-central-1", 5).unlisted(4).scope([4]).plan());
}

#[test]
fn legacy_runtime_monitoring() {
    let facts = Facts::all_enrolled(&GUARD, "eu-central-1", 5)
        .also_wanted(["RUNTIME_MONITORING", "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"])
        .own_feature("RUNTIME_MONITORING", FeatureStatus::On)
        .own_feature("RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT", FeatureStatus::On)
        .setting("EKS_RUNTIME_MONITORING", AutoEnable::New)
        .feature(3, "EKS_RUNTIME_MONITORING", FeatureStatus::On)
        .feature(4, "EKS_RUNTIME_MONITORING", FeatureStatus::On)
        .feature(4, "S3_DATA_EVENTS", FeatureStatus::Off);
    assert_snapshot!(facts.plan());
}

#[test]
fn opt_in_region_with_unknown_statuses() {
    let facts = Facts::all_enrolled(&GUARD, "ap-east-1", 8)
        .unlisted(3)
        .unlisted(4)
        .unlisted(5)
        .unlisted(6)
        .region_status_unseen(3)
        .region_status_unseen(4)
        .standing(5, Standing::NotApplicable(Reason::RegionOff))
        .standing(6, Standing::Awaited(Reason::RegionOptingIn))
        .region_status_unseen(7);
    assert_snapshot!(facts.plan());
}

#[test]
fn ten_thousand_accounts_stay_short() {
    let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 10_000);
    for number in 3..=5_000 {
        facts = match number % 4 {
            0 => facts.unlisted(number),
            1 => facts.feature(number, "S3_DATA_EVENTS", FeatureStatus::Off),
            2 => facts.standing(number, Standing::NotApplicable(Reason::AccountClosed)),
            _ => facts,
        };
    }
    assert_snapshot!(facts.plan());
}

#[test]
fn a_feature_that_the_region_does_not_offer() {
    let facts = Facts::all_enrolled(&INSPECT, "eu-south-1", 4).feature(3, "ECR", FeatureStatus::Off);
    assert_snapshot!(facts.plan());
}

#[test]
fn parts_that_could_not_be_seen() {
    let mut facts = Facts::all_enrolled(&INSPECT, "eu-central-1", 5).unlisted(3).unlisted(4);
    facts.observed.members.incomplete = Some(Unseen::Failed(error(ErrorClass::Throttled).into()));
    facts.observed.auto_enable = Seen::No(Unseen::Failed(error(ErrorClass::Denied).into()));
    facts.trusted = Seen::No(Unseen::Failed(error(ErrorClass::Denied).into()));
    assert_snapshot!(facts.plan());
}

#[test]
fn the_same_error_for_many_accounts_is_one_line() {
    let mut facts = Facts::all_enrolled(&GUARD, "ap-east-1", 6);
    for number in 3..=6 {
        let mut error = error(ErrorClass::Throttled);
        error.request_id = Some(format!("request-of-{number}"));
        facts = facts.standing(number, Standing::Unknown(Reason::NotObserved(Unseen::Failed(error.into()))));
    }
    assert_snapshot!(facts.plan());
}

#[test]
fn one_account_and_one_plan_are_told_in_the_singular() {
    let facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4).feature(3, "S3_DATA_EVENTS", FeatureStatus::Off);
    let plan = facts.plan();
    assert_eq!((plan.billed().accounts, plan.billed().plans), (1, 1));
    assert_snapshot!(plan);
}

#[test]
fn the_service_itself_is_newly_billed_only_where_it_is_something_by_itself() {
    let billed = |facts: Facts| (facts.plan().billed().accounts, facts.plan().billed().plans);
    let guard = Facts::all_enrolled(&GUARD, "eu-central-1", 4);
    assert_eq!(billed(guard.clone().unlisted(3)), (1, 4));
    assert_eq!(billed(Facts::all_enrolled(&INSPECT, "eu-central-1", 4).unlisted(3)), (1, 5));
    assert_eq!(billed(guard.clone().own_feature("S3_DATA_EVENTS", FeatureStatus::Off)), (1, 1));
    assert_eq!(billed(guard.own(FeatureStatus::Off).own_feature("S3_DATA_EVENTS", FeatureStatus::Off)), (1, 2));
    assert_eq!(billed(Facts::nothing_enabled(&GUARD, "eu-central-1", 5)), (5, 20));
}

#[test]
fn a_member_is_associated_again_whatever_ended_its_relationship() {
    for relationship in [
        Relationship::NotListed,
        Relationship::Created,
        Relationship::Invited,
        Relationship::Removed,
        Relationship::Resigned,
        Relationship::Deleted,
        Relationship::EmailVerificationInProgress,
        Relationship::EmailVerificationFailed,
        Relationship::RegionDisabled,
        Relationship::CannotCreateDetectorInManagement,
    ] {
        let facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4).related(3, relationship.clone());
        let actions: Vec<Action> = facts.plan().executable().cloned().collect();
        assert_eq!(actions, [Action::Associate { accounts: vec![id(3)] }], "{relationship:?}");
    }
}

#[test]
fn a_member_that_is_not_monitored_is_monitored_again_before_its_features() {
    for facts in [
        Facts::all_enrolled(&GUARD, "eu-central-1", 4).related(3, Relationship::Disabled),
        Facts::all_enrolled(&GUARD, "eu-central-1", 4).monitoring(3, FeatureStatus::Off),
    ] {
        let actions: Vec<Action> = facts.plan().executable().cloned().collect();
        assert_eq!(actions, [Action::StartMonitoring { accounts: vec![id(3)] }]);
        assert_eq!(facts.reason(3), Reason::NotMonitored);
    }
}

#[test]
fn what_needs_a_feature_that_is_on_waits_for_it_and_what_needs_one_in_the_same_call_does_not() {
    let facts = Facts::all_enrolled(&INSPECT, "eu-central-1", 4);
    let all_off = ["EC2", "LAMBDA", "LAMBDA_CODE", "EC2_DEEP_INSPECTION"]
        .into_iter()
        .fold(facts.clone(), |facts, name| facts.feature(3, name, FeatureStatus::Off));
    let planned: Vec<(Action, bool)> =
        all_off.plan().actions.into_iter().map(|planned| (planned.action, planned.predicted)).collect();
    let enable = |names| Action::EnableFeatures { accounts: vec![id(3)], features: names };
    let expected = [
        (enable(features(["EC2", "LAMBDA", "LAMBDA_CODE"])), false),
        (enable(features(["EC2_DEEP_INSPECTION"])), true),
    ];
    assert_eq!(planned, expected);
    let going_off = facts.clone().feature(3, "EC2", FeatureStatus::TurningOff).feature(
        3,
        "EC2_DEEP_INSPECTION",
        FeatureStatus::Off,
    );
    assert_eq!(going_off.reason(3), Reason::TurningOff(features(["EC2"])));
    let lambda_going_off =
        facts.clone().feature(3, "LAMBDA", FeatureStatus::TurningOff).feature(3, "LAMBDA_CODE", FeatureStatus::Off);
    assert_eq!(lambda_going_off.plan().executable().count(), 0);
    let coming_on =
        facts.feature(3, "EC2", FeatureStatus::TurningOn).feature(3, "EC2_DEEP_INSPECTION", FeatureStatus::Off);
    assert_eq!(coming_on.reason(3), Reason::TurningOn(features(["EC2"])));
}

#[test]
fn a_feature_whose_need_is_not_offered_is_not_offered_either() {
    let mut facts = Facts::all_enrolled(&INSPECT, "eu-central-1", 4).feature(3, "EC2", FeatureStatus::Off).feature(
        3,
        "EC2_DEEP_INSPECTION",
        FeatureStatus::Off,
    );
    facts.observed.not_offered.insert(Feature::known("EC2"));
    assert_eq!(facts.reason(3), Reason::Enrolled);
    assert!(facts.plan().actions.is_empty());
    assert!(facts.plan().remarks.contains("not offered in eu-central-1: EC2, EC2_DEEP_INSPECTION"));
}

#[test]
fn a_region_that_is_documented_to_lack_the_service_is_not_applicable_once_it_cannot_be_reached() {
    let mut facts = Facts::all_enrolled(&INSPECT, "ap-southeast-6", 4);
    assert_eq!(facts.reason(3), Reason::Enrolled, "what is there counts, whatever is documented");
    facts.observed.administrator = Seen::No(Unseen::Failed(error(ErrorClass::Transient).into()));
    assert_eq!(facts.reason(3), Reason::ServiceNotOffered);
    assert!(facts.plan().actions.is_empty());
    facts.observed.administrator = Seen::No(Unseen::Failed(error(ErrorClass::Throttled).into()));
    assert_eq!(facts.reason(3).state(), State::Unknown);
}

#[test]
fn a_feature_that_is_on_for_the_administrator_is_offered_whatever_is_documented() {
    let facts = Facts::all_enrolled(&INSPECT, "eu-south-1", 4).own_feature("LAMBDA_CODE", FeatureStatus::On);
    assert_eq!(facts.reason(3), Reason::FeaturesOff(features(["LAMBDA_CODE"])));
    let unknown = Facts::all_enrolled(&INSPECT, "eu-south-1", 4).own_feature("LAMBDA_CODE", FeatureStatus::Off);
    assert_eq!(unknown.reason(3), Reason::Enrolled);
}

#[test]
fn failed_and_unknown_features_are_told_by_name_and_only_failed_ones_are_tried_again() {
    let facts = Facts::all_enrolled(&INSPECT, "eu-central-1", 4)
        .feature(3, "EC2_DEEP_INSPECTION", FeatureStatus::Failed("FAILED".into()))
        .feature(4, "ECR", FeatureStatus::Unknown("HALF_ON".into()));
    assert_eq!(facts.reason(3), Reason::FeatureFailed(Feature::known("EC2_DEEP_INSPECTION"), "FAILED".into()));
    assert_eq!(facts.reason(4), Reason::UnrecognisedStatus("HALF_ON".into()));
    let members: Vec<_> = facts.plan().executable().flat_map(|action| action.members().to_vec()).collect();
    assert_eq!(members, [id(3)]);
}

#[test]
fn members_seen_to_be_enrolled_are_judged_by_what_is_seen_while_the_administrator_itself_is_off() {
    let facts = Facts::all_enrolled(&INSPECT, "eu-central-1", 4).feature(4, "ECR", FeatureStatus::Off);
    let off = facts.clone().own(FeatureStatus::Off);
    assert_eq!(off.reason(3), Reason::Enrolled);
    assert_eq!(off.reason(4), Reason::FeaturesOff(features(["ECR"])));
    assert_eq!(off.reason(ADMINISTRATOR), Reason::NotEnabled);
    assert!(off.plan().executable().all(|action| action.members().is_empty()));
    let held_up = |status| facts.clone().own(status).reason(4).code();
    assert_eq!(held_up(FeatureStatus::TurningOn), "turning-on");
    assert_eq!(held_up(FeatureStatus::TurningOff), "turning-off");
    assert_eq!(held_up(FeatureStatus::Failed("SUSPENDED".into())), "prerequisite");
    assert_eq!(held_up(FeatureStatus::Unknown("HALF_ON".into())), "unrecognised-status");
}

#[test]
fn the_management_account_becomes_a_member_once_the_service_is_on_in_it() {
    let off = Facts::all_enrolled(&GUARD, "eu-central-1", 4).unlisted(MANAGEMENT).management(FeatureStatus::Off);
    let mut steps = off.plan().actions.into_iter().map(|step| (step.action.name(), step.predicted));
    assert_eq!(steps.next(), Some(("enable-management", false)));
    assert_eq!(steps.next(), Some(("associate", true)));
    assert_eq!(
        off.clone().scope([MANAGEMENT]).reason(MANAGEMENT),
        Reason::Prerequisite(Prerequisite::ManagementEnabled)
    );
    let on = off.clone().management(FeatureStatus::On);
    assert_eq!(on.plan().executable().map(Action::name).collect::<Vec<_>>(), ["associate"]);
    let states = [
        (FeatureStatus::TurningOn, State::Pending),
        (FeatureStatus::TurningOff, State::Pending),
        (FeatureStatus::Failed("SUSPENDED".into()), State::Blocked),
        (FeatureStatus::Unknown("HALF_ON".into()), State::Unknown),
    ];
    for (status, state) in states {
        assert_eq!(off.clone().management(status).reason(MANAGEMENT).state(), state);
    }
    let mut unseen = off;
    unseen.observed.management = Seen::No(Unseen::NotAsked);
    assert_eq!(unseen.reason(MANAGEMENT).state(), State::Unknown);
}

#[test]
fn the_organization_configuration_is_raised_as_a_whole_and_what_was_found_is_echoed() {
    let facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4)
        .setting("FUTURE_PLAN", AutoEnable::New)
        .setting("S3_DATA_EVENTS", AutoEnable::New);
    let Some(Action::SetAutoEnable { from, to }) = facts.plan().executable().next().cloned() else { panic!() };
    let mut expected = from.clone();
    expected.features.insert(Feature::known("S3_DATA_EVENTS"), AutoEnable::All);
    assert_eq!((to, Seen::Yes(from)), (expected, facts.observed.auto_enable));
}

#[test]
fn a_policy_without_auto_enable_leaves_the_organization_configuration_alone() {
    let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4);
    facts.desired.auto_enable = AutoEnableSettings::default();
    assert!(facts.plan().actions.is_empty());
    facts.observed.auto_enable = Seen::Yes(AutoEnableSettings::default());
    assert!(facts.plan().actions.is_empty());
}

#[test]
fn an_account_is_told_apart_by_reason_state_and_sentence() {
    let failed = || Arc::new(error(ErrorClass::Denied));
    let reasons = [
        Reason::Enrolled,
        Reason::AlreadyDone(Arc::new(error(ErrorClass::AlreadyDone))),
        Reason::DesignationRefused { wanted: id(2), error: Arc::new(error(ErrorClass::AlreadyDone)) },
        Reason::ServiceNotOffered,
        Reason::NoEmail,
        Reason::TurningOn(features(["EC2"])),
        Reason::TurningOff(features(["EC2", "ECR"])),
        Reason::JustWritten,
        Reason::AccountNotActive,
        Reason::NotReady(failed()),
        Reason::RegionOptingIn,
        Reason::NotAssociated,
        Reason::NotMonitored,
        Reason::NotEnabled,
        Reason::FeaturesOff(features(["EC2", "ECR"])),
        Reason::ActionFailed(failed()),
        Reason::OtherAdministrator { found: id(3), wanted: id(2) },
        Reason::HeldByOtherAdministrator(failed()),
        Reason::Prerequisite(Prerequisite::Designation),
        Reason::Prerequisite(Prerequisite::AdministratorEnabled),
        Reason::Prerequisite(Prerequisite::ManagementEnabled),
        Reason::Prerequisite(Prerequisite::AdministratorActive),
        Reason::Prerequisite(Prerequisite::AdministratorRegion),
        Reason::Prerequisite(Prerequisite::AccountAccess),
        Reason::Denied(failed()),
        Reason::DeniedByServiceControlPolicy(failed()),
        Reason::LegacyRuntimeMonitoring,
        Reason::ManagementNotEnabled,
        Reason::OrganizationPolicy(failed()),
        Reason::LimitReached(failed()),
        Reason::SuspendedInService,
        Reason::FeatureFailed(Feature::known("EC2"), "FAILED".into()),
        Reason::AccountSuspended,
        Reason::AccountClosed,
        Reason::RegionOff,
        Reason::NotObserved(Unseen::NotAsked),
        Reason::NotObserved(Unseen::NoAdministrator),
        Reason::NotObserved(Unseen::Failed(failed())),
        Reason::RegionStatusNotSeen,
        Reason::UnrecognisedStatus("HALF_ON".into()),
    ];
    let lines = reasons.map(|reason| format!("{} ({}): {reason}\n", reason.state(), reason.code()));
    assert_snapshot!(lines.concat());
}

#[test]
fn a_listing_that_is_not_complete_says_nothing_about_those_that_are_not_listed() {
    let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4);
    let listed = BTreeMap::from([(id(3), enabled(BTreeMap::new()))]);
    facts.observed.members = Members { listed, incomplete: Some(Unseen::NotAsked) };
    assert_eq!(facts.reason(4), Reason::NotObserved(Unseen::NotAsked));
    let members: Vec<_> = facts.plan().executable().flat_map(|action| action.members().to_vec()).collect();
    assert_eq!(members, [id(3)]);
}
