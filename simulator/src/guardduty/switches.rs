//! What is doubtful about GuardDuty, one switch a fact. No I/O.

use serde::{Deserialize, Serialize};

/// One field for each doubtful fact.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[allow(clippy::struct_excessive_bools, reason = "one field a fact")]
pub(crate) struct Switches {
    /// When auto-enable acts. AWS documentation: it "may take up to 24 hours".
    pub(crate) automation: Automation,
    /// How long after its cause auto-enable acts when it acts `later`.
    pub(crate) automation_delay_ms: u64,
    /// Which account `CreateMembers` cannot turn on. AWS's model, and two pages of its documentation, name three.
    pub(crate) exception_account: ExceptionAccount,
    /// Whether designation turns GuardDuty on in the administrator: AWS documentation says that it does, and
    /// also to make sure.
    pub(crate) designation_enables_administrator: bool,
    /// Whether designation gives trusted access by itself: AWS documentation says to enable it first, and that
    /// designation needs the permission to enable it.
    pub(crate) designation_gives_trusted_access: bool,
    /// How many first designations in each region are refused. Seen in public code: a passing "invalid or
    /// out-of-range value" right after set-up.
    pub(crate) first_designations_refused: u32,
    /// Whether designating the same account again is refused. Not documented.
    pub(crate) repeated_designation_refused: bool,
    /// Whether members by Organizations have an e-mail: AWS's model marks it as required, documentation says
    /// that it is present only for members by invitation.
    pub(crate) members_have_email: bool,
    /// Whether `CreateMembers` takes an account of the organization only with its e-mail in Organizations. AWS
    /// documentation says to use that one; whether it is checked is not known, nor what a wrong one comes back with.
    pub(crate) emails_checked: bool,
    /// Whether `CreateMembers` reports accounts that are members already as unprocessed, beside re-applying the
    /// organization's settings to them. Seen in public code for members by invitation.
    pub(crate) existing_members_unprocessed: bool,
    /// Whether `CreateMembers` also turns off what the organization does not auto-enable. AWS's model: it
    /// "applies your organization's auto-enable settings", which "might change the current configuration".
    pub(crate) reapplied_settings_turn_off: bool,
    /// What `CreateMembers` does with accounts that are suspended or have the region off: AWS documents statuses
    /// of members for both (`AccountSuspended`, `RegionDisabled`), not how they come about.
    pub(crate) unreachable_accounts: UnreachableAccounts,
    /// Whether `UpdateMemberDetectors` and `GetMemberDetectors` take members that are still `Created`. Seen in
    /// public code: "not an associated member" right after `CreateMembers`.
    pub(crate) created_members_are_associated: bool,
    /// For how long after it became `Enabled` a member is still "not an associated member" for
    /// `UpdateMemberDetectors`. Seen in public code, at random.
    pub(crate) late_association_ms: u64,
    /// Whether `CreateDetector` turns on `EKS_RUNTIME_MONITORING` when it is left out. AWS's model says that every
    /// feature but `RUNTIME_MONITORING` is on by default, but the two exclude each other.
    pub(crate) omitted_eks_runtime_monitoring_on: bool,
    /// Members that an administrator can have. AWS documentation: 50,000; auto-enable goes off there.
    pub(crate) member_limit: usize,
    /// How old `GetOrganizationStatistics` may be. AWS's model: up to 24 hours.
    pub(crate) statistics_age_ms: u64,
    /// Whether writes to what a GuardDuty policy manages are ignored instead of refused. Not documented.
    pub(crate) managed_writes_ignored: bool,
    /// Whether `UpdateMemberDetectors` is refused as a whole where a policy manages a named feature in one of the accounts,
    /// instead of leaving that account unprocessed. Not documented.
    pub(crate) managed_writes_refuse_all: bool,
    /// What a request does that turns an additional configuration on whose feature is off, or is turned off by it: refused,
    /// or the additional configuration stays off. Not documented.
    pub(crate) agents_without_feature_refused: bool,
    /// Whether auto-enable settings that were lowered act once more, when automation acts `later`. AWS documentation: an
    /// update "may take up to 24 hours"; whether what is under way is stopped is not said.
    pub(crate) lowered_auto_enable_acts: bool,
    /// Whether a policy acts only in regions that have a delegated administrator. AWS documentation names one among the
    /// prerequisites, once as "(optional)"; and says that accounts are also enabled in regions without one, where nobody
    /// sees them.
    pub(crate) policy_needs_administrator: bool,
    /// What a policy does where it disables `foundational`. AWS documentation: it "enables and disables GuardDuty";
    /// whether the detector is suspended or deleted is not said.
    pub(crate) policy_off: PolicyOff,
    /// Whether a policy that enables runtime monitoring turns the legacy `EKS_RUNTIME_MONITORING` off; otherwise runtime
    /// monitoring stays off where that is on. Not documented; the two exclude each other.
    pub(crate) policy_ends_legacy_runtime_monitoring: bool,
    /// Whether the foundational data sources have `managedBy` where a policy manages `foundational`. AWS's model has the
    /// member for them too; not documented.
    pub(crate) policy_marks_foundational: bool,
    /// Whether members of which a policy manages `foundational` cannot be disassociated, nor their monitoring stopped. AWS
    /// documentation: "the per-account controls … are managed by the policy and shown as read-only"; of the API it says so
    /// for protection plans.
    pub(crate) policy_holds_members: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            automation: Automation::Never,
            automation_delay_ms: 5_000,
            exception_account: ExceptionAccount::ManagementAccount,
            designation_enables_administrator: true,
            designation_gives_trusted_access: false,
            first_designations_refused: 0,
            repeated_designation_refused: false,
            members_have_email: false,
            emails_checked: false,
            existing_members_unprocessed: false,
            reapplied_settings_turn_off: false,
            unreachable_accounts: UnreachableAccounts::Listed,
            created_members_are_associated: false,
            late_association_ms: 0,
            omitted_eks_runtime_monitoring_on: true,
            member_limit: 50_000,
            statistics_age_ms: 0,
            managed_writes_ignored: false,
            managed_writes_refuse_all: false,
            agents_without_feature_refused: false,
            lowered_auto_enable_acts: false,
            policy_needs_administrator: false,
            policy_off: PolicyOff::Suspends,
            policy_ends_legacy_runtime_monitoring: false,
            policy_marks_foundational: true,
            policy_holds_members: true,
        }
    }
}

/// What becomes of GuardDuty in an account where a policy disables it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PolicyOff {
    /// The detector is off, the member is not monitored.
    Suspends,
    /// There is no detector, and no association.
    Deletes,
}

/// When AWS's own automation acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Automation {
    Never,
    /// Before the next call.
    AtOnce,
    Later,
}

/// The account that must have GuardDuty before `CreateMembers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExceptionAccount {
    /// The management account, in the region. The message for it was seen live.
    ManagementAccount,
    /// The management account where the service-linked role is missing; then it is listed as
    /// `CannotCreateDetectorInOrganizationMasterAccount`.
    ServiceLinkedRole,
    /// Only the delegated administrator, which has GuardDuty when it calls: the management account is none.
    DelegatedAdministrator,
}

/// What `CreateMembers` does with accounts that GuardDuty cannot reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UnreachableAccounts {
    /// They become members with a status that says why.
    Listed,
    /// They come back as unprocessed.
    Unprocessed,
}
