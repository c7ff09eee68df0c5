//! What the simulated AWS does when it is called, and what it refuses. No I/O.

use std::collections::BTreeSet;

use rollcall_core::{
    AccountFailure, AccountId, Action, AutoEnable, AutoEnableSettings, ErrorClass, Feature, Relationship, ServiceError,
};

use super::{
    MANAGEMENT, error, id,
    world::{Sim, World},
};

impl World {
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
            Action::SetAutoEnable { to, .. } => self.set_auto_enable(to),
            Action::Configure { to, .. } => self.configured.extend(to.clone()),
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
                    world.permitted(account, features)?;
                    for feature in features {
                        world.turn_on(account, feature);
                    }
                    Ok(())
                }));
            }
            Action::DisableFeatures { accounts, features } => {
                return Ok(self.each(accounts, |world, account| {
                    world.member(account)?;
                    world.permitted(account, features)?;
                    for feature in features {
                        world.turn_off(account, feature);
                    }
                    Ok(())
                }));
            }
            Action::DisableAdministrator { account, features } => {
                self.permitted(*account, features).map_err(error)?;
                for feature in features {
                    self.turn_off(*account, feature);
                }
            }
            Action::Disassociate { accounts } => {
                if self.settings.members == Some(AutoEnable::All) {
                    return Err(error(ErrorClass::Invalid));
                }
                return Ok(self.each(accounts, |world, account| {
                    world.member(account)?.relationship = Relationship::Removed;
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

    /// AWS may act by the settings before for a while.
    fn set_auto_enable(&mut self, to: &AutoEnableSettings) {
        let before = std::mem::replace(&mut self.settings, to.clone());
        let lag = self.dice.roll(self.lag + 1);
        self.lagging = (lag > 0).then_some((before, lag));
    }

    /// What an Organizations policy manages is changed by nobody else.
    fn permitted(&self, account: AccountId, features: &BTreeSet<Feature>) -> Result<(), ErrorClass> {
        let managed = self.managed(account);
        let free = features.iter().all(|feature| !managed.features.contains_key(feature));
        if free { Ok(()) } else { Err(ErrorClass::OrganizationPolicy) }
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
}
