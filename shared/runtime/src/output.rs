//! What a function tells the state machine: small, with where the details are. No I/O.

use std::env;

use rollcall_core::{
    Coverage, Mode, Outcome, Region, ServiceId, TargetReport,
    sweep::{Calls, Next},
};
use serde::Serialize;

/// The end of a run on one target.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The service.
    pub service: String,
    /// The region.
    pub region: String,
    /// Whether anything was changed.
    pub mode: Mode,
    /// How the run ended.
    pub outcome: Outcome,
    /// The memberships by state.
    pub memberships: Coverage,
    /// The actions.
    pub actions: Actions,
    /// How often the target was called in this sweep, and how that went.
    pub calls: Calls,
    /// What the state machine does next.
    pub next: Next,
    /// How long it waits before that, where it waits.
    pub wait_seconds: u32,
    /// Why nothing could be looked at, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Where the details are.
    pub details: Details,
}

/// How many actions there were.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Actions {
    /// In the first plan, with what was predicted.
    pub planned: usize,
    /// Applied, and every account was served.
    pub applied: usize,
    /// Failed, for all accounts or for some.
    pub failed: usize,
}

/// Where the run's log lines are.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// CloudWatch log group.
    pub log_group: String,
    /// CloudWatch log stream.
    pub log_stream: String,
    /// The invocation.
    pub request_id: String,
}

impl Details {
    /// The details of this invocation, from the variables that Lambda sets.
    #[must_use]
    pub fn of_invocation(request_id: &str) -> Self {
        let variable = |name: &str| env::var(name).unwrap_or_default();
        Self {
            log_group: variable("AWS_LAMBDA_LOG_GROUP_NAME"),
            log_stream: variable("AWS_LAMBDA_LOG_STREAM_NAME"),
            request_id: request_id.to_owned(),
        }
    }
}

impl Summary {
    /// Summarizes a report.
    #[must_use]
    pub fn new(report: &TargetReport, mode: Mode, details: Details) -> Self {
        let failed = report.failed();
        Self {
            service: report.target.service.to_string(),
            region: report.target.region.to_string(),
            mode,
            outcome: report.outcome,
            memberships: report.coverage(),
            actions: Actions {
                planned: report.plan.as_ref().map_or(0, |plan| plan.actions.len()),
                applied: report.attempts.len() - failed,
                failed,
            },
            calls: Calls::default(),
            next: Next::Done,
            wait_seconds: 0,
            error: None,
            details,
        }
    }

    /// Summarizes a run that ended before the target was looked at.
    #[must_use]
    pub fn failed(service: ServiceId, region: &Region, mode: Mode, error: String, details: Details) -> Self {
        Self {
            service: service.to_string(),
            region: region.to_string(),
            mode,
            outcome: Outcome::Failed,
            memberships: Coverage::default(),
            actions: Actions::default(),
            calls: Calls::default(),
            next: Next::Done,
            wait_seconds: 0,
            error: Some(error),
            details,
        }
    }
}
