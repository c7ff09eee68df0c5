//! What a GuardDuty policy of the organization does. No I/O.

use super::*;
use crate::{
    guardduty::switches::PolicyOff,
    organization::Unit,
    policies::{self, Enforcement, Kind},
};

const NAME: &str = "GUARDDUTY_POLICY";

fn enabled(names: &[&str]) -> Value {
    let on = |name: &&str| ((*name).to_owned(), json!({"status": {"@@assign": "enabled"}}));
    names.iter().map(on).collect::<serde_json::Map<_, _>>().into()
}

fn disabled(block: &mut Value, name: &str) {
    block[name] = json!({"status": {"@@assign": "disabled"}});
}

impl Aws {
    /// Enables the policy type, and attaches a new policy with this default block.
    fn attach(&mut self, target: &str, block: &Value) -> String {
        self.attach_blocks(target, &json!({"default": block}))
    }

    fn attach_blocks(&mut self, target: &str, blocks: &Value) -> String {
        self.0.organization.policy_types.insert(NAME.to_owned());
        let content = json!({"guardduty": {"enablement": blocks}}).to_string();
        let document = policies::check(&self.0, Kind::GuardDuty, &content).unwrap();
        let id = policies::create(&mut self.0, Kind::GuardDuty, "name", "", document);
        self.0.policies.attach(&id, target);
        policies::updated(&mut self.0, Some(Kind::GuardDuty), None);
        self.govern(0);
        id
    }

    /// Time passes, and policies are brought about.
    fn govern(&mut self, milliseconds: u64) {
        self.0.now += milliseconds;
        policies::settle(&mut self.0);
        settle(&mut self.0);
    }

    fn statuses(&self, account: &str, names: &[&str]) -> Vec<String> {
        names.iter().map(|name| self.feature(account, name).unwrap_or_default()).collect()
    }

    fn managed(&self, account: &str) -> Value {
        self.row(REGION, account).and_then(|row| row.get("managed").cloned()).unwrap_or_default()
    }
}

#[test]
fn an_account_becomes_a_member_with_what_the_policy_lists() {
    let mut aws = Aws::governed();
    aws.attach("r-test", &enabled(&["foundational", "s3_data_events"]));
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Created");
    aws.govern(2_000);
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Enabled");
    assert_eq!(aws.statuses(ONE, &["S3_DATA_EVENTS", "EKS_AUDIT_LOGS"]), ["ENABLED", "DISABLED"]);
    assert_eq!(aws.managed(ONE), json!(["FOUNDATIONAL", "S3_DATA_EVENTS"]));
    assert_eq!(aws.managed(ADMINISTRATOR), json!(["FOUNDATIONAL", "S3_DATA_EVENTS"]));
    // Its service-linked role is not there, and the suspended account cannot be reached.
    assert_eq!((aws.row(REGION, MANAGEMENT), aws.row(REGION, SUSPENDED)), (None, None));
}

#[test]
fn the_management_account_is_covered_once_it_has_the_role() {
    let mut aws = Aws::governed();
    aws.attach("r-test", &enabled(&["foundational"]));
    aws.ok(MANAGEMENT, "CreateDetector", json!({"enable": true}));
    aws.govern(0);
    aws.govern(2_000);
    assert_eq!(aws.relationship(REGION, MANAGEMENT).unwrap(), "Enabled");
}

#[test]
fn features_are_turned_off_too_and_others_are_left_alone() {
    let mut aws = Aws::with_member();
    let features = json!([{"name": "S3_DATA_EVENTS", "status": "ENABLED"}, {"name": "RDS_LOGIN_EVENTS", "status": "ENABLED"},
                          {"name": "EKS_AUDIT_LOGS", "status": "ENABLED"}]);
    aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", json!({"accountIds": [ONE], "features": features}));
    let mut block = enabled(&["foundational", "eks_audit_logs"]);
    disabled(&mut block, "s3_data_events");
    aws.attach("r-test", &block);
    let names = ["S3_DATA_EVENTS", "RDS_LOGIN_EVENTS", "EKS_AUDIT_LOGS"];
    assert_eq!(aws.statuses(ONE, &names), ["DISABLED", "ENABLED", "ENABLED"]);
}

#[test]
fn a_block_of_the_region_replaces_the_default_and_without_either_it_is_unmanaged() {
    let mut aws = Aws::governed();
    let blocks = json!({"default": enabled(&["foundational", "s3_data_events"]), REGION: enabled(&["foundational"])});
    let id = aws.attach_blocks("r-test", &blocks);
    aws.govern(2_000);
    assert_eq!(aws.managed(ONE), json!(["FOUNDATIONAL"]));
    // No administrator is there, and nobody sees it.
    assert_eq!(aws.relationship(OPT_IN, ONE).unwrap(), "Standalone");
    aws.0.policies.detach(&id, "r-test");
    aws.attach_blocks("r-test", &json!({OPT_IN: enabled(&["foundational"])}));
    assert_eq!(aws.managed(ONE), Value::Null);
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Enabled");
}

