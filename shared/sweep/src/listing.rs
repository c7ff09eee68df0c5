//! What there is: accounts, prerequisites, and each service's regions; each listed completely and once. I/O: AWS.

use std::collections::BTreeSet;

use futures::future::{Either, join_all, join3, join4};
use rollcall_aws::Organization;
use rollcall_core::{
    Account, AccountId, OrganizationAccess, Policy, Region, RegionStatus, Roster, ServiceError,
    sweep::{FORMAT, Survey, SurveyedRegion, SurveyedService, SweepRun},
};
use rollcall_runtime::{CATALOG, Deadline, Entry, Fault, PolicyInForce, Refusal, Session};

use crate::survey_policies;

/// Surveys for a run, for all regions or for these. An error that may pass fails the survey; another one is a remark.
pub async fn survey(
    session: &Session,
    organization: &Organization,
    (run, narrowed): (&SweepRun, Option<&BTreeSet<Region>>),
    policy: &PolicyInForce,
    deadline: &Deadline,
) -> Result<Survey, Fault> {
    let services = join_all(CATALOG.iter().map(|entry| service(session, organization, entry, &policy.policy)));
    let reads = join4(organization.roster(), organization.trusted_access(), organization.policy_types(), services);
    let (roster, trusted_access, types, services) = Box::pin(within(deadline, reads)).await?;
    let roster = roster?;
    let mut remarks: BTreeSet<String> = policy.warnings.iter().map(|warning| format!("policy: {warning}")).collect();
    remarks.extend(idle_rules(&policy.policy, &roster));
    let trusted_access = seen(trusted_access, "which services have trusted access", &mut remarks)?;
    let types = seen(types, "which policy types are enabled", &mut remarks)?;
    let paths = roster.accounts.values().filter_map(|account| account.path.as_deref());
    let units = Box::pin(within(deadline, organization.unit_names(paths))).await?;
    let units = seen(units, "the names of organizational units", &mut remarks)?;
    let mut surveyed = Vec::new();
    for (service, entry) in services.into_iter().zip(CATALOG) {
        let (mut service, remark) = service?;
        remarks.extend(remark);
        let governed = policy.policy.governs_service(entry.spec.id);
        if let Some(types) = types.as_ref().filter(|_| governed) {
            let (accounts, regions) = (&roster.accounts, &service.regions);
            let read = survey_policies(organization, entry.spec, types, accounts, regions, &mut remarks);
            service.organization_policies = Some(Box::pin(within(deadline, read)).await??);
        }
        surveyed.push(service);
    }
    for region in narrowed.into_iter().flatten() {
        let governed = |service: &SurveyedService| {
            service.regions.iter().any(|surveyed| surveyed.region == *region && surveyed.is_governed())
        };
        if !surveyed.iter().any(governed) {
            remarks.insert(format!("the sweep was asked for {region}, which is not governed for any service"));
        }
    }
    for remark in &remarks {
        tracing::warn!(run.id = %run.id, "{remark}");
    }
    Ok(Survey {
        format: FORMAT,
        run: run.clone(),
        regions: narrowed.cloned(),
        mode: session.configuration.mode,
        policy: policy.pinned.clone(),
        carried: Vec::new(),
        breakers: Vec::new(),
        management: roster.management,
        accounts: roster.accounts,
        units: units.unwrap_or_default(),
        trusted_access: trusted_access.map(|principals| principals.into_iter().collect()),
        services: surveyed,
        remarks,
    })
}

