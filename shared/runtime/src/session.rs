//! A function's process: its configuration and clients, and runs on targets. I/O through the adapters.

use std::{
    env,
    sync::{Arc, OnceLock},
    time::Instant,
};

use futures::{FutureExt, future::Either};
use rollcall_aws::{Access, Aws, Connection, Organization};
use rollcall_core::{
    AccountId, Bounds, ErrorClass, Mode, OrganizationAccess, OrganizationPolicies, Permits, Policy, Region, Roster,
    Run, Scope, SecurityService, ServiceError, Stop, Target, TargetReport, reconcile,
};
use rollcall_stack::{Bucket, EventBus, StateMachine};
use tracing::Instrument;

use crate::{
    Configuration, ConfigurationError, Deadline, Entry,
    configuration::administrator_role,
    surveyed::{Surveyed, SurveyedOrganization},
    telemetry,
};

/// What a process makes once and keeps between invocations. Making it does no I/O.
pub struct Session {
    /// The configuration.
    pub configuration: Configuration,
    aws: Arc<Aws>,
}

/// The process's session, made with its first invocation: before that, nothing may delay the function's start.
/// `function` is the function's name: its calls and role sessions carry it.
pub fn session<'a>(kept: &'a OnceLock<Session>, function: &str) -> Result<&'a Session, ConfigurationError> {
    if let Some(session) = kept.get() {
        return Ok(session);
    }
    let configuration = Configuration::read(|name| env::var(name).ok());
    telemetry::start(configuration.as_ref().map_or(tracing::Level::INFO, |configuration| configuration.log));
    let session = Session::new(configuration?, function);
    Ok(kept.get_or_init(|| session))
}

/// Why a run did not get as far as its targets.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The configuration does not fit the accounts that its accesses belong to.
    #[error("{0}")]
    Configuration(String),
    /// The policy cannot be used.
    #[error("{0}")]
    Policy(String),
    /// The policy leaves out what was asked for.
    #[error("{0}")]
    NotGoverned(String),
    /// A call failed.
    #[error("{0}")]
    Call(ServiceError),
}

/// What a run on a target is to do, and how far it may go.
pub(crate) struct Extent<'a> {
    pub(crate) scope: Scope,
    pub(crate) mode: Mode,
    pub(crate) permits: Permits,
    pub(crate) bounds: Option<&'a Bounds>,
    pub(crate) settling: bool,
    pub(crate) policy: &'a Policy,
    pub(crate) organization_policies: &'a OrganizationPolicies,
}

impl Session {
    /// A session for a configuration.
    #[must_use]
    pub fn new(configuration: Configuration, function: &str) -> Self {
        let aws = Aws::new(configuration.settings, &configuration.home, function);
        Self::with(configuration, aws)
    }

    /// A session that calls through these clients.
    #[must_use]
    pub fn with(configuration: Configuration, aws: Aws) -> Self {
        Self { configuration, aws: Arc::new(aws) }
    }

    /// Re-asserts everything about one target, with what the sweep surveyed, or else with a listing of its own. Gives
    /// the report and the mode it was made in. An error means that the target was not looked at.
    pub async fn reassert(
        &self,
        entry: &'static Entry,
        region: &Region,
        surveyed: Option<&Surveyed>,
        deadline: &Deadline,
    ) -> Result<(TargetReport, Mode), Refusal> {
        let live = self.organization(entry);
        match surveyed {
            None => self.reassert_alone(entry, region, &live, deadline).await,
            Some(surveyed) => self.reassert_surveyed(entry, region, (&live, surveyed), deadline).await,
        }
    }

