//! What GuardDuty does, told as stories of a small organization. No I/O.

use serde_json::{Value, json};

use super::{
    SERVICE, account_joined, enrolment, prepare, refusals, region_opted_in, settle,
    switches::{Automation, ExceptionAccount, UnreachableAccounts},
};
use crate::{
    organization::{Account, AccountState, OptIn},
    service::{Answer, Call, Caller},
    transition::Moving,
    world::{Denial, World},
};

const MANAGEMENT: &str = "100000000001";
const ADMINISTRATOR: &str = "100000000002";
const ONE: &str = "100000000003";
const TWO: &str = "100000000004";
const SUSPENDED: &str = "100000000005";
const OUTSIDER: &str = "900000000009";
const REGION: &str = "eu-west-1";
const OPT_IN: &str = "ap-east-1";

/// The simulated AWS with a clock moved by hand.
struct Aws(World);

impl Aws {
    /// An organization in which nothing is enabled, but with trusted access.
    fn new() -> Self {
        let mut aws = Self(World { epoch_millis: 1_795_000_000_000, ..World::default() });
        aws.0.organization.management = MANAGEMENT.to_owned();
        aws.0.organization.regions = vec![REGION.to_owned(), OPT_IN.to_owned()];
        for id in [MANAGEMENT, ADMINISTRATOR, ONE, TWO] {
            aws.add(id, AccountState::Active);
        }
        aws.add(SUSPENDED, AccountState::Suspended);
        aws.0.trust("guardduty.amazonaws.com");
        aws
    }

