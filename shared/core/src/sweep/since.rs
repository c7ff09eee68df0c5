//! Since when accounts are in their state for their reason, by difference with the document before. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Gap, TargetResult};
use crate::{AccountId, State};

/// The target with each gap told since when it is so. What was in the same state for the same reason code in the result
/// before stays as old as it was; all else is so since `at`. What is told already stays.
///
/// Of what is not applicable it is not told: nobody waits for it, and an organization that grows would have one gap more
/// for each sweep in each region that new accounts have off.
pub(super) fn dated(target: TargetResult, before: Option<&TargetResult>, at: Timestamp) -> TargetResult {
    let known = before.map(TargetResult::by_account).unwrap_or_default();
    let since = |account: &AccountId, gap: &Gap| {
        let same = known.get(account).filter(|known| known.state == gap.state && known.reason == gap.reason);
        // A document of a version that did not tell: it was so at the latest when it was seen.
        let seen = before.map_or(at, |before| before.observed_at);
        same.map_or(at, |known| known.since.unwrap_or(seen))
    };
    let mut groups: BTreeMap<(State, String, String, Option<Timestamp>), BTreeSet<AccountId>> = BTreeMap::new();
    for gap in &target.gaps {
        for account in &gap.accounts {
            let told = gap.state != State::NotApplicable;
            let since = told.then(|| gap.since.unwrap_or_else(|| since(account, gap)));
            let key = (gap.state, gap.reason.clone(), gap.sentence.clone(), since);
            groups.entry(key).or_default().insert(*account);
        }
    }
    let gap = |((state, reason, sentence, since), accounts)| Gap { state, reason, sentence, since, accounts };
    TargetResult { gaps: groups.into_iter().map(gap).collect(), ..target }
}
