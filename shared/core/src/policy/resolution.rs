//! What the policy says of one account in one target, and which rule said so. No I/O.

use std::{collections::BTreeMap, fmt};

use super::{AutoEnableWish, MembershipWish, Policy, Rule, RuleSettings, ServicePolicy, Wanted};
use crate::{Feature, FeatureSpec, Region, ServiceSpec};

/// A setting, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<T> {
    /// The setting.
    pub what: T,
    /// Who said so.
    pub by: Source,
}

/// Who says something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The built-in default.
    Default,
    /// The policy's table of the service.
    Service,
    /// `management-account` in the policy's table of the service.
    ManagementAccount,
    /// The rule of this name.
    Rule(String),
    /// It follows: the account administers the service.
    Administrator,
    /// It follows from what is said of the feature that this one belongs to.
    Parent(Feature),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the built-in default"),
            Self::Service => f.write_str("the policy"),
            Self::ManagementAccount => f.write_str("the policy's management-account"),
            Self::Rule(name) => write!(f, "rule {name:?}"),
            Self::Administrator => f.write_str("its being the administrator"),
            Self::Parent(feature) => write!(f, "what is said of {feature}"),
        }
    }
}

/// What is said of an account in a target, or of the target as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The membership.
    pub membership: Said<MembershipWish>,
    /// Every feature that the service has.
    pub features: BTreeMap<Feature, Said<Wanted>>,
}

impl Policy {
    /// What is said of an account in a target: by the service's table, then by each of these rules in turn that is
    /// about the region. `rules` are those that the account is in, by their place.
    #[must_use]
    pub fn resolve(&self, spec: &ServiceSpec, region: &Region, rules: &[usize], is_management: bool) -> Resolution {
        let service = self.services.get(&spec.id);
        let mut resolution = Resolution {
            membership: membership(service, is_management),
            features: spec.features.iter().map(|feature| said_by_service(service, feature)).collect(),
        };
        let rules = rules.iter().filter_map(|place| self.rules.get(*place));
        for rule in rules.filter(|rule| rule.scope.includes_region(region)) {
            if let Some(settings) = rule.services.get(&spec.id) {
                resolution.apply(rule, settings);
            }
        }
        resolution.settle_children();
        resolution
    }

    /// What is said of a target as a whole: what every account gets that no rule singles out.
    #[must_use]
    pub fn resolve_target(&self, spec: &ServiceSpec, region: &Region) -> Resolution {
        let for_all = self.rules.iter().enumerate().filter(|(_, rule)| rule.scope.is_for_all_accounts());
        let rules: Vec<usize> = for_all.map(|(place, _)| place).collect();
        self.resolve(spec, region, &rules, false)
    }

    /// The auto-enable setting of members as such in a region.
    #[must_use]
    pub fn members_auto_enable(&self, spec: &ServiceSpec, region: &Region) -> AutoEnableWish {
        let Some(service) = self.services.get(&spec.id) else { return AutoEnableWish::Unmanaged };
        match self.resolve_target(spec, region).membership.what {
            MembershipWish::Enrolled => service.auto_enable,
            // A region where nobody is to be enrolled.
            MembershipWish::Unmanaged => AutoEnableWish::Unmanaged,
            MembershipWish::Removed => AutoEnableWish::None,
        }
    }

    /// The auto-enable setting of each feature in a region: as strong as said where it is on, none where it is off,
    /// and as found where the feature is.
    #[must_use]
    pub fn features_auto_enable(&self, spec: &ServiceSpec, region: &Region) -> BTreeMap<Feature, AutoEnableWish> {
        let Some(service) = self.services.get(&spec.id) else { return BTreeMap::new() };
        let resolution = self.resolve_target(spec, region);
        let membership = resolution.membership.what;
        let with_setting = spec.features.iter().filter(|feature| feature.auto_enable);
        let wish = |feature: &FeatureSpec| {
            let name = Feature::known(feature.name);
            let said = service.feature_auto_enable.get(&name).copied();
            let wanted = resolution.features.get(&name).map_or(Wanted::AsFound, |said| said.what);
            let wish = match wanted {
                _ if membership == MembershipWish::Unmanaged => AutoEnableWish::Unmanaged,
                // Nobody is to be a member there.
                _ if membership == MembershipWish::Removed => AutoEnableWish::None,
                Wanted::On => said.unwrap_or(service.auto_enable),
                Wanted::Off if service.auto_enable == AutoEnableWish::Unmanaged => {
                    said.unwrap_or(AutoEnableWish::Unmanaged)
                }
                Wanted::Off => said.unwrap_or(AutoEnableWish::None),
                Wanted::AsFound => said.unwrap_or(AutoEnableWish::Unmanaged),
            };
            (name, wish)
        };
        with_setting.map(wish).collect()
    }
}

fn membership(service: Option<&ServicePolicy>, is_management: bool) -> Said<MembershipWish> {
    match service {
        None => Said { what: MembershipWish::Unmanaged, by: Source::Default },
        Some(service) if is_management && service.management_account != MembershipWish::Enrolled => {
            Said { what: service.management_account, by: Source::ManagementAccount }
        }
        Some(_) => Said { what: MembershipWish::Enrolled, by: Source::Default },
    }
}

fn said_by_service(service: Option<&ServicePolicy>, feature: &FeatureSpec) -> (Feature, Said<Wanted>) {
    let name = Feature::known(feature.name);
    let said = match service.and_then(|service| service.features.get(&name)) {
        Some(what) => Said { what: *what, by: Source::Service },
        None if feature.by_default => Said { what: Wanted::On, by: Source::Default },
        None => Said { what: Wanted::AsFound, by: Source::Default },
    };
    (name, said)
}

impl Resolution {
    fn apply(&mut self, rule: &Rule, settings: &RuleSettings) {
        let by = || Source::Rule(rule.name.clone());
        if let Some(what) = settings.membership {
            self.membership = Said { what, by: by() };
        }
        for (feature, what) in &settings.features {
            self.features.insert(feature.clone(), Said { what: *what, by: by() });
        }
    }

    /// An additional configuration is nothing without its feature: where that is off, so is it.
    fn settle_children(&mut self) {
        let off = |(feature, said): (&Feature, &Said<Wanted>)| (said.what == Wanted::Off).then(|| feature.clone());
        let parents: Vec<Feature> = self.features.iter().filter_map(off).collect();
        for (feature, said) in &mut self.features {
            let parent = feature.as_str().split_once('/').map(|(parent, _)| parent);
            if let Some(parent) = parents.iter().find(|name| Some(name.as_str()) == parent)
                && said.what == Wanted::AsFound
            {
                *said = Said { what: Wanted::Off, by: Source::Parent(parent.clone()) };
            }
        }
    }
}
