//! The engine: observe → plan → apply → observe again, for one target. It waits for nothing and sleeps never;
//! all I/O is behind the traits in `ports`.

mod attempts;
pub(crate) mod permits;
mod quota;
mod regions;
mod report;
mod under_way;

use std::collections::BTreeSet;

use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, Either, Shared},
    stream,
};

pub use attempts::Attempt;
pub use permits::{Listed, Permits, Reductions};
pub use report::{Mode, Outcome, TargetReport};

use crate::{
    AccountFailure, AccountId, Action, Bounds, Desired, Look, LookAt, Observed, OrganizationAccess,
    OrganizationPolicies, Plan, PlannedAction, Policy, RegionStatus, Roster, Scope, SecurityService, Seen,
    ServiceError, Stage, Target, Unseen, desired::Wish, plan, policy::Assignment,
};
use attempts::Attempts;
use quota::Quota;
use regions::MemberRegions;
use under_way::{UnderWay, interrupted};

/// Everything that one run on one target needs.
pub struct Run<'a> {
    /// The service in the region.
    pub service: &'a dyn SecurityService,
    /// The organization.
    pub organization: &'a dyn OrganizationAccess,
    /// The target.
    pub target: Target,
    /// The accounts: all of them but for [`Scope::Accounts`].
    pub roster: &'a Roster,
    /// The account that is to administer the service.
    pub administrator: AccountId,
    /// What is wanted.
    pub policy: &'a Policy,
    /// What AWS Organizations policies manage.
    pub organization_policies: &'a OrganizationPolicies,
    /// How much of the target the run may see to.
    pub scope: Scope,
    /// Whether it changes anything.
    pub mode: Mode,
    /// How far it may go, in apply mode.
    pub permits: Permits,
    /// What it may not exceed in apply mode: a plan that somebody has read. Without it, the run's own first plan.
    pub bounds: Option<&'a Bounds>,
    /// Whether auto-enable was lowered so shortly ago that AWS may still act as it was.
    pub settling: bool,
    /// How many actions are applied at the same time.
    pub concurrency: usize,
    /// Completes when the run must come to an end.
    pub stop: Stop,
}

/// Completes when time is up. Cloned by all that must stop then.
pub type Stop = Shared<BoxFuture<'static, ()>>;

/// Brings one target to its desired state, as far as that goes without waiting, and reports what is so at the end.
///
/// Each round looks, plans, and applies what can be applied now; it is over when a round has nothing new to try.
/// Nothing is tried twice in a run: what AWS does not show yet is pending.
pub async fn reconcile(run: Run<'_>) -> TargetReport {
    let mut progress = Progress::new(&run);
    let rounds = progress.rounds().boxed();
    let stop = run.stop.clone();
    let stopped = match futures::future::select(rounds, stop).await {
        Either::Left(((), _)) => false,
        Either::Right(((), rounds)) => {
            drop(rounds);
            true
        }
    };
    progress.report(stopped)
}

/// What a run has seen and done so far.
struct Progress<'a> {
    run: &'a Run<'a>,
    administrator_region: Seen<RegionStatus>,
    trusted_access: Seen<BTreeSet<String>>,
    observed: Observed,
    member_regions: MemberRegions,
    /// The rules of the policy that each account is in.
    assignment: Assignment,
    attempts: Attempts,
    /// The first plan: what is printed, and what bounds the rest of the run.
    first: Option<(Plan, Bounds)>,
    latest: Option<Plan>,
    /// Whether more could be done than the first plan named.
    exceeded: bool,
    /// What of the latest plan is not permitted.
    held_back: Vec<PlannedAction>,
    /// The actions whose calls are under way.
    under_way: UnderWay,
}

impl<'a> Progress<'a> {
    fn new(run: &'a Run<'a>) -> Self {
        Self {
            run,
            administrator_region: Seen::No(Unseen::NotAsked),
            trusted_access: Seen::No(Unseen::NotAsked),
            observed: Observed::default(),
            member_regions: MemberRegions::default(),
            assignment: run.policy.assign(run.service.spec().id, run.roster),
            attempts: Attempts::default(),
            first: None,
            latest: None,
            exceeded: false,
            held_back: Vec::new(),
            under_way: UnderWay::default(),
        }
    }

    async fn rounds(&mut self) {
        let sweep = self.run.scope.allows_organization_actions();
        let everyone = match &self.run.scope {
            Scope::Everything | Scope::Within(_) => LookAt::All,
            Scope::Accounts(accounts) => LookAt::Accounts(accounts.clone()),
        };
        let settings = if sweep { self.settings() } else { BTreeSet::new() };
        let look = Look { as_management: sweep, members: everyone.clone(), settings: settings.clone() };
        self.look(&look, true).await;
        loop {
            let mut plan = self.plan();
            let known = self.member_regions.take_known(self.run, &plan.awaiting_region_status());
            if known {
                plan = self.plan();
            }
            if self.member_regions.ask(self.run, plan.awaiting_region_status()).await {
                plan = self.plan();
            }
            if self.first.is_none() {
                let bounds = self.run.bounds.cloned().unwrap_or_else(|| Bounds::of(&plan));
                self.first = Some((plan.clone(), bounds));
                plan = self.plan();
            }
            let actions: Vec<Action> = plan.executable().cloned().collect();
            let waiting = self.member_regions.any_unasked(&plan);
            self.latest = Some(plan);
            if self.run.mode == Mode::Plan || (actions.is_empty() && !waiting) {
                return;
            }
            if !actions.is_empty() {
                let look = next_look(&actions, &everyone, &settings);
                let organization_changed = look.as_management;
                self.apply(actions).await;
                self.look(&look, organization_changed).await;
            }
        }
    }

