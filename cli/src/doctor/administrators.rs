//! Who administers each service in each governed region, as Rollcall itself sees it. I/O: the services.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::future::{join, join_all};
use rollcall_core::{AccountId, FeatureStatus, Look, LookAt, Observed, Region, Roster, Seen, ServiceError, Unseen};
use rollcall_runtime::Entry;
use tokio::sync::Semaphore;

use super::{
    finding::{Finding, in_each},
    ground::Ground,
    services::names,
};
use crate::text::{counted, regions};

const CHECK: &str = "administrators";

/// How a region of a service stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Stands {
    /// The configured account administers it, and has the service on.
    Well,
    /// The configured account administers it, and has the service off.
    Off,
    /// Nobody administers it.
    Nobody,
    /// Another account does.
    Other(AccountId),
    /// It could not be seen.
    Unseen(String),
}

/// Findings for each service.
pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let at_once = Semaphore::new(ground.session.configuration.targets_at_once);
    let services = ground.services().map(|entry| of_service(ground, entry, &at_once));
    join_all(services).await.into_iter().flatten().collect()
}

async fn of_service(ground: &Ground<'_>, entry: &'static Entry, at_once: &Semaphore) -> Vec<Finding> {
    let id = entry.spec.id;
    let governed = match ground.governed(entry) {
        Ok(governed) => governed,
        Err(error) => return vec![Finding::unread(CHECK, &format!("the regions of {id}'s administrator"), error)],
    };
    let roster = match &ground.roster {
        Ok(roster) => roster,
        Err(error) => return vec![Finding::unread(CHECK, "the organization's accounts", error)],
    };
    if governed.is_empty() {
        return vec![Finding::note(CHECK, format!("{id} is governed in no region"))];
    }
    let principal = entry.spec.trusted_access.first().copied().unwrap_or_default();
    let looks = governed.iter().map(|region| look(ground, entry, region, roster, at_once));
    let (looks, registered) = join(join_all(looks), ground.organization.registered_administrators(principal)).await;
    let mut found: BTreeMap<Stands, BTreeSet<&Region>> = BTreeMap::new();
    for (region, stands) in governed.iter().zip(looks) {
        found.entry(stands).or_default().insert(region);
    }
    let seen = Seeing { ground, entry, all: governed.len() };
    let mut findings: Vec<Finding> = found.iter().map(|(stands, regions)| seen.told(stands, regions)).collect();
    if !found.keys().any(|stands| matches!(stands, Stands::Other(_))) {
        findings.extend(seen.registered(registered, principal, &governed));
    }
    findings
}

async fn look(
    ground: &Ground<'_>,
    entry: &'static Entry,
    region: &Region,
    roster: &Arc<Roster>,
    at_once: &Semaphore,
) -> Stands {
    // The semaphore is never closed.
    let _permit = at_once.acquire().await;
    let look = Look { as_management: true, members: LookAt::Nobody, settings: BTreeSet::new() };
    let observed = ground.session.service(entry, region, roster).observe(&look).await;
    stands(&observed, ground.session.administrator(entry).0)
}

fn stands(observed: &Observed, wanted: AccountId) -> Stands {
    match &observed.administrator {
        Seen::Yes(None) => Stands::Nobody,
        Seen::Yes(Some(found)) if *found != wanted => Stands::Other(*found),
        Seen::Yes(Some(_)) => match observed.own.yes().map(|own| &own.monitoring) {
            Some(FeatureStatus::Off) => Stands::Off,
            _ => Stands::Well,
        },
        Seen::No(Unseen::Failed(error)) => {
            // Each call has another request id; the same answer is told once.
            Stands::Unseen(ServiceError { request_id: None, ..(**error).clone() }.to_string())
        }
        Seen::No(unseen) => Stands::Unseen(unseen.to_string()),
    }
}

/// What findings on a service are told with.
struct Seeing<'a> {
    ground: &'a Ground<'a>,
    entry: &'static Entry,
    all: usize,
}

