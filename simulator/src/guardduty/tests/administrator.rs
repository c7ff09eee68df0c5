//! The delegated administrator: designation and removal. No I/O.

use super::*;

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
