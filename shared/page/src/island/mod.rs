//! The page's data: the coverage document as the script reads it, with memberships packed by target. No I/O.

mod accounts;
mod targets;

use std::collections::BTreeMap;

use jiff::Timestamp;
use rollcall_core::{
    AccountId, Mode, Region, State, advice,
    sweep::{Breaker, Counts, CoverageDocument, Excluded, TrendPoint},
};
use serde::Serialize;

use self::{accounts::Accounts, targets::Target};
use crate::{
    column::Column,
    sentence::{Sentences, Texts},
};

/// All that the page shows.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Island<'a> {
    /// The organization, by its management account.
    management: Option<AccountId>,
    notices: &'a [String],
    run: String,
    started_at: Timestamp,
    ended_at: Timestamp,
    mode: Mode,
    policy: &'a str,
    /// The regions that the run was narrowed to.
    narrowed: Option<Vec<&'a str>>,
    /// The newest run that saw to everything, where that is another one.
    full_run: Option<String>,
    failed_sweeps_in_a_row: u32,
    location: Option<&'a str>,
    totals: Counts,
    services: &'a BTreeMap<String, Counts>,
    breakers: Vec<String>,
    /// Whether a breaker holds back what would be reduced.
    reductions_held: bool,
    without_organization_policy: &'a BTreeMap<String, usize>,
    remarks: Vec<&'a str>,
    excluded: &'a [Excluded],
    /// What sweeps came to, this one last.
    trend: Vec<TrendPoint>,
    accounts: Accounts<'a>,
    unit_names: BTreeMap<&'a str, &'a str>,
    targets: Vec<Target>,
    /// States and reason codes.
    kinds: Vec<(State, String)>,
    /// The reasons by index; 0 is enrolled, the first of this list is 1.
    reasons: Vec<Told>,
    /// What to do, by reason.
    advice: BTreeMap<String, &'static str>,
    /// The texts, by index.
    texts: Vec<String>,
    /// The names of protection plans and scan types, by index.
    plans: Vec<String>,
    /// Points in time by index, in seconds since 1970; 0 is not known, the first of this list is 1.
    times: Vec<i64>,
}

/// A reason as the page tells it: the index of its kind counted from 1, that of its sentence, which has placeholders,
/// and those of the plans that it names. There may be very many, so that their names are left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Told(pub(crate) u32, pub(crate) usize, pub(crate) Vec<usize>);

/// What is told once and named by its index.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) texts: Texts,
    pub(crate) plans: Texts,
    pub(crate) times: Index<i64>,
    pub(crate) kinds: Index<(State, String)>,
    pub(crate) reasons: Index<Told>,
    /// So many bytes are left for what is planned, changed and in excess.
    pub(crate) room: usize,
}

/// So many bytes a page has for what is planned, changed and in excess.
const ROOM: usize = 1_500_000;

impl Tables {
    /// The tables with a document's sentences.
    fn new(document: &CoverageDocument) -> Self {
        let mut sentences: BTreeMap<String, usize> = BTreeMap::new();
        for target in &document.targets {
            let told = Sentences::of(target);
            for gap in &target.gaps {
                *sentences.entry(told.template(gap)).or_default() += gap.accounts.len();
            }
        }
        let texts = Texts::with_sentences(sentences);
        let (plans, times) = (Texts::default().with_others(), Index::default());
        Self { texts, plans, times, kinds: Index::default(), reasons: Index::default(), room: ROOM }
    }
}

/// Values in the order of their first use, each once, counted from 1.
#[derive(Debug)]
pub(crate) struct Index<T>(BTreeMap<T, u32>);

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Ord> Index<T> {
    pub(crate) fn of(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.0.len() + 1).unwrap_or(u32::MAX);
        *self.0.entry(value).or_insert(next)
    }

    fn into_all(self) -> Vec<T> {
        let mut all: Vec<(T, u32)> = self.0.into_iter().collect();
        all.sort_by_key(|(_, index)| *index);
        all.into_iter().map(|(value, _)| value).collect()
    }
}

impl<'a> Island<'a> {
    pub(crate) fn new(document: &'a CoverageDocument, location: Option<&'a str>) -> Self {
        let accounts = Accounts::new(document);
        let mut tables = Tables::new(document);
        let places = accounts.places();
        let cells: Vec<Column> = document.targets.iter().map(|target| tables.cells(target, &places)).collect();
        tables.texts = tables.texts.with_others();
        let targets = document.targets.iter().zip(cells);
        let target = |(target, cells)| Target::new(target, cells, document, &places, &mut tables);
        let targets: Vec<Target> = targets.map(target).collect();
        let kinds = tables.kinds.into_all();
        let codes = kinds.iter().map(|(_, reason)| reason).chain(document.excluded.iter().map(|left| &left.reason));
        let full_run = document.full_run.as_ref().filter(|run| **run != document.run);
        Self {
            management: document.management,
            notices: &document.notices,
            run: document.run.id.to_string(),
            started_at: document.run.started_at,
            ended_at: document.ended_at,
            mode: document.mode,
            policy: &document.policy,
            narrowed: document.regions.as_ref().map(|regions| regions.iter().map(Region::as_str).collect()),
            full_run: full_run.map(|run| run.id.to_string()),
            failed_sweeps_in_a_row: document.failed_sweeps_in_a_row,
            location,
            totals: document.totals,
            services: &document.services,
            breakers: document.breakers.iter().map(ToString::to_string).collect(),
            reductions_held: document.breakers.iter().any(|breaker| matches!(breaker, Breaker::MaxReductions { .. })),
            without_organization_policy: &document.without_organization_policy,
            remarks: document.remarks.iter().map(String::as_str).collect(),
            excluded: &document.excluded,
            trend: trend(document),
            unit_names: accounts.unit_names(document),
            advice: codes.map(|code| (code.clone(), advice(code))).collect(),
            accounts,
            targets,
            kinds,
            reasons: tables.reasons.into_all(),
            texts: tables.texts.into_all(),
            plans: tables.plans.into_all(),
            times: tables.times.into_all(),
        }
    }
}

/// The document's trend, ending with itself: a narrowed run is no point of the trend that documents keep.
fn trend(document: &CoverageDocument) -> Vec<TrendPoint> {
    let others = document.trend.iter().filter(|point| point.run != document.run.id);
    others.cloned().chain([TrendPoint::from(document)]).collect()
}
