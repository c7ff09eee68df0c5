//! AWS's own policies for the services: whether they stop auto-enable, and who is in none. I/O: Organizations.

use std::collections::BTreeSet;

use rollcall_core::sweep::SurveyedPolicies;
use rollcall_runtime::Entry;
use rollcall_sweep::survey_policies;

use super::{finding::Finding, ground::Ground};
use crate::text::counted;

const CHECK: &str = "policy types";

/// One finding for each service.
pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let types = match &ground.types {
        Ok(types) => types,
        Err(error) => return vec![Finding::unread(CHECK, "which policy types are enabled", error)],
    };
    let mut findings = Vec::new();
    for entry in ground.services() {
        findings.push(of_service(ground, entry, types).await);
    }
    findings
}

async fn of_service(ground: &Ground<'_>, entry: &Entry, types: &BTreeSet<String>) -> Finding {
    let policy_type = entry.spec.organization_policy.policy_type;
    if !types.contains(policy_type) {
        return Finding::ok(CHECK, format!("{policy_type} is not enabled"));
    }
    let (roster, regions) = match (&ground.roster, ground.regions(entry)) {
        (Ok(roster), Ok(regions)) => (roster, regions),
        (Err(error), _) | (_, Err(error)) => {
            return Finding::unread(CHECK, &format!("whom {policy_type} is about"), error);
        }
    };
    let mut remarks = BTreeSet::new();
    let policies =
        survey_policies(&ground.organization, entry.spec, types, &roster.accounts, regions, &mut remarks).await;
    match policies {
        Err(error) => Finding::unread(CHECK, &format!("which {policy_type} is in effect"), &error),
        Ok(policies) if policies.unread => {
            let remarks: Vec<String> = remarks.into_iter().collect();
            Finding::unknown(CHECK, remarks.join("; ")).means("only the management account may read what is in effect")
        }
        Ok(policies) => judged(ground, entry, &policies),
    }
}

fn judged(ground: &Ground<'_>, entry: &Entry, policies: &SurveyedPolicies) -> Finding {
    let policy_type = entry.spec.organization_policy.policy_type;
    let stops = entry.spec.organization_policy.stops_auto_enable;
    if policies.without == 0 {
        let stopped =
            if stops { ", which stops auto-enable in every region; every account has an effective policy" } else { "" };
        return Finding::note(CHECK, format!("{policy_type} is enabled{stopped}"))
            .means("what it manages is left to it, and read-only for everybody else");
    }
    let without = counted(policies.without, "account");
    let wrong = Finding::wrong(CHECK, format!("{policy_type} is enabled, and {without} have no effective policy in some region"))
        .means(
            "AWS's auto-enable is stopped in every region, and nothing is in its place: who joins is enrolled by Rollcall alone. \
             Attach a policy for all accounts and regions, or disable the type; old auto-enable settings come back then",
        )
        .run_in(ground.management())
        .command(format!("aws organizations list-policies --filter {policy_type}"));
    let disable = |root| format!("aws organizations disable-policy-type --root-id {root} --policy-type {policy_type}");
    match root(ground) {
        Some(root) => wrong.command(disable(root)),
        None => wrong,
    }
}

/// The organization's root, as accounts' paths name it.
fn root<'a>(ground: &'a Ground<'_>) -> Option<&'a str> {
    let mut accounts = ground.roster.as_ref().ok()?.accounts.values();
    accounts.find_map(|account| account.path.as_deref()?.split('/').nth(1).filter(|root| root.starts_with("r-")))
}
