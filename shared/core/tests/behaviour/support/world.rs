//! The truth of a simulated organization and one service in one region, and how AWS itself changes it. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rollcall_core::{
    Account, AccountId, AccountState, AutoEnable, AutoEnableSettings, Email, Feature, FeatureStatus, Managed,
    OrganizationPolicies, Permits, Policy, Region, RegionStatus, Relationship, Roster, Scope, ServiceSpec,
};

use super::{ADMINISTRATOR, Dice, MANAGEMENT, id};

/// One account as it truly is.
#[derive(Debug, Clone)]
pub(crate) struct Sim {
    pub(crate) state: AccountState,
    pub(crate) region: RegionStatus,
    pub(crate) relationship: Relationship,
    pub(crate) on: bool,
    pub(crate) features: BTreeMap<Feature, FeatureStatus>,
    /// Where it is in the organization; `None` where Organizations does not tell.
    pub(crate) path: Option<String>,
    /// Its tags; `None` where they were not read.
    pub(crate) tags: Option<BTreeMap<String, String>>,
    /// So many reads until AWS is done with what it does.
    pub(crate) busy: u64,
    /// What so many more reads still show.
    pub(crate) stale: Option<(Box<Sim>, u64)>,
}

impl Default for Sim {
    fn default() -> Self {
        Self {
            state: AccountState::Active,
            region: RegionStatus::EnabledByDefault,
            relationship: Relationship::NotListed,
            on: false,
            features: BTreeMap::new(),
            path: None,
            tags: None,
            busy: 0,
            stale: None,
        }
    }
}

impl Sim {
    pub(crate) fn status(&self, feature: &str) -> FeatureStatus {
        self.features.get(&Feature::named(feature)).cloned().unwrap_or_default()
    }

    pub(crate) fn associated(&self) -> bool {
        matches!(self.relationship, Relationship::Enabled | Relationship::Disabled)
    }

    pub(crate) fn usable(&self) -> bool {
        matches!(self.state, AccountState::Active | AccountState::PendingClosure)
            && matches!(self.region, RegionStatus::Enabled | RegionStatus::EnabledByDefault)
    }
}

/// What a run may do.
#[derive(Debug, Clone)]
pub(crate) struct Mandate {
    pub(crate) policy: Policy,
    pub(crate) region: Region,
    pub(crate) scope: Scope,
    pub(crate) permits: Permits,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the simulated AWS")]
pub(crate) struct World {
    pub(crate) spec: &'static ServiceSpec,
    pub(crate) dice: Dice,
    pub(crate) trusted: BTreeSet<String>,
    pub(crate) delegated: Option<AccountId>,
    pub(crate) settings: AutoEnableSettings,
    /// AWS acts by these settings still, so many moments more.
    pub(crate) lagging: Option<(AutoEnableSettings, u64)>,
    /// So many moments at most AWS acts by the settings before.
    pub(crate) lag: u64,
    /// What is kept per organization only.
    pub(crate) configured: BTreeMap<&'static str, String>,
    /// AWS Organizations policies of the service's own type.
    pub(crate) policies: OrganizationPolicies,
    pub(crate) accounts: BTreeMap<AccountId, Sim>,
    pub(crate) not_offered: BTreeSet<Feature>,
    /// AWS's own automation acts between calls.
    pub(crate) automation: bool,
    /// Designation turns the service on in the administrator's account.
    pub(crate) designation_enables: bool,
    /// At most so many reads show a transition, or what was before a write.
    pub(crate) transition_reads: u64,
    pub(crate) stale_reads: u64,
    /// Reads never show a write.
    pub(crate) frozen: bool,
    /// What AWS refuses of features is known from what it shows: nothing else turns on what excludes them meanwhile.
    pub(crate) foreseeable: bool,
    /// What the caller may do: promises are judged by it.
    pub(crate) mandate: Option<Mandate>,
    /// What no caller with our promises may do.
    pub(crate) violations: Vec<String>,
}

impl World {
    pub(crate) fn new(spec: &'static ServiceSpec, accounts: u64) -> Self {
        Self {
            spec,
            dice: Dice::new(1),
            trusted: BTreeSet::new(),
            delegated: None,
            settings: AutoEnableSettings {
                members: spec.members_auto_enable.then_some(AutoEnable::None),
                ..AutoEnableSettings::default()
            },
            lagging: None,
            lag: 0,
            configured: BTreeMap::new(),
            policies: OrganizationPolicies::default(),
            accounts: (1..=accounts).map(|number| (id(number), Sim::default())).collect(),
            not_offered: BTreeSet::new(),
            automation: false,
            designation_enables: true,
            transition_reads: 0,
            stale_reads: 0,
            frozen: false,
            foreseeable: true,
            mandate: None,
            violations: Vec::new(),
        }
    }

