//! Which accounts, regions and services a command is about. No I/O.

use std::collections::BTreeSet;

use clap::Args;
use rollcall_core::{AccountId, Region, Scope};
use rollcall_runtime::{Entry, find};

/// The options that narrow a command down.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Narrowing down")]
pub(crate) struct Narrow {
    /// Only this account, and nothing for the organization as a whole; may be repeated
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<AccountId>,
    /// Only this region; may be repeated
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<Region>,
    /// Only this service, such as guardduty; may be repeated
    #[arg(long = "service", value_name = "SERVICE", value_parser = service)]
    services: Vec<&'static str>,
}

/// A service by its name.
pub(crate) fn service(name: &str) -> Result<&'static str, String> {
    let known = || rollcall_runtime::CATALOG.iter().map(|entry| entry.spec.id.as_str()).collect::<Vec<_>>().join(", ");
    find(name)
        .map(|entry| entry.spec.id.as_str())
        .ok_or_else(|| format!("{name:?} is not a service; known are {}", known()))
}

impl Narrow {
    /// One account, in every region and service unless one is named.
    pub(crate) fn account(account: AccountId, region: Option<Region>, service: Option<&'static str>) -> Self {
        Self { accounts: vec![account], regions: region.into_iter().collect(), services: service.into_iter().collect() }
    }

    /// The same for all accounts.
    pub(crate) fn of_everyone(self) -> Self {
        Self { accounts: Vec::new(), ..self }
    }

    /// The regions; `None` for all.
    pub(crate) fn regions(&self) -> Option<BTreeSet<Region>> {
        Some(self.regions.iter().cloned().collect()).filter(|regions: &BTreeSet<_>| !regions.is_empty())
    }

    /// Whether a service is among them.
    pub(crate) fn includes(&self, entry: &Entry) -> bool {
        self.services.is_empty() || self.services.contains(&entry.spec.id.as_str())
    }

    /// The accounts; `None` for all.
    pub(crate) fn accounts(&self) -> Option<BTreeSet<AccountId>> {
        Some(self.accounts.iter().copied().collect()).filter(|accounts: &BTreeSet<_>| !accounts.is_empty())
    }

    /// How much of a target is looked at.
    pub(crate) fn scope(&self) -> Scope {
        self.accounts().map_or(Scope::Everything, Scope::Within)
    }

    /// What the command is about, in words; `None` for everything.
    pub(crate) fn told(&self) -> Option<String> {
        let accounts = self.accounts.iter().map(ToString::to_string).collect();
        let regions = self.regions.iter().map(ToString::to_string).collect();
        let services = self.services.iter().map(|service| (*service).to_owned()).collect();
        let parts: [(&str, Vec<String>); 3] = [("account", accounts), ("region", regions), ("service", services)];
        let said = parts.iter().filter(|(_, names)| !names.is_empty());
        let said: Vec<String> = said.map(|(what, names)| format!("{what} {}", names.join(", "))).collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// Whether the command is about everything.
    pub(crate) fn is_everything(&self) -> bool {
        self.accounts.is_empty() && self.regions.is_empty() && self.services.is_empty()
    }
}
