//! One call for one target: re-asserts it, keeps the result for the report, and says what comes next. I/O: AWS, S3.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rollcall_core::{
    AccountId, Outcome, Region, RegionStatus, ServiceError,
    sweep::{Calls, FORMAT, RegionAnswers, Survey, SweepRun, TargetResult, keys, next},
};
use rollcall_runtime::{Fault, Invocation, Refusal, Session, Summary, Surveyed};
use rollcall_stack::Bucket;

use crate::input::Input;

pub(crate) async fn reassert(session: &Session, input: &Input, invocation: &Invocation) -> Result<Summary, Fault> {
    let Some(run) = &input.run else { return Ok(call(session, input, None, invocation).await?.0) };
    let bucket = session.bucket()?;
    let surveyed = load(&bucket, run, input.entry.spec.id.as_str(), &input.region).await?;
    let (summary, result) = call(session, input, Some(&surveyed), invocation).await?;
    keep(&bucket, result).await?;
    Ok(summary)
}

/// What the run surveyed, members' status in the region where that differs, and what may be reduced.
async fn load(bucket: &Bucket, run: &SweepRun, service: &str, region: &Region) -> Result<Surveyed, Fault> {
    let (survey_key, region_key) = (keys::survey(&run.id), keys::region(&run.id, region));
    let survey: Option<Survey> = bucket.get(&survey_key).await?;
    let survey = survey.ok_or_else(|| Fault::input(format!("there is no {survey_key} in the bucket; survey first")))?;
    if survey.format != FORMAT {
        return Err(Fault::input(format!("{survey_key} has format {}, this version reads {FORMAT}", survey.format)));
    }
    let regions: BTreeMap<AccountId, RegionStatus> = if survey.opt_in_regions().contains(region) {
        bucket.get::<RegionAnswers>(&region_key).await?.unwrap_or_default().by_account()
    } else {
        BTreeMap::new()
    };
    // Whole, not as the coverage document has it: that names only the first of very many accounts.
    let listed = match survey.listed_by(service, region) {
        Some(run) => bucket.get::<TargetResult>(&keys::target(run, service, region)).await?,
        None => None,
    };
    Ok(Surveyed::new(survey, regions, listed.map(|result| result.listed())))
}

async fn call(
    session: &Session,
    input: &Input,
    surveyed: Option<&Surveyed>,
    invocation: &Invocation,
) -> Result<(Summary, Option<TargetResult>), Fault> {
    let (entry, region) = (input.entry, &input.region);
    match session.reassert(entry, region, surveyed, &invocation.deadline).await {
        Ok((report, mode)) => {
            let mut summary = Summary::new(&report, mode, invocation.details.clone());
            decide(session, input, &mut summary, false);
            let result = surveyed.map(|Surveyed { survey, .. }| {
                TargetResult::new(&report, survey.run.clone(), mode, Timestamp::now()).surveyed(survey)
            });
            Ok((summary, result))
        }
        Err(Refusal::Call(error)) => {
            let message = not_looked_at(&error);
            let (service, region_name) = (entry.spec.id.as_str(), region.as_str());
            tracing::error!(service, region = region_name, "{message}");
            let mode = session.configuration.mode;
            let mut summary = Summary::failed(entry.spec.id, region, mode, message.clone(), invocation.details.clone());
            decide(session, input, &mut summary, error.class.is_denial());
            let result = surveyed.map(|Surveyed { survey, member_regions, .. }| {
                TargetResult::not_observed(survey, service, region, member_regions, message, Timestamp::now())
            });
            Ok((summary, result))
        }
        Err(refusal @ (Refusal::Configuration(_) | Refusal::Policy(_))) => Err(refusal.into()),
    }
}

fn not_looked_at(error: &ServiceError) -> String {
    let hint = if error.class.is_denial() { "; check the roles that the configuration names" } else { "" };
    format!("the target was not looked at: {error}{hint}")
}

/// Says in the summary what the state machine does next.
fn decide(session: &Session, input: &Input, summary: &mut Summary, refused: bool) {
    let mut calls = input.previous.map(|previous| previous.calls).unwrap_or_default();
    let coverage = (input.previous.map(|previous| previous.memberships), summary.memberships);
    summary.next = next(&mut calls, summary.mode, summary.outcome, coverage, summary.actions.applied, refused);
    summary.wait_seconds = session.configuration.wait_seconds * Calls::wait_factor(&calls);
    summary.calls = calls;
}

/// Keeps the result, with what earlier calls of the run changed.
async fn keep(bucket: &Bucket, result: Option<TargetResult>) -> Result<(), Fault> {
    let Some(mut result) = result else { return Ok(()) };
    let key = keys::target(&result.run.id, &result.service, &result.region);
    // Also of a call whose answer was lost: what it changed would not be told otherwise.
    if let Some(earlier) = bucket.get::<TargetResult>(&key).await? {
        // A failed look keeps what an earlier call of the run has seen.
        let unseen = result.outcome == Outcome::Failed && result.error.is_some() && earlier.error.is_none();
        result = if unseen {
            TargetResult { error: result.error, outcome: Outcome::Failed, ..earlier }
        } else {
            result.after(earlier)
        };
    }
    Ok(bucket.put(&key, &result).await?)
}
