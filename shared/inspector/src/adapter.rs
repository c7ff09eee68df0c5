//! Inspector in one region, as the core's port. I/O: through `observe` and `apply` only.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use futures::{FutureExt, future::BoxFuture};
use rollcall_aws::Connection;
use rollcall_core::{AccountFailure, Action, Feature, Look, Observed, SecurityService, ServiceError, ServiceSpec};

use crate::{SPEC, apply, calls::Calls, observe};

/// Inspector in one region. It keeps its clients, and the features that the region turned out not to offer.
#[derive(Debug)]
pub struct Inspector {
    calls: Calls,
    not_offered: Mutex<BTreeSet<Feature>>,
}

impl Inspector {
    /// Costs nothing: clients are built with the first call.
    #[must_use]
    pub fn connect(connection: Connection) -> Self {
        Self { calls: Calls::new(connection), not_offered: Mutex::default() }
    }

    /// Adds to the features that the region does not offer; gives all of them.
    fn learn(&self, not_offered: BTreeSet<Feature>) -> BTreeSet<Feature> {
        let mut known = self.not_offered.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(not_offered);
        known.clone()
    }
}

impl SecurityService for Inspector {
    fn spec(&self) -> &'static ServiceSpec {
        &SPEC
    }

    fn observe<'a>(&'a self, look: &'a Look) -> BoxFuture<'a, Observed> {
        async move {
            let mut observed = Box::pin(observe::observe(&self.calls, look)).await;
            observed.not_offered = self.learn(observed.not_offered);
            observed
        }
        .boxed()
    }

    fn apply<'a>(&'a self, action: &'a Action) -> BoxFuture<'a, Result<Vec<AccountFailure>, ServiceError>> {
        async move {
            let not_offered = self.learn(BTreeSet::new());
            let applied = apply::apply(&self.calls, action, &not_offered).await;
            self.learn(applied.not_offered);
            applied.result
        }
        .boxed()
    }
}
