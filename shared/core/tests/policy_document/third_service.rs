//! A service that nothing here was written for: its tables are read and checked as those of the others. No I/O.

use rollcall_core::{
    AutoEnable, Batches, FeatureSpec, Managed, OrganizationPolicySpec, ServiceId, ServiceSpec,
    policy::{Wanted, read},
};

use crate::support::SPECS;

static THIRD: ServiceSpec = ServiceSpec {
    id: ServiceId::new("third"),
    signing_name: "third",
    trusted_access: &[],
    absent_from: &[],
    features_word: "sources",
    features: &[FeatureSpec {
        name: "FLOWS",
        by_default: true,
        auto_enable: true,
        needs: None,
        excluded_by: None,
        call: "update",
        only_in: None,
    }],
    settings: &[],
    organization_policy: OrganizationPolicySpec {
        policy_type: "THIRD_POLICY",
        stops_auto_enable: false,
        read: |_, _| Managed::default(),
    },
    strongest_auto_enable: AutoEnable::All,
    members_auto_enable: true,
    monitoring_is_separate: false,
    management_enabled_first: false,
    batches: Batches { associate: 1, start_monitoring: 1, enable_features: 1, disable_features: 1, disassociate: 1 },
    iam_actions: &[],
};

fn specs() -> Vec<&'static ServiceSpec> {
    SPECS.iter().copied().chain([&THIRD]).collect()
}

#[test]
fn a_third_service_has_its_tables() {
    let text = "max-reductions = 1\n[third.auto-enable-sources]\nFLOWS = \"none\"\n[[rule]]\nname = \"a\"\nunits = [\"r-ab12\"]\n\
                [rule.third.sources]\nFLOWS = \"off\"\n";
    let checked = read(text, &specs()).unwrap();
    assert_eq!(checked.warnings, []);
    let said = checked.policy.resolve(&THIRD, &"eu-west-1".parse().unwrap(), &[0], false);
    assert_eq!(said.features.values().map(|said| said.what).collect::<Vec<_>>(), [Wanted::Off]);
}

#[test]
fn a_third_service_has_its_checks_and_words() {
    let rule = "[[rule]]\nname = \"a\"\nunits = [\"r-ab12\"]\n[rule.third.sources]\nFLOWS = \"off\"\n";
    let told = read(rule, &specs()).unwrap_err().to_string();
    assert!(told.contains("write FLOWS = \"none\" in [third.auto-enable-sources]"), "{told}");
    let told = read("[third.sources]\nFLOW = \"on\"\n", &specs()).unwrap_err().to_string();
    assert_eq!(told, "2: third.sources.FLOW: there is no such source; did you mean FLOWS?");
    let told = read("[third]\nplans = {}\n", &specs()).unwrap_err().to_string();
    assert_eq!(told, "2: third.plans: plans are what guardduty has; third has sources");
}
