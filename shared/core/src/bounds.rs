//! The limits of a run: what the first plan printed. Later plans of the run may not exceed them. No I/O.

use std::collections::BTreeSet;

use crate::{AccountId, Action, Plan, PlannedAction};

/// The kinds of action that a plan named, each for the organization or for an account; by default none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bounds {
    permitted: BTreeSet<(&'static str, Option<AccountId>)>,
}

impl Bounds {
    /// The bounds that a plan sets, with what it predicted.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let actions = plan.actions.iter().map(|planned| &planned.action);
        Self { permitted: actions.flat_map(named).collect() }
    }

    /// Takes out of a plan what exceeds the bounds; the next run sees to that. Whether any of it could be applied now.
    pub(crate) fn clip(&self, plan: &mut Plan) -> bool {
        let mut exceeded = false;
        for PlannedAction { action, predicted } in std::mem::take(&mut plan.actions) {
            let name = action.name();
            exceeded |= !predicted && !named(&action).all(|named| self.permitted.contains(&named));
            let permitted = if action.members().is_empty() {
                self.permitted.contains(&(name, None)).then_some(action)
            } else {
                action.only_for(|account| self.permitted.contains(&(name, Some(account))))
            };
            plan.actions.extend(permitted.map(|action| PlannedAction { action, predicted }));
        }
        exceeded
    }
}

/// What an action is, once for each of its members, or once for the organization.
fn named(action: &Action) -> impl Iterator<Item = (&'static str, Option<AccountId>)> {
    let organization = action.members().is_empty().then_some(None);
    let accounts = action.members().iter().copied().map(Some);
    organization.into_iter().chain(accounts).map(|account| (action.name(), account))
}
