//! A function's process: its configuration and clients, and runs on targets. I/O through the adapters.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{Arc, OnceLock},
    time::Instant,
};

use futures::{StreamExt, future::Either, stream};
use rollcall_aws::{Access, Aws, Connection, Organization};
use rollcall_core::{
    AccountId, ErrorClass, Policy, Region, RegionStatus, Roster, Run, Scope, ServiceError, Stop, Target, TargetReport,
    reconcile,
};

use tracing::Instrument;

use crate::{CATALOG, Configuration, ConfigurationError, Entry, telemetry};

/// Enough targets at a time for all regions and services at once: their APIs are independent of each other.
const TARGETS_AT_ONCE: usize = 100;

/// What a process makes once and keeps between invocations. Making it does no I/O.
pub struct Session {
    /// The configuration.
    pub configuration: Configuration,
    aws: Arc<Aws>,
}

/// The process's session, made with its first invocation: before that, nothing may delay the function's start.
pub fn session(kept: &OnceLock<Session>) -> Result<&Session, ConfigurationError> {
    if let Some(session) = kept.get() {
        return Ok(session);
    }
    let configuration = Configuration::read(|name| env::var(name).ok());
    telemetry::start(configuration.as_ref().map_or(tracing::Level::INFO, |configuration| configuration.log));
    let session = Session::new(configuration?);
    Ok(kept.get_or_init(|| session))
}

/// What came of enrolling accounts.
#[derive(Debug, Default)]
pub struct Enrolment {
    /// A report for each target.
    pub reports: Vec<TargetReport>,
    /// The accounts that this organization does not have.
    pub strangers: BTreeSet<AccountId>,
    /// The accounts that could not be looked up, and why.
    pub unseen: BTreeMap<AccountId, ServiceError>,
    /// Services whose regions could not be listed, and why: none of their targets was looked at.
    pub failed_services: Vec<(&'static Entry, ServiceError)>,
}

impl Session {
    /// A session for a configuration.
    #[must_use]
    pub fn new(configuration: Configuration) -> Self {
        let aws = Arc::new(Aws::new(configuration.settings));
        Self { configuration, aws }
    }

    /// Re-asserts everything about one target. An error means that the organization could not be listed.
    pub async fn reassert(
        &self,
        entry: &'static Entry,
        region: &Region,
        stop: Stop,
    ) -> Result<TargetReport, ServiceError> {
        let organization = self.organization(entry);
        let roster = before(&stop, organization.roster()).await.unwrap_or_else(|| Err(out_of_time("ListAccounts")))?;
        let roster = Arc::new(roster);
        Ok(self.run(entry, region, &organization, &roster, Scope::Everything, stop).await)
    }

    /// Enrols accounts in every service and region that is on for them and for the service's administrator.
    ///
    /// Each account is looked up first: one that the organization does not have is left alone.
    pub async fn enroll(&self, accounts: &BTreeSet<AccountId>, stop: Stop) -> Enrolment {
        let mut enrolment = Enrolment::default();
        let Some(first) = CATALOG.first() else { return enrolment };
        let organization = self.organization(first);
        let regions = CATALOG.iter().map(|entry| {
            let organization = organization.acting_as(self.administrator(entry).1);
            async move { (entry, organization.regions().await, organization) }
        });
        let looked_up = futures::future::join3(
            self.look_up(&organization, accounts, &mut enrolment),
            futures::future::join_all(regions),
            member_regions(&organization, accounts),
        );
        let Some((roster, regions, statuses)) = before(&stop, looked_up).await else {
            let unseen = accounts.iter().map(|account| (*account, out_of_time("DescribeAccount")));
            return Enrolment { unseen: unseen.collect(), ..Enrolment::default() };
        };
        let Some(roster) = roster.map(Arc::new) else { return enrolment };
        let scope: BTreeSet<AccountId> = roster.accounts.keys().copied().collect();
        let mut targets = Vec::new();
        for (entry, listed, organization) in regions {
            match listed {
                Ok(listed) => targets.extend(governed(listed).map(|region| (entry, region, organization.clone()))),
                Err(error) => enrolment.failed_services.push((entry, error)),
            }
        }
        let off_for_all = |region: &Region| scope.iter().all(|account| is_off(&statuses, *account, region));
        targets.retain(|(_, region, _)| !off_for_all(region));
        let runs = targets.into_iter().map(|(entry, region, organization)| {
            let (roster, scope, stop) = (Arc::clone(&roster), scope.clone(), stop.clone());
            async move { self.run(entry, &region, &organization, &roster, Scope::Accounts(scope), stop).await }
        });
        enrolment.reports = stream::iter(runs).buffer_unordered(TARGETS_AT_ONCE).collect().await;
        enrolment
    }

