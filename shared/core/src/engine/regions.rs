//! Whether an opt-in region is on for members: asked only of those who would otherwise be acted on, a share at a
//! time, since Account Management answers five such questions a second. I/O behind `OrganizationAccess`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{StreamExt, stream};

use super::Run;
use crate::{AccountId, ErrorClass, Plan, RegionStatus, ServiceError};

/// So many accounts are asked for before those known by then are acted on: a stop between two shares loses little.
const SHARE: usize = 100;

/// So many questions are under way at the same time: the burst that Account Management allows.
const AT_ONCE: usize = 5;

/// The answers so far.
#[derive(Debug, Default)]
pub(super) struct MemberRegions {
    answers: BTreeMap<AccountId, Result<RegionStatus, Arc<ServiceError>>>,
}

impl MemberRegions {
    pub(super) fn answers(&self) -> &BTreeMap<AccountId, Result<RegionStatus, Arc<ServiceError>>> {
        &self.answers
    }

    /// Whether a question was refused: then nobody's status is awaited any more.
    pub(super) fn refused(&self) -> bool {
        self.answers.values().any(|answer| matches!(answer, Err(error) if error.class == ErrorClass::Denied))
    }

    /// Takes what is known of these accounts without a question. Whether anything new is known.
    pub(super) fn take_known(&mut self, run: &Run<'_>, accounts: &BTreeSet<AccountId>) -> bool {
        let region = &run.target.region;
        let unasked = accounts.iter().filter(|account| !self.answers.contains_key(account));
        let known: Vec<_> = unasked
            .filter_map(|account| Some((*account, Ok(run.organization.known_member_region(*account, region)?))))
            .collect();
        let any = !known.is_empty();
        self.answers.extend(known);
        any
    }

    /// Asks for the next share of these accounts. Whether anything new is known.
    pub(super) async fn ask(&mut self, run: &Run<'_>, accounts: BTreeSet<AccountId>) -> bool {
        let share: Vec<AccountId> =
            accounts.into_iter().filter(|account| !self.answers.contains_key(account)).take(SHARE).collect();
        let any = !share.is_empty();
        let region = &run.target.region;
        let mut answers = stream::iter(share)
            .map(|account| async move { (account, run.organization.member_region(account, region).await) })
            .buffer_unordered(AT_ONCE);
        while let Some((account, answer)) = answers.next().await {
            let denied = matches!(&answer, Err(error) if error.class == ErrorClass::Denied);
            self.answers.insert(account, answer.map_err(Arc::new));
            if denied {
                break;
            }
        }
        any
    }

    /// Whether the plan still has accounts that were not asked for.
    pub(super) fn any_unasked(&self, plan: &Plan) -> bool {
        plan.awaiting_region_status().iter().any(|account| !self.answers.contains_key(account))
    }

    /// Account Management has trusted access now: what it refused may be asked again.
    pub(super) fn forget_refusals(&mut self) {
        self.answers.retain(|_, answer| answer.is_ok());
    }
}
