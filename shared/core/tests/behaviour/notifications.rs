//! The message that a sweep sends to people, in the situations that it is written for.

use rollcall_core::{
    Mode, Outcome, State,
    sweep::{Breaker, CoverageDocument, Gap, Notification, Survey, TargetEnd, TargetResult, notification},
};

use crate::sweep_documents::{REGIONS, changed, document, ended, gap, id, region, survey};

/// AWS names the region and the detector in its answer, so that no two regions' sentences are the same.
fn denied_in(place: &str) -> Gap {
    let sentence = format!(
        "a service control policy denies it; exempt Rollcall's roles: CreateMembers answered AccessDeniedException: User: \
         arn:aws:sts::222222222222:assumed-role/rollcall-ReassertRole/reassert is not authorized to perform: \
         guardduty:CreateMembers on resource: arn:aws:guardduty:{place}:222222222222:detector/12abc34d567e8fa901bc2d34e5 \
         with an explicit deny in a service control policy"
    );
    Gap { sentence, ..gap(State::Blocked, "denied-by-service-control-policy", [3]) }
}

fn many_regions() -> Vec<String> {
    (1..=30).map(|number| format!("xx-test-{number}")).collect()
}

fn of_many_regions(second: i64, accounts: usize) -> Survey {
    let names = many_regions();
    survey(second, accounts, &names.iter().map(String::as_str).collect::<Vec<_>>(), None)
}

/// The document with these gaps, counted anew.
fn with_gaps(
    before: &CoverageDocument,
    mut after: CoverageDocument,
    of: impl Fn(&TargetResult) -> Vec<Gap>,
) -> CoverageDocument {
    for target in &mut after.targets {
        target.gaps = of(target);
    }
    after.merged_into(Some(before.clone())).unwrap()
}

fn told(before: Option<&CoverageDocument>, after: &CoverageDocument) -> Notification {
    let told = notification(before, after, "rollcall-bucket-1a2b3c").expect("there is something to tell");
    assert!(told.subject.is_ascii() && told.subject.len() <= 100, "{}", told.subject);
    assert!(told.message.len() <= 64 * 1024, "{} bytes", told.message.len());
    for how in [
        "aws s3 cp s3://rollcall-bucket-1a2b3c/coverage/latest.html .",
        "aws s3 cp s3://rollcall-bucket-1a2b3c/coverage/latest.json .",
        "docs/runbook.md",
    ] {
        assert!(told.message.contains(how), "{how}: {}", told.message);
    }
    told
}

fn shown(told: &Notification) -> String {
    format!("{}\n\n{}", told.subject, told.message)
}

#[test]
fn people_are_told_once() {
    let first = document(&survey(1, 3, &REGIONS, None), &[], &[]);
    assert!(notification(None, &first, "bucket").is_some(), "the first coverage");
    assert_eq!(notification(Some(&first), &first, "bucket"), None);
    let blocked = [gap(State::Blocked, "denied", [3]), gap(State::Pending, "turning-on", [1])];
    let second = document(&survey(2, 3, &REGIONS, None), &blocked, &[]);
    insta::assert_snapshot!(shown(&told(Some(&first), &second)));
    assert_eq!(notification(Some(&second), &second, "bucket"), None, "not again");
}

#[test]
fn the_first_sweep_in_plan_mode() {
    let mut surveyed = of_many_regions(1, 120);
    surveyed.mode = Mode::Plan;
    let missing = Gap {
        sentence: "the account is not a member".to_owned(),
        ..gap(State::Missing, "not-associated", (1..=110).filter(|number| *number != 2))
    };
    let suspended = Gap {
        sentence: "the account is suspended".to_owned(),
        ..gap(State::NotApplicable, "account-suspended", 111..=119)
    };
    let held = Gap {
        sentence: "another administrator holds the account and must let it go first: CreateMembers answered \
                   BadRequestException: already a member of another account"
            .to_owned(),
        ..gap(State::Blocked, "held-by-other-administrator", [120])
    };
    let first = ended(&surveyed, &[missing, suspended, held], &[], Outcome::Planned);
    insta::assert_snapshot!(shown(&told(None, &first)));
}

#[test]
fn one_account_that_a_service_control_policy_blocks_in_every_region() {
    let before = document(&of_many_regions(1, 40), &[], &[]);
    let after = document(&of_many_regions(2, 40), &[], &[]);
    let after = with_gaps(&before, after, |target| vec![denied_in(target.region.as_str())]);
    let told = told(Some(&before), &after);
    assert_eq!(told.message.matches("account 3").count(), 1, "one reason is told once: {}", told.message);
    insta::assert_snapshot!(shown(&told));
}

