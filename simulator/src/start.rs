//! The organization that a simulation starts with. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    account_management,
    options::Options,
    organization::{Account, AccountState, JoinedMethod, OPT_IN_REGIONS, OptIn},
    organizations,
    random::Random,
    simulation::Simulation,
    ssm,
    states::{State, apply, known, known_region, prepare},
    world::World,
};

/// Where AWS offers Lambda code scanning and code security. AWS documentation, "Inspector Regions", 2026-11.
const CODE_SCANNING: [&str; 10] = [
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-north-1",
];

/// The regions that are on for every account. AWS documentation, "AWS Regions".
pub const DEFAULT_REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The simulation that the options describe, at world time 0.
pub(crate) fn simulation(options: &Options, epoch_millis: u64) -> Result<Simulation, String> {
    let mut simulation = Simulation::default();
    simulation.ids = Random::from_seed(options.seed ^ 0x1D5);
    let world = &mut simulation.world;
    world.random = Random::from_seed(options.seed);
    world.epoch_millis = epoch_millis;
    behave(world, options)?;
    populate(world, options)?;
    offers(world, options)?;
    for text in &options.state {
        let description = serde_json::from_str(text).map_err(|error| format!("`--state {text}`: {error}"))?;
        prepare(world, &description).map_err(|error| format!("`--state {text}`: {error}"))?;
    }
    add_faults(&mut simulation, options)?;
    Ok(simulation)
}

/// The faults of the options, which are no part of the organization.
pub(crate) fn add_faults(simulation: &mut Simulation, options: &Options) -> Result<(), String> {
    simulation.faults.random = Random::from_seed(options.seed ^ 0xFA17);
    for text in &options.fault {
        let fault = serde_json::from_str(text).map_err(|error| error.to_string());
        let fault = fault.and_then(|fault| crate::Fault::read(&fault));
        simulation.faults.add(fault.map_err(|mistake| format!("`--fault {text}`: {mistake}"))?);
    }
    Ok(())
}

fn behave(world: &mut World, options: &Options) -> Result<(), String> {
    let behaviour = &mut world.behaviour;
    behaviour.set("transition-ms", &options.transition_ms.to_string())?;
    behaviour.documented_rates = options.documented_rates;
    for setting in &options.set {
        let (name, value) = setting.split_once('=').ok_or(format!("`--set {setting}` is not `name=value`"))?;
        behaviour.set(name, value)?;
    }
    Ok(())
}

fn populate(world: &mut World, options: &Options) -> Result<(), String> {
    let lower = "0123456789abcdefghijklmnopqrstuvwxyz";
    world.organization.id = format!("o-{}", world.random.text(lower, 10));
    world.organization.root = format!("r-{}", world.random.text(lower, 4));
    world.organization.regions = regions(options)?;
    // An organization of one account is administered by its management account.
    let special = options.accounts.clamp(1, 2) + options.suspended + options.closed;
    if options.accounts < special {
        return Err(format!("`--accounts {}` is too few: {special} are asked for", options.accounts));
    }
    for number in 1..=options.accounts {
        // The third account's id begins with a zero, so that nobody takes ids for numbers.
        let id = match number {
            1 => "111111111111".to_owned(),
            2 => "222222222222".to_owned(),
            3 => format!("0{}", world.random.text("0123456789", 11)),
            _ => world.new_account_id(),
        };
        add_account(world, number, id);
    }
    spread(world, options.organizational_units)?;
    special_accounts(world, options)
}

/// Puts all accounts but the management account into organizational units, in turn. Every second unit is within the one
/// before it.
fn spread(world: &mut World, units: usize) -> Result<(), String> {
    let mut ids: Vec<String> = Vec::new();
    for number in 1..=units {
        let root = &world.organization.root;
        let parent = ids.last().filter(|_| number % 2 == 0).unwrap_or(root).clone();
        ids.push(organizations::new_unit(world, &parent, &format!("unit-{number}"), BTreeMap::new()));
    }
    let organization = &world.organization;
    let members = organization.accounts.keys().filter(|id| !organization.is_management(id));
    let moves: Vec<(String, String)> = members.cloned().zip(ids.into_iter().cycle()).collect();
    for (account, unit) in moves {
        known(world, &account)?.parent = unit;
    }
    Ok(())
}

