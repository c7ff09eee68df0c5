//! The doubtful facts about Inspector, each a switch. No I/O.

use serde::{Deserialize, Serialize};

/// How Inspector behaves where AWS leaves room, or where its behaviour is not known for certain.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[allow(clippy::struct_excessive_bools, reason = "each switch is one independent doubt")]
pub(crate) struct Switches {
    /// When auto-enable acts on an account that joins. AWS documentation says only that it does.
    pub(crate) automation: Automation,
    /// An account that opts in to a region after it joined counts as new there. Not documented for Inspector;
    /// GuardDuty's documentation says that it does not.
    pub(crate) opt_in_counts_as_new: bool,
    /// `AssociateMember` too turns on what auto-enable names. AWS's model: "scan types automatically enabled for new
    /// members of your Amazon Inspector organization"; whether an old account is a new member is not said.
    pub(crate) auto_enable_on_association: bool,
    /// Auto-enable is turned off when the members become more than this. AWS documentation: 5,000.
    pub(crate) auto_enable_limit: usize,
    /// The most members of an administrator. AWS documentation: 10,000.
    pub(crate) maximum_members: usize,
    /// What `UpdateOrganizationConfiguration` does to members of `autoEnable` that are left out. Not documented.
    pub(crate) omitted_auto_enable: Omitted,
    /// Designation needs trusted access; otherwise it gives it. AWS documentation asks for it first through the API,
    /// and lists the permission to give it among those that designation needs.
    pub(crate) designation_needs_trusted_access: bool,
    /// Designation turns all scan types on in the administrator. AWS documentation; public code does it explicitly.
    pub(crate) designation_enables_scans: bool,
    /// Designation associates the accounts that have Inspector on already. AWS documentation says that a new
    /// administrator associates members itself, but also that an account that activates Inspector becomes associated.
    pub(crate) designation_associates_active: bool,
    /// The management account may be the administrator. Inferred from GuardDuty.
    pub(crate) management_may_administer: bool,
    /// `AssociateMember`, and `Enable` for members, also refuse an administrator whose own Inspector is not on.
    /// Seen in public code for the organization configuration only.
    pub(crate) members_need_active_administrator: bool,
    /// What is seen between `Enable` and its end. Public code saw both.
    pub(crate) enabling: Enabling,
    /// `Enable` of what is on already is a failed account, `ALREADY_ENABLED` or `ENABLE_IN_PROGRESS`, rather than a
    /// success. The model has the codes; no one reports them.
    pub(crate) repeated_enable_fails: bool,
    /// Healthy states carry `errorCode` and `errorMessage`, which the model requires. No verbatim answer is public.
    pub(crate) healthy_state_has_error_code: bool,
    /// Scan types that the region does not offer are shown as `DISABLED` rather than left out. Not documented.
    pub(crate) unoffered_scan_types_shown: bool,
    /// What `ListMembers` shows for accounts that were never associated. AWS's model: "all members within the
    /// organization"; the console calls them "Disassociated"; which status they have is not documented.
    pub(crate) never_associated: NeverAssociated,
    /// `ListMembers` without `onlyAssociated` lists associated members only. Not documented.
    pub(crate) only_associated_by_default: bool,
    /// `GetMember` of an account that is not associated answers `InternalServerException` rather than
    /// `ResourceNotFoundException`. Public code saw both.
    pub(crate) unknown_member_is_internal_error: bool,
    /// Turning EC2 scanning on turns deep inspection on. Inferred: it is part of EC2 scanning; no page says it plainly.
    pub(crate) deep_inspection_with_ec2: bool,
    /// `BatchGetMemberEc2DeepInspectionStatus` lists an account without EC2 scanning under `failedAccountIds` rather
    /// than as `DEACTIVATED`. The model leaves both open.
    pub(crate) deep_inspection_of_no_ec2_fails: bool,
    /// The batch operations of deep inspection take the administrator's own id too. Their names say members.
    pub(crate) deep_inspection_batch_takes_administrator: bool,
    /// What `UpdateConfiguration` changes is `PENDING` for the length of a transition. AWS's model has the status; how long it
    /// is seen is not documented.
    pub(crate) configuration_takes_time: bool,
    /// Enabling the policy type `INSPECTOR_POLICY` at the root stops auto-enable, even with no policy attached. AWS
    /// documentation says so of GuardDuty; of Inspector only that "organization policies take precedence over delegated
    /// administrator settings".
    pub(crate) policy_type_stops_auto_enable: bool,
    /// A policy acts only in regions that have a delegated administrator. AWS documentation: one must be registered "before
    /// attaching Amazon Inspector policies"; and "if you have finalized Amazon Inspector setup by registering a delegated
    /// administrator", it sees the accounts.
    pub(crate) policy_needs_administrator: bool,
    /// A policy acts only on accounts that have the service-linked role, which AWS documentation lists as a prerequisite;
    /// otherwise it creates the role, as `Enable` does.
    pub(crate) policy_needs_service_linked_role: bool,
}

/// When AWS's automation acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Automation {
    /// As soon as the account joins.
    AtOnce,
    /// After the length of a transition.
    Later,
    Never,
}

/// What becomes of settings that an update leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Omitted {
    Kept,
    TurnedOff,
}

/// The intermediate state of an account that is being enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Enabling {
    /// The account and its resources are `ENABLING`.
    Plain,
    /// The account is `ENABLED` already, its resources still `DISABLED`.
    EnabledWithResourcesDisabled,
}

/// How accounts that were never associated are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NeverAssociated {
    Removed,
    Created,
    Disabled,
    /// Without a `relationshipStatus`, which the model allows.
    WithoutStatus,
    /// Not listed.
    Hidden,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            automation: Automation::Never,
            opt_in_counts_as_new: false,
            auto_enable_on_association: false,
            auto_enable_limit: 5_000,
            maximum_members: 10_000,
            omitted_auto_enable: Omitted::TurnedOff,
            designation_needs_trusted_access: true,
            designation_enables_scans: true,
            designation_associates_active: false,
            management_may_administer: true,
            members_need_active_administrator: false,
            enabling: Enabling::Plain,
            repeated_enable_fails: false,
            healthy_state_has_error_code: true,
            unoffered_scan_types_shown: true,
            never_associated: NeverAssociated::Removed,
            only_associated_by_default: true,
            unknown_member_is_internal_error: false,
            deep_inspection_with_ec2: true,
            deep_inspection_of_no_ec2_fails: false,
            deep_inspection_batch_takes_administrator: false,
            configuration_takes_time: false,
            policy_type_stops_auto_enable: false,
            policy_needs_administrator: true,
            policy_needs_service_linked_role: true,
        }
    }
}
