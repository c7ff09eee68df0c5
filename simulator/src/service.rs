//! What an operation of a simulated service gets and gives. No I/O.

use serde_json::Value;

use crate::world::World;

/// Who calls: read from the access key id of the request's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The 12-digit account that the credentials belong to.
    pub(crate) account: String,
    /// The ARN of the principal: the account's root, or an assumed role's session.
    pub(crate) principal: String,
}

/// One validated call. `input` holds the parameters by their wire names, from path, query and body alike.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) region: String,
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
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), inner: None, message: message.into() }
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
