//! GuardDuty's answers, and the normalized state that they become. No I/O.

use super::*;

fn detector_feature(name: &str, status: &str) -> types::DetectorFeatureConfigurationResult {
    types::DetectorFeatureConfigurationResult::builder().name(name.into()).status(status.into()).build()
}

fn named(name: &str) -> Feature {
    Feature::named(name)
}

#[test]
fn a_detector_tells_its_plans_and_not_its_data_sources() {
    let answer = GetDetectorOutput::builder()
        .status("ENABLED".into())
        .features(detector_feature("CLOUD_TRAIL", "ENABLED"))
        .features(detector_feature("S3_DATA_EVENTS", "ENABLED"))
        .features(detector_feature("AI_ANALYST", "DISABLED"))
        .build();
    let (own, notes) = detector(&answer);
    assert_eq!(own.monitoring, FeatureStatus::On);
    assert_eq!(
        own.features,
        BTreeMap::from([(named("S3_DATA_EVENTS"), FeatureStatus::On), (named("AI_ANALYST"), FeatureStatus::Off)])
    );
    assert_eq!(notes, Notes::default());
}

#[test]
fn a_suspended_detector_is_off() {
    let answer = GetDetectorOutput::builder().status("DISABLED".into()).build();
    assert_eq!(detector(&answer).0.monitoring, FeatureStatus::Off);
}

#[test]
fn names_that_are_not_known_are_reported_and_kept() {
    let answer = GetDetectorOutput::builder()
        .status("SLEEPING".into())
        .features(detector_feature("QUANTUM_EVENTS", "ENABLED"))
        .features(detector_feature("S3_DATA_EVENTS", "ALMOST"))
        .build();
    let (own, notes) = detector(&answer);
    assert_eq!(own.monitoring, FeatureStatus::Unknown("SLEEPING".to_owned()));
    assert_eq!(own.features.get(&named("QUANTUM_EVENTS")), Some(&FeatureStatus::On));
    assert_eq!(own.features.get(&named("S3_DATA_EVENTS")), Some(&FeatureStatus::Unknown("ALMOST".to_owned())));
    let reported: Vec<&str> = notes.unrecognised.iter().map(String::as_str).collect();
    assert_eq!(
        reported,
        ["detector status SLEEPING", "feature QUANTUM_EVENTS", "feature status ALMOST of S3_DATA_EVENTS"]
    );
}

fn agent(name: &str, status: &str) -> types::MemberAdditionalConfigurationResult {
    types::MemberAdditionalConfigurationResult::builder().name(name.into()).status(status.into()).build()
}

fn plan(
    status: &str,
    agents: Vec<types::MemberAdditionalConfigurationResult>,
) -> types::MemberFeaturesConfigurationResult {
    types::MemberFeaturesConfigurationResult::builder()
        .name("RUNTIME_MONITORING".into())
        .status(status.into())
        .set_additional_configuration(Some(agents))
        .build()
}

const EKS: &str = "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT";
const EC2: &str = "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT";

#[test]
fn agents_follow_their_plan_after_a_slash() {
    let (plans, notes) = member_plans(&[plan("ENABLED", vec![agent("EKS_ADDON_MANAGEMENT", "ENABLED")])]);
    assert_eq!(plans.features.get(&named(EKS)), Some(&FeatureStatus::On));
    assert_eq!((plans.managed, notes), (BTreeSet::new(), Notes::default()));
}

#[test]
fn an_agent_without_its_plan_is_off_whatever_it_says() {
    let agents = vec![agent("EKS_ADDON_MANAGEMENT", "ENABLED"), agent("EC2_AGENT_MANAGEMENT", "ALMOST")];
    let (plans, _) = member_plans(&[plan("DISABLED", agents)]);
    assert_eq!(plans.features.get(&named(EKS)), Some(&FeatureStatus::Off));
    assert_eq!(plans.features.get(&named(EC2)), Some(&FeatureStatus::Unknown("ALMOST".to_owned())));
}

#[test]
fn what_manages_a_plan_manages_its_agents_and_not_the_other_way_round() {
    let agents = || vec![agent("EKS_ADDON_MANAGEMENT", "ENABLED"), agent("EC2_AGENT_MANAGEMENT", "DISABLED")];
    let mut managed = plan("ENABLED", agents());
    managed.managed_by = Some("GUARDDUTY_POLICY".into());
    let (plans, notes) = member_plans(&[managed]);
    assert_eq!(plans.managed, BTreeSet::from([named("RUNTIME_MONITORING"), named(EKS), named(EC2)]));
    assert_eq!(notes.remarks.len(), 1, "told once: {:?}", notes.remarks);

    let mut agents = agents();
    agents[0].managed_by = Some("GUARDDUTY_POLICY".into());
    let (plans, notes) = member_plans(&[plan("ENABLED", agents)]);
    assert_eq!(plans.managed, BTreeSet::from([named(EKS)]));
    assert!(notes.remarks.iter().any(|remark| remark.starts_with("GUARDDUTY_POLICY manages")));
}

