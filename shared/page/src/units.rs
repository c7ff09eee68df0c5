//! Where an account is: its organizational units, by id and by name. No I/O.

use rollcall_core::sweep::{AccountCoverage, CoverageDocument};

/// The units from the root down, by id; none where the place is not known. The organization itself, which comes before
/// the root, is the same for all.
pub(crate) fn path(account: &AccountCoverage) -> impl Iterator<Item = &str> {
    let units = account.path.iter().flat_map(|path| path.split('/'));
    units.filter(|unit| !unit.is_empty() && !unit.starts_with("o-"))
}

/// The units by name, or by id where the name is not known, as `Workloads / Team search`; `Root` for accounts that are
/// directly in it; empty where the place is not known.
pub(crate) fn title(account: &AccountCoverage, document: &CoverageDocument) -> String {
    let name = |unit| document.units.get(unit).map_or(unit, String::as_str);
    let below: Vec<&str> = path(account).filter(|unit| !unit.starts_with("r-")).map(name).collect();
    match path(account).next() {
        Some(root) if below.is_empty() => document.units.get(root).map_or("Root", String::as_str).to_owned(),
        _ => below.join(" / "),
    }
}
