//! What an operation of a simulated service gets and gives. No I/O.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::world::World;

/// Who calls: read from the access key id of the request's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Caller {
    /// The 12-digit account that the credentials belong to.
    pub(crate) account: String,
    /// The ARN of the principal: the account's root, or an assumed role's session.
    pub(crate) principal: String,
    /// The ARN of a session's role.
    pub(crate) role: Option<String>,
}

impl Caller {
    /// The account itself, as a 12-digit access key stands for it.
    pub(crate) fn root(account: &str) -> Self {
        Self { account: account.to_owned(), principal: format!("arn:aws:iam::{account}:root"), role: None }
    }

    /// A session of the account's role, which has this name and ARN.
    pub(crate) fn session(account: &str, name: &str, session: &str, role: &str) -> Self {
        let principal = format!("arn:aws:sts::{account}:assumed-role/{name}/{session}");
        Self { account: account.to_owned(), principal, role: Some(role.to_owned()) }
    }

    /// Whether the principal is meant: by its account id, its ARN, or the ARN of its role.
    pub(crate) fn is(&self, principal: &str) -> bool {
        if principal == self.account || principal == self.principal {
            return true;
        }
        let session = self.principal.split_once(":assumed-role/").map(|(_, session)| session);
        let role = session.and_then(|session| session.rsplit_once('/')).map(|(role, _)| role);
        role.is_some_and(|role| {
            let path_end = principal.rsplit_once('/').map(|(_, name)| name);
            principal.starts_with(&format!("arn:aws:iam::{}:role/", self.account)) && path_end == Some(role)
        })
    }
}

/// One validated call. `input` holds the parameters by their wire names, from path, query and body alike.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) region: String,
    /// The signing name, such as `guardduty`.
    pub(crate) service: &'static str,
    /// AWS's name of the operation, such as `CreateMembers`.
    pub(crate) operation: String,
    pub(crate) input: Value,
}

/// An AWS error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The error code: the header `x-amzn-errortype` of REST services, `__type` of JSON services.
    pub(crate) code: String,
    /// The inner `__type` that some services put into the body beside the header.
    pub(crate) inner: Option<String>,
    pub(crate) message: String,
    /// Further members of the error's shape, such as `Reason` or `resourceId`.
    pub(crate) members: serde_json::Map<String, Value>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), inner: None, message: message.into(), members: serde_json::Map::new() }
    }

    /// The answer with a further member of the error's shape.
    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// What the service answers when a parameter violates its model.
    pub(crate) fn invalid(service: &str, message: impl Into<String>) -> Self {
        match service {
            // Seen in public code: the header names the modelled error, the body an inner one.
            "guardduty" => Self {
                inner: Some("InvalidInputException".to_owned()),
                ..Self::new(400, "BadRequestException", message)
            },
            "organizations" => Self::new(400, "InvalidInputException", message).with("Reason", "INVALID_PATTERN"),
            "sts" => Self::new(400, "ValidationError", message),
            // AWS's models of the operations, or of some of them, name no such error: AWS documentation, "Common errors".
            "cloudtrail" | "securityhub" | "ssm" => Self::new(400, "ValidationException", message),
            "account" => Self::new(400, "ValidationException", message).with("reason", "fieldValidationFailed"),
            _ => Self::new(400, "ValidationException", message).with("reason", "FIELD_VALIDATION_FAILED"),
        }
    }
}

/// What a call comes back with: the output by its wire names, or AWS's error.
pub(crate) type Answer = Result<Value, Refusal>;

/// A simulated service: its signing name, its operations, and what they do to the world.
///
/// Requests arrive validated against AWS's model (required members, lengths, ranges, patterns, enums);
/// a service checks who may call and what the call means.
pub(crate) struct Service {
    /// The signing name, such as `guardduty`.
    pub(crate) name: &'static str,
    /// The operations by AWS's names. An operation that is not listed is answered with 501.
    pub(crate) operations: &'static [(&'static str, Operation)],
}

/// One operation. It sees the world with everything that was due by now already done.
pub(crate) type Operation = fn(&mut World, &Call) -> Answer;