    /// The same with a designated administrator.
    fn governed() -> Self {
        let mut aws = Self::new();
        aws.ok(MANAGEMENT, "EnableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR}));
        aws
    }

    /// The same with one member.
    fn with_member() -> Self {
        let mut aws = Self::governed();
        assert_eq!(aws.create(&[ONE]), json!([]));
        aws.pass(2_000);
        aws
    }

    fn add(&mut self, id: &str, state: AccountState) {
        let account = Account {
            id: id.to_owned(),
            name: id.to_owned(),
            email: format!("{id}@example.com"),
            state,
            usable_at: 0,
            joined_method: "CREATED",
            joined_epoch_millis: 0,
            parent: "r-test".to_owned(),
            regions: [].into(),
            regions_usable_at: [].into(),
            tags: [].into(),
        };
        self.0.organization.accounts.insert(id.to_owned(), account);
    }

    fn opt(&mut self, account: &str, status: OptIn) {
        let account = self.0.organization.accounts.get_mut(account).unwrap();
        account.regions.insert(OPT_IN.to_owned(), Moving::settled(status));
    }

    fn join(&mut self, id: &str) {
        self.add(id, AccountState::Active);
        account_joined(&mut self.0, id);
    }

    fn pass(&mut self, milliseconds: u64) {
        self.0.now += milliseconds;
        settle(&mut self.0);
    }

    fn call_in(&mut self, region: &str, account: &str, operation: &str, mut input: Value) -> Answer {
        settle(&mut self.0);
        let known = super::regional(&self.0, region).and_then(|regional| regional.detector(account));
        if let Some(detector) = known.filter(|_| input.get("DetectorId").is_none()) {
            input["DetectorId"] = detector.id().into();
        }
        let (_, operate) = SERVICE.operations.iter().find(|(name, _)| *name == operation).unwrap();
        let call = Call {
            caller: Caller::root(account),
            region: region.to_owned(),
            service: "guardduty",
            operation: operation.to_owned(),
            input,
        };
        operate(&mut self.0, &call)
    }

    fn call(&mut self, account: &str, operation: &str, input: Value) -> Answer {
        self.call_in(REGION, account, operation, input)
    }

    fn ok(&mut self, account: &str, operation: &str, input: Value) -> Value {
        self.call(account, operation, input).unwrap()
    }

    fn refused(&mut self, account: &str, operation: &str, input: Value) -> String {
        let refusal = self.call(account, operation, input).unwrap_err();
        assert_eq!((refusal.status, refusal.code.as_str()), (400, "BadRequestException"));
        refusal.message
    }

    fn create(&mut self, accounts: &[&str]) -> Value {
        self.create_in(REGION, accounts)
    }

    fn create_in(&mut self, region: &str, accounts: &[&str]) -> Value {
        let details: Vec<Value> =
            accounts.iter().map(|account| json!({"accountId": account, "email": "a@b.c"})).collect();
        let answer = self.call_in(region, ADMINISTRATOR, "CreateMembers", json!({"accountDetails": details}));
        answer.unwrap()["unprocessedAccounts"].clone()
    }

    /// An operation of the administrator on accounts; what comes back unprocessed.
    fn on(&mut self, operation: &str, accounts: &[&str]) -> Value {
        self.ok(ADMINISTRATOR, operation, json!({"accountIds": accounts}))["unprocessedAccounts"].clone()
    }

    fn configure(&mut self, members: &str, features: &Value) {
        let input = json!({"autoEnableOrganizationMembers": members, "features": features});
        self.ok(ADMINISTRATOR, "UpdateOrganizationConfiguration", input);
    }

    fn members(&mut self, input: Value) -> Vec<(String, String)> {
        let answer = self.ok(ADMINISTRATOR, "ListMembers", input);
        let text = |member: &Value, name: &str| member[name].as_str().unwrap().to_owned();
        let members = answer["members"].as_array().unwrap().iter();
        members.map(|member| (text(member, "accountId"), text(member, "relationshipStatus"))).collect()
    }

    fn relationship(&self, region: &str, account: &str) -> Option<String> {
        let row = self.row(region, account)?;
        Some(row["relationship"].as_str().unwrap().to_owned())
    }

    fn feature(&self, account: &str, feature: &str) -> Option<String> {
        let row = self.row(REGION, account)?;
        Some(row["features"].get(feature)?.as_str().unwrap().to_owned())
    }

    fn row(&self, region: &str, account: &str) -> Option<Value> {
        enrolment(&self.0).into_iter().find(|row| row["region"] == region && row["account"] == account)
    }
}

fn one_unprocessed(account: &str, result: &str) -> Value {
    json!([{"accountId": account, "result": result}])
}

fn feature(name: &str, status: &str) -> Value {
    json!([{"name": name, "status": status}])
}

fn auto(name: &str, setting: &str) -> Value {
    json!([{"name": name, "autoEnable": setting}])
}

// ---- the administrator

#[test]
fn designation_turns_guardduty_on_in_the_administrator_and_registers_it() {
    let mut aws = Aws::governed();
    assert_eq!(aws.relationship(REGION, ADMINISTRATOR).unwrap(), "Administrator");
    assert_eq!(aws.feature(ADMINISTRATOR, "S3_DATA_EVENTS").unwrap(), "ENABLED");
    assert!(aws.0.organization.is_delegated("guardduty.amazonaws.com", ADMINISTRATOR));
    let listed = aws.ok(MANAGEMENT, "ListOrganizationAdminAccounts", json!({}));
    assert_eq!(listed, json!({"adminAccounts": [{"adminAccountId": ADMINISTRATOR, "adminStatus": "ENABLED"}]}));
}

#[test]
fn designation_may_leave_the_administrator_without_a_detector() {
    let mut aws = Aws::new();
    aws.0.behaviour.guardduty.designation_enables_administrator = false;
    aws.ok(MANAGEMENT, "EnableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR}));
    assert_eq!(aws.ok(ADMINISTRATOR, "ListDetectors", json!({})), json!({"detectorIds": []}));
}

#[test]
fn only_the_management_account_designates_and_lists() {
    let mut aws = Aws::governed();
    for operation in
        ["EnableOrganizationAdminAccount", "DisableOrganizationAdminAccount", "ListOrganizationAdminAccounts"]
    {
        let message = aws.refused(ADMINISTRATOR, operation, json!({"adminAccountId": ADMINISTRATOR}));
        assert_eq!(message, refusals::NO_PERMISSION);
    }
}

#[test]
fn designation_needs_its_dependent_permissions() {
    let mut aws = Aws::new();
    let allowed =
        ["guardduty:*", "organizations:Describe*", "organizations:List*", "organizations:EnableAWSServiceAccess"];
    aws.0.access.restricted.insert(MANAGEMENT.to_owned(), allowed.map(str::to_owned).into());
    let refusal =
        aws.call(MANAGEMENT, "EnableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR})).unwrap_err();
    assert_eq!((refusal.status, refusal.code.as_str()), (403, "AccessDeniedException"));
    assert!(refusal.message.contains("organizations:RegisterDelegatedAdministrator"), "{}", refusal.message);
}

#[test]
fn another_administrator_is_refused_in_every_region() {
    let mut aws = Aws::governed();
    for region in [REGION, OPT_IN] {
        let refusal = aws
            .call_in(region, MANAGEMENT, "EnableOrganizationAdminAccount", json!({"adminAccountId": ONE}))
            .unwrap_err();
        assert_eq!(refusal.message, refusals::OTHER_ADMINISTRATOR);
    }
}

#[test]
fn designation_needs_trusted_access_unless_it_gives_it() {
    let mut aws = Aws::new();
    aws.0.organization.trusted.clear();
    let input = json!({"adminAccountId": ADMINISTRATOR});
    assert_eq!(aws.refused(MANAGEMENT, "EnableOrganizationAdminAccount", input.clone()), refusals::NO_TRUSTED_ACCESS);
    aws.0.behaviour.guardduty.designation_gives_trusted_access = true;
    aws.ok(MANAGEMENT, "EnableOrganizationAdminAccount", input);
    assert!(aws.0.trusted("guardduty.amazonaws.com"));
}

#[test]
fn first_designations_may_be_refused_for_a_while() {
    let mut aws = Aws::new();
    aws.0.behaviour.guardduty.first_designations_refused = 1;
    let input = json!({"adminAccountId": ADMINISTRATOR});
    assert_eq!(aws.refused(MANAGEMENT, "EnableOrganizationAdminAccount", input.clone()), refusals::INVALID_VALUE);
    aws.ok(MANAGEMENT, "EnableOrganizationAdminAccount", input);
}

#[test]
fn removing_the_administrator_removes_members_whose_guardduty_stays_on() {
    let mut aws = Aws::with_member();
    aws.ok(MANAGEMENT, "DisableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR}));
    let listed = aws.ok(MANAGEMENT, "ListOrganizationAdminAccounts", json!({}));
    assert_eq!(listed["adminAccounts"][0]["adminStatus"], "DISABLE_IN_PROGRESS");
    assert_eq!(aws.refused(ADMINISTRATOR, "ListMembers", json!({})), refusals::NO_PERMISSION);
    aws.pass(2_000);
    assert_eq!(aws.ok(MANAGEMENT, "ListOrganizationAdminAccounts", json!({})), json!({"adminAccounts": []}));
    assert!(!aws.0.organization.is_delegated("guardduty.amazonaws.com", ADMINISTRATOR));
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Standalone");
    assert_eq!(aws.feature(ONE, "CLOUD_TRAIL").unwrap(), "ENABLED");
}

#[test]
fn a_removal_by_reads_ends_after_them() {
    let mut aws = Aws::governed();
    aws.0.behaviour.transition_reads = Some(1);
    aws.ok(MANAGEMENT, "DisableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR}));
    let read = |aws: &mut Aws| {
        aws.ok(MANAGEMENT, "ListOrganizationAdminAccounts", json!({}))["adminAccounts"].as_array().unwrap().len()
    };
    assert_eq!((read(&mut aws), read(&mut aws)), (1, 0));
}

// ---- detectors

#[test]
fn features_left_out_of_a_new_detector_are_on_except_runtime_monitoring() {
    let mut aws = Aws::new();
    aws.ok(ONE, "CreateDetector", json!({"enable": true, "features": feature("S3_DATA_EVENTS", "DISABLED")}));
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "DISABLED");
    assert_eq!(aws.feature(ONE, "LAMBDA_NETWORK_LOGS").unwrap(), "ENABLED");
    assert_eq!(aws.feature(ONE, "RUNTIME_MONITORING").unwrap(), "DISABLED");
    assert_eq!(aws.feature(ONE, "EKS_RUNTIME_MONITORING").unwrap(), "ENABLED");
    aws.0.behaviour.guardduty.omitted_eks_runtime_monitoring_on = false;
    aws.ok(TWO, "CreateDetector", json!({"enable": true}));
    assert_eq!(aws.feature(TWO, "EKS_RUNTIME_MONITORING").unwrap(), "DISABLED");
}

#[test]
fn a_detector_is_read_with_its_foundational_data_sources() {
    let mut aws = Aws::new();
    aws.ok(
        ONE,
        "CreateDetector",
        json!({"enable": true, "tags": {"a": "b"}, "findingPublishingFrequency": "ONE_HOUR"}),
    );
    let detector = aws.ok(ONE, "GetDetector", json!({}));
    assert_eq!(detector["status"], "ENABLED");
    assert_eq!(detector["tags"], json!({"a": "b"}));
    assert_eq!(detector["findingPublishingFrequency"], "ONE_HOUR");
    assert_eq!(detector["features"][0]["name"], "CLOUD_TRAIL");
    assert_eq!(detector["features"][0]["updatedAt"], json!(1_795_000_000.0));
    assert!(detector["createdAt"].as_str().unwrap().ends_with('Z'));
    let runtime = detector["features"]
        .as_array()
        .unwrap()
        .iter()
        .find(|feature| feature["name"] == "RUNTIME_MONITORING")
        .unwrap();
    assert_eq!(runtime["additionalConfiguration"].as_array().unwrap().len(), 3);
}

#[test]
fn there_is_one_detector_for_each_account_and_region() {
    let mut aws = Aws::new();
    let id = aws.ok(ONE, "CreateDetector", json!({"enable": true, "clientToken": "t"}));
    assert_eq!(aws.refused(ONE, "CreateDetector", json!({"enable": true})), refusals::DETECTOR_EXISTS);
    assert_eq!(aws.ok(ONE, "CreateDetector", json!({"enable": true, "clientToken": "t"})), id);
    aws.call_in(OPT_IN, ONE, "CreateDetector", json!({"enable": true})).unwrap();
}

#[test]
fn a_detector_of_another_account_is_not_owned() {
    let mut aws = Aws::governed();
    let id = aws.ok(ONE, "CreateDetector", json!({"enable": true}))["detectorId"].clone();
    for operation in
        ["GetDetector", "UpdateDetector", "DeleteDetector", "ListMembers", "DescribeOrganizationConfiguration"]
    {
        assert_eq!(aws.refused(ADMINISTRATOR, operation, json!({"DetectorId": id})), refusals::NOT_OWNED);
    }
}

#[test]
fn a_feature_that_the_region_does_not_offer_fails_the_whole_call() {
    let mut aws = Aws::with_member();
    let absent = ("guardduty".to_owned(), "LAMBDA_NETWORK_LOGS".to_owned(), REGION.to_owned());
    aws.0.offers.absent_features.insert(absent);
    let mut features = feature("LAMBDA_NETWORK_LOGS", "ENABLED");
    features.as_array_mut().unwrap().push(json!({"name": "S3_DATA_EVENTS", "status": "ENABLED"}));
    assert_eq!(
        aws.refused(TWO, "CreateDetector", json!({"enable": true, "features": features})),
        refusals::INVALID_VALUE
    );
    let update = json!({"accountIds": [ONE], "features": features});
    assert_eq!(aws.refused(ADMINISTRATOR, "UpdateMemberDetectors", update), refusals::INVALID_VALUE);
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "DISABLED");
    let described = aws.ok(ADMINISTRATOR, "DescribeOrganizationConfiguration", json!({}));
    assert!(!described.to_string().contains("LAMBDA_NETWORK_LOGS"));
    aws.ok(TWO, "CreateDetector", json!({"enable": true}));
    assert_eq!(aws.feature(TWO, "LAMBDA_NETWORK_LOGS"), None);
}

#[test]
fn a_member_cannot_suspend_change_delete_or_leave() {
    let mut aws = Aws::with_member();
    assert_eq!(aws.refused(ONE, "UpdateDetector", json!({"enable": false})), refusals::IS_MEMBER);
    assert_eq!(
        aws.refused(ONE, "UpdateDetector", json!({"features": feature("S3_DATA_EVENTS", "ENABLED")})),
        refusals::IS_MEMBER
    );
    assert_eq!(aws.refused(ONE, "DeleteDetector", json!({})), refusals::IS_MEMBER);
    assert_eq!(aws.refused(ONE, "DisassociateFromAdministratorAccount", json!({})), refusals::IS_MEMBER);
    let administrator = aws.ok(ONE, "GetAdministratorAccount", json!({}));
    assert_eq!(administrator, json!({"administrator": {"accountId": ADMINISTRATOR, "relationshipStatus": "Enabled"}}));
    assert_eq!(aws.ok(ADMINISTRATOR, "GetAdministratorAccount", json!({})), Value::Null);
}

#[test]
fn an_administrator_with_members_keeps_its_detector() {
    let mut aws = Aws::with_member();
    assert_eq!(aws.refused(ADMINISTRATOR, "DeleteDetector", json!({})), refusals::HAS_MEMBERS);
    assert_eq!(aws.refused(ADMINISTRATOR, "UpdateDetector", json!({"enable": false})), refusals::SUSPENDS_WITH_MEMBERS);
    aws.on("DisassociateMembers", &[ONE]);
    aws.ok(ADMINISTRATOR, "DeleteDetector", json!({}));
}

#[test]
fn the_first_detector_needs_the_permission_to_create_the_role() {
    let mut aws = Aws::new();
    let denial = Denial { account: Some(ONE.to_owned()), service: Some("iam".to_owned()), ..Denial::default() };
    aws.0.access.denials.push(denial);
    assert_eq!(aws.call(ONE, "CreateDetector", json!({"enable": true})).unwrap_err().status, 403);
    prepare(&mut aws.0, &json!({"accounts": [ONE], "service-linked-role": true})).unwrap();
    aws.ok(ONE, "CreateDetector", json!({"enable": true}));
}

// ---- members

#[test]
fn create_members_turns_guardduty_on_after_a_while_with_the_organizations_settings() {
    let mut aws = Aws::governed();
    aws.configure("NEW", &auto("S3_DATA_EVENTS", "NEW"));
    assert_eq!(aws.create(&[ONE, TWO]), json!([]));
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Created");
    assert!(aws.row(REGION, ONE).unwrap()["features"].as_object().unwrap().is_empty());
    aws.pass(2_000);
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Enabled");
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "ENABLED");
    assert_eq!(aws.feature(ONE, "EKS_AUDIT_LOGS").unwrap(), "DISABLED");
}

#[test]
fn a_stuck_account_stays_created_and_a_count_of_reads_ends_the_transition() {
    let mut aws = Aws::governed();
    aws.0.stuck.insert(ONE.to_owned());
    aws.0.behaviour.transition_reads = Some(2);
    aws.create(&[ONE, TWO]);
    let status = |aws: &mut Aws| aws.members(json!({})).into_iter().map(|(_, status)| status).collect::<Vec<_>>();
    aws.pass(1_000_000);
    assert_eq!(status(&mut aws), ["Created", "Created"]);
    assert_eq!(status(&mut aws), ["Created", "Created"]);
    assert_eq!(status(&mut aws), ["Created", "Enabled"]);
}

#[test]
fn create_members_reapplies_the_organizations_settings_to_existing_members() {
    let mut aws = Aws::with_member();
    aws.on("UpdateMemberDetectors", &[ONE]);
    aws.ok(
        ADMINISTRATOR,
        "UpdateMemberDetectors",
        json!({"accountIds": [ONE], "features": feature("RDS_LOGIN_EVENTS", "ENABLED")}),
    );
    aws.configure("NONE", &auto("S3_DATA_EVENTS", "NEW"));
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "DISABLED");
    assert_eq!(aws.create(&[ONE]), json!([]));
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "ENABLED");
    assert_eq!(aws.feature(ONE, "RDS_LOGIN_EVENTS").unwrap(), "ENABLED");
    aws.0.behaviour.guardduty.reapplied_settings_turn_off = true;
    aws.0.behaviour.guardduty.existing_members_unprocessed = true;
    assert_eq!(aws.create(&[ONE]), one_unprocessed(ONE, refusals::ALREADY_MEMBER));
    assert_eq!(aws.feature(ONE, "RDS_LOGIN_EVENTS").unwrap(), "DISABLED");
}

