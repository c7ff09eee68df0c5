//! The sweep: what is surveyed, what each target came to, and the one document that says what is covered. No I/O.
//!
//! A sweep is one execution of the state machine: survey → every target → report. Its parts hand over documents in
//! the bucket, by [`keys`] that the execution's name is part of.

mod attached;
mod breaker;
mod document;
mod gap;
mod kept;
pub mod keys;
mod member_regions;
mod merge;
mod news;
mod next;
mod notification;
mod since;
mod survey;
mod target;
mod trend;

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use attached::{AlikeAccounts, alike};
pub use breaker::Breaker;
pub use document::{AccountCoverage, Counts, CoverageDocument, Excluded, TargetEnd};
pub use gap::Gap;
pub use kept::Kept;
pub use member_regions::{MemberRegions, RegionAnswers};
pub use news::{News, actions, news};
pub use next::{Calls, Next, next};
pub use notification::{Notification, notification};
pub use survey::{Carried, EffectivePolicy, PinnedPolicy, Survey, SurveyedPolicies, SurveyedRegion, SurveyedService};
pub use target::{Change, Surplus, TargetResult};
pub use trend::TrendPoint;

/// The version of the documents' format; a reader of another one must not guess.
pub const FORMAT: u32 = 1;

/// One execution of the sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SweepRun {
    /// The execution's name.
    pub id: RunId,
    /// When the execution started.
    pub started_at: Timestamp,
}

/// The name of an execution, as far as it may stand in a key of the bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// A name that no execution of ours has.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a run's id, which has up to 80 letters, digits and -_.")]
pub struct InvalidRunId(String);

impl FromStr for RunId {
    type Err = InvalidRunId;

    /// Step Functions allows more in a name than what is taken here; names that it makes itself fit.
    fn from_str(text: &str) -> Result<Self, InvalidRunId> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let sound = (1..=80).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with('.');
        if sound { Ok(Self(text.to_owned())) } else { Err(InvalidRunId(text.chars().take(100).collect())) }
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, InvalidRunId> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> String {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
