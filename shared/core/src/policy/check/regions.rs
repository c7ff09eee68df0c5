//! Which regions stand for all others, and regions that do not have what is asked for. No I/O.

use std::collections::BTreeSet;

use super::{Case, Subject};
use crate::{
    Feature, Region, ServiceSpec,
    policy::{
        Policy, Regions, ServicePolicy, Wanted,
        document::{Ledger, Place, feature_word},
    },
};

/// One governed region for each set of rules about a service that holds somewhere; first the one where nothing is
/// said of single regions.
pub(super) fn cases(policy: &Policy, spec: &ServiceSpec, service: &ServicePolicy) -> Vec<Case> {
    let rules = || policy.rules.iter().enumerate().filter(|(_, rule)| rule.services.contains_key(&spec.id));
    let named: BTreeSet<Region> = rules().flat_map(|(_, rule)| rule.scope.regions.iter().cloned()).collect();
    let candidates: Vec<Region> = match &service.regions {
        Regions::Only(regions) => regions.iter().cloned().collect(),
        governed @ (Regions::All | Regions::AllBut(_)) => {
            let named_and_governed = named.iter().filter(|region| governed.include(region)).cloned();
            elsewhere(&named, governed).into_iter().chain(named_and_governed).collect()
        }
    };
    let mut told = BTreeSet::new();
    let mut cases: Vec<Case> = Vec::new();
    for region in candidates {
        let here: Vec<usize> =
            rules().filter(|(_, rule)| rule.scope.includes_region(&region)).map(|(at, _)| at).collect();
        let special = rules().any(|(at, rule)| here.contains(&at) && !rule.scope.regions.is_empty());
        if told.insert(here.clone()) {
            cases.push(Case { region, rules: here, special });
        }
    }
    cases.sort_by_key(|case| case.special);
    cases
}

/// A governed region that no rule names.
fn elsewhere(named: &BTreeSet<Region>, governed: &Regions) -> Option<Region> {
    let mut regions = (0..100).filter_map(|number| format!("any-region-{number}").parse().ok());
    regions.find(|region| !named.contains(region) && governed.include(region))
}

/// Where regions are named of which none has the service or a feature, as AWS documents.
pub(super) fn check(subject: &Subject<'_>, ledger: &mut Ledger) {
    let (spec, service) = (subject.spec, subject.service);
    if let Regions::Only(regions) = &service.regions {
        let at = Place::service(None, spec.id).key("regions");
        for region in regions.iter().filter(|region| !spec.is_in(region)) {
            let line = ledger.line(&at.key(region.as_str()));
            let message =
                format!("AWS documents that {region} has no {}: leave it out, unless you know better", spec.id);
            ledger.warning_at(line, &at, message);
        }
        features(subject, None, &service.features, regions, ledger);
    }
    for (place, rule, settings) in subject.rules() {
        let governed = |region: &&Region| service.regions.include(region);
        let regions: BTreeSet<Region> = rule.scope.regions.iter().filter(governed).cloned().collect();
        features(subject, Some(place), &settings.features, &regions, ledger);
    }
}

fn features(
    subject: &Subject<'_>,
    rule: Option<usize>,
    features: &std::collections::BTreeMap<Feature, Wanted>,
    regions: &BTreeSet<Region>,
    ledger: &mut Ledger,
) {
    let spec = subject.spec;
    let on = features.iter().filter(|(_, wanted)| **wanted == Wanted::On);
    for (feature, _) in on.filter(|_| !regions.is_empty()) {
        let Some(only_in) = spec.feature(feature).and_then(|feature| feature.only_in) else { continue };
        if regions.iter().any(|region| only_in.contains(&region.as_str())) {
            continue;
        }
        let message = format!(
            "none of the regions here has this {}, as AWS documents, so this has no effect: leave the line out, unless you \
             know better. It is in {}",
            feature_word(spec),
            only_in.join(", ")
        );
        ledger.warning(&Place::feature(rule, spec, feature.as_str()), message);
    }
}
