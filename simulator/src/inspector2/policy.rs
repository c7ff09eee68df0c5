//! What an Inspector policy of the organization does to accounts. No I/O.
//!
//! AWS documentation: Organizations user guide, "Amazon Inspector policies" and "… policy syntax and examples"; Inspector
//! user guide, "Managing multiple accounts" and "Designating a delegated administrator", 2026-10. What it does not tell is
//! a switch, or said to be inferred.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    authority::is_administrator,
    disabling::turn_off,
    enabling::turn_on,
    members::associate_active,
    words::{Scan, Status},
};
use crate::world::World;

const PRINCIPAL: &str = "inspector2.amazonaws.com";

/// Where a policy has the lists of a scan type.
const SCANS: [(&str, Scan); 5] = [
    ("ec2_scanning", Scan::Ec2),
    ("ecr_scanning", Scan::Ecr),
    ("lambda_standard_scanning", Scan::Lambda),
    ("lambda_standard_scanning/lambda_code_scanning", Scan::LambdaCode),
    ("code_repository_scanning", Scan::CodeRepository),
];

/// What a policy says for one region: the scan types that it lists for it, and those among them that it enables.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    listed: BTreeSet<Scan>,
    on: Vec<Scan>,
}

/// "`disable_in_regions` takes precedence over `enable_in_regions`"; `ALL_SUPPORTED` is every region, "unless explicitly
/// disabled". A scan type that the region does not offer is skipped: inferred from GuardDuty's policies.
fn wanted(world: &World, policy: &Value, region: &str) -> Wanted {
    let mut wanted = Wanted::default();
    for (path, scan) in SCANS {
        let setting = policy.pointer(&format!("/inspector/enablement/{path}"));
        let names = |list: &str| {
            let regions = setting.and_then(|setting| setting.get(list)).and_then(Value::as_array);
            regions.is_some_and(|regions| regions.iter().any(|name| name == region || name == "ALL_SUPPORTED"))
        };
        let (on, off) = (names("enable_in_regions"), names("disable_in_regions"));
        if (on || off) && world.offers_feature("inspector2", region, scan.name()) {
            wanted.listed.insert(scan);
            if on && !off {
                wanted.on.push(scan);
            }
        }
    }
    // Code scanning needs standard scanning. What a policy that says otherwise does is not documented.
    if wanted.listed.contains(&Scan::Lambda) && !wanted.on.contains(&Scan::Lambda) {
        wanted.on.retain(|scan| *scan != Scan::LambdaCode);
    }
    wanted
}

/// Brings about what the policy in effect for the account says, in each region; without one, what an earlier one did
/// stays, and is managed no more. When to try again where a region, or the account, cannot be used yet.
pub(super) fn govern(world: &mut World, account: &str, policy: Option<&Value>) -> Option<u64> {
    let mut again: Option<u64> = None;
    for region in world.organization.regions.clone() {
        let wanted = policy
            .filter(|_| may_govern(world, &region, account))
            .map(|policy| wanted(world, policy, &region))
            .filter(|wanted| !wanted.listed.is_empty());
        let Some(wanted) = wanted else {
            let_go(world, &region, account);
            continue;
        };
        let known = world.organization.account(account).filter(|known| known.is_active());
        let Some(known) = known else { continue };
        let at = known.regions_usable_at.get(&region).copied().unwrap_or_default().max(known.usable_at);
        if at > world.now {
            again = Some(again.map_or(at, |before| before.min(at)));
        } else if world.region_on(account, &region) {
            govern_region(world, &region, account, &wanted);
        }
    }
    again
}

/// "You must enable trusted access for AWS Organizations, have a delegated administrator for Amazon Inspector registered,
/// and have service-linked roles available in all accounts." An account that another administrator has is left alone:
/// inferred from GuardDuty's policies.
fn may_govern(world: &World, region: &str, account: &str) -> bool {
    let (state, switches) = (&world.inspector2, &world.behaviour.inspector2);
    let held = state.enrolment(region, account).is_some_and(|record| record.held_by.is_some());
    world.trusted(PRINCIPAL)
        && !held
        && (state.administrator(region, world.now).is_some() || !switches.policy_needs_administrator)
        && (state.roles.contains(account) || !switches.policy_needs_service_linked_role)
}

/// "Amazon Inspector remains enabled in previously covered accounts."
fn let_go(world: &mut World, region: &str, account: &str) {
    let record = world.inspector2.enrolment(region, account);
    if record.and_then(|record| record.extras.as_ref()).is_some_and(|extras| !extras.governed.is_empty()) {
        world.inspector2.record(region, account).extras().governed.clear();
    }
}