#[test]
fn without_an_administrator_nothing_happens_if_the_switch_says_so_until_there_is_one() {
    let mut aws = Aws::new();
    aws.0.behaviour.guardduty.policy_needs_administrator = true;
    aws.attach("r-test", &enabled(&["foundational"]));
    assert_eq!(aws.row(REGION, ONE), None);
    aws.ok(MANAGEMENT, "EnableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR}));
    aws.govern(0);
    aws.govern(2_000);
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Enabled");
    assert_eq!(aws.row(OPT_IN, ONE), None);
}

#[test]
fn an_agent_is_on_with_runtime_monitoring_only_and_the_legacy_is_in_its_way_or_not() {
    let agent = json!({"ec2_agent_management": {"status": {"@@assign": "enabled"}}});
    for (ends, expected) in [(false, ["ENABLED", "DISABLED", "DISABLED"]), (true, ["DISABLED", "ENABLED", "ENABLED"])] {
        let mut aws = Aws::with_member();
        aws.0.behaviour.guardduty.policy_ends_legacy_runtime_monitoring = ends;
        let legacy = feature("EKS_RUNTIME_MONITORING", "ENABLED");
        aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", json!({"accountIds": [ONE], "features": legacy}));
        let mut block = enabled(&["foundational", "runtime_monitoring"]);
        block["runtime_monitoring"]["additional_configuration"] = agent.clone();
        aws.attach("r-test", &block);
        let names = ["EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING", "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT"];
        assert_eq!(aws.statuses(ONE, &names), expected);
    }
}

#[test]
fn what_a_policy_manages_is_read_only_for_that_account_alone() {
    let mut aws = Aws::with_member();
    aws.create(&[TWO]);
    aws.govern(2_000);
    aws.attach(ONE, &enabled(&["foundational", "s3_data_events"]));
    let off = json!({"accountIds": [ONE, TWO], "features": feature("S3_DATA_EVENTS", "DISABLED")});
    let update = |aws: &mut Aws| aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", off.clone());
    assert_eq!(update(&mut aws)["unprocessedAccounts"], one_unprocessed(ONE, refusals::MANAGED));
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "ENABLED");
    let other = json!({"accountIds": [ONE], "features": feature("EKS_AUDIT_LOGS", "ENABLED")});
    assert_eq!(aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", other)["unprocessedAccounts"], json!([]));
    for operation in ["StopMonitoringMembers", "DisassociateMembers"] {
        assert_eq!(aws.on(operation, &[ONE]), one_unprocessed(ONE, refusals::MANAGED_ACCOUNT));
    }
    aws.0.behaviour.guardduty.managed_writes_refuse_all = true;
    assert_eq!(aws.refused(ADMINISTRATOR, "UpdateMemberDetectors", off.clone()), refusals::MANAGED);
    aws.0.behaviour.guardduty.managed_writes_ignored = true;
    assert_eq!(update(&mut aws)["unprocessedAccounts"], json!([]));
    assert_eq!(
        (aws.on("StopMonitoringMembers", &[ONE]), aws.relationship(REGION, ONE).unwrap()),
        (json!([]), "Enabled".to_owned())
    );
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "ENABLED");
}