#[test]
fn a_breaker_says_first_what_it_stopped() {
    let before = document(&survey(1, 3, &REGIONS, None), &[], &[]);
    let mut surveyed = survey(2, 60, &REGIONS, None);
    surveyed.breakers = vec![Breaker::MaxEnrolments { limit: 100, count: 171 }];
    let newcomers =
        Gap { sentence: "the account is not a member".to_owned(), ..gap(State::Missing, "not-associated", 4..=60) };
    insta::assert_snapshot!(shown(&told(Some(&before), &document(&surveyed, &[newcomers], &[]))));
}

#[test]
fn targets_that_failed() {
    let before = document(&survey(1, 3, &REGIONS, None), &[], &[]);
    let mut after = document(&survey(2, 3, &REGIONS, None), &[], &[]);
    for (target, region) in after.targets.iter_mut().zip(["ap-east-1", "eu-west-1"]) {
        let cause = "{\"errorMessage\":\"2026-11-22 timed out\\n\"}".to_owned();
        let (service, region) = ("guardduty".to_owned(), self::region(region));
        let end = TargetEnd { service, region, error: Some("Sandbox.Timedout".to_owned()), cause: Some(cause) };
        target.error = end.told();
        target.outcome = Outcome::Failed;
        let why = "it was not looked at".to_owned();
        target.gaps = vec![Gap { sentence: why, ..gap(State::Unknown, "not-observed", 1..=3) }];
    }
    let after = after.merged_into(Some(before.clone())).unwrap();
    insta::assert_snapshot!(shown(&told(Some(&before), &after)));
}

#[test]
fn everything_was_repaired() {
    let before = document(&survey(1, 12, &REGIONS, None), &[], &[]);
    let changes = [changed("enable S3_DATA_EVENTS", 3..=10), changed("set auto-enable of members to ALL", [])];
    let after = document(&survey(2, 12, &REGIONS, None), &[], &changes);
    insta::assert_snapshot!(shown(&told(Some(&before), &after)));
}

#[test]
fn what_was_told_before_is_counted_only() {
    let before = document(&survey(1, 9, &REGIONS, None), &[gap(State::Blocked, "denied", [3, 4])], &[]);
    let gaps = [gap(State::Blocked, "denied", [3, 4]), gap(State::Blocked, "limit-reached", [5])];
    let told = told(Some(&before), &document(&survey(2, 9, &REGIONS, None), &gaps, &[])).message;
    assert!(told.contains("Not enrolled, new in this sweep:\n  - blocked, limit-reached: 3 memberships\n"), "{told}");
    assert!(told.contains("Told before, and still so: 6 blocked.") && !told.contains("account 4"), "{told}");
}

#[test]
fn what_needs_a_person_names_its_accounts_before_what_does_not() {
    let gaps = [gap(State::Missing, "not-associated", 40..=90), gap(State::Blocked, "denied", 3..=30)];
    let after = document(&survey(1, 90, &REGIONS, None), &gaps, &[]);
    let told = told(None, &after).message;
    let place = |text: &str| told.find(text).unwrap_or_else(|| panic!("{text} is not in {told}"));
    assert!(place("blocked, denied: 84 memberships") < place("missing, not-associated: 153 memberships"), "{told}");
    assert!(told.contains("000000000022 \"account 22\" and 8 more accounts"), "{told}");
    assert!(told.contains("000000000044 \"account 44\" and 46 more accounts"), "{told}");
    assert!(told.contains("Next step: Grant Rollcall's role what AWS's answer names."), "{told}");
}

#[test]
fn an_accounts_name_is_told_as_a_name_and_a_sentence_is_one_line() {
    let mut hostile = survey(1, 3, &REGIONS[..1], None);
    hostile.accounts.get_mut(&id(3)).unwrap().name = Some("x\n\nAll is well <script>\u{202e}".to_owned());
    let answer = Gap { sentence: "no\n\nAll is well".to_owned(), ..gap(State::Blocked, "denied", [3]) };
    let told = told(None, &document(&hostile, &[answer], &[])).message;
    assert!(told.contains(r#"000000000003 "xAll is well <script>\u{202e}""#), "{told}");
    assert!(told.contains("Why: no  All is well"), "{told}");
}

#[test]
fn however_much_there_is_to_tell_the_message_fits() {
    let before = document(&of_many_regions(1, 500), &[], &[]);
    let mut after = with_gaps(&before, document(&of_many_regions(2, 500), &[], &[]), |target| {
        let long = |reason: usize| Gap {
            sentence: format!("{} {} {}", target.region, reason, "ß".repeat(5_000)),
            ..gap(State::Blocked, &format!("reason-{reason}"), 1..=500)
        };
        (0..30).map(long).collect()
    });
    for account in after.accounts.values_mut() {
        account.name = Some("𝄞".repeat(100));
    }
    for (number, target) in after.targets.iter_mut().enumerate().take(15) {
        target.error = Some(format!("{number} {}", "ß".repeat(5_000)));
    }
    let told = told(Some(&before), &after).message;
    assert!(told.contains("The rest is in the report."), "{} bytes", told.len());
}
