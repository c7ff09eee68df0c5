//! Features that contradict each other: one without what it needs, or two that AWS refuses together. No I/O.

use super::{Case, Subject, Told, scopes};
use crate::{
    Feature, FeatureSpec, ServiceSpec,
    policy::{
        Resolution, Rule, RuleSettings, Wanted,
        document::{Ledger, Place, auto_enable_table, shown_key},
    },
};

/// Two features that do not go together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Conflict {
    kind: Kind,
    /// The feature that needs or excludes the other one.
    feature: Feature,
    other: Feature,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// It is on, and what it needs is off.
    NeedIsOff,
    /// It stays as found, and what it needs is turned off.
    WouldLoseItsNeed,
    /// It is on, and what it needs may be off.
    NeedMayBeOff,
    /// Both are on, and AWS refuses that.
    Excluded,
}

/// Checks what is said of everyone, and of each rule's accounts; then of accounts that two rules single out.
pub(super) fn check(subject: &Subject<'_>, ledger: &mut Ledger) {
    let mut told = Told::new();
    for case in &subject.cases {
        let everyone = subject.everyone(case);
        let common = conflicts(subject, case, &everyone);
        for conflict in &common {
            if told.insert((None, conflict.clone())) {
                tell(subject, case, &everyone, conflict, ledger);
            }
        }
        for (place, _, _) in subject.exceptions(case) {
            let singled_out = subject.with(case, place);
            for conflict in conflicts(subject, case, &singled_out) {
                if !common.contains(&conflict) && told.insert((Some(place), conflict.clone())) {
                    tell(subject, case, &singled_out, &conflict, ledger);
                }
            }
        }
    }
    auto_enable(subject, ledger);
    pairs(subject, &told, ledger);
}

fn conflicts(subject: &Subject<'_>, case: &Case, resolution: &Resolution) -> Vec<Conflict> {
    if !subject.may_be_enrolled(case, resolution) {
        return Vec::new();
    }
    let spec = subject.spec;
    let wanted = |name: &str| resolution.features.get(&Feature::named(name)).map(|said| said.what);
    let found = relations(spec).filter_map(|(feature, other, excludes)| {
        let kind = violation(feature, wanted(feature.name)?, other, wanted(other)?, excludes)?;
        Some(Conflict { kind, feature: Feature::known(feature.name), other: Feature::known(other) })
    });
    let mut found: Vec<Conflict> = found.collect();
    // An agent of a plan that is refused is refused with it: the plan says enough.
    let plans: Vec<Feature> = found.iter().map(|conflict| conflict.feature.clone()).collect();
    found.retain(|conflict| {
        let plan = conflict.feature.as_str().split_once('/').map(|(plan, _)| plan);
        conflict.kind != Kind::Excluded || !plans.iter().any(|name| Some(name.as_str()) == plan)
    });
    found
}

/// Which feature needs or, if so marked, excludes which.
fn relations(spec: &ServiceSpec) -> impl Iterator<Item = (&'static FeatureSpec, &'static str, bool)> {
    spec.features.iter().flat_map(|feature| {
        let needs = feature.needs.as_ref().map(|needs| (feature, needs.feature, false));
        // Two that exclude each other are told once.
        let other = feature.excluded_by.and_then(|other| spec.feature(&Feature::known(other)));
        let is_mutual = |other: &&FeatureSpec| other.excluded_by == Some(feature.name) && other.name < feature.name;
        let excludes = other.filter(|other| !is_mutual(other)).map(|other| (feature, other.name, true));
        needs.into_iter().chain(excludes)
    })
}

fn violation(feature: &FeatureSpec, what: Wanted, other: &str, of_other: Wanted, excludes: bool) -> Option<Kind> {
    let belongs_to = feature.name.split_once('/').is_some_and(|(plan, _)| plan == other);
    match (excludes, what, of_other) {
        (true, Wanted::On, Wanted::On) => Some(Kind::Excluded),
        (false, Wanted::On, Wanted::Off) => Some(Kind::NeedIsOff),
        (false, Wanted::On, Wanted::AsFound) => Some(Kind::NeedMayBeOff),
        (false, Wanted::AsFound, Wanted::Off) if !belongs_to => Some(Kind::WouldLoseItsNeed),
        _ => None,
    }
}

fn tell(subject: &Subject<'_>, case: &Case, resolution: &Resolution, conflict: &Conflict, ledger: &mut Ledger) {
    let Conflict { kind, feature, other } = conflict;
    let (Some(of_feature), Some(of_other)) = (resolution.features.get(feature), resolution.features.get(other)) else {
        return;
    };
    let [feature_says, other_says] =
        [(of_feature, feature), (of_other, other)].map(|(said, feature)| subject.says(said, feature, ledger));
    let [feature_key, other_key] = [feature, other].map(|feature| shown_key(feature.as_str()));
    let here = case.place();
    let message = match kind {
        Kind::NeedIsOff => format!(
            "{feature} is {feature_says}{here}, and it needs {other}, which is {other_says}: write {feature_key} = \"off\" as \
             well, or {other_key} = \"on\""
        ),
        Kind::WouldLoseItsNeed => format!(
            "{other} is {other_says}{here}, and {feature}, which is {feature_says}, cannot stay on without it: write \
             {feature_key} = \"off\" as well"
        ),
        Kind::NeedMayBeOff => format!(
            "{feature} is {feature_says}{here}, and it needs {other}, which is {other_says}: accounts where that is off do \
             not get it. Write {other_key} = \"on\" as well, or {feature_key} = \"as-found\""
        ),
        Kind::Excluded => format!(
            "{feature} is {feature_says}, and {other} is {other_says}{here}, and AWS refuses the two together: leave one of \
             them out, or write \"off\" for it"
        ),
    };
    // It is told where something was written, the last of the two; both may be there by default.
    let places = [subject.place(of_feature, feature), subject.place(of_other, other)];
    let written = places.into_iter().flatten().max_by_key(|place| ledger.line(place));
    let at = written.unwrap_or_else(|| Place::service(None, subject.spec.id));
    match kind {
        Kind::NeedMayBeOff => ledger.warning(&at, message),
        _ => ledger.mistake(&at, message),
    }
}