#[test]
fn the_management_account_has_to_have_guardduty_first() {
    let mut aws = Aws::governed();
    assert_eq!(aws.create(&[MANAGEMENT]), one_unprocessed(MANAGEMENT, refusals::MANAGEMENT_FIRST));
    aws.ok(MANAGEMENT, "CreateDetector", json!({"enable": true}));
    assert_eq!(aws.create(&[MANAGEMENT]), json!([]));
    aws.pass(2_000);
    assert_eq!(aws.relationship(REGION, MANAGEMENT).unwrap(), "Enabled");
}

#[test]
fn the_exception_may_be_the_missing_role_or_no_account_at_all() {
    let mut aws = Aws::governed();
    aws.0.behaviour.guardduty.exception_account = ExceptionAccount::ServiceLinkedRole;
    assert_eq!(aws.create(&[MANAGEMENT]), json!([]));
    let status = "CannotCreateDetectorInOrganizationMasterAccount";
    assert_eq!(aws.members(json!({})), [(MANAGEMENT.to_owned(), status.to_owned())]);
    prepare(&mut aws.0, &json!({"accounts": [MANAGEMENT], "service-linked-role": true})).unwrap();
    aws.create(&[MANAGEMENT]);
    aws.pass(2_000);
    assert_eq!(aws.relationship(REGION, MANAGEMENT).unwrap(), "Enabled");

    let mut aws = Aws::governed();
    aws.0.behaviour.guardduty.exception_account = ExceptionAccount::DelegatedAdministrator;
    assert_eq!(aws.create(&[MANAGEMENT]), json!([]));
}

