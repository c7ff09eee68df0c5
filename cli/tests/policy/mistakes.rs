//! Every kind of mistake, with what it says to the person who made it. I/O: starts the binary.

use crate::support::told;

/// Snapshots what is said of documents with mistakes.
fn mistakes(name: &str, documents: &[&str]) {
    let told = told(documents, 1);
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!(name, told);
    });
}

#[test]
fn syntax() {
    mistakes(
        "no_toml",
        &[
            "[guardduty\nregions = \"all\"",
            "[guardduty]\nregions = eu-west-1",
            "[guardduty]\nadministrator = 012345678901",
            "[guardduty]\nadministrator = \"222222222222",
            "[guardduty.plans]\nRUNTIME_MONITORING/EKS_ADDON_MANAGEMENT = \"on\"",
            "[guardduty]\nenabled = true\nenabled = false",
            "[guardduty]\n[inspector]\n[guardduty]",
            "[guardduty]\nregions = \"all\"\nregions.all-but = [\"eu-west-1\"]",
            "[guardduty]\nregions = [\"eu-west-1\"",
            "guardduty",
            "[guardduty]\nenabled",
            "[rule]\nname = \"a\"\n[[rule]]\nname = \"b\"",
            "max-reductions = ",
            "[guardduty]\nregions = [\"eu-west-1\" \"eu-west-2\"]",
            "[guardduty]\nregions: all",
        ],
    );
}

#[test]
fn keys() {
    mistakes(
        "keys",
        &[
            "max-reduction = 5",
            "colour = \"blue\"",
            "[guarduty]\nenabled = true",
            "[macie]\nenabled = true",
            "regions = \"all\"",
            "[guardduty]\nregoins = \"all\"",
            "[guardduty]\nscans = { EC2 = \"on\" }",
            "[guardduty]\nmembership = \"unmanaged\"",
            "[guardduty]\nunits = [\"ou-ab12-34cd56ef\"]",
            "[guardduty]\nsomething = 1",
            "[[rules]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rules.guardduty.plans]\nAI_PROTECTION = \"on\"",
        ],
    );
}

#[test]
fn values() {
    mistakes(
        "values",
        &[
            "max-reductions = -1",
            "max-reductions = \"many\"",
            "max-enrolments = 0.5",
            "[guardduty]\nenabled = \"yes\"",
            "[guardduty]\nadministrator = 222222222222",
            "[guardduty]\nadministrator = \"security\"",
            "[guardduty]\nregions = \"eu-west-1\"",
            "[guardduty]\nregions = \"every\"",
            "[guardduty]\nregions = [\"Frankfurt\"]",
            "[guardduty]\nregions = []",
            "[guardduty]\nregions = { except = [\"eu-west-1\"] }",
            "[guardduty]\nregions = { all-but = [] }",
            "[guardduty]\nregions = 1",
            "[guardduty]\nauto-enable = \"ALL\"",
            "[guardduty]\nauto-enable = true",
            "[guardduty]\nmanagement-account = \"off\"",
            "[guardduty]\nfinding-publishing-frequency = \"ONE_DAY\"",
            "[inspector]\ndeep-inspection-paths = \"/opt\"",
            "[inspector]\ndeep-inspection-paths = [\"opt\", \"C:\\\\tools\"]",
            "[inspector]\ndeep-inspection-paths = [\"/1\", \"/2\", \"/3\", \"/4\", \"/5\", \"/6\"]",
            "guardduty = true",
            "[[guardduty]]\nenabled = true",
            "rule = \"sandboxes\"",
        ],
    );
}

#[test]
fn features() {
    mistakes(
        "features",
        &[
            "[guardduty.plans]\nS3_DATA_EVENT = \"off\"",
            "[guardduty.plans]\ns3-data-events = \"on\"",
            "[guardduty.plans]\nEKS_ADDON_MANAGEMENT = \"on\"",
            "[guardduty.plans]\nVPC = \"on\"",
            "[guardduty.plans]\nECR = \"on\"",
            "[guardduty.plans]\nS3_DATA_EVENTS = true",
            "[guardduty.plans]\nS3_DATA_EVENTS = \"of\"",
            "[guardduty.plans]\nS3_DATA_EVENTS = \"enabled\"",
            "[guardduty.plans]\nRUNTIME_MONITORING.EKS_ADDON_MANAGEMENT = \"on\"",
            "[guardduty]\nplans = [\"S3_DATA_EVENTS\"]",
            "[inspector.auto-enable-scans]\nEC2_DEEP_INSPECTION = \"none\"",
            "[inspector.auto-enable-scans]\nEC2 = \"off\"",
        ],
    );
}

