//! Reads what a run left in the bucket, and writes the coverage documents. I/O: S3.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use rollcall_core::{
    AccountId, Outcome, Region, RegionStatus, ServiceError,
    sweep::{CoverageDocument, FORMAT, RegionAnswers, Survey, TargetEnd, TargetResult, keys},
};
use rollcall_runtime::Fault;
use rollcall_stack::{Bucket, Version};

use crate::input::Input;

/// So many documents are read at a time.
const READS: usize = 16;

/// So often the newest document is read again when another run wrote it meanwhile.
const TRIES: usize = 10;

/// The newest document, as it was and as it is.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) before: Option<CoverageDocument>,
    pub(crate) after: CoverageDocument,
    /// Which writing of the newest document `after` is; `None` where a newer run's is there.
    pub(crate) written: Option<Version>,
}

/// The document of the run alone.
pub(crate) async fn of_run(bucket: &Bucket, input: &Input, now: Timestamp) -> Result<CoverageDocument, Fault> {
    let key = keys::survey(&input.run.id);
    let survey: Option<Survey> = bucket.get(&key).await?;
    let survey = survey.ok_or_else(|| Fault::input(format!("there is no {key} in the bucket; survey first")))?;
    let results = stream::iter(survey.targets())
        .map(|(service, region)| result(bucket, &survey, service, region, &input.ends))
        .buffer_unordered(READS)
        .try_collect()
        .await?;
    Ok(CoverageDocument::of_run(&survey, results, now))
}

/// What a target came to: what its last call kept, with the error that came after it.
async fn result(
    bucket: &Bucket,
    survey: &Survey,
    service: &str,
    region: &Region,
    ends: &[TargetEnd],
) -> Result<TargetResult, ServiceError> {
    let end = ends.iter().find(|end| end.service == service && end.region == *region);
    let error = match end {
        Some(end) => end.told(),
        None => Some("the state machine did not get to it".to_owned()),
    };
    let kept: Option<TargetResult> = bucket.get(&keys::target(&survey.run.id, service, region)).await?;
    if let Some(kept) = kept {
        let Some(error) = error else { return Ok(kept) };
        return Ok(TargetResult { outcome: Outcome::Failed, error: Some(error), ..kept });
    }
    let error = error.unwrap_or_else(|| "its result is not in the bucket".to_owned());
    let regions = member_regions(bucket, survey, region).await?;
    // A report that is made once more says the same.
    Ok(TargetResult::not_observed(survey, service, region, &regions, error, survey.run.started_at))
}

async fn member_regions(
    bucket: &Bucket,
    survey: &Survey,
    region: &Region,
) -> Result<BTreeMap<AccountId, RegionStatus>, ServiceError> {
    if !survey.opt_in_regions().contains(region) {
        return Ok(BTreeMap::new());
    }
    let answers: Option<RegionAnswers> = bucket.get(&keys::region(&survey.run.id, region)).await?;
    Ok(answers.unwrap_or_default().by_account())
}

/// Writes the run's document and, where nothing newer is there, the newest one.
pub(crate) async fn publish(bucket: &Bucket, own: CoverageDocument) -> Result<Documents, Fault> {
    for _ in 0..TRIES {
        let (found, version) = bucket.get_readable::<CoverageDocument>(keys::LATEST).await?;
        let found = found.filter(|found| found.format == FORMAT);
        let before = Box::pin(before(bucket, found, &own)).await?;
        let merged = own.clone().merged_into(before.clone());
        // An older run does not overwrite a newer one's.
        let Some(after) = merged else {
            bucket.put(&keys::coverage(&own.run.id), &own).await?;
            return Ok(Documents { before, after: own, written: None });
        };
        bucket.put(&keys::coverage(&own.run.id), &after).await?;
        let written = bucket.replace(keys::LATEST, &after, version.as_ref()).await?;
        if written.is_some() {
            return Ok(Documents { before, after, written });
        }
    }
    let message = format!("{} was written by others {TRIES} times in a row; try again", keys::LATEST);
    Err(Fault { kind: "CallFailed", message })
}

/// The document before this run's. Where the newest is this run's own, since the report is made once more, it is the
/// one that it names.
async fn before(
    bucket: &Bucket,
    found: Option<CoverageDocument>,
    own: &CoverageDocument,
) -> Result<Option<CoverageDocument>, ServiceError> {
    match found {
        Some(found) if found.run.id == own.run.id => match &found.previous {
            Some(previous) => bucket.get(&keys::coverage(previous)).await,
            None => Ok(None),
        },
        found => Ok(found),
    }
}
