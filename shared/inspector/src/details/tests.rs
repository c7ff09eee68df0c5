//! What two answers about the same accounts give together. No I/O.

use aws_sdk_inspector2::types::{
    AccountState, Ec2DeepInspectionStatus, ErrorCode, FailedAccount, FailedMemberAccountEc2DeepInspectionStatusState,
    MemberAccountEc2DeepInspectionStatusState, ResourceState, State,
};

use super::*;

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn state(status: Status) -> State {
    State::builder().status(status).error_code(ErrorCode::AlreadyEnabled).error_message("").build().unwrap()
}

fn found(account: &str, ec2: Status) -> AccountState {
    let resources = ResourceState::builder().ec2(state(ec2)).ecr(state(Status::Enabled)).build();
    let builder = AccountState::builder().account_id(account).state(state(Status::Enabled));
    builder.resource_state(resources).build().unwrap()
}

fn failed(account: &str, code: ErrorCode) -> FailedAccount {
    FailedAccount::builder().account_id(account).error_code(code).error_message("why").build().unwrap()
}

fn statuses(found: Vec<AccountState>, failed: Vec<FailedAccount>) -> BatchGetAccountStatusOutput {
    let builder = BatchGetAccountStatusOutput::builder().set_accounts(Some(found));
    builder.set_failed_accounts(Some(failed)).build().unwrap()
}

fn deep(account: &str, status: Ec2DeepInspectionStatus) -> DeepByAccount {
    let found =
        MemberAccountEc2DeepInspectionStatusState::builder().account_id(account).status(status).build().unwrap();
    deep_by_account(&BatchGetMemberEc2DeepInspectionStatusOutput::builder().account_ids(found).build())
}

fn deep_failed(account: &str, ec2: Option<Status>) -> DeepByAccount {
    let failed =
        FailedMemberAccountEc2DeepInspectionStatusState::builder().account_id(account).set_ec2_scan_status(ec2);
    let failed = failed.error_message("why").build().unwrap();
    deep_by_account(&BatchGetMemberEc2DeepInspectionStatusOutput::builder().failed_account_ids(failed).build())
}

fn error(class: ErrorClass) -> ServiceError {
    let (code, message) = ("Code".to_owned(), "why".to_owned());
    ServiceError { operation: DEEP_INSPECTION, class, code, message, request_id: None }
}

/// The status of deep inspection for an account whose EC2 scanning is so, where its features are seen.
fn deep_status(ec2: Status, deep: &Result<DeepByAccount, ServiceError>) -> Seen<Option<FeatureStatus>> {
    let found = statuses(vec![found(ONE, ec2)], Vec::new());
    match joined(&[id(ONE)], &found, deep).remove(&id(ONE)) {
        Some(Detail::Associated { monitoring: FeatureStatus::On, features }) => match features {
            Seen::Yes(features) => Seen::Yes(features.get(&EC2_DEEP_INSPECTION).cloned()),
            Seen::No(unseen) => Seen::No(unseen),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_account_without_access_is_not_associated_and_any_other_failure_is_unseen() {
    let failures = vec![failed(ONE, ErrorCode::AccessDenied), failed(TWO, ErrorCode::InternalError)];
    let details = joined(&[id(ONE), id(TWO)], &statuses(Vec::new(), failures), &Ok(deep(ONE, "ACTIVATED".into())));
    assert!(matches!(details.get(&id(ONE)), Some(Detail::NotAssociated(_))));
    assert!(matches!(details.get(&id(TWO)), Some(Detail::Failed(error)) if error.code == "INTERNAL_ERROR"));
}

#[test]
fn an_account_that_the_answer_leaves_out_is_unseen() {
    let details = joined(&[id(ONE)], &statuses(Vec::new(), Vec::new()), &Ok(deep(ONE, "ACTIVATED".into())));
    assert!(matches!(details.get(&id(ONE)), Some(Detail::Failed(error)) if error.code == "NotAnswered"));
}

#[test]
fn an_account_that_was_not_asked_about_is_not_taken_in() {
    let answer = statuses(vec![found(ONE, Status::Enabled), found(TWO, Status::Enabled)], Vec::new());
    let details = joined(&[id(ONE)], &answer, &Ok(deep(ONE, "ACTIVATED".into())));
    assert_eq!(details.into_keys().collect::<Vec<_>>(), [id(ONE)]);
}

#[test]
fn deep_inspection_is_what_its_own_call_says() {
    for (status, wanted) in [
        ("ACTIVATED", FeatureStatus::On),
        ("PENDING", FeatureStatus::TurningOn),
        ("DEACTIVATED", FeatureStatus::Off),
        ("FAILED", FeatureStatus::Failed("FAILED".to_owned())),
    ] {
        assert_eq!(deep_status(Status::Enabled, &Ok(deep(ONE, status.into()))), Seen::Yes(Some(wanted)), "{status}");
    }
}

#[test]
fn without_ec2_scanning_deep_inspection_is_off_whatever_its_call_says() {
    let off = Seen::Yes(Some(FeatureStatus::Off));
    assert_eq!(deep_status(Status::Disabled, &Ok(deep_failed(ONE, Some(Status::Disabled)))), off);
    assert_eq!(deep_status(Status::Enabling, &Ok(deep_failed(ONE, None))), off);
    assert_eq!(deep_status(Status::Disabled, &Err(error(ErrorClass::Throttled))), off);
    // The two reads need not be of the same moment.
    assert_eq!(deep_status(Status::Enabled, &Ok(deep_failed(ONE, Some(Status::Enabling)))), off);
}

#[test]
fn a_failed_read_of_deep_inspection_makes_only_the_features_unseen() {
    assert!(deep_status(Status::Enabled, &Ok(deep_failed(ONE, None))).yes().is_none());
    assert!(deep_status(Status::Enabled, &Ok(deep_failed(ONE, Some(Status::Enabled)))).yes().is_none());
    assert!(deep_status(Status::Enabled, &Ok(deep(TWO, "ACTIVATED".into()))).yes().is_none());
    assert!(deep_status(Status::Enabled, &Err(error(ErrorClass::Transient))).yes().is_none());
}

#[test]
fn where_deep_inspection_is_not_offered_the_other_features_are_seen() {
    assert_eq!(deep_status(Status::Enabled, &Err(error(ErrorClass::NotOffered))), Seen::Yes(None));
}

#[test]
fn the_administrators_own_failure_keeps_its_code() {
    let answer = statuses(Vec::new(), vec![failed(ONE, ErrorCode::InternalError)]);
    assert_eq!(state_of(id(ONE), &answer).unwrap_err().code, "INTERNAL_ERROR");
    assert_eq!(state_of(id(TWO), &answer).unwrap_err().code, "NotAnswered");
}

#[test]
fn the_administrators_own_deep_inspection_counts_only_with_ec2_scanning() {
    let own = |ec2| translate::account(&found(ONE, ec2));
    let failure = || Err(error(ErrorClass::Transient));
    assert_eq!(with_own_deep(own(Status::Enabled), failure()).unwrap_err().code, "Code");
    let off = with_own_deep(own(Status::Disabled), failure()).unwrap();
    assert_eq!(off.features.get(&EC2_DEEP_INSPECTION), Some(&FeatureStatus::Off));
}