#[test]
fn managed_by_is_shown_of_features_and_of_the_foundation() {
    let mut aws = Aws::governed();
    aws.attach("r-test", &enabled(&["foundational", "s3_data_events"]));
    aws.govern(2_000);
    let marked = |features: &Value| {
        let marked = features.as_array().unwrap().iter().filter(|one| one["managedBy"] == NAME);
        marked.map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let member = aws.ok(ADMINISTRATOR, "GetMemberDetectors", json!({"accountIds": [ONE]}));
    assert_eq!(marked(&member["members"][0]["features"]), ["S3_DATA_EVENTS"]);
    let own = aws.ok(ONE, "GetDetector", json!({}));
    assert_eq!(marked(&own["features"]), ["CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS", "S3_DATA_EVENTS"]);
    aws.0.behaviour.guardduty.policy_marks_foundational = false;
    let own = aws.ok(ONE, "GetDetector", json!({}));
    assert_eq!(marked(&own["features"]), ["S3_DATA_EVENTS"]);
    assert_eq!(aws.refused(ADMINISTRATOR, "UpdateDetector", json!({"enable": true})), refusals::MANAGED);
    assert_eq!(
        aws.refused(ADMINISTRATOR, "UpdateDetector", json!({"features": feature("S3_DATA_EVENTS", "DISABLED")})),
        refusals::MANAGED
    );
}

#[test]
fn a_detached_policy_leaves_everything_on_and_manages_it_no_more() {
    let mut aws = Aws::governed();
    let id = aws.attach("r-test", &enabled(&["foundational", "s3_data_events"]));
    aws.govern(2_000);
    aws.0.policies.detach(&id, "r-test");
    policies::updated(&mut aws.0, Some(Kind::GuardDuty), None);
    aws.govern(0);
    assert_eq!((aws.managed(ONE), aws.feature(ONE, "S3_DATA_EVENTS").unwrap()), (Value::Null, "ENABLED".to_owned()));
    aws.join("100000000099");
    aws.govern(2_000);
    assert_eq!(aws.row(REGION, "100000000099"), None);
}

#[test]
fn a_policy_that_disables_guardduty_suspends_or_deletes_it() {
    for (off, relationship, features) in
        [(PolicyOff::Suspends, "Disabled", Some("DISABLED")), (PolicyOff::Deletes, "Removed", None)]
    {
        let mut aws = Aws::with_member();
        aws.0.behaviour.guardduty.policy_off = off;
        let mut block = json!({});
        disabled(&mut block, "foundational");
        aws.attach("r-test", &block);
        assert_eq!(aws.relationship(REGION, ONE).unwrap(), relationship);
        assert_eq!(aws.feature(ONE, "DNS_LOGS").as_deref(), features);
        assert_eq!(aws.row(REGION, TWO), None);
    }
}

#[test]
fn a_policy_takes_its_own_time_or_never_comes() {
    let mut aws = Aws::governed();
    aws.0.behaviour.organization_policies = Enforcement::Never;
    aws.attach("r-test", &enabled(&["foundational"]));
    aws.govern(1_000_000);
    assert_eq!(aws.row(REGION, ONE), None);
    aws.0.behaviour.organization_policies = Enforcement::Later;
    aws.govern(0);
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Created");

    let mut aws = Aws::governed();
    aws.0.behaviour.organization_policies = Enforcement::Later;
    aws.attach("r-test", &enabled(&["foundational"]));
    aws.govern(4_999);
    assert_eq!(aws.row(REGION, ONE), None);
    aws.govern(1);
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Created");
}

#[test]
fn who_cannot_be_used_yet_is_governed_as_soon_as_it_can() {
    let mut aws = Aws::governed();
    aws.opt(TWO, OptIn::Disabled);
    aws.attach("r-test", &enabled(&["foundational"]));
    aws.add("100000000099", AccountState::Active);
    aws.0.organization.accounts.get_mut("100000000099").unwrap().usable_at = 3_000;
    policies::updated(&mut aws.0, None, Some("100000000099"));
    aws.govern(0);
    assert_eq!(aws.row(REGION, "100000000099"), None);
    aws.govern(3_000);
    assert_eq!(aws.relationship(REGION, "100000000099").unwrap(), "Created");
    assert_eq!(aws.row(OPT_IN, TWO), None);
    aws.opt(TWO, OptIn::Enabled);
    policies::changed(&mut aws.0, None, Some(TWO));
    aws.govern(0);
    assert_eq!(aws.relationship(OPT_IN, TWO).unwrap(), "Standalone");
}

#[test]
fn an_account_is_governed_by_the_unit_that_it_is_in() {
    let mut aws = Aws::governed();
    let unit = Unit { name: "unit".to_owned(), parent: "r-test".to_owned(), tags: [].into() };
    aws.0.organization.units.insert("ou-test-1".to_owned(), unit);
    aws.attach("ou-test-1", &enabled(&["foundational"]));
    assert_eq!(aws.row(REGION, ONE), None);
    "ou-test-1".clone_into(&mut aws.0.organization.accounts.get_mut(ONE).unwrap().parent);
    policies::updated(&mut aws.0, None, Some(ONE));
    aws.govern(0);
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Created");
    "r-test".clone_into(&mut aws.0.organization.accounts.get_mut(ONE).unwrap().parent);
    policies::updated(&mut aws.0, None, Some(ONE));
    aws.govern(2_000);
    assert_eq!((aws.relationship(REGION, ONE).unwrap(), aws.managed(ONE)), ("Enabled".to_owned(), Value::Null));
}

#[test]
fn an_account_of_another_administrator_and_one_member_too_many_are_left_out() {
    let mut aws = Aws::governed();
    prepare(&mut aws.0, &json!({"accounts": [ONE], "held-by": OUTSIDER})).unwrap();
    aws.0.behaviour.guardduty.member_limit = 0;
    aws.attach("r-test", &enabled(&["foundational"]));
    assert_eq!((aws.relationship(REGION, ONE).unwrap(), aws.managed(ONE)), ("Held".to_owned(), Value::Null));
    assert_eq!(
        (aws.relationship(REGION, TWO).unwrap(), aws.managed(TWO)),
        ("Standalone".to_owned(), json!(["FOUNDATIONAL"]))
    );
}

#[test]
fn create_members_does_not_change_what_a_policy_manages() {
    let mut aws = Aws::governed();
    aws.configure("NEW", &auto("S3_DATA_EVENTS", "NEW"));
    let mut block = enabled(&["foundational", "rds_login_events"]);
    disabled(&mut block, "s3_data_events");
    aws.attach("r-test", &block);
    aws.govern(2_000);
    aws.0.behaviour.guardduty.reapplied_settings_turn_off = true;
    assert_eq!(aws.create(&[ONE]), json!([]));
    assert_eq!(aws.statuses(ONE, &["S3_DATA_EVENTS", "RDS_LOGIN_EVENTS"]), ["DISABLED", "ENABLED"]);
}
