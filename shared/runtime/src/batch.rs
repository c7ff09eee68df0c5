//! One batch of an event function's messages: merged into one scope, enrolled, and answered message by message.
//! I/O: AWS.

mod delay;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use jiff::Timestamp;
use rollcall_core::{AccountId, Mode, Reason, Region, ServiceError, State};
use serde_json::{Value, json};

use crate::{Deadline, Enrolment, Fault, Reach, Session, configuration::administrator_role, telemetry::metric};

/// The longest name of an execution (Step Functions API reference).
const LONGEST_NAME: usize = 80;

/// What a message asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Enrol this account.
    Enroll(AccountId, Reach),
    /// Something changed, but the event does not say for which account: only the sweep finds it.
    Sweep(String),
    /// Nothing, for this reason.
    Nothing(String),
}

impl Request {
    /// Enrol an account everywhere.
    #[must_use]
    pub fn enroll(account: AccountId) -> Self {
        Self::Enroll(account, Reach::Everywhere)
    }
}

/// Untrusted text, cut to what a log line needs, without e-mail addresses.
#[must_use]
pub fn short(text: &str) -> String {
    if text.contains('@') { "(left out)".to_owned() } else { text.chars().take(80).collect() }
}

/// A message that asks for an account.
struct Message {
    id: String,
    receives: u32,
    account: AccountId,
}

/// A sweep to start.
struct Wanted {
    /// Names the execution: what has the same cause starts one sweep only.
    name: String,
    regions: Option<BTreeSet<Region>>,
    why: String,
}

/// Enrols the accounts of a batch. `read` tells what a message's body asks for, or what is wrong with it.
///
/// The answer names the messages that must come back: those whose accounts are pending, missing or unknown, and those
/// that cannot be read, which end in the dead-letter queue. A fault fails the whole batch, so that every message comes
/// back.
pub async fn enroll_batch(
    session: &Session,
    payload: Value,
    read: impl Fn(&str) -> Result<Request, String>,
    deadline: &Deadline,
) -> Result<SqsBatchResponse, Fault> {
    let batch: SqsEvent = serde_json::from_value(payload).map_err(|error| {
        let why = format!("the input is not an SQS batch ({error}); map the function to a queue of EventBridge events");
        Fault::input(why)
    })?;
    let mut response = SqsBatchResponse::default();
    let mut asked = Asked::default();
    for record in batch.records {
        asked.take(&record, &read, &mut response).map_err(Fault::input)?;
    }
    if let Some((first, why)) = asked.unnamed.first() {
        // One sweep for the whole batch: it finds all accounts.
        let wanted = Wanted { name: format!("event-{first}"), regions: None, why: why.clone() };
        if let Err(error) = start(session, &wanted).await {
            for (message, _) in std::mem::take(&mut asked.unnamed) {
                tracing::error!(message.id = message, outcome = "retry", "the message comes back: {error}");
                response.add_failure(message);
            }
        }
    }
    if asked.accounts.is_empty() {
        return Ok(response);
    }
    let enrolment = session.enroll(&asked.accounts, deadline).await?;
    let accounts: BTreeSet<AccountId> = asked.accounts.keys().copied().collect();
    log(&enrolment, &accounts);
    delay::tell(&enrolment, &asked.queued, now());
    let mut unfinished = unfinished(&enrolment, &accounts, session.configuration.mode);
    for (account, wanted) in wanted_sweeps(session, &enrolment, &asked) {
        match start(session, &wanted).await {
            Ok(()) if account.is_some_and(|account| governs(session, &enrolment, account)) => {
                // The sweep owns it from here.
                unfinished.retain(|waiting, _| Some(*waiting) != account);
            }
            Ok(()) => {}
            Err(error) => {
                let whom = account.map_or_else(|| accounts.clone(), |account| [account].into());
                unfinished.extend(whom.into_iter().map(|account| (account, of_error(error.to_string(), &error))));
            }
        }
    }
    answer(asked.messages, &unfinished, session.configuration.max_receives, &mut response);
    Ok(response)
}

/// What the messages of a batch ask for.
#[derive(Default)]
struct Asked {
    messages: Vec<Message>,
    accounts: BTreeMap<AccountId, Reach>,
    /// When the first message of each account was queued.
    queued: BTreeMap<AccountId, Timestamp>,
    /// The messages that name no account, and what they are about.
    unnamed: Vec<(String, String)>,
}

