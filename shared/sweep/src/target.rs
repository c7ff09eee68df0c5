//! One call's worth of work on one target, and the result that the coverage document is made from. I/O: AWS.

use jiff::Timestamp;
use rollcall_core::{Mode, Region, ServiceError, TargetReport, sweep::TargetResult};
use rollcall_runtime::{Deadline, Entry, Refusal, Session, Surveyed};

/// What came of a call.
#[derive(Debug)]
pub enum Looked {
    /// The target was looked at, in this mode.
    Yes(Box<TargetReport>, Mode),
    /// It could not be looked at.
    No {
        /// The service's id.
        service: &'static str,
        /// The region.
        region: Region,
        /// Why, and what to do.
        message: String,
        /// Whether a person must act before another call can help.
        refused: bool,
    },
}

/// Re-asserts a target, with what was surveyed where that is there. An error is about the configuration or the policy:
/// no target can be looked at.
pub async fn look(
    session: &Session,
    entry: &'static Entry,
    region: &Region,
    surveyed: Option<&Surveyed>,
    deadline: &Deadline,
) -> Result<Looked, Refusal> {
    match session.reassert(entry, region, surveyed, deadline).await {
        Ok((report, mode)) => Ok(Looked::Yes(Box::new(report), mode)),
        Err(Refusal::Call(error)) => {
            let (service, message) = (entry.spec.id.as_str(), not_looked_at(&error));
            tracing::error!(service, region = region.as_str(), "{message}");
            Ok(Looked::No { service, region: region.clone(), message, refused: error.class.is_denial() })
        }
        Err(refusal @ (Refusal::Configuration(_) | Refusal::Policy(_) | Refusal::NotGoverned(_))) => Err(refusal),
    }
}

fn not_looked_at(error: &ServiceError) -> String {
    let hint = if error.class.is_denial() { "; check the roles that the configuration names" } else { "" };
    format!("the target was not looked at: {error}{hint}")
}

impl Looked {
    /// The target's result, as of now.
    #[must_use]
    pub fn result(&self, surveyed: &Surveyed) -> TargetResult {
        let (survey, now) = (&surveyed.survey, Timestamp::now());
        match self {
            Self::Yes(report, mode) => TargetResult::new(report, survey.run.clone(), *mode, now).surveyed(survey),
            Self::No { service, region, message, .. } => {
                TargetResult::not_observed(survey, service, region, &surveyed.member_regions, message.clone(), now)
            }
        }
    }
}
