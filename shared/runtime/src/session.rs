//! A function's process: its configuration and clients, and runs on targets. I/O through the adapters.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{Arc, OnceLock},
    time::Instant,
};

use futures::{FutureExt, StreamExt, future::Either, stream};
use rollcall_aws::{Access, Aws, Connection, Organization};
use rollcall_core::{
    AccountId, ErrorClass, Mode, OrganizationAccess, Policy, Region, RegionStatus, Roster, Run, Scope, ServiceError,
    Stop, Target, TargetReport, reconcile,
};
use rollcall_stack::{Bucket, EventBus, StateMachine};

use tracing::Instrument;

use crate::{
    CATALOG, Configuration, ConfigurationError, Deadline, Entry,
    configuration::administrator_role,
    surveyed::{Surveyed, SurveyedOrganization},
    telemetry,
};

/// Enough targets at a time for all regions and services at once: their APIs are independent of each other.
const TARGETS_AT_ONCE: usize = 100;

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

/// Where an account is to be enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// In every region that is governed.
    Everywhere,
    /// In these regions, as far as they are governed.
    Regions(BTreeSet<Region>),
}

impl Reach {
    /// Whether a region is meant.
    #[must_use]
    pub fn includes(&self, region: &Region) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Regions(regions) => regions.contains(region),
        }
    }

    /// As far as either of both reaches.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Regions(one), Self::Regions(other)) => Self::Regions(one.into_iter().chain(other).collect()),
            _ => Self::Everywhere,
        }
    }
}

/// What came of enrolling accounts.
#[derive(Debug, Default)]
pub struct Enrolment {
    /// The management account, where any account could be looked up.
    pub management: Option<AccountId>,
    /// A report for each target.
    pub reports: Vec<TargetReport>,
    /// The accounts that this organization does not have.
    pub strangers: BTreeSet<AccountId>,
    /// The accounts that could not be looked up, and why.
    pub unseen: BTreeMap<AccountId, ServiceError>,
    /// Services whose regions could not be listed, and why: none of their targets was looked at.
    pub failed_services: Vec<(&'static Entry, ServiceError)>,
}

/// Why a run did not get as far as its targets.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The configuration does not fit the accounts that its accesses belong to.
    #[error("{0}")]
    Configuration(String),
    /// A call failed.
    #[error("{0}")]
    Call(ServiceError),
}

impl Session {
    /// A session for a configuration.
    #[must_use]
    pub fn new(configuration: Configuration, function: &str) -> Self {
        let aws = Arc::new(Aws::new(configuration.settings, function));
        Self { configuration, aws }
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
        let mode = self.mode(surveyed);
        let Some(surveyed) = surveyed else {
            let reads = futures::future::join(self.check(entry), live.roster());
            let late = || (Ok(()), Err(out_of_time("ListAccounts")));
            let (checked, roster) = before(&deadline.end, reads.boxed()).await.unwrap_or_else(late);
            checked?;
            let roster = Arc::new(roster.map_err(Refusal::Call)?);
            self.check_write_access(roster.management).await?;
            return Ok((self.run(entry, region, &live, &roster, (Scope::Everything, mode), deadline).await, mode));
        };
        let late = || Err(Refusal::Call(out_of_time("GetCallerIdentity")));
        before(&deadline.end, self.check(entry).boxed()).await.unwrap_or_else(late)?;
        self.check_write_access(surveyed.roster.management).await?;
        let organization = SurveyedOrganization { live: &live, surveyed, spec: entry.spec };
        let run = self.run(entry, region, &organization, &surveyed.roster, (Scope::Everything, mode), deadline);
        Ok((run.await, mode))
    }

    /// Apply mode needs both: that it is configured, and that no breaker stopped the sweep.
    fn mode(&self, surveyed: Option<&Surveyed>) -> Mode {
        match surveyed {
            Some(surveyed) if surveyed.survey.mode == Mode::Plan => Mode::Plan,
            _ => self.configuration.mode,
        }
    }

