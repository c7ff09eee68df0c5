//! What AWS's own automation would overrule: its auto-enable settings know no units, tags or exceptions. No I/O.
//!
//! GuardDuty's ALL turns members and plans on for every account, within a day, again and again. NEW acts on an account
//! at the moment when it joins: it is in the root then, and its tags are not looked at. An account that opts in to a
//! region later is not new. NONE turns nothing on and nothing off. Inspector's settings act as NEW.

mod claim;

use claim::{Accounts, Automation, Claim};

use super::{Case, Subject, Told, rule_of};
use crate::{
    AutoEnable, Feature,
    policy::{
        AutoEnableWish, MembershipWish, Resolution, RuleSettings, Said, Source, Wanted,
        document::{Ledger, Place, auto_enable_table, feature_word, shown_key},
    },
};

/// What was told, and whether as a mistake: what is a warning in one region may be a mistake in another.
type Claims = Told<(Place, bool)>;

/// Checks everything that the policy wants off, removed or left alone.
pub(super) fn check(subject: &Subject<'_>, ledger: &mut Ledger) {
    let mut told = Told::new();
    for case in &subject.cases {
        let everyone = subject.everyone(case);
        if everyone.membership.what == MembershipWish::Unmanaged {
            where_all_is_left_alone(subject, case, &everyone, &mut told, ledger);
            continue;
        }
        memberships(subject, case, &everyone, &mut told, ledger);
        of_everyone(subject, case, &everyone, &mut told, ledger);
        for (place, ..) in subject.exceptions(case) {
            of_a_rule(subject, case, &everyone, place, &mut told, ledger);
        }
    }
}

/// Memberships that are not to be.
fn memberships(subject: &Subject<'_>, case: &Case, everyone: &Resolution, told: &mut Claims, ledger: &mut Ledger) {
    let management = subject.of_management(case);
    let mut unwanted = Vec::new();
    if management.membership.by == Source::ManagementAccount {
        let at = Place::service(None, subject.spec.id).key("management-account");
        unwanted.push((at, management.membership.what, Accounts::Present));
    }
    if let Some(rule) = rule_of(&everyone.membership.by) {
        unwanted.push((membership_of(subject, rule), everyone.membership.what, Accounts::Joining));
    }
    for (place, rule, settings) in subject.exceptions(case) {
        unwanted
            .extend(settings.membership.map(|wish| (membership_of(subject, place), wish, Accounts::of(&rule.scope))));
    }
    for (at, wish, accounts) in unwanted.into_iter().filter(|(_, wish, _)| *wish != MembershipWish::Enrolled) {
        let word = wish.word();
        if subject.spec.members_auto_enable {
            let wish = subject.policy.members_auto_enable(subject.spec, &case.region);
            Claim { at, word, case, accounts, feature: None, wish }.check(subject, told, ledger);
        } else {
            by_features(subject, case, (at, word, accounts), told, ledger);
        }
    }
}

fn membership_of(subject: &Subject<'_>, rule: usize) -> Place {
    Place::service(Some(rule), subject.spec.id).key("membership")
}