#[test]
fn only_the_administrator_works_on_members() {
    let mut aws = Aws::with_member();
    aws.ok(TWO, "CreateDetector", json!({"enable": true}));
    for (operation, _) in SERVICE
        .operations
        .iter()
        .filter(|(name, _)| name.contains("Member") || name.contains("OrganizationConf") || name.contains("Statistics"))
    {
        for account in [ONE, TWO] {
            assert_eq!(
                aws.refused(account, operation, json!({"accountIds": [ONE]})),
                refusals::NO_PERMISSION,
                "{operation}"
            );
        }
    }
}

#[test]
fn members_that_cannot_be_added_come_back_one_by_one() {
    let mut aws = Aws::governed();
    prepare(&mut aws.0, &json!({"accounts": [ONE], "held-by": OUTSIDER})).unwrap();
    let unprocessed = aws.create(&[ADMINISTRATOR, ONE, TWO]);
    assert_eq!(
        unprocessed,
        json!([
            {"accountId": ADMINISTRATOR, "result": refusals::OWN_ACCOUNT},
            {"accountId": ONE, "result": refusals::HELD},
        ])
    );
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Held");
    aws.ok(ONE, "DisassociateFromAdministratorAccount", json!({}));
    assert_eq!(aws.create(&[ONE]), json!([]));
}

