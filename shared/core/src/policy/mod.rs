//! What the organization wants: the policy that a security team writes, as types. No I/O.
//!
//! [`Policy`] is read from TOML by [`document`], checked by `check`, and applied to accounts by `assignment`.

mod assignment;
mod check;
pub mod document;
mod explain;
mod resolution;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

pub use assignment::{Assignment, Undecided};
pub use document::{Checked, Finding, Mistakes, read};
pub use explain::Explanation;
pub use resolution::{Resolution, Said, Source};

use crate::{AccountId, AutoEnable, Feature, Region, ServiceId, ServiceSpec};

/// What is wanted, of every service of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// How many memberships one sweep may newly enrol; `None` is without limit.
    pub max_enrolments: Option<usize>,
    /// How many reductions one sweep may make; `None` is without limit.
    pub max_reductions: Option<usize>,
    /// What is wanted of each service.
    pub services: BTreeMap<ServiceId, ServicePolicy>,
    /// The exceptions; of those that match, the last one wins, per setting.
    pub rules: Vec<Rule>,
}

/// What is wanted of one service, for every account that no rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePolicy {
    /// Whether the service is governed at all. Where it is not, nothing is looked at and nothing changed.
    pub enabled: bool,
    /// The account that is to administer it, where the policy says so; it must be the configured one.
    pub administrator: Option<AccountId>,
    /// The regions that are governed.
    pub regions: Regions,
    /// Whether the management account is a member.
    pub management_account: MembershipWish,
    /// What is wanted of each feature that the policy names. Of the others, the built-in default.
    pub features: BTreeMap<Feature, Wanted>,
    /// What AWS is to do for accounts by itself.
    pub auto_enable: AutoEnableWish,
    /// The same for one feature, where it differs.
    pub feature_auto_enable: BTreeMap<Feature, AutoEnableWish>,
    /// What AWS keeps per organization or administrator only, by the key of its [`SettingSpec`](crate::SettingSpec).
    /// What is not named stays as found.
    pub settings: BTreeMap<&'static str, String>,
}

/// The regions that a service is governed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Regions {
    /// Every one that the administrator's account has.
    All,
    /// These.
    Only(BTreeSet<Region>),
    /// Every one but these.
    AllBut(BTreeSet<Region>),
}

/// What is wanted of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wanted {
    /// It is turned on.
    On,
    /// It is turned off: a reduction.
    Off,
    /// It stays as it was found.
    AsFound,
}

/// What is wanted of an account's membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MembershipWish {
    /// It is made and kept a member.
    Enrolled,
    /// It is left alone, whatever it is.
    Unmanaged,
    /// It is disassociated: a reduction. The service itself stays on in it.
    Removed,
}

/// What is wanted of an auto-enable setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AutoEnableWish {
    /// AWS enables all accounts; where a service knows only accounts that join, these.
    All,
    /// AWS enables accounts that join from now on.
    New,
    /// AWS enables none.
    None,
    /// The setting stays as it was found.
    Unmanaged,
}

/// An exception: for the accounts and regions in its scope, these settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name, as reports tell it.
    pub name: String,
    /// What it is about.
    pub scope: RuleScope,
    /// What it says of each service.
    pub services: BTreeMap<ServiceId, RuleSettings>,
}

/// What a rule is about: all of it must fit. What is empty fits everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleScope {
    /// Accounts in one of these organizational units, or below; the root (`r-…`) holds every account.
    pub units: BTreeSet<String>,
    /// These accounts.
    pub accounts: BTreeSet<AccountId>,
    /// Accounts that have all of these tags.
    pub tags: BTreeMap<String, String>,
    /// These regions.
    pub regions: BTreeSet<Region>,
}

/// What a rule says of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleSettings {
    /// Of the membership.
    pub membership: Option<MembershipWish>,
    /// Of features.
    pub features: BTreeMap<Feature, Wanted>,
}

impl RuleScope {
    /// Whether it is about regions as a whole, not about some accounts: then AWS's own settings, which a region has
    /// for all accounts, follow it.
    #[must_use]
    pub fn is_for_all_accounts(&self) -> bool {
        self.units.is_empty() && self.accounts.is_empty() && self.tags.is_empty()
    }

    /// Whether a region is in it.
    #[must_use]
    pub fn includes_region(&self, region: &Region) -> bool {
        self.regions.is_empty() || self.regions.contains(region)
    }
}

impl Regions {
    /// Whether a region is governed.
    #[must_use]
    pub fn include(&self, region: &Region) -> bool {
        match self {
            Self::All => true,
            Self::Only(regions) => regions.contains(region),
            Self::AllBut(regions) => !regions.contains(region),
        }
    }
}

impl AutoEnableWish {
    /// The setting, as strong as the service has it; `None` where it stays as found.
    #[must_use]
    pub fn setting(self, strongest: AutoEnable) -> Option<AutoEnable> {
        let setting = match self {
            Self::All => AutoEnable::All,
            Self::New => AutoEnable::New,
            Self::None => AutoEnable::None,
            Self::Unmanaged => return None,
        };
        Some(setting.min(strongest))
    }
}

impl ServicePolicy {
    /// The built-in default: everyone, everywhere, with the default features, kept so by AWS as well.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            enabled: true,
            administrator: None,
            regions: Regions::All,
            management_account: MembershipWish::Enrolled,
            features: BTreeMap::new(),
            auto_enable: AutoEnableWish::All,
            feature_auto_enable: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// The built-in default: each of these services with its own.
    #[must_use]
    pub fn built_in<'a>(specs: impl IntoIterator<Item = &'a ServiceSpec>) -> Self {
        let services = specs.into_iter().map(|spec| (spec.id, ServicePolicy::built_in())).collect();
        Self { services, max_reductions: Some(0), ..Self::default() }
    }

    /// Whether a service is governed, in some region at least.
    #[must_use]
    pub fn governs_service(&self, service: ServiceId) -> bool {
        self.services.get(&service).is_some_and(|policy| policy.enabled)
    }

    /// Whether a target is governed.
    #[must_use]
    pub fn governs(&self, service: ServiceId, region: &Region) -> bool {
        let includes = |policy: &ServicePolicy| policy.regions.include(region);
        self.governs_service(service) && self.services.get(&service).is_some_and(includes)
    }

    /// The keys of the accounts' tags that it asks for; tags are slow to read.
    #[must_use]
    pub fn tag_keys(&self) -> BTreeSet<&str> {
        self.rules.iter().flat_map(|rule| rule.scope.tags.keys()).map(String::as_str).collect()
    }
}

/// Gives an enum its words in the policy document.
macro_rules! words {
    ($kind:ident, $($variant:ident = $word:literal),*) => {
        impl $kind {
            /// All words that the policy document has for it.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// By the word of the policy document.
            #[must_use]
            pub fn by_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The word of the policy document.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    };
}
words!(Wanted, On = "on", Off = "off", AsFound = "as-found");
words!(MembershipWish, Enrolled = "enrolled", Unmanaged = "unmanaged", Removed = "removed");
words!(AutoEnableWish, All = "all", New = "new", None = "none", Unmanaged = "unmanaged");