/// Memberships of a service that makes an account a member when it turns any feature on for it.
fn by_features(
    subject: &Subject<'_>,
    case: &Case,
    (at, word, accounts): (Place, &'static str, Accounts),
    told: &mut Claims,
    ledger: &mut Ledger,
) {
    let wishes = subject.policy.features_auto_enable(subject.spec, &case.region);
    let strongest = subject.spec.strongest_auto_enable;
    let acts = |wish: AutoEnableWish| Automation::of(wish, strongest).overrules(accounts);
    let (certain, found): (Vec<_>, Vec<_>) = wishes
        .iter()
        .filter(|(_, wish)| acts(**wish))
        .partition(|(_, wish)| Automation::of(**wish, strongest).is_certain);
    if (certain.is_empty() && found.is_empty()) || !told.insert((at.clone(), false)) {
        return;
    }
    let names = |features: &[(&Feature, &AutoEnableWish)]| {
        features.iter().map(|(feature, _)| feature.as_str()).collect::<Vec<_>>().join(", ")
    };
    let (id, here) = (subject.spec.id, case.place());
    let contradicts = match (certain.as_slice(), found.as_slice()) {
        (certain, []) => format!("contradicts the auto-enable settings of {}", names(certain)),
        ([], found) => format!("may contradict the auto-enable settings of {}, which stay as found", names(found)),
        (certain, found) => format!(
            "contradicts the auto-enable settings of {}, and may contradict those of {}, which stay as found",
            names(certain),
            names(found)
        ),
    };
    let message = format!(
        "\"{word}\"{here} {contradicts}: AWS makes every account a member when it joins, before it is in its unit or has its \
         tags. Either leave this line out, or write \"none\" for each of them in [{id}.{}] (auto-enable = \"none\" in [{id}] \
         does so for those that are \"on\"): then AWS enrols nobody, and accounts that join while Rollcall is not running wait \
         for its next sweep",
        auto_enable_table(subject.spec),
    );
    ledger.warning(&at, message);
}

/// What is said of every account, against what is said of auto-enable by name.
fn of_everyone(subject: &Subject<'_>, case: &Case, everyone: &Resolution, told: &mut Claims, ledger: &mut Ledger) {
    if !subject.may_be_enrolled(case, everyone) {
        return;
    }
    for (feature, wish) in subject.policy.features_auto_enable(subject.spec, &case.region) {
        let Some(said) = everyone.features.get(&feature) else { continue };
        let automation = Automation::of(wish, subject.spec.strongest_auto_enable);
        match said.what {
            Wanted::Off if automation.is_certain && automation.setting != AutoEnable::None => {
                setting_contradicts(subject, case, &feature, said, wish, ledger);
            }
            Wanted::Off => {
                let Some(at) = subject.place(said, &feature) else { continue };
                let word = said.what.word();
                let accounts = Accounts::Joining;
                Claim { at, word, case, accounts, feature: Some(&feature), wish }.check(subject, told, ledger);
            }
            Wanted::AsFound if automation.is_certain && automation.setting == AutoEnable::All => {
                setting_is_stronger(subject, case, &feature, said, told, ledger);
            }
            Wanted::On | Wanted::AsFound => {}
        }
    }
}

/// A setting by name that turns on what is off for everyone.
fn setting_contradicts(
    subject: &Subject<'_>,
    case: &Case,
    feature: &Feature,
    said: &Said<Wanted>,
    wish: AutoEnableWish,
    ledger: &mut Ledger,
) {
    let word = feature_word(subject.spec);
    let message = format!(
        "\"{wish}\" contradicts the {word}, which is {}{}: AWS would turn it on. Leave this line out, and the setting follows \
         the {word} in every region, or do not turn the {word} off",
        subject.says(said, feature, ledger),
        case.place(),
    );
    ledger.mistake(&Place::auto_enable(subject.spec, feature.as_str()), message);
}

/// A setting by name that turns on everywhere what is to stay as found.
fn setting_is_stronger(
    subject: &Subject<'_>,
    case: &Case,
    feature: &Feature,
    said: &Said<Wanted>,
    told: &mut Claims,
    ledger: &mut Ledger,
) {
    let at = Place::auto_enable(subject.spec, feature.as_str());
    if !told.insert((at.clone(), false)) {
        return;
    }
    let spec = subject.spec;
    let message = format!(
        "with \"all\" AWS turns {feature} on in every account, though the {} is {}{}, which has no effect then. Write {} = \
         \"on\" in [{}.{}], or \"new\" here, for accounts that join only",
        feature_word(spec),
        subject.says(said, feature, ledger),
        case.place(),
        shown_key(feature.as_str()),
        spec.id,
        spec.features_word
    );
    ledger.warning(&at, message);
}

/// The features that a rule turns off or leaves alone for some accounts.
fn of_a_rule(
    subject: &Subject<'_>,
    case: &Case,
    everyone: &Resolution,
    place: usize,
    told: &mut Claims,
    ledger: &mut Ledger,
) {
    let Some(rule) = subject.policy.rules.get(place) else { return };
    let Some(settings) = rule.services.get(&subject.spec.id) else { return };
    if !subject.may_be_enrolled(case, &subject.with(case, place)) {
        return;
    }
    let wishes = subject.policy.features_auto_enable(subject.spec, &case.region);
    for (feature, wanted) in &settings.features {
        let Some(wish) = wishes.get(feature).filter(|_| *wanted != Wanted::On) else { continue };
        let automation = Automation::of(*wish, subject.spec.strongest_auto_enable);
        // Where both the feature and the setting stay as found, nothing is asked of either.
        let nothing_asked = *wanted == Wanted::AsFound && !automation.is_certain;
        // What is said of everyone as well is told there, unless it follows there, or is fine to say of everyone.
        let of_everyone = everyone.features.get(feature).filter(|said| said.what == *wanted);
        let is_told = of_everyone.is_some_and(|said| match wanted {
            Wanted::Off => subject.place(said, feature).is_some(),
            _ => automation.setting == AutoEnable::All,
        });
        if nothing_asked || is_told {
            continue;
        }
        let at = Place::feature(Some(place), subject.spec, feature.as_str());
        let (word, accounts) = (wanted.word(), Accounts::of(&rule.scope));
        Claim { at, word, case, accounts, feature: Some(feature), wish: *wish }.check(subject, told, ledger);
    }
}

/// Exceptions in a region where a rule leaves everyone else alone: there AWS's settings are left alone too.
fn where_all_is_left_alone(
    subject: &Subject<'_>,
    case: &Case,
    everyone: &Resolution,
    told: &mut Claims,
    ledger: &mut Ledger,
) {
    let Some(wider) = rule_of(&everyone.membership.by) else { return };
    let off = |settings: &RuleSettings| settings.features.values().any(|wanted| *wanted == Wanted::Off);
    let anything_off = everyone.features.values().any(|said| said.what == Wanted::Off)
        || subject.exceptions(case).any(|(_, _, settings)| off(settings));
    for (place, _, settings) in subject.exceptions(case) {
        let at = membership_of(subject, place);
        let overruled = match settings.membership {
            Some(MembershipWish::Removed) => "may make the account a member again",
            Some(MembershipWish::Enrolled) if anything_off => "may turn on what the policy wants off",
            _ => continue,
        };
        if told.insert((at.clone(), false)) {
            let word = settings.membership.map_or("", MembershipWish::word);
            let message = format!(
                "\"{word}\"{} is an exception to {} (line {}), which leaves everyone alone there, and with them AWS's auto-enable \
                 settings: they stay as found, and {overruled}. Better name the accounts that are left alone, by units, tags or \
                 ids, and write auto-enable = \"none\" in [{}]",
                case.place(),
                ledger.rule(wider),
                ledger.line(&Place::rule(wider)),
                subject.spec.id
            );
            ledger.warning(&at, message);
        }
    }
}
