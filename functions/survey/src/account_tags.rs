//! The tags of accounts that rules of the policy ask for: a share is read in each sweep, and kept in the bucket. I/O:
//! Organizations, S3.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rollcall_aws::Organization;
use rollcall_core::{
    AccountId, Policy,
    sweep::{Kept, Survey, keys},
};
use rollcall_runtime::{Deadline, Fault};
use rollcall_stack::Bucket;

use crate::paced::{Pace, Refreshed, ask};

/// Organizations answers ten such questions a second. Source: Organizations user guide, quotas.
const PACE: Pace = Pace { each: Duration::from_millis(110), burst: 8 };

/// Tags that were seen longer ago say nothing any more: every account is read again within four sweeps, unless reading
/// fails.
const OLDEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// An account's tags, as far as rules ask for them: a key without a value is one that the account does not have.
type Tags = BTreeMap<String, Option<String>>;

/// Reads what is due, keeps it, and puts it into the survey. Accounts whose tags were never read stay undecided.
pub(crate) async fn refresh(
    organization: &Organization,
    bucket: &Bucket,
    policy: &Policy,
    survey: &mut Survey,
    deadline: &Deadline,
) -> Result<Refreshed, Fault> {
    let wanted: BTreeSet<&String> = policy.rules.iter().flat_map(|rule| rule.scope.tags.keys()).collect();
    if wanted.is_empty() {
        return Ok(Refreshed::NOTHING);
    }
    let working = survey.accounts.iter().filter(|(_, account)| account.works());
    let accounts: BTreeSet<AccountId> = working.map(|(id, _)| *id).collect();
    let mut kept: Kept<Tags> = bucket.get_readable(keys::ACCOUNT_TAGS).await?.0.unwrap_or_default();
    kept.retain(&accounts);
    let covers = |tags: &Tags| wanted.iter().all(|key| tags.contains_key(*key));
    let asked = kept.to_ask(&accounts, survey.run.started_at, covers, |_| false);
    let question = |account| organization.tags(account);
    let keep = |account, mut tags: BTreeMap<String, String>| {
        let tags = wanted.iter().map(|key| ((*key).clone(), tags.remove(*key))).collect();
        kept.keep(account, Timestamp::now(), tags);
    };
    let refreshed = ask("tags", asked, PACE, question, keep, deadline).await;
    bucket.put(keys::ACCOUNT_TAGS, &kept).await?;
    let oldest = survey.run.started_at.saturating_sub(OLDEST).unwrap_or(Timestamp::MIN);
    for (id, account) in &mut survey.accounts {
        let tags = kept.get_since(*id, oldest).filter(|tags| covers(tags));
        let present = |tags: &Tags| {
            let set = tags.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
            set.collect::<BTreeMap<String, String>>()
        };
        account.tags = tags.map(present);
    }
    Ok(refreshed)
}
