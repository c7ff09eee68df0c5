//! What there is to see to: policy, organization, targets. I/O: AWS, the bucket.

use std::{cell::OnceCell, collections::BTreeMap, sync::Arc};

use indicatif::ProgressBar;
use jiff::Timestamp;
use rollcall_aws::Organization;
use rollcall_core::{
    AccountId, Mode, Region, RegionStatus, Stop,
    sweep::{CoverageDocument, MemberRegions, Survey, SweepRun, keys},
};
use rollcall_runtime::{CATALOG, Entry, PolicyInForce};
use rollcall_sweep::{AccountTags, Pace, refresh_regions, refresh_tags};

use super::{Narrow, PolicyFile, Progress, is_stopped, until};
use crate::{connect::Connected, output::Failure};

/// What a command goes by.
pub(crate) struct Surveying {
    pub(crate) policy: PolicyInForce,
    pub(crate) survey: Arc<Survey>,
    /// The newest report of the stack, where its bucket is named.
    pub(crate) latest: Option<CoverageDocument>,
    pub(crate) narrow: Narrow,
    simulated: bool,
    /// Of everyone as the stack has kept it, or as it was asked now; then of the accounts that the command is about.
    member_regions: [MemberRegions; 2],
}

impl Surveying {
    /// Surveys. What the stack keeps in its bucket is used and not changed.
    pub(crate) async fn new(
        connected: &Connected,
        narrow: &Narrow,
        policy: &PolicyFile,
        progress: &Progress,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        let session = &connected.session;
        let spinner = progress.spinner("listing the organization");
        let policy = policy.read(connected).await?;
        let organization = session.organization_of_management();
        let run = SweepRun {
            id: format!("cli-{}", Timestamp::now().as_millisecond()).parse()?,
            started_at: Timestamp::now(),
        };
        let regions = narrow.regions();
        let extent = (&run, regions.as_ref());
        let mut survey = rollcall_sweep::survey(session, &organization, extent, &policy, &until(stop)).await?;
        let included = |id: &str| CATALOG.iter().any(|entry| entry.spec.id.as_str() == id && narrow.includes(entry));
        survey.services.retain(|service| included(&service.service));
        survey.mode = Mode::Plan;
        check_accounts(&survey, narrow)?;
        check_regions(&survey, narrow)?;
        let latest = latest(connected).await?;
        if let Some(latest) = &latest {
            survey.carry_over(latest);
        }
        spinner.finish_and_clear();
        let member_regions = ask(connected, &organization, &policy, &mut survey, narrow, progress, stop).await?;
        if is_stopped(stop) {
            return Err(Failure("interrupted before anything was changed".to_owned()));
        }
        Ok(Self {
            policy,
            survey: Arc::new(survey),
            latest,
            narrow: narrow.clone(),
            simulated: connected.is_simulated(),
            member_regions,
        })
    }

    /// The targets that the command is about.
    pub(crate) fn targets(&self) -> Vec<(&'static Entry, Region)> {
        let entry = |id: &str| CATALOG.iter().find(|entry| entry.spec.id.as_str() == id);
        self.survey.targets().filter_map(|(service, region)| Some((entry(service)?, region.clone()))).collect()
    }

    /// Members' status in a region, as far as it was asked.
    pub(crate) fn member_regions(&self, region: &Region) -> BTreeMap<AccountId, RegionStatus> {
        let accounts = self.survey.accounts_to_ask();
        self.member_regions.iter().flat_map(|seen| seen.answers(&accounts, region).by_account()).collect()
    }

    /// The same for all accounts: the whole of each target is looked at.
    pub(crate) fn of_everyone(self) -> Self {
        Self { narrow: self.narrow.of_everyone(), ..self }
    }

    /// What a reader of a document must know first.
    pub(crate) fn notices(&self) -> Vec<String> {
        let simulated = self.simulated.then(|| "This is a simulated organization, not one on AWS.".to_owned());
        let narrowed =
            self.narrow.told().map(|only| format!("Only {only}: the rest of the organization is not in here."));
        simulated.into_iter().chain(narrowed).collect()
    }

    /// The survey as documents show it: with the accounts that the command is about.
    pub(crate) fn shown(&self) -> Survey {
        let mut survey = (*self.survey).clone();
        if let Some(accounts) = self.narrow.accounts() {
            survey.accounts.retain(|account, _| accounts.contains(account));
        }
        survey
    }
}

/// An account that the organization does not have is a mistake, not an empty answer.
fn check_accounts(survey: &Survey, narrow: &Narrow) -> Result<(), Failure> {
    let stranger = narrow
        .accounts()
        .and_then(|accounts| accounts.into_iter().find(|account| !survey.accounts.contains_key(account)));
    match stranger {
        Some(account) => Err(Failure(format!(
            "account {account} is not in the organization of {}; look for it with `aws organizations list-accounts`",
            survey.management
        ))),
        None => Ok(()),
    }
}

/// Nor is a region that no service has at all; one that is left out on purpose is told with its reason.
fn check_regions(survey: &Survey, narrow: &Narrow) -> Result<(), Failure> {
    let known = |region: &Region| {
        survey.services.iter().any(|service| service.error.is_some() || service.status(region).is_some())
    };
    match narrow.regions().into_iter().flatten().find(|region| !known(region)) {
        Some(region) => Err(Failure(format!("{region} is no region of the administrators' accounts"))),
        None => Ok(()),
    }
}

async fn latest(connected: &Connected) -> Result<Option<CoverageDocument>, Failure> {
    let Ok(bucket) = connected.session.bucket() else { return Ok(None) };
    Ok(bucket.get_readable(keys::LATEST).await?.0)
}

/// Asks account by account for what the policy and the regions need, on top of what the stack has kept.
async fn ask(
    connected: &Connected,
    organization: &Organization,
    policy: &PolicyInForce,
    survey: &mut Survey,
    narrow: &Narrow,
    progress: &Progress,
    stop: &Stop,
) -> Result<[MemberRegions; 2], Failure> {
    let (mut tags, mut regions) = (AccountTags::default(), MemberRegions::default());
    if let Ok(bucket) = connected.session.bucket() {
        tags = bucket.get_readable(keys::ACCOUNT_TAGS).await?.0.unwrap_or_default();
        regions = bucket.get_readable(keys::MEMBER_REGIONS).await?.0.unwrap_or_default();
    }
    let bar = OnceCell::new();
    let told = |what: &str, asked: usize, all: usize| {
        let bar: &ProgressBar = bar.get_or_init(|| progress.bar(what, all));
        bar.set_prefix(format!("asking for the {what} of accounts"));
        bar.set_length(all as u64);
        bar.set_position(asked as u64);
    };
    // A simulated organization has no rates.
    let pace = Pace { limited: !connected.is_simulated(), told: &told };
    let deadline = until(stop);
    let mut remarks = refresh_tags(organization, &mut tags, &policy.policy, survey, &pace, &deadline).await.remark;
    let mut of_named = MemberRegions::default();
    let refreshed = match narrow.accounts() {
        None => refresh_regions(organization, &mut regions, survey, &pace, &deadline).await,
        Some(named) => {
            let mut survey = survey.clone();
            survey.accounts.retain(|account, _| named.contains(account));
            refresh_regions(organization, &mut of_named, &survey, &pace, &deadline).await
        }
    };
    remarks = remarks.or(refreshed.remark);
    if let Some(bar) = bar.get() {
        bar.finish_and_clear();
    }
    // What could not be asked may be possible once the plan was applied.
    survey.remarks.extend(remarks.filter(|_| connected.session.configuration.mode == Mode::Plan));
    Ok([regions, of_named])
}
