//! One run of the engine on the simulated AWS, with what it may do and when it is stopped. No I/O.

use std::{collections::BTreeMap, sync::Arc, task::Poll};

use futures::{FutureExt, future::poll_fn};
use rollcall_core::{
    Feature, FeatureStatus, Mode, Permits, Plan, Policy, Region, Run, Scope, ServiceSpec, Stage, Target, TargetReport,
    reconcile,
};

use super::{
    ADMINISTRATOR,
    fake::{Call, Fake},
    id, run,
    world::Mandate,
};

/// All features of a kind of account, on.
pub(crate) fn all_on(spec: &ServiceSpec) -> BTreeMap<Feature, FeatureStatus> {
    let wanted = spec.features.iter().filter(|feature| feature.by_default);
    wanted.map(|feature| (Feature::known(feature.name), FeatureStatus::On)).collect()
}

/// One run on the fake, in a region, with the built-in policy.
pub(crate) struct Runner<'a> {
    pub(crate) fake: &'a Fake,
    pub(crate) region: &'static str,
    pub(crate) policy: Policy,
    pub(crate) scope: Scope,
    pub(crate) mode: Mode,
    pub(crate) permits: Permits,
    pub(crate) settling: bool,
    pub(crate) concurrency: usize,
    /// Time is up when so many calls were made.
    pub(crate) calls_until_stop: usize,
}

impl<'a> Runner<'a> {
    /// Where runs are, unless something else is said.
    pub(crate) const REGION: &'static str = "eu-central-1";

    pub(crate) fn new(fake: &'a Fake) -> Self {
        Self {
            fake,
            region: Self::REGION,
            policy: Policy::built_in([fake.spec]),
            scope: Scope::Everything,
            mode: Mode::Apply,
            permits: Permits { additions: true, reductions: usize::MAX },
            settling: false,
            concurrency: 4,
            calls_until_stop: usize::MAX,
        }
    }

    pub(crate) fn accounts(mut self, numbers: impl IntoIterator<Item = u64>) -> Self {
        self.scope = Scope::Accounts(numbers.into_iter().map(id).collect());
        self
    }

    pub(crate) fn planning(mut self) -> Self {
        self.mode = Mode::Plan;
        self
    }

    pub(crate) fn stopped_after(mut self, calls: usize) -> Self {
        self.calls_until_stop = calls;
        self
    }

    /// From now on what is done is held against what this run may do.
    pub(crate) fn mandate(&self) -> Region {
        let region: Region = self.region.parse().unwrap();
        self.fake.world().mandate = Some(Mandate {
            policy: self.policy.clone(),
            region: region.clone(),
            scope: self.scope.clone(),
            permits: self.permits,
        });
        region
    }

    pub(crate) fn run(&self) -> TargetReport {
        let mut roster = self.fake.world().roster();
        let organization_policies = self.fake.world().policies.clone();
        let region = self.mandate();
        let made_before = self.fake.call_count();
        roster.accounts.retain(|account, _| self.scope.includes(*account));
        let calls = Arc::clone(&self.fake.calls);
        let limit = self.calls_until_stop;
        let stop = poll_fn(move |_| if calls.lock().unwrap().len() >= limit { Poll::Ready(()) } else { Poll::Pending });
        let report = run(reconcile(Run {
            service: self.fake,
            organization: self.fake,
            target: Target { service: self.fake.spec.id, region },
            roster: &roster,
            administrator: id(ADMINISTRATOR),
            policy: &self.policy,
            organization_policies: &organization_policies,
            scope: self.scope.clone(),
            mode: self.mode,
            permits: self.permits,
            settling: self.settling,
            concurrency: self.concurrency,
            stop: stop.boxed().shared(),
        }));
        self.hold_to_permits(&report, made_before);
        report
    }

    /// A run reduces no more than it may, and nothing where its first plan asked for more. What is applied between two
    /// looks is applied stage by stage.
    fn hold_to_permits(&self, report: &TargetReport, made_before: usize) {
        let (mut reductions, mut stage) = (0, Stage::TrustedAccess);
        for call in self.fake.calls().into_iter().skip(made_before) {
            match call {
                Call::Observe(_) => stage = Stage::TrustedAccess,
                Call::Apply(action) => {
                    if action.stage() < stage {
                        self.fake.world().violations.push(format!("{action:?} after an action of {stage:?}"));
                    }
                    stage = action.stage();
                    reductions += action.reductions();
                }
                _ => {}
            }
        }
        let planned = report.plan.as_ref().map_or(0, Plan::reductions);
        let permitted = if planned > self.permits.reductions { 0 } else { self.permits.reductions };
        if reductions > permitted {
            let what = format!("{reductions} reductions of {permitted} permitted, {planned} planned");
            self.fake.world().violations.push(what);
        }
    }
}
