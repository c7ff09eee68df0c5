//! When the services bring about what is in effect. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kind, chain, effective};
use crate::world::World;

/// When AWS brings about what a policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Enforcement {
    Never,
    /// Before the next call; what it begins takes the time of a transition.
    AtOnce,
    Later,
}

/// What is in effect has changed: by a policy, or by where an account is.
pub(crate) fn updated(world: &mut World, kind: Option<Kind>, account: Option<&str>) {
    let now = world.now;
    for kind in Kind::ALL.into_iter().filter(|known| kind.is_none_or(|kind| kind == *known)) {
        world.policies.changed_at.insert(kind, now);
    }
    changed(world, kind, account);
}

/// What can be done about what is in effect may have changed: of one type or of both, for one account or for all.
pub(crate) fn changed(world: &mut World, kind: Option<Kind>, account: Option<&str>) {
    if world.policies.by_id.is_empty() {
        return;
    }
    let now = world.now;
    for kind in Kind::ALL.into_iter().filter(|known| kind.is_none_or(|kind| kind == *known)) {
        world.policies.pending.entry((kind, account.map(str::to_owned))).or_insert(now);
    }
}

/// Brings about what is due.
pub(crate) fn settle(world: &mut World) {
    if world.policies.pending.is_empty() {
        return;
    }
    let delay = match world.behaviour.organization_policies {
        Enforcement::Never => return,
        Enforcement::AtOnce => 0,
        Enforcement::Later => world.behaviour.organization_policies_delay_ms,
    };
    let now = world.now;
    let due = |since: &u64| since + delay <= now;
    let mut accounts: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    let pending = std::mem::take(&mut world.policies.pending);
    let (over, waiting): (BTreeMap<_, _>, BTreeMap<_, _>) = pending.into_iter().partition(|(_, since)| due(since));
    world.policies.pending = waiting;
    for (kind, account) in over.into_keys() {
        let of_kind = accounts.entry(kind).or_default();
        match account {
            Some(account) => _ = of_kind.insert(account),
            None => of_kind.extend(world.organization.accounts.keys().cloned()),
        }
    }
    for (kind, accounts) in accounts {
        let mut known = Known::default();
        for account in accounts {
            let policy = known.of(world, kind, &account).cloned();
            let again = match kind {
                Kind::GuardDuty => crate::guardduty::govern(world, &account, policy.as_ref()),
                Kind::Inspector => crate::inspector2::govern(world, &account, policy.as_ref()),
            };
            if let Some(at) = again {
                world.policies.pending.entry((kind, Some(account))).or_insert(at);
            }
        }
    }
}

/// What is in effect under each parent: many accounts have the same.
#[derive(Default)]
struct Known {
    by_parent: BTreeMap<String, Option<Value>>,
    own: Option<Value>,
}

impl Known {
    fn of(&mut self, world: &World, kind: Kind, account: &str) -> Option<&Value> {
        let parent = chain(world, account).and_then(|chain| chain.into_iter().rev().nth(1));
        if let Some(parent) = parent.filter(|_| !world.policies.attached.contains_key(account)) {
            return self.by_parent.entry(parent).or_insert_with(|| effective(world, kind, account)).as_ref();
        }
        self.own = effective(world, kind, account);
        self.own.as_ref()
    }
}
