//! Failures on request: errors, throttling, delays, unprocessed accounts, dropped connections. No I/O.

use serde::{Deserialize, Serialize};

use crate::{
    model,
    random::Random,
    service::{Call, Refusal},
    unprocessed,
};

/// A failure that is wanted. What is absent of `service`, `operation`, `region` and `account` matches every call.
///
/// It strikes from the `nth` matching call on, or with a `probability`, or at every matching call; and it
/// strikes `times` times: once for `nth`, without end otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// The signing name, such as `guardduty`.
    pub service: Option<String>,
    /// AWS's name, such as `CreateMembers`.
    pub operation: Option<String>,
    /// The region of the call.
    pub region: Option<String>,
    /// The account that calls.
    pub account: Option<String>,
    /// The number of the first matching call to fail, from 1 on, counted from when the fault was added.
    pub nth: Option<u64>,
    /// How probable it is that a matching call fails, in 0..=1.
    pub probability: Option<f64>,
    /// What happens.
    pub kind: FaultKind,
    /// The error code; for `unprocessed` the code of the account's failure.
    pub code: Option<String>,
    /// The error message; for `unprocessed` the message of the account's failure.
    pub message: Option<String>,
    /// The HTTP status; without it the model's for the code.
    pub status: Option<u16>,
    /// How often it strikes.
    pub times: Option<u64>,
    /// How long a `delay` is: one second unless said.
    pub delay_ms: Option<u64>,
    /// Which accounts are left `unprocessed`; none: one of the request's, by chance.
    pub members: Vec<String>,
    /// Whether the call has its effect although the connection is dropped; unless said, chance decides.
    pub performed: Option<bool>,
}

/// What a fault does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    /// The call is refused with an error, by default an internal one.
    #[default]
    Error,
    /// The call is refused because there were too many.
    Throttle,
    /// The answer leaves accounts of the request unprocessed.
    Unprocessed,
    /// The answer comes late.
    Delay,
    /// The connection is closed without an answer.
    Drop,
}

impl Fault {
    /// Reads a fault; what it does must be said.
    pub(crate) fn read(fault: &serde_json::Value) -> Result<Self, String> {
        if fault.get("kind").is_none() {
            return Err("`kind` is missing".to_owned());
        }
        let fault = Self::deserialize(fault).map_err(|error| error.to_string())?;
        fault.mistake().map_or(Ok(fault), Err)
    }

    /// Why the fault makes no sense.
    pub(crate) fn mistake(&self) -> Option<String> {
        if let Some(service) = &self.service {
            let Some(model) = model::of(service) else {
                return Some(format!("there is no service `{service}`"));
            };
            if let Some(operation) = self.operation.as_ref().filter(|name| !model.operations.contains_key(*name)) {
                return Some(format!("`{service}` has no operation `{operation}`"));
            }
        }
        if self.kind == FaultKind::Unprocessed
            && !unprocessed::possible(self.service.as_deref(), self.operation.as_deref())
        {
            return Some("the operation has no list of accounts of which some may stay unprocessed".to_owned());
        }
        if self.nth == Some(0) {
            return Some("`nth` counts from 1".to_owned());
        }
        if self.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            return Some("`probability` is between 0 and 1".to_owned());
        }
        (self.nth.is_some() && self.probability.is_some())
            .then(|| "`nth` and `probability` exclude each other".to_owned())
    }

    fn matches(&self, call: &Call) -> bool {
        let same = |wanted: &Option<String>, got: &str| wanted.as_deref().is_none_or(|wanted| wanted == got);
        same(&self.service, call.service)
            && same(&self.operation, &call.operation)
            && same(&self.region, &call.region)
            && same(&self.account, &call.caller.account)
            && (self.kind != FaultKind::Unprocessed || unprocessed::applies(call))
    }

    /// The error that the call is refused with.
    pub(crate) fn refusal(&self, service: &str) -> Refusal {
        let mut refusal = if self.kind == FaultKind::Throttle { throttled(service) } else { internal(service) };
        if let Some(code) = &self.code {
            let status = model::of(service).and_then(|model| model.errors.get(code)).copied();
            refusal = Refusal::new(status.unwrap_or(400), code, "The simulated call was made to fail.");
            for (member, value) in required_members(service, code) {
                refusal = refusal.with(member, *value);
            }
        }
        refusal.status = self.status.unwrap_or(refusal.status);
        refusal.message = self.message.clone().unwrap_or(refusal.message);
        refusal
    }
}

/// What AWS's model requires of an error beside its message.
fn required_members(service: &str, code: &str) -> &'static [(&'static str, &'static str)] {
    match (service, code) {
        ("inspector2", "ConflictException") => &[("resourceId", "simulated"), ("resourceType", "simulated")],
        ("inspector2", "ServiceQuotaExceededException") => &[("resourceId", "simulated")],
        ("inspector2", "ValidationException") => &[("reason", "OTHER")],
        _ => &[],
    }
}

/// The service's answer to too many calls. Organizations' wording: AWS documentation. GuardDuty models no such
/// error: its code is inferred.
pub(crate) fn throttled(service: &str) -> Refusal {
    match service {
        "organizations" => Refusal::new(
            400,
            "TooManyRequestsException",
            "You have sent too many requests in too short a period of time. Try again later.",
        ),
        "sts" => Refusal::new(400, "Throttling", "Rate exceeded"),
        // Seen in public code; of CloudTrail AWS documentation, "Common errors".
        "cloudtrail" | "ssm" => Refusal::new(400, "ThrottlingException", "Rate exceeded"),
        "inspector2" => Refusal::new(429, "ThrottlingException", "Rate exceeded").with("retryAfterSeconds", 1),
        _ => Refusal::new(429, "TooManyRequestsException", "Rate exceeded"),
    }
}

