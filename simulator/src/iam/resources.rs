//! The resources that each operation is authorized on. No I/O.
//!
//! AWS's service authorization reference, 2026-10. Of an operation without a resource there it says that a policy must
//! name all resources; such a request is for `*`, which no ARN of a policy stands for.

use serde_json::Value;

use crate::{cloudtrail, organizations, securityhub, service::Call, world::World};

/// A type of resource, with the parameter that says which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Detector,
    /// The trail that the parameter names.
    Trail(&'static str),
    Hub,
    /// What the parameter names by its id, which is of one of these types; without it the caller's account.
    Entity(&'static str, &'static [&'static str]),
    /// The account in itself, or an account of the organization when the parameter names one.
    Itself,
    /// A role, authorized by policies of both sides.
    Role,
    Parameter,
}

pub(super) const ACCOUNT: &str = "arn:aws:organizations::${Account}:account/o-${OrganizationId}/${AccountId}";
pub(super) const UNIT: &str = "arn:aws:organizations::${Account}:ou/o-${OrganizationId}/ou-${OrganizationalUnitId}";
const POLICY: &str = "arn:aws:organizations::${Account}:policy/o-${OrganizationId}/${PolicyType}/p-${PolicyId}";
const ROOT: &str = "arn:aws:organizations::${Account}:root/o-${OrganizationId}/r-${RootId}";

const ACCOUNTS: &[&str] = &[ACCOUNT];
const UNITS: &[&str] = &[UNIT];
const ROOTS: &[&str] = &[ROOT];
const CONTAINER: &[&str] = &[UNIT, ROOT];
const POLICIES: &[&str] = &[POLICY];
/// Of a policy.
const TARGET: &[&str] = &[ACCOUNT, UNIT, ROOT];
const CHILD: &[&str] = &[ACCOUNT, UNIT];
/// Of those that can have tags, some are not simulated.
const TAGGED: &[&str] = &[ACCOUNT, UNIT, ROOT, POLICY];

/// The types of an operation's resources, all of which it needs.
fn types(service: &str, operation: &str) -> &'static [Type] {
    match (service, operation) {
        ("account", _) => &[Type::Itself],
        ("cloudtrail", "GetEventSelectors") => &[Type::Trail("TrailName")],
        ("cloudtrail", "GetTrailStatus") => &[Type::Trail("Name")],
        ("guardduty", "DeleteDetector" | "GetDetector" | "UpdateDetector") => &[Type::Detector],
        (
            "organizations",
            "CloseAccount"
            | "DeregisterDelegatedAdministrator"
            | "DescribeAccount"
            | "ListDelegatedServicesForAccount"
            | "RegisterDelegatedAdministrator"
            | "RemoveAccountFromOrganization",
        ) => &[Type::Entity("AccountId", ACCOUNTS)],
        // The reference requires the policy; that the target, which is one of three, is authorized too is the stricter
        // reading of it.
        ("organizations", "AttachPolicy" | "DetachPolicy") => {
            &[Type::Entity("PolicyId", POLICIES), Type::Entity("TargetId", TARGET)]
        }
        ("organizations", "DeletePolicy" | "DescribePolicy" | "ListTargetsForPolicy" | "UpdatePolicy") => {
            &[Type::Entity("PolicyId", POLICIES)]
        }
        ("organizations", "ListPoliciesForTarget") => &[Type::Entity("TargetId", TARGET)],
        ("organizations", "DescribeEffectivePolicy") => &[Type::Entity("TargetId", ACCOUNTS)],
        ("organizations", "DescribeOrganizationalUnit") => &[Type::Entity("OrganizationalUnitId", UNITS)],
        ("organizations", "DisablePolicyType" | "EnablePolicyType") => &[Type::Entity("RootId", ROOTS)],
        (
            "organizations",
            "CreateOrganizationalUnit" | "ListAccountsForParent" | "ListChildren" | "ListOrganizationalUnitsForParent",
        ) => &[Type::Entity("ParentId", CONTAINER)],
        ("organizations", "ListParents") => &[Type::Entity("ChildId", CHILD)],
        ("organizations", "ListTagsForResource" | "TagResource" | "UntagResource") => {
            &[Type::Entity("ResourceId", TAGGED)]
        }
        // The reference requires account, unit and root; that unit and root are the two parents is inferred.
        ("organizations", "MoveAccount") => &[
            Type::Entity("AccountId", ACCOUNTS),
            Type::Entity("SourceParentId", CONTAINER),
            Type::Entity("DestinationParentId", CONTAINER),
        ],
        // The reference names the hub, without requiring it: that it is authorized is the stricter reading.
        ("securityhub", _) => &[Type::Hub],
        ("ssm", _) => &[Type::Parameter],
        ("sts", "AssumeRole") => &[Type::Role],
        _ => &[],
    }
}

/// The ARNs, or `*`, that the call is authorized on.
pub(super) fn of(world: &World, call: &Call) -> Vec<String> {
    let types = types(call.service, &call.operation);
    if types.is_empty() {
        return vec!["*".to_owned()];
    }
    types.iter().flat_map(|kind| named(world, call, *kind)).collect()
}

fn named(world: &World, call: &Call, kind: Type) -> Vec<String> {
    let said = |name: &str| call.input.get(name).and_then(Value::as_str);
    let (region, caller) = (&call.region, &call.caller.account);
    vec![match kind {
        Type::Detector => {
            let id = said("detectorId").or_else(|| said("DetectorId")).unwrap_or_default();
            format!("arn:aws:guardduty:{region}:{caller}:detector/{id}")
        }
        Type::Trail(name) => cloudtrail::named(call, said(name).unwrap_or_default()),
        Type::Hub => said("HubArn").map_or_else(|| securityhub::hub_arn(call), str::to_owned),
        Type::Entity(name, _) => organizations::entity_arn(world, said(name).unwrap_or(caller)),
        Type::Itself => match said("AccountId") {
            Some(id) => organizations::account_arn(world, id).replacen("organizations", "account", 1),
            None => format!("arn:aws:account::{caller}:account"),
        },
        Type::Role => said("RoleArn").unwrap_or_default().to_owned(),
        Type::Parameter => {
            let path = said("Path").unwrap_or_default();
            let arn =
                |account: &str| format!("arn:aws:ssm:{region}:{account}:parameter/{}", path.trim_start_matches('/'));
            // Public parameters have no account in their ARN. Whether a request for their path is authorized on that, or
            // on the caller's account as for other paths, is not documented: a policy has to allow both.
            return if path.starts_with("/aws/") { vec![arn(""), arn(caller)] } else { vec![arn(caller)] };
        }
    }]
}

/// The same as the service authorization reference writes it; nothing for what needs no permission.
pub(super) fn templates(service: &str, operation: &str) -> Vec<&'static str> {
    if (service, operation) == ("sts", "GetCallerIdentity") {
        return Vec::new();
    }
    let types = types(service, operation);
    if types.is_empty() {
        return vec!["*"];
    }
    let mut templates: Vec<&str> = types.iter().flat_map(|kind| written(*kind)).copied().collect();
    templates.sort_unstable();
    templates.dedup();
    templates
}

fn written(kind: Type) -> &'static [&'static str] {
    match kind {
        Type::Detector => &["arn:aws:guardduty:${Region}:${Account}:detector/${DetectorId}"],
        Type::Trail(_) => &["arn:aws:cloudtrail:${Region}:${Account}:trail/${TrailName}"],
        Type::Hub => &["arn:aws:securityhub:${Region}:${Account}:hub/default"],
        Type::Entity(_, types) => types,
        Type::Itself => &[
            "arn:aws:account::${Account}:account",
            "arn:aws:account::${ManagementAccountId}:account/o-${OrganizationId}/${MemberAccountId}",
        ],
        Type::Role => &["arn:aws:iam::${Account}:role/${RoleNameWithPath}"],
        Type::Parameter => &["arn:aws:ssm:${Region}:${Account}:parameter/${ParameterNameWithoutLeadingSlash}"],
    }
}