#[test]
fn rules() {
    mistakes(
        "rules",
        &[
            "[[rule]]\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[rule]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"everyone\"\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty]",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty.plans]",
            "[[rule]]\nname = \"a\"\nunits = [\"Sandboxes\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"a\"\nunits = []\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"a\"\nunits = \"ou-ab12-34cd56ef\"\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"a\"\naccounts = [\n111122223333,\n\"11112222333\",\n\"ou-ab12-34cd56ef\",\n\"me@example.com\",\n]\n\
             [rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"a\"\naccounts = [\"111122223333\", \"111122223333\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"a\"\ntags = {}\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"a\"\ntags = [\"sandbox\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"a\"\ntags = { sandbox = true }\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\nplans = { AI_PROTECTION = \"on\" }",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\nmembership = \"enrolled\"",
            "[[rule]]\nname = \"a\"\n[rule.guardduty]\nplans = { AI_PROTECTION = \"on\" }\nunits = [\"ou-ab12-34cd56ef\"]",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty]\nauto-enable = \"none\"",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty]\nadministrator = \"222222222222\"",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty]\nmanagement-account = \"enrolled\"",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty]\nfinding-publishing-frequency = \"ONE_HOUR\"",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty]\nregions = [\"eu-west-1\"]",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty]\nenabled = false",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\nauto-enable = \"none\"",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty]\nmember = \"unmanaged\"",
        ],
    );
}

#[test]
fn rules_without_effect() {
    mistakes(
        "rules_without_effect",
        &[
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"\n\
             [[rule]]\nname = \"a\"\nunits = [\"ou-ab12-78ab90cd\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[inspector]\nenabled = false\n[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.inspector.scans]\nCODE_REPOSITORY = \"on\"",
            "[guardduty]\nregions = [\"eu-central-1\"]\n[[rule]]\nname = \"a\"\nregions = [\"eu-west-1\", \"eu-central-1\"]\n\
             [rule.guardduty.plans]\nAI_PROTECTION = \"on\"",
            "[guardduty]\nregions = { all-but = [\"eu-west-1\"] }\n[[rule]]\nname = \"a\"\nregions = [\"eu-west-1\"]\n\
             [rule.guardduty.plans]\nAI_PROTECTION = \"on\"\n[rule.inspector.scans]\nCODE_REPOSITORY = \"on\"",
            "[[rule]]\nname = \"narrow\"\naccounts = [\"111122223333\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"\n\
             [[rule]]\nname = \"wide\"\nunits = [\"r-ab12\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"as-found\"",
            "[[rule]]\nname = \"narrow\"\naccounts = [\"111122223333\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"\n\
             [rule.inspector.scans]\nCODE_REPOSITORY = \"on\"\n\
             [[rule]]\nname = \"wide\"\nunits = [\"r-ab12\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"as-found\"",
            "[guardduty]\nauto-enable = \"new\"\n[[rule]]\nname = \"a\"\naccounts = [\"111122223333\"]\n[rule.guardduty]\n\
             membership = \"unmanaged\"\nplans = { AI_PROTECTION = \"on\" }",
            "[guardduty]\nadministrator = \"222222222222\"\nauto-enable = \"new\"\n[[rule]]\nname = \"a\"\n\
             accounts = [\"222222222222\"]\n[rule.guardduty]\nmembership = \"unmanaged\"",
        ],
    );
}

