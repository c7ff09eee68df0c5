//! What the organization wants. For now the built-in default: everyone, everywhere, with the default features. No I/O.

use std::collections::BTreeSet;

use crate::{AutoEnable, Feature, ServiceSpec};

/// What is wanted of one service, for every account of the organization in every region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The features that every account shall have on.
    pub features: BTreeSet<Feature>,
    /// The auto-enable setting wanted for members and for each of these features.
    pub auto_enable: AutoEnable,
}

impl Policy {
    /// The built-in default for a service.
    #[must_use]
    pub fn built_in(spec: &ServiceSpec) -> Self {
        let asked_for = spec.features.iter().filter(|feature| feature.by_default);
        Self { features: asked_for.map(|feature| Feature::known(feature.name)).collect(), auto_enable: AutoEnable::All }
    }
}
