//! What no run may do, whatever the state of AWS: each write is held against the policy and the service's limits. No I/O.

use std::collections::BTreeSet;

use rollcall_core::{
    AccountId, Action, AutoEnable, AutoEnableSettings, Feature, FeatureStatus, Scope,
    policy::{MembershipWish, Wanted},
};

use super::{
    ADMINISTRATOR, id,
    oracle::{auto_enable_of, auto_enable_of_members},
    world::{Mandate, Sim, World},
};

impl World {
    /// Notes what breaks a promise.
    pub(super) fn inspect(&mut self, action: &Action) {
        let world = &*self;
        let mut broken = world.of_batches(action);
        if let Action::EnableFeatures { accounts, features } = action
            && world.foreseeable
        {
            let lacking = accounts.iter().flat_map(|account| {
                let sim = &world.accounts[account];
                features.iter().filter_map(move |feature| world.refused(sim, feature, features))
            });
            broken.extend(lacking);
        }
        if let Some(mandate) = &world.mandate {
            broken.extend(world.beyond(mandate, action));
        }
        self.violations.extend(broken.into_iter().map(|what| format!("{action:?}: {what}")));
    }

    /// What of a planned action goes beyond the policy.
    pub(crate) fn not_said(&self, action: &Action) -> Vec<String> {
        self.mandate.as_ref().map_or_else(Vec::new, |mandate| self.beyond(mandate, action))
    }

    fn of_batches(&self, action: &Action) -> Vec<String> {
        let limits = &self.spec.batches;
        let limit = match action {
            Action::Associate { .. } => limits.associate,
            Action::StartMonitoring { .. } => limits.start_monitoring,
            Action::EnableFeatures { .. } => limits.enable_features,
            Action::DisableFeatures { .. } => limits.disable_features,
            Action::Disassociate { .. } => limits.disassociate,
            _ => 0,
        };
        let accounts = action.members();
        let unique: BTreeSet<&AccountId> = accounts.iter().collect();
        let mut broken = Vec::new();
        if accounts.len() > limit || unique.len() != accounts.len() {
            broken.push("a batch is too large or names an account twice".to_owned());
        }
        for account in
            accounts.iter().filter(|account| !self.accounts[account].usable() || **account == id(ADMINISTRATOR))
        {
            broken.push(format!("{account} may not be acted on"));
        }
        broken
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

    /// What of an action goes beyond what the policy says and the run may do.
    fn beyond(&self, mandate: &Mandate, action: &Action) -> Vec<String> {
        let mut beyond = Vec::new();
        let mut ensure = |good: bool, what: &str| {
            if !good {
                beyond.push(what.to_owned());
            }
        };
        ensure(mandate.permits.additions || !action.adds(), "no addition is permitted");
        let sweep = mandate.scope == Scope::Everything;
        ensure(sweep || action.reductions() == 0, "a reduction in an account scope");
        ensure(sweep || !action.members().is_empty(), "an organization-level action in an account scope");
        match action {
            Action::EnableTrustedAccess { .. } | Action::DesignateAdministrator { .. } => {}
            Action::SetAutoEnable { from, to } => {
                ensure(self.wished(mandate, from, to), "a setting that is not wished so");
            }
            Action::Configure { from, to } => {
                let said = &mandate.policy.services[&self.spec.id].settings;
                let wanted = to.iter().all(|(key, value)| said.get(key) == Some(value) && from.get(key) != Some(value));
                ensure(wanted && !to.is_empty(), "a setting that is not asked for, or is so already");
            }
            Action::Disassociate { accounts } => {
                ensure(self.settings.members != Some(AutoEnable::All), "AWS enables all members by itself");
                for account in accounts {
                    ensure(self.wants(*account, MembershipWish::Removed), "an account that is not to be removed");
                }
            }
            Action::Associate { accounts } | Action::StartMonitoring { accounts } => {
                for account in accounts {
                    ensure(self.managed(*account).enrols.is_none(), "an Organizations policy sees to the account");
                    ensure(self.wants(*account, MembershipWish::Enrolled), "an account that is not to be enrolled");
                }
            }
            Action::EnableFeatures { accounts, features } => {
                ensure(self.say(accounts, features, Wanted::On), "a feature that is not to be on");
            }
            Action::DisableFeatures { accounts, features } => {
                ensure(self.say(accounts, features, Wanted::Off), "a feature that is not to be off");
            }
            // The administrator is always on, whatever is known of it.
            Action::EnableAdministrator { features, .. } if features.is_empty() => {}
            Action::EnableManagement { account, features } | Action::EnableAdministrator { account, features } => {
                ensure(self.say(&[*account], features, Wanted::On), "a feature that is not to be on");
            }
            Action::DisableAdministrator { account, features } => {
                ensure(*account == id(ADMINISTRATOR), "it is not the administrator");
                ensure(self.say(&[*account], features, Wanted::Off), "a feature that is not to be off");
            }
        }
        beyond
    }

    fn wants(&self, account: AccountId, wish: MembershipWish) -> bool {
        self.says(account).is_some_and(|says| says.membership == wish)
    }

    /// Whether all of these are said of all of these, and no Organizations policy manages them.
    fn say(&self, accounts: &[AccountId], features: &BTreeSet<Feature>, wanted: Wanted) -> bool {
        accounts.iter().all(|account| {
            let managed = self.managed(*account).features;
            self.wants(*account, MembershipWish::Enrolled)
                && self.says(*account).is_some_and(|says| {
                    features.iter().all(|feature| says.features[feature] == wanted && !managed.contains_key(feature))
                })
        })
    }

    /// Whether every auto-enable setting that changes becomes what the policy wishes.
    fn wished(&self, mandate: &Mandate, from: &AutoEnableSettings, to: &AutoEnableSettings) -> bool {
        let (policy, region) = (&mandate.policy, &mandate.region);
        let members = from.members == to.members || to.members == auto_enable_of_members(policy, self.spec, region);
        let known: BTreeSet<&Feature> = from.features.keys().chain(to.features.keys()).collect();
        let feature = |feature: &&Feature| {
            let (from, to) = (from.features.get(feature), to.features.get(feature));
            let wish = self.spec.feature(feature).and_then(|_| auto_enable_of(policy, self.spec, region, feature));
            from == to || (to.copied() == wish && to.is_some())
        };
        members && known.iter().all(feature) && !self.auto_enable_is_dead()
    }
}
