//! What GuardDuty holds: in each region the administrator, detectors and memberships. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    features::{self, COUNT, FeatureSet},
    frequency::Frequency,
    policy::Governed,
    relationship::Relationship,
};
use crate::{random::hash, transition::Due, world::World};

/// Everything that the service holds. Regions are shared with earlier copies until they change.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    pub(super) regions: BTreeMap<String, Arc<Regional>>,
    /// Accounts of which it is known whether they have the service-linked role; others have it with a detector.
    pub(super) roles: BTreeMap<String, bool>,
    /// The same of the service-linked role of malware protection.
    pub(super) malware_roles: BTreeMap<String, bool>,
    /// First designations refused so far, by region.
    pub(super) designations_refused: BTreeMap<String, u32>,
}

impl State {
    /// Whether the account has GuardDuty's service-linked role, which is the same in all regions.
    pub(super) fn has_role(&self, account: &str) -> bool {
        self.roles
            .get(account)
            .copied()
            .unwrap_or_else(|| self.regions.values().any(|regional| regional.detector(account).is_some()))
    }

    /// Whether the account has the service-linked role of malware protection.
    pub(super) fn has_malware_role(&self, account: &str) -> bool {
        let protects = |regional: &Arc<Regional>| {
            regional.detector(account).is_some_and(|detector| detector.on.contains(features::EBS_MALWARE_PROTECTION))
        };
        self.malware_roles.get(account).copied().unwrap_or_else(|| self.regions.values().any(protects))
    }

    /// The account has that role from now on, if so; it stays when nothing needs it any more.
    pub(super) fn keep_malware_role(&mut self, account: &str, has_it: bool) {
        if has_it {
            self.malware_roles.insert(account.to_owned(), true);
        }
    }
}

/// GuardDuty in one region.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Regional {
    pub(super) administration: Option<Administration>,
    pub(super) accounts: BTreeMap<String, Presence>,
    /// Accounts that joined since auto-enable last acted.
    pub(super) newcomers: BTreeSet<String>,
    /// Since when auto-enable has something to look at, in world time.
    pub(super) unsettled_since: Option<u64>,
    /// Higher auto-enable settings from before, which act once more.
    pub(super) lowered: Option<Administration>,
    /// Transitions that end at a time.
    queue: BTreeSet<(u64, String)>,
    /// Features that a GuardDuty policy of the organization manages in every account, as a state has set.
    pub(super) managed: FeatureSet,
    /// The last statistics, and when they were made.
    pub(super) statistics: Option<(u64, Value)>,
    /// How many detectors there ever were.
    detectors: u64,
}

/// The delegated administrator and the organization's configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Administration {
    pub(super) account: String,
    /// It is being removed, until then.
    pub(super) ending: Option<Due>,
    pub(super) members: AutoEnable,
    pub(super) features: [AutoEnable; COUNT],
    /// Settings of features that no model knows, as a state has set.
    pub(super) unknown: BTreeMap<String, AutoEnable>,
}

impl Administration {
    /// AWS documentation names no auto-enable setting of a new administrator: inferred to be off.
    pub(super) fn of(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            ending: None,
            members: AutoEnable::None,
            features: [AutoEnable::None; COUNT],
            unknown: BTreeMap::new(),
        }
    }

    /// Whether one of the settings is lower than it is in these.
    pub(super) fn is_lower_than(&self, before: &Self) -> bool {
        let features = self.features.iter().zip(&before.features);
        self.members < before.members || features.into_iter().any(|(now, before)| now < before)
    }

    /// The features whose auto-enable is one of these.
    pub(super) fn features_with(&self, settings: &[AutoEnable]) -> FeatureSet {
        self.features
            .iter()
            .enumerate()
            .filter(|(_, setting)| settings.contains(setting))
            .map(|(place, _)| place)
            .collect()
    }
}

/// Enums `AutoEnableMembers` and `OrgFeatureStatus` of AWS's model; later ones turn more on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum AutoEnable {
    None,
    New,
    All,
}

impl AutoEnable {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::All => "ALL",
            Self::None => "NONE",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::New, Self::All, Self::None].into_iter().find(|setting| setting.name() == name)
    }
}

