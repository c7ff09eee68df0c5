//! Everything that the simulated AWS holds: the clock, the organization, and each service's state. No I/O.

use std::collections::BTreeMap;

use crate::{guardduty, inspector2, transition::Due};

/// The simulated AWS. One lock guards it; each call sees and changes it as a whole.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Milliseconds since the start of the simulation.
    pub(crate) now: u64,
    /// Wall-clock time of `now` in milliseconds since 1970, for time stamps in answers.
    pub(crate) epoch_millis: u64,
    pub(crate) behaviour: Behaviour,
    pub(crate) organization: Organization,
    pub(crate) guardduty: guardduty::State,
    pub(crate) inspector2: inspector2::State,
}

impl World {
    /// When a transition that begins now will be over, as the options say.
    pub(crate) fn due(&self) -> Due {
        self.behaviour.transition_reads.map_or(Due::At(self.now + self.behaviour.transition_ms), Due::AfterReads)
    }
}

/// The organization as AWS Organizations and Account Management know it.
#[derive(Debug, Default)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) management: String,
    /// The account that is meant to become the administrator; nothing is designated by this.
    pub(crate) administrator: String,
    pub(crate) accounts: BTreeMap<String, Account>,
    /// All regions of the simulated partition, in the order given.
    pub(crate) regions: Vec<String>,
    /// Service principals with trusted access, with the time it was given in epoch milliseconds.
    pub(crate) trusted: BTreeMap<String, u64>,
    /// Delegated administrators as Organizations lists them: service principal → account → time in epoch milliseconds.
    pub(crate) delegated: BTreeMap<String, BTreeMap<String, u64>>,
}

/// One account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) state: AccountState,
    /// From when on services accept it, in world time: a new account is not usable at once.
    pub(crate) usable_at: u64,
    pub(crate) joined_method: &'static str,
    pub(crate) joined_epoch_millis: u64,
    /// Path of OUs below the root, outermost first; empty for an account in the root.
    pub(crate) path: Vec<String>,
    pub(crate) regions: BTreeMap<String, crate::transition::Moving<OptIn>>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// `State` of an account in Organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountState {
    PendingActivation,
    Active,
    Suspended,
    PendingClosure,
    Closed,
}

/// `RegionOptStatus` of a region for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OptIn {
    Enabled,
    Enabling,
    Disabling,
    Disabled,
    EnabledByDefault,
}

/// How the simulated AWS behaves where AWS leaves room, or where AWS's behaviour is not known for certain.
#[derive(Debug, Clone)]
pub(crate) struct Behaviour {
    pub(crate) transition_ms: u64,
    /// Transitions end after this many reads instead of after a time.
    pub(crate) transition_reads: Option<u32>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { transition_ms: 2_000, transition_reads: None }
    }
}
