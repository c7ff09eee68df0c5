//! Whether the services that Rollcall relies on may act in the organization. I/O: Organizations.

use std::collections::BTreeSet;

use rollcall_core::OrganizationAccess;

use super::{finding::Finding, ground::Ground};

const CHECK: &str = "trusted access";

/// Those that have it, and those that do not.
pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let trusted = match ground.organization.trusted_access().await {
        Ok(trusted) => trusted,
        Err(error) => return vec![Finding::unread(CHECK, "which services have trusted access", &error)],
    };
    let needed: BTreeSet<&str> = ground.services().flat_map(|entry| entry.spec.needed_trusted_access()).collect();
    let (there, missing): (Vec<&str>, Vec<&str>) =
        needed.into_iter().partition(|principal| trusted.iter().any(|trusted| trusted == principal));
    let mut findings = Vec::new();
    if !there.is_empty() {
        findings.push(Finding::ok(CHECK, there.join(", ")));
    }
    if !missing.is_empty() {
        let wrong = Finding::wrong(CHECK, format!("missing for {}", missing.join(", ")))
            .means(format!("these do not work across the organization; `{}` enables it, or", ground.apply))
            .run_in(ground.management());
        let enable = |principal| format!("aws organizations enable-aws-service-access --service-principal {principal}");
        findings.push(missing.into_iter().fold(wrong, |wrong, principal| wrong.command(enable(principal))));
    }
    findings
}
