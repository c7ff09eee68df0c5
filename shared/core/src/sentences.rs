//! Reasons as sentences for a person, who is told what to do where a person must do something. No I/O.

use std::fmt;

use crate::{Prerequisite, Reason, Unseen, action::Names};

impl fmt::Display for Reason {
    /// A sentence for a person, which says what to do where a person must do something.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enrolled => f.write_str("enrolled, with all desired features on"),
            Self::TurningOn(features) => write!(f, "AWS is turning on {}", Names(features)),
            Self::TurningOff(features) => {
                write!(f, "AWS is turning off {}; the next run turns that on again", Names(features))
            }
            Self::Settling(features) => write!(
                f,
                "auto-enable was lowered from ALL less than 24 hours ago, and AWS may still turn on {}, which the policy \
                 wants off; the next sweeps turn it off again",
                Names(features)
            ),
            Self::JustWritten => f.write_str("written a moment ago; AWS does not show it yet"),
            Self::AlreadyDone(error) => write!(f, "AWS says that it was done already, and does not show it: {error}"),
            Self::AccountNotActive => f.write_str("the account is not active yet"),
            Self::NotReady(error) => write!(
                f,
                "the account or region is too new for the service, or the region is off for the account that calls: {error}"
            ),
            Self::RegionOptingIn => f.write_str("the region is still being opted in to"),
            Self::NotAssociated => f.write_str("the account is not a member"),
            Self::NotMonitored => f.write_str("the account is a member, but not monitored"),
            Self::NotEnabled => f.write_str("the service is not on in the account"),
            Self::FeaturesOff(features) => write!(f, "off: {}", Names(features)),
            Self::ActionFailed(error) => write!(f, "could not be turned on; the next run tries again: {error}"),
            Self::OtherAdministrator { found, wanted } => write!(
                f,
                "account {found} administers the service in this region, configured is {wanted}; nothing was changed: \
                 remove {found} as delegated administrator or configure it"
            ),
            Self::DesignationRefused { wanted, error } => write!(
                f,
                "AWS refuses to designate {wanted}; another account may administer the service in another region, and \
                 one must administer all: {error}"
            ),
            Self::HeldByOtherAdministrator(error) => {
                write!(f, "another administrator holds the account and must let it go first: {error}")
            }
            Self::Prerequisite(prerequisite) => write!(f, "{prerequisite}"),
            Self::Denied(error) => write!(f, "a permission is missing: {error}"),
            Self::DeniedByServiceControlPolicy(error) => {
                write!(f, "a service control policy denies it; exempt Rollcall's roles: {error}")
            }
            Self::LegacyRuntimeMonitoring => f.write_str(
                "EKS_RUNTIME_MONITORING (legacy) is on, which excludes RUNTIME_MONITORING; turn the legacy one off first, or \
                 have Rollcall do so: with EKS_RUNTIME_MONITORING = \"off\" in its policy, and max-reductions",
            ),
            Self::ManagementNotEnabled => f.write_str(
                "the service must be turned on in the management account first; the sweep does it, \
                 given the management account's write role",
            ),
            Self::OrganizationPolicy(error) => write!(f, "an AWS Organizations policy manages the setting: {error}"),
            Self::LeftToOrganizationPolicy(features) => write!(
                f,
                "an AWS Organizations policy turns on {}, and it is not on yet; where that lasts, look for an \
                 administrator in the region, trusted access, and the service-linked role in the account, which the \
                 policy needs",
                Names(features)
            ),
            Self::OrganizationPolicyConflict(features) => write!(
                f,
                "an AWS Organizations policy keeps off {}, Rollcall's policy wants it on; change one of both",
                Names(features)
            ),
            Self::LimitReached(error) => write!(f, "a quota is reached; ask AWS to raise it: {error}"),
            Self::SuspendedInService => {
                f.write_str("the service reports the account as suspended, Organizations as active; ask AWS support")
            }
            Self::FeatureFailed(feature, status) => write!(f, "AWS reports {feature} as {status}; each run tries again"),
            Self::AccountSuspended => f.write_str("the account is suspended"),
            Self::AccountClosed => f.write_str("the account is closed"),
            Self::RegionOff => f.write_str("the region is off for the account"),
            Self::Exempt(by) => write!(f, "left alone, by {by}"),
            Self::Removed(by) => write!(f, "not to be a member, by {by}"),
            Self::ServiceNotOffered => f.write_str("the region does not have the service"),
            Self::NoEmail => f.write_str(
                "Organizations shows no e-mail address of the account, which associating it needs; grant the read role \
                 organizations:DescribeAccount and organizations:ListAccounts in full",
            ),
            Self::NotObserved(unseen) => write!(f, "could not be observed: {unseen}"),
            Self::RegionStatusNotSeen => f.write_str("whether the region is on for the account was not seen yet"),
            Self::RulesUndecided(why) => write!(f, "{why}; nothing is done before that is known"),
            Self::UnrecognisedStatus(name) => {
                write!(f, "AWS reports {name}, which this version does not know; look for a newer one")
            }
        }
    }
}

impl fmt::Display for Prerequisite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Designation => "the region has no delegated administrator yet; the sweep designates it",
            Self::AdministratorEnabled => {
                "the service is not on in the administrator's own account; the sweep turns it on"
            }
            Self::ManagementEnabled => "the service is not on in the management account yet; the sweep turns it on",
            Self::AdministratorActive => {
                "the configured administrator is no active account of this organization; correct the configuration"
            }
            Self::AdministratorRegion => {
                "the region is off for the administrator's account; opt that account in to the region"
            }
            Self::AccountAccess => {
                "members' regions cannot be read without trusted access for account.amazonaws.com; the sweep enables it"
            }
        })
    }
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("not looked at"),
            Self::NoAdministrator => f.write_str("the region has no delegated administrator"),
            Self::Failed(error) => write!(f, "{error}"),
        }
    }
}
