//! What an event asks for: accounts, enrolled in every service and region that they are to be in. I/O through the
//! adapters.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{FutureExt, StreamExt, stream};
use rollcall_aws::Organization;
use rollcall_core::{
    AccountId, OrganizationPolicies, Permits, Region, RegionStatus, Roster, Scope, ServiceError, Stop, TargetReport,
};

use crate::{
    CATALOG, Deadline, Entry, Refusal, Session,
    session::{Extent, before, out_of_time},
};

/// Enough targets at a time for all regions and services at once: their APIs are independent of each other.
const TARGETS_AT_ONCE: usize = 100;

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

impl Session {
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
        let policy = async {
            let late = || Err(Refusal::Call(out_of_time("GetObject")));
            before(&deadline.half, self.policy().boxed()).await.unwrap_or_else(late)
        };
        let (policy, roster, services) = futures::future::join3(
            policy.boxed(),
            self.look_up(&organization, accounts.keys().copied().collect(), &deadline.half, &mut enrolment).boxed(),
            futures::future::join_all(services).boxed(),
        )
        .await;
        let policy = policy?.policy;
        let mut targets = Vec::new();
        let governs = |entry: &Entry| policy.governs_service(entry.spec.id);
        for (entry, checked, regions, organization) in services.into_iter().filter(|(entry, ..)| governs(entry)) {
            match (checked, regions) {
                (Err(refusal @ (Refusal::Configuration(_) | Refusal::Policy(_) | Refusal::NotGoverned(_))), _) => {
                    return Err(refusal);
                }
                (Err(Refusal::Call(error)), _) | (Ok(()), Err(error)) => enrolment.failed_services.push((entry, error)),
                (Ok(()), Ok(regions)) => {
                    let regions = governed(entry, regions).filter(|region| policy.governs(entry.spec.id, region));
                    targets.extend(regions.map(|region| (entry, region, organization.clone())));
                }
            }
        }
        let Some(mut roster) = roster else { return Ok(enrolment) };
        if !policy.tag_keys().is_empty() {
            self.look_up_tags(&organization, &mut roster, &deadline.half).await;
        }
        let roster = Arc::new(roster);
        enrolment.management = Some(roster.management);
        let asked =
            |account: &AccountId, region: &Region| accounts.get(account).is_some_and(|reach| reach.includes(region));
        let unread = OrganizationPolicies::default();
        let runs = targets.into_iter().filter_map(|(entry, region, organization)| {
            let scope: BTreeSet<AccountId> =
                roster.accounts.keys().filter(|account| asked(account, &region)).copied().collect();
            if scope.is_empty() {
                return None;
            }
            let roster = Arc::clone(&roster);
            let extent = Extent {
                scope: Scope::Accounts(scope),
                mode: self.configuration.mode,
                permits: Permits::ADDITIONS,
                bounds: None,
                settling: false,
                policy: &policy,
                // Only the sweep reads these: an event adds to members only, and what AWS refuses is blocked.
                organization_policies: &unread,
            };
            Some(async move { self.run(entry, &region, &organization, &roster, extent, deadline).await }.boxed())
        });
        enrolment.reports = stream::iter(runs).buffer_unordered(TARGETS_AT_ONCE).collect().await;
        Ok(enrolment)
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

    /// Reads the accounts' tags, as far as that goes in time; the memberships of the others stay undecided.
    async fn look_up_tags(&self, organization: &Organization, roster: &mut Roster, stop: &Stop) {
        let accounts: Vec<AccountId> = roster.accounts.keys().copied().collect();
        let answers = stream::iter(accounts)
            .map(|account| async move { (account, organization.tags(account).await) }.boxed())
            .buffer_unordered(self.configuration.concurrency);
        let mut answers = answers.take_until(stop.clone());
        while let Some((id, answer)) = answers.next().await {
            match (answer, roster.accounts.get_mut(&id)) {
                (Ok(tags), Some(account)) => account.tags = Some(tags),
                (Err(error), _) => {
                    tracing::warn!(account.id = %id, "the tags of account {id} could not be read: {error}");
                }
                (Ok(_), None) => {}
            }
        }
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
