//! The organization's policies of the types that the simulator has: what is attached where, and what is in effect. No I/O.

mod document;
mod enforcement;
mod merge;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::world::World;

pub(crate) use self::{
    document::check,
    enforcement::{Enforcement, changed, settle, updated},
};

/// A policy type that the simulator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Kind {
    GuardDuty,
    Inspector,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::GuardDuty, Self::Inspector];

    /// As `PolicyType` of AWS's model spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::GuardDuty => "GUARDDUTY_POLICY",
            Self::Inspector => "INSPECTOR_POLICY",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The signing name of the service that it is about.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::GuardDuty => "guardduty",
            Self::Inspector => "inspector2",
        }
    }

    /// The service principal that needs trusted access.
    pub(crate) fn principal(self) -> &'static str {
        match self {
            Self::GuardDuty => "guardduty.amazonaws.com",
            Self::Inspector => "inspector2.amazonaws.com",
        }
    }

    /// Whether the type is enabled at the root.
    pub(crate) fn is_enabled(self, world: &World) -> bool {
        world.organization.policy_types.contains(self.name())
    }
}

/// All policies, and where they are attached.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) by_id: BTreeMap<String, Policy>,
    /// Ids of policies by the id of the root, unit or account, in the order of their attachment.
    pub(crate) attached: BTreeMap<String, Vec<String>>,
    /// When what is in effect changed last, in world time.
    changed_at: BTreeMap<Kind, u64>,
    /// Where what is in effect has yet to be brought about, for an account or for all, and since when.
    pending: BTreeMap<(Kind, Option<String>), u64>,
}

/// One policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) description: String,
    /// As it was given.
    pub(crate) content: String,
    pub(crate) document: Value,
    pub(crate) tags: BTreeMap<String, String>,
}

impl State {
    /// The policies of the type that are attached to the target itself, in the order of their attachment.
    pub(crate) fn of_target(&self, kind: Kind, target: &str) -> impl Iterator<Item = &Policy> {
        let ids = self.attached.get(target).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id)).filter(move |policy| policy.kind == kind)
    }

    /// The targets that the policy is attached to.
    pub(crate) fn targets_of<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a String> {
        self.attached.iter().filter(move |(_, ids)| ids.iter().any(|attached| attached == id)).map(|(target, _)| target)
    }

    /// When what is in effect changed last, in world time.
    pub(crate) fn changed_at(&self, kind: Kind) -> u64 {
        self.changed_at.get(&kind).copied().unwrap_or_default()
    }

    /// Attaches the policy; again is harmless.
    pub(crate) fn attach(&mut self, id: &str, target: &str) {
        let attached = self.attached.entry(target.to_owned()).or_default();
        if !attached.iter().any(|other| other == id) {
            attached.push(id.to_owned());
        }
    }

    pub(crate) fn detach(&mut self, id: &str, target: &str) {
        if let Some(attached) = self.attached.get_mut(target) {
            attached.retain(|other| other != id);
        }
        self.attached.retain(|_, attached| !attached.is_empty());
    }

    /// AWS documentation, "Disabling a policy type": "all policies of the specified type are automatically detached from
    /// all entities in the organization root. The policies are not deleted."
    pub(crate) fn detach_all(&mut self, kind: Kind) {
        let Self { by_id, attached, .. } = self;
        for ids in attached.values_mut() {
            ids.retain(|id| by_id.get(id).is_none_or(|policy| policy.kind != kind));
        }
        attached.retain(|_, ids| !ids.is_empty());
    }
}

/// Makes a policy, and gives its id.
pub(crate) fn create(world: &mut World, kind: Kind, name: &str, description: &str, document: Document) -> String {
    let id = format!("p-{}", world.random.text("0123456789abcdefghijklmnopqrstuvwxyz", 10));
    let policy = Policy {
        id: id.clone(),
        kind,
        name: name.to_owned(),
        description: description.to_owned(),
        content: document.content,
        document: document.parsed,
        tags: BTreeMap::new(),
    };
    world.policies.by_id.insert(id.clone(), policy);
    id
}

/// A content that its policy type allows.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) content: String,
    pub(crate) parsed: Value,
}

/// The policy of the type that is in effect for the account: what it inherits from the root and its units, and what is
/// attached to it. None where the type is not enabled, nothing is attached, or the account is no member.
pub(crate) fn effective(world: &World, kind: Kind, account: &str) -> Option<Value> {
    if !kind.is_enabled(world) {
        return None;
    }
    let chain = chain(world, account)?;
    let levels: Vec<Vec<&Value>> = chain
        .iter()
        .map(|target| world.policies.of_target(kind, target).map(|policy| &policy.document).collect())
        .collect();
    merge::merge(&levels)
}

/// The root, the units on the way, and the account.
fn chain(world: &World, account: &str) -> Option<Vec<String>> {
    let organization = &world.organization;
    let mut chain = vec![account.to_owned()];
    let mut parent = &organization.account(account)?.parent;
    while let Some(unit) = organization.units.get(parent) {
        chain.push(parent.clone());
        parent = &unit.parent;
    }
    chain.push(parent.clone());
    chain.reverse();
    Some(chain)
}