    /// Outside a sweep: no report lists reductions, so none is made.
    async fn reassert_alone(
        &self,
        entry: &'static Entry,
        region: &Region,
        live: &Organization,
        deadline: &Deadline,
    ) -> Result<(TargetReport, Mode), Refusal> {
        let reads =
            futures::future::join4(self.policy(), self.check(entry), live.roster(), live.policy_types()).boxed();
        let late = || {
            let (policy, error) = (Err(Refusal::Call(out_of_time("GetObject"))), || out_of_time("ListAccounts"));
            (policy, Ok(()), Err(error()), Err(error()))
        };
        let (policy, checked, roster, types) = before(&deadline.end, reads).await.unwrap_or_else(late);
        let policy = policy?.policy;
        checked?;
        if !policy.governs(entry.spec.id, region) {
            let service = entry.spec.id;
            return Err(Refusal::NotGoverned(format!(
                "the policy leaves {service} in {region} out; nothing was looked at"
            )));
        }
        let roster = Arc::new(roster.map_err(Refusal::Call)?);
        self.check_write_access(roster.management).await?;
        let types =
            types.inspect_err(|error| tracing::warn!("which policy types are enabled could not be read: {error}"));
        // Whether AWS's type is enabled is enough to leave auto-enable alone; what is in effect only the sweep reads.
        let enabled = types.is_ok_and(|types| types.contains(entry.spec.organization_policy.policy_type));
        let extent = Extent {
            scope: Scope::Everything,
            mode: self.configuration.mode,
            permits: Permits::ADDITIONS,
            bounds: None,
            settling: false,
            policy: &policy,
            organization_policies: &OrganizationPolicies { enabled, ..OrganizationPolicies::default() },
        };
        Ok((self.run(entry, region, live, &roster, extent, deadline).await, self.configuration.mode))
    }

    async fn reassert_surveyed(
        &self,
        entry: &'static Entry,
        region: &Region,
        (live, surveyed): (&Organization, &Surveyed),
        deadline: &Deadline,
    ) -> Result<(TargetReport, Mode), Refusal> {
        let policy = self.pinned_policy(&surveyed.survey.policy)?;
        let late = || Err(Refusal::Call(out_of_time("GetCallerIdentity")));
        before(&deadline.end, self.check(entry).boxed()).await.unwrap_or_else(late)?;
        self.check_write_access(surveyed.roster.management).await?;
        let (survey, service) = (&surveyed.survey, entry.spec.id.as_str());
        let policies = survey.service(service).and_then(|service| service.organization_policies.as_ref());
        let mode = self.mode(surveyed);
        let extent = Extent {
            scope: surveyed.scope.clone(),
            mode,
            // Nothing is taken away where AWS's policies may hold it and could not be read.
            permits: survey.permits(surveyed.listed.clone().filter(|_| policies.is_none_or(|of| !of.unread))),
            bounds: surveyed.bounds.as_ref(),
            settling: survey.lowered_at(service, region).is_some(),
            policy: &policy,
            organization_policies: &policies.map(|of| of.in_region(entry.spec, region)).unwrap_or_default(),
        };
        let organization = SurveyedOrganization { live, surveyed, spec: entry.spec };
        Ok((self.run(entry, region, &organization, &surveyed.roster, extent, deadline).await, mode))
    }

    /// Apply mode needs both: that it is configured, and that it was when the sweep began.
    fn mode(&self, surveyed: &Surveyed) -> Mode {
        if surveyed.survey.mode == Mode::Plan { Mode::Plan } else { self.configuration.mode }
    }

    /// Whether the administrator's access belongs to the administrator's account. Were it another account's, that one
    /// would be enrolled and reported as the administrator.
    pub async fn check(&self, entry: &Entry) -> Result<(), Refusal> {
        let (administrator, access) = self.administrator(entry);
        let caller = self.aws.account(&access, &self.configuration.home).await.map_err(Refusal::Call)?;
        match caller {
            Some(caller) if caller != administrator => Err(Refusal::Configuration(format!(
                "the administrator of {} is configured as {administrator}, but its access belongs to account {caller}; \
                 set {} to a role in {administrator}, or run there",
                entry.spec.id,
                administrator_role(entry.spec.id),
            ))),
            _ => Ok(()),
        }
    }

    /// Whether what is written as the management account is written there. Were it another account's, that one's own
    /// GuardDuty would be taken for the management account's.
    async fn check_write_access(&self, management: AccountId) -> Result<(), Refusal> {
        let Configuration { management_write, home, .. } = &self.configuration;
        let caller = self.aws.account(management_write, home).await.map_err(Refusal::Call)?;
        match caller {
            Some(caller) if caller != management => Err(Refusal::Configuration(format!(
                "the management account is {management}, but the write access to it belongs to account {caller}; set \
                 ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN to a role in {management}, or run there",
            ))),
            _ => Ok(()),
        }
    }

