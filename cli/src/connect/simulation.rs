//! The embedded simulated organization, kept in a file where one is named. I/O: loopback, the file.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    str::FromStr,
};

use organization_simulator::{DEFAULT_REGIONS, OPT_IN_REGIONS, Options, Simulator};
use rollcall_aws::Source;

use crate::{
    files::write_whole,
    output::{Failure, tell},
    text::counted,
};

/// The simulator's accounts have fixed ids for these two.
const MANAGEMENT: &str = "111111111111";
const ADMINISTRATOR: &str = "222222222222";

/// The first regions of a simulated organization; one of them is opt-in.
const FIRST: [&str; 5] = ["us-east-1", "eu-central-1", "eu-west-1", "ap-east-1", "us-west-2"];

/// What `--simulate` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Specification {
    accounts: usize,
    regions: usize,
    /// Whether either was said.
    sized: bool,
    state: Option<PathBuf>,
}

impl FromStr for Specification {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut specification = Self { accounts: 60, regions: 5, sized: false, state: None };
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let number = |most: usize| {
                let number = value.parse().ok().filter(|number| (1..=most).contains(number));
                number.ok_or_else(|| format!("{name} is a number from 1 to {most}, such as {name}=5"))
            };
            specification.sized |= matches!(name, "accounts" | "regions");
            match name {
                "accounts" => specification.accounts = number(50_000)?,
                "regions" => specification.regions = number(all_regions().count())?,
                "state" if !value.is_empty() => specification.state = Some(value.into()),
                "state" => return Err("state is a file, such as state=organization.state".to_owned()),
                _ => return Err(format!("{name:?} is not known; there are accounts, regions and state")),
            }
        }
        Ok(specification)
    }
}

fn all_regions() -> impl Iterator<Item = &'static str> {
    let all = DEFAULT_REGIONS.into_iter().chain(OPT_IN_REGIONS);
    FIRST.into_iter().chain(all.filter(|region| !FIRST.contains(region)))
}

/// A running simulation.
pub(crate) struct Simulation {
    simulator: Simulator,
    state: Option<PathBuf>,
}

impl Simulation {
    /// Starts one, from the file where there is one already.
    pub(crate) fn start(specification: &Specification) -> Result<Self, Failure> {
        let options = options(specification);
        let state = specification.state.clone();
        let saved = match &state {
            Some(path) => saved(path)?,
            None => None,
        };
        let simulator = match (&saved, &state) {
            (Some(saved), Some(path)) => Simulator::resume(&options, saved)
                .map_err(|error| Failure(format!("the organization of {} cannot be used: {error}", path.display())))?,
            _ => Simulator::start(&options)?,
        };
        let kept = if saved.is_some() && specification.sized { ", as it was kept" } else { "" };
        tell(&format!("simulated organization of {}{kept}", told(&simulator)));
        Ok(Self { simulator, state })
    }

    /// Where calls go, and as whom: from the administrator's account, as in the recommended set-up.
    pub(crate) fn source(&self) -> Source {
        Source::Endpoint { url: self.simulator.url(), access_key_id: self.administrator() }
    }

    /// The configuration that fits the simulated organization.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let role = |role: &str| Some(format!("arn:aws:iam::{MANAGEMENT}:role/{role}"));
        match name {
            "AWS_REGION" => self.simulator.organization().pointer("/regions/0")?.as_str().map(str::to_owned),
            "ROLLCALL_MANAGEMENT_READ_ROLE_ARN" => role("rollcall-read"),
            "ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN" => role("rollcall-write"),
            "ROLLCALL_WAIT_SECONDS" => Some("1".to_owned()),
            name if name.ends_with("_ADMINISTRATOR_ID") => Some(self.administrator()),
            _ => None,
        }
    }

    /// An organization of one account is administered by its management account.
    fn administrator(&self) -> String {
        let organization = self.simulator.organization();
        organization.get("administrator").and_then(|id| id.as_str()).unwrap_or(ADMINISTRATOR).to_owned()
    }

    /// Beside the file of the organization, where that is named.
    pub(crate) fn policy_file(&self) -> Option<PathBuf> {
        let mut path = self.state.clone()?.into_os_string();
        path.push(".policy.toml");
        Some(path.into())
    }

    /// Writes the organization to its file, where one is named: whole, or not at all.
    pub(crate) fn keep(&self) -> Result<(), Failure> {
        let Some(path) = &self.state else { return Ok(()) };
        write_whole(path, &self.simulator.save()?)
    }
}

fn options(specification: &Specification) -> Options {
    let Specification { accounts, regions, .. } = *specification;
    let regions: Vec<String> = all_regions().take(regions).map(str::to_owned).collect();
    // A bit of what organizations have.
    let off = (accounts / 12).min(40);
    let region_off = regions.iter().find(|region| OPT_IN_REGIONS.contains(&region.as_str()));
    let region_off = region_off.filter(|_| off > 0).map(|region| format!("{off}:{region}"));
    Options {
        accounts,
        regions,
        suspended: usize::from(accounts >= 12),
        organizational_units: (accounts / 4).min(12),
        region_off: region_off.into_iter().collect(),
        transition_ms: 200,
        forget_calls: true,
        documented_offers: true,
        ..Options::default()
    }
}

fn saved(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(saved) => Ok(Some(saved)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure(format!("cannot read {}: {error}", path.display()))),
    }
}

fn told(simulator: &Simulator) -> String {
    let organization = simulator.organization();
    let count = |what: &str| organization.get(what).and_then(|list| list.as_array()).map_or(0, Vec::len);
    format!("{} in {}", counted(count("accounts"), "account"), counted(count("regions"), "region"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_specification_is_optional() {
        let read = |text: &str| text.parse::<Specification>();
        assert_eq!(read(""), Ok(Specification { accounts: 60, regions: 5, sized: false, state: None }));
        let all = Specification { accounts: 7, regions: 34, sized: true, state: Some("a.state".into()) };
        assert_eq!(read("accounts=7,state=a.state,regions=34"), Ok(all));
    }

    #[test]
    fn a_mistake_says_what_there_is() {
        for (text, told) in [
            ("accounts=0", "from 1 to 50000"),
            ("regions=35", "from 1 to 34"),
            ("regions", "regions=5"),
            ("state=", "a file"),
            ("seed=3", "accounts, regions and state"),
        ] {
            assert!(text.parse::<Specification>().unwrap_err().contains(told), "{text}");
        }
    }

    #[test]
    fn every_region_is_named_once() {
        let all: std::collections::BTreeSet<_> = all_regions().collect();
        assert_eq!((all.len(), all_regions().count()), (34, 34));
    }
}
