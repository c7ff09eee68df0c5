//! One batch of messages: merged into one scope, enrolled, and answered message by message. I/O: AWS.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use rollcall_core::{AccountId, Mode, Outcome, Reason, State, Stop};
use rollcall_runtime::{Enrolment, Session, metric};

use crate::event::{self, Request};

/// A message that asks for an account.
struct Message {
    id: String,
    receives: u32,
    account: AccountId,
}

/// Enrols the accounts of a batch. The answer names the messages that must come back: those whose accounts are
/// pending, missing or unknown, and those that cannot be read, which end in the dead-letter queue.
pub(crate) async fn enroll(
    session: &Session,
    records: Vec<SqsMessage>,
    stop: Stop,
) -> Result<SqsBatchResponse, String> {
    let mut response = SqsBatchResponse::default();
    let mut messages = Vec::new();
    for record in records {
        let id = record.message_id.clone().ok_or("a record has no messageId; expected an SQS batch")?;
        match event::read(record.body.as_deref().unwrap_or_default()) {
            Ok(Request::Enroll(account)) => messages.push(Message { id, receives: receives(&record), account }),
            Ok(Request::Nothing(why)) => {
                tracing::info!(message.id = id, outcome = "ignored", "nothing to enrol: {why}")
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
    let accounts: BTreeSet<AccountId> = messages.iter().map(|message| message.account).collect();
    if accounts.is_empty() {
        return Ok(response);
    }
    let enrolment = session.enroll(&accounts, stop).await;
    log(&enrolment);
    let unfinished = unfinished(&enrolment, &accounts, session.configuration.mode);
    answer(messages, &unfinished, session.configuration.max_receives, &mut response);
    Ok(response)
}

fn receives(record: &SqsMessage) -> u32 {
    record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn log(enrolment: &Enrolment) {
    for account in &enrolment.strangers {
        tracing::warn!(account.id = %account, outcome = "ignored", "account {account} is not in this organization");
    }
    for (account, error) in &enrolment.unseen {
        tracing::warn!(account.id = %account, outcome = "retry", "account {account} could not be looked up: {error}");
    }
    for (entry, error) in &enrolment.failed_services {
        let service = entry.spec.id.as_str();
        tracing::warn!(service, outcome = "retry", "the administrator's regions could not be listed: {error}");
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

/// The accounts that a later receive may bring further, each with a word on why.
fn unfinished(enrolment: &Enrolment, accounts: &BTreeSet<AccountId>, mode: Mode) -> BTreeMap<AccountId, &'static str> {
    if mode == Mode::Plan {
        return BTreeMap::new();
    }
    let mut unfinished: BTreeMap<AccountId, &'static str> = BTreeMap::new();
    for report in &enrolment.reports {
        for (account, membership) in &report.memberships {
            let retried = matches!(membership.state(), State::Pending | State::Missing | State::Unknown);
            if retried || report.outcome == Outcome::Unfinished {
                unfinished.insert(*account, membership.reason.code());
            }
        }
    }
    unfinished.extend(enrolment.unseen.keys().map(|account| (*account, "not-looked-up")));
    if !enrolment.failed_services.is_empty() {
        let known = accounts.difference(&enrolment.strangers);
        unfinished.extend(known.map(|account| (*account, "regions-not-listed")));
    }
    unfinished
}

/// Sends unfinished messages back, but for those that came back often enough: the sweep owns them from there.
fn answer(
    messages: Vec<Message>,
    unfinished: &BTreeMap<AccountId, &'static str>,
    max_receives: u32,
    response: &mut SqsBatchResponse,
) {
    let mut given_up = 0;
    for Message { id, receives, account } in messages {
        let Some(reason) = unfinished.get(&account) else { continue };
        if receives < max_receives {
            tracing::info!(account.id = %account, message.id = id, reason, receives, outcome = "retry", "the message comes back");
            response.add_failure(id);
        } else {
            given_up += 1;
            tracing::error!(
                account.id = %account, message.id = id, reason, receives, outcome = "given-up",
                "account {account} is not fully enrolled after {receives} receives: left to the next sweep",
            );
        }
    }
    if given_up > 0 {
        metric("MessagesGivenUp", given_up);
    }
}
