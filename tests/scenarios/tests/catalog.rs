//! Each service of the catalog has its place everywhere: a forgotten one fails here.

use std::collections::BTreeSet;

use rollcall_runtime::{CATALOG, variables};
use rollcall_scenarios::truth::SERVICES;

use crate::support::{RECEIVES, enroll, newcomer, options, stage, sweep};

#[tokio::test]
async fn every_service_is_simulated_counted_configured_and_permitted() {
    let signing_names: Vec<&str> = CATALOG.iter().map(|entry| entry.spec.signing_name).collect();
    assert_eq!(signing_names, SERVICES, "the truth of the stories counts every service");
    let stage = stage(&options());
    for variable in variables().iter().filter(|variable| variable.default.is_none()) {
        assert!(stage.environment.contains_key(&variable.name), "the stage sets {}", variable.name);
    }
    sweep(&stage).await;
    let (_, event) = newcomer(&stage);
    enroll(&stage, &[event], RECEIVES).await.acknowledged();
    let called: BTreeSet<String> =
        stage.aws.calls().iter().map(|call| format!("{}:{}", call.service, call.operation)).collect();
    for entry in CATALOG {
        let own = |name: &&String| name.starts_with(&format!("{}:", entry.spec.signing_name));
        let own: Vec<&String> = called.iter().filter(own).collect();
        assert!(!own.is_empty(), "{} is simulated", entry.spec.id);
        for action in own {
            assert!(entry.spec.iam_actions.contains(&action.as_str()), "{action} is in the service's IAM actions");
        }
    }
}
