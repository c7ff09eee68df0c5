//! Token buckets: how often a caller may call. No I/O.

use std::collections::HashMap;

use crate::{gate::is_regional, service::Call, world::World};

/// Calls a second, and the burst.
type Rate = (f64, f64);

/// Documented rates: service, operation, per account, per organization where documented.
/// AWS documentation, "Quotas and service limits for AWS Organizations" and "… for AWS Account Management"; "AWS
/// Systems Manager endpoints and quotas" (Parameter Store's default throughput; its burst is inferred). Of
/// `DescribeEffectivePolicy` none is documented.
const DOCUMENTED: [(&str, &str, Rate, Option<Rate>); 28] = [
    ("account", "GetRegionOptStatus", (5.0, 5.0), None),
    ("account", "ListRegions", (5.0, 5.0), None),
    ("organizations", "AttachPolicy", (2.0, 3.0), None),
    ("organizations", "CreatePolicy", (2.0, 3.0), None),
    ("organizations", "DeletePolicy", (2.0, 3.0), None),
    ("organizations", "DeregisterDelegatedAdministrator", (1.0, 2.0), None),
    ("organizations", "DescribeAccount", (20.0, 30.0), Some((24.0, 36.0))),
    ("organizations", "DescribeOrganization", (1.0, 2.0), None),
    ("organizations", "DescribePolicy", (2.0, 2.0), Some((2.0, 3.0))),
    ("organizations", "DetachPolicy", (2.0, 3.0), None),
    ("organizations", "DisableAWSServiceAccess", (1.0, 2.0), None),
    ("organizations", "DisablePolicyType", (1.0, 1.0), None),
    ("organizations", "EnableAWSServiceAccess", (1.0, 2.0), None),
    ("organizations", "EnablePolicyType", (1.0, 1.0), None),
    ("organizations", "ListAWSServiceAccessForOrganization", (1.0, 3.0), None),
    ("organizations", "ListAccounts", (8.0, 12.0), Some((9.0, 15.0))),
    ("organizations", "ListAccountsForParent", (5.0, 8.0), None),
    ("organizations", "ListChildren", (6.0, 10.0), None),
    ("organizations", "ListDelegatedAdministrators", (5.0, 8.0), None),
    ("organizations", "ListParents", (5.0, 8.0), Some((6.0, 10.0))),
    ("organizations", "ListPolicies", (5.0, 8.0), Some((6.0, 10.0))),
    ("organizations", "ListPoliciesForTarget", (5.0, 8.0), Some((6.0, 10.0))),
    ("organizations", "ListRoots", (1.0, 2.0), None),
    ("organizations", "ListTagsForResource", (10.0, 15.0), Some((12.0, 18.0))),
    ("organizations", "ListTargetsForPolicy", (5.0, 8.0), Some((6.0, 10.0))),
    ("organizations", "RegisterDelegatedAdministrator", (1.0, 2.0), None),
    ("organizations", "UpdatePolicy", (2.0, 3.0), None),
    ("ssm", "GetParametersByPath", (40.0, 40.0), None),
];

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: u64,
}

/// The buckets by what they count.
#[derive(Debug, Default)]
pub(crate) struct Buckets(HashMap<String, Bucket>);

impl Buckets {
    /// Whether the call fits into every bucket that applies to it; if so, it is counted.
    pub(crate) fn admit(&mut self, world: &World, call: &Call) -> bool {
        let limits = limits(world, call);
        let admitted = limits.iter().all(|(key, rate)| self.filled(key, *rate, world.now) >= 1.0);
        if admitted {
            for (key, _) in &limits {
                if let Some(bucket) = self.0.get_mut(key) {
                    bucket.tokens -= 1.0;
                }
            }
        }
        admitted
    }

    fn filled(&mut self, key: &str, (rate, burst): Rate, now: u64) -> f64 {
        let bucket = self.0.entry(key.to_owned()).or_insert(Bucket { tokens: burst, at: now });
        let passed = u32::try_from(now.saturating_sub(bucket.at)).unwrap_or(u32::MAX);
        bucket.tokens = (bucket.tokens + f64::from(passed) / 1_000.0 * rate).min(burst);
        bucket.at = now;
        bucket.tokens
    }
}

/// The buckets that apply to the call. Organizations and Account Management are one in the partition, so their
/// buckets are not per region.
fn limits(world: &World, call: &Call) -> Vec<(String, Rate)> {
    let Call { service, operation, region, caller, .. } = call;
    let account = &caller.account;
    let mut limits = Vec::new();
    if world.behaviour.documented_rates
        && let Some((_, _, per_account, per_organization)) =
            DOCUMENTED.iter().find(|(of, name, ..)| of == service && name == operation)
    {
        let place = if is_regional(service) { region.as_str() } else { "" };
        limits.push((format!("{service} {operation} {account} {place} documented"), *per_account));
        if let Some(rate) = per_organization {
            limits.push((format!("{service} {operation}"), *rate));
        }
    }
    let chosen = &world.behaviour.rates;
    if let Some(rate) = chosen.get(&format!("{service}:{operation}")).or_else(|| chosen.get(*service)) {
        limits.push((format!("{service} {operation} {account} {region}"), *rate));
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Caller;

    fn call(service: &'static str, operation: &str, account: &str) -> Call {
        Call {
            caller: Caller::root(account),
            region: "us-east-1".to_owned(),
            service,
            operation: operation.to_owned(),
            input: serde_json::json!({}),
        }
    }

    #[test]
    fn a_burst_is_admitted_and_then_the_rate() {
        let mut world = World::default();
        world.behaviour.documented_rates = true;
        let mut buckets = Buckets::default();
        let roots = call("organizations", "ListRoots", "111111111111");
        let mut admitted = |world: &World| (0..9).filter(|_| buckets.admit(world, &roots)).count();
        assert_eq!(admitted(&world), 2);
        world.now = 1_000;
        assert_eq!(admitted(&world), 1);
        world.now = 60_000;
        assert_eq!(admitted(&world), 2);
    }

    #[test]
    fn the_organization_has_a_rate_of_its_own() {
        let mut world = World::default();
        world.behaviour.documented_rates = true;
        let mut buckets = Buckets::default();
        let mut admitted = |account: &str| {
            (0..20).filter(|_| buckets.admit(&world, &call("organizations", "ListAccounts", account))).count()
        };
        assert_eq!((admitted("111111111111"), admitted("222222222222")), (12, 3));
    }

    #[test]
    fn parameters_have_a_rate_in_each_region() {
        let mut world = World::default();
        world.behaviour.documented_rates = true;
        let mut buckets = Buckets::default();
        let mut admitted = |region: &str| {
            let call = Call { region: region.to_owned(), ..call("ssm", "GetParametersByPath", "111111111111") };
            (0..50).filter(|_| buckets.admit(&world, &call)).count()
        };
        assert_eq!((admitted("us-east-1"), admitted("eu-west-1")), (40, 40));
    }

    #[test]
    fn rates_by_choice_count_per_account_region_and_operation() {
        let mut world = World::default();
        world.behaviour.rates.insert("guardduty".to_owned(), (1.0, 1.0));
        let mut buckets = Buckets::default();
        assert!(buckets.admit(&world, &call("guardduty", "ListMembers", "1")));
        assert!(!buckets.admit(&world, &call("guardduty", "ListMembers", "1")));
        assert!(buckets.admit(&world, &call("guardduty", "ListDetectors", "1")));
        assert!(buckets.admit(&world, &call("guardduty", "ListMembers", "2")));
    }
}
