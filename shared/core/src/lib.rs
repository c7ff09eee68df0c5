//! Policy, desired, observed, plan, engine, coverage: what Rollcall decides, and how. No SDK, no I/O, no clock.
//!
//! One target is one service in one region. [`plan()`] compares what is [desired](Desired) with what was
//! [observed](Observed) and says which [actions](Action) are missing and in which state each
//! [membership](Membership) is. [`reconcile`] drives observe → plan → apply → observe again.

mod action;
mod advice;
mod bounds;
mod coverage;
mod desired;
mod engine;
mod failure;
mod ids;
mod membership;
mod numbers;
mod observed;
mod organization;
mod organization_policies;
mod plan;
pub mod policy;
mod ports;
mod scope;
mod sentences;
mod service;
pub mod sweep;

pub use action::{Action, Stage};
pub use advice::advice;
pub use bounds::Bounds;
pub use coverage::Coverage;
pub use desired::{Desired, DesiredMember, Role, Standing, Wish, Wishes};
pub use engine::{Attempt, Listed, Mode, Outcome, Permits, Reductions, Run, Stop, TargetReport, reconcile};
pub use failure::{AccountFailure, ErrorClass, ServiceError};
pub use ids::{AccountId, Email, Feature, InvalidId, Region, ServiceId};
pub use membership::{Membership, Prerequisite, Reason, State};
pub use numbers::thousands;
pub use observed::{
    AutoEnable, AutoEnableSettings, FeatureStatus, Look, LookAt, Members, Observed, ObservedMember, OwnState,
    Relationship, Seen, Unseen,
};
pub use organization::{Account, AccountState, RegionStatus, Roster};
pub use organization_policies::OrganizationPolicies;
pub use plan::{Billed, Excess, Fate, Plan, PlannedAction, plan};
pub use policy::Policy;
pub use ports::{OrganizationAccess, SecurityService};
pub use scope::{Scope, Target};
pub use service::{
    Batches, FeatureSpec, Managed, Needs, OrganizationPolicySpec, ServiceSpec, SettingSpec, SettingValues,
};