    pub(crate) fn roster(&self) -> Roster {
        let email = Some(Email::new("someone@example.com"));
        let account = |sim: &Sim| Account {
            email: email.clone(),
            path: sim.path.clone(),
            tags: sim.tags.clone(),
            ..Account::new(sim.state.clone())
        };
        Roster {
            management: id(MANAGEMENT),
            accounts: self.accounts.iter().map(|(id, sim)| (*id, account(sim))).collect(),
        }
    }

    /// Whether the administrator can see and change members.
    pub(crate) fn governs(&self) -> bool {
        self.delegated == Some(id(ADMINISTRATOR))
            && self.is_on(&self.accounts[&id(ADMINISTRATOR)]).eq(&FeatureStatus::On)
    }

    /// Whether the service is on in an account.
    pub(crate) fn is_on(&self, sim: &Sim) -> FeatureStatus {
        if self.spec.monitoring_is_separate {
            return if sim.on { FeatureStatus::On } else { FeatureStatus::Off };
        }
        let has = |status| sim.features.values().any(|found| *found == status);
        [FeatureStatus::On, FeatureStatus::TurningOn].into_iter().find(|status| has(status.clone())).unwrap_or_default()
    }

    /// One account as a read shows it; AWS gets on with its work meanwhile.
    pub(crate) fn read(&mut self, account: AccountId) -> Sim {
        let sim = self.accounts.get_mut(&account).unwrap();
        sim.busy = sim.busy.saturating_sub(1);
        if sim.busy == 0 {
            if sim.relationship == Relationship::Created {
                sim.relationship = Relationship::Enabled;
            }
            for status in sim.features.values_mut() {
                match status {
                    FeatureStatus::TurningOn => *status = FeatureStatus::On,
                    FeatureStatus::TurningOff => *status = FeatureStatus::Off,
                    _ => {}
                }
            }
        }
        match &mut sim.stale {
            Some((shown, reads)) if *reads > 0 => {
                *reads -= 1;
                (**shown).clone()
            }
            _ => sim.clone(),
        }
    }

    /// Whether AWS ignores auto-enable, since its own policy type is enabled.
    pub(crate) fn auto_enable_is_dead(&self) -> bool {
        self.policies.enabled && self.spec.organization_policy.stops_auto_enable
    }

    /// What an AWS Organizations policy manages of an account.
    pub(crate) fn managed(&self, account: AccountId) -> Managed {
        let managed = self.policies.managed.get(&account).filter(|_| self.policies.enabled);
        managed.map(Arc::as_ref).cloned().unwrap_or_default()
    }

    /// A moment passes, in which AWS's own automation may see to some account.
    pub(crate) fn tick(&mut self) {
        self.lagging = self.lagging.take().and_then(|(settings, left)| Some((settings, left.checked_sub(1)?)));
        if !self.automation || !self.governs() || self.dice.roll(2) == 0 {
            return;
        }
        let nth = usize::try_from(self.dice.roll(self.accounts.len() as u64)).unwrap();
        let account = *self.accounts.keys().nth(nth).unwrap();
        self.automate(account);
    }

