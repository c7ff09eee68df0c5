//! All targets side by side, each called again as long as that helps, as the state machine does. I/O: AWS.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::future::{Either, join_all, select};
use indicatif::ProgressBar;
use jiff::Timestamp;
use rollcall_core::{
    Bounds, Mode, Outcome, Plan, Region, State, Stop,
    sweep::{Breaker, Calls, CoverageDocument, Gap, Next, Survey, TargetResult, next},
};
use rollcall_runtime::{Entry, Surveyed};
use rollcall_sweep::{Looked, look};
use tokio::sync::Semaphore;

use super::{Progress, Surveying, is_stopped, until};
use crate::{connect::Connected, output::Failure};

/// What one target came to.
#[derive(Clone)]
pub(crate) struct Done {
    pub(crate) entry: &'static Entry,
    pub(crate) region: Region,
    /// What was to be done at first; `None` where the target could not be looked at.
    pub(crate) plan: Option<Plan>,
    pub(crate) result: TargetResult,
}

impl Done {
    /// Whether another call changes nothing.
    fn rests(&self) -> bool {
        let nothing_to_do = self.plan.as_ref().is_some_and(|plan| plan.actions.is_empty());
        nothing_to_do && matches!(self.result.outcome, Outcome::Converged | Outcome::Blocked)
    }
}

/// All of them, with the survey that they were made with.
pub(crate) struct Targets {
    pub(crate) survey: Arc<Survey>,
    pub(crate) done: Vec<Done>,
}

/// What limits hold back, each with how much is planned and how much is allowed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HeldBack {
    pub(crate) additions: Option<(usize, usize)>,
    pub(crate) reductions: Option<(usize, usize)>,
}

/// What one call needs that all share.
struct Calling<'a> {
    connected: &'a Connected,
    surveying: &'a Surveying,
    survey: Arc<Survey>,
    /// What all targets' calls go by.
    surveyed: Surveyed,
    /// What was printed before, by target.
    printed: BTreeMap<(&'static str, Region), &'a Done>,
    at_once: Semaphore,
    bar: ProgressBar,
    stop: Stop,
}

impl Targets {
    /// Looks at all targets, and changes nothing.
    pub(crate) async fn look(
        connected: &Connected,
        surveying: &Surveying,
        progress: &Progress,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        Self::call(connected, surveying, Arc::clone(&surveying.survey), &[], progress, stop).await
    }

    /// Does what was printed, and nothing beyond it, within the limits of policy and configuration; reductions only where
    /// somebody wants them.
    pub(crate) async fn apply(
        connected: &Connected,
        surveying: &Surveying,
        (printed, reduces): (&Self, bool),
        progress: &Progress,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        let survey = printed.limited(connected, surveying, reduces);
        Self::call(connected, surveying, Arc::new(survey), &printed.done, progress, stop).await
    }

    /// The survey that an apply of these goes by: with what it may not do.
    fn limited(&self, connected: &Connected, surveying: &Surveying, reduces: bool) -> Survey {
        let document = self.document(surveying);
        let mut survey = surveying.shown();
        survey.mode = Mode::Apply;
        // As for a sweep: what was printed is the report that lists what is to be done.
        survey.carry_over(&document);
        let policy = &surveying.policy.policy;
        let enrolments =
            [connected.session.configuration.max_enrolments, policy.max_enrolments].into_iter().flatten().min();
        let reductions = if reduces { policy.max_reductions } else { Some(0) };
        survey.check_limits(Some(&document), enrolments, reductions);
        Survey { accounts: surveying.survey.accounts.clone(), ..survey }
    }

    /// What limits would hold back of these: additions or reductions, each with the reason.
    pub(crate) fn held_back(&self, connected: &Connected, surveying: &Surveying) -> HeldBack {
        let mut held = HeldBack::default();
        for breaker in self.limited(connected, surveying, true).breakers {
            match breaker {
                Breaker::MaxEnrolments { limit, count } => held.additions = Some((count, limit)),
                Breaker::MaxReductions { limit, count } => held.reductions = Some((count, limit)),
            }
        }
        let reductions = self.done.iter().filter_map(|done| done.plan.as_ref()).map(Plan::reductions).sum();
        if surveying.policy.policy.max_reductions == Some(0) && reductions > 0 {
            held.reductions = Some((reductions, 0));
        }
        held
    }

    async fn call(
        connected: &Connected,
        surveying: &Surveying,
        survey: Arc<Survey>,
        printed: &[Done],
        progress: &Progress,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        let targets = surveying.targets();
        let what = if survey.mode == Mode::Apply { "applying" } else { "looking" };
        let calling = Calling {
            connected,
            surveying,
            surveyed: Surveyed::new(Arc::clone(&survey), BTreeMap::new(), None),
            survey,
            printed: printed.iter().map(|done| ((done.entry.spec.id.as_str(), done.region.clone()), done)).collect(),
            at_once: Semaphore::new(connected.session.configuration.targets_at_once),
            bar: progress.bar(what, targets.len()),
            stop: stop.clone(),
        };
        let done = join_all(targets.into_iter().map(|(entry, region)| Box::pin(calling.target(entry, region)))).await;
        calling.bar.finish_and_clear();
        let mut done = done.into_iter().collect::<Result<Vec<Done>, Failure>>()?;
        done.sort_by(|one, other| one.region.cmp(&other.region));
        Ok(Self { survey: calling.survey, done })
    }

