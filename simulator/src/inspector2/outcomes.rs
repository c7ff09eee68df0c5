//! What `Enable` and `Disable` have in common: each account's outcome, and what a policy keeps from both. No I/O.

use serde_json::{Map, Value, json};

use super::{authority::Failed, state::Enrolment, words::Scan};
use crate::{service::Call, world::World};

/// HTTP 200, with each account's outcome.
pub(super) fn outcomes(
    world: &mut World,
    call: &Call,
    accounts: &[String],
    act: impl Fn(&mut World, &Call, &str) -> Result<(), Failed>,
) -> Value {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for account in accounts {
        match act(world, call, account) {
            Ok(()) => done.push(account_json(world, &call.region, account)),
            Err(failure) => failed.push(failure.to_json(account)),
        }
    }
    json!({"accounts": done, "failedAccounts": failed})
}

/// `Account` of AWS's model, as it truly is.
fn account_json(world: &World, region: &str, account: &str) -> Value {
    let nothing = Enrolment::default();
    let enrolment = world.inspector2.enrolment(region, account).unwrap_or(&nothing);
    let mut resources = Map::new();
    for scan in Scan::ALL {
        resources.insert(scan.member().to_owned(), enrolment.scan(scan, world.now).name().into());
    }
    json!({
        "accountId": account,
        "status": enrolment.status(world.now).name(),
        "resourceStatus": resources,
    })
}

/// AWS documentation: what an Inspector policy manages cannot be enabled or disabled otherwise, the rest can. The code
/// is of AWS's model; that the account fails as a whole is inferred.
pub(super) fn refuse_managed(world: &World, region: &str, account: &str, scans: &[Scan]) -> Result<(), Failed> {
    if world.inspector2.enrolment(region, account).is_some_and(|record| record.is_managed(scans)) {
        return Err(Failed::new(
            "BLOCKED_BY_ORGANIZATION_POLICY",
            "An Amazon Inspector policy of the organization manages the scan type",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use serde_json::json;

    #[test]
    fn what_a_policy_manages_is_blocked_and_the_rest_is_not() {
        let mut world = with_member();
        let managed = |scans: &[&str]| json!({"accounts": [MEMBER], "managed": scans});
        crate::inspector2::prepare(&mut world, &managed(&["EC2"])).unwrap();
        for operation in ["Enable", "Disable"] {
            let mut on = |scans: &[&str]| {
                let input = json!({"accountIds": [MEMBER], "resourceTypes": scans});
                call(&mut world, ADMINISTRATOR, operation, input).unwrap()["failedAccounts"].clone()
            };
            assert_eq!(on(&["EC2", "ECR"])[0]["errorCode"], "BLOCKED_BY_ORGANIZATION_POLICY");
            assert_eq!(on(&["ECR"]), json!([]));
        }
        crate::inspector2::prepare(&mut world, &managed(&[])).unwrap();
        assert_eq!(enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap()["failedAccounts"], json!([]));
    }
}