#[test]
fn a_detector_tells_what_manages_its_plans_and_how_often_it_publishes() {
    let mut managed = detector_feature("S3_DATA_EVENTS", "ENABLED");
    managed.managed_by = Some("GUARDDUTY_POLICY".into());
    let answer = GetDetectorOutput::builder()
        .status("ENABLED".into())
        .finding_publishing_frequency("ONE_HOUR".into())
        .features(managed)
        .features(detector_feature("EKS_AUDIT_LOGS", "ENABLED"))
        .build();
    assert_eq!(detector(&answer).0.managed, BTreeSet::from([named("S3_DATA_EVENTS")]));
    assert_eq!(settings(&answer), BTreeMap::from([(FINDING_PUBLISHING_FREQUENCY, "ONE_HOUR".to_owned())]));
    assert_eq!(settings(&GetDetectorOutput::builder().build()), BTreeMap::new());
}

fn organization_feature(name: &str, setting: &str) -> types::OrganizationFeatureConfigurationResult {
    types::OrganizationFeatureConfigurationResult::builder().name(name.into()).auto_enable(setting.into()).build()
}

#[test]
fn the_organization_configuration_is_read_from_all_pages() {
    let page = |feature| {
        DescribeOrganizationConfigurationOutput::builder()
            .auto_enable_organization_members("NEW".into())
            .member_account_limit_reached(true)
            .features(feature)
            .build()
    };
    let pages =
        [page(organization_feature("S3_DATA_EVENTS", "ALL")), page(organization_feature("EKS_AUDIT_LOGS", "NONE"))];
    let (settings, notes) = auto_enable(&pages);
    assert_eq!(settings.members, Some(AutoEnable::New));
    assert_eq!(
        settings.features,
        BTreeMap::from([(named("S3_DATA_EVENTS"), AutoEnable::All), (named("EKS_AUDIT_LOGS"), AutoEnable::None)])
    );
    assert_eq!(notes.remarks.len(), 1);
}

#[test]
fn an_unknown_auto_enable_setting_is_never_raised() {
    let page =
        DescribeOrganizationConfigurationOutput::builder().auto_enable_organization_members("SOME".into()).build();
    let (settings, notes) = auto_enable(&[page]);
    assert_eq!(settings.members, None);
    assert!(notes.unrecognised.contains("auto-enable setting SOME of members"));
}

#[test]
fn relationship_statuses_are_read_in_any_spelling() {
    for (status, expected) in [
        ("Enabled", Relationship::Enabled),
        ("ENABLED", Relationship::Enabled),
        ("EmailVerificationInProgress", Relationship::EmailVerificationInProgress),
        ("EMAIL_VERIFICATION_FAILED", Relationship::EmailVerificationFailed),
        ("CannotCreateDetectorInOrganizationMasterAccount", Relationship::CannotCreateDetectorInManagement),
    ] {
        assert_eq!(relationship(status), (expected, Notes::default()), "{status}");
    }
    assert_eq!(relationship("Adopted").0, Relationship::Unknown("Adopted".to_owned()));
    assert_eq!(relationship("").0, Relationship::Unknown("no relationship status".to_owned()));
}

#[test]
fn a_plan_that_neither_answer_lists_is_not_offered() {
    let own = OwnState {
        monitoring: FeatureStatus::On,
        features: BTreeMap::from([(named("S3_DATA_EVENTS"), FeatureStatus::Off)]),
        managed: BTreeSet::new(),
    };
    let settings = AutoEnableSettings {
        features: BTreeMap::from([(named("EKS_AUDIT_LOGS"), AutoEnable::None)]),
        ..AutoEnableSettings::default()
    };
    let missing = not_offered(&own, &settings);
    assert!(missing.contains(&named("RDS_LOGIN_EVENTS")));
    assert!(!missing.contains(&named("S3_DATA_EVENTS")) && !missing.contains(&named("EKS_AUDIT_LOGS")));
    // An answer that lists nothing at all says nothing about what is offered.
    assert!(not_offered(&OwnState::default(), &settings).is_empty());
    assert!(not_offered(&own, &AutoEnableSettings::default()).is_empty());
}
