//! What the tests share: two example services, facts to plan from, and a simulated AWS. No I/O.

pub(crate) mod document;
pub(crate) mod facts;
pub(crate) mod fake;
pub(crate) mod generate;
pub(crate) mod oracle;
pub(crate) mod policies;
mod promises;
pub(crate) mod runner;
pub(crate) mod setting;
pub(crate) mod specs;
pub(crate) mod warrant;
pub(crate) mod world;
mod writes;

use std::{
    collections::BTreeSet,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use rollcall_core::{AccountId, Action, ErrorClass, Feature, ServiceError};

/// The account with this number: 1 is the management account, 2 the administrator.
pub(crate) fn id(number: u64) -> AccountId {
    format!("{:012}", 111_111_110_000 + number).parse().unwrap()
}

pub(crate) const MANAGEMENT: u64 = 1;
pub(crate) const ADMINISTRATOR: u64 = 2;

pub(crate) fn features<const N: usize>(names: [&'static str; N]) -> BTreeSet<Feature> {
    names.into_iter().map(Feature::known).collect()
}

pub(crate) fn error(class: ErrorClass) -> ServiceError {
    ServiceError {
        operation: "SomeCall",
        class,
        code: format!("{class:?}Exception"),
        message: "in short".into(),
        request_id: Some("11-22".into()),
    }
}

/// Each thing that an action does, by itself.
pub(crate) fn things(action: &Action) -> Vec<String> {
    let name = action.name();
    let each = |account: AccountId, features: &BTreeSet<Feature>| {
        let itself = features.is_empty().then(|| format!("{name} for {account}"));
        let features = features.iter().map(|feature| format!("{name} {feature} for {account}"));
        features.chain(itself).collect::<Vec<_>>()
    };
    match action {
        Action::EnableFeatures { accounts, features } | Action::DisableFeatures { accounts, features } => {
            accounts.iter().flat_map(|account| each(*account, features)).collect()
        }
        Action::EnableAdministrator { account, features }
        | Action::DisableAdministrator { account, features }
        | Action::EnableManagement { account, features } => each(*account, features),
        Action::Associate { accounts } | Action::StartMonitoring { accounts } | Action::Disassociate { accounts } => {
            accounts.iter().flat_map(|account| each(*account, &BTreeSet::new())).collect()
        }
        Action::EnableTrustedAccess { .. } | Action::DesignateAdministrator { .. } => vec![action.to_string()],
        Action::SetAutoEnable { .. } | Action::Configure { .. } => vec![name.to_owned()],
    }
}

/// Runs a future that never really waits. One that does would hang: that is a failure.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..200_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("the future waits for something that nobody does");
}

/// A small deterministic generator.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number from 0 to `sides` - 1.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides.max(1)
    }
}
