//! What AWS's own automation would overrule: its auto-enable settings know no units, tags or exceptions. No I/O.
//!
//! GuardDuty's ALL turns members and plans on for every account, within a day, again and again. NEW acts on an account
//! at the moment when it joins: it is in the root then, and its tags are not looked at. An account that opts in to a
//! region later is not new. NONE turns nothing on and nothing off. Inspector's settings act as NEW.

use super::{Case, Subject, Told};
use crate::{
    AutoEnable, Feature,
    policy::{
        AutoEnableWish, MembershipWish, RuleScope, RuleSettings, Said, Source, Wanted,
        document::{Ledger, Place, feature_word},
    },
};

/// What AWS does by itself, at worst.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Automation {
    setting: AutoEnable,
    /// Whether the policy sets it so; otherwise it stays as found, and may be this.
    is_certain: bool,
}

/// Which accounts something is said of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accounts {
    /// Accounts that join may be among them.
    Joining,
    /// They are in the organization already.
    Present,
}

/// What is to give way, if AWS would overrule it.
struct Claim<'a> {
    at: Place,
    what: &'a str,
    accounts: Accounts,
    /// The feature; `None` of the membership.
    feature: Option<&'a Feature>,
    wish: AutoEnableWish,
}

/// Checks everything that the policy wants off, removed or left alone.
pub(super) fn check(subject: &Subject<'_>, ledger: &mut Ledger) {
    let mut told = Told::new();
    for case in &subject.cases {
        management(subject, case, &mut told, ledger);
        for (place, rule, settings) in subject.exceptions(case) {
            if let Some(wish) = settings.membership.filter(|wish| *wish != MembershipWish::Enrolled) {
                let at = Place::service(Some(place), subject.spec.id).key("membership");
                member(subject, case, at, wish, Accounts::of(&rule.scope), &mut told, ledger);
            }
        }
        if subject.everyone(case).membership.what == MembershipWish::Unmanaged {
            enrolled_alone(subject, case, &mut told, ledger);
            continue;
        }
        everyone(subject, case, &mut told, ledger);
        for (place, ..) in subject.exceptions(case) {
            exceptions(subject, case, place, &mut told, ledger);
        }
    }
}

impl Accounts {
    fn of(scope: &RuleScope) -> Self {
        if scope.accounts.is_empty() { Self::Joining } else { Self::Present }
    }
}

impl Automation {
    fn of(wish: AutoEnableWish, strongest: AutoEnable) -> Self {
        let setting = wish.setting(strongest);
        Self { setting: setting.unwrap_or(strongest), is_certain: setting.is_some() }
    }

    fn overrules(self, accounts: Accounts) -> bool {
        match self.setting {
            AutoEnable::All => true,
            AutoEnable::New => accounts == Accounts::Joining,
            AutoEnable::None => false,
        }
    }
}

/// What is said of every account, against what is said of auto-enable by name.
fn everyone(subject: &Subject<'_>, case: &Case, told: &mut Told<Place>, ledger: &mut Ledger) {
    let said = subject.everyone(case);
    if said.membership.what == MembershipWish::Removed
        && let Source::Rule(name) = &said.membership.by
        && let Some(rule) = subject.policy.rules.iter().position(|rule| rule.name == *name)
    {
        let at = Place::service(Some(rule), subject.spec.id).key("membership");
        member(subject, case, at, MembershipWish::Removed, Accounts::Joining, told, ledger);
    }
    if !subject.may_be_enrolled(case, &said) {
        return;
    }
    for (feature, wish) in subject.policy.features_auto_enable(subject.spec, &case.region) {
        let Some(wanted) = said.features.get(&feature) else { continue };
        let automation = Automation::of(wish, subject.spec.strongest_auto_enable);
        let at = Place::auto_enable(subject.spec, feature.as_str());
        let is = subject.says(wanted, &feature, ledger);
        let here = case.place();
        match wanted.what {
            Wanted::Off if automation.is_certain && automation.setting != AutoEnable::None => {
                let message = format!(
                    "is \"{wish}\", so that AWS turns {feature} on, and the {} is {is}{here}: leave one of the two out",
                    feature_word(subject.spec)
                );
                ledger.mistake(&at, message);
            }
            Wanted::Off if automation.overrules(Accounts::Joining) => {
                let at = subject.place(wanted, &feature).unwrap_or(at);
                let what = format!("is \"off\"{here}");
                let claim = Claim { at, what: &what, accounts: Accounts::Joining, feature: Some(&feature), wish };
                overruled(subject, &claim, told, ledger);
            }
            Wanted::AsFound
                if automation.is_certain && automation.setting == AutoEnable::All && told.insert(at.clone()) =>
            {
                let message = format!(
                    "is \"{wish}\", so that AWS turns {feature} on for every account, and the {0} is {is}{here}, which has no \
                     effect then: write {1}.{feature} = \"on\", or auto-enable \"new\" for accounts that join only",
                    feature_word(subject.spec),
                    subject.spec.features_word
                );
                ledger.warning(&at, message);
            }
            _ => {}
        }
    }
}

