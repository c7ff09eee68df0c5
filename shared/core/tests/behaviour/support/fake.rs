//! A simulated AWS behind the engine's ports: every call takes a moment, may fail, and may be raced by AWS itself. No I/O.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    task::Poll,
};

use futures::{
    FutureExt,
    future::{BoxFuture, poll_fn},
};
use rollcall_core::{
    AccountFailure, AccountId, Action, ErrorClass, Feature, Look, LookAt, Members, Observed, ObservedMember,
    OrganizationAccess, OwnState, Region, RegionStatus, Relationship, SecurityService, Seen, ServiceError, ServiceSpec,
    Unseen,
};

use super::{
    ADMINISTRATOR, MANAGEMENT, error, id,
    world::{Sim, World},
};

/// One call that was made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    Observe(Look),
    TrustedAccess,
    AdministratorRegion,
    MemberRegion(AccountId),
    Apply(Action),
}

/// A failure that is asked for: of all calls of this name, as a whole or for one account.
#[derive(Debug)]
struct Fault {
    name: &'static str,
    account: Option<AccountId>,
    feature: Option<Feature>,
    class: ErrorClass,
}

#[derive(Debug)]
pub(crate) struct Fake {
    pub(super) spec: &'static ServiceSpec,
    world: Mutex<World>,
    pub(super) calls: Arc<Mutex<Vec<Call>>>,
    faults: Vec<Fault>,
    /// So many calls more fail at random.
    random_faults: Mutex<u64>,
    /// Whether members' regions are known without a call.
    regions_known: bool,
    /// What happens in AWS after the next write.
    drift: Mutex<Option<fn(&mut World)>>,
}

impl Fake {
    pub(crate) fn new(world: World) -> Self {
        Self {
            spec: world.spec,
            world: Mutex::new(world),
            calls: Arc::default(),
            faults: Vec::new(),
            random_faults: Mutex::default(),
            regions_known: false,
            drift: Mutex::default(),
        }
    }

    /// A survey has asked for members' regions before.
    pub(crate) fn surveyed(self) -> Self {
        Self { regions_known: true, ..self }
    }

    /// Calls of this name fail; `member-region`, `trusted-access`, or the name of an action.
    pub(crate) fn failing(mut self, name: &'static str, class: ErrorClass) -> Self {
        self.faults.push(Fault { name, account: None, feature: None, class });
        self
    }

    /// Calls of this name leave this account unserved.
    pub(crate) fn failing_for(mut self, number: u64, name: &'static str, class: ErrorClass) -> Self {
        self.faults.push(Fault { name, account: Some(id(number)), feature: None, class });
        self
    }

    /// Calls that turn this feature on for members fail.
    pub(crate) fn failing_feature(mut self, feature: &'static str, class: ErrorClass) -> Self {
        let feature = Some(Feature::known(feature));
        self.faults.push(Fault { name: "enable-features", account: None, feature, class });
        self
    }

    /// Once, after the next write, this happens in AWS.
    pub(crate) fn drift_after_first_write(&self, drift: fn(&mut World)) {
        *self.drift.lock().unwrap() = Some(drift);
    }

    /// Reads never show what is written from now on.
    pub(crate) fn freeze_reads_after_writes(&self) {
        for sim in self.world().accounts.values_mut() {
            sim.stale = Some((Box::new(sim.clone()), u64::MAX));
        }
        self.world().frozen = true;
    }

    pub(crate) fn failing_at_random(self, times: u64) -> Self {
        *self.random_faults.lock().unwrap() = times;
        self
    }

