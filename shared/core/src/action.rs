//! What can be done to a target: additions, and the reductions that a policy names. No I/O.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{AccountId, AutoEnable, AutoEnableSettings, Feature, engine::permits::MEMBERS};

/// One call's worth of change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Let the service act in the organization's accounts.
    EnableTrustedAccess {
        /// The service principal, such as `guardduty.amazonaws.com`.
        principal: &'static str,
    },
    /// Make an account the service's delegated administrator in the region.
    DesignateAdministrator {
        /// The account.
        administrator: AccountId,
    },
    /// Turn the service on in the management account, so that it can become a member.
    EnableManagement {
        /// The management account.
        account: AccountId,
        /// The features to turn on with it.
        features: BTreeSet<Feature>,
    },
    /// Turn the service, or features of it, on in the administrator's own account.
    EnableAdministrator {
        /// The administrator.
        account: AccountId,
        /// The features to turn on.
        features: BTreeSet<Feature>,
    },
    /// Change the organization configuration; lowering any of it is a reduction.
    SetAutoEnable {
        /// What was found.
        from: AutoEnableSettings,
        /// What it becomes, complete: what is not to change is echoed.
        to: AutoEnableSettings,
    },
    /// Change what AWS keeps per organization or administrator only.
    Configure {
        /// What was found, by setting; one that AWS did not tell is absent.
        from: BTreeMap<&'static str, String>,
        /// The settings that change.
        to: BTreeMap<&'static str, String>,
    },
    /// Make accounts members.
    Associate {
        /// The accounts, at most as many as a call takes.
        accounts: Vec<AccountId>,
    },
    /// Monitor members again.
    StartMonitoring {
        /// The accounts, at most as many as a call takes.
        accounts: Vec<AccountId>,
    },
    /// Turn features on for members.
    EnableFeatures {
        /// The accounts, at most as many as a call takes.
        accounts: Vec<AccountId>,
        /// The features, all turned on by the same call.
        features: BTreeSet<Feature>,
    },
    /// End membership; the service stays on in the accounts. A reduction.
    Disassociate {
        /// The accounts, at most as many as a call takes.
        accounts: Vec<AccountId>,
    },
    /// Turn features off for members. A reduction.
    DisableFeatures {
        /// The accounts, at most as many as a call takes.
        accounts: Vec<AccountId>,
        /// The features, all turned off by the same call.
        features: BTreeSet<Feature>,
    },
    /// Turn features off in the administrator's own account. A reduction.
    DisableAdministrator {
        /// The administrator.
        account: AccountId,
        /// The features, all turned off by the same call.
        features: BTreeSet<Feature>,
    },
}

/// The order in which actions are applied within a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Trusted access.
    TrustedAccess,
    /// Designation.
    Designation,
    /// The administrator's and the management account's own enrolment.
    Own,
    /// The organization configuration.
    AutoEnable,
    /// Settings of the organization or the administrator.
    Settings,
    /// Association.
    Association,
    /// Monitoring.
    Monitoring,
    /// Features.
    Features,
    /// Reductions of members.
    Reduction,
}

