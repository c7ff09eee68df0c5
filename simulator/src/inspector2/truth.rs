//! The truth as the simulator holds it, and special starting states. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    administrator::designate,
    authority::{is_administrator, shown},
    state::Enrolment,
    words::{DeepInspection, Relationship, Scan, Status},
};
use crate::{transition::Moving, world::World};

/// A row for each account that has any state in a region. `relationship` is AWS's word of the relationship status;
/// `ADMINISTRATOR` for the delegated administrator itself; `HELD` for a member of another administrator;
/// `STANDALONE` for an account that was never associated and has something on. `managed` is there only where a policy of
/// the organization manages something.
pub(crate) fn enrolment(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    let nothing = Enrolment::default();
    for (region, regional) in &world.inspector2.regions {
        let administrator = world.inspector2.administrator(region, world.now);
        let unrecorded = administrator.filter(|account| !regional.accounts.contains_key(*account));
        rows.extend(unrecorded.map(|account| row(world, region, account, &nothing)));
        for (account, record) in &regional.accounts {
            if record.has_state(world.now) || administrator == Some(account) {
                rows.push(row(world, region, account, record));
            }
        }
    }
    rows
}

fn row(world: &World, region: &str, account: &str, enrolment: &Enrolment) -> Value {
    let stored = *enrolment.relationship.peek(world.now);
    let relationship = if is_administrator(world, region, account) {
        "ADMINISTRATOR"
    } else if enrolment.held_by.is_some() {
        "HELD"
    } else {
        shown(world, region, account, stored).name().unwrap_or("STANDALONE")
    };
    let mut features = Map::new();
    for scan in Scan::ALL {
        if world.offers_feature("inspector2", region, scan.name()) {
            features.insert(scan.name().to_owned(), enrolment.scan(scan, world.now).name().into());
        }
    }
    let deep_inspection = enrolment.deep_inspection.peek(world.now).name();
    features.insert("EC2_DEEP_INSPECTION".to_owned(), deep_inspection.into());
    let mut row = json!({
        "service": "inspector2",
        "region": region,
        "account": account,
        "relationship": relationship,
        "features": features,
    });
    let managed = Scan::ALL.into_iter().filter(|scan| enrolment.is_managed(&[*scan]));
    let managed: Vec<Value> = managed.map(|scan| scan.name().into()).collect();
    if let Some(row) = row.as_object_mut().filter(|_| !managed.is_empty()) {
        row.insert("managed".to_owned(), managed.into());
    }
    row
}

/// A special starting state: what is named is set, settled, in each region for each account; the rest is left alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Preparation {
    /// All regions when empty.
    regions: Vec<String>,
    accounts: Vec<String>,
    /// This account is the delegated administrator, also where another one is registered in Organizations.
    administrator: Option<String>,
    /// Scan types that auto-enable turns on, or does not.
    auto_enable: BTreeMap<Scan, bool>,
    /// The accounts are members of this administrator, which is not the organization's; empty lets them go.
    held_by: Option<String>,
    relationship: Option<Relationship>,
    /// Scan types by the names of `resourceTypes`.
    scans: BTreeMap<Scan, Status>,
    deep_inspection: Option<DeepInspection>,
    /// Scan types that no model knows yet, by the names of `resourceState`, in the accounts.
    unknown_scans: BTreeMap<String, Status>,
    /// Whether auto-enable turns such scan types on.
    unknown_auto_enable: BTreeMap<String, bool>,
    /// Scan types of the accounts that an Inspector policy of the organization manages; none lets them go.
    managed: Option<BTreeSet<Scan>>,
    /// Whether the accounts have the service-linked role.
    service_linked_role: Option<bool>,
}

/// Makes a special starting state, such as
/// `{"accounts": ["111111111111"], "regions": ["eu-west-1"], "scans": {"EC2": "ENABLED"}}`.
pub(crate) fn prepare(world: &mut World, preparation: &Value) -> Result<(), String> {
    let preparation: Preparation = serde_json::from_value(preparation.clone()).map_err(|error| error.to_string())?;
    let regions =
        if preparation.regions.is_empty() { world.organization.regions.clone() } else { preparation.regions.clone() };
    for region in &regions {
        prepare_region(world, region, &preparation);
        prepare_unknown(world, region, &preparation);
        for account in &preparation.accounts {
            prepare_account(world, region, account, &preparation);
        }
    }
    Ok(())
}

fn prepare_region(world: &mut World, region: &str, preparation: &Preparation) {
    if let Some(administrator) = &preparation.administrator {
        designate(world, region, administrator);
        world.register_delegated("inspector2.amazonaws.com", administrator);
    }
    if !preparation.auto_enable.is_empty() {
        let settings = &mut world.inspector2.region(region).settings;
        for (scan, on) in &preparation.auto_enable {
            *settings.auto_enable.get_mut(*scan) = *on;
        }
    }
}

fn prepare_unknown(world: &mut World, region: &str, preparation: &Preparation) {
    if !preparation.unknown_auto_enable.is_empty() {
        world.inspector2.region(region).settings.unknown.extend(preparation.unknown_auto_enable.clone());
    }
    for account in preparation.accounts.iter().filter(|_| !preparation.unknown_scans.is_empty()) {
        world.inspector2.record(region, account).extras().unknown.extend(preparation.unknown_scans.clone());
    }
}

