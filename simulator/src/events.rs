//! The EventBridge events that AWS sends about accounts and regions. No I/O.

use serde_json::{Value, json};

use crate::{
    clock,
    world::{Creation, World},
};

/// `CreateAccountResult`. Seen in public code: a service event of Organizations, in us-east-1, in the management
/// account; it comes 17 seconds after the fact, which the time stamps show.
pub(crate) fn create_account_result(world: &World, creation: &Creation, ids: [String; 2]) -> Value {
    let [id, event_id] = ids;
    let completed = creation.completed.unwrap_or(creation.requested);
    let mut status = json!({
        "id": creation.id,
        "state": if creation.failure.is_some() { "FAILED" } else { "SUCCEEDED" },
        "accountName": "****",
        "requestedTimestamp": clock::american(creation.requested),
        "completedTimestamp": clock::american(completed),
    });
    if let Some(status) = status.as_object_mut() {
        match &creation.failure {
            Some(reason) => status.insert("failureReason".to_owned(), json!(reason)),
            None => status.insert("accountId".to_owned(), json!(creation.account)),
        };
    }
    let management = &world.organization.management;
    json!({
        "version": "0",
        "id": id,
        "detail-type": "AWS Service Event via CloudTrail",
        "source": "aws.organizations",
        "account": management,
        "time": clock::iso_seconds(completed + 17_000),
        "region": "us-east-1",
        "resources": [],
        "detail": {
            "eventVersion": "1.08",
            "userIdentity": {"accountId": management, "invokedBy": "AWS Internal"},
            "eventTime": clock::iso_seconds(completed),
            "eventSource": "organizations.amazonaws.com",
            "eventName": "CreateAccountResult",
            "awsRegion": "us-east-1",
            "sourceIPAddress": "AWS Internal",
            "userAgent": "AWS Internal",
            "requestParameters": null,
            "responseElements": null,
            "eventID": event_id,
            "readOnly": false,
            "eventType": "AwsServiceEvent",
            "managementEvent": true,
            "recipientAccountId": management,
            "serviceEventDetails": {"createAccountStatus": status},
            "eventCategory": "Management",
        },
    })
}

/// `Region Opt-In Status Change`. AWS documentation, "Monitoring Account Management events": a direct event on the
/// bus of the calling account, in us-east-1.
pub(crate) fn region_opt_in(world: &World, caller: &str, account: &str, region: &str, status: &str, id: &str) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": "Region Opt-In Status Change",
        "source": "aws.account",
        "account": caller,
        "time": clock::iso_seconds(world.epoch(world.now)),
        "region": "us-east-1",
        "resources": [format!("arn:aws:account::{account}:account")],
        "detail": {"accountId": account, "regionName": region, "status": status},
    })
}
