//! Facts to plan from, built step by step: what is desired and what was observed. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rollcall_core::{
    AccountId, Action, AutoEnable, AutoEnableSettings, Desired, DesiredMember, Feature, FeatureStatus, Members,
    Observed, ObservedMember, OwnState, Plan, Reason, Relationship, Role, Scope, Seen, ServiceSpec, Standing, Target,
    Unseen, Wishes, plan,
};

use super::{ADMINISTRATOR, MANAGEMENT, id};

#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) spec: &'static ServiceSpec,
    pub(crate) desired: Desired,
    pub(crate) observed: Observed,
    pub(crate) trusted: Seen<BTreeSet<String>>,
    pub(crate) scope: Scope,
    pub(crate) settling: bool,
}

/// The features that the built-in policy asks for.
pub(crate) fn by_default(spec: &ServiceSpec) -> BTreeSet<Feature> {
    let wanted = spec.features.iter().filter(|feature| feature.by_default);
    wanted.map(|feature| Feature::known(feature.name)).collect()
}

impl Facts {
    /// An organization of so many accounts in which nothing is enabled yet.
    pub(crate) fn nothing_enabled(spec: &'static ServiceSpec, region: &str, accounts: u64) -> Self {
        let role = |number| match number {
            ADMINISTRATOR => Role::Administrator,
            MANAGEMENT => Role::Management,
            _ => Role::Member,
        };
        let on = by_default(spec);
        let has_setting = |feature: &&Feature| spec.feature(feature).unwrap().auto_enable;
        let auto_enable = AutoEnableSettings {
            members: spec.members_auto_enable.then_some(spec.strongest_auto_enable),
            features: on.iter().filter(has_setting).map(|name| (name.clone(), spec.strongest_auto_enable)).collect(),
            ..AutoEnableSettings::default()
        };
        let wishes = Arc::new(Wishes { on, ..Wishes::default() });
        let member = |number| {
            let (wishes, standing) = (Arc::clone(&wishes), Standing::Enrolled);
            (id(number), DesiredMember { role: role(number), wishes, standing })
        };
        let desired = Desired {
            target: Target { service: spec.id, region: region.parse().unwrap() },
            management: id(MANAGEMENT),
            administrator: id(ADMINISTRATOR),
            obstacle: None,
            trusted_access: spec.needed_trusted_access(),
            auto_enable,
            off_for_all: BTreeSet::new(),
            auto_enable_is_dead: false,
            settings: BTreeMap::new(),
            members: (1..=accounts).map(member).collect(),
        };
        let observed = Observed {
            administrator: Seen::Yes(None),
            own: Seen::Yes(OwnState::default()),
            management: Seen::Yes(OwnState::default()),
            auto_enable: Seen::No(Unseen::NoAdministrator),
            members: Members { listed: BTreeMap::new(), incomplete: Some(Unseen::NoAdministrator) },
            ..Observed::default()
        };
        let trusted = Seen::Yes(BTreeSet::new());
        Self { spec, desired, observed, trusted, scope: Scope::Everything, settling: false }
    }

    /// An organization of so many accounts in which everything is as desired.
    pub(crate) fn all_enrolled(spec: &'static ServiceSpec, region: &str, accounts: u64) -> Self {
        let mut facts = Self::nothing_enabled(spec, region, accounts).designated();
        let features = facts.all_on();
        let own = OwnState { monitoring: FeatureStatus::On, features: features.clone(), managed: BTreeSet::new() };
        facts.observed.own = Seen::Yes(own);
        facts.observed.management = Seen::No(Unseen::NotAsked);
        let members = (1..=accounts).filter(|number| *number != ADMINISTRATOR);
        facts.observed.members.listed = members.map(|number| (id(number), enabled(features.clone()))).collect();
        let mut settings = facts.desired.auto_enable.clone();
        settings.features.retain(|feature, _| facts.offered(feature));
        facts.observed.auto_enable = Seen::Yes(settings);
        facts
    }

    fn offered(&self, feature: &Feature) -> bool {
        let only_in = self.spec.feature(feature).unwrap().only_in;
        only_in.is_none_or(|regions| regions.contains(&self.desired.target.region.as_str()))
    }

    /// All default features that the region offers, on.
    fn all_on(&self) -> BTreeMap<Feature, FeatureStatus> {
        let offered = by_default(self.spec).into_iter().filter(|feature| self.offered(feature));
        offered.map(|feature| (feature, FeatureStatus::On)).collect()
    }

    /// Trusted access is given, the administrator designated, and no member seen yet.
    pub(crate) fn designated(mut self) -> Self {
        self.trusted = Seen::Yes(self.desired.trusted_access.iter().map(ToString::to_string).collect());
        self.observed.administrator = Seen::Yes(Some(id(ADMINISTRATOR)));
        self.observed.members.incomplete = None;
        self
    }

    pub(crate) fn administered_by(mut self, administrator: AccountId) -> Self {
        self.observed.administrator = Seen::Yes(Some(administrator));
        self
    }

