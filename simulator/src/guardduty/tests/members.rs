//! Members: adding, listing, removing, monitoring. No I/O.

use super::*;

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
fn create_members_may_check_the_email() {
    let mut aws = Aws::governed();
    aws.0.behaviour.guardduty.emails_checked = true;
    let input = json!({"accountDetails": [
        {"accountId": ONE, "email": "other@example.com"},
        {"accountId": TWO, "email": format!("{TWO}@example.com")},
    ]});
    let answer = aws.ok(ADMINISTRATOR, "CreateMembers", input);
    assert_eq!(answer["unprocessedAccounts"], one_unprocessed(ONE, refusals::INVALID_VALUE));
    assert_eq!(aws.relationship(REGION, TWO).as_deref(), Some("Created"));
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

#[test]
fn a_member_that_is_suspended_later_shows_it() {
    let mut aws = Aws::with_member();
    aws.0.organization.accounts.get_mut(ONE).unwrap().state = AccountState::Suspended;
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "AccountSuspended");
    aws.0.organization.accounts.get_mut(ONE).unwrap().state = AccountState::Active;
    assert_eq!(aws.relationship(REGION, ONE).unwrap(), "Enabled");
}