fn govern_region(world: &mut World, region: &str, account: &str, wanted: &Wanted) {
    world.inspector2.record(region, account).extras().governed.clone_from(&wanted.listed);
    if !wanted.on.is_empty() {
        // "The policy applies to all accounts. However, only 10,000 accounts will be associated."
        associate_active(world, region, account);
        let on = startable(world, region, account, &wanted.on);
        turn_on(world, region, account, &on);
    }
    let off: Vec<Scan> = wanted.listed.iter().copied().filter(|scan| !wanted.on.contains(scan)).collect();
    // The administrator keeps something on while it has members, as it may not turn all off itself: inferred.
    let all_off = |record: &super::state::Enrolment| {
        Scan::ALL
            .iter()
            .filter(|scan| !off.contains(scan))
            .all(|scan| *record.scans.get(*scan).finally() == Status::Disabled)
    };
    let leaves_nothing = world.inspector2.enrolment(region, account).is_some_and(all_off);
    if leaves_nothing && is_administrator(world, region, account) && world.inspector2.has_members(region, 1) {
        return;
    }
    turn_off(world, region, account, &off);
}

/// Code scanning only where standard scanning is on, or will be.
fn startable(world: &World, region: &str, account: &str, scans: &[Scan]) -> Vec<Scan> {
    let record = world.inspector2.enrolment(region, account);
    let lambda = scans.contains(&Scan::Lambda)
        || record.is_some_and(|record| *record.scans.get(Scan::Lambda).finally() == Status::Enabled);
    scans.iter().copied().filter(|scan| lambda || *scan != Scan::LambdaCode).collect()
}