    /// Enrols accounts in every service and region that is on for the service's administrator, or, of an account for
    /// which regions are named, in these.
    ///
    /// Each account is looked up first: one that the organization does not have is left alone. An error means that
    /// nothing was done.
    pub async fn enroll(
        &self,
        accounts: &BTreeMap<AccountId, Reach>,
        deadline: &Deadline,
    ) -> Result<Enrolment, Refusal> {
        let mut enrolment = Enrolment::default();
        let Some(first) = CATALOG.first() else { return Ok(enrolment) };
        let organization = self.organization(first);
        let services = CATALOG.iter().map(|entry| {
            let organization = organization.acting_as(self.administrator(entry).1);
            async move {
                let reads = futures::future::join(self.check(entry), organization.regions()).boxed();
                let late = || (Ok(()), Err(out_of_time("ListRegions")));
                let (checked, regions) = before(&deadline.half, reads).await.unwrap_or_else(late);
                (entry, checked, regions, organization)
            }
        });
        let (roster, services) = futures::future::join(
            self.look_up(&organization, accounts.keys().copied().collect(), &deadline.half, &mut enrolment).boxed(),
            futures::future::join_all(services).boxed(),
        )
        .await;
        let mut targets = Vec::new();
        for (entry, checked, regions, organization) in services {
            match (checked, regions) {
                (Err(refusal @ Refusal::Configuration(_)), _) => return Err(refusal),
                (Err(Refusal::Call(error)), _) | (Ok(()), Err(error)) => enrolment.failed_services.push((entry, error)),
                (Ok(()), Ok(regions)) => {
                    targets.extend(governed(entry, regions).map(|region| (entry, region, organization.clone())));
                }
            }
        }
        let Some(roster) = roster.map(Arc::new) else { return Ok(enrolment) };
        enrolment.management = Some(roster.management);
        let asked =
            |account: &AccountId, region: &Region| accounts.get(account).is_some_and(|reach| reach.includes(region));
        let runs = targets.into_iter().filter_map(|(entry, region, organization)| {
            let scope: BTreeSet<AccountId> =
                roster.accounts.keys().filter(|account| asked(account, &region)).copied().collect();
            if scope.is_empty() {
                return None;
            }
            let roster = Arc::clone(&roster);
            let extent = (Scope::Accounts(scope), self.configuration.mode);
            Some(async move { self.run(entry, &region, &organization, &roster, extent, deadline).await }.boxed())
        });
        enrolment.reports = stream::iter(runs).buffer_unordered(TARGETS_AT_ONCE).collect().await;
        Ok(enrolment)
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

    async fn run(
        &self,
        entry: &Entry,
        region: &Region,
        organization: &dyn OrganizationAccess,
        roster: &Arc<Roster>,
        (scope, mode): (Scope, Mode),
        deadline: &Deadline,
    ) -> TargetReport {
        let (administrator, access) = self.administrator(entry);
        let service = (entry.connect)(Connection {
            aws: Arc::clone(&self.aws),
            region: region.clone(),
            administrator,
            administrator_access: access,
            management_read: self.configuration.management_read.clone(),
            management_write: self.configuration.management_write.clone(),
            roster: Arc::clone(roster),
            concurrency: self.configuration.concurrency,
        });
        let (service_id, trigger) = (entry.spec.id, trigger(&scope));
        let span = tracing::info_span!("target", service = service_id.as_str(), region = region.as_str(), trigger);
        let started = Instant::now();
        let report = reconcile(Run {
            service: service.as_ref(),
            organization,
            target: Target { service: service_id, region: region.clone() },
            roster,
            administrator,
            policy: &Policy::built_in(entry.spec),
            scope,
            mode,
            concurrency: self.configuration.concurrency,
            stop: deadline.end.clone(),
        })
        .instrument(span)
        .await;
        telemetry::log_report(&report, trigger, started.elapsed());
        report
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

    /// The accounts that the organization has, as far as they could be looked up in time; `None` when there are none.
    async fn look_up(
        &self,
        organization: &Organization,
        accounts: BTreeSet<AccountId>,
        stop: &Stop,
        enrolment: &mut Enrolment,
    ) -> Option<Roster> {
        let mut waiting = accounts.clone();
        let answers = stream::iter(accounts.clone())
            .map(|account| async move { (account, organization.account(account).await) }.boxed())
            .buffer_unordered(self.configuration.concurrency);
        let mut answers = answers.take_until(stop.clone());
        let mut roster: Option<Roster> = None;
        while let Some((id, answer)) = answers.next().await {
            waiting.remove(&id);
            match answer {
                Ok(Some((management, account))) => {
                    let roster = roster.get_or_insert_with(|| Roster { management, accounts: BTreeMap::new() });
                    roster.accounts.insert(id, account);
                }
                Ok(None) => drop(enrolment.strangers.insert(id)),
                Err(error) => drop(enrolment.unseen.insert(id, error)),
            }
        }
        enrolment.unseen.extend(waiting.into_iter().map(|account| (account, out_of_time("DescribeAccount"))));
        roster
    }
}

/// What started a run; seen in logs only, never in a decision.
fn trigger(scope: &Scope) -> &'static str {
    match scope {
        Scope::Everything => "sweep",
        Scope::Accounts(_) => "event",
    }
}

/// What a future gives, unless time is up before.
async fn before<T>(stop: &Stop, work: impl Future<Output = T>) -> Option<T> {
    match futures::future::select(std::pin::pin!(work), stop.clone()).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}

fn out_of_time(operation: &'static str) -> ServiceError {
    ServiceError {
        operation,
        class: ErrorClass::Transient,
        code: "OutOfTime".to_owned(),
        message: "the function's time was up first; give it more".to_owned(),
        request_id: None,
    }
}

/// The regions that the administrator has not opted out of; nothing can be enabled in those.
fn governed(entry: &Entry, regions: Vec<(Region, RegionStatus)>) -> impl Iterator<Item = Region> {
    let service = entry.spec.id.as_str();
    let (off, governed): (Vec<_>, Vec<_>) =
        regions.into_iter().partition(|(_, status): &(_, RegionStatus)| status.is_off());
    if !off.is_empty() {
        let regions: Vec<&str> = off.iter().map(|(region, _)| region.as_str()).collect();
        let regions = regions.join(" ");
        tracing::info!(
            service,
            regions,
            outcome = "not-governed",
            "regions that are off for the administrator are left out"
        );
    }
    governed.into_iter().map(|(region, _)| region)
}