    pub(crate) async fn run(
        &self,
        entry: &Entry,
        region: &Region,
        organization: &dyn OrganizationAccess,
        roster: &Arc<Roster>,
        extent: Extent<'_>,
        deadline: &Deadline,
    ) -> TargetReport {
        let (administrator, _) = self.administrator(entry);
        let service = self.service(entry, region, roster);
        let (service_id, trigger) = (entry.spec.id, trigger(&extent.scope));
        let span = tracing::info_span!("target", service = service_id.as_str(), region = region.as_str(), trigger);
        let started = Instant::now();
        let report = reconcile(Run {
            service: service.as_ref(),
            organization,
            target: Target { service: service_id, region: region.clone() },
            roster,
            administrator,
            policy: extent.policy,
            organization_policies: extent.organization_policies,
            scope: extent.scope,
            mode: extent.mode,
            permits: extent.permits,
            bounds: extent.bounds,
            settling: extent.settling,
            concurrency: self.configuration.concurrency,
            stop: deadline.end.clone(),
        })
        .instrument(span)
        .await;
        telemetry::log_report(&report, trigger, started.elapsed());
        report
    }

    /// A service in a region, as its administrator and the management account reach it.
    #[must_use]
    pub fn service(&self, entry: &Entry, region: &Region, roster: &Arc<Roster>) -> Box<dyn SecurityService> {
        let (administrator, access) = self.administrator(entry);
        (entry.connect)(Connection {
            aws: Arc::clone(&self.aws),
            region: region.clone(),
            administrator,
            administrator_access: access,
            management_read: self.configuration.management_read.clone(),
            management_write: self.configuration.management_write.clone(),
            roster: Arc::clone(roster),
            concurrency: self.configuration.concurrency,
        })
    }

    /// The organization, as it is and as a service's administrator sees it. Its answers are kept.
    #[must_use]
    pub fn organization(&self, entry: &Entry) -> Organization {
        self.organization_of_management().acting_as(self.administrator(entry).1)
    }

    /// The organization, as it is and as the stack's own account sees it.
    #[must_use]
    pub fn organization_of_management(&self) -> Organization {
        let Configuration { home, management_read, management_write, .. } = &self.configuration;
        Organization::new(
            Arc::clone(&self.aws),
            home,
            Access::default(),
            management_read.clone(),
            management_write.clone(),
        )
    }

    /// The process's clients.
    #[must_use]
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The stack's bucket; an error says that none is configured.
    pub fn bucket(&self) -> Result<Bucket, Refusal> {
        let missing = || Refusal::Configuration("ROLLCALL_BUCKET is not set; set it to the stack's bucket".to_owned());
        let name = self.configuration.bucket.clone().ok_or_else(missing)?;
        Ok(Bucket::new(Arc::clone(&self.aws), self.configuration.home.clone(), name))
    }

    /// The sweep's state machine, where one is configured.
    #[must_use]
    pub fn state_machine(&self) -> Option<StateMachine> {
        let arn = self.configuration.state_machine.clone()?;
        Some(StateMachine::new(Arc::clone(&self.aws), self.configuration.home.clone(), arn))
    }

    /// The event bus for the sweep's events, where one is configured.
    #[must_use]
    pub fn event_bus(&self) -> Option<EventBus> {
        let name = self.configuration.event_bus.clone()?;
        Some(EventBus::new(Arc::clone(&self.aws), self.configuration.home.clone(), name))
    }

    /// The account that administers a service, and the access to it.
    #[must_use]
    pub fn administrator(&self, entry: &Entry) -> (AccountId, Access) {
        // Every service of the catalog is configured: reading the configuration made sure of that.
        #[expect(clippy::indexing_slicing, reason = "the configuration has an entry for each service of the catalog")]
        self.configuration.administrators[&entry.spec.id].clone()
    }
}

/// What started a run; seen in logs only, never in a decision.
fn trigger(scope: &Scope) -> &'static str {
    match scope {
        Scope::Everything => "sweep",
        Scope::Accounts(_) => "event",
        Scope::Within(_) => "person",
    }
}

/// What a future gives, unless time is up before.
pub(crate) async fn before<T>(stop: &Stop, work: impl Future<Output = T>) -> Option<T> {
    match futures::future::select(std::pin::pin!(work), stop.clone()).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}

pub(crate) fn out_of_time(operation: &'static str) -> ServiceError {
    ServiceError {
        operation,
        class: ErrorClass::Transient,
        code: "OutOfTime".to_owned(),
        message: "the function's time was up first; give it more".to_owned(),
        request_id: None,
    }
}