#[test]
fn an_account_that_is_not_usable_yet_is_an_internal_error() {
    let mut aws = Aws::governed();
    aws.0.organization.accounts.get_mut(ONE).unwrap().usable_at = 5_000;
    assert_eq!(aws.create(&[ONE]), one_unprocessed(ONE, refusals::INTERNAL));
    aws.pass(5_000);
    assert_eq!(aws.create(&[ONE]), json!([]));
}

#[test]
fn suspended_accounts_and_regions_that_are_off_are_listed_with_their_status() {
    let mut aws = Aws::new();
    aws.opt(ONE, OptIn::Disabled);
    aws.call_in(OPT_IN, MANAGEMENT, "EnableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR}))
        .unwrap();
    assert_eq!(aws.create_in(OPT_IN, &[ONE, SUSPENDED]), json!([]));
    assert_eq!(aws.relationship(OPT_IN, ONE).unwrap(), "RegionDisabled");
    assert_eq!(aws.relationship(OPT_IN, SUSPENDED).unwrap(), "AccountSuspended");
    aws.opt(ONE, OptIn::Enabled);
    aws.create_in(OPT_IN, &[ONE]);
    aws.pass(2_000);
    assert_eq!(aws.relationship(OPT_IN, ONE).unwrap(), "Enabled");
    aws.opt(ONE, OptIn::Disabled);
    assert_eq!(aws.relationship(OPT_IN, ONE).unwrap(), "RegionDisabled");
    aws.0.behaviour.guardduty.unreachable_accounts = UnreachableAccounts::Unprocessed;
    assert_eq!(aws.create_in(OPT_IN, &[SUSPENDED]), one_unprocessed(SUSPENDED, refusals::SUSPENDED));
}

#[test]
fn an_account_outside_the_organization_is_a_member_by_invitation() {
    let mut aws = Aws::governed();
    aws.create(&[OUTSIDER]);
    aws.pass(10_000);
    let answer = aws.ok(ADMINISTRATOR, "GetMembers", json!({"accountIds": [OUTSIDER]}));
    assert_eq!(answer["members"][0]["email"], "a@b.c");
    assert_eq!(answer["members"][0]["relationshipStatus"], "Created");
}

#[test]
fn the_member_limit_holds() {
    let mut aws = Aws::with_member();
    aws.0.behaviour.guardduty.member_limit = 1;
    assert_eq!(aws.create(&[TWO]), one_unprocessed(TWO, refusals::MEMBER_LIMIT));
    assert_eq!(aws.create(&[ONE]), json!([]));
    let described = aws.ok(ADMINISTRATOR, "DescribeOrganizationConfiguration", json!({}));
    assert_eq!(described["memberAccountLimitReached"], true);
}

#[test]
fn a_member_by_organizations_has_no_email_unless_the_model_is_right() {
    let mut aws = Aws::with_member();
    let member = |aws: &mut Aws| aws.ok(ADMINISTRATOR, "ListMembers", json!({}))["members"][0].clone();
    let seen = member(&mut aws);
    assert_eq!((seen.get("email"), seen.get("invitedAt")), (None, None));
    assert_eq!((&seen["masterId"], &seen["administratorId"]), (&json!(ADMINISTRATOR), &json!(ADMINISTRATOR)));
    assert_eq!(seen["detectorId"].as_str().unwrap().len(), 32);
    aws.0.behaviour.guardduty.members_have_email = true;
    assert_eq!(member(&mut aws)["email"], format!("{ONE}@example.com"));
}

#[test]
fn only_associated_is_a_string_and_leaves_out_removed_members() {
    let mut aws = Aws::with_member();
    aws.create(&[TWO]);
    aws.pass(2_000);
    aws.on("DisassociateMembers", &[TWO]);
    assert_eq!(aws.members(json!({"onlyAssociated": "true"})).len(), 1);
    assert_eq!(aws.members(json!({"onlyAssociated": "false"})), aws.members(json!({})));
    assert_eq!(aws.members(json!({}))[1], (TWO.to_owned(), "Removed".to_owned()));
}

#[test]
fn members_are_paged() {
    let mut aws = Aws::with_member();
    aws.create(&[TWO]);
    let first = aws.ok(ADMINISTRATOR, "ListMembers", json!({"maxResults": 1}));
    assert_eq!(first["members"][0]["accountId"], ONE);
    let second = aws.ok(ADMINISTRATOR, "ListMembers", json!({"maxResults": 1, "nextToken": first["nextToken"]}));
    assert_eq!((&second["members"][0]["accountId"], second.get("nextToken")), (&json!(TWO), None));
}

#[test]
fn a_removed_member_keeps_guardduty_and_is_deleted_only_then() {
    let mut aws = Aws::with_member();
    assert_eq!(aws.on("DeleteMembers", &[ONE]), one_unprocessed(ONE, refusals::STILL_ASSOCIATED));
    assert_eq!(aws.on("DisassociateMembers", &[ONE]), json!([]));
    assert_eq!(aws.on("DisassociateMembers", &[ONE]), one_unprocessed(ONE, refusals::NOT_ASSOCIATED));
    assert_eq!(aws.feature(ONE, "CLOUD_TRAIL").unwrap(), "ENABLED");
    assert_eq!(aws.on("DeleteMembers", &[ONE]), json!([]));
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Standalone");
    assert_eq!(aws.on("GetMembers", &[ONE]), one_unprocessed(ONE, refusals::NO_MEMBER));
}

#[test]
fn monitoring_stops_at_once_and_starts_after_a_while() {
    let mut aws = Aws::with_member();
    assert_eq!(aws.on("StopMonitoringMembers", &[ONE, TWO]), one_unprocessed(TWO, refusals::NOT_ASSOCIATED));
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Disabled");
    assert_eq!(aws.feature(ONE, "CLOUD_TRAIL").unwrap(), "DISABLED");
    assert_eq!(aws.create(&[ONE]), json!([]));
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Disabled");
    assert_eq!(aws.on("StartMonitoringMembers", &[ONE]), json!([]));
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Disabled");
    aws.pass(2_000);
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Enabled");
    assert_eq!(aws.feature(ONE, "CLOUD_TRAIL").unwrap(), "ENABLED");
}

// ---- members' features

#[test]
fn members_features_are_read_and_changed() {
    let mut aws = Aws::with_member();
    let features = json!([{"name": "RUNTIME_MONITORING", "status": "ENABLED",
        "additionalConfiguration": [{"name": "EC2_AGENT_MANAGEMENT", "status": "ENABLED"}]}]);
    let update = json!({"accountIds": [ONE, TWO], "features": features});
    let answer = aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update);
    assert_eq!(answer["unprocessedAccounts"], one_unprocessed(TWO, refusals::NOT_ASSOCIATED));
    assert_eq!(aws.feature(ONE, "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT").unwrap(), "ENABLED");
    let read = aws.ok(ADMINISTRATOR, "GetMemberDetectors", json!({"accountIds": [ONE, TWO]}));
    assert_eq!(read["unprocessedAccounts"], one_unprocessed(TWO, refusals::NOT_ASSOCIATED));
    let names: Vec<&str> = read["members"][0]["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feature| feature["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"RUNTIME_MONITORING") && !names.contains(&"AI_ANALYST") && !names.contains(&"CLOUD_TRAIL"));
}