/// One account in one region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Presence {
    pub(super) detector: Option<Detector>,
    /// In the list of the delegated administrator's members.
    pub(super) membership: Option<Membership>,
    /// The administrator by invitation that holds the account instead.
    pub(super) held_by: Option<Box<str>>,
    /// What the policy in effect for the account manages.
    pub(super) governed: Governed,
}

/// A detector. One for each account and region (AWS quota).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Detector {
    id: u128,
    pub(super) enabled: bool,
    pub(super) frequency: Frequency,
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) on: FeatureSet,
    /// When each feature last changed, in milliseconds of world time; small, since there are many of them.
    changed: [u32; COUNT],
    pub(super) token: Option<Box<str>>,
    pub(super) tags: Option<Box<Value>>,
    pub(super) unknown: Option<Box<Unknown>>,
}

/// Features that no model knows, as a state has set: whether they are on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Unknown(pub(super) BTreeMap<String, bool>);

impl Detector {
    pub(super) fn id(&self) -> String {
        format!("{:032x}", self.id)
    }

    /// World time of a feature's last change, in milliseconds.
    pub(super) fn changed(&self, place: usize) -> u64 {
        u64::from(self.changed.get(place).copied().unwrap_or_default())
    }

    pub(super) fn set(&mut self, now: u64, on: FeatureSet) {
        for (place, changed) in self.changed.iter_mut().enumerate() {
            if on.contains(place) != self.on.contains(place) {
                *changed = u32::try_from(now).unwrap_or(u32::MAX);
                self.updated = now;
            }
        }
        self.on = on;
    }

    pub(super) fn enable(&mut self, now: u64, enabled: bool) {
        if self.enabled != enabled {
            self.enabled = enabled;
            self.updated = now;
        }
    }
}

/// An account in the list of members.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Membership {
    pub(super) relationship: Relationship,
    /// It is on its way to `Enabled`.
    joining: Option<Joining>,
    /// World time of the last change.
    pub(super) updated: u64,
    /// Present for members by invitation only.
    pub(super) email: Option<Box<str>>,
}

