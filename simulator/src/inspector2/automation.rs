//! AWS's own automation: auto-enable for accounts that join, and what else happens without a call. No I/O.

use super::{
    enabling::turn_on,
    members::associate_active,
    policy::stops_auto_enable,
    state::Pending,
    switches::Automation,
    words::{PerScan, Scan},
};
use crate::{transition::Due, world::World};

/// Does what is due by now. Called before each call.
pub(crate) fn settle(world: &mut World) {
    let now = world.now;
    let mut waiting = Vec::new();
    for mut pending in std::mem::take(&mut world.inspector2.pending) {
        let due = match &mut pending.due {
            Due::At(at) => *at <= now,
            Due::AfterReads(0) => true,
            Due::AfterReads(left) => {
                *left -= 1;
                false
            }
            Due::Never => false,
        };
        // A region may take a while to be usable after the account opted in.
        if due && world.region_on(&pending.account, &pending.region) {
            enrol(world, &pending.region, &pending.account);
        } else {
            waiting.push(pending);
        }
    }
    world.inspector2.pending = waiting;
}

/// The account has joined the organization. AWS documentation: auto-enable is for new members.
pub(crate) fn account_joined(world: &mut World, account: &str) {
    let regions: Vec<String> = world.inspector2.regions.keys().cloned().collect();
    for region in regions {
        if world.region_on(account, &region) {
            become_new(world, &region, account);
        }
    }
}

/// The account's region has become `ENABLED`.
pub(crate) fn region_opted_in(world: &mut World, account: &str, region: &str) {
    if world.behaviour.inspector2.opt_in_counts_as_new {
        become_new(world, region, account);
    }
}

fn become_new(world: &mut World, region: &str, account: &str) {
    if auto_enabled(world, region).is_empty() || stops_auto_enable(world) {
        return;
    }
    let due = match world.behaviour.inspector2.automation {
        Automation::AtOnce if world.region_on(account, region) => return enrol(world, region, account),
        Automation::AtOnce => Due::At(world.now),
        Automation::Later => world.due_for(account),
        Automation::Never => return,
    };
    let pending = Pending { region: region.to_owned(), account: account.to_owned(), due };
    world.inspector2.pending.push(pending);
}

/// Associates a new account and turns on what auto-enable names.
fn enrol(world: &mut World, region: &str, account: &str) {
    if stops_auto_enable(world) {
        return;
    }
    let held = world.inspector2.enrolment(region, account).is_some_and(|record| record.held_by.is_some());
    if !held {
        associate_active(world, region, account);
        turn_on_auto_enabled(world, region, account);
    }
}

/// Turns on what auto-enable names and the region offers.
pub(super) fn turn_on_auto_enabled(world: &mut World, region: &str, account: &str) {
    let mut scans = auto_enabled(world, region);
    // What a policy manages is as the policy says.
    let record = world.inspector2.enrolment(region, account);
    scans.retain(|scan| !record.is_some_and(|record| record.is_managed(&[*scan])));
    if !scans.is_empty() {
        turn_on(world, region, account, &scans);
    }
}

fn auto_enabled(world: &World, region: &str) -> Vec<Scan> {
    let Some(settings) = world.inspector2.settings(region) else {
        return Vec::new();
    };
    let wanted = |scan: &Scan| *settings.auto_enable.get(*scan);
    Scan::ALL
        .into_iter()
        .filter(wanted)
        .filter(|scan| world.offers_feature("inspector2", region, scan.name()))
        .collect()
}