/// Auto-enable settings that are said of a feature alone, and stronger than that of what it needs.
fn auto_enable(subject: &Subject<'_>, ledger: &mut Ledger) {
    let said = &subject.service.feature_auto_enable;
    let mut told = Told::new();
    for case in &subject.cases {
        let everyone = subject.everyone(case);
        let wishes = subject.policy.features_auto_enable(subject.spec, &case.region);
        for (feature, other, _) in relations(subject.spec).filter(|(_, _, excludes)| !excludes) {
            let [name, needed] = [Feature::known(feature.name), Feature::known(other)];
            let setting =
                |feature| wishes.get(feature).and_then(|wish| wish.setting(subject.spec.strongest_auto_enable));
            let written = [&needed, &name].into_iter().find(|feature| said.contains_key(*feature));
            let (Some(strength), Some(of_needed), Some(at)) = (setting(&name), setting(&needed), written) else {
                continue;
            };
            let is_told = conflicts(subject, case, &everyone).iter().any(|conflict| conflict.feature == name);
            if strength > of_needed && !is_told && told.insert(name.clone()) {
                let message = format!(
                    "AWS would turn {name} on by itself ({strength}) without {needed}, which it needs ({of_needed}){}: write \
                     \"none\" for both in [{}.{}]",
                    case.place(),
                    subject.spec.id,
                    auto_enable_table(subject.spec)
                );
                ledger.mistake(&Place::auto_enable(subject.spec, at.as_str()), message);
            }
        }
    }
}

/// A rule about some accounts, by its place.
type Exception<'a> = (usize, &'a Rule, &'a RuleSettings);

/// Accounts that two rules single out. Whether there are any is not known here, unless one scope holds the other.
fn pairs(subject: &Subject<'_>, told: &Told<(Option<usize>, Conflict)>, ledger: &mut Ledger) {
    let exceptions: Vec<Exception<'_>> =
        subject.rules().filter(|(_, rule, _)| !rule.scope.is_for_all_accounts()).collect();
    for (feature, other, excludes) in relations(subject.spec) {
        let names = [Feature::known(feature.name), Feature::known(other)];
        let is_about = |settings: &RuleSettings| names.iter().any(|name| settings.features.contains_key(name));
        // What a rule contradicts by itself is told already.
        let is_told = |place: usize| {
            told.iter().any(|(rule, conflict)| *rule == Some(place) && conflict.feature.as_str() == feature.name)
        };
        let rules: Vec<&Exception<'_>> = exceptions.iter().filter(|(_, _, settings)| is_about(settings)).collect();
        for (index, later) in rules.iter().enumerate() {
            let mut before = rules.iter().take(index).rev().filter(|(place, ..)| !is_told(*place));
            let clash = before.find_map(|earlier| Some((*earlier, clash(earlier, later, feature, &names, excludes)?)));
            if let Some((earlier, missing)) = clash {
                tell_pair(subject, earlier, later, (&names, missing, excludes), ledger);
            }
        }
    }
}

/// Which of the two features the later rule should speak of too, since the earlier one contradicts it.
fn clash(
    (_, earlier, before): &Exception<'_>,
    (_, later, after): &Exception<'_>,
    feature: &FeatureSpec,
    names: &[Feature; 2],
    excludes: bool,
) -> Option<usize> {
    let said = |settings: &RuleSettings| [0, 1].map(|place| settings.features.get(names.get(place)?).copied());
    let (what, of_other, missing) = match (said(after), said(before)) {
        ([Some(what), None], [_, Some(of_other)]) => (what, of_other, 1),
        ([None, Some(of_other)], [Some(what), _]) => (what, of_other, 0),
        _ => return None,
    };
    let [_, other] = names;
    let kind = violation(feature, what, other.as_str(), of_other, excludes)?;
    (kind != Kind::NeedMayBeOff && !scopes::are_apart(&later.scope, &earlier.scope)).then_some(missing)
}

fn tell_pair(
    subject: &Subject<'_>,
    (earlier, earlier_rule, before): &Exception<'_>,
    (later, later_rule, after): &Exception<'_>,
    (names, missing, excludes): (&[Feature; 2], usize, bool),
    ledger: &mut Ledger,
) {
    let [feature, other] = names;
    let (missing, said) = if missing == 0 { (feature, other) } else { (other, feature) };
    let word = |settings: &RuleSettings, name| settings.features.get(name).map_or("", |wanted| wanted.word());
    let message = format!(
        "\"{}\" here, and {missing} is \"{}\" by {} (line {}), for accounts that are in both rules; {}: say in this rule too \
         what {missing} is",
        word(after, said),
        word(before, missing),
        ledger.rule(*earlier),
        ledger.line(&Place::feature(Some(*earlier), subject.spec, missing.as_str())),
        if excludes { "AWS refuses the two together".to_owned() } else { format!("{feature} needs {other}") },
    );
    let at = Place::feature(Some(*later), subject.spec, said.as_str());
    let holds = |outer: &Rule, inner: &Rule| scopes::holds(&outer.scope, &inner.scope, &subject.service.regions);
    if holds(earlier_rule, later_rule) || holds(later_rule, earlier_rule) {
        ledger.mistake(&at, message);
    } else {
        ledger.warning(&at, message);
    }
}