impl Asked {
    /// What asks for nothing is acknowledged; what cannot be read comes back.
    fn take(
        &mut self,
        record: &SqsMessage,
        read: &impl Fn(&str) -> Result<Request, String>,
        response: &mut SqsBatchResponse,
    ) -> Result<(), String> {
        let id = record.message_id.clone().ok_or("a record has no messageId; expected an SQS batch")?;
        match read(record.body.as_deref().unwrap_or_default()) {
            Ok(Request::Enroll(account, reach)) => {
                let reach = match self.accounts.remove(&account) {
                    Some(known) => known.or(reach),
                    None => reach,
                };
                self.accounts.insert(account, reach);
                if let Some(queued) = queued(record) {
                    let first = self.queued.entry(account).or_insert(queued);
                    *first = queued.min(*first);
                }
                self.messages.push(Message { id, receives: receives(record), account });
            }
            Ok(Request::Nothing(why)) => {
                tracing::info!(message.id = id, outcome = "ignored", "nothing to enrol: {why}");
            }
            Ok(Request::Sweep(why)) => {
                self.unnamed.push((id, why));
            }
            Err(why) => {
                tracing::error!(message.id = id, outcome = "unreadable", "the message cannot be read: {why}");
                response.add_failure(id);
            }
        }
        Ok(())
    }
}

fn receives(record: &SqsMessage) -> u32 {
    record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn queued(record: &SqsMessage) -> Option<Timestamp> {
    let milliseconds = record.attributes.get("SentTimestamp")?.parse().ok()?;
    Timestamp::from_millisecond(milliseconds).ok()
}

fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or_default()
}

fn log(enrolment: &Enrolment, accounts: &BTreeSet<AccountId>) {
    let accounts: Vec<String> = accounts.iter().map(AccountId::to_string).collect();
    let accounts = accounts.join(" ");
    for account in &enrolment.strangers {
        tracing::warn!(account.id = %account, outcome = "ignored", "account {account} is not in this organization");
    }
    for (account, error) in &enrolment.unseen {
        tracing::warn!(account.id = %account, "account {account} could not be looked up: {error}");
    }
    for (entry, error) in &enrolment.failed_services {
        let (service, class) = (entry.spec.id.as_str(), error.class.as_str());
        let (role, accounts) = (administrator_role(entry.spec.id), accounts.clone());
        tracing::error!(
            service,
            error.class = class,
            state = "unknown",
            reason = "not-observed",
            accounts,
            "none of the service's regions was looked at; check {role} and the role's permissions: {error}",
        );
    }
}

/// The sweeps that what was seen asks for; of an opt-in with the account that it is about.
fn wanted_sweeps(session: &Session, enrolment: &Enrolment, asked: &Asked) -> Vec<(Option<AccountId>, Wanted)> {
    let mut wanted = Vec::new();
    for Message { id, account, .. } in &asked.messages {
        let Some(Reach::Regions(regions)) = asked.accounts.get(account) else { continue };
        for region in regions.iter().filter(|_| governs(session, enrolment, *account)) {
            if is_on(enrolment, *account, region) {
                let why = format!("account {account} has opted in to {region}: the whole region becomes governed");
                // Received again, a message starts no second one.
                let name = format!("opt-in-{account}-{region}-{id}").chars().take(LONGEST_NAME).collect();
                wanted.push((Some(*account), Wanted { name, regions: Some([region.clone()].into()), why }));
            }
        }
    }
    let reasons = enrolment.reports.iter().flat_map(|report| report.memberships.values());
    let waiting = reasons.filter(|membership| matches!(membership.reason, Reason::Prerequisite(_))).count();
    if waiting > 0 && session.configuration.mode == Mode::Apply {
        let why = format!("a prerequisite is missing for {waiting} memberships");
        // At most one in ten minutes, whatever arrives meanwhile.
        let now = now().strftime("%Y-%m-%dT%H-%M").to_string();
        let ten_minutes: String = now.chars().take(now.len().saturating_sub(1)).collect();
        wanted.push((None, Wanted { name: format!("prerequisite-{ten_minutes}0"), regions: None, why }));
    }
    wanted
}

