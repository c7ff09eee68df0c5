//! What several checks need, each read once; what cannot be read is told by the checks that need it. I/O: AWS, the bucket.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::future::{join, join_all, join5};
use rollcall_aws::{Access, Caller, Organization};
use rollcall_core::{
    Policy, Region, RegionStatus, Roster, ServiceError, ServiceId,
    sweep::{PinnedPolicy, SurveyedRegion},
};
use rollcall_runtime::{CATALOG, Entry, Session};
use rollcall_sweep::surveyed_regions;

use crate::{connect::Connected, output::Failure, run::PolicyFile};

/// What several checks go by.
pub(super) struct Ground<'a> {
    pub(super) session: &'a Session,
    pub(super) organization: Organization,
    /// Who runs the command.
    pub(super) caller: Result<Caller, ServiceError>,
    /// The policy; the built-in one where it cannot be used.
    pub(super) policy: Policy,
    /// Which policy it is, or why it cannot be used.
    pub(super) policy_in_force: Result<PinnedPolicy, Failure>,
    /// Whether it was to be read from the bucket.
    pub(super) policy_is_from_bucket: bool,
    pub(super) roster: Result<Arc<Roster>, ServiceError>,
    /// The policy types of Organizations that are enabled.
    pub(super) types: Result<BTreeSet<String>, ServiceError>,
    /// Each governed service's regions.
    regions: BTreeMap<ServiceId, Result<Vec<SurveyedRegion>, ServiceError>>,
    /// How to apply what is planned, with the options of this command.
    pub(super) apply: String,
}

impl<'a> Ground<'a> {
    /// Reads it.
    pub(super) async fn read(connected: &'a Connected, policy: &PolicyFile, apply: String) -> Result<Self, Failure> {
        let session = &connected.session;
        let policy_is_from_bucket = !policy.is_named() && session.bucket().is_ok();
        let organization = session.organization_of_management();
        let home = &session.configuration.home;
        let own = Access::default();
        let (caller, policy, roster, types, regions) = Box::pin(join5(
            session.aws().caller(&own, home),
            policy.read(connected),
            organization.roster(),
            organization.policy_types(),
            join_all(CATALOG.iter().map(|entry| own_regions(session, &organization, entry))),
        ))
        .await;
        let built_in = session.policy_in_force(PinnedPolicy::built_in())?.policy;
        let (policy, policy_in_force) = match policy {
            Ok(in_force) => (in_force.policy, Ok(in_force.pinned)),
            Err(failure) => (built_in, Err(failure)),
        };
        let regions = CATALOG.iter().zip(regions).map(|(entry, (regions, present))| {
            let surveyed = |regions| surveyed_regions(entry, &policy, present.as_ref(), regions);
            (entry.spec.id, regions.map(surveyed))
        });
        let regions = regions.collect();
        let roster = roster.map(Arc::new);
        Ok(Self {
            session,
            organization,
            caller,
            policy,
            policy_in_force,
            policy_is_from_bucket,
            roster,
            types,
            regions,
            apply,
        })
    }

    /// The services that the policy governs.
    pub(super) fn services(&self) -> impl Iterator<Item = &'static Entry> {
        CATALOG.iter().filter(|entry| self.policy.governs_service(entry.spec.id))
    }

    /// A service's regions, whether governed or not.
    pub(super) fn regions(&self, entry: &Entry) -> Result<&[SurveyedRegion], &ServiceError> {
        self.regions.get(&entry.spec.id).map_or(Ok(&[]), |regions| regions.as_deref())
    }

    /// The regions in which a service is governed.
    pub(super) fn governed(&self, entry: &Entry) -> Result<Vec<&Region>, &ServiceError> {
        let governed = self.regions(entry)?.iter().filter(|region| region.is_governed());
        Ok(governed.map(|region| &region.region).collect())
    }

    /// The management account, for a person.
    pub(super) fn management(&self) -> String {
        match &self.roster {
            Ok(roster) => format!("the management account {}", roster.management),
            Err(_) => "the management account".to_owned(),
        }
    }
}

type Regions = Result<Vec<(Region, RegionStatus)>, ServiceError>;

/// The regions of a service's administrator, and those that AWS lists the service in, where it does.
async fn own_regions(
    session: &Session,
    organization: &Organization,
    entry: &Entry,
) -> (Regions, Option<BTreeSet<Region>>) {
    let acting = organization.acting_as(session.administrator(entry).1);
    let home = &session.configuration.home;
    let present = session.aws().service_regions(entry.spec.signing_name, home);
    let (regions, present) = Box::pin(join(acting.regions(), present)).await;
    (regions, present.ok().filter(|present| !present.is_empty()))
}