impl Membership {
    pub(super) fn is_joining(&self) -> bool {
        self.joining.is_some()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Joining {
    due: Due,
    /// The features that are turned on at the end.
    grant: FeatureSet,
}

impl Regional {
    pub(super) fn presence(&self, account: &str) -> Option<&Presence> {
        self.accounts.get(account)
    }

    /// The features of the account that a GuardDuty policy manages.
    pub(super) fn managed_of(&self, account: &str) -> FeatureSet {
        self.managed.and(self.governed(account).features)
    }

    /// What the policy in effect for the account manages.
    pub(super) fn governed(&self, account: &str) -> Governed {
        self.presence(account).map(|presence| presence.governed).unwrap_or_default()
    }

    pub(super) fn detector(&self, account: &str) -> Option<&Detector> {
        self.presence(account)?.detector.as_ref()
    }

    pub(super) fn membership(&self, account: &str) -> Option<&Membership> {
        self.presence(account)?.membership.as_ref()
    }

    pub(super) fn detector_mut(&mut self, account: &str) -> Option<&mut Detector> {
        self.accounts.get_mut(account)?.detector.as_mut()
    }

    pub(super) fn membership_mut(&mut self, account: &str) -> Option<&mut Membership> {
        self.accounts.get_mut(account)?.membership.as_mut()
    }

    pub(super) fn is_associated(&self, account: &str) -> bool {
        self.membership(account).is_some_and(|membership| membership.relationship.is_associated())
    }

    /// The members in the order of their ids.
    pub(super) fn members(&self) -> impl Iterator<Item = (&String, &Membership)> {
        self.accounts.iter().filter_map(|(account, presence)| Some((account, presence.membership.as_ref()?)))
    }

    /// A new detector; the account has none yet.
    pub(super) fn create_detector(&mut self, now: u64, region: &str, account: &str, on: FeatureSet) -> &mut Detector {
        self.detectors += 1;
        let half = |salt: &str| u128::from(hash(&format!("{salt}{region}/{account}/{}", self.detectors)));
        let detector = Detector {
            id: half("a") << 64 | half("b"),
            enabled: true,
            frequency: Frequency::SixHours,
            created: now,
            updated: now,
            on,
            changed: [u32::try_from(now).unwrap_or(u32::MAX); COUNT],
            token: None,
            tags: None,
            unknown: None,
        };
        self.accounts.entry(account.to_owned()).or_default().detector.insert(detector)
    }

    /// Turns GuardDuty and these features on; what is on stays on.
    pub(super) fn turn_on(&mut self, now: u64, region: &str, account: &str, features: FeatureSet) {
        if let Some(detector) = self.detector_mut(account) {
            detector.enable(now, true);
            detector.set(now, detector.on.with(features));
        } else {
            self.create_detector(now, region, account, FeatureSet::default().with(features));
        }
    }

    /// Sets what an account is to the administrator, at once.
    pub(super) fn relate(&mut self, now: u64, account: &str, relationship: Relationship) -> &mut Membership {
        let presence = self.accounts.entry(account.to_owned()).or_default();
        let email = presence.membership.take().and_then(|membership| membership.email);
        presence.membership.insert(Membership { relationship, joining: None, updated: now, email })
    }

    /// Shows `relationship` until the account's transition is over, then `Enabled` with these features on.
    pub(super) fn begin(
        &mut self,
        world: &World,
        region: &str,
        account: &str,
        relationship: Relationship,
        grant: FeatureSet,
    ) {
        let due = world.due_for(account);
        self.relate(world.now, account, relationship).joining = Some(Joining { due, grant });
        match due {
            Due::At(at) if at <= world.now => self.complete(world.now, region, account),
            Due::AfterReads(0) => self.complete(world.now, region, account),
            Due::At(at) => {
                self.queue.insert((at, account.to_owned()));
            }
            Due::AfterReads(_) | Due::Never => {}
        }
    }

    /// Adds to what a joining member gets at the end, or takes from it.
    pub(super) fn change_grant(&mut self, account: &str, change: impl FnOnce(&mut FeatureSet)) {
        if let Some(joining) = self.membership_mut(account).and_then(|membership| membership.joining.as_mut()) {
            change(&mut joining.grant);
        }
    }

    fn complete(&mut self, now: u64, region: &str, account: &str) {
        let Some(membership) = self.membership_mut(account) else {
            return;
        };
        let Some(joining) = membership.joining.take() else {
            return;
        };
        membership.relationship = Relationship::Enabled;
        membership.updated = now;
        self.turn_on(now, region, account, joining.grant);
    }

    pub(super) fn has_due(&self, now: u64) -> bool {
        self.queue.first().is_some_and(|(at, _)| *at <= now)
    }

    /// Ends what is due by now.
    pub(super) fn complete_due(&mut self, now: u64, region: &str) {
        while self.has_due(now) {
            let Some((at, account)) = self.queue.pop_first() else {
                return;
            };
            let joining = self.membership(&account).and_then(|membership| membership.joining.as_ref());
            // An entry of an earlier transition, which something else has ended, means nothing.
            if joining.is_some_and(|joining| joining.due == Due::At(at)) {
                self.complete(at, region, &account);
            }
        }
    }

    /// A read has shown these members: transitions that count reads go on.
    pub(super) fn count_reads(&mut self, now: u64, region: &str, accounts: &[String]) {
        for account in accounts {
            let joining = self.membership_mut(account).and_then(|membership| membership.joining.as_mut());
            if let Some(Joining { due: Due::AfterReads(left), .. }) = joining {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    self.complete(now, region, account);
                }
            }
        }
    }

    /// Auto-enable has something to look at.
    pub(super) fn unsettle(&mut self, now: u64) {
        self.unsettled_since.get_or_insert(now);
    }
}

/// What `CreateDetector` turns on when nothing is said. AWS's model: every feature "gets enabled by default, with an
/// exception to `RUNTIME_MONITORING`". Additional configurations are inferred to be off.
pub(super) fn default_features(world: &World, region: &str) -> FeatureSet {
    let legacy = world.behaviour.guardduty.omitted_eks_runtime_monitoring_on;
    (0..COUNT)
        .filter(|place| features::FEATURES.get(*place).is_some_and(|feature| feature.parent.is_none()))
        .filter(|place| *place != features::RUNTIME_MONITORING)
        .filter(|place| legacy || *place != features::EKS_RUNTIME_MONITORING)
        .filter(|place| features::offered(world, region, *place))
        .collect()
}
