//! The limits of a run: what the first plan printed. Later plans of the run may not exceed them. No I/O.

use std::collections::BTreeSet;

use crate::{AccountId, Action, Plan};

/// The kinds of organization-level action and the accounts that a plan named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    organization_actions: BTreeSet<&'static str>,
    accounts: BTreeSet<AccountId>,
}

impl Bounds {
    /// The bounds that a plan sets, with what it predicted.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let actions = plan.actions.iter().map(|planned| &planned.action);
        Self {
            organization_actions: actions
                .clone()
                .filter(|action| action.members().is_empty())
                .map(Action::name)
                .collect(),
            accounts: actions.flat_map(|action| action.members().iter().copied()).collect(),
        }
    }

    /// The plan without what exceeds the bounds; the next run sees to that.
    pub fn clip(&self, mut plan: Plan) -> Plan {
        let planned = std::mem::take(&mut plan.actions);
        for mut step in planned {
            let permitted = if step.action.members().is_empty() {
                self.organization_actions.contains(step.action.name()).then_some(step.action)
            } else {
                step.action.only_for(|account| self.accounts.contains(&account))
            };
            if let Some(action) = permitted {
                step.action = action;
                plan.actions.push(step);
            }
        }
        plan
    }
}
