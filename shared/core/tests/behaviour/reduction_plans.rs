//! Plans that take something away, as an operator reads them, and what comes before what. No I/O.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use rollcall_core::{
    Action, AutoEnable, Fate, Feature, FeatureStatus, PlannedAction, Reason, Relationship, Seen, Stage, Standing,
    State, Unseen, policy::Source,
};

use super::support::{
    ADMINISTRATOR, MANAGEMENT, error,
    facts::Facts,
    features, id,
    specs::{FREQUENCY, GUARD, INSPECT},
};

fn rule() -> Source {
    Source::Rule("sandboxes".to_owned())
}

fn removed() -> Standing {
    Standing::Removed(rule())
}

fn exempt() -> Standing {
    Standing::NotApplicable(Reason::Exempt(rule()))
}

/// An organization where everything is on, whose policy takes some of it away.
fn reducing() -> Facts {
    let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 14)
        .wanted_off([3, 4, 5], ["S3_DATA_EVENTS"])
        .wanted_off([5, 6, 7], ["EKS_AUDIT_LOGS"])
        .wanted_off([ADMINISTRATOR], ["LAMBDA_NETWORK_LOGS"])
        .managed(7, "EKS_AUDIT_LOGS", true)
        .standing(8, removed())
        .standing(9, removed())
        .standing(10, exempt())
        .feature(11, "RUNTIME_MONITORING", FeatureStatus::On)
        .unlisted(12)
        .feature(13, "EKS_AUDIT_LOGS", FeatureStatus::Off);
    facts.desired.auto_enable.members = Some(AutoEnable::New);
    facts.desired.auto_enable.features.insert(Feature::known("S3_DATA_EVENTS"), AutoEnable::None);
    facts.desired.settings = [(FREQUENCY, "ONE_HOUR".to_owned())].into();
    facts.observed.settings = Seen::Yes([(FREQUENCY, "SIX_HOURS".to_owned())].into());
    facts
}

fn predicted(facts: &Facts, name: &str) -> Vec<bool> {
    let of_name = facts.plan().actions.into_iter().filter(|planned| planned.action.name() == name);
    of_name.map(|planned| planned.predicted).collect()
}

#[test]
fn reductions_are_read_first() {
    assert_snapshot!(reducing().plan());
}

#[test]
fn what_was_lowered_a_moment_ago_may_come_back_once() {
    let mut facts = reducing();
    facts.observed.auto_enable = Seen::Yes(facts.desired.auto_enable.clone());
    facts.settling = true;
    assert_snapshot!(facts.plan());
}

#[test]
fn nobody_is_let_go_while_aws_enables_all_accounts_by_itself() {
    let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4).standing(3, removed());
    facts.desired.auto_enable.members = Some(AutoEnable::New);
    assert_eq!(predicted(&facts, "disassociate"), [true]);
    let mut lowered = facts.clone();
    lowered.observed.auto_enable = Seen::Yes(facts.desired.auto_enable.clone());
    assert_eq!(lowered.executable(), [Action::Disassociate { accounts: vec![id(3)] }]);
    let mut unseen = facts.clone();
    unseen.observed.auto_enable = Seen::No(Unseen::Failed(error(rollcall_core::ErrorClass::Throttled).into()));
    assert_eq!(predicted(&unseen, "disassociate"), [true]);
    // What raises the setting would come before.
    let mut raised = lowered.clone();
    raised.desired.auto_enable.members = Some(AutoEnable::All);
    assert_eq!(predicted(&raised, "disassociate"), [true]);
    // A service without the setting lets go at any time.
    let without = Facts::all_enrolled(&INSPECT, "eu-central-1", 4).standing(3, removed());
    assert_eq!(without.executable(), [Action::Disassociate { accounts: vec![id(3)] }]);
}

#[test]
fn a_feature_is_turned_off_once_aws_does_not_turn_it_on_again() {
    let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4).wanted_off([3], ["S3_DATA_EVENTS"]);
    assert_eq!(predicted(&facts, "disable-features"), [false], "nothing is to be lowered");
    facts.desired.auto_enable.features.insert(Feature::known("S3_DATA_EVENTS"), AutoEnable::None);
    assert_eq!(predicted(&facts, "set-auto-enable"), [false]);
    assert_eq!(predicted(&facts, "disable-features"), [true]);
    facts.desired.auto_enable_is_dead = true;
    assert_eq!(predicted(&facts, "set-auto-enable"), [false; 0]);
    assert_eq!(predicted(&facts, "disable-features"), [false], "AWS ignores the setting");
}

#[test]
fn reductions_wait_for_the_designation_and_for_the_administrator() {
    let facts = reducing();
    let off = facts.clone().own(FeatureStatus::Off);
    let mut undesignated = facts;
    undesignated.observed.administrator = Seen::Yes(None);
    for facts in [off, undesignated] {
        assert!(facts.plan().reductions() > 0);
        assert_eq!(facts.executable().iter().map(Action::reductions).sum::<usize>(), 0, "{}", facts.plan());
    }
}

