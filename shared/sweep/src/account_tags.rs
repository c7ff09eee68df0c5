//! The tags of accounts that rules of the policy ask for: a share is read in each sweep, the rest is remembered. I/O:
//! Organizations.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rollcall_aws::Organization;
use rollcall_core::{
    AccountId, Policy,
    sweep::{Kept, Survey},
};
use rollcall_runtime::Deadline;

use crate::paced::{Limit, Pace, Refreshed, ask};

/// Organizations answers ten such questions a second. Source: Organizations user guide, quotas.
const LIMIT: Limit = Limit { each: Duration::from_millis(110), burst: 8 };

/// Tags that were seen longer ago say nothing any more: every account is read again within four sweeps, unless reading
/// fails.
const OLDEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Accounts' tags, as far as rules ask for them: a key without a value is one that the account does not have.
pub type AccountTags = Kept<Tags>;

type Tags = BTreeMap<String, Option<String>>;

/// Reads what is due, remembers it in `kept`, and puts it into the survey. Accounts whose tags were never read stay
/// undecided.
pub async fn refresh_tags(
    organization: &Organization,
    kept: &mut AccountTags,
    policy: &Policy,
    survey: &mut Survey,
    pace: &Pace<'_>,
    deadline: &Deadline,
) -> Refreshed {
    let wanted = policy.tag_keys();
    if wanted.is_empty() {
        return Refreshed::NOTHING;
    }
    let working = survey.accounts.iter().filter(|(_, account)| account.works());
    let accounts: BTreeSet<AccountId> = working.map(|(id, _)| *id).collect();
    kept.retain(&accounts);
    let covers = |tags: &Tags| wanted.iter().all(|key| tags.contains_key(*key));
    let asked = kept.to_ask(&accounts, survey.run.started_at, covers, |_| false);
    let question = |account| organization.tags(account);
    let keep = |account, mut tags: BTreeMap<String, String>| {
        let tags = wanted.iter().map(|key| ((*key).to_owned(), tags.remove(*key))).collect();
        kept.keep(account, Timestamp::now(), tags);
    };
    let refreshed = ask("tags", asked, (LIMIT, pace), question, keep, deadline).await;
    let oldest = survey.run.started_at.saturating_sub(OLDEST).unwrap_or(Timestamp::MIN);
    for (id, account) in &mut survey.accounts {
        let tags = kept.get_since(*id, oldest).filter(|tags| covers(tags));
        let present = |tags: &Tags| {
            let set = tags.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
            set.collect::<BTreeMap<String, String>>()
        };
        account.tags = tags.map(present);
    }
    refreshed
}
