//! The truth of a simulated organization and one service in one region, and how AWS itself changes it. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_core::{
    Account, AccountFailure, AccountId, AccountState, Action, AutoEnable, AutoEnableSettings, Email, ErrorClass,
    Feature, FeatureStatus, RegionStatus, Relationship, Roster, ServiceError, ServiceSpec,
};

use super::{ADMINISTRATOR, Dice, MANAGEMENT, error, id};

/// One account as it truly is.
#[derive(Debug, Clone)]
pub(crate) struct Sim {
    pub(crate) state: AccountState,
    pub(crate) region: RegionStatus,
    pub(crate) relationship: Relationship,
    pub(crate) on: bool,
    pub(crate) features: BTreeMap<Feature, FeatureStatus>,
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

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) spec: &'static ServiceSpec,
    pub(crate) dice: Dice,
    pub(crate) trusted: BTreeSet<String>,
    pub(crate) delegated: Option<AccountId>,
    pub(crate) settings: AutoEnableSettings,
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
                features: BTreeMap::new(),
            },
            accounts: (1..=accounts).map(|number| (id(number), Sim::default())).collect(),
            not_offered: BTreeSet::new(),
            automation: false,
            designation_enables: true,
            transition_reads: 0,
            stale_reads: 0,
            frozen: false,
            violations: Vec::new(),
        }
    }

    pub(crate) fn roster(&self) -> Roster {
        let email = Some(Email::new("someone@example.com"));
        let account = |sim: &Sim| Account { email: email.clone(), ..Account::new(sim.state.clone()) };
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

    /// AWS's own automation: auto-enable ALL takes effect for some account, some time.
    pub(crate) fn tick(&mut self) {
        if !self.automation || !self.governs() || self.dice.roll(2) == 0 {
            return;
        }
        let nth = usize::try_from(self.dice.roll(self.accounts.len() as u64)).unwrap();
        let account = *self.accounts.keys().nth(nth).unwrap();
        let sim = &self.accounts[&account];
        let held_back = account == id(MANAGEMENT) && self.spec.management_enabled_first && !sim.on;
        if account == id(ADMINISTRATOR) || !sim.usable() || held_back {
            return;
        }
        if self.settings.members == Some(AutoEnable::All)
            && !sim.associated()
            && sim.relationship != Relationship::Created
        {
            self.associate(account);
        } else if sim.associated() {
            let all: Vec<Feature> = self
                .settings
                .features
                .iter()
                .filter(|(_, set)| **set == AutoEnable::All)
                .map(|(feature, _)| feature.clone())
                .collect();
            for feature in &all {
                self.turn_on(account, feature);
            }
        }
    }

    fn write(&mut self, account: AccountId) -> &mut Sim {
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

    fn turn_on(&mut self, account: AccountId, feature: &Feature) {
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
    fn associate(&mut self, account: AccountId) {
        let sim = self.write(account);
        sim.on = true;
        if !sim.associated() {
            sim.relationship = if sim.busy == 0 { Relationship::Enabled } else { Relationship::Created };
        }
        for (feature, setting) in self.settings.features.clone() {
            if setting == AutoEnable::None {
                // "Might change the current configuration": the harshest reading.
                self.accounts.get_mut(&account).unwrap().features.insert(feature, FeatureStatus::Off);
            } else {
                self.turn_on(account, &feature);
            }
        }
    }

    pub(crate) fn apply(&mut self, action: &Action) -> Result<Vec<AccountFailure>, ServiceError> {
        self.inspect(action);
        match action {
            Action::EnableTrustedAccess { principal } => drop(self.trusted.insert((*principal).to_owned())),
            Action::DesignateAdministrator { administrator } => self.designate(*administrator)?,
            Action::EnableManagement { account, features } | Action::EnableAdministrator { account, features } => {
                self.write(*account).on = true;
                for feature in features {
                    self.turn_on(*account, feature);
                }
            }
            _ if !self.governs() => return Err(error(ErrorClass::NotReady)),
            Action::SetAutoEnable { to, .. } => self.settings = to.clone(),
            Action::Associate { accounts } => {
                return Ok(self.each(accounts, |world, account| {
                    let needs_service = account == id(MANAGEMENT) && world.spec.management_enabled_first;
                    if needs_service && !world.accounts[&account].on {
                        return Err(ErrorClass::ManagementNotEnabled);
                    }
                    let already = world.accounts[&account].associated();
                    world.associate(account);
                    if already { Err(ErrorClass::AlreadyDone) } else { Ok(()) }
                }));
            }
            Action::StartMonitoring { accounts } => {
                return Ok(self.each(accounts, |world, account| {
                    let sim = world.member(account)?;
                    sim.on = true;
                    sim.relationship = Relationship::Enabled;
                    Ok(())
                }));
            }
            Action::EnableFeatures { accounts, features } => {
                return Ok(self.each(accounts, |world, account| {
                    world.member(account)?;
                    for feature in features {
                        world.turn_on(account, feature);
                    }
                    Ok(())
                }));
            }
        }
        Ok(Vec::new())
    }

    fn designate(&mut self, administrator: AccountId) -> Result<(), ServiceError> {
        if !self.trusted.contains(self.spec.trusted_access[0]) {
            return Err(error(ErrorClass::Invalid));
        }
        self.delegated = Some(administrator);
        if self.designation_enables {
            self.write(administrator).on = true;
            if !self.spec.monitoring_is_separate {
                for feature in
                    self.spec.features.iter().filter(|feature| feature.auto_enable && feature.only_in.is_none())
                {
                    self.turn_on(administrator, &Feature::known(feature.name));
                }
            }
        }
        Ok(())
    }

    fn member(&mut self, account: AccountId) -> Result<&mut Sim, ErrorClass> {
        if self.accounts[&account].associated() { Ok(self.write(account)) } else { Err(ErrorClass::NotAssociated) }
    }

    fn each(
        &mut self,
        accounts: &[AccountId],
        mut one: impl FnMut(&mut Self, AccountId) -> Result<(), ErrorClass>,
    ) -> Vec<AccountFailure> {
        let failed = |account, class| AccountFailure { account, error: error(class) };
        accounts.iter().filter_map(|account| one(self, *account).err().map(|class| failed(*account, class))).collect()
    }

    /// Notes what breaks a promise, whatever the state of things.
    fn inspect(&mut self, action: &Action) {
        let limits = &self.spec.batches;
        let (limit, wanted) = match action {
            Action::Associate { .. } => (limits.associate, None),
            Action::StartMonitoring { .. } => (limits.start_monitoring, None),
            Action::EnableFeatures { features, .. } => (limits.enable_features, Some(features)),
            _ => (0, None),
        };
        let accounts = action.members();
        let unique: BTreeSet<&AccountId> = accounts.iter().collect();
        let mut broken = Vec::new();
        if accounts.len() > limit || unique.len() != accounts.len() {
            broken.push("a batch is too large or names an account twice".to_owned());
        }
        if let Action::SetAutoEnable { to, .. } = action {
            let lowered =
                |(feature, setting): (&Feature, &AutoEnable)| to.features.get(feature).is_none_or(|to| to < setting);
            if self.settings.features.iter().any(lowered) || to.members < self.settings.members {
                broken.push("the organization configuration is lowered".to_owned());
            }
        }
        for account in accounts {
            let sim = &self.accounts[account];
            if !sim.usable() || *account == id(ADMINISTRATOR) {
                broken.push(format!("{account} may not be acted on"));
            }
            broken.extend(wanted.into_iter().flatten().filter_map(|feature| self.refused(sim, feature, wanted?)));
        }
        self.violations.extend(broken.into_iter().map(|what| format!("{action:?}: {what}")));
    }

    /// Why AWS would refuse to turn a feature on for an account.
    fn refused(&self, sim: &Sim, feature: &Feature, along: &BTreeSet<Feature>) -> Option<String> {
        let spec = self.spec.feature(feature)?;
        if spec.excluded_by.is_some_and(|name| sim.status(name) != FeatureStatus::Off) {
            return Some(format!("{feature} is excluded"));
        }
        let needs = spec.needs.as_ref()?;
        let alongside = !needs.already_on && along.contains(&Feature::known(needs.feature));
        let there = matches!(sim.status(needs.feature), FeatureStatus::On | FeatureStatus::TurningOn);
        (!alongside && !there).then(|| format!("{feature} lacks {}", needs.feature))
    }
}
