//! A value that AWS changes some time after it was asked to: the intermediate state is seen until then. No I/O.

use serde::{Deserialize, Serialize};

/// When a transition is over: after a time, after a number of reads, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Due {
    /// At this time of the world's clock, in milliseconds.
    At(u64),
    /// After this many more reads.
    AfterReads(u32),
    /// Stuck: it stays in its intermediate state.
    Never,
}

/// A state, and the state that it is on its way to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moving<T> {
    current: T,
    next: Option<(T, Due)>,
}

impl<T: Clone> Moving<T> {
    pub(crate) fn settled(value: T) -> Self {
        Self { current: value, next: None }
    }

    /// Shows `intermediate` until `due`, then `finally`.
    pub(crate) fn begin(&mut self, intermediate: T, finally: T, due: Due) {
        self.current = intermediate;
        self.next = Some((finally, due));
    }

    /// The state at `now`, without counting as a read of the API.
    pub(crate) fn peek(&self, now: u64) -> &T {
        match &self.next {
            Some((next, Due::At(at))) if *at <= now => next,
            Some((next, Due::AfterReads(0))) => next,
            _ => &self.current,
        }
    }

    /// The state at `now` as a read of the API sees it; the read counts.
    pub(crate) fn read(&mut self, now: u64) -> T {
        let seen = self.peek(now).clone();
        match &mut self.next {
            Some((_, Due::AfterReads(left))) if *left > 0 => *left -= 1,
            Some((_, Due::At(at))) if *at > now => {}
            Some((_, Due::Never)) | None => {}
            Some(_) => {
                self.current = seen.clone();
                self.next = None;
            }
        }
        seen
    }

    /// What it will be once everything under way is over.
    pub(crate) fn finally(&self) -> &T {
        self.next.as_ref().map_or(&self.current, |(next, _)| next)
    }
}
