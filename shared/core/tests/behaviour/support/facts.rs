//! Facts to plan from, built step by step: what is desired and what was observed. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_core::{
    AccountId, AutoEnable, AutoEnableSettings, Desired, DesiredMember, Feature, FeatureStatus, Members, Observed,
    ObservedMember, OwnState, Plan, Policy, Reason, Relationship, Role, Scope, Seen, ServiceSpec, Target, Unseen, plan,
};

use super::{ADMINISTRATOR, MANAGEMENT, id};

#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) spec: &'static ServiceSpec,
    pub(crate) desired: Desired,
    pub(crate) observed: Observed,
    pub(crate) trusted: Seen<BTreeSet<String>>,
    pub(crate) scope: Scope,
}

impl Facts {
    /// An organization of so many accounts in which nothing is enabled yet.
    pub(crate) fn nothing_enabled(spec: &'static ServiceSpec, region: &str, accounts: u64) -> Self {
        let policy = Policy::built_in(spec);
        let role = |number| match number {
            ADMINISTRATOR => Role::Administrator,
            MANAGEMENT => Role::Management,
            _ => Role::Member,
        };
        let mut trusted_access = spec.trusted_access.to_vec();
        trusted_access.push("account.amazonaws.com");
        let desired = Desired {
            target: Target { service: spec.id, region: region.parse().unwrap() },
            management: id(MANAGEMENT),
            administrator: id(ADMINISTRATOR),
            obstacle: None,
            trusted_access,
            features: policy.features,
            auto_enable: policy.auto_enable.min(spec.strongest_auto_enable),
            members: (1..=accounts).map(|number| (id(number), DesiredMember::Enrolled(role(number)))).collect(),
        };
        let observed = Observed {
            administrator: Seen::Yes(None),
            own: Seen::Yes(OwnState::default()),
            management: Seen::Yes(OwnState::default()),
            auto_enable: Seen::No(Unseen::NoAdministrator),
            members: Members { listed: BTreeMap::new(), incomplete: Some(Unseen::NoAdministrator) },
            ..Observed::default()
        };
        Self { spec, desired, observed, trusted: Seen::Yes(BTreeSet::new()), scope: Scope::Everything }
    }

    /// An organization of so many accounts in which everything is as desired.
    pub(crate) fn all_enrolled(spec: &'static ServiceSpec, region: &str, accounts: u64) -> Self {
        let mut facts = Self::nothing_enabled(spec, region, accounts).designated();
        let features = facts.all_on();
        facts.observed.own = Seen::Yes(OwnState { monitoring: FeatureStatus::On, features: features.clone() });
        facts.observed.management = Seen::No(Unseen::NotAsked);
        let members = (1..=accounts).filter(|number| *number != ADMINISTRATOR);
        facts.observed.members.listed = members.map(|number| (id(number), enabled(features.clone()))).collect();
        let settings = facts
            .desired
            .features
            .iter()
            .filter(|feature| facts.spec.feature(feature).unwrap().auto_enable && facts.offered(feature));
        facts.observed.auto_enable = Seen::Yes(AutoEnableSettings {
            members: spec.members_auto_enable.then_some(AutoEnable::All),
            features: settings.map(|feature| (feature.clone(), facts.desired.auto_enable)).collect(),
        });
        facts
    }

    fn offered(&self, feature: &Feature) -> bool {
        let only_in = self.spec.feature(feature).unwrap().only_in;
        only_in.is_none_or(|regions| regions.contains(&self.desired.target.region.as_str()))
    }

    /// All desired features that the region offers, on.
    fn all_on(&self) -> BTreeMap<Feature, FeatureStatus> {
        let offered = self.desired.features.iter().filter(|feature| self.offered(feature));
        offered.map(|feature| (feature.clone(), FeatureStatus::On)).collect()
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

    pub(crate) fn desired(mut self, number: u64, member: DesiredMember) -> Self {
        self.desired.members.insert(id(number), member);
        self
    }

    pub(crate) fn region_status_unseen(self, number: u64) -> Self {
        self.desired(number, DesiredMember::Unknown(Reason::RegionStatusNotSeen))
    }

    pub(crate) fn also_wanted<const N: usize>(mut self, names: [&'static str; N]) -> Self {
        self.desired.features.extend(names.map(Feature::known));
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
        plan(self.spec, &self.desired, &self.observed, &self.trusted, &self.scope)
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
    }
}