fn management(subject: &Subject<'_>, case: &Case, told: &mut Told<Place>, ledger: &mut Ledger) {
    let wish = subject.service.management_account;
    let everyone: Vec<usize> = (0..subject.policy.rules.len())
        .filter(|rule| subject.policy.rules.get(*rule).is_some_and(|rule| rule.scope.is_for_all_accounts()))
        .collect();
    let said = subject.policy.resolve(subject.spec, &case.region, &everyone, true);
    if said.membership.by == Source::ManagementAccount {
        let at = Place::service(None, subject.spec.id).key("management-account");
        member(subject, case, at, wish, Accounts::Present, told, ledger);
    }
}

/// A membership that is not to be.
fn member(
    subject: &Subject<'_>,
    case: &Case,
    at: Place,
    wish: MembershipWish,
    accounts: Accounts,
    told: &mut Told<Place>,
    ledger: &mut Ledger,
) {
    let what = format!("is \"{wish}\"{}", case.place());
    if subject.spec.members_auto_enable {
        let automation = subject.policy.members_auto_enable(subject.spec, &case.region);
        overruled(subject, &Claim { at, what: &what, accounts, feature: None, wish: automation }, told, ledger);
        return;
    }
    // Such a service makes an account a member when it turns any feature on for it.
    let wishes = subject.policy.features_auto_enable(subject.spec, &case.region);
    let strongest = subject.spec.strongest_auto_enable;
    let acting: Vec<(&Feature, &AutoEnableWish)> =
        wishes.iter().filter(|(_, wish)| Automation::of(**wish, strongest).overrules(accounts)).collect();
    let Some((_, worst)) = acting.iter().max_by_key(|(_, wish)| wish.setting(strongest)) else { return };
    if !told.insert(at.clone()) {
        return;
    }
    let (word, id) = (feature_word(subject.spec), subject.spec.id);
    let names: Vec<&str> = acting.iter().map(|(feature, _)| feature.as_str()).collect();
    let may = if worst.setting(strongest).is_some() { "" } else { " may" };
    let message = format!(
        "{what}, but AWS{may} turn{} on {} for accounts that join, and makes them members with it, before they have their \
         unit or tags. One must give way: leave this line out, or write \"none\" for {} in [{id}.auto-enable-{}] (auto-enable = \
         \"none\" in [{id}] does it for every {word} that is \"on\"). AWS then enrols nobody, and accounts that join while \
         Rollcall does not run wait for its next sweep",
        if may.is_empty() { "s" } else { "" },
        names.join(", "),
        if names.len() == 1 { "it" } else { "each" },
        subject.spec.features_word,
    );
    ledger.warning(&at, message);
}

/// Accounts that are enrolled where everyone else is left alone: there AWS's settings are left alone too.
fn enrolled_alone(subject: &Subject<'_>, case: &Case, told: &mut Told<Place>, ledger: &mut Ledger) {
    let everyone = subject.everyone(case);
    let off =
        |(_, _, settings): &(usize, _, &RuleSettings)| settings.features.values().any(|what| *what == Wanted::Off);
    let is_off = |said: &Said<Wanted>| said.what == Wanted::Off;
    if !everyone.features.values().any(is_off) && !subject.exceptions(case).any(|exception| off(&exception)) {
        return;
    }
    for (place, _, settings) in subject.exceptions(case) {
        let at = Place::service(Some(place), subject.spec.id).key("membership");
        if settings.membership == Some(MembershipWish::Enrolled) && told.insert(at.clone()) {
            let message = format!(
                "is \"enrolled\"{}, where {} leaves everyone else alone, and with them AWS's auto-enable settings: they stay \
                 as found, and may turn on what the policy wants off. Rather leave alone the other accounts, by units, and \
                 write auto-enable = \"none\" in [{}]",
                case.place(),
                everyone.membership.by,
                subject.spec.id
            );
            ledger.warning(&at, message);
        }
    }
}

