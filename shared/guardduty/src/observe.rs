//! One look at GuardDuty in the region. I/O: GuardDuty, as the administrator and the management account.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_guardduty::{
    Client,
    operation::{
        describe_organization_configuration::DescribeOrganizationConfigurationOutput, get_detector::GetDetectorOutput,
    },
    types::AdminStatus,
};
use futures::future::{self, FutureExt};
use rollcall_core::{
    AccountId, AutoEnableSettings, ErrorClass, Look, LookAt, Members, Observed, OwnState, Relationship, Seen,
    ServiceError, Unseen,
};

use crate::{
    GuardDuty, detector,
    guardduty::failed,
    members::Roll,
    read::{self, Notes},
    sentences::own,
};

impl GuardDuty {
    /// Looks at the target. All that is independent runs at the same time.
    pub(crate) async fn look(&self, look: &Look) -> Observed {
        let mut observed = match self.detector().await {
            Ok(Some(detector)) => self.with_detector(&detector, look).await,
            Ok(None) => self.without_detector(look).await,
            Err(error) => self.with_nothing(error, look).await,
        };
        if self.management_matters(look, &observed.members) {
            observed.management = match detector::look_for(self.management_write().await).await {
                Ok((own, notes)) => {
                    observed.unrecognised.extend(notes.unrecognised);
                    observed.remarks.extend(notes.remarks);
                    Seen::Yes(own)
                }
                Err(error) => Seen::No(Unseen::Failed(Arc::new(error))),
            };
        }
        observed.not_offered.extend(self.refused());
        observed
    }

    /// Whether the management account's own detector is to be looked at: where it is no enabled member.
    fn management_matters(&self, look: &Look, members: &Members) -> bool {
        let management = self.connection().roster.management;
        if !look.as_management || management == self.administrator_id() {
            return false;
        }
        match (members.listed.get(&management), &members.incomplete) {
            (Some(member), _) => member.relationship != Relationship::Enabled,
            (None, Some(unseen)) => *unseen == Unseen::NoAdministrator,
            (None, None) => look.members == LookAt::All,
        }
    }

    async fn with_detector(&self, detector: &str, look: &Look) -> Observed {
        let client = self.administrator().await;
        let organization = async {
            let described = describe(client, detector).await;
            let administrator = self.administrator_by(described.as_ref().err(), detector, look).await;
            (described, administrator)
        };
        let members = self.members(client, detector, look).boxed();
        let (own, (described, administrator), (members, mut notes)) =
            future::join3(detector::look(client, detector).boxed(), organization.boxed(), members).await;
        let settings = settings(look, &own);
        let own = own.map(|answer| {
            let (own, more) = read::detector(&answer);
            notes.absorb(more);
            own
        });
        let auto_enable = described.and_then(|pages| {
            let (settings, more) = read::auto_enable(&pages);
            notes.absorb(more);
            if settings.members.is_some() { Ok(settings) } else { Err(unreadable_setting()) }
        });
        let observed = self.observed(own.into(), administrator, auto_enable.into(), members, notes);
        Observed { settings, ..observed }
    }

    fn observed(
        &self,
        own: Seen<OwnState>,
        administrator: Seen<Option<AccountId>>,
        auto_enable: Seen<AutoEnableSettings>,
        members: Members,
        notes: Notes,
    ) -> Observed {
        let mut observed = Observed {
            own,
            auto_enable,
            members,
            unrecognised: notes.unrecognised,
            remarks: notes.remarks,
            ..Observed::default()
        };
        if let (Some(own), Some(settings)) = (observed.own.yes(), observed.auto_enable.yes()) {
            observed.not_offered = read::not_offered(own, settings);
        }
        let own = observed.own.yes().into_iter().flat_map(|own| own.features.keys());
        let settings = observed.auto_enable.yes().into_iter().flat_map(|settings| settings.features.keys());
        self.remember_listed(own.chain(settings).cloned());
        // Another account's detector answers these calls too, about members of its own.
        if administrator.yes().is_some_and(|found| *found != Some(self.administrator_id())) {
            observed.auto_enable = Seen::No(Unseen::NoAdministrator);
            observed.members = no_administrator();
        }
        observed.administrator = administrator;
        observed
    }

    /// The administrator has no detector here: GuardDuty is off in it, and members cannot be seen.
    async fn without_detector(&self, look: &Look) -> Observed {
        let administrator = if look.as_management { self.designated().await.into() } else { Seen::Yes(None) };
        Observed {
            administrator,
            own: Seen::Yes(OwnState::default()),
            auto_enable: Seen::No(Unseen::NoAdministrator),
            settings: Seen::No(if look.settings.is_empty() { Unseen::NotAsked } else { Unseen::NoAdministrator }),
            members: no_administrator(),
            ..Observed::default()
        }
    }