    async fn run(
        &self,
        entry: &Entry,
        region: &Region,
        organization: &Organization,
        roster: &Arc<Roster>,
        scope: Scope,
        stop: Stop,
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
            mode: self.configuration.mode,
            concurrency: self.configuration.concurrency,
            stop,
        })
        .instrument(span)
        .await;
        telemetry::log_report(&report, trigger, started.elapsed());
        report
    }

    fn organization(&self, entry: &Entry) -> Organization {
        Organization::new(
            Arc::clone(&self.aws),
            &self.configuration.home,
            self.administrator(entry).1,
            self.configuration.management_read.clone(),
            self.configuration.management_write.clone(),
        )
    }

    fn administrator(&self, entry: &Entry) -> (AccountId, Access) {
        // Every service of the catalog is configured: reading the configuration made sure of that.
        #[expect(clippy::indexing_slicing, reason = "the configuration has an entry for each service of the catalog")]
        self.configuration.administrators[&entry.spec.id].clone()
    }

    /// The accounts that the organization has, as far as they could be looked up; `None` when there are none.
    async fn look_up(
        &self,
        organization: &Organization,
        accounts: &BTreeSet<AccountId>,
        enrolment: &mut Enrolment,
    ) -> Option<Roster> {
        let mut answers = stream::iter(accounts)
            .map(|account| async move { (*account, organization.account(*account).await) })
            .buffer_unordered(self.configuration.concurrency);
        let mut roster: Option<Roster> = None;
        while let Some((id, answer)) = answers.next().await {
            match answer {
                Ok(Some((management, account))) => {
                    let roster = roster.get_or_insert_with(|| Roster { management, accounts: BTreeMap::new() });
                    roster.accounts.insert(id, account);
                }
                Ok(None) => drop(enrolment.strangers.insert(id)),
                Err(error) => drop(enrolment.unseen.insert(id, error)),
            }
        }
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

type Statuses = BTreeMap<AccountId, Vec<(Region, RegionStatus)>>;

/// The regions of each account. What fails is left out here: each target asks again and tells why.
async fn member_regions(organization: &Organization, accounts: &BTreeSet<AccountId>) -> Statuses {
    let answers = stream::iter(accounts)
        .map(|account| async move { Some((*account, organization.member_regions(*account).await.ok()?)) })
        .buffer_unordered(5);
    answers.filter_map(|answer| async { answer }).collect().await
}

/// The regions that are on for the administrator: nothing can be enabled where it has opted out.
fn governed(regions: Vec<(Region, RegionStatus)>) -> impl Iterator<Item = Region> {
    let on = |status: &RegionStatus| matches!(status, RegionStatus::Enabled | RegionStatus::EnabledByDefault);
    regions.into_iter().filter(move |(_, status)| on(status)).map(|(region, _)| region)
}

fn is_off(statuses: &Statuses, account: AccountId, region: &Region) -> bool {
    let listed = statuses.get(&account).and_then(|regions| regions.iter().find(|(name, _)| name == region));
    listed.is_some_and(|(_, status)| matches!(status, RegionStatus::Disabled))
}