/// The features that a rule turns off or leaves alone for some accounts.
fn exceptions(subject: &Subject<'_>, case: &Case, place: usize, told: &mut Told<Place>, ledger: &mut Ledger) {
    let Some(rule) = subject.policy.rules.get(place) else { return };
    let Some(settings) = rule.services.get(&subject.spec.id) else { return };
    if !subject.may_be_enrolled(case, &subject.with(case, place)) {
        return;
    }
    let everyone = subject.everyone(case);
    let wishes = subject.policy.features_auto_enable(subject.spec, &case.region);
    for (feature, wanted) in &settings.features {
        let Some(wish) = wishes.get(feature).filter(|_| *wanted != Wanted::On) else { continue };
        let automation = Automation::of(*wish, subject.spec.strongest_auto_enable);
        // Where both the feature and the setting stay as found, nothing is asked of either.
        let nothing_asked = *wanted == Wanted::AsFound && !automation.is_certain;
        // What is said of everyone as well is told there, unless it is fine to say so of everyone.
        let same = everyone.features.get(feature).is_some_and(|said| said.what == *wanted);
        let is_told = same && (*wanted == Wanted::Off || automation.setting == AutoEnable::All);
        if nothing_asked || is_told {
            continue;
        }
        let at = Place::feature(Some(place), subject.spec, feature.as_str());
        let what = format!("is \"{wanted}\"{}", case.place());
        let accounts = Accounts::of(&rule.scope);
        overruled(subject, &Claim { at, what: &what, accounts, feature: Some(feature), wish: *wish }, told, ledger);
    }
}

/// Tells that AWS would overrule something: that is a mistake where it is certain for all accounts and again and again,
/// and the policy wants it off.
fn overruled(subject: &Subject<'_>, claim: &Claim<'_>, told: &mut Told<Place>, ledger: &mut Ledger) {
    let automation = Automation::of(claim.wish, subject.spec.strongest_auto_enable);
    if !automation.overrules(claim.accounts) || !told.insert(claim.at.clone()) {
        return;
    }
    let message = format!(
        "{}, but {}: {}. One must give way: leave this line out, or {}",
        claim.what,
        cause(subject, claim, ledger),
        deed(subject, claim, automation),
        remedy(subject, claim)
    );
    let stays_as_found = claim.what.starts_with("is \"as-found\"");
    if automation.is_certain && automation.setting == AutoEnable::All && !stays_as_found {
        ledger.mistake(&claim.at, message);
    } else {
        ledger.warning(&claim.at, message);
    }
}

/// The setting, and where it is said.
fn cause(subject: &Subject<'_>, claim: &Claim<'_>, ledger: &Ledger) -> String {
    let table = Place::service(None, subject.spec.id);
    let line =
        |place: &Place| ledger.written(place).map_or(", by default".to_owned(), |line| format!(" (line {line})"));
    let own = claim.feature.map(|feature| Place::auto_enable(subject.spec, feature.as_str()));
    let wish = claim.wish;
    match own.filter(|own| ledger.written(own).is_some()) {
        Some(own) => format!("its auto-enable is \"{wish}\"{}", line(&own)),
        None if wish == subject.service.auto_enable => {
            format!("auto-enable is \"{wish}\"{}", line(&table.key("auto-enable")))
        }
        // What is as found for everyone has its setting as found.
        None => "its auto-enable stays as found, since it is not \"on\" for everyone".to_owned(),
    }
}

/// What AWS does then.
fn deed(subject: &Subject<'_>, claim: &Claim<'_>, automation: Automation) -> String {
    let does = |accounts: &str| match claim.feature {
        Some(feature) => format!("turns {feature} on in {accounts}"),
        None => format!("makes {accounts} members"),
    };
    match (automation.is_certain, automation.setting) {
        (true, AutoEnable::All) => {
            let refuses = if claim.what.starts_with("is \"removed\"") { ", and refuses to let members go" } else { "" };
            format!("AWS {}, these too, within a day and again and again{refuses}", does("all accounts"))
        }
        (true, _) => format!("AWS {}, before they have their unit or tags", does("accounts that join")),
        (false, _) => format!("what {} has set stays, and may be that AWS {}", subject.spec.id, does("all accounts")),
    }
}

/// How the setting gives way, and what that means for new accounts while Rollcall does not run.
fn remedy(subject: &Subject<'_>, claim: &Claim<'_>) -> String {
    let id = subject.spec.id;
    let write = |word: &str| match claim.feature {
        Some(feature) => format!("write {feature} = \"{word}\" in [{id}.auto-enable-{}]", subject.spec.features_word),
        None => format!("write auto-enable = \"{word}\" in [{id}]"),
    };
    match claim.accounts {
        Accounts::Joining => format!(
            "{}: AWS then turns it on for nobody, and accounts that join while Rollcall does not run wait for its next sweep",
            write("none")
        ),
        Accounts::Present => format!(
            "{}: AWS then turns it on in accounts that join, whether Rollcall runs or not, and leaves the others alone",
            write("new")
        ),
    }
}