    pub(crate) fn scope(mut self, numbers: impl IntoIterator<Item = u64>) -> Self {
        self.scope = Scope::Accounts(numbers.into_iter().map(id).collect());
        self
    }

    pub(crate) fn standing(mut self, number: u64, standing: Standing) -> Self {
        self.desired.members.get_mut(&id(number)).unwrap().standing = standing;
        self
    }

    /// Changes what is wanted of these accounts' features.
    pub(crate) fn wishing(
        mut self,
        numbers: impl IntoIterator<Item = u64>,
        mut change: impl FnMut(&mut Wishes),
    ) -> Self {
        for number in numbers {
            change(Arc::make_mut(&mut self.desired.members.get_mut(&id(number)).unwrap().wishes));
        }
        self
    }

    /// These features are to be off in these accounts.
    pub(crate) fn wanted_off<const N: usize>(
        self,
        numbers: impl IntoIterator<Item = u64>,
        names: [&'static str; N],
    ) -> Self {
        let names = names.map(Feature::known);
        self.wishing(numbers, |wishes| {
            wishes.on.retain(|feature| !names.contains(feature));
            wishes.off.extend(names.iter().cloned());
        })
    }

    /// An AWS Organizations policy manages a feature of an account.
    pub(crate) fn managed(self, number: u64, name: &'static str, turns_on: bool) -> Self {
        self.wishing([number], |wishes| wishes.managed.features.extend([(Feature::known(name), turns_on)]))
    }

    pub(crate) fn region_status_unseen(self, number: u64) -> Self {
        self.standing(number, Standing::Unknown(Reason::RegionStatusNotSeen))
    }

    pub(crate) fn also_wanted<const N: usize>(mut self, names: [&'static str; N]) -> Self {
        let names = names.map(Feature::known);
        let settings = names.iter().filter(|name| self.spec.feature(name).unwrap().auto_enable);
        let settings = settings.map(|name| (name.clone(), self.spec.strongest_auto_enable));
        self.desired.auto_enable.features.extend(settings);
        let all: Vec<AccountId> = self.desired.members.keys().copied().collect();
        for account in all {
            Arc::make_mut(&mut self.desired.members.get_mut(&account).unwrap().wishes).on.extend(names.clone());
        }
        self
    }

    /// The account is listed with this relationship.
    pub(crate) fn related(mut self, number: u64, relationship: Relationship) -> Self {
        self.observed.members.listed.insert(id(number), ObservedMember::unassociated(relationship));
        self
    }

    /// The account is not listed.
    pub(crate) fn unlisted(mut self, number: u64) -> Self {
        self.observed.members.listed.remove(&id(number));
        self
    }

    /// One feature of an associated member.
    pub(crate) fn feature(mut self, number: u64, name: &'static str, status: FeatureStatus) -> Self {
        let member = self.observed.members.listed.get_mut(&id(number)).unwrap();
        let Seen::Yes(features) = &mut member.features else { panic!("the account's features are not seen") };
        features.insert(Feature::known(name), status);
        self
    }

    pub(crate) fn monitoring(mut self, number: u64, status: FeatureStatus) -> Self {
        self.observed.members.listed.get_mut(&id(number)).unwrap().monitoring = Seen::Yes(status);
        self
    }

    pub(crate) fn own(mut self, monitoring: FeatureStatus) -> Self {
        self.observed.own = Seen::Yes(OwnState { monitoring, ..self.observed.own.yes().cloned().unwrap_or_default() });
        self
    }

    pub(crate) fn management(mut self, monitoring: FeatureStatus) -> Self {
        self.observed.management = Seen::Yes(OwnState { monitoring, ..OwnState::default() });
        self
    }

    pub(crate) fn own_feature(mut self, name: &'static str, status: FeatureStatus) -> Self {
        let Seen::Yes(own) = &mut self.observed.own else { panic!("the own state is not seen") };
        own.features.insert(Feature::known(name), status);
        self
    }

    pub(crate) fn setting(mut self, name: &'static str, setting: AutoEnable) -> Self {
        let Seen::Yes(settings) = &mut self.observed.auto_enable else { panic!("no settings are seen") };
        settings.features.insert(Feature::known(name), setting);
        self
    }

    pub(crate) fn plan(&self) -> Plan {
        plan(self.spec, &self.desired, &self.observed, &self.trusted, &self.scope, self.settling)
    }

    /// The actions that the plan can apply now.
    pub(crate) fn executable(&self) -> Vec<Action> {
        self.plan().executable().cloned().collect()
    }

    /// The reason that the plan gives for an account.
    pub(crate) fn reason(&self, number: u64) -> Reason {
        self.plan().memberships.get(&id(number)).unwrap().reason.clone()
    }
}

pub(crate) fn enabled(features: BTreeMap<Feature, FeatureStatus>) -> ObservedMember {
    ObservedMember {
        relationship: Relationship::Enabled,
        monitoring: Seen::Yes(FeatureStatus::On),
        features: Seen::Yes(features),
        managed: BTreeSet::new(),
    }
}