    /// Not even whether the administrator has a detector could be seen.
    async fn with_nothing(&self, error: ServiceError, look: &Look) -> Observed {
        let failed = Unseen::Failed(Arc::new(error));
        let administrator = if look.as_management { self.designated().await.into() } else { Seen::No(failed.clone()) };
        Observed {
            administrator,
            own: Seen::No(failed.clone()),
            auto_enable: Seen::No(failed.clone()),
            settings: Seen::No(if look.settings.is_empty() { Unseen::NotAsked } else { failed.clone() }),
            members: Members { incomplete: Some(failed), ..Members::default() },
            ..Observed::default()
        }
    }

    /// Who administers GuardDuty, by whether the intended administrator was shown the organization configuration:
    /// only the delegated administrator is.
    async fn administrator_by(
        &self,
        refused: Option<&ServiceError>,
        detector: &str,
        look: &Look,
    ) -> Seen<Option<AccountId>> {
        let Some(refused) = refused else { return Seen::Yes(Some(self.administrator_id())) };
        match refused.class {
            // Nothing follows from these, least of all that there is no administrator.
            ErrorClass::Transient | ErrorClass::Throttled | ErrorClass::NotReady => {
                Seen::No(Unseen::Failed(Arc::new(refused.clone())))
            }
            _ if look.as_management => self.designated().await.into(),
            // Seen live for a caller that is not the administrator: BadRequestException "… you do not have required
            // AWS Organization master permission."
            ErrorClass::Invalid => self.administrator_of_own(detector).await.into(),
            _ => Seen::No(Unseen::Failed(Arc::new(refused.clone()))),
        }
    }

    /// The administrator by what the management account is told. Only that account is, so where the read role is
    /// another's, which may do for Organizations, the write role is asked.
    async fn designated(&self) -> Result<Option<AccountId>, ServiceError> {
        let read = Self::designated_as(self.management_read().await).await;
        let refused = read.as_ref().is_err_and(|error| error.class.is_denial() || error.class == ErrorClass::Invalid);
        if refused && self.connection().management_read != self.connection().management_write {
            return Self::designated_as(self.management_write().await).await;
        }
        read
    }

    /// It lists at most one.
    async fn designated_as(client: &Client) -> Result<Option<AccountId>, ServiceError> {
        let mut pages = client.list_organization_admin_accounts().into_paginator().send();
        let mut leaving = None;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed("ListOrganizationAdminAccounts", &error))?;
            for admin in page.admin_accounts() {
                let account = admin.admin_account_id().and_then(|id| id.parse().ok());
                if admin.admin_status() == Some(&AdminStatus::DisableInProgress) {
                    leaving = leaving.or(account);
                } else if account.is_some() {
                    return Ok(account);
                }
            }
        }
        // One that is being removed still stands in the way.
        Ok(leaving)
    }

    /// The administrator that the intended one is itself a member of.
    async fn administrator_of_own(&self, detector: &str) -> Result<Option<AccountId>, ServiceError> {
        let answer = self.administrator().await.get_administrator_account().detector_id(detector).send().await;
        let answer = answer.map_err(|error| failed("GetAdministratorAccount", &error))?;
        Ok(answer.administrator().and_then(|found| found.account_id()).and_then(|id| id.parse().ok()))
    }

    async fn members(&self, client: &Client, detector: &str, look: &Look) -> (Members, Notes) {
        let roll = Roll {
            client,
            detector,
            administrator: self.administrator_id(),
            concurrency: self.connection().concurrency,
        };
        match &look.members {
            LookAt::Nobody => (Members::default(), Notes::default()),
            LookAt::All => roll.all().await,
            LookAt::Accounts(accounts) => roll.only(accounts).await,
        }
    }
}

/// The settings that are looked at, which the administrator's own detector tells.
fn settings(look: &Look, detector: &Result<GetDetectorOutput, ServiceError>) -> Seen<BTreeMap<&'static str, String>> {
    if look.settings.is_empty() {
        return Seen::No(Unseen::NotAsked);
    }
    match detector {
        Ok(answer) => {
            Seen::Yes(read::settings(answer).into_iter().filter(|(key, _)| look.settings.contains(key)).collect())
        }
        Err(error) => Seen::No(Unseen::Failed(Arc::new(error.clone()))),
    }
}

/// The organization configuration, all pages.
async fn describe(
    client: &Client,
    detector: &str,
) -> Result<Vec<DescribeOrganizationConfigurationOutput>, ServiceError> {
    let request = client.describe_organization_configuration().detector_id(detector);
    let mut pages = request.into_paginator().send();
    let mut described = Vec::new();
    while let Some(page) = pages.next().await {
        described.push(page.map_err(|error| failed("DescribeOrganizationConfiguration", &error))?);
    }
    Ok(described)
}

/// Without members' setting nothing may be updated, since each update sends it.
fn unreadable_setting() -> ServiceError {
    let message = "the auto-enable setting of members is not one that this version knows; look for a newer one";
    own("DescribeOrganizationConfiguration", ErrorClass::Unrecognised, "UnrecognisedSetting", message)
}

fn no_administrator() -> Members {
    Members { incomplete: Some(Unseen::NoAdministrator), ..Members::default() }
}