#[test]
fn a_created_member_is_not_associated_yet_unless_the_switch_says_so() {
    let mut aws = Aws::governed();
    aws.create(&[ONE]);
    let update = json!({"accountIds": [ONE], "features": feature("S3_DATA_EVENTS", "ENABLED")});
    let answer = aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update.clone());
    assert_eq!(answer["unprocessedAccounts"], one_unprocessed(ONE, refusals::NOT_ASSOCIATED));
    aws.0.behaviour.guardduty.created_members_are_associated = true;
    aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update.clone());
    aws.pass(2_000);
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "ENABLED");
    aws.0.behaviour.guardduty.late_association_ms = 1_000;
    let answer = aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update.clone());
    assert_eq!(answer["unprocessedAccounts"], one_unprocessed(ONE, refusals::NOT_ASSOCIATED));
    aws.pass(1_000);
    assert_eq!(aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update)["unprocessedAccounts"], json!([]));
}

#[test]
fn a_member_with_the_legacy_runtime_monitoring_cannot_get_the_new_one() {
    let mut aws = Aws::with_member();
    prepare(&mut aws.0, &json!({"accounts": [ONE], "features": {"EKS_RUNTIME_MONITORING": "ENABLED"}})).unwrap();
    let update = json!({"accountIds": [ONE], "features": feature("RUNTIME_MONITORING", "ENABLED")});
    let answer = aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update);
    assert_eq!(answer["unprocessedAccounts"], one_unprocessed(ONE, refusals::RUNTIME_CONFLICT));
}

