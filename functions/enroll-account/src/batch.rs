//! One batch of messages: merged into one scope, enrolled, and answered message by message. I/O: AWS.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use rollcall_core::{AccountId, Mode, Reason, ServiceError, State};
use rollcall_runtime::{Deadline, Enrolment, Session, administrator_role, metric};

use crate::event::{self, Request};

/// A message that asks for an account.
struct Message {
    id: String,
    receives: u32,
    account: AccountId,
}

/// Enrols the accounts of a batch. The answer names the messages that must come back: those whose accounts are
/// pending, missing or unknown, and those that cannot be read, which end in the dead-letter queue. An error, by its
/// kind and sentence, fails the whole batch.
pub(crate) async fn enroll(
    session: &Session,
    records: Vec<SqsMessage>,
    deadline: &Deadline,
) -> Result<SqsBatchResponse, (&'static str, String)> {
    let mut response = SqsBatchResponse::default();
    let messages = read(records, &mut response).map_err(|mistake| ("InvalidInput", mistake))?;
    let accounts: BTreeSet<AccountId> = messages.iter().map(|message| message.account).collect();
    if accounts.is_empty() {
        return Ok(response);
    }
    let enrolment = session.enroll(&accounts, deadline).await;
    let enrolment = enrolment.map_err(|refusal| ("InvalidConfiguration", refusal.to_string()))?;
    log(&enrolment, &accounts);
    let unfinished = unfinished(&enrolment, &accounts, session.configuration.mode);
    answer(messages, &unfinished, session.configuration.max_receives, &mut response);
    Ok(response)
}

/// The messages that ask for an account. What asks for nothing is acknowledged; what cannot be read comes back.
fn read(records: Vec<SqsMessage>, response: &mut SqsBatchResponse) -> Result<Vec<Message>, String> {
    let mut messages = Vec::new();
    for record in records {
        let id = record.message_id.clone().ok_or("a record has no messageId; expected an SQS batch")?;
        match event::read(record.body.as_deref().unwrap_or_default()) {
            Ok(Request::Enroll(account)) => messages.push(Message { id, receives: receives(&record), account }),
            Ok(Request::Nothing(why)) => {
                tracing::info!(message.id = id, outcome = "ignored", "nothing to enrol: {why}");
            }
            Ok(Request::Sweep(why)) => {
                tracing::warn!(message.id = id, outcome = "left-to-sweep", "left to the next sweep: {why}");
            }
            Err(why) => {
                tracing::error!(message.id = id, outcome = "unreadable", "the message cannot be read: {why}");
                response.add_failure(id);
            }
        }
    }
    Ok(messages)
}

fn receives(record: &SqsMessage) -> u32 {
    record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn log(enrolment: &Enrolment, accounts: &BTreeSet<AccountId>) {
    let accounts: Vec<String> = accounts.iter().map(AccountId::to_string).collect();
    let accounts = accounts.join(" ");
    for account in &enrolment.strangers {
        tracing::warn!(account.id = %account, outcome = "ignored", "account {account} is not in this organization");
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
    let prerequisites = enrolment.reports.iter().flat_map(|report| report.memberships.values());
    let waiting = prerequisites.filter(|membership| matches!(membership.reason, Reason::Prerequisite(_))).count();
    if waiting > 0 {
        tracing::warn!(
            memberships = waiting,
            outcome = "left-to-sweep",
            "a prerequisite is missing: left to the next sweep"
        );
    }
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