    /// AWS's own automation for one account: auto-enable ALL, and the policies of Organizations, take effect.
    pub(crate) fn automate(&mut self, account: AccountId) {
        let sim = &self.accounts[&account];
        let held_back = account == id(MANAGEMENT) && self.spec.management_enabled_first && !sim.on;
        if account == id(ADMINISTRATOR) || !sim.usable() || held_back {
            return;
        }
        let managed = self.managed(account);
        let settings = self.acting();
        let out = !sim.associated() && sim.relationship != Relationship::Created;
        if out && managed.enrols != Some(false) {
            if managed.enrols == Some(true) {
                self.enrol(account);
            } else if settings.members == Some(AutoEnable::All) {
                self.associate(account);
            }
            return;
        }
        if !sim.associated() {
            return;
        }
        let all = settings
            .features
            .into_iter()
            .filter(|(feature, set)| *set == AutoEnable::All && !managed.features.contains_key(feature));
        for (feature, turns_on) in all.map(|(feature, _)| (feature, true)).chain(managed.features.clone()) {
            if turns_on { self.turn_on(account, &feature) } else { self.turn_off(account, &feature) }
        }
    }

    /// An account joins: AWS enables what auto-enable says, where it is not too late for that.
    pub(crate) fn join(&mut self, account: AccountId, sim: Sim) {
        self.accounts.insert(account, sim);
        let settings = self.acting();
        let any_feature = settings.features.values().any(|set| *set > AutoEnable::None);
        let wanted = settings.members.map_or(any_feature, |set| set > AutoEnable::None);
        if wanted && self.governs() && self.accounts[&account].usable() {
            self.associate(account);
        }
    }

    /// The settings that AWS acts by.
    fn acting(&self) -> AutoEnableSettings {
        match &self.lagging {
            _ if self.auto_enable_is_dead() => AutoEnableSettings::default(),
            Some((settings, _)) => settings.clone(),
            None => self.settings.clone(),
        }
    }

    pub(super) fn write(&mut self, account: AccountId) -> &mut Sim {
        let stale = self.dice.roll(self.stale_reads + 1);
        let busy = self.dice.roll(self.transition_reads + 1);
        let sim = self.accounts.get_mut(&account).unwrap();
        if !self.frozen {
            sim.stale = None;
            sim.stale = (stale > 0).then(|| (Box::new(sim.clone()), stale));
        }
        // What is under way goes on.
        sim.busy = if sim.busy == 0 { busy } else { sim.busy };
        sim
    }

    pub(super) fn turn_on(&mut self, account: AccountId, feature: &Feature) {
        let excluded = self.spec.feature(feature).and_then(|spec| spec.excluded_by);
        let sim = &self.accounts[&account];
        let has = sim.status(feature.as_str());
        if matches!(has, FeatureStatus::On | FeatureStatus::TurningOn)
            || excluded.is_some_and(|name| sim.status(name) != FeatureStatus::Off)
            || self.not_offered.contains(feature)
        {
            return;
        }
        let sim = self.write(account);
        let status = if sim.busy == 0 { FeatureStatus::On } else { FeatureStatus::TurningOn };
        sim.features.insert(feature.clone(), status);
    }

    /// Association turns the service on and re-applies the settings, to those that are members already too.
    pub(super) fn associate(&mut self, account: AccountId) {
        self.enrol(account);
        let managed = self.managed(account);
        for (feature, setting) in self.acting().features {
            if managed.features.contains_key(&feature) {
                continue;
            }
            if setting == AutoEnable::None {
                // "Might change the current configuration": the harshest reading.
                self.accounts.get_mut(&account).unwrap().features.insert(feature, FeatureStatus::Off);
            } else {
                self.turn_on(account, &feature);
            }
        }
    }

    fn enrol(&mut self, account: AccountId) {
        let sim = self.write(account);
        sim.on = true;
        if !sim.associated() {
            sim.relationship = if sim.busy == 0 { Relationship::Enabled } else { Relationship::Created };
        }
    }

    pub(super) fn turn_off(&mut self, account: AccountId, feature: &Feature) {
        let has = self.accounts[&account].status(feature.as_str());
        if matches!(has, FeatureStatus::Off | FeatureStatus::TurningOff) {
            return;
        }
        let sim = self.write(account);
        let status = if sim.busy == 0 { FeatureStatus::Off } else { FeatureStatus::TurningOff };
        sim.features.insert(feature.clone(), status);
    }
}
