//! What is in effect for an account, told as stories of a small organization. No I/O.

use serde_json::{Value, json};

use super::{Kind, State, effective};
use crate::{start, world::World};

fn organization() -> World {
    let options = crate::Options { organizational_units: 2, ..crate::Options::default() };
    start::simulation(&options, 1_795_000_000_000).unwrap().world
}

fn prepare(world: &mut World, state: &Value) -> Result<(), String> {
    crate::states::prepare(world, state)
}

fn scans(enable: &Value) -> Value {
    json!({"inspector": {"enablement": {"ec2_scanning": {
        "enable_in_regions": enable, "disable_in_regions": {"@@assign": []},
    }}}})
}

fn policy(name: &str, content: &Value, targets: &[&str]) -> Value {
    json!({"kind": "policy", "policy-type": "INSPECTOR_POLICY", "name": name, "content": content, "targets": targets})
}

fn in_unit(world: &World, unit: &str) -> String {
    let organization = &world.organization;
    let (id, _) = organization.units.iter().find(|(_, known)| known.name == unit).unwrap();
    organization.accounts.values().find(|account| account.parent == *id).unwrap().id.clone()
}

fn regions(world: &World, account: &str) -> Option<Value> {
    let policy = effective(world, Kind::Inspector, account)?;
    Some(policy["inspector"]["enablement"]["ec2_scanning"]["enable_in_regions"].clone())
}

#[test]
fn policies_are_inherited_from_the_root_through_units_to_the_account() {
    let mut world = organization();
    let (outer, inner) = (in_unit(&world, "unit-1"), in_unit(&world, "unit-2"));
    let management = world.organization.management.clone();
    prepare(&mut world, &json!({"kind": "policy-type", "policy-type": "INSPECTOR_POLICY"})).unwrap();
    let at = |operator: &str, regions: &[&str]| scans(&json!({operator: regions}));
    prepare(&mut world, &policy("root", &at("@@assign", &["us-east-1"]), &["root"])).unwrap();
    prepare(&mut world, &policy("outer", &at("@@append", &["eu-west-1"]), &["unit-1"])).unwrap();
    prepare(&mut world, &policy("inner", &at("@@remove", &["us-east-1"]), &["unit-2"])).unwrap();
    prepare(&mut world, &policy("own", &at("@@append", &["ap-east-1"]), &[&inner])).unwrap();
    assert_eq!(regions(&world, &management), Some(json!(["us-east-1"])));
    assert_eq!(regions(&world, &outer), Some(json!(["us-east-1", "eu-west-1"])));
    assert_eq!(regions(&world, &inner), Some(json!(["eu-west-1", "ap-east-1"])));
    assert_eq!(regions(&world, "999999999999"), None);
    assert_eq!(effective(&world, Kind::GuardDuty, &outer), None);
}

#[test]
fn a_policy_that_is_posted_again_is_replaced_with_its_targets() {
    let mut world = organization();
    let account = in_unit(&world, "unit-1");
    prepare(&mut world, &json!({"kind": "policy-type", "policy-type": "INSPECTOR_POLICY"})).unwrap();
    prepare(&mut world, &policy("one", &scans(&json!({"@@assign": []})), &["root"])).unwrap();
    prepare(&mut world, &policy("one", &scans(&json!({"@@assign": ["us-east-1"]})), &[&account])).unwrap();
    assert_eq!(world.policies.by_id.len(), 1);
    assert_eq!(regions(&world, &account), Some(json!(["us-east-1"])));
    let management = world.organization.management.clone();
    assert_eq!(regions(&world, &management), None);
}

#[test]
fn mistakes_of_states_are_told() {
    let mut world = organization();
    let content = scans(&json!({"@@assign": []}));
    let mut mistake = |state: &Value| prepare(&mut world, state).unwrap_err();
    assert!(mistake(&policy("one", &content, &["root"])).contains("not enabled"));
    assert!(mistake(&policy("one", &content, &["unit-9"])).contains("unit-9"));
    assert!(mistake(&policy("one", &json!({}), &[])).contains("`inspector`"));
    assert!(mistake(&json!({"kind": "policy-type", "policy-type": "POLICY"})).contains("POLICY"));
    let other = json!({"kind": "policy", "policy-type": "TAG_POLICY", "name": "tags", "content": {}});
    assert!(mistake(&other).contains("TAG_POLICY"));
}

#[test]
fn a_disabled_type_loses_its_attachments_and_keeps_its_policies() {
    let mut world = organization();
    let management = world.organization.management.clone();
    let kind = |enabled: bool| json!({"kind": "policy-type", "policy-type": "INSPECTOR_POLICY", "enabled": enabled});
    prepare(&mut world, &kind(true)).unwrap();
    prepare(&mut world, &policy("one", &scans(&json!({"@@assign": []})), &["root"])).unwrap();
    assert!(regions(&world, &management).is_some());
    prepare(&mut world, &kind(false)).unwrap();
    prepare(&mut world, &kind(true)).unwrap();
    let State { by_id, attached, .. } = &world.policies;
    assert_eq!((by_id.len(), attached.len(), regions(&world, &management)), (1, 0, None));
}

#[test]
fn an_account_that_leaves_and_comes_back_is_as_it_was_but_in_the_root() {
    let mut world = organization();
    let account = in_unit(&world, "unit-1");
    let name = world.organization.account(&account).unwrap().name.clone();
    let guardduty = json!({"service": "guardduty", "administrator": world.organization.administrator,
                           "accounts": [account], "relationship": "Enabled"});
    for (removed, relationship) in [(false, "Enabled"), (true, "Removed")] {
        world.behaviour.departed_members_removed = removed;
        prepare(&mut world, &guardduty).unwrap();
        prepare(&mut world, &json!({"kind": "departed", "account": account})).unwrap();
        assert!(!world.organization.is_member(&account));
        assert!(prepare(&mut world, &json!({"kind": "departed", "account": account})).is_err());
        prepare(&mut world, &json!({"kind": "joined", "account": account})).unwrap();
        let back = world.organization.account(&account).unwrap();
        assert_eq!((&back.name, &back.parent), (&name, &world.organization.root));
        assert_eq!(back.joined_method, crate::organization::JoinedMethod::Invited);
        let row =
            crate::guardduty::enrolment(&world).into_iter().find(|row| row["account"] == account.as_str()).unwrap();
        assert_eq!(row["relationship"], relationship);
    }
    prepare(&mut world, &json!({"kind": "joined", "account": "987654321098"})).unwrap();
    assert!(world.organization.is_member("987654321098"));
    assert!(prepare(&mut world, &json!({"kind": "joined", "account": "1"})).unwrap_err().contains("no account id"));
}
