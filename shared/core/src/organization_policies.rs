//! What AWS Organizations policies of a service's own type manage in one target. No I/O.

use std::{collections::BTreeMap, sync::Arc};

use crate::{AccountId, Managed};

/// The policies of one type, as they are in effect in one region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganizationPolicies {
    /// Whether the type is enabled at the organization's root.
    pub enabled: bool,
    /// The accounts that a policy manages something of.
    pub managed: BTreeMap<AccountId, Arc<Managed>>,
}
