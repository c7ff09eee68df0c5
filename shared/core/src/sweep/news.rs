//! What a sweep changed for the world outside, by difference with the document before it. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{AccountCoverage, Change, Counts, CoverageDocument, TargetResult};
use crate::{AccountId, Mode, Outcome, Region};

/// So many accounts stand in one piece of news: it stays far below what EventBridge takes.
const ACCOUNTS_A_PIECE: usize = 100;

/// One custom event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", untagged)]
pub enum News {
    /// An account reached full enrolment.
    AccountEnrolled {
        /// The same for the same news, so that a repeated one can be told.
        id: String,
        /// The account.
        account: AccountId,
        /// Its memberships.
        memberships: usize,
        /// How long after it joined the organization the sweep saw it so.
        seconds_since_joined: Option<i64>,
    },
    /// What the document before showed as enrolled was found otherwise, and is again.
    DriftRepaired {
        /// The same for the same news.
        id: String,
        /// The service's id.
        service: String,
        /// The region.
        region: Region,
        /// The accounts; none where it was the organization's own configuration.
        accounts: Vec<AccountId>,
        /// What was done.
        changes: Vec<String>,
    },
    /// A sweep ended.
    SweepCompleted {
        /// The same for the same news.
        id: String,
        /// Whether it changed anything.
        mode: Mode,
        /// What is covered now.
        coverage: Counts,
        /// How many actions were applied.
        actions: usize,
        /// The targets that failed.
        failed: Vec<String>,
    },
}

impl News {
    /// EventBridge's `detail-type`.
    #[must_use]
    pub fn detail_type(&self) -> &'static str {
        match self {
            Self::AccountEnrolled { .. } => "Account Enrolled",
            Self::DriftRepaired { .. } => "Drift Repaired",
            Self::SweepCompleted { .. } => "Sweep Completed",
        }
    }
}

/// The news of a document's own run, against the document before it. The first document has no news of accounts.
#[must_use]
pub fn news(before: Option<&CoverageDocument>, after: &CoverageDocument) -> Vec<News> {
    let mut news = Vec::new();
    // What a narrowed run saw says nothing of the rest.
    if let Some(before) = before.filter(|before| before.full_run.is_some()) {
        news.extend(enrolled(before, after));
        news.extend(after.own_targets().flat_map(|target| repaired(before, after, target)));
    }
    news.push(News::SweepCompleted {
        id: format!("{}/sweep-completed", after.run.id),
        mode: after.mode,
        coverage: after.totals,
        actions: actions(after),
        failed: after.failures_of_run().collect(),
    });
    news
}

/// How many kinds of change succeeded in the document's own run, each for the organization or for an account.
#[must_use]
pub fn actions(document: &CoverageDocument) -> usize {
    document
        .own_targets()
        .flat_map(|target| &target.changes)
        .filter(|change| change.succeeded())
        .map(|change| change.count.max(1))
        .sum()
}

fn enrolled(before: &CoverageDocument, after: &CoverageDocument) -> Vec<News> {
    let newly = after.accounts.iter().filter(|(id, account)| {
        // What only could not be looked at for a sweep was not enrolled anew.
        let was = before.accounts.get(id).is_some_and(AccountCoverage::lacks_nothing_known);
        account.is_fully_enrolled() && !was
    });
    let piece = newly.map(|(id, account)| News::AccountEnrolled {
        id: format!("{}/account-enrolled/{id}", after.run.id),
        account: *id,
        memberships: account.memberships.enrolled,
        seconds_since_joined: account.joined.map(|joined| after.ended_at.as_second() - joined.as_second()),
    });
    piece.collect()
}

/// What was repaired of a target: by account, and of the organization's own configuration.
fn repaired(before: &CoverageDocument, after: &CoverageDocument, target: &TargetResult) -> Vec<News> {
    let Some(known) = before.target(&target.service, &target.region) else { return Vec::new() };
    // What another policy asks for is no drift.
    if known.policy != target.policy {
        return Vec::new();
    }
    let was_settled = matches!(known.outcome, Outcome::Converged | Outcome::Pending | Outcome::Blocked);
    let (gaps_before, gaps_after) = (known.by_account(), target.by_account());
    let repaired = |account: &AccountId| {
        before.accounts.contains_key(account) && !gaps_before.contains_key(account) && !gaps_after.contains_key(account)
    };
    let mut by_account: BTreeMap<AccountId, BTreeSet<&str>> = BTreeMap::new();
    let mut of_all: BTreeSet<&str> = BTreeSet::new();
    for Change { what, count, accounts, .. } in
        target.changes.iter().filter(|change| change.succeeded() && !change.reduces)
    {
        for account in accounts.iter().filter(|account| repaired(account)) {
            by_account.entry(*account).or_default().insert(what);
        }
        if *count == 0 && was_settled {
            of_all.insert(what);
        }
    }
    let mut groups: BTreeMap<BTreeSet<&str>, Vec<AccountId>> = BTreeMap::new();
    for (account, changes) in by_account {
        groups.entry(changes).or_default().push(account);
    }
    let shares = groups
        .iter()
        .flat_map(|(changes, accounts)| accounts.chunks(ACCOUNTS_A_PIECE).map(move |share| (changes, share.to_vec())));
    let own = Some((&of_all, Vec::new())).filter(|(changes, _)| !changes.is_empty());
    let pieces = own.into_iter().chain(shares).enumerate().map(|(number, (changes, accounts))| News::DriftRepaired {
        id: format!("{}/drift-repaired/{}/{}/{number}", after.run.id, target.service, target.region),
        service: target.service.clone(),
        region: target.region.clone(),
        accounts,
        changes: changes.iter().map(ToString::to_string).collect(),
    });
    pieces.collect()
}