impl Action {
    /// When it is applied, relative to others. Actions of one stage are independent of each other.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self {
            Self::EnableTrustedAccess { .. } => Stage::TrustedAccess,
            Self::DesignateAdministrator { .. } => Stage::Designation,
            Self::EnableManagement { .. } | Self::EnableAdministrator { .. } => Stage::Own,
            Self::SetAutoEnable { .. } => Stage::AutoEnable,
            Self::Configure { .. } => Stage::Settings,
            Self::Associate { .. } => Stage::Association,
            Self::StartMonitoring { .. } => Stage::Monitoring,
            Self::EnableFeatures { .. } => Stage::Features,
            Self::Disassociate { .. } | Self::DisableFeatures { .. } | Self::DisableAdministrator { .. } => {
                Stage::Reduction
            }
        }
    }

    /// The action's name in logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::EnableTrustedAccess { .. } => "enable-trusted-access",
            Self::DesignateAdministrator { .. } => "designate-administrator",
            Self::EnableManagement { .. } => "enable-management",
            Self::EnableAdministrator { .. } => "enable-administrator",
            Self::SetAutoEnable { .. } => "set-auto-enable",
            Self::Associate { .. } => "associate",
            Self::StartMonitoring { .. } => "start-monitoring",
            Self::EnableFeatures { .. } => "enable-features",
            Self::Configure { .. } => "configure",
            Self::Disassociate { .. } => "disassociate",
            Self::DisableFeatures { .. } => "disable-features",
            Self::DisableAdministrator { .. } => "disable-administrator",
        }
    }

    /// The names of all actions in the order in which they are applied, and whether they are for members: the others are
    /// for the organization, or name their account.
    pub const KINDS: [(&'static str, bool); 12] = [
        ("enable-trusted-access", false),
        ("designate-administrator", false),
        ("enable-management", false),
        ("enable-administrator", false),
        ("set-auto-enable", false),
        ("configure", false),
        ("associate", true),
        ("start-monitoring", true),
        ("enable-features", true),
        ("disable-features", true),
        ("disable-administrator", false),
        ("disassociate", true),
    ];

    /// How many reductions it is: accounts × features, accounts that are removed, one where auto-enable is lowered.
    #[must_use]
    pub fn reductions(&self) -> usize {
        match self {
            Self::SetAutoEnable { .. } => usize::from(!self.lowered().is_empty()),
            Self::Disassociate { accounts } => accounts.len(),
            Self::DisableFeatures { accounts, features } => accounts.len() * features.len(),
            Self::DisableAdministrator { features, .. } => features.len(),
            Self::EnableTrustedAccess { .. }
            | Self::DesignateAdministrator { .. }
            | Self::EnableManagement { .. }
            | Self::EnableAdministrator { .. }
            | Self::Configure { .. }
            | Self::Associate { .. }
            | Self::StartMonitoring { .. }
            | Self::EnableFeatures { .. } => 0,
        }
    }

    /// Whether any of it adds.
    #[must_use]
    pub fn adds(&self) -> bool {
        match self {
            Self::SetAutoEnable { .. } => self.settings(true, |_| false).is_some(),
            _ => self.reductions() == 0,
        }
    }

    /// Whether it lowers a setting by which AWS enables all accounts.
    pub(crate) fn lowers_from_all(&self) -> bool {
        let Self::SetAutoEnable { from, to } = self else { return false };
        let lowered = |from: Option<AutoEnable>, to: Option<AutoEnable>| {
            from == Some(AutoEnable::All) && to != Some(AutoEnable::All)
        };
        let feature =
            |(feature, from): (&Feature, &AutoEnable)| lowered(Some(*from), to.features.get(feature).copied());
        lowered(from.members, to.members) || from.features.iter().any(feature)
    }

    /// The part of a change of the organization configuration that raises settings, where that is wanted, and lowers
    /// those that `lowers` is true for; `None` when nothing is left.
    pub(crate) fn settings(&self, raises: bool, lowers: impl Fn(&str) -> bool) -> Option<Self> {
        let Self::SetAutoEnable { from, to } = self else { return None };
        let part = moved(from, to, raises, lowers);
        (part != *from).then(|| Self::SetAutoEnable { from: from.clone(), to: part })
    }

    /// The settings of the organization configuration that it lowers, as [`Listed`](crate::Listed) names them.
    pub(crate) fn lowered(&self) -> BTreeSet<String> {
        let Self::SetAutoEnable { from, to } = self else { return BTreeSet::new() };
        let lower = |(feature, found): (&Feature, &AutoEnable)| {
            let set = to.features.get(feature).copied().unwrap_or(AutoEnable::None);
            (set < *found).then(|| feature.to_string())
        };
        let members = from.members.unwrap_or(AutoEnable::None) > to.members.unwrap_or(AutoEnable::None);
        from.features.iter().filter_map(lower).chain(members.then(|| MEMBERS.to_owned())).collect()
    }

    /// The members that it is about; empty for an organization-level action.
    #[must_use]
    pub fn members(&self) -> &[AccountId] {
        match self {
            Self::Associate { accounts }
            | Self::StartMonitoring { accounts }
            | Self::Disassociate { accounts }
            | Self::DisableFeatures { accounts, .. }
            | Self::EnableFeatures { accounts, .. } => accounts,
            Self::EnableTrustedAccess { .. }
            | Self::DesignateAdministrator { .. }
            | Self::EnableManagement { .. }
            | Self::EnableAdministrator { .. }
            | Self::DisableAdministrator { .. }
            | Self::Configure { .. }
            | Self::SetAutoEnable { .. } => &[],
        }
    }

    /// Whether it is about the organization or its configuration, and not about any account by itself.
    pub(crate) fn is_of_organization(&self) -> bool {
        matches!(
            self,
            Self::EnableTrustedAccess { .. }
                | Self::DesignateAdministrator { .. }
                | Self::Configure { .. }
                | Self::SetAutoEnable { .. }
        )
    }

    /// The action as far as it is about these accounts.
    pub(crate) fn about(&self, accounts: &BTreeSet<AccountId>) -> Option<Self> {
        match self {
            Self::EnableManagement { account, .. }
            | Self::EnableAdministrator { account, .. }
            | Self::DisableAdministrator { account, .. } => accounts.contains(account).then(|| self.clone()),
            _ if self.is_of_organization() => None,
            _ => self.only_for(|account| accounts.contains(&account)),
        }
    }

    /// The same action for only those of its members; `None` when none are left.
    #[must_use]
    pub fn only_for(&self, keep: impl Fn(AccountId) -> bool) -> Option<Self> {
        let mut action = self.clone();
        let (Self::Associate { accounts }
        | Self::StartMonitoring { accounts }
        | Self::EnableFeatures { accounts, .. }
        | Self::Disassociate { accounts }
        | Self::DisableFeatures { accounts, .. }) = &mut action
        else {
            return Some(action);
        };
        accounts.retain(|account| keep(*account));
        if accounts.is_empty() { None } else { Some(action) }
    }
}