/// The policy type is enabled at the root, and that stops auto-enable.
pub(super) fn stops_auto_enable(world: &World) -> bool {
    world.behaviour.inspector2.policy_type_stops_auto_enable && crate::policies::Kind::Inspector.is_enabled(world)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::{organization::AccountState, policies};
    use serde_json::json;

    const NAME: &str = "INSPECTOR_POLICY";
    const NEW: &str = "000000000009";

    fn regions(enable: &[&str], disable: &[&str]) -> Value {
        json!({"enable_in_regions": {"@@assign": enable}, "disable_in_regions": {"@@assign": disable}})
    }

    /// Everybody active has the service-linked role.
    fn ready() -> World {
        let mut world = governed();
        let roles = json!({"accounts": [MANAGEMENT, MEMBER, OTHER, NEW], "service-linked-role": true});
        super::super::prepare(&mut world, &roles).unwrap();
        world
    }

    fn attach(world: &mut World, scans: &Value) -> String {
        world.organization.policy_types.insert(NAME.to_owned());
        let content = json!({"inspector": {"enablement": scans}}).to_string();
        let document = policies::check(world, policies::Kind::Inspector, &content).unwrap();
        let id = policies::create(world, policies::Kind::Inspector, "name", "", document);
        world.policies.attach(&id, "r-test");
        changed(world);
        id
    }

    fn changed(world: &mut World) {
        policies::updated(world, Some(policies::Kind::Inspector), None);
        policies::settle(world);
    }

    fn row(world: &World, region: &str, account: &str) -> Option<Value> {
        super::super::enrolment(world).into_iter().find(|row| row["region"] == region && row["account"] == account)
    }

    fn everywhere() -> Value {
        regions(&["ALL_SUPPORTED"], &[])
    }

    #[test]
    fn an_account_becomes_a_member_with_what_the_policy_enables() {
        let mut world = ready();
        attach(&mut world, &json!({"ec2_scanning": everywhere(), "ecr_scanning": everywhere()}));
        assert_eq!(relationship(&mut world, MEMBER), "CREATED");
        pass(&mut world);
        let statuses = status(&mut world, MEMBER);
        let seen = (&statuses["ec2"], &statuses["ecr"], &statuses["lambda"]);
        assert_eq!(seen, (&json!("ENABLED"), &json!("ENABLED"), &json!("DISABLED")));
        assert_eq!(row(&world, REGION, MEMBER).unwrap()["managed"], json!(["EC2", "ECR"]));
        assert_eq!(row(&world, REGION, MANAGEMENT).unwrap()["relationship"], "ENABLED");
        assert_eq!(row(&world, REGION, SUSPENDED), None);
        // There is no administrator.
        assert_eq!(row(&world, "us-east-1", MEMBER), None);
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        assert_eq!(answer["failedAccounts"][0]["errorCode"], "BLOCKED_BY_ORGANIZATION_POLICY");
        assert_eq!(enable(&mut world, ADMINISTRATOR, &[MEMBER], &["LAMBDA"]).unwrap()["failedAccounts"], json!([]));
    }

    #[test]
    fn disabling_wins_and_turns_off_what_is_on() {
        let mut world = ready();
        associate(&mut world, MEMBER);
        pass(&mut world);
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2", "ECR"]).unwrap();
        pass(&mut world);
        attach(
            &mut world,
            &json!({"ec2_scanning": regions(&["ALL_SUPPORTED"], &[REGION]), "ecr_scanning": everywhere()}),
        );
        pass(&mut world);
        let statuses = status(&mut world, MEMBER);
        assert_eq!((&statuses["ec2"], &statuses["ecr"]), (&json!("DISABLED"), &json!("ENABLED")));
        assert_eq!(row(&world, REGION, MEMBER).unwrap()["managed"], json!(["EC2", "ECR"]));
    }

    #[test]
    fn a_region_that_is_not_listed_is_not_managed() {
        let mut world = ready();
        attach(&mut world, &json!({"ec2_scanning": regions(&["us-east-1"], &["eu-west-2"])}));
        assert_eq!(row(&world, REGION, MEMBER), None);
    }

    #[test]
    fn code_scanning_needs_standard_scanning_and_a_region_that_offers_it() {
        let mut lambda = regions(&[], &[REGION]);
        lambda["lambda_code_scanning"] = everywhere();
        let mut world = ready();
        attach(&mut world, &json!({"lambda_standard_scanning": lambda}));
        assert_eq!(row(&world, REGION, MEMBER), None);

        let mut lambda = everywhere();
        lambda["lambda_code_scanning"] = everywhere();
        let mut world = ready();
        let absent = ("inspector2".to_owned(), "LAMBDA_CODE".to_owned(), REGION.to_owned());
        world.offers.absent_features.insert(absent);
        attach(&mut world, &json!({"lambda_standard_scanning": lambda}));
        pass(&mut world);
        assert_eq!(row(&world, REGION, MEMBER).unwrap()["managed"], json!(["LAMBDA"]));
        assert_eq!(status(&mut world, MEMBER)["lambdaCode"], "DISABLED");
    }

    #[test]
    fn the_prerequisites_are_trusted_access_an_administrator_and_the_role() {
        let mut world = organization();
        world.organization.trusted.clear();
        attach(&mut world, &json!({"ec2_scanning": everywhere()}));
        let absent = |world: &mut World| {
            policies::settle(world);
            row(world, REGION, MEMBER).is_none()
        };
        assert!(absent(&mut world));
        world.trust(PRINCIPAL);
        assert!(absent(&mut world));
        call(&mut world, MANAGEMENT, "EnableDelegatedAdminAccount", designation()).unwrap();
        assert!(absent(&mut world));
        // The first activation creates the role.
        enable(&mut world, MEMBER, &[], &["ECR"]).unwrap();
        assert!(!absent(&mut world));
        assert_eq!(row(&world, REGION, MEMBER).unwrap()["managed"], json!(["EC2"]));
        world.behaviour.inspector2.policy_needs_service_linked_role = false;
        changed(&mut world);
        assert_eq!(row(&world, REGION, OTHER).unwrap()["managed"], json!(["EC2"]));
        assert_eq!(row(&world, "us-east-1", OTHER), None);
        world.behaviour.inspector2.policy_needs_administrator = false;
        changed(&mut world);
        assert_eq!(row(&world, "us-east-1", OTHER).unwrap()["relationship"], "STANDALONE");
    }

    #[test]
    fn a_detached_policy_leaves_scans_on_and_blocks_no_more() {
        let mut world = ready();
        let id = attach(&mut world, &json!({"ec2_scanning": everywhere()}));
        pass(&mut world);
        world.policies.detach(&id, "r-test");
        changed(&mut world);
        let row = row(&world, REGION, MEMBER).unwrap();
        assert_eq!((row.get("managed"), &row["features"]["EC2"]), (None, &json!("ENABLED")));
        assert_eq!(enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap()["failedAccounts"], json!([]));
    }

    #[test]
    fn accounts_beyond_the_maximum_are_scanned_and_not_associated() {
        let mut world = ready();
        world.behaviour.inspector2.maximum_members = 1;
        attach(&mut world, &json!({"ec2_scanning": everywhere()}));
        pass(&mut world);
        let words: Vec<String> = [MANAGEMENT, MEMBER, OTHER]
            .iter()
            .map(|account| row(&world, REGION, account).unwrap()["relationship"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(words, ["ENABLED", "STANDALONE", "STANDALONE"]);
    }

    #[test]
    fn the_policy_type_stops_auto_enable_only_when_the_switch_says_so() {
        for stops in [false, true] {
            let mut world = ready();
            world.behaviour.inspector2.policy_type_stops_auto_enable = stops;
            world.behaviour.inspector2.automation = super::super::switches::Automation::AtOnce;
            world.organization.policy_types.insert(NAME.to_owned());
            let input = json!({"autoEnable": {"ec2": true, "ecr": true}});
            call(&mut world, ADMINISTRATOR, "UpdateOrganizationConfiguration", input).unwrap();
            join(&mut world, NEW, AccountState::Active);
            super::super::account_joined(&mut world, NEW);
            assert_eq!(row(&world, REGION, NEW).is_none(), stops);
        }
    }
}
