//! How often a detector publishes findings that happen again. No I/O.

use serde::{Deserialize, Serialize};

/// Enum `FindingPublishingFrequency` of AWS's model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Frequency {
    FifteenMinutes,
    OneHour,
    SixHours,
}

impl Frequency {
    /// As AWS's model spells it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FifteenMinutes => "FIFTEEN_MINUTES",
            Self::OneHour => "ONE_HOUR",
            Self::SixHours => "SIX_HOURS",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::FifteenMinutes, Self::OneHour, Self::SixHours].into_iter().find(|frequency| frequency.name() == name)
    }
}