    /// The coverage document of what was seen last.
    pub(crate) fn document(&self, surveying: &Surveying) -> CoverageDocument {
        let accounts = surveying.shown().accounts;
        let survey = Survey { accounts, ..(*self.survey).clone() };
        let results = self.done.iter().map(|done| done.result.clone()).collect();
        let mut document = CoverageDocument::of_run(&survey, results, Timestamp::now());
        document.notices = surveying.notices();
        if let Some(regions) = surveying.narrow.regions() {
            document.excluded.retain(|excluded| excluded.region.as_ref().is_none_or(|region| regions.contains(region)));
        }
        document
    }

    /// Whether changes of a kind are planned: additions, or reductions.
    pub(crate) fn plans(&self, reductions: bool) -> bool {
        self.done.iter().flat_map(|done| &done.result.planned).any(|change| change.reduces == reductions)
    }

    /// Whether any action is planned.
    pub(crate) fn has_something_to_do(&self) -> bool {
        self.done.iter().any(|done| !done.result.planned.is_empty())
    }

    /// What could not be looked at, or not to the end. Where nothing was to be changed, a denial is one of a read.
    pub(crate) fn not_seen(&self, document: &CoverageDocument) -> BTreeSet<String> {
        let reads_only = self.survey.mode == Mode::Plan;
        let unread = |gap: &Gap| gap.state == State::Unknown || reads_only && gap.reason.starts_with("denied");
        let unseen = self.done.iter().filter(|done| done.result.gaps.iter().any(unread));
        let unseen = unseen.map(|done| format!("{} in {}", done.entry.spec.id, done.region));
        unseen.chain(document.failures_of_run()).collect()
    }

    /// Whether anything was left undone since the caller or one of its roles lacks a permission.
    pub(crate) fn lacks_permission(&self) -> bool {
        self.done.iter().flat_map(|done| &done.result.gaps).any(|gap| gap.reason == "denied")
    }

    /// The worst that any target ended with.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = Outcome> {
        self.done.iter().map(|done| done.result.outcome)
    }
}

impl Calling<'_> {
    /// One target, until another call does not help any more.
    async fn target(&self, entry: &'static Entry, region: Region) -> Result<Done, Failure> {
        if let Some(printed) = self.printed.get(&(entry.spec.id.as_str(), region.clone())).filter(|done| done.rests()) {
            self.bar.inc(1);
            return Ok((*printed).clone());
        }
        let surveyed = self.surveyed(entry, &region);
        let mut done: Option<Done> = None;
        let (mut calls, mut before) = (Calls::default(), None);
        loop {
            let looked = {
                let _permit = self.at_once.acquire().await?;
                self.look(entry, &region, &surveyed).await?
            };
            let (mut plan, mut applied, mut refused) = (None, 0, false);
            match &looked {
                Looked::Yes(report, _) => {
                    plan.clone_from(&report.plan);
                    applied = report.attempts.len() - report.failed();
                }
                Looked::No { refused: by, .. } => refused = *by,
            }
            let result = looked.result(&surveyed);
            let (outcome, coverage) = (result.outcome, result.memberships);
            done = Some(match done.take() {
                None => Done { entry, region: region.clone(), plan, result },
                Some(earlier) => Done { result: result.after(earlier.result), ..earlier },
            });
            let next = next(&mut calls, self.survey.mode, outcome, (before, coverage), applied, refused);
            before = Some(coverage);
            if next == Next::Wait && self.survey.mode == Mode::Apply {
                self.wait(&calls).await;
            }
            let ends = next == Next::Done || self.survey.mode == Mode::Plan || is_stopped(&self.stop);
            if let Some(done) = done.take_if(|_| ends) {
                self.bar.inc(1);
                return Ok(done);
            }
        }
    }

    async fn look(&self, entry: &'static Entry, region: &Region, surveyed: &Surveyed) -> Result<Looked, Failure> {
        if is_stopped(&self.stop) {
            let message = "interrupted before it was looked at".to_owned();
            return Ok(Looked::No { service: entry.spec.id.as_str(), region: region.clone(), message, refused: false });
        }
        Ok(Box::pin(look(&self.connected.session, entry, region, Some(surveyed), &until(&self.stop))).await?)
    }

    /// What the target's calls go by.
    fn surveyed(&self, entry: &'static Entry, region: &Region) -> Surveyed {
        let service = entry.spec.id.as_str();
        let printed = self.printed.get(&(service, region.clone()));
        let listed = printed.filter(|_| self.survey.listed_by(service, region).is_some());
        let listed = listed.map(|printed| printed.result.listed());
        Surveyed {
            member_regions: self.surveying.member_regions(region),
            listed,
            scope: self.surveying.narrow.scope(),
            bounds: printed.map(|printed| printed.plan.as_ref().map_or_else(Bounds::default, Bounds::of)),
            ..self.surveyed.clone()
        }
    }

    async fn wait(&self, calls: &Calls) {
        self.bar.set_message("(waiting for AWS)");
        let seconds = self.connected.session.configuration.wait_seconds * calls.wait_factor();
        // A simulated organization needs no patience.
        let simulated = self.connected.is_simulated();
        let pause = if simulated { Duration::from_millis(300) } else { Duration::from_secs(seconds.into()) };
        match select(Box::pin(tokio::time::sleep(pause)), self.stop.clone()).await {
            Either::Left(_) | Either::Right(_) => {}
        }
        self.bar.set_message("");
    }
}