fn prepare_account(world: &mut World, region: &str, account: &str, preparation: &Preparation) {
    let super::State { roles, agentless_roles, .. } = &mut world.inspector2;
    for (roles, scans) in
        [(roles, !preparation.scans.is_empty()), (agentless_roles, preparation.scans.contains_key(&Scan::Ec2))]
    {
        match preparation.service_linked_role {
            Some(false) => _ = roles.remove(account),
            None if !scans => {}
            Some(true) | None => _ = roles.insert(account.to_owned()),
        }
    }
    let now = world.now;
    let enrolment = world.inspector2.record(region, account);
    if let Some(holder) = &preparation.held_by {
        enrolment.held_by = (!holder.is_empty()).then(|| holder.clone().into_boxed_str());
    }
    if let Some(relationship) = preparation.relationship {
        enrolment.relationship = Moving::settled(relationship);
        enrolment.updated_at = now;
    }
    for (scan, status) in &preparation.scans {
        *enrolment.scans.get_mut(*scan) = Moving::settled(*status);
    }
    if let Some(deep_inspection) = preparation.deep_inspection {
        enrolment.deep_inspection = Moving::settled(deep_inspection);
    }
    if let Some(managed) = &preparation.managed {
        enrolment.extras().managed.clone_from(managed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn there_is_no_row_where_there_is_nothing() {
        let mut world = organization();
        call(&mut world, OTHER, "BatchGetAccountStatus", json!({})).unwrap();
        assert!(enrolment(&world).is_empty());
    }

    #[test]
    fn the_administrator_has_a_row_with_a_word_of_its_own() {
        let mut world = organization();
        world.behaviour.inspector2.designation_enables_scans = false;
        call(&mut world, MANAGEMENT, "EnableDelegatedAdminAccount", designation()).unwrap();
        let expected = json!([{
            "service": "inspector2",
            "region": REGION,
            "account": ADMINISTRATOR,
            "relationship": "ADMINISTRATOR",
            "features": {
                "EC2": "DISABLED",
                "ECR": "DISABLED",
                "LAMBDA": "DISABLED",
                "LAMBDA_CODE": "DISABLED",
                "CODE_REPOSITORY": "DISABLED",
                "AMI": "DISABLED",
                "EC2_DEEP_INSPECTION": "DEACTIVATED",
            },
        }]);
        assert_eq!(Value::from(enrolment(&world)), expected);
        call(&mut world, ADMINISTRATOR, "Disable", json!({})).unwrap();
        assert_eq!(Value::from(enrolment(&world)), expected);
    }

    #[test]
    fn special_states_are_set_in_every_region_or_in_some() {
        let mut world = organization();
        let standalone = json!({"accounts": [OTHER], "scans": {"EC2": "ENABLED"}});
        prepare(&mut world, &standalone).unwrap();
        let held = json!({"accounts": [MEMBER], "regions": [REGION], "held-by": "999999999999"});
        prepare(&mut world, &held).unwrap();
        let words: Vec<Value> = enrolment(&world).iter().map(|row| row["relationship"].clone()).collect();
        assert_eq!(words, ["HELD", "STANDALONE", "STANDALONE"]);
        let administrator = json!({"administrator": OTHER, "regions": [REGION]});
        prepare(&mut world, &administrator).unwrap();
        let (status, _, message) = refusal(call(&mut world, MANAGEMENT, "EnableDelegatedAdminAccount", designation()));
        assert_eq!(status, 409);
        assert!(message.contains(OTHER));
    }

    #[test]
    fn every_relationship_of_the_model_can_be_set() {
        let mut world = governed();
        for word in ["INVITED", "RESIGNED", "EMAIL_VERIFICATION_FAILED", "DELETED"] {
            prepare(&mut world, &json!({"accounts": [MEMBER], "relationship": word})).unwrap();
            assert_eq!(relationship(&mut world, MEMBER), word);
        }
    }

    #[test]
    fn scan_types_that_no_model_knows_are_shown_as_they_were_set() {
        let mut world = with_member();
        let unknown = json!({"accounts": [MEMBER], "regions": [REGION], "unknown-scans": {"quantum": "ENABLED"},
                             "unknown-auto-enable": {"quantum": true}});
        prepare(&mut world, &unknown).unwrap();
        assert_eq!(status(&mut world, MEMBER)["quantum"], "ENABLED");
        let answer = call(&mut world, ADMINISTRATOR, "DescribeOrganizationConfiguration", json!({})).unwrap();
        assert_eq!(answer["autoEnable"]["quantum"], true);
    }

    #[test]
    fn a_departed_member_may_be_removed() {
        let mut world = with_member();
        for account in [MEMBER, OTHER] {
            crate::inspector2::account_departed(&mut world, account);
        }
        let words: Vec<Value> = enrolment(&world).iter().map(|row| row["relationship"].clone()).collect();
        assert_eq!(words, ["ADMINISTRATOR", "REMOVED"]);
    }

    #[test]
    fn an_unknown_member_of_a_state_is_an_error() {
        let mut world = organization();
        assert!(prepare(&mut world, &json!({"acounts": []})).unwrap_err().contains("acounts"));
    }
}
