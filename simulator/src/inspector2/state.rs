//! What Inspector holds for each region and account, and how it is read and written. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words::{DeepInspection, PerScan, Relationship, Scan, Status};
use crate::{
    transition::{Due, Moving},
    world::World,
};

/// Everything that the service holds. Copies are cheap: stale reads are answered from earlier ones.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(super) regions: BTreeMap<String, Arc<Regional>>,
    /// Accounts that have the service-linked role, which the first `Enable` creates. Roles are global.
    pub(super) roles: BTreeSet<String>,
    /// The same of agentless scanning.
    pub(super) agentless_roles: BTreeSet<String>,
    /// What AWS's automation has yet to do.
    pub(super) pending: Vec<Pending>,
}

/// An account that auto-enable will act on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) region: String,
    pub(super) account: String,
    pub(super) due: Due,
}

/// One region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Regional {
    pub(super) settings: Settings,
    /// Only the accounts that have, or had, something here.
    pub(super) accounts: BTreeMap<String, Enrolment>,
}

/// What a region holds for the whole organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) administrator: Moving<Administrator>,
    pub(super) auto_enable: PerScan<bool>,
    /// Auto-enable of scan types that no model knows, as a state has set.
    pub(super) unknown: BTreeMap<String, bool>,
    /// Custom paths of deep inspection for the organization.
    pub(super) paths: Vec<Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            administrator: Moving::settled(Administrator::Nobody),
            auto_enable: PerScan::default(),
            unknown: BTreeMap::new(),
            paths: Vec::new(),
        }
    }
}

/// The delegated administrator of a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Administrator {
    Nobody,
    Enabled(String),
    Leaving(String),
}

/// What a region holds for one account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Enrolment {
    pub(super) relationship: Moving<Relationship>,
    /// When the relationship changed last, in world time.
    pub(super) updated_at: u64,
    /// Another administrator, not this organization's, that the account is a member of.
    pub(super) held_by: Option<Box<str>>,
    pub(super) scans: PerScan<Moving<Status>>,
    pub(super) deep_inspection: Moving<DeepInspection>,
    pub(super) extras: Option<Box<Extras>>,
}

/// What few accounts have set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Extras {
    /// Custom paths of deep inspection.
    pub(super) paths: Vec<Value>,
    pub(super) configuration: super::configuration::Configuration,
    /// Scan types that an Inspector policy of the organization manages, as a state has set.
    pub(super) managed: BTreeSet<Scan>,
    /// The same, as the policy in effect for the account says.
    pub(super) governed: BTreeSet<Scan>,
    /// Scan types that no model knows, as a state has set.
    pub(super) unknown: BTreeMap<String, Status>,
}

impl Default for Enrolment {
    fn default() -> Self {
        Self {
            relationship: Moving::settled(Relationship::Never),
            updated_at: 0,
            held_by: None,
            scans: PerScan::of(&Moving::settled(Status::Disabled)),
            deep_inspection: Moving::settled(DeepInspection::Deactivated),
            extras: None,
        }
    }
}

impl Enrolment {
    pub(super) fn extras(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// Whether an Inspector policy of the organization manages one of the scan types.
    pub(super) fn is_managed(&self, scans: &[Scan]) -> bool {
        let managed = |extras: &Extras, scan| extras.managed.contains(scan) || extras.governed.contains(scan);
        self.extras.as_ref().is_some_and(|extras| scans.iter().any(|scan| managed(extras, scan)))
    }

    pub(super) fn scan(&self, scan: Scan, now: u64) -> Status {
        *self.scans.get(scan).peek(now)
    }

    /// The account's status: what its scan types are together. A scan type that is on its way to `ENABLED` and still
    /// shows `DISABLED` makes the account `ENABLED` already (seen in public code).
    pub(super) fn status(&self, now: u64) -> Status {
        let any = |status| Scan::ALL.into_iter().any(|scan| self.scan(scan, now) == status);
        let announced =
            |scan: Scan| self.scan(scan, now) == Status::Disabled && *self.scans.get(scan).finally() == Status::Enabled;
        if any(Status::Enabled) || Scan::ALL.into_iter().any(announced) {
            return Status::Enabled;
        }
        [Status::Enabling, Status::Suspending, Status::Suspended, Status::Disabling]
            .into_iter()
            .find(|status| any(*status))
            .unwrap_or(Status::Disabled)
    }

    /// Counts as one read of the scan types.
    pub(super) fn count_status_read(&mut self, now: u64) {
        for scan in Scan::ALL {
            self.scans.get_mut(scan).read(now);
        }
    }

    /// Whether there is anything to tell about the account.
    pub(super) fn has_state(&self, now: u64) -> bool {
        *self.relationship.peek(now) != Relationship::Never
            || self.held_by.is_some()
            || Scan::ALL.into_iter().any(|scan| *self.scans.get(scan).finally() != Status::Disabled)
            || self.status(now) != Status::Disabled
    }
}

impl State {
    /// The region, to be changed; made when it is missing.
    pub(super) fn region(&mut self, region: &str) -> &mut Regional {
        if !self.regions.contains_key(region) {
            self.regions.insert(region.to_owned(), Arc::default());
        }
        Arc::make_mut(self.regions.entry(region.to_owned()).or_default())
    }

    pub(super) fn settings(&self, region: &str) -> Option<&Settings> {
        Some(&self.regions.get(region)?.settings)
    }

    pub(super) fn enrolment(&self, region: &str, account: &str) -> Option<&Enrolment> {
        self.regions.get(region)?.accounts.get(account)
    }

    /// The account's record in the region, made when it is missing.
    pub(super) fn record(&mut self, region: &str, account: &str) -> &mut Enrolment {
        self.region(region).accounts.entry(account.to_owned()).or_default()
    }

    /// The account that is the region's delegated administrator, and not leaving.
    pub(super) fn administrator(&self, region: &str, now: u64) -> Option<&str> {
        match self.settings(region)?.administrator.peek(now) {
            Administrator::Enabled(account) => Some(account),
            Administrator::Nobody | Administrator::Leaving(_) => None,
        }
    }

    /// Whether at least this many accounts are associated, or about to be.
    pub(super) fn has_members(&self, region: &str, at_least: usize) -> bool {
        let associated = |record: &&Enrolment| record.relationship.finally().is_associated();
        self.regions.get(region).is_some_and(|regional| {
            // Counting is slow; most of the time there are too few accounts anyway.
            regional.accounts.len() >= at_least
                && regional.accounts.values().filter(associated).take(at_least).count() >= at_least
        })
    }
}

/// The region, for a read that counts: none unless transitions count reads.
pub(super) fn counted<'a>(world: &'a mut World, region: &str) -> Option<&'a mut Regional> {
    world.behaviour.transition_reads?;
    world.inspector2.regions.get_mut(region).map(Arc::make_mut)
}
