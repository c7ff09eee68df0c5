//! What accounts need, made into actions of at most as many accounts as a call takes. No I/O.

use std::collections::BTreeMap;

use super::{
    Comparison, PlannedAction,
    members::{Lack, Need},
};
use crate::{AccountId, Action, Stage};

/// Groups equal needs and cuts the groups into batches; within a stage, what can be applied now comes first.
pub(super) fn batch(c: &Comparison<'_>, needs: Vec<Need>) -> Vec<PlannedAction> {
    let mut groups: BTreeMap<(Stage, bool, Lack), Vec<AccountId>> = BTreeMap::new();
    for Need { account, what, predicted } in needs {
        groups.entry((stage(&what), predicted, what)).or_default().push(account);
    }
    let mut actions = Vec::new();
    for ((_, predicted, what), accounts) in groups {
        let limit = match what {
            Lack::Association => c.spec.batches.associate,
            Lack::Monitoring => c.spec.batches.start_monitoring,
            Lack::Features(_) => c.spec.batches.enable_features,
            Lack::Disassociation => c.spec.batches.disassociate,
            Lack::LessFeatures(_) => c.spec.batches.disable_features,
        };
        for batch in accounts.chunks(limit.max(1)) {
            let accounts = batch.to_vec();
            let action = match &what {
                Lack::Association => Action::Associate { accounts },
                Lack::Monitoring => Action::StartMonitoring { accounts },
                Lack::Features(features) => Action::EnableFeatures { accounts, features: features.clone() },
                Lack::Disassociation => Action::Disassociate { accounts },
                Lack::LessFeatures(features) => Action::DisableFeatures { accounts, features: features.clone() },
            };
            actions.push(PlannedAction { action, predicted });
        }
    }
    actions
}

fn stage(what: &Lack) -> Stage {
    match what {
        Lack::Association => Stage::Association,
        Lack::Monitoring => Stage::Monitoring,
        Lack::Features(_) => Stage::Features,
        Lack::Disassociation | Lack::LessFeatures(_) => Stage::Reduction,
    }
}
