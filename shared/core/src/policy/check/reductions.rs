//! Reductions that the policy names and does not allow. No I/O.

use crate::{
    ServiceSpec,
    policy::{
        MembershipWish, Policy, Wanted,
        document::{Ledger, Place},
    },
};

/// So many are told by name.
const TOLD: usize = 4;

/// Warns where reductions are named, and none may be made.
pub(super) fn check(policy: &Policy, specs: &[&'static ServiceSpec], ledger: &mut Ledger) {
    if policy.max_reductions != Some(0) {
        return;
    }
    let mut named: Vec<(usize, Place)> =
        specs.iter().flat_map(|spec| reductions(policy, spec)).map(|place| (ledger.line(&place), place)).collect();
    named.sort();
    let Some((_, first)) = named.first() else { return };
    let told: Vec<String> =
        named.iter().take(TOLD).map(|(line, place)| format!("{} (line {line})", ledger.name(place))).collect();
    let more = named.len().saturating_sub(TOLD);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let limit = Place::default().key("max-reductions");
    let (at, is) = match ledger.written(&limit) {
        Some(_) => (&limit, "is 0"),
        None => (first, "max-reductions is 0, by default"),
    };
    let message = format!(
        "{is}, so that nothing is turned off or removed, though the policy asks for it: {}{more}. Write max-reductions = N at \
         the top, the most that one sweep may reduce (an account, service and region each count), or \"unlimited\"",
        told.join("; ")
    );
    ledger.warning(at, message);
}

fn reductions(policy: &Policy, spec: &'static ServiceSpec) -> Vec<Place> {
    let Some(service) = policy.services.get(&spec.id).filter(|service| service.enabled) else { return Vec::new() };
    let off = |wanted: &Wanted| *wanted == Wanted::Off;
    let features = service.features.iter().filter(|(_, wanted)| off(wanted));
    let mut places: Vec<Place> = features.map(|(feature, _)| Place::feature(None, spec, feature.as_str())).collect();
    if service.management_account == MembershipWish::Removed {
        places.push(Place::service(None, spec.id).key("management-account"));
    }
    for (place, rule) in policy.rules.iter().enumerate() {
        let Some(settings) = rule.services.get(&spec.id) else { continue };
        if settings.membership == Some(MembershipWish::Removed) {
            places.push(Place::service(Some(place), spec.id).key("membership"));
        }
        let features = settings.features.iter().filter(|(_, wanted)| off(wanted));
        places.extend(features.map(|(feature, _)| Place::feature(Some(place), spec, feature.as_str())));
    }
    places
}
