//! The simulated service `inspector2`: its operations, and what the rest of the simulator uses of it. No I/O.

mod administrator;
mod authority;
mod automation;
mod configuration;
mod deep_inspection;
mod disabling;
mod enabling;
mod members;
mod organization;
mod outcomes;
mod policy;
mod refusals;
mod state;
mod status;
mod switches;
#[cfg(test)]
mod testing;
mod truth;
mod words;

pub(crate) use automation::{account_joined, region_opted_in, settle};
pub(crate) use state::State;
pub(crate) use switches::Switches;
pub(crate) use truth::{enrolment, prepare};

use serde_json::Value;

use crate::{service::Service, transition::Moving, world::World};

/// Brings about what the Inspector policy in effect for the account says. When to try again, if it cannot be done yet.
pub(crate) fn govern(world: &mut World, account: &str, policy: Option<&Value>) -> Option<u64> {
    policy::govern(world, account, policy)
}

/// The account has left the organization: its administrator has removed it, as it were.
pub(crate) fn account_departed(world: &mut World, account: &str) {
    let regions: Vec<String> = world.inspector2.regions.keys().cloned().collect();
    let now = world.now;
    for region in regions {
        if world
            .inspector2
            .enrolment(&region, account)
            .is_some_and(|record| record.relationship.finally().is_associated())
        {
            let record = world.inspector2.record(&region, account);
            record.relationship = Moving::settled(words::Relationship::Removed);
            record.updated_at = now;
        }
    }
}

/// Whether Inspector has the scan type, such as `LAMBDA_CODE`.
pub(crate) fn has_feature(name: &str) -> bool {
    words::Scan::ALL.into_iter().any(|scan| scan.name() == name)
}

/// The service, as the wire sees it.
pub(crate) const SERVICE: Service = Service {
    name: "inspector2",
    operations: &[
        ("EnableDelegatedAdminAccount", administrator::enable_delegated_admin_account),
        ("DisableDelegatedAdminAccount", administrator::disable_delegated_admin_account),
        ("ListDelegatedAdminAccounts", administrator::list_delegated_admin_accounts),
        ("GetDelegatedAdminAccount", administrator::get_delegated_admin_account),
        ("Enable", enabling::enable),
        ("Disable", disabling::disable),
        ("BatchGetAccountStatus", status::batch_get_account_status),
        ("AssociateMember", members::associate_member),
        ("DisassociateMember", members::disassociate_member),
        ("GetMember", members::get_member),
        ("ListMembers", members::list_members),
        ("DescribeOrganizationConfiguration", organization::describe_organization_configuration),
        ("UpdateOrganizationConfiguration", organization::update_organization_configuration),
        ("GetConfiguration", configuration::get_configuration),
        ("UpdateConfiguration", configuration::update_configuration),
        ("BatchGetMemberEc2DeepInspectionStatus", deep_inspection::batch_get_member_status),
        ("BatchUpdateMemberEc2DeepInspectionStatus", deep_inspection::batch_update_member_status),
        ("GetEc2DeepInspectionConfiguration", deep_inspection::get_configuration),
        ("UpdateEc2DeepInspectionConfiguration", deep_inspection::update_configuration),
        ("UpdateOrgEc2DeepInspectionConfiguration", deep_inspection::update_organization_configuration),
    ],
};