/// AWS documentation: auto-enable is turned off when there are more than 5,000 members. Only the member that exceeds
/// the limit does it, so that it can be turned on again.
pub(super) fn limit_auto_enable(world: &mut World, region: &str) {
    let limit = world.behaviour.inspector2.auto_enable_limit;
    if world.inspector2.has_members(region, limit + 1) && !world.inspector2.has_members(region, limit + 2) {
        world.inspector2.region(region).settings.auto_enable = PerScan::default();
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::organization::AccountState;
    use serde_json::json;

    const NEW: &str = "000000000009";

    fn auto_enabling(automation: Automation) -> World {
        let mut world = governed();
        let input = json!({"autoEnable": {"ec2": true, "ecr": true, "lambda": false}});
        call(&mut world, ADMINISTRATOR, "UpdateOrganizationConfiguration", input).unwrap();
        world.behaviour.inspector2.automation = automation;
        join(&mut world, NEW, AccountState::Active);
        account_joined(&mut world, NEW);
        world
    }

    fn is_member(world: &mut World) -> bool {
        call(world, ADMINISTRATOR, "GetMember", json!({"accountId": NEW})).is_ok()
    }

    #[test]
    fn a_new_account_is_enrolled_at_once_later_or_never() {
        let mut world = auto_enabling(Automation::AtOnce);
        assert!(is_member(&mut world));
        pass(&mut world);
        let statuses = status(&mut world, NEW);
        assert_eq!((&statuses["ec2"], &statuses["lambda"]), (&json!("ENABLED"), &json!("DISABLED")));

        let mut world = auto_enabling(Automation::Later);
        assert!(!is_member(&mut world));
        pass(&mut world);
        assert!(is_member(&mut world));

        let mut world = auto_enabling(Automation::Never);
        world.now += 1_000_000;
        assert!(!is_member(&mut world));
    }

    #[test]
    fn old_accounts_are_left_alone_and_so_is_everyone_without_auto_enable() {
        let mut world = auto_enabling(Automation::AtOnce);
        let found = call(&mut world, ADMINISTRATOR, "GetMember", json!({"accountId": MEMBER}));
        assert!(found.is_err());
        let mut world = governed();
        world.behaviour.inspector2.automation = Automation::AtOnce;
        join(&mut world, NEW, AccountState::Active);
        account_joined(&mut world, NEW);
        assert!(!is_member(&mut world));
    }

    #[test]
    fn an_opt_in_makes_an_account_new_only_when_the_switch_says_so() {
        for counts in [false, true] {
            let mut world = auto_enabling(Automation::Never);
            world.behaviour.inspector2.automation = Automation::AtOnce;
            world.behaviour.inspector2.opt_in_counts_as_new = counts;
            region_opted_in(&mut world, NEW, REGION);
            assert_eq!(is_member(&mut world), counts);
        }
    }

    #[test]
    fn a_region_that_is_usable_late_is_enrolled_late() {
        let mut world = auto_enabling(Automation::Never);
        world.behaviour.inspector2.automation = Automation::AtOnce;
        world.behaviour.inspector2.opt_in_counts_as_new = true;
        let account = world.organization.accounts.get_mut(NEW).unwrap();
        account.regions_usable_at.insert(REGION.to_owned(), world.now + 5_000);
        region_opted_in(&mut world, NEW, REGION);
        assert!(!is_member(&mut world));
        world.now += 5_000;
        assert!(is_member(&mut world));
    }

    #[test]
    fn association_turns_auto_enabled_scans_on_only_when_the_switch_says_so() {
        for turns_on in [false, true] {
            let mut world = auto_enabling(Automation::Never);
            world.behaviour.inspector2.auto_enable_on_association = turns_on;
            associate(&mut world, NEW);
            pass(&mut world);
            let expected = if turns_on { "ENABLED" } else { "DISABLED" };
            assert_eq!(status(&mut world, NEW)["ec2"], expected);
        }
    }

    #[test]
    fn auto_enable_goes_off_when_the_members_exceed_its_limit() {
        let mut world = auto_enabling(Automation::Never);
        world.behaviour.inspector2.auto_enable_limit = 1;
        associate(&mut world, MEMBER);
        let describe = "DescribeOrganizationConfiguration";
        let answer = call(&mut world, ADMINISTRATOR, describe, json!({})).unwrap();
        assert_eq!(answer["autoEnable"]["ec2"], true);
        associate(&mut world, OTHER);
        let answer = call(&mut world, ADMINISTRATOR, describe, json!({})).unwrap();
        assert_eq!(answer["autoEnable"]["ec2"], false);
        let input = json!({"autoEnable": {"ec2": true, "ecr": true}});
        call(&mut world, ADMINISTRATOR, "UpdateOrganizationConfiguration", input).unwrap();
        associate(&mut world, NEW);
        let answer = call(&mut world, ADMINISTRATOR, describe, json!({})).unwrap();
        assert_eq!(answer["autoEnable"]["ec2"], true);
    }
}
