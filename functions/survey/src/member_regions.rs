//! Which opt-in regions are on for members: a share is asked in each sweep, and kept in the bucket. I/O: Account
//! Management, S3.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_aws::Organization;
use rollcall_core::sweep::{MemberRegions, Survey, keys};
use rollcall_runtime::{Deadline, Fault};
use rollcall_stack::Bucket;

use crate::paced::{Pace, Refreshed, ask};

/// Account Management answers five such questions a second, and as many at once. Source: AWS Account Management
/// reference guide, quotas.
const PACE: Pace = Pace { each: Duration::from_millis(220), burst: 4 };

/// Asks for what is due, keeps it, and hands it to the targets.
pub(crate) async fn refresh(
    organization: &Organization,
    bucket: &Bucket,
    survey: &Survey,
    deadline: &Deadline,
) -> Result<Refreshed, Fault> {
    let regions = survey.opt_in_regions();
    if regions.is_empty() {
        return Ok(Refreshed::NOTHING);
    }
    let accounts = survey.accounts_to_ask();
    let mut kept: MemberRegions = bucket.get_readable(keys::MEMBER_REGIONS).await?.0.unwrap_or_default();
    kept.retain(&accounts);
    let asked = kept.to_ask(&accounts, &regions, survey.run.started_at);
    let question = |account| organization.member_regions(account);
    let keep = |account, answer| kept.keep(account, Timestamp::now(), answer);
    let refreshed = ask("regions", asked, PACE, question, keep, deadline).await;
    bucket.put(keys::MEMBER_REGIONS, &kept).await?;
    for region in &regions {
        bucket.put(&keys::region(&survey.run.id, region), &kept.answers(&accounts, region)).await?;
    }
    Ok(refreshed)
}
