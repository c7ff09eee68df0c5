//! Every kind of warning, with what it says. I/O: starts the binary.

use crate::support::told;

/// Snapshots what is said of documents that are policies.
fn warnings(name: &str, documents: &[&str]) {
    let told = told(documents, 0);
    assert_eq!(told.matches("a valid policy, with").count(), documents.len(), "each is warned of: {told}");
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!(name, told);
    });
}

#[test]
fn what_aws_may_overrule() {
    warnings(
        "warnings_overruled",
        &[
            "max-reductions = 1\n[guardduty]\nauto-enable = \"new\"\n[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty]\nmembership = \"unmanaged\"",
            "max-reductions = 1\n[guardduty]\nauto-enable = \"unmanaged\"\n[[rule]]\nname = \"a\"\naccounts = [\"111122223333\"]\n\
             [rule.guardduty]\nmembership = \"removed\"",
            "[guardduty]\nauto-enable = \"unmanaged\"\nmanagement-account = \"unmanaged\"",
            "max-reductions = 1\n[guardduty]\nauto-enable = \"new\"\n[[rule]]\nname = \"a\"\ntags = { kind = \"test\" }\n\
             [rule.guardduty.plans]\nS3_DATA_EVENTS = \"off\"",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty.plans]\nS3_DATA_EVENTS = \"as-found\"",
            "max-reductions = 1\n[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"off\"",
            "max-reductions = 1\n[guardduty]\nauto-enable = \"unmanaged\"\n[guardduty.plans]\nS3_DATA_EVENTS = \"off\"",
            "[guardduty.auto-enable-plans]\nAI_PROTECTION = \"all\"",
            "max-reductions = 1\n[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.inspector.scans]\nECR = \"off\"",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.inspector]\nmembership = \"unmanaged\"",
            "max-reductions = 1\n[inspector]\nauto-enable = \"none\"\n[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.inspector]\nmembership = \"unmanaged\"",
            "max-reductions = 1\n[guardduty.plans]\nS3_DATA_EVENTS = \"off\"\n[[rule]]\nname = \"nobody here\"\nregions = [\"eu-west-3\"]\n\
             [rule.guardduty]\nmembership = \"unmanaged\"\n[[rule]]\nname = \"but one\"\naccounts = [\"111122223333\"]\n[rule.guardduty]\n\
             membership = \"enrolled\"",
        ],
    );
}

#[test]
fn what_is_probably_not_meant() {
    warnings(
        "warnings",
        &[
            "[guardduty.plans]\nS3_DATA_EVENTS = \"off\"",
            "max-reductions = 0\n[guardduty]\nauto-enable = \"none\"\nmanagement-account = \"removed\"\n[guardduty.plans]\nS3_DATA_EVENTS = \"off\"\n\
             EKS_AUDIT_LOGS = \"off\"\nRDS_LOGIN_EVENTS = \"off\"\n[[rule]]\nname = \"a\"\naccounts = [\"111122223333\"]\n[rule.guardduty]\n\
             membership = \"removed\"",
            "[guardduty]\nauto-enable = \"new\"\n[[rule]]\nname = \"a\"\naccounts = [\"111122223333\"]\n[rule.guardduty]\nmembership = \"unmanaged\"",
            "[guardduty.plans]\n\"RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT\" = \"on\"",
            "[inspector.scans]\nLAMBDA = \"as-found\"",
            "max-reductions = 1\n[inspector]\nauto-enable = \"none\"\n[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n\
             [rule.inspector.scans]\nLAMBDA = \"off\"\nLAMBDA_CODE = \"off\"\n\
             [[rule]]\nname = \"b\"\naccounts = [\"111122223333\"]\n[rule.inspector.scans]\nLAMBDA_CODE = \"on\"",
            "[[rule]]\nname = \"narrow\"\naccounts = [\"111122223333\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"\nRUNTIME_MONITORING = \"on\"\n\
             [[rule]]\nname = \"wide\"\nunits = [\"r-ab12\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"as-found\"",
            "[guardduty]\nregions = [\"eu-wst-1\"]",
            "[inspector]\nregions = [\"ap-southeast-6\", \"eu-west-1\"]",
            "[[rule]]\nname = \"a\"\nregions = [\"ap-south-1\"]\n[rule.inspector.scans]\nCODE_REPOSITORY = \"on\"",
        ],
    );
}