#[test]
fn what_a_policy_manages_is_read_only_and_stops_auto_enable() {
    let mut aws = Aws::with_member();
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    prepare(&mut aws.0, &json!({"managed": ["S3_DATA_EVENTS"]})).unwrap();
    let update = json!({"accountIds": [ONE], "features": feature("S3_DATA_EVENTS", "ENABLED")});
    assert_eq!(aws.refused(ADMINISTRATOR, "UpdateMemberDetectors", update.clone()), refusals::MANAGED);
    aws.0.behaviour.guardduty.managed_writes_ignored = true;
    aws.ok(ADMINISTRATOR, "UpdateMemberDetectors", update);
    aws.configure("ALL", &auto("RDS_LOGIN_EVENTS", "ALL"));
    aws.pass(0);
    assert_eq!(aws.feature(ONE, "S3_DATA_EVENTS").unwrap(), "DISABLED");
    assert_eq!(aws.relationship(REGION, TWO), None);
    let read = aws.ok(ADMINISTRATOR, "GetMemberDetectors", json!({"accountIds": [ONE]}));
    assert_eq!(read["members"][0]["features"][0]["managedBy"], "GUARDDUTY_POLICY");
}

// ---- the organization's configuration

#[test]
fn the_configuration_takes_exactly_one_kind_of_auto_enable() {
    let mut aws = Aws::governed();
    for input in [json!({}), json!({"autoEnable": true, "autoEnableOrganizationMembers": "NEW"})] {
        assert_eq!(aws.refused(ADMINISTRATOR, "UpdateOrganizationConfiguration", input), refusals::ONE_AUTO_ENABLE);
    }
    aws.ok(ADMINISTRATOR, "UpdateOrganizationConfiguration", json!({"autoEnable": true}));
    let described = aws.ok(ADMINISTRATOR, "DescribeOrganizationConfiguration", json!({}));
    assert_eq!((&described["autoEnable"], &described["autoEnableOrganizationMembers"]), (&json!(true), &json!("NEW")));
    assert_eq!(described["features"].as_array().unwrap().len(), 8);
    assert_eq!(described["features"][0], json!({"name": "S3_DATA_EVENTS", "autoEnable": "NONE"}));
}

#[test]
fn automation_never_acts_by_default() {
    let mut aws = Aws::governed();
    aws.configure("ALL", &auto("S3_DATA_EVENTS", "ALL"));
    aws.join("100000000099");
    aws.pass(100_000_000);
    assert_eq!(aws.members(json!({})), []);
}

#[test]
fn auto_enable_for_new_accounts_leaves_earlier_ones_alone() {
    let mut aws = Aws::governed();
    aws.0.behaviour.guardduty.automation = Automation::AtOnce;
    aws.configure("NEW", &auto("S3_DATA_EVENTS", "NEW"));
    aws.join("100000000099");
    aws.pass(2_000);
    aws.pass(2_000);
    assert_eq!(aws.members(json!({})), [("100000000099".to_owned(), "Enabled".to_owned())]);
    assert_eq!(aws.feature("100000000099", "S3_DATA_EVENTS").unwrap(), "ENABLED");
}

