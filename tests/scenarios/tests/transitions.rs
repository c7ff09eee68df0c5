//! AWS takes its time: what is stuck ends pending, and what reads show late is not written again.

use std::collections::BTreeMap;

use rollcall_scenarios::stage::Stage;
use serde_json::json;

use crate::support::{
    RECEIVES, covered, covered_but, enroll, governed, newcomer, options, ordinary, prepare, stage, sweep,
    with_switches, writes,
};

#[tokio::test]
async fn a_stuck_transition_ends_pending_and_keeps_nobody_else() {
    let stage = stage(&options());
    let stuck = ordinary(&stage)[0].clone();
    prepare(&stage, &json!({"kind": "stuck", "account": stuck}));
    let swept = sweep(&stage).await;
    assert_eq!(swept.outcomes(), ["pending"].into(), "{}", swept.log.text);
    covered_but(&stage, &[("", "", &stuck)]);
}

#[tokio::test]
async fn a_newcomer_that_is_stuck_comes_back() {
    let stage = governed(&options()).await;
    let (stuck, event) = newcomer(&stage);
    let (_, other) = newcomer(&stage);
    prepare(&stage, &json!({"kind": "stuck", "account": stuck}));
    let delivered = enroll(&stage, &[event, other], RECEIVES).await;
    assert_eq!(delivered.delivery.left, [0], "{}", delivered.log.text);
    covered_but(&stage, &[("", "", &stuck)]);
}

/// How often each account was named in a successful call of an operation in a region.
fn asked(stage: &Stage, accounts: &[String]) -> BTreeMap<(String, String, String), usize> {
    let mut asked = BTreeMap::new();
    for call in writes(stage).into_iter().filter(|call| call.status == 200) {
        for account in accounts.iter().filter(|account| call.request.to_string().contains(account.as_str())) {
            *asked.entry((call.operation.clone(), call.region.clone(), account.clone())).or_default() += 1;
        }
    }
    asked
}

#[tokio::test]
async fn stale_reads_cause_neither_repeated_writes_nor_wrong_ends() {
    let stage = stage(&with_switches(&["stale-reads-ms=60000"]));
    sweep(&stage).await;
    covered(&stage);
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES + 2).await.acknowledged();
    covered(&stage);
    let repeated: Vec<_> = asked(&stage, &ordinary(&stage)).into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(repeated.is_empty(), "{repeated:#?}");
}

#[tokio::test]
async fn transitions_that_end_after_some_reads_are_followed() {
    for reads in ["1", "3"] {
        let stage = stage(&with_switches(&[&format!("transition-reads={reads}")]));
        sweep(&stage).await;
        covered(&stage);
        let (_, event) = newcomer(&stage);
        enroll(&stage, &[event], 12).await.acknowledged();
        covered(&stage);
    }
}
