//! Why the policy wants what it wants of one account in one target, for a person. No I/O.

use std::fmt;

use super::{AutoEnableWish, MembershipWish, Policy, Resolution, Said, Source, Undecided};
use crate::{AccountId, Feature, Region, Roster, ServiceId, ServiceSpec};

/// What the policy says of one account, service and region, and which rule said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The account.
    pub account: AccountId,
    /// The service.
    pub service: ServiceId,
    /// The region.
    pub region: Region,
    /// Whether the target is governed; where it is not, nothing else counts.
    pub governed: bool,
    /// What is said of the account.
    pub said: Result<Resolution, Undecided>,
    /// What AWS is to do by itself in this region: for members as such, and for each feature.
    pub auto_enable: (AutoEnableWish, Vec<(Feature, AutoEnableWish)>),
}

impl Policy {
    /// Explains what is wanted of an account of the roster; `None` for one that the roster does not have.
    #[must_use]
    pub fn explain(
        &self,
        spec: &ServiceSpec,
        region: &Region,
        roster: &Roster,
        administrator: AccountId,
        account: AccountId,
    ) -> Option<Explanation> {
        let known = roster.accounts.get(&account)?;
        let is_management = account == roster.management && account != administrator;
        let said = self.rules_of(spec.id, account, known).map(|rules| {
            let mut said = self.resolve(spec, region, &rules, is_management);
            if account == administrator {
                said.membership = Said { what: MembershipWish::Enrolled, by: Source::Administrator };
            }
            said
        });
        let features = self.features_auto_enable(spec, region).into_iter().collect();
        Some(Explanation {
            account,
            service: spec.id,
            region: region.clone(),
            governed: self.governs(spec.id, region),
            said,
            auto_enable: (self.members_auto_enable(spec, region), features),
        })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, service, region, .. } = self;
        writeln!(f, "{account}, {service} in {region}")?;
        if !self.governed {
            return writeln!(f, "  not governed: the policy leaves the service or the region out");
        }
        let said = match &self.said {
            Ok(said) => said,
            Err(undecided) => return writeln!(f, "  not known: {undecided}"),
        };
        writeln!(f, "  {:<48} {:<10} by {}", "membership", said.membership.what, said.membership.by)?;
        for (feature, said) in &said.features {
            let wish = self.auto_enable.1.iter().find(|(named, _)| named == feature);
            let wish = wish.map_or_else(String::new, |(_, wish)| format!(", auto-enable {wish}"));
            writeln!(f, "  {feature:<48} {:<10} by {}{wish}", said.what, said.by)?;
        }
        Ok(())
    }
}
