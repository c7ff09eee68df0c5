//! Rules that match nothing, or that change nothing. No I/O.

use std::collections::BTreeMap;

use super::{Subject, scopes};
use crate::{
    Feature,
    policy::{
        MembershipWish, Policy, Rule, RuleScope, RuleSettings,
        document::{Ledger, Place},
    },
};

/// What is wrong with rules, whatever the service.
pub(super) fn rules(policy: &Policy, ledger: &mut Ledger) {
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, rule) in policy.rules.iter().enumerate() {
        let at = Place::rule(place);
        if !rule.name.is_empty() {
            if let Some(first) = named.get(rule.name.as_str()) {
                let line = ledger.line(&Place::rule(*first));
                let message = format!("another rule has this name, in line {line}: give each its own");
                ledger.mistake(&at.key("name"), message);
            }
            named.entry(&rule.name).or_insert(place);
        }
        if !ledger.knows_rule(place) {
            continue;
        }
        if rule.scope == RuleScope::default() {
            let message = "the rule is about every account in every region: name units, accounts, tags or regions, or write \
                           what it sets in the services' own tables, such as [guardduty]";
            ledger.mistake(&at, message.replace("guardduty", first_service(policy)));
        }
        if rule.services.is_empty() {
            let message = "the rule sets nothing: write what it sets, in [rule.guardduty] for example, or leave it out";
            ledger.mistake(&at, message.replace("guardduty", first_service(policy)));
        }
        regions(policy, place, rule, ledger);
    }
}

fn first_service(policy: &Policy) -> &'static str {
    policy.services.keys().next().map_or("service", |service| service.as_str())
}

/// Regions that none of the services that the rule is about is governed in.
fn regions(policy: &Policy, place: usize, rule: &Rule, ledger: &mut Ledger) {
    let at = Place::rule(place).key("regions");
    let services: Vec<_> = rule.services.keys().filter_map(|id| policy.services.get_key_value(id)).collect();
    if services.is_empty() || services.iter().any(|(id, service)| !service.enabled || !ledger.knows_service(**id)) {
        return;
    }
    for region in &rule.scope.regions {
        if !services.iter().any(|(_, service)| service.regions.include(region)) {
            let names: Vec<String> = services.iter().map(|(id, _)| format!("{id}.regions")).collect();
            let line = ledger.line(&at.key(region.as_str()));
            let message = format!(
                "{region} is not governed, so nothing matches it: leave it out, or add it to {}",
                names.join(" and ")
            );
            ledger.mistake_at(line, &at, message);
        }
    }
}

/// What is wrong with rules about one service.
pub(super) fn check(subject: &Subject<'_>, ledger: &mut Ledger) {
    let id = subject.spec.id;
    for (place, rule, settings) in subject.rules() {
        let at = Place::service(Some(place), id);
        let governed = |regions: &RuleScope| {
            regions.regions.is_empty() || regions.regions.iter().any(|region| subject.service.regions.include(region))
        };
        if settings.membership.is_none() && settings.features.is_empty() {
            let word = subject.spec.features_word;
            ledger.mistake(&at, format!("nothing is set: write membership or {word}, or leave the table out"));
        } else if !ledger.knows_service(id) {
        } else if !subject.service.enabled {
            let off = Place::service(None, id).key("enabled");
            let message = format!(
                "{id} is not governed (enabled = false in line {}), so this has no effect: leave it out",
                ledger.line(&off)
            );
            ledger.mistake(&at, message);
        } else if !governed(&rule.scope) && rule.services.len() > 1 {
            let message =
                format!("{id} is governed in none of the rule's regions, so this has no effect: leave it out");
            ledger.mistake(&at, message);
        } else {
            overridden(subject, place, rule, settings, ledger);
            administrator(subject, &at, rule, settings, ledger);
        }
    }
}

/// Settings that later rules set for all accounts and regions of this one.
fn overridden(subject: &Subject<'_>, place: usize, rule: &Rule, settings: &RuleSettings, ledger: &mut Ledger) {
    let later = || subject.rules().filter(|(at, ..)| *at > place);
    let by = |sets: &dyn Fn(&RuleSettings) -> bool| {
        let holds = |outer: &Rule| scopes::holds(&outer.scope, &rule.scope, &subject.service.regions);
        later().find(|(_, outer, settings)| sets(settings) && holds(outer)).map(|(at, ..)| at)
    };
    let table = Place::service(Some(place), subject.spec.id);
    let mut lost: Vec<(Place, usize)> = Vec::new();
    if settings.membership.is_some()
        && let Some(at) = by(&|later| later.membership.is_some())
    {
        lost.push((table.key("membership"), at));
    }
    for feature in settings.features.keys() {
        if let Some(at) = by(&|later| later.features.contains_key(feature)) {
            lost.push((Place::feature(Some(place), subject.spec, feature.as_str()), at));
        }
    }
    let count = usize::from(settings.membership.is_some()) + settings.features.len();
    let by_one = lost.iter().all(|(_, at)| lost.first().is_some_and(|(_, first)| first == at));
    match lost.as_slice() {
        [] => without_members(subject, place, rule, settings, ledger),
        [(_, at), ..] if lost.len() == count && by_one && rule.services.len() == 1 => {
            let at = *at;
            let message = format!(
                "the rule never has an effect: {}, which comes later (line {}) and holds for all of its accounts and regions, \
                 sets the same. Put the wider rule first, or leave this one out",
                ledger.rule(at),
                ledger.line(&Place::rule(at))
            );
            ledger.mistake(&Place::rule(place), message);
        }
        lost => {
            for (setting, at) in lost {
                let message = format!(
                    "this never has an effect: {}, which comes later (line {}) and holds for all of the rule's accounts and \
                     regions, sets it too. Put the wider rule first, or leave this line out",
                    ledger.rule(*at),
                    ledger.line(&Place::rule(*at))
                );
                let whole = lost.len() == count;
                if whole { ledger.mistake(setting, message) } else { ledger.warning(setting, message) }
            }
        }
    }
}

/// Features of accounts that the same rule leaves alone or removes.
fn without_members(subject: &Subject<'_>, place: usize, rule: &Rule, settings: &RuleSettings, ledger: &mut Ledger) {
    let Some(wish) = settings.membership.filter(|wish| *wish != MembershipWish::Enrolled) else { return };
    let may_enrol = |(at, later, settings): (usize, &Rule, &RuleSettings)| {
        let enrols = settings.membership == Some(MembershipWish::Enrolled);
        at > place && enrols && !scopes::are_apart(&later.scope, &rule.scope)
    };
    if subject.rules().any(may_enrol) {
        return;
    }
    let features: Vec<&Feature> = settings.features.keys().collect();
    if let Some(first) = features.first() {
        let message = format!(
            "the rule makes these accounts \"{wish}\" (line {}), so nothing is set in them: leave the {} out",
            ledger.line(&Place::service(Some(place), subject.spec.id).key("membership")),
            subject.spec.features_word
        );
        ledger.mistake(&Place::feature(Some(place), subject.spec, first.as_str()), message);
    }
}

/// The administrator is not a member of itself.
fn administrator(subject: &Subject<'_>, at: &Place, rule: &Rule, settings: &RuleSettings, ledger: &mut Ledger) {
    let named = subject.service.administrator.filter(|account| rule.scope.accounts.contains(account));
    if let (Some(account), Some(_)) = (named, settings.membership) {
        let message = format!(
            "{account} administers {}, and an administrator is no member: leave it out of the rule's accounts",
            subject.spec.id
        );
        ledger.mistake(&at.key("membership"), message);
    }
}
