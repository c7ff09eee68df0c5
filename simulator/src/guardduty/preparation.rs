//! Special starting states: accounts with a past. No I/O.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{
    administration::install,
    features::{self, FeatureSet},
    in_region,
    state::{Regional, Relationship, default_features},
};
use crate::world::World;

/// One starting state, such as `{"state": "held-by", "account": "…", "administrator": "…"}`. Without `region` it is
/// made in every region of the organization.
#[derive(Debug, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
enum Preparation {
    /// The account has a detector from before. Features that are not named are as `CreateDetector` leaves them;
    /// an additional configuration is named as `RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT`.
    Detector {
        account: String,
        region: Option<String>,
        #[serde(default = "yes")]
        enabled: bool,
        #[serde(default)]
        features: BTreeMap<String, String>,
    },
    /// The account has no detector (any more).
    NoDetector {
        account: String,
        region: Option<String>,
    },
    /// Another administrator holds the account by invitation; without `administrator` nobody does any more.
    HeldBy {
        account: String,
        region: Option<String>,
        administrator: Option<String>,
    },
    /// The account is in the list of members with this relationship, whatever led to it; `null` takes it off.
    /// With `email` it is a member by invitation.
    Relationship {
        account: String,
        region: Option<String>,
        relationship: Option<String>,
        email: Option<String>,
    },
    /// The account has GuardDuty's service-linked role, or not.
    ServiceLinkedRole { account: String, exists: bool },
    /// The account is the delegated administrator already.
    Administrator {
        account: String,
        region: Option<String>,
    },
    /// A GuardDuty policy of the organization manages these features.
    Managed {
        region: Option<String>,
        features: Vec<String>,
    },
}

fn yes() -> bool {
    true
}

pub(super) fn prepare(world: &mut World, preparation: &Value) -> Result<(), String> {
    let preparation =
        Preparation::deserialize(preparation).map_err(|error| format!("guardduty: {error}"))?;
    match preparation {
        Preparation::Detector {
            account,
            region,
            enabled,
            features,
        } => {
            let features = places(features.keys())?
                .into_iter()
                .zip(statuses(features.values())?)
                .collect::<Vec<_>>();
            everywhere(world, region, |world, region, regional| {
                let mut on = default_features(world, region);
                features
                    .iter()
                    .for_each(|(place, status)| on.set(*place, *status));
                let now = world.now;
                let detector = match regional.detector_mut(&account) {
                    Some(detector) => detector,
                    None => regional.create_detector(now, region, &account, on),
                };
                detector.enable(now, enabled);
                detector.set(now, on);
            });
        }
        Preparation::NoDetector { account, region } => {
            everywhere(world, region, |_, _, regional| {
                if let Some(presence) = regional.accounts.get_mut(&account) {
                    presence.detector = None;
                }
            })
        }
        Preparation::HeldBy {
            account,
            region,
            administrator,
        } => everywhere(world, region, |world, region, regional| {
            let held = administrator.is_some();
            if held && regional.detector(&account).is_none() {
                regional.create_detector(
                    world.now,
                    region,
                    &account,
                    default_features(world, region),
                );
            }
            let presence = regional.accounts.entry(account.clone()).or_default();
            presence.held_by = administrator.as_deref().map(Into::into);
            if held {
                presence.membership = None;
            }
        }),
        Preparation::Relationship {
            account,
            region,
            relationship,
            email,
        } => {
            let relationship = relationship.map(|name| {
                Relationship::from_name(&name).ok_or(format!("guardduty: no relationship `{name}`"))
            });
            let relationship = relationship.transpose()?;
            everywhere(world, region, |world, _, regional| {
                relate(world, regional, &account, relationship, email.as_deref())
            });
        }
        Preparation::ServiceLinkedRole { account, exists } => {
            world.guardduty.roles.insert(account, exists);
        }
        Preparation::Administrator { account, region } => {
            everywhere(world, region, |world, region, regional| {
                install(world, regional, region, &account)
            });
        }
        Preparation::Managed { region, features } => {
            let managed: FeatureSet = places(features.iter())?.into_iter().collect();
            everywhere(world, region, |_, _, regional| regional.managed = managed);
        }
    }
    Ok(())
}

fn relate(
    world: &World,
    regional: &mut Regional,
    account: &str,
    relationship: Option<Relationship>,
    email: Option<&str>,
) {
    match relationship {
        Some(relationship) => {
            regional.relate(world.now, account, relationship).email = email.map(Into::into)
        }
        None => {
            if let Some(presence) = regional.accounts.get_mut(account) {
                presence.membership = None;
            }
        }
    }
}

fn places<'a>(names: impl Iterator<Item = &'a String>) -> Result<Vec<usize>, String> {
    names
        .map(|name| {
            features::place_of(name).ok_or_else(|| format!("guardduty: no feature `{name}`"))
        })
        .collect()
}

fn statuses<'a>(statuses: impl Iterator<Item = &'a String>) -> Result<Vec<bool>, String> {
    statuses
        .map(|status| match status.as_str() {
            "ENABLED" => Ok(true),
            "DISABLED" => Ok(false),
            other => Err(format!(
                "guardduty: a feature is ENABLED or DISABLED, not `{other}`"
            )),
        })
        .collect()
}

/// Does it in one region, or in all of the organization.
fn everywhere(
    world: &mut World,
    region: Option<String>,
    mut act: impl FnMut(&mut World, &str, &mut Regional),
) {
    let regions = region.map_or_else(|| world.organization.regions.clone(), |region| vec![region]);
    for region in regions {
        in_region(world, &region, |world, regional| {
            act(world, &region, regional);
            regional.unsettle(world.now);
        });
    }
}
