//! The accounts in the order of the map: by organizational unit, then by name. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rollcall_core::{
    AccountId,
    sweep::{AccountCoverage, CoverageDocument},
};
use serde::Serialize;

use crate::units;

/// The accounts, a list for each thing that is told of them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Accounts<'a> {
    /// Their ids, 12 digits each, one after the other.
    ids: String,
    /// Their names; empty where none is known.
    names: Vec<&'a str>,
    /// For each the index of its path.
    units: Vec<usize>,
    /// For each the index of its state.
    states: Vec<usize>,
    /// When they joined, in seconds since 1970; 0 where that is not known.
    joined: Vec<i64>,
    /// The paths: ids of organizational units from the root down; empty where none is known.
    paths: Vec<Vec<&'a str>>,
    /// The names of states.
    state_names: Vec<String>,
    #[serde(skip)]
    order: Vec<AccountId>,
}

impl<'a> Accounts<'a> {
    pub(crate) fn new(document: &'a CoverageDocument) -> Self {
        let by_path = |(id, account): (&AccountId, &'a AccountCoverage)| {
            (units::path(account).collect::<Vec<&str>>(), *id, account)
        };
        let mut accounts: Vec<_> = document.accounts.iter().map(by_path).collect();
        let name =
            |unit: &str| document.units.get(unit).map_or_else(|| unit.to_lowercase(), |name| name.to_lowercase());
        accounts.sort_by_cached_key(|(path, id, account)| {
            let units: Vec<(String, &str)> = path.iter().map(|unit| (name(unit), *unit)).collect();
            let name = account.name.as_deref().unwrap_or_default().to_lowercase();
            // Accounts of unknown place come last.
            (path.is_empty(), units, name, *id)
        });
        let mut paths: Vec<Vec<&str>> = accounts.iter().map(|(path, ..)| path.clone()).collect();
        paths.dedup();
        let places: BTreeMap<&[&str], usize> =
            paths.iter().enumerate().map(|(at, path)| (path.as_slice(), at)).collect();
        let unit = |path: &[&str]| places.get(path).copied().unwrap_or_default();
        let told = |account: &AccountCoverage| String::from(account.state.clone());
        let states: BTreeSet<String> = document.accounts.values().map(told).collect();
        let state_names: Vec<String> = states.into_iter().collect();
        let state = |account: &AccountCoverage| state_names.binary_search(&told(account)).unwrap_or_default();
        Self {
            ids: accounts.iter().map(|(_, id, _)| id.to_string()).collect(),
            names: accounts.iter().map(|(.., account)| account.name.as_deref().unwrap_or_default()).collect(),
            units: accounts.iter().map(|(path, ..)| unit(path)).collect(),
            states: accounts.iter().map(|(.., account)| state(account)).collect(),
            joined: accounts.iter().map(|(.., account)| account.joined.map_or(0, Timestamp::as_second)).collect(),
            order: accounts.iter().map(|(_, id, _)| *id).collect(),
            paths,
            state_names,
        }
    }

    /// Where each account stands.
    pub(crate) fn places(&self) -> BTreeMap<AccountId, usize> {
        self.order.iter().enumerate().map(|(place, id)| (*id, place)).collect()
    }

    /// The names of the units that accounts are in.
    pub(crate) fn unit_names<'b>(&self, document: &'b CoverageDocument) -> BTreeMap<&'b str, &'b str> {
        let used: BTreeSet<&str> = self.paths.iter().flatten().copied().collect();
        let names = document.units.iter().filter(|(unit, _)| used.contains(unit.as_str()));
        names.map(|(unit, name)| (unit.as_str(), name.as_str())).collect()
    }
}
