//! Something that the policy wants off, removed or left alone, held against an auto-enable setting. No I/O.

use super::Claims;
use crate::{
    AutoEnable, Feature,
    policy::{
        AutoEnableWish, RuleScope,
        check::{Case, Subject},
        document::{Ledger, Place, auto_enable_table, shown_key},
    },
};

/// What AWS does by itself, at worst.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Automation {
    pub(super) setting: AutoEnable,
    /// Whether the policy sets it so; otherwise it stays as found, and may be this.
    pub(super) is_certain: bool,
}

impl Automation {
    pub(super) fn of(wish: AutoEnableWish, strongest: AutoEnable) -> Self {
        let setting = wish.setting(strongest);
        Self { setting: setting.unwrap_or(strongest), is_certain: setting.is_some() }
    }

    pub(super) fn overrules(self, accounts: Accounts) -> bool {
        match self.setting {
            AutoEnable::All => true,
            AutoEnable::New => accounts == Accounts::Joining,
            AutoEnable::None => false,
        }
    }
}

/// Which accounts something is said of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accounts {
    /// Accounts that join may be among them.
    Joining,
    /// They are in the organization already: they were named by their ids.
    Present,
}

impl Accounts {
    pub(super) fn of(scope: &RuleScope) -> Self {
        if scope.accounts.is_empty() { Self::Joining } else { Self::Present }
    }
}

/// What is to give way, if AWS would overrule it.
pub(super) struct Claim<'a> {
    pub(super) at: Place,
    /// What is said there.
    pub(super) word: &'static str,
    pub(super) case: &'a Case,
    pub(super) accounts: Accounts,
    /// The feature; `None` of the membership.
    pub(super) feature: Option<&'a Feature>,
    /// The auto-enable setting.
    pub(super) wish: AutoEnableWish,
}

impl Claim<'_> {
    /// Tells where AWS would overrule it. It is a mistake where AWS does so certainly, for all accounts, again and again.
    pub(super) fn check(&self, subject: &Subject<'_>, told: &mut Claims, ledger: &mut Ledger) {
        let automation = Automation::of(self.wish, subject.spec.strongest_auto_enable);
        // Where something stays as found, AWS undoes nothing: it only has no effect.
        let is_mistake = automation.is_certain && automation.setting == AutoEnable::All && self.word != "as-found";
        if !automation.overrules(self.accounts) || !told.insert((self.at.clone(), is_mistake)) {
            return;
        }
        let message = format!(
            "\"{}\"{} {} {}: {}. Either leave this line out, or {}",
            self.word,
            self.case.place(),
            if automation.is_certain { "contradicts" } else { "may contradict" },
            self.setting(subject, ledger),
            self.deed(automation),
            self.remedy(subject)
        );
        if is_mistake { ledger.mistake(&self.at, message) } else { ledger.warning(&self.at, message) }
    }

    /// The setting, and where it is said.
    fn setting(&self, subject: &Subject<'_>, ledger: &Ledger) -> String {
        let line = |place: &Place| match ledger.written(place) {
            Some(line) => format!("= \"{}\" (line {line})", self.wish),
            None => format!("= \"{}\", the default", self.wish),
        };
        if let Some(feature) = self.feature {
            let own = Place::auto_enable(subject.spec, feature.as_str());
            if ledger.written(&own).is_some() {
                return format!("{}.{} {}", auto_enable_table(subject.spec), shown_key(feature.as_str()), line(&own));
            }
            // The setting of what is as found for everyone stays as found.
            if self.wish != subject.service.auto_enable {
                return format!(
                    "{feature}'s auto-enable setting, which stays as found, since it is not \"on\" for everyone"
                );
            }
        }
        format!("auto-enable {}", line(&Place::service(None, subject.spec.id).key("auto-enable")))
    }

    /// What AWS does then.
    fn deed(&self, automation: Automation) -> String {
        let does = match self.feature {
            Some(feature) => format!("turns {feature} on in every account"),
            None => "makes every account a member".to_owned(),
        };
        match (automation.is_certain, automation.setting) {
            (true, AutoEnable::All) => {
                let refuses = if self.word == "removed" { ", and lets no member go" } else { "" };
                format!("AWS {does}, without exception, within a day and again and again{refuses}")
            }
            (true, _) => format!("AWS {does} when it joins, before it is in its unit or has its tags"),
            (false, _) => format!("it may be set so that AWS {does}"),
        }
    }

    /// How the setting gives way, and what that means for new accounts while Rollcall is not running.
    fn remedy(&self, subject: &Subject<'_>) -> String {
        let id = subject.spec.id;
        let write = |word: &str| match self.feature {
            Some(feature) => {
                format!(
                    "write {} = \"{word}\" in [{id}.{}]",
                    shown_key(feature.as_str()),
                    auto_enable_table(subject.spec)
                )
            }
            None => format!("write auto-enable = \"{word}\" in [{id}]"),
        };
        match (self.accounts, self.feature) {
            (Accounts::Joining, feature) => format!(
                "{}: then AWS {}, and accounts that join while Rollcall is not running wait for its next sweep",
                write("none"),
                if feature.is_some() { "turns it on for nobody" } else { "enrols nobody" }
            ),
            (Accounts::Present, feature) => format!(
                "{}: then AWS {} accounts that join, whether Rollcall is running or not, and leaves those alone that are \
                 there already",
                write("new"),
                if feature.is_some() { "turns it on in" } else { "enrols" }
            ),
        }
    }
}
