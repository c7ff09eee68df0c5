//! One run of the engine on the simulated AWS, with what it may do and when it is stopped. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    task::Poll,
};

use futures::{FutureExt, future::poll_fn};
use rollcall_core::{
    AccountId, Action, AutoEnable, Bounds, Feature, FeatureStatus, Mode, Permits, Policy, Reductions, Region, Run,
    Scope, ServiceSpec, Stage, Target, TargetReport, reconcile,
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
    /// The plan that was read before.
    pub(crate) bounds: Option<Bounds>,
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
            permits: Permits { additions: true, reductions: Reductions::All },
            bounds: None,
            settling: false,
            concurrency: 4,
            calls_until_stop: usize::MAX,
        }
    }

    pub(crate) fn accounts(mut self, numbers: impl IntoIterator<Item = u64>) -> Self {
        self.scope = Scope::Accounts(numbers.into_iter().map(id).collect());
        self
    }

    pub(crate) fn within(mut self, numbers: impl IntoIterator<Item = u64>) -> Self {
        self.scope = Scope::Within(numbers.into_iter().map(id).collect());
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
            permits: self.permits.clone(),
        });
        region
    }

    pub(crate) fn run(&self) -> TargetReport {
        let mut roster = self.fake.world().roster();
        let organization_policies = self.fake.world().policies.clone();
        let region = self.mandate();
        let made_before = self.fake.call_count();
        roster.accounts.retain(|account, _| matches!(self.scope, Scope::Within(_)) || self.scope.includes(*account));
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
            permits: self.permits.clone(),
            bounds: self.bounds.as_ref(),
            settling: self.settling,
            concurrency: self.concurrency,
            stop: stop.boxed().shared(),
        }));
        self.hold_to_permits(made_before);
        report
    }

    /// A run reduces only what it may. What is applied between two looks is applied stage by stage.
    fn hold_to_permits(&self, made_before: usize) {
        let mut stage = Stage::TrustedAccess;
        for call in self.fake.calls().into_iter().skip(made_before) {
            match call {
                Call::Observe(_) => stage = Stage::TrustedAccess,
                Call::Apply(action) => {
                    if action.stage() < stage {
                        self.fake.world().violations.push(format!("{action:?} after an action of {stage:?}"));
                    }
                    stage = action.stage();
                    if !self.permitted(&action) {
                        self.fake.world().violations.push(format!("{action:?} is not permitted: {:?}", self.permits));
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether each reduction of an action is among those that the run may make.
    fn permitted(&self, action: &Action) -> bool {
        let listed = match &self.permits.reductions {
            Reductions::All => return true,
            Reductions::None => return action.reductions() == 0,
            Reductions::Listed(listed) => listed,
        };
        let has = |what: &str, account: &AccountId| listed.excess.contains(&(what.to_owned(), *account));
        let each = |accounts: &[AccountId], features: &BTreeSet<Feature>| {
            accounts.iter().all(|account| features.iter().all(|feature| has(feature.as_str(), account)))
        };
        match action {
            Action::SetAutoEnable { from, to } => {
                let lowered = |(feature, found): (&Feature, &AutoEnable)| to.features.get(feature) < Some(found);
                let mut features = from.features.iter().filter(|of| lowered(*of)).map(|(feature, _)| feature.as_str());
                let members = to.members >= from.members || listed.lowered.contains("MEMBERS");
                members && features.all(|feature| listed.lowered.contains(feature))
            }
            Action::Disassociate { accounts } => accounts.iter().all(|account| has("membership", account)),
            Action::DisableFeatures { accounts, features } => each(accounts, features),
            Action::DisableAdministrator { account, features } => each(&[*account], features),
            _ => true,
        }
    }
}
