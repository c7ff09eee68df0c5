//! What service control policies keep Rollcall from, as findings. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_core::Region;
use rollcall_runtime::Entry;

use super::{
    CHECK,
    condition::Caller,
    evaluate::{Against, Level},
};
use crate::{
    doctor::{
        finding::{Finding, quoted},
        ground::Ground,
    },
    text::{counted, regions},
};

/// What speaks against which actions, and in which regions.
pub(super) type Found<'a> = BTreeMap<Against, (BTreeSet<&'static str>, BTreeSet<&'a Region>)>;

/// So many actions are named in a line.
const ACTIONS: usize = 4;

/// The findings on a service, governed in so many regions.
pub(super) fn told(
    ground: &Ground<'_>,
    entry: &Entry,
    caller: &Caller,
    levels: &[Level],
    (found, all): (&Found<'_>, usize),
) -> Vec<Finding> {
    let id = entry.spec.id;
    if found.is_empty() {
        let arn = &caller.arn;
        let found = format!(
            "{id}: nothing that is attached above {} denies {arn} anything in {}",
            caller.account,
            counted(all, "region")
        );
        return vec![Finding::ok(CHECK, found)];
    }
    let finding = |(against, (actions, places)): (&Against, &(BTreeSet<&'static str>, BTreeSet<&Region>))| {
        let what = format!("{} in {}", named(actions), regions(places, all));
        match against {
            Against::Denied { .. } => denied(id.as_str(), against, &what, caller),
            Against::NotAllowed { target, depends_on } => not_allowed(id.as_str(), (target, depends_on), &what, levels),
        }
        .run_in(ground.management())
    };
    found.iter().map(finding).collect()
}

fn named(actions: &BTreeSet<&'static str>) -> String {
    let named: Vec<&str> = actions.iter().copied().take(ACTIONS).collect();
    let more = actions.len().saturating_sub(ACTIONS);
    let named = named.join(", ");
    if more > 0 { format!("{named} and {}", counted(more, "more action")) } else { named }
}

fn denied(service: &str, against: &Against, what: &str, caller: &Caller) -> Finding {
    let Against::Denied { policy, name, statement, target, depends_on } = against else {
        return Finding::unknown(CHECK, what);
    };
    let whose = format!("statement {statement:?} of {policy} {name:?}, attached to {target}");
    let finding = if against.is_certain() {
        Finding::wrong(CHECK, format!("{service}: {whose}, denies {what}"))
    } else {
        Finding::unknown(CHECK, format!("{service}: {whose}, may deny {what}: that depends on {}", listed(depends_on)))
    };
    if name.starts_with("aws-guardrails-") {
        return finding.means(format!(
            "Control Tower made the policy, and exempts nobody: change the control there, or leave the regions out of \
             Rollcall's policy. It binds {}",
            caller.arn
        ));
    }
    let exempt = if caller.has_path { caller.arn.clone() } else { caller.arn.replace(":role/", ":role/*") };
    let where_so =
        if against.is_certain() { "Rollcall cannot work there" } else { "where it does, Rollcall cannot work" };
    finding
        .means(format!(
            "{where_so} as {}. Leave the regions out of Rollcall's policy, or exempt it and the stack's roles, in the file \
             between the two commands, by this in the statement's Condition: \
             \"ArnNotLike\": {{\"aws:PrincipalArn\": [\"{exempt}\", \"arn:{}:iam::*:role/rollcall/*\"]}}",
            caller.arn,
            caller.arn.split(':').nth(1).unwrap_or("aws")
        ))
        .command(describe(policy))
        .command(update(policy))
}

fn not_allowed(
    service: &str,
    (target, depends_on): (&str, &BTreeSet<String>),
    what: &str,
    levels: &[Level],
) -> Finding {
    let finding = if depends_on.is_empty() {
        Finding::wrong(CHECK, format!("{service}: no policy that is attached to {target} allows {what}"))
    } else {
        let found = format!(
            "{service}: no policy that is attached to {target} may allow {what}: that depends on {}",
            listed(depends_on)
        );
        Finding::unknown(CHECK, found)
    };
    let finding = finding.means("each root, unit and account on the path must have a policy that allows it");
    let attached = levels.iter().filter(|level| level.target == target).flat_map(|level| &level.policies);
    if let Some(policy) = attached.into_iter().find(|policy| !policy.is_of_aws) {
        return finding.command(describe(&policy.id)).command(update(&policy.id));
    }
    let target = quoted(target);
    finding.command(format!("aws organizations attach-policy --policy-id p-FullAWSAccess --target-id {target}"))
}

fn listed(depends_on: &BTreeSet<String>) -> String {
    depends_on.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn describe(policy: &str) -> String {
    let policy = quoted(policy);
    format!(
        "aws organizations describe-policy --policy-id {policy} --query Policy.Content --output text > {policy}.json"
    )
}

fn update(policy: &str) -> String {
    let policy = quoted(policy);
    format!("aws organizations update-policy --policy-id {policy} --content file://{policy}.json")
}
