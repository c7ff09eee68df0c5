//! What the functions print holds no e-mail address and no credential, whatever happens.

use organization_simulator::Fault;
use rollcall_scenarios::bucket::SECRET;
use serde_json::json;

use crate::support::{Log, RECEIVES, enroll, newcomer, options, ordinary, prepare, stage, sweep};

#[tokio::test]
async fn no_line_has_an_email_address_or_a_credential() {
    for level in ["info", "trace"] {
        let stage = stage(&options()).with("ROLLCALL_LOG", level);
        stage.aws.set("guardduty.members-have-email", "true").unwrap();
        let accounts = ordinary(&stage);
        let by_invitation = json!({"service": "guardduty", "accounts": [accounts[1]], "held-by": "999999999999", "email": "me@example.com"});
        prepare(&stage, &by_invitation);
        let message = "The e-mail address account-3@example.com of the account is not valid";
        for operation in ["CreateMembers", "UpdateMemberDetectors"] {
            let fault = json!({"operation": operation, "kind": "error", "code": "BadRequestException",
                "message": message, "nth": 1, "times": 2});
            stage.aws.add_fault(serde_json::from_value::<Fault>(fault).unwrap()).unwrap();
        }
        let unserved = json!({"service": "guardduty", "operation": "CreateMembers", "kind": "unprocessed",
            "message": message, "times": 2});
        stage.aws.add_fault(serde_json::from_value::<Fault>(unserved).unwrap()).unwrap();
        let swept = sweep(&stage).await;
        let bodies = [newcomer(&stage).1, "someone@example.com".to_owned()];
        let delivered = enroll(&stage, &bodies, RECEIVES).await;
        for Log { text, .. } in [&swept.log, &delivered.log] {
            assert!(text.lines().count() > 10);
            let line = text.lines().find(|line| line.contains("example.com") || line.contains(SECRET));
            assert_eq!(line, None);
            for call in stage.aws.calls().iter().filter(|call| call.operation == "AssumeRole") {
                let credentials = call.response["Credentials"].as_object().unwrap();
                for name in ["AccessKeyId", "SecretAccessKey", "SessionToken"] {
                    let secret = credentials[name].as_str().unwrap();
                    assert!(!text.contains(secret), "a line has a role's {name}");
                }
            }
        }
    }
}
