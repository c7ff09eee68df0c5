//! AWS's own policies for a service: whether their type is enabled, and what is in effect for whom. I/O: Organizations.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_aws::Organization;
use rollcall_core::{
    Account, AccountId, ServiceError, ServiceSpec,
    sweep::{EffectivePolicy, SurveyedPolicies, alike},
};

/// Reads them; asks for what is in effect once for all accounts with the same policies on their paths.
pub(crate) async fn survey(
    organization: &Organization,
    spec: &ServiceSpec,
    types: &BTreeSet<String>,
    accounts: &BTreeMap<AccountId, Account>,
    remarks: &mut BTreeSet<String>,
) -> Result<SurveyedPolicies, ServiceError> {
    let policy_type = spec.organization_policy.policy_type;
    if !types.contains(policy_type) {
        return Ok(SurveyedPolicies::default());
    }
    let attached = organization.attached_policies(policy_type).await?;
    let (groups, unplaced) = alike(accounts, &attached);
    if !unplaced.is_empty() && !attached.is_empty() {
        remarks.insert(format!(
            "Organizations does not tell where {} accounts are, so that {policy_type} in effect for them is not known",
            unplaced.len()
        ));
    }
    let mut effective = Vec::new();
    for group in groups {
        if let Some(content) = organization.effective_policy(policy_type, group.example).await? {
            effective.push(EffectivePolicy { content, accounts: group.accounts });
        }
    }
    let policies = SurveyedPolicies { enabled: true, effective };
    remarks.extend(unrecognised(spec, &policies));
    remarks.extend(trap(spec, policies.without(accounts)));
    Ok(policies)
}

/// What of their contents this version does not know.
fn unrecognised(spec: &ServiceSpec, policies: &SurveyedPolicies) -> Option<String> {
    let somewhere = "us-east-1".parse().ok()?;
    let read = policies.effective.iter().map(|policy| (spec.organization_policy.read)(&policy.content, &somewhere));
    let unknown: BTreeSet<String> = read.flat_map(|managed| managed.unrecognised).collect();
    let unknown: Vec<String> = unknown.into_iter().collect();
    let policy_type = spec.organization_policy.policy_type;
    (!unknown.is_empty())
        .then(|| format!("an effective {policy_type} has what this version does not know: {}", unknown.join(", ")))
}

/// The trap: AWS's auto-enable is stopped, and nothing is in its place.
fn trap(spec: &ServiceSpec, without: usize) -> Option<String> {
    let of = &spec.organization_policy;
    (without > 0 && of.stops_auto_enable).then(|| {
        format!(
            "the policy type {} is enabled, which stops AWS's auto-enable in every region, and {without} accounts have no \
             effective policy: AWS enrols none of them by itself; attach a policy, or disable the type",
            of.policy_type
        )
    })
}
