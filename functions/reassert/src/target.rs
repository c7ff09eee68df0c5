//! One call for one target: re-asserts it, keeps the result for the report, and says what comes next. I/O: AWS, S3.

use std::{collections::BTreeMap, sync::Arc};

use rollcall_core::{
    AccountId, Region, RegionStatus,
    sweep::{Calls, FORMAT, RegionAnswers, Survey, SweepRun, TargetResult, keys, next},
};
use rollcall_runtime::{Fault, Invocation, Session, Summary, Surveyed};
use rollcall_stack::Bucket;
use rollcall_sweep::{Looked, look};

use crate::input::Input;

pub(crate) async fn reassert(session: &Session, input: &Input, invocation: &Invocation) -> Result<Summary, Fault> {
    let Input { entry, region, .. } = input;
    let Some(run) = &input.run else {
        let looked = look(session, entry, region, None, &invocation.deadline).await?;
        return Ok(summary(session, input, &looked, invocation));
    };
    let bucket = session.bucket()?;
    let surveyed = load(&bucket, run, entry.spec.id.as_str(), region).await?;
    let looked = look(session, entry, region, Some(&surveyed), &invocation.deadline).await?;
    let summary = summary(session, input, &looked, invocation);
    keep(&bucket, looked.result(&surveyed)).await?;
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
    Ok(Surveyed::new(Arc::new(survey), regions, listed.map(|result| result.listed())))
}

/// What the state machine is told, with what it does next.
fn summary(session: &Session, input: &Input, looked: &Looked, invocation: &Invocation) -> Summary {
    let details = invocation.details.clone();
    let (mut summary, refused) = match looked {
        Looked::Yes(report, mode) => (Summary::new(report, *mode, details), false),
        Looked::No { message, refused, .. } => {
            let mode = session.configuration.mode;
            (Summary::failed(input.entry.spec.id, &input.region, mode, message.clone(), details), *refused)
        }
    };
    let mut calls = input.previous.map(|previous| previous.calls).unwrap_or_default();
    let coverage = (input.previous.map(|previous| previous.memberships), summary.memberships);
    summary.next = next(&mut calls, summary.mode, summary.outcome, coverage, summary.actions.applied, refused);
    summary.wait_seconds = session.configuration.wait_seconds * Calls::wait_factor(&calls);
    summary.calls = calls;
    summary
}

/// Keeps the result, with what earlier calls of the run changed.
async fn keep(bucket: &Bucket, mut result: TargetResult) -> Result<(), Fault> {
    let key = keys::target(&result.run.id, &result.service, &result.region);
    // Also of a call whose answer was lost: what it changed would not be told otherwise.
    if let Some(earlier) = bucket.get::<TargetResult>(&key).await? {
        result = result.after(earlier);
    }
    Ok(bucket.put(&key, &result).await?)
}