#[test]
fn contradictions() {
    mistakes(
        "contradictions",
        &[
            "max-reductions = 1\n[inspector.scans]\nLAMBDA = \"off\"",
            "max-reductions = 1\n[inspector.scans]\nLAMBDA = \"off\"\nLAMBDA_CODE = \"on\"",
            "max-reductions = 1\n[inspector.scans]\nLAMBDA = \"off\"\nLAMBDA_CODE = \"as-found\"",
            "max-reductions = 1\n[inspector.scans]\nEC2 = \"off\"",
            "[guardduty.plans]\nRUNTIME_MONITORING = \"on\"\nEKS_RUNTIME_MONITORING = \"on\"",
            "max-reductions = 1\n[guardduty.plans]\nRUNTIME_MONITORING = \"off\"\n\"RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT\" = \"on\"",
            "max-reductions = 1\n[[rule]]\nname = \"a\"\nregions = [\"eu-west-3\"]\n[rule.inspector.scans]\nLAMBDA = \"off\"",
            "max-reductions = 1\n[inspector]\nauto-enable = \"none\"\n[inspector.scans]\nCODE_REPOSITORY = \"on\"\n[[rule]]\nname = \"a\"\n\
             units = [\"ou-ab12-34cd56ef\"]\n[rule.inspector.scans]\nLAMBDA = \"off\"",
            "max-reductions = 1\n[inspector]\nauto-enable = \"none\"\n[[rule]]\nname = \"a\"\nunits = [\"r-ab12\"]\n\
             [rule.inspector.scans]\nLAMBDA = \"off\"\nLAMBDA_CODE = \"off\"\n\
             [[rule]]\nname = \"b\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.inspector.scans]\nLAMBDA_CODE = \"on\"",
            "max-reductions = 1\n[guardduty.plans]\nS3_DATA_EVENTS = \"off\"\n[guardduty.auto-enable-plans]\nS3_DATA_EVENTS = \"new\"",
            "max-reductions = 1\n[guardduty.auto-enable-plans]\nS3_DATA_EVENTS = \"all\"\n[[rule]]\nname = \"a\"\n\
             regions = [\"eu-west-3\"]\n[rule.guardduty.plans]\nS3_DATA_EVENTS = \"off\"",
            "[inspector.auto-enable-scans]\nLAMBDA = \"none\"",
        ],
    );
}

#[test]
fn what_aws_would_overrule() {
    mistakes(
        "overruled",
        &[
            // A warning where the setting stays as found, a mistake where it turns the plan on.
            "max-reductions = 1\n[[rule]]\nname = \"here\"\nregions = [\"eu-west-3\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"on\"\n\
             [[rule]]\nname = \"not there\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty.plans]\nAI_PROTECTION = \"off\"",
            "[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty]\nmembership = \"unmanaged\"",
            "max-reductions = 1\n[guardduty]\nauto-enable = \"all\"\n[[rule]]\nname = \"a\"\naccounts = [\"111122223333\"]\n\
             [rule.guardduty]\nmembership = \"removed\"",
            "max-reductions = 1\n[guardduty]\nmanagement-account = \"removed\"",
            "[guardduty]\nmanagement-account = \"unmanaged\"",
            "max-reductions = 1\n[[rule]]\nname = \"a\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.guardduty.plans]\nS3_DATA_EVENTS = \"off\"",
            "max-reductions = 1\n[guardduty]\nauto-enable = \"new\"\n[guardduty.auto-enable-plans]\nS3_DATA_EVENTS = \"all\"\n[[rule]]\n\
             name = \"a\"\naccounts = [\"111122223333\"]\nregions = [\"eu-west-3\"]\n[rule.guardduty.plans]\nS3_DATA_EVENTS = \"off\"",
        ],
    );
}

#[test]
fn many_at_once() {
    mistakes(
        "many_at_once",
        &[
            "max-reductions = \"some\"\n[guardduty]\nregoins = \"all\"\nauto-enable = \"everyone\"\n[guardduty.plans]\nS3_DATA_EVENT = \"on\"\n\
           [[rule]]\nname = \"sandboxes\"\naccounts = [\"1234\"]\n[rule.guardduty.plans]\nRUNTIME_MONITORING = \"off\"\n\
           [[rule]]\nname = \"sandboxes\"\nunits = [\"ou-ab12-34cd56ef\"]\n[rule.inspector.scans]\nLAMBDA = \"off\"",
        ],
    );
}