/// One service: who administers it, and in which regions it can be governed.
async fn service(
    session: &Session,
    organization: &Organization,
    entry: &'static Entry,
    policy: &Policy,
) -> Result<(SurveyedService, BTreeSet<String>), Fault> {
    let (administrator, access) = session.administrator(entry);
    let (id, principal) = (entry.spec.id.as_str(), entry.spec.trusted_access.first().copied().unwrap_or_default());
    let acting = organization.acting_as(access);
    let own = async {
        session.check(entry).await?;
        acting.regions().await.map_err(Refusal::Call)
    };
    let governed = policy.governs_service(entry.spec.id);
    let home = &session.configuration.home;
    let present = session.aws().service_regions(entry.spec.signing_name, home);
    let reads = join3(own, organization.registered_administrators(principal), present);
    let (regions, registered, present) = Box::pin(reads).await;
    let mut remarks = BTreeSet::new();
    let registered = seen(registered, &format!("the registered administrators of {id}"), &mut remarks)?;
    let present = seen(present, &format!("where AWS has {id}"), &mut remarks)?.filter(|regions| !regions.is_empty());
    let others = registered.iter().flatten().filter(|other| **other != administrator);
    let others: Vec<String> = others.map(AccountId::to_string).collect();
    if !others.is_empty() {
        let others = others.join(", ");
        remarks.insert(format!("{id} is configured to be administered by {administrator}, registered is {others}"));
    }
    let (regions, error) = match regions {
        Ok(regions) => (regions, None),
        // A service that the policy leaves out needs no access.
        Err(_) if !governed => (Vec::new(), None),
        Err(refusal @ (Refusal::Configuration(_) | Refusal::Policy(_) | Refusal::NotGoverned(_))) => {
            return Err(refusal.into());
        }
        // The state machine tries again what may pass.
        Err(Refusal::Call(error)) if error.class.may_pass() => {
            return Err(error.into());
        }
        Err(Refusal::Call(error)) => (Vec::new(), Some(error.to_string())),
    };
    let regions = surveyed_regions(entry, policy, present.as_ref(), regions);
    let service = id.to_owned();
    let service = SurveyedService { service, administrator, registered, regions, organization_policies: None, error };
    Ok((service, remarks))
}

/// A service's regions, of those of its administrator's account: where AWS has it (`present`, or what is documented where
/// AWS lists nothing), and where the policy governs it.
#[must_use]
pub fn surveyed_regions(
    entry: &Entry,
    policy: &Policy,
    present: Option<&BTreeSet<Region>>,
    regions: Vec<(Region, RegionStatus)>,
) -> Vec<SurveyedRegion> {
    let offered = |region: &Region| present.map_or(entry.spec.is_in(region), |regions| regions.contains(region));
    let surveyed = regions.into_iter().map(|(region, status)| SurveyedRegion {
        offered: offered(&region),
        in_policy: policy.governs(entry.spec.id, &region),
        region,
        status,
    });
    surveyed.collect()
}

/// What was read, or else a remark that it was not. An error that may pass is one of the survey, which is tried again.
fn seen<T>(
    read: Result<T, ServiceError>,
    what: &str,
    remarks: &mut BTreeSet<String>,
) -> Result<Option<T>, ServiceError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.class.may_pass() => Err(error),
        Err(error) => {
            remarks.insert(format!("{what} could not be read: {error}"));
            Ok(None)
        }
    }
}

/// Rules that none of the organization's accounts is in, as far as that is known.
fn idle_rules(policy: &Policy, roster: &Roster) -> Vec<String> {
    let accounts = || roster.accounts.iter();
    let idle = policy.rules.iter().filter(|rule| {
        let in_it = |(id, account): (&AccountId, &Account)| rule.scope.includes(*id, account) != Ok(false);
        !rule.scope.is_for_all_accounts() && !accounts().any(in_it)
    });
    idle.map(|rule| format!("policy: no account of the organization is in rule {:?}", rule.name)).collect()
}

/// What is read, unless time is up before.
async fn within<T>(deadline: &Deadline, work: impl Future<Output = T>) -> Result<T, Fault> {
    match futures::future::select(Box::pin(work), deadline.end.clone()).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right(_) => Err(out_of_time()),
    }
}

fn out_of_time() -> Fault {
    Fault { kind: "OutOfTime", message: "the organization could not be listed in time; nothing was changed".to_owned() }
}