#[test]
fn nothing_is_taken_away_under_another_administrator_or_for_an_event() {
    let other = reducing().administered_by(id(77));
    assert_eq!((other.plan().reductions(), other.plan().excess.len()), (0, 0));
    let event = reducing().scope(3..=14);
    assert_eq!((event.plan().reductions(), event.plan().excess.len()), (0, 0));
}

#[test]
fn what_comes_first_is_applied_first() {
    let stages: Vec<Stage> = reducing().plan().actions.iter().map(|planned| planned.action.stage()).collect();
    assert!(stages.is_sorted(), "{stages:?}");
    assert!(Stage::AutoEnable < Stage::Settings && Stage::Settings < Stage::Association);
    assert!(Stage::Association < Stage::Features && Stage::Features < Stage::Reduction);
}

#[test]
fn only_settings_that_differ_are_configured() {
    let configured = |wanted: &str, found: Option<&str>| {
        let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4);
        facts.desired.settings = [(FREQUENCY, wanted.to_owned())].into();
        facts.observed.settings = Seen::Yes(found.map(|found| (FREQUENCY, found.to_owned())).into_iter().collect());
        facts.executable()
    };
    assert_eq!(configured("ONE_HOUR", Some("ONE_HOUR")), []);
    let (from, to) = (BTreeMap::new(), BTreeMap::from([(FREQUENCY, "ONE_HOUR".to_owned())]));
    assert_eq!(configured("ONE_HOUR", None), [Action::Configure { from, to: to.clone() }]);
    let from = BTreeMap::from([(FREQUENCY, "SIX_HOURS".to_owned())]);
    assert_eq!(configured("ONE_HOUR", Some("SIX_HOURS")), [Action::Configure { from, to }]);
    // Where the administrator is not on yet, what is found already is not planned.
    let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4).own(FeatureStatus::Off);
    facts.desired.settings = [(FREQUENCY, "ONE_HOUR".to_owned())].into();
    facts.observed.settings = Seen::Yes(facts.desired.settings.clone());
    assert!(facts.plan().actions.iter().all(|planned| planned.action.name() != "configure"));
}

#[test]
fn an_additional_configuration_goes_with_its_feature() {
    let off = ["RUNTIME_MONITORING", "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"];
    let facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4)
        .wanted_off([3, 4], off)
        .feature(3, off[0], FeatureStatus::On)
        .feature(3, off[1], FeatureStatus::On)
        .feature(4, off[1], FeatureStatus::On);
    assert_eq!(facts.executable(), [Action::DisableFeatures { accounts: vec![id(3)], features: features(off) }]);
}

#[test]
fn where_the_region_of_an_account_is_not_known_nothing_is_taken_away_before_it_is_asked() {
    let facts = Facts::all_enrolled(&GUARD, "ap-east-1", 5)
        .wanted_off([3], ["S3_DATA_EVENTS"])
        .region_status_unseen(3)
        .region_status_unseen(4);
    assert_eq!(facts.reason(3), Reason::RegionStatusNotSeen);
    assert_eq!(facts.reason(4), Reason::Enrolled, "nothing is to be done for it");
    assert_eq!(predicted(&facts, "disable-features"), [true]);
    let known = facts.clone().standing(3, Standing::Enrolled);
    assert_eq!(predicted(&known, "disable-features"), [false]);
    let off = facts.standing(3, Standing::NotApplicable(Reason::RegionOff));
    assert_eq!(off.plan().reductions(), 0);
}

#[test]
fn what_an_organizations_policy_manages_is_left_to_it() {
    const PLAN: &str = "S3_DATA_EVENTS";
    let enrolled = || Facts::all_enrolled(&GUARD, "eu-central-1", 4);
    let (on, off) = (enrolled(), enrolled().feature(3, PLAN, FeatureStatus::Off));
    // It turns on what ours wants on.
    assert_eq!(on.clone().managed(3, PLAN, true).reason(3), Reason::Enrolled);
    let left = off.clone().managed(3, PLAN, true);
    assert_eq!(left.reason(3), Reason::LeftToOrganizationPolicy(features([PLAN])));
    assert_eq!(left.reason(3).state(), State::Pending);
    // It keeps off what ours wants on.
    let conflict = off.managed(3, PLAN, false);
    assert_eq!(conflict.reason(3), Reason::OrganizationPolicyConflict(features([PLAN])));
    assert_eq!(conflict.reason(3).state(), State::Blocked);
    // It keeps on what ours wants off.
    let kept = on.wanted_off([3], [PLAN]).managed(3, PLAN, true);
    let key = (Fate::KeptByOrganizationPolicy, PLAN.to_owned());
    assert_eq!(kept.plan().excess, [(key, [id(3)].into())].into());
    for facts in [left, conflict, kept] {
        assert_eq!(facts.plan().actions, [], "{}", facts.plan());
    }
}