    /// What the policy says of what AWS keeps per organization or administrator only.
    fn settings(&self) -> BTreeSet<&'static str> {
        let said = self.run.policy.services.get(&self.run.service.spec().id);
        said.into_iter().flat_map(|service| service.settings.keys()).copied().collect()
    }

    /// What is left to do. After the first plan: what is permitted of it, within its bounds, without what was tried.
    fn plan(&mut self) -> Plan {
        let mut plan = self.compare();
        if let Some((_, bounds)) = &self.first {
            if self.run.mode == Mode::Apply {
                self.held_back = self.run.permits.hold_back(&mut plan);
            }
            self.exceeded = bounds.clip(&mut plan);
        }
        self.attempts.settle(&mut plan);
        plan
    }

    fn compare(&self) -> Plan {
        let desired = Desired::new(Wish {
            target: &self.run.target,
            spec: self.run.service.spec(),
            policy: self.run.policy,
            assignment: &self.assignment,
            organization_policies: self.run.organization_policies,
            roster: self.run.roster,
            complete: self.run.scope.allows_organization_actions(),
            administrator: self.run.administrator,
            administrator_region: &self.administrator_region,
            member_regions: self.member_regions.answers(),
            regions_refused: self.member_regions.refused(),
        });
        let Run { service, scope, settling, .. } = self.run;
        let settling = *settling || self.attempts.log.iter().any(Attempt::lowered_from_all);
        plan(service.spec(), &desired, &self.observed, &self.trusted_access, scope, settling)
    }

    /// Looks at the target, and once more at the accounts that a call left unserved for the moment: the SDK tries
    /// failed calls again, but not accounts within a call that succeeded.
    async fn look(&mut self, look: &Look, organization: bool) {
        self.look_once(look, organization).await;
        let unserved = self.observed.unserved(&look.members);
        if !unserved.is_empty() {
            let again = Look { members: LookAt::Accounts(unserved), ..look.clone() };
            self.look_once(&again, false).await;
        }
    }

    /// Looks at the target and, where that may have changed, at the organization, at the same time.
    async fn look_once(&mut self, look: &Look, organization: bool) {
        let run = self.run;
        let region = async {
            match &self.administrator_region {
                Seen::Yes(_) => self.administrator_region.clone(),
                Seen::No(_) => run.organization.administrator_region(&run.target.region).await.into(),
            }
        };
        let trusted = async {
            if organization && run.scope.allows_organization_actions() {
                run.organization.trusted_access().await.map(|principals| principals.into_iter().collect()).into()
            } else {
                self.trusted_access.clone()
            }
        };
        let (observed, region, trusted) = futures::join!(run.service.observe(look), region, trusted);
        self.observed.absorb(observed, look);
        self.administrator_region = region;
        self.trusted_access = trusted;
    }

    /// Applies actions stage by stage; those of a stage at the same time.
    async fn apply(&mut self, mut actions: Vec<Action>) {
        actions.sort_by_key(Action::stage);
        let quota = Quota::default();
        while let Some(stage) = actions.first().map(Action::stage) {
            let later = actions.partition_point(|action| action.stage() == stage);
            let rest = actions.split_off(later);
            let (run, under_way) = (self.run, self.under_way.clone());
            let quota = &quota;
            let mut results = stream::iter(std::mem::replace(&mut actions, rest))
                .map(|action| {
                    let under_way = under_way.clone();
                    async move {
                        if let Some(error) = quota.forbids(&action) {
                            return (action, Err(error));
                        }
                        under_way.begin(&action);
                        let result = apply_one(run, &action).await;
                        quota.learn(&action, &result);
                        under_way.end(&action);
                        (action, result)
                    }
                })
                .buffer_unordered(run.concurrency.max(1));
            // Each result is kept as it comes, so that a stop in between loses none.
            while let Some((action, result)) = results.next().await {
                self.attempts.record(&run.target, action, result);
            }
            if stage == Stage::TrustedAccess {
                self.member_regions.forget_refusals();
            }
        }
    }

    fn report(mut self, stopped: bool) -> TargetReport {
        for action in self.under_way.take() {
            self.attempts.record(&self.run.target, action, Err(interrupted()));
        }
        let plan = match self.latest.take() {
            Some(plan) if !stopped => plan,
            // What was tried and seen since counts.
            Some(_) | None => self.plan(),
        };
        let more = stopped || self.exceeded;
        let first = self.first.map(|(first, _)| first);
        report::report(self.run, plan, first, self.attempts, (more, self.held_back))
    }
}

async fn apply_one(run: &Run<'_>, action: &Action) -> Result<Vec<AccountFailure>, ServiceError> {
    match action {
        Action::EnableTrustedAccess { principal } => {
            run.organization.enable_trusted_access(principal).await.map(|()| Vec::new())
        }
        _ => run.service.apply(action).await,
    }
}

/// What has to be looked at again after these actions: members that were acted on, or, once the
/// organization changed, everything.
fn next_look(actions: &[Action], everyone: &LookAt, settings: &BTreeSet<&'static str>) -> Look {
    let before_members = |action: &&Action| action.stage() < Stage::AutoEnable;
    if actions.iter().any(|action| before_members(&action)) {
        return Look { as_management: true, members: everyone.clone(), settings: settings.clone() };
    }
    let configured = actions.iter().any(|action| action.stage() == Stage::Settings);
    let touched: BTreeSet<AccountId> = actions.iter().flat_map(Action::members).copied().collect();
    let members = if touched.is_empty() { LookAt::Nobody } else { LookAt::Accounts(touched) };
    let settings = if configured { settings.clone() } else { BTreeSet::new() };
    Look { as_management: false, members, settings }
}
