//! Which opt-in regions are on for members: a share is asked in each sweep, the rest is remembered. I/O: Account
//! Management.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_aws::Organization;
use rollcall_core::sweep::{MemberRegions, Survey};
use rollcall_runtime::Deadline;

use crate::paced::{Limit, Pace, Refreshed, ask};

/// Account Management answers five such questions a second, and as many at once. Source: AWS Account Management
/// reference guide, quotas.
const LIMIT: Limit = Limit { each: Duration::from_millis(220), burst: 4 };

/// Asks for what is due, and remembers it in `kept`.
pub async fn refresh_regions(
    organization: &Organization,
    kept: &mut MemberRegions,
    survey: &Survey,
    pace: &Pace<'_>,
    deadline: &Deadline,
) -> Refreshed {
    let regions = survey.opt_in_regions();
    if regions.is_empty() {
        return Refreshed::NOTHING;
    }
    let accounts = survey.accounts_to_ask();
    kept.retain(&accounts);
    let asked = kept.to_ask(&accounts, &regions, survey.run.started_at);
    let question = |account| organization.member_regions(account);
    let keep = |account, answer| kept.keep(account, Timestamp::now(), answer);
    ask("regions", asked, (LIMIT, pace), question, keep, deadline).await
}
