//! Lambda function: the sweep's first step. Lists the organization, its prerequisites and the targets, once, into the
//! bucket. Input: the execution; output: the targets. I/O: Lambda, AWS, the bucket.

mod account_tags;
mod input;
mod listing;
mod member_regions;
mod organization_policies;
mod paced;

use rollcall_core::{
    Mode,
    sweep::{Breaker, CoverageDocument, Survey, keys},
};
use rollcall_runtime::{Fault, Invocation, Session, metric, serve};
use rollcall_stack::Bucket;
use serde::Serialize;

use input::Input;

/// So often a survey goes on where it stopped, before the sweep starts with what is known.
const MOST_CALLS: u32 = 12;

/// What the state machine goes on with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    outcome: &'static str,
    calls: u32,
    run: rollcall_core::sweep::SweepRun,
    mode: Mode,
    accounts: usize,
    targets: Vec<Target>,
    concurrency: usize,
}

#[derive(Debug, Serialize)]
struct Target {
    service: String,
    region: String,
}

fn main() -> Result<(), lambda_runtime::Error> {
    serve("survey", async |session, invocation| Box::pin(survey(session, invocation)).await)
}

async fn survey(session: &Session, invocation: Invocation) -> Result<Output, Fault> {
    let input = Input::read(&invocation.payload)?;
    let bucket = session.bucket()?;
    let organization = session.organization_of_management();
    let mut survey = match known(&bucket, &input).await? {
        Some(survey) => survey,
        None => Box::pin(listed(session, &organization, &bucket, &input, &invocation)).await?,
    };
    let policy = session.pinned_policy(&survey.policy)?;
    let tags = account_tags::refresh(&organization, &bucket, &policy, &mut survey, &invocation.deadline).await?;
    let regions = member_regions::refresh(&organization, &bucket, &survey, &invocation.deadline).await?;
    let complete = tags.complete && regions.complete;
    survey.remarks.extend(tags.remark.into_iter().chain(regions.remark));
    bucket.put(&keys::survey(&survey.run.id), &survey).await?;
    let calls = input.calls + 1;
    let outcome = if complete || calls >= MOST_CALLS { "ready" } else { "unfinished" };
    let output = output(session, &survey, outcome, calls);
    let (accounts, targets) = (output.accounts, output.targets.len());
    tracing::info!(run.id = %survey.run.id, outcome, accounts, targets, "surveyed {accounts} accounts: {targets} targets");
    Ok(output)
}

/// What an earlier call of the same execution surveyed: nothing is listed twice.
async fn known(bucket: &Bucket, input: &Input) -> Result<Option<Survey>, Fault> {
    if input.calls == 0 {
        return Ok(None);
    }
    Ok(bucket.get(&keys::survey(&input.run.id)).await?)
}

async fn listed(
    session: &Session,
    organization: &rollcall_aws::Organization,
    bucket: &Bucket,
    input: &Input,
    invocation: &Invocation,
) -> Result<Survey, Fault> {
    let policy = session.policy().await?;
    // The alarm on policies that cannot be used goes back with the first one that can.
    metric("InvalidPolicies", 0);
    let surveyed = listing::survey(session, organization, input, &policy, &invocation.deadline);
    let mut survey = Box::pin(surveyed).await?;
    let (latest, _) = bucket.get_readable::<CoverageDocument>(keys::LATEST).await?;
    if let Some(latest) = &latest {
        survey.carry_over(latest);
        if survey.policy.text.is_none() && !matches!(latest.policy.as_str(), "" | "built-in") {
            let gone = format!("{} is not there any more: the built-in default holds", keys::POLICY);
            survey.remarks.insert(gone);
        }
    }
    if survey.mode == Mode::Apply {
        // The stack and the policy may both set a limit: the lower one counts.
        let limits = [session.configuration.max_enrolments, policy.policy.max_enrolments];
        let enrolments = limits.into_iter().flatten().min();
        survey.breakers.extend(Breaker::of_enrolments(&survey, latest.as_ref(), enrolments));
        match policy.policy.max_reductions {
            // Reductions are switched off: that is no breaker which trips.
            Some(0) => survey.reduce_nothing(),
            limit => survey.breakers.extend(Breaker::of_reductions(&survey, limit)),
        }
    }
    for breaker in &survey.breakers {
        tracing::error!(run.id = %survey.run.id, outcome = "breaker", "{breaker}");
    }
    Ok(survey)
}

fn output(session: &Session, survey: &Survey, outcome: &'static str, calls: u32) -> Output {
    let target = |(service, region): (&str, &rollcall_core::Region)| Target {
        service: service.to_owned(),
        region: region.to_string(),
    };
    Output {
        outcome,
        calls,
        run: survey.run.clone(),
        mode: survey.mode,
        accounts: survey.accounts.len(),
        targets: survey.targets().map(target).collect(),
        concurrency: session.configuration.targets_at_once,
    }
}
