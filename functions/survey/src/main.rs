//! Lambda function: the sweep's first step. Lists the organization, its prerequisites and the targets, once, into the
//! bucket. Input: the execution; output: the targets. I/O: Lambda, AWS, the bucket.

mod input;

use rollcall_aws::Organization;
use rollcall_core::{
    Mode, Policy,
    sweep::{CoverageDocument, MemberRegions, Survey, keys},
};
use rollcall_runtime::{Fault, Invocation, Session, metric, serve};
use rollcall_stack::Bucket;
use rollcall_sweep::{AccountTags, Pace, Refreshed, refresh_regions, refresh_tags};
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
    let (mut survey, policy) = match known(&bucket, &input).await? {
        Some(survey) => {
            let policy = session.pinned_policy(&survey.policy)?;
            (survey, policy)
        }
        None => Box::pin(listed(session, &organization, &bucket, &input, &invocation)).await?,
    };
    let tags = tags(&organization, &bucket, &policy, &mut survey, &invocation).await?;
    let regions = regions(&organization, &bucket, &survey, &invocation).await?;
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
    organization: &Organization,
    bucket: &Bucket,
    input: &Input,
    invocation: &Invocation,
) -> Result<(Survey, Policy), Fault> {
    let policy = session.policy().await?;
    // The alarm on policies that cannot be used goes back with the first one that can.
    metric("InvalidPolicies", 0);
    let extent = (&input.run, input.regions.as_ref());
    let surveyed = rollcall_sweep::survey(session, organization, extent, &policy, &invocation.deadline);
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
        survey.check_limits(latest.as_ref(), enrolments, policy.policy.max_reductions);
    }
    for breaker in &survey.breakers {
        tracing::error!(run.id = %survey.run.id, outcome = "breaker", "{breaker}");
    }
    Ok((survey, policy.policy))
}

/// Refreshes the tags that are kept in the bucket, where the policy asks for any.
async fn tags(
    organization: &Organization,
    bucket: &Bucket,
    policy: &Policy,
    survey: &mut Survey,
    invocation: &Invocation,
) -> Result<Refreshed, Fault> {
    if policy.tag_keys().is_empty() {
        return Ok(Refreshed::NOTHING);
    }
    let mut kept: AccountTags = bucket.get_readable(keys::ACCOUNT_TAGS).await?.0.unwrap_or_default();
    let refreshed = refresh_tags(organization, &mut kept, policy, survey, &Pace::LIMITED, &invocation.deadline).await;
    bucket.put(keys::ACCOUNT_TAGS, &kept).await?;
    Ok(refreshed)
}

/// Refreshes the members' regions that are kept in the bucket, and hands them to the targets.
async fn regions(
    organization: &Organization,
    bucket: &Bucket,
    survey: &Survey,
    invocation: &Invocation,
) -> Result<Refreshed, Fault> {
    let regions = survey.opt_in_regions();
    if regions.is_empty() {
        return Ok(Refreshed::NOTHING);
    }
    let mut kept: MemberRegions = bucket.get_readable(keys::MEMBER_REGIONS).await?.0.unwrap_or_default();
    let refreshed = refresh_regions(organization, &mut kept, survey, &Pace::LIMITED, &invocation.deadline).await;
    bucket.put(keys::MEMBER_REGIONS, &kept).await?;
    let accounts = survey.accounts_to_ask();
    for region in &regions {
        bucket.put(&keys::region(&survey.run.id, region), &kept.answers(&accounts, region)).await?;
    }
    Ok(refreshed)
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