impl fmt::Display for Action {
    /// What the action does, without the list of members.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EnableTrustedAccess { principal } => write!(f, "enable trusted access for {principal}"),
            Self::DesignateAdministrator { administrator } => write!(f, "designate {administrator} as administrator"),
            Self::EnableManagement { account, features } => {
                write!(f, "enable in the management account {account}: {}", Names(features))
            }
            Self::EnableAdministrator { account, features } => {
                write!(f, "enable in the administrator's account {account}: {}", Names(features))
            }
            Self::SetAutoEnable { from, to } => write!(f, "set auto-enable: {}", Changed { from, to }),
            Self::Associate { .. } => f.write_str("associate"),
            Self::StartMonitoring { .. } => f.write_str("start monitoring"),
            Self::EnableFeatures { features, .. } => write!(f, "enable {}", Names(features)),
            Self::Configure { from, to } => {
                let found = |key| from.get(key).map_or("not told", String::as_str);
                let changes: Vec<String> =
                    to.iter().map(|(key, value)| format!("{key} {} → {value}", found(key))).collect();
                write!(f, "set {}", changes.join(", "))
            }
            Self::Disassociate { .. } => f.write_str("disassociate; the service stays on in the account"),
            Self::DisableFeatures { features, .. } => write!(f, "disable {}", Names(features)),
            Self::DisableAdministrator { account, features } => {
                write!(f, "disable in the administrator's account {account}: {}", Names(features))
            }
        }
    }
}

/// What was found, with what is raised, or lowered, as far as either is permitted.
fn moved(
    from: &AutoEnableSettings,
    to: &AutoEnableSettings,
    raises: bool,
    lowers: impl Fn(&str) -> bool,
) -> AutoEnableSettings {
    let permitted = |name: &str, from: AutoEnable, to: AutoEnable| if to > from { raises } else { lowers(name) };
    let mut moved = from.clone();
    if let Some(setting) = to.members
        && from.members != Some(setting)
        && permitted(MEMBERS, from.members.unwrap_or(AutoEnable::None), setting)
    {
        moved.members = Some(setting);
    }
    for (feature, setting) in &to.features {
        let found = from.features.get(feature).copied();
        if found != Some(*setting) && permitted(feature.as_str(), found.unwrap_or(AutoEnable::None), *setting) {
            moved.features.insert(feature.clone(), *setting);
        }
    }
    moved
}

/// Feature names, separated by commas.
pub(crate) struct Names<'a>(pub(crate) &'a BTreeSet<Feature>);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the service itself");
        }
        for (index, feature) in self.0.iter().enumerate() {
            write!(f, "{}{feature}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// The auto-enable settings that differ, each from what to what.
struct Changed<'a> {
    from: &'a AutoEnableSettings,
    to: &'a AutoEnableSettings,
}

impl fmt::Display for Changed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = (self.from.members, self.to.members);
        let mut changes = Vec::new();
        if let (from, Some(to)) = members
            && from != Some(to)
        {
            changes.push(format!("members {} → {to}", from.unwrap_or(AutoEnable::None)));
        }
        for (feature, to) in &self.to.features {
            let from = self.from.features.get(feature).copied().unwrap_or(AutoEnable::None);
            if from != *to {
                changes.push(format!("{feature} {from} → {to}"));
            }
        }
        f.write_str(&changes.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_those_that_there_are_in_the_order_of_their_stages() {
        let id: AccountId = "111122223333".parse().unwrap();
        let (accounts, features) = (vec![id], BTreeSet::new());
        let settings = AutoEnableSettings::default;
        let all = [
            Action::EnableTrustedAccess { principal: "guardduty.amazonaws.com" },
            Action::DesignateAdministrator { administrator: id },
            Action::EnableManagement { account: id, features: features.clone() },
            Action::EnableAdministrator { account: id, features: features.clone() },
            Action::SetAutoEnable { from: settings(), to: settings() },
            Action::Configure { from: BTreeMap::new(), to: BTreeMap::new() },
            Action::Associate { accounts: accounts.clone() },
            Action::StartMonitoring { accounts: accounts.clone() },
            Action::EnableFeatures { accounts: accounts.clone(), features: features.clone() },
            Action::Disassociate { accounts: accounts.clone() },
            Action::DisableFeatures { accounts, features: features.clone() },
            Action::DisableAdministrator { account: id, features },
        ];
        let kind = |action: &Action| (action.name(), !action.members().is_empty());
        let mut kinds: Vec<_> = all.iter().map(kind).collect();
        let stage = |name: &str| all.iter().find(|action| action.name() == name).map(Action::stage);
        let mut stages: Vec<_> = Action::KINDS.iter().map(|(name, _)| stage(name)).collect();
        assert!(stages.is_sorted(), "{stages:?}");
        stages.dedup();
        kinds.sort_unstable();
        let mut told = Action::KINDS;
        told.sort_unstable();
        assert_eq!(kinds, told);
    }
}
