//! Members' opt-in regions, kept from sweep to sweep: Account Management tells five accounts a second, so that a
//! large organization is asked a share at a time. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Kept;
use crate::{AccountId, Region, RegionStatus};

/// What was seen of each account: the opt-in regions; the others are on for everyone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemberRegions(Kept<BTreeMap<Region, RegionStatus>>);

/// The accounts by their status in one opt-in region, as a target's run reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RegionAnswers(BTreeMap<RegionStatus, BTreeSet<AccountId>>);

impl MemberRegions {
    /// Keeps what an account was just seen to have.
    pub fn keep(&mut self, account: AccountId, at: Timestamp, regions: Vec<(Region, RegionStatus)>) {
        let opt_in = regions.into_iter().filter(|(_, status)| *status != RegionStatus::EnabledByDefault);
        self.0.keep(account, at, opt_in.collect());
    }

    /// Forgets accounts that are not among these.
    pub fn retain(&mut self, accounts: &BTreeSet<AccountId>) {
        self.0.retain(accounts);
    }

    /// Which of these accounts to ask now, with regard to these regions; see [`Kept::to_ask`].
    #[must_use]
    pub fn to_ask(
        &self,
        accounts: &BTreeSet<AccountId>,
        regions: &BTreeSet<Region>,
        since: Timestamp,
    ) -> Vec<AccountId> {
        let covers = |seen: &BTreeMap<Region, RegionStatus>| regions.iter().all(|region| seen.contains_key(region));
        self.0.to_ask(accounts, since, covers, |seen| changing(seen, regions))
    }

    /// These accounts by their status in a region, as far as it was seen.
    #[must_use]
    pub fn answers(&self, accounts: &BTreeSet<AccountId>, region: &Region) -> RegionAnswers {
        let mut answers = RegionAnswers::default();
        for account in accounts {
            let status = self.0.get(*account).and_then(|seen| seen.get(region));
            if let Some(status) = status {
                answers.0.entry(status.clone()).or_default().insert(*account);
            }
        }
        answers
    }
}

fn changing(seen: &BTreeMap<Region, RegionStatus>, regions: &BTreeSet<Region>) -> bool {
    let in_question = seen.iter().filter(|(region, _)| regions.contains(region)).map(|(_, status)| status);
    in_question
        .into_iter()
        .any(|status| matches!(status, RegionStatus::Enabling | RegionStatus::Disabling | RegionStatus::Unknown(_)))
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
        let due = seen(10_000, &RegionStatus::Enabled).to_ask(&accounts, &[region()].into(), at(200_000));
        assert_eq!((due.len(), due[0]), (2_500, id(9_999)));
        let few: BTreeSet<_> = (0..30).map(id).collect();
        let due = |since| seen(30, &RegionStatus::Enabled).to_ask(&few, &[region()].into(), at(since)).len();
        assert_eq!(due(200_000), 30, "a small organization is asked as a whole");
        assert_eq!(due(50_000), 0, "what was seen in this run is not asked again");
    }

    #[test]
    fn a_status_that_was_about_to_change_is_asked_first() {
        let mut kept = seen(2_000, &RegionStatus::Disabled);
        kept.keep(id(0), at(150_000), vec![(region(), RegionStatus::Enabling)]);
        let accounts: BTreeSet<_> = (0..2_000).map(id).collect();
        assert_eq!(kept.to_ask(&accounts, &[region()].into(), at(200_000))[0], id(0));
    }

    #[test]
    fn an_account_that_was_not_seen_or_seen_without_the_region_is_unseen() {
        let mut kept = seen(1, &RegionStatus::Disabled);
        let accounts: BTreeSet<_> = [id(0), id(1)].into();
        assert_eq!(kept.to_ask(&accounts, &[region()].into(), at(0)), [id(1)]);
        let new = "ap-new-1".parse().unwrap();
        assert_eq!(kept.to_ask(&accounts, &[region(), new].into(), at(0)), [id(0), id(1)]);
        kept.retain(&[id(1)].into());
        assert_eq!(kept.to_ask(&accounts, &[region()].into(), at(0)), [id(0), id(1)]);
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
