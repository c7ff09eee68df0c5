//! What the state machine does with a target after a call: call again, wait and call again, or leave it. No I/O.

use serde::{Deserialize, Serialize};

use crate::{Coverage, Mode, Outcome};

/// So often a target is called in one sweep: with all regions, an execution's history stays below its 25,000 events.
const MOST_CALLS: u32 = 30;

/// So often a target that AWS is at work on is waited for.
const MOST_WAITS: u32 = 12;

/// So many calls in a row may fail without having changed anything before the target is left to the next sweep.
const MOST_FAILURES: u32 = 5;

/// So many calls in a row may be unfinished without having changed anything.
const MOST_IDLE: u32 = 2;

/// The longest wait, in multiples of the first.
const LONGEST_WAIT: u32 = 5;

/// What comes next for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// Call it again at once.
    Again,
    /// Call it again after a wait.
    Wait,
    /// It is done, as far as this sweep goes.
    Done,
}

/// How often a target was called, and how that went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Calls {
    /// All calls, this one included.
    pub made: u32,
    /// Waits for AWS.
    pub waits: u32,
    /// Calls in a row that failed and changed nothing.
    pub failures: u32,
    /// Unfinished calls in a row that changed nothing.
    pub idle: u32,
}

impl Calls {
    /// After so many waits and failures the next wait lasts so many times the first: it doubles, to a limit.
    #[must_use]
    pub fn wait_factor(&self) -> u32 {
        let doublings = (self.waits + self.failures).saturating_sub(1).min(8);
        (1 << doublings).min(LONGEST_WAIT)
    }
}

/// Counts a call that ended like this, and says what comes next. `before` is what the call before it ended with,
/// `applied` how many actions this one applied, `refused` whether a person must act before another call can help.
pub fn next(
    calls: &mut Calls,
    mode: Mode,
    outcome: Outcome,
    (before, after): (Option<Coverage>, Coverage),
    applied: usize,
    refused: bool,
) -> Next {
    calls.made += 1;
    let progressed = applied > 0 || before != Some(after);
    calls.idle = if outcome == Outcome::Unfinished && !progressed { calls.idle + 1 } else { 0 };
    calls.failures = match outcome {
        Outcome::Failed if progressed => 1,
        Outcome::Failed => calls.failures + 1,
        _ => 0,
    };
    let next = match outcome {
        Outcome::Unfinished if calls.idle < MOST_IDLE => Next::Again,
        Outcome::Pending if mode == Mode::Apply && calls.waits < MOST_WAITS => {
            calls.waits += 1;
            Next::Wait
        }
        Outcome::Failed if !refused && calls.failures < MOST_FAILURES => Next::Wait,
        Outcome::Unfinished
        | Outcome::Pending
        | Outcome::Failed
        | Outcome::Converged
        | Outcome::Planned
        | Outcome::Blocked => Next::Done,
    };
    if calls.made < MOST_CALLS { next } else { Next::Done }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enrolled(enrolled: usize) -> Coverage {
        Coverage { enrolled, ..Coverage::default() }
    }

    /// How often a target that always ends like this is called, and how often it was waited for.
    fn called(mode: Mode, outcome: Outcome, progresses: bool) -> (u32, Vec<u32>) {
        let (mut calls, mut waits, mut before) = (Calls::default(), Vec::new(), None);
        loop {
            let after = enrolled(if progresses { calls.made as usize } else { 0 });
            match next(&mut calls, mode, outcome, (before, after), 0, false) {
                Next::Done => return (calls.made, waits),
                Next::Wait => waits.push(calls.wait_factor()),
                Next::Again => {}
            }
            before = Some(after);
        }
    }

    #[test]
    fn an_unfinished_target_is_called_again_as_long_as_it_makes_progress() {
        assert_eq!(called(Mode::Apply, Outcome::Unfinished, true), (30, vec![]));
        assert_eq!(called(Mode::Apply, Outcome::Unfinished, false), (3, vec![]));
    }

    #[test]
    fn pending_and_failed_targets_are_waited_for_a_bounded_number_of_times() {
        let waits = vec![1, 2, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5];
        assert_eq!(called(Mode::Apply, Outcome::Pending, true), (13, waits));
        // The first call changes what is known of the target.
        assert_eq!(called(Mode::Apply, Outcome::Failed, false), (5, vec![1, 2, 4, 5]));
        assert_eq!(called(Mode::Apply, Outcome::Failed, true).0, 30);
        assert_eq!(called(Mode::Plan, Outcome::Pending, true), (1, vec![]), "nothing was started that could end");
    }

    #[test]
    fn what_is_done_or_needs_a_person_is_called_once() {
        for outcome in [Outcome::Converged, Outcome::Planned, Outcome::Blocked] {
            assert_eq!(called(Mode::Apply, outcome, true), (1, vec![]));
        }
        let mut calls = Calls::default();
        let refused = next(&mut calls, Mode::Apply, Outcome::Failed, (None, enrolled(0)), 0, true);
        assert_eq!(refused, Next::Done);
    }
}
