//! Which service control policies keep the administrators from what Rollcall calls, and where. I/O: Organizations.

mod condition;
mod document;
mod evaluate;
mod pattern;
mod told;
mod truth;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rollcall_aws::Access;
use rollcall_core::ServiceSpec;
use rollcall_runtime::Entry;

use self::{
    condition::{Caller, Request},
    document::Document,
    evaluate::{Level, Policy, against},
};
use super::{finding::Finding, ground::Ground};

const CHECK: &str = "service control policies";

/// Organizations' name of the policy type.
const TYPE: &str = "SERVICE_CONTROL_POLICY";

/// Findings for each service.
pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    match &ground.types {
        Err(error) => return vec![Finding::unread(CHECK, "which policy types are enabled", error)],
        Ok(types) if !types.contains(TYPE) => return vec![Finding::ok(CHECK, "the organization has none")],
        Ok(_) => {}
    }
    let mut findings = Vec::new();
    // Services with the same administrator and access are bound by the same policies.
    let mut known: BTreeMap<Caller, Vec<Level>> = BTreeMap::new();
    for entry in ground.services() {
        findings.extend(of_service(ground, entry, &mut known).await);
    }
    findings
}

async fn of_service(ground: &Ground<'_>, entry: &Entry, known: &mut BTreeMap<Caller, Vec<Level>>) -> Vec<Finding> {
    let id = entry.spec.id;
    let regions = match ground.governed(entry) {
        Ok(regions) => regions,
        Err(error) => return vec![Finding::unread(CHECK, &format!("the regions of {id}'s administrator"), error)],
    };
    let caller = match caller(ground, entry) {
        Ok(caller) => caller,
        Err(finding) => return vec![*finding],
    };
    if !known.contains_key(&caller) {
        match levels(ground, &caller).await {
            Ok(levels) => known.insert(caller.clone(), levels),
            Err(finding) => return vec![*finding],
        };
    }
    let levels = known.get(&caller).map(Vec::as_slice).unwrap_or_default();
    let mut found: told::Found<'_> = BTreeMap::new();
    for region in &regions {
        for action in actions(entry.spec) {
            let request = Request { action, region: region.as_str(), caller: &caller };
            for against in against(levels, &request) {
                let (actions, places) = found.entry(against).or_default();
                actions.insert(action);
                places.insert(*region);
            }
        }
    }
    told::told(ground, entry, &caller, levels, (&found, regions.len()))
}

/// What the service's adapter calls as its administrator. Designations it makes as the management account, which no policy
/// binds.
fn actions(spec: &ServiceSpec) -> impl Iterator<Item = &'static str> {
    let of_management = |action: &str| action.contains("AdminAccount");
    spec.iam_actions.iter().copied().filter(move |action| !of_management(action))
}

/// Who calls as a service's administrator, or a finding that says why nothing more can be said.
fn caller(ground: &Ground<'_>, entry: &Entry) -> Result<Caller, Box<Finding>> {
    let (administrator, access) = ground.session.administrator(entry);
    let roster = ground.roster.as_ref();
    let roster = roster.map_err(|error| Finding::unread(CHECK, "the organization's accounts", error))?;
    if administrator == roster.management {
        let found = format!("{}: none binds {administrator}, which is the management account", entry.spec.id);
        return Err(Box::new(Finding::ok(CHECK, found)));
    }
    let path = roster.accounts.get(&administrator).and_then(|account| account.path.clone());
    let path = path.ok_or_else(|| {
        Finding::unknown(CHECK, format!("Organizations does not tell where account {administrator} is"))
    })?;
    let (arn, has_path) = match (&access.role_arn, &ground.caller) {
        (Some(role), _) => (role.clone(), true),
        (None, Ok(caller)) => principal(&caller.arn),
        (None, Err(error)) => return Err(Box::new(Finding::unread(CHECK, "who calls", error))),
    };
    Ok(Caller { account: administrator.to_string(), arn, has_path, path })
}

/// The principal as policies see it, of what STS tells: a session's role, of which the path is missing.
fn principal(arn: &str) -> (String, bool) {
    let session = arn.split_once(":sts::").and_then(|(partition, rest)| {
        let (account, name) = rest.split_once(":assumed-role/")?;
        Some(format!("{partition}:iam::{account}:role/{}", name.split('/').next()?))
    });
    session.map_or_else(|| (arn.to_owned(), true), |role| (role, false))
}

/// The policies on the path of the caller's account, from the root down.
async fn levels(ground: &Ground<'_>, caller: &Caller) -> Result<Vec<Level>, Box<Finding>> {
    let above = caller.path.split('/').filter(|part| part.starts_with("r-") || part.starts_with("ou-"));
    let path: Vec<String> = above.map(str::to_owned).chain([caller.account.clone()]).collect();
    let targets: BTreeSet<String> = path.iter().cloned().collect();
    let mut attached = ground.organization.service_control_policies(&targets).await;
    if attached.as_ref().is_err_and(|error| error.class.is_denial()) {
        // The stack's role may not read them; who runs the command in an administrator's account often may.
        let as_caller = ground.organization.reading_as(Access::default());
        attached = as_caller.service_control_policies(&targets).await.or(attached);
    }
    let what = format!("the policies above account {}", caller.account);
    let mut attached = attached.map_err(|error| Finding::unread(CHECK, &what, &error))?;
    let level = |target: String| {
        let policies = attached.remove(&target).unwrap_or_default().into_iter().map(|policy| Policy {
            document: Document::read(&policy.content),
            id: policy.id,
            name: policy.name,
            is_of_aws: policy.is_of_aws,
        });
        Level { policies: policies.collect(), target }
    };
    Ok(path.into_iter().map(level).collect())
}
