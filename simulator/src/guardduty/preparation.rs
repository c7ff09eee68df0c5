//! Special starting states: accounts with a past. No I/O.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{
    administration::install,
    features::{self, FeatureSet},
    in_region,
    relationship::Relationship,
    state::{AutoEnable, Regional, default_features},
};
use crate::world::World;

/// A special starting state: what is named is set, settled, in each region for each account; the rest is left alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Preparation {
    /// All regions when empty.
    regions: Vec<String>,
    accounts: Vec<String>,
    /// This account is the delegated administrator already.
    administrator: Option<String>,
    /// The administrator's auto-enable settings: `MEMBERS`, or a feature's name, to `NEW`, `ALL` or `NONE`.
    auto_enable: BTreeMap<String, AutoEnable>,
    /// Features that a GuardDuty policy of the organization manages.
    managed: Option<Vec<String>>,
    /// The accounts' detectors: on, suspended, or none.
    detector: Option<DetectorState>,
    /// Which features are on; they make a detector where there is none. An additional configuration is named as
    /// `RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT`.
    features: BTreeMap<String, Status>,
    /// Features that no model knows yet, which AWS has turned on or off in the accounts' detectors; they make none.
    unknown_features: BTreeMap<String, Status>,
    /// The administrator's auto-enable settings of such features.
    unknown_auto_enable: BTreeMap<String, AutoEnable>,
    /// The accounts are members of this administrator by invitation, which is not the organization's; empty lets
    /// them go.
    held_by: Option<String>,
    /// The accounts are in the administrator's list with this status; empty takes them off it.
    relationship: Option<String>,
    /// With the relationship: they are members by invitation, with this e-mail.
    email: Option<String>,
    /// Whether the accounts have the service-linked roles.
    service_linked_role: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum DetectorState {
    Enabled,
    Disabled,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    Enabled,
    Disabled,
}

/// Makes a special starting state, such as
/// `{"accounts": ["111111111111"], "regions": ["eu-west-1"], "features": {"S3_DATA_EVENTS": "DISABLED"}}`.
pub(super) fn prepare(world: &mut World, preparation: &Value) -> Result<(), String> {
    let preparation = Preparation::deserialize(preparation).map_err(|error| error.to_string())?;
    let plan = Checked::of(&preparation)?;
    for account in &preparation.accounts {
        if let Some(exists) = preparation.service_linked_role {
            world.guardduty.roles.insert(account.clone(), exists);
            world.guardduty.malware_roles.insert(account.clone(), exists);
        }
    }
    let regions =
        if preparation.regions.is_empty() { world.organization.regions.clone() } else { preparation.regions.clone() };
    for region in &regions {
        in_region(world, region, |world, regional| {
            prepare_region(world, region, regional, &preparation, &plan);
            for account in &preparation.accounts {
                prepare_account(world, region, regional, account, &preparation, &plan);
            }
            regional.unsettle(world.now);
        });
    }
    Ok(())
}

/// The names of a preparation, understood.
struct Checked {
    members: Option<AutoEnable>,
    auto_enable: Vec<(usize, AutoEnable)>,
    managed: Option<FeatureSet>,
    features: Vec<(usize, bool)>,
    /// `None` when nothing is said.
    relationship: Option<Wanted>,
}

#[derive(Clone, Copy)]
enum Wanted {
    No,
    With(Relationship),
}

impl Checked {
    fn of(preparation: &Preparation) -> Result<Self, String> {
        let mut auto_enable = preparation.auto_enable.clone();
        let members = auto_enable.remove("MEMBERS");
        let managed = preparation.managed.as_ref();
        let relationship = preparation.relationship.as_deref().map(|name| match name {
            "" => Ok(Wanted::No),
            name => Relationship::from_name(name)
                .map(Wanted::With)
                .ok_or_else(|| format!("there is no relationship `{name}`")),
        });
        Ok(Self {
            members,
            auto_enable: auto_enable
                .iter()
                .map(|(name, setting)| Ok((place(name)?, *setting)))
                .collect::<Result<_, String>>()?,
            managed: managed
                .map(|names| names.iter().map(|name| place(name)).collect::<Result<_, String>>())
                .transpose()?,
            features: preparation
                .features
                .iter()
                .map(|(name, status)| Ok((place(name)?, *status == Status::Enabled)))
                .collect::<Result<_, String>>()?,
            relationship: relationship.transpose()?,
        })
    }
}

fn place(name: &str) -> Result<usize, String> {
    features::place_of(name).ok_or_else(|| format!("there is no feature `{name}`"))
}

fn prepare_region(world: &mut World, region: &str, regional: &mut Regional, preparation: &Preparation, plan: &Checked) {
    if let Some(administrator) = &preparation.administrator {
        install(world, regional, region, administrator);
    }
    if let Some(managed) = plan.managed {
        regional.managed = managed;
    }
    let Some(current) = regional.administration.as_mut() else { return };
    current.members = plan.members.unwrap_or(current.members);
    current.unknown.extend(preparation.unknown_auto_enable.clone());
    for (place, setting) in &plan.auto_enable {
        if let Some(place) = current.features.get_mut(*place) {
            *place = *setting;
        }
    }
}

fn prepare_account(
    world: &World,
    region: &str,
    regional: &mut Regional,
    account: &str,
    preparation: &Preparation,
    plan: &Checked,
) {
    if let Some(relationship) = plan.relationship {
        relate(world, regional, account, relationship, preparation.email.as_deref());
    }
    if let Some(holder) = &preparation.held_by {
        let presence = regional.accounts.entry(account.to_owned()).or_default();
        presence.held_by = (!holder.is_empty()).then(|| holder.clone().into_boxed_str());
    }
    if preparation.detector == Some(DetectorState::None) {
        if let Some(presence) = regional.accounts.get_mut(account) {
            presence.detector = None;
        }
        return;
    }
    let held = preparation.held_by.as_deref().is_some_and(|holder| !holder.is_empty());
    if let Some(detector) = regional.detector_mut(account).filter(|_| !preparation.unknown_features.is_empty()) {
        let unknown = preparation.unknown_features.iter();
        let unknown = unknown.map(|(name, status)| (name.clone(), *status == Status::Enabled));
        detector.unknown.get_or_insert_default().0.extend(unknown);
    }
    if !held && preparation.detector.is_none() && plan.features.is_empty() {
        return;
    }
    if regional.detector(account).is_none() {
        regional.create_detector(world.now, region, account, default_features(world, region));
    }
    if let Some(detector) = regional.detector_mut(account) {
        let mut on = detector.on;
        plan.features.iter().for_each(|(place, status)| on.set(*place, *status));
        detector.set(world.now, on);
        detector.enable(world.now, preparation.detector != Some(DetectorState::Disabled));
    }
}

fn relate(world: &World, regional: &mut Regional, account: &str, relationship: Wanted, email: Option<&str>) {
    if let Wanted::With(relationship) = relationship {
        regional.relate(world.now, account, relationship).email = email.map(Into::into);
    } else if let Some(presence) = regional.accounts.get_mut(account) {
        presence.membership = None;
    }
}
