//! Who calls, and whether each access belongs to the account that it should. I/O: STS.

use std::collections::BTreeMap;

use futures::future::{join, join_all};
use rollcall_aws::{Access, Caller};
use rollcall_core::{AccountId, ErrorClass, ServiceError};
use rollcall_runtime::administrator_role;

use super::{
    finding::{Finding, quoted},
    ground::Ground,
};

const CHECK: &str = "identity";

/// An access, and what it is for.
struct Role<'a> {
    /// Such as `the administrator of guardduty and inspector`.
    what: String,
    access: &'a Access,
    /// The account that it should belong to, where that is known.
    wanted: Option<AccountId>,
    /// The option that names the role.
    option: &'static str,
    /// The variables that name the role.
    variables: Vec<String>,
    /// The role that Rollcall's templates make.
    usual: &'static str,
    /// The template's parameter that names people who may assume it.
    operators: &'static str,
}

/// The caller, then each access.
pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let administrators = administrators(ground);
    let [read, write] = management(ground);
    let (administrators, (read, write)) = Box::pin(join(
        join_all(administrators.iter().map(|role| of_role(ground, role))),
        join(of_role(ground, &read), of_role(ground, &write)),
    ))
    .await;
    let mut findings = vec![caller(ground)];
    findings.extend(administrators);
    findings.extend([read, write]);
    findings
}

fn caller(ground: &Ground<'_>) -> Finding {
    match &ground.caller {
        Ok(Caller { account, arn }) => Finding::ok(CHECK, format!("the caller is {arn} of account {account}")),
        Err(error) => Finding::wrong(CHECK, format!("who calls could not be seen: {error}"))
            .means("without credentials nothing can be looked at")
            .command("aws sts get-caller-identity")
            .command("aws configure list"),
    }
}

/// One for each distinct access and account.
fn administrators<'a>(ground: &'a Ground<'_>) -> Vec<Role<'a>> {
    let mut groups: BTreeMap<(AccountId, Option<&str>), Role<'a>> = BTreeMap::new();
    for entry in ground.services() {
        let Some((account, access)) = ground.session.configuration.administrators.get(&entry.spec.id) else { continue };
        let variable = administrator_role(entry.spec.id);
        let role = groups.entry((*account, access.role_arn.as_deref())).or_insert_with(|| Role {
            what: "the administrator of".to_owned(),
            access,
            wanted: Some(*account),
            option: "--administrator-role",
            variables: Vec::new(),
            usual: "role/rollcall/rollcall-administrator",
            operators: "OperatorArns of administrator.yaml",
        });
        let and = if role.variables.is_empty() { "" } else { " and" };
        role.what = format!("{}{and} {}", role.what, entry.spec.id);
        role.variables.push(variable);
    }
    groups.into_values().collect()
}

fn management<'a>(ground: &'a Ground<'_>) -> [Role<'a>; 2] {
    let configuration = &ground.session.configuration;
    let wanted = ground.roster.as_ref().ok().map(|roster| roster.management);
    let role = |what: &str, access, option, variable: &str, (usual, operators)| Role {
        what: format!("the {what} access to the management account"),
        access,
        wanted,
        option,
        variables: vec![variable.to_owned()],
        usual,
        operators,
    };
    let (read, write) = (&configuration.management_read, &configuration.management_write);
    [
        role(
            "read",
            read,
            "--management-read-role",
            "ROLLCALL_MANAGEMENT_READ_ROLE_ARN",
            ("role/rollcall/rollcall-management-read", "PlanOperatorArns of management.yaml"),
        ),
        role(
            "write",
            write,
            "--management-write-role",
            "ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN",
            ("role/rollcall/rollcall-management-write", "ApplyOperatorArns of management.yaml"),
        ),
    ]
}

async fn of_role(ground: &Ground<'_>, role: &Role<'_>) -> Finding {
    let home = &ground.session.configuration.home;
    let caller = match &role.access.role_arn {
        // It was asked already.
        None => ground.caller.clone(),
        Some(_) => ground.session.aws().caller(role.access, home).await,
    };
    match caller {
        Err(error) => refused(ground, role, &error),
        Ok(caller) => belongs(role, &caller),
    }
}

fn belongs(role: &Role<'_>, caller: &Caller) -> Finding {
    let Caller { account, arn } = caller;
    let what = &role.what;
    let Some(wanted) = role.wanted else {
        let why = "the accounts could not be listed";
        return Finding::unknown(
            CHECK,
            format!("{what} is {arn}; whether that account is the management account is not known: {why}"),
        );
    };
    if wanted == *account {
        return Finding::ok(CHECK, format!("{what}: account {account}, {arn}"));
    }
    let found = format!("{what} belongs to account {account}, not to {wanted}: {arn}");
    // The accounts were listed through it; another account may be allowed to.
    if role.option == "--management-read-role" {
        return Finding::note(CHECK, found).means(
            "an account other than the management account sees members' regions and effective policies only where that is \
             delegated to it",
        );
    }
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    let usual = format!("arn:{partition}:iam::{wanted}:{}", role.usual);
    let option = format!("{} {usual}", role.option);
    let wrong = Finding::wrong(CHECK, found)
        .means(format!("calls would be made in the wrong account; name a role of {wanted}, by {option}, or as here"));
    role.variables.iter().fold(wrong, |wrong, name| wrong.command(format!("export {name}={usual}")))
}

/// A role that could not be assumed, or no credentials.
fn refused(ground: &Ground<'_>, role: &Role<'_>, error: &ServiceError) -> Finding {
    let what = &role.what;
    let Some(arn) = role.access.role_arn.as_deref() else {
        return Finding::unknown(CHECK, format!("{what} is the caller's, which could not be seen"));
    };
    let found = format!("{what} cannot be used: {arn}: {error}");
    let is_write = role.option == "--management-write-role";
    let finding = match error.class {
        // Who only looks need not write; the functions do that as themselves.
        ErrorClass::Denied if is_write => Finding::note(CHECK, found),
        ErrorClass::Denied => Finding::wrong(CHECK, found),
        _ => Finding::unknown(CHECK, found),
    };
    let caller = ground.caller.as_ref().map_or_else(|_| "the caller".to_owned(), |caller| caller.arn.clone());
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let account = role.access.account().map_or_else(String::new, |account| format!("account {account}"));
    let there = if is_write { "only `apply` needs it. There" } else { "there" };
    finding
        .means(format!(
            "{there} is no such role, or it does not trust {caller}, or that one may not assume it. Rollcall's own roles trust \
             the stack's functions, and people whom {} names",
            role.operators
        ))
        .run_in(account)
        .command(format!("aws iam get-role --role-name {} --query Role.AssumeRolePolicyDocument", quoted(name)))
}