impl Seeing<'_> {
    fn told(&self, stands: &Stands, found: &BTreeSet<&Region>) -> Finding {
        let (id, wanted) = (self.entry.spec.id, self.ground.session.administrator(self.entry).0);
        let places = regions(found, self.all);
        match stands {
            Stands::Well => Finding::ok(
                CHECK,
                format!(
                    "{id}: {wanted} in {}",
                    if found.len() == self.all { counted(self.all, "region") } else { places }
                ),
            ),
            Stands::Nobody => Finding::wrong(CHECK, format!("{id}: nobody in {places}; configured is {wanted}"))
                .means("no account can be enrolled there; Rollcall designates the administrator when it applies")
                .command(&self.ground.apply),
            Stands::Off => {
                Finding::wrong(CHECK, format!("{id}: {wanted} in {places}, which has the service off itself"))
                    .means("it cannot enrol members there; Rollcall turns it on when it applies")
                    .command(&self.ground.apply)
            }
            Stands::Other(other) => self.other(*other, wanted, &places, found.iter().copied()),
            Stands::Unseen(why) => Finding::unknown(CHECK, format!("{id}: could not be seen in {places}: {why}"))
                .means("see identity above, and the answer"),
        }
    }

    fn other<'r>(
        &self,
        other: AccountId,
        wanted: AccountId,
        places: &str,
        found: impl Iterator<Item = &'r Region>,
    ) -> Finding {
        let id = self.entry.spec.id;
        let wrong = Finding::wrong(CHECK, format!("{id}: {other} in {places}; configured is {wanted}"));
        let Some(names) = names(id.as_str()) else { return wrong };
        wrong
            .means(format!(
                "Rollcall changes nothing there, and AWS wants one administrator in all regions. Configure {other} with \
                 --administrator {id}={other}. Where {wanted} is to take over: the command costs {other} all its members, \
                 and is one step of docs/operations.md, \"Changing the administrator account\""
            ))
            .run_in(self.ground.management())
            .command(in_each(found, &format!("{} {other} --region REGION", names.remove_administrator)))
    }

    /// Who Organizations has registered, where no region shows another administrator.
    fn registered(
        &self,
        registered: Result<BTreeSet<AccountId>, ServiceError>,
        principal: &str,
        governed: &[&Region],
    ) -> Vec<Finding> {
        let wanted = self.ground.session.administrator(self.entry).0;
        let others = match registered {
            Ok(registered) => registered.into_iter().filter(|other| *other != wanted).collect::<Vec<_>>(),
            Err(error) => return vec![Finding::unread(CHECK, &format!("who is registered for {principal}"), &error)],
        };
        let told = others.into_iter().map(|other| {
            let places = format!("Organizations, which has it registered for {principal}");
            self.other(other, wanted, &places, governed.iter().copied())
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use rollcall_core::{ErrorClass, OwnState};

    use super::*;

    fn account(id: &str) -> AccountId {
        id.parse().unwrap()
    }

    #[test]
    fn a_region_stands_as_its_administrator_is_seen() {
        let wanted = account("222222222222");
        let with = |administrator, monitoring| {
            let own = Seen::Yes(OwnState { monitoring, ..OwnState::default() });
            stands(&Observed { administrator, own, ..Observed::default() }, wanted)
        };
        let on = || FeatureStatus::On;
        assert_eq!(with(Seen::Yes(Some(wanted)), on()), Stands::Well);
        assert_eq!(with(Seen::Yes(Some(wanted)), FeatureStatus::Off), Stands::Off);
        assert_eq!(with(Seen::Yes(None), on()), Stands::Nobody);
        assert_eq!(with(Seen::Yes(Some(account("333333333333"))), on()), Stands::Other(account("333333333333")));
        let error = |request: &str| {
            Seen::No(Unseen::Failed(Arc::new(ServiceError {
                operation: "ListOrganizationAdminAccounts",
                class: ErrorClass::Denied,
                code: "AccessDeniedException".to_owned(),
                message: String::new(),
                request_id: Some(request.to_owned()),
            })))
        };
        assert_eq!(with(error("a"), on()), with(error("b"), on()), "regions with the same answer are one finding");
    }
}
