//! Lambda function: the sweep's last step. Joins all targets' results into the coverage document, and tells what is
//! new. Input: the run and how its targets ended; output: the coverage. I/O: Lambda, S3, EventBridge.

mod documents;
mod for_people;
mod input;
mod metrics;

use jiff::Timestamp;
use rollcall_core::sweep::{Counts, CoverageDocument, News, Notification, SweepRun, keys, news, notification};
use rollcall_runtime::{Fault, Invocation, Session, serve};
use rollcall_stack::{Bucket, Event};
use serde::Serialize;

use documents::Documents;
use input::Input;

/// What the state machine ends with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    run: SweepRun,
    coverage: Counts,
    failed: Vec<String>,
    /// Where the document is.
    report: String,
    /// Whether it is the newest.
    latest: bool,
    /// Where it is as a page; absent where that could not be written, as well as the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    /// Where it is as a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<String>,
    /// What people should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<Notification>,
}

fn main() -> Result<(), lambda_runtime::Error> {
    serve("report", async |session, invocation| Box::pin(report(session, invocation)).await)
}

async fn report(session: &Session, invocation: Invocation) -> Result<Output, Fault> {
    let input = Input::read(&invocation.payload)?;
    let bucket = session.bucket()?;
    let own = documents::of_run(&bucket, &input, Timestamp::now()).await?;
    let Documents { before, after, written } = Box::pin(documents::publish(&bucket, own)).await?;
    let latest = written.is_some();
    let told = if latest { tell(session, &bucket, before.as_ref(), &after).await? } else { None };
    drop(before);
    let failed: Vec<String> = after.failures_of_run().collect();
    let (run, coverage) = (&after.run.id, after.totals);
    tracing::info!(run.id = %run, latest, failed = failed.len(), "sweep {run}: {}", coverage.memberships);
    let at = |key: &str| format!("s3://{}/{key}", bucket.name());
    let shown = match written {
        Some(version) => for_people::write(&bucket, after, version, invocation.deadline.end).await,
        None => false,
    };
    Ok(Output {
        report: at(&keys::coverage(&input.run.id)),
        page: shown.then(|| at(keys::LATEST_PAGE)),
        table: shown.then(|| at(keys::LATEST_TABLE)),
        run: input.run,
        coverage,
        failed,
        latest,
        notification: told,
    })
}

/// Writes the metrics, sends the events, and gives the message for people. A repeated report says the same again.
/// Events that cannot be sent do not keep people from being told.
async fn tell(
    session: &Session,
    bucket: &Bucket,
    before: Option<&CoverageDocument>,
    after: &CoverageDocument,
) -> Result<Option<Notification>, Fault> {
    metrics::write(before, after);
    if let Some(bus) = session.event_bus() {
        let events: Result<Vec<Event>, _> = news(before, after).iter().map(event).collect();
        let events = events.map_err(|error| Fault { kind: "CallFailed", message: error.to_string() })?;
        if let Err(error) = bus.send(&events).await {
            tracing::error!(run.id = %after.run.id, "events of the sweep could not be sent, and are not sent again: {error}");
        }
    }
    Ok(notification(before, after, bucket.name()))
}

fn event(news: &News) -> Result<Event, serde_json::Error> {
    Ok(Event { detail_type: news.detail_type(), detail: serde_json::to_string(news)? })
}