fn add_account(world: &mut World, number: usize, id: String) {
    let name = match number {
        1 => "management".to_owned(),
        2 => "security".to_owned(),
        _ => format!("account-{number}"),
    };
    let organization = &mut world.organization;
    if number == 1 {
        organization.management.clone_from(&id);
    }
    if number <= 2 {
        organization.administrator.clone_from(&id);
    }
    let account = Account {
        id: id.clone(),
        email: format!("{name}@example.com"),
        name,
        state: AccountState::Active,
        usable_at: 0,
        // AWS documentation: the management account was not created by the organization.
        joined_method: if number == 1 { JoinedMethod::Invited } else { JoinedMethod::Created },
        joined_epoch_millis: world.epoch_millis,
        parent: organization.root.clone(),
        regions: BTreeMap::new(),
        regions_usable_at: BTreeMap::new(),
        tags: BTreeMap::new(),
    };
    organization.accounts.insert(id, account);
}

/// Suspended, closed and region-off accounts are taken from the end of the list.
fn special_accounts(world: &mut World, options: &Options) -> Result<(), String> {
    let mut last: Vec<String> = world.organization.accounts.values().map(|account| account.id.clone()).collect();
    let (management, administrator) = (&world.organization.management, &world.organization.administrator);
    last.retain(|id| id != management && id != administrator);
    for (count, state) in [(options.suspended, AccountState::Suspended), (options.closed, AccountState::Closed)] {
        for _ in 0..count {
            let id = last.pop().unwrap_or_default();
            known(world, &id)?.state = state;
        }
    }
    for text in &options.region_off {
        let (count, region) = text.split_once(':').ok_or(format!("`--region-off {text}` is not `COUNT:REGION`"))?;
        if !OPT_IN_REGIONS.contains(&region) {
            return Err(format!("`--region-off {text}`: {region} is on by default for every account"));
        }
        known_region(world, region).map_err(|mistake| format!("`--region-off {text}`: {mistake}"))?;
        let count: usize = count.parse().map_err(|_| format!("`--region-off {text}`: {count} is not a number"))?;
        if count > last.len() {
            return Err(format!("`--region-off {text}`: only {} active members are there", last.len()));
        }
        for id in last.iter().rev().take(count) {
            account_management::set(world, id, region, OptIn::Disabled);
        }
    }
    Ok(())
}

fn regions(options: &Options) -> Result<Vec<String>, String> {
    if options.regions == ["all"] {
        let mut all: Vec<&str> = DEFAULT_REGIONS.into_iter().chain(OPT_IN_REGIONS).collect();
        all.sort_unstable();
        return Ok(all.into_iter().map(str::to_owned).collect());
    }
    let mut seen = BTreeSet::new();
    match options.regions.iter().find(|region| region.is_empty() || !seen.insert(*region)) {
        Some(region) => Err(format!("`--regions`: `{region}` is empty or there twice")),
        None => Ok(options.regions.clone()),
    }
}

fn offers(world: &mut World, options: &Options) -> Result<(), String> {
    if options.documented_offers {
        for region in world.organization.regions.clone() {
            if region == "ap-southeast-6" {
                world.offers.absent_services.insert(("inspector2".to_owned(), region.clone()));
            }
            if !ssm::DOCUMENTED_REGIONS.contains(&region.as_str()) {
                let absent = ("ssm".to_owned(), ssm::GLOBAL_INFRASTRUCTURE.to_owned(), region.clone());
                world.offers.absent_features.insert(absent);
            }
            if !CODE_SCANNING.contains(&region.as_str()) {
                for feature in ["LAMBDA_CODE", "CODE_REPOSITORY"] {
                    let absent = ("inspector2".to_owned(), feature.to_owned(), region.clone());
                    world.offers.absent_features.insert(absent);
                }
            }
        }
    }
    for text in &options.service_not_offered {
        let (name, region) =
            text.split_once(':').ok_or(format!("`--service-not-offered {text}` is not `SERVICE:REGION`"))?;
        let absent = State::ServiceNotOffered { name: name.to_owned(), region: region.to_owned() };
        apply(world, absent).map_err(|mistake| format!("`--service-not-offered {text}`: {mistake}"))?;
    }
    for text in &options.feature_not_offered {
        let mut parts = text.split(':').map(str::to_owned);
        let (Some(name), Some(feature), Some(region), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(format!("`--feature-not-offered {text}` is not `SERVICE:FEATURE:REGION`"));
        };
        let absent = State::FeatureNotOffered { name, feature, region };
        apply(world, absent).map_err(|mistake| format!("`--feature-not-offered {text}`: {mistake}"))?;
    }
    Ok(())
}