    /// No call fails at random from now on.
    pub(crate) fn calm(&self) {
        *self.random_faults.lock().unwrap() = 0;
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub(crate) fn call_count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    pub(crate) fn writes(&self) -> Vec<Action> {
        let action = |call| if let Call::Apply(action) = call { Some(action) } else { None };
        self.calls().into_iter().filter_map(action).collect()
    }

    pub(crate) fn forget_calls(&self) {
        self.calls.lock().unwrap().clear();
    }

    /// A call is under way: others, and AWS itself, may act.
    async fn moment(&self) {
        self.world().tick();
        let mut waited = false;
        poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    async fn call<T>(&self, call: Call, answer: impl FnOnce(&mut World) -> T) -> T {
        self.calls.lock().unwrap().push(call);
        self.moment().await;
        let answer = answer(&mut self.world());
        self.moment().await;
        answer
    }

    /// Whether this call fails at random.
    fn unlucky(&self) -> bool {
        let mut left = self.random_faults.lock().unwrap();
        let unlucky = *left > 0 && self.world().dice.roll(6) == 0;
        *left -= u64::from(unlucky);
        unlucky
    }

    fn fault(&self, name: &str, account: Option<AccountId>) -> Option<ServiceError> {
        let found = self.faults.iter().find(|fault| fault.name == name && fault.account == account);
        found.map(|fault| error(fault.class))
    }

    /// The failure of the whole call.
    fn fault_of(&self, action: &Action) -> Option<ServiceError> {
        let hit = |fault: &&Fault| match (&fault.feature, action) {
            (None, _) => fault.account.is_none() && fault.name == action.name(),
            (Some(feature), Action::EnableFeatures { features, .. }) => features.contains(feature),
            (Some(_), _) => false,
        };
        self.faults.iter().find(hit).map(|fault| error(fault.class))
    }

    async fn write(&self, action: &Action) -> Result<Vec<AccountFailure>, ServiceError> {
        let whole = self.fault_of(action);
        let drift = self.drift.lock().unwrap().take();
        let luck = if self.unlucky() { self.world().dice.roll(3) } else { 9 };
        let name = action.name();
        self.call(Call::Apply(action.clone()), |world| {
            if let Some(error) = whole {
                return Err(error);
            }
            if luck == 0 {
                return Err(error(ErrorClass::Throttled));
            }
            let served = |account| self.fault(name, Some(account)).is_none() && luck != 1;
            let failed = action.members().iter().filter(|account| !served(**account));
            let mut failures: Vec<AccountFailure> = failed
                .map(|account| AccountFailure {
                    account: *account,
                    error: self.fault(name, Some(*account)).unwrap_or_else(|| error(ErrorClass::Transient)),
                })
                .collect();
            if let Some(action) = action.only_for(served) {
                failures.extend(world.apply(&action)?);
            }
            if let Some(drift) = drift {
                drift(world);
            }
            // The answer is lost after the work was done.
            if luck == 2 { Err(error(ErrorClass::Transient)) } else { Ok(failures) }
        })
        .await
    }

    async fn look(&self, look: &Look) -> Observed {
        let mut observed = self.call(Call::Observe(look.clone()), |world| see_organization(world, look)).await;
        let asked: Vec<AccountId> = match &look.members {
            LookAt::Nobody => return observed,
            LookAt::Accounts(accounts) => accounts.iter().copied().collect(),
            LookAt::All => self.world().accounts.keys().copied().collect(),
        };
        if !self.world().governs() {
            observed.members.incomplete = Some(Unseen::NoAdministrator);
            return observed;
        }
        let listed: Vec<(AccountId, Sim)> = asked
            .into_iter()
            .filter(|account| *account != id(ADMINISTRATOR))
            .map(|id| (id, self.world().read(id)))
            .collect();
        if listed.iter().any(|(account, sim)| *account == id(MANAGEMENT) && sim.relationship == Relationship::Enabled) {
            observed.management = Seen::No(Unseen::NotAsked);
        }
        // The features come from another call.
        self.moment().await;
        observed.members.incomplete = None;
        for (account, sim) in listed {
            if look.members == LookAt::All && sim.relationship == Relationship::NotListed {
                continue;
            }
            observed.members.listed.insert(account, self.see_member(account, &sim));
        }
        self.spoil(&mut observed);
        observed
    }

    fn see_member(&self, account: AccountId, listed: &Sim) -> ObservedMember {
        if !listed.associated() {
            return ObservedMember::unassociated(listed.relationship.clone());
        }
        let mut world = self.world();
        let now = world.read(account);
        ObservedMember {
            relationship: listed.relationship.clone(),
            monitoring: Seen::Yes(world.is_on(&now)),
            managed: world.managed(account).features.into_keys().collect(),
            features: Seen::Yes(now.features),
        }
    }

    /// Some part of an observation fails at random.
    fn spoil(&self, observed: &mut Observed) {
        if !self.unlucky() {
            return;
        }
        let failed = || Unseen::Failed(error(ErrorClass::Transient).into());
        match self.world().dice.roll(5) {
            0 => observed.administrator = Seen::No(failed()),
            1 => observed.own = Seen::No(failed()),
            2 => observed.auto_enable = Seen::No(failed()),
            3 => {
                let half = observed.members.listed.len() / 2;
                let seen = std::mem::take(&mut observed.members.listed);
                observed.members =
                    Members { listed: seen.into_iter().take(half).collect(), incomplete: Some(failed()) };
            }
            _ => {
                for member in observed.members.listed.values_mut().take(1) {
                    member.features = Seen::No(failed());
                }
            }
        }
    }
}

fn see_organization(world: &mut World, look: &Look) -> Observed {
    let own = world.read(id(ADMINISTRATOR));
    let managed = |world: &World, account| world.managed(account).features.into_keys().collect();
    let own =
        OwnState { monitoring: world.is_on(&own), features: own.features, managed: managed(world, id(ADMINISTRATOR)) };
    let management = world.accounts[&id(MANAGEMENT)].clone();
    let ask = look.as_management && world.spec.management_enabled_first;
    let management = OwnState {
        monitoring: world.is_on(&management),
        features: management.features,
        managed: managed(world, id(MANAGEMENT)),
    };
    let asked = |(key, value): (&&'static str, &String)| look.settings.contains(key).then(|| (*key, value.clone()));
    Observed {
        administrator: Seen::Yes(world.delegated),
        own: Seen::Yes(own),
        management: if ask { Seen::Yes(management) } else { Seen::No(Unseen::NotAsked) },
        auto_enable: if world.governs() {
            Seen::Yes(world.settings.clone())
        } else {
            Seen::No(Unseen::NoAdministrator)
        },
        settings: if look.settings.is_empty() {
            Seen::No(Unseen::NotAsked)
        } else if world.governs() {
            Seen::Yes(world.configured.iter().filter_map(asked).collect())
        } else {
            Seen::No(Unseen::NoAdministrator)
        },
        not_offered: world.not_offered.clone(),
        ..Observed::default()
    }
}

impl SecurityService for Fake {
    fn spec(&self) -> &'static ServiceSpec {
        self.spec
    }

    fn observe<'a>(&'a self, look: &'a Look) -> BoxFuture<'a, Observed> {
        self.look(look).boxed()
    }

    fn apply<'a>(&'a self, action: &'a Action) -> BoxFuture<'a, Result<Vec<AccountFailure>, ServiceError>> {
        self.write(action).boxed()
    }
}

impl OrganizationAccess for Fake {
    fn trusted_access(&self) -> BoxFuture<'_, Result<Vec<String>, ServiceError>> {
        let fault = self.fault("trusted-access", None);
        let principals = |world: &mut World| fault.map_or_else(|| Ok(world.trusted.iter().cloned().collect()), Err);
        self.call(Call::TrustedAccess, principals).boxed()
    }

    fn enable_trusted_access<'a>(&'a self, principal: &'a str) -> BoxFuture<'a, Result<(), ServiceError>> {
        let known =
            self.spec.trusted_access.iter().chain(&["account.amazonaws.com"]).find(|known| **known == principal);
        let action = Action::EnableTrustedAccess { principal: known.unwrap() };
        async move { self.write(&action).await.map(drop) }.boxed()
    }

    fn administrator_region<'a>(&'a self, _: &'a Region) -> BoxFuture<'a, Result<RegionStatus, ServiceError>> {
        self.call(Call::AdministratorRegion, |world| Ok(world.accounts[&id(ADMINISTRATOR)].region.clone())).boxed()
    }

    fn known_member_region(&self, account: AccountId, _: &Region) -> Option<RegionStatus> {
        self.regions_known.then(|| self.world.lock().unwrap().accounts[&account].region.clone())
    }

    fn member_region<'a>(
        &'a self,
        account: AccountId,
        _: &'a Region,
    ) -> BoxFuture<'a, Result<RegionStatus, ServiceError>> {
        let fault = self.fault("member-region", None).or_else(|| self.fault("member-region", Some(account)));
        self.call(Call::MemberRegion(account), move |world| match fault {
            Some(error) => Err(error),
            None if !world.trusted.contains("account.amazonaws.com") => Err(error(ErrorClass::Denied)),
            None => Ok(world.accounts[&account].region.clone()),
        })
        .boxed()
    }
}
