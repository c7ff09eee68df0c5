//! The log of calls. No I/O.

use serde::Serialize;
use serde_json::Value;

/// One call, as `GET /_simulator/calls` shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// The signing name.
    pub service: String,
    /// AWS's name, such as `CreateMembers`; what was asked for, when it is unknown.
    pub operation: String,
    /// The region of the signature.
    pub region: String,
    /// The account that called.
    pub account: String,
    /// The ARN that called.
    pub principal: String,
    /// The HTTP status; 0 for a dropped connection.
    pub status: u16,
    /// The caller's application: `app/…` of its `user-agent`.
    pub application: Option<String>,
    /// The parameters by their wire names.
    pub request: Value,
    /// The output, or the error's members.
    pub response: Value,
    /// The error code.
    pub error: Option<String>,
    /// The value of `x-amzn-requestid`.
    pub request_id: String,
    /// The permissions that the caller's role was asked for; none for a caller without a registered role.
    pub authorized: Vec<Authorization>,
    /// When it arrived, in milliseconds since the start of the simulation.
    pub at: u64,
}

/// A permission that the policies of a registered role were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Authorization {
    /// Such as `guardduty:CreateMembers`, or `iam:CreateServiceLinkedRole` on behalf of another action.
    pub action: String,
    /// An ARN; `*` for an action that is authorized on no resource in particular.
    pub resource: String,
    /// The ARN of the caller's role.
    pub role: String,
    /// Whether it was given.
    pub allowed: bool,
}
