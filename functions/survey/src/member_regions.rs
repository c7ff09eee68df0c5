//! Which opt-in regions are on for members: asked at the rate that Account Management allows, a share in each sweep,
//! and kept in the bucket. I/O: Account Management, S3.

use std::{collections::BTreeSet, time::Duration};

use futures::{StreamExt, stream};
use jiff::Timestamp;
use rollcall_aws::Organization;
use rollcall_core::{
    AccountId, ErrorClass,
    sweep::{MemberRegions, Survey, keys},
};
use rollcall_runtime::{Deadline, Fault};
use rollcall_stack::Bucket;

/// Account Management answers five such questions a second, and as many at once: a little less leaves room for the
/// event functions. Source: AWS Account Management reference guide, quotas.
const PACE: Duration = Duration::from_millis(220);
const BURST: u32 = 4;

/// So many refusals in a row mean that nobody's regions may be read.
const REFUSALS: usize = 3;

/// What came of asking.
#[derive(Debug)]
pub(crate) struct Refreshed {
    /// Whether all that was due could be asked in time.
    pub(crate) complete: bool,
    /// What an operator should know.
    pub(crate) remark: Option<String>,
}

/// Asks for what is due, keeps it, and hands it to the targets.
pub(crate) async fn refresh(
    organization: &Organization,
    bucket: &Bucket,
    survey: &Survey,
    deadline: &Deadline,
) -> Result<Refreshed, Fault> {
    let regions = survey.opt_in_regions();
    if regions.is_empty() {
        return Ok(Refreshed { complete: true, remark: None });
    }
    let accounts = survey.accounts_to_ask();
    let mut kept: MemberRegions = bucket.get_readable(keys::MEMBER_REGIONS).await?.0.unwrap_or_default();
    kept.retain(&accounts);
    let unseen = kept.unseen(&accounts, &regions);
    let due = kept.due(&accounts, &regions, survey.run.started_at);
    let asked: Vec<AccountId> = unseen.into_iter().chain(due).collect();
    let refreshed = ask(organization, asked, &mut kept, deadline).await;
    bucket.put(keys::MEMBER_REGIONS, &kept).await?;
    for region in &regions {
        bucket.put(&keys::region(&survey.run.id, region), &kept.answers(&accounts, region)).await?;
    }
    Ok(refreshed)
}

/// Asks for accounts until time is up, or nobody's regions may be read.
async fn ask(
    organization: &Organization,
    accounts: Vec<AccountId>,
    kept: &mut MemberRegions,
    deadline: &Deadline,
) -> Refreshed {
    let mut left: BTreeSet<AccountId> = accounts.iter().copied().collect();
    let start = tokio::time::Instant::now();
    let answers = stream::iter(accounts.into_iter().zip(0_u32..)).map(|(account, number)| async move {
        tokio::time::sleep_until(start + PACE * number.saturating_sub(BURST - 1)).await;
        (account, organization.member_regions(account).await)
    });
    // Twice the burst, so that slow answers do not hold the pace back.
    let answers = answers.buffer_unordered(2 * BURST as usize);
    let mut answers = Box::pin(answers.take_until(deadline.end.clone()));
    let (mut refused, mut unread, mut last) = (0, 0, None);
    while let Some((account, answer)) = answers.next().await {
        let error = match answer {
            Ok(regions) => {
                left.remove(&account);
                refused = 0;
                kept.keep(account, Timestamp::now(), regions);
                continue;
            }
            Err(error) => error,
        };
        tracing::warn!(account.id = %account, "the regions of {account} could not be read: {error}");
        // What passes is asked again by the next call.
        if error.class.may_pass() {
            continue;
        }
        refused += usize::from(error.class == ErrorClass::Denied);
        left.remove(&account);
        (unread, last) = (unread + 1, Some(error));
        if refused == REFUSALS {
            left.clear();
            break;
        }
    }
    let remark = last.map(|error| {
        format!("the regions of {unread} accounts could not be read; their targets ask for them anew: {error}")
    });
    Refreshed { complete: left.is_empty(), remark }
}