/// Whether the account is an administrator or the management account: what it opts in to becomes governed for all.
fn governs(session: &Session, enrolment: &Enrolment, account: AccountId) -> bool {
    let administrators = session.configuration.administrators.values();
    enrolment.management == Some(account)
        || administrators.into_iter().any(|(administrator, _)| *administrator == account)
}

/// Whether Account Management shows the region as on for the account: a verdict on it says so.
fn is_on(enrolment: &Enrolment, account: AccountId, region: &Region) -> bool {
    let reports = enrolment.reports.iter().filter(|report| report.target.region == *region);
    let mut verdicts = reports.filter_map(|report| report.memberships.get(&account));
    verdicts.any(|verdict| {
        !matches!(verdict.reason, Reason::RegionOptingIn)
            && !matches!(verdict.state(), State::NotApplicable | State::Unknown)
    })
}

/// Starts a sweep, where there is a state machine.
async fn start(session: &Session, wanted: &Wanted) -> Result<(), ServiceError> {
    let why = &wanted.why;
    let Some(machine) = session.state_machine() else {
        tracing::warn!(outcome = "left-to-sweep", "left to the next sweep: {why}");
        return Ok(());
    };
    let mut input = json!({"reason": why});
    if let (Some(regions), Some(input)) = (&wanted.regions, input.as_object_mut()) {
        input.insert("regions".to_owned(), json!(regions));
    }
    let started = machine.start(&wanted.name, &input.to_string()).await?;
    let (name, outcome) = (&wanted.name, if started { "sweep-started" } else { "sweep-known" });
    tracing::warn!(outcome, run.id = name, "left to the sweep {name}: {why}");
    Ok(())
}

/// Why an account is not finished.
enum Unfinished {
    /// A later receive may bring it further; until it is given up to the sweep.
    Retry(String),
    /// Nothing could be done for it, and it is our own fault: the message is for the dead-letter queue.
    Fault(String),
}

/// The accounts whose messages come back.
fn unfinished(enrolment: &Enrolment, accounts: &BTreeSet<AccountId>, mode: Mode) -> BTreeMap<AccountId, Unfinished> {
    if mode == Mode::Plan {
        return BTreeMap::new();
    }
    let mut unfinished = BTreeMap::new();
    for (account, membership) in enrolment.reports.iter().flat_map(|report| &report.memberships) {
        if matches!(membership.state(), State::Pending | State::Missing | State::Unknown) {
            unfinished.insert(*account, Unfinished::Retry(membership.reason.code().to_owned()));
        }
    }
    // Nothing of the service was looked at, so its memberships are in no state that would let the message go.
    for (_, error) in &enrolment.failed_services {
        let known = accounts.difference(&enrolment.strangers);
        unfinished.extend(known.map(|account| (*account, of_error(format!("{error}"), error))));
    }
    for (account, error) in &enrolment.unseen {
        let why = format!("the account could not be looked up: {error}");
        unfinished.insert(*account, of_error(why, error));
    }
    unfinished
}

/// What is refused stays so until a person mends it; the rest may pass.
fn of_error(why: String, error: &ServiceError) -> Unfinished {
    if error.class.is_denial() { Unfinished::Fault(why) } else { Unfinished::Retry(why) }
}

/// Sends unfinished messages back, but for those that came back often enough: the sweep owns them from there.
fn answer(
    messages: Vec<Message>,
    unfinished: &BTreeMap<AccountId, Unfinished>,
    max_receives: u32,
    response: &mut SqsBatchResponse,
) {
    let mut given_up = 0;
    for Message { id, receives, account } in messages {
        match unfinished.get(&account) {
            None => {}
            Some(Unfinished::Fault(reason)) => {
                tracing::error!(account.id = %account, message.id = id, reason, receives, outcome = "fault", "the message comes back");
                response.add_failure(id);
            }
            Some(Unfinished::Retry(reason)) if receives < max_receives => {
                tracing::info!(account.id = %account, message.id = id, reason, receives, outcome = "retry", "the message comes back");
                response.add_failure(id);
            }
            Some(Unfinished::Retry(reason)) => {
                given_up += 1;
                tracing::error!(
                    account.id = %account, message.id = id, reason, receives, outcome = "given-up",
                    "account {account} is not fully enrolled after {receives} receives: left to the next sweep",
                );
            }
        }
    }
    if given_up > 0 {
        metric("MessagesGivenUp", given_up);
    }
}
