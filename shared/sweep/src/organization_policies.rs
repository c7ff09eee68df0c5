//! AWS's own policies for a service: whether their type is enabled, and what is in effect for whom. I/O: Organizations.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_aws::Organization;
use rollcall_core::{
    Account, AccountId, ServiceError, ServiceSpec,
    sweep::{EffectivePolicy, SurveyedPolicies, SurveyedRegion, alike},
};

/// Reads AWS's own policies for a service; asks for what is in effect once for all accounts with the same policies on their
/// paths. `types` are the enabled policy types. An error is one that may pass; what else is to be said is a remark.
pub async fn survey_policies(
    organization: &Organization,
    spec: &ServiceSpec,
    types: &BTreeSet<String>,
    accounts: &BTreeMap<AccountId, Account>,
    regions: &[SurveyedRegion],
    remarks: &mut BTreeSet<String>,
) -> Result<SurveyedPolicies, ServiceError> {
    let policy_type = spec.organization_policy.policy_type;
    if !types.contains(policy_type) {
        return Ok(SurveyedPolicies::default());
    }
    let mut policies = SurveyedPolicies { enabled: true, ..SurveyedPolicies::default() };
    match effective(organization, policy_type, accounts, remarks).await {
        Ok(effective) => policies.effective = effective,
        Err(error) if error.class.may_pass() => return Err(error),
        Err(error) => {
            policies.unread = true;
            remarks.insert(format!(
                "the policy type {policy_type} is enabled, and what is in effect could not be read, so that nothing is \
                 reduced and auto-enable is left as it is: {error}"
            ));
        }
    }
    let governed = || regions.iter().filter(|region| region.is_governed()).map(|region| &region.region);
    policies.without = policies.count_without(spec, accounts, governed());
    remarks.extend(unrecognised(spec, &policies));
    remarks.extend(trap(spec, policies.without));
    remarks.extend(unattended(spec, &policies, regions));
    Ok(policies)
}

async fn effective(
    organization: &Organization,
    policy_type: &str,
    accounts: &BTreeMap<AccountId, Account>,
    remarks: &mut BTreeSet<String>,
) -> Result<Vec<EffectivePolicy>, ServiceError> {
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
    Ok(effective)
}

/// What AWS's policies need and AWS does not see to: an administrator in every region that they cover. In governed
/// regions Rollcall designates it.
fn unattended(spec: &ServiceSpec, policies: &SurveyedPolicies, regions: &[SurveyedRegion]) -> Option<String> {
    let of = &spec.organization_policy;
    let covered = regions.iter().filter(|region| !region.is_governed() && policies.cover(spec, &region.region));
    let names: Vec<&str> = covered.map(|region| region.region.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} covers {}, where Rollcall sees to no administrator, since the region is off for its account or left out \
             by the policy: what AWS turns on there is seen by nobody; govern these regions, or disable them in {}",
            of.policy_type,
            names.join(", "),
            of.policy_type
        )
    })
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
    (without > 0).then(|| {
        format!(
            "the policy type {} is enabled, which stops AWS's auto-enable in every region, and {without} accounts have no \
             effective policy in some region: AWS enrols none of them there by itself; attach a policy, or disable the type",
            spec.organization_policy.policy_type
        )
    })
}
