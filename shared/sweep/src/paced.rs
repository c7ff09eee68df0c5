//! Asks AWS about many accounts at the rate that it allows, until time is up or it refuses. I/O through what is asked.

use std::{collections::BTreeSet, time::Duration};

use futures::{StreamExt, stream};
use rollcall_core::{AccountId, ErrorClass, ServiceError};
use rollcall_runtime::Deadline;

/// So many refusals in a row mean that nobody may be asked about.
const REFUSALS: usize = 3;

/// How fast AWS may be asked: a little less than it allows leaves room for the event functions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// Between two questions.
    pub(crate) each: Duration,
    /// So many at once to begin with.
    pub(crate) burst: u32,
}

/// How accounts are asked about, one by one.
#[derive(Clone, Copy)]
pub struct Pace<'a> {
    /// Whether AWS's limits are kept to; where it has none, nobody needs to wait.
    pub limited: bool,
    /// Told after each account: what is asked for, so many accounts were asked about, of so many.
    pub told: &'a dyn Fn(&str, usize, usize),
}

impl Pace<'_> {
    /// As fast as AWS allows, and nobody is told.
    pub const LIMITED: Self = Self { limited: true, told: &|_, _, _| {} };
}

/// What came of asking.
#[derive(Debug)]
pub struct Refreshed {
    /// Whether all that was due could be asked in time.
    pub complete: bool,
    /// What an operator should know.
    pub remark: Option<String>,
}

impl Refreshed {
    /// There was nothing to ask.
    pub const NOTHING: Self = Self { complete: true, remark: None };
}

/// Asks for accounts until time is up, or until nobody may be asked about. `what` names it in remarks.
pub(crate) async fn ask<T, F>(
    what: &str,
    accounts: Vec<AccountId>,
    (limit, pace): (Limit, &Pace<'_>),
    question: impl Fn(AccountId) -> F,
    mut keep: impl FnMut(AccountId, T),
    deadline: &Deadline,
) -> Refreshed
where
    F: Future<Output = Result<T, ServiceError>>,
{
    let mut left: BTreeSet<AccountId> = accounts.iter().copied().collect();
    let (all, mut asked) = (accounts.len(), 0);
    let start = tokio::time::Instant::now();
    let each = if pace.limited { limit.each } else { Duration::ZERO };
    let answers = stream::iter(accounts.into_iter().zip(0_u32..)).map(|(account, number)| {
        let answer = question(account);
        async move {
            tokio::time::sleep_until(start + each * number.saturating_sub(limit.burst - 1)).await;
            (account, answer.await)
        }
    });
    // Twice the burst, so that slow answers do not hold the pace back.
    let answers = answers.buffer_unordered(2 * limit.burst as usize);
    let mut answers = Box::pin(answers.take_until(deadline.end.clone()));
    let (mut refused, mut unread, mut last) = (0, 0, None);
    while let Some((account, answer)) = answers.next().await {
        asked += 1;
        (pace.told)(what, asked, all);
        let error = match answer {
            Ok(answer) => {
                left.remove(&account);
                refused = 0;
                keep(account, answer);
                continue;
            }
            Err(error) => error,
        };
        tracing::warn!(account.id = %account, "the {what} of {account} could not be read: {error}");
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
    // Each call has another id, and the log has them all.
    let last = last.map(|error| ServiceError { request_id: None, ..error });
    let stopped = if refused == REFUSALS { ", and no further ones were asked for" } else { "" };
    let remark = last.map(|error| format!("the {what} of {unread} accounts could not be read{stopped}: {error}"));
    Refreshed { complete: left.is_empty(), remark }
}
