//! What is read from a document, and that all mistakes are told at once. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_core::{
    Feature, Policy, ServiceId,
    policy::{
        AutoEnableWish, MembershipWish, Regions, Rule, RuleScope, RuleSettings, ServicePolicy, Wanted,
        document::LONGEST, document::MOST_RULES,
    },
};

use crate::{
    specs,
    support::{SPECS, checked, mistakes, warnings},
};

#[test]
fn an_empty_document_is_the_built_in_default() {
    let checked = checked("").unwrap();
    assert_eq!(checked.policy, Policy::built_in(SPECS.iter().copied()));
    assert_eq!(checked.warnings, []);
}

#[test]
fn everything_that_can_be_said_is_read() {
    let text = r#"
        max-enrolments = 200
        max-reductions = "unlimited"
        [guardduty]
        administrator = "222222222222"
        regions = { all-but = ["eu-west-3"] }
        auto-enable = "new"
        management-account = "removed"
        finding-publishing-frequency = "ONE_HOUR"
        [guardduty.plans]
        S3_DATA_EVENTS = "on"
        RUNTIME_MONITORING = "on"
        "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT" = "as-found"
        [guardduty.auto-enable-plans]
        RUNTIME_MONITORING = "none"
        [inspector]
        regions = ["eu-central-1", "us-east-1"]
        auto-enable = "none"
        deep-inspection-paths = ["/opt/b", "/opt/a"]
        [[rule]]
        name = "sandboxes"
        units = ["ou-ab12-34cd56ef", "r-ab12"]
        accounts = ["111122223333"]
        tags = { environment = "sandbox", "cost center" = "" }
        regions = ["eu-central-1"]
        guardduty.membership = "unmanaged"
        [rule.inspector.scans]
        EC2 = "off"
        EC2_DEEP_INSPECTION = "off"
    "#;
    let guardduty = ServicePolicy {
        administrator: Some("222222222222".parse().unwrap()),
        regions: Regions::AllBut(["eu-west-3".parse().unwrap()].into()),
        auto_enable: AutoEnableWish::New,
        management_account: MembershipWish::Removed,
        settings: [(specs::FREQUENCY, "ONE_HOUR".to_owned())].into(),
        features: features(&[
            ("S3_DATA_EVENTS", Wanted::On),
            ("RUNTIME_MONITORING", Wanted::On),
            ("RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT", Wanted::AsFound),
        ]),
        feature_auto_enable: [(Feature::known("RUNTIME_MONITORING"), AutoEnableWish::None)].into(),
        ..ServicePolicy::built_in()
    };
    let inspector = ServicePolicy {
        regions: Regions::Only(["eu-central-1", "us-east-1"].map(|region| region.parse().unwrap()).into()),
        auto_enable: AutoEnableWish::None,
        settings: [(specs::PATHS, "/opt/a:/opt/b".to_owned())].into(),
        ..ServicePolicy::built_in()
    };
    let scans = features(&[("EC2", Wanted::Off), ("EC2_DEEP_INSPECTION", Wanted::Off)]);
    let rule = Rule {
        name: "sandboxes".to_owned(),
        scope: RuleScope {
            units: BTreeSet::from(["ou-ab12-34cd56ef".to_owned(), "r-ab12".to_owned()]),
            accounts: ["111122223333".parse().unwrap()].into(),
            tags: [("environment", "sandbox"), ("cost center", "")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            regions: ["eu-central-1".parse().unwrap()].into(),
        },
        services: BTreeMap::from([
            (
                ServiceId::new("guardduty"),
                RuleSettings { membership: Some(MembershipWish::Unmanaged), ..RuleSettings::default() },
            ),
            (ServiceId::new("inspector"), RuleSettings { features: scans, ..RuleSettings::default() }),
        ]),
    };
    let checked = checked(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let services = [(ServiceId::new("guardduty"), guardduty), (ServiceId::new("inspector"), inspector)].into();
    let policy = Policy { max_enrolments: Some(200), max_reductions: None, services, rules: vec![rule] };
    assert_eq!(checked.policy, policy);
    assert_eq!(checked.warnings, []);
}

fn features(said: &[(&'static str, Wanted)]) -> BTreeMap<Feature, Wanted> {
    said.iter().map(|(name, wanted)| (Feature::known(name), *wanted)).collect()
}

#[test]
fn every_mistake_is_told_at_once_and_in_the_order_of_the_lines() {
    let told = mistakes(
        r#"max-reductions = -1
[guardduty]
regoins = "all"
auto-enable = "everyone"
[guardduty.plans]
S3_DATA_EVENT = "on"
[[rule]]
name = "x"
accounts = ["1234"]
[inspector.scans]
LAMBDA = "off"
"#,
    );
    let lines: Vec<&str> = told.lines().map(|line| line.split_once(": ").unwrap().0).collect();
    assert_eq!(lines, ["1", "3", "4", "6", "9", "11"], "{told}");
}

#[test]
fn a_document_that_is_no_toml_has_one_mistake() {
    let told = mistakes("max-reductions = 0\n[guardduty\nfoo = 1\n[guardduty]\n");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("2: this is not TOML"), "{told}");
}

#[test]
fn what_was_probably_meant_is_read_so_that_nothing_follows_from_its_lack() {
    let told = mistakes("[inspector.scans]\nLAMBDA = \"off\"\nLAMBDA_COD = \"off\"\n");
    assert_eq!(told, "3: inspector.scans.LAMBDA_COD: there is no such scan; did you mean LAMBDA_CODE?");
    let told = mistakes("[inspector.scans]\nLAMBDA = \"off\"\nLAMBDA_CODE = \"of\"\n");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn half_a_rule_is_not_checked_further() {
    let told = mistakes(
        "[[rule]]\nname = \"x\"\naccounts = [\"1\"]\n[rule.inspector.scans]\nLAMBDA = \"off\"\n[[rule]]\nname = \"x\"\n",
    );
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].starts_with("3: rule \"x\", accounts: \"1\" is no account id"), "{told}");
    assert!(lines.iter().all(|line| !line.contains("LAMBDA")), "{told}");
    assert!(lines[1..].iter().any(|line| line.contains("another rule has this name")), "{told}");
}

#[test]
fn a_long_document_and_many_rules_are_refused() {
    assert!(mistakes(&"#".repeat(LONGEST + 1)).contains("256 KiB"));
    let rule = |number: usize| format!("[[rule]]\nname = \"{number}\"\nregions = [\"eu-west-{number}\"]\n");
    let many: String = (0..=MOST_RULES).map(rule).collect();
    assert!(mistakes(&many).contains("at most 500 are read"));
}

#[test]
fn what_is_repeated_of_a_document_stays_on_one_line_and_is_cut() {
    let told =
        mistakes(&format!("\"a\\nb{}\" = 1\n[guardduty]\nregions = [\"me@example.com\\n\"]\n", "x".repeat(5000)));
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(told.len() < 600 && !told.contains("example.com"), "{told}");
}

#[test]
fn lines_count_from_one_whatever_ends_them() {
    assert!(mistakes("x = 1").starts_with("1: x: "));
    assert!(mistakes("\r\n\r\nx = 1\r\n").starts_with("3: x: "));
    assert!(mistakes("\u{feff}x = 1").starts_with("1: x: "));
    assert!(
        mistakes("[guardduty]\nregions = [\n  \"eu-west-1\",\n  \"Paris\",\n]\n").starts_with("4: guardduty.regions: ")
    );
}

#[test]
fn the_default_with_everything_on_has_no_warnings() {
    assert_eq!(warnings("[guardduty.plans]\nRUNTIME_MONITORING = \"on\"\n"), "");
}
