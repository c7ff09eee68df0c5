//! Checks a policy that was read: contradictions, rules without effect, and what AWS's own automation would overrule.
//! No I/O.

mod automation;
mod features;
mod reach;
mod reductions;
mod regions;
mod scopes;

use std::collections::BTreeSet;

use super::{
    MembershipWish, Policy, Resolution, Rule, RuleSettings, Said, ServicePolicy, Source,
    document::{Ledger, Place},
};
use crate::{Feature, Region, ServiceSpec};

/// Checks a policy against its services; what there is to say goes into the ledger.
pub(super) fn check(policy: &Policy, specs: &[&'static ServiceSpec], ledger: &mut Ledger) {
    reach::rules(policy, ledger);
    let policy = known(policy, ledger);
    for spec in specs {
        let Some(service) = policy.services.get(&spec.id) else { continue };
        let subject = Subject::new(&policy, spec, service);
        reach::check(&subject, ledger);
        if service.enabled && ledger.knows_service(spec.id) {
            regions::check(&subject, ledger);
            features::check(&subject, ledger);
            automation::check(&subject, ledger);
        }
    }
    reductions::check(&policy, specs, ledger);
}

/// The policy without what rules say that could not be read whole: what follows from half a rule is no mistake. Each rule
/// is named by its place, since two may have the same name by mistake.
fn known(policy: &Policy, ledger: &Ledger) -> Policy {
    let mut policy = policy.clone();
    for (place, rule) in policy.rules.iter_mut().enumerate() {
        rule.name = place.to_string();
        if !ledger.knows_rule(place) {
            rule.services.clear();
        }
    }
    policy
}

/// One service of a policy, with the regions in which something different is said of it.
struct Subject<'a> {
    policy: &'a Policy,
    spec: &'static ServiceSpec,
    service: &'a ServicePolicy,
    cases: Vec<Case>,
}

/// A region that stands for all in which the same rules hold.
struct Case {
    region: Region,
    /// The rules that are about the region and the service.
    rules: Vec<usize>,
    /// Whether it is told by its name: where nothing is said of single regions it is as good as any.
    special: bool,
}

impl Case {
    /// ` in eu-west-3`, or nothing.
    fn place(&self) -> String {
        if self.special { format!(" in {}", self.region) } else { String::new() }
    }
}

impl<'a> Subject<'a> {
    fn new(policy: &'a Policy, spec: &'static ServiceSpec, service: &'a ServicePolicy) -> Self {
        let cases = regions::cases(policy, spec, service);
        Self { policy, spec, service, cases }
    }

    /// The rules about the service, by their place.
    fn rules(&self) -> impl Iterator<Item = (usize, &'a Rule, &'a RuleSettings)> {
        let rules = self.policy.rules.iter().enumerate();
        rules.filter_map(|(place, rule)| Some((place, rule, rule.services.get(&self.spec.id)?)))
    }

    /// The rules of a case that are about some accounts only.
    fn exceptions(&self, case: &Case) -> impl Iterator<Item = (usize, &'a Rule, &'a RuleSettings)> {
        self.rules().filter(|(place, rule, _)| !rule.scope.is_for_all_accounts() && case.rules.contains(place))
    }

    /// What is said of every account of a region that no rule singles out.
    fn everyone(&self, case: &Case) -> Resolution {
        self.policy.resolve_target(self.spec, &case.region)
    }

    /// What is said of accounts that one rule singles out, and no other.
    fn with(&self, case: &Case, rule: usize) -> Resolution {
        let is_in = |place: &usize| {
            *place == rule || self.policy.rules.get(*place).is_some_and(|rule| rule.scope.is_for_all_accounts())
        };
        let rules: Vec<usize> = case.rules.iter().copied().filter(is_in).collect();
        self.policy.resolve(self.spec, &case.region, &rules, false)
    }

    /// What is said of the management account by the service's table, and by rules about everyone.
    fn of_management(&self, case: &Case) -> Resolution {
        let is_in = |rule: &usize| self.policy.rules.get(*rule).is_some_and(|rule| rule.scope.is_for_all_accounts());
        let rules: Vec<usize> = case.rules.iter().copied().filter(is_in).collect();
        self.policy.resolve(self.spec, &case.region, &rules, true)
    }

    /// Whether what is said of features counts: the accounts are enrolled, or may be by another rule.
    fn may_be_enrolled(&self, case: &Case, said: &Resolution) -> bool {
        let enrols = |settings: &RuleSettings| settings.membership == Some(MembershipWish::Enrolled);
        said.membership.what == MembershipWish::Enrolled
            || self.exceptions(case).any(|(_, _, settings)| enrols(settings))
    }

    /// Where something was said of a feature, if it was written.
    fn place<T>(&self, said: &Said<T>, feature: &Feature) -> Option<Place> {
        match &said.by {
            Source::Service => Some(Place::feature(None, self.spec, feature.as_str())),
            by => Some(Place::feature(Some(rule_of(by)?), self.spec, feature.as_str())),
        }
    }

    /// Something that was said as a person reads it: `"on" (line 4)`.
    fn says<T: std::fmt::Display>(&self, said: &Said<T>, feature: &Feature, ledger: &Ledger) -> String {
        let what = &said.what;
        match self.place(said, feature).and_then(|place| ledger.written(&place)) {
            Some(line) => format!("\"{what}\" (line {line})"),
            None => format!("\"{what}\" by default"),
        }
    }
}

/// The rule that said something, by its place: as [`known`] names it.
fn rule_of(source: &Source) -> Option<usize> {
    match source {
        Source::Rule(place) => place.parse().ok(),
        _ => None,
    }
}

/// What was told already: the same is not told again for each region.
type Told<T> = BTreeSet<T>;
