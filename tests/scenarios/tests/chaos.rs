//! One call in twenty fails at random, and everything converges; nothing is ever turned off or let go.

use futures::{StreamExt, stream};
use organization_simulator::{Fault, FaultKind, Options};
use rollcall_scenarios::stage::Stage;

use crate::support::{RECEIVES, covered, enroll, newcomer, only_added, options, ordinary, path, policy, stage, sweep};

/// Together these strike one call in twenty.
const FAULTS: [FaultKind; 4] = [FaultKind::Error, FaultKind::Throttle, FaultKind::Drop, FaultKind::Unprocessed];

fn chaotic(stage: &Stage) {
    for kind in FAULTS {
        let fault = Fault { kind, probability: Some(0.0125), ..Fault::default() };
        stage.aws.add_fault(fault).unwrap();
    }
}

/// How many of the calls so far failed on request, and of how many.
fn struck(stage: &Stage) -> (usize, usize) {
    let calls = stage.aws.calls();
    let failed = calls.iter().filter(|call| {
        // As the faults word it; AWS's own refusals are others.
        let unserved = call.response.to_string().contains("\"Internal error\"");
        let throttled = call.error.as_ref().is_some_and(|code| code.contains("TooMany") || code.contains("Throttl"));
        call.status == 0 || call.status >= 500 || throttled || unserved
    });
    (failed.count(), calls.len())
}

#[tokio::test]
async fn a_new_account_is_enrolled_everywhere_within_five_receives_whatever_fails() {
    let seeds = stream::iter(1..=20).map(|seed| async move {
        let options = Options { seed, ..options() };
        let stage = stage(&options);
        sweep(&stage).await;
        stage.aws.clear_calls();
        let before = stage.aws.enrolment();
        chaotic(&stage);
        let bodies = [newcomer(&stage).1, newcomer(&stage).1];
        let delivered = enroll(&stage, &bodies, RECEIVES).await;
        let (failed, calls) = struck(&stage);
        println!("seed {seed}: {} receives, {failed} of {calls} calls failed", delivered.delivery.receives);
        delivered.acknowledged();
        covered(&stage);
        only_added(&stage, &before);
        failed
    });
    let failed: usize = seeds.buffer_unordered(4).collect::<Vec<_>>().await.into_iter().sum();
    assert!(failed > 100, "only {failed} calls failed");
}

#[tokio::test]
async fn reassert_brings_everything_to_its_desired_state_whatever_fails() {
    let seeds = stream::iter(1..=20).map(|seed| async move {
        let stage = stage(&Options { seed, ..options() });
        chaotic(&stage);
        let before = stage.aws.enrolment();
        let swept = sweep(&stage).await;
        let (failed, calls) = struck(&stage);
        println!("seed {seed}: {failed} of {calls} calls failed");
        assert_eq!(swept.outcomes(), ["converged"].into(), "seed {seed}: {}", swept.log.text);
        covered(&stage);
        only_added(&stage, &before);
    });
    seeds.buffer_unordered(4).collect::<Vec<_>>().await;
}

#[tokio::test]
async fn what_the_policy_names_is_reduced_and_nothing_else_whatever_fails() {
    let seeds = stream::iter(1..=8).map(|seed| async move {
        let stage = stage(&Options { seed, organizational_units: 2, ..options() });
        sweep(&stage).await;
        covered(&stage);
        let unit = path(&stage, &ordinary(&stage)[1]).await.pop().unwrap();
        policy(
            &stage,
            &format!(
                "max-reductions = 100\n[guardduty]\nauto-enable = \"new\"\n[[rule]]\nname = \"less\"\nunits = [\"{unit}\"]\n\
                 [rule.guardduty.plans]\nS3_DATA_EVENTS = \"off\"\n"
            ),
        );
        let mut expected = stage.aws.enrolment();
        for row in expected.iter_mut().filter(|row| row["service"] == "guardduty") {
            if path(&stage, row["account"].as_str().unwrap()).await.contains(&unit) {
                row["features"]["S3_DATA_EVENTS"] = "DISABLED".into();
            }
        }
        assert_ne!(expected, stage.aws.enrolment());
        chaotic(&stage);
        // One lists, one reduces; what failed then is left to one more.
        for _ in 0..4 {
            sweep(&stage).await;
        }
        assert_eq!(stage.aws.enrolment(), expected, "seed {seed}");
    });
    seeds.buffer_unordered(3).collect::<Vec<_>>().await;
}