fn internal(service: &str) -> Refusal {
    match service {
        "guardduty" => Refusal::new(500, "InternalServerErrorException", "An internal server error occurred."),
        // AWS's model gives it no status, which makes it 400 like the service's other errors.
        "organizations" => Refusal::new(
            400,
            "ServiceException",
            "AWS Organizations can't complete your request because of an internal service error. Try again later.",
        ),
        "cloudtrail" | "sts" => Refusal::new(500, "InternalFailure", "The request processing has failed."),
        "securityhub" => {
            Refusal::new(500, "InternalException", "Internal server error.").with("Code", "InternalException")
        }
        "ssm" => Refusal::new(500, "InternalServerError", "An error occurred on the server side."),
        "inspector2" => {
            Refusal::new(500, "InternalServerException", "Internal server error").with("retryAfterSeconds", 1)
        }
        _ => Refusal::new(500, "InternalServerException", "Internal server error"),
    }
}

#[derive(Debug)]
struct Active {
    fault: Fault,
    seen: u64,
    struck: u64,
}

/// The faults that were asked for, in that order.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    active: Vec<Active>,
    pub(crate) random: Random,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.active.push(Active { fault, seen: 0, struck: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    /// The faults, with how many calls each matched and how often it struck.
    pub(crate) fn list(&self) -> Vec<(&Fault, u64, u64)> {
        self.active.iter().map(|active| (&active.fault, active.seen, active.struck)).collect()
    }

    /// The first fault that strikes this call. Every matching fault counts the call.
    pub(crate) fn strike(&mut self, call: &Call) -> Option<Fault> {
        let mut striking = None;
        for active in self.active.iter_mut().filter(|active| active.fault.matches(call)) {
            active.seen += 1;
            let (fault, endless) = (&active.fault, u64::MAX);
            let strikes = match (fault.nth, fault.probability) {
                (Some(nth), _) => active.seen >= nth && active.struck < fault.times.unwrap_or(1),
                (None, Some(probability)) => {
                    let drawn = self.random.fraction() < probability;
                    drawn && active.struck < fault.times.unwrap_or(endless)
                }
                (None, None) => active.struck < fault.times.unwrap_or(endless),
            };
            if strikes && striking.is_none() {
                active.struck += 1;
                striking = Some(active.fault.clone());
            }
        }
        striking
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Caller;
    use serde_json::json;

    fn call(operation: &str) -> Call {
        Call {
            caller: Caller::root("111111111111"),
            region: "us-east-1".to_owned(),
            service: "guardduty",
            operation: operation.to_owned(),
            input: json!({}),
        }
    }

    fn strikes(fault: serde_json::Value, calls: usize) -> Vec<bool> {
        let mut faults = Faults { random: Random::from_seed(7), ..Faults::default() };
        faults.add(serde_json::from_value(fault).unwrap());
        (0..calls).map(|_| faults.strike(&call("ListMembers")).is_some()).collect()
    }

    #[test]
    fn the_nth_call_fails_as_often_as_asked() {
        assert_eq!(strikes(json!({"kind": "drop", "nth": 2}), 4), [false, true, false, false]);
        assert_eq!(strikes(json!({"kind": "drop", "nth": 2, "times": 2}), 4), [false, true, true, false]);
        assert_eq!(strikes(json!({"kind": "drop", "operation": "GetDetector"}), 1), [false]);
        assert_eq!(strikes(json!({"kind": "drop", "region": "eu-west-1"}), 1), [false]);
    }

    #[test]
    fn a_probability_is_kept_and_repeats_with_the_seed() {
        let fault = json!({"kind": "error", "probability": 0.2});
        let drawn = strikes(fault.clone(), 1_000);
        let count = drawn.iter().filter(|struck| **struck).count();
        assert!((150..250).contains(&count), "{count}");
        assert_eq!(strikes(fault, 1_000), drawn);
    }

    #[test]
    fn a_fault_that_could_never_strike_is_a_mistake() {
        let read = |service: &str, operation: &str| {
            Fault::read(&json!({"kind": "unprocessed", "service": service, "operation": operation}))
        };
        assert!(read("guardduty", "CreateMembers").is_ok());
        assert!(read("inspector2", "BatchUpdateMemberEc2DeepInspectionStatus").is_ok());
        assert!(read("guardduty", "ListMembers").unwrap_err().contains("no list of accounts"));
        assert!(read("inspector2", "AssociateMember").is_err());
        assert!(Fault::read(&json!({"kind": "unprocessed", "service": "sts"})).is_err());
        assert_eq!(Fault::read(&json!({})), Err("`kind` is missing".to_owned()));
    }

    #[test]
    fn a_code_brings_the_status_of_the_model() {
        let fault = Fault { code: Some("ServiceQuotaExceededException".to_owned()), ..Fault::default() };
        assert_eq!(fault.refusal("inspector2").status, 402);
        assert_eq!(Fault::default().refusal("guardduty").code, "InternalServerErrorException");
    }
}