#[test]
fn a_policy_that_aws_tells_of_counts_although_its_content_was_not_read() {
    let told = |status, wants_off: bool| {
        let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4).feature(3, "S3_DATA_EVENTS", status);
        facts.observed.members.listed.get_mut(&id(3)).unwrap().managed = features(["S3_DATA_EVENTS"]);
        if wants_off { facts.wanted_off([3], ["S3_DATA_EVENTS"]) } else { facts }
    };
    let conflict = told(FeatureStatus::Off, false);
    assert_eq!(conflict.reason(3), Reason::OrganizationPolicyConflict(features(["S3_DATA_EVENTS"])));
    let kept = told(FeatureStatus::On, true);
    assert!(kept.plan().excess.keys().all(|(fate, _)| *fate == Fate::KeptByOrganizationPolicy));
    assert!(conflict.plan().actions.is_empty() && kept.plan().actions.is_empty());
}

#[test]
fn an_organizations_policy_that_enrols_an_account_is_left_to_do_so() {
    let enrols = |turns_on| {
        Facts::all_enrolled(&GUARD, "eu-central-1", 4)
            .unlisted(3)
            .wishing([3], |wishes| wishes.managed.enrols = Some(turns_on))
    };
    assert_eq!(enrols(true).reason(3), Reason::LeftToOrganizationPolicy([].into()));
    assert_eq!(enrols(false).reason(3), Reason::OrganizationPolicyConflict([].into()));
    assert!(enrols(true).plan().actions.is_empty() && enrols(false).plan().actions.is_empty());
    let suspended = enrols(false).related(3, Relationship::Disabled);
    assert_eq!(suspended.reason(3), Reason::OrganizationPolicyConflict([].into()));
    assert!(suspended.plan().actions.is_empty(), "{}", suspended.plan());
    // What it keeps as a member is not let go.
    let mut kept = enrols(true).related(3, Relationship::Enabled).standing(3, removed());
    kept.desired.auto_enable.members = Some(AutoEnable::None);
    kept.observed.auto_enable = Seen::Yes(kept.desired.auto_enable.clone());
    let key = (Fate::KeptByOrganizationPolicy, "membership".to_owned());
    assert_eq!((kept.plan().excess, kept.plan().actions), ([(key, [id(3)].into())].into(), vec![]));
}

#[test]
fn a_feature_is_not_turned_on_along_with_one_that_is_not_asked_for_or_not_ours() {
    const NEEDED: &str = "RUNTIME_MONITORING";
    const AGENT: &str = "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT";
    let wanted = |names: &[&'static str]| {
        let on: Vec<Feature> = names.iter().map(|name| Feature::known(name)).collect();
        Facts::all_enrolled(&GUARD, "eu-central-1", 4).wishing([3], |wishes| wishes.on.extend(on.iter().cloned()))
    };
    let alone = wanted(&[AGENT]);
    assert_eq!((alone.executable(), alone.reason(3)), (vec![], Reason::FeaturesOff(features([AGENT]))));
    let managed = wanted(&[AGENT, NEEDED]).managed(3, NEEDED, true);
    let left = Reason::LeftToOrganizationPolicy(features([AGENT, NEEDED]));
    assert_eq!((managed.plan().actions, managed.reason(3)), (vec![], left));
    let both = Action::EnableFeatures { accounts: vec![id(3)], features: features([AGENT, NEEDED]) };
    assert_eq!(wanted(&[AGENT, NEEDED]).executable(), [both]);
}

#[test]
fn auto_enable_that_aws_ignores_is_left_alone_and_told() {
    let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4)
        .setting("S3_DATA_EVENTS", AutoEnable::None)
        .setting("EKS_AUDIT_LOGS", AutoEnable::New);
    facts.desired.auto_enable_is_dead = true;
    assert!(facts.plan().actions.is_empty());
    let remark = "the policy type GUARDDUTY_POLICY is enabled, so that AWS ignores auto-enable; when the type is \
                  disabled, this comes back: members ALL, EKS_AUDIT_LOGS NEW, LAMBDA_NETWORK_LOGS ALL";
    assert!(facts.plan().remarks.contains(remark), "{:?}", facts.plan().remarks);
    let Seen::Yes(found) = &mut facts.observed.auto_enable else { panic!() };
    found.members = Some(AutoEnable::None);
    found.features.values_mut().for_each(|setting| *setting = AutoEnable::None);
    assert!(facts.plan().remarks.iter().any(|remark| remark.ends_with("this comes back: nothing")));
}

#[test]
fn the_management_account_is_let_go_as_others_are() {
    let mut facts = Facts::all_enrolled(&GUARD, "eu-central-1", 4)
        .standing(MANAGEMENT, Standing::Removed(Source::ManagementAccount));
    facts.desired.auto_enable.members = Some(AutoEnable::New);
    facts.observed.auto_enable = Seen::Yes(facts.desired.auto_enable.clone());
    let expected = PlannedAction { action: Action::Disassociate { accounts: vec![id(MANAGEMENT)] }, predicted: false };
    assert_eq!(facts.plan().actions, [expected]);
    let gone = facts.unlisted(MANAGEMENT).management(FeatureStatus::Off);
    assert_eq!(gone.plan().actions, [], "it is not turned on to become a member");
    assert_eq!(gone.reason(MANAGEMENT), Reason::Removed(Source::ManagementAccount));
}
