//! Reductions that the policy names and does not allow. No I/O.

use crate::{
    ServiceSpec,
    policy::{
        AutoEnableWish, MembershipWish, Policy, Wanted,
        document::{Ledger, Place},
    },
};

/// So many are told by name.
const TOLD: usize = 4;

/// Warns where reductions are named, and none may be made.
pub(super) fn check(policy: &Policy, specs: &[&'static ServiceSpec], ledger: &mut Ledger) {
    if policy.max_reductions != Some(0) || !ledger.knows("max-reductions") {
        return;
    }
    let places = specs.iter().flat_map(|spec| reductions(policy, spec));
    let mut named: Vec<(usize, Place)> = places.map(|place| (ledger.line(&place), place)).collect();
    named.sort();
    let Some((_, first)) = named.first() else { return };
    let told: Vec<String> =
        named.iter().take(TOLD).map(|(line, place)| format!("{} (line {line})", ledger.name(place))).collect();
    let more = named.len().saturating_sub(TOLD);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let limit = Place::default().key("max-reductions");
    let (at, is) = match ledger.written(&limit) {
        Some(_) => (&limit, "0 means"),
        None => (first, "max-reductions is 0 by default, which means"),
    };
    let message = format!(
        "{is} that nothing is turned off, removed or lowered, though the policy asks for it: {}{more}. Write \
         max-reductions = N at the top, the most that one sweep may reduce, or \"unlimited\"",
        told.join("; ")
    );
    ledger.warning(at, message);
}

fn reductions(policy: &Policy, spec: &'static ServiceSpec) -> Vec<Place> {
    let Some(service) = policy.services.get(&spec.id).filter(|service| service.enabled) else { return Vec::new() };
    let off = |wanted: &Wanted| *wanted == Wanted::Off;
    let table = Place::service(None, spec.id);
    let features = service.features.iter().filter(|(_, wanted)| off(wanted));
    let mut places: Vec<Place> = features.map(|(feature, _)| Place::feature(None, spec, feature.as_str())).collect();
    if service.management_account == MembershipWish::Removed {
        places.push(table.key("management-account"));
    }
    let mut left_alone = service.management_account == MembershipWish::Unmanaged;
    for (place, rule) in policy.rules.iter().enumerate() {
        let Some(settings) = rule.services.get(&spec.id) else { continue };
        if settings.membership == Some(MembershipWish::Removed) {
            places.push(Place::service(Some(place), spec.id).key("membership"));
        }
        left_alone |= settings.membership == Some(MembershipWish::Unmanaged) && !rule.scope.is_for_all_accounts();
        let features = settings.features.iter().filter(|(_, wanted)| off(wanted));
        places.extend(features.map(|(feature, _)| Place::feature(Some(place), spec, feature.as_str())));
    }
    // Accounts are left alone only once AWS's setting is lowered, if it is higher.
    if left_alone && matches!(service.auto_enable, AutoEnableWish::New | AutoEnableWish::None) {
        places.push(table.key("auto-enable"));
    }
    places
}
