//! Features that contradict each other: one without what it needs, or two that AWS refuses together. No I/O.

use super::{Case, Subject, Told, scopes};
use crate::{
    Feature, FeatureSpec, ServiceSpec,
    policy::{
        Resolution, RuleSettings, Wanted,
        document::{Ledger, Place},
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
    let here = case.place();
    let message = match kind {
        Kind::NeedIsOff => format!(
            "{feature} is {feature_says}{here}, and it needs {other}, which is {other_says}: write {feature} = \"off\" as \
             well, or {other} = \"on\""
        ),
        Kind::WouldLoseItsNeed => format!(
            "{other} is {other_says}{here}, and {feature}, which is {feature_says}, cannot stay on without it: write \
             {feature} = \"off\" as well"
        ),
        Kind::NeedMayBeOff => format!(
            "{feature} is {feature_says}{here}, and it needs {other}, which is {other_says}: accounts where that is off do \
             not get it. Write {other} = \"on\" as well, or {feature} = \"as-found\""
        ),
        Kind::Excluded => format!(
            "{feature} is {feature_says}{here}, and so is {other}, {other_says}; AWS refuses the two together: write \
             \"off\" for one of them"
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
                    "AWS would turn {name} on by itself ({strength}), and not {needed}, which it needs ({of_needed}){}: write \
                     the same for both",
                    case.place()
                );
                ledger.mistake(&Place::auto_enable(subject.spec, at.as_str()), message);
            }
        }
    }
}

/// Accounts that two rules single out. Whether there are any is not known here, unless one scope holds the other.
fn pairs(subject: &Subject<'_>, told: &Told<(Option<usize>, Conflict)>, ledger: &mut Ledger) {
    let rules: Vec<_> = subject.rules().filter(|(_, rule, _)| !rule.scope.is_for_all_accounts()).collect();
    for (feature, other, excludes) in relations(subject.spec) {
        let [name, other] = [Feature::known(feature.name), Feature::known(other)];
        let says_one =
            |settings: &RuleSettings| settings.features.contains_key(&name) || settings.features.contains_key(&other);
        let rules: Vec<_> = rules.iter().filter(|(_, _, settings)| says_one(settings)).collect();
        for (index, (later, rule, settings)) in rules.iter().enumerate() {
            let before = rules.iter().take(index).rev().filter(|(earlier, _, _)| {
                !told.iter().any(|(rule, conflict)| *rule == Some(*earlier) && conflict.feature == name)
            });
            for (earlier, earlier_rule, earlier_settings) in before {
                let [own, from] = [settings, earlier_settings]
                    .map(|settings| [&name, &other].map(|feature| settings.features.get(feature).copied()));
                let (what, of_other, missing) = match (own, from) {
                    ([Some(what), None], [_, Some(of_other)]) => (what, of_other, &other),
                    ([None, Some(of_other)], [Some(what), _]) => (what, of_other, &name),
                    _ => continue,
                };
                let kind = violation(feature, what, other.as_str(), of_other, excludes);
                if kind.is_none_or(|kind| kind == Kind::NeedMayBeOff)
                    || scopes::are_apart(&rule.scope, &earlier_rule.scope)
                {
                    continue;
                }
                let said = if missing == &other { &name } else { &other };
                let line = ledger.line(&Place::feature(Some(*earlier), subject.spec, missing.as_str()));
                let (here, there) = if missing == &other { (what, of_other) } else { (of_other, what) };
                let relation = if excludes { "AWS refuses the two together" } else { "one needs the other" };
                let message = format!(
                    "is \"{here}\" here, and {missing} is \"{there}\" by {} (line {line}) for accounts that are in both rules; \
                     {relation}: say what {missing} is in this rule too",
                    ledger.rule(*earlier)
                );
                let at = Place::feature(Some(*later), subject.spec, said.as_str());
                let governed = &subject.service.regions;
                let is_certain = scopes::holds(&rule.scope, &earlier_rule.scope, governed)
                    || scopes::holds(&earlier_rule.scope, &rule.scope, governed);
                if is_certain {
                    ledger.mistake(&at, message);
                } else {
                    ledger.warning(&at, message);
                }
                break;
            }
        }
    }
}