#[test]
fn an_account_that_opts_in_later_is_not_new() {
    for (setting, expected) in [("NEW", None), ("ALL", Some("Enabled"))] {
        let mut aws = Aws::new();
        aws.0.behaviour.guardduty.automation = Automation::AtOnce;
        aws.0.behaviour.transition_ms = 0;
        aws.call_in(OPT_IN, MANAGEMENT, "EnableOrganizationAdminAccount", json!({"adminAccountId": ADMINISTRATOR}))
            .unwrap();
        aws.call_in(
            OPT_IN,
            ADMINISTRATOR,
            "UpdateOrganizationConfiguration",
            json!({"autoEnableOrganizationMembers": setting}),
        )
        .unwrap();
        aws.add("100000000099", AccountState::Active);
        aws.opt("100000000099", OptIn::Disabled);
        account_joined(&mut aws.0, "100000000099");
        aws.pass(0);
        aws.opt("100000000099", OptIn::Enabled);
        region_opted_in(&mut aws.0, "100000000099", OPT_IN);
        aws.pass(0);
        assert_eq!(aws.relationship(OPT_IN, "100000000099").as_deref(), expected);
    }
}

#[test]
fn auto_enable_for_all_takes_everyone_later_and_back() {
    let mut aws = Aws::with_member();
    aws.0.behaviour.guardduty.automation = Automation::Later;
    aws.0.behaviour.guardduty.automation_delay_ms = 10_000;
    aws.on("DisassociateMembers", &[ONE]);
    aws.ok(ADMINISTRATOR, "UpdateDetector", json!({"features": feature("S3_DATA_EVENTS", "DISABLED")}));
    aws.configure("ALL", &auto("S3_DATA_EVENTS", "ALL"));
    aws.pass(9_999);
    assert_eq!(aws.relationship(REGION, TWO), None);
    aws.pass(1);
    assert_eq!(aws.relationship(REGION, TWO).unwrap(), "Created");
    aws.pass(2_000);
    for account in [ONE, TWO] {
        assert_eq!(aws.relationship(REGION, account).unwrap(), "Enabled");
        assert_eq!(aws.feature(account, "S3_DATA_EVENTS").unwrap(), "ENABLED");
    }
    assert_eq!(aws.feature(ADMINISTRATOR, "S3_DATA_EVENTS").unwrap(), "ENABLED");
    assert_eq!(aws.relationship(REGION, SUSPENDED), None);
    assert_eq!(aws.relationship(REGION, MANAGEMENT).unwrap(), "CannotCreateDetectorInOrganizationMasterAccount");
}

#[test]
fn auto_enable_for_all_refuses_what_would_reduce() {
    let mut aws = Aws::with_member();
    aws.configure("ALL", &json!([]));
    for operation in ["DisassociateMembers", "DeleteMembers", "StopMonitoringMembers"] {
        assert_eq!(aws.refused(ADMINISTRATOR, operation, json!({"accountIds": [ONE]})), refusals::AUTO_ENABLE_ALL);
    }
    aws.configure("NONE", &json!([]));
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Enabled");
    assert_eq!(aws.on("StopMonitoringMembers", &[ONE]), json!([]));
}

#[test]
fn statistics_count_and_may_be_old() {
    let mut aws = Aws::with_member();
    aws.0.behaviour.guardduty.statistics_age_ms = 60_000;
    let count = |aws: &mut Aws| {
        let answer = aws.ok(ADMINISTRATOR, "GetOrganizationStatistics", json!({}));
        answer["organizationDetails"]["organizationStatistics"].clone()
    };
    let first = count(&mut aws);
    assert_eq!(
        (&first["totalAccountsCount"], &first["memberAccountsCount"], &first["enabledAccountsCount"]),
        (&json!(5), &json!(1), &json!(1))
    );
    aws.create(&[TWO]);
    aws.pass(2_000);
    assert_eq!(count(&mut aws), first);
    aws.pass(60_000);
    assert_eq!(count(&mut aws)["memberAccountsCount"], 2);
}

#[test]
fn a_preparation_with_an_unknown_name_is_an_error() {
    let mut aws = Aws::new();
    for preparation in [
        json!({"accounts": [ONE], "relationship": "Friend"}),
        json!({"features": {"X": "ENABLED"}}),
        json!({"feature": {}}),
    ] {
        assert!(prepare(&mut aws.0, &preparation).is_err());
    }
}

#[test]
fn every_documented_relationship_can_be_prepared() {
    let mut aws = Aws::governed();
    for name in ["Invited", "Resigned", "Deleted", "EmailVerificationInProgress", "EmailVerificationFailed", "Removed"]
    {
        prepare(&mut aws.0, &json!({"accounts": [ONE], "regions": [REGION], "relationship": name, "email": "x@y.z"}))
            .unwrap();
        assert_eq!(aws.members(json!({})), [(ONE.to_owned(), name.to_owned())]);
    }
}
