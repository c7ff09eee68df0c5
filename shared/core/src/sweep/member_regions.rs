//! Members' opt-in regions, kept from sweep to sweep: Account Management tells five accounts a second, so that a
//! large organization is asked a share at a time. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Region, RegionStatus};

/// At least so many accounts are asked again in one sweep, the longest not seen first.
const SHARE: usize = 500;

/// Every account is asked again within so many sweeps.
const SWEEPS: usize = 4;

/// What was seen of each account, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MemberRegions {
    accounts: BTreeMap<AccountId, Seen>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    at: Timestamp,
    /// The opt-in regions; the others are on for everyone.
    regions: BTreeMap<Region, RegionStatus>,
}

/// The accounts by their status in one opt-in region, as a target's run reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RegionAnswers(BTreeMap<RegionStatus, BTreeSet<AccountId>>);

impl MemberRegions {
    /// Keeps what an account was just seen to have.
    pub fn keep(&mut self, account: AccountId, at: Timestamp, regions: Vec<(Region, RegionStatus)>) {
        let opt_in = regions.into_iter().filter(|(_, status)| *status != RegionStatus::EnabledByDefault);
        self.accounts.insert(account, Seen { at, regions: opt_in.collect() });
    }

    /// Forgets accounts that are not among these.
    pub fn retain(&mut self, accounts: &BTreeSet<AccountId>) {
        self.accounts.retain(|account, _| accounts.contains(account));
    }

    /// Which of these accounts nothing was ever seen of, with regard to these regions.
    #[must_use]
    pub fn unseen(&self, accounts: &BTreeSet<AccountId>, regions: &BTreeSet<Region>) -> Vec<AccountId> {
        accounts.iter().filter(|account| !self.covers(**account, regions)).copied().collect()
    }

    /// Which of these accounts to ask again now, with regard to these regions: those whose status was about to change,
    /// then the longest not seen, a share of all. Only what was last seen before `since` counts.
    #[must_use]
    pub fn due(&self, accounts: &BTreeSet<AccountId>, regions: &BTreeSet<Region>, since: Timestamp) -> Vec<AccountId> {
        let known = accounts.iter().filter_map(|account| Some((*account, self.accounts.get(account)?)));
        let known = known.filter(|(account, seen)| seen.at < since && self.covers(*account, regions));
        let mut due: Vec<(bool, Timestamp, AccountId)> =
            known.map(|(account, seen)| (!seen.changing(regions), seen.at, account)).collect();
        due.sort_unstable();
        let changing = due.iter().take_while(|(steady, ..)| !steady).count();
        let share = accounts.len().div_ceil(SWEEPS).max(SHARE).max(changing);
        due.into_iter().take(share).map(|(.., account)| account).collect()
    }

    /// These accounts by their status in a region, as far as it was seen.
    #[must_use]
    pub fn answers(&self, accounts: &BTreeSet<AccountId>, region: &Region) -> RegionAnswers {
        let mut answers = RegionAnswers::default();
        for account in accounts {
            let status = self.accounts.get(account).and_then(|seen| seen.regions.get(region));
            if let Some(status) = status {
                answers.0.entry(status.clone()).or_default().insert(*account);
            }
        }
        answers
    }

    fn covers(&self, account: AccountId, regions: &BTreeSet<Region>) -> bool {
        let seen = self.accounts.get(&account);
        seen.is_some_and(|seen| regions.iter().all(|region| seen.regions.contains_key(region)))
    }
}

impl Seen {
    fn changing(&self, regions: &BTreeSet<Region>) -> bool {
        let in_question = self.regions.iter().filter(|(region, _)| regions.contains(region));
        in_question
            .map(|(_, status)| status)
            .any(|status| matches!(status, RegionStatus::Enabling | RegionStatus::Disabling | RegionStatus::Unknown(_)))
    }
}

impl RegionAnswers {
    /// The status by account.
    #[must_use]
    pub fn by_account(self) -> BTreeMap<AccountId, RegionStatus> {
        let pairs = self
            .0
            .into_iter()
            .flat_map(|(status, accounts)| accounts.into_iter().map(move |account| (account, status.clone())));
        pairs.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn region() -> Region {
        "ap-east-1".parse().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn seen(count: usize, status: &RegionStatus) -> MemberRegions {
        let mut kept = MemberRegions::default();
        // The higher the number, the longer ago.
        for (number, second) in (0..count).zip((0..=100_000).rev()) {
            kept.keep(id(number), at(second), vec![(region(), status.clone())]);
        }
        kept
    }

    #[test]
    fn every_account_is_asked_again_within_four_sweeps_the_longest_not_seen_first() {
        let accounts: BTreeSet<_> = (0..10_000).map(id).collect();
        let due = seen(10_000, &RegionStatus::Enabled).due(&accounts, &[region()].into(), at(200_000));
        assert_eq!((due.len(), due[0]), (2_500, id(9_999)));
        let few: BTreeSet<_> = (0..30).map(id).collect();
        let due = |since| seen(30, &RegionStatus::Enabled).due(&few, &[region()].into(), at(since)).len();
        assert_eq!(due(200_000), 30, "a small organization is asked as a whole");
        assert_eq!(due(50_000), 0, "what was seen in this run is not asked again");
    }

    #[test]
    fn a_status_that_was_about_to_change_is_asked_first() {
        let mut kept = seen(2_000, &RegionStatus::Disabled);
        kept.keep(id(0), at(150_000), vec![(region(), RegionStatus::Enabling)]);
        let accounts: BTreeSet<_> = (0..2_000).map(id).collect();
        assert_eq!(kept.due(&accounts, &[region()].into(), at(200_000))[0], id(0));
    }

    #[test]
    fn an_account_that_was_not_seen_or_seen_without_the_region_is_unseen() {
        let mut kept = seen(1, &RegionStatus::Disabled);
        let accounts: BTreeSet<_> = [id(0), id(1)].into();
        assert_eq!(kept.unseen(&accounts, &[region()].into()), [id(1)]);
        let new = "ap-new-1".parse().unwrap();
        assert_eq!(kept.unseen(&accounts, &[region(), new].into()), [id(0), id(1)]);
        kept.retain(&[id(1)].into());
        assert_eq!(kept.unseen(&accounts, &[region()].into()), [id(0), id(1)]);
    }

    #[test]
    fn answers_are_written_and_read_by_account() {
        let kept = seen(2, &RegionStatus::Disabled);
        let answers = kept.answers(&[id(0), id(1), id(2)].into(), &region());
        let text = serde_json::to_string(&answers).unwrap();
        assert_eq!(text, r#"{"DISABLED":["000000000000","000000000001"]}"#);
        let read: RegionAnswers = serde_json::from_str(&text).unwrap();
        assert_eq!(read.by_account(), [(id(0), RegionStatus::Disabled), (id(1), RegionStatus::Disabled)].into());
    }
}
